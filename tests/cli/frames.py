# SPDX-License-Identifier: Apache-2.0
"""Frames of DL/T 645 put together byte by byte, and the command that decodes them."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")
VECTORS = [json.loads(line) for line in
           (ROOT / "tests/vectors/dlt645.jsonl").read_text(encoding="utf-8").splitlines()]

METER = "908172635445"
ENERGY = bytes.fromhex("680172007200006891083333343333333333E716")
SHUT = b"\x16"


def low_first(digits):
    """"00010000" as it stands on the wire."""
    return bytes.fromhex(digits)[::-1]


def frame(control, data=b"", meter=METER):
    """A good frame, whatever it means; `data` is without the 33H."""
    body = (b"\x68" + low_first(meter) + b"\x68" + bytes([control, len(data)]) +
            bytes((byte + 0x33) & 0xFF for byte in data))
    return body + bytes([sum(body) & 0xFF]) + SHUT


def run(*words, text=b""):
    """Exit status, standard output and standard error as text."""
    done = subprocess.run([PROGRAM, "decode", *words], input=text, capture_output=True,
                          check=False, timeout=120)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def decode(*words, text=b""):
    """Exit status and objects."""
    status, out, _ = run(*words, text=text)
    return status, [json.loads(line) for line in out.splitlines()]


def decode_all(frames, *words):
    """The objects of good frames, one each, from one run."""
    status, found = decode(*words, text="\n".join(each.hex() for each in frames).encode())
    assert status == 0 and len(found) == len(frames), (status, len(found), len(frames))
    return found
