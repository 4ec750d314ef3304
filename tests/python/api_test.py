#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/python/api.md is what the docstrings say, and everything public has one.

    api_test.py --write    writes the page anew
"""

import ast
import difflib
import importlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import api_pages  # noqa: E402

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PAGE = ROOT / "docs/python/api.md"


def test_the_page_is_what_the_docstrings_say():
    changes = list(difflib.unified_diff(PAGE.read_text(encoding="utf-8").splitlines(),
                                        api_pages.page().splitlines(), str(PAGE),
                                        "the package; tests/python/api_test.py --write",
                                        lineterm=""))
    assert changes == [], "\n".join(changes)


def test_every_public_name_is_on_the_page_and_has_a_docstring():
    text = PAGE.read_text(encoding="utf-8")
    bare = []
    for _, module, names in api_pages.areas():
        for name in names:
            node, _ = api_pages.found(module, name)
            if node is None:
                continue
            assert f"### {name}\n" in text
            loaded = getattr(importlib.import_module(module), name)
            if not api_pages.doc_of(node, loaded):
                bare.append(f"{module}.{name}")
    assert bare == []


def test_docstrings_become_markdown():
    assert api_pages.markdown("Does.\n\nrows\n    What\n    they are.\nname\n    Its.\n") == (
        "Does.\n\n- `rows`:\n  What\n  they are.\n- `name`:\n  Its.")
    assert api_pages.markdown("So:\n\n    x = 1") == "So:\n\n```python\nx = 1\n```"
    node = ast.parse("def f(self, a: int, *, b: str = 'x') -> None: ...").body[0]
    assert api_pages.signature(node) == "f(a: int, *, b: str='x') -> None"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(api_pages.page(), encoding="utf-8")
