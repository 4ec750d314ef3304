# SPDX-License-Identifier: Apache-2.0
"""A running `wattpurse sim`, and the command beside it."""

import json
import os
import signal
import subprocess
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")


class Simulator:
    """Ends with `stop`."""

    def __init__(self, *words):
        self.process = subprocess.Popen([PROGRAM, "sim", *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator did not start: " + self.process.stderr.read())
        self.where = line.split()[-1]

    def port(self):
        return int(self.where.rsplit(":", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        self.process.stderr.close()
        return status


def run(*words, timeout=60):
    """Exit status, standard output and standard error of `wattpurse`."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False,
                          timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def objects(text):
    return [json.loads(line) for line in text.splitlines()]
