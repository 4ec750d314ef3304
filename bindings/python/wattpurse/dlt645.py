# SPDX-License-Identifier: Apache-2.0
"""DL/T 645, the protocol of Chinese electricity meters, editions 2007 and 1997.

    frame = dlt645.decode("68 01 00 44 23 52 00 68 91 08 33 32 34 33 BC 36 33 33 B1 16")
    frame.value                      # Decimal('3.89'); frame.unit is 'kWh'
    dlt645.read("7201", "00010000").encode()

`Framer` finds frames in a stream, `Bus` brings requests to answers on one line, both without I/O
of their own; `decode_frames` reads a whole log at once into columns. What the library knows of
passwords it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._core.dlt645 import (
    Bus, Catalogue, Credentials, Event, Frame, Framer, Item, broadcast_time, change_baud,
    change_password, clear_demand, clear_events, clear_meter, control, decode, decode_all,
    decode_frames, encode_value, follow, freeze, read, read_address, read_blocks, reread_1997,
    unicast_time, write, write_address,
)
from ._dlt645_line import Answer, AsyncLine, Line, connect, open_line as open
from ._frame_html import frame_table

__all__ = [
    "Answer", "AsyncLine", "BROADCAST", "Bus", "Catalogue", "Credentials", "Event", "Field",
    "Frame", "Framer", "Item", "Line", "STATUS", "WILDCARD", "broadcast_time", "catalogue",
    "change_baud", "change_password", "clear_demand", "clear_events", "clear_meter", "connect",
    "control", "decode", "decode_all", "decode_frames", "encode_value", "fields_of", "follow",
    "freeze", "open", "read", "read_address", "read_blocks", "reread_1997", "unicast_time",
    "value_of", "write", "write_address",
]

BROADCAST = "999999999999"
"""Every meter hears it, none answers."""
WILDCARD = "AAAAAAAAAAAA"
"""Any meter; only with a single one on the line."""

STATUS = ("number", "not_a_number", "missing", "bad", "unknown")
"""What the codes of the column `status` of `decode_frames` mean, from 0."""


@dataclass(frozen=True)
class Field:
    """One field of the value that a meter answers with."""

    name: str
    """Within its value; mostly empty."""
    kind: str
    """"number", "moment", "bits", "digits", "text", "identifier", "bytes" or "load"."""
    value: Any
    """Decimal, int (bits), bytes, or str; None where `problem` says why there is none.

    A moment is ISO 8601 without a zone: a meter does not know one.
    """
    unit: str
    index: int
    """Which repetition, from 0."""
    raw: bytes
    """As on the wire, without 33H."""
    problem: str | None
    """"not_available" (the meter sent FF), "not_bcd", "out_of_range"."""


_standard: Catalogue | None = None


def catalogue() -> Catalogue:
    """The standard catalogue."""
    global _standard  # pylint: disable=global-statement
    if _standard is None:
        _standard = Catalogue()
    return _standard


def fields_of(frame: Frame, catalogue: Catalogue | None = None) -> list[Field]:
    """The fields of the value that a frame answers with; none where it carries no known value."""
    return [Field(*each) for each in frame.fields(catalogue)]


def value_of(frame: Frame, catalogue: Catalogue | None = None) -> Any:
    """The value that a frame answers with.

    One field is its value, several of one name a list, several names a dict of these; None where
    there is no value, or none that the catalogue knows.
    """
    found = fields_of(frame, catalogue)
    if len(found) == 1:
        return found[0].value
    grouped: dict[str, list[Any]] = {}
    for each in found:
        grouped.setdefault(each.name, []).append(each.value)
    named = {name: each[0] if len(each) == 1 else each for name, each in grouped.items()}
    return named.get("", named) if len(named) == 1 else named or None


def _unit(self: Frame) -> str:
    """The unit of its (first) value; empty where it has none."""
    found = self.fields()
    return str(found[0][3]) if found else ""


def _html(self: Frame) -> str:
    """The frame byte by byte, in colours, for a notebook."""
    return frame_table(bytes(self), self.parts(), repr(self), holds_secret=self.holds_secret)


# The compiled class gets what is easier said in Python.
Frame.value = property(value_of)  # type: ignore[assignment, method-assign]
Frame.unit = property(_unit)  # type: ignore[assignment, method-assign]
Frame._repr_html_ = _html  # type: ignore[method-assign]
