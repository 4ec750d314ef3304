# SPDX-License-Identifier: Apache-2.0
"""Simulated meters: bytes in and out with the time told, households, and what serves them."""

import socket
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

import wattpurse
from wattpurse import dlt645, modbus, profiles, sim

NOW = datetime(2026, 1, 8, 11, 0, tzinfo=timezone(timedelta(hours=8)))
ADDRESS = "005223440001"
SECOND = timedelta(seconds=1)
OPENS = dlt645.Credentials("02", "123456", "00000001")


def asked(line, request, now):
    line.receive(request.encode(), now)
    return [frame for _, data in line.take_output(now + SECOND)
            for frame in dlt645.decode_all(data)]


def test_a_meter_answers_what_it_has():
    line = sim.Dlt645Line([sim.Meter(ADDRESS, energy={"T1": "1.25", "T2": 2}, load="6")])
    assert line.next_deadline() is None
    first, = asked(line, dlt645.read(ADDRESS, "00010000"), NOW)
    assert (first.value, first.unit, first.address) == (Decimal("3.25"), "kWh", ADDRESS)
    line.receive(dlt645.read(ADDRESS, "00010000").encode(), NOW + timedelta(minutes=30))
    assert line.take_output(NOW + timedelta(minutes=30)) == []  # it thinks first
    due = line.next_deadline()
    assert NOW + timedelta(minutes=30) < due < NOW + timedelta(minutes=30) + SECOND
    (at, data), = line.take_output(due)
    assert at == due and dlt645.decode(data).value == Decimal("6.25")  # 6 kW, half an hour


def test_the_same_options_give_the_same_bytes():
    def bytes_of(seed):
        line = sim.Dlt645Line([sim.Meter(ADDRESS, seed=seed)])
        asked(line, dlt645.read(ADDRESS, "00010000"), NOW)
        return asked(line, dlt645.read(ADDRESS, "00010000"), NOW + timedelta(days=3))[0].data
    assert bytes_of(1) == bytes_of(1) != bytes_of(2)


def test_others_and_broken_frames_meet_silence():
    line = sim.Dlt645Line([sim.Meter(ADDRESS)])
    assert asked(line, dlt645.read("1", "00010000"), NOW) == []
    wire = bytearray(dlt645.read(ADDRESS, "00010000").encode())
    wire[-2] ^= 1
    line.receive(wire, NOW + 2 * SECOND)
    assert line.take_output(NOW + 4 * SECOND) == []


def test_the_relay_and_the_grid():
    line = sim.Dlt645Line([sim.Meter(ADDRESS, passwords=[OPENS]), sim.Meter("7")])
    order = dlt645.control(ADDRESS, "trip", NOW + timedelta(minutes=5), OPENS)
    assert line.is_closed(ADDRESS, NOW)
    answer, = asked(line, order, NOW)
    assert not answer.is_abnormal and not line.is_closed(ADDRESS, NOW + 2 * SECOND)
    assert line.is_closed("7", NOW + 2 * SECOND)
    line.power(ADDRESS, False, NOW + 3 * SECOND)
    assert asked(line, dlt645.read(ADDRESS, "00010000"), NOW + 4 * SECOND) == []
    with pytest.raises(wattpurse.NotFound):
        line.is_closed("8", NOW)


def test_a_modbus_meter_is_what_its_profile_says():
    kind = profiles.load("eastron_sdm630")
    line = sim.ModbusLine([sim.ModbusMeter(kind, energy={"T1": "12.5"}, load="1")])
    step, = kind.plan(["voltage_l1", "voltage_l2"])
    pdu = modbus.read_input_registers(step.address, step.count)
    line.receive(modbus.Adu(1, pdu, "tcp", 7).encode(), NOW)
    (_, data), = line.take_output(NOW + SECOND)
    answer = modbus.decode(data, "tcp")
    assert answer.transaction == 7 and answer.unit == 1
    words = modbus.parse_response(answer.pdu, pdu).registers
    shown = kind.decode([(step.function, step.address, words)])
    assert 200 < shown["voltage_l1"].value < 250 and shown["voltage_l2"].unit == "V"
    assert line.is_closed(1, NOW + SECOND) and not line.broken
    other = line.session()
    other.receive(modbus.Adu(1, modbus.read_input_registers(0, 120), "tcp", 8).encode(), NOW)
    (_, data), = other.take_output(NOW + SECOND)
    assert modbus.decode(data, "tcp").pdu == bytes([0x84, 2])  # holes are refused
    assert line.take_output(NOW + SECOND) == []


