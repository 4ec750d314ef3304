#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse decode`, driven from outside: every golden vector, hex as people write it, faults
that say where and what, exit status, and passwords that never come out."""

import json
import os
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
VECTORS = [json.loads(line) for line in
           (ROOT / "tests/vectors/dlt645.jsonl").read_text(encoding="utf-8").splitlines()]

ENERGY = "680172007200006891083333343333333333E716"
TRIP = "68129078563412681C1035456789343333334D338C8C566445CC4C16"


def decode(*words, text=""):
    """Exit status, objects, what was printed."""
    done = subprocess.run([PROGRAM, "decode", *words], input=text, capture_output=True, text=True,
                          check=False, timeout=60)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stdout


class Golden(unittest.TestCase):
    def test_one_frame_word_for_word(self):
        status, _, text = decode(ENERGY)
        self.assertEqual(status, 0)
        self.assertEqual(text, (
            '{"ok":true,"protocol":"dlt645","edition":"2007","address":"000072007201",'
            '"control":"91","direction":"response","abnormal":false,"follow":false,'
            '"di":"00010000","name":"forward active energy, total","value":"0.00",'
            '"unit":"kWh"}\n'))

    def test_every_vector(self):
        self.assertGreater(len(VECTORS), 160)
        lines = "\n".join(row["hex"] for row in VECTORS)
        status, found, _ = decode(text=lines)
        self.assertEqual(status, 1)  # bad frames are among them
        self.assertEqual(len(found), len(VECTORS))
        for row, got in zip(VECTORS, found):
            with self.subTest(hex=row["hex"]):
                self.compare(row, got)

    def compare(self, row, got):
        if not row["frame_status"].startswith("ok"):
            self.assertFalse(got["ok"])
            self.assertEqual(got["error"], row["frame_status"])
            self.assertNotEqual(got["found"], got["expected"])
            return
        self.assertTrue(got["ok"])
        self.assertEqual(got["edition"], row["edition"])
        self.assertEqual(got["direction"], row["direction"])
        for key in ("address", "control", "abnormal", "follow", "di", "value", "unit", "err"):
            if key in row["meaning"]:
                self.assertEqual(got.get(key), row["meaning"][key], key)
        if row["frame_status"] == "ok_with_garbage":
            self.assertIn("stray byte", got["warning"])


class Values(unittest.TestCase):
    def one(self, text):
        status, found, _ = decode(text)
        self.assertEqual((status, len(found)), (0, 1))
        return found[0]

    def test_a_block_is_an_array(self):
        got = self.one("6801004423520068911833323433BC3633333333333333333333BC36333333333333"
                       "1316")
        self.assertEqual(got["value"], ["3.89", "0.00", "0.00", "3.89", "0.00"])
        self.assertEqual(got["unit"], "kWh")

    def test_status_word_3_is_taken_apart(self):
        got = self.one("68129078563412689106363833378333AB16")
        self.assertEqual(got["value"], "0050")
        self.assertEqual(got["flags"], {"relay": "open", "relay_command": "open",
                                        "trip_alarm": False, "keep_power": False})

    def test_broadcast_time(self):
        self.assertEqual(self.one("6899999999999968080684435538394A4B16")["value"],
                         "2017-06-05T22:10:51")

    def test_a_refusal_says_why(self):
        got = self.one("6812907856341268DC01379A16")
        self.assertTrue(got["abnormal"])
        self.assertEqual(got["err_meaning"], ["password wrong or not authorised"])

    def test_what_is_odd_goes_to_warning_and_not_to_ok(self):
        not_bcd = self.one("681806360400916891083333343333334133F916")
        self.assertIsNone(not_bcd["value"])
        self.assertIn("not BCD", not_bcd["warning"])
        wrong_size = self.one("6803000000000068910733343435333333D416")
        self.assertIsNone(wrong_size["value"])
        self.assertIn("2 is expected", wrong_size["warning"])
        self.assertIn("function code", self.one("68AAAAAAAAAAAA681F03428832EA16")["warning"])
        self.assertNotIn("warning", self.one(ENERGY))

    def test_a_control_command(self):
        got = self.one(TRIP)
        self.assertEqual(got["command"], "trip")
        self.assertEqual(got["valid_until"], "2099-12-31T23:59:59")
        self.assertEqual(got["level"], "02")


class Secrets(unittest.TestCase):
    def test_no_password_comes_out(self):
        for row in VECTORS:
            control = row["meaning"]["control"]
            if control not in ("03", "14", "18", "19", "1A", "1B", "1C", "98"):
                continue
            _, _, text = decode(row["hex"])
            for secret in ("123456", "563412", "456789", "896745", "1234 56"):
                hidden = text.replace(row["meaning"]["address"], "")
                self.assertNotIn(secret, hidden, row["hex"])

    def test_a_damaged_control_frame_shows_none_either(self):
        raw = bytearray.fromhex(TRIP)
        for place in range(len(raw)):
            spoiled = bytearray(raw)
            spoiled[place] ^= 0x40
            _, found, text = decode(spoiled.hex())
            self.assertFalse(any(item["ok"] for item in found))
            for secret in ("123456", "563412", "456789"):
                self.assertNotIn(secret, text)


class Input(unittest.TestCase):
    def test_hex_as_people_write_it(self):
        plain = decode(ENERGY)
        pairs = [ENERGY[i:i + 2] for i in range(0, len(ENERGY), 2)]
        for words in ([ENERGY.lower()], [" ".join(pairs)], pairs, ["0x" + ENERGY],
                      [" ".join("0x" + pair for pair in pairs)], [", ".join(pairs)],
                      ["-".join(pairs)], ["FEFEFEFE" + ENERGY], ["FE", "FE", *pairs]):
            with self.subTest(words=words):
                self.assertEqual(decode(*words), plain)

    def test_several_frames_one_object_each(self):
        status, found, _ = decode(ENERGY, TRIP)
        self.assertEqual(status, 0)
        self.assertEqual([item["control"] for item in found], ["91", "1C"])
        status, found, _ = decode(ENERGY + "FEFE" + TRIP)
        self.assertEqual([item["control"] for item in found], ["91", "1C"])

    def test_lines_of_standard_input(self):
        status, found, _ = decode(text=f"# capture\n\n{ENERGY}\r\n  {TRIP}  \nxx\n")
        self.assertEqual(status, 1)
        self.assertEqual([item["ok"] for item in found], [True, True, False])
        self.assertEqual(found[2]["line"], 5)

    def test_a_bad_digit_is_named_by_its_position(self):
        for text, position in (("68 0g", 5), ("6g", 2), ("z", 1), ("0x", 3), ("681", 4),
                               ("6 8", 2)):
            with self.subTest(text=text):
                status, found, _ = decode(text)
                self.assertEqual(status, 1)
                self.assertEqual(found[0]["error"], "bad_hex")
                self.assertEqual(found[0]["position"], position)

    def test_nothing_to_read_is_no_fault(self):
        self.assertEqual(decode(text="\n# only a remark\n")[:2], (0, []))


class Faults(unittest.TestCase):
    def one(self, text):
        status, found, _ = decode(text)
        self.assertEqual((status, len(found)), (1, 1))
        self.assertFalse(found[0]["ok"])
        return found[0]

    def test_checksum(self):
        got = self.one("6812907856341268910833333433896745335516")
        self.assertEqual((got["error"], got["offset"], got["found"], got["expected"]),
                         ("bad_checksum", 18, "55", "54"))

    def test_end(self):
        got = self.one("6812907856341268910833333433896745335417")
        self.assertEqual((got["error"], got["offset"], got["found"], got["expected"]),
                         ("bad_end", 19, "17", "16"))

    def test_second_start(self):
        got = self.one(ENERGY[:14] + "69" + ENERGY[16:])
        self.assertEqual((got["error"], got["offset"], got["found"]),
                         ("no_second_start", 7, "69"))

    def test_cut_anywhere(self):
        for size in range(1, len(ENERGY) // 2):
            self.assertEqual(self.one(ENERGY[:2 * size])["error"], "truncated")

    def test_no_start(self):
        self.assertEqual(self.one("00112233")["error"], "no_frame")

    def test_a_good_frame_behind_a_bad_one_is_told(self):
        status, found, _ = decode("6812907856341268910833333433896745335516" + ENERGY)
        self.assertEqual(status, 1)
        self.assertEqual([item["ok"] for item in found], [False, True])

    def test_every_flipped_bit_is_a_fault(self):
        raw = bytes.fromhex(ENERGY)
        lines = []
        for bit in range(8 * len(raw)):
            wrong = bytearray(raw)
            wrong[bit // 8] ^= 1 << bit % 8
            lines.append(wrong.hex())
        status, found, _ = decode(text="\n".join(lines))
        self.assertEqual(status, 1)
        self.assertFalse(any(item["ok"] for item in found))


class Usage(unittest.TestCase):
    def run_program(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)

    def test_help_has_examples(self):
        done = self.run_program("decode", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Examples:", done.stdout)
        self.assertIn("decode", self.run_program("--help").stdout)

    def test_version(self):
        done = self.run_program("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^wattpurse \d+\.\d+\.\d+\n$")

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(self.run_program().returncode, 2)
        self.assertEqual(self.run_program("decode", "--protocol", "modbus", ENERGY).returncode, 2)

    def test_the_protocol_may_be_named(self):
        self.assertEqual(decode("--protocol", "dlt645", ENERGY), decode(ENERGY))


if __name__ == "__main__":
    unittest.main()
