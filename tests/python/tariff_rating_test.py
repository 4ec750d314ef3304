# SPDX-License-Identifier: Apache-2.0
"""Rating against an independent re-implementation in Python's decimal: every line, every total."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tariff_oracle
import tariff_random
from wattpurse import tariff as trf

MORE = settings(max_examples=max(400, settings().max_examples),
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def case_of(draw):
    drawn = draw.draw(tariff_random.tariffs())
    made = trf.Tariff.from_dict(drawn)
    first, until = draw.draw(tariff_random.stretches())
    period = made.period(first, until)
    rows = draw.draw(tariff_random.usages(drawn, period.start, period.until))
    used = trf.Consumption([(begin, end, quantity, "import", register)
                            for begin, end, quantity, register in rows])
    return drawn, made, period, rows, used


def shown(bill):
    return [(line.id, None if line.kind in ("percent", "minimum", "maximum") else line.quantity,
             line.amount.to_decimal()) for line in bill.lines]


@MORE
@given(st.data())
def test_every_line_is_that_of_the_oracle(draw):
    drawn, made, period, rows, used = case_of(draw)
    lines, charged, total = tariff_oracle.rate(drawn, rows, period.start, period.until)
    bill = made.rate(used, period)
    assert shown(bill) == lines
    assert (bill.charged.to_decimal(), bill.total.to_decimal()) == (charged, total)
    assert bill.residue.to_decimal() == total - charged and bill.sum == bill.charged
    for line in bill.lines:
        if line.kind in ("charge", "fee") and not line.is_average:
            part, whole = line.share
            exact = line.quantity * line.price * part / whole
            assert exact == line.amount.to_decimal() + line.residue


@given(st.data())
def test_neither_order_nor_cadence_matters(draw):
    _, made, period, rows, used = case_of(draw)
    whole = made.rate(used, period)
    turned = trf.Consumption(list(reversed(used.rows)))
    assert made.rate(turned, period).lines == whole.lines
    booked = {}
    moments = sorted({begin for begin, _, _, _ in rows if period.start < begin < period.until})
    for moment in [*moments[::7], period.until]:
        for each in trf.difference(made.rate(used, period, moment), booked.items()):
            booked[each.line] = each.now
            assert each.owed == each.now - each.booked and each.owed
    assert {name: amount for name, amount in booked.items() if amount} == {
        line.id: line.amount for line in whole.lines if line.amount}
    assert sum((amount.to_decimal() for amount in booked.values()), Decimal(0)) \
        == whole.sum.to_decimal()


def test_the_first_day_of_a_season_and_of_a_ladder():
    """What chance rarely meets: a period, a season and a year that begin on one day."""
    drawn = {"format": "wattpurse-tariff/2", "name": "edge", "currency": "CNY", "zone": "+08:00",
             "bands": [{"name": "cold"}, {"name": "warm"}],
             "versions": [{
                 "name": "1",
                 "calendar": {"seasons": tariff_random.SEASONS,
                              "plans": [{"name": band, "windows": [
                                  {"from": "00:00", "until": "24:00", "band": band}]}
                                  for band in ("cold", "warm")],
                              "rules": [{"seasons": ["winter"], "plan": "cold"},
                                        {"plan": "warm"}]},
                 "determinants": [{"name": "e", "of": "import", "scope": "year",
                                   "anchor": "11-16"}],
                 "charges": [{"line": "e", "on": "e", "rate": {"mode": "flat", "prices": {
                     "cold": "2", "warm": "1"}}},
                     {"line": "t", "on": "e", "rate": {"mode": "graduated", "tiers": [
                         {"up_to": "30", "price": "0"}, {"price": "1"}]}}],
                 "rounding": {"line": {"increment": "0.01", "mode": "half_up"},
                              "tax": {"increment": "0.01", "mode": "half_up"},
                              "bill": {"increment": "0.01", "mode": "half_up"}}}]}
    made = trf.Tariff.from_dict(drawn)
    midnight = made.period("2025-11-10", "2025-11-11").start
    rows = [(midnight + timedelta(days=day), midnight + timedelta(days=day, minutes=30), "10",
             None) for day in range(11)]
    used = trf.Consumption([row[:3] for row in rows])
    for first, until, quantities in (("2025-11-16", "2025-11-21", [50, 0, 30, 20]),
                                     ("2025-11-15", "2025-11-17", [10, 10, 10, 10]),
                                     ("2025-11-14", "2025-11-16", [0, 20, 0, 20])):
        period = made.period(first, until)
        bill = made.rate(used, period)
        assert shown(bill) == tariff_oracle.rate(drawn, rows, period.start, period.until)[0]
        assert [line.quantity for line in bill.lines] == quantities
