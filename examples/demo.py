#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays a month of a prepaid street: starts meter_simulator and data_centre, then checks what
they leave behind.

Python's standard library only. The check (demo_check.py) recomputes charges and policy from the
files with `decimal`, knowing nothing of the C++ code.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import demo_check

SOURCE = Path(__file__).resolve().parent.parent
LEFT_BY_A_RUN = ["ledger.db", "ledger.db-wal", "ledger.db-shm", "site.toml", "tariff.json",
                 "policy.json", "readings.csv", "postings.csv", "commands.csv", "notices.csv",
                 "events.csv", "summary.json", "truth.csv", "truth_relay.csv",
                 "truth_faults.json"]


def arguments():
    parser = argparse.ArgumentParser(
        prog="./run demo", description="Play January 2026 in a street of flats: readings, "
        "charges, warnings, cuts, top-ups and reconnections, over lines that lose, delay, double "
        "and garble frames.")
    parser.add_argument("--flats", type=int, default=24, help="4 to 999 (default 24)")
    parser.add_argument("--days", type=int, default=31, help="2 to 366 (default 31)")
    parser.add_argument("--seed", type=int, default=1, help="drives everything (default 1)")
    parser.add_argument("--out", type=Path, default=SOURCE / "build" / "demo",
                        help="folder for the results (default build/demo)")
    parser.add_argument("--bin", type=Path, default=SOURCE / "build" / "release" / "bin",
                        help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not 4 <= given.flats <= 999:
        parser.error(f"--flats {given.flats}: expected 4 to 999")
    if not 2 <= given.days <= 366:
        parser.error(f"--days {given.days}: expected 2 to 366")
    if given.seed < 0:
        parser.error(f"--seed {given.seed}: expected 0 or more")
    return given


def prepare(out, policy_changes=None):
    """An empty stage: the tariff and the policy of this play, and nothing of an earlier one."""
    out.mkdir(parents=True, exist_ok=True)
    for name in LEFT_BY_A_RUN:
        (out / name).unlink(missing_ok=True)
    shutil.copy(SOURCE / "share" / "tariffs" / "zhejiang_residential.json", out / "tariff.json")
    policy = json.loads((SOURCE / "share" / "policies" / "residential.json").read_text())
    policy["protected_accounts"] = ["F03"]  # the simulator's third flat never pays
    policy.update(policy_changes or {})
    (out / "policy.json").write_text(json.dumps(policy, indent=2, ensure_ascii=False) + "\n")


def start_simulator(bin_dir, out, flats, days, seed):
    process = subprocess.Popen([bin_dir / "meter_simulator", "--flats", str(flats), "--days",
                                str(days), "--seed", str(seed), "--out", str(out)])
    deadline = time.monotonic() + 20
    while not (out / "site.toml").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit("meter_simulator did not start")
        time.sleep(0.01)
    return process


def finish(bin_dir, out, simulator):
    """Waits for the truth files and writes the data centre's, with the faults of the line."""
    if simulator.wait(timeout=20) != 0:
        raise SystemExit("meter_simulator failed")
    subprocess.run([bin_dir / "wattpurse", "export", "--store", str(out / "ledger.db"),
                    "--tariff", str(out / "tariff.json"), "--out", str(out)], check=True)
    summary = json.loads((out / "summary.json").read_text())
    invariants = summary.pop("invariants")
    summary["faults"] = json.loads((out / "truth_faults.json").read_text())
    summary["invariants"] = invariants
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def stop(process):
    if process is not None and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


def flat_with_a_story(out):
    """The first account that was cut and restored, else the first one."""
    cut = [row["account"] for row in demo_check.rows(out / "commands.csv")
           if row["command"] == "trip" and row["outcome"] == "confirmed"]
    return cut[0] if cut else "F01"


def show(summary, problems):
    print(f"\n{summary['accounts']} accounts used {summary['kwh_total']} kWh, were charged "
          f"{summary['charged_total']} CNY and paid in {summary['topped_up_total']} CNY; "
          f"balances sum to {summary['balance_total']} CNY.")
    faults = summary["faults"]
    print(f"{summary['cuts']} cuts, {summary['reconnects']} reconnections. "
          f"{faults['exchanges']} exchanges: " + ", ".join(
              f"{faults[k]} {k} ({100 * faults[k] / max(faults['exchanges'], 1):.1f} %)"
              for k in ("lost", "late", "doubled", "garbled")) + ".")
    for name, holds in summary["invariants"].items():
        print(f"  {name} {'holds' if holds else 'DOES NOT HOLD'}: {demo_check.INVARIANTS[name]}")
    for problem in problems:
        print(f"  WRONG: {problem}")
    if not problems:
        print("  Recomputed from the files alone: charges exact, closing registers and relay "
              "history as the meters had them, policy kept.")


def main():
    given = arguments()
    out = given.out.resolve()
    prepare(out)
    began = time.monotonic()
    simulator = centre = None
    try:
        simulator = start_simulator(given.bin, out, given.flats, given.days, given.seed)
        while True:
            centre = subprocess.Popen([given.bin / "data_centre", "--config",
                                       str(out / "site.toml")])
            if centre.wait() != -signal.SIGKILL:
                break
            print("data_centre was killed; it goes on from its store", flush=True)
        # Killed after its last word, it finds no world to go on with: the play is over.
        if centre.returncode != 0 and simulator.poll() != 0:
            raise SystemExit(f"data_centre failed with status {centre.returncode}")
        summary = finish(given.bin, out, simulator)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the books so far are in " + str(out / "ledger.db"))
    finally:
        stop(centre)
        stop(simulator)
    problems = demo_check.check(out)
    account = flat_with_a_story(out)
    print(f"\nStatement of {account} (wattpurse statement --by period):\n")
    sys.stdout.flush()
    subprocess.run([given.bin / "wattpurse", "statement", "--store", str(out / "ledger.db"),
                    account, "--by", "period"], check=True)
    show(summary, problems)
    print(f"Played in {time.monotonic() - began:.1f} s. Files are in {os.path.relpath(out)}.")
    return 0 if all(summary["invariants"].values()) and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
