#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/python/tutorial.py runs, and docs/python/tutorial.md is that script with what it prints.

    tutorial_test.py --write    writes the page anew

Figures go to build/dev/tutorial, or to the folder `tutorial` of WATTPURSE_BUILD_DIR.
"""

import contextlib
import difflib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SCRIPT = ROOT / "docs/python/tutorial.py"
PAGE = ROOT / "docs/python/tutorial.md"
FIGURES = Path(os.environ.get("WATTPURSE_BUILD_DIR", ROOT / "build/dev")).absolute() / "tutorial"
NOTE = "<!-- Made of tutorial.py by tests/python/tutorial_test.py --write -->\n"


def cells():
    """(is text, its lines) of each cell; what stands before the first one is the licence."""
    for part in SCRIPT.read_text(encoding="utf-8").split("# %%")[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            yield True, "\n".join(line[2:] for line in body.strip().split("\n"))
        else:
            yield False, body.strip()


def page():
    """The page, with what each cell prints. The cells run in the current folder."""
    os.environ["WATTPURSE_FIGURES"] = str(FIGURES)
    out, names = [NOTE], {"__name__": "tutorial"}
    for is_text, body in cells():
        if is_text:
            out.append(body + "\n")
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(body, str(SCRIPT), "exec"), names)  # pylint: disable=exec-used
        out.append(f"```python\n{body}\n```\n")
        if printed.getvalue():
            out.append(f"```text\n{printed.getvalue()}```\n")
    return "\n".join(out)


def made():
    import matplotlib
    matplotlib.use("Agg")
    os.environ["LC_ALL"] = "C.UTF-8"  # English figures
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return page()
        finally:
            os.chdir(here)


def test_the_page_is_what_the_script_prints(monkeypatch):
    from conftest import needed
    needed("matplotlib")
    needed("openpyxl")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for path in FIGURES.glob("*.png"):
        path.unlink()
    text = made()
    changes = list(difflib.unified_diff(PAGE.read_text(encoding="utf-8").splitlines(),
                                        text.splitlines(), str(PAGE), "the script", lineterm=""))
    assert changes == [], "\n".join(changes)
    named = set(re.findall(r'FIGURES / "(\w+\.png)"', text))
    assert {path.name for path in FIGURES.glob("*.png")} == named
    assert len(named) == 6
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 8000
               for path in FIGURES.glob("*.png"))


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(made(), encoding="utf-8")
