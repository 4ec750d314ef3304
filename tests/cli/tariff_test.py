#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse tariff`, driven from outside: files checked, shown, drawn and told in words, and rates
of the U.S. Utility Rate Database made into tariffs whose bills are computed anew."""

import json
import random
import unittest
import xml.etree.ElementTree as xml
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from tariffs import PEAK_VALLEY, ROOT, Folder, changed, flat, ladder

SVG = "{http://www.w3.org/2000/svg}"


class Case(unittest.TestCase):
    def setUp(self):
        self.at = Folder(self)

    def good(self, *words):
        status, text, complaint = self.at.run("tariff", *words)
        self.assertEqual((status, complaint), (0, ""), words)
        return text


class Checking(Case):
    def test_shipped_files_are_good(self):
        for path in sorted((ROOT / "share/tariffs").glob("*.json")):
            self.assertTrue(self.good("check", path).startswith("ok: "), path)

    def test_all_files_are_told_of(self):
        good = self.at.file("good.json", PEAK_VALLEY)
        broken = self.at.file("broken.json", changed(PEAK_VALLEY, currency="yuan", zone="+99:00"))
        text = self.at.file("text.json", "{")
        status, told, complaint = self.at.run("tariff", "check", broken, good, text)
        self.assertEqual((status, told), (1, "ok: Town, 1 version, 1 charge\n"))
        lines = complaint.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertTrue(lines[0].startswith(f"{broken}: /currency: "))
        self.assertTrue(lines[1].startswith(f"{broken}: /zone: "))
        self.assertTrue(lines[2].startswith(f"{text}: line 1, column 2: "))

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(self.at.run("tariff")[0], 2)
        self.assertEqual(self.at.run("tariff", "check")[0], 2)


class Telling(Case):
    def test_tables(self):
        rows = [line.split() for line in
                self.good("show", self.at.file("t.json", PEAK_VALLEY)).splitlines()]
        self.assertEqual(rows[0], ["Town", "(CNY,", "+08:00)"])
        self.assertIn(["peak", "peak", "T2"], rows)
        self.assertIn(["hot", "announced", "as", "heat"], rows)
        self.assertIn(["weekend", "sat", "sun"], rows)
        self.assertIn(["any", "any", "plain", "08:00-22:00", "peak,", "22:00-08:00", "valley"],
                      rows)
        self.assertIn(["energy", "energy", "flat", "valley", "0.288", "kWh"], rows)

    def test_versions(self):
        tariff = flat()
        later = json.loads(json.dumps(tariff["versions"][0]))
        later.update(name="dear", **{"from": "2026-07-01"})
        later["charges"][0]["rate"]["price"] = "0.75"
        tariff["versions"].append(later)
        path = self.at.file("t.json", tariff)
        text = self.good("show", path)
        self.assertIn("== 2026 ==", text)
        self.assertIn("== dear, from 2026-07-01 on ==", text)
        for year, shown in ((2025, ""), (2026, "2026 dear"), (2027, "dear")):
            text = self.good("show", path, "--year", year)
            self.assertEqual([line.split()[1].strip(",") for line in text.splitlines()
                              if line.startswith("== ")], shown.split())
        words = self.good("explain", path)
        self.assertIn("at first (2026):\n", words)
        self.assertIn("from 2026-07-01 on (dear):\n", words)
        self.assertIn("0.75 CNY/kWh", words)

    def test_bounds_say_of_what_they_are(self):
        tariff = ladder()
        version = tariff["versions"][0]
        version["determinants"] += [{"name": "days", "of": "days", "unit": "day"},
                                    {"name": "share", "of": "one", "unit": "x"},
                                    {"name": "kw", "of": "demand_reading", "unit": "kW"}]
        rate = version["charges"][0]["rate"]
        for bounds, along in (({"times": "days"}, "kWh/day"), ({"times": "share"}, "kWh/share"),
                              ({"times": "kw"}, "kWh/kW"), ({"plus": "days"}, "kWh + days"),
                              ({}, "kWh")):
            rate["bounds"] = {**bounds, "round": {"increment": "1", "mode": "up"}} if bounds else {}
            path = self.at.file("t.json", tariff)
            text = self.good("show", path)
            for bound in ("up to 250", "above 250 to 400", "above 400"):
                self.assertIn(f"  {bound} {along}  ", text)
            if "plus" not in bounds:
                self.assertIn(f"above 250 to 400 {along}: 0.588 CNY/kWh",
                              self.good("explain", path))
        rate.update(mode="select", by="kw", bounds={"times": "days"})
        self.assertIn("  up to 250 kW/day  ", self.good("show", self.at.file("t.json", tariff)))

    def test_credits_have_their_sign(self):
        def charge(line, price, **members):
            return {"line": line, "on": "energy", "rate": {"mode": "flat", **price}, **members}
        path = self.at.file("t.json", changed(PEAK_VALLEY, charges=[
            charge("a", {"price": "0.08"}, credit=True),
            charge("b", {"price": "-0.5"}, credit=True),
            charge("c", {"price": "0"}, credit=True), charge("d", {"price": "-0.25"}),
            charge("e", {"prices": {"peak": "0.2", "valley": "0"}}, credit=True)]))
        rows = [line.split() for line in self.good("show", path).splitlines()]
        for row in (["a", "energy", "flat", "-0.08", "kWh"], ["b", "energy", "flat", "0.5", "kWh"],
                    ["c", "energy", "flat", "0", "kWh"], ["d", "energy", "flat", "-0.25", "kWh"],
                    ["e", "energy", "flat", "peak", "-0.2", "kWh"],
                    ["e", "energy", "flat", "valley", "0", "kWh"]):
            self.assertIn(row, rows)

    def test_words(self):
        text = self.good("explain", self.at.file("t.json", ladder()))
        self.assertEqual(text, """Town, CNY, +08:00
  energy: charged on energy taken, in kWh, counted over the year from 01-01
    each tier prices what lies within it:
    up to 250 kWh: 0.538 CNY/kWh
    above 250 to 400 kWh: 0.588 CNY/kWh
    above 400 kWh: 0.838 CNY/kWh
  vat: 0.13 times the lines of energy
  each line: rounded half_up to 0.000001
  each adjustment: rounded half_up to 0.000001
  the bill: rounded half_up to 0.01
