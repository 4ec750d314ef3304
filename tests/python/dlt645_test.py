# SPDX-License-Identifier: Apache-2.0
"""DL/T 645: frames, catalogue, framer, requests, columns and bus."""

import copy
import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import frames
import wattpurse
from wattpurse import dlt645

METER = "005223440001"
CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 1, 8, 11, 30, 15, tzinfo=CHINA)
WHO = dlt645.Credentials("02", "123456", "00000001")
ENERGY = frames.read_answer(METER, "00010000", frames.bcd(389, 4))
addresses = st.text("0123456789", min_size=12, max_size=12)
data = st.binary(max_size=255)


@given(addresses, st.integers(0, 255), data, st.integers(0, 8))
def test_frames_are_those_of_the_second_opinion(address, control, body, preamble):
    frame = dlt645.Frame(address, control, body)
    wire = frames.encode(address, control, body, preamble)
    assert frame.encode(preamble) == wire and bytes(frame) == wire[preamble:]
    same = dlt645.decode(wire)
    assert same == frame == dlt645.decode(wire.hex(" ")) and hash(same) == hash(frame)
    assert (same.address, same.control, same.data) == (address, control, body)
    assert pickle.loads(pickle.dumps(frame)) == frame == copy.copy(frame)
    report = frame.report()
    assert report["ok"] and report["address"] == address
    assert isinstance(frame._repr_html_(), str) and isinstance(repr(frame), str)


