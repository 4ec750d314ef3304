# SPDX-License-Identifier: Apache-2.0
"""Lines to DL/T 645 meters, for asyncio and for threads: `wattpurse.dlt645.connect` and `open`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, SupportsIndex, Union

from ._async_line import AsyncLineBase
from ._blocking_line import LineBase
from ._core import dlt645 as _core
from ._core.dlt645 import Bus, Catalogue, Credentials, Event, Frame
from ._engine import Ask, Steps, duration_of
from ._port import Address
from .errors import Refused, Timeout

__all__ = ["Answer", "AsyncLine", "Line", "connect", "open_line"]

_Id = Union[str, SupportsIndex]
_Timeout = Union[timedelta, float, None]


@dataclass(frozen=True)
class Answer:
    """What a meter answered."""

    frame: Frame
    """The (first) frame of it."""
    data: bytes
    """The value as on the wire without 33H, of all frames together."""
    frames: int
    """How many frames it came in."""
    attempts: int
    """How often the (first) request was sent."""
    at: datetime
    """When it came."""
    catalogue: Catalogue | None = None

    @property
    def address(self) -> str:
        return self.frame.address

    @property
    def value(self) -> Any:
        """As `dlt645.value_of` gives it; None where the answer came in several frames (`data`), or
        where the catalogue does not know it."""
        from .dlt645 import value_of  # pylint: disable=import-outside-toplevel
        return value_of(self.frame, self.catalogue) if self.frames == 1 else None

    @property
    def unit(self) -> str:
        """Of the (first) value; empty where it has none."""
        return self.frame.unit


# ---- What is asked, and what the events mean ---------------------------------------------------

class _How:
    """How one asks: the options that all requests have."""

    def __init__(self, priority: str, timeout: _Timeout, attempts: int | None) -> None:
        self.priority = priority
        self.timeout = duration_of(timeout, "timeout")
        self.attempts = attempts

    def ask(self, request: Frame) -> Ask:
        def submit(bus: Bus) -> int:
            return bus.submit(request, priority=self.priority, timeout=self.timeout,
                              attempts=self.attempts)
        return Ask(submit, self.priority)


def _checked(event: Event, request: Frame) -> Event:
    place = f"{request.address}, {request.function_name}"
    if event.kind == "timed_out":
        raise Timeout(place=place, value=f"no answer, asked {event.attempts} times",
                      expected="a meter of that address on this line", code="timed_out")
    if event.kind == "refused":
        report: dict[str, Any] = event.frame.report() if event.frame is not None else {}
        why = tuple(report.get("err_meaning", ()))
        raise Refused(place=place, code="refused", expected="a normal response", reason=why,
                      value=f"refused, {event.error_word:02X}: {', '.join(why) or 'no reason'}",
                      error_word=event.error_word)
    return event


def _request(request: Frame, how: _How) -> Steps[Frame | None]:
    event: Event = yield how.ask(request)
    return _checked(event, request).frame


def _read(request: Frame, edition: str, catalogue: Catalogue | None, how: _How) -> Steps[Answer]:
    head = 2 if edition == "1997" else 4
    event: Event = _checked((yield how.ask(request)), request)
    first = event.frame
    assert first is not None
    data, frames, last = first.data[head:], 1, first
    while last.has_follow and frames < 256:
        data_id = bytes(reversed(first.data[:head])).hex().upper()
        more = _core.follow(first.address, data_id, frames, edition)
        next_event: Event = _checked((yield how.ask(more)), more)
        assert next_event.frame is not None
        last = next_event.frame
        data += last.data[head:] if edition == "1997" else last.data[head:-1]
        frames += 1
    return Answer(first, data, frames, event.attempts, event.at, catalogue)


def _write(request: Frame, how: _How) -> Steps[None]:
    yield from _request(request, how)


def _address(how: _How) -> Steps[str]:
    frame = yield from _request(_core.read_address(), how)
    assert frame is not None
    return frame.address


def _maker(baud: int, timing: str, preamble: int) -> Callable[[], Bus]:
    Bus(baud, timing=timing, preamble=preamble)  # refuses at once what is wrong
    return lambda: Bus(baud, timing=timing, preamble=preamble)


# ---- The two kinds of lines --------------------------------------------------------------------

class AsyncLine(AsyncLineBase):
    """Meters on one line, for asyncio. `connect` makes it; `async with` opens and closes it.

    timeout: a timedelta or seconds, of each attempt; attempts: how often it is sent; both are
    those of the request unless told, and what must not be done twice is sent once. priority:
    "relay", "payment", "reading" or "background". All calls raise Timeout, Refused (`reason`: the
    meanings of its error word, `error_word`), LinkError, QueueFull. Source: `link/bus.hpp`.
    """

    async def read(self, address: str, data_id: _Id, *, edition: str = "2007",
                   catalogue: Catalogue | None = None, priority: str = "reading",
                   timeout: _Timeout = None, attempts: int | None = None) -> Answer:
        """Reads an item, with all frames that follow."""
        how = _How(priority, timeout, attempts)
        return await self._run(_read(_core.read(address, data_id, edition), edition, catalogue,
                                     how))

    async def read_address(self, *, timeout: _Timeout = None, attempts: int | None = None) -> str:
        """The address of the only meter on the line."""
        return await self._run(_address(_How("reading", timeout, attempts)))

    async def write(self, address: str, data_id: _Id, value: Any, *,
                    credentials: Credentials | None = None, edition: str = "2007",
                    timeout: _Timeout = None) -> None:
        """Writes an item: bytes as on the wire, or what `dlt645.encode_value` takes."""
        request = _write_request(address, data_id, value, credentials, edition)
        await self._run(_write(request, _How("reading", timeout, None)))

    async def relay(self, address: str, order: str, *, valid_until: datetime,
                    credentials: Credentials, delay: timedelta | None = None,
                    timeout: _Timeout = None) -> None:
        """An order of `dlt645.control`. It is sent once: after a Timeout, read the relay's state.
        """
        request = _core.control(address, order, valid_until, credentials, delay)
        await self._run(_write(request, _How("relay", timeout, None)))

    async def broadcast_time(self, now: datetime, *, edition: str = "2007") -> None:
        """Tells all meters the time; returns once it is sent, for nobody answers."""
        await self._run(_write(_core.broadcast_time(now, edition), _How("reading", None, None)))

    async def request(self, request: Frame, *, priority: str = "reading",
                      timeout: _Timeout = None, attempts: int | None = None) -> Frame | None:
        """Any request that `dlt645` builds, and the frame answered; None after a broadcast."""
        return await self._run(_request(request, _How(priority, timeout, attempts)))


class Line(LineBase):
    """Meters on one line, blocking. `dlt645.open` makes it; options and errors are those of
    `AsyncLine`, and so is the machine below."""

    def read(self, address: str, data_id: _Id, *, edition: str = "2007",
             catalogue: Catalogue | None = None, priority: str = "reading",
             timeout: _Timeout = None, attempts: int | None = None) -> Answer:
        """Reads an item, with all frames that follow."""
        how = _How(priority, timeout, attempts)
        return self._run(_read(_core.read(address, data_id, edition), edition, catalogue, how))

    def read_address(self, *, timeout: _Timeout = None, attempts: int | None = None) -> str:
        """The address of the only meter on the line."""
        return self._run(_address(_How("reading", timeout, attempts)))

    def write(self, address: str, data_id: _Id, value: Any, *,
              credentials: Credentials | None = None, edition: str = "2007",
              timeout: _Timeout = None) -> None:
        """Writes an item: bytes as on the wire, or what `dlt645.encode_value` takes."""
        request = _write_request(address, data_id, value, credentials, edition)
        self._run(_write(request, _How("reading", timeout, None)))

    def relay(self, address: str, order: str, *, valid_until: datetime, credentials: Credentials,
              delay: timedelta | None = None, timeout: _Timeout = None) -> None:
        """An order of `dlt645.control`. It is sent once: after a Timeout, read the relay's state.
        """
        request = _core.control(address, order, valid_until, credentials, delay)
        self._run(_write(request, _How("relay", timeout, None)))

    def broadcast_time(self, now: datetime, *, edition: str = "2007") -> None:
        """Tells all meters the time; returns once it is sent, for nobody answers."""
        self._run(_write(_core.broadcast_time(now, edition), _How("reading", None, None)))

    def request(self, request: Frame, *, priority: str = "reading", timeout: _Timeout = None,
                attempts: int | None = None) -> Frame | None:
        """Any request that `dlt645` builds, and the frame answered; None after a broadcast."""
        return self._run(_request(request, _How(priority, timeout, attempts)))


def _write_request(address: str, data_id: _Id, value: Any, credentials: Credentials | None,
                   edition: str) -> Frame:
    is_wire = isinstance(value, (bytes, bytearray, memoryview))
    wire = value if is_wire else _core.encode_value(data_id, value, edition)
    return _core.write(address, data_id, wire, credentials, edition)


def _parts(url: str, timing: str | None, preamble: int) -> tuple[Address, Callable[[], Bus]]:
    where = Address.of(url, baud=2400, parity="even", port=0)
    return where, _maker(where.baud, timing or "lenient", preamble)


def connect(url: str, *, timing: str | None = None, preamble: int = 4, queue: int = 1000,
            connect_timeout: float = 10.0) -> AsyncLine:
    """A line for asyncio, opened by `async with` or the first request.

    url: "tcp://host:port" of a serial server (baud, of its line, is "?baud=2400"), or
    "serial:///dev/ttyUSB0?baud=2400&parity=even". timing: "lenient" unless told, "standard" for
    wires alone. queue: most requests at once, beyond them QueueFull. Raises InvalidValue.
    """
    where, make = _parts(url, timing, preamble)
    return AsyncLine(where, make, queue=queue, connect_timeout=connect_timeout)


def open_line(url: str, *, timing: str | None = None, preamble: int = 4, queue: int = 1000,
              connect_timeout: float = 10.0) -> Line:
    """A blocking line, opened by `with` or the first request; options as of `connect`."""
    where, make = _parts(url, timing, preamble)
    return Line(where, make, queue=queue, connect_timeout=connect_timeout)
