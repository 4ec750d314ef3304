# SPDX-License-Identifier: Apache-2.0
"""Profiles: what kinds of meters are, as data, and what their registers mean.

    meter = profiles.load("eastron_sdm630")          # or the path of a file of one's own
    for step in meter.plan(["total_active_energy"]):  # the cheapest requests for these registers
        ...
    meter.decode([(4, 0, words)])                    # exact values with units

Shipped with the library: `profiles.names()`. The form of the file is
share/schemas/profile.schema.json. Source: `adapter/json/profile.hpp`, `meter/read_plan.hpp`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ._core import profiles as _core
from ._core.profiles import SunSpecSearch
from .errors import NotFound

__all__ = ["Profile", "Register", "Step", "SunSpecSearch", "Value", "load", "names", "parse"]


@dataclass(frozen=True)
class Register:
    """One value of a meter: where it is, what it is, and how far it may be trusted."""

    name: str
    """As its vendor or SunSpec names it."""
    function: int
    """That reads it, 1 to 4."""
    address: int
    """Zero-based, as in the PDU; SunSpec counts from the model's ID register."""
    count: int
    type: str
    """"u16", "s32", "f32", "bcd", "text", "bits" and the like."""
    scale: Decimal
    unit: str
    meaning: str
    meaning_zh: str
    note: str
    role: str
    """"energy_total", "relay_state" and the like, or empty."""
    access: str
    """"read", "control" or "money": the latter two are written as verified transactions only."""
    is_writable: bool
    is_secret: bool
    """A password: read and shown only where it is asked for."""
    is_confirmed: bool
    """By two sources that are independent."""


@dataclass(frozen=True)
class Step:
    """One request of a plan."""

    function: int
    address: int
    count: int
    names: tuple[str, ...]
    """The registers that it reads."""


@dataclass(frozen=True)
class Value:
    """What a register shows."""

    name: str
    value: Any
    """Decimal, exact; str of text, int of bits, bytes of records; None where there is none."""
    unit: str
    problem: str | None
    """Why there is no value: "not_available" (the meter says so), "not_bcd", "not_found" (what it
    is to be multiplied with was not read)."""
    is_inexact: bool
    """A binary fraction past the point where it tells the meter's own steps apart."""
    is_implausible: bool
    """Outside the range that the profile gives."""
    states: tuple[str, ...] = field(default=())
    """Of bits: the names of what they say, "alarm" or "relay: open"."""
    raw: bytes = b""
    """The registers as on the wire."""


class Profile:
    """A kind of meter. `load` and `parse` make one."""

    def __init__(self, core: _core.Profile) -> None:
        self.core = core
        about = core.about()
        self.name: str = about["name"]
        self.protocol: str = about["protocol"]
        self.vendor: str = about["vendor"]
        self.models: tuple[str, ...] = tuple(about["models"])
        self.is_confirmed: bool = about["is_confirmed"]
        self.sources: tuple[str, ...] = tuple(about["sources"])
        self.notes: tuple[str, ...] = tuple(about["notes"])
        self.registers_max: int = about["registers_max"]
        self.sunspec_model: int = about["sunspec_model"]
        self.serial: dict[str, Any] = about["serial"]
        self.registers: tuple[Register, ...] = tuple(Register(**each) for each in core.fields())

    def __repr__(self) -> str:
        return f"<Profile {self.name}, {self.protocol}, {len(self.registers)} registers>"

    def register(self, name: str) -> Register:
        """The register of that name; raises NotFound."""
        for each in self.registers:
            if each.name == name:
                return each
        raise NotFound(place="register", value=repr(name),
                       expected=f"a register of profile {self.name}", code="not_found")

    def plan(self, names: Sequence[str] | None = None, *, baud: int = 0,
             cuts: Sequence[tuple[int, int]] = ()) -> list[Step]:
        """The cheapest requests that read these registers; None is all that are not secret.

        Scale factors and transformer ratios that they need are read along, holes where that is
        cheaper than another request; no value is torn. baud: of a serial line, 0 for TCP. cuts:
        (function, address) that no request may cross, learned by `cut`. Raises NotFound for a
        name that is none, Error for a selection that is too long.
        """
        chosen = None if names is None else list(names)
        return [Step(function, address, count, tuple(inside)) for function, address, count, inside
                in self.core.plan(chosen, baud, list(cuts))]

    def cut(self, names: Sequence[str] | None, step: int, *, baud: int = 0,
            cuts: Sequence[tuple[int, int]] = ()) -> tuple[int, int] | None:
        """What a refusal of that step (an index) of the plan teaches: where to cut it, at its
        widest hole or in the middle. None where what it asks for does not exist."""
        chosen = None if names is None else list(names)
        return self.core.cut(chosen, baud, list(cuts), step)

    def decode(self, answers: Iterable[tuple[int, int, Sequence[int]]], *,
               secrets: bool = False) -> dict[str, Value]:
        """The values of all registers that the answers hold whole, by name.

        answers: (function, address, registers) of each, addresses from the profile's base on.
        """
        return {row[0]: Value(row[0], row[1], row[2], row[3] or None, row[4], row[5],
                              tuple(row[6]), row[7])
                for row in self.core.decode(answers, secrets)}


def names() -> list[str]:
    """The profiles that are part of the library."""
    return _core.names()


def load(which: str | os.PathLike[str]) -> Profile:
    """The shipped profile of that name, or the one in the file of that path.

    A word with a point or a slash is a path. Raises ValidationError with all that is wrong.
    """
    return Profile(_core.find(os.fspath(which)))


def parse(text: str) -> Profile:
    """A profile from the JSON of its file; raises ValidationError with all that is wrong."""
    return Profile(_core.parse(text))
