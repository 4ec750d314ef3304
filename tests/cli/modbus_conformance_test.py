#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/vectors/modbus_conformance.jsonl against `wattpurse sim --model conformance`: over TCP,
over a pseudo-terminal as RTU and as ASCII, and both of these over TCP as well.

Every answer is compared byte for byte, silence and closing included. Exceptions must come at
once: their fastest answer of several takes less than 5 ms, so that a busy machine does not fail
the test and a server that sleeps does. Cases about a client (R12, R15) are run by
tests/link/modbus_serial_client_test.cpp; those about gaps inside a frame (R09) here, where the
simulator is lenient, and there.
"""

import errno
import json
import os
import resource
import select
import socket
import termios
import time
import tty
import unittest

from simulator import ROOT, Simulator

CASES = [json.loads(line) for line in
         (ROOT / "tests/vectors/modbus_conformance.jsonl").read_text().splitlines()]
SLOW = os.environ.get("WATTPURSE_SANITIZED") == "1"
SILENCE_S = 0.25
ANSWER_S = 5.0
EXCEPTION_MS_MAX = 50.0 if SLOW else 5.0


class Line:
    """Bytes to the simulator and back, over a socket or a terminal."""

    def __init__(self, simulator):
        if simulator.where.startswith("tcp://"):
            self.socket = socket.create_connection(("127.0.0.1", simulator.port()), timeout=10)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
            self.fd = self.socket.fileno()
        else:
            self.socket = None
            self.fd = os.open(simulator.where, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self.fd, termios.TCSANOW)

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.fd)

    def send(self, data):
        while data:
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                select.select([], [self.fd], [], 5)

    def heard(self, size, patience_s):
        """At most `size` bytes, and whether the other side has closed."""
        data = b""
        until = time.monotonic() + patience_s
        while len(data) < size:
            wait = until - time.monotonic()
            if wait <= 0 or not select.select([self.fd], [], [], wait)[0]:
                return data, False
            try:
                more = os.read(self.fd, size - len(data))
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    continue
                return data, True
            if not more:
                return data, True
            data += more
        return data, False

    def ask(self, data, size):
        self.send(data)
        return self.heard(size, ANSWER_S)

    def is_silent(self):
        return self.heard(1, SILENCE_S) == (b"", False)


def crc(data):
    """CRC-16 of Modbus, bit by bit from its definition."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def rtu(text):
    body = bytes.fromhex(text)
    return body + crc(body)


class Conformance(unittest.TestCase):
    words = ()

    def setUp(self):
        self.simulator = Simulator(*self.words, "--model", "conformance")
        self.lines = []

    def tearDown(self):
        self.stop()

    def stop(self):
        for line in self.lines:
            line.close()
        self.lines = []
        self.assertEqual(self.simulator.stop(), 0)

    def begin_anew(self):
        """Cases write: each one has a simulator of its own."""
        self.stop()
        self.simulator = Simulator(*self.words, "--model", "conformance")

    def line(self):
        line = Line(self.simulator)
        self.lines.append(line)
        return line

    def check_silent(self, line, question, good_question, good_answer):
        """Nothing comes of it, and the next question is answered as ever."""
        line.send(question)
        self.assertTrue(line.is_silent())
        self.assertEqual(line.ask(good_question, len(good_answer)), (good_answer, False))

    def check_at_once(self, question, answer):
        """The fastest of several, so that a busy machine does not count."""
        line = self.line()
        fastest = 1e9
        for _ in range(20):
            begun = time.perf_counter()
            self.assertEqual(line.ask(question, len(answer)), (answer, False))
            fastest = min(fastest, (time.perf_counter() - begun) * 1000)
        self.assertLess(fastest, EXCEPTION_MS_MAX)


