# SPDX-License-Identifier: Apache-2.0
"""Lines of asyncio and of threads against simulated meters, on sockets and pseudo-terminals."""

import asyncio
import signal
import socket
import threading
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

import wattpurse
from wattpurse import dlt645, modbus, profiles, sim

ADDRESS = "005223440001"
OTHER = "000000000042"
TOTAL = "00010000"
OPENS = dlt645.Credentials("02", "123456", "00000001")
HERE = timezone(timedelta(hours=8))
KIND = profiles.load("chint_ddsu666")
FAST = "baud=115200"


def meters(**options):
    return [sim.Meter(ADDRESS, energy={"T1": "120.5"}, load=0, passwords=[OPENS], **options),
            sim.Meter(OTHER, energy={"T2": 7}, load=0, **options)]


def slow(milliseconds=300):
    return meters(answer_delay=timedelta(milliseconds=milliseconds))


def url_of(server):
    return server.url + ("&" if "?" in server.url else "?") + FAST


@pytest.fixture(params=["tcp", "pty"])
def server(request):
    with sim.serve(meters(), on=request.param) as made:
        yield made


@pytest.fixture(params=["tcp", "rtu", "ascii", "pty"])
def device(request):
    """A Modbus meter; and its URL at a rate at which nobody waits."""
    how = {"on": "pty"} if request.param == "pty" else {"framing": request.param}
    with sim.serve([sim.ModbusMeter(KIND, energy={"T1": "12.5"}, load="1")], **how) as made:
        yield made


# ---- DL/T 645 ----------------------------------------------------------------------------------

def test_a_blocking_line_reads_and_writes(server):
    with dlt645.open(url_of(server)) as line:
        item = line.read(ADDRESS, TOTAL)
        assert (item.value, item.unit, item.address) == (Decimal("120.50"), "kWh", ADDRESS)
        assert item.frames == item.attempts == 1 and item.data == bytes.fromhex("50200100")
        assert line.read(OTHER, 0x00010000).value == 7
        line.write(ADDRESS, "04000E03", line.read(ADDRESS, "04000E03").data, credentials=OPENS)
        line.broadcast_time(datetime.now(HERE))
        until = datetime.now(HERE) + timedelta(minutes=5)
        line.relay(ADDRESS, "trip", valid_until=until, credentials=OPENS)
        with pytest.raises(wattpurse.Refused) as refusal:
            line.read(ADDRESS, "0E0E0E0E")
        assert refusal.value.error_word and refusal.value.reason
        assert line.counters["answered"] >= 5
    with pytest.raises(wattpurse.LinkError):
        line.read(ADDRESS, TOTAL)


def test_an_async_line_does_the_same(server):
    async def play():
        async with dlt645.connect(url_of(server)) as line:
            assert (await line.read(ADDRESS, TOTAL)).value == Decimal("120.50")
            frame = await line.request(dlt645.read(OTHER, TOTAL))
            assert frame.value == 7
            assert await line.request(dlt645.broadcast_time(datetime.now(HERE))) is None
            with pytest.raises(wattpurse.Refused):
                await line.read(ADDRESS, "0E0E0E0E")
            until = datetime.now(HERE) + timedelta(minutes=5)
            await line.relay(ADDRESS, "trip", valid_until=until, credentials=OPENS)
            assert line.is_connected and line.requests == 0
        with pytest.raises(wattpurse.LinkError):
            await line.read(ADDRESS, TOTAL)
    asyncio.run(play())


def test_the_only_meter_tells_its_address():
    with sim.serve([sim.Meter(ADDRESS)]) as server, dlt645.open(url_of(server)) as line:
        assert line.read_address() == ADDRESS


def test_many_requests_are_queued_and_answered_in_place(server):
    async def play():
        async with dlt645.connect(url_of(server)) as line:
            asked = [ADDRESS, OTHER] * 12
            found = await asyncio.gather(*(line.read(each, TOTAL) for each in asked))
            assert [each.address for each in found] == asked
    asyncio.run(play())


