# SPDX-License-Identifier: Apache-2.0
"""Exact quantities against Python's own decimal."""

import copy
import decimal
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import Energy, ExactCharge, Money, Power, Price, Rounding

LARGEST = 2**63 - 1
MODES = {
    Rounding.HALF_UP: decimal.ROUND_HALF_UP, Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Rounding.HALF_DOWN: decimal.ROUND_HALF_DOWN, Rounding.UP: decimal.ROUND_UP,
    Rounding.DOWN: decimal.ROUND_DOWN, Rounding.CEILING: decimal.ROUND_CEILING,
    Rounding.FLOOR: decimal.ROUND_FLOOR,
}
CONTEXT = decimal.Context(prec=80)
KINDS = [(Energy, 4), (Power, 4), (Price, 8), (Money, 6)]
mantissas = st.integers(-LARGEST, LARGEST)
kinds = st.sampled_from(KINDS)
modes = st.sampled_from(list(MODES))


def exact(mantissa, places):
    return Decimal(mantissa).scaleb(-places, CONTEXT)


def to_places(value, places, mode):
    return value.quantize(Decimal(1).scaleb(-places), MODES[mode], CONTEXT)


@given(kinds, mantissas)
def test_decimal_text_and_mantissa_are_the_same_number(kind, mantissa):
    make, places = kind
    value = make.from_mantissa(mantissa)
    number = exact(mantissa, places)
    assert value.mantissa == mantissa
    assert value.to_decimal() == number == Decimal(value.text)
    assert make(number) == make(value.text) == value
    assert make(Decimal(str(number.normalize(CONTEXT)))) == value  # perhaps with an exponent
    assert eval(repr(value)) == value  # pylint: disable=eval-used
    for copied in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert copied == value and hash(copied) == hash(value)
    assert bool(value) == (mantissa != 0)
    assert f"{value:.2f}" == f"{number:.2f}" and f"{value}" == str(value)


@given(kinds, st.decimals(allow_nan=False, allow_infinity=False, places=12,
                          min_value=-10**6, max_value=10**6), modes)
def test_surplus_places_round_as_told_and_only_then(kind, number, mode):
    make, places = kind
    assert make(number, rounding=mode).to_decimal() == to_places(number, places, mode)
    if to_places(number, places, Rounding.DOWN) != number:
        with pytest.raises(wattpurse.TooManyPlaces) as caught:
            make(number)
        assert caught.value.place == make.__name__ and "rounding" in caught.value.advice
    else:
        assert make(number).to_decimal() == number


@given(st.sampled_from([Energy, Power, Price, Money]), mantissas, mantissas)
def test_sums_and_order_are_those_of_the_integers(make, a, b):
    one, other = make.from_mantissa(a), make.from_mantissa(b)
    for result, operation in ((a + b, lambda: one + other), (a - b, lambda: one - other)):
        if abs(result) <= LARGEST:
            assert operation().mantissa == result
        else:
            with pytest.raises(wattpurse.Overflow):
                operation()
    assert (-one).mantissa == -a and abs(one).mantissa == abs(a) and +one == one
    assert (one < other, one <= other, one > other, one >= other, one == other, one != other) == (
        a < b, a <= b, a > b, a >= b, a == b, a != b)


@given(st.lists(st.tuples(mantissas, mantissas), max_size=3), modes, st.integers(0, 6))
def test_a_charge_is_exact_and_rounds_once(parts, mode, places):
    total = ExactCharge()
    for used, each in parts:
        total = total + Energy.from_mantissa(used) * Price.from_mantissa(each)
    number = sum((CONTEXT.multiply(exact(a, 4), exact(b, 8)) for a, b in parts), Decimal(0))
    with decimal.localcontext(CONTEXT):
        number = sum((exact(a, 4) * exact(b, 8) for a, b in parts), Decimal(0))
    assert total.to_decimal() == number
    assert pickle.loads(pickle.dumps(total)) == total == ExactCharge(total.text)
    rounded = to_places(number, places, mode)
    if abs(rounded) <= exact(LARGEST, 6):
        money = total.round(mode, places=places)
        assert money.to_decimal() == rounded and money.currency == "CNY"
    else:
        with pytest.raises(OverflowError):
            total.round(mode, places=places)


@given(mantissas, st.integers(-10**6, 10**6))
def test_a_whole_multiple_is_exact(mantissa, factor):
    value = Energy.from_mantissa(mantissa)
    if abs(mantissa * factor) <= LARGEST:
        assert (value * factor).mantissa == mantissa * factor == (factor * value).mantissa
    else:
        with pytest.raises(wattpurse.Overflow):
            _ = value * factor


@given(mantissas, st.decimals(-100, 100, places=8), modes)
def test_a_share_rounds_once(mantissa, share, mode):
    number = CONTEXT.multiply(exact(mantissa, 6), share)
    expected = to_places(number, 6, mode)
    if abs(expected) <= exact(LARGEST, 6):
        assert Money.from_mantissa(mantissa).scaled(share, mode).to_decimal() == expected