""")
        chinese = self.good("explain", self.at.file("t.json", ladder()), "--language", "zh")
        self.assertIn("\u8d85\u8fc7 250 \u81f3 400 kWh: 0.588 CNY/kWh", chinese)
        for english in ("charged", "tier", "lines", "energy taken"):
            self.assertNotIn(english, chinese)

    def test_every_shipped_tariff_can_be_told(self):
        for path in sorted((ROOT / "share/tariffs").glob("*.json")):
            for language in ("en", "zh"):
                self.assertGreater(len(self.good("explain", path, "--lang", language)), 50)
                self.assertGreater(len(self.good("show", path, "--lang", language)), 50)


class Drawing(Case):
    def drawn(self, tariff, *options):
        path = tariff if not isinstance(tariff, dict) else self.at.file("t.json", tariff)
        out = self.at.path / "out.svg"
        self.good("show", path, "--year", 2026, "--svg", out, *options)
        text = out.read_text(encoding="utf-8")
        self.assertEqual(text.count("http"), 1)  # the name space: nothing is fetched
        return xml.fromstring(text)

    @staticmethod
    def number(element, name):
        return int(element.get(name))

    def legend(self, picture):
        """Names of colours: a swatch of 12 by 12, and the text beside it."""
        texts = {(self.number(t, "x"), self.number(t, "y")): t.text
                 for t in picture.iter(SVG + "text")}
        out = {}
        for box in picture.iter(SVG + "rect"):
            if (box.get("width"), box.get("height")) == ("12", "12"):
                at = (self.number(box, "x") + 18, self.number(box, "y") + 10)
                out[box.get("fill")] = texts[at]
        return out

    def test_every_hour_has_the_colour_of_its_band(self):
        picture = self.drawn(PEAK_VALLEY, "--event", "heat=2026-07-14")
        names = self.legend(picture)
        self.assertEqual(sorted(names.values()), ["peak", "valley"])
        boxes = [tuple(self.number(box, n) for n in ("x", "y", "width", "height")) +
                 (box.get("fill"),) for box in picture.iter(SVG + "rect") if box.get("x")]
        cells = [box for box in boxes if box[3] != 12]
        left, top = min(c[0] for c in cells), min(c[1] for c in cells)
        for index in range(365):
            day = date(2026, 1, 1) + timedelta(days=index)
            for hour in range(24):
                x, y = left + index * 2 + 1, top + hour * 8 + 4
                found = [names[f] for bx, by, w, h, f in cells
                         if bx <= x < bx + w and by <= y < by + h]
                high = day == date(2026, 7, 14) or day.weekday() < 5 and 8 <= hour < 22
                self.assertEqual(found, ["peak" if high else "valley"], (day, hour))
        right = max(c[0] + c[2] for c in cells)
        self.assertEqual(right - left, 730)

    @staticmethod
    def versions(*changes):
        """Town's tariff, and versions of it: (name, first day, members that are replaced)."""
        out = json.loads(json.dumps(PEAK_VALLEY))
        for name, day, members in changes:
            later = json.loads(json.dumps(out["versions"][0]))
            later.update({"name": name, "from": day, **members})
            out["versions"].append(later)
        return out

    def texts(self, picture):
        return [text.text or "" for text in picture.iter(SVG + "text")]

    def test_all_versions_of_the_year_are_drawn(self):
        early = {"plans": [{"name": "plain", "windows": [
            {"from": "06:00", "until": "20:00", "band": "peak"},
            {"from": "20:00", "until": "06:00", "band": "valley"}]}], "rules": [{"plan": "plain"}]}
        prices = PEAK_VALLEY["versions"][0]["charges"]
        dear = changed(PEAK_VALLEY, charges=json.loads(
            json.dumps(prices).replace("0.568", "0.668")))["versions"][0]["charges"]
        tariff = self.versions(("dear", "2026-03-05", {"calendar": early, "charges": dear}),
                               ("again", "2026-11-01", {}), ("next", "2027-01-01", {}))
        picture = self.drawn(tariff)
        self.check_texts(picture)
        texts = self.texts(picture)
        for text in ("at first (2026)", "from 2026-03-05 on (dear)", "from 2026-11-01 on (again)"):
            self.assertEqual(texts.count(text), 1, texts)
        self.assertNotIn("next", " ".join(texts))
        self.assertEqual([texts.count(price) for price in ("0.568", "0.668")], [2, 1])
        names = self.legend(picture)
        boxes = [tuple(self.number(box, n) for n in ("x", "y", "width", "height")) +
                 (box.get("fill"),) for box in picture.iter(SVG + "rect") if box.get("x")]
        cells = [box for box in boxes if box[3] != 12]
        left, top = min(c[0] for c in cells), min(c[1] for c in cells)

        def band(day, hour):
            x, y = left + (day - date(2026, 1, 1)).days * 2 + 1, top + hour * 8 + 4
            return [names[f] for bx, by, w, h, f in cells
                    if bx <= x < bx + w and by <= y < by + h]

        for day, hour, expected in ((date(2026, 3, 4), 6, "valley"), (date(2026, 3, 5), 6, "peak"),
                                    (date(2026, 3, 7), 6, "peak"), (date(2026, 3, 4), 21, "peak"),
                                    (date(2026, 10, 30), 21, "valley"),
                                    (date(2026, 11, 2), 21, "peak")):
            self.assertEqual(band(day, hour), [expected], day)

    def test_versions_with_and_without_hours_and_seasons(self):
        seasons = {"seasons": [{"name": "warm", "ranges": [{"first": "04-01", "last": "09-30"}]},
                               {"name": "cold", "ranges": [{"first": "10-01", "last": "03-31"}]}]}
        other = {"seasons": [{"name": "cold", "ranges": [{"first": "11-01", "last": "02-28"}]},
                             {"name": "mild", "ranges": [{"first": "02-29", "last": "10-31"}]}]}
        picture = self.drawn(self.versions(("plain", "2026-07-01", {"calendar": seasons})))
        self.check_texts(picture)
        self.assertEqual(sorted(self.legend(picture).values()),
                         ["bands by registers", "peak", "valley"])
        tariff = self.versions(("b", "2026-07-01", {"calendar": other}))
        tariff["versions"][0]["calendar"] = seasons
        picture = self.drawn(tariff)
        self.check_texts(picture)
        self.assertEqual(sorted(self.legend(picture).values()), ["cold", "mild", "warm"])

    def test_bounds_and_credits_in_the_picture(self):
        tariff = flat(
            determinants=[{"name": "energy", "of": "import"},
                          {"name": "days", "of": "days", "unit": "day"}],
            charges=[{"line": "sun", "on": "energy", "credit": True, "rate": {
                "mode": "graduated", "bounds": {"times": "days"},
                "tiers": [{"up_to": "10", "price": "0.2"}, {"price": "0.08"}]}}])
        for language, word in (("en", "credited"), ("zh", "\u62b5\u6263")):
            picture = self.drawn(tariff, "--lang", language)
            self.check_texts(picture)
            for text in ("-0.2", "-0.08", "kWh/day", word):
                self.assertIn(text, self.texts(picture))

    def test_bounds_as_large_as_they_come_and_below_zero(self):
        for bounds in (("922337203685477.5806",), ("-1000", "5"), ("-922337203685477.5806", "1")):
            tiers = [{"up_to": bound, "price": "1"} for bound in bounds] + [{"price": "2"}]
            self.check_texts(self.drawn(flat(charges=[{"line": "energy", "on": "energy", "rate": {
                "mode": "select", "by": "energy", "tiers": tiers}}])))

    def check_texts(self, picture):
        """No text runs into another or out of the picture."""
        width, height = self.number(picture, "width"), self.number(picture, "height")
        boxes = []
        for text in picture.iter(SVG + "text"):
            if not text.text:
                continue
            size = self.number(text, "font-size")
            wide = sum(1 if ord(c) < 0x2E80 else 1.7 for c in text.text) * size * 0.58
            x = self.number(text, "x") - {"start": 0, "middle": wide / 2,
                                          "end": wide}[text.get("text-anchor")]
            y = self.number(text, "y")
            boxes.append((x, y - size * 0.75, x + wide, y + size * 0.2, text.text))
        for box in boxes:
            self.assertGreaterEqual(box[0], 0, box)
            self.assertLessEqual(box[2], width, box)
            self.assertLessEqual(box[3], height, box)
        for i, a in enumerate(boxes):
            for b in boxes[i + 1:]:
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                self.assertTrue(apart, (a, b))

    def test_texts_keep_apart(self):
        many = changed(PEAK_VALLEY, bands=[
            {"name": f"band_{i}", "title": {"en": f"a band with number {i}"}} for i in range(24)])
        version = many["versions"][0]
        version["calendar"] = {"plans": [{"name": "plain", "windows": [
            {"from": f"{i:02}:00", "until": f"{i + 1:02}:00", "band": f"band_{i}"}
            for i in range(24)]}], "rules": [{"plan": "plain"}]}
        prices = {f"band_{i}": f"0.{50 + i}" for i in range(24)}
        version["charges"] = [{"line": "energy", "on": "energy", "rate": {
            "mode": "graduated", "split": "pro_rata", "tiers":
            [{"up_to": str(100 * i + i), "prices": prices} for i in range(1, 30)] +
            [{"prices": prices}]}}]
        shipped = sorted((ROOT / "share/tariffs").glob("*.json"))
        for tariff in [many, PEAK_VALLEY, ladder(), flat("-0.05"), flat("0"), *shipped]:
            for language in ("en", "zh"):
                self.check_texts(self.drawn(tariff, "--lang", language))

    def test_huge_and_tiny_prices(self):
        for price in ("92233720368.54775807", "0.00000001"):
            self.check_texts(self.drawn(flat(price)))

    def test_wrong_input(self):
        path = self.at.file("t.json", PEAK_VALLEY)
        show = ("tariff", "show", path)
        out = self.at.path / "out.svg"
        for event in ("heat", "heat=", "heat=2026-02-30", "=2026-07-14", "snow=2026-07-14"):
            status, text, complaint = self.at.run(*show, "--svg", out, "--event", event)
            self.assertEqual((status, text), (1, ""), event)
            self.assertIn(f'--event "{event}"', complaint)
        self.assertEqual(self.at.run(*show, "--svg", out, "--year", 1)[0], 2)
        status, _, complaint = self.at.run(*show, "--svg", self.at.path / "none" / "out.svg")
        self.assertEqual(status, 1)
        self.assertIn("cannot be written", complaint)

    def test_text_in_names_stays_text(self):
        picture = self.drawn(flat(name="<b>&\"Town\"</b>"))
        self.assertIn('<b>&"Town"</b>', [t.text for t in picture.iter(SVG + "text")])


