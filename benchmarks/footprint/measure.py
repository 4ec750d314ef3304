#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Weighs masters for a Cortex-M4 with the cross compiler: master.cpp of DL/T 645, and
modbus_master.cpp of Modbus, RTU and TCP.

usage: measure.py BUILD_DIR [INCLUDE_DIR_OF_TL]

Prints two words a line and leaves them in BUILD_DIR/footprint.txt:

    text N         bytes of flash: code, constants and initial values of all that is linked in,
                   memcpy and the compiler's own helpers among them
    ram N          bytes one line takes, all its buffers among them
    stack_frame N  bytes of the largest stack frame

and the same of Modbus as modbus_text and so on.
Fails where a limit is exceeded, or where anything but mem* and helpers is left undefined.
"""
import pathlib
import re
import subprocess
import sys

# Prefix of its findings, source, and limits of text and RAM.
MASTERS = [("", "master.cpp", 6 * 1024, 512), ("modbus_", "modbus_master.cpp", 4 * 1024, 512)]
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


def line_size(program):
    """What the program keeps as the size of one line, the constant footprint_line_size."""
    for line in run("nm", "-C", program).splitlines():
        words = line.split(maxsplit=2)
        if len(words) == 3 and words[2] == "footprint_line_size":
            address = int(words[0], 16)
            dump = run("objdump", "-s", f"--start-address={address}",
                       f"--stop-address={address + 4}", program)
            return int.from_bytes(bytes.fromhex(dump.splitlines()[-1].split()[1]), "little")
    raise SystemExit("measure.py: no symbol footprint_line_size")


def section_sizes(program):
    sizes = {}
    for line in run("size", "-A", program).splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("."):
            sizes[words[0]] = int(words[1])
    return sizes


def measure(build, include, source):
    object_file = build / source.replace(".cpp", ".o")
    program = build / source.replace(".cpp", ".elf")
    run("g++", *FLAGS, "-I", HERE.parent.parent / "include", "-I", include,
        "-c", HERE / source, "-o", object_file)
    left = undefined(object_file)
    if left:
        raise SystemExit("measure.py: undefined: " + ", ".join(left))
    keep = [f"-Wl,--undefined={name}" for name in [*roots(object_file), "footprint_line_size"]]
    run("g++", "-mcpu=cortex-m4", "-mthumb", "-nostartfiles", "--specs=nano.specs",
        "-Wl,--gc-sections", "-Wl,--entry=footprint_step", *keep, object_file, "-o", program)
    sizes = section_sizes(program)
    flash = sum(size for name, size in sizes.items()
                if name.startswith((".text", ".rodata", ".ARM.ex", ".init_array", ".data")))
    stack = max(int(line.split("\t")[1])
                for line in object_file.with_suffix(".su").read_text().splitlines())
    return {"text": flash, "ram": line_size(program), "stack_frame": stack}


def main():
    build = pathlib.Path(sys.argv[1])
    build.mkdir(parents=True, exist_ok=True)
    include = expected_header(build, sys.argv[2] if len(sys.argv) > 2 else "/usr/include")
    text = ""
    too_large = []
    for prefix, source, text_max, ram_max in MASTERS:
        found = measure(build, include, source)
        text += "".join(f"{prefix}{name} {value}\n" for name, value in found.items())
        if found["text"] > text_max or found["ram"] > ram_max:
            too_large.append(f"{source} is over the limit of {text_max} and {ram_max} bytes")
    (build / "footprint.txt").write_text(text)
    print(text, end="")
    if too_large:
        raise SystemExit("measure.py: " + "; ".join(too_large))


if __name__ == "__main__":
    main()
