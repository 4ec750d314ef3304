#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The peers of the tariff engine in Python: numpy over int64, and a loop of decimal.

    tariff_peer.py FOLDER

FOLDER holds what the benchmark has written: readings.i64 (meters x intervals), qualities.u8 (the
same shape; 0 and 1 are charged, what else is flagged is not) and plan.json (slices of the year
with month and band, prices, tiers). Each line on standard input, `numpy` or
`decimal`, does the work once; the answer is one line, nanoseconds of processor time for one
meter-year and the sum of all bills in fen.
"""

import json
import sys
import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy

folder = Path(sys.argv[1])
plan = json.loads((folder / "plan.json").read_text())
meters, intervals = plan["meters"], plan["intervals"]
readings = numpy.fromfile(folder / "readings.i64", dtype=numpy.int64).reshape(meters, intervals)
qualities = numpy.fromfile(folder / "qualities.u8", dtype=numpy.uint8).reshape(meters, intervals)
starts = numpy.array([each[0] for each in plan["slices"]])
months = numpy.array([each[1] for each in plan["slices"]])
bands = numpy.array([each[2] for each in plan["slices"]])
band_count = len(plan["prices"])
prices = numpy.array(plan["prices"], dtype=numpy.int64)  # at 10^-8
bounds = numpy.array(plan["bounds"], dtype=numpy.int64)  # at 10^-4, without the last
adders = numpy.array(plan["adders"], dtype=numpy.int64)  # at 10^-8
order = numpy.argsort(months * band_count + bands, kind="stable")
keys = (months * band_count + bands)[order]
first_of_key = numpy.flatnonzero(numpy.r_[True, keys[1:] != keys[:-1]])


def half_up(values, step):
    return (values + step // 2) // step


def with_numpy():
    sums = numpy.add.reduceat(readings, starts, axis=1)
    # Few are flagged: taking them out of the sums is the fastest way there is in numpy.
    flagged = numpy.flatnonzero(qualities > 1)
    meter, interval = numpy.divmod(flagged, intervals)
    slices = numpy.searchsorted(starts, interval, side="right") - 1
    numpy.subtract.at(sums, (meter, slices), readings[meter, interval])
    cells = numpy.zeros((meters, 12 * band_count), dtype=numpy.int64)  # not every band is used
    cells[:, keys[first_of_key]] = numpy.add.reduceat(sums[:, order], first_of_key, axis=1)
    cells = cells.reshape(meters, 12, band_count)
    money = half_up(cells * prices, 1_000_000).sum(axis=2)  # at 10^-6
    total = cells.sum(axis=2)
    below = 0
    for index, adder in enumerate(adders):
        bound = bounds[index] if index < len(bounds) else numpy.iinfo(numpy.int64).max
        inside = numpy.clip(numpy.minimum(total, bound) - below, 0, None)
        money += half_up(inside * adder, 1_000_000)
        below = bound
    return int(half_up(money, 10_000).sum())


def cells_of_intervals():
    index = numpy.empty(intervals, dtype=numpy.int64)
    ends = numpy.r_[starts[1:], intervals]
    for start, end, month, band in zip(starts, ends, months, bands):
        index[start:end] = month * band_count + band
    return index.tolist()


mantissas_of_meter, cell_of_interval = readings[0].tolist(), cells_of_intervals()
qualities_of_meter = qualities[0].tolist()


def with_decimal():
    """As one would write it: each reading becomes a decimal, is priced, and is added up."""
    each_price = [Decimal(each).scaleb(-8) for each in plan["prices"]]
    each_adder = [Decimal(each).scaleb(-8) for each in plan["adders"]]
    each_bound = [Decimal(each).scaleb(-4) for each in plan["bounds"]] + [Decimal("Infinity")]
    energy = [Decimal(0)] * (12 * band_count)
    cost = [Decimal(0)] * (12 * band_count)
    for cell, mantissa, quality in zip(cell_of_interval, mantissas_of_meter, qualities_of_meter):
        if quality > 1:
            continue
        kwh = Decimal(mantissa).scaleb(-4)
        energy[cell] += kwh
        cost[cell] += kwh * each_price[cell % band_count]
    micro, fen = Decimal("0.000001"), Decimal("0.01")
    bills = Decimal(0)
    for month in range(12):
        cells = slice(month * band_count, (month + 1) * band_count)
        money = sum(each.quantize(micro, ROUND_HALF_UP) for each in cost[cells])
        total, below = sum(energy[cells]), Decimal(0)
        for bound, adder in zip(each_bound, each_adder):
            inside = max(Decimal(0), min(total, bound) - below)
            money += (inside * adder).quantize(micro, ROUND_HALF_UP)
            below = bound
        bills += money.quantize(fen, ROUND_HALF_UP)
    return int(bills * 100)


for word in sys.stdin:
    work, count = {"numpy": (with_numpy, meters), "decimal": (with_decimal, 1)}[word.strip()]
    begin = time.process_time_ns()
    answer = work()
    spent = time.process_time_ns() - begin
    print(spent / count, answer, flush=True)