@pytest.mark.parametrize("wrong", [
    lambda: sim.Meter("99" * 6), lambda: sim.Meter(ADDRESS, energy={"T9": 1}),
    lambda: sim.Meter(ADDRESS, phases="two"), lambda: sim.Dlt645Line([]),
    lambda: sim.Dlt645Line([sim.Meter(ADDRESS)], faults={"silent": 1001}),
    lambda: sim.Dlt645Line([sim.Meter(ADDRESS)], faults={"sleepy": 1}),
    lambda: sim.Meter(ADDRESS, energy={"T1": "-1"}), lambda: sim.ModbusMeter("no_such_meter"),
    lambda: sim.ModbusMeter("single_phase_prepaid"),
    lambda: sim.serve([sim.Meter(ADDRESS)], on="air"),
    lambda: sim.household_load(NOW, NOW, step=timedelta(minutes=20)),
    lambda: sim.household_load(NOW, NOW + timedelta(days=100_000), households=10),
    lambda: sim.ModbusLine([sim.ModbusMeter("chint_ddsu666")], framing="x"),
])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(wattpurse.InvalidValue):
        wrong()


def test_floats_and_naive_times_are_refused():
    with pytest.raises(wattpurse.FloatRefused):
        sim.Meter(ADDRESS, energy={"T1": 0.1})
    with pytest.raises(wattpurse.NaiveTime):
        sim.Dlt645Line([sim.Meter(ADDRESS)]).receive(b"", datetime(2026, 1, 1))


def test_households_are_drawn_from_the_seed():
    until = NOW + timedelta(days=1)
    used = sim.household_load(NOW, until, households=2, seed=5)
    assert used.names == ["account", "time", "kwh"] and len(used) == 2 * 96
    assert used.column("kwh") == sim.household_load(NOW, until, households=2, seed=5).column("kwh")
    assert used.column("kwh") != sim.household_load(NOW, until, households=2, seed=6).column("kwh")
    assert used.column("time")[:2] == [NOW, NOW + timedelta(minutes=15)]
    hours = sim.household_load(NOW, until, households=2, seed=5, step=timedelta(hours=1))
    assert sum(hours.column("kwh")) == sum(used.column("kwh"))
    assert 1 < sum(used.column("kwh")[:96]) < 30 and len(set(used.column("account"))) == 2
    assert len(sim.household_load(until, NOW)) == 0


def test_households_can_be_billed():
    start = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    used = sim.household_load(start, start + timedelta(days=31), households=3)
    by = wattpurse.Tariff.template("zhejiang_residential")
    assert len(wattpurse.bill({name: used.column(name) for name in used.names}, by)) == 3


def test_a_server_serves_plain_sockets():
    with sim.serve([sim.Meter(ADDRESS, energy={"T1": 3})]) as server:
        where = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(where) as one, socket.create_connection(where) as other:
            one.settimeout(5)
            other.settimeout(5)
            one.sendall(dlt645.read(ADDRESS, "00010000").encode())
            heard = {who: who.recv(100) for who in (one, other)}
            assert all(dlt645.decode(data).value == 3 for data in heard.values())
            server.say(b"noise")
            assert one.recv(100) == b"noise"
            server.disconnect()
            assert one.recv(100) == b""
        with pytest.raises(wattpurse.LinkError):
            sim.serve([sim.Meter(ADDRESS)], port=where[1])
    server.close()
    with pytest.raises(OSError):
        socket.create_connection(where, 1)
