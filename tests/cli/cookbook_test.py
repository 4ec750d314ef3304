#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/tariffs.md against the program: every command on the page is run and has to say what the
page says, and every piece of a file has to be what the file holds.

    cookbook_test.py --write    writes both into the page anew

A command is a block of "console" that begins with "$ wattpurse"; a piece of a file is a block of
"json" after a comment that names it: <!-- flat.json: determinants charges -->.
"""

import difflib
import json
import os
import re
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
PAGE = ROOT / "docs/tariffs.md"
FOLDER = ROOT / "docs/tariffs"
WIDTH = 92
CONSOLE = re.compile(r"```console\n(\$ wattpurse (?:\\\n|[^\n\\])*)\n(.*?)```", re.S)
PIECE = re.compile(r"<!-- (\S+\.json): ([^>]*) -->\n```json\n(.*?)```", re.S)


def pretty(value, indent=0):
    """JSON as a person would write it: what fits on a line stands on one."""
    if isinstance(value, dict):
        one = "{ " + ", ".join(f"{json.dumps(k)}: {pretty(v, -10**6)}"
                               for k, v in value.items()) + " }"
    elif isinstance(value, list):
        one = "[" + ", ".join(pretty(each, -10**6) for each in value) + "]"
    else:
        return json.dumps(value, ensure_ascii=False)
    if indent + len(one) <= WIDTH:
        return one
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        inner = (f"{pad}{json.dumps(k)}: {pretty(v, indent + 2)}" for k, v in value.items())
        return "{\n" + ",\n".join(inner) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + pretty(each, indent + 2) for each in value) + "\n" + \
        " " * indent + "]"


def piece(name, members):
    whole = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    out = []
    for member in members.split():
        at = whole["versions"][-1] if member in whole["versions"][-1] else whole
        out.append(f"{json.dumps(member)}: {pretty(at[member])}")
    return ",\n".join(out) + "\n"


def said(command):
    words = shlex.split(command.replace("\\\n", " "))[2:]
    done = subprocess.run([PROGRAM, *words], cwd=FOLDER, capture_output=True, text=True,
                          encoding="utf-8", check=False, timeout=60)
    return done.stdout + done.stderr


def renewed(text):
    text = CONSOLE.sub(lambda m: f"```console\n{m[1]}\n{said(m[1])}```", text)
    return PIECE.sub(lambda m: f"<!-- {m[1]}: {m[2]} -->\n```json\n{piece(m[1], m[2])}```", text)


class Cookbook(unittest.TestCase):
    maxDiff = None

    def test_the_page_says_what_the_program_says(self):
        text = PAGE.read_text(encoding="utf-8")
        self.assertGreater(len(CONSOLE.findall(text)), 30)
        changes = list(difflib.unified_diff(text.splitlines(), renewed(text).splitlines(),
                                            "docs/tariffs.md", "the program", lineterm=""))
        self.assertEqual(changes, [], "\n".join(changes))

    def test_every_tariff_of_the_folder_is_sound_and_on_the_page(self):
        text = PAGE.read_text(encoding="utf-8")
        for path in sorted(FOLDER.glob("*.json")):
            self.assertIn(path.name, text)
            kind = json.loads(path.read_text(encoding="utf-8"))["format"]
            if not kind.startswith("wattpurse-tariff"):
                continue
            done = subprocess.run([PROGRAM, "tariff", "check", str(path)], capture_output=True,
                                  text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        unittest.main()