def test_the_queue_is_bounded_and_what_is_urgent_goes_first():
    async def play(server):
        async with dlt645.connect(url_of(server), queue=15) as line:
            done = []

            async def read(name, priority):
                await line.read(ADDRESS, TOTAL, priority=priority)
                done.append(name)
            tasks = [asyncio.create_task(read(n, "background")) for n in range(14)]
            await asyncio.sleep(0.02)
            tasks.append(asyncio.create_task(read("urgent", "relay")))
            await asyncio.sleep(0)
            with pytest.raises(wattpurse.QueueFull):
                await line.read(ADDRESS, TOTAL)
            await asyncio.gather(*tasks)
            assert done.index("urgent") <= 3
            with pytest.raises(wattpurse.InvalidValue):
                await line.read(ADDRESS, TOTAL, priority="now")
    with sim.serve(slow(80)) as server:
        asyncio.run(play(server))


def test_silence_is_a_timeout(server):
    began = time.monotonic()
    with dlt645.open(url_of(server)) as line:
        with pytest.raises(wattpurse.Timeout) as silence:
            line.read("1", TOTAL, timeout=0.2, attempts=2)
        assert "asked 2 times" in str(silence.value)
        assert line.read(ADDRESS, TOTAL).value == Decimal("120.50")
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1, 0.29, 0.35])
def test_a_cancelled_request_confuses_nothing(pause):
    async def play(server):
        async with dlt645.connect(url_of(server)) as line:
            doomed = [asyncio.create_task(line.read(ADDRESS, TOTAL)) for _ in range(3)]
            await asyncio.sleep(pause)
            for each in doomed:
                each.cancel()
            assert (await line.read(OTHER, TOTAL)).value == 7
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(line.read(ADDRESS, TOTAL), 0.05)
            assert (await line.read(OTHER, TOTAL)).value == 7
            await asyncio.gather(*doomed, return_exceptions=True)
            assert line.requests == 0
    with sim.serve(slow()) as server:
        asyncio.run(play(server))


def test_late_answers_are_nobody_elses():
    with sim.serve(slow(400)) as server, dlt645.open(url_of(server)) as line:
        with pytest.raises(wattpurse.Timeout):
            line.read(ADDRESS, TOTAL, timeout=0.1, attempts=1)
        time.sleep(0.4)
        assert line.read(OTHER, TOTAL, timeout=2).value == 7


def test_faults_of_the_line_are_lived_through():
    faults = {"corrupted": 150, "noisy": 200, "silent": 100, "seed": 3}
    with sim.serve(meters(), faults=faults) as server, dlt645.open(url_of(server)) as line:
        for _ in range(20):
            assert line.read(ADDRESS, TOTAL, timeout=0.2, attempts=9).value == Decimal("120.50")
        assert line.counters["retries"] > 0


def test_garbage_on_the_line(server):
    noise = bytes(range(256)) + b"\x68\x01\x68\xfe\xfe"
    with dlt645.open(url_of(server)) as line:
        for _ in range(2):
            server.say(noise)
            assert line.read(ADDRESS, TOTAL, timeout=1, attempts=5).value == Decimal("120.50")


def test_a_server_that_dies_fails_all_and_can_come_back():
    async def play():
        with sim.serve(slow()) as server:
            async with dlt645.connect(url_of(server)) as line:
                tasks = [asyncio.create_task(line.read(ADDRESS, TOTAL)) for _ in range(5)]
                await asyncio.sleep(0.1)
                server.disconnect()
                for each in await asyncio.gather(*tasks, return_exceptions=True):
                    assert isinstance(each, wattpurse.LinkError)
                assert not line.is_connected and line.requests == 0
                assert (await line.read(OTHER, TOTAL)).value == 7  # connected anew
                server.close()
                with pytest.raises(wattpurse.LinkError):
                    await line.read(OTHER, TOTAL)
                with pytest.raises(wattpurse.LinkError):
                    await line.read(OTHER, TOTAL)
    asyncio.run(play())


