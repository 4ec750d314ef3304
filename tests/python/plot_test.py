# SPDX-License-Identifier: Apache-2.0
"""Plots: that they draw what they were given. How they look was looked at by eye."""

import datetime as dt
import subprocess
import sys

import pytest

import wattpurse
from conftest import needed
from wattpurse import tariff as tariffs

ZONE = dt.timezone(dt.timedelta(hours=8))


@pytest.fixture(scope="module", autouse=True)
def pyplot():
    needed("matplotlib").use("Agg")
    import matplotlib.pyplot
    yield matplotlib.pyplot
    matplotlib.pyplot.close("all")


@pytest.fixture(scope="module")
def data():
    return wattpurse.demo(meters=6, minutes=60)


@pytest.fixture(scope="module")
def bills(data):
    return wattpurse.bill(data.readings, data.tariff, data.accounts, progress=False)


def used(data, account):
    from wattpurse._series import series_of
    return series_of(data.readings, account).consumption(data.accounts[account])


def drawn(ax):
    """Saved, so that everything is really laid out; its texts."""
    import io
    from matplotlib.text import Text
    out = io.BytesIO()
    ax.figure.savefig(out, format="png")
    assert out.getvalue().startswith(b"\x89PNG")
    return " | ".join(each.get_text() for each in ax.figure.findobj(Text) if each.get_text())


def test_load_of_some_days_with_bands(data):
    ax = wattpurse.plot.load(data.readings, "F0101", tariff=data.tariff, since="2026-07-20")
    texts = drawn(ax)
    mine = data.readings.of("F0101")
    begin = dt.datetime(2026, 7, 20, tzinfo=ZONE)
    week = sum(units for at, units in zip(mine["time"], mine.units)
               if begin <= at < begin + dt.timedelta(days=7))
    assert f"F0101, {round(week / 10**4, 1)} kWh in 7 days" in texts
    assert "peak 0.568" in texts and "kW" in texts
    assert len(ax.patches) >= 14  # two bands a day


def test_load_takes_frames_and_axes(data, pandas, polars, pyplot):
    _, ax = pyplot.subplots()
    for form in (data.readings.to_pandas(), data.readings.to_polars(), data.readings.to_arrow()):
        assert wattpurse.plot.load(form, "F0101", days=2, ax=ax) is ax
    with pytest.raises(wattpurse.NotFound, match="F9"):
        wattpurse.plot.load(data.readings, "F9")
    with pytest.raises(wattpurse.NotFound, match="a day of the readings"):
        wattpurse.plot.load(data.readings, "F0101", since="2031-01-01")
    with pytest.raises(wattpurse.NaiveTime, match="since"):
        wattpurse.plot.load(data.readings, "F0101", since=dt.datetime(2026, 1, 1))


def test_a_gap_is_left_open(data):
    mine = data.readings.of("F0101")
    kept = [index for index, at in enumerate(mine["time"])
            if at < dt.datetime(2026, 1, 3, tzinfo=ZONE) and not 5 <= at.hour < 8]
    columns = {name: [mine[name][index] for index in kept] for name in mine}
    ax = wattpurse.plot.load(columns, "F0101", days=2)
    assert sum(each != each for each in ax.lines[0].get_ydata()) == 2


def test_bands_of_months_and_hours():
    industrial = wattpurse.Tariff.template("guangdong_industrial")
    texts = drawn(wattpurse.plot.bands(industrial))
    assert "sharp\n1.3175 CNY a kWh" in texts and "Jul" in texts
    image = wattpurse.plot.bands(industrial).images[0].get_array()
    assert image.shape == (12, 48)
    assert image[6][22] == image.max() and image[0][22] < image.max()  # sharp in July at 11
    with pytest.raises(wattpurse.InvalidValue, match="bands by the clock"):
        wattpurse.plot.bands(tariffs.flat("0.5"))


