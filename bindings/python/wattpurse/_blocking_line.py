# SPDX-License-Identifier: Apache-2.0
"""Lines for threads: `_engine` driven by select, in the thread that asks."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from ._clock import now, seconds_until
from ._engine import Ask, Engine, Machine, Slot, Steps
from ._port import Address, Port, open_port
from .errors import LinkError

__all__ = ["LineBase"]

T = TypeVar("T")
Self = TypeVar("Self", bound="LineBase")


class LineBase:
    """A line that blocks. Threads that share it are served one after the other. A call that is
    interrupted leaves a line that can be used on: what had been sent is waited for, and its answer
    dropped. A lost connection raises LinkError and is made anew by the next request."""

    def __init__(self, address: Address, make: Callable[[], Machine], *, queue: int,
                 connect_timeout: float) -> None:
        self._address = address
        self._engine = Engine(make, queue)
        self._connect_timeout = connect_timeout
        self._lock = threading.Lock()
        self._port: Port | None = None
        self._is_closed = False

    def __enter__(self: Self) -> Self:
        with self._lock:
            self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, after the request that is under way. Twice is once."""
        with self._lock:
            self._is_closed = True
            self._lose("closed by this side")

    @property
    def is_connected(self) -> bool:
        return self._port is not None

    @property
    def counters(self) -> dict[str, int]:
        """How often what happened, by name, over all connections."""
        return self._engine.counters

    def _run(self, steps: Steps[T]) -> T:
        with self._lock:
            try:
                ask = next(steps)
                while True:
                    ask = steps.send(self._ask(ask))
            except StopIteration as over:
                return over.value  # type: ignore[no-any-return]

    def _ask(self, ask: Ask) -> object:
        self._drain()
        self._connect()
        slot = self._engine.ask(ask, lambda _: None)
        try:
            while not slot.is_over:
                self._turn(slot)
        finally:
            if not slot.is_over:
                self._engine.drop(slot)
        if slot.error is not None:
            raise slot.error
        return slot.event

    def _connect(self) -> None:
        if self._is_closed:
            raise LinkError(place=self._address.url, value="closed", code="link",
                            expected="a line that is still open")
        if self._port is None:
            self._port = open_port(self._address, self._connect_timeout)

    def _drain(self) -> None:
        """What came while nobody asked is no answer to what is asked next."""
        try:
            while self._port is not None and (data := self._port.read()):
                self._engine.receive(data, now())
        except OSError as failure:
            self._lose(str(failure))
        if self._port is not None:
            self._engine.turn(now())

    def _turn(self, slot: Slot) -> None:
        self._engine.turn(now())
        machine = self._engine.machine
        if slot.is_over or self._port is None:
            return
        try:
            output = machine.pending_output()
            if output:
                machine.consume(self._port.write(output))
            output = machine.pending_output()
            wait = seconds_until(machine.next_deadline(), 1.0)
            poll = select.poll()
            poll.register(self._port.fd, select.POLLIN | (select.POLLOUT if output else 0))
            poll.poll(wait * 1000)
            if data := self._port.read():
                self._engine.receive(data, now())
        except OSError as failure:
            return self._lose(str(failure))
        if getattr(machine, "broken", False):
            self._lose("the stream has lost its meaning")

    def _lose(self, why: str) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()
        self._engine.lost(LinkError(place=self._address.url, value=why, code="link",
                                    expected="a connection that lasts; ask again to make it anew"))
