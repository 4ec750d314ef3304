#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""share/schemas/tariff.schema.json against an independent validator, and against what `wattpurse
tariff check` says: what the schema takes for wrong, the program does too.

The validator is the package `jsonschema` of the Python index; `./run test` puts it into build/venv.
Without it the test is skipped, and says so; with CI set in the environment it fails instead.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
VENV = ROOT / "build/venv/bin/python3"
SKIPPED = 77  # what ctest takes for it
FILES = sorted((ROOT / "share/tariffs").glob("*.json"))
EXAMPLES = sorted((ROOT / "docs/tariffs").glob("*.json"))
SCHEMA = json.loads((ROOT / "share/schemas/tariff.schema.json").read_text(encoding="utf-8"))
ACCOUNT = json.loads((ROOT / "share/schemas/account.schema.json").read_text(encoding="utf-8"))

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


def loads(what):
    """Whether the program takes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(what, file)
        file.flush()
        done = subprocess.run([PROGRAM, "tariff", "check", file.name], capture_output=True,
                              check=False, timeout=60)
    return done.returncode == 0


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def spoiled(name, *path_and_value):
    """That tariff with something else at that place; None takes it away."""
    *path, value = path_and_value
    what = copy.deepcopy(read(ROOT / f"share/tariffs/{name}.json"))
    at = what
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return what


ZJ, GD, NO = "zhejiang_residential_year", "guangdong_industrial", "norway_capacity_step"
IN = ("versions", 0)
WRONG = [
    (ZJ, "format", "wattpurse-tariff/1"),
    (ZJ, "name", None),
    (ZJ, "currency", "yuan"),
    (ZJ, "zone", 8),
    (ZJ, "colour", "red"),
    (ZJ, "versions", []),
    (ZJ, "bands", 0, "register", "T5"),
    (ZJ, "attributes", 0, "value", 4),
    (ZJ, *IN, "from", "1 July"),
    (ZJ, *IN, "interval_split", "guess"),
    (ZJ, *IN, "charges", None),
    (ZJ, *IN, "determinants", 0, "of", "energy"),
    (ZJ, *IN, "determinants", 0, "scope", "week"),
    (ZJ, *IN, "determinants", 0, "anchor", "1-1"),
    (ZJ, *IN, "determinants", 2, "steps", 0, {"plus": "1200"}),
    (ZJ, *IN, "determinants", 2, "steps", 0, {"add": "1200", "subtract": "3"}),
    (ZJ, *IN, "determinants", 2, "steps", 0, {"add": 1200}),
    (ZJ, *IN, "determinants", 3, "steps", 1, {"only_if": {"determinant": "persons"}}),
    (ZJ, *IN, "charges", 0, "rate", "mode", "steps"),
    (ZJ, *IN, "charges", 0, "rate", "price", "0.5"),
    (ZJ, *IN, "charges", 0, "rate", "prices", {}),
    (ZJ, *IN, "charges", 1, "rate", "tiers", 0, "price", 0),
    (ZJ, *IN, "charges", 1, "rate", "tiers", 0, "price", "0.000000001"),
    (ZJ, *IN, "charges", 1, "rate", "tiers", 0, "up_to", "2760.00001"),
    (ZJ, *IN, "charges", 1, "rate", "tiers", None),
    (ZJ, *IN, "rounding", "bill", None),
    (ZJ, *IN, "rounding", "line", "mode", "nearest"),
    (ZJ, *IN, "rounding", "residue", "lose"),
    (GD, *IN, "calendar", "plans", 0, "windows", 0, "from", "8 o'clock"),
    (GD, *IN, "calendar", "days", 0, "weekdays", ["Monday"]),
    (GD, *IN, "adjustments", 0, "kind", "discount"),
    (GD, *IN, "adjustments", 0, "rate", None),
    (GD, *IN, "adjustments", 0, "when", "never"),
    (NO, *IN, "determinants", 1, "window", 0),
    (NO, *IN, "determinants", 1, "reduce", "mean"),
    (NO, *IN, "charges", 0, "rate", "by", None),
]
ACCOUNTS = [
    (True, {}),
    (True, {"attributes": [{"name": "persons", "value": "5"}]}),
    (True, {"events": [{"name": "heat", "day": "2026-07-14"}], "carried": "-0.004"}),
    (False, {"attributes": [{"name": "persons", "value": 5}]}),
    (False, {"credits": [{"of": "x", "earned": "2026-01-01", "expires": "2027-01-01",
                          "quantity": "-1"}]}),
    (False, {"past": [{"determinant": "kw", "month": "March", "value": "1"}]}),
    (False, {"prices": [{"name": "spot", "from": "2026-01-01T00:00:00Z", "step": "an hour",
                         "values": []}]}),
    (False, {"colour": "red"}),
]


class Schema(unittest.TestCase):
    def setUp(self):
        self.validator = Draft202012Validator(SCHEMA)

    def test_both_schemas_are_schemas(self):
        Draft202012Validator.check_schema(SCHEMA)
        Draft202012Validator.check_schema(ACCOUNT)

    def test_what_is_shipped_is_valid(self):
        self.assertGreater(len(FILES), 8)
        for path in FILES + EXAMPLES:
            with self.subTest(path.name):
                if read(path).get("format", "").startswith("wattpurse-tariff"):
                    found = [error.message for error in self.validator.iter_errors(read(path))]
                    self.assertEqual(found, [])

    def test_what_the_schema_refuses_the_program_refuses_too(self):
        for case in WRONG:
            with self.subTest(case):
                what = spoiled(*case)
                self.assertFalse(self.validator.is_valid(what))
                self.assertFalse(loads(what))

    def test_accounts(self):
        validator = Draft202012Validator(ACCOUNT)
        tariff = ROOT / "share/tariffs/zhejiang_residential_year.json"
        for valid, members in ACCOUNTS:
            with self.subTest(members), tempfile.NamedTemporaryFile(
                    "w", suffix=".json", encoding="utf-8") as file:
                account = {"format": "wattpurse-account/1", **members}
                self.assertEqual(validator.is_valid(account), valid)
                json.dump(account, file)
                file.flush()
                done = subprocess.run(
                    [PROGRAM, "bill", "--tariff", str(tariff), "--attributes", file.name,
                     "--from", "2026-01-01", "T2=1"], capture_output=True, check=False, timeout=60)
                self.assertEqual(done.returncode == 0, valid, done.stderr.decode())


def main():
    if Draft202012Validator is not None:
        unittest.main()
    elif VENV.exists() and Path(sys.executable) != VENV:
        os.execv(VENV, [str(VENV), "-B", __file__, *sys.argv[1:]])
    elif os.environ.get("CI"):
        sys.exit("tariff_schema_test: the package jsonschema is not there")
    else:
        print("SKIPPED: the package jsonschema is not there; ./run test puts it into build/venv")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
