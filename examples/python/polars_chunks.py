#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A billing run over a Parquet file that does not fit into memory, with polars.

    polars_chunks.py READINGS.parquet TARIFF.json BILLS_FOLDER [ACCOUNTS AT ONCE]

The file is scanned lazily: a chunk of accounts is filtered while it is read, and only that chunk is
in memory. Bills are one small file a chunk, which `polars.scan_parquet("BILLS_FOLDER/*.parquet")`
takes as one table. A run that was stopped goes on where it was: chunks that are there are left.
"""

import sys
from pathlib import Path

import polars

import wattpurse


def bill_chunks(path, tariff, folder, at_once=1000):
    """Bills of all accounts of a Parquet file, a file a chunk; the files."""
    readings = polars.scan_parquet(path).select("account", "time", "kwh")
    accounts = (readings.select("account").unique().sort("account")
                .collect(engine="streaming")["account"].to_list())
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for first in range(0, len(accounts), at_once):
        chunk = accounts[first:first + at_once]
        files.append(folder / f"bills_{first:08d}.parquet")
        if files[-1].exists():
            continue
        least, most = polars.lit(chunk[0]), polars.lit(chunk[-1])
        rows = readings.filter(polars.col("account").is_between(least, most))
        bills = wattpurse.bill(rows.collect(engine="streaming"), tariff, progress=False)
        part = files[-1].with_suffix(".part")  # a file is there as a whole or not at all
        bills.to_polars().write_parquet(part)
        part.rename(files[-1])
        print(f"{first + len(chunk)} of {len(accounts)} accounts", file=sys.stderr)
    return files


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    made = bill_chunks(sys.argv[1], wattpurse.Tariff.load(sys.argv[2]), sys.argv[3],
                       *map(int, sys.argv[4:5]))
    whole = polars.scan_parquet(made).select(polars.len(), polars.col("total").sum()).collect()
    print(f"{whole[0, 0]} bills, {whole[0, 1]:.2f} {wattpurse.Tariff.load(sys.argv[2]).currency}")
