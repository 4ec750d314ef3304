#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse decode --file`: frames in captured logs of all sorts, text and binary mixed."""

import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

from frames import ENERGY, PROGRAM, VECTORS, decode, frame, low_first, run

VOLTAGE = frame(0x91, low_first("02010100") + low_first("2203"))
READ = frame(0x11, low_first("00010000"))
LONG = frame(0x91, low_first("0ABCDEF0") + b"\x00" * 120)
SUMMARY = "{} frames, {} faults, "


def hexdump(data, offset="{:08x}  ", column=True, size=16):
    """As `hexdump -C` writes it; equal lines become one `*`."""
    lines, before = [], None
    for at in range(0, len(data), size):
        part = data[at:at + size]
        if part == before and at + size < len(data):
            if lines[-1] != "*":
                lines.append("*")
            continue
        before = part
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in part)
        cells = " ".join(f"{b:02x}" for b in part[:8]) + "  " + " ".join(
            f"{b:02x}" for b in part[8:])
        lines.append(offset.format(at) + cells.ljust(3 * size + 2) +
                     (f"|{text}|" if column else ""))
    return "\n".join([*lines, f"{len(data):08x}", ""])


def xxd(data, size=16):
    lines = []
    for at in range(0, len(data), size):
        part = data[at:at + size]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in part)
        cells = " ".join(part[i:i + 2].hex() for i in range(0, len(part), 2))
        lines.append(f"{at:08x}: {cells:<40} {text}")
    return "\n".join(lines) + "\n"


class Log(unittest.TestCase):
    def scan(self, data, *words):
        """Objects and the summary of one log."""
        data = data.encode() if isinstance(data, str) else data
        status, out, errors = run("--file", "-", *words, text=data)
        found = [json.loads(line) for line in out.splitlines()]
        bad = sum(not item["ok"] for item in found)
        self.assertIn(SUMMARY.format(len(found) - bad, bad), errors)
        self.assertEqual(status, 0 if found and not bad else 1)
        return found, errors

    def places(self, data, key="line"):
        found, _ = self.scan(data)
        return [item.get(key) for item in found]


class Text(Log):
    def test_one_line_each_in_many_ways(self):
        spaced, plain = ENERGY.hex(" "), ENERGY.hex()
        lines = [
            spaced, plain.upper(), f"TX: {spaced}", f"RX:{plain}", f"rx<{plain}>", f"RX{plain}",
            f"2024-06-08 12:00:00.123 TX: {spaced}", f"[2024-06-08T12:00:00Z] {plain}",
            f"08/06/24 12:00:68 --> {spaced} (20 bytes)", f"len=20 data=[{spaced}] ok",
            ", ".join(f"0x{b:02X}" for b in ENERGY), "".join(f"\\x{b:02x}" for b in ENERGY),
            "{" + ",".join(f"0x{b:02x}" for b in ENERGY) + "};", ENERGY.hex("-"), ENERGY.hex(":"),
            " ".join(f"{b:02X}H" for b in ENERGY), json.dumps({"t": 1717, "hex": plain}),
            f"FE FE FE FE {spaced}", f"1700000000.25 DEBUG 68 bytes recv: {spaced}",
            f"{ENERGY[:7].hex()} 68 91 08 {ENERGY[10:].hex()}", f"noise 68 {spaced}", f"a{plain}",
            f"12:00:00 {spaced}\r"]
        found, _ = self.scan("\n".join(lines))
        self.assertEqual([item["line"] for item in found], list(range(1, len(lines) + 1)))
        self.assertEqual({item["value"] for item in found}, {"0.00"})

    def test_several_on_a_line(self):
        self.assertEqual(self.places(f"TX {READ.hex()} RX {ENERGY.hex(' ')}\n"), [1, 1])
        self.assertEqual(self.places(f"{READ.hex()}{ENERGY.hex()}"), [1, 1])

    def test_frames_over_several_lines_of_one_source(self):
        log = "\n".join([
            f"12:00:00.1 TX: {READ.hex(' ')}", f"12:00:00.2 RX: {LONG[:8].hex(' ')}",
            f"12:00:00.3 TX: {LONG[:5].hex(' ')}", f"12:00:00.4 RX: {LONG[8:100].hex(' ')}",
            "12:00:00.5 nothing to see", f"12:00:00.6 RX: {LONG[100:-1].hex(' ')}",
            "12:00:00.7 RX: 16"])
        self.assertEqual(self.places(log), [1, 2])

    def test_a_broken_frame_does_not_swallow_the_next(self):
        log = f"RX: {LONG[:40].hex(' ')}\nRX: {ENERGY.hex(' ')}\nRX: {VOLTAGE.hex(' ')}\n"
        self.assertEqual(self.places(log), [2, 3])

    def test_candump(self):
        log = ""
        for ident, whole in (("7E8", ENERGY), ("18FF50E5", VOLTAGE)):
            for at in range(0, len(whole), 8):
                part = whole[at:at + 8]
                log += f"  can0  {ident}   [{len(part)}]  {part.hex(' ').upper()}\n"
                log += "  can0  123   [3]  11 22 33\n"
        self.assertEqual(self.places(log), [1, 7])
        log = "".join(f"(1436509052.{at:06}) vcan0 044#{ENERGY[at:at + 8].hex()}\n"
                      for at in range(0, len(ENERGY), 8))
        self.assertEqual(self.places(log), [1])

    def test_utf_16(self):
        log = f"start\nRX: {ENERGY.hex(' ')}\n".encode("utf-16")
        self.assertEqual(self.places(log), [2])

    def test_a_line_without_end(self):
        body = (ENERGY.hex(" ") + " 00 11 22 ") * 5000
        self.assertEqual(self.places(body), [1] * 5000)
        self.assertEqual(self.places(body.replace(" ", "")), [1] * 5000)


