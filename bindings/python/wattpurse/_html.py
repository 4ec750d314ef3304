# SPDX-License-Identifier: Apache-2.0
"""Tables for notebooks: escaped, small, and of no colours of their own, so that they can be read
on a light and on a dark page."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from ._core import Money

__all__ = ["bills_html", "box", "number_text", "statement_html", "table"]

ROWS_MAX = 20
"""So many rows of a table are shown; of what is left out the number is told."""

_LEFT = "text-align:left;padding:1px 8px;vertical-align:top"
_RIGHT = "text-align:right;padding:1px 8px;vertical-align:top;font-variant-numeric:tabular-nums"
_RULE = ";border-top:1px solid currentColor;font-weight:bold"


def number_text(value: Any, places: int = 2) -> str:
    """A number with commas between thousands: at least `places` places, and none that are zero."""
    if isinstance(value, Money):
        return f"{number_text(value.to_decimal(), places)} {value.currency}"
    number = Decimal(value)
    whole, _, fraction = format(abs(number), "f").partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    sign = "-" if number < 0 else ""
    return f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")


def _text(value: Any) -> str:
    if isinstance(value, (Decimal, Money)):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return "" if value is None else str(value)


def _cells(row: Sequence[Any], tag: str, right: Sequence[bool], more: str = "") -> str:
    return "<tr>" + "".join(
        f'<{tag} style="{_RIGHT if is_right else _LEFT}{more}">'
        f"{html.escape(_text(each))}</{tag}>" for each, is_right in zip(row, right)) + "</tr>"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, last: Sequence[Any] = (),
          right: Sequence[bool] | None = None, limit: int = ROWS_MAX) -> str:
    """A table of values, which are escaped here. Numbers stand to the right, or the columns that
    `right` tells; `last` is a row below a line; more than `limit` rows are left out and counted."""
    known = list(rows)
    sides = right if right is not None else [
        bool(known) and isinstance(each, (int, Decimal, Money)) for each in (known or [heads])[0]]
    body = "".join(_cells(row, "td", sides) for row in known[:limit])
    if len(known) > limit:
        body += (f'<tr><td colspan="{len(heads)}" style="{_LEFT};opacity:.7">'
                 f"and {len(known) - limit:,} more</td></tr>")
    if last:
        body += _cells(last, "td", sides, _RULE)
    return (f'<table style="border-collapse:collapse"><thead>{_cells(heads, "th", sides)}</thead>'
            f"<tbody>{body}</tbody></table>")


def box(title: str, *parts: str, note: str = "") -> str:
    """A title, parts that are HTML already, and a note in a fainter hand."""
    below = f'<div style="opacity:.7">{html.escape(note)}</div>' if note else ""
    return f"<div><b>{html.escape(title)}</b>{''.join(parts)}{below}</div>"


def bills_html(bills: Any) -> str:
    """The first rows of `Bills`, and the sum of all of them."""
    columns = {name: bills.bills.column(name) for name in (
        "account", "period", "kwh", "total", "currency", "estimated", "missing")}
    heads = ["account", "period", "kWh", "total", "", "estimated", "missing"]
    right = [False, False, True, True, False, True, True]
    used = sum((each for each in columns["kwh"] if each is not None), Decimal(0))
    sums = list(bills.total.values())
    last = ["", "", used, number_text(sums[0].to_decimal()) if len(sums) == 1 else "",
            sums[0].currency if len(sums) == 1 else ""]
    known = list(zip(*columns.values()))
    counts = [sum(row[index] for row in known) for index in (5, 6)]
    note = "" if len(sums) <= 1 else "sums: " + ", ".join(map(number_text, sums))
    if bills.skipped_count:
        note += ("; " if note else "") + f"{bills.skipped_count:,} rows were left out"
    accounts = len(set(columns["account"]))
    title = (f"{len(known):,} {'bill' if len(known) == 1 else 'bills'} of {accounts:,} "
             f"{'account' if accounts == 1 else 'accounts'}")
    return box(title, table(heads, known, last=[*last, *counts], right=right), note=note)


def statement_html(title: str, opening: Money, rows: Iterable[tuple[Any, str, Money, Money]],
                   closing: Money, note: str = "") -> str:
    """A statement of account: rows of (when, what, amount, balance after it) between the balance
    it opens with and the one it closes with."""
    body: list[tuple[Any, ...]] = [("", "opening balance", "", opening), *rows]
    shown = table(["time", "", "amount", "balance"], body, right=[False, False, True, True],
                  last=("", "closing balance", "", closing), limit=200)
    return box(title, shown, note=note)
