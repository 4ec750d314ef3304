#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for inputs that break a parser, and keeps the corpus.

usage: fuzz.py [--seconds N] [--seed FILE] [--only-merge] BIN_DIR WORK_DIR [TARGET...]

For each target: unpacks tests/fuzz/corpus/TARGET.hex into WORK_DIR/TARGET, runs libFuzzer for N
seconds (600 unless told), keeps the smallest set of inputs that covers as much, and writes that
back: one input a line in hexadecimal, '#' begins a comment. Inputs that a person has written bear a
comment in their line, and stay. A crash is left in
WORK_DIR/crashes/TARGET-*, and the exit status is 1.

--seed FILE  also begin from the "hex" of each line of that file of JSON objects
--only-merge no search: only keep the smallest set
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
LINES_MAX = 300       # inputs a corpus in the tree
BYTES_MAX = 64 * 1024  # of that file
INPUT_MAX = 4096      # bytes an input


def inputs_of(path):
    """The inputs of a corpus file."""
    if not path.exists():
        return []
    lines = (line.split("#")[0].strip() for line in path.read_text("ascii").splitlines())
    return [bytes.fromhex(line) for line in lines if line]


def comments_of(path):
    """What a person wrote at the head of a corpus file."""
    if not path.exists():
        return []
    head = []
    for line in path.read_text("ascii").splitlines():
        if not line.startswith("#"):
            break
        head.append(line)
    return head


def written_of(path):
    """The lines of a corpus file that a person wrote: those with a comment behind the input."""
    if not path.exists():
        return []
    lines = path.read_text("ascii").splitlines()
    return [line for line in lines if line.split("#")[0].strip() and "#" in line]


def seeds_of(path):
    if path is None:
        return []
    return [bytes.fromhex(json.loads(line)["hex"]) for line in path.open(encoding="utf-8")]


def unpack(inputs, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, data in enumerate(inputs):
        (folder / f"{number:05}").write_bytes(data)


def pack(name, folder):
    """Writes back what fits, short inputs first: they say most for their size."""
    path = CORPUS / f"{name}.hex"
    head = comments_of(path) or [
        "# SPDX-License-Identifier: Apache-2.0",
        f"# Inputs of tests/fuzz/{name}_fuzz.cpp, kept by tests/fuzz/fuzz.py."]
    written = written_of(path)
    known = {bytes.fromhex(line.split("#")[0].strip()) for line in written}
    found = {data.read_bytes() for data in folder.iterdir()} - {b""} - known
    lines = [data.hex() for data in sorted(found, key=lambda data: (len(data), data))]
    room = BYTES_MAX - sum(len(line) + 1 for line in head + written)
    kept = []
    for line in lines[:LINES_MAX]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    path.write_text("\n".join(head + written + kept) + "\n", "ascii")
    return len(written) + len(kept), len(written) + len(lines)


def run_fuzzer(program, work, name, seconds):
    """Runs libFuzzer and returns its exit status and what it said of itself."""
    crashes = work / "crashes"
    crashes.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", f"-max_len={INPUT_MAX}", "-timeout=10",
               "-rss_limit_mb=2048", "-print_final_stats=1",
               f"-artifact_prefix={crashes}/{name}-", work / name]
    log = work / f"{name}.log"
    with log.open("w", encoding="utf-8", errors="replace") as out:
        status = subprocess.run([*map(str, command)], stdout=out, stderr=out,
                                check=False).returncode
    text = log.read_text("utf-8", errors="replace")
    execs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", text)
    covered = re.findall(r"cov: (\d+) ft: (\d+)", text)
    return status, execs[-1] if execs else "?", covered[-1] if covered else ("?", "?")


def merge(program, work, name):
    small = work / f"{name}.merged"
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir(parents=True)
    subprocess.run([str(program), "-merge=1", f"-max_len={INPUT_MAX}", str(small),
                    str(work / name)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return small


def fuzz(name, options):
    program = options.bin_dir / f"wattpurse_{name}_fuzz"
    folder = options.work_dir / name
    unpack(inputs_of(CORPUS / f"{name}.hex") + seeds_of(options.seed), folder)
    if not options.only_merge:
        print(f"fuzz.{name}: {options.seconds} s ...", flush=True)
        status, execs, (edges, features) = run_fuzzer(program, options.work_dir, name,
                                                      options.seconds)
        print(f"fuzz.{name}: {execs} executions, {edges} edges, {features} features, "
              f"{'clean' if status == 0 else 'BROKEN, see ' + str(options.work_dir)}", flush=True)
        if status != 0:
            return False
    kept, found = pack(name, merge(program, options.work_dir, name))
    print(f"fuzz.{name}: corpus of {kept} inputs" + (f" (of {found})" if found > kept else ""),
          flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=pathlib.Path)
    parser.add_argument("--only-merge", action="store_true")
    parser.add_argument("bin_dir", type=pathlib.Path)
    parser.add_argument("work_dir", type=pathlib.Path)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    found = sorted(path.name[len("wattpurse_"):-len("_fuzz")]
                   for path in options.bin_dir.glob("wattpurse_*_fuzz"))
    unknown = set(options.targets) - set(found)
    if unknown or not found:
        sys.exit(f"fuzz.py: no such target: {', '.join(sorted(unknown)) or 'none built'}; "
                 f"there are: {', '.join(found)}")
    CORPUS.mkdir(exist_ok=True)
    clean = [fuzz(name, options) for name in options.targets or found]
    sys.exit(0 if all(clean) else 1)


if __name__ == "__main__":
    main()
