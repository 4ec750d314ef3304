#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, checked on every test run.

    check_house.py check ROOT     every fault as path:line: rule: what was found; status 1 if any
    check_house.py rules          the rules, one a line

A rule is a function (file) -> faults; check_house_test.py feeds each one a violation.
"""

import json
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = json.loads((HERE / "floors.json").read_text(encoding="utf-8"))
FOLDERS = TABLE["folders"]
FAMILIES = {name: re.compile(rx) for name, rx in TABLE["third_party"]["families"].items()}

LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 599
CPP = {".hpp", ".cpp"}
SOURCE_ROOTS = ("include", "src", "examples", "tests", "benchmarks", "bindings", "cmake")
EXACT_FOLDERS = {"base", "usage", "tariff", "ledger", "credit"}
NO_HEAP_FOLDERS = {"codec/dlt645", "link", "meter"}


@dataclass
class SourceFile:
    """One file, with what the rules ask of it worked out once."""

    path: str  # relative to the root, with forward slashes
    text: str
    lines: list = field(init=False)
    code: list = field(init=False)  # lines without comments, strings emptied

    def __post_init__(self):
        self.lines = self.text.split("\n")
        self.code = strip(self.text).split("\n") if self.is_cpp else self.lines

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def is_cpp(self):
        return self.suffix in CPP

    @property
    def is_public_header(self):
        return self.path.startswith("include/wattpurse/") and self.suffix == ".hpp"

    @property
    def is_program(self):
        return any(self.path.startswith(p + "/") for p in TABLE["programs"]["folders"])

    @property
    def is_library(self):
        return self.is_cpp and self.path.startswith(("include/", "src/")) and not self.is_program

    @property
    def folder(self):
        """The row of the floor table this library file belongs to, or None."""
        if not self.is_library:
            return None
        inner = re.sub(r"^(include/wattpurse|src)/", "", self.path)
        return folder_of(inner)

    @property
    def below_adapters(self):
        return self.is_library and not str(self.folder).startswith("adapter/")

    def includes(self):
        """(line number, name, quoted or not) of each include."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(<([^>]+)>|"([^"]+)")', line)
            if match:
                yield number, match[2] or match[3], match[3] is not None


def folder_of(inner):
    """codec/dlt645/frame.hpp -> codec/dlt645; None where the table has no row."""
    parent = str(Path(inner).parent)
    while parent != ".":
        if parent in FOLDERS:
            return parent
        parent = str(Path(parent).parent)
    return None


def strip(text):
    """C++ text without comments and with empty strings; lines stay where they are."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9A-Fa-f'])'(?:\\.|[^'\\\n])+'", re.S)

    def replace(match):
        kept = "\n" * match[0].count("\n")
        return kept if match[0].startswith("/") else '""' + kept

    includes_kept = re.compile(r"^\s*#\s*include.*$", re.M)
    return token.sub(replace, includes_kept.sub(lambda m: m[0].replace('"', "'"), text))


RULES = {}


def rule(function):
    RULES[function.__name__] = function
    return function


# ---- Floors -------------------------------------------------------------------------------------


@rule
def floor_known(file):
    """every library file belongs to a folder of the floor table"""
    if file.is_library and file.folder is None:
        yield 1, "its folder has no row in tests/house/floors.json"


@rule
def floors(file):
    """a folder includes only what the floor table lets it stand on"""
    row = FOLDERS.get(file.folder)
    if row is None:
        return
    for number, name, _ in file.includes():
        if not name.startswith("wattpurse/"):
            continue
        target = folder_of(name[len("wattpurse/"):])
        if target is None:
            yield number, f"<{name}> is in no folder of the floor table"
        elif target != file.folder and target not in row["may_include"]:
            yield number, f"{file.folder} (floor {row['floor']}) may not include {target}"


@rule
def third_party(file):
    """third-party headers stay where the floor table allows them"""
    row = FOLDERS.get(file.folder)
    if row is None:
        return
    allowed = set(TABLE["third_party"]["everywhere"]) | set(row.get("third_party", []))
    if file.is_public_header:
        for ending, families in TABLE["third_party"]["side_headers"].items():
            allowed |= set(families) if file.path.endswith(ending) else set()
    else:
        allowed |= set(row.get("third_party_src", []))
        allowed |= {"boost"} if TABLE["third_party"]["boost_in_src"] else set()
    for number, name, _ in file.includes():
        for family, pattern in FAMILIES.items():
            if pattern.search(name) and family not in allowed:
                yield number, f"{family} is not allowed in {file.folder}"


@rule
def side_headers_stay_aside(file):
    """no public header includes an opt-in side header of another"""
    if file.is_public_header and not re.search(r"_(fmt|boost)\.hpp$", file.path):
        for number, name, _ in file.includes():
            if re.search(r"^wattpurse/.*_(fmt|boost)\.hpp$", name):
                yield number, f"<{name}> is opt-in: whoever wants it includes it"


@rule
def public_includes(file):
    """public headers, ours too, are included as <wattpurse/...>"""
    for number, name, quoted in file.includes():
        ours = name.startswith("wattpurse/")
        elsewhere = name.startswith("../") and not file.path.startswith("tests/")
        if quoted and (file.is_public_header or ours or elsewhere):
            yield number, f'"{name}" should be named from the root: <wattpurse/...>'


@rule
def pragma_once(file):
    """a header says #pragma once"""
    if file.suffix == ".hpp" and not any(l.strip() == "#pragma once" for l in file.code):
        yield 1, "no #pragma once"


# ---- Banned tokens ------------------------------------------------------------------------------

BANNED_HEADERS_BELOW_ADAPTERS = re.compile(
    r"^(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|"
    r"stop_token|coroutine|iostream|istream|ostream|sstream|fstream|print|cstdio|stdio\.h|"
    r"random|filesystem|regex|locale|source_location|format|expected|"
    r"(sys|netinet|arpa)/.*|unistd\.h|pthread\.h|poll\.h|fcntl\.h)$")

BANNED_LIBRARY = {
    r"\bstd::format\b": "not in both compilers",
    r"\bstd::expected\b": "not in both compilers; result<T> is tl::expected",
    r"\bstd::source_location\b": "not in clang 14",
    r"\b(std::)?v?(f|s|sn|d)?printf\b": "libraries do not print",
    r"\bstd::(cout|cerr|clog|cin)\b": "libraries do not print",
    r"\bputs\b|\bfputs\b": "libraries do not print",
}
BANNED_BELOW_ADAPTERS = {
    r"\b(system|steady|high_resolution|utc)_clock::now\b": "no clock below the adapters",
    r"\b(std::)?(time|gettimeofday|clock_gettime)\s*\((nullptr|NULL|0|&|CLOCK)":
        "no clock below the adapters",
    r"\b(sleep_for|sleep_until|usleep|nanosleep)\b": "nothing sleeps below the adapters",
    r"\bstd::(jthread|thread|mutex|recursive_mutex|lock_guard|unique_lock|scoped_lock|async)\b":
        "no threads below the adapters",
    r"\bstd::(random_device|mt19937\w*)\b|\brand\s*\(\)": "nothing is drawn from the machine",
    r"\bthrow\b": "errors are values",
}
BANNED_WIRE = {
    r"\b(throw|try|catch)\b": "the wire column has no exceptions",
    r"\b(dynamic_cast|typeid)\b": "the wire column has no RTTI",
    r"\bnew\b(?!\s*\()|\b(malloc|calloc|realloc|make_unique|make_shared)\b":
        "the wire column allocates nothing",
}
BANNED_NO_HEAP = {
    r"\bstd::(string|vector|map|unordered_map|set|list|deque|function|shared_ptr|unique_ptr)\b":
        "the wire column allocates nothing",
}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")


def banned(table, lines):
    for number, line in enumerate(lines, 1):
        for pattern, why in table.items():
            match = re.search(pattern, line)
            if match:
                yield number, f"'{match[0].strip()}': {why}"


@rule
def exact_numbers(file):
    """no binary floating point where money and energy are counted, not even the word"""
    if str(file.folder) in EXACT_FOLDERS:
        words = {r"\b(dou" r"ble|flo" r"at)\b": "numbers here are exact"}
        yield from banned(words, file.lines)


@rule
def banned_in_library(file):
    """libraries print nothing and use only what both compilers have"""
    if file.is_library:
        yield from banned(BANNED_LIBRARY, file.code)


@rule
def pure_below_adapters(file):
    """no clock, sleep, thread, dice or exception below the adapters"""
    if file.below_adapters:
        yield from banned(BANNED_BELOW_ADAPTERS, file.code)
        for number, name, _ in file.includes():
            if BANNED_HEADERS_BELOW_ADAPTERS.match(name):
                yield number, f"<{name}> has no place below the adapters"


@rule
def wire_column(file):
    """the wire column allocates nothing, throws nothing, asks for no type at run time"""
    if file.is_public_header and FOLDERS.get(file.folder, {}).get("column") == "wire":
        yield from banned(BANNED_WIRE, file.code)
        if file.folder in NO_HEAP_FOLDERS:
            yield from banned(BANNED_NO_HEAP, file.code)


@rule
def finished(file):
    """nothing is left for later in a comment"""
    for number, line in enumerate(file.lines, 1):
        if UNFINISHED.search(line):
            yield number, "do it, or write it down where work is planned"


# ---- Form ---------------------------------------------------------------------------------------


def columns(line):
    wide = sum(1 for c in line if unicodedata.east_asian_width(c) in "WF")
    return len(line) + wide


@rule
def line_length(file):
    """a line has at most 100 display columns"""
    for number, line in enumerate(file.lines, 1):
        if columns(line) > LINE_COLUMNS_MAX:
            yield number, f"{columns(line)} columns"


@rule
def file_length(file):
    """a file has fewer than 600 lines"""
    count = len(file.text.splitlines())
    if count > FILE_LINES_MAX:
        yield FILE_LINES_MAX + 1, f"{count} lines"


@rule
def licence_first(file):
    """the licence stands in the first line (after #!)"""
    lines = file.lines[1:] if file.lines[0].startswith("#!") else file.lines
    mark = "//" if file.is_cpp else "#"
    if not lines or lines[0] != f"{mark} SPDX-License-Identifier: Apache-2.0":
        yield 1, f"expected '{mark} SPDX-License-Identifier: Apache-2.0'"


@rule
def ascii_sources(file):
    """C++ is ASCII but for doc comments (///) and the data of tests"""
    if not file.is_cpp:
        return
    lines = file.code if file.path.startswith("tests/") else file.lines
    for number, line in enumerate(lines, 1):
        outside = line.split("///")[0]
        if not outside.isascii():
            odd = next(c for c in outside if not c.isascii())
            yield number, f"'{odd}' outside a doc comment"


@rule
def whitespace(file):
    """no tabs, no blanks at the end of a line, one newline at the end of the file"""
    for number, line in enumerate(file.lines, 1):
        if "\t" in line:
            yield number, "tab"
        if line != line.rstrip():
            yield number, "blanks at the end"
    if not file.text.endswith("\n") or file.text.endswith("\n\n"):
        yield len(file.lines), "the file should end in one newline"


@rule
def snake_case_names(file):
    """folders and files are named in snake_case"""
    for part in Path(file.path).parts:
        if part in ("CMakeLists.txt", "FindAsio.cmake") or part.endswith(".cmake"):
            continue
        if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9]+)*", part):
            yield 1, f"'{part}' is not snake_case"


