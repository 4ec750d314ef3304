# SPDX-License-Identifier: Apache-2.0
"""What the READMEs show runs, and prints what stands behind it as a comment."""

import contextlib
import io
import re

import pytest

from conftest import ROOT

PAGES = [ROOT / "bindings" / "python" / "README.md", ROOT / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name + "/" + page.name)
def test_the_snippets_print_what_they_say(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert snippets
    for snippet in snippets:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(snippet, {})  # pylint: disable=exec-used
        said = [line.split("# ", 1)[1].strip() for line in snippet.splitlines()
                if line.startswith("print(") and "# " in line]
        assert printed.getvalue().splitlines() == said
