# SPDX-License-Identifier: Apache-2.0
"""Asking the project's compiler whether a text compiles. Nothing is written."""

import argparse
import subprocess

STANDARD = ["-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror=unused-result"]


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", required=True, action="append")
    parser.add_argument("file")
    return parser.parse_args()


def compiles(options, text, *flags):
    """(whether it compiles, what the compiler said)"""
    command = [options.compiler, *STANDARD, *flags, "-fsyntax-only", "-x", "c++", "-"]
    command += [f"-I{directory}" for directory in options.include]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr
