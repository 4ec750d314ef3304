# SPDX-License-Identifier: Apache-2.0
"""Readings of one account as whole numbers: what plots and advice are made of."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._core import Energy
from ._reading_input import ACCOUNT, ENERGY, EPOCH, MILLISECOND, TIME, pick, source_of

if TYPE_CHECKING:
    from .tariff import Consumption

__all__ = ["Series", "consumption", "series_by_account", "series_of", "zone_of"]

STEPS_A_KWH = 10**4
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
    found = series_by_account(readings, only=str(account), **how)
    if str(account) not in found:
        raise errors.NotFound(place="account", value=repr(account),
                              expected="an account of the readings")
    return found[str(account)]


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
    names = [pick(source.names, account, ACCOUNT, "account"),
             pick(source.names, time, TIME, "time"), pick(source.names, kwh, ENERGY, "kwh")]
    if "quality" in source.names:
        names.append("quality")
    zone = None if tz is None else zone_of(tz)
    rows: dict[str, list[tuple[int, int]]] = {}
    times: dict[Any, int] = {}
    amounts: dict[Any, int] = {}
    for number, (who, at, value, *quality) in enumerate(_rows(source.columns, names, only)):
        if value is None or (quality and quality[0] in ("suspect", "rejected")):
            continue
        where = f"{source.label}{number + source.first}, column "
        if at not in times:
            times[at] = _moment_of(at, zone, where + names[1])
        if value not in amounts or isinstance(value, float):  # 1.0 is found where 1 is
            amounts[value] = _steps_of(value, where + names[2])
        rows.setdefault(str(who), []).append((times[at], amounts[value]))
    return {who: _ordered(who, known) for who, known in rows.items()}


def _ordered(account: str, rows: list[tuple[int, int]]) -> Series:
    rows.sort()
    starts = [start for start, _ in rows]
    steps = [later - start for start, later in zip(starts, starts[1:])]
    step = min(steps, default=0)
    if step <= 0:
        raise errors.InvalidValue(place=f"account {account}", value="the same time twice" if steps
                                  else "one row", expected="intervals, each with its own time")
    return Series(account, starts, [units for _, units in rows], step)


def _rows(columns: Any, names: list[str], only: str | None) -> Iterable[tuple[Any, ...]]:
    """Rows of some columns as values of Python, of one account or of all."""
    if hasattr(columns, "filter") and type(columns).__module__.startswith("pyarrow"):
        columns = columns.select(names)
        if only is not None:
            compute = importlib.import_module("pyarrow.compute")
            key = compute.cast(columns[names[0]], "string")
            columns = columns.filter(compute.equal(key, only))
        columns = columns.to_pydict()
    elif type(columns).__module__.startswith("polars"):
        polars = importlib.import_module("polars")
        if only is not None:
            columns = columns.filter(polars.col(names[0]).cast(polars.String) == only)
        columns = {name: columns[name].to_list() for name in names}
    elif type(columns).__module__.startswith("pandas"):
        if only is not None:
            columns = columns[columns[names[0]].astype(str) == only]
        columns = {name: columns[name].tolist() for name in names}
    elif not isinstance(columns, Mapping):
        return _rows(importlib.import_module("pyarrow").table(columns), names, only)
    rows = zip(*(_plain(columns[name]) for name in names))
    return rows if only is None else (row for row in rows if str(row[0]) == only)


def _plain(column: Any) -> Any:
    """An array of NumPy as values; times of it in UTC."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "kind", "") == "M" and getattr(dtype, "tz", None) is None:
        return column.astype("datetime64[us]").tolist()
    return column.tolist() if hasattr(column, "tolist") else column


def _moment_of(at: Any, zone: dt.tzinfo | None, place: str) -> int:
    if isinstance(at, str):
        try:
            at = dt.datetime.fromisoformat(at.strip().replace("Z", "+00:00"))
        except ValueError:
            raise errors.InvalidValue(place=place, value=repr(at),
                                      expected="a time such as 2026-01-31T23:45:00+08:00") from None
    if at.tzinfo is None and zone is not None:
        at = at.replace(tzinfo=zone)
    return milliseconds(at, place)


def _steps_of(value: Any, place: str) -> int:
    if isinstance(value, float):
        raise errors.FloatRefused(place=place, value=repr(value),
                                  expected="Decimal, int or str, such as Decimal('0.1')")
    try:
        return Energy(value if isinstance(value, (Decimal, str)) else int(value)).mantissa
    except errors.Error as fault:
        raise type(fault)(place=place, value=fault.value or repr(value), expected=fault.expected,
                          code=fault.code) from None
