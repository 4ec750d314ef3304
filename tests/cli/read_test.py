#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse sim`, `read` and `scan` with each other, over sockets and pseudo-terminals, and
against a line of meters written here, whose answers collide as real ones do."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
SLOW = os.environ.get("WATTPURSE_SANITIZED", "0") == "1"

METER = "202600000001"
FAST = "baud=115200"  # so that air time does not count; the frames are the same


def run(*words, timeout=120):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False,
                          timeout=timeout)


def has_commands():
    return "sim" in run("--help").stdout.split()


class Sim:
    """A running `wattpurse sim`; `uri` is where it is."""

    def __init__(self, *words, options=FAST):
        self.process = subprocess.Popen(
            [PROGRAM, "sim", "--protocol", "dlt645", *words], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        self.line = self.process.stdout.readline().strip() if ready else ""
        if self.line.startswith("listening on "):
            self.uri = self.line.removeprefix("listening on ") + "?" + options
        elif self.line.startswith("pty "):
            self.uri = "serial://" + self.line.removeprefix("pty ") + "?" + options
        else:
            self.process.kill()
            raise RuntimeError(f"sim said {self.line!r} {self.process.communicate()[1]}")

    def end(self):
        """Exit status after SIGTERM."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = None
        self.errors = self.process.communicate()[1]
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def sim(*words, **more):
    return Sim("--tcp", "0", "--meter", METER, "--load", "0", "--energy", "120.50,60,0,7.25",
               *words, **more)


def read_json(*words):
    """Exit status and objects."""
    done = run("read", *words, "--json")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@unittest.skipUnless(has_commands(), "built without asio or sim")
class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = sim("--money", "88.80")
        cls.addClassCleanup(cls.sim.end)

    def read(self, *words):
        return read_json(self.sim.uri, "--meter", METER, *words)

    def test_one_value(self):
        status, found = self.read("00010000")
        self.assertEqual(status, 0)
        self.assertEqual(found, [{
            "meter": METER, "edition": "2007", "di": "00010000",
            "name": "forward active energy, total", "ok": True, "value": "187.75",
            "unit": "kWh"}])

    def test_the_table(self):
        done = run("read", self.sim.uri, "--meter", METER, "00010100", "0001FF00", "00900200")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split("  ") for line in done.stdout.splitlines()]
        cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
        self.assertEqual(cells[0], ["id", "name", "value", "unit"])
        self.assertEqual(cells[1], ["00010100", "forward active energy, tariff 1", "120.50",
                                    "kWh"])
        self.assertEqual(cells[2], ["0001FF00", "forward active energy, total", "187.75", "kWh"])
        self.assertEqual(cells[3], ["forward active energy, tariff 1", "120.50", "kWh"])
        self.assertEqual(cells[6], ["forward active energy, tariff 4", "7.25", "kWh"])
        self.assertEqual(cells[7][0], "00900200")
        self.assertEqual(cells[7][2], "88.80")
        self.assertEqual(done.stderr, "")  # no progress where there is no terminal

    def test_ranges(self):
        status, found = self.read("0001{00..04}00")
        self.assertEqual(status, 0)
        self.assertEqual([item["value"] for item in found],
                         ["187.75", "120.50", "60.00", "0.00", "7.25"])

    def test_1997_and_a_block(self):
        status, found = self.read("9010", "901F", "0001FF00")
        self.assertEqual(status, 0)
        self.assertEqual(found[0]["edition"], "1997")
        self.assertEqual(found[0]["value"], "187.75")
        self.assertEqual(found[1]["value"], ["187.75", "120.50", "60.00", "0.00", "7.25"])
        self.assertEqual(found[2]["value"], found[1]["value"])

    def test_a_family_in_both_editions(self):
        for edition in ("auto", "1997"):
            with self.subTest(edition=edition):
                status, found = self.read("--family", "energy", "--edition", edition)
                wanted = "0001FF00" if edition == "auto" else "901F"
                values = {item["di"]: item for item in found}
                self.assertTrue(values[wanted]["ok"])
                self.assertEqual(values[wanted]["value"][0], "187.75")
                good = [item for item in found if item["ok"]]
                self.assertGreater(len(good), 5)
                self.assertEqual(status, 0 if len(good) == len(found) else 1)

    def test_a_profile(self):
        status, found = self.read("--profile", "single_phase_prepaid")
        values = {item["di"]: item for item in found}
        self.assertEqual(len(found), 7)
        self.assertEqual(values["00900200"]["value"], "88.80")
        self.assertEqual(values["04000503"]["bits"]["relay"], "closed")
        self.assertEqual(values["0001FF00"]["value"][0], "187.75")
        self.assertEqual(status, 0 if all(item["ok"] for item in found) else 1)

    def test_load_records_are_asked_for_by_number(self):
        status, found = self.read("06000000", "06000001", "06010002", "--blocks", "3",
                                  "--since", "2026-01-31T08:00")
        self.assertEqual(status, 0)
        self.assertEqual([item["ok"] for item in found], [True, True, True])
        done = run("read", self.sim.uri, "--meter", METER, "06000001")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--since", done.stderr)

    def test_a_refusal_is_a_row_with_its_reason(self):
        status, found = self.read("00010000", "0F0F0F0F", "00010100")
        self.assertEqual(status, 1)
        self.assertEqual([item["ok"] for item in found], [True, False, True])
        self.assertEqual(found[1]["reason"], "refused")
        self.assertEqual(found[1]["err_meaning"], ["no requested data"])
        done = run("read", self.sim.uri, "--meter", METER, "0F0F0F0F")
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused: no requested data (02)", done.stdout)

    def test_a_wildcard_is_answered_by_the_only_meter(self):
        status, found = read_json(self.sim.uri, "--meter", "A" * 12, "00010000")
        self.assertEqual(status, 0)
        self.assertEqual(found[0]["meter"], METER)

    def test_the_wrong_address_times_out(self):
        words = (self.sim.uri, "--meter", "202600000002", "--timeout", "60", "--attempts", "2",
                 "00010000", "00010100")
        status, found = read_json(*words)
        self.assertEqual(status, 1)
        self.assertEqual([item["reason"] for item in found], ["silent", "silent"])
        status, found = read_json(*words, "--give-up", "1")
        self.assertEqual([item["reason"] for item in found], ["silent", "not_asked"])
        self.assertIn("no answer", run("read", *words).stdout)

    def test_names_in_chinese(self):
        done = run("read", self.sim.uri, "--meter", METER, "--lang", "zh", "00010000")
        self.assertIn("正向有功", done.stdout)
        self.assertIn("187.75", done.stdout)

    def test_identifiers_of_ones_own(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "own.json"
            path.write_text(json.dumps({
                "format": "wattpurse-catalogue/1", "name": "own",
                "identifiers": [{"edition": "2007", "id": "00010000", "layout": "XXXXXXX.X[dWh]",
                                 "name": "my register", "access": "r", "axes": "",
                                 "family": "vendor", "source": "test"}]}), encoding="utf-8")
            status, found = self.read("00010000", "--catalogue", str(path))
            self.assertEqual(status, 0)
            self.assertEqual((found[0]["name"], found[0]["value"]), ("my register", "1877.5"))
            path.write_text("{}", encoding="utf-8")
            self.assertEqual(run("read", self.sim.uri, "--meter", METER, "00010000",
                                 "--catalogue", str(path)).returncode, 1)


@unittest.skipUnless(has_commands(), "built without asio or sim")
class Lines(unittest.TestCase):
    def test_values_that_come_in_several_frames(self):
        with sim("--limit-read", "12") as line:
            status, found = read_json(line.uri, "--meter", METER, "0001FF00", "901F")
            self.assertEqual(status, 0)
            for item in found:
                self.assertEqual(item["value"], ["187.75", "120.50", "60.00", "0.00", "7.25"])
                self.assertGreater(item["frames"], 1)

    def test_a_pseudo_terminal(self):
        with Sim("--pty", "--meter", METER, "--load", "0", "--energy", "1.5") as line:
            self.assertRegex(line.line, r"^pty /dev/pts/\d+$")
            for _ in range(2):  # one program after another
                status, found = read_json(line.uri, "--meter", METER, "00010000", "0001FF00")
                self.assertEqual(status, 0)
                self.assertEqual(found[0]["value"], "1.50")
            self.assertEqual(line.end(), 0)

    def test_an_echoing_line(self):
        with sim("--echo") as line:
            for option in ("", "&echo=skip"):
                with self.subTest(option=option):
                    status, found = read_json(line.uri + option, "--meter", METER, "0001FF00")
                    self.assertEqual(status, 0)
                    self.assertEqual(found[0]["value"][0], "187.75")

    def test_a_bad_line_is_asked_again(self):
        with sim("--faults", "lost=15,garbled=15,noisy=10", "--seed", "7") as line:
            status, found = read_json(line.uri, "--meter", METER, "--timeout", "150",
                                      "--attempts", "12", "0001{00..04}00", "0001FF00")
            self.assertEqual(status, 0)
            self.assertEqual(found[0]["value"], "187.75")
            self.assertEqual(len(found), 6)

    def test_what_is_said_unasked_does_no_harm(self):
        with sim("--push", "1", "--heartbeat", "1") as line:
            for _ in range(4):
                status, found = read_json(line.uri, "--meter", METER, "00010000")
                self.assertEqual((status, found[0]["value"]), (0, "187.75"))
                time.sleep(0.4)

    def test_one_edition_only(self):
        with sim("--edition", "1997") as line:
            status, found = read_json(line.uri, "--meter", METER, "--timeout", "100",
                                      "--attempts", "1", "--family", "energy")
            self.assertEqual({item["edition"] for item in found}, {"1997"})
            self.assertEqual(status, 0 if all(item["ok"] for item in found) else 1)

    def test_sim_ends_when_told_to(self):
        for what in (signal.SIGTERM, signal.SIGINT):
            line = sim()
            self.assertEqual(run("read", line.uri, "--meter", METER, "00010000").returncode, 0)
            line.process.send_signal(what)
            self.assertEqual(line.end(), 0)
            self.assertEqual(line.errors, "")


@unittest.skipUnless(has_commands(), "built without asio or sim")
class Mistakes(unittest.TestCase):
    def refused(self, *words, status=2):
        done = run(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_a_bad_line(self):
        text = self.refused("read", "tcp://127.0.0.1", "--meter", METER, "00010000")
        self.assertIn('port: "": expected a number, 1 to 65535', text)
        text = self.refused("read", "serial:///dev/x?baud=1&speed=2", "--meter", METER, "9010")
        self.assertIn("baud", text)
        self.assertIn("speed", text)
        text = self.refused("scan", "tcp://me:secret@127.0.0.1:1")
        self.assertNotIn("secret", text)

    def test_nobody_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            uri = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
            for words in (("read", uri, "--meter", METER, "00010000"), ("scan", uri)):
                self.assertIn(f"{uri}: Connection refused", self.refused(*words, status=1))

    def test_bad_identifiers_and_addresses(self):
        uri = "tcp://127.0.0.1:1"
        for words, what in ((("00010",), "eight digits of 2007 or four of 1997"),
                            (("9010", "--edition", "2007"), "eight digits of 2007"),
                            ((), "nothing to read"),
                            (("--profile", "toaster"), "single_phase_prepaid"),
                            (("--family", "toast"), "energy"),
                            (("06000001", "--since", "today"), "2026-01-31T08:00"),
                            (("{00..FF}{00..FF}{00..FF}00",), "at once")):
            with self.subTest(words=words):
                self.assertIn(what, self.refused("read", uri, "--meter", METER, *words))
        self.assertIn("address", self.refused("read", uri, "--meter", "12x", "00010000"))

    def test_sim_says_what_it_does_not_understand(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as secrets:
            secrets.write("# level password\n02 99x123\n")
            secrets.flush()
            for words, what in ((("--tcp", "0", "--pty"), "either --tcp PORT or --pty"),
                                ((), "either --tcp PORT or --pty"),
                                (("--pty", "--meter", "x"), "address"),
                                (("--pty", "--meter", "1", "--meter", "01"), "once"),
                                (("--pty", "--dialect", "x"), "park_plain"),
                                (("--pty", "--profile", "x"), "single_phase_prepaid"),
                                (("--pty", "--faults", "lost"), "lost=2"),
                                (("--pty", "--faults", "lost=200"), "PERCENT"),
                                (("--pty", "--faults", "lost=60,late=60"), "100 per cent"),
                                (("--pty", "--load", "80"), "79.9999"),
                                (("--pty", "--energy", "1000000"), "999999.99"),
                                (("--pty", "--clock-error", "-2000000000"), "clock_error"),
                                (("--pty", "--credentials-file", "/"), "can be read"),
                                (("--pty", "--limit-read", "3"), "8 to 255"),
                                (("--pty", "--credentials-file", secrets.name), ":2")):
                with self.subTest(words=words):
                    text = self.refused("sim", *words)
                    self.assertIn(what, text)
                    self.assertNotIn("99x123", text)

    def test_scan_ranges(self):
        uri = "tcp://127.0.0.1:1"
        for words in (("--from", "1"), ("--from", "5", "--to", "1"), ("--from", "x", "--to", "2"),
                      ("--from", "0", "--to", "999999999"), ("--ending", "1"),
                      ("--baud", "1201"), ("--baud", "1200")):
            with self.subTest(words=words):
                self.refused("scan", uri, *words)


def scan_json(*words):
    done = run("scan", *words, "--json")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


class CollidingLine:
    """Meters of 2007 that answer reads and all talk at once: what two say together is noise."""

    def __init__(self, *meters):
        self.meters = meters
        self.questions = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.uri = f"tcp://127.0.0.1:{self.server.getsockname()[1]}?{FAST}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                heard = b""
                while more := client.recv(4096):
                    heard += more
                    while (at := heard.find(b"\x16", 11)) >= 0 and not self.is_whole(heard):
                        heard = heard[at + 1:]
                    if self.is_whole(heard):
                        client.sendall(self.answers(heard))
                        heard = b""

    @staticmethod
    def is_whole(heard):
        frame = heard.lstrip(b"\xfe")
        return len(frame) >= 12 and len(frame) == 12 + frame[9]

    @staticmethod
    def frame(address, control, data):
        body = (b"\x68" + bytes.fromhex(address)[::-1] + b"\x68" + bytes([control, len(data)]) +
                bytes((byte + 0x33) % 256 for byte in data))
        return b"\xfe\xfe" + body + bytes([sum(body) % 256, 0x16])

    def answers(self, heard):
        self.questions += 1
        frame = heard.lstrip(b"\xfe")
        asked = frame[1:7][::-1].hex()
        data = bytes((byte - 0x33) % 256 for byte in frame[10:-2])
        said = []
        for meter in self.meters:
            pairs = zip(bytes.fromhex(asked), bytes.fromhex(meter))
            if not all(a in (0xAA, b) for a, b in pairs):
                continue
            if frame[8] == 0x13:
                said.append(self.frame(meter, 0x93, bytes.fromhex(meter)[::-1]))
            elif frame[8] == 0x11 and data == b"\x00\x00\x01\x00":
                said.append(self.frame(meter, 0x91, data + b"\x78\x56\x34\x12"))
            elif frame[8] == 0x11:
                said.append(self.frame(meter, 0xD1, b"\x02"))
        if len(said) > 1:
            return bytes(a ^ b for a, b in zip(said[0], said[1][3:] + said[1][:3]))
        return said[0] if said else b""

    def close(self):
        self.server.close()


@unittest.skipUnless(has_commands(), "built without asio or sim")
class Scanning(unittest.TestCase):
    def test_one_meter(self):
        with sim() as line:
            status, found = scan_json(line.uri, "--timeout", "100")
            self.assertEqual(status, 0)
            self.assertEqual([item["address"] for item in found], [METER])
            self.assertEqual(found[0]["edition"], "2007")
            self.assertEqual(found[0]["line"], line.uri.split("?")[0])
            self.assertIn("remaining_money", found[0]["hints"])
            done = run("scan", line.uri, "--timeout", "100")
            self.assertEqual(done.returncode, 0)
            self.assertIn(METER, done.stdout)
            self.assertEqual(done.stdout.splitlines()[0].split(),
                             ["line", "baud", "address", "edition", "dialect", "hints"])

    def test_one_meter_of_1997(self):
        with sim("--edition", "1997") as line:
            status, found = scan_json(line.uri, "--timeout", "100")
            self.assertEqual(status, 0)
            self.assertEqual([(item["address"], item["edition"]) for item in found],
                             [(METER, "1997")])

    def test_five_meters(self):
        meters = ["202600000001", "202600000002", "202600000077", "000000000045",
                  "999999999998"]
        words = [word for meter in meters for word in ("--meter", meter)]
        with Sim("--tcp", "0", "--load", "0", "--answer-ms", "5", *words) as line:
            status, found = scan_json(line.uri, "--timeout", "150" if SLOW else "40",
                                      "--edition", "2007", "--no-hints")
            self.assertEqual(status, 0)
            self.assertEqual([item["address"] for item in found], sorted(meters))

    def test_answers_that_collide(self):
        meters = ["111111111111", "222222221111", "333333333312"]
        line = CollidingLine(*meters)
        self.addCleanup(line.close)
        status, found = scan_json(line.uri, "--timeout", "60" if SLOW else "15", "--edition",
                                  "2007", "--no-hints")
        self.assertEqual(status, 0)
        self.assertEqual([item["address"] for item in found], meters)
        self.assertGreater(line.questions, 300)  # ..11 and then ..1111 collide as well

    def test_a_line_that_is_never_quiet(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def chatter():
            client, _ = server.accept()
            with client, contextlib.suppress(OSError):
                while True:
                    client.sendall(b"\x00\x01")
                    time.sleep(0.02)

        threading.Thread(target=chatter, daemon=True).start()
        done = run("scan", f"tcp://127.0.0.1:{server.getsockname()[1]}?{FAST}", "--timeout", "50")
        self.assertEqual(done.returncode, 1)
        self.assertIn("noise, or another rate or parity", done.stderr)

    def test_a_range_and_an_ending(self):
        with sim("--meter", "202600000013") as line:
            words = (line.uri, "--timeout", "60", "--edition", "2007", "--no-hints")
            status, found = scan_json(*words, "--from", "202600000010", "--to", "202600000015")
            self.assertEqual((status, [item["address"] for item in found]),
                             (0, ["202600000013"]))
            status, found = scan_json(*words, "--ending", "2600000001")
            self.assertEqual((status, [item["address"] for item in found]), (0, [METER]))

    def test_nobody(self):
        with Sim("--tcp", "0", "--meter", METER, "--faults", "deaf=100") as line:
            done = run("scan", line.uri, "--timeout", "30", "--attempts", "1")
            self.assertEqual(done.returncode, 1)
            self.assertIn("no meter has answered", done.stderr)

    def test_rates_of_a_serial_port(self):
        with Sim("--pty", "--meter", METER, options="parity=none") as line:
            status, found = scan_json(line.uri, "--baud", "9600,115200", "--timeout", "300",
                                      "--no-hints")
            self.assertEqual(status, 0)
            # A pseudo-terminal has no rate of its own.
            self.assertEqual([item["baud"] for item in found], [9600, 115200])


if __name__ == "__main__":
    unittest.main()
