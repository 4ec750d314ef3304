# SPDX-License-Identifier: Apache-2.0
"""What all tests of the package share."""

import importlib
import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
LONG = bool(os.environ.get("WATTPURSE_LONG"))

# The same cases in every run; the long tests draw more of them.
hypothesis.settings.register_profile(
    "wattpurse", derandomize=True, deadline=None, database=None,
    max_examples=2000 if LONG else 100)
hypothesis.settings.load_profile("wattpurse")


def needed(name):
    """A package of the index, or the test is skipped with a line that says so; not with CI set."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"SKIPPED: the Python package {name} is not installed; ./run test does that")


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


@pytest.fixture
def numpy():
    return needed("numpy")


@pytest.fixture
def pyarrow():
    return needed("pyarrow")


@pytest.fixture
def pandas():
    return needed("pandas")


@pytest.fixture
def polars():
    return needed("polars")


@pytest.fixture
def duckdb():
    return needed("duckdb")
