# SPDX-License-Identifier: Apache-2.0
"""A second opinion on DL/T 645 frames, in a few lines of Python, for the tests."""


def encode(address, control, data=b"", preamble=0):
    """address: twelve digits as on the plate; data: without 33H."""
    body = bytes([0x68]) + bytes.fromhex(address)[::-1] + bytes([0x68, control, len(data)])
    body += bytes((byte + 0x33) & 0xFF for byte in data)
    return b"\xfe" * preamble + body + bytes([sum(body) & 0xFF, 0x16])


def bcd(number, size):
    """A whole number as packed BCD, low byte first."""
    return bytes.fromhex(f"{number:0{2 * size}d}")[::-1]


def read_answer(address, data_id, value):
    """data_id: eight digits (four in 1997); value: bytes as on the wire."""
    control = 0x91 if len(data_id) == 8 else 0x81
    return encode(address, control, bytes.fromhex(data_id)[::-1] + value)
