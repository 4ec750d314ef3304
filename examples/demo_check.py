# SPDX-License-Identifier: Apache-2.0
"""Checks what a play has left in its folder, from the files alone and with `decimal`.

Each problem is a line of text; no problem is an empty list. Nothing here knows how the programs
work: prices come from tariff.json, thresholds from policy.json, the meters' truth from
truth.csv and truth_relay.csv.
"""
import csv
import json
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

INVARIANTS = {
    "I1": "the legs of every transfer, and all accounts, sum to zero",
    "I2": "every balance is the sum of its postings",
    "I3": "every account's postings are numbered without a gap",
    "I4": "the hash chain over all postings verifies",
    "I5": "each revision of each charge was posted exactly once",
    "I6": "registers' end less start is the energy billed",
    "I7": "no discretionary debit went below its limit",
    "I8": "rating the stored readings anew gives every posting",
}
REGISTERS = ("t1_kwh", "t2_kwh", "t3_kwh", "t4_kwh")


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def moment(text):
    return datetime.fromisoformat(text)


def money(text):
    return Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)


def charge_of(used, tariff):
    """What a month's energy costs, by the two kinds of table the demo's tariff has: a price for
    each band, and tiers over all bands together."""
    register = {band["name"]: int(band["register"][1]) - 1 for band in tariff["bands"]}
    (version,) = tariff["versions"]
    total = Decimal(0)
    for charge in version["charges"]:
        rate = charge["rate"]
        for band, price in rate.get("prices", {}).items():
            total += used[register[band]] * Decimal(price)
        quantity = sum((used[each] for each in register.values()), Decimal(0))
        lower = Decimal(0)
        for tier in rate.get("tiers", []):
            upper = Decimal(tier["up_to"]) if "up_to" in tier else quantity
            total += max(Decimal(0), min(quantity, upper) - lower) * Decimal(tier["price"])
            lower = upper
    return total


def ends_of_service(readings):
    """Per account and meter: the first and the last good reading."""
    ends = {}
    for row in readings:
        if row["quality"] != "good":
            continue
        key = (row["account"], row["meter"])
        here = (moment(row["effective_at"]), [Decimal(row[name]) for name in REGISTERS])
        first, last = ends.get(key, (here, here))
        ends[key] = (min(first, here, key=lambda end: end[0]),
                     here if here[0] >= last[0] else last)
    return ends


def used_by_month(readings):
    """Per account and month, kWh per register: differences between the good readings of each
    meter, each counted in the month that it ends in. A month ends with its last midnight."""
    used = defaultdict(lambda: [Decimal(0)] * 4)
    before = {}
    for row in sorted(readings, key=lambda row: moment(row["effective_at"])):
        if row["quality"] != "good":
            continue
        values = [Decimal(row[name]) for name in REGISTERS]
        earlier = before.get((row["account"], row["meter"]), values)
        month = (moment(row["effective_at"]) - timedelta(seconds=1)).strftime("%Y-%m")
        step = [b - a for a, b in zip(earlier, values)]
        if any(step):
            key = (row["account"], month)
            used[key] = [u + s for u, s in zip(used[key], step)]
        before[row["account"], row["meter"]] = values
    return used


def check_charges(postings, readings, tariff, problems):
    charged = defaultdict(Decimal)
    bill = defaultdict(Decimal)
    roundings = defaultdict(int)
    for row in postings:
        if row["kind"] not in ("charge", "adjustment", "rounding"):
            continue
        amount = Decimal(row["amount"])
        month = row["key"].split("/")[2]
        key = (row["account"], month)
        bill[key] -= amount
        if row["kind"] == "rounding":
            roundings[key] += 1
        else:
            charged[key] -= amount
    used = used_by_month(readings)
    for key in sorted(set(used) | set(bill)):
        expected = charge_of(used[key], tariff)
        if charged[key] != expected:
            problems.append(f"{key}: charged {charged[key]}, expected {expected}")
        if bill[key] != money(expected):
            problems.append(f"{key}: bill {bill[key]}, expected {money(expected)}")
        if roundings[key] != 1:
            problems.append(f"{key}: {roundings[key]} rounding postings, expected 1")


def check_postings(folder, postings, problems):
    sequence = defaultdict(int)
    balance = defaultdict(Decimal)
    for row in postings:
        account = row["account"]
        sequence[account] += 1
        balance[account] += Decimal(row["amount"])
        if int(row["account_seq"]) != sequence[account]:
            problems.append(f"{account}: posting {row['account_seq']}, "
                            f"expected {sequence[account]}")
        if Decimal(row["running_balance"]) != balance[account]:
            problems.append(f"{account}: running balance {row['running_balance']} at "
                            f"{row['account_seq']}, expected {balance[account]}")
        if row["kind"] == "charge" and Decimal(row["amount"]) >= 0:
            problems.append(f"{account}: charge {row['key']} is not negative")
    with sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True) as books:
        total, = books.execute("SELECT SUM(amount) FROM postings").fetchone()
        if total != 0:
            problems.append(f"ledger.db: all postings sum to {total}, expected 0")
        for account, amount in books.execute(
                "SELECT account, SUM(amount) FROM postings GROUP BY account"):
            if not account.startswith("house:") and Decimal(amount) != balance[account] * 10**6:
                problems.append(f"ledger.db: {account} stands at {amount}, "
                                f"postings.csv says {balance[account]}")


