#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the Python package takes, beside what people would write themselves.

    python_bench.py PACKAGE_FOLDER TARIFF_FILE    a line each: name, value, unit, peer, its value

Peers and ours take turns in one process; medians. Needs NumPy; Spark is measured where PySpark is.
"""

import datetime as dt
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy

sys.path.insert(0, sys.argv[1])
import wattpurse  # noqa: E402
import wattpurse.spark  # noqa: E402
from wattpurse import dlt645  # noqa: E402

TARIFF = wattpurse.Tariff.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
METERS = 1_000
SLOTS = 35_040
BEGIN_MS = 1_767_196_800_000  # 2026-01-01T00:00:00+08:00
CHINA_MS = 8 * 3_600_000
DAY_MS = 86_400_000


def row(name, value, unit, peer, peer_value):
    print("\t".join([name, repr(value), unit, peer, repr(peer_value)]), flush=True)


def seconds(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def medians(ours, theirs, rounds):
    times = ([], [])
    for _ in range(rounds):
        for each, work in zip(times, (ours, theirs)):
            each.append(seconds(work)[0])
    return statistics.median(times[0]), statistics.median(times[1])


# ---- Bills: long-form columns to lines, peak and valley and three tiers by the month ------------


def columns():
    kwh = numpy.random.default_rng(1).integers(0, 3_000, METERS * SLOTS)
    return {"account": numpy.repeat(numpy.arange(METERS), SLOTS),
            "time": numpy.tile(BEGIN_MS + 900_000 * numpy.arange(SLOTS), METERS), "kwh": kwh}


def month_starts():
    china = dt.timezone(dt.timedelta(hours=8))
    return numpy.array([int(dt.datetime(2026, month, 1, tzinfo=china).timestamp() * 1000)
                        for month in range(1, 13)])


def half_up(values, step):
    return (values + step // 2) // step


def with_numpy(given):
    """Grouped by account, month and band, and priced. bincount adds doubles, which are exact for
    sums of this size, and is the quickest there is."""
    account, at, kwh = given["account"], given["time"], given["kwh"]
    month = numpy.searchsorted(month_starts(), at, side="right") - 1
    hour = (at + CHINA_MS) % DAY_MS // 3_600_000
    band = (hour < 8) | (hour >= 22)
    key = (account * 12 + month) * 2 + band
    sums = numpy.bincount(key, weights=kwh, minlength=METERS * 24).astype(numpy.int64)
    bands = sums.reshape(METERS, 12, 2)
    total = bands.sum(axis=2)
    tier2 = numpy.clip(total, 2_300_000, 4_000_000) - 2_300_000
    tier3 = numpy.maximum(total, 4_000_000) - 4_000_000
    lines = [half_up(bands[:, :, 0] * 568, 10), half_up(bands[:, :, 1] * 288, 10),
             half_up(tier2 * 50, 10), half_up(tier3 * 300, 10)]  # 10^-4 kWh by 10^-3 yuan
    return half_up(sum(lines), 10_000) * 10_000


def with_wattpurse(given):
    times = given["time"].view("datetime64[ms]")
    return wattpurse.bill({**given, "time": times}, TARIFF, places=4, tz="+00:00", progress=False)


def with_decimal(times, values):
    """One meter-year of the same columns, as a script would do it."""
    china = dt.timezone(dt.timedelta(hours=8))
    bands = {}
    for ms, steps in zip(times, values):
        at = dt.datetime.fromtimestamp(ms / 1000, china)
        band = "peak" if 8 <= at.hour < 22 else "valley"
        month = bands.setdefault((at.year, at.month), {"peak": Decimal(0), "valley": Decimal(0)})
        month[band] += Decimal(steps).scaleb(-4)
    totals = {}
    for key, month in bands.items():
        kwh = month["peak"] + month["valley"]
        tier2 = max(Decimal(0), min(kwh, Decimal(400)) - 230)
        tier3 = max(Decimal(0), kwh - 400)
        exact = (month["peak"] * Decimal("0.568"), month["valley"] * Decimal("0.288"),
                 tier2 * Decimal("0.05"), tier3 * Decimal("0.30"))
        lines = [each.quantize(Decimal("0.000001"), ROUND_HALF_UP) for each in exact]
        totals[key] = sum(lines).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return totals


def bills():
    given = columns()
    made = with_wattpurse(given)
    mine = with_numpy(given).reshape(-1)
    totals = [int(each.scaleb(6)) for each in made.bills.column("total")]
    if totals != mine.tolist():
        sys.exit("the bills are not what NumPy says")
    ours, theirs = medians(lambda: with_wattpurse(given), lambda: with_numpy(given), 5)
    row("python.bill_1000_meter_years.vs_numpy", ours, "s",
        "numpy int64, grouped by account, month and band", theirs)
    times, values = (given[name][:SLOTS].tolist() for name in ("time", "kwh"))
    if [int(each.scaleb(6)) for each in with_decimal(times, values).values()] != totals[:12]:
        sys.exit("the bills are not what decimal says")
    loop = statistics.median(seconds(lambda: with_decimal(times, values))[0] for _ in range(3))
    row("python.bill.vs_decimal_loop", ours / METERS, "s", "a loop of decimal, a meter-year", loop)


# ---- Frames -------------------------------------------------------------------------------------


def decode_in_python(frame):
    """Address, data identifier and kWh of an answer to a read of energy."""
    at = frame.index(0x68)
    if frame[at + 7] != 0x68 or frame[-1] != 0x16:
        raise ValueError("no frame")
    length = frame[at + 9]
    end = at + 10 + length
    if sum(frame[at:end]) & 0xFF != frame[end]:
        raise ValueError("checksum")
    address = frame[at + 1:at + 7][::-1].hex()
    data = bytes((each - 0x33) & 0xFF for each in frame[at + 10:end])
    return address, data[:4][::-1].hex(), int(data[4:8][::-1].hex())


def frames():
    draw = random.Random(1)
    made = []
    for number in range(50_000):
        head = bytes.fromhex("68") + bytes.fromhex(f"{number:012d}")[::-1] + bytes.fromhex("6891")
        value = bytes.fromhex(f"{draw.randrange(10**8):08d}")[::-1]
        data = bytes((each + 0x33) & 0xFF for each in bytes.fromhex("00000100") + value)
        body = head + bytes([len(data)]) + data
        made.append(body + bytes([sum(body) & 0xFF, 0x16]))
    ours, theirs = medians(lambda: dlt645.decode_frames(made),
                           lambda: [decode_in_python(each) for each in made], 5)
    row("python.decode_frames.vs_pure", len(made) / ours, "frames/s", "a decoder in plain Python",
        len(made) / theirs)


# ---- Starting -----------------------------------------------------------------------------------


def start_ms(statement):
    program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    taken = [float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                                  check=True, env={"PYTHONPATH": sys.argv[1]}).stdout)
             for _ in range(7)]
    return statistics.median(taken) * 1000


def imports():
    row("python.import_ms", start_ms("import wattpurse"), "ms", "import numpy",
        start_ms("import numpy"))


# ---- Spark --------------------------------------------------------------------------------------


def spark():
    """The share of a job that is not our function: Spark's own, and handing columns over."""
    try:
        import pyarrow
        import pyarrow.parquet
        from pyspark.sql import SparkSession
    except ImportError:
        print("bench: SKIPPED: python.spark_overhead: no pyspark here", file=sys.stderr)
        return
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1",
                      PYTHONPATH=sys.argv[1])
    session = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
               .config("spark.driver.memory", "2g").config("spark.sql.session.timeZone", "UTC")
               .config("spark.sql.shuffle.partitions", "4").getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    spent = session.sparkContext.accumulator(0.0)
    rate = wattpurse.spark.rate_batches(TARIFF, what="bills", account="account", places=4,
                                        interval=dt.timedelta(minutes=15))

    def timed(batches):
        whole = list(batches)
        begin = time.perf_counter()
        made = list(rate(whole))
        spent.add(time.perf_counter() - begin)
        yield from made

    with tempfile.TemporaryDirectory() as folder:
        given = {name: column[:100 * SLOTS] for name, column in columns().items()}
        given["time"] = pyarrow.array(given["time"], pyarrow.timestamp("ms", "UTC")).cast(
            pyarrow.timestamp("us", "UTC"))
        pyarrow.parquet.write_table(pyarrow.table(given), folder + "/readings.parquet")
        frame = session.read.parquet(folder + "/readings.parquet")
        job = frame.repartition(4, "account").sortWithinPartitions("account").mapInArrow(
            timed, wattpurse.spark.BILLS)
        job.collect()
        spent.value = 0.0
        taken = statistics.median(seconds(job.collect)[0] for _ in range(3))
    session.stop()
    row("python.spark_overhead", 1 - spent.value / 3 / 2 / taken, "share",
        "the whole job on two cores, 3.5 million rows", 1.0)


if __name__ == "__main__":
    bills()
    frames()
    imports()
    spark()
