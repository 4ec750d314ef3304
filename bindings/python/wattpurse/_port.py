# SPDX-License-Identifier: Apache-2.0
"""Where bytes go: a TCP connection or a serial line, by the URL that names it."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import InvalidValue, LinkError

__all__ = ["Address", "Port", "open_port", "open_port_async"]

_PARITIES = ("none", "even", "odd")
_CHUNK = 65_536
# Linux, Documentation/admin-guide/devices.txt: the far ends of pseudo-terminals.
_PSEUDO_TERMINALS = range(136, 144)


@dataclass(frozen=True)
class Address:
    """What a URL says: "tcp://host:port" or "serial:///dev/ttyUSB0?baud=2400&parity=even"."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    baud: int
    parity: str
    bits: int
    stop: int
    framing: str | None

    @staticmethod
    def of(url: str, *, baud: int, parity: str, port: int) -> Address:
        """Raises InvalidValue for a URL that is none of these; the rest is what holds unless told.
        """
        try:
            parts = urlsplit(url)
            words = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            made = Address(url, parts.scheme, parts.hostname or "", parts.port or port, parts.path,
                           int(words.pop("baud", baud)), words.pop("parity", parity).lower(),
                           int(words.pop("bits", 8)), int(words.pop("stop", 1)),
                           words.pop("framing", None))
        except ValueError as fault:
            raise _bad(url) from fault
        is_tcp = made.scheme == "tcp" and bool(made.host) and made.port > 0
        is_serial = made.scheme == "serial" and bool(made.path) and not made.host
        if words or not (is_tcp or is_serial) or made.baud < 1 or made.parity not in _PARITIES \
                or made.bits not in (7, 8) or made.stop not in (1, 2) \
                or made.framing not in (None, "tcp", "rtu", "ascii"):
            raise _bad(url)
        return made

    @property
    def is_serial(self) -> bool:
        return self.scheme == "serial"


def _bad(url: str) -> InvalidValue:
    return InvalidValue(
        place="url", value=repr(url), code="syntax",
        expected="tcp://host:port or serial:///dev/ttyUSB0?baud=2400&parity=even (none, odd), "
                 "also bits, stop and, of Modbus, framing=rtu, ascii or tcp")


def _failed(address: Address, failure: OSError) -> LinkError:
    return LinkError(place=address.url, value=str(failure) or type(failure).__name__,
                     expected="a line that can be opened", code="link")


class Port:
    """An open, non-blocking file descriptor."""

    def __init__(self, fd: int, held: socket.socket | None = None) -> None:
        self.fd = fd
        self._held = held
        self._is_closed = False

    def read(self) -> bytes | None:
        """What is there; None where nothing is. Raises OSError at the end of the connection."""
        try:
            data = os.read(self.fd, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        if not data:
            raise ConnectionResetError("closed by the other side")
        return data

    def write(self, data: bytes) -> int:
        """How many bytes went out."""
        try:
            return os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            return 0

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            if self._held is not None:
                self._held.close()
            else:
                os.close(self.fd)


def _socket_port(made: socket.socket) -> Port:
    made.setblocking(False)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return Port(made.fileno(), made)


def open_port(address: Address, timeout: float) -> Port:
    """Raises LinkError."""
    try:
        if address.is_serial:
            return _serial_port(address)
        return _socket_port(socket.create_connection((address.host, address.port), timeout))
    except OSError as failure:
        raise _failed(address, failure) from failure


async def open_port_async(address: Address, timeout: float) -> Port:
    """Raises LinkError."""
    try:
        if address.is_serial:
            return _serial_port(address)
        return await asyncio.wait_for(_connected(address), timeout)
    except asyncio.TimeoutError as failure:
        raise _failed(address, TimeoutError(f"no connection in {timeout} s")) from failure
    except OSError as failure:
        raise _failed(address, failure) from failure


async def _connected(address: Address) -> Port:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("no such host")
    for family, kind, protocol, _, where in found:
        made = socket.socket(family, kind, protocol)
        try:
            made.setblocking(False)
            await loop.sock_connect(made, where)
            return _socket_port(made)
        except OSError as this:
            made.close()
            failure = this
        except BaseException:
            made.close()
            raise
    raise failure


def _framing(address: Address, termios: Any) -> int:
    flags = int(termios.CS7 if address.bits == 7 else termios.CS8)
    flags |= termios.CSTOPB if address.stop == 2 else 0
    if address.parity != "none":
        flags |= termios.PARENB | (termios.PARODD if address.parity == "odd" else 0)
    return flags


def _serial_port(address: Address) -> Port:
    import termios  # pylint: disable=import-outside-toplevel  # not everywhere

    speed = getattr(termios, f"B{address.baud}", None)
    if speed is None:
        raise InvalidValue(place="baud", value=str(address.baud), code="out_of_range",
                           expected="a rate that the system has, such as 2400 or 9600")
    fd = os.open(address.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        control = termios.CREAD | termios.CLOCAL
        if os.major(os.fstat(fd).st_rdev) in _PSEUDO_TERMINALS:
            # It has whole bytes and no parity, and the C library refuses, from the second time on,
            # what the system silently left out.
            control |= termios.CS8
        else:
            control |= _framing(address, termios)
        marks = termios.tcgetattr(fd)[6]
        marks[termios.VMIN], marks[termios.VTIME] = 1, 0
        termios.tcsetattr(fd, termios.TCSANOW, [0, 0, control, 0, speed, speed, marks])
        termios.tcflush(fd, termios.TCIOFLUSH)
    except termios.error as failure:
        os.close(fd)
        raise OSError(*failure.args) from failure
    except BaseException:
        os.close(fd)
        raise
    return Port(fd)
