# SPDX-License-Identifier: Apache-2.0
"""Bills of many accounts out of readings in long form: `wattpurse.bill`."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from . import errors
from ._core import Energy, Money
from ._core import bill as _core
from ._progress import Progress, progress_of
from ._reading_input import (
    ACCOUNT, ENERGY, EPOCH, MILLISECOND, REGISTER, TIME, pick, readings_of, source_of,
)
from ._table import Table
from .errors import Fault
from .tariff import Tariff

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Bills", "bill"]


def bill(readings: Any, tariff: Any, accounts: Any = None, progress: bool | Progress = True, *,
         account: str | None = None, time: str | None = None, kwh: str | None = None,
         register: str | None = None, quality: str | None = None,
         interval: dt.timedelta | None = None, stamp: str = "start", tz: str | None = None,
         places: int = 0, floats: int | None = None, register_capacity: Any = None,
         periods: Any = None, skip: bool = False, threads: int | None = None) -> Bills:
    """Rates readings of any number of accounts and gives their bills, exact to the last digit.

    readings
        One row for each account and time: a pandas or polars frame, an Arrow table or stream, a
        relation of DuckDB, a dict of columns (NumPy arrays or lists), or the path of a CSV or
        Parquet file. Rows may be in any order. Columns are found by their usual names
        (account, time, kwh, register ...) or named by `account`, `time`, `kwh` or `register`,
        and `quality` (good, estimated, suspect, rejected; the last two are not charged, and of
        registers not looked at).
        `kwh` is what an interval used; `register` is what a counter showed, and is differenced.
        Numbers are Decimal, decimal128, texts or whole numbers of kWh; with `places=4` whole
        numbers are steps of 10^-4 kWh. A float is refused, unless `floats=2` says that floats
        stand for numbers of two places.
        Times are aware, or `tz="+08:00"` says which offset their wall clock has. `stamp` tells
        whether an interval's time is its "start" or its "end"; `interval` is its length
        (default: the shortest step of the first accounts).
    tariff
        A Tariff, the path of its file, or a dict of them by name, of which `accounts` says
        whose is which.
    accounts
        What the tariff asks of an account: {"F01": {"persons": 5, "tariff": "shop"}}, or a frame
        or CSV file with a column for the account and one for each attribute.
    progress
        A bar on long runs; or a function that is called with (done, total).
    periods
        Pairs of dates (from, until), or names of months ("2026-01"); default: the calendar months
        that the readings touch. Every account is billed for each period it has readings in.
    skip
        Leave out rows that cannot be used; `Bills.skipped` tells which. Otherwise any of them
        raises ValidationError with all of them, and nothing is billed.
    threads
        How many; default: one a core. The interpreter is free meanwhile, and Ctrl-C stops it.

    Raises ValidationError (each fault with file or frame, row, column, value and what was
    expected), FloatRefused, NaiveTime, NotFound (a column). Tiers, bands, fees and roundings are
    those of `Tariff.rate`, whose result is the same (source: docs/tariffs.md).
    """
    source = source_of(readings)
    is_register = register is not None or (
        kwh is None and not any(name in source.names for name in ENERGY)
        and any(name in source.names for name in REGISTER))
    value = (pick(source.names, register, REGISTER, "register") if is_register
             else pick(source.names, kwh, ENERGY, "kwh"))
    if stamp not in ("start", "end"):
        raise errors.InvalidValue(place="stamp", value=repr(stamp), expected="'start' or 'end'")
    if quality is not None:
        pick(source.names, quality, (), "quality")
    how = {"account": pick(source.names, account, ACCOUNT, "account"),
           "time": pick(source.names, time, TIME, "time"), "value": value,
           "quality": quality or "", "tz": tz, "places": places, "floats": floats}
    tariffs = _tariffs_of(tariff)
    classes, class_of = _classes(tariffs, accounts)
    first = classes[0][0]
    if threads is not None and not 1 <= operator.index(threads) <= 1024:
        raise errors.InvalidValue(place="threads", value=str(threads), expected="1 to 1024")
    options = {"interval": interval, "register": is_register, "end_stamped": stamp == "end",
               "register_capacity": _capacity(register_capacity),
               "periods": None if periods is None else _periods(periods, first),
               "threads": threads}
    run = _core.run(readings_of(source, how), classes, class_of, options, skip,
                    source.label, source.first, progress_of(progress, "accounts"))
    return Bills(run, source.label, source.first)


def _tariffs_of(tariff: Any) -> dict[str, Tariff]:
    given = tariff if isinstance(tariff, Mapping) else {"": tariff}
    if not given:
        raise errors.InvalidValue(place="tariff", value="an empty dict", expected="a Tariff")
    return {name: each if isinstance(each, Tariff) else Tariff.load(each)
            for name, each in given.items()}


def _classes(tariffs: dict[str, Tariff], accounts: Any) -> tuple[list[Any], dict[str, int]]:
    """Accounts whose tariff and attributes are the same are rated alike."""
    default = next(iter(tariffs.values()))
    classes: list[Any] = [(default, {})]
    class_of: dict[str, int] = {}
    known: dict[Any, int] = {}
    for account, given in _accounts_of(accounts).items():
        attributes = {name: value for name, value in given.items()
                      if name != "tariff" and value is not None}
        name = given.get("tariff")
        if name is not None and name not in tariffs:
            raise errors.NotFound(place=f"accounts: {account}: tariff", value=str(name),
                                  expected="one of " + ", ".join(map(str, tariffs)))
        key = (name, tuple(sorted((each, str(value)) for each, value in attributes.items())))
        if key not in known:
            known[key] = len(classes)
            classes.append((default if name is None else tariffs[name], attributes))
        class_of[account] = known[key]
    return classes, class_of


def _accounts_of(accounts: Any) -> dict[str, dict[str, Any]]:
    if accounts is None:
        return {}
    if isinstance(accounts, Mapping) and all(isinstance(each, Mapping)
                                             for each in accounts.values()):
        return {str(name): dict(each) for name, each in accounts.items()}
    source = source_of(accounts)
    columns = _lists(source.columns, source.names)
    key = pick(source.names, None, ACCOUNT, "accounts")
    out: dict[str, dict[str, Any]] = {}
    for row, account in enumerate(columns[key]):
        if str(account) in out:
            raise errors.InvalidValue(place=f"accounts: {source.label}{row + source.first}",
                                      value=str(account), expected="a row for each account")
        out[str(account)] = {name: _given(columns[name][row]) for name in source.names
                             if name != key}
    return out


def _given(value: Any) -> Any:
    """None for an empty cell: nothing, an empty text, or the NaN that pandas has in its place."""
    return None if value is None or value == "" or value != value else value


def _lists(columns: Any, names: list[str]) -> dict[str, list[Any]]:
    if hasattr(columns, "to_pydict"):
        return dict(columns.to_pydict())
    if hasattr(columns, "to_dict") and not isinstance(columns, dict):
        try:
            return dict(columns.to_dict("list"))
        except TypeError:
            return dict(columns.to_dict(as_series=False))
    return {name: list(columns[name]) for name in names}


def _capacity(value: Any) -> int:
    if value is None:
        return 0
    capacity = Energy(value)
    if capacity.mantissa <= 0:
        raise errors.InvalidValue(place="register_capacity", value=str(capacity),
                                  expected="above zero")
    return int(capacity.mantissa)


def _periods(periods: Any, tariff: Tariff) -> list[tuple[str, int, int]]:
    out: list[tuple[str, int, int]] = []
    for index, each in enumerate(periods):
        over = tariff.period(*each) if isinstance(each, tuple) else tariff.period(each)
        if out and (over.start - EPOCH) // MILLISECOND < out[-1][2]:
            raise errors.InvalidValue(place=f"periods[{index}]", value=over.id,
                                      expected="a period behind the one before")
        out.append((over.id, (over.start - EPOCH) // MILLISECOND,
                    (over.until - EPOCH) // MILLISECOND))
    if not out:
        raise errors.InvalidValue(place="periods", value="none", expected="one at least")
    return out


class Bills:
    """What `wattpurse.bill` gives: bills and their lines, as columns.

    `bills` has a row for each account and period: account, period, start, until, kwh (4 places),
    charged (6 places: the sum of the lines), total (as rounded for the bill), currency, estimated
    and missing (numbers of intervals). `lines` has account, period, line and amount, those of zero
    left out. Both are Arrow tables to whatever takes Arrow; this object is `bills` then.
    """

    def __init__(self, run: _core.Run, label: str, first: int) -> None:
        self._run = run
        self._label = label
        self._first = first
        self.bills = Table(run.bills())
        self.lines = Table(run.lines())

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.bills.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.bills)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.bills)

    @property
    def total(self) -> dict[str, Money]:
        """The sum of all bills, by currency."""
        sums: dict[str, Money] = {}
        for amount, unit in zip(self.bills.column("total"), self.bills.column("currency")):
            sums[unit] = sums.get(unit, Money(0, unit)) + Money(amount, unit)
        return sums

    @property
    def skipped(self) -> list[Fault]:
        """Rows that were left out, by row: the first thousand of them; with `skip`."""
        return [Fault(f"{self._label}{row + self._first}, column {column}", value, expected)
                for row, column, value, expected in self._run.skipped()]

    @property
    def skipped_count(self) -> int:
        """How many rows were left out."""
        return self._run.skipped_count

    def explain(self, account: str, period: str | None = None, lang: str = "en") -> list[str]:
        """The lines of an account's bills with their arithmetic, to be checked by hand.

        The readings are read once more, as they were handed over: raises Conflict where an array
        was changed since, and they are others.
        `lang` is "en" or "zh". Raises NotFound where the account has no readings.
        """
        if lang not in ("en", "zh"):
            raise errors.InvalidValue(place="lang", value=repr(lang), expected="'en' or 'zh'")
        found = self._run.explained(str(account), period or "", lang == "zh")
        if not found:
            raise errors.NotFound(place="period", value=str(period),
                                  expected="one of " + ", ".join(self._run.periods()))
        return [text if period else f"{name}: {text}" for name, _, text in found]

    def to_arrow(self, what: str = "bills") -> Any:
        """A pyarrow.Table of "bills" or "lines"; money is decimal128."""
        return self._table(what).to_arrow()

    def to_pandas(self, what: str = "bills") -> Any:
        """A pandas frame, money as decimal.Decimal."""
        return self._table(what).to_pandas()

    def to_polars(self, what: str = "bills") -> Any:
        """A polars frame, money as Decimal."""
        return self._table(what).to_polars()

    def to_csv(self, path: str | PathLike[str] | IO[str], what: str = "bills") -> None:
        """UTF-8 with a mark at its begin, so that Excel shows Chinese as it is."""
        self._table(what).to_csv(path)

    def to_xlsx(self, path: str | PathLike[str]) -> None:
        """A workbook with a sheet of bills and one of lines; needs openpyxl."""
        from ._xlsx import write
        write(path, {"bills": self.bills, "lines": self.lines})

    def plot(self, account: str | None = None, **how: Any) -> Any:
        """Bars of the periods, of all accounts or of one; needs matplotlib."""
        from . import plot
        return plot.bills(self, account, **how)

    def _table(self, what: str) -> Table:
        if what not in ("bills", "lines"):
            raise errors.InvalidValue(place="what", value=repr(what),
                                      expected="'bills' or 'lines'")
        return self.bills if what == "bills" else self.lines

    def __repr__(self) -> str:
        sums = ", ".join(map(str, self.total.values())) or "nothing"
        return f"<Bills: {len(self)} of {self._run.account_count} accounts, {sums}>"

    def _repr_html_(self) -> str:
        from ._html import bills_html
        return bills_html(self)
