# SPDX-License-Identifier: Apache-2.0
"""The ledger: every fen that moves is one row, numbered without a gap, and never changed.

    with Ledger("books.db") as ledger:
        ledger.top_up("F07", "100", key="wx-4711")
        ledger.charge("F07", "6.50", key="F07/2026-01", subject="2026-01/energy")
        ledger.balance("F07")                        # Money('93.500000', 'CNY')
        with ledger.batch() as batch:                # one flush of the disk, all or nothing
            for account, paid, receipt in payments:
                batch.top_up(account, paid, key=receipt)
        assert ledger.verify()

What was returned is on the disk. A key makes a repeat recognisable: the same key with the same
content returns the first result, with other content raises Conflict. Without `at`, what is asked
is about the moment of booking, and a repeat about that of the first time.
Source: docs/ledger.md of the library.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._core import Money
from ._core import ledger as _core
from ._ledger_orders import Orders
from ._ledger_types import (
    Account, Amount, Invariant, OpenItem, Posted, Posting, Report, Reservation, Seal, Statement,
    StatementLine, StatementRow, Transfer,
)
from ._table import Table
from .errors import CurrencyMismatch, InvalidValue, NotFound, StoreError, WrongType

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

__all__ = ["Account", "Batch", "Invariant", "Ledger", "OpenItem", "Orders", "Pending", "Posted",
           "Posting", "Postings", "Report", "Reservation", "Seal", "Statement", "StatementLine",
           "StatementRow", "Transfer"]


class Postings(Table):
    """Postings as columns: block, account, number, key, leg, kind, subject, effective_at,
    recorded_at, amount and balance (six places), currency, explain, link."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


