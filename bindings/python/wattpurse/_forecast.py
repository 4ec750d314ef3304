# SPDX-License-Identifier: Apache-2.0
"""What comes next, if it goes on as in one of the last weeks: energy, steps, money.

Three weeks of the last eight are repeated for ever, weekday for weekday and interval for interval:
the lightest, the one in the middle and the heaviest, by their energy. What is asked is then rated,
as what was measured is. So the range is one that has been seen, and nothing is assumed of its form.
It does not know seasons: a summer is not seen in May.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from . import errors
from ._core import Energy, Money
from ._series import DAY, Series, milliseconds, moment, zone_of

if TYPE_CHECKING:
    from .tariff import Consumption, Position, Tariff

__all__ = ["Forecast", "Range", "quantile"]

WEEK = 7 * DAY
WEEKS = 8
LACKING = 10
"""A week of which more than a tenth is missing is not repeated."""
HORIZON = 400
"""Days that are looked ahead."""

T = TypeVar("T")


class Range(NamedTuple):
    """The heaviest week repeated, the one in the middle, the lightest; None: not in sight."""

    early: dt.date | None
    usual: dt.date | None
    late: dt.date | None


def quantile(values: Iterable[int], part: int, of: int) -> int:
    """The smallest value that at least part / of of them do not exceed; exact, of whole numbers."""
    known = sorted(values)
    return known[max(0, -(-len(known) * part // of) - 1)]


class Forecast:
    """Of one account, from a moment on."""

    def __init__(self, series: Series, tariff: Tariff, now: dt.datetime | None,
                 attributes: Mapping[str, Any]) -> None:
        """now: the end of the readings unless told; later readings are not looked at.

        Raises InvalidValue where there are no two weeks before it.
        """
        until = series.until if now is None else milliseconds(now)
        self.series = series.between(0, until)
        self.tariff = tariff
        self.zone = zone_of(tariff.zone)
        self.attributes = attributes
        self.now = moment(until).astimezone(self.zone)
        self._now = until
        self.weeks = self._weeks()
        if len(self.weeks) < 2:
            raise errors.InvalidValue(place=f"account {series.account}",
                                      value=f"{len(self.weeks)} whole weeks before {self.now}",
                                      expected="readings of at least two")
        self._known: dict[tuple[int, int], Consumption] = {}

    def _weeks(self) -> list[list[int]]:
        """Units of each interval of the last weeks, the lightest week first."""
        step, slots = self.series.step, WEEK // self.series.step
        found: list[list[int]] = []
        values = dict(zip(self.series.starts, self.series.units))
        for back in range(1, WEEKS + 1):
            begin = self._now - back * WEEK
            week = [values.get(begin + slot * step, -1) for slot in range(slots)]
            if week.count(-1) * LACKING <= slots:
                for slot, each in enumerate(week):
                    if each < 0:  # as the interval before it
                        week[slot] = week[slot - 1] if slot and week[slot - 1] >= 0 else 0
                found.append(week)
        return sorted(found, key=sum)

    def paths(self) -> tuple[int, int, int]:
        """Indices of the heaviest week, of the one in the middle, and of the lightest."""
        return len(self.weeks) - 1, len(self.weeks) // 2, 0

    def future(self, week: int, days: int) -> list[int]:
        """Units of the intervals from now on."""
        slots, count = self.weeks[week], days * DAY // self.series.step
        return (slots * (count // len(slots) + 1))[:count]

    def consumption(self, week: int, days: int, units: list[int] | None = None) -> Consumption:
        """What was used, and what will be; `units` instead of what the week says."""
        key = (week, days)
        if units is None and key in self._known:
            return self._known[key]
        out = self.series.consumption(self.attributes)
        ahead = self.future(week, days) if units is None else units
        out.add_intervals(moment(self._now), dt.timedelta(milliseconds=self.series.step),
                          map(Energy.from_mantissa, ahead))
        if units is None:
            self._known[key] = out
        return out

    def midnight(self, days: int) -> dt.datetime:
        """The begin of the day so many days ahead."""
        day = self.now.date() + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(), self.zone)

    def spent(self, used: Consumption, until: dt.datetime) -> Money:
        """What is charged from now until a moment: the lines of all months, none rounded to a
        bill."""
        total = Money(0, self.tariff.currency)
        if until <= self.now:
            return total
        first = self.tariff.period(self.now)
        if first.start < self.now:
            total = total - self.tariff.rate(used, first, self.now).charged
        period = first
        while period.start < until:
            through = until if until < period.until else None
            total = total + self.tariff.rate(used, period, through).charged
            period = self.tariff.period(period.until)
        return total

    def balances(self, week: int, balance: Money, days: int) -> list[Money]:
        """What is left at the end of today and of each day after it, `days` in all."""
        used = self.consumption(week, days + 1)
        return [balance - self.spent(used, self.midnight(day)) for day in range(1, days + 1)]

    def first_day(self, week: int, holds: Callable[[Consumption, dt.datetime], bool],
                  days: int = HORIZON) -> dt.date | None:
        """The first day at whose end something holds that, once true, stays so; None: in none."""
        used = self.consumption(week, days + 1)
        if not holds(used, self.midnight(days)):
            return None
        low, high = 0, days  # it does not hold before `low`'s end, and does at `high`'s
        while high - low > 1:
            middle = (low + high) // 2
            if holds(used, self.midnight(middle)):
                high = middle
            else:
                low = middle
        return (self.midnight(high) - dt.timedelta(milliseconds=1)).date()

    def empty(self, balance: Money) -> Range:
        """The day on which the purse gets empty."""
        def holds(used: Consumption, at: dt.datetime) -> bool:
            return balance < self.spent(used, at)

        def of(week: int) -> dt.date | None:
            soon = self.first_day(week, holds, 45)
            return soon or self.first_day(week, holds)

        return Range(*map(of, self.paths()))

    def ladders(self) -> list[Position]:
        """Where the account stands now in ladders that have a next step."""
        used = self.series.consumption(self.attributes)
        return [each for each in self.tariff.positions(used, self.now) if each.next]

    def step_begins(self, ladder: Position) -> Range:
        """The day on which the next step of a ladder begins, if before the ladder begins anew."""
        days = (ladder.until.astimezone(self.zone).date() - self.now.date()).days

        def holds(used: Consumption, at: dt.datetime) -> bool:
            there = [each for each in self.tariff.positions(used, at)
                     if each.line == ladder.line]
            return bool(there) and there[0].current > ladder.current

        return Range(*(self.first_day(week, holds, days) for week in self.paths()))
