#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ```cpp block of a Markdown file compiles as it stands; at least one is there.

A block that is only a fragment is marked ```cpp fragment and left alone.
"""

import re
import sys
from pathlib import Path

from compiling import arguments, compiles


def blocks(text):
    """(line, code) of each block to compile."""
    for match in re.finditer(r"^```cpp[ ]*\n(.*?)^```\s*$", text, re.M | re.S):
        yield text.count("\n", 0, match.start()) + 1, match[1]


def main():
    options = arguments(__doc__)
    found = list(blocks(Path(options.file).read_text(encoding="utf-8")))
    failed = 0
    for line, code in found:
        compiled, said = compiles(options, code)
        if not compiled:
            failed += 1
            print(f"{options.file}:{line}: this block does not compile:\n{said}")
    print(f"{len(found)} blocks, {failed} do not compile")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
