# SPDX-License-Identifier: Apache-2.0
"""A data set to try things with: `wattpurse.demo()`."""

from __future__ import annotations

import csv
import datetime as dt
import importlib
import os
import random
from array import array
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from . import _demo_shapes as shapes
from . import errors

if TYPE_CHECKING:
    from os import PathLike
    from .tariff import Tariff

__all__ = ["Demo", "Readings", "demo"]

ZONE = dt.timezone(dt.timedelta(hours=8))
PLACES = 4
_COLUMNS = ("account", "time", "kwh", "quality")
_GOOD, _ESTIMATED = "good", "estimated"
# A byte of dice b makes (b + 160) / 288 of what the shape says: 0.56 to 1.44.
_LEAST, _MIDDLE = 160, 288
_FREE, _WORK, _AWAY = 0, 1, 2


def demo(meters: int = 30, year: int = 2026, seed: int = 1, minutes: int = 15) -> Demo:
    """A year of readings that look like those of a house: flats, shops and a workshop.

        data = wattpurse.demo()
        bills = wattpurse.bill(data.readings, data.tariff, data.accounts)

    meters: how many, 1 to 10,000; every ninth is a shop, and one in thirty a workshop. minutes:
    length of an interval, a divisor of a day. 30 meters, a year and 15 minutes are 1.05 million
    rows, made in about a second. Times are in UTC+8; `kwh` is what an interval used, whole steps
    of 10^-4 kWh. Weekdays, seasons, holidays and a warm summer show; some intervals are missing
    (no row) and some are estimated (`quality`). The same arguments give the same data everywhere,
    whatever is installed.

    Raises InvalidValue.
    """
    _check(meters, year, minutes)
    return Demo(_made(meters, year, seed, minutes), _accounts(meters, seed), year)


def _check(meters: int, year: int, minutes: int) -> None:
    for name, value, is_good, expected in (
            ("meters", meters, 1 <= meters <= 10_000, "1 to 10,000"),
            ("year", year, 1970 <= year <= 2200, "1970 to 2200"),
            ("minutes", minutes, minutes in (1, 5, 10, 15, 30, 60), "1, 5, 10, 15, 30 or 60")):
        if not is_good:
            raise errors.InvalidValue(place=name, value=repr(value), expected=expected)


