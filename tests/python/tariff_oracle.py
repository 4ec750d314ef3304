# SPDX-License-Identifier: Apache-2.0
"""Rating a second time, from what docs/tariffs.md says and in Python's decimal alone.

`rate(tariff, rows, start, until)` takes the dict of a tariff file of one version, rows of (start,
until, kWh, register), and a billing period as aware datetimes. It knows the calendar (seasons,
classes of days, plans over midnight, zones with summer time), determinants of energy (filters,
all scopes but purchases), days and months, the tables flat, graduated and volume with prices by
band and fees, percentages, minima and maxima, and all rounding.
"""

import decimal
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

decimal.getcontext().prec = 80
MODES = {"half_up": decimal.ROUND_HALF_UP, "half_even": decimal.ROUND_HALF_EVEN,
         "half_down": decimal.ROUND_HALF_DOWN, "up": decimal.ROUND_UP, "down": decimal.ROUND_DOWN,
         "ceiling": decimal.ROUND_CEILING, "floor": decimal.ROUND_FLOOR}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZERO = Decimal(0)


def zone_of(name):
    if name[0] not in "+-":
        return ZoneInfo(name)
    offset = timedelta(hours=int(name[1:3]), minutes=int(name[4:]))
    return timezone(-offset if name[0] == "-" else offset)