def check_truth(folder, readings, problems):
    """Registers at both ends of each meter's service, and each move of its relay."""
    ends = ends_of_service(readings)
    truth = defaultdict(list)
    for row in rows(folder / "truth.csv"):
        truth[row["account"], row["meter"]].append(
            (moment(row["at"]), [Decimal(row[name]) for name in REGISTERS]))
    for key, expected in sorted(truth.items()):
        if list(ends.get(key, ())) != sorted(expected):
            problems.append(f"{key}: readings end at {ends.get(key)}, the meter at {expected}")
    moves = defaultdict(list)
    for row in rows(folder / "truth_relay.csv"):
        moves[row["account"], row["meter"]].append((moment(row["at"]), row["relay"]))
    confirmed = defaultdict(list)
    for row in rows(folder / "commands.csv"):
        if row["command"] in ("trip", "close", "permit") and row["outcome"] == "confirmed":
            confirmed[row["account"], row["meter"]].append(
                (moment(row["sent_at"]), moment(row["confirmed_at"]), row["relay_read"]))
    for key in sorted(set(moves) | set(confirmed)):
        if len(moves[key]) != len(confirmed[key]):
            problems.append(f"{key}: {len(moves[key])} moves of the relay, "
                            f"{len(confirmed[key])} confirmed commands")
        for (at, relay), (sent, read_at, read) in zip(moves[key], confirmed[key]):
            if relay != read or not sent <= at <= read_at:
                problems.append(f"{key}: relay {relay} at {at}, commanded {sent} to {read_at}, "
                                f"read {read}")


def is_protected_time(policy, at):
    minute = at.hour * 60 + at.minute
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    if at.date().isoformat() in policy.get("protected_days", []):
        return True
    if days[at.weekday()] in policy.get("protected_weekdays", []):
        return True
    for window in policy.get("protected_hours", []):
        start, end = (time.fromisoformat(window[k]) for k in ("from", "to"))
        low, high = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        if (low <= minute < high) if low < high else (minute >= low or minute < high):
            return True
    return False


def check_policy(folder, postings, policy, problems):
    notices = defaultdict(list)
    for row in rows(folder / "notices.csv"):
        if row["kind"] == "cut_warning" and row["delivered_at"]:
            notices[row["account"]].append(moment(row["delivered_at"]))
    age = timedelta(minutes=policy["notice_age_min_minutes"])
    commands = rows(folder / "commands.csv")
    for row in commands:
        account = row["account"]
        if not row["outcome"]:
            problems.append(f"{account}: {row['command']} of {row['queued_at']} has no outcome")
        if row["command"] != "trip" or not row["sent_at"]:
            continue
        sent = moment(row["sent_at"])
        if account in policy.get("protected_accounts", []):
            problems.append(f"{account} is protected, yet was told to trip at {sent}")
        for when in (row["sent_at"], row["confirmed_at"]):
            if when and is_protected_time(policy, moment(when)):
                problems.append(f"{account}: trip within protected time, {when}")
        if not any(delivered + age <= sent for delivered in notices[account]):
            problems.append(f"{account}: trip at {sent} without a warning {age} before")
    check_restored(commands, postings, policy, problems)


def check_restored(commands, postings, policy, problems):
    """Every account that was cut and has paid enough since has supply again."""
    relay = {}
    for row in commands:
        if row["outcome"] == "confirmed" and row["relay_read"]:
            relay[row["account"]] = row["relay_read"]
    balance = {row["account"]: Decimal(row["running_balance"]) for row in postings}
    for account, state in sorted(relay.items()):
        if state == "open" and balance[account] >= Decimal(policy["reconnect_above"]):
            problems.append(f"{account} has paid (balance {balance[account]}) and is still cut")


def check(folder):
    """All problems of a folder."""
    problems = []
    postings = rows(folder / "postings.csv")
    readings = rows(folder / "readings.csv")
    tariff = json.loads((folder / "tariff.json").read_text(encoding="utf-8"))
    policy = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    check_charges(postings, readings, tariff, problems)
    check_postings(folder, postings, problems)
    check_truth(folder, readings, problems)
    check_policy(folder, postings, policy, problems)
    good = sum(row["quality"] == "good" for row in readings)
    if good < 0.97 * len(readings):
        problems.append(f"{good} of {len(readings)} readings are good, expected 97 %")
    problems += [f"{name} does not hold: {summary.get('invariant_faults', {}).get(name, '')}"
                 for name, holds in summary["invariants"].items() if not holds]
    return problems


if __name__ == "__main__":
    found = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or "all checks passed")
    sys.exit(1 if found else 0)
