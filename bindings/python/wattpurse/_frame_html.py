# SPDX-License-Identifier: Apache-2.0
"""A frame as a byte-coloured table for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Set

__all__ = ["frame_table", "table"]

_COLOURS = ("#d7e3f4", "#fbe3c8", "#d9ead3", "#f4cccc", "#e6d9f0", "#d0e9e8", "#f3ecc2")
_HEAD = 10  # 68, address, 68, control, length
_Part = tuple[int, int, bool, str]


def frame_table(wire: bytes, parts: Iterable[_Part], title: str, *, holds_secret: bool) -> str:
    """A DL/T 645 frame without preamble; `parts` lie in DATA.

    Secret bytes are asterisks, and so is the checksum beside them, which would tell of them.
    """
    rows = [(wire[0:1], "start", ""), (wire[1:7], "address, low byte first", ""),
            (wire[7:8], "start", ""), (wire[8:9], "control", ""),
            (wire[9:10], f"length {wire[9]}", "")]
    hidden: set[int] = set()
    for begin, size, is_secret, meaning in parts:
        sent = wire[_HEAD + begin:_HEAD + begin + size]
        plain = bytes((byte - 0x33) & 0xFF for byte in sent).hex(" ").upper()
        if is_secret:
            hidden.add(len(rows))
            plain = ""
        rows.append((sent, meaning, plain))
    if holds_secret:
        hidden.add(len(rows))
    rows += [(wire[-2:-1], "checksum", ""), (wire[-1:], "end", "")]
    return table(rows, title, hidden, ("bytes", "without 33", "meaning"))


def table(rows: list[tuple[bytes, str, str]], title: str, hidden: Set[int] = frozenset(),
          heads: tuple[str, ...] = ("bytes", "", "meaning")) -> str:
    """(bytes, meaning, plain) rows, first as one line of coloured bytes, then one below another."""
    line, body = [], []
    for number, (sent, meaning, plain) in enumerate(rows):
        digits = " ".join("**" for _ in sent) if number in hidden else sent.hex(" ").upper()
        colour = _COLOURS[number % len(_COLOURS)]
        style = f"background:{colour};color:#111;font-family:monospace;padding:1px 3px"
        line.append(f'<span style="{style}" title="{html.escape(meaning)}">{digits}</span>')
        body.append(f'<tr><td style="{style};text-align:left">{digits}</td>'
                    f'<td style="font-family:monospace;text-align:left">{plain}</td>'
                    f'<td style="text-align:left">{html.escape(meaning)}</td></tr>')
    head = "".join(f'<th style="text-align:left">{html.escape(each)}</th>' for each in heads)
    return (f"<div><b>{html.escape(title)}</b><br>{' '.join(line)}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>")
