# SPDX-License-Identifier: Apache-2.0
"""What the tests of Modbus against others' implementations share: our simulator and our client as
programs, two pseudo-terminals with a wire between them, and the conversation that is held with
each peer, whoever is the client.

A client is an object with `ask(order, *numbers)`, that returns a list of numbers or raises
`Refused` with the name of the exception. Orders are those of order_line.hpp.
"""

import json
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import tty
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
BIN = Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/dev/bin"))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(BIN / "wattpurse")
VENV = Path(os.environ.get("WATTPURSE_VENV", ROOT / "build/venv")) / "bin/python3"
SKIPPED = 77  # what ctest takes for it

REGISTERS = 200  # of the conformance model, in each table


class Refused(Exception):
    """An exception of the protocol; its name is the text."""


class Failed(Exception):
    """Anything else that is no answer."""


def skip(what):
    """Says why the whole test is not run; with CI set that is a failure."""
    print(f"SKIPPED: {what}", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") else SKIPPED)


def enter_venv(driver):
    """Goes on as the interpreter that has pymodbus."""
    try:
        import pymodbus  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
        import serial  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
        return
    except ImportError:
        pass
    if VENV.exists() and Path(sys.prefix) != VENV.parent.parent:
        os.execv(VENV, [str(VENV), "-B", driver, *sys.argv[1:]])
    skip("the Python package pymodbus is not installed; ./run test does that, where the index "
         "can be reached")


# ---- Programs -----------------------------------------------------------------------------------


class Server:
    """A program that says in its first line where it serves: `where`."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                                        text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(20)
            self.process.stdout.close()
            raise Failed(f"{command[0]} did not start")
        self.where = line.split()[-1]

    @property
    def port(self):
        return int(re.fullmatch(r"tcp://127\.0\.0\.1:(\d+)", self.where).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


def our_server(*words):
    return Server(PROGRAM, "sim", *words)


class Client:
    """A program that takes orders: ours, or libmodbus."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, order, *numbers):
        self.process.stdin.write(" ".join([order, *(str(int(n)) for n in numbers)]) + "\n")
        self.process.stdin.flush()
        kind, _, rest = self.process.stdout.readline().rstrip("\n").partition(" ")
        if kind == "refused":
            raise Refused(rest)
        if kind != "ok":
            raise Failed(f"{order} {numbers}: {rest}")
        return [int(word) for word in rest.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def our_client(uri):
    return Client(BIN / "wattpurse_modbus_driver", uri)


# ---- A meter that a peer plays ------------------------------------------------------------------


def words_of(form, *values):
    """Big-endian numbers as registers: `form` is a letter of `struct`."""
    data = struct.pack(f">{len(values)}{form}", *values)
    return list(struct.unpack(f">{len(data) // 2}H", data))


# Registers by address, as two kinds of meters have them: high word first, and low word first.
SDM630_WORDS = {0x0000: words_of("f", 230.1), 0x0046: words_of("f", 49.98),
                0x0048: words_of("f", 12345.67)}
EM340_WORDS = {0x0000: words_of("i", 2301)[::-1], 0x0028: words_of("i", -15005)[::-1],
               0x0034: words_of("i", 1234567)[::-1]}
PLAYED = {
    "eastron_sdm630": (SDM630_WORDS, {"voltage_l1": "230.1", "frequency": "49.98",
                                      "energy_import": "12345.67"}),
    "carlo_gavazzi_em340": (EM340_WORDS, {"voltage_l1": "230.1", "active_power": "-1500.5",
                                          "energy_import": "123456.7"}),
}


def our_read(uri, *words):
    """What `wattpurse read` says, object by object."""
    done = subprocess.run([PROGRAM, "read", uri, "--json", *words], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise Failed(done.stdout + done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def values_of(uri, profile, names):
    """{name: value} of these fields, by `wattpurse read`."""
    found = {}
    for said in our_read(uri, "--profile", profile, *names):
        if said.get("name") in names:
            found[said["name"]] = said.get("value")
    return found


# ---- A wire between two terminals ---------------------------------------------------------------


class Wire:
    """Two pseudo-terminals; what is said on one is heard on the other: `ends` are their paths."""

    def __init__(self):
        self._masters, self._slaves = zip(*(pty.openpty() for _ in range(2)))
        for slave in self._slaves:  # kept open, so that a client may come and go
            tty.setraw(slave, termios.TCSANOW)
        self.ends = [os.ttyname(slave) for slave in self._slaves]
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        first, second = self._masters
        others = {first: second, second: first}
        while True:
            ready, _, _ = select.select([first, second, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            for end in ready:
                os.write(others[end], os.read(end, 4096))

    def close(self):
        os.write(self._stop_write, b".")
        self._thread.join()
        for handle in (*self._masters, *self._slaves, self._stop_read, self._stop_write):
            os.close(handle)


# ---- The conversation ---------------------------------------------------------------------------


class Conversation:
    """Mixed into a unittest.TestCase that has a `client` for a server with the register model of
    the conformance cases: 200 registers n * 257 in both tables, 100 coils and inputs that are 0.
    Each test leaves its marks in the server's tables: none relies on another's."""

    RANDOM_ORDERS = 300
    BITS = 100

    def ask(self, order, *numbers):
        return self.client.ask(order, *numbers)

    def refused(self, why, order, *numbers):
        with self.subTest(order=order, numbers=numbers[:4]):
            with self.assertRaises(Refused) as raised:
                self.ask(order, *numbers)
            self.assertEqual(str(raised.exception), why)

    def test_input_registers_and_discrete_inputs_are_read(self):
        for first, quantity in ((0, 1), (0, 125), (75, 125), (199, 1), (100, 7)):
            self.assertEqual(self.ask("read_input_registers", first, quantity),
                             [n * 257 & 0xFFFF for n in range(first, first + quantity)])
        for first, quantity in ((0, 1), (0, 100), (99, 1), (3, 13)):
            self.assertEqual(self.ask("read_discrete_inputs", first, quantity), [0] * quantity)

    def test_a_coil_and_a_register_are_written(self):
        for value in (1, 0, 1):
            self.ask("write_single_coil", 99, value)
            self.assertEqual(self.ask("read_coils", 98, 2)[1], value)
        for value in (0xFFFF, 0, 0x1234):
            self.ask("write_single_register", 199, value)
            self.assertEqual(self.ask("read_holding_registers", 199, 1), [value])

    def test_many_coils_and_registers_are_written(self):
        bits = [n * n % 3 % 2 for n in range(100)]
        self.ask("write_multiple_coils", 0, *bits)
        self.assertEqual(self.ask("read_coils", 0, 100), bits)
        self.ask("write_multiple_coils", 41, 1, 0, 1, 1, 1, 0, 0, 1, 1)
        bits[41:50] = [1, 0, 1, 1, 1, 0, 0, 1, 1]
        self.assertEqual(self.ask("read_coils", 0, 100), bits)
        words = [0xFFFF - 3 * n for n in range(123)]
        self.ask("write_multiple_registers", 77, *words)
        self.assertEqual(self.ask("read_holding_registers", 77, 123), words)

    def test_bits_of_a_register_are_masked(self):
        self.ask("write_single_register", 4, 0x0012)
        self.ask("mask_write_register", 4, 0x00F2, 0x0025)
        self.assertEqual(self.ask("read_holding_registers", 4, 1), [0x0017])  # as in 6.16

    def test_registers_are_written_before_they_are_read(self):
        self.ask("write_multiple_registers", 10, 1, 2, 3, 4, 5, 6)
        self.assertEqual(self.ask("read_write_multiple_registers", 10, 6, 12, 333, 444),
                         [1, 2, 333, 444, 5, 6])
        words = list(range(1000, 1121))
        self.assertEqual(self.ask("read_write_multiple_registers", 75, 125, 79, *words)[4:], words)

    def test_what_is_not_there_is_refused(self):
        why = "illegal_data_address"
        for table, size in (("read_holding_registers", REGISTERS),
                            ("read_input_registers", REGISTERS),
                            ("read_coils", self.BITS), ("read_discrete_inputs", self.BITS)):
            self.refused(why, table, size, 1)
            self.refused(why, table, size - 1, 2)
            self.refused(why, table, 65535, 1)
        self.refused(why, "write_single_coil", self.BITS, 1)
        self.refused(why, "write_single_register", REGISTERS, 1)
        self.refused(why, "write_multiple_coils", self.BITS - 2, 1, 1, 1)
        self.refused(why, "write_multiple_registers", REGISTERS - 2, 1, 2, 3)
        self.refused(why, "mask_write_register", REGISTERS, 0, 0)
        self.refused(why, "read_write_multiple_registers", REGISTERS, 1, 0, 7)
        self.assertEqual(len(self.ask("read_coils", 0, 100)), 100)  # and the line goes on

    def test_any_order_of_orders_leaves_what_they_say(self):
        """A table in Python is told the same."""
        dice = random.Random(7)
        registers = self.ask("read_holding_registers", 0, 100)
        registers += self.ask("read_holding_registers", 100, 100)
        coils = self.ask("read_coils", 0, 100)
        for _ in range(self.RANDOM_ORDERS):
            first = dice.randrange(REGISTERS)
            words = [dice.randrange(65536) for _ in range(dice.randint(1, min(20, 200 - first)))]
            at = dice.randrange(100)
            bits = [dice.randrange(2) for _ in range(dice.randint(1, min(20, 100 - at)))]
            kind = dice.randrange(6)
            if kind == 0:
                self.ask("write_multiple_registers", first, *words)
                registers[first:first + len(words)] = words
            elif kind == 1:
                self.ask("write_single_register", first, words[0])
                registers[first] = words[0]
            elif kind == 2:
                self.ask("write_multiple_coils", at, *bits)
                coils[at:at + len(bits)] = bits
            elif kind == 3:
                self.ask("mask_write_register", first, words[0], words[-1])
                registers[first] = (registers[first] & words[0]) | (words[-1] & ~words[0] & 0xFFFF)
            elif kind == 4:
                self.assertEqual(self.ask("read_holding_registers", first, len(words)),
                                 registers[first:first + len(words)])
            else:
                self.assertEqual(self.ask("read_coils", at, len(bits)), coils[at:at + len(bits)])
        self.assertEqual(self.ask("read_holding_registers", 0, 100), registers[:100])
        self.assertEqual(self.ask("read_holding_registers", 100, 100), registers[100:])