def test_ladder_over_the_year(data):
    consumption = used(data, "F0101")
    ax = wattpurse.plot.tier(consumption, data.tariff)
    texts = drawn(ax)
    at = dt.datetime(2027, 1, 1, tzinfo=ZONE)
    position = data.tariff.positions(consumption, at)[0]
    assert ax.lines[-1].get_ydata()[-1] == float(position.used)
    assert "step 2 from" in texts
    assert ("the last step" in texts) == (position.remaining is None)
    with pytest.raises(wattpurse.InvalidValue, match="ladder"):
        wattpurse.plot.tier(consumption, tariffs.flat("0.5"))


def test_ladder_of_months_begins_anew_and_bills_are_bars(data):
    by_month = wattpurse.Tariff.template("beijing_residential_month")
    consumption = used(data, "F0101")
    ax = wattpurse.plot.tier(consumption, by_month)
    assert sum(each != each for each in ax.lines[-2].get_ydata()) == 12
    months = by_month.periods(dt.date(2026, 1, 1), dt.date(2026, 4, 1))
    bars = wattpurse.plot.tier(by_month.bills(consumption, months), by_month)
    assert [each.get_label() for each in bars.containers] == [
        "step 1 from 0 kWh", "step 2 from 240 kWh", "step 3 from 400 kWh"]


def test_bars_of_bills_sum_to_the_bills(bills):
    ax = bills.plot()
    assert "6 accounts" in drawn(ax)
    charged = sum(float(each["charged"]) for each in bills)
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(charged)
    one = bills.plot("F0101")
    assert "Bills of F0101" in one.get_title()
    with pytest.raises(wattpurse.NotFound, match="F9"):
        bills.plot("F9")


def test_purse_with_its_forecast(data):
    now = dt.datetime(2026, 9, 10, 9, tzinfo=ZONE)
    ax = wattpurse.plot.balance(data.readings, data.tariff, "F0101", "150", warning="30", now=now,
                                attributes=data.accounts["F0101"])
    texts = drawn(ax)
    assert "empty " in texts and "warning at 30.00 CNY" in texts
    before = ax.lines[0].get_ydata()
    assert before[-1] == 150 and list(before) == sorted(before, reverse=True)
    far = wattpurse.plot.balance(data.readings, data.tariff, "F0101", "90000", now=now, ahead=5)
    assert "empty" not in drawn(far)


def test_tariffs_side_by_side(data):
    consumption = used(data, "F0101")
    months = data.tariff.periods(dt.date(2026, 1, 1), dt.date(2026, 3, 1))
    offers = tariffs.compare([data.tariff, tariffs.flat("0.9", name="dear")], consumption, months)
    ax = wattpurse.plot.compare(offers)
    assert "(the cheapest)" in drawn(ax) and "dear" in drawn(ax)
    again = wattpurse.plot.compare([data.tariff, tariffs.flat("0.9")], consumption, months)
    assert len(again.patches) == len(ax.patches) == 4
    with pytest.raises(wattpurse.InvalidValue, match="consumption"):
        wattpurse.plot.compare([data.tariff])


def test_chinese_needs_a_font(bills, monkeypatch):
    from wattpurse import _plot_style
    with pytest.raises(wattpurse.InvalidValue, match="lang"):
        bills.plot(lang="fr")
    monkeypatch.setattr(_plot_style, "chinese_font", lambda: None)
    assert bills.plot(lang="zh").get_title().startswith("Bills of")
    monkeypatch.setattr(_plot_style, "chinese_font", lambda: "DejaVu Sans")
    assert "\u8d26\u5355" in bills.plot(lang="zh").get_title()
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "\u8d26\u5355" in bills.plot().get_title()


def test_without_matplotlib_the_message_says_what_to_install():
    program = ("import sys; sys.modules['matplotlib'] = None; import wattpurse\n"
               "try: wattpurse.plot.bands(wattpurse.Tariff.template('zhejiang_residential'))\n"
               "except ImportError as e: print(e)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "plots need matplotlib: pip install matplotlib\n"


def test_matplotlib_is_not_imported_before_it_is_asked_for():
    program = ("import sys, wattpurse, wattpurse.plot\n"
               "print(any(name.startswith('matplotlib') for name in sys.modules))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "False\n"
