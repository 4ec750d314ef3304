#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Against mbpoll, the package mbpoll: a command that people use by hand. It reads from our
simulator and writes to it, over TCP and over a pseudo-terminal as RTU."""

import re
import shutil
import subprocess
import unittest

from modbus_peers import our_server, skip

if not shutil.which("mbpoll"):
    skip("mbpoll is not installed; ./run test does that")

VALUE = re.compile(r"^\[(\d+)\]:\s+(\S+)")


class Mbpoll:
    """Addresses as in the requests, from 0; a poll once."""

    @classmethod
    def setUpClass(cls):
        cls.server = our_server(*cls.words, "--model", "conformance")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def run_it(self, *words, status=0):
        done = subprocess.run(["mbpoll", "-0", "-1", "-o", "5", "-a", "1", *self.place(), *words],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def read(self, table, first, count):
        text = self.run_it("-t", table, "-r", str(first), "-c", str(count), *self.line()).stdout
        found = dict(match.groups() for match in map(VALUE.match, text.splitlines()) if match)
        self.assertEqual([int(at) for at in found], list(range(first, first + count)), text)
        return list(found.values())

    def write(self, table, first, *values):
        text = self.run_it("-t", table, "-r", str(first), *self.line(), "--",
                           *(str(value) for value in values)).stdout
        self.assertIn(f"Written {len(values)} reference", text)

    def test_it_reads_registers(self):
        for table in ("3", "4"):
            with self.subTest(table=table):
                wanted = [n * 257 & 0xFFFF for n in range(100, 200)]
                self.assertEqual([int(value) for value in self.read(table, 100, 100)], wanted)

    def test_it_reads_bits(self):
        for table in ("0", "1"):
            with self.subTest(table=table):
                self.assertEqual(self.read(table, 0, 40), ["0"] * 40)

    def test_it_writes_and_reads_back(self):
        self.write("4", 3, 7)
        self.write("4", 4, 1, 2, 65535)
        self.assertEqual([int(value) for value in self.read("4", 3, 4)], [7, 1, 2, 65535])
        self.write("0", 60, 1)
        self.write("0", 61, 0, 1, 1)
        self.assertEqual(self.read("0", 60, 4), ["1", "0", "1", "1"])

    def test_numbers_of_two_registers_come_in_the_order_that_was_said(self):
        self.write("4:hex", 10, "0x0001", "0x86A0")
        self.assertEqual(self.run_it("-B", "-t", "4:int", "-r", "10", *self.line()).stdout
                         .count("100000"), 1)

    def test_it_tells_what_is_refused(self):
        done = self.run_it("-t", "4", "-r", "199", "-c", "2", *self.line(), status=1)
        self.assertIn("Illegal data address", done.stdout + done.stderr)


class MbpollOverTcp(Mbpoll, unittest.TestCase):
    words = ("--protocol", "modbus-tcp", "--tcp", "0")

    def place(self):
        return ["-m", "tcp", "-p", str(self.server.port)]

    def line(self):
        return ["127.0.0.1"]


class MbpollOnATerminal(Mbpoll, unittest.TestCase):
    words = ("--protocol", "modbus-rtu", "--pty")

    def place(self):
        return ["-m", "rtu", "-b", "115200", "-P", "none"]

    def line(self):
        return [self.server.where]


if __name__ == "__main__":
    unittest.main(verbosity=2)
