# SPDX-License-Identifier: Apache-2.0
"""Tariffs and consumption for the tests of `wattpurse bill`, `compare` and `tariff`."""

import copy
import json
import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")

PEAK_VALLEY = {
    "format": "wattpurse-tariff/2", "name": "Town", "source": "a sheet", "currency": "CNY",
    "zone": "+08:00",
    "bands": [{"name": "peak", "title": {"en": "peak", "zh": "\u5cf0"}, "register": "T2"},
              {"name": "valley", "title": {"en": "valley", "zh": "\u8c37"}, "register": "T4"}],
    "versions": [{
        "name": "2026",
        "calendar": {
            "days": [{"name": "hot", "event": "heat"},
                     {"name": "weekend", "weekdays": ["sat", "sun"]}],
            "plans": [{"name": "plain", "windows": [
                          {"from": "08:00", "until": "22:00", "band": "peak"},
                          {"from": "22:00", "until": "08:00", "band": "valley"}]},
                      {"name": "high", "windows": [
                          {"from": "00:00", "until": "24:00", "band": "peak"}]},
                      {"name": "low", "windows": [
                          {"from": "00:00", "until": "24:00", "band": "valley"}]}],
            "rules": [{"days": ["hot"], "plan": "high"}, {"days": ["weekend"], "plan": "low"},
                      {"plan": "plain"}]},
        "determinants": [{"name": "energy", "of": "import"}],
        "charges": [{"line": "energy", "title": {"en": "energy", "zh": "\u7535\u91cf"},
                     "on": "energy", "tags": ["energy"],
                     "rate": {"mode": "flat", "prices": {"peak": "0.568", "valley": "0.288"}}}],
        "adjustments": [],
        "rounding": {"line": {"increment": "0.000001", "mode": "half_up"},
                     "bill": {"increment": "0.01", "mode": "half_up"}}}]}


def changed(tariff, **members):
    """A copy, with members of it or of its version replaced."""
    out = copy.deepcopy(tariff)
    for name, value in members.items():
        (out if name in out else out["versions"][0])[name] = value
    return out


def flat(price="0.5", **members):
    out = changed(PEAK_VALLEY, bands=[])
    version = out["versions"][0]
    del version["calendar"]
    version["charges"] = [{"line": "energy", "on": "energy", "tags": ["energy"],
                           "rate": {"mode": "flat", "price": price}}]
    return changed(out, **members)


def ladder():
    """A ladder by the year, with a tax."""
    return flat(
        determinants=[{"name": "energy", "of": "import", "scope": "year"}],
        charges=[{"line": "energy", "on": "energy", "tags": ["energy"], "rate": {
            "mode": "graduated", "tiers": [{"up_to": "250", "price": "0.538"},
                                           {"up_to": "400", "price": "0.588"},
                                           {"price": "0.838"}]}}],
        adjustments=[{"line": "vat", "kind": "percent", "over": ["energy"],
                      "rate": {"mode": "flat", "price": "0.13"}}])


class Folder:
    """Files of one test, and the program run on them."""

    def __init__(self, test):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)
        test.addCleanup(self._folder.cleanup)

    def file(self, name, content):
        """Writes a file; what is no text is written as JSON."""
        path = self.path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return str(path)

    @staticmethod
    def run(*words):
        """Exit status, what was printed, what was complained of."""
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True,
                              encoding="utf-8", errors="replace", check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr
