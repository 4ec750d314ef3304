#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse decode --explain`: every byte of every frame has a row, columns stand in line, in
Chinese too, and what is secret is masked."""

import re
import unicodedata
import unittest

from frames import ENERGY, VECTORS, frame, low_first, run

ROW = re.compile(r"^ *(\d+)  ((?:[0-9A-F]{2}|\*\*)(?: (?:[0-9A-F]{2}|\*\*))*)(?:  |$)")


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_of(line, text):
    """Where a text stands on the screen."""
    return width(line[:line.index(text)])


class Table(unittest.TestCase):
    def explain(self, text, *words):
        status, out, _ = run("--explain", *words, text)
        self.assertEqual(status, 0)
        return out.splitlines()

    def test_one_frame_word_for_word(self):
        self.assertEqual(self.explain("FEFE" + ENERGY.hex()), [
            "DL/T 645-2007, 000072007201, response, read",
            "offset  on the wire        less 33H     meaning",
            "     0  FE FE                           preamble, 2 bytes",
            "     2  68                              start of the frame",
            "     3  01 72 00 72 00 00               address 000072007201",
            "     9  68                              start of the frame",
            "    10  91                              control: response, read",
            "    11  08                              length of DATA: 8",
            "    12  33 33 34 33        00 00 01 00  DI 00010000: forward active energy, total",
            "    16  33 33 33 33        00 00 00 00  0.00 kWh",
            "    20  E7                              checksum, right",
            "    21  16                              end of the frame",
            ""])

    def test_every_byte_of_every_frame_has_its_row(self):
        good = [row["hex"] for row in VECTORS if row["frame_status"] == "ok"]
        status, out, _ = run("--explain", text="\n".join(good).encode())
        self.assertEqual(status, 0)
        tables = out.rstrip("\n").split("\n\n")
        self.assertEqual(len(tables), len(good))
        for text, table in zip(good, tables):
            wire = bytes.fromhex(text)
            at = 0
            for line in table.splitlines():
                match = ROW.match(line)
                if match is None:
                    continue
                shown = match[2].split()
                self.assertEqual(int(match[1]), at, table)
                for byte, cell in zip(wire[at:], shown):
                    self.assertIn(cell, (f"{byte:02X}", "**"), table)
                at += len(shown)
            self.assertEqual(at, len(wire), table)

    def test_columns_stand_in_line(self):
        for words in ((), ("--lang", "zh")):
            lines = self.explain("68129078563412689106363833378333AB16", *words)
            head = lines[1].split()
            meaning = column_of(lines[1], head[-1])
            for line in lines[2:]:
                if ROW.match(line):
                    before = line
                    while width(before) > meaning:
                        before = before[:-1]
                    self.assertEqual(width(before), meaning, line)
                    self.assertTrue(before.endswith("  "), line)

    def test_bits_have_lines_of_their_own(self):
        lines = self.explain("68129078563412689106363833378333AB16")
        self.assertIn("b4 relay: open", [line.strip() for line in lines])
        self.assertFalse([line for line in lines if "keep power" in line])

    def test_secrets_and_the_sum_beside_them_are_masked(self):
        lines = self.explain("68129078563412681C1035456789343333334D338C8C566445CC4C16")
        text = "\n".join(lines)
        self.assertIn("** ** **           ** ** **     ", text)
        self.assertIn("**  ", next(line for line in lines if "checksum" in line))
        self.assertNotIn("4C", [cell for line in lines for cell in line.split()])
        self.assertIn("N1: trip", text)
        self.assertIn("valid until 2099-12-31T23:59:59", text)

    def test_what_is_odd_is_a_note(self):
        lines = self.explain("6803000000000068910733343435333333D416")
        self.assertTrue(any(line.startswith("note: 3 bytes of value") for line in lines))

    def test_a_fault_is_told(self):
        status, out, _ = run("--explain", "6812907856341268910833333433896745335516")
        self.assertEqual(status, 1)
        self.assertEqual(out, "fault: checksum 55 at offset 18 should be 54\n\n")
        status, out, _ = run("--explain", text=b"\nxyz\n")
        self.assertEqual((status, out.split(":")[0]), (1, "line 2"))

    def test_longer_parts_take_several_rows(self):
        lines = self.explain(frame(0x91, low_first("0ABCDEF0") + bytes(20)).hex())
        rows = [line for line in lines if " 00 00 00 00" in line]
        self.assertEqual([line.count("00") for line in rows], [8, 8, 4])


class Chinese(unittest.TestCase):
    """What people read has no English left in it, but for names that are written so."""

    KNOWN = re.compile(r"\b(DATA|ESAM|MAC\d?|DI [0-9A-F]+|PA|BCD|FF|DL/T|N\d|D\d|AA|"
                       r"[0-9A]{12}|Ctrl|bit/s|mm hh DD MM|ss mm hh DD MM YY|kvarh|"
                       r"kWh|kvar|kW|kVA|kVAh|Hz|"
                       r"degC|min|currency(/kWh)?|imp/\w+|A|V|Ah|T|b\d+(-\d+)?)\b")

    def test_every_vector(self):
        frames = "\n".join(row["hex"] for row in VECTORS).encode()
        _, out, _ = run("--explain", "--lang", "zh", text=frames)
        for line in out.splitlines():
            meaning = self.KNOWN.sub("", re.split(r" {2,}", line)[-1])
            self.assertNotRegex(meaning, r"[A-Za-z]{3,}", line)

    def test_functions_and_faults(self):
        _, out, _ = run("--explain", "--lang", "zh",
                        "68129078563412681C1035456789343333334D338C8C566445CC4C16")
        for text in ("请求, 跳合闸、报警、保电", "N1: 跳闸", "有效截止 2099-12-31T23:59:59",
                     "操作者代码 00000001", "校验码正确, 因含保密数据而不显示"):
            self.assertIn(text, out)
        _, out, _ = run("--explain", "--lang", "zh", "681290")
        self.assertEqual(out, "错误: 帧只有 3 个字节, 至少需要 12 个\n\n")


if __name__ == "__main__":
    unittest.main()
