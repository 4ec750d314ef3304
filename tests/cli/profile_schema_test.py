#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""share/schemas/profile.schema.json against an independent validator, and against what `wattpurse
profile check` says: what the schema takes for wrong, the program does too.

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
FILES = sorted((ROOT / "share/profiles").glob("*.json"))
SCHEMA = json.loads((ROOT / "share/schemas/profile.schema.json").read_text(encoding="utf-8"))

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


def loads(kind):
    """Whether the program takes it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(kind, file)
        file.flush()
        done = subprocess.run([PROGRAM, "profile", "check", file.name], capture_output=True,
                              check=False, timeout=60)
    return done.returncode == 0


def read(name):
    return json.loads((ROOT / f"share/profiles/{name}.json").read_text(encoding="utf-8"))


def spoiled(name, *path_and_value):
    """That profile with something else at that place."""
    *path, value = path_and_value
    kind = copy.deepcopy(read(name))
    at = kind
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return kind


ADF = "acrel_adf400l_prepaid"
WRONG = [
    ("eastron_sdm630", "format", "wattpurse-profile/2"),
    ("eastron_sdm630", "protocol", "sunspec"),
    ("eastron_sdm630", "name", "Eastron"),
    ("eastron_sdm630", "models", []),
    ("eastron_sdm630", "sources", None),
    ("eastron_sdm630", "status", "certain"),
    ("eastron_sdm630", "colour", "red"),
    ("eastron_sdm630", "registers", []),
    ("eastron_sdm630", "registers_max", 126),
    ("eastron_sdm630", "sunspec_model", 203),
    ("eastron_sdm630", "tariff_count", 4),
    ("eastron_sdm630", "serial", "parity", "M"),
    ("eastron_sdm630", "serial", "unit", 248),
    ("eastron_sdm630", "defaults", "function", 5),
    ("eastron_sdm630", "registers", 0, "name", "1st"),
    ("eastron_sdm630", "registers", 0, "address", 65536),
    ("eastron_sdm630", "registers", 0, "address", "0"),
    ("eastron_sdm630", "registers", 0, "type", "float"),
    ("eastron_sdm630", "registers", 0, "resolution", None),
    ("eastron_sdm630", "registers", 0, "resolution", "0.02"),
    ("eastron_sdm630", "registers", 0, "scale", 0.1),
    ("eastron_sdm630", "registers", 0, "scale", "1e3"),
    ("eastron_sdm630", "registers", 0, "valid", ["0"]),
    ("eastron_sdm630", "registers", 0, "role", "energy"),
    ("eastron_sdm630", "registers", 0, "unit", "x" * 17),
    ("eastron_sdm630", "registers", 0, "bits", []),
    ("eastron_sdm630", "registers", 0, "parts", []),
    ("eastron_sdm630", "registers", 0, "access", "money"),
    ("eastron_sdm630", "registers", 0, "writable", True),
    ("abb_b21_b23", "registers", 0, "resolution", "0.1"),
    ("abb_b21_b23", "registers", 0, "sentinel", "FFFF"),
    (ADF, "areas", 0, "record_registers", None),
    (ADF, "areas", 0, "kind", "secret"),
    (ADF, "recipes", 0, "purpose", "sell"),
    (ADF, "recipes", 0, "words", []),
    (ADF, "recipes", 0, "words", 0, "money"),
    (ADF, "recipes", 0, "verify", None),
    (ADF, "recipes", 0, "balance_field", 5),
    (ADF, "recipes", 0, "verify", "field", None),
    (ADF, "registers", 12, "count", None),
    ("sunspec_203", "sunspec_model", None),
    ("sunspec_203", "base", "one"),
    ("sunspec_203", "probes", 0, "address", None),
    ("sunspec_203", "probes", 0, "text", "SunS"),
    ("sunspec_203", "registers", 73, "bits", 0, "low", 64),
    ("dlt645_single_phase_prepaid", "energy_block", "0001FF0"),
    ("dlt645_single_phase_prepaid", "power_max", 13.2),
    ("dlt645_single_phase_prepaid", "read_attempts", None),
    ("dlt645_single_phase_prepaid", "registers", []),
]

GOOD = [
    ("eastron_sdm630", "registers", 0, "address", 0),
    ("eastron_sdm630", "registers", 0, "function", "0x04"),
    ("eastron_sdm630", "registers", 0, "resolution", "1.0"),
    ("eastron_sdm630", "registers", 0, "resolution", "100"),
    ("eastron_sdm630", "registers", 0, "unit", ""),
    ("eastron_sdm630", "registers", 0, "writable", False),
    ("eastron_sdm630", "base", "zero"),
    (ADF, "recipes", 2, "words", 0, 256),
    (ADF, "registers", 16, "count", 2),
]


class Schema(unittest.TestCase):
    def setUp(self):
        self.validator = Draft202012Validator(SCHEMA)

    def test_it_is_a_schema(self):
        Draft202012Validator.check_schema(SCHEMA)
        self.assertEqual(SCHEMA["$schema"], "https://json-schema.org/draft/2020-12/schema")

    def test_every_profile_passes(self):
        self.assertGreaterEqual(len(FILES), 26)
        for path in FILES:
            kind = json.loads(path.read_text(encoding="utf-8"))
            faults = [fault.message for fault in self.validator.iter_errors(kind)]
            self.assertEqual(faults, [], path.name)

    def test_what_the_program_shows_passes(self):
        for path in FILES:
            done = subprocess.run([PROGRAM, "profile", "show", "--json", str(path)],
                                  capture_output=True, check=True, timeout=60)
            self.assertTrue(self.validator.is_valid(json.loads(done.stdout)), path.name)

    def test_wrong_is_wrong_to_both(self):
        for case in WRONG:
            kind = spoiled(*case)
            self.assertFalse(self.validator.is_valid(kind), case)
            self.assertFalse(loads(kind), case)

    def test_good_is_good_to_both(self):
        for case in GOOD:
            kind = spoiled(*case)
            self.assertTrue(self.validator.is_valid(kind), case)
            self.assertTrue(loads(kind), case)


def main():
    if Draft202012Validator is not None:
        unittest.main()
    elif VENV.exists() and Path(sys.executable) != VENV:
        os.execv(VENV, [str(VENV), "-B", __file__, *sys.argv[1:]])
    elif os.environ.get("CI"):
        sys.exit("profile_schema_test: the package jsonschema is not there")
    else:
        print("SKIPPED: the package jsonschema is not there; ./run test puts it into build/venv")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