class Dumps(Log):
    def capture(self):
        return (b"power on\n" + READ + b"\xFE\xFE" + ENERGY + b"33333333" * 3 + LONG +
                ENERGY[:11] + VOLTAGE + frame(0x91, low_first("0ABCDEF0") + b"\x00" * 200) + READ)

    def test_hexdump_and_its_kin(self):
        capture = self.capture()
        dumps = {"hexdump -C": hexdump(capture), "xxd": xxd(capture),
                 "od -A o": hexdump(capture, "{:07o} "), "od -A d": hexdump(capture, "{:07d} "),
                 "wireshark": hexdump(capture, "{:04x}   ").replace("|", ""),
                 "tcpdump": xxd(capture).replace("0000", "\t0x0000", 1)}
        for name, dump in dumps.items():
            with self.subTest(name):
                found, _ = self.scan(dump)
                self.assertEqual(len(found), 6, [item["line"] for item in found])
                self.assertEqual(found[2]["data"], "00" * 120)
                self.assertEqual(found[0]["line"], 1)

    def test_the_line_is_where_the_frame_begins(self):
        self.assertEqual(self.places(hexdump(b"\x00" * 20 + ENERGY)), [2])

    def test_equal_lines_are_folded(self):
        dump = hexdump(b"\x00" * 6 + frame(0x91, low_first("0ABCDEF0") + b"\x00" * 200))
        self.assertIn("*", dump.split())
        self.assertEqual(self.places(dump), [1])

    def test_a_counter_before_a_frame_is_no_offset(self):
        for step, form in ((1, "{:04} "), (16, "{:08} "), (16, "{:06x}: "), (37, "{:010} ")):
            with self.subTest(form):
                log = "".join(form.format(1000 + i * step) + ENERGY.hex(" ") + "\n"
                              for i in range(20))
                self.assertEqual(self.places(log), list(range(1, 21)))

    def test_characters_beside_the_bytes_are_none(self):
        log = "".join(line.replace("|", " ") + "\n" for line in hexdump(
            LONG + frame(0x91, low_first("0ABCDEF0") + b"\x01" * 120) + ENERGY).splitlines())
        self.assertEqual(len(self.places(log)), 3)

    def test_dumps_one_after_the_other(self):
        dump = hexdump(LONG[:60]) + "\nthen\n" + hexdump(ENERGY) + "\n" + hexdump(VOLTAGE)
        self.assertEqual(len(self.places(dump)), 2)


class Binary(Log):
    def test_raw_frames_and_their_offsets(self):
        log = b"garbage h\x00\x68\x68" + ENERGY + b"\xFE\xFE\xFE\xFE" + VOLTAGE + READ[:9] + READ
        self.assertEqual(self.places(log, "byte_offset"),
                         [12, 12 + 20 + 4, 12 + 20 + 4 + len(VOLTAGE) + 9])

    def test_text_and_binary_mixed(self):
        with_newline = frame(0x91, low_first("0ABCDEF0") + bytes([0x0A - 0x33 & 0xFF] * 9))
        self.assertIn(b"\n", with_newline)
        log = b"TX: " + with_newline + b"\nRX: " + ENERGY.hex().encode() + b"\n" + VOLTAGE
        found, errors = self.scan(log)
        self.assertEqual([item.get("line") for item in found], [None, 11, None])
        self.assertEqual(found[0]["byte_offset"], 4)
        self.assertIn(f"of {len(log)} bytes skipped", errors)

    def test_only_a_plausible_candidate_is_a_fault(self):
        bad = bytearray(ENERGY)
        bad[14] ^= 1
        found, _ = self.scan(b"xx" + bytes(bad) + ENERGY)
        self.assertEqual([item["ok"] for item in found], [False, True])
        self.assertEqual((found[0]["error"], found[0]["byte_offset"]), ("bad_checksum", 2))
        found, _ = self.scan("one\nRX: " + bad.hex(" ") + "\n")
        self.assertEqual((found[0]["error"], found[0]["line"]), ("bad_checksum", 2))
        for spoiled in (ENERGY[:-1] + b"\x17", ENERGY[:7] + b"\x69" + ENERGY[8:], ENERGY[:15]):
            self.assertEqual(self.places(spoiled + b"\n" + READ, "byte_offset"),
                             [len(spoiled) + 1])

    def test_noise_alone(self):
        dice = random.Random(1)
        found, errors = self.scan(dice.randbytes(300000))
        self.assertFalse([item for item in found if item["ok"]])
        self.assertIn("of 300000 bytes skipped", errors)
        self.assertEqual(self.scan(b"")[0], [])

    def test_every_cut_of_the_stream_finds_the_same(self):
        dice = random.Random(2)
        log = bytearray()
        count = 0
        while len(log) < 400000:
            kind = dice.randrange(5)
            if kind == 0:
                log += dice.randbytes(dice.randrange(200)).replace(b"h", b"i")
            elif kind == 1:
                log += dice.choice((ENERGY, LONG, VOLTAGE))
                count += 1
            elif kind == 2:
                log += b"\n12:00:00 RX: " + dice.choice((ENERGY, LONG)).hex(" ").encode() + b"\n"
                count += 1
            else:
                log += b"\nthe quick brown fox has 68 of 16 things\n"
        found, _ = self.scan(bytes(log))
        self.assertEqual(sum(item["ok"] for item in found), count)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "capture.log"
            path.write_bytes(log)
            self.assertEqual(decode("--file", str(path))[1], found)


