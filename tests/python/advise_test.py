# SPDX-License-Identifier: Apache-2.0
"""Advice: every figure is computed anew here, from what the tariff says."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import Money, tariff
from wattpurse._forecast import quantile

ZONE = dt.timezone(dt.timedelta(hours=8))
HOUR = dt.timedelta(hours=1)
BEGIN = dt.datetime(2026, 1, 1, tzinfo=ZONE)
TWO_BANDS = tariff.time_of_use({"peak": "0.60", "valley": "0.30"},
                               {"peak": "08:00-22:00", "valley": "rest"})


def hourly(accounts, days=90, begin=BEGIN):
    """Columns of hours, of (account, kWh of a moment) functions."""
    times = [begin + HOUR * count for count in range(24 * days)]
    return {"account": [name for name in accounts for _ in times], "time": times * len(accounts),
            "kwh": [Decimal(use(at)) for use in accounts.values() for at in times]}


def even(at):
    return "1" if 8 <= at.hour < 22 else "0.2"


def kinds(advice):
    return [each.kind for each in advice]


def test_shift_saves_what_two_bills_differ_by():
    advice = wattpurse.advise(hourly({"A": even}, 59), TWO_BANDS, "A")
    (shift,) = advice
    # January and February: of 0.8 kWh above the least hour a fifth, in 14 hours of 59 days.
    moved = Decimal("0.16") * 14 * 59
    assert shift.figures["kwh"] == moved
    assert abs(shift.saving.to_decimal() - moved * Decimal("0.30")) <= Decimal("0.02")  # two bills
    assert shift.per_year == Money(round(shift.saving.to_decimal() * 365 / 59, 2))
    assert shift.figures["prices"] == {"peak": Decimal("0.6"), "valley": Decimal("0.3")}
    assert shift.figures["into_hours"] == "22:00-08:00"
    assert (shift.since, shift.until) == (BEGIN, BEGIN + dt.timedelta(days=59))
    assert "peak to valley" in shift.sentence() and "\u6bcf\u5e74" in shift.sentence("zh")


def test_a_larger_share_saves_in_proportion():
    readings = hourly({"A": even}, 59)
    whole = wattpurse.advise(readings, TWO_BANDS, "A", shift_share=1)[0]
    third = wattpurse.advise(readings, TWO_BANDS, "A", shift_share=Fraction(1, 4))[0]
    assert whole.figures["kwh"] == 4 * third.figures["kwh"]
    for wrong in (0, "1.5", "-0.1"):
        with pytest.raises(wattpurse.InvalidValue, match="shift_share"):
            wattpurse.advise(readings, TWO_BANDS, "A", shift_share=wrong)
    with pytest.raises(wattpurse.FloatRefused):
        wattpurse.advise(readings, TWO_BANDS, "A", shift_share=0.2)


def test_one_price_gives_no_shift():
    assert len(wattpurse.advise(hourly({"A": even}), tariff.flat("0.5"), "A")) == 0


def test_the_cheapest_of_other_tariffs():
    flat = tariff.flat("0.50", name="one")
    cheap = tariff.flat("0.40", name="cheap")
    advice = wattpurse.advise(hourly({"A": even}, 59), tariff.flat("0.55"), "A",
                              tariffs=[flat, cheap])
    (better,) = advice
    used = (Decimal(14) + Decimal("0.2") * 10) * 59
    assert better.figures["name"] == "cheap"
    assert better.saving.to_decimal() == \
        better.figures["before"].to_decimal() - better.figures["after"].to_decimal()
    assert abs(better.saving.to_decimal() - used * Decimal("0.15")) <= Decimal("0.02")  # two bills
    assert set(better.figures["costs"]) == {"one", "cheap"}
    with pytest.raises(wattpurse.CurrencyMismatch, match=r"tariffs\[0\]"):
        wattpurse.advise(hourly({"A": even}), flat, "A", tariffs=[tariff.flat("1", currency="EUR")])


def test_base_load_against_similar_homes():
    def with_base(base):
        return lambda at: str(Decimal(base) + (1 if 18 <= at.hour < 22 else 0))

    bases = {"A": "0.3", "B": "0.1", "C": "0.15", "D": "0.2", "E": "0.05", "far": "9"}
    readings = hourly({name: with_base(base) for name, base in bases.items()}, 59)
    (action,) = wattpurse.advise(readings, tariff.flat("0.50"), "A", others=readings)
    # Of B, C and D the middle; E uses less than half of what A does, and "far" more than double.
    assert action.figures["watts"] == 300 and action.figures["watts_others"] == 150
    assert action.figures["similar"] == 3 and action.figures["lower"] == 3
    assert action.saving == Money(Decimal("0.15") * 24 * 59 * Decimal("0.5"))
    assert kinds(wattpurse.advise(readings, tariff.flat("0.50"), "B", others=readings)) == []


def test_the_day_of_the_next_step_and_what_staying_below_it_saves():
    ladder = tariff.tiered([(1000, "0.5"), (None, "0.8")], per="year")
    now = BEGIN + dt.timedelta(days=31)
    readings = hourly({"A": lambda at: "0.5"}, 40)
    (step,) = wattpurse.advise(readings, ladder, "A", now=now)
    # 12 kWh a day: 372 by the end of January, 1000 after 52.3 days more, on the 53rd from 1 Feb.
    day = dt.date(2026, 2, 1) + dt.timedelta(days=52)
    assert step.figures["early"] == step.figures["usual"] == step.figures["late"] == day
    rest = 334 * 12
    assert step.figures["remaining"] == 628
    kept_below = Decimal(628) * Decimal("0.5")
    as_it_is = kept_below + (rest - 628) * Decimal("0.8")
    saved = as_it_is - kept_below
    assert abs(step.saving.to_decimal() - saved) <= Decimal("0.4")  # each hour is cut to 10^-4 kWh
    assert step.per_year is None
    assert "2026-03-25" in step.sentence()


def test_a_step_that_only_the_heaviest_week_reaches():
    ladder = tariff.tiered([(360, "0.5"), (None, "0.8")])
    heavy = BEGIN + dt.timedelta(days=17)
    readings = hourly({"A": lambda at: "0.6" if heavy <= at < heavy + dt.timedelta(days=7)
                       else "0.4"}, 31)
    now = BEGIN + dt.timedelta(days=24)
    (step,) = wattpurse.advise(readings, ladder, "A", now=now)
    assert step.figures["usual"] is None and step.figures["early"] is not None
    assert step.saving is None and "at the earliest" in step.sentence()


def test_days_until_the_purse_is_empty():
    weekly = hourly({"A": lambda at: "2" if at.weekday() >= 5 else "1"}, 59)
    (purse,) = wattpurse.advise(weekly, tariff.flat("0.50"), "A", balance="50")
    # From Sunday 1 March on: 24 for that day, 12 on Monday and Tuesday, so 2 are left: Wednesday.
    assert purse.figures["usual"] == dt.date(2026, 3, 4)
    assert purse.figures["days"] == 3
    assert purse.figures["early"] == purse.figures["late"] == dt.date(2026, 3, 4)
    (soon,) = wattpurse.advise(weekly, tariff.flat("0.50"), "A", balance="25")
    assert "2026-03-02, 1 day (" in soon.sentence()
    assert "25.00 \u5143" in soon.sentence("zh")
    (far,) = wattpurse.advise(weekly, tariff.flat("0.50"), "A", balance=Money(10**6))
    assert far.figures["usual"] is None and "more than a year" in far.sentence()


def test_an_account_that_is_nearly_empty_comes_first():
    readings = hourly({"A": even}, 59)
    found = wattpurse.advise(readings, TWO_BANDS, "A", balance="20",
                             tariffs=[tariff.flat("0.3")])
    assert kinds(found) == ["purse", "tariff", "shift"]
    later = wattpurse.advise(readings, TWO_BANDS, "A", balance="900", tariffs=[tariff.flat("0.3")])
    assert kinds(later) == ["tariff", "shift", "purse"]


def test_the_demo_gets_advice_that_adds_up():
    data = wattpurse.demo(meters=8, minutes=60)
    account = "F0101"
    advice = wattpurse.advise(data.readings, data.tariff, account, others=data.readings,
                              balance="100", attributes=data.accounts[account])
    assert {"shift", "purse"} <= set(kinds(advice))
    bills = wattpurse.bill(data.readings, data.tariff, data.accounts, progress=False)
    year = sum((each["total"] for each in bills if each["account"] == account), Decimal(0))
    for each in advice:
        assert each.method and each.sentence() and each.sentence("zh")
        if each.per_year is not None:
            assert each.figures["before"] == Money(year)
            assert each.saving == each.per_year  # of a whole year
            assert each.per_month.to_decimal() == round(each.per_year.to_decimal() / 12, 2)
    money = [each.per_year for each in advice if each.per_year is not None]
    assert money == sorted(money, reverse=True)
    assert "<table" in advice._repr_html_() and account in repr(advice)
    assert advice.explain("zh") == [each.sentence("zh") for each in advice]


def test_forms_of_readings_give_the_same_advice(pandas, polars, pyarrow, tmp_path):
    data = wattpurse.demo(meters=1, minutes=60)
    path = tmp_path / "one.csv"
    data.readings.to_csv(path)
    now = dt.datetime(2026, 4, 1, tzinfo=ZONE)
    said = [wattpurse.advise(form, data.tariff, "F0101", now=now, balance="50").explain()
            for form in (data.readings, data.readings.to_pandas(), data.readings.to_polars(),
                         data.readings.to_arrow(), path)]
    assert all(each == said[0] for each in said) and len(said[0]) >= 2


def test_what_cannot_be_used_is_refused():
    readings = hourly({"A": even}, 10)
    with pytest.raises(wattpurse.InvalidValue, match="at least two"):
        wattpurse.advise(readings, TWO_BANDS, "A")
    with pytest.raises(wattpurse.NotFound, match="'B'"):
        wattpurse.advise(readings, TWO_BANDS, "B")
    with pytest.raises(wattpurse.NaiveTime, match="now"):
        wattpurse.advise(readings, TWO_BANDS, "A", now=dt.datetime(2026, 1, 5))
    with pytest.raises(wattpurse.FloatRefused, match="row 0, column kwh"):
        wattpurse.advise({**readings, "kwh": [0.1] * 240}, TWO_BANDS, "A")
    twice = {name: [*column, column[-1]] for name, column in readings.items()}
    with pytest.raises(wattpurse.InvalidValue, match="one row for each account and time"):
        wattpurse.advise(twice, TWO_BANDS, "A")


@given(st.lists(st.integers(-10**12, 10**12), min_size=1), st.integers(1, 10))
def test_quantiles_are_values_that_enough_do_not_exceed(values, part):
    found = quantile(values, part, 10)
    assert found in values
    assert sum(each <= found for each in values) * 10 >= part * len(values)
    assert sum(each < found for each in values) * 10 < part * len(values)
