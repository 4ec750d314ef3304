# SPDX-License-Identifier: Apache-2.0
"""wattpurse.bill: readings in forms that are easily taken for something else; none gets lost."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest

import wattpurse
from wattpurse import Energy, Tariff

CHINA = dt.timezone(dt.timedelta(hours=8))
COUNT = 96


@pytest.fixture(scope="module")
def tariff(root):
    return Tariff.loads((root / "share/tariffs/zhejiang_residential.json").read_text())


def rows(**other):
    """A day as lists; columns given by name are others."""
    begin = dt.datetime(2026, 1, 1, tzinfo=CHINA)
    return {"account": ["A"] * COUNT,
            "time": [begin + dt.timedelta(minutes=15) * i for i in range(COUNT)],
            "kwh": [Decimal(i) / 100 for i in range(COUNT)], **other}


def with_one(values, value, at=5):
    return [*values[:at], value, *values[at + 1:]]


def arrays(numpy, days=1, begin=1_767_196_800):
    size = days * COUNT
    return {"account": numpy.repeat(["A"], size),
            "time": (begin + 900 * numpy.arange(size)).astype("datetime64[s]"),
            "kwh": numpy.arange(size) % 1000}


def made(readings, tariff, **how):
    return wattpurse.bill(readings, tariff, progress=False, **how).bills.to_dict()


def faults_of(readings, tariff, **how):
    with pytest.raises(wattpurse.ValidationError) as wrong:
        wattpurse.bill(readings, tariff, progress=False, **how)
    return [(each.path, each.value) for each in wrong.value.faults]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("bad", ["NaT", 2**61])
def test_a_moment_that_is_none_is_a_bad_row_and_hides_no_other(numpy, tariff, unit, bad):
    """NumPy's NaT is the least number there is: the first moment of a year, if it were one."""
    if (unit, bad) == ("ns", 2**61):
        return  # a moment of the year 2043
    readings = arrays(numpy, days=365)
    readings["time"] = readings["time"].astype(f"datetime64[{unit}]")
    whole = made(readings, tariff, places=4, tz="+00:00")
    readings["time"][7] = numpy.datetime64(bad, unit)
    faults = faults_of(readings, tariff, places=4, tz="+00:00")
    assert [path for path, _ in faults] == ["row 7, column time"]
    bills = wattpurse.bill(readings, tariff, places=4, tz="+00:00", skip=True, progress=False)
    left = bills.bills.to_dict()
    assert left["period"] == whole["period"] and len(left["period"]) == 12
    assert left["kwh"] == [whole["kwh"][0] - Decimal("0.0007"), *whole["kwh"][1:]]
    assert bills.skipped_count == 1


@pytest.mark.parametrize("column", ["account", "time", "kwh"])
def test_arrays_in_the_other_byte_order(numpy, tariff, column):
    readings = arrays(numpy)
    expected = made(readings, tariff, places=4, tz="+00:00")
    readings[column] = readings[column].astype(readings[column].dtype.newbyteorder())
    assert made(readings, tariff, places=4, tz="+00:00") == expected
    if column == "kwh":
        readings[column] = memoryview(readings[column])
        with pytest.raises(wattpurse.WrongType, match="byte order of this machine"):
            wattpurse.bill(readings, tariff, places=4, tz="+00:00")


def test_what_a_mask_hides_is_a_bad_row(numpy, tariff):
    readings = arrays(numpy)
    expected = made({name: numpy.delete(values, 5) for name, values in readings.items()}, tariff,
                    places=4, tz="+00:00")
    whole = dict(readings)
    readings["kwh"] = numpy.ma.masked_equal([Decimal(int(i)) / 10_000 for i in whole["kwh"]],
                                            Decimal("0.0005"))
    (path, _), = faults_of(readings, tariff, tz="+00:00")
    assert path == "row 5, column kwh"
    left = made(readings, tariff, tz="+00:00", skip=True)
    assert left["kwh"] == expected["kwh"] and left["total"] == expected["total"]
    whole["time"] = numpy.ma.masked_equal(whole["time"], whole["time"][5])
    (path, _), = faults_of(whole, tariff, places=4, tz="+00:00")
    assert path == "row 5, column time"


