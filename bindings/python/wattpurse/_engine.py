# SPDX-License-Identifier: Apache-2.0
"""Requests over a sans-IO line: who waits for what, in which order, and what has come of it.

It does no I/O and knows no loop: `_async_line` and `_blocking_line` drive it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from .errors import Error, InvalidValue, LinkError, QueueFull

__all__ = ["Ask", "Engine", "Machine", "Slot", "Steps", "duration_of"]

T = TypeVar("T")

_PRIORITIES = ("relay", "payment", "reading", "background")
# Jobs given to the machine ahead of time; it holds 128. What is urgent overtakes the others here.
_AHEAD = 16
_AHEAD_URGENT = 100


class Machine(Protocol):
    """What `dlt645.Bus`, `modbus.TcpClient` and `modbus.SerialClient` have in common."""

    def cancel(self, job_id: int) -> bool: ...
    def receive(self, data: bytes, now: datetime) -> None: ...
    def advance(self, now: datetime) -> None: ...
    def next_deadline(self) -> datetime | None: ...
    def pending_output(self) -> bytes: ...
    def consume(self, count: int) -> None: ...
    def events(self) -> list[Any]: ...
    @property
    def counters(self) -> dict[str, int]: ...
    @property
    def queued(self) -> int: ...


class Ask(NamedTuple):
    """One request: how it is submitted, and how urgent it is."""

    submit: Callable[[Any], int]
    priority: str = "reading"


# What a call does: it yields requests, is sent the event of each, and returns the result. The same
# for asyncio and for a thread.
Steps = Generator[Ask, Any, T]


class Slot:
    """A request under way, and in the end its event, or the error that there is instead."""

    def __init__(self, ask: Ask, done: Callable[[Slot], None]) -> None:
        self.ask = ask
        self.done = done
        self.job_id: int | None = None
        self.is_dropped = False
        self.event: Any = None
        self.error: Error | None = None

    @property
    def is_over(self) -> bool:
        return self.event is not None or self.error is not None

    def end(self, event: Any, error: Error | None) -> None:
        self.event, self.error = event, error
        if not self.is_dropped:
            self.done(self)


class Engine:
    """The requests of one line. A machine lasts as long as a connection: what was asked on the one
    before can never be mixed up with what is asked now."""

    def __init__(self, make: Callable[[], Machine], most: int) -> None:
        self._make = make
        self._most = most
        self._waiting: list[tuple[int, int, Slot]] = []
        self._jobs: dict[int, Slot] = {}
        self._order = 0
        self._past: dict[str, int] = {}
        self.machine = make()

    @property
    def requests(self) -> int:
        """Waiting and under way."""
        return len(self._waiting) + len(self._jobs)

    @property
    def counters(self) -> dict[str, int]:
        """How often what happened, over all connections."""
        now = self.machine.counters
        return {name: now.get(name, 0) + self._past.get(name, 0) for name in {**self._past, **now}}

    def ask(self, ask: Ask, done: Callable[[Slot], None]) -> Slot:
        """Takes a request in; it goes out in a turn. Raises QueueFull."""
        if self.requests >= self._most:
            raise QueueFull(place="line", value=f"{self.requests} requests", code="queue_full",
                            expected="room for one more: wait, or make `queue` larger")
        if ask.priority not in _PRIORITIES:
            raise InvalidValue(place="priority", value=repr(ask.priority), code="syntax",
                               expected="'relay', 'payment', 'reading' or 'background'")
        slot = Slot(ask, done)
        self._order += 1
        heapq.heappush(self._waiting, (_PRIORITIES.index(ask.priority), self._order, slot))
        return slot

    def drop(self, slot: Slot) -> None:
        """Nobody waits for it any more. What has been sent stays asked for, so that its answer is
        known for what it is, and the line is not free before."""
        slot.is_dropped = True
        if slot.job_id is None:
            self._waiting = [each for each in self._waiting if each[2] is not slot]
            heapq.heapify(self._waiting)
        elif self.machine.cancel(slot.job_id):
            self._jobs.pop(slot.job_id, None)

    def receive(self, data: bytes, now: datetime) -> None:
        self.machine.receive(data, now)
        self._deliver()

    def turn(self, now: datetime) -> None:
        """Hands requests to the machine, tells it the time, and delivers what came of them."""
        while True:
            self._submit()
            self.machine.advance(now)
            if not self._deliver():
                return

    def lost(self, error: LinkError) -> None:
        """The connection is gone, and all requests with it."""
        self._past = self.counters
        slots = [*self._jobs.values(), *(each[2] for each in sorted(self._waiting))]
        self._jobs.clear()
        self._waiting.clear()
        self.machine = self._make()
        for slot in slots:
            slot.end(None, error)

    def _submit(self) -> None:
        while self._waiting:
            urgency, _, slot = self._waiting[0]
            if self.machine.queued >= (_AHEAD_URGENT if urgency < 2 else _AHEAD):
                return
            heapq.heappop(self._waiting)
            try:
                slot.job_id = slot.ask.submit(self.machine)
            except Error as error:
                slot.end(None, error)
            else:
                self._jobs[slot.job_id] = slot

    def _deliver(self) -> bool:
        events = self.machine.events()
        for event in events:
            slot = self._jobs.pop(event.job_id, None)
            if slot is not None:
                slot.end(event, None)
        return bool(events)


def duration_of(value: timedelta | float | None, place: str) -> timedelta | None:
    """A timedelta, or seconds."""
    if value is None or isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
        raise InvalidValue(place=place, value=repr(value), code="out_of_range",
                           expected="a timedelta, or seconds above 0")
    return timedelta(seconds=value)
