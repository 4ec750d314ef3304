#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Weighs master.cpp, a DL/T 645 master for a Cortex-M4, with the cross compiler.

usage: measure.py BUILD_DIR [INCLUDE_DIR_OF_TL]

Prints two words a line and leaves them in BUILD_DIR/footprint.txt:

    text N         bytes of flash: code, constants and initial values of all that is linked in,
                   memcpy and the compiler's own helpers among them
    ram N          bytes one line takes, all its buffers among them
    stack_frame N  bytes of the largest stack frame

Fails where a limit is exceeded, or where anything but mem* and helpers is left undefined.
"""
import pathlib
import re
import subprocess
import sys

TEXT_MAX = 6 * 1024
RAM_MAX = 512
PREFIX = "arm-none-eabi-"
FLAGS = ["-std=c++20", "-mcpu=cortex-m4", "-mthumb", "-Os", "-fno-exceptions", "-fno-rtti",
         "-ffunction-sections", "-fdata-sections", "-fstack-usage", "-Wall", "-Wextra",
         "-Wconversion", "-Wshadow", "-Werror"]
# memcpy and its kin, and what the compiler calls where the processor has no instruction.
ALLOWED = re.compile(r"mem(cpy|move|set|cmp)|__aeabi_\w+|__gnu_thumb1_case_\w+")
HERE = pathlib.Path(__file__).resolve().parent


def run(tool, *words):
    return subprocess.run([PREFIX + tool, *map(str, words)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def expected_header(build, given):
    """The one header of the host that is wanted, in a folder of its own: the rest of
    /usr/include is for another processor."""
    folder = build / "include" / "tl"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "expected.hpp"
    if not link.exists():
        link.symlink_to(pathlib.Path(given) / "tl" / "expected.hpp")
    return folder.parent


def undefined(object_file):
    names = (line.split()[-1] for line in run("nm", "-u", object_file).splitlines())
    return sorted(name for name in names if not ALLOWED.fullmatch(name))


def roots(object_file):
    lines = run("nm", "--defined-only", "--extern-only", object_file).splitlines()
    return [line.split()[-1] for line in lines if " T footprint_" in line]


def symbol_size(program, name):
    for line in run("nm", "-SC", program).splitlines():
        words = line.split(maxsplit=3)
        if len(words) == 4 and words[3].endswith(name):
            return int(words[1], 16)
    raise SystemExit(f"measure.py: no symbol {name}")


def section_sizes(program):
    sizes = {}
    for line in run("size", "-A", program).splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("."):
            sizes[words[0]] = int(words[1])
    return sizes


def measure(build, include):
    object_file = build / "master.o"
    program = build / "master.elf"
    run("g++", *FLAGS, "-I", HERE.parent.parent / "include", "-I", include,
        "-c", HERE / "master.cpp", "-o", object_file)
    left = undefined(object_file)
    if left:
        raise SystemExit("measure.py: undefined: " + ", ".join(left))
    keep = [f"-Wl,--undefined={name}" for name in roots(object_file)]
    run("g++", "-mcpu=cortex-m4", "-mthumb", "-nostartfiles", "--specs=nano.specs",
        "-Wl,--gc-sections", "-Wl,--entry=footprint_step", *keep, object_file, "-o", program)
    sizes = section_sizes(program)
    flash = sum(size for name, size in sizes.items()
                if name.startswith((".text", ".rodata", ".ARM.ex", ".init_array", ".data")))
    stack = max(int(line.split("\t")[1])
                for line in (build / "master.su").read_text().splitlines())
    return {"text": flash, "ram": symbol_size(program, "::line"), "stack_frame": stack}


def main():
    build = pathlib.Path(sys.argv[1])
    build.mkdir(parents=True, exist_ok=True)
    include = expected_header(build, sys.argv[2] if len(sys.argv) > 2 else "/usr/include")
    found = measure(build, include)
    text = "".join(f"{name} {value}\n" for name, value in found.items())
    (build / "footprint.txt").write_text(text)
    print(text, end="")
    if found["text"] > TEXT_MAX or found["ram"] > RAM_MAX:
        raise SystemExit(f"measure.py: over the limit of {TEXT_MAX} and {RAM_MAX} bytes")


if __name__ == "__main__":
    main()