class Vectors(Log):
    def test_every_good_vector_is_found(self):
        good = [row for row in VECTORS if row["frame_status"] == "ok"]
        text = "".join(f"{i:02}:00:00 {row['hex']}\n" for i, row in enumerate(good))
        raw = b"".join(bytes.fromhex(row["hex"]) + b"\r\n" for row in good)
        for log in (text, raw, hexdump(raw)):
            found, _ = self.scan(log)
            self.assertEqual([item["control"] for item in found],
                             [row["meaning"]["control"] for row in good])


class Use(unittest.TestCase):
    def test_explain_says_where(self):
        _, out, _ = run("--explain", "--file", "-", text=b"x\n" + ENERGY.hex().encode() + ENERGY)
        self.assertIn("line 2: DL/T 645-2007, 000072007201", out)
        self.assertIn("byte offset 42: DL/T 645-2007", out)
        _, out, errors = run("--explain", "--lang", "zh", "--file", "-", text=ENERGY.hex().encode())
        self.assertIn("第 1 行: DL/T 645-2007", out)
        self.assertIn("1 帧, 0 个错误, 共 40 字节, 跳过 0 字节", errors)

    def test_a_file_that_is_not_there(self):
        status, out, errors = run("--file", "/nowhere/at/all")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("cannot be read", errors)
        self.assertEqual(run("--file", "/")[0], 1)

    def test_hex_and_a_log_exclude_each_other(self):
        self.assertEqual(run("--file", "-", ENERGY.hex())[0], 2)

    @unittest.skipIf(os.environ.get("WATTPURSE_SANITIZED") == "1", "a sanitizer needs terabytes")
    def test_memory_is_bounded(self):
        """90 MiB through a pipe with an address space of 256 MiB."""
        script = f"ulimit -v 262144; exec '{PROGRAM}' decode --file -"
        pieces = [random.Random(3).randbytes(1 << 20), b"68 0g " * 100000,
                  (ENERGY.hex() + "\n").encode() * 10, b"68" * 500000]
        with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
            for _ in range(24):
                for piece in pieces:
                    program.stdin.write(piece)
            program.stdin.close()
            errors = program.stderr.read().decode()
        self.assertIn("240 frames", errors)

    def test_identifiers_of_ones_own(self):
        catalogue = {"format": "wattpurse-catalogue/1", "name": "ours", "identifiers": [
            {"edition": "2007", "id": "0ABCDEF0", "layout": "fee:XXXX.XX[currency] word:bits1=ours",
             "name": "our register", "name_zh": "自定义"}],
            "bits": {"ours": [{"low": 0, "name": "door", "values": {"0": "shut", "1": "open"}}]}}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ours.json"
            path.write_text(json.dumps(catalogue), encoding="utf-8")
            text = frame(0x91, low_first("0ABCDEF0") + low_first("123456") + b"\x01").hex()
            _, found = decode("--catalogue", str(path), text)
            self.assertEqual(found[0]["name"], "our register")
            self.assertEqual(found[0]["value"], {"fee": "1234.56",
                                                 "word": {"word": "01", "bits": {"door": "open"}}})
            self.assertEqual(found[0]["unit"], "currency")
            _, found = decode("--catalogue", str(path), "--lang", "zh", ENERGY.hex())
            self.assertEqual(found[0]["value"], "0.00")
            path.write_text("{}", encoding="utf-8")
            status, out, errors = run("--catalogue", str(path), text)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("format", errors)


if __name__ == "__main__":
    unittest.main()