def hours(inside, months, begin, end):
    return [[inside if m in months and begin <= h < end else 0 for h in range(24)]
            for m in range(1, 13)]


def places(value, unit):
    return value.quantize(Decimal(unit), ROUND_HALF_UP)


class Importing(Case):
    RATE = {
        "label": "539f6b25", "utility": "Test Power", "name": "GS", "startdate": 1433116800,
        "energyratestructure": [[{"rate": 0.0854, "adj": 0.001}], [{"rate": 0.2137}],
                                [{"rate": 0.1029}]],
        "energyweekdayschedule": hours(1, (6, 7, 8, 9), 12, 18),
        "energyweekendschedule": hours(2, (6, 7, 8, 9), 0, 24),
        "flatdemandstructure": [[{"rate": 4.15}]], "flatdemandmonths": [0] * 12,
        "demandrateunit": "kW", "demandwindow": 60, "fixedchargefirstmeter": 25.5,
        "fixedchargeunits": "$/month", "dgrules": "Net Metering"}

    def imported(self, rate, *options):
        path = self.at.file("rate.json", {"items": [rate]})
        out = self.at.path / "tariff.json"
        status, text, complaint = self.at.run("tariff", "import-urdb", path, "-o", out, *options)
        self.assertEqual((status, text), (0, ""), complaint)
        return str(out), complaint

    def test_bill_of_a_rate(self):
        out, notes = self.imported(self.RATE, "--zone", "-05:00")
        self.assertEqual(len(notes.splitlines()), 1)
        self.assertIn("/items/0/dgrules: not carried", notes)
        self.assertIn("ok: Test Power, GS, 1 version, 3 charges", self.good("check", out))
        east, draw = timezone(timedelta(hours=-5)), random.Random(3)
        begin = datetime(2026, 7, 1, tzinfo=east)
        data = [(begin + timedelta(hours=i), Decimal(draw.randrange(100000)) / 10000)
                for i in range(31 * 24)]
        usage = self.at.file("u.csv", "start,kwh\n" + "\n".join(
            f"{t.isoformat()},{kwh}" for t, kwh in data))
        status, text, complaint = self.at.run("bill", "--tariff", out, "--usage", usage,
                                              "--interval", "1h")
        self.assertEqual((status, complaint), (0, ""))
        prices = [Decimal("0.0864"), Decimal("0.2137"), Decimal("0.1029")]
        sums = [Decimal(0)] * 3
        for moment, kwh in data:
            sums[2 if moment.weekday() > 4 else 1 if 12 <= moment.hour < 18 else 0] += kwh
        lines = [places(s * p, "0.000001") for s, p in zip(sums, prices)]
        peak = max(kwh for _, kwh in data)
        exact = sum(lines) + Decimal("25.5") + places(peak * Decimal("4.15"), "0.000001")
        self.assertIn(f"bill  {places(exact, '0.01')} USD", text)

    def test_to_standard_output(self):
        path = self.at.file("rate.json", self.RATE)
        status, text, complaint = self.at.run("tariff", "import-urdb", path)
        self.assertEqual(status, 0)
        made = json.loads(text)
        self.assertEqual(made["zone"], "+00:00")
        self.assertEqual(made["versions"][0]["name"], "2015-06-01")
        self.assertIn("no time zone", complaint)

    def test_wrong_input(self):
        for content in ("", "[]", "{", {"items": [self.RATE, self.RATE]},
                        {**self.RATE, "energyweekdayschedule": [[0]]},
                        {**self.RATE, "energyratestructure": [[{"rate": True}]]}):
            path = self.at.file("rate.json", content)
            status, text, complaint = self.at.run("tariff", "import-urdb", path)
            self.assertEqual((status, text), (1, ""), content)
            self.assertTrue(complaint.startswith(path + ": "))

    def test_what_is_no_tariff_is_told(self):
        path = self.at.file("rate.json", self.RATE)
        status, _, complaint = self.at.run("tariff", "import-urdb", path, "--zone", "Mars/Base",
                                           "--currency", "USD")
        self.assertEqual(status, 1)
        self.assertIn("as a tariff: /zone", complaint)


if __name__ == "__main__":
    unittest.main()
