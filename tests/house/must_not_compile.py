#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One case of what must not compile.

The second line of the case says what the compiler must complain of, as a regular expression that
fits gcc and clang: `// must not compile: <regex>`. With -DCONTROL the same file must compile, so
that the case fails for its own reason and not because it is badly written.
"""

import re
import sys
from pathlib import Path

from compiling import arguments, compiles


def verdict(options, text):
    """None where the case holds, else why it does not."""
    lines = text.splitlines()
    match = re.fullmatch(r"// must not compile: (.+)", lines[1]) if len(lines) > 1 else None
    if not match:
        return "the second line should say '// must not compile: <regex>'"
    control, said = compiles(options, text, "-DCONTROL")
    if not control:
        return f"the control variant does not compile:\n{said}"
    compiled, said = compiles(options, text)
    if compiled:
        return "it compiles"
    errors = "\n".join(line for line in said.splitlines() if "error:" in line)
    if not re.search(match[1], errors):
        return f"it fails for another reason than /{match[1]}/:\n{errors}"
    return None


def main():
    options = arguments(__doc__)
    fault = verdict(options, Path(options.file).read_text(encoding="utf-8"))
    if fault:
        print(f"{options.file}: {fault}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
