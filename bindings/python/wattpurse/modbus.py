# SPDX-License-Identifier: Apache-2.0
"""Modbus: PDUs, frames of RTU, ASCII and TCP, values of registers, clients without I/O.

    pdu = modbus.read_holding_registers(0, 2)
    modbus.Adu(1, pdu, "rtu").encode()
    modbus.parse_response(answer, pdu).registers
    modbus.decode_value([0x0001, 0x86A0], "u32", scale="0.01")    # Decimal('1000.00')
"""

from __future__ import annotations

from dataclasses import dataclass

from ._core import modbus as _core
from ._core.modbus import (
    Adu, AsciiFramer, Event, RtuFramer, SerialClient, TcpClient, TcpFramer, decode, decode_value,
    encode_value, mask_write_register, raw_request, read_coils, read_device_identification,
    read_discrete_inputs, read_holding_registers, read_input_registers, read_write_registers,
    write_coil, write_coils, write_register, write_registers,
)
from ._modbus_line import AsyncLine, Line, connect, open_line as open
from ._frame_html import table
from .errors import Refused

__all__ = [
    "Adu", "AsciiFramer", "AsyncLine", "Event", "Line", "Response", "RtuFramer", "SerialClient",
    "TcpClient", "TcpFramer", "connect", "decode", "decode_value", "encode_value",
    "mask_write_register", "open", "parse_response", "raw_request", "read_coils",
    "read_device_identification", "read_discrete_inputs", "read_holding_registers",
    "read_input_registers", "read_write_registers", "write_coil", "write_coils", "write_register",
    "write_registers",
]


@dataclass(frozen=True)
class Response:
    """What a server answers. Which members count depends on the function."""

    function: int
    function_name: str
    exception: str | None
    """Why it refuses: "illegal_data_address" and the like; None for a normal response."""
    exception_code: int
    registers: tuple[int, ...]
    """03, 04, 17, 18: numbers of 16 bits."""
    bits: tuple[bool, ...]
    """01 and 02; as many as were asked for where the request is known, else all of each byte."""
    address: int
    """05, 06, 0F, 10, 16."""
    quantity: int
    """0F, 10."""
    value: int
    """05, 06."""
    data: bytes
    """As it stands behind function and counts."""

    def raise_for_exception(self) -> Response:
        """Itself; raises `Refused` with the exception's name as `reason` where it is one."""
        if self.exception is not None:
            raise Refused(place=self.function_name, value=self.exception, code=self.exception,
                          expected="a normal response", reason=self.exception)
        return self


def parse_response(pdu: bytes | str, request: bytes | str | None = None) -> Response:
    """A PDU as a response; with the PDU of its request it is checked against it.

    Raises FrameError where it is malformed or cannot be the response to that request.
    """
    found = _core.parse_response(pdu, request)
    return Response(**{**found, "registers": tuple(found["registers"]),
                       "bits": tuple(found["bits"])})


def _html(self: Adu) -> str:
    """The frame byte by byte, in colours, for a notebook."""
    body = bytes([self.unit]) + self.pdu
    rows = [(body[begin:begin + size], meaning, "") for begin, size, meaning in self.parts()]
    return table(rows, repr(self))


Adu._repr_html_ = _html  # type: ignore[method-assign]
