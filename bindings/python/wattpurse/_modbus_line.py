# SPDX-License-Identifier: Apache-2.0
"""Lines to Modbus devices, for asyncio and for threads: `wattpurse.modbus.connect` and `open`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Union

from ._async_line import AsyncLineBase
from ._blocking_line import LineBase
from ._core import modbus as _core
from ._core.modbus import Event, SerialClient, TcpClient
from ._core.profiles import SunSpecSearch
from ._engine import Ask, Steps, duration_of
from ._port import Address
from .errors import InvalidValue, NotFound, Refused, Timeout

if TYPE_CHECKING:
    from .profiles import Profile, Value

__all__ = ["AsyncLine", "Line", "connect", "open_line"]

_Timeout = Union[timedelta, float, None]
_Client = Union[TcpClient, SerialClient]


def _event(unit: int, pdu: bytes, timeout: _Timeout, attempts: int,
           priority: str) -> Steps[Event]:
    limit = duration_of(timeout, "timeout")

    def submit(client: _Client) -> int:
        return client.submit(unit, pdu, timeout=limit, attempts=attempts, priority=priority)

    event: Event = yield Ask(submit, priority)
    if event.kind in ("timed_out", "backed_off"):
        was_asked = event.kind == "timed_out"
        raise Timeout(place=f"unit {unit}, function {pdu[0]:02X}", code=event.kind,
                      expected="a device that answers",
                      value=f"no answer, asked {event.attempts} times" if was_asked
                      else "silent for a while, so it was not asked")
    return event


def _answered(unit: int, pdu: bytes, timeout: _Timeout, attempts: int,
              priority: str) -> Steps[bytes]:
    event = yield from _event(unit, pdu, timeout, attempts, priority)
    if event.kind == "refused":
        why = event.exception or "refused"
        raise Refused(place=f"unit {unit}, function {pdu[0]:02X}", value=why, code=why,
                      expected="a normal response", reason=why)
    return event.pdu


def _request(unit: int, pdu: bytes, timeout: _Timeout, attempts: int,
             priority: str) -> Steps[dict[str, Any] | None]:
    answer = yield from _answered(unit, pdu, timeout, attempts, priority)
    return _core.parse_response(answer, pdu) if answer else None


def _registers(unit: int, pdu: bytes, timeout: _Timeout, attempts: int,
               priority: str) -> Steps[tuple[int, ...]]:
    found = yield from _request(unit, pdu, timeout, attempts, priority)
    return tuple(found["registers"]) if found else ()


def _bits(unit: int, pdu: bytes, timeout: _Timeout, attempts: int,
          priority: str) -> Steps[tuple[bool, ...]]:
    found = yield from _request(unit, pdu, timeout, attempts, priority)
    return tuple(found["bits"]) if found else ()


def _written(unit: int, pdu: bytes, timeout: _Timeout, priority: str) -> Steps[None]:
    yield from _request(unit, pdu, timeout, 1, priority)


def _raw(unit: int, pdu: bytes, timeout: _Timeout, attempts: int, priority: str) -> Steps[bytes]:
    event = yield from _event(unit, pdu, timeout, attempts, priority)
    return event.pdu


_CUT = ("illegal_data_address", "illegal_data_value", "server_device_failure")


def _sunspec_base(model: int, unit: int, timeout: _Timeout, attempts: int) -> Steps[int]:
    search = SunSpecSearch(model)
    while search.state == "searching":
        try:
            answer = yield from _answered(unit, search.question, timeout, attempts, "reading")
        except Refused as refusal:
            if refusal.reason not in (*_CUT, "illegal_function"):
                raise  # busy, for one: it may be there
            answer = b""
        search.take(answer)
    if search.base is None:
        raise NotFound(place=f"unit {unit}", value=f"no SunSpec model {model}", code="not_found",
                       expected="\"SunS\" at 40000, 50000 or 0, and the model behind it")
    return search.base


def _profile(profile: Profile, names: Sequence[str] | None, unit: int, base: int | None,
             baud: int, timeout: _Timeout, attempts: int) -> Steps[dict[str, Value]]:
    if base is None:
        base = 0
        if profile.sunspec_model:
            base = yield from _sunspec_base(profile.sunspec_model, unit, timeout, attempts)
    answers: list[tuple[int, int, Sequence[int]]] = []
    seen: set[tuple[int, int, int]] = set()  # read, or refused although there is nothing to cut
    cuts: list[tuple[int, int]] = []
    while True:
        plan = profile.plan(names, baud=baud, cuts=cuts)
        left = [(index, step) for index, step in enumerate(plan)
                if (step.function, step.address, step.count) not in seen]
        if not left:
            break
        index, step = left[0]
        ask = {3: _core.read_holding_registers, 4: _core.read_input_registers}.get(step.function)
        if ask is None:
            raise InvalidValue(place=step.names[0], value=f"function {step.function}",
                               expected="registers of function 3 or 4", code="out_of_range")
        try:
            words = yield from _registers(unit, ask(base + step.address, step.count), timeout,
                                          attempts, "reading")
        except Refused as refusal:
            if refusal.reason not in _CUT:
                raise
            cut = profile.cut(names, index, baud=baud, cuts=cuts)
            if cut is not None and cut not in cuts:
                cuts.append(cut)
                continue
        else:
            answers.append((step.function, step.address, words))
        seen.add((step.function, step.address, step.count))
    found = profile.decode(answers, secrets=names is not None)
    return found if names is None else {name: found[name] for name in names if name in found}


def _unit_of(unit: int | None, usual: int) -> int:
    return usual if unit is None else unit


class AsyncLine(AsyncLineBase):
    """Modbus devices of one line or connection, for asyncio. `connect` makes it; `async with`
    opens and closes it.

    unit: that of `connect` unless told. timeout: a timedelta or seconds, of each attempt, a second
    unless told. What reads is sent three times at most, what writes once: after a Timeout it is
    not known whether it was done. All calls raise Timeout, Refused (`reason`: the exception's
    name, "illegal_data_address"), LinkError, QueueFull, InvalidValue. Source: the clients of
    `link/modbus_tcp_client.hpp` and `link/modbus_serial_client.hpp`.
    """

    def __init__(self, address: Address, make: Callable[[], _Client], *, unit: int, queue: int,
                 connect_timeout: float) -> None:
        super().__init__(address, make, queue=queue, connect_timeout=connect_timeout)
        self.unit = unit

    async def read_holding(self, address: int, count: int = 1, *, unit: int | None = None,
                           timeout: _Timeout = None, attempts: int = 3,
                           priority: str = "reading") -> tuple[int, ...]:
        """Holding registers (03), addresses from 0."""
        pdu = _core.read_holding_registers(address, count)
        return await self._run(_registers(_unit_of(unit, self.unit), pdu, timeout, attempts,
                                          priority))

    async def read_input(self, address: int, count: int = 1, *, unit: int | None = None,
                         timeout: _Timeout = None, attempts: int = 3,
                         priority: str = "reading") -> tuple[int, ...]:
        """Input registers (04)."""
        pdu = _core.read_input_registers(address, count)
        return await self._run(_registers(_unit_of(unit, self.unit), pdu, timeout, attempts,
                                          priority))

    async def read_coils(self, address: int, count: int = 1, *, unit: int | None = None,
                         timeout: _Timeout = None, attempts: int = 3) -> tuple[bool, ...]:
        """Coils (01)."""
        pdu = _core.read_coils(address, count)
        return await self._run(_bits(_unit_of(unit, self.unit), pdu, timeout, attempts, "reading"))

    async def read_discrete(self, address: int, count: int = 1, *, unit: int | None = None,
                            timeout: _Timeout = None, attempts: int = 3) -> tuple[bool, ...]:
        """Discrete inputs (02)."""
        pdu = _core.read_discrete_inputs(address, count)
        return await self._run(_bits(_unit_of(unit, self.unit), pdu, timeout, attempts, "reading"))

    async def write_register(self, address: int, value: int, *, unit: int | None = None,
                             timeout: _Timeout = None, priority: str = "reading") -> None:
        """One holding register (06)."""
        pdu = _core.write_register(address, value)
        await self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    async def write_registers(self, address: int, values: Sequence[int], *,
                              unit: int | None = None, timeout: _Timeout = None,
                              priority: str = "reading") -> None:
        """Several holding registers (10)."""
        pdu = _core.write_registers(address, values)
        await self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    async def write_coil(self, address: int, value: bool, *, unit: int | None = None,
                         timeout: _Timeout = None, priority: str = "reading") -> None:
        """One coil (05)."""
        pdu = _core.write_coil(address, value)
        await self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    async def write_coils(self, address: int, values: Sequence[bool], *, unit: int | None = None,
                          timeout: _Timeout = None, priority: str = "reading") -> None:
        """Several coils (0F)."""
        pdu = _core.write_coils(address, values)
        await self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    async def request(self, pdu: bytes, *, unit: int | None = None, timeout: _Timeout = None,
                      attempts: int = 1, priority: str = "reading") -> bytes:
        """Any PDU, and the PDU answered, exceptions as well; empty after a broadcast."""
        return await self._run(_raw(_unit_of(unit, self.unit), pdu, timeout, attempts, priority))

    async def read_profile(self, profile: Profile, names: Sequence[str] | None = None, *,
                           unit: int | None = None, base: int | None = None,
                           timeout: _Timeout = None, attempts: int = 3) -> dict[str, Value]:
        """Registers of a profile by the cheapest plan, as exact values with units.

        names: None is all that are not secret. base: where its addresses count from; unless told
        0, and for SunSpec the model's ID register, which is looked for on the device: NotFound
        where it is not there. Where the device refuses a request over several registers, it is
        asked in parts; what it refuses alone is not in the result.
        """
        return await self._run(_profile(profile, names, _unit_of(unit, self.unit), base,
                                        self._address.baud if self._address.is_serial else 0,
                                        timeout, attempts))


class Line(LineBase):
    """Modbus devices of one line or connection, blocking. `modbus.open` makes it; options and
    errors are those of `AsyncLine`, and so is the machine below."""

    def __init__(self, address: Address, make: Callable[[], _Client], *, unit: int, queue: int,
                 connect_timeout: float) -> None:
        super().__init__(address, make, queue=queue, connect_timeout=connect_timeout)
        self.unit = unit

    def read_holding(self, address: int, count: int = 1, *, unit: int | None = None,
                     timeout: _Timeout = None, attempts: int = 3,
                     priority: str = "reading") -> tuple[int, ...]:
        """Holding registers (03), addresses from 0."""
        pdu = _core.read_holding_registers(address, count)
        return self._run(_registers(_unit_of(unit, self.unit), pdu, timeout, attempts, priority))

    def read_input(self, address: int, count: int = 1, *, unit: int | None = None,
                   timeout: _Timeout = None, attempts: int = 3,
                   priority: str = "reading") -> tuple[int, ...]:
        """Input registers (04)."""
        pdu = _core.read_input_registers(address, count)
        return self._run(_registers(_unit_of(unit, self.unit), pdu, timeout, attempts, priority))

    def read_coils(self, address: int, count: int = 1, *, unit: int | None = None,
                   timeout: _Timeout = None, attempts: int = 3) -> tuple[bool, ...]:
        """Coils (01)."""
        pdu = _core.read_coils(address, count)
        return self._run(_bits(_unit_of(unit, self.unit), pdu, timeout, attempts, "reading"))

    def read_discrete(self, address: int, count: int = 1, *, unit: int | None = None,
                      timeout: _Timeout = None, attempts: int = 3) -> tuple[bool, ...]:
        """Discrete inputs (02)."""
        pdu = _core.read_discrete_inputs(address, count)
        return self._run(_bits(_unit_of(unit, self.unit), pdu, timeout, attempts, "reading"))

    def write_register(self, address: int, value: int, *, unit: int | None = None,
                       timeout: _Timeout = None, priority: str = "reading") -> None:
        """One holding register (06)."""
        pdu = _core.write_register(address, value)
        self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    def write_registers(self, address: int, values: Sequence[int], *, unit: int | None = None,
                        timeout: _Timeout = None, priority: str = "reading") -> None:
        """Several holding registers (10)."""
        pdu = _core.write_registers(address, values)
        self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    def write_coil(self, address: int, value: bool, *, unit: int | None = None,
                   timeout: _Timeout = None, priority: str = "reading") -> None:
        """One coil (05)."""
        pdu = _core.write_coil(address, value)
        self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    def write_coils(self, address: int, values: Sequence[bool], *, unit: int | None = None,
                    timeout: _Timeout = None, priority: str = "reading") -> None:
        """Several coils (0F)."""
        pdu = _core.write_coils(address, values)
        self._run(_written(_unit_of(unit, self.unit), pdu, timeout, priority))

    def request(self, pdu: bytes, *, unit: int | None = None, timeout: _Timeout = None,
                attempts: int = 1, priority: str = "reading") -> bytes:
        """Any PDU, and the PDU answered, exceptions as well; empty after a broadcast."""
        return self._run(_raw(_unit_of(unit, self.unit), pdu, timeout, attempts, priority))

    def read_profile(self, profile: Profile, names: Sequence[str] | None = None, *,
                     unit: int | None = None, base: int | None = None,
                     timeout: _Timeout = None, attempts: int = 3) -> dict[str, Value]:
        """Registers of a profile by the cheapest plan; as of `AsyncLine`."""
        return self._run(_profile(profile, names, _unit_of(unit, self.unit), base,
                                  self._address.baud if self._address.is_serial else 0,
                                  timeout, attempts))


def _parts(url: str, timing: str | None, echo: bool,
           window: int) -> tuple[Address, Callable[[], _Client]]:
    where = Address.of(url, baud=9600, parity="none", port=502)
    framing = where.framing or ("rtu" if where.is_serial else "tcp")
    if framing == "tcp":
        if where.is_serial:
            raise InvalidValue(place="framing", value="'tcp'", code="syntax",
                               expected="'rtu' or 'ascii' on a serial line")
        TcpClient(window=window)
        return where, lambda: TcpClient(window=window)
    how = timing or ("lenient" if where.is_serial else "over_tcp")
    SerialClient(where.baud, framing=framing, timing=how, has_echo=echo)
    return where, lambda: SerialClient(where.baud, framing=framing, timing=how, has_echo=echo)


def connect(url: str, *, unit: int = 1, timing: str | None = None, echo: bool = False,
            window: int = 4, queue: int = 1000, connect_timeout: float = 10.0) -> AsyncLine:
    """A line for asyncio, opened by `async with` or the first request.

    url: "tcp://host:502"; "tcp://host:port?framing=rtu" (or ascii) of a serial server;
    "serial:///dev/ttyUSB0?baud=9600&parity=even", with framing=ascii where it is that. timing:
    that fits the URL unless told ("strict", "lenient", "over_tcp"). echo: the adapter hears what
    it sends. window: requests under way at once over Modbus TCP. queue: most requests at once,
    beyond them QueueFull. Raises InvalidValue.
    """
    where, make = _parts(url, timing, echo, window)
    return AsyncLine(where, make, unit=unit, queue=queue, connect_timeout=connect_timeout)


def open_line(url: str, *, unit: int = 1, timing: str | None = None, echo: bool = False,
              window: int = 4, queue: int = 1000, connect_timeout: float = 10.0) -> Line:
    """A blocking line, opened by `with` or the first request; options as of `connect`."""
    where, make = _parts(url, timing, echo, window)
    return Line(where, make, unit=unit, queue=queue, connect_timeout=connect_timeout)