def test_categories_are_their_texts_and_not_their_numbers(tariff, request):
    arrow = request.getfixturevalue("pyarrow")
    qualities = ["good", "suspect", "estimated", "good"] * 24
    given = rows(quality=qualities)
    expected = made(given, tariff, quality="quality")
    assert expected["kwh"] == [sum(kwh for kwh, quality in zip(given["kwh"], qualities)
                                   if quality != "suspect")]
    for names in itertools.permutations(["good", "suspect", "estimated"]):
        entries = arrow.array([names.index(each) for each in qualities])
        table = arrow.table({**given, "quality": arrow.DictionaryArray.from_arrays(
            entries, arrow.array(names))})
        assert made(table, tariff, quality="quality") == expected
        assert made(table.slice(0, 50), tariff, quality="quality") == made(
            {name: column[:50] for name, column in given.items()}, tariff, quality="quality")
    texts = arrow.array([each.isoformat() for each in given["time"]]).dictionary_encode()
    assert made(arrow.table({**given, "time": texts}), tariff, quality="quality") == expected
    numbers = arrow.array(given["kwh"]).dictionary_encode()
    with pytest.raises(wattpurse.WrongType, match="column kwh: categories of numbers"):
        wattpurse.bill(arrow.table({**given, "kwh": numbers}), tariff)


def test_lists_of_times(tariff):
    given = rows()
    expected = made(given, tariff)
    times = given["time"]
    elsewhere = [each.astimezone(dt.timezone.utc) for each in times]
    assert made(rows(time=elsewhere), tariff) == expected
    naive = [each.replace(tzinfo=None) for each in times]
    assert made(rows(time=naive), tariff, tz="+08:00") == expected
    for at in (0, 5, COUNT - 1):
        faults = faults_of(rows(time=with_one(times, None, at)), tariff)
        assert faults == [(f"row {at}, column time", "nothing")]
    one_more = times[5] + dt.timedelta(microseconds=1)
    assert faults_of(rows(time=with_one(times, one_more)), tariff)[0][0] == "row 5, column time"
    for mixed in (with_one(times, naive[5]), with_one(naive, times[5])):
        with pytest.raises(wattpurse.NaiveTime, match="row 5, column time"):
            wattpurse.bill(rows(time=mixed), tariff, tz="+08:00")
    with pytest.raises(wattpurse.NaiveTime, match="column time"):
        wattpurse.bill(rows(time=naive), tariff)
    with pytest.raises(wattpurse.WrongType, match="row 5, column time: 7 "):
        wattpurse.bill(rows(time=with_one(times, 7)), tariff)


def test_lists_of_numbers(numpy, tariff):
    given = rows()
    expected = made(given, tariff)
    numbers = given["kwh"]
    assert made(rows(kwh=[Energy(each) for each in numbers]), tariff) == expected
    assert made(rows(kwh=[float(each) for each in numbers]), tariff, floats=2) == expected
    assert faults_of(rows(kwh=with_one([float(each) for each in numbers], None)), tariff,
                     floats=2)[0][0] == "row 5, column kwh"
    for binary in (0.5, numpy.float32(0.5), numpy.float16(0.5)):
        with pytest.raises(wattpurse.FloatRefused, match="row 5, column kwh"):
            wattpurse.bill(rows(kwh=with_one(numbers, binary)), tariff)


def test_accounts_and_qualities_are_no_floats(numpy, tariff):
    for accounts in ([1.0] * COUNT, numpy.ones(COUNT), with_one(["A"] * COUNT, 1.5)):
        with pytest.raises(wattpurse.WrongType, match="column account"):
            wattpurse.bill(rows(account=accounts), tariff)
    with pytest.raises(wattpurse.WrongType, match="column quality"):
        wattpurse.bill(rows(quality=numpy.zeros(COUNT)), tariff, quality="quality")
    assert made(rows(account=[1] * COUNT), tariff)["account"] == ["1"]


def test_periods_and_threads_that_cannot_be(tariff):
    for wrong in (["2026-01", "2026-01"], ["2026-02", "2026-01"], []):
        with pytest.raises(wattpurse.InvalidValue, match="periods"):
            wattpurse.bill(rows(), tariff, periods=wrong)
    for wrong in (0, -1, 1025):
        with pytest.raises(wattpurse.InvalidValue, match="threads"):
            wattpurse.bill(rows(), tariff, threads=wrong)