class Readings(Mapping[str, Any]):
    """Readings in long form: a mapping of columns, as `wattpurse.bill` takes it.

    account (str), time (aware datetime, the start of the interval), kwh (Decimal, 4 places) and
    quality ("good", "estimated"): lists of the same length. Rows are in the order of account and
    time. `units` has the same energy as an array of whole steps of 10^-4 kWh.
    """

    def __init__(self, account: list[str], time: list[dt.datetime], units: array[int],
                 quality: list[str]) -> None:
        self._lists: dict[str, Any] = {"account": account, "time": time, "quality": quality}
        self.units = units

    def __getitem__(self, name: str) -> Any:
        if name == "kwh" and name not in self._lists:
            known = {each: Decimal(each).scaleb(-PLACES) for each in set(self.units)}
            self._lists[name] = [known[each] for each in self.units]
        if name not in self._lists:
            raise errors.NotFound(place="column", value=repr(name),
                                  expected="one of " + ", ".join(_COLUMNS))
        return self._lists[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COLUMNS)

    def __len__(self) -> int:
        """How many columns there are, as of every mapping; rows: `rows`."""
        return len(_COLUMNS)

    @property
    def rows(self) -> int:
        return len(self.units)

    def of(self, *accounts: str) -> Readings:
        """Those of some accounts only. Raises NotFound."""
        names = self._lists["account"]
        out = Readings([], [], array("q"), [])
        for account in accounts:
            if account not in names:
                raise errors.NotFound(place="account", value=repr(account),
                                      expected="an account of the readings")
            first = names.index(account)
            last = first + names.count(account)
            for name in ("account", "time", "quality"):
                out._lists[name] += self._lists[name][first:last]
            out.units.extend(self.units[first:last])
        return out

    def _moments(self) -> array[int]:
        """Milliseconds since 1970 of each row."""
        epoch, step = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), dt.timedelta(milliseconds=1)
        known = {each: (each - epoch) // step for each in set(self["time"])}
        return array("q", map(known.__getitem__, self["time"]))

    def to_pandas(self) -> Any:
        """A pandas frame; `kwh` is Decimal, `time` in UTC+8."""
        pandas = importlib.import_module("pandas")
        time = pandas.to_datetime(self._moments(), unit="ms", utc=True).tz_convert(ZONE)
        return pandas.DataFrame({"account": self["account"], "time": time, "kwh": self["kwh"],
                                 "quality": self["quality"]})

    def to_arrow(self) -> Any:
        """A pyarrow.Table; `kwh` is decimal128(18, 4), `time` milliseconds in UTC+8."""
        pyarrow = importlib.import_module("pyarrow")
        wide = array("q", bytes(16 * self.rows))
        wide[::2] = self.units  # little endian, and none is negative
        kwh = pyarrow.Array.from_buffers(pyarrow.decimal128(18, PLACES), self.rows,
                                         [None, pyarrow.py_buffer(wide)])
        time = pyarrow.Array.from_buffers(pyarrow.timestamp("ms", "+08:00"), self.rows,
                                          [None, pyarrow.py_buffer(self._moments())])
        return pyarrow.table({"account": self["account"], "time": time, "kwh": kwh,
                              "quality": self["quality"]})

    def to_polars(self) -> Any:
        """A polars frame; `kwh` is Decimal(18, 4), `time` in UTC."""
        polars = importlib.import_module("polars")
        try:
            kwh = polars.Series("kwh", self.to_arrow()["kwh"])
        except ImportError:  # many times slower
            kwh = polars.Series("kwh", self["kwh"], polars.Decimal(18, PLACES))
        time = polars.Series(list(self._moments())).cast(polars.Datetime("ms", "UTC"))
        return polars.DataFrame({"account": self["account"], "time": time, "kwh": kwh,
                                 "quality": self["quality"]})

    def to_csv(self, path: str | PathLike[str] | IO[str]) -> None:
        """UTF-8, with times such as 2026-01-01T00:15:00+08:00."""
        if isinstance(path, (str, os.PathLike)):
            with open(path, "w", encoding="utf-8-sig", newline="") as file:
                return self._write(file)
        return self._write(path)

    def _write(self, file: IO[str]) -> None:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(_COLUMNS)
        times = {each: each.isoformat() for each in set(self["time"])}
        out.writerows(zip(self["account"], map(times.__getitem__, self["time"]), self["kwh"],
                          self["quality"]))

    def __repr__(self) -> str:
        return f"<Readings: {self.rows:,} rows of {len(set(self['account']))} accounts>"

    def _repr_html_(self) -> str:
        from ._html import box, table
        head = list(zip(*(self[name][:5] for name in _COLUMNS)))
        return box(f"{self.rows:,} rows of {len(set(self['account']))} accounts",
                   table(_COLUMNS, head))


class Demo:
    """What `wattpurse.demo` gives."""

    def __init__(self, readings: Readings, kinds: dict[str, tuple[str, dict[str, str]]],
                 year: int) -> None:
        self.readings = readings
        """Columns that `wattpurse.bill` takes."""
        self.accounts = {name: attributes for name, (_, attributes) in kinds.items()}
        """What the tariff asks of each: {"F0101": {"persons": "3"}}."""
        self.kinds = {name: kind for name, (kind, _) in kinds.items()}
        """"flat", "shop" or "workshop" of each account."""
        self.year = year

    @property
    def tariff(self) -> Tariff:
        """The template "zhejiang_residential_year": peak and valley, and a ladder by the year."""
        from .tariff import Tariff
        return Tariff.template("zhejiang_residential_year")

    def __repr__(self) -> str:
        return f"<Demo {self.year}: {self.readings.rows:,} rows of {len(self.accounts)} meters>"

    def _repr_html_(self) -> str:
        from ._html import box, table
        rows = []
        for kind in ("flat", "shop", "workshop"):
            names = [name for name, each in self.kinds.items() if each == kind]
            if names:
                mine = self.readings.of(*names)
                rows.append((kind, len(names), f"{names[0]} ... {names[-1]}", mine.rows,
                             Decimal(sum(mine.units)).scaleb(-PLACES) // len(names),
                             mine["quality"].count(_ESTIMATED)))
        heads = ("kind", "meters", "accounts", "rows", "kWh each", "estimated")
        return box(f"A year of {len(self.accounts)} meters, {self.year}", table(heads, rows),
                   self.readings._repr_html_())


def _kind(index: int, meters: int) -> str:
    if index % 30 == 29 or (index == meters - 1 and 5 <= meters < 30):
        return "workshop"
    return "shop" if index % 9 == 8 else "flat"


def _accounts(meters: int, seed: int) -> dict[str, tuple[str, dict[str, str]]]:
    """Flats by floor and door (F0302), shops and workshops by number."""
    dice = random.Random(seed * 7919 + 1)
    counts = {"flat": 0, "shop": 0, "workshop": 0}
    out = {}
    for index in range(meters):
        kind = _kind(index, meters)
        number = counts[kind]
        counts[kind] += 1
        if kind == "flat":
            name = f"F{number // 4 + 1:02d}{number % 4 + 1:02d}"
            out[name] = (kind, {"persons": str(1 + (dice.getrandbits(8) * 5 >> 8))})
        else:
            out[f"{kind[0].upper()}{number + 1:02d}"] = (kind, {"persons": "0"})
    return out


def _made(meters: int, year: int, seed: int, minutes: int) -> Readings:
    days = shapes.days_of(year)
    weather = shapes.temperatures(days, random.Random(seed * 7919))
    holidays, away = shapes.holidays_of(year)
    kinds_of_day = [_AWAY if day in away else _FREE if day in holidays or day.weekday() == 6
                    else _FREE if day.weekday() == 5 else _WORK for day in days]
    a_day = 1440 // minutes
    begin = dt.datetime(year, 1, 1, tzinfo=ZONE)
    times = [begin + dt.timedelta(minutes=minutes) * count for count in range(len(days) * a_day)]
    out = Readings([], [], array("q"), [])
    for index, (name, (kind, more)) in enumerate(_accounts(meters, seed).items()):
        dice = random.Random((seed * 7919 + 2) * 10_007 + index)
        meter = _Meter(kind, int(more["persons"]), minutes, dice)
        units = [each for day in range(len(days))
                 for each in meter.day(day, kinds_of_day[day], weather[day])]
        _lose(out, name, times, units, dice, a_day)
    return out


class _Meter:
    """What one meter counts, day by day."""

    def __init__(self, kind: str, persons: int, minutes: int, dice: random.Random) -> None:
        self._dice = dice
        self._a_day = 1440 // minutes
        self._scale = 6 * _MIDDLE * 100
        self._minutes = minutes
        self._kind = kind
        self._size = 80 + dice.getrandbits(6)  # of 100
        self._base = 0
        self._degree = 0  # watts a degree
        self._charges_car = False
        self._shape = shapes.SHOP if kind == "shop" else shapes.WORKSHOP
        if kind == "flat":
            self._shape = shapes.FLATS[dice.getrandbits(8) * len(shapes.FLATS) >> 8]
            self._size = 28 + 14 * persons + dice.getrandbits(5)
            self._base = 20 + (dice.getrandbits(7) if dice.getrandbits(2) else 160)
            self._degree = 30 + dice.getrandbits(6)
            self._charges_car = dice.getrandbits(8) < 20
        else:
            self._degree = 45 if kind == "shop" else 90
        self._stays = dice.getrandbits(2) == 0  # over the new year of the moon
        self._profiles: dict[tuple[int, int], list[int]] = {}

    def day(self, number: int, kind: int, weather: int) -> list[int]:
        """Steps of 10^-4 kWh of each interval."""
        dice = self._dice
        degrees = max(0, (weather - shapes.COOL_FROM) // 10)
        degrees = min(degrees * 2, 20) or min(max(0, (shapes.WARM_UNTIL - weather) // 10), 12)
        key = (kind, degrees)
        if key not in self._profiles:
            self._profiles[key] = self._profile(kind, degrees)
        profile, scale = self._profiles[key], self._scale
        out = [each * (noise + _LEAST) // scale
               for each, noise in zip(profile, dice.randbytes(self._a_day))]
        if self._kind == "flat" and (kind != _AWAY or self._stays):
            self._appliances(out, number)
        return out

    def _profile(self, kind: int, degrees: int) -> list[int]:
        """Watts of each interval, times minutes and size."""
        shape = self._shape
        hours = shape.workday if kind == _WORK else shape.free_day
        if kind == _AWAY and not self._stays:
            low = min(hours)
            return [(low * self._size + self._base * 100) * self._minutes] * self._a_day
        if kind != _WORK and self._kind == "workshop":
            degrees = 0
        watts = [each * self._size + (self._base + share * degrees * self._degree // 100) * 100
                 for each, share in zip(hours, shape.weather)]
        return [each * self._minutes for each in shapes.slots(watts, self._a_day)]

    def _appliances(self, out: list[int], number: int) -> None:
        """A kettle, a hob, a washing machine: short and strong; a car by night, for some."""
        dice = self._dice
        hour = self._a_day // 24
        for _ in range(1 + dice.getrandbits(2)):
            begin = (7 + (dice.getrandbits(8) * 15 >> 8)) * hour + dice.getrandbits(8) % hour
            watts = 600 + dice.getrandbits(10)
            for slot in range(begin, min(begin + max(1, hour // 2), self._a_day)):
                out[slot] += watts * self._minutes // 6
        if self._charges_car and number % 3 == 0:
            for slot in range(22 * hour, self._a_day):
                out[slot] += 6600 * self._minutes // 6


def _lose(out: Readings, name: str, times: list[dt.datetime], units: list[int],
          dice: random.Random, a_day: int) -> None:
    """Adds the rows of a meter, of which the line lost some and the house estimated others."""
    quality = [_GOOD] * len(units)
    missing: list[tuple[int, int]] = []
    for _ in range(2 + dice.getrandbits(2)):
        begin = dice.getrandbits(24) % (len(units) - a_day)
        end = begin + 1 + dice.getrandbits(8) % max(2, a_day // 4)
        if dice.getrandbits(1):
            missing.append((begin, end))
            continue
        mean = sum(units[begin:end]) // (end - begin)
        units[begin:end] = [mean] * (end - begin)
        quality[begin:end] = [_ESTIMATED] * (end - begin)
    at = 0
    for begin, end in [*sorted(missing), (len(units), len(units))]:
        if begin > at:
            out._lists["account"].extend([name] * (begin - at))
            out._lists["time"].extend(times[at:begin])
            out._lists["quality"].extend(quality[at:begin])
            out.units.extend(units[at:begin])
        at = max(at, end)
