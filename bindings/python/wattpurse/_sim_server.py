# SPDX-License-Identifier: Apache-2.0
"""Simulated meters on a socket or a pseudo-terminal, served by a thread."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import tty
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Protocol
from urllib.parse import urlencode

from ._clock import now, seconds_until
from .errors import LinkError

__all__ = ["Server"]

_BACKLOG = 1 << 20  # bytes that somebody who does not read may leave unread


class _Line(Protocol):
    def receive(self, data: bytes, now: datetime) -> None: ...
    def take_output(self, now: datetime) -> list[tuple[datetime, bytes]]: ...
    def next_deadline(self) -> datetime | None: ...
    def session(self) -> _Line: ...
    @property
    def broken(self) -> bool: ...


class _Peer:
    """Somebody who is connected: where bytes go, and those that wait."""

    def __init__(self, fd: int, line: _Line, held: socket.socket | None) -> None:
        self.fd = fd
        self.line = line
        self.held = held
        self.output = bytearray()

    def close(self) -> None:
        if self.held is not None:
            self.held.close()


class Server:
    """A thread that answers for simulated meters; `with` starts and stops it.

    It serves from the moment it is made. `url` is what a client is given.
    """

    def __init__(self, line: _Line, on: str, host: str, port: int,
                 words: Mapping[str, str]) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._peers: dict[int, _Peer] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = os.pipe()
        self._listener: socket.socket | None = None
        self._slave: int | None = None
        self._orders: list[str] = []
        self._failure: BaseException | None = None
        self._is_closed = False
        self._selector.register(self._wake, selectors.EVENT_READ)
        query = f"?{urlencode(words)}" if words else ""
        try:
            self.url = (self._listen(host, port) if on == "tcp" else self._make_pty()) + query
        except OSError as failure:
            self._release()
            raise LinkError(place=f"{host}:{port}" if on == "tcp" else "pty", value=str(failure),
                            expected="an address that is free", code="link") from failure
        self._thread = threading.Thread(target=self._run, name="wattpurse-sim", daemon=True)
        self._thread.start()

    url: str
    """"tcp://127.0.0.1:40123" or "serial:///dev/pts/4"."""

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the thread and closes all connections. Twice is once."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._tell("close")
        self._thread.join()
        self._release()
        if self._failure is not None:
            raise self._failure

    def disconnect(self) -> None:
        """Closes all connections of the socket; new ones are taken."""
        self._tell("disconnect")

    def say(self, data: bytes) -> None:
        """Puts bytes on the line that no meter has sent, such as noise."""
        self._tell("say " + data.hex())

    # ---- The thread ------------------------------------------------------------------------

    def _listen(self, host: str, port: int) -> str:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        shown = f"[{host}]" if ":" in host else host
        return f"tcp://{shown}:{self._listener.getsockname()[1]}"

    def _make_pty(self) -> str:
        master, self._slave = os.openpty()  # the slave stays open, so that clients may come and go
        tty.setraw(self._slave)
        os.set_blocking(master, False)
        self._add(_Peer(master, self._line, None))
        return f"serial://{os.ttyname(self._slave)}"

    def _tell(self, order: str) -> None:
        self._orders.append(order)
        os.write(self._woken, b"!")

    def _add(self, peer: _Peer) -> None:
        self._peers[peer.fd] = peer
        peer.output += b"".join(data for _, data in peer.line.take_output(now()))  # it begins
        self._selector.register(peer.fd, selectors.EVENT_READ)

    def _drop(self, peer: _Peer) -> None:
        self._peers.pop(peer.fd, None)
        self._selector.unregister(peer.fd)
        peer.close()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException as failure:  # pylint: disable=broad-exception-caught
            self._failure = failure  # raised by close()

    def _turn(self) -> bool:
        lines = {id(each.line): each.line for each in self._peers.values()}
        waits = [seconds_until(each.next_deadline(), 3600.0) for each in lines.values()]
        for key, _ in self._selector.select(min(waits, default=3600.0)):
            if key.fd == self._wake:
                os.read(self._wake, 4096)
            elif self._listener is not None and key.fileobj is self._listener:
                self._accept()
            elif key.fd in self._peers:
                self._receive(self._peers[key.fd])
        while self._orders:
            order, _, rest = self._orders.pop(0).partition(" ")
            if order == "close":
                return False
            for each in list(self._peers.values()):
                if order == "say":
                    each.output += bytes.fromhex(rest)
                elif each.held is not None:
                    self._drop(each)
        self._send(lines)
        return True

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            made, _ = self._listener.accept()
        except OSError:
            return
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._add(_Peer(made.fileno(), self._line.session(), made))

    def _receive(self, peer: _Peer) -> None:
        try:
            data = os.read(peer.fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            peer.line.receive(data, now())
        elif peer.held is not None:
            self._drop(peer)

    def _send(self, lines: Mapping[int, _Line]) -> None:
        for name, line in lines.items():
            due = b"".join(data for _, data in line.take_output(now()))
            for peer in self._peers.values():
                if id(peer.line) == name:
                    peer.output += due
        for peer in list(self._peers.values()):
            try:
                while peer.output:
                    del peer.output[:os.write(peer.fd, peer.output)]
            except BlockingIOError:
                pass
            except OSError:
                peer.output.clear()
            if peer.held is not None and (peer.line.broken or len(peer.output) > _BACKLOG):
                self._drop(peer)
            else:
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.output else 0)
                self._selector.modify(peer.fd, wanted)

    def _release(self) -> None:
        for peer in self._peers.values():
            if peer.held is None:
                os.close(peer.fd)
            peer.close()
        self._peers.clear()
        for fd in (self._wake, self._woken, self._slave):
            if fd is not None:
                os.close(fd)
        if self._listener is not None:
            self._listener.close()
        self._selector.close()
