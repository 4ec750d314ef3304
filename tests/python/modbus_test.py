# SPDX-License-Identifier: Apache-2.0
"""Modbus: PDUs, framings, framers, values and clients, beside struct and a CRC of our own."""

import struct
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import modbus

NOW = datetime(2026, 1, 8, 3, 0, tzinfo=timezone.utc)
READ = modbus.read_holding_registers(0, 2)
ANSWER = bytes.fromhex("0304000186A0")
words = st.integers(0, 0xFFFF)
pdus = st.binary(min_size=1, max_size=253)


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


def wire_of(framing, unit, pdu, transaction):
    body = bytes([unit]) + pdu
    if framing == "rtu":
        return body + crc(body)
    if framing == "tcp":
        return struct.pack(">HHH", transaction, 0, len(body)) + body
    return b":" + (body + bytes([-sum(body) & 0xFF])).hex().upper().encode() + b"\r\n"


@given(st.sampled_from(["rtu", "tcp", "ascii"]), st.integers(0, 255), pdus, words)
def test_framings_are_those_of_the_second_opinion(framing, unit, pdu, transaction):
    transaction = transaction if framing == "tcp" else 0
    adu = modbus.Adu(unit, pdu, framing, transaction)
    wire = wire_of(framing, unit, pdu, transaction)
    assert adu.encode() == bytes(adu) == wire
    if framing != "rtu" or pdu[0] != 0:
        same = modbus.decode(wire, framing)
        assert same == adu and hash(same) == hash(adu) and same.transaction == transaction
        assert (same.unit, same.pdu, same.framing) == (unit, pdu, framing)
        assert same.report()["ok"] and same._repr_html_()


def test_the_framing_is_guessed():
    for framing in ("rtu", "tcp", "ascii"):
        assert modbus.decode(wire_of(framing, 1, READ, 7)).framing == framing
    text = wire_of("ascii", 1, READ, 0).decode().strip()
    assert modbus.decode(text).pdu == READ
    with pytest.raises(wattpurse.FrameError):
        modbus.decode("01 02 03")
    wire = bytearray(wire_of("rtu", 1, READ, 0))
    wire[-1] ^= 1
    with pytest.raises(wattpurse.FrameError) as caught:
        modbus.decode(bytes(wire), "rtu")
    assert caught.value.code == "bad_checksum"


def test_requests():
    assert READ == bytes.fromhex("0300000002")
    assert modbus.read_coils(1, 9) == bytes.fromhex("0100010009")
    assert modbus.read_discrete_inputs(1, 9) == bytes.fromhex("0200010009")
    assert modbus.read_input_registers(1, 9) == bytes.fromhex("0400010009")
    assert modbus.write_coil(1, True) == bytes.fromhex("050001FF00")
    assert modbus.write_register(1, 0xABCD) == bytes.fromhex("060001ABCD")
    assert modbus.write_coils(1, [True, False, True]) == bytes.fromhex("0F0001000301" "05")
    assert modbus.write_registers(1, [1, 2]) == bytes.fromhex("100001000204" "00010002")
    assert modbus.mask_write_register(1, 2, 3) == bytes.fromhex("16000100020003")
    assert modbus.read_write_registers(1, 2, 3, [4]) == bytes.fromhex("1700010002000300010200" "04")
    assert modbus.read_device_identification() == bytes.fromhex("2B0E0100")
    assert modbus.raw_request(0x65, b"\x01") == b"\x65\x01"
    for wrong in (lambda: modbus.read_coils(0, 2001), lambda: modbus.read_coils(0, 0),
                  lambda: modbus.read_holding_registers(65535, 2),
                  lambda: modbus.write_registers(0, [0] * 124),
                  lambda: modbus.write_coils(0, [True] * 1969), lambda: modbus.Adu(1, b""),
                  lambda: modbus.read_coils(65536, 1), lambda: modbus.write_register(0, -1),
                  lambda: modbus.write_registers(0, [1, 2**70]), lambda: modbus.Adu(256, READ),
                  lambda: modbus.decode_value([65536], "u16"),
                  lambda: modbus.Adu(1, b"1" * 254), lambda: modbus.Adu(1, b"1", "usb")):
        with pytest.raises(wattpurse.InvalidValue):
            wrong()


def test_responses_are_checked_against_their_request():
    assert modbus.parse_response(ANSWER, READ).registers == (1, 0x86A0)
    bits = modbus.parse_response("01 01 05", modbus.read_coils(0, 3))
    assert bits.bits == (True, False, True) and bits.raise_for_exception() is bits
    for wrong in (b"\x04" + ANSWER[1:], ANSWER[:-2], b""):
        with pytest.raises(ValueError):
            modbus.parse_response(wrong, READ)
    refused = modbus.parse_response("83 02", READ)
    assert refused.exception == "illegal_data_address" and refused.exception_code == 2
    with pytest.raises(wattpurse.Refused) as caught:
        refused.raise_for_exception()
    assert caught.value.reason == "illegal_data_address"


@given(st.lists(st.tuples(st.integers(1, 247), words, st.integers(1, 100)), max_size=5),
       st.integers(1, 9))
