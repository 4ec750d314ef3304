#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse bill` and `wattpurse compare`, driven from outside. What energy costs is computed anew
with exact decimals, hour by hour."""

import json
import random
import re
import unittest
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from tariffs import PEAK_VALLEY, ROOT, Folder, changed, flat, ladder

CHINA = timezone(timedelta(hours=8))
PRICES = {"peak": Decimal("0.568"), "valley": Decimal("0.288")}


def cents(value, places="0.01"):
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def band_at(moment, hot=()):
    if moment.date().isoformat() in hot:
        return "peak"
    return "peak" if moment.weekday() < 5 and 8 <= moment.hour < 22 else "valley"


def intervals(begin, count, minutes=15, seed=1):
    """(moment, kWh) of consecutive intervals."""
    draw = random.Random(seed)
    return [(begin + timedelta(minutes=minutes) * i, Decimal(draw.randrange(0, 20000)) / 10000)
            for i in range(count)]


def number_after(text, name):
    """The number in the line that begins with `name`."""
    for line in text.splitlines():
        if line.strip().startswith(name + " "):
            return line.split()[1]
    raise AssertionError(f"no {name} in\n{text}")


class Case(unittest.TestCase):
    def setUp(self):
        self.at = Folder(self)
        self.run_program = self.at.run

    def good(self, *words):
        status, text, complaint = self.run_program(*words)
        self.assertEqual((status, complaint), (0, ""), words)
        return text

    def refused(self, *words):
        status, text, complaint = self.run_program(*words)
        self.assertEqual((status, text), (1, ""), words)
        return complaint.splitlines()


class Registers(Case):
    def test_short_form(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        text = self.good("bill", "--tariff", tariff, "T2=180.25", "T4=90.10", "--from",
                         "2026-01-01")
        self.assertEqual(text, """Town, 2026-01-01 to 2026-01-31
  energy peak 180.25 kWh x 0.568 CNY/kWh = 102.382 CNY
  energy valley 90.10 kWh x 0.288 CNY/kWh = 25.9488 CNY
  sum   128.3308
  bill  128.33 CNY
