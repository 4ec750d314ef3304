#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse catalogue`, driven from outside: the tables and the page made of them, what is known
of one identifier, and files of a user's own with all their faults."""

import csv
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
PAGE = ROOT / "docs/dlt645.md"
BEGIN = "<!-- catalogue:begin -->\n"
END = "<!-- catalogue:end -->\n"


def table(name):
    with open(ROOT / "share/catalogues" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = {"2007": table("dlt645_2007.csv"), "1997": table("dlt645_1997.csv")}
BITS = table("dlt645_bits.csv")


def catalogue(*words):
    """Exit status, what was printed, what was complained of."""
    done = subprocess.run([PROGRAM, "catalogue", *words], capture_output=True, text=True,
                          encoding="utf-8", check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def shown(*words):
    status, text, _ = catalogue("show", *words)
    return status, [json.loads(line) for line in text.splitlines()]


def some_id(pattern):
    """The lowest identifier of a pattern."""
    return re.sub(r"\{(\w+)\.\.\w+\}", r"\1", pattern)


class Tables(unittest.TestCase):
    def test_every_row_is_listed_once(self):
        for edition, rows in ROWS.items():
            _, text, _ = catalogue("list", "--edition", edition)
            found = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
            self.assertEqual(sorted(found), sorted(row["id"] for row in rows))

    def test_one_family(self):
        _, text, _ = catalogue("list", "--edition", "2007", "--family", "load")
        lines = text.splitlines()
        self.assertIn("2007, load: 21 identifiers in 21 patterns, 21 of them confirmed", lines[0])
        self.assertEqual(sum(line.startswith("  06") for line in lines), 21)
        self.assertFalse(any("1997" in line for line in lines))

    def test_names_in_chinese(self):
        _, text, _ = catalogue("list", "--family", "prepay", "--lang", "zh")
        self.assertIn("剩余金额", text)
        self.assertNotIn("remaining money", text)

    def test_the_page_holds_the_table(self):
        status, text, _ = catalogue("list", "--markdown")
        self.assertEqual(status, 0)
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual((page.count(BEGIN), page.count(END)), (1, 1))
        held = page.split(BEGIN)[1].split(END)[0]
        self.assertEqual(held, text, "run: wattpurse catalogue list --markdown, and put it there")
        self.assertLess(len(text.splitlines()), 700)

    def test_the_page_counts_right(self):
        _, text, _ = catalogue("list", "--markdown")
        counts = re.findall(r"(\d+) identifiers in (\d+) patterns, (\d+) of them", text)
        rows = [row for edition in ROWS.values() for row in edition]
        self.assertEqual(sum(int(count[1]) for count in counts), len(rows))
        self.assertEqual(sum(int(count[2]) for count in counts),
                         sum(row["confirmed"] == "yes" for row in rows))


class Single(unittest.TestCase):
    def test_an_energy_down_to_its_tariff(self):
        status, (got,) = shown("00010200")
        self.assertEqual(status, 0)
        self.assertEqual(got["name"], "forward active energy, tariff 2")
        self.assertEqual(got["pattern"], "0001{00..3F}{00..0C}")
        self.assertEqual((got["identifiers"], got["bytes"]), (64 * 13, 4))
        self.assertEqual(got["fields"], [{"kind": "number", "bytes": 4, "places": 2,
                                          "unit": "kWh"}])
        self.assertTrue(got["confirmed"])
        self.assertFalse(got["secret"])

    def test_both_editions(self):
        _, found = shown("02010100", "B611")
        self.assertEqual([item["edition"] for item in found], ["2007", "1997"])
        self.assertEqual([item["name"] for item in found], ["voltage, phase A"] * 2)

    def test_a_record_is_taken_apart(self):
        _, (got,) = shown("03010101")
        self.assertEqual(got["bytes"], 131)
        self.assertEqual(got["fields"][0], {"name": "start", "kind": "moment", "bytes": 6,
                                            "parts": "YYMMDDhhmmss"})
        self.assertEqual(got["fields"][-1]["times"], 4)

    def test_bits_have_names(self):
        _, (got,) = shown("04000503")
        relay = [item for item in got["bits"]["status_3"] if item["name"] == "relay"]
        self.assertEqual(relay, [{"low": 4, "width": 1, "name": "relay",
                                  "values": {"0": "closed", "1": "open"}}])
        _, (got,) = shown("--lang", "zh", "04000503")
        self.assertIn("继电器状态", [item["name"] for item in got["bits"]["status_3"]])

    def test_secrets_are_known(self):
        _, found = shown("04000C01", "070102FF", "C212", "04000401")
        self.assertEqual([item["secret"] for item in found], [True, True, True, False])

    def test_every_pattern_is_found_by_its_lowest_identifier(self):
        patterns = [row["id"] for edition in ROWS.values() for row in edition]
        status, found = shown(*[some_id(pattern) for pattern in patterns])
        self.assertEqual(status, 0)
        self.assertEqual([item["pattern"] for item in found], patterns)

    def test_every_set_of_bits_is_used(self):
        _, found = shown("04000501", "04000502", "04000503", "04000504", "04000505", "04000506",
                         "04000507", "04000601", "04000602", "04000701", "04000801", "04000901",
                         "04000902", "04000905", "C020", "C021")
        used = {name for item in found for name, bits in item["bits"].items() if bits}
        self.assertEqual(used, {row["set"] for row in BITS})

    def test_unknown_and_malformed(self):
        status, _, complaint = catalogue("show", "12345678")
        self.assertEqual(status, 1)
        self.assertIn("not in the catalogue", complaint)
        for text in ("123", "0001000g", ""):
            status, _, complaint = catalogue("show", text)
            self.assertEqual(status, 1)
            self.assertIn("expected 8 (2007) or 4 (1997) hexadecimal digits", complaint)


class Files(unittest.TestCase):
    GOOD = {"format": "wattpurse-catalogue/1", "name": "my meter",
            "identifiers": [
                {"edition": "2007", "id": "0002{00..03}00", "layout": "sXX.XX[kWh]",
                 "name": "tenant energy", "axes": "1:tariff", "access": "r",
                 "family": "vendor", "source": "sheet"},
                {"edition": "2007", "id": "04FF0001", "layout": "bits1=flags",
                 "name": "switches", "access": "rw", "family": "vendor", "source": "sheet"}],
            "bits": {"flags": [{"low": 0, "width": 1, "name": "lamp",
                                "values": {"0": "off", "1": "on"}}]}}

    def with_file(self, content, *words):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "meter.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content),
                            encoding="utf-8")
            return catalogue(*[str(path) if word == "FILE" else word for word in words])

    def test_a_good_file(self):
        status, text, complaint = self.with_file(self.GOOD, "check", "FILE")
        self.assertEqual((status, complaint), (0, ""))
        self.assertIn("good, 5 identifiers in 2 patterns", text)

    def test_own_rows_win_and_the_others_stay(self):
        status, text, _ = self.with_file(self.GOOD, "show", "--with", "FILE", "00020100",
                                         "00020500", "04FF0001")
        self.assertEqual(status, 0)
        own, other, flags = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(own["name"], "tenant energy, tariff 1")
        self.assertEqual(other["name"], "reverse active energy, tariff 5")
        self.assertEqual(flags["bits"]["flags"][0]["values"], {"0": "off", "1": "on"})

    def test_every_fault_is_told(self):
        bad = json.loads(json.dumps(self.GOOD))
        bad["identifiers"][0]["id"] = "0002{03..00}00"
        bad["identifiers"][1]["layout"] = "XX.XX["
        bad["identifiers"][1]["access"] = "sometimes"
        status, text, complaint = self.with_file(bad, "check", "FILE")
        self.assertEqual((status, text), (1, ""))
        for place in ("/identifiers/0/id", "/identifiers/1/layout", "/identifiers/1/access"):
            self.assertIn(place, complaint)
        self.assertEqual(len(complaint.splitlines()), 3)

    def test_no_json_at_all(self):
        self.assertEqual(self.with_file("{", "check", "FILE")[0], 1)


class Usage(unittest.TestCase):
    def test_help_has_examples(self):
        status, text, _ = catalogue("--help")
        self.assertEqual(status, 0)
        self.assertIn("Examples:", text)

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(catalogue()[0], 2)
        self.assertEqual(catalogue("list", "--family", "colour")[0], 2)


if __name__ == "__main__":
    unittest.main()
