# SPDX-License-Identifier: Apache-2.0
"""Readings of one account as whole numbers: what plots and advice are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._core import Energy
from ._reading_input import (
    ACCOUNT, ENERGY, EPOCH, MILLISECOND, TIME, pick, readings_of, source_of,
)

if TYPE_CHECKING:
    from .tariff import Consumption

__all__ = ["Series", "consumption", "series_by_account", "series_of", "zone_of"]

STEPS_A_KWH = 10**4
ESTIMATED = 1
"""Of the qualities of a row: what is worse is not charged."""
DAY = 86_400_000
"""Milliseconds."""


class Series(NamedTuple):
    """Intervals of one account in the order of time; times are milliseconds since 1970, UTC."""

    account: str
    starts: list[int]
    units: list[int]
    """Whole steps of 10^-4 kWh."""
    step: int
    """Length of an interval, milliseconds."""

    @property
    def until(self) -> int:
        """The end of the last interval."""
        return self.starts[-1] + self.step

    def between(self, since: int, until: int) -> Series:
        """The intervals that begin in a stretch."""
        kept = [index for index, start in enumerate(self.starts) if since <= start < until]
        return self._replace(starts=[self.starts[index] for index in kept],
                             units=[self.units[index] for index in kept])

    def consumption(self, attributes: Mapping[str, Any]) -> Consumption:
        """What `Tariff.rate` takes; gaps stay gaps."""
        from .tariff import Consumption
        out = Consumption(attributes=attributes)
        step, run = dt.timedelta(milliseconds=self.step), 0
        for index in range(1, len(self.starts) + 1):
            if index == len(self.starts) or \
                    self.starts[index] != self.starts[index - 1] + self.step:
                out.add_intervals(moment(self.starts[run]), step,
                                  map(Energy.from_mantissa, self.units[run:index]))
                run = index
        return out


def moment(at: int) -> dt.datetime:
    """An aware datetime of milliseconds."""
    return EPOCH + MILLISECOND * at


def milliseconds(at: dt.datetime, place: str = "now") -> int:
    """The reverse of `moment`. Raises NaiveTime."""
    if at.tzinfo is None:
        raise errors.NaiveTime(place=place, value=repr(at), expected="an aware datetime")
    return (at - EPOCH) // MILLISECOND


def zone_of(name: str) -> dt.tzinfo:
    """The zone of a tariff: "+08:00" or "Europe/London"."""
    if name[:1] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return dt.timezone(dt.timedelta(minutes=-minutes if name[0] == "-" else minutes))
    from zoneinfo import ZoneInfo
    return ZoneInfo(name)


def series_of(readings: Any, account: str, **how: Any) -> Series:
    """The intervals of one account; `how` as for `series_by_account`. Raises NotFound."""
    return series_by_account(readings, only=str(account), **how)[str(account)]


def consumption(readings: Any, account: str, *, attributes: Mapping[str, Any] | None = None,
                columns: Mapping[str, Any] | None = None) -> Consumption:
    """What one account used, for `Tariff.rate`, `tariff.compare` and the plots.

        used = wattpurse.consumption(data.readings, "F0101", attributes=data.accounts["F0101"])

    readings: in long form, as for `wattpurse.bill`, with the kWh of intervals. attributes: what a
    tariff asks of the account. columns: names of columns and the zone, as `account`, `time`, `kwh`
    and `tz` are there: {"time": "ts"}. Missing intervals stay gaps; suspect and rejected rows are
    left out. Raises NotFound, FloatRefused, NaiveTime, InvalidValue.
    """
    return series_of(readings, account, **(columns or {})).consumption(attributes or {})


def series_by_account(readings: Any, *, only: str | None = None, account: str | None = None,
                      time: str | None = None, kwh: str | None = None,
                      tz: str | None = None) -> dict[str, Series]:
    """Readings in long form (whatever `wattpurse.bill` takes) by account.

    account, time, kwh: names of columns, found by their usual names otherwise. tz: offset of times
    that are not aware. only: one account. Rows of suspect or rejected quality are left out.
    Raises FloatRefused, NaiveTime, NotFound, InvalidValue.
    """
    if only is not None and hasattr(readings, "of") and hasattr(readings, "units"):
        readings = readings.of(only)
    source = source_of(readings)
    how = {"account": pick(source.names, account, ACCOUNT, "account"),
           "time": pick(source.names, time, TIME, "time"),
           "value": pick(source.names, kwh, ENERGY, "kwh"), "tz": tz,
           "quality": "quality" if "quality" in source.names else ""}
    columns = readings_of(source, how)
    accounts = columns.accounts if only is None else [only]
    return {who: _ordered(who, *columns.series(who, source.label, source.first))
            for who in accounts}


def _ordered(account: str, starts: list[int], units: list[int],
             qualities: list[int]) -> Series:
    kept = [index for index, each in enumerate(qualities) if each <= ESTIMATED]
    starts = [starts[index] for index in kept]
    step = min((later - start for start, later in zip(starts, starts[1:])), default=0)
    if step == 0:
        raise errors.InvalidValue(place=f"account {account}", value=f"{len(starts)} rows",
                                  expected="at least two, to tell how long an interval is")
    return Series(account, starts, [units[index] for index in kept], step)