@given(st.data())
def test_no_flipped_bit_is_taken_for_the_same(draw):
    wire = bytearray(ENERGY)
    bit = draw.draw(st.integers(0, 8 * len(wire) - 1))
    wire[bit // 8] ^= 1 << bit % 8
    try:
        assert dlt645.decode(bytes(wire)) != dlt645.decode(ENERGY)
    except wattpurse.FrameError as error:
        assert str(error) and error.code


def test_a_value_is_exact_and_has_its_unit():
    frame = dlt645.decode(ENERGY)
    assert frame.value == Decimal("3.89") and frame.unit == "kWh"
    assert frame.data_id == "00010000" and frame.edition == "2007" and frame.is_from_meter
    field = dlt645.fields_of(frame)[0]
    assert field.kind == "number" and field.problem is None and field.raw == frames.bcd(389, 4)
    assert wattpurse.Energy(frame.value) == wattpurse.Energy("3.89")


def test_values_of_other_forms():
    block = b"".join(frames.bcd(n, 4) for n in (100, 1, 2, 3, 94))
    assert dlt645.decode(frames.read_answer(METER, "0001FF00", block)).value == [
        Decimal("1.00"), Decimal("0.01"), Decimal("0.02"), Decimal("0.03"), Decimal("0.94")]
    assert dlt645.decode(frames.read_answer(METER, "9010", frames.bcd(389, 4))).value == (
        Decimal("3.89"))
    missing = dlt645.decode(frames.read_answer(METER, "00010000", b"\xff" * 4))
    assert missing.value is None and dlt645.fields_of(missing)[0].problem == "not_available"
    assert dlt645.decode(frames.read_answer(METER, "00010000", b"\x01")).value is None
    assert dlt645.decode(frames.read_answer(METER, "F1F2F3F4", b"\x01")).value is None
    demand = frames.bcd(12345, 3) + bytes.fromhex("3008110126")
    named = dlt645.decode(frames.read_answer(METER, "01010000", demand)).value
    assert "2026-01-11T08:30" in named.values() and Decimal("1.2345") in named.values()


def test_what_is_no_frame_says_why_and_where():
    wire = bytearray(ENERGY)
    wire[-2] ^= 1
    with pytest.raises(wattpurse.FrameError) as caught:
        dlt645.decode(bytes(wire))
    assert caught.value.code == "bad_checksum" and caught.value.place == f"offset {len(wire) - 2}"
    assert "checksum" in str(caught.value) and isinstance(caught.value, ValueError)
    for bad, code in ((b"", "no_frame"), (ENERGY[:-3], "truncated"), (ENERGY * 2,
                                                                        "several_frames")):
        with pytest.raises(wattpurse.FrameError) as caught:
            dlt645.decode(bad)
        assert caught.value.code == code
    with pytest.raises(wattpurse.FrameError, match="character 4"):
        dlt645.decode("68 xx")
    with pytest.raises(wattpurse.WrongType):
        dlt645.decode(17)


def test_secrets_are_not_shown():
    frame = dlt645.write(METER, "04000103", "05", WHO)
    assert frame.holds_secret
    shown = repr(frame) + str(frame.report()) + frame._repr_html_() + repr(WHO)
    assert "563412" not in shown.replace(" ", "") and "89 67 45" not in shown
    assert bytes(frame)[-2:-1].hex().upper() + "</" not in frame._repr_html_()


def test_the_framer_takes_pieces_and_counts_causes():
    framer = dlt645.Framer()
    stream = b"\xfe\xfe" + ENERGY + b"\x00\x68" + ENERGY
    found = [item for byte in stream for item in framer.feed(bytes([byte]))]
    found += framer.flush()
    assert [item for item in found if isinstance(item, dlt645.Frame)] == [
        dlt645.decode(ENERGY)] * 2
    assert framer.counters["frames"] == 2 and framer.counters["preamble_bytes"] == 2
    assert framer.counters["no_second_start"] >= 1 and framer.pending == 0
    framer.feed(ENERGY[:5])
    assert framer.pending == 5
    assert [item["error"] for item in framer.flush()] == ["truncated"]
    framer.feed(ENERGY[:5])
    framer.clear()
    assert framer.pending == 0
    assert dlt645.decode_all(stream)[0] == dlt645.decode(ENERGY)


def test_requests_of_2007():
    pa = bytes.fromhex("02563412" "01000000")
    clock = bytes.fromhex("153011080126")
    cases = [
        (dlt645.read(METER, 0x00010000), 0x11, bytes.fromhex("00000100")),
        (dlt645.read_blocks(METER, "06000001", 3), 0x11, bytes.fromhex("0100000603")),
        (dlt645.read_blocks(METER, "06000001", 3, NOW), 0x11,
         bytes.fromhex("0100000603") + clock[1:]),
        (dlt645.follow(METER, "00010000", 7), 0x12, bytes.fromhex("0000010007")),
        (dlt645.unicast_time(METER, NOW), 0x08, clock),
        (dlt645.write(METER, "04000103", b"\x05", WHO), 0x14,
         bytes.fromhex("03010004") + pa + b"\x05"),
        (dlt645.freeze(METER), 0x16, b"\x99" * 4),
        (dlt645.freeze(METER, minute=5), 0x16, bytes.fromhex("05999999")),
        (dlt645.freeze(METER, hour=1, minute=5), 0x16, bytes.fromhex("05019999")),
        (dlt645.freeze(METER, month=2, day=3, hour=1, minute=5), 0x16, bytes.fromhex("05010302")),
        (dlt645.change_baud(METER, 9600), 0x17, b"\x20"),
        (dlt645.clear_demand(METER, WHO), 0x19, pa),
        (dlt645.clear_meter(METER, WHO), 0x1A, pa),
        (dlt645.clear_events(METER, WHO), 0x1B, pa + b"\xff" * 4),
        (dlt645.control(METER, "trip", NOW, WHO), 0x1C, pa + b"\x1a\x00" + clock),
        (dlt645.control(METER, "trip_auto_1", NOW, WHO, delay=timedelta(minutes=10)), 0x1C,
         pa + b"\x1d\x02" + clock),
    ]
    for frame, control, body in cases:
        assert bytes(frame) == frames.encode(METER, control, body)
    assert bytes(dlt645.broadcast_time(NOW)) == frames.encode(dlt645.BROADCAST, 0x08, clock)
    assert bytes(dlt645.write_address(METER)) == frames.encode(
        dlt645.WILDCARD, 0x15, bytes.fromhex(METER)[::-1])
    assert bytes(dlt645.read_address()) == frames.encode(dlt645.WILDCARD, 0x13)
    fresh = dlt645.Credentials("02", "654321")
    assert bytes(dlt645.change_password(METER, WHO, fresh)) == frames.encode(
        METER, 0x18, bytes.fromhex("030C0004" "02563412" "02214365"))
    assert dlt645.read("7201", "00010000").address == "000000007201"


def test_requests_of_1997():
    assert bytes(dlt645.read(METER, "9010", edition="1997")) == frames.encode(
        METER, 0x01, b"\x10\x90")
    assert bytes(dlt645.follow(METER, "9010", edition="1997")) == frames.encode(
        METER, 0x02, b"\x10\x90")
    assert bytes(dlt645.reread_1997(METER)) == frames.encode(METER, 0x03)
    assert bytes(dlt645.write(METER, "C030", "01", edition="1997")) == frames.encode(
        METER, 0x04, b"\x30\xc0\x01")
    assert bytes(dlt645.change_baud(METER, 9600, edition="1997")) == frames.encode(
        METER, 0x0C, b"\x40")
    assert bytes(dlt645.clear_demand(METER, edition="1997")) == frames.encode(METER, 0x10)
    assert dlt645.write_address(METER, edition="1997").address == dlt645.BROADCAST


@pytest.mark.parametrize("wrong", [
    lambda: dlt645.read("12x", "00010000"), lambda: dlt645.read(METER, "0001"),
    lambda: dlt645.read(METER, 2**32), lambda: dlt645.read(METER, "00010000", "2013"),
    lambda: dlt645.follow(METER, "00010000", 256), lambda: dlt645.freeze(METER, hour=1),
    lambda: dlt645.change_baud(METER, 1), lambda: dlt645.write(METER, "04000103", b"1"),
    lambda: dlt645.write(METER, "04000103", b"1" * 60, WHO),
    lambda: dlt645.control(METER, "explode", NOW, WHO),
    lambda: dlt645.control(METER, "trip", NOW, WHO, timedelta(minutes=7)),
    lambda: dlt645.Credentials("2", "123456"), lambda: dlt645.clear_events(METER, WHO, "00010000"),
    lambda: dlt645.Frame(METER, 256), lambda: dlt645.Frame(METER, 1, b"1" * 256),
    lambda: dlt645.Bus(timing="quick"), lambda: dlt645.decode(ENERGY).report("fr"),
    lambda: dlt645.Bus().submit(dlt645.read_address(), priority="now"),
])
def test_what_cannot_be_asked_is_refused(wrong):
    with pytest.raises(wattpurse.InvalidValue) as caught:
        wrong()
    assert caught.value.expected


def test_a_naive_time_is_refused_by_name():
    with pytest.raises(wattpurse.NaiveTime, match="^now: "):
        dlt645.broadcast_time(datetime(2026, 1, 1))
    with pytest.raises(wattpurse.NaiveTime, match="^valid_until: "):
        dlt645.control(METER, "trip", datetime(2026, 1, 1), WHO)
    with pytest.raises(TypeError, match="^now: "):
        dlt645.broadcast_time("2026-01-01T00:00:00Z")


def test_the_catalogue():
    item = dlt645.catalogue().find("00010200")
    assert item.name == "forward active energy, tariff 2" and item.unit == "kWh"
    assert item.access == "r" and item.family == "energy" and "\u8d39\u73872" in item.name_zh
    assert dlt645.catalogue().find("9010", "1997").edition == "1997"
    assert dlt645.catalogue().find("F1F2F3F4") is None
    assert len(dlt645.catalogue().rows()) > 100
    own = dlt645.Catalogue.from_json(
        '{"format": "wattpurse-catalogue/1", "name": "park", "identifiers": [{"edition": "2007",'
        ' "id": "F1F2F3F4", "layout": "XX.X[V]", "name": "our own"}]}')
    assert own.find("F1F2F3F4").name == "our own" and own.find("00010000") is not None
    frame = dlt645.decode(frames.read_answer(METER, "F1F2F3F4", frames.bcd(123, 2)))
    assert dlt645.value_of(frame, own) == Decimal("12.3") and frame.value is None
    with pytest.raises(wattpurse.ValidationError) as caught:
        dlt645.Catalogue.from_json('{"format": "x", "identifiers": 3}')
    assert len(caught.value.faults) >= 2


@given(st.integers(0, 99_999_999))
def test_values_are_encoded_by_their_layout(number):
    value = dlt645.encode_value("00010000", Decimal(number).scaleb(-2))
    assert value == frames.bcd(number, 4)


def test_values_that_do_not_fit_are_refused():
    for wrong in (Decimal("0.001"), -1, 10**7):
        with pytest.raises(wattpurse.Error):
            dlt645.encode_value("00010000", wrong)
    with pytest.raises(wattpurse.FloatRefused):
        dlt645.encode_value("00010000", 0.1)
    with pytest.raises(KeyError):
        dlt645.encode_value("F1F2F3F4", 1)
    assert dlt645.encode_value("00010000", None) == b"\xff" * 4


@given(st.lists(st.one_of(
    st.tuples(addresses, st.integers(0, 10**8 - 1)).map(
        lambda case: frames.read_answer(case[0], "00010000", frames.bcd(case[1], 4))),
    st.binary(max_size=20), st.just(b"\xfe\xfe\x68")), max_size=12))
def test_columns_are_what_the_framer_finds(pieces):
    log = b"".join(pieces)
    framer = dlt645.Framer()
    found = [item for item in framer.feed(log) + framer.flush()
             if isinstance(item, dlt645.Frame)]
    columns = dlt645.decode_frames(log)
    assert columns["offset"].tolist() == sorted(columns["offset"].tolist())
    assert len(columns["address"]) == len(found)
    for index, frame in enumerate(found):
        assert columns["control"][index] == frame.control
        if frame.address.isdecimal():
            assert f"{columns['address'][index]:012d}" == frame.address
        if dlt645.STATUS[columns["status"][index]] == "number":
            number = Decimal(columns["value"][index]).scaleb(-columns["places"][index])
            assert number == frame.value
    assert columns["skipped_bytes"] == len(log) - sum(len(bytes(frame)) for frame in found)


def test_columns_of_a_list_and_without_a_copy(numpy):
    columns = dlt645.decode_frames([ENERGY, b"noise", bytearray(ENERGY)])
    assert columns["source"].tolist() == [0, 2] and columns["without_frame"].tolist() == [1]
    value = numpy.asarray(columns["value"])
    assert value.dtype == numpy.int64 and value.tolist() == [389, 389]
    assert numpy.asarray(columns["data_id"]).dtype == numpy.uint32
    assert memoryview(columns["status"]).readonly
    assert columns["value"][-1] == 389 and list(columns["places"]) == [2, 2]
    with pytest.raises(IndexError):
        columns["value"][2]
    with pytest.raises(wattpurse.WrongType):
        dlt645.decode_frames(["68"])


def drive(bus, answers, now):
    """Sends what the bus wants to send and gives it the answers, one a request."""
    events = []
    for answer in answers:
        bus.advance(now)
        sent = bus.pending_output()
        assert sent
        bus.consume(len(sent))
        now += timedelta(milliseconds=200)
        bus.receive(answer, now)
        events += bus.events()
        now += timedelta(seconds=1)
    return events


def test_the_bus_brings_a_request_to_its_answer():
    bus = dlt645.Bus(9600)
    assert bus.next_deadline() is None and bus.idle
    job = bus.submit(dlt645.read(METER, "00010000"))
    assert not bus.idle and bus.queued == 1
    event, = drive(bus, [ENERGY], NOW)
    assert (event.kind, event.job_id, event.attempts) == ("answered", job, 1)
    assert event.frame.value == Decimal("3.89") and event.at.tzinfo is not None
    assert event.sent_at == NOW and bus.counters["answered"] == 1 and bus.idle
    bus.submit(dlt645.read(METER, "00010000"))
    event, = drive(bus, [frames.encode(METER, 0xD1, b"\x02")], NOW + timedelta(minutes=1))
    assert (event.kind, event.error_word) == ("refused", 2)


def test_the_bus_gives_up_after_its_attempts():
    bus = dlt645.Bus()
    bus.submit(dlt645.read(METER, "00010000"), timeout=timedelta(seconds=1), attempts=2)
    now, kinds, sent = NOW, [], 0
    bus.advance(now)
    while bus.next_deadline() is not None and not kinds:
        sent += bool(bus.pending_output())
        bus.consume(len(bus.pending_output()))
        now = max(now + timedelta(milliseconds=1), bus.next_deadline())
        bus.advance(now)
        kinds += [event.kind for event in bus.events()]
    assert kinds == ["timed_out"] and sent == 2


def test_the_bus_is_bounded():
    bus = dlt645.Bus()
    for _ in range(128):
        job = bus.submit(dlt645.read_address())
    with pytest.raises(wattpurse.QueueFull):
        bus.submit(dlt645.read_address())
    assert bus.cancel(job) and not bus.cancel(job)