def test_framers_take_pieces(requests, size):
    pdus_sent = [modbus.read_holding_registers(at % 60000, count) for _, at, count in requests]
    for framing, framer in (("rtu", modbus.RtuFramer()), ("ascii", modbus.AsciiFramer()),
                            ("tcp", modbus.TcpFramer())):
        stream = b"".join(wire_of(framing, unit, pdu, 3)
                          for (unit, _, _), pdu in zip(requests, pdus_sent))
        found = [adu for at in range(0, len(stream), size)
                 for adu in framer.feed(stream[at:at + size])]
        if framing != "tcp":
            found += framer.flush()
        assert [(adu.unit, adu.pdu) for adu in found] == [
            (unit, pdu) for (unit, _, _), pdu in zip(requests, pdus_sent)]
        assert framer.pending == 0


def test_framers_say_what_is_wrong():
    framer = modbus.AsciiFramer()
    assert [each["error"] for each in framer.feed(b":0103x")] == ["bad_character"]
    assert framer.counters["bad_character"] == 1
    rtu = modbus.RtuFramer(gaps_told=True)
    assert rtu.feed(wire_of("rtu", 1, READ, 0)[:-1]) == [] and rtu.pending == 7
    assert rtu.flush()[0]["error"] == "bad_checksum" and rtu.counters["bad_checksum"] == 1
    tcp = modbus.TcpFramer()
    assert tcp.feed(b"\0\1\0\0\xff\xff\1")[0]["error"] == "broken" and tcp.broken
    tcp.reset()
    assert not tcp.broken


@given(st.integers(-2**31, 2**31 - 1), st.sampled_from(["high_first", "low_first"]),
       st.sampled_from(["high_first", "low_first"]), st.integers(0, 4))
def test_values_of_registers(number, order, byte_order, places):
    raw = list(struct.unpack(">2H", struct.pack(">i", number)))
    raw = raw[::-1] if order == "low_first" else raw
    if byte_order == "low_first":
        raw = [(each & 0xFF) << 8 | each >> 8 for each in raw]
    scale = Decimal(1).scaleb(-places)
    value = modbus.decode_value(raw, "s32", order, byte_order, scale)
    assert value == number * scale and isinstance(value, Decimal)
    assert modbus.encode_value(value, "s32", 2, order, byte_order, scale) == raw


def test_values_of_other_types():
    float_registers = list(struct.unpack(">2H", struct.pack(">f", 12.5)))
    assert modbus.decode_value(float_registers, "f32", resolution=-2) == Decimal("12.50")
    assert modbus.decode_value([0x4142, 0x4300], "text") == "ABC"
    assert modbus.decode_value([0x4142, 0xFFFF, 0x4320], "text") == "AB??C"
    assert modbus.decode_value([0x1234], "bcd") == 1234
    assert modbus.decode_value([5], "bits") == 5 and modbus.decode_value([5], "raw") == b"\0\5"
    with pytest.raises(wattpurse.InvalidValue):
        modbus.decode_value([0x12FA], "bcd")
    with pytest.raises(wattpurse.InvalidValue):
        modbus.decode_value([1], "u17")
    with pytest.raises(wattpurse.FloatRefused):
        modbus.decode_value([1], "u16", scale=0.1)
    with pytest.raises(wattpurse.Error):
        modbus.encode_value(70000, "u16", 1)


def test_the_tcp_client_matches_answers_by_their_transaction():
    client = modbus.TcpClient()
    jobs = [client.submit(unit, READ) for unit in (1, 2)]
    client.advance(NOW)
    sent = modbus.TcpFramer().feed(client.pending_output())
    client.consume(len(client.pending_output()))
    assert [adu.unit for adu in sent] == [1, 2] and client.next_deadline() > NOW
    for adu in reversed(sent):
        client.receive(modbus.Adu(adu.unit, ANSWER, "tcp", adu.transaction).encode(), NOW)
    events = client.events()
    assert [event.job_id for event in events] == jobs[::-1] and client.idle
    assert {event.kind for event in events} == {"answered"} and events[0].is_proven
    assert modbus.parse_response(events[0].pdu, READ).registers == (1, 0x86A0)
    assert client.counters["answered"] == 2 and not client.broken


def test_the_serial_client():
    client = modbus.SerialClient(9600, timing="over_tcp")
    client.submit(1, READ)
    client.advance(NOW)
    assert client.pending_output() == wire_of("rtu", 1, READ, 0)
    client.consume(len(client.pending_output()))
    client.receive(wire_of("rtu", 1, b"\x83\x02", 0), NOW + timedelta(milliseconds=100))
    event, = client.events()
    assert (event.kind, event.exception, event.unit) == ("refused", "illegal_data_address", 1)
    client.submit(1, READ, timeout=timedelta(seconds=1))
    client.advance(NOW + timedelta(seconds=5))
    client.consume(len(client.pending_output()))
    client.advance(NOW + timedelta(seconds=9))
    assert [event.kind for event in client.events()] == ["timed_out"]
    with pytest.raises(wattpurse.NaiveTime):
        client.advance(datetime(2026, 1, 1))
    with pytest.raises(wattpurse.InvalidValue):
        modbus.SerialClient(timing="slow")
