# SPDX-License-Identifier: Apache-2.0
"""Every bill of docs/tariffs.md, made in Python: the same lines, in the same words."""

import csv
import re
import shlex
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

import tariff_oracle
import wattpurse
from conftest import ROOT
from wattpurse import tariff as trf

FOLDER = ROOT / "docs" / "tariffs"
INTERVALS = {"1h": timedelta(hours=1), "15min": timedelta(minutes=15)}
PAGE = (ROOT / "docs" / "tariffs.md").read_text(encoding="utf-8")


def commands():
    """(words of the command, lines it prints) of each bill on the page."""
    for block in re.findall(r"```console\n\$ (wattpurse bill .*?)```", PAGE, re.S):
        command, _, printed = block.replace("\\\n", " ").partition("\n")
        yield shlex.split(command)[2:], printed.splitlines()


def options_of(words):
    out = {"used": {}}
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            out[word[2:]] = next(rest)
        else:
            register, _, quantity = word.partition("=")
            out["used"][register] = quantity
    return out


def moment(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=tariff_oracle.zone_of(zone))


def add_file(used, path, interval, zone):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    meters = list(dict.fromkeys([*used.meters, *(row.get("meter") or "main" for row in rows)]))
    used.set_meters(meters)
    for row in rows:
        start = moment(row.get("from") or row["start"], zone)
        until = moment(row["until"], zone) if "until" in row else start + INTERVALS[interval]
        used.add(start, until, row["quantity"], channel=row.get("channel") or "import",
                 register=row.get("register") or None, meter=row.get("meter") or "main")


def period_of(tariff, given, used):
    if "from" in given:
        first = date.fromisoformat(given["from"])
        until = given.get("to") or (first + timedelta(32)).replace(day=1)
        return tariff.period(first, until)
    return tariff.period(max(row.start for row in used.rows))


def billed(given):
    tariff = trf.Tariff.load(FOLDER / given["tariff"])
    used = trf.Consumption()
    if "attributes" in given:
        used = trf.load_account(FOLDER / given["attributes"], tariff)
    if given["used"]:
        period = period_of(tariff, given, used)
        for register, quantity in given["used"].items():
            used.add(period.start, period.until, quantity, register=register)
    else:
        add_file(used, FOLDER / given["usage"], given.get("interval"), tariff.zone)
        period = period_of(tariff, given, used)
    if not tariff.has_registers:
        used = used.merged()
    return tariff, used, period


@pytest.mark.parametrize("words,printed", list(commands()), ids=lambda value: " ".join(value)[:40])
def test_each_bill_of_the_page(words, printed):
    given = options_of(words)
    tariff, used, period = billed(given)
    if "(expected" in printed[0]:
        with pytest.raises(wattpurse.ValidationError) as caught:
            tariff.rate(used, period)
        assert [str(fault).partition(": ")[2] for fault in caught.value.faults] == [
            line.partition(": line 2: ")[2] for line in printed]
        return
    bill = tariff.rate(used, period)
    lang = given.get("lang", "en")
    shown = [line[2:] for line in printed[1:] if "without data" not in line
             and not re.match(r"  (sum|bill|cash|\u5408\u8ba1|\u8d26\u5355) ", line)]
    assert bill.explain(lang) == shown
    assert bool(bill.gaps) == any("without data" in line for line in printed)
    totals = dict(line.split()[:2] for line in printed
                  if re.match(r"  (sum|bill|cash) ", line))
    for word, amount in (("sum", bill.charged), ("bill", bill.total), ("cash", bill.cash)):
        if word in totals:
            assert amount.to_decimal() == Decimal(totals[word])


def test_the_page_has_many():
    assert len(list(commands())) > 40
