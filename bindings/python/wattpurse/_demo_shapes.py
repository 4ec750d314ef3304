# SPDX-License-Identifier: Apache-2.0
"""What the people of `wattpurse.demo` use in watts, by the hour, the day and the weather.

Whole numbers only, so that the same seed gives the same data on every machine. The shapes are made
up; their sizes are those of flats and small shops in Hangzhou: some 2,000 to 5,000 kWh a year for a
flat.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import NamedTuple

# Mean temperature of each month in Hangzhou, tenths of a degree, from January on.
_MONTHS = (45, 62, 105, 163, 215, 248, 291, 284, 241, 187, 126, 68)
_NEW_YEAR = {2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
             2028: (1, 26), 2029: (2, 13), 2030: (2, 3)}
"""First day of the year of the moon; the middle of its range for years that are not here."""

COOL_FROM = 260
WARM_UNTIL = 80
"""Tenths of a degree from which rooms are cooled, and up to which they are heated."""


class Shape(NamedTuple):
    """Watts at each full hour, and what the weather adds for each degree."""

    workday: tuple[int, ...]
    free_day: tuple[int, ...]
    weather: tuple[int, ...]
    """Of 100, how much of the cooling or heating runs at each hour."""


FLATS = (
    Shape((60, 55, 50, 50, 50, 70, 240, 330, 150, 70, 60, 70, 90, 70, 60, 70, 110, 260, 520, 610,
           560, 470, 300, 140),
          (80, 60, 55, 50, 50, 55, 90, 200, 330, 310, 270, 380, 420, 280, 230, 230, 270, 390, 600,
           640, 570, 480, 340, 180),
          (70, 60, 50, 45, 40, 30, 10, 5, 0, 0, 0, 5, 10, 10, 10, 10, 15, 50, 90, 100, 100, 100,
           100, 90)),
    Shape((50, 50, 45, 45, 60, 140, 260, 270, 220, 200, 260, 400, 330, 160, 150, 170, 230, 420,
           480, 430, 360, 240, 110, 60),
          (50, 50, 45, 45, 60, 130, 240, 280, 250, 230, 300, 460, 370, 190, 170, 190, 260, 450,
           520, 470, 390, 260, 120, 60),
          (50, 40, 35, 30, 30, 20, 10, 10, 20, 30, 50, 70, 90, 90, 80, 80, 80, 90, 100, 100, 90,
           80, 70, 60)),
    Shape((280, 190, 120, 70, 55, 50, 50, 60, 80, 120, 200, 230, 180, 130, 120, 130, 140, 170, 300,
           380, 420, 460, 450, 370),
          (340, 260, 170, 90, 60, 50, 50, 55, 70, 110, 210, 320, 330, 260, 230, 230, 250, 300, 420,
           470, 490, 510, 480, 400),
          (90, 80, 60, 45, 40, 30, 20, 15, 20, 30, 40, 50, 50, 40, 40, 40, 50, 60, 80, 90, 100,
           100, 100, 100)),
)
SHOP = Shape((190, 180, 180, 180, 180, 190, 260, 620, 1150, 1400, 1480, 1500, 1450, 1420, 1420,
              1450, 1520, 1680, 1850, 1880, 1700, 1050, 380, 220),
             (190, 180, 180, 180, 180, 190, 240, 560, 1100, 1480, 1620, 1700, 1650, 1600, 1600,
              1640, 1700, 1850, 1980, 1990, 1820, 1150, 420, 220),
             (0, 0, 0, 0, 0, 0, 5, 40, 90, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100,
              90, 40, 0, 0))
WORKSHOP = Shape((480, 480, 480, 480, 480, 520, 900, 4200, 11800, 14200, 14600, 13200, 6100, 12600,
                  14400, 14300, 13100, 6800, 2100, 900, 620, 520, 480, 480),
                 (480, 480, 470, 470, 470, 480, 500, 520, 540, 540, 540, 540, 520, 520, 520, 520,
                  520, 500, 490, 480, 480, 480, 480, 480),
                 (0, 0, 0, 0, 0, 0, 5, 40, 90, 100, 100, 90, 50, 100, 100, 100, 90, 40, 5, 0, 0, 0,
                  0, 0))

_HOURS = 24


def slots(hours: Sequence[int], a_day: int) -> list[int]:
    """Watts of each interval of a day, on straight lines between the hours."""
    out = []
    for slot in range(a_day):
        at, rest = divmod(slot * _HOURS, a_day)
        here, there = hours[at], hours[(at + 1) % _HOURS]
        out.append(here + (there - here) * rest // a_day)
    return out


def days_of(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=count)
            for count in range((dt.date(year + 1, 1, 1) - first).days)]


def temperatures(days: Sequence[dt.date], dice: random.Random) -> list[int]:
    """Tenths of a degree of each day: the month's mean, and a drift that fades by a fifth a day."""
    out, drift = [], 0
    for day in days:
        middle = day.day - 15
        other = _MONTHS[(day.month - (2 if middle < 0 else 0)) % 12]
        here = _MONTHS[day.month - 1]
        drift = drift * 4 // 5 + dice.getrandbits(6) - 31
        out.append(here + (other - here) * abs(middle) // 30 + drift)
    return out


def holidays_of(year: int) -> tuple[set[dt.date], set[dt.date]]:
    """Holidays, and among them those on which people are away: a week at the new year of the moon
    and one in October."""
    month, day = _NEW_YEAR.get(year, (2, 6))
    spring = dt.date(year, month, day) - dt.timedelta(days=1)
    away = {spring + dt.timedelta(days=count) for count in range(8)}
    days = {dt.date(year, 1, 1), dt.date(year, 4, 5), *(dt.date(year, 5, count) for count in
                                                        (1, 2, 3))}
    return days | away | {dt.date(year, 10, count) for count in range(1, 8)}, away