def test_a_blocking_line_comes_back_as_well():
    with sim.serve(meters()) as server, dlt645.open(url_of(server)) as line:
        assert line.read(OTHER, TOTAL).value == 7
        server.disconnect()
        time.sleep(0.1)
        assert line.read(OTHER, TOTAL).value == 7
        server.close()
        with pytest.raises(wattpurse.LinkError):
            line.read(OTHER, TOTAL)


def test_closing_fails_what_is_under_way():
    async def play(server):
        line = dlt645.connect(url_of(server))
        task = asyncio.create_task(line.read(ADDRESS, TOTAL))
        await asyncio.sleep(0.1)
        await line.aclose()
        await line.aclose()
        with pytest.raises(wattpurse.LinkError):
            await task
    with sim.serve(slow()) as server:
        asyncio.run(play(server))


def test_threads_share_a_blocking_line(server):
    found = []
    with dlt645.open(url_of(server)) as line:
        def work(address, value):
            for _ in range(4):
                found.append(line.read(address, TOTAL).value == value)
        threads = [threading.Thread(target=work, args=each)
                   for each in [(ADDRESS, Decimal("120.5")), (OTHER, 7)] * 2]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert found == [True] * 16


@pytest.mark.parametrize("url", [
    "", "tcp://", "tcp://host", "tcp://host:x", "udp://host:1", "serial://", "serial:///dev/x?a=1",
    "serial:///dev/x?parity=mark", "serial:///dev/x?baud=-1", "tcp://h:1?framing=x", "host:502"])
def test_urls_that_say_nothing(url):
    with pytest.raises(wattpurse.InvalidValue):
        dlt645.connect(url)


