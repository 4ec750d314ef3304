#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Charges against an independent oracle.

    rate_oracle.py RATE_CASES [COUNT [SEED]]

RATE_CASES prints tariffs and usages drawn by chance, with the library's lines, sum and bill.
Here they are computed anew from the definition with Python's decimal, and every digit compared.
20,000 cases; 500,000 where WATTPURSE_LONG is set.
"""

import decimal
import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal

decimal.getcontext().prec = 200
MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "ceiling": decimal.ROUND_CEILING,
    "floor": decimal.ROUND_FLOOR,
}
MANTISSA_MAX = 2**63 - 1
MICRO = Decimal("0.000001")


def fits(value, places):
    return abs(value.scaleb(places)) <= MANTISSA_MAX


def tier_parts(quantity, tiers):
    """What lies in each tier: walk up the tiers and take from what is left."""
    left, below = quantity, Decimal(0)
    for bound, _ in tiers:
        room = left if bound is None else Decimal(bound) - below
        taken = min(left, room)
        yield taken
        left -= taken
        below = below if bound is None else Decimal(bound)
    assert left == 0


def expected_of(case):
    """(lines, sum, total), or the name of the error."""
    used = [Decimal(word) for word in case["used"]]
    lines = []
    for charge in case["charges"]:
        quantity = sum(used[int(index)] for index in charge["bands"])
        if not fits(quantity, 4):
            return "overflow"
        tiers = charge["tiers"]
        for number, part in enumerate(tier_parts(quantity, tiers), 1):
            exact = part * Decimal(tiers[number - 1][1])
            amount = exact.quantize(MICRO, rounding=MODES[case["line_mode"]])
            if not fits(amount, 6):
                return "overflow"
            name = charge["line"] if len(tiers) == 1 else f"{charge['line']}.{number}"
            lines.append((name, f"{part:.4f}", f"{amount:.6f}", exact))
    total = sum((Decimal(line[2]) for line in lines), Decimal(0))
    if not fits(total, 6):
        return "overflow"
    increment, mode = case["bill"]
    bill = (total / Decimal(increment)).quantize(Decimal(1), rounding=MODES[mode]) * \
        Decimal(increment)
    return lines, f"{total:.6f}", f"{bill:.6f}" if fits(bill, 6) else "overflow"


def explained(text):
    """Quantity, price and amount as the text for people has them."""
    words = text.split()
    times, equals = words.index("x"), words.index("=")
    return Decimal(words[times - 2]), Decimal(words[times + 1]), words[equals + 1]


def faults_of(case, seen):
    expected = expected_of(case)
    if isinstance(expected, str):
        seen["overflow"] += 1
        if case.get("error") != expected:
            yield f"expected error {expected}, got {case.get('error')}"
        return
    if "error" in case:
        yield f"unexpected error {case['error']}"
        return
    lines, total, bill = expected
    if [tuple(line[:3]) for line in case["lines"]] != [line[:3] for line in lines]:
        yield f"lines should be {[line[:3] for line in lines]}"
    if (case["sum"], case["total"]) != (total, bill):
        yield f"sum and total should be {total} and {bill}"
    for (_, _, amount, exact), (_, _, _, text) in zip(lines, case["lines"]):
        quantity, price, said = explained(text)
        rest = exact.scaleb(6) % 1
        wrong = quantity * price != exact or Decimal(said) != Decimal(amount)
        if wrong or ("rounded" in text) != bool(rest):  # what was rounded is said
            yield f"the text does not compute: {text}"
        seen["tie" if rest == Decimal("0.5") else "rounded" if rest else "exact"] += 1


def main():
    program = sys.argv[1]
    default = 500_000 if os.environ.get("WATTPURSE_LONG") else 20_000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else default
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    seen, cases, mismatches = Counter(), 0, 0
    emulator = os.environ.get("WATTPURSE_EMULATOR", "").split()  # of a cross-built program
    command = [*emulator, program, str(count), seed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            cases += 1
            case = json.loads(line)
            for fault in faults_of(case, seen):
                mismatches += 1
                if mismatches <= 10:
                    print(f"{fault}\n  in {line.rstrip()}")
    print(f"{cases} cases, {mismatches} mismatches, lines and errors: {dict(seen)}")
    enough = all(seen[kind] >= cases // 100 for kind in ("tie", "rounded", "exact", "overflow"))
    if not enough:
        print("too few of some kind: the cases prove less than they should")
    return 0 if run.returncode == 0 and cases == count and not mismatches and enough else 1


if __name__ == "__main__":
    sys.exit(main())
