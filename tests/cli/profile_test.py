#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse profiles` and `wattpurse profile`, driven from outside: the list, the page made of it,
what is known of one meter, and files of a user's own with all their faults."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
PAGE = ROOT / "docs/meters.md"
BEGIN = "<!-- profiles:begin -->\n"
END = "<!-- profiles:end -->\n"
FOLDER = ROOT / "share/profiles"
FILES = sorted(FOLDER.glob("*.json"))
SIZES = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4, "s64": 4, "f32": 2, "f64": 4}


def run(*words):
    """Exit status, what was printed, what was complained of."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, encoding="utf-8",
                          check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def content(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def shown(name):
    status, text, complaint = run("profile", "show", "--json", name)
    assert status == 0, complaint
    return json.loads(text)


class Listing(unittest.TestCase):
    def test_every_file_is_listed_once(self):
        status, text, _ = run("profiles")
        self.assertEqual(status, 0)
        names = [line.split()[0] for line in text.splitlines()[1:]]
        self.assertEqual(names, [path.stem for path in FILES])

    def test_as_json(self):
        status, text, _ = run("profiles", "--json")
        self.assertEqual(status, 0)
        rows = {row["name"]: row for row in map(json.loads, text.splitlines())}
        self.assertEqual(len(rows), len(FILES))
        sdm = rows["eastron_sdm630"]
        self.assertEqual((sdm["protocol"], sdm["status"], sdm["registers"]),
                         ("modbus", "confirmed", 74))
        self.assertEqual(rows["carlo_gavazzi_em24"]["confirmed_registers"], 0)
        self.assertEqual(rows["single_phase_prepaid"]["protocol"], "dlt645")

    def test_the_page_holds_the_list(self):
        status, text, _ = run("profiles", "--markdown")
        self.assertEqual(status, 0)
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual((page.count(BEGIN), page.count(END)), (1, 1))
        held = page.split(BEGIN)[1].split(END)[0]
        self.assertEqual(held, text, "run: wattpurse profiles --markdown, and put it there")
        self.assertLess(PAGE.stat().st_size, 256 * 1024)

    def test_the_page_has_every_register_and_source(self):
        page = PAGE.read_text(encoding="utf-8")
        for path in FILES:
            kind = content(path.stem)
            chapter = page.split(f"\n## {path.stem}\n")[1].split("\n## ")[0]
            for register in kind.get("registers", []):
                self.assertIn(f"| `{register['name']}` |", chapter)
                self.assertIn(register.get("note", ""), chapter)
            for text in kind["sources"] + kind.get("notes", []):
                self.assertIn(text, chapter)

    def test_json_or_markdown_but_not_both(self):
        self.assertEqual(run("profiles", "--json", "--markdown")[0], 2)


class Showing(unittest.TestCase):
    def test_what_is_shown_is_what_the_file_says(self):
        for path in FILES:
            kind = content(path.stem)
            got = shown(path.stem)
            self.assertEqual(got["sources"], kind["sources"])
            if kind["protocol"] != "modbus":
                continue
            defaults = kind.get("defaults", {})
            self.assertEqual(len(got["registers"]), len(kind["registers"]))
            for wanted, found in zip(kind["registers"], got["registers"]):
                expected = {"function": defaults.get("function", 3), "access": "read",
                            "status": kind["status"], "count": SIZES.get(wanted["type"])}
                expected.update(wanted)
                for name in ("name", "function", "address", "type", "count", "unit", "status",
                             "scale_field", "resolution", "role", "ratio", "capacity", "valid",
                             "sentinel", "access", "writable", "note", "meaning", "meaning_zh"):
                    self.assertEqual(found.get(name), expected.get(name),
                                     (path.stem, wanted["name"], name))

    def test_what_is_shown_is_a_profile_that_loads_to_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in FILES:
                got = shown(path.stem)
                again = Path(folder) / path.name
                again.write_text(json.dumps(got), encoding="utf-8")
                self.assertEqual(shown(str(again)), got)

    def test_a_table_for_people(self):
        status, text, _ = run("profile", "show", "carlo_gavazzi_em340")
        self.assertEqual(status, 0)
        row = next(line for line in text.splitlines() if line.startswith("energy_import "))
        self.assertEqual(row.split()[1:9], ["4", "0x0034", "s32", "low", "first", "0.1", "kWh",
                                            "read"])
        _, text, _ = run("profile", "show", "acrel_ddsy1352_dtsy1352_prepaid")
        self.assertRegex(text, r"top_up +0xAA +0x0046 +current\*6 amount_high amount_low sequence")
        self.assertIn("sources disagree", text)

    def test_factors_are_told(self):
        _, text, _ = run("profile", "show", "acrel_dtsd1352_adl400_adl3000")
        self.assertRegex(text, r"energy_import +3 +0x000A +u32 +0.01 x PT x CT +kWh")
        _, text, _ = run("profile", "show", "sunspec_203")
        self.assertRegex(text, r"AphA +3 +0x0003 +s16 +10\^A_SF +A ")

    def test_a_meter_of_the_other_protocol(self):
        status, text, _ = run("profile", "show", "dlt645_single_phase_prepaid")
        self.assertEqual(status, 0)
        self.assertIn('"energy_block": "0001FF00"', text)
        self.assertEqual(shown("single_phase_prepaid")["register_capacity"], "1000000.0000")

    def test_nobody_knows_it(self):
        status, text, complaint = run("profile", "show", "toaster")
        self.assertEqual((status, text), (2, ""))
        self.assertIn('"toaster"', complaint)
        self.assertIn("eastron_sdm630", complaint)
        status, _, complaint = run("profile", "show", "nowhere/toaster.json")
        self.assertEqual(status, 2)
        self.assertIn("a file that can be read", complaint)


class Checking(unittest.TestCase):
    def check(self, *contents):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, text in enumerate(contents):
                path = Path(folder) / f"meter_{number}.json"
                path.write_text(text if isinstance(text, str) else json.dumps(text),
                                encoding="utf-8")
                paths.append(str(path))
            return run("profile", "check", *paths)

    def test_all_that_is_there_is_good(self):
        status, text, complaint = run("profile", "check", *map(str, FILES))
        self.assertEqual((status, complaint), (0, ""))
        lines = text.splitlines()
        self.assertEqual(len(lines), len(FILES))
        self.assertIn("ok: eastron_sdm630, 74 registers", lines)
        self.assertIn("ok: single_phase_prepaid, dlt645", lines)

    def test_every_fault_is_told(self):
        bad = content("eastron_sdm120")
        bad["registers"][1]["address"] = "0x0001"
        bad["registers"][2]["type"] = "float"
        bad["registers"][3]["valid"] = ["300", "0"]
        bad["registers"][4]["scale_field"] = "nothing"
        bad["registers"][5]["access"] = "money"
        bad["registers"][6]["colour"] = "red"
        bad["status"] = "certain"
        status, text, complaint = self.check(bad)
        self.assertEqual((status, text), (1, ""))
        for place in ("/status", "/registers/1/address", "/registers/2/type",
                      "/registers/3/valid", "/registers/4/scale_field", "/registers/5/writable",
                      "/registers/6/colour"):
            self.assertRegex(complaint, re.escape(place) + r": .*\(expected ")
        self.assertEqual(len(complaint.splitlines()), 7)

    def test_one_bad_file_among_good_ones(self):
        good = content("eastron_sdm120")
        status, text, complaint = self.check(good, "{ \"format\": ", good)
        self.assertEqual(status, 1)
        self.assertEqual(text.splitlines(), ["ok: eastron_sdm120, 13 registers"] * 2)
        self.assertIn("meter_1.json", complaint)
        self.assertIn("line 1", complaint)

    def test_a_new_meter_needs_no_more_than_a_file(self):
        kind = {"format": "wattpurse-profile/1", "protocol": "modbus", "name": "ours",
                "vendor": "us", "models": ["M1"], "status": "unconfirmed", "sources": ["sheet"],
                "registers": [{"name": "energy", "address": 0, "type": "u32",
                               "word_order": "low_first", "scale": "0.001", "unit": "kWh",
                               "role": "energy_total"}]}
        status, text, complaint = self.check(kind)
        self.assertEqual((status, complaint), (0, ""))
        self.assertEqual(text, "ok: ours, 1 registers\n")

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(run("profile")[0], 2)
        self.assertEqual(run("profile", "check")[0], 2)

    def test_help_has_examples(self):
        for words in (("profiles", "--help"), ("profile", "--help")):
            status, text, _ = run(*words)
            self.assertEqual(status, 0)
            self.assertIn("Examples:", text)


if __name__ == "__main__":
    unittest.main()