@given(mantissas, mantissas.filter(bool), modes)
def test_a_ratio_rounds_once(part, whole, mode):
    with decimal.localcontext(decimal.Context(prec=200)):
        expected = (Decimal(part) / Decimal(whole)).quantize(Decimal("1E-8"), MODES[mode])
    if abs(expected) <= exact(LARGEST, 8):
        found = Energy.from_mantissa(part).ratio(Energy.from_mantissa(whole), mode)
        assert found == expected


def test_a_float_is_refused_with_advice():
    with pytest.raises(TypeError) as caught:
        Money(0.1)
    error = caught.value
    assert isinstance(error, wattpurse.FloatRefused) and isinstance(error, wattpurse.Error)
    assert str(error) == "Money: got float 0.1 - use Decimal('0.1') or '0.1'"
    assert (error.place, error.value, error.code) == ("Money", "float 0.1", "float")
    assert error.advice == "Decimal('0.1') or '0.1'"
    with pytest.raises(wattpurse.FloatRefused):
        _ = Money(1) * 0.5


@pytest.mark.parametrize("wrong", [True, None, 1 + 2j, b"1", [1], object()])
def test_other_types_are_refused(wrong):
    with pytest.raises(wattpurse.WrongType):
        Energy(wrong)


@pytest.mark.parametrize("wrong", ["", " 1", "1 ", "+1", "1e3", "1.", ".5", "1,5", "NaN", "0x1",
                                   Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")])
def test_what_is_no_number_is_refused(wrong):
    for make, _ in KINDS:
        with pytest.raises(wattpurse.InvalidValue):
            make(wrong)


@pytest.mark.parametrize("large", [10**18, -10**400, "9" * 5000, Decimal("1E+99999")])
def test_what_does_not_fit_overflows(large):
    with pytest.raises(wattpurse.Overflow):
        Price(large)


def test_numpy_integers_count_and_its_fractions_do_not(numpy):
    assert Energy(numpy.int64(-5)) == Energy(-5) and Energy(numpy.uint8(7)) == Energy(7)
    for wrong in (numpy.float64("0.5"), numpy.float32("0.5"), numpy.float16(1)):
        with pytest.raises(wattpurse.FloatRefused):
            Energy(wrong)
    with pytest.raises(wattpurse.WrongType):
        Energy(numpy.bool_(True))


def test_only_what_physics_allows():
    pairs = [(Energy(1), Power(1)), (Energy(1), Money(1)), (Energy(1), 1), (Money(1), "1")]
    for one, other in pairs:
        with pytest.raises(TypeError):
            _ = one + other
        with pytest.raises(TypeError):
            _ = one < other
        assert one != other
    with pytest.raises(TypeError):
        _ = Energy(1) * Energy(1)
    with pytest.raises(TypeError):
        _ = Money(1) * Price(1)
    assert Price("0.5") * Energy(2) == Energy(2) * Price("0.5") == ExactCharge(1)
    assert sum([Energy(1), Energy(2)]) == Energy(3) and sum([Money(1), Money(2)]) == Money(3)
    with pytest.raises(TypeError):
        sum([Energy(1)], 1)


def test_currencies_do_not_mix():
    with pytest.raises(wattpurse.CurrencyMismatch, match="CNY and USD"):
        _ = Money(1) + Money(1, "USD")
    with pytest.raises(ValueError):
        _ = Money(1) < Money(1, currency="USD")
    assert Money(1) != Money(1, "USD")
    for wrong in ("cny", "CN", "CNYY", ""):
        with pytest.raises(wattpurse.InvalidValue):
            Money(1, wrong)


def test_money_rounds_to_its_currency():
    assert Money("1.005").round("half_up") == Money("1.01")
    assert Money("1.5", "JPY").round(Rounding.HALF_EVEN) == Money(2, "JPY")
    assert Money("1.239").round("down", places=1) == Money("1.2")
    with pytest.raises(wattpurse.Inexact):
        Money("1.005").round("exact")
    with pytest.raises(ArithmeticError):
        Money("1.005").round("exact")
    for wrong in (7, -1):
        with pytest.raises(wattpurse.InvalidValue):
            Money(1).round("up", places=wrong)
    with pytest.raises(wattpurse.InvalidValue):
        Money(1).round("ROUND_UP")
    with pytest.raises(ZeroDivisionError):
        Energy(1).ratio(Energy(0), "up")


def test_texts_of_people():
    assert str(Energy("1.5")) == "1.5000 kWh" and str(Power(2)) == "2.0000 kW"
    assert str(Price("0.568")) == "0.56800000/kWh" and str(Money("12.5")) == "12.500000 CNY"
    assert repr(Money("12.5", "USD")) == "Money('12.500000', 'USD')"
    assert str(Energy("22.57") * Price("0.288")) == "6.500160000000"
    assert {Money(1): "one"}[Money("1.0")] == "one"