""")

    def test_this_month_unless_said(self):
        tariff = self.at.file("t.json", flat())
        text = self.good("bill", "--tariff", tariff, "T1=10")
        self.assertRegex(text.splitlines()[0], r"^Town, \d{4}-\d\d-01 to \d{4}-\d\d-(28|29|30|31)$")
        self.assertEqual(number_after(text, "bill"), "5.00")

    def test_shipped_tariff_as_the_readme_has_it(self):
        shipped = ROOT / "share/tariffs/zhejiang_residential.json"
        text = self.good("bill", "--tariff", shipped, "T2=180.25", "T4=90.10")
        self.assertIn("  sum ", text)
        self.assertIn(" CNY\n", text)

    def test_in_chinese(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        text = self.good("bill", "--tariff", tariff, "T2=1", "--from", "2026-01-01", "--lang", "zh")
        self.assertIn("2026-01-01 \u81f3 2026-01-31", text)
        self.assertIn("\u8d26\u5355  0.57 CNY", text)

    def test_wrong_input(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        bill = ("bill", "--tariff", tariff, "--from", "2026-01-01")
        for word in ("T5=1", "T2", "T2=", "T2=-1", "T2=1,5", "T2=1e3", "T2=0.00001", "2=1", "=",
                     "T2=99999999999999999999"):
            self.assertEqual(self.refused(*bill, word), [
                f'wattpurse bill: "{word}": expected a register and its kWh, as T2=120.50'])
        self.assertIn("was given before", self.refused(*bill, "T2=1", "T2=1")[0])
        self.assertIn("expected --usage FILE", self.refused(*bill)[0])
        self.assertIn("2026-02-30", self.refused("bill", "--tariff", tariff, "--from",
                                                 "2026-02-30", "T2=1")[0])
        self.assertIn("not after --from", self.refused(*bill, "--to", "2026-01-01", "T2=1")[0])
        self.assertIn("--to without --from",
                      self.refused("bill", "--tariff", tariff, "--to", "2026-01-01", "T2=1")[0])
        self.assertEqual(self.run_program("bill", "T2=1")[0], 2)

    def test_a_register_without_band_is_a_fault(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        found = self.refused("bill", "--tariff", tariff, "T2=1", "T1=5", "--from", "2026-01-01")
        self.assertEqual(found, ['wattpurse bill: "T1=5", register: "T1" (expected a register that '
                                 "one of the tariff's bands has)"])

    def test_a_faulty_tariff_tells_all_faults(self):
        tariff = self.at.file("t.json", changed(PEAK_VALLEY, currency="yuan", zone="Mars/Base"))
        found = self.refused("bill", "--tariff", tariff, "T2=1")
        self.assertEqual(len(found), 2)
        self.assertIn("/currency", found[0])
        self.assertIn("/zone", found[1])


class Usage(Case):
    def cost(self, data, hot=()):
        sums = {"peak": Decimal(0), "valley": Decimal(0)}
        for moment, kwh in data:
            sums[band_at(moment, hot)] += kwh
        lines = [cents(sums[band] * PRICES[band], "0.000001") for band in sums]
        return sum(lines)

    def check(self, text, exact):
        self.assertEqual(Decimal(number_after(text, "sum")), exact)
        self.assertEqual(Decimal(number_after(text, "bill")), cents(exact))

    def test_a_month_of_quarter_hours_in_every_form(self):
        data = intervals(datetime(2026, 1, 1, tzinfo=CHINA), 31 * 96)
        quarter = timedelta(minutes=15)
        forms = {
            "from,until,quantity": lambda t: f"{t.isoformat()},{(t + quarter).isoformat()}",
            "start,kwh": lambda t: t.isoformat(),
            "end,kwh": lambda t: (t + quarter).isoformat(),
            "START,kWh": lambda t: t.strftime("%Y-%m-%d %H:%M"),
            "end,quantity": lambda t: (t + quarter).strftime("%Y-%m-%dT%H:%M:%S"),
            "start,quantity": lambda t: t.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        exact = self.cost(data)
        tariff = self.at.file("t.json", PEAK_VALLEY)
        for number, (head, form) in enumerate(forms.items()):
            rows = "\n".join(f"{form(t)},{kwh}" for t, kwh in data)
            usage = self.at.file(f"{number}.csv", f"{head}\n{rows}\n")
            options = () if "until" in head else ("--interval", "15min")
            text = self.good("bill", "--tariff", tariff, "--usage", usage, *options)
            self.check(text, exact)

    def test_order_line_ends_and_marks_do_not_matter(self):
        data = intervals(datetime(2026, 1, 5, tzinfo=CHINA), 200, 60)
        rows = [f'"{kwh}" , {t.strftime("%Y-%m-%d %H:%M")}' for t, kwh in data]
        random.Random(2).shuffle(rows)
        content = "\ufeffkwh,start\r\n\r\n" + "\r\n   \r\n".join(rows)
        usage = self.at.file("u.csv", content.encode())
        tariff = self.at.file("t.json", PEAK_VALLEY)
        text = self.good("bill", "--tariff", tariff, "--usage", usage, "--interval", "1h")
        self.check(text, self.cost(data))

    def test_days_and_the_end_of_a_day(self):
        tariff = self.at.file("t.json", flat())
        usage = self.at.file("u.csv", "from,until,kwh\n2026-01-01,2026-01-02,10\n"
                                      "2026-01-02,2026-01-02T24:00,20\n")
        text = self.good("bill", "--tariff", tariff, "--usage", usage)
        self.assertEqual(number_after(text, "bill"), "15.00")

    def test_registers_quality_and_announced_days(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        usage = self.at.file("u.csv", "from,until,register,quantity,quality\n"
                             "2026-01-01,2026-01-10,T2,100,good\n"
                             "2026-01-01,2026-01-10,t4,50,estimated\n"
                             "2026-01-10,2026-01-11,T2,7,suspect\n"
                             "2026-01-11,2026-01-12,T2,9,rejected\n")
        text = self.good("bill", "--tariff", tariff, "--usage", usage)
        self.assertEqual(number_after(text, "sum"), "71.20")
        self.assertIn("estimated rows: 1", text)
        self.assertIn("rows not charged, being suspect or rejected: 2", text)
        data = intervals(datetime(2026, 7, 13, tzinfo=CHINA), 72, 60)
        rows = "\n".join(f"{t.isoformat()},{kwh}" for t, kwh in data)
        usage = self.at.file("hot.csv", f"start,kwh\n{rows}\n")
        account = self.at.file("a.json", {"format": "wattpurse-account/1",
                                          "events": [{"name": "heat", "day": "2026-07-14"}]})
        text = self.good("bill", "--tariff", tariff, "--usage", usage, "--interval", "60min",
                         "--attributes", account)
        self.check(text, self.cost(data, ["2026-07-14"]))
        self.assertNotEqual(self.cost(data), self.cost(data, ["2026-07-14"]))

    def test_meters_channels_and_attributes(self):
        tariff = flat(
            determinants=[{"name": "pump", "of": "import", "meters": ["pump"]},
                          {"name": "fed_in", "of": "export"},
                          {"name": "bought", "of": "purchase"},
                          {"name": "kva", "unit": "kVA", "of": "attribute", "attribute": "kva"}],
            charges=[{"line": line, "on": line, "credit": line == "fed_in",
                      "rate": {"mode": "flat", "price": price}}
                     for line, price in (("pump", "0.5"), ("fed_in", "0.3"), ("bought", "0.01"),
                                         ("kva", "1.5"))])
        tariff["attributes"] = [{"name": "kva"}]
        path = self.at.file("t.json", tariff)
        usage = self.at.file("u.csv", "start,end,channel,meter,kwh\n"
                                      "2026-01-01,2026-01-02,,,100\n"
                                      "2026-01-01,2026-01-02,import,pump,10\n"
                                      "2026-01-01,2026-01-02,export,main,5\n"
                                      "2026-01-01 09:30,,purchase,,200\n")
        account = {"format": "wattpurse-account/1", "meters": ["main", "pump"],
                   "attributes": [{"name": "kva", "value": "20"}]}
        bill = ("bill", "--tariff", path, "--usage", usage)
        text = self.good(*bill, "--attributes", self.at.file("a.json", account))
        # 10 x 0.5 - 5 x 0.3 + 200 x 0.01 + 20 x 1.5
        self.assertEqual(number_after(text, "sum"), "35.50")
        found = self.refused(*bill)
        self.assertEqual(len(found), 1)  # the attribute
        account["meters"] = ["main", "lift"]
        found = self.refused(*bill, "--attributes", self.at.file("a.json", account))
        self.assertEqual(found, [f'{usage}: line 3, meter: "pump" (expected a meter that the '
                                 'account file names)'])
        found = self.refused(*bill, "--attributes", self.at.file("a.json", {"format": 1, "x": 2}))
        self.assertEqual(len(found), 2)

    def test_names_that_the_tariff_does_not_know_are_told(self):
        account = {"format": "wattpurse-account/1",
                   "attributes": [{"name": "heat", "value": "1"}, {"name": "kva", "value": "2"}],
                   "openings": [{"determinant": "energy", "quantity": "3"},
                                {"determinant": "enrgy", "quantity": "3"},
                                {"determinant": "energy", "band": "peek", "quantity": "3"}],
                   "past": [{"determinant": "kw", "month": "2025-12", "value": "4"},
                            {"determinant": "energy", "month": "2025-12", "value": "4"}],
                   "credits": [{"of": of, "earned": "2025-12-01", "expires": "2026-12-01",
                                "quantity": "0"} for of in ("energy", "kept")],
                   "prices": [{"name": "spot", "from": "2026-01-01T00:00:00Z", "step": "1h",
                               "values": ["1"]}],
                   "events": [{"name": "heat", "day": "2026-07-14"},
                              {"name": "snow", "day": "2026-07-14"}]}
        path = self.at.file("a.json", account)
        tariff = changed(PEAK_VALLEY, adjustments=[{"line": "kept", "kind": "bank",
                                                    "over": ["energy"]}])
        tariff["attributes"] = [{"name": "kva"}]
        told = [("/attributes/0/name", '"heat"', "attributes of Town: kva"),
                ("/openings/1/determinant", '"enrgy"', "determinants of Town: energy"),
                ("/openings/2/band", '"peek"', "bands of Town: peak, valley"),
                ("/past/0/determinant", '"kw"', "determinants of Town: energy"),
                ("/credits/0/of", '"energy"', "banks of Town: kept"),
                ("/prices/0/name", '"spot"', "nothing: Town has no series of prices"),
                ("/events/1/name", '"snow"', "events of Town: heat")]
        bill = ("bill", "--tariff", self.at.file("t.json", tariff), "T2=1", "--from", "2026-01-01",
                "--attributes", path)
        status, text, complaint = self.run_program(*bill)
        self.assertEqual(status, 0)
        self.assertEqual(number_after(text, "bill"), "0.57")
        self.assertEqual(complaint.splitlines(),
                         [f"{path}: note: {where}: {what} (expected {known})"
                          for where, what, known in told])
        status, text, again = self.run_program(*bill, "--json")
        self.assertEqual((status, again), (0, complaint))
        self.assertEqual(json.loads(text)["notes"],
                         [{"path": where, "value": what, "expected": known}
                          for where, what, known in told])
        known = self.at.file("b.json", {"format": "wattpurse-account/1",
                                        "attributes": [{"name": "kva", "value": "2"}]})
        text = self.good(*bill[:-1], known, "--json")
        self.assertEqual(json.loads(text)["notes"], [])

    def test_through(self):
        tariff = self.at.file("t.json", flat())
        usage = self.at.file("u.csv", "from,until,kwh\n2026-01-01,2026-01-02,10\n"
                                      "2026-01-02,2026-01-03,20\n")
        bill = ("bill", "--tariff", tariff, "--usage", usage, "--through")
        text = self.good(*bill, "2026-01-02")
        self.assertEqual(number_after(text, "bill"), "5.00")
        self.assertIn("expected a time", self.refused(*bill, "soon")[0])
        self.assertIn("before --from", self.refused(*bill, "2025-01-02")[0])

    def test_months(self):
        tariff = self.at.file("t.json", ladder())
        months = [("2026-01", Decimal("180.25")), ("2026-02", Decimal("175.5")),
                  ("2026-03", Decimal("99.9999"))]
        rows = "".join(f"{m}-01,{m}-28,{kwh}\n" for m, kwh in months)
        usage = self.at.file("u.csv", "from,until,kwh\n" + rows)
        bill = ("bill", "--tariff", tariff, "--usage", usage)
        self.assertIn("several months, from 2026-01-01 until 2026-04-01", self.refused(*bill)[0])

        def cost(kwh):
            tiers = ((Decimal(250), "0.538"), (Decimal(400), "0.588"), (Decimal(10**9), "0.838"))
            out, begin = [], Decimal(0)
            for bound, price in tiers:
                out.append(max(min(kwh, bound) - begin, Decimal(0)) * Decimal(price))
                begin = bound
            return out

        text = self.good(*bill, "--monthly")
        used = Decimal(0)
        for (month, kwh), part in zip(months, text.split("\n\n")):
            self.assertIn(f"{month}-01 to {month}-", part)
            lines = [cents(now - before, "0.000001")
                     for now, before in zip(cost(used + kwh), cost(used))]
            used += kwh
            exact = sum(lines) + cents(sum(lines) * Decimal("0.13"), "0.000001")
            self.check(part, exact)
        whole = self.good(*bill, "--from", "2026-01-01", "--to", "2026-04-01")
        self.assertIn("2026-01-01 to 2026-03-31", whole)
        lines = [cents(each, "0.000001") for each in cost(used)]
        self.check(whole, sum(lines) + cents(sum(lines) * Decimal("0.13"), "0.000001"))

    def test_what_is_carried_from_month_to_month(self):
        rounding = {"line": {"increment": "0.000001", "mode": "half_up"},
                    "bill": {"increment": "0.1", "mode": "half_up"}, "residue": "carry"}
        tariff = self.at.file("t.json", flat("0.37", rounding=rounding))
        months = [("2026-01", "1.1"), ("2026-02", "2.2"), ("2026-03", "3.3")]
        rows = "".join(f"{m}-01,{m}-28,{kwh}\n" for m, kwh in months)
        usage = self.at.file("u.csv", "from,until,kwh\n" + rows)
        text = self.good("bill", "--tariff", tariff, "--usage", usage, "--monthly")
        carried, total = Decimal(0), Decimal(0)
        for (_, kwh), part in zip(months, text.split("\n\n")):
            exact = Decimal(kwh) * Decimal("0.37") + carried
            bill = cents(exact, "0.1")
            self.assertEqual(Decimal(number_after(part, "sum")), exact)
            self.assertEqual(Decimal(number_after(part, "bill")), bill)
            carried = exact - bill
            total += bill
        self.assertEqual(total + carried, Decimal("6.6") * Decimal("0.37"))

    def test_as_json(self):
        tariff = self.at.file("t.json", PEAK_VALLEY)
        text = self.good("bill", "--tariff", tariff, "T2=180.25", "T4=90.10", "--from",
                         "2026-01-01", "--json")
        lines = {line["id"]: line["amount"] for line in json.loads(text)["lines"]}
        self.assertEqual(lines, {"energy.peak": "102.382000", "energy.valley": "25.948800"})
        self.assertIn('"128.330000"', text)


class Zones(Case):
    def setUp(self):
        super().setUp()
        self.tariff = self.at.file("t.json", flat("0.25", currency="GBP", zone="Europe/London"))
        status, _, complaint = self.run_program("tariff", "check", self.tariff)
        if status != 0:
            self.skipTest("built without adapter/tz: " + complaint)

    def bill(self, rows, *options):
        usage = self.at.file("u.csv", "start,kwh\n" + "\n".join(rows) + "\n")
        return ("bill", "--tariff", self.tariff, "--usage", usage, "--interval", "30min", *options)

    def test_a_month_whose_clocks_change(self):
        begin = datetime(2026, 9, 30, 23, tzinfo=timezone.utc)  # midnight in London
        data = intervals(begin, (31 * 24 + 1) * 2, 30)
        text = self.good(*self.bill([f"{t.isoformat()},{kwh}" for t, kwh in data]))
        self.assertIn("2026-10-01 to 2026-10-31", text)
        self.assertEqual(Decimal(number_after(text, "sum")),
                         cents(sum(kwh for _, kwh in data) * Decimal("0.25"), "0.000001"))

    def test_times_that_are_shown_twice_or_never(self):
        found = self.refused(*self.bill(["2026-10-25T01:30,1", "2026-03-29T01:30,1"]))
        self.assertEqual(len(found), 2)
        self.assertIn("line 2, start", found[0])
        self.assertIn("expected an offset: clocks show this twice in Europe/London, first at "
                      "2026-10-25T01:30:00+01:00", found[0])
        self.assertIn("line 3, start", found[1])
        self.assertIn("clocks skip this one in Europe/London", found[1])
        text = self.good(*self.bill(["2026-10-25T01:30:00+01:00,1", "2026-10-25T01:30:00+00:00,2"]))
        self.assertEqual(number_after(text, "bill"), "0.75")


class UsageFaults(Case):
    def setUp(self):
        super().setUp()
        self.tariff = self.at.file("t.json", PEAK_VALLEY)

    def faults(self, content, *options):
        usage = self.at.file("u.csv", content)
        found = self.refused("bill", "--tariff", self.tariff, "--usage", usage, *options)
        return [line.replace(usage + ": ", "") for line in found]

    def test_of_the_first_line(self):
        self.assertEqual(self.faults(""), ["line 1: an empty file (expected a line that names the "
                                           "columns, and rows)"])
        self.assertEqual(self.faults("from,until,kwh\n"),
                         ["line 1: no rows (expected a row at least)"])
        found = self.faults("from,form,kwh,quantity\n")
        self.assertEqual(len(found), 3)
        self.assertIn('"form"', found[0])
        self.assertIn("one column of this meaning", found[1])
        self.assertIn("--interval", found[2])
        self.assertEqual(self.faults("until,from\n1,2\n"),
                         ["line 1: no quantity (expected a column quantity (or kwh))"])
        self.assertIn("no time", self.faults("kwh\n1\n")[0])
        for head in ("from;until;kwh", "from\tuntil\tkwh", "from|until|kwh"):
            self.assertEqual(len(self.faults(head + "\n1\n")), 1)
            self.assertIn("cells with commas between them", self.faults(head)[0])
        self.assertEqual(self.faults('from,until,"kwh\n'), [
            'line 1: "from,until,"kwh" (expected quotes that end in the line)'])
        self.assertIn("one or the other", self.faults("from,until,kwh\n", "--interval", "1h")[0])
        for text in ("soon", "0min", "-1h", "1.5h", "h", "400d", "99999999999999min"):
            self.assertIn("expected a length", self.faults("start,kwh\n", "--interval", text)[0])

    def test_of_rows_with_line_and_column(self):
        found = self.faults(
            "from,until,channel,register,meter,quality,kwh\n"
            "2026-01-01,2026-01-02,,,,,1\n"
            "\n"
            "2026-13-01,2026-01-02 25:00,water,T9,,fine,-1\n"
            "2026-01-02,2026-01-01,,,,,1.23456\n"
            "2026-01-02,2026-01-02,,,,,\n"
            "2026-01-02,2026-01-03,purchase,,,,5\n"
            "1,2,3,4,5,6,7,8\n")
        places = [re.match(r"line \d+(, \w+)?", line)[0] for line in found]
        self.assertEqual(places, [
            "line 4, channel", "line 4, from", "line 4, until", "line 4, register",
            "line 4, quality", "line 4, kwh", "line 5, until", "line 5, kwh", "line 6, until",
            "line 6, kwh", "line 7, until", "line 8"])
        self.assertIn('"-1" (expected a number that is not negative', found[5])
        self.assertIn('"1.23456" (expected at most 4 decimal places)', found[7])
        self.assertIn("8 cells (expected 7 at most", found[11])

    def test_of_quotes_and_numbers(self):
        found = self.faults('from,until,kwh\n"2026-01-01",2026-01-02,"1\n'
                            "2026-01-02,2026-01-03,99999999999999999999\n"
                            '2026-01-03,2026-01-04,"1""2"\n')
        self.assertEqual(found, [
            'line 2: ""2026-01-01",2026-01-02,"1" (expected quotes that end in the line)',
            'line 3, kwh: "99999999999999999999" (expected at most 14 digits before the point)',
            'line 4, kwh: "1"2" (expected a number as 12.5)'])

    def test_of_many_meters(self):
        rows = "".join(f"2026-01-01,2026-01-02,m{i},1\n" for i in range(65540))
        found = self.faults("from,until,meter,kwh\n" + rows)
        self.assertEqual(found[0], 'line 65536, meter: "m65534" (expected a meter that is known: '
                                   "there are 65535)")
        self.assertEqual(len(found), 6)

    def test_of_many_rows(self):
        found = self.faults("from,until,kwh\n" + "x,y,z\n" * 1000)
        self.assertEqual(len(found), 101)
        self.assertEqual(found[-1], "line 1001 and before: 2900 more faults (expected none)")

    def test_overlaps_and_what_may_not_be_split(self):
        rows = "from,until,kwh\n2026-01-01,2026-01-02,1\n2026-01-01T12:00,2026-01-03,1\n"
        self.assertEqual(self.faults(rows), [
            "line 3: 2026-01-01T12:00:00+08:00 to 2026-01-03T00:00:00+08:00 (expected a row that "
            "does not overlap line 2)"])
        found = self.faults("\ufefffrom,until,kwh\r\n\r\n2026-01-01T06:30,2026-01-01T07:30,1\r\n"
                            "\r\n2026-01-01T07:30,2026-01-01T08:30,1\r\n")
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("line 5: 2026-01-01T07:30:00+08:00 to "), found)

    def test_of_rows_that_were_added_up(self):
        """Registers are one row where the tariff has no bands: lines are those of the file."""
        self.tariff = self.at.file("t.json", flat())
        self.assertEqual(self.faults("from,until,register,kwh\n"
                                     "2026-01-01,2026-01-02,T1,1\n2026-01-01,2026-01-02,T2,1\n"
                                     "2026-01-03,2026-01-05,T1,1\n2026-01-03,2026-01-05,T2,1\n"
                                     "2026-01-04,2026-01-06,T1,1\n2026-01-04,2026-01-06,T2,1\n"), [
            "line 6: 2026-01-04T00:00:00+08:00 to 2026-01-06T00:00:00+08:00 (expected a row that "
            "does not overlap line 4)"])

    def test_of_noise(self):
        draw = random.Random(7)
        for size in (1, 10, 1000, 100000):
            noise = bytes(draw.randrange(256) for _ in range(size))
            for content in (noise, b"from,until,kwh\n" + noise, b'from,until,kwh\n"' + noise):
                usage = self.at.file("noise.csv", content)
                self.assertNotEqual(
                    self.refused("bill", "--tariff", self.tariff, "--usage", usage), [])


class Comparing(Case):
    def test_lines_and_differences(self):
        one = self.at.file("a.json", PEAK_VALLEY)
        other = self.at.file("b.json", flat("0.45", name="Flat"))
        text = self.good("compare", "--tariff", one, "--tariff", other, "T2=180.25", "T4=90.10",
                         "--from", "2026-01-01")
        rows = [line.split() for line in text.splitlines()]
        self.assertEqual(text.splitlines()[:2], ["A: Town, 2026-01-01 to 2026-01-31",
                                                 "B: Flat, 2026-01-01 to 2026-01-31"])
        self.assertEqual(rows[3], ["LINE", "A", "B", "B-A"])
        self.assertIn(["energy.peak", "102.382", "0.00", "-102.382"], rows)
        self.assertIn(["energy", "0.00", "121.6575", "+121.6575"], rows)
        self.assertEqual(rows[-1], ["total", "CNY", "128.33", "121.66", "-6.67"])

    def test_months(self):
        one = self.at.file("a.json", ladder())
        other = self.at.file("b.json", flat("0.6"))
        usage = self.at.file("u.csv", "from,until,kwh\n2026-01-01,2026-01-20,300\n"
                                      "2026-02-01,2026-02-20,300\n")
        text = self.good("compare", "--tariff", one, "--tariff", other, "--usage", usage,
                         "--monthly")
        rows = [line.split() for line in text.splitlines()]
        january = cents((250 * Decimal("0.538") + 50 * Decimal("0.588")) * Decimal("1.13"))
        february = cents((100 * Decimal("0.588") + 200 * Decimal("0.838")) * Decimal("1.13"))
        both = Decimal(180)
        self.assertEqual(rows[4], ["2026-01", str(january), "180.00", f"{both - january:+}"])
        self.assertEqual(rows[5], ["2026-02", str(february), "180.00", f"{both - february:+}"])
        total = january + february
        self.assertEqual(rows[6][2:], [str(total), "360.00", f"{360 - total:+}"])

    def test_wrong_input(self):
        one = self.at.file("a.json", PEAK_VALLEY)
        other = self.at.file("b.json", flat(currency="EUR"))
        self.assertIn("two to nine tariffs", self.refused("compare", "--tariff", one, "T2=1")[0])
        ours = self.at.file("c.json", flat())
        found = self.refused("compare", "--tariff", ours, "--tariff", one, "T1=1", "--from",
                             "2026-01-01")
        self.assertEqual(len(found), 2)
        self.assertIn('"T1=1", register: "T1" (expected a register', found[0])
        self.assertEqual(found[1], f"wattpurse compare: {one}: no bill by this tariff")
        self.assertIn("EUR cannot be compared with CNY",
                      self.refused("compare", "--tariff", one, "--tariff", other, "T2=1")[0])


if __name__ == "__main__":
    unittest.main()
