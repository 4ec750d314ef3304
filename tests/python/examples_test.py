# SPDX-License-Identifier: Apache-2.0
"""examples/python at a small size: whatever the chunks, the bills are those of one run."""

import os
import subprocess
import sys

import pytest

import wattpurse
from conftest import ROOT, needed

FOLDER = ROOT / "examples/python"
TARIFF = ROOT / "share/tariffs/zhejiang_residential_year.json"


@pytest.fixture(scope="module")
def data():
    return wattpurse.demo(meters=7, minutes=60)


@pytest.fixture(scope="module")
def whole(data):
    return wattpurse.bill(data.readings, data.tariff, progress=False)


@pytest.fixture
def parquet(data, pyarrow, tmp_path):
    from pyarrow import parquet as files
    path = tmp_path / "readings.parquet"
    files.write_table(data.readings.to_arrow(), path, row_group_size=5000)
    return path


def run(script, *words):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, FOLDER / script, *map(str, words)], check=True,
                          capture_output=True, text=True, env=environment)
    return done.stdout, done.stderr


def told(whole):
    return f"{len(whole)} bills, {whole.total['CNY']:.2f} CNY"


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_duckdb(whole, parquet, tmp_path, at_once):
    needed("duckdb")
    from pyarrow import parquet as files
    out, log = run("duckdb_chunks.py", parquet, TARIFF, tmp_path / "bills.parquet", at_once)
    assert out.strip() == told(whole)
    assert log.splitlines()[-1] == "7 of 7 accounts"
    assert files.read_table(tmp_path / "bills.parquet").equals(whole.to_arrow().sort_by(
        [("account", "ascending"), ("period", "ascending")]))


@pytest.mark.parametrize("at_once", [2, 1000])
def test_polars(whole, parquet, tmp_path, polars, at_once):
    folder = tmp_path / "bills"
    out, _ = run("polars_chunks.py", parquet, TARIFF, folder, at_once)
    assert out.strip() == told(whole)
    found = polars.read_parquet(folder / "*.parquet").sort("account", "period")
    assert found.equals(whole.to_polars().sort("account", "period"))
    again, log = run("polars_chunks.py", parquet, TARIFF, folder, at_once)
    assert (again, log) == (out, "")  # all chunks are there


def test_every_example_is_short_and_says_how_it_is_called():
    for path in FOLDER.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < 80, path
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        assert done.returncode == 1 and path.name in done.stderr
