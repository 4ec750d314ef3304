# SPDX-License-Identifier: Apache-2.0
"""The same bills inside PySpark: `wattpurse.spark.bill(frame, tariff)`.

Accounts are brought together, one account in one partition, in the order of accounts; a partition's
batches, however they are cut, are cut anew where an account ends, and are billed by the function
that bills on one machine. So the figures are the same for any size of batch and any number of
partitions. Nothing is collected; what comes back is a frame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import errors
from ._reading_input import ACCOUNT, ENERGY, REGISTER, TIME, pick

__all__ = ["BILLS", "LINES", "bill", "rate_batches"]

BILLS = ("account string, period string, start timestamp, until timestamp, kwh decimal(20,4), "
         "charged decimal(20,6), total decimal(20,6), currency string, estimated bigint, "
         "missing bigint")
"""What `bill` gives, as Spark's DDL."""
LINES = "account string, period string, line string, amount decimal(20,6)"
"""The same with `what="lines"`."""

ROWS_AT_ONCE = 2_000_000
"""So many rows are gathered, and then up to the end of the account, before they are billed."""


def bill(frame: Any, tariff: Any, accounts: Any = None, *, interval: dt.timedelta | None = None,
         what: str = "bills", partitions: int | None = None, **how: Any) -> Any:
    """A frame of bills, or with what="lines" of their lines, of a Spark frame of readings.

    frame
        account, time (timestamp), kwh or register (decimal, integer or string; a double is refused
        unless `floats=` says how many places it stands for), as `wattpurse.bill` takes them.
    interval
        The length of an interval; needed where `kwh` is used, since a part of the rows cannot
        tell it.
    partitions
        How many; default: what Spark makes of a shuffle.
    how
        As `wattpurse.bill`: names of columns, places, floats, stamp, periods, skip ...

    Faults are raised inside Spark, with the account, the time and the column.
    """
    if what not in ("bills", "lines"):
        raise errors.InvalidValue(place="what", value=repr(what), expected="'bills' or 'lines'")
    names = list(frame.columns)
    how["account"] = pick(names, how.get("account"), ACCOUNT, "account")
    how["time"] = pick(names, how.get("time"), TIME, "time")
    if how.get("register") is None and any(name in names for name in (*ENERGY, how.get("kwh"))):
        how["kwh"] = pick(names, how.get("kwh"), ENERGY, "kwh")
        if interval is None:
            raise errors.InvalidValue(
                place="interval", value="None",
                expected="the length of an interval, such as timedelta(minutes=15)")
    else:
        how["register"] = pick(names, how.get("register"), REGISTER, "register")
    used = [how[each] for each in ("account", "time", "kwh", "register", "quality")
            if how.get(each)]
    by = how["account"]
    chosen = frame.select(*used)
    together = chosen.repartition(by) if partitions is None else chosen.repartition(partitions, by)
    work = rate_batches(tariff, accounts, what=what, interval=interval, **how)
    return together.sortWithinPartitions(by).mapInArrow(work, BILLS if what == "bills" else LINES)


def rate_batches(tariff: Any, accounts: Any = None, *, what: str = "bills",
                 **how: Any) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """A function from Arrow record batches of readings to those of bills, for Spark's mapInArrow,
    Ray's map_batches and whatever else streams batches. Rows of an account have to follow each
    other; where a batch ends makes no difference. It can be pickled.
    """
    return _Rater(tariff, accounts, what, how)


class _Rater:
    def __init__(self, tariff: Any, accounts: Any, what: str, how: dict[str, Any]) -> None:
        self.tariff, self.accounts, self.what, self.how = tariff, accounts, what, how

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow
        waiting: list[Any] = []
        rows = 0
        for batch in batches:
            if batch.num_rows == 0:
                continue
            end = _last_begin(batch.column(self.how["account"]))
            if rows + end >= ROWS_AT_ONCE and (end > 0 or self._is_other(waiting, batch)):
                yield from self._rated(pyarrow, [*waiting, batch.slice(0, end)])
                waiting = [batch.slice(end)]
                rows = waiting[0].num_rows
            else:
                waiting.append(batch)
                rows += batch.num_rows
        yield from self._rated(pyarrow, waiting)

    def _is_other(self, waiting: list[Any], batch: Any) -> bool:
        """Whether a batch of one account begins another one than the rows before it have."""
        if not waiting:
            return False
        before = waiting[-1].column(self.how["account"])
        return bool(before[len(before) - 1] != batch.column(self.how["account"])[0])

    def _rated(self, pyarrow: Any, batches: list[Any]) -> Iterator[Any]:
        whole = [each for each in batches if each.num_rows]
        if not whole:
            return
        from .bills import bill as bill_here
        made = bill_here(pyarrow.Table.from_batches(whole), self.tariff, self.accounts,
                         progress=False, threads=1, **self.how)
        yield from made.to_arrow(self.what).to_batches()


def _last_begin(accounts: Any) -> int:
    """Where the rows of a batch's last account begin."""
    last = accounts[len(accounts) - 1]
    first, behind = 0, len(accounts) - 1
    while first < behind:  # sorted: half of it at a time
        middle = (first + behind) // 2
        if accounts[middle] == last:
            behind = middle
        else:
            first = middle + 1
    return first
