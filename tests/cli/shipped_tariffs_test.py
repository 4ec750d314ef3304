#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bill by each tariff of share/tariffs, computed anew with decimal, to the last digit."""

import json
import os
import subprocess
import tempfile
import unittest
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

ROOT = Path(os.environ.get("WATTPURSE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("WATTPURSE_BIN") or str(
    Path(os.environ.get("WATTPURSE_BIN_DIR", ROOT / "build/release/bin")) / "wattpurse")


def half_up(value, step="0.01"):
    return Decimal(value).quantize(Decimal(step), ROUND_HALF_UP)


def down(value, step):
    return (Decimal(value) / step).to_integral_value(ROUND_DOWN) * step


class Shipped(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = Path(self.folder.name) / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def bill(self, tariff, *words, rows=None, account=None):
        path = ROOT / f"share/tariffs/{tariff}.json"
        command = [PROGRAM, "bill", "--tariff", str(path), "--json"]
        if rows is not None:
            command += ["--usage", self.file("usage.csv", "\n".join(rows) + "\n")]
        if account is not None:
            account = {"format": "wattpurse-account/1", **account}
            command += ["--attributes", self.file("account.json", json.dumps(account))]
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        bill = json.loads(done.stdout)
        self.assertEqual(sum(Decimal(line["amount"]) for line in bill["lines"]),
                         Decimal(bill["charged"]))
        return bill

    def check(self, bill, total, **lines):
        self.assertEqual(Decimal(bill["total"]), total)
        amounts = {line["id"]: Decimal(line["amount"]) for line in bill["lines"]}
        for name, amount in lines.items():
            self.assertEqual(amounts[name.replace("_", ".")], amount, name)

    def test_zhejiang_by_the_month(self):
        # A customer's bill: github.com/xiaoshi930/state_grid_info, issue 7.
        bill = self.bill("zhejiang_residential", "--from", "2026-01-01", "T2=10.76", "T4=7.53")
        self.check(bill, Decimal("8.28"), energy_peak=Decimal("6.11168"),
                   energy_valley=Decimal("2.16864"))

    def test_zhejiang_by_the_year_and_a_large_household(self):
        account = {"openings": [{"determinant": "energy", "quantity": "2700"}]}
        used = ("--from", "2026-06-01", "T2=100", "T4=60")
        price = Decimal("0.568") * 100 + Decimal("0.288") * 60
        bill = self.bill("zhejiang_residential_year", *used, account=account)
        self.check(bill, half_up(price + Decimal("0.05") * 100), tier_2=Decimal("5"))
        account["attributes"] = [{"name": "persons", "value": "5"}]
        self.check(self.bill("zhejiang_residential_year", *used, account=account), half_up(price))

    def test_beijing(self):
        expected = 240 * Decimal("0.4883") + 160 * Decimal("0.5383") + 12 * Decimal("0.7883")
        self.check(self.bill("beijing_residential_month", "--from", "2026-01-01", "T1=412"),
                   half_up(expected))

    def test_guangdong_on_a_day_of_35_degrees(self):
        rows = ["from,until,channel,quantity"]
        for hour, kwh in ((7, 100), (9, 100), (10, 100), (11, 100), (16, 100)):
            rows += [f"2026-06-15T{hour:02}:{m:02},2026-06-15T{hour + (m == 45):02}:"
                     f"{(m + 15) % 60:02},import,{kwh / 4:.4f}" for m in (0, 15, 30, 45)]
        rows.append("2026-06-01,2026-07-01,reactive,375")
        account = {"attributes": [{"name": "contract_kva", "value": "315"}]}
        flat = Decimal("0.62") * 100
        plain = flat * Decimal("0.38") + flat + 3 * flat * Decimal("1.7")
        basic = 315 * Decimal(23)
        # PF = 500 / sqrt(500^2 + 375^2) = 0.80: 5 per cent more
        bill = self.bill("guangdong_industrial", "--from", "2026-06-01", rows=rows,
                         account=account)
        self.check(bill, half_up((plain + basic) * Decimal("1.05")))
        account["events"] = [{"name": "heat", "day": "2026-06-15"}]
        hot = plain + 2 * flat * Decimal("1.7") * Decimal("0.25")
        self.check(self.bill("guangdong_industrial", "--from", "2026-06-01", rows=rows,
                             account=account), half_up((hot + basic) * Decimal("1.05")))
        account["attributes"].append({"name": "by_demand", "value": "1"})
        bill = self.bill("guangdong_industrial", "--from", "2026-06-01", rows=rows,
                         account=account)
        self.check(bill, half_up((hot + 100 * 32) * Decimal("1.05")))

    def test_south_african_blocks(self):
        rows = ["from,until,channel,quantity"] + [
            f"2026-03-{day:02}T10:00,2026-03-{day:02}T10:00,purchase,{kwh}"
            for day, kwh in ((2, 400), (20, 800), (28, "40.44"))]
        bill = self.bill("south_africa_blocks", "--from", "2026-03-01", rows=rows)
        # Thornhill Estate, 2018: 2000 rand buy 1240.44 kWh
        self.check(bill, half_up(500 * Decimal("1.4316") + 500 * Decimal("1.6954") +
                                 Decimal("240.44") * Decimal("1.8154")))
        self.assertLess(abs(Decimal(bill["total"]) - 2000), Decimal("0.02"))
        account = {"attributes": [{"name": "indigent", "value": "1"}]}
        few = rows[:2]
        self.check(self.bill("south_africa_blocks", "--from", "2026-03-01", rows=few,
                             account=account), half_up(350 * Decimal("1.4316")))

    def test_great_britain_over_a_change_of_prices(self):
        rows = ["from,until,quantity", "2024-12-20,2025-01-01,100", "2025-01-01,2025-01-10,80"]
        bill = self.bill("uk_prepayment", "--from", "2024-12-20", "--to", "2025-01-10", rows=rows)
        self.check(bill, half_up(100 * Decimal("0.2450") + 12 * Decimal("0.6099") +
                                 80 * Decimal("0.2486") + 9 * Decimal("0.6097")))

    def test_great_britain_has_31_days_in_the_month_of_summer_time(self):
        rows = ["from,until,quantity",
                "2025-03-01T00:00:00+00:00,2025-04-01T00:00:00+01:00,10"]
        bill = self.bill("uk_prepayment", "--from", "2025-03-01", rows=rows)
        self.check(bill, half_up(Decimal("2.486") + 31 * Decimal("0.6097")))

    def test_korea(self):
        # Case KR-03: calc.soltools.kr/electricity, 350 kWh
        for month, energy in (("02", 200 * 120 + 150 * Decimal("214.6")),
                              ("07", 300 * 120 + 50 * Decimal("214.6"))):
            base = energy + 1600 + 350 * 9 + 350 * 5
            vat, fund = half_up(base * Decimal("0.10"), "1"), down(base * Decimal("0.037"), 10)
            bill = self.bill("korea_residential", "--from", f"2026-{month}-01", "T1=350")
            self.check(bill, down(base + vat + fund, 10), vat=vat, fund=fund)
        self.check(self.bill("korea_residential", "--from", "2026-02-01", "T1=350"),
                   Decimal(71260))

    def test_norway(self):
        rows = ["start,quantity"] + [f"2026-01-{day:02}T{hour:02}:00,{kwh}" for day, hour, kwh in (
            (5, 17, "8.2"), (5, 18, "9.9"), (9, 7, "6.4"), (20, 20, "5.0"), (21, 3, "1.25"))]
        bill = self.bill("norway_capacity_step", "--interval", "1h", rows=rows)
        used = Decimal("30.75")  # the mean of 9.9, 6.4 and 5.0 is 7.1 kW: the second step
        self.check(bill, half_up(450 + half_up(used * Decimal("0.5105"))),
                   capacity=Decimal(450))

    def test_india(self):
        rows = ["start,quantity", "2026-01-05T08:00,2", "2026-01-05T12:00,3", "2026-01-05T19:00,1"]
        bill = self.bill("india_time_of_day", "--interval", "1h", rows=rows)
        energy = 2 * 6 + 3 * Decimal("4.80") + Decimal("6.60")
        rebate = energy * Decimal("0.02")
        duty = (energy - rebate + 100) * Decimal("0.05")
        self.check(bill, half_up(energy - rebate + 100 + duty), rebate=-rebate)
        self.assertEqual(Decimal(bill["cash"]), half_up(bill["total"], "1"))


if __name__ == "__main__":
    unittest.main()