class Ledger(Orders[Posted]):
    """The books in one SQLite file, or of one shard in PostgreSQL (`Ledger.connect`).

    Many may read; one writes at a time. The first write begins a term, which ends that of any
    other writer: whoever was overtaken gets Conflict, with nothing posted, and begins a term of
    its own when it asks again. A ledger may be used from several threads.
    """

    def __init__(self, path: str | PathLike[str], *, currency: str | None = None,
                 read_only: bool = False,
                 clock: Callable[[], dt.datetime] = _utc_now) -> None:
        """Opens or creates the file; with `read_only` it must be there, and every write is refused.

        `currency` is that of the accounts (default: that of the books, CNY for new ones); an
        account holds it, or kilowatt-hours as Money("1", "KWH"). `clock` gives the time of
        booking. Raises StoreError, CurrencyMismatch.
        """
        books = _core.Books.sqlite(os.fspath(path), currency, read_only)
        self._begin(books, os.fspath(path), clock)

    def _begin(self, books: _core.Books, where: str, clock: Callable[[], dt.datetime]) -> None:
        self._held: _core.Books | None = books
        self._where = where
        self._clock = clock

    @classmethod
    def connect(cls, conninfo: str, shard: int = 0, *, schema: str = "wattpurse",
                currency: str | None = None, read_only: bool = False,
                clock: Callable[[], dt.datetime] = _utc_now) -> Ledger:
        """The books of a shard in PostgreSQL; `conninfo` is what libpq understands.

        Makes the tables where they are not there yet. Raises StoreError where the server is not
        reached, is not durable, or the package was built without libpq.
        """
        made = cls.__new__(cls)
        made._begin(_core.Books.postgres(conninfo, shard, schema, currency, read_only),
                    f"PostgreSQL, shard {shard}", clock)
        return made

    @classmethod
    def in_memory(cls, *, currency: str | None = None,
                  clock: Callable[[], dt.datetime] = _utc_now) -> Ledger:
        """Books that are gone with the object, with the same rules; for tests and what-if."""
        made = cls.__new__(cls)
        made._begin(_core.Books.memory(currency), "memory", clock)
        return made

    # ---- Life ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Lets go of the store. What was returned is on the disk already."""
        self._held = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Ledger {self._where}{'' if self._held else ', closed'}>"

    @property
    def _books(self) -> _core.Books:
        if self._held is None:
            raise StoreError(place="ledger", value="closed", expected="an open ledger",
                             code="closed")
        return self._held

    @property
    def currency(self) -> str:
        """Of the accounts, "CNY"."""
        return self._books.currency

    # ---- Writing ---------------------------------------------------------------------------------

    def _money(self, amount: Amount, place: str = "amount") -> Money:
        money = self._books.money(amount, place)
        if money.currency not in (self.currency, "KWH"):
            raise CurrencyMismatch(place=place, value=str(money), code="currency_mismatch",
                                   expected=f"an amount of {self.currency}")
        return money

    def _do(self, step: dict[str, Any]) -> Posted:
        return self._commit([step])[0]

    def _commit(self, steps: list[dict[str, Any]]) -> list[Posted]:
        done = self._books.commit(steps, self._clock())
        return [Posted(tuple(Posting(*row) for row in rows), repeat) for repeat, rows in done]

    def batch(self) -> Batch:
        """Gathers what is asked of it, and commits it all at once when its `with` ends.

        All of it or nothing: where one is refused, the error is raised and nothing was posted.
        Keys that are in the books already, with the same content, are not posted again.
        """
        return Batch(self)

    def release_expired(self, now: dt.datetime | None = None) -> list[Posted]:
        """Gives back what was reserved until `now` or before, each with the key "KEY/expired"."""
        moment = now or self._clock()
        late = [each for each in self.reservations()
                if each.expires_at is not None and each.expires_at <= moment]
        steps = [{"do": "release", "link": each.key, "key": f"{each.key}/expired"}
                 for each in late]
        return self._commit(steps) if steps else []

    # ---- Reading ---------------------------------------------------------------------------------

    def balance(self, account: str, at: dt.datetime | None = None,
                recorded: dt.datetime | None = None) -> Money:
        """Of an account now; or at a moment (included).

        `at`: as is known now, by when things happened. `recorded`: as the books had it then.
        Raises NotFound for an account without postings.
        """
        if at is not None and recorded is not None:
            raise InvalidValue(place="recorded", value="both `at` and `recorded`",
                               expected="one of them", code="syntax")
        if at is None and recorded is None:
            found = self._books.balance(account)
        else:
            found = self._books.balance_at(account, at if recorded is None else recorded,
                                           recorded is not None)
        if found is None:
            raise NotFound(place="account", value=repr(account), code="not_found",
                           expected="an account that has postings")
        return found

    def accounts(self) -> list[Account]:
        """Every account that has postings, with its balance, by name."""
        return sorted(Account(*each) for each in self._books.accounts())

    def reservations(self) -> list[Reservation]:
        """What is set aside now, by key."""
        return [Reservation(*each) for each in self._books.reservations()]

    def statement(self, account: str, after: int = 0, limit: int = 200, *, by: str = "moment",
                  start: dt.datetime | None = None, until: dt.datetime | None = None,
                  recorded: bool = False, zone: str = "+08:00") -> Statement:
        """An account's movements: a page as they were booked, or those of a period.

        A page has at most `limit` postings after the one of number `after`; go on with
        `after=statement.last` until `is_last`. With `start` and `until`: start < time <= until,
        by when things happened, or by when they were `recorded`. `by` draws charges together:
        "moment", "day" or "period". Times are shown in `zone`.
        Raises NotFound where there is nothing.
        """
        if (start is None) != (until is None):
            raise InvalidValue(place="start", value="one of `start` and `until`",
                               expected="both or none", code="syntax")
        if limit < 1:
            raise InvalidValue(place="limit", value=str(limit), expected="at least 1",
                               code="out_of_range")
        after, limit = _number(after, "after"), min(limit, _MOST)
        if not self._books.postings(account, after if start is None else 0, 1):
            raise NotFound(place="account", value=f"{account!r} after {after}", code="not_found",
                           expected="an account that has postings there")
        if start is None:
            return _statement(self._books.page(account, after, limit, by, zone))
        return _statement(self._books.period(account, start, until, by, zone, recorded))

    def postings(self, account: str, after: int = 0, limit: int | None = None) -> Iterator[Posting]:
        """An account's rows with numbers above `after`, in order; read page by page."""
        after, left = _number(after, "after"), limit
        while left is None or left > 0:
            page = self._books.postings(account, after, 1000 if left is None else min(left, 1000))
            if not page:
                return
            yield from (Posting(*row) for row in page)
            after += len(page)
            left = None if left is None else left - len(page)

    def find(self, key: str) -> tuple[Posting, ...]:
        """The rows of the transfer of that key, leg by leg; none where it is not in the books."""
        return tuple(Posting(*row) for row in self._books.transfer(key, False))

    def linked(self, key: str) -> tuple[Posting, ...]:
        """The rows of what settles, releases or takes back that transfer."""
        return tuple(Posting(*row) for row in self._books.transfer(key, True))

    def open_items(self, account: str) -> list[OpenItem]:
        """What makes up the balance of a clearing account, as house:suspense; the oldest first."""
        return [OpenItem(*each) for each in self._books.open_items(account)]

    def export(self, account: str | None = None) -> Postings:
        """All rows, or those of an account, as columns: to Arrow, pandas, polars, CSV."""
        return Postings(self._books.columns(account))

    # ---- Care ------------------------------------------------------------------------------------

    def verify(self, seals: Any = None) -> Report:
        """Goes through every row and holds it against those before it.

        `seals` were kept elsewhere: those of `seals()`, their text, or the path of the file of
        `save_seals`; a chain that was rebuilt over an altered row ends in other ones. Raises
        StoreError for what cannot be read, ValidationError for seals that are none.
        """
        postings, blocks, invariants = self._books.verify(_seals_text(seals))
        return Report(postings, blocks, tuple(Invariant(*each) for each in invariants))

    def seals(self) -> list[Seal]:
        """The seal of each block, to be kept where nobody who writes the books can."""
        lines = self._books.seals().splitlines()[1:]
        return [Seal(int(number), digest) for number, digest in (line.split(",") for line in lines)]

    def save_seals(self, path: str | PathLike[str]) -> None:
        """The same as a file, which `wattpurse ledger verify --seals` reads as well."""
        Path(path).write_text(self._books.seals(), encoding="ascii")

    def backup(self, to: str | PathLike[str]) -> None:
        """A checked copy as of one moment, made while a writer goes on. SQLite only.

        A file that is there is not overwritten. Raises StoreError.
        """
        self._books.backup(os.fspath(to))

    def rebuild(self) -> int:
        """Makes anew what is kept beside the rows: indexes and reservations. SQLite only.

        Ends the term of any writer. Returns how many reservations were not as the rows say.
        """
        return self._books.rebuild()


