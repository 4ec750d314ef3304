#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes the cases of wattpurse_oracle_cases with Python's decimal module.

    decimal_oracle.py PROGRAM [--count N] [--seed N] [--jobs N]

N cases for each rounding mode and each operation: 50,000, or a million where WATTPURSE_LONG is
set. Exit status 1 where a single answer differs, or where the cases were not what they should
be (too few, no ties, no overflows).

The rules, restated here from the documentation and not from the code:
- one rounding, from the exact value, to the target's places;
- a mantissa is at most 2^63 - 1 in magnitude, else `overflow`;
- mode `exact`: `overflow` where the truncated value is out of range, else `inexact` where a
  digit is lost;
- text is -?digits(.digits)?, else `syntax`; a strict parse refuses more places than the target
  has (`too_many_places`) before it looks at the range.
"""
import argparse
import concurrent.futures
import decimal
import os
import re
import subprocess
import sys
from decimal import Decimal

MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "ceiling": decimal.ROUND_CEILING,
    "floor": decimal.ROUND_FLOOR,
    "exact": decimal.ROUND_DOWN,
}
OPERATIONS = ("mul", "div", "rescale", "format", "parse", "strict")
MANTISSA_MAX = Decimal(2**63 - 1)
NUMBER = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
# Every operand and every exact sum, product and rescaled value here has far fewer digits. A
# quotient that is not exact is cut at 120: being at least 10^-56 away from any tie or whole
# step (denominators are below 2 * 10^37), it cannot be cut onto one.
PRECISION = 120


def context(mode):
    return decimal.Context(prec=PRECISION, rounding=MODES[mode], Emin=-999, Emax=999,
                           traps=[decimal.InvalidOperation, decimal.DivisionByZero])


CONTEXTS = {mode: context(mode) for mode in MODES}
STEPS = {places: Decimal((0, (1,), places)) for places in range(-60, 61)}


class Tally:
    """What the cases of one operation were like."""

    def __init__(self):
        self.cases = dict.fromkeys([*MODES, "-"], 0)
        self.ties = dict.fromkeys([*MODES, "-"], 0)
        self.errors = {}
        self.mismatches = []
        self.mismatch_count = 0

    def round(self, value, mode, places):
        """The mantissa of an exact value at `places` places, or the name of an error."""
        ctx = CONTEXTS[mode]
        step = STEPS[-places]
        rounded = ctx.quantize(value, step)
        mantissa = rounded.scaleb(places, ctx)
        if abs(mantissa) > MANTISSA_MAX:
            return "overflow"
        if rounded != value:
            lost = abs(ctx.subtract(value, value.quantize(step, decimal.ROUND_DOWN, ctx)))
            if lost + lost == step:
                self.ties[mode] += 1
            if mode == "exact":
                return "inexact"
        return mantissa

    def mul(self, fields):
        _, mode, a_places, b_places, places, a, b, got = fields
        ctx = CONTEXTS[mode]
        product = ctx.multiply(Decimal(a), Decimal(b)).scaleb(-int(a_places) - int(b_places), ctx)
        return self.round(product, mode, int(places)), got

    def div(self, fields):
        _, mode, a_places, b_places, places, a, b, got = fields
        if b == "0":
            return "divide_by_zero", got
        ctx = CONTEXTS[mode]
        quotient = ctx.divide(Decimal(a).scaleb(-int(a_places), ctx),
                              Decimal(b).scaleb(-int(b_places), ctx))
        return self.round(quotient, mode, int(places)), got

    def rescale(self, fields):
        _, mode, a_places, places, a, got = fields
        value = Decimal(a).scaleb(-int(a_places), CONTEXTS[mode])
        return self.round(value, mode, int(places)), got

    def format(self, fields):
        mantissa, got = self.rescale(fields)
        if isinstance(mantissa, str):
            return mantissa, got
        value = mantissa.scaleb(-int(fields[3]), CONTEXTS["half_up"])
        return f"{value if value else abs(value):f}", got

    def parse(self, fields):
        _, mode, places, text, got = fields
        if not NUMBER.fullmatch(text):
            return "syntax", got
        return self.round(Decimal(text), mode, int(places)), got

    def strict(self, fields):
        _, _, places, text, got = fields
        match = NUMBER.fullmatch(text)
        if not match:
            return "syntax", got
        if match[1] and len(match[1]) > int(places):
            return "too_many_places", got
        return self.round(Decimal(text), "exact", int(places)), got

    def check(self, operation, line):
        fields = line.rstrip("\n").split("\t")
        expected, got = getattr(self, operation)(fields)
        self.cases[fields[1]] += 1
        if isinstance(expected, str):
            same = got == expected
            if operation != "format" or not expected[-1].isdigit():
                self.errors[expected] = self.errors.get(expected, 0) + 1
        else:
            # As texts, so that "+5", "05" or "-0" would not pass for 5 or 0.
            same = got == f"{expected if expected else abs(expected):f}"
        if not same:
            self.mismatch_count += 1
            if len(self.mismatches) < 10:
                self.mismatches.append(f"{line.rstrip()}   expected {expected}")


def check_operation(program, operation, count, seed):
    tally = Tally()
    emulator = os.environ.get("WATTPURSE_EMULATOR", "").split()  # of a cross-built program
    command = [*emulator, program, "--op", operation, "--count", str(count), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="ascii") as process:
        for line in process.stdout:
            tally.check(operation, line)
    if process.returncode != 0:
        tally.mismatches.append(f"{' '.join(command)} ended with {process.returncode}")
        tally.mismatch_count += 1
    return tally


def complaints(operation, tally, count):
    """What is wrong with the cases themselves: an oracle that was asked nothing proves nothing."""
    modes = ["-"] if operation == "strict" else list(MODES)
    for mode in modes:
        if tally.cases[mode] != count:
            yield f"{operation} {mode}: {tally.cases[mode]} cases for {count}"
        if operation != "strict" and tally.ties[mode] < count // 50:
            yield f"{operation} {mode}: only {tally.ties[mode]} ties"
    wanted = {"overflow"}
    wanted |= {"syntax"} if operation in ("parse", "strict") else set()
    wanted |= {"too_many_places"} if operation == "strict" else {"inexact"}
    wanted |= {"divide_by_zero"} if operation == "div" else set()
    for error in sorted(wanted - set(tally.errors)):
        yield f"{operation}: no case ends in {error}"


def main():
    parser = argparse.ArgumentParser(description="Check decimal arithmetic against Python's.")
    parser.add_argument("program")
    default = 1_000_000 if os.environ.get("WATTPURSE_LONG") else 50_000
    parser.add_argument("--count", type=int, default=default)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    bad = 0
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        pending = {name: pool.submit(check_operation, arguments.program, name, arguments.count,
                                     arguments.seed) for name in OPERATIONS}
        for operation, future in pending.items():
            tally = future.result()
            errors = ", ".join(f"{name} {n}" for name, n in sorted(tally.errors.items()))
            print(f"{operation:8} {sum(tally.cases.values()):9} cases, "
                  f"{sum(tally.ties.values()):8} ties, {tally.mismatch_count} mismatches"
                  f" ({errors})")
            problems = list(complaints(operation, tally, arguments.count))
            for line in tally.mismatches + problems:
                print(f"  {line}")
            bad += tally.mismatch_count + len(problems)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
