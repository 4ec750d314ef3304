# SPDX-License-Identifier: Apache-2.0
"""Bills of the residential tariff of Zhejiang by hand, in decimal, from what the tariff says: peak
08:00 to 22:00 at 0.568, valley at 0.288; above 230 kWh in a month 0.05 more, above 400 kWh 0.30.
Lines to six places, a bill to the fen, half up."""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

CHINA = dt.timezone(dt.timedelta(hours=8))
BEGIN = dt.datetime(2026, 1, 20, tzinfo=CHINA)


@dataclass(frozen=True)
class Row:
    account: str
    time: dt.datetime
    kwh: Decimal


@dataclass
class Bill:
    kwh: Decimal = Decimal(0)
    bands: dict = field(default_factory=lambda: defaultdict(Decimal))
    lines: dict = field(default_factory=dict)
    charged: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


def draw_readings(accounts, days, seed):
    draw = random.Random(seed)
    return [Row(f"A{number}", BEGIN + dt.timedelta(minutes=15 * slot),
                Decimal(draw.randrange(0, 2000 * (number + 1))).scaleb(-4))
            for number in range(accounts) for slot in range(96 * days)]


def bills_by_hand(rows):
    bills = defaultdict(Bill)
    for row in rows:
        local = row.time.astimezone(CHINA)
        bill = bills[row.account, f"{local:%Y-%m}"]
        bill.kwh += row.kwh
        bill.bands["peak" if 8 <= local.hour < 22 else "valley"] += row.kwh
    for bill in bills.values():
        close(bill)
    return bills


def close(bill):
    second = max(Decimal(0), min(bill.kwh, Decimal(400)) - 230)
    third = max(Decimal(0), bill.kwh - 400)
    exact = {"energy.peak": bill.bands["peak"] * Decimal("0.568"),
             "energy.valley": bill.bands["valley"] * Decimal("0.288"),
             "tier.2": second * Decimal("0.05"), "tier.3": third * Decimal("0.30")}
    bill.lines = {line: amount.quantize(Decimal("0.000001"), ROUND_HALF_UP)
                  for line, amount in exact.items()}
    bill.charged = sum(bill.lines.values())
    bill.total = bill.charged.quantize(Decimal("0.01"), ROUND_HALF_UP)
