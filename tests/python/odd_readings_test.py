# SPDX-License-Identifier: Apache-2.0
"""wattpurse.bill: readings in forms that are easily taken for something else; none gets lost."""

import datetime as dt
import itertools
from decimal import Decimal, localcontext

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


def written(folder, text, encoding="utf-8"):
    path = folder / "readings.csv"
    path.write_bytes(text.encode(encoding))
    return path


def csv_text(given, head="account,time,kwh"):
    lines = zip(given["account"], (each.isoformat() for each in given["time"]), given["kwh"])
    return head + "\n" + "".join(f"{a},{t},{k}\n" for a, t, k in lines)


def test_files_that_are_read_or_refused_but_never_guessed(tariff, tmp_path):
    given = rows(account=["\u4e00\u865f"] * COUNT)
    expected = made(given, tariff)
    text = csv_text(given, "\u6237\u53f7,\u65f6\u95f4,\u7535\u91cf")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        assert made(written(tmp_path, text, encoding), tariff) == expected
    big5 = csv_text(rows(account=["\u8a31\u529f\u84cb"] * COUNT))
    with pytest.raises(wattpurse.InvalidValue, match="UTF-8, UTF-16 or GB 18030"):
        wattpurse.bill(written(tmp_path, big5, "big5"), tariff)
    (tmp_path / "readings.csv").write_bytes(csv_text(rows()).encode() + b"\xff\xff,1,1\n")
    with pytest.raises(wattpurse.InvalidValue, match="readings.csv: bytes that are no text"):
        wattpurse.bill(tmp_path / "readings.csv", tariff)
    twice = "account,time,kwh,kwh\n" + "".join(
        line + ",7\n" for line in csv_text(rows()).splitlines()[1:])
    with pytest.raises(wattpurse.InvalidValue, match="kwh: 2 columns kwh"):
        wattpurse.bill(written(tmp_path, twice), tariff)


def test_times_of_which_none_can_be_read_are_told_by_row(tariff, tmp_path):
    naive = csv_text(rows()).replace("+08:00", "")
    for skip in (False, True):
        faults = faults_of(written(tmp_path, naive), tariff, skip=skip)
        assert len(faults) == COUNT
        assert faults[0] == ("readings.csv line 2, column time", "'2026-01-01T00:00:00'")
    assert made(tmp_path / "readings.csv", tariff, tz="+08:00") == made(rows(), tariff)


def test_an_account_has_one_row_of_attributes(tariff):
    with pytest.raises(wattpurse.InvalidValue, match="accounts: row 1: A "):
        wattpurse.bill(rows(), tariff, {"account": ["A", "A"], "persons": [1, 7]})


def test_registers_are_below_where_they_turn_over(tariff):
    def of(first, second, capacity):
        given = rows()
        registers = {"account": ["A", "A"], "time": given["time"][:2],
                     "register": [first, second]}
        return wattpurse.bill(registers, tariff, register_capacity=capacity).bills.column("kwh")
    assert of("999999.9999", "3", 1_000_000) == [Decimal("3.0001")]
    for beyond in (("1000000", "3"), ("999999", "1000000"), ("1000001", "1000002")):
        with pytest.raises(wattpurse.ValidationError, match="registers below"):
            of(*beyond, 1_000_000)
    for capacity in (0, -5):
        with pytest.raises(wattpurse.InvalidValue, match="register_capacity"):
            of("1", "2", capacity)


def test_what_is_explained_is_what_was_billed(numpy, tariff):
    readings = arrays(numpy)
    bills = wattpurse.bill(readings, tariff, places=4, tz="+00:00")
    told = bills.explain("A")
    readings["kwh"][5] += 1_000
    with pytest.raises(wattpurse.Conflict, match="changed after they were billed"):
        bills.explain("A")
    readings["kwh"][5] -= 1_000
    assert bills.explain("A") == told


def test_a_name_is_no_formula_of_a_workbook(tariff, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    bills = wattpurse.bill(rows(account=["=1+1"] * COUNT), tariff)
    bills.to_xlsx(tmp_path / "bills.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "bills.xlsx"):
        assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")


def test_whole_numbers_are_steps_wherever_they_stand(numpy, tariff):
    steps = [125 * i for i in range(COUNT)]
    expected = made(rows(kwh=numpy.array(steps)), tariff, places=4)
    assert expected["kwh"] == [Decimal(sum(steps)).scaleb(-4)]
    for form in (steps, tuple(steps), numpy.array(steps, dtype=object), list(numpy.array(steps))):
        assert made(rows(kwh=form), tariff, places=4) == expected


def test_a_register_that_is_not_trusted_is_not_looked_at(tariff):
    times = rows()["time"]

    def kwh(registers, qualities):
        given = {"account": ["A"] * len(registers), "time": times[:len(registers)],
                 "register": registers, "quality": qualities}
        return wattpurse.bill(given, tariff, quality="quality").bills.column("kwh")
    assert kwh(["1", "2", "3"], ["good", "rejected", "good"]) == [2]
    assert kwh(["1", "2", "3", "4"], ["good", "good", "suspect", "good"]) == [3]
    assert kwh(["100", "500000", "101", "102"], ["good", "rejected", "good", "good"]) == [2]


def test_a_quote_that_is_not_closed_swallows_no_rows(tariff, tmp_path):
    text = csv_text(rows()).replace("\nA,", '\n"A,', 1)
    with pytest.raises(wattpurse.InvalidValue, match="readings.csv line"):
        wattpurse.bill(written(tmp_path, text), tariff)


def test_sums_are_exact_in_any_context(tariff):
    bills = wattpurse.bill(rows(kwh=[Decimal("1234.5678")] * COUNT), tariff)
    expected = bills.total
    with localcontext() as context:
        context.prec = 3
        assert bills.total == expected
