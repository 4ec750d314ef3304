# SPDX-License-Identifier: Apache-2.0
"""Rating against an independent re-implementation in Python's decimal: every line, every total."""

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
