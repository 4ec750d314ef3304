# SPDX-License-Identifier: Apache-2.0
"""Simulated meters: any that a profile describes, and DL/T 645 meters with all they have.

    meters = [sim.Meter("005223440001", energy={"T1": "120.5"}, load="1.5")]
    with sim.serve(meters) as server:              # a thread, on a free port of 127.0.0.1
        with dlt645.open(server.url) as line:
            line.read("005223440001", "00010000").value

`Dlt645Line` and `ModbusLine` are the same without I/O: bytes in, bytes out when they are due, the
time told. What they do follows from their options, seeds and what they are told alone.
`household_load` draws what households use. Source: the C++ library's `wattpurse/sim`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from . import profiles
from ._core import sim as _core
from ._core.bill import Columns
from ._core.sim import Dlt645Line, Meter, ModbusLine
from ._sim_server import Server
from .errors import InvalidValue

__all__ = ["Dlt645Line", "Meter", "ModbusLine", "ModbusMeter", "Server", "household_load", "serve"]


def ModbusMeter(profile: profiles.Profile | str,  # pylint: disable=invalid-name
                *, unit: int = 1, energy: Mapping[str, Any] | None = None, load: Any = None,
                seed: int | None = None, money_cents: int = 5000,
                installed_at: datetime | None = None,
                holes_are_zero: bool = False) -> _core.ModbusMeter:
    """A simulated Modbus meter of a profile, or of the name or path of one.

    energy: kWh of "T1" to "T4" when it begins; load: steady kW, None draws a household's from the
    seed; installed_at: None is the first moment that its line is told; money_cents: in its purse,
    where it has one; holes_are_zero: registers that the profile does not name are 0, not refused.
    """
    kind = profiles.load(profile) if isinstance(profile, str) else profile
    return _core.ModbusMeter(kind.core, unit=unit, energy=dict(energy or {}), load=load, seed=seed,
                             money_cents=money_cents, installed_at=installed_at,
                             holes_are_zero=holes_are_zero)


def household_load(start: datetime, until: datetime, *, households: int = 1, seed: int = 1,
                   step: timedelta | None = None, zone: Any = None) -> Columns:
    """What households use: columns account, time (the beginning of each step) and kwh.

    4 to 16 kWh a day with a peak in the evening, exact, the same for the same seed. step: a
    multiple of 15 minutes; zone: "+08:00" unless told. `wattpurse.bill` takes them as a dict of
    columns, or as pyarrow.table(columns).
    Raises InvalidValue above ten million quarters of an hour of all households.
    """
    return _core.household_load(start, until, households=households, seed=seed, step=step,
                                zone=zone)


def serve(meters: Sequence[Meter] | Sequence[_core.ModbusMeter] | Dlt645Line | ModbusLine, *,
          on: str = "tcp", host: str = "127.0.0.1", port: int = 0, framing: str | None = None,
          faults: Mapping[str, Any] | None = None,
          answer_delay: timedelta | None = None) -> Server:
    """Meters (or a line of them) on a socket or a pseudo-terminal, answered for by a thread.

    on: "tcp" or "pty"; port 0 is a free one. framing, of Modbus: "tcp", "rtu" or "ascii"; unless
    told, "tcp" on a socket and "rtu" on a pty. faults: thousandths of the answers by name (silent,
    deaf, late, truncated, corrupted, noisy, partly_applied), and seed, late_by, echo. Whoever is
    connected to a DL/T 645 line hears all of it, as with a serial server. `url` of the server is
    what `connect` and `open` take. Raises LinkError where the address cannot be had.
    """
    if on not in ("tcp", "pty"):
        raise InvalidValue(place="on", value=repr(on), expected="'tcp' or 'pty'", code="syntax")
    line: Dlt645Line | ModbusLine
    if isinstance(meters, (Dlt645Line, ModbusLine)):
        line = meters
    elif all(isinstance(each, Meter) for each in meters):
        line = Dlt645Line(list(meters), faults=dict(faults or {}))  # type: ignore[arg-type]
    else:
        framing = framing or ("tcp" if on == "tcp" else "rtu")
        line = ModbusLine(list(meters), framing=framing,  # type: ignore[arg-type]
                          faults=dict(faults or {}), answer_delay=answer_delay)
    words = {} if isinstance(line, Dlt645Line) or framing in (None, "tcp") else {"framing": framing}
    return Server(line, on, host, port, {key: str(word) for key, word in words.items()})