class OverTcp(Conformance):
    words = ("--protocol", "modbus-tcp", "--tcp", "0")
    GOOD = (bytes.fromhex("000700000006010300030001"), bytes.fromhex("0007000000050103020303"))

    def run_case(self, case):
        question, expected = bytes.fromhex(case["input"]), case["expect"]
        line = self.line()
        transaction, unit = question[:2], question[6:7]
        if expected == "none":
            self.check_silent(line, question, *self.GOOD)
        elif expected == "none-or-close":
            line.send(question)
            self.assertEqual(line.heard(1, SILENCE_S)[0], b"")
        elif expected == "exception-or-close":
            answer, closed = line.ask(question, 9)
            function = question[7] | 0x80
            if not closed:
                self.assertEqual(answer[:8], transaction + b"\0\0\0\x03" + unit + bytes([function]))
                self.assertIn(answer[8], (1, 2, 3))
        elif expected.startswith("any:"):  # device identification, or exception 01
            answer, _ = line.ask(question, 9)
            self.assertEqual(answer[:2], transaction)
            self.assertIn(answer[7:9].hex(), ("2b0e", "ab01"))
        else:
            answer = bytes.fromhex(expected)
            self.assertEqual(line.ask(question, len(answer)), (answer, False))

    def test_every_case(self):
        cases = [case for case in CASES if case["mode"] == "tcp"]
        self.assertEqual(len(cases), 31)
        for case in cases:
            self.begin_anew()
            with self.subTest(case=case["id"], title=case["title"]):
                self.run_case(case)

    def test_exceptions_come_at_once(self):
        exceptions = 0
        for case in CASES:
            if case["mode"] != "tcp" or case["id"] == "T39":
                continue
            try:
                answer = bytes.fromhex(case["expect"])
            except ValueError:
                continue
            if len(answer) == 9 and answer[7] & 0x80:
                with self.subTest(case=case["id"]):
                    self.check_at_once(bytes.fromhex(case["input"]), answer)
                exceptions += 1
        self.assertGreater(exceptions, 10)

    def test_several_requests_in_one_segment_are_all_answered(self):
        line = self.line()
        line.send(b"".join(n.to_bytes(2, "big") + bytes.fromhex("0000000601030003") + b"\0\1"
                           for n in range(50)))
        for n in range(50):
            self.assertEqual(line.heard(11, ANSWER_S)[0],
                             n.to_bytes(2, "big") + bytes.fromhex("00000005010302") + b"\3\3")

    def test_a_request_in_pieces_is_one_request(self):
        line = self.line()
        for byte in self.GOOD[0]:
            line.send(bytes([byte]))
            time.sleep(0.002)
        self.assertEqual(line.heard(11, ANSWER_S), (self.GOOD[1], False))

    def test_a_thousand_connections_at_once_are_all_answered(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 1100 if hard == resource.RLIM_INFINITY else min(1100, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        lines = [self.line() for _ in range(1000)]
        for n, line in enumerate(lines):
            line.send(n.to_bytes(2, "big") + self.GOOD[0][2:])
        for n, line in enumerate(lines):
            self.assertEqual(line.heard(11, ANSWER_S)[0], n.to_bytes(2, "big") + self.GOOD[1][2:])

    def test_who_does_not_read_disturbs_nobody(self):
        slow = self.line()
        big = bytes.fromhex("00010000000601030000007d")
        try:
            for _ in range(20000):
                os.write(slow.fd, big)
        except BlockingIOError:
            pass
        self.check_at_once(*self.GOOD)


class OverSerial(Conformance):
    """What RTU and ASCII share; `words` is added by those below."""

    def frame(self, case):
        raise NotImplementedError

    def run_case(self, case):
        line = self.line()
        question = self.frame(case["input"])
        expected = case["expect"]
        if expected.startswith("none"):
            self.check_silent(line, question, *self.good())
        else:
            answer = self.frame(expected)
            self.assertEqual(line.ask(question, len(answer)), (answer, False))


class OverRtu(OverSerial):
    words = ("--protocol", "modbus-rtu", "--pty")
    # R12 and R15 are a client's.
    ELSEWHERE = {"R12", "R15"}

    def frame(self, text):
        return bytes.fromhex(text)

    def good(self):
        return bytes.fromhex("010300030001740a"), bytes.fromhex("0103020303f8b5")

    def test_every_case(self):
        cases = [case for case in CASES if case["mode"] == "rtu"]
        self.assertEqual(len(cases), 13)
        for case in cases:
            self.begin_anew()
            with self.subTest(case=case["id"], title=case["title"]):
                if case["id"] in self.ELSEWHERE:
                    continue
                if case["id"] == "R04":
                    self.check_broadcast(bytes.fromhex(case["input"]))
                elif case["id"] == "R09":
                    self.check_gap(bytes.fromhex(case["input"]))
                elif case["id"] == "R17":
                    self.check_vendor_function(bytes.fromhex(case["input"]))
                else:
                    self.run_case(case)

    def check_broadcast(self, question):
        line = self.line()
        line.send(question)
        self.assertTrue(line.is_silent())
        self.assertEqual(line.ask(rtu("010300050001"), 7), (rtu("0103020001"), False))

    def check_gap(self, question):
        """The simulator is patient with gaps, as one behind a USB adapter has to be."""
        line = self.line()
        line.send(question[:4])
        time.sleep(0.01)
        self.assertEqual(line.ask(question[4:], 7), (self.good()[1], False))

    def check_vendor_function(self, question):
        """A write as function 10 makes it, with a function that has the exception bit."""
        line = self.line()
        self.assertEqual(line.ask(question, 8), (rtu("01aa0046001c"), False))

    def test_exceptions_come_at_once(self):
        for question, answer in (("010301f40001", "018302"), ("01030000007e", "018303"),
                                 ("016e0000", "01ee01")):
            with self.subTest(question=question):
                self.check_at_once(rtu(question), rtu(answer))


class OverRtuOverTcp(OverRtu):
    words = ("--protocol", "modbus-rtu", "--tcp", "0")


class OverAscii(OverSerial):
    words = ("--protocol", "modbus-ascii", "--pty")

    def frame(self, text):
        return text.encode("ascii")

    def good(self):
        return b":010300030001F8\r\n", b":0103020303F4\r\n"

    def test_every_case(self):
        cases = [case for case in CASES if case["mode"] == "ascii"]
        self.assertEqual(len(cases), 4)
        for case in cases:
            self.begin_anew()
            with self.subTest(case=case["id"], title=case["title"]):
                self.run_case(case)

    def test_exceptions_come_at_once(self):
        self.check_at_once(b":010301F4000106\r\n", b":0183027A\r\n")


class OverAsciiOverTcp(OverAscii):
    words = ("--protocol", "modbus-ascii", "--tcp", "0")


if __name__ == "__main__":
    unittest.main(verbosity=1)