# ---- The whole tree -----------------------------------------------------------------------------


def table_faults():
    """The table itself: rows stand on strictly lower floors, adapters never on adapters."""
    for name, row in FOLDERS.items():
        for below in row["may_include"]:
            if below not in FOLDERS:
                yield f"floors.json: {name}: no folder {below}"
            elif FOLDERS[below]["floor"] >= row["floor"]:
                yield f"floors.json: {name}: {below} is not on a lower floor"


def folder_faults(paths):
    """A folder with fewer than two headers is merged, or named as an exception."""
    for name, row in FOLDERS.items():
        headers = [p for p in paths if re.fullmatch(rf"include/wattpurse/{name}/[^/]+\.hpp", p)]
        if len(headers) == 1 and row["column"] != "adapter":
            if name not in TABLE["single_header_folders"]:
                yield f"include/wattpurse/{name}: a folder of one header should be merged"


def split_exceptions(paths, found):
    """(faults without the excused ones, exceptions that excuse nothing any more)."""
    excused = {(e["path"], e["rule"]): False for e in TABLE["exceptions"]}
    left = []
    for path, number, name, message in found:
        if (path, name) in excused:
            excused[path, name] = True
        else:
            left.append(f"{path}:{number}: {name}: {message}")
    stale = [f"floors.json: the exception of {p} from {r} is not needed"
             for (p, r), used in excused.items() if not used and p in paths]
    return left, stale


