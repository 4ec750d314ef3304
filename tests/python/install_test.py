# SPDX-License-Identifier: Apache-2.0
"""What is built can be installed: an sdist, a wheel from it, and the wheel in an empty virtual
environment.

Compiled from the sdist's own sources, but with the flags of the dev build and, by way of ccache,
mostly out of its cache: `CCACHE_BASEDIR` makes the paths relative, so that it is the same
compilation. Without ccache it is some minutes of compiling, and left to CI.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import wattpurse
from conftest import ROOT, needed

BINDINGS = ROOT / "bindings" / "python"
BUILD = Path(os.environ.get("WATTPURSE_BUILD_DIR", ROOT / "build" / "dev"))
# Whatever changes a compilation; as the dev build has it, so has the wheel of this test.
SHARED = ("CMAKE_CXX_COMPILER", "CMAKE_CXX_FLAGS", "CMAKE_CXX_FLAGS_DEBUG", "CMAKE_BUILD_TYPE",
          "CMAKE_COMPILE_WARNING_AS_ERROR", "WATTPURSE_WARNINGS", "WATTPURSE_FAILPOINTS",
          "pybind11_DIR")
PROGRAM = """
import json, sys, wattpurse
from wattpurse import dlt645
charge = wattpurse.Energy("22.57") * wattpurse.Price("0.288")
wattpurse.Tariff.template("zhejiang_residential")
print(json.dumps([wattpurse.__version__, wattpurse.__file__, str(charge.round("half_up")),
                  dlt645.catalogue().find("00010000").unit, sorted(sys.modules)]))
"""


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **more)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def cached(name):
    """A value of the dev build's CMake cache."""
    text = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    match = re.search(rf"^{name}:\w+=(.*)$", text, re.M)
    return match[1] if match else ""


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    for name in ("build", "scikit_build_core", "pybind11"):
        needed(name)
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "-o", out, BINDINGS)
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    if not shutil.which("ccache") and not os.environ.get("CI"):
        pytest.skip("SKIPPED: no ccache here, so that building a wheel would take minutes")
    out = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(out)
    tree = next(path for path in out.iterdir() if path.is_dir())
    settings = [f"cmake.define.{name}={cached(name)}" for name in SHARED if cached(name)]
    settings += [f"cmake.build-type={cached('CMAKE_BUILD_TYPE')}",
                 f"build-dir={tree}/project/build/{BUILD.name}"]  # as deep as the dev build is
    environment = {**os.environ, "CCACHE_BASEDIR": f"{tree}/project", "CCACHE_NOHASHDIR": "1",
                   "CCACHE_SLOPPINESS": "locale"}
    run(sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", out,
        *(f"--config-settings={each}" for each in settings), tree, env=environment)
    return next(out.glob("*.whl"))


def test_the_sdist_has_all_sources_and_no_more(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    for wanted in ("pyproject.toml", "PKG-INFO", "LICENSE", "README.md",
                   "backend/wattpurse_build.py", "wattpurse/py.typed", "project/CMakeLists.txt",
                   "project/include/wattpurse/base/money.hpp", "project/src/tariff/rate.cpp",
                   "project/bindings/python/src/module.cpp"):
        assert wanted in names
    assert not [name for name in names if re.search(r"\.(so|pyc|o)$|__pycache__|/build/", name)]
    assert sdist.name == f"wattpurse-{wattpurse.__version__}.tar.gz"


def test_the_wheel_works_in_an_empty_environment(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for path in (BINDINGS / "wattpurse").rglob("*.py*"):
        if path.suffix in (".py", ".pyi"):
            assert path.relative_to(BINDINGS).as_posix() in names
    assert "wattpurse/py.typed" in names and "wattpurse/_tariffs/uk_prepayment.json" in names
    assert [name for name in names if name.endswith(".so")]
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python3"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    version, place, money, unit, modules = json.loads(
        run(python, "-c", PROGRAM, env=clean, cwd=tmp_path))
    assert version == wattpurse.__version__ and money == "6.500160 CNY" and unit == "kWh"
    assert Path(place).is_relative_to(tmp_path)
    assert not {"numpy", "pandas", "pyarrow", "polars"} & set(modules)
    run(python, "-m", "pip", "check", env=clean)
