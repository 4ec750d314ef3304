#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles and runs a consumer with nothing but pkg-config and the compiler."""

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path


def output_of(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--pkg-config", "--prefix", "--source", "--output"):
        parser.add_argument(name, required=True)
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()

    found = sorted(Path(options.prefix).rglob("*.pc"))
    env = dict(os.environ, PKG_CONFIG_PATH=os.pathsep.join({str(p.parent) for p in found}))
    for package in found:  # each one is well formed and finds what it requires
        output_of([options.pkg_config, "--cflags", "--libs", package.stem], env)
    flags = shlex.split(output_of([options.pkg_config, "--cflags", "--libs", "wattpurse"], env))

    Path(options.output).mkdir(parents=True, exist_ok=True)
    program = Path(options.output) / "consumer"
    output_of([*options.compiler, "-std=c++20", options.source, "-o", program, *flags])
    lib = next(iter({p.parent.parent for p in found}), Path())
    print(output_of([program], dict(os.environ, LD_LIBRARY_PATH=str(lib))), end="")
    print(f"{len(found)} packages")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
