# SPDX-License-Identifier: Apache-2.0
"""What is put into a ledger and read out of it: plain typed values."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, SupportsIndex, Union

from ._core import Money

__all__ = ["Account", "Amount", "Invariant", "OpenItem", "Posted", "Posting", "Report",
           "Reservation", "Seal", "Statement", "StatementLine", "StatementRow", "Transfer"]

Amount = Union[Money, Decimal, SupportsIndex, str]
"""Money, or an exact number in the ledger's currency. A float is refused."""


@dataclass(frozen=True)
class Transfer:
    """A movement between accounts, as it is asked for. The amounts sum to zero, by asset."""

    key: str
    """Chosen by the caller: the same key with the same content is the same transfer."""
    kind: str
    """opening, top_up, charge, adjustment, rounding, refund, transfer, reserve, settle, release,
    reversal or closing. Only refund, transfer, reserve and closing are held up by limits."""
    legs: tuple[tuple[str, Amount], ...]
    """(account, amount); what is above zero raises the account's balance."""
    subject: str = ""
    """What it is for, as "2026-01/energy.peak"."""
    at: dt.datetime | None = None
    """The moment it speaks of; None: when it is booked."""
    explain: str = ""
    """One line for the statement. It and the time of booking are no part of the content."""
    link: str = ""
    """settle, release, reversal: the key of what they are about."""
    expires_at: dt.datetime | None = None
    """reserve: when it is given back at the latest."""
    at_most: bool = False
    """Of two legs the first of which pays: no more than its limit leaves, which may be nothing."""


class Posting(NamedTuple):
    """One durable row of an account: one leg of a transfer."""

    account: str
    number: int
    """1, 2, 3 ... without a gap in the account."""
    key: str
    leg: int
    kind: str
    subject: str
    effective_at: dt.datetime
    recorded_at: dt.datetime
    amount: Money
    balance: Money
    """Of the account after it."""
    block: int
    """The block of the hash chain it is sealed in."""
    explain: str
    link: str
    expires_at: dt.datetime | None


@dataclass(frozen=True)
class Posted:
    """What came of a transfer: it is on the disk."""

    postings: tuple[Posting, ...]
    """Leg by leg. None of terms, and none where nothing had to be moved."""
    is_repeat: bool
    """It was in the books already; these are the postings of the first time."""

    def balance(self, account: str) -> Money:
        """Of an account of it, right after it. KeyError where it is none of these."""
        return {each.account: each.balance for each in self.postings}[account]


class Account(NamedTuple):
    """Where an account stands."""

    name: str
    balance: Money
    postings: int
    floor: Money | None
    """The lowest balance that debits at somebody's discretion may leave; None: no limit."""
    is_closed: bool


class Reservation(NamedTuple):
    """Money of an account that is set aside."""

    key: str
    account: str
    holder: str
    """The account it lies in meanwhile."""
    amount: Money
    expires_at: dt.datetime | None


class OpenItem(NamedTuple):
    """What of one transfer still lies in a clearing account."""

    key: str
    amount: Money
    since: dt.datetime
    explain: str


class StatementLine(NamedTuple):
    """All that a row of a statement posted for one subject."""

    subject: str
    amount: Money
    explain: str


class StatementRow(NamedTuple):
    """One movement, as the customer sees it."""

    at: dt.datetime
    kind: str
    amount: Money
    balance: Money
    """After it."""
    postings: int
    """How many are drawn together in it."""
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True)
class Statement:
    """An account's movements: opening, a row for each, closing."""

    account: str
    opening: Money
    rows: tuple[StatementRow, ...]
    closing: Money
    paid_in: Money
    """Sum of the rows that raise the balance."""
    paid_out: Money
    """Sum of those that lower it, not above zero."""
    text: str = field(repr=False)
    """The whole as a table of plain text, with every explanation."""
    last: int
    """Number of the last posting in it: the next page is what comes after."""
    is_last: bool
    """No page follows."""

    def __iter__(self) -> Iterator[StatementRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return self.text

    def to_pandas(self) -> Any:
        """A pandas frame with a row for each movement, money as decimal.Decimal."""
        import pandas
        return pandas.DataFrame(
            [(row.at, row.kind, row.amount.to_decimal(), row.balance.to_decimal(), row.postings,
              "; ".join(line.explain for line in row.lines if line.explain)) for row in self.rows],
            columns=["at", "kind", "amount", "balance", "postings", "explain"])

    def _repr_html_(self) -> str:
        cells = [("", "opening", "", self.opening.text, "")]
        cells += [(row.at.isoformat(), row.kind, row.amount.text, row.balance.text,
                   "; ".join(line.explain or line.subject for line in row.lines))
                  for row in self.rows]
        cells.append(("", "closing", "", self.closing.text, ""))
        heads = ("when", "what", "amount", f"balance ({self.opening.currency})", "for")
        head = "".join(f"<th>{html.escape(each)}</th>" for each in heads)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(each)}</td>" for each in row) + "</tr>"
                       for row in cells)
        return (f"<div><b>{html.escape(self.account)}</b><table><thead><tr>{head}</tr></thead>"
                f"<tbody>{body}</tbody></table></div>")


class Seal(NamedTuple):
    """The seal of one block of the hash chain."""

    block: int
    sha256: str
    """64 hexadecimal digits."""


class Invariant(NamedTuple):
    """Something that must always hold of the books."""

    name: str
    """"I1" and so on, as docs/ledger.md has them; "file", "index", "days" beside them."""
    says: str
    holds: bool
    fault: str
    """What was first found wrong; empty while it holds."""


@dataclass(frozen=True)
class Report:
    """What `Ledger.verify` found. It is true where the books are sound."""

    postings: int
    blocks: int
    invariants: tuple[Invariant, ...]

    @property
    def ok(self) -> bool:
        """Every invariant holds."""
        return all(each.holds for each in self.invariants)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{self.postings} postings in {self.blocks} blocks"]
        for each in self.invariants:
            lines.append(f"{'ok    ' if each.holds else 'BROKEN'}  {each.name}: {each.says}"
                         + (f": {each.fault}" if each.fault else ""))
        return "\n".join(lines)
