# SPDX-License-Identifier: Apache-2.0
"""The stubs say what the module has, and the package itself type-checks."""

import os
import subprocess
import sys
from pathlib import Path

import wattpurse
from conftest import needed

PACKAGE = Path(wattpurse.__file__).parent
PICKED_UP = ("duckdb", "IPython", "matplotlib", "numpy", "openpyxl", "pandas", "polars", "pyarrow",
             "pyspark", "tqdm")


# What stubtest finds and nobody could write down: pybind11's metaclass has no name, what only the
# library makes still has an __init__ that refuses, and a str that is an Enum is made by Enum.
TEXT_ENUMS = ("Rounding", "CommandKind", "CommandState", "Level", "NoticeKind", "Relay")
EXCUSED = ("is inconsistent, metaclass differs",
           *(f".{name}.__new__ is inconsistent" for name in TEXT_ENUMS),
           '.__init__ is inconsistent, stub does not have *args parameter "args"',
           '.__init__ is inconsistent, stub does not have **kwargs parameter "kwargs"')


def mypy(tool, *words, folder):
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", tool, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)


def config_in(folder):
    """Packages that are picked up where present have no types, or are not there."""
    path = folder / "mypy.ini"
    path.write_text("[mypy]\n" + "".join(
        f"[mypy-{name}.*]\nignore_missing_imports = True\nfollow_imports = skip\n"
        for name in PICKED_UP))
    return str(path)


def test_stubs_agree_with_the_module(tmp_path):
    needed("mypy")
    done = mypy("mypy.stubtest", "--concise", "--mypy-config-file", config_in(tmp_path),
                "wattpurse", folder=tmp_path)
    assert "error: " not in done.stdout + done.stderr, done.stdout + done.stderr  # it did run
    found = [line for line in (done.stdout + done.stderr).splitlines()
             if not any(excuse in line for excuse in EXCUSED)]
    assert found == []


def test_the_package_type_checks(tmp_path):
    needed("mypy")
    done = mypy("mypy", "--strict", "--config-file", config_in(tmp_path), "--cache-dir",
                str(tmp_path), "-p", "wattpurse", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_import_loads_nothing_that_takes_long():
    """How long it takes is in the bench: a busy machine is none of a test's business."""
    slow = {*PICKED_UP, "asyncio", "concurrent", "ctypes", "email", "http", "inspect", "logging",
            "multiprocessing", "socket", "ssl", "subprocess", "unittest"}
    program = "import sys, wattpurse; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True,
                            check=True).stdout.split()
    assert "wattpurse" in loaded and slow.isdisjoint(loaded)
