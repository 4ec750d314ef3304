# SPDX-License-Identifier: Apache-2.0
"""Tariffs and usage drawn by chance, of the kinds that tariff_oracle knows."""

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

ZONES = ("+08:00", "-03:30", "Europe/London")
MODES = ("half_up", "half_even", "half_down", "up", "down", "ceiling", "floor")
HALF_HOUR = timedelta(minutes=30)
BANDS = ("sharp", "peak", "valley")


def decimals(places, most):
    """Texts of numbers from 0 to `most`, of so many places or fewer."""
    return st.builds(lambda number, cut: f"{number:0{places + 1}}"[:-places] + "."
                     + (f"{number:0{places + 1}}"[-places:][:cut] or "0"),
                     st.integers(0, most * 10 ** places), st.integers(1, places))


prices = st.one_of(decimals(2, 3), decimals(8, 3), st.just("0"))


def rules(increments):
    return st.fixed_dictionaries({"increment": st.sampled_from(increments),
                                  "mode": st.sampled_from(MODES)})


def clock(half_hours):
    return f"{half_hours // 2:02}:{half_hours % 2 * 30:02}"


@st.composite
def plans(draw, name, bands):
    cuts = sorted(draw(st.sets(st.integers(0, 47), min_size=1, max_size=6)))
    ends = [*cuts[1:], cuts[0]]
    if len(cuts) == 1:
        return {"name": name, "windows": [{"from": "00:00", "until": "24:00",
                                           "band": draw(st.sampled_from(bands))}]}
    return {"name": name, "windows": [
        {"from": clock(start), "until": clock(until or 48), "band": draw(st.sampled_from(bands))}
        for start, until in zip(cuts, ends)]}


energies_used = st.one_of(decimals(4, 20), st.sampled_from(("10", "5", "2.5", "0", "0.0001")))

# Where something changes: seasons, holidays, years of a ladder, summer time.
CHANGES = ("2025-10-26", "2025-11-16", "2025-12-01", "2025-12-26", "2026-01-01", "2026-02-17",
           "2026-03-16", "2026-03-29", "2026-04-01")
SEASONS = [{"name": "winter", "ranges": [{"first": "11-16", "last": "03-15"}]},
           {"name": "summer", "ranges": [{"first": "03-16", "last": "11-15"}]}]
DAYS = [{"name": "holiday", "dates": ["2026-02-17", "2026-03-29"], "every": ["01-01", "12-26"]},
        {"name": "weekend", "weekdays": ["sat", "sun"]}]


@st.composite
def calendars(draw, bands):
    heads = [head for head in ({"days": ["holiday"]}, {"days": ["weekend"], "seasons": ["winter"]},
                               {"days": ["weekend"]}, {"seasons": ["summer"]}, {})
             if not head or draw(st.booleans())]
    return {"seasons": SEASONS, "days": DAYS,
            "plans": [draw(plans(f"p{number}", bands)) for number in range(len(heads))],
            "rules": [{**head, "plan": f"p{number}"} for number, head in enumerate(heads)]}


@st.composite
def priced(draw, bands):
    if not bands:
        return {"price": draw(prices)}
    return {"prices": {band: draw(prices) for band in bands}}


@st.composite
def rates(draw, bands):
    mode = draw(st.sampled_from(("flat", "graduated", "graduated", "volume")))
    by = bands if draw(st.booleans()) else []
    if mode == "flat":
        return {"mode": mode, **draw(priced(by))}
    bounds = sorted(draw(st.sets(st.one_of(
        st.integers(1, 8_000_000), st.integers(1, 20).map(lambda number: number * 100_000)),
        min_size=1, max_size=3)))
    fees = mode == "graduated" and draw(st.booleans())
    tiers = [{**({} if bound is None else {"up_to": f"{bound // 10000}.{bound % 10000:04}"}),
              **draw(priced(by)), **({"fee": draw(decimals(2, 9))} if fees else {})}
             for bound in [*bounds, None]]
    out = {"mode": mode, "tiers": tiers}
    if by and mode == "graduated":
        out["split"] = draw(st.sampled_from(("pro_rata", "chronological")))
    return out


@st.composite
def energies(draw, name, bands, may_filter):
    out = {"name": name, "of": "import",
           "scope": draw(st.sampled_from(("period", "day", "month", "two_months", "year")))}
    if out["scope"] in ("year", "two_months"):
        out["anchor"] = draw(st.sampled_from(("01-01", "04-01", "12-01")))
    if may_filter and draw(st.integers(0, 3)) == 0:
        out["bands"] = draw(st.lists(st.sampled_from(bands), min_size=1, unique=True))
    if may_filter and draw(st.integers(0, 3)) == 0:
        out["seasons"] = [draw(st.sampled_from(("winter", "summer")))]
    if may_filter and draw(st.integers(0, 3)) == 0:
        out["days"] = [draw(st.sampled_from(("holiday", "weekend")))]
    return out