class Pending:
    """What a batch will have done."""

    __slots__ = ("_posted",)

    def __init__(self) -> None:
        self._posted: Posted | None = None

    @property
    def result(self) -> Posted:
        """What came of it. Raises StoreError before the batch was committed."""
        if self._posted is None:
            raise StoreError(place="batch", value="not committed", code="not_committed",
                             expected="the end of its `with`, without an error")
        return self._posted

    def __repr__(self) -> str:
        return f"<Pending {'committed' if self._posted else 'not committed'}>"


class Batch(Orders[Pending]):
    """What `Ledger.batch` gives: the same orders, committed together. An exception drops all."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._steps: list[dict[str, Any]] = []
        self._pending: list[Pending] = []

    def _money(self, amount: Amount, place: str = "amount") -> Money:
        return self._ledger._money(amount, place)

    def _do(self, step: dict[str, Any]) -> Pending:
        self._steps.append(step)
        self._pending.append(Pending())
        return self._pending[-1]

    def __len__(self) -> int:
        return len(self._steps)

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        steps, self._steps = self._steps, []
        pending, self._pending = self._pending, []
        if kind is not None or not steps:
            return
        for waits, posted in zip(pending, self._ledger._commit(steps)):
            waits._posted = posted


_MOST = 2**62  # no account has as many rows


def _number(after: int, place: str) -> int:
    if after < 0:
        raise InvalidValue(place=place, value=str(after), expected="at least 0",
                           code="out_of_range")
    return min(after, _MOST)


def _statement(found: dict[str, Any]) -> Statement:
    rows = tuple(StatementRow._make((*row[:-1], tuple(StatementLine(*line) for line in row[-1])))
                 for row in found["rows"])
    return Statement(**{**found, "rows": rows})


def _seals_text(seals: Any) -> str:
    if seals is None:
        return ""
    if isinstance(seals, str) and "\n" in seals:
        return seals
    if isinstance(seals, (str, os.PathLike)):
        try:
            return Path(seals).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise NotFound(place="seals", value=str(seals), code="not_found",
                           expected=f"a file that can be read ({error})") from None
    try:
        return "".join(["block,sha256\n", *(f"{block},{digest}\n" for block, digest in seals)])
    except (TypeError, ValueError):
        raise WrongType(place="seals", value=repr(seals)[:80], code="type",
                        expected="those of `seals()`, their text, or the path of their file") \
            from None
