#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs pytest on this folder as the interpreter of build/venv, where ./run has put pytest and what
the package works together with.

    run_pytest.py [FILE or word for pytest]...

By hand, after a build of wattpurse_python: tests/python/run_pytest.py quantities_test.py -k sums

Without pytest everything is skipped, and says so; with CI set in the environment it fails instead.
The status is 77 then, which ctest takes for skipped.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / "build/venv/bin/python3"
os.environ["PYTHONPATH"] = str(Path(os.environ.get("PYTHONPATH", ROOT / "build/dev/python"))
                               .absolute())
SKIPPED = 77


def interpreter():
    """The interpreter that has pytest, or None. It must also be able to load the module."""
    for candidate in (VENV, Path(sys.executable)):
        if candidate.exists():
            works = subprocess.run([candidate, "-c", "import pytest, hypothesis, wattpurse"],
                                   capture_output=True, text=True, check=False)
            if works.returncode == 0:
                return candidate
            print(f"{candidate}: {works.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    return None


def main(words):
    python = interpreter()
    if python is None:
        print("SKIPPED: pytest and hypothesis are not there; ./run test puts them into build/venv,"
              " where the index can be reached", file=sys.stderr)
        return 1 if os.environ.get("CI") else SKIPPED
    files = [word for word in words if word.endswith(".py") and not word.startswith("-")]
    rest = [word for word in words if word not in files]
    command = [python, "-B", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
               f"--rootdir={HERE}", "-o", "python_files=*_test.py", *rest,
               *(HERE / name for name in files or ["."])]
    return subprocess.run(command, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