@st.composite
def adjustments(draw, index):
    kind = draw(st.sampled_from(("percent", "percent", "minimum", "maximum")))
    over = draw(st.sampled_from((["*"], ["energy"])))
    out = {"line": f"a{index}", "kind": kind, "over": over, "tags": ["energy"]}
    if kind == "percent":
        share = draw(st.sampled_from(("0.13", "-0.05", "0.075", "0.00000001", "1")))
        return {**out, "rate": {"mode": "flat", "price": share}}
    return {**out, "on": "months", "rate": {"mode": "flat", "price": draw(decimals(2, 500))}}


@st.composite
def tariffs(draw):
    """The dict of a tariff file, of one version."""
    bands = list(BANDS[:draw(st.integers(0, 3))])
    registers = bool(bands) and draw(st.booleans())
    version = {"name": "1", "determinants": [{"name": "months", "of": "months", "unit": "month"},
                                             {"name": "days", "of": "days", "unit": "day"}],
               "charges": [], "adjustments": [],
               "rounding": {"line": draw(rules(("0.000001", "0.01", "0.05", "1"))),
                            "tax": draw(rules(("0.000001", "0.01"))),
                            "bill": draw(rules(("0.01", "0.1", "10")))}}
    if bands:
        version["calendar"] = draw(calendars(bands))
    for index in range(draw(st.integers(1, 3))):
        # The first counts all there is: no band is without a price.
        on = draw(energies(f"e{index}", bands, bool(bands) and index > 0))
        version["determinants"].append(on)
        charge = {"line": f"c{index}", "on": on["name"], "tags": ["energy"],
                  "rate": draw(rates(on.get("bands", bands)))}
        if draw(st.booleans()):
            charge["round"] = draw(rules(("0.0001", "0.05")))
        version["charges"].append(charge)
    for what in ("months", "days"):
        if draw(st.booleans()):
            version["charges"].append({"line": what, "on": what, "tags": ["fee"],
                                       "rate": {"mode": "flat", "price": draw(decimals(4, 30))}})
    version["adjustments"] = [draw(adjustments(index))
                              for index in range(draw(st.integers(0, 3)))]
    chronological = any(each["rate"].get("split") == "chronological"
                        for each in version["charges"])
    if chronological:  # several registers in one interval: which was first?
        registers = False
    return {"format": "wattpurse-tariff/2", "name": "drawn", "currency": "CNY",
            "zone": draw(st.sampled_from(ZONES)),
            "bands": [{"name": band, **({"register": f"T{number + 1}"} if registers else {})}
                      for number, band in enumerate(bands)],
            "versions": [version]}


@st.composite
def runs(draw, since, until, registers):
    """Rows of half an hour, one after the other: {(start, register): kWh}."""
    slots = int((until - since) / HALF_HOUR)
    known = [int((datetime.fromisoformat(day).replace(tzinfo=timezone.utc) - since) / HALF_HOUR)
             for day in CHANGES]
    near = [slot - 20 for slot in known if 20 <= slot < slots] or [0]
    first = draw(st.one_of(st.integers(0, slots - 1), st.sampled_from(near)))
    length = draw(st.integers(1, 100))
    quantities = draw(st.lists(energies_used, min_size=1, max_size=5))
    register = draw(st.sampled_from(registers))
    return {(since + slot * HALF_HOUR, register): quantities[slot % len(quantities)]
            for slot in range(first, min(slots, first + length))}


@st.composite
def usages(draw, tariff, start, until):
    """Rows (start, until, kWh, register), none of which reaches over a bound of any kind."""
    registers = [each["register"] for each in tariff["bands"] if "register" in each]
    since = (start - timedelta(days=draw(st.sampled_from((0, 3, 70, 400))))).astimezone(
        timezone.utc).replace(hour=0, minute=0)
    by = registers if registers and draw(st.booleans()) else [None]
    known = {}
    bounds = [tier["up_to"] for charge in tariff["versions"][0]["charges"]
              for tier in charge["rate"].get("tiers", []) if "up_to" in tier]
    if bounds and draw(st.integers(0, 3)) == 0:  # a tier to its very end, and perhaps a step more
        begin = start + draw(st.integers(0, int((until - start) / HALF_HOUR) - 2)) * HALF_HOUR
        known[begin.astimezone(timezone.utc), by[0]] = draw(st.sampled_from(bounds))
        if draw(st.booleans()):
            known[(begin + HALF_HOUR).astimezone(timezone.utc), by[-1]] = "0.0001"
        return [(since, since + HALF_HOUR, quantity, register)
                for (since, register), quantity in known.items()]
    for run in draw(st.lists(runs(since, until + timedelta(days=1), by), max_size=5)):
        known.update(run)
    return [(begin, begin + HALF_HOUR, quantity, register)
            for (begin, register), quantity in known.items()]


@st.composite
def stretches(draw):
    """(first day, day after the last): a month, or days by hand."""
    day = datetime(2025, 9, 1) + timedelta(days=draw(st.integers(0, 280)))
    if draw(st.booleans()):
        day = datetime.fromisoformat(draw(st.sampled_from(CHANGES)))
    if draw(st.booleans()):
        first = day.date().replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    return day.date(), day.date() + timedelta(days=draw(st.integers(1, 75)))