def midnight(day, zone):
    """The instant a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def rounded(value, rule):
    step = Decimal(rule["increment"])
    return (value / step).quantize(Decimal(1), rounding=MODES[rule["mode"]]) * step


def season_of(calendar, day):
    key = day.strftime("%m-%d")
    for season in calendar.get("seasons", []):
        for part in season["ranges"]:
            first, last = part["first"], part["last"]
            inside = first <= key <= last if first <= last else key >= first or key <= last
            if inside:
                return season["name"]
    return None


def class_of(calendar, day):
    for each in calendar.get("days", []):
        if day.isoformat() in each.get("dates", []) or day.strftime("%m-%d") in each.get(
                "every", []) or WEEKDAYS[day.weekday()] in each.get("weekdays", []):
            return each["name"]
    return None


def band_of(calendar, moment):
    """The band that the clock gives a moment, which is local."""
    season, kind = season_of(calendar, moment.date()), class_of(calendar, moment.date())
    for rule in calendar.get("rules", []):
        if rule.get("seasons") and season not in rule["seasons"]:
            continue
        if rule.get("days") and kind not in rule["days"]:
            continue
        plan = next(each for each in calendar["plans"] if each["name"] == rule["plan"])
        clock = moment.strftime("%H:%M")
        for window in plan["windows"]:
            start, until = window["from"], window["until"]
            inside = start <= clock < until if start < until else clock >= start or clock < until
            if inside:
                return window["band"]
    return None


def month_after(day, months=1):
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def windows(determinant, start, until, zone):
    """Stretches over which a determinant counts, those that touch the period."""
    scope = determinant.get("scope", "period")
    if scope == "period":
        return [(start, until)]
    day = start.astimezone(zone).date()
    anchor = determinant.get("anchor", "01-01")
    if scope == "month":
        day = day.replace(day=1)
    elif scope == "two_months":
        day = month_after(day, -((day.month - int(anchor[:2])) % 2))
    elif scope == "year":
        begin = date(day.year, int(anchor[:2]), int(anchor[3:]))
        day = begin if begin <= day else begin.replace(year=day.year - 1)
    out = []
    while midnight(day, zone) < until:
        begin = day
        day = {"day": lambda: begin + timedelta(1), "month": lambda: month_after(begin),
               "two_months": lambda: month_after(begin, 2),
               "year": lambda: begin.replace(year=begin.year + 1)}[scope]()
        if midnight(day, zone) > start:
            out.append((midnight(begin, zone), midnight(day, zone)))
    return out


def shared(quantity, parts):
    """A quantity in the proportion of parts, in steps of 0.0001, by largest remainder."""
    step = Decimal("0.0001")
    total = sum(parts)
    if total == 0:
        return list(parts)
    exact = [quantity * part / total for part in parts]
    out = [each.quantize(step, rounding=decimal.ROUND_FLOOR) for each in exact]
    # The remainders as whole numbers: quotients of decimals have no end.
    rests = [int(quantity / step) * int(part / step) % int(total / step) for part in parts]
    missing = int((quantity - sum(out)) / step)
    for index in sorted(range(len(parts)), key=lambda i: (-rests[i], i))[:missing]:
        out[index] += step
    return out


class Table:
    """Prices by quantity: costs(pieces) is {(tier, band or None or "fee"): (quantity, cost)}."""

    def __init__(self, rate, bands):
        self.mode = rate["mode"]
        self.split = rate.get("split")
        self.tiers = rate.get("tiers") or [rate]
        self.bounds = [Decimal(each["up_to"]) if "up_to" in each else None for each in self.tiers]
        by_band = "prices" in self.tiers[0]
        self.bands = [band for band in bands if by_band and band in self.tiers[0]["prices"]]
        self.by_band = by_band

    def price(self, tier, band):
        part = self.tiers[tier]
        return Decimal(part["prices"][band] if self.by_band else part["price"])

    def costs(self, pieces):
        """pieces: (band, kWh) in the order of time."""
        out = {}

        def put(tier, band, quantity):
            before = out.get((tier, band), (ZERO, ZERO))
            cost = quantity * self.price(tier, band)
            out[tier, band] = (before[0] + quantity, before[1] + cost)

        total = sum((quantity for _, quantity in pieces), ZERO)
        if self.mode == "graduated":
            self._graduated(pieces, total, put)
            for tier, part in enumerate(self.tiers):
                low = self.bounds[tier - 1] if tier else ZERO
                if Decimal(part.get("fee", "0")) and (tier == 0 or total > low):
                    out[tier, "fee"] = (Decimal(1), Decimal(part["fee"]))
            return out
        reached = next(index for index, bound in enumerate(self.bounds)
                       if bound is None or total <= bound)
        for band in self.bands or [None]:
            put(reached, band, sum((each for name, each in pieces if band in (None, name)), ZERO))
        return out

    def _graduated(self, pieces, total, put):
        if self.by_band and self.split == "chronological":
            position = ZERO
            for band, quantity in pieces:
                while quantity:
                    tier = next(index for index, bound in enumerate(self.bounds)
                                if bound is None or position < bound)
                    bound = self.bounds[tier]
                    taken = quantity if bound is None else min(quantity, bound - position)
                    put(tier, band, taken)
                    position, quantity = position + taken, quantity - taken
            return
        left = [sum((each for name, each in pieces if name == band), ZERO) for band in self.bands]
        low = ZERO
        for tier, bound in enumerate(self.bounds):
            inside = max(ZERO, (total if bound is None else min(total, bound)) - low)
            low = bound
            if not self.by_band:
                put(tier, None, inside)
                continue
            parts = shared(inside, left)
            left = [each - part for each, part in zip(left, parts)]
            for band, part in zip(self.bands, parts):
                put(tier, band, part)

    def slots(self):
        """(tier, band) of each line, in the order of the bill."""
        many = self.mode == "graduated" and len(self.tiers) > 1
        for tier in range(len(self.tiers) if many else 1):
            for band in self.bands or [None]:
                yield (tier if many else None), band
            if Decimal(self.tiers[tier].get("fee", "0")):
                yield (tier if many else None), "fee"


class Rating:
    """One period by a tariff."""

    def __init__(self, tariff, rows, start, until):
        self.by = tariff["versions"][0]
        self.zone = zone_of(tariff["zone"])
        self.bands = [each["name"] for each in tariff.get("bands", [])]
        self.calendar = self.by.get("calendar", {})
        self.start, self.until = start, until
        known = {each["register"]: each["name"] for each in tariff.get("bands", [])
                 if "register" in each}
        self.pieces = []
        for begin, _, quantity, register in sorted(rows, key=lambda row: row[0]):
            local = begin.astimezone(self.zone)
            band = known[register] if register else band_of(self.calendar, local)
            self.pieces.append((begin, band, season_of(self.calendar, local.date()),
                                class_of(self.calendar, local.date()), Decimal(quantity)))
        self.lines = []

    def passes(self, determinant, piece):
        _, band, season, kind, _ = piece
        return all(not determinant.get(key) or value in determinant[key] for key, value in (
            ("bands", band), ("seasons", season), ("days", kind)))

    def energy(self, determinant, begin, end):
        return [(piece[1], piece[4]) for piece in self.pieces
                if begin <= piece[0] < end and self.passes(determinant, piece)]

    def counted(self, determinant):
        """Days and months of the period."""
        first = self.start.astimezone(self.zone).date()
        last = self.until.astimezone(self.zone).date()
        if determinant["of"] == "days":
            days = [first + timedelta(number) for number in range((last - first).days)]
            return Decimal(sum(1 for day in days if not determinant.get("days")
                               or class_of(self.calendar, day) in determinant["days"]))
        last -= timedelta(1)
        return Decimal((last.year - first.year) * 12 + last.month - first.month + 1)

    def charge(self, charge):
        on = next(each for each in self.by["determinants"] if each["name"] == charge["on"])
        table = Table(charge["rate"], self.bands)
        found = {}
        if on["of"] == "import":
            parts = []
            for begin, end in windows(on, self.start, self.until, self.zone):
                upto, since = min(end, self.until), max(begin, self.start)
                parts.append((1, table.costs(self.energy(on, begin, upto))))
                if begin < self.start:
                    parts.append((-1, table.costs(self.energy(on, begin, since))))
        else:
            parts = [(1, table.costs([(None, self.counted(on))]))]
        for sign, costs in parts:
            for (tier, band), (quantity, cost) in costs.items():
                slot = (tier if table.mode == "graduated" and len(table.tiers) > 1 else None, band)
                before = found.get(slot, (ZERO, ZERO))
                found[slot] = (before[0] + sign * quantity, before[1] + sign * cost)
        rule = charge.get("round", self.by["rounding"]["line"])
        for tier, band in table.slots():
            name = charge["line"] + ("" if tier is None else f".{tier + 1}") + (
                "" if band is None else f".{band}")
            quantity, cost = found.get((tier, band), (ZERO, ZERO))
            self.add(name, quantity, rounded(cost, rule), charge)
        return sum((cost for _, cost in found.values()), ZERO)

    def add(self, name, quantity, amount, part):
        self.lines.append((name, quantity, amount, part.get("tags", [])))

    def adjust(self, part):
        base = sum((amount for _, _, amount, tags in self.lines
                    if "*" in part["over"] or set(tags) & set(part["over"])), ZERO)
        if part["kind"] == "percent":
            exact = base * Decimal(part["rate"]["price"])
        else:
            on = next(each for each in self.by["determinants"] if each["name"] == part["on"])
            bound = self.counted(on) * Decimal(part["rate"]["price"])
            exact = bound - base
            if (exact < 0) == (part["kind"] == "minimum"):
                exact = ZERO
        rule = part.get("round", self.by["rounding"].get("tax", self.by["rounding"]["line"]))
        self.add(part["line"], None, rounded(exact, rule), part)


def rate(tariff, rows, start, until):
    """([(line, quantity or None, amount)], charged, total) of a period."""
    made = Rating(tariff, rows, start, until)
    for charge in made.by["charges"]:
        made.charge(charge)
    for part in made.by.get("adjustments", []):
        made.adjust(part)
    charged = sum((amount for _, _, amount, _ in made.lines), ZERO)
    total = rounded(charged, made.by["rounding"]["bill"])
    return [each[:3] for each in made.lines], charged, total