def test_what_cannot_be_opened():
    for url in ("serial:///dev/no_such_line", "serial:///dev/null"):
        with pytest.raises(wattpurse.LinkError):
            dlt645.open(url).read(ADDRESS, TOTAL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(wattpurse.LinkError):
        asyncio.run(dlt645.connect(f"tcp://127.0.0.1:{port}").read(ADDRESS, TOTAL))


def test_a_long_value_comes_in_several_frames():
    def read(limit):
        with sim.serve(meters(read_limit=limit)) as server, dlt645.open(url_of(server)) as line:
            return line.read(ADDRESS, "0000FF00")
    whole, parts = read(200), read(12)
    assert whole.frames == 1 and len(whole.value) == 5
    assert parts.frames > 1 and parts.data == whole.data and parts.value is None


def test_an_interrupted_call_leaves_a_line_that_works():
    class Enough(Exception):
        pass

    def interrupt(*_):
        raise Enough
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with sim.serve(slow()) as server, dlt645.open(url_of(server)) as line:
            for pause in (0.01, 0.1, 0.25):
                signal.setitimer(signal.ITIMER_REAL, pause)
                with pytest.raises(Enough):
                    line.read(ADDRESS, TOTAL)
                assert line.read(OTHER, TOTAL).value == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ---- Modbus ------------------------------------------------------------------------------------

def test_a_profile_is_read(device):
    with modbus.open(device.url) as line:
        found = line.read_profile(KIND)
        assert len(found) > 3 and all(each.problem is None for each in found.values())

    async def play():
        async with modbus.connect(device.url) as again:
            return await again.read_profile(KIND, ["voltage"])
    voltage = asyncio.run(play())
    assert list(voltage) == ["voltage"] and voltage["voltage"].unit == "V"
    assert 200 < voltage["voltage"].value < 250


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
def test_a_sunspec_model_is_looked_for(framing):
    kind = profiles.load("sunspec_203")
    with sim.serve([sim.ModbusMeter(kind, load="3.5")], framing=framing) as device:
        with modbus.open(device.url) as line:
            found = line.read_profile(kind, ["W", "Hz"])
            assert found["W"].unit == "W" and 3_400 < found["W"].value < 3_600
            assert found["Hz"].value == 50
            search = profiles.SunSpecSearch(203)
            while search.state == "searching":
                assert search.base is None
                search.take(line.request(search.question))
            assert (search.state, found) == ("found", line.read_profile(kind, ["W", "Hz"],
                                                                        base=search.base))
            with pytest.raises(wattpurse.NotFound, match="no SunSpec model 201"):
                line.read_profile(profiles.load("sunspec_201"))

    async def play(url):
        async with modbus.connect(url) as line:
            with pytest.raises(wattpurse.NotFound, match="no SunSpec model 203"):
                await line.read_profile(kind)
    with sim.serve([sim.ModbusMeter(KIND)], framing=framing) as device:
        asyncio.run(play(device.url))


def test_refusals_and_silence(device):
    with modbus.open(device.url) as line:
        with pytest.raises(wattpurse.Refused) as refusal:
            line.read_holding(60_000, 2)
        assert refusal.value.reason == "illegal_data_address"
        with pytest.raises(wattpurse.Error):
            line.read_coils(0, 1, timeout=0.2, attempts=1)
        with pytest.raises(wattpurse.Error):
            line.read_holding(0, 1, unit=9, timeout=0.2, attempts=1)


def test_a_written_register_reads_back():
    kind = profiles.load("acrel_ddsy1352_dtsy1352_prepaid")
    at = next(each for each in kind.registers
              if each.is_writable and each.count == 1 and each.function == 3
              and each.access != "money" and not each.is_secret)
    with sim.serve([sim.ModbusMeter(kind)]) as server, modbus.open(server.url) as line:
        line.write_registers(at.address, [3])
        assert line.read_holding(at.address) == (3,)
        assert line.request(modbus.read_holding_registers(at.address, 1)) == bytes([3, 2, 0, 3])


def test_many_modbus_requests_at_once():
    address = next(each for each in KIND.registers if each.name == "voltage")
    read = "read_input" if address.function == 4 else "read_holding"

    async def play(server):
        async with modbus.connect(server.url, window=8) as line:
            ask = getattr(line, read)
            found = await asyncio.gather(*(ask(address.address, 2) for _ in range(300)))
            assert len(set(found)) <= 2 and len(found) == 300
            doomed = [asyncio.create_task(ask(address.address, 2)) for _ in range(50)]
            await asyncio.sleep(0.002)
            for each in doomed[::2]:
                each.cancel()
            for each in await asyncio.gather(*doomed, return_exceptions=True):
                assert isinstance(each, asyncio.CancelledError) or len(each) == 2
            assert len(await ask(address.address, 2)) == 2
            server.disconnect()
            await asyncio.sleep(0.1)
            assert len(await ask(address.address, 2)) == 2
    with sim.serve([sim.ModbusMeter(KIND)], answer_delay=timedelta(milliseconds=1)) as server:
        asyncio.run(play(server))


def test_a_stream_without_meaning_is_a_lost_connection():
    async def play(port):
        async with modbus.connect(f"tcp://127.0.0.1:{port}") as line:
            with pytest.raises((wattpurse.LinkError, wattpurse.Timeout)):
                await line.read_holding(0, 1, timeout=0.5, attempts=1)

    def talk(listener):
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n" * 30)
            peer.settimeout(3)
            try:
                while peer.recv(1000):
                    pass
            except OSError:
                pass
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,))
        thread.start()
        asyncio.run(play(listener.getsockname()[1]))
        thread.join()


def test_options_that_cannot_be():
    for wrong in (lambda: modbus.connect("serial:///dev/ttyS0?framing=tcp"),
                  lambda: modbus.open("tcp://h?framing=rtu", timing="odd"),
                  lambda: modbus.open("tcp://h").read_holding(0, 1, timeout=-1)):
        with pytest.raises(wattpurse.Error):
            wrong()


def test_the_clock_is_utc():
    from wattpurse import _clock  # pylint: disable=import-outside-toplevel
    assert abs(_clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)


def test_a_terminal_is_opened_again_and_again():
    with sim.serve([sim.Meter("000000000001")], on="pty") as served:
        for parity in ("even", "even", "none", "odd", "odd"):
            with dlt645.open(f"{served.url}?parity={parity}") as line:
                assert line.read("1", "00010000").unit == "kWh"
