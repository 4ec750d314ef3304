# SPDX-License-Identifier: Apache-2.0
"""Lines for asyncio: `_engine` driven by a loop's readers, writers and timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from ._clock import now, seconds_until
from ._engine import Ask, Engine, Machine, Slot, Steps
from ._port import Address, Port, open_port_async
from .errors import LinkError

__all__ = ["AsyncLineBase"]

T = TypeVar("T")
Self = TypeVar("Self", bound="AsyncLineBase")


class AsyncLineBase:
    """A line that tasks of one loop share. Requests are queued, at most `queue` of them; a task
    that is cancelled takes its request back, or, once it is sent, leaves it to the line, which
    waits for its answer and drops it. A lost connection fails all requests with LinkError and is
    made anew by the next one."""

    def __init__(self, address: Address, make: Callable[[], Machine], *, queue: int,
                 connect_timeout: float) -> None:
        self._address = address
        self._engine = Engine(make, queue)
        self._connect_timeout = connect_timeout
        self._port: Port | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connecting: asyncio.Lock | None = None
        self._is_closed = False
        self._is_writing = False

    async def __aenter__(self: Self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connection; requests under way raise LinkError. Twice is once."""
        self._is_closed = True
        self._lose("closed by this side")

    @property
    def is_connected(self) -> bool:
        return self._port is not None

    @property
    def requests(self) -> int:
        """Waiting and under way."""
        return self._engine.requests

    @property
    def counters(self) -> dict[str, int]:
        """How often what happened, by name, over all connections."""
        return self._engine.counters

    async def _run(self, steps: Steps[T]) -> T:
        try:
            ask = next(steps)
            while True:
                ask = steps.send(await self._ask(ask))
        except StopIteration as over:
            return over.value  # type: ignore[no-any-return]

    async def _ask(self, ask: Ask) -> object:
        await self._connect()
        assert self._loop is not None
        future: asyncio.Future[object] = self._loop.create_future()

        def done(slot: Slot) -> None:
            if future.done():
                return
            if slot.error is not None:
                future.set_exception(slot.error)
            else:
                future.set_result(slot.event)

        slot = self._engine.ask(ask, done)
        try:
            self._turn()
            return await future
        finally:
            if not slot.is_over:
                self._engine.drop(slot)
            elif future.done() and not future.cancelled():
                future.exception()  # seen, also where the task was cancelled at the same time

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        if self._is_closed:
            raise LinkError(place=self._address.url, value="closed", code="link",
                            expected="a line that is still open")
        if self._loop is not loop:
            if self._loop is not None and self._port is not None:
                raise LinkError(place=self._address.url, value="another event loop", code="link",
                                expected="the loop that it was opened in")
            self._loop, self._connecting = loop, asyncio.Lock()
        if self._port is not None:
            return
        assert self._connecting is not None
        async with self._connecting:
            if self._port is not None:
                return
            port = await open_port_async(self._address, self._connect_timeout)
            if self._is_closed:
                port.close()
                raise LinkError(place=self._address.url, value="closed", code="link")
            self._port = port
            loop.add_reader(port.fd, self._readable)

    def _readable(self) -> None:
        if self._port is None:
            return
        try:
            data = self._port.read()
        except OSError as failure:
            return self._lose(str(failure))
        if data:
            self._engine.receive(data, now())
        self._turn()

    def _turn(self) -> None:
        if self._port is None or self._loop is None:
            return
        self._engine.turn(now())
        machine = self._engine.machine
        try:
            while output := machine.pending_output():
                count = self._port.write(output)
                if not count:
                    break
                machine.consume(count)
        except OSError as failure:
            return self._lose(str(failure))
        if getattr(machine, "broken", False):
            return self._lose("the stream has lost its meaning")
        self._write_later(bool(output))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        deadline = machine.next_deadline()
        if deadline is not None:
            self._timer = self._loop.call_later(seconds_until(deadline, 3600.0), self._turn)

    def _write_later(self, is_wanted: bool) -> None:
        assert self._port is not None and self._loop is not None
        if is_wanted and not self._is_writing:
            self._loop.add_writer(self._port.fd, self._turn)
        elif self._is_writing and not is_wanted:
            self._loop.remove_writer(self._port.fd)
        self._is_writing = is_wanted

    def _lose(self, why: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        port, self._port = self._port, None
        if port is not None:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(port.fd)
                self._loop.remove_writer(port.fd)
            port.close()
        self._is_writing = False
        self._engine.lost(LinkError(place=self._address.url, value=why, code="link",
                                    expected="a connection that lasts; ask again to make it anew"))
