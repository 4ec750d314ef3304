#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Against an implementation that is not ours: the package `dlt645` of the Python index (3.2.0,
Chen Dongyu, Apache-2.0). Its client reads from our simulated meter, and ours from its meter, on
the functions it gets right.

It gets some wrong, and those are left out: it sends the address high byte first (so the address
is given to it the other way round), the broadcast time from the year on, moments high byte
first, and words of baud rates as BCD.

`./run test` puts it into build/venv. Without it the test is skipped, and says so; with CI set in
the environment it fails instead.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
from decimal import Decimal
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
VENV = ROOT / "build/venv/bin/python3"
SKIPPED = 77  # what ctest takes for it

METER = "123456789012"
LEVEL_AND_PASSWORD = "02 563412 00000000"  # as a person writes it: high digit first
THEIR_PASSWORD = "02123456"                # PA P0 P1 P2


def backwards(address):
    """Byte by byte from the other end, as the package wants an address."""
    return "".join(re.findall("..", address)[::-1])


def enter_venv():
    """Goes on as the interpreter that has the package."""
    try:
        import dlt645  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
        return
    except ImportError:
        pass
    if VENV.exists() and Path(sys.prefix) != VENV.parent.parent:
        os.execv(VENV, [str(VENV), "-B", __file__, *sys.argv[1:]])
    print("SKIPPED: the Python package dlt645 is not installed; ./run test does that, "
          "where the index can be reached", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") else SKIPPED)


enter_venv()

import dlt645  # noqa: E402  pylint: disable=wrong-import-position
from dlt645 import Demand, MeterClientService, MeterServerService  # noqa: E402,I001

dlt645.disable_logging()


def ours(port, *words):
    """What our `read` says of each identifier: {"00010000": the object of its line}."""
    done = subprocess.run(
        [PROGRAM, "read", f"tcp://127.0.0.1:{port}?baud=115200", "--meter", METER, "--edition",
         "2007", *words, "--json"],
        capture_output=True, text=True, timeout=60, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["di"]: row for row in rows}, done


def number_of(row):
    """The one number of a value that may be alone or have company."""
    value = row["value"]
    while not isinstance(value, str):
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return Decimal(value)


class OurMeter:
    """`wattpurse sim` on a TCP port."""

    def __init__(self, folder, *words):
        secret = folder / "credentials"
        secret.write_text(LEVEL_AND_PASSWORD + "\n")
        self.process = subprocess.Popen(
            [PROGRAM, "sim", "--protocol", "dlt645", "--tcp", "0", "--meter", METER,
             "--credentials-file", str(secret), *words],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on tcp://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"sim said {line!r}")
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


class TheirClientOurMeter(unittest.TestCase):
    ENERGY = {0x00010000: "180.50", 0x00010100: "120.50", 0x00010200: "60.00",
              0x00020000: "0.00"}
    # Voltage, current, power, power factor, frequency: those of the moment.
    VARIABLES = (0x02010100, 0x02020100, 0x02030000, 0x02060000, 0x02800002)

    @classmethod
    def setUpClass(cls):
        folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"wattpurse-peer-{os.getpid()}"
        folder.mkdir()
        cls.folder = folder
        cls.meter = OurMeter(folder, "--energy", "120.50,60", "--load", "0").__enter__()
        cls.client = MeterClientService.new_tcp_client("127.0.0.1", cls.meter.port, timeout=10)

    @classmethod
    def tearDownClass(cls):
        cls.client.client.disconnect()
        cls.meter.__exit__()
        (cls.folder / "credentials").unlink()
        cls.folder.rmdir()

    def setUp(self):
        self.client.set_address(backwards(METER))
        self.client.client.disconnect()  # it connects again by itself

    def ours(self, *words):
        """Ours, with theirs gone from the line: all who are on it hear all answers, and theirs
        takes any for its own."""
        self.client.client.disconnect()
        return ours(self.meter.port, *words)

    def test_it_reads_the_address_of_the_only_meter(self):
        self.client.set_address("000000000000")
        item = self.client.read_address()
        self.assertIsNotNone(item)
        self.assertEqual(item.value, backwards(METER))

    def test_it_reads_energies(self):
        for di, expected in self.ENERGY.items():
            with self.subTest(di=f"{di:08X}"):
                item = self.client.read_00(di)
                self.assertIsNotNone(item)
                self.assertEqual(Decimal(str(item.value)), Decimal(expected))

    def test_it_reads_variables_as_we_do(self):
        for di in self.VARIABLES:
            with self.subTest(di=f"{di:08X}"):
                def both():
                    item = self.client.read_02(di)
                    self.assertIsNotNone(item)
                    rows, done = self.ours(f"{di:08X}")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    return Decimal(str(item.value)), number_of(rows[f"{di:08X}"])
                pairs = []
                for _ in range(10):  # a value that changes between the two reads is read again
                    pairs.append(both())
                    if pairs[-1][0] == pairs[-1][1]:
                        break
                self.assertEqual(*pairs[-1], pairs)

    def test_it_reads_the_date(self):
        date = self.client.read_04(0x04000101)
        self.assertIsNotNone(date)
        year, month, day, weekday = re.findall("..", date.value)
        now = time.gmtime(time.time() + 8 * 3600)  # the meter lives in China
        self.assertLessEqual(abs(int(day) - now.tm_mday) % 27, 1)
        self.assertEqual(int(year), now.tm_year % 100)
        self.assertLessEqual(abs(int(month) - now.tm_mon) % 11, 1)
        self.assertLess(int(weekday), 7)

    def test_an_unknown_identifier_is_refused_and_the_line_goes_on(self):
        self.assertIsNone(self.client.read_00(0x00010D00))
        self.assertIsNotNone(self.client.read_00(0x00010000))

    def test_another_address_stays_silent(self):
        self.client.set_address("000000000001")
        self.client.client.timeout = 2
        try:
            self.assertIsNone(self.client.read_00(0x00010000))
        finally:
            self.client.client.timeout = 10

    def test_it_freezes_the_registers_at_once(self):
        done = self.client.freeze(99, 99, 99, 99)  # the same in either order of bytes
        self.assertIsNotNone(done)
        rows, read = self.ours("05010101")
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertEqual(number_of(rows["05010101"]), Decimal("180.50"))

    def test_it_writes_a_parameter_with_the_password(self):
        before, _ = self.ours("04001001")
        self.client.write_04(0x04001001, "00004200", THEIR_PASSWORD)
        after, _ = self.ours("04001001")
        self.assertNotEqual(number_of(before["04001001"]), Decimal("42.00"))
        self.assertEqual(number_of(after["04001001"]), Decimal("42.00"))


class OurClientTheirMeter(unittest.TestCase):
    VALUES = {0x00010000: "12345.67", 0x00010100: "0.01", 0x00010200: "654321.09",
              0x00020000: "0.00"}
    VARIABLES = {0x02010100: "220.5", 0x02020100: "-1.234", 0x02030000: "5.4321",
                 0x02060000: "0.987"}

    @classmethod
    def setUpClass(cls):
        cls.meter = None
        for port in range(18600, 18700):  # it cannot be asked which port it was given
            meter = MeterServerService.new_tcp_server("127.0.0.1", port, 30)
            meter.set_address(backwards(METER))
            if meter.start():
                cls.meter, cls.port = meter, port
                break
        for di, value in cls.VALUES.items():
            assert cls.meter.set_00(di, float(value))
        for di, value in cls.VARIABLES.items():
            assert cls.meter.set_02(di, float(value))
        assert cls.meter.set_01(0x01010000, Demand(12.3456, dlt645_moment()))
        assert cls.meter.set_04(0x04000101, "26010503")

    @classmethod
    def tearDownClass(cls):
        cls.meter.stop()

    def read(self, *dis):
        rows, done = ours(self.port, *(f"{di:08X}" for di in dis))
        return rows, done

    def test_we_read_energies_and_variables(self):
        wanted = {**self.VALUES, **self.VARIABLES}
        rows, done = self.read(*wanted)
        self.assertEqual(done.returncode, 0, done.stderr)
        for di, expected in wanted.items():
            self.assertEqual(rows[f"{di:08X}"]["value"], expected)

    def test_we_read_a_demand_and_a_date(self):
        rows, _ = self.read(0x01010000, 0x04000101)
        self.assertEqual(number_of(rows["01010000"]), Decimal("12.3456"))
        self.assertIn("2026-01-05", json.dumps(rows["04000101"]))

    def test_we_are_told_that_there_is_no_such_thing(self):
        rows, done = self.read(0x00900200, 0x00010000)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("value", rows["00900200"])
        self.assertEqual(rows["00010000"]["value"], "12345.67")


def dlt645_moment():
    from datetime import datetime  # pylint: disable=import-outside-toplevel
    return datetime(2026, 1, 5, 12, 30)


if __name__ == "__main__":
    unittest.main(verbosity=2)