def source_paths(root):
    for top in SOURCE_ROOTS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in CPP | {".py", ".pyi", ".cmake"} or path.name == "CMakeLists.txt":
                if "__pycache__" not in path.parts:
                    yield path
    for name in ("CMakeLists.txt", "run"):
        if (root / name).exists():
            yield root / name


def faults_of(path, text):
    """All faults of one file as (line, rule, message)."""
    file = SourceFile(path, text)
    for name, function in RULES.items():
        for number, message in function(file):
            yield number, name, message


def check(root):
    paths = [p.relative_to(root).as_posix() for p in source_paths(root)]
    faults = list(table_faults()) + list(folder_faults(paths))
    found = []
    for path in paths:
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            faults.append(f"{path}:1: not UTF-8: {error}")
            continue
        found += [(path, *fault) for fault in faults_of(path, text)]
    left, stale = split_exceptions(paths, found)
    faults += left + stale
    for fault in faults:
        print(fault)
    print(f"{len(paths)} files, {len(RULES)} rules, {len(faults)} faults")
    return 1 if faults or not paths else 0


def main(words):
    if len(words) == 2 and words[0] == "check":
        return check(Path(words[1]).resolve())
    if words == ["rules"]:
        for name, function in RULES.items():
            print(f"{name:24} {function.__doc__}")
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
