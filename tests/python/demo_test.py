# SPDX-License-Identifier: Apache-2.0
"""The data set to try things with."""

import datetime as dt
import hashlib
import io
import subprocess
import sys
from decimal import Decimal

import pytest

import wattpurse

SMALL = {"meters": 6, "minutes": 60}


@pytest.fixture(scope="module")
def data():
    return wattpurse.demo(**SMALL)


def test_the_same_seed_gives_the_same_data_everywhere(data):
    again, other = wattpurse.demo(**SMALL), wattpurse.demo(**SMALL, seed=2)
    assert again.readings.units == data.readings.units
    assert again.readings["time"] == data.readings["time"]
    assert other.readings.units != data.readings.units
    text = ",".join(map(str, data.readings.units))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "0e5b6af3e66cbc75"


def test_the_whole_size_is_a_million_rows_of_flats_shops_and_a_workshop():
    whole = wattpurse.demo()
    assert 1_049_000 < whole.readings.rows < 30 * 365 * 96  # some are missing
    kinds = list(whole.kinds.values())
    assert (kinds.count("flat"), kinds.count("shop"), kinds.count("workshop")) == (26, 3, 1)
    assert list(whole.kinds) == list(whole.accounts)


def test_columns_hold_no_float(data):
    readings = data.readings
    assert list(readings) == ["account", "time", "kwh", "quality"]
    assert {len(readings[name]) for name in readings} == {readings.rows}
    assert all(isinstance(each, Decimal) for each in readings["kwh"])
    assert all(each.utcoffset() == dt.timedelta(hours=8) for each in readings["time"])
    assert set(readings["quality"]) == {"good", "estimated"}
    assert min(readings.units) >= 0
    assert Decimal(sum(readings.units)).scaleb(-4) == sum(readings["kwh"])


def test_it_looks_real(data):
    def used(account, when):
        mine = data.readings.of(account)
        found = [units for at, units in zip(mine["time"], mine.units) if when(at)]
        return sum(found) / len(found)

    flat, workshop = "F0101", "W01"
    assert used(flat, lambda at: at.hour == 19) > 2 * used(flat, lambda at: at.hour == 3)
    assert used(flat, lambda at: at.month == 8) > used(flat, lambda at: at.month == 5)
    assert used(workshop, lambda at: at.weekday() < 5) > \
        3 * used(workshop, lambda at: at.weekday() == 6)


def test_bills_are_the_same_from_every_form(data, pandas, polars, pyarrow, tmp_path):
    def total(readings):
        return wattpurse.bill(readings, data.tariff, data.accounts, progress=False).total

    path = tmp_path / "readings.csv"
    data.readings.to_csv(path)
    expected = total(data.readings)
    assert expected["CNY"] > wattpurse.Money("5000")
    for form in (data.readings.to_pandas(), data.readings.to_polars(), data.readings.to_arrow(),
                 path):
        assert total(form) == expected
    assert data.readings.to_arrow().column("kwh").type == pyarrow.decimal128(18, 4)
    assert str(data.readings.to_polars()["kwh"].dtype).startswith("Decimal")
    assert list(data.readings.to_pandas()["kwh"][:3]) == data.readings["kwh"][:3]


def test_rows_of_some_accounts(data):
    some = data.readings.of("F0102", "W01")
    assert sorted(set(some["account"])) == ["F0102", "W01"]
    assert some.rows == sum(each in ("F0102", "W01") for each in data.readings["account"])
    with pytest.raises(wattpurse.NotFound, match="'F9'"):
        data.readings.of("F9")
    with pytest.raises(KeyError, match="watts"):
        data.readings["watts"]


def test_csv_can_be_written_to_a_file_that_is_open(data):
    out = io.StringIO()
    data.readings.of("F0101").to_csv(out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "account,time,kwh,quality"
    assert lines[1].startswith("F0101,2026-01-01T00:00:00+08:00,0.")


def test_the_standard_library_is_enough():
    program = ("import sys\n"
               "for name in ('numpy', 'pyarrow', 'pandas', 'polars', 'tqdm', 'matplotlib'):\n"
               "    sys.modules[name] = None\n"
               "import wattpurse\n"
               "data = wattpurse.demo(meters=2, minutes=60)\n"
               "bills = wattpurse.bill(data.readings, data.tariff, data.accounts)\n"
               "used = wattpurse.consumption(data.readings, 'F0101',\n"
               "                             attributes=data.accounts['F0101'])\n"
               "january = data.tariff.rate(used, data.tariff.period('2026-01'))\n"
               "assert next(iter(bills))['total'] == january.total.to_decimal()\n"
               "print(len(wattpurse.advise(data.readings, data.tariff, 'F0101', balance=50)))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 2


def test_it_shows_itself(data):
    html = data._repr_html_()
    assert html.count("<table") == html.count("</table>") == 2
    assert "workshop" in html
    assert "6 meters" in repr(data)


@pytest.mark.parametrize("wrong", [{"meters": 0}, {"year": 1900}, {"minutes": 7}])
def test_what_is_no_data_set_is_refused(wrong):
    with pytest.raises(wattpurse.InvalidValue, match=next(iter(wrong))):
        wattpurse.demo(**wrong)


def test_other_years_and_lengths():
    leap = wattpurse.demo(meters=1, year=2028, minutes=60)
    assert 366 * 24 - 60 < leap.readings.rows <= 366 * 24
    assert wattpurse.demo(meters=1, year=2040, minutes=30).readings["time"][0].year == 2040
