# SPDX-License-Identifier: Apache-2.0
"""Tariffs, consumption and bills in Python: each function, and what it refuses."""

import copy
import json
import pickle
import subprocess
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

import wattpurse
from conftest import ROOT
from wattpurse import Energy, Money, Price, Tariff
from wattpurse import tariff as trf

CHINA = timezone(timedelta(hours=8))
TEMPLATE = ROOT / "share" / "tariffs" / "zhejiang_residential.json"
PEAK_VALLEY = {"peak": "08:00-22:00", "valley": "rest"}
LADDER = [(240, "0.4883"), (400, "0.5383"), (None, "0.7883")]


def at(*words):
    return datetime(*words, tzinfo=CHINA)


@pytest.fixture(name="zhejiang")
def zhejiang_tariff():
    return Tariff.template("zhejiang_residential")


def january(tariff, registers):
    period = tariff.period("2026-01")
    return trf.Consumption.of_registers(period.start, period.until, registers), period


def test_reading_and_showing(zhejiang, tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    assert zhejiang == Tariff.load(TEMPLATE) == Tariff.loads(text) == Tariff(text)
    assert zhejiang.to_json() == zhejiang.text == text and zhejiang.to_dict() == json.loads(text)
    assert (zhejiang.currency, zhejiang.zone, zhejiang.bands) == (
        "CNY", "+08:00", ["peak", "valley"])
    assert zhejiang.name in repr(zhejiang) and zhejiang.source.startswith("Zhejiang price sheet")
    assert zhejiang.has_registers and not trf.flat("1").has_registers
    same = Tariff.from_dict(zhejiang.to_dict())
    assert same == zhejiang and hash(same) == hash(zhejiang) and same.text != text
    assert zhejiang != trf.flat("1") and zhejiang != "a tariff"
    for again in (pickle.loads(pickle.dumps(zhejiang)), copy.copy(zhejiang),
                  copy.deepcopy(zhejiang)):
        assert again == zhejiang and again.text == text and type(again) is Tariff
    with pytest.raises(FileNotFoundError):
        Tariff.load(tmp_path / "none.json")


def test_another_process_can_unpickle(zhejiang):
    program = ("import pickle, sys; made = pickle.load(sys.stdin.buffer);"
               "print(made.period('2026-01').id, len(made.to_html()) > 100)")
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(zhejiang),
                          capture_output=True, check=True)
    assert done.stdout.split() == [b"2026-01", b"True"]


def test_all_templates():
    names = Tariff.templates()
    assert names == sorted(path.stem for path in TEMPLATE.parent.glob("*.json"))
    for name in names:
        made = Tariff.template(name)
        assert made.text == (TEMPLATE.parent / f"{name}.json").read_text(encoding="utf-8")
        for lang in ("en", "zh"):
            assert made.name in made.to_html(lang)
    with pytest.raises(wattpurse.NotFound, match="zhejiang_residential"):
        Tariff.template("nowhere")
    assert Tariff.template("uk_prepayment").zone == "Europe/London"


def test_every_fault_is_told(tmp_path):
    broken = {"name": "x", "currency": "cny", "zone": "Europe/Nowhere", "versions": []}
    with pytest.raises(wattpurse.ValidationError) as caught:
        Tariff.from_dict(broken)
    assert {fault.path for fault in caught.value.faults} >= {"/currency", "/zone", "/versions"}
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(wattpurse.ValidationError, match="broken.json: the tariff has faults"):
        Tariff.load(path)
    with pytest.raises(ValueError, match="line 1"):
        Tariff.loads("{")
    for wrong in (5, b"{}", None):
        with pytest.raises(wattpurse.WrongType):
            Tariff(wrong)
        with pytest.raises(wattpurse.WrongType):
            Tariff.from_dict(wrong)


def test_a_refused_tariff_leaves_nothing_behind():
    try:
        Tariff("{}")
    except wattpurse.ValidationError as error:
        trace = error.__traceback__
        while trace is not None:
            repr(trace.tb_frame.f_locals)
            trace = trace.tb_next
    try:
        trf.Consumption(meters=5)
    except TypeError as error:
        assert "0 rows" not in repr(error.__traceback__.tb_next.tb_frame.f_locals)


def test_numbers_in_a_dict():
    data = trf.flat("0.5").to_dict()
    charge = data["versions"][0]["charges"][0]
    for number in (Decimal("0.50"), "0.5", Price("0.5"), Decimal("5E-1")):
        charge["rate"]["price"] = number
        assert Tariff.from_dict(data) == trf.flat("0.5")
    charge["rate"]["price"] = 2
    assert Tariff.from_dict(data) == trf.flat(2)
    charge["rate"]["price"] = 0.5
    with pytest.raises(wattpurse.FloatRefused) as caught:
        Tariff.from_dict(data)
    assert caught.value.place == "/versions/0/charges/0/rate/price"
    assert "Decimal('0.5')" in caught.value.advice and isinstance(caught.value, TypeError)
    for wrong in (Fraction(1, 2), b"1", object(), Decimal("NaN")):
        charge["rate"]["price"] = wrong
        with pytest.raises(wattpurse.Error):
            Tariff.from_dict(data)
    data = json.loads((ROOT / "docs/tariffs/demand.json").read_text(encoding="utf-8"))
    assert Tariff.from_dict(data).name == "demand"  # window: 30 stays a number


def test_numpy_floats_are_refused(numpy):
    for number in (numpy.float32(0.5), numpy.float64(0.5)):
        with pytest.raises(wattpurse.FloatRefused):
            trf.flat(number)
    assert trf.flat(numpy.int64(2)) == trf.flat(2)


def test_the_bill_of_the_readme(zhejiang):
    used, period = january(zhejiang, {"T2": "120.5", "T4": "60"})
    bill = zhejiang.rate(used, period)
    assert bill.total == Money("85.72") and bill.charged == bill.sum == Money("85.724")
    assert bill.residue == Money("-0.004") and bill.cash is None and bill.is_closed
    assert bill.explain()[0] == "energy peak 120.50 kWh x 0.568 CNY/kWh = 68.444 CNY"
    assert bill.explain("zh")[1] == "\u7535\u8d39 \u8c37 60.00 \u5343\u74e6\u65f6 x 0.288 " \
        "\u5143/\u5343\u74e6\u65f6 = 17.28 \u5143"
    peak = bill.lines[0]
    assert (peak.id, peak.rule, peak.kind, peak.band, peak.tier, peak.version, peak.unit) == (
        "energy.peak", "energy", "charge", "peak", "", "", "kWh")
    assert (peak.quantity, peak.price, peak.amount, peak.share) == (
        Decimal("120.5"), Decimal("0.568"), Money("68.444"), (1, 1))
    assert peak.tags == ["energy"] and peak.rounding == (Decimal("0.000001"), "half_up")
    assert not peak.is_average and peak.residue == 0 and peak.base == Money(0)
    assert (peak.start, peak.until) == (at(2026, 1, 1), at(2026, 2, 1))
    assert peak.title() == "energy peak" and "energy.peak" in repr(peak)
    assert (bill.lines[3].above, bill.lines[3].up_to) == (Decimal(230), Decimal(400))
    assert bill.lines[4].up_to is None and bill.lines[0] == peak and hash(peak) == hash(
        bill.lines[0])
    assert repr(bill) == "<Bill 'Zhejiang residential, peak and valley', 2026-01: 85.72 CNY>"
    assert bill.to_dict()["total"] == "85.720000" and json.loads(bill.to_json()) == bill.to_dict()
    assert (bill.gaps, bill.estimated, bill.left_out, bill.past, bill.credits) == (
        [], 0, 0, [], [])
    for html in (bill._repr_html_(), bill.to_html("zh")):
        assert "85.72 CNY" in html and html.count("<table>") == html.count("</table>") == 1
    assert "\u8d26\u5355" in bill.to_html("zh")
    for refuse in (bill.to_html, bill.explain, zhejiang.to_html):
        with pytest.raises(wattpurse.InvalidValue, match="'en' or 'zh'"):
            refuse("fr")


def test_html_is_escaped():
    made = trf.flat("1", name="<u>&", source="<i>")
    assert "<u>" not in made._repr_html_() and "&lt;u&gt;&amp;" in made._repr_html_()
    assert "08:00-22:00" in trf.time_of_use({"peak": 2, "valley": 1}, PEAK_VALLEY)._repr_html_()


def test_so_far_and_the_postings(zhejiang):
    period = zhejiang.period(date(2026, 1, 15))
    used = trf.Consumption([(at(2026, 1, 1, 8), at(2026, 1, 1, 9), "10"),
                            (at(2026, 1, 20, 23), at(2026, 1, 20, 23, 30), "4")])
    part = zhejiang.rate(used, period, at(2026, 1, 10))
    assert not part.is_closed and part.sum == Money("5.68") and part.through == at(2026, 1, 10)
    assert "through 2026-01-10" in repr(part) and "so far" in part.to_html()
    whole = zhejiang.rate(used, period)
    assert whole.gaps[0] == ("import", "main", period.start, at(2026, 1, 1, 8))
    (posting,) = trf.difference(whole, part)
    assert posting == ("energy.valley", Money("1.152"), Money("1.152"), Money(0))
    assert trf.difference(whole, whole) == [] == trf.difference(whole, whole.lines and {
        line.id: line.amount for line in whole.lines})
    back = trf.difference(part, {"energy.peak": "5.68", "old": Money(3)})
    assert [(each.line, each.owed) for each in back] == [("old", Money(-3))]
    for wrong, kind in (({"a": 1.5}, wattpurse.FloatRefused), ({"a b": "1"}, ValueError),
                        ({"a": Money("1", "EUR")}, wattpurse.CurrencyMismatch),
                        ([(3, "1")], wattpurse.WrongType)):
        with pytest.raises(kind):
            trf.difference(whole, wrong)
    with pytest.raises(wattpurse.InvalidValue, match="through"):
        zhejiang.rate(used, period, at(2025, 1, 1))


def test_periods(zhejiang):
    month = zhejiang.period("2026-02")
    assert (month.id, month.start, month.until) == ("2026-02", at(2026, 2, 1), at(2026, 3, 1))
    utc = datetime(2026, 1, 31, 16, tzinfo=timezone.utc)
    assert month == zhejiang.period(date(2026, 2, 9)) == zhejiang.period(utc)
    assert month == zhejiang.period("2026-02-01", date(2026, 3, 1))
    by_hand = zhejiang.period("2026-01-05", "2026-02-06")
    assert by_hand.id == "2026-01-05" and by_hand.until == at(2026, 2, 6)
    assert [each.id for each in zhejiang.periods("2026-01-15", "2026-03-10")] == [
        "2026-01-15", "2026-02", "2026-03-01"]
    for same in (pickle.loads(pickle.dumps(month)), trf.Period("2026-02", month.start,
                                                               month.until)):
        assert same == month and hash(same) == hash(month) and repr(same) == repr(month)
    summer = Tariff.template("uk_prepayment").period("2026-03")
    assert summer.until - summer.start == timedelta(days=31, hours=-1)
    for wrong in ("2026-13", "2026-1", "2026-02-30"):
        with pytest.raises(wattpurse.InvalidValue):
            zhejiang.period(wrong)
    with pytest.raises(wattpurse.InvalidValue, match="until"):
        zhejiang.period("2026-02-01", "2026-02-01")
    with pytest.raises(wattpurse.NaiveTime):
        zhejiang.period(datetime(2026, 1, 1))
    with pytest.raises(wattpurse.WrongType):
        zhejiang.periods(at(2026, 1, 1), "2026-02-01")
    with pytest.raises(wattpurse.InvalidValue):
        trf.Period("x", at(2026, 1, 2), at(2026, 1, 1))
    with pytest.raises(wattpurse.WrongType, match="period"):
        zhejiang.rate(trf.Consumption(), "2026-01")


def test_rows_and_their_faults():
    used = trf.Consumption(meters=["a", "b"])
    assert repr(used) == "<Consumption: no rows>" and len(used) == 0 and used.span is None
    used.add(at(2026, 1, 1), at(2026, 1, 2), Energy("1.5"), register="T3", meter="b",
             quality="estimated")
    used.add_purchase(at(2026, 1, 3), 7)
    used.add_intervals(at(2026, 1, 4), timedelta(hours=1), ["1", None, Decimal("0.25")],
                       meter="a", channel="export")
    assert used.rows == [
        trf.Row(at(2026, 1, 1), at(2026, 1, 2), Decimal("1.5"), "import", "T3", "estimated", "b"),
        trf.Row(at(2026, 1, 3), at(2026, 1, 3), Decimal(7), "purchase", None, "good", "a"),
        trf.Row(at(2026, 1, 4), at(2026, 1, 4, 1), Decimal(1), "export", None, "good", "a"),
        trf.Row(at(2026, 1, 4, 2), at(2026, 1, 4, 3), Decimal("0.25"), "export", None, "good",
                "a")]
    good = (at(2026, 1, 1), at(2026, 1, 2), "1")
    for row, kind, place in (
            ((*good[:2], 1.5), wattpurse.FloatRefused, "rows[4].quantity"),
            ((*good[:2], "1.00001"), wattpurse.TooManyPlaces, "rows[4].quantity"),
            ((datetime(2026, 1, 1), *good[1:]), wattpurse.NaiveTime, "rows[4].start"),
            ((good[0], "2026", "1"), wattpurse.WrongType, "rows[4].until"),
            ((*good, "heat"), wattpurse.InvalidValue, "rows[4].channel"),
            ((*good, "import", "T9"), wattpurse.InvalidValue, "rows[4].register"),
            ((*good, "import", None, "bad"), wattpurse.InvalidValue, "rows[4].quality"),
            ((*good, "import", None, "good", "c"), wattpurse.InvalidValue, "rows[4].meter"),
            (good[:2], wattpurse.InvalidValue, "rows[4]"), (5, wattpurse.WrongType, "rows[4]")):
        with pytest.raises(kind) as caught:
            used.add_rows([row])
        assert caught.value.place == place
    with pytest.raises(wattpurse.WrongType):
        used.add_rows([good, 5])
    assert len(used) == 4  # all of them or none
    with pytest.raises(wattpurse.InvalidValue, match="step"):
        used.add_intervals(at(2026, 1, 4), timedelta(0), ["1"])
    with pytest.raises(wattpurse.Conflict):
        used.set_meters(["c"])
    for meters in ([], ["a", "a"]):
        with pytest.raises(wattpurse.InvalidValue):
            trf.Consumption(meters=meters)
    same = trf.intervals(at(2026, 1, 4), timedelta(hours=1), ["1", "2"])
    assert same == trf.Consumption(same.rows) and "2 rows" in repr(same)


def test_merging_registers():
    used = trf.Consumption.of_registers(at(2026, 1, 1), at(2026, 2, 1), {"T1": "1", "T4": "2"})
    merged = used.merged()
    assert [(row.quantity, row.register) for row in merged.rows] == [(Decimal(3), None)]
    assert type(merged) is trf.Consumption and len(used) == 2


def whole_account():
    return trf.Consumption(
        [(at(2026, 1, 1), at(2026, 1, 2), "5")], attributes={"kva": "50"},
        openings=[("energy", "1200", "peak")], past=[("demand", "2025-12-01", "480")],
        credits=[("export", "12.5", "2025-06-01", date(2026, 6, 1))],
        prices=[("spot", at(2026, 1, 1), timedelta(hours=1), ["0.1", "-0.02"])],
        events=[("heat", "2026-07-14")], service_from=at(2026, 1, 1),
        service_until=at(2027, 1, 1), carried="0.004")


def test_an_account_in_full():
    used = whole_account()
    used.add_attribute("kva", "100", at(2026, 1, 21))
    assert used.attributes == [("kva", Decimal(50), None), ("kva", Decimal(100), at(2026, 1, 21))]
    assert used.openings == [("energy", Decimal(1200), "peak")]
    assert used.past == [("demand", date(2025, 12, 1), Decimal(480))]
    assert used.credits == [("export", Decimal("12.5"), date(2025, 6, 1), date(2026, 6, 1))]
    assert used.prices == [("spot", at(2026, 1, 1), timedelta(hours=1),
                            [Decimal("0.1"), Decimal("-0.02")])]
    assert used.events == [("heat", date(2026, 7, 14))] and used.carried == Decimal("0.004")
    assert (used.service_from, used.service_until) == (at(2026, 1, 1), at(2027, 1, 1))
    for same in (pickle.loads(pickle.dumps(used)), copy.copy(used), copy.deepcopy(used)):
        assert same == used and type(same) is trf.Consumption
        same.add_event("heat", "2026-07-15")
        assert same != used
    with pytest.raises(TypeError):
        hash(used)
    for wrong in ({"attributes": {"kva": 1.5}}, {"carried": 0.1}, {"openings": {"energy": 1.0}},
                  {"credits": [("a", 1.0, "2026-01-01", "2026-02-01")]},
                  {"prices": [("a", at(2026, 1, 1), timedelta(1), [0.5])]}):
        with pytest.raises(wattpurse.FloatRefused):
            trf.Consumption(**wrong)
    with pytest.raises(wattpurse.InvalidValue, match="expires"):
        trf.Consumption(credits=[("a", "1", "2026-01-01", "2026-01-01")])


def test_account_files(tmp_path):
    year = Tariff.load(ROOT / "docs/tariffs/year.json")
    path = ROOT / "docs/tariffs/may.json"
    used = trf.load_account(path, year)
    assert used == trf.load_account(path.read_text(encoding="utf-8"), year)
    used.add(at(2026, 5, 1), at(2026, 6, 1), "200")
    assert year.rate(used, year.period("2026-05")).total == Money("114.60")
    (stand,) = year.positions(used, at(2026, 6, 1))
    assert (stand.line, stand.unit, stand.used, stand.current, stand.remaining) == (
        "energy", "kWh", Decimal(2900), 1, Decimal(1900))
    assert stand.start == at(2026, 1, 1) and stand.next.price == Decimal("0.838")
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "wattpurse-account/1", "carried": 1, "x": 2}', encoding="utf-8")
    with pytest.raises(wattpurse.ValidationError, match="bad.json: the account has faults") as c:
        trf.load_account(bad, year)
    assert {fault.path for fault in c.value.faults} == {"/carried", "/x"}


def test_all_faults_of_the_rows(zhejiang):
    period = zhejiang.period("2026-01")
    used = trf.Consumption([(at(2026, 1, 1), at(2026, 1, 3), "1"),
                            (at(2026, 1, 5, 8), at(2026, 1, 5, 9), "1", "import", "T1")])
    with pytest.raises(wattpurse.ValidationError) as caught:
        zhejiang.rate(used, period)
    assert len({fault.path for fault in caught.value.faults}) >= 2
    assert all(fault.path.startswith("/rows/") for fault in caught.value.faults)
    with pytest.raises(wattpurse.ValidationError, match="cannot be rated in 2026-01"):
        zhejiang.bills(used, [period])
    with pytest.raises(wattpurse.ValidationError, match=r"tariffs\[1\], .*: the consumption"):
        trf.compare([trf.flat("1"), zhejiang], used, [period])
    used.add(at(2026, 1, 6, 8), at(2026, 1, 6, 9), "-1")
    with pytest.raises(wattpurse.ValidationError, match="/rows/2/quantity: -1"):
        zhejiang.rate(used, period)
    for wrong in ((None, period), (used, None)):
        with pytest.raises(wattpurse.WrongType):
            zhejiang.rate(*wrong)


def test_what_one_bill_leaves_to_the_next():
    made = Tariff.load(ROOT / "docs/tariffs/net_metering.json")
    one, two = made.periods("2026-06-01", "2026-08-01")
    used = trf.Consumption([(one.start, one.until, "120"), (one.start, one.until, "300", "export"),
                            (two.start, two.until, "200")])
    june, july = made.bills(used, [one, two])
    assert june.credits == [("net", Decimal(180), date(2026, 6, 1), date(2027, 6, 1))]
    assert july.explain() == ["energy 20.00 kWh x 0.30 EUR/kWh = 6.00 EUR"]
    carry = trf.flat("0.333").to_dict()
    carry["versions"][0]["rounding"]["residue"] = "carry"
    first, second = Tariff.from_dict(carry).bills(
        trf.Consumption([(at(2026, 1, 1), at(2026, 2, 1), "1"),
                         (at(2026, 2, 1), at(2026, 3, 1), "1")]),
        trf.flat("1").periods("2026-01-01", "2026-03-01"))
    assert (first.total, first.residue) == (Money("0.33"), Money("-0.003"))
    assert second.charged == Money("0.336") and second.lines[-1].kind == "residue"


def test_what_money_buys(zhejiang):
    ladder = trf.tiered(LADDER, monthly_fee=6, tax="0.1")
    period = ladder.period("2026-01")
    used = trf.Consumption([(at(2026, 1, 1), at(2026, 1, 9), "200")])
    units = ladder.units_for("100", used, period)
    assert units.is_bounded and units.cost + units.left == Money(100)
    assert sum(line.amount for line in units.lines) == units.cost
    assert units.explain()[0] == "energy tier 1 (to 240 kWh) 40.00 kWh x 0.4883 CNY/kWh = " \
        "19.532 CNY"
    more = copy.copy(used)
    more.add(at(2026, 1, 9), at(2026, 1, 10), units.quantity)
    before, after = (ladder.rate(each, period, at(2026, 1, 10)).sum for each in (used, more))
    assert after - before == units.cost
    more.add(at(2026, 1, 10), at(2026, 1, 11), "0.0001")
    assert ladder.rate(more, period, at(2026, 1, 11)).sum - before > Money(100)
    turns = zhejiang.units_for(Money(10), trf.Consumption(), zhejiang.period("2026-01"),
                               profile={"peak": "0.6", "valley": "0.4"}, step="1",
                               at=at(2026, 1, 5))
    assert turns.quantity == 21 and turns.explain("zh")
    by_band = zhejiang.units_for(10, trf.Consumption(), zhejiang.period("2026-01"),
                                 profile="valley")
    assert by_band.quantity == Decimal("34.7222")
    volume = Tariff.load(ROOT / "docs/tariffs/volume.json")
    jump = volume.units_for(70, trf.intervals(at(2026, 1, 1), timedelta(1), ["90"]),
                            volume.period("2026-01"))
    assert jump.lines == [] and jump.cost <= Money(70)  # no line tells what was added
    for wrong in ({"money": 1.5}, {"money": "1", "step": 0.5}):
        with pytest.raises(wattpurse.FloatRefused):
            ladder.units_for(consumption=used, period=period, **wrong)
    with pytest.raises(wattpurse.WrongType, match="profile"):
        ladder.units_for(1, used, period, profile={1: "1"})
    with pytest.raises(wattpurse.ValidationError, match="/money"):
        ladder.units_for(Money(1, "EUR"), used, period)
    with pytest.raises(wattpurse.ValidationError, match="/profile/0/band"):
        ladder.units_for(1, used, period, profile="night")


def test_bands_on_the_time_line(zhejiang):
    made = trf.time_of_use({"peak": "0.568", "valley": "0.288"}, PEAK_VALLEY,
                           weekends={"valley": "rest"}, holidays=["01-01", date(2026, 2, 17)])
    assert [made.band_at(at(2026, 1, day, 12)) for day in (1, 2, 3)] == [
        "valley", "peak", "valley"]
    segments = made.timetable(at(2026, 2, 16, 7), at(2026, 2, 18))
    assert [(each.start, each.band, each.day) for each in segments] == [
        (at(2026, 2, 16, 7), "valley", None), (at(2026, 2, 16, 8), "peak", None),
        (at(2026, 2, 16, 22), "valley", None), (at(2026, 2, 17), "valley", "holiday")]
    assert segments[-1].until == at(2026, 2, 18) and segments[0].version == "1"
    assert zhejiang.band_at(at(2026, 1, 1, 8)) == "peak"
    assert trf.flat("1").band_at(at(2026, 1, 1)) is None
    heat = Tariff.load(ROOT / "docs/tariffs/seasons.json")
    assert heat.band_at(at(2026, 6, 1, 18)) == "peak"
    assert heat.band_at(at(2026, 6, 1, 18), [("heat", "2026-06-01")]) == "sharp"
    changed = Tariff.load(ROOT / "docs/tariffs/versions.json")
    assert [each.version for each in changed.timetable(at(2026, 1, 15), at(2026, 1, 17))] == [
        "old", "new"]
    with pytest.raises(wattpurse.InvalidValue):
        made.timetable(at(2026, 1, 2), at(2026, 1, 1))
    with pytest.raises(wattpurse.NaiveTime):
        made.band_at(datetime(2026, 1, 1))
    for wrong in (["heat"], [("heat",)], [(1, "2026-01-01")], [("heat", 5)]):
        with pytest.raises(wattpurse.WrongType, match="events"):
            heat.band_at(at(2026, 6, 1), wrong)


def test_the_position_in_a_ladder():
    made = trf.tiered([(100, "0.5"), (200, "0.6"), (None, "0.9")])
    used = trf.intervals(at(2026, 1, 1), timedelta(days=1), ["30"] * 31)
    for day, total, current, remaining in ((2, 30, 0, 70), (5, 120, 1, 80), (20, 570, 2, None)):
        (stand,) = made.positions(used, at(2026, 1, day))
        assert (stand.used, stand.current, stand.remaining) == (total, current, remaining)
        assert sum(step.used for step in stand.steps) == total
    assert stand.next is None and stand.steps[1].above == 100 and stand.until == at(2026, 2, 1)
    both = trf.tiered_time_of_use([(100, {"peak": "2", "valley": "1"}),
                                   (None, {"peak": "4", "valley": "3"})], PEAK_VALLEY, per="year")
    (stand,) = both.positions(trf.intervals(at(2026, 1, 1, 8), timedelta(hours=14), ["60"]),
                              at(2026, 3, 1))
    assert stand.remaining == 40 and stand.steps[0].prices == {
        "peak": Decimal(2), "valley": Decimal(1)}
    assert trf.flat("1").positions(used, at(2026, 1, 2)) == []
    with pytest.raises(wattpurse.InvalidValue, match="at"):
        made.positions(used, at(2026, 1, 2), made.period("2026-02"))


def test_comparing(zhejiang):
    used, _ = january(zhejiang, {"T2": "120.5", "T4": "60"})
    offers = trf.compare([trf.flat("0.55"), zhejiang, trf.tiered(LADDER)], used)
    assert [(each.rank, each.tariff.name, each.total, each.more) for each in offers] == [
        (1, zhejiang.name, Money("85.72"), Money(0)),
        (2, "tiered", Money("88.14"), Money("2.42")),
        (3, "flat", Money("99.28"), Money("13.56"))]
    assert [bill.total for bill in offers[0].bills] == [Money("85.72")]
    year = trf.intervals(at(2026, 1, 1), timedelta(days=1), ["10"] * 365)
    offers = trf.compare([trf.flat("0.5"), trf.flat("0.4", name="b")], year)
    assert [len(each.bills) for each in offers] == [12, 12] and offers[0].tariff.name == "b"
    assert offers[0].total == Money(1460) and offers[1].more == Money(365)
    (part,) = trf.compare([trf.flat(1)], year, trf.flat(1).periods("2026-01-01", "2026-02-01"))
    assert part.total == Money(310)
    with pytest.raises(wattpurse.CurrencyMismatch):
        trf.compare([zhejiang, trf.flat("1", currency="EUR")], used)
    with pytest.raises(wattpurse.InvalidValue):
        trf.compare([zhejiang], trf.Consumption())
    assert trf.compare([], used) == []


def test_builders():
    made = trf.time_of_use(
        {"sharp": 3, "peak": 2, "valley": 1},
        {"sharp": [("10:00", "11:00"), (time(19), time(21))], "peak": "08:00-10:00,11:00-19:00",
         "valley": "rest"}, name="three", zone="Europe/London", currency="GBP", source="a page",
        registers={"valley": "T4"}, titles={"peak": {"zh": "\u5cf0"}}, daily_fee="0.61")
    assert (made.name, made.zone, made.currency, made.source) == (
        "three", "Europe/London", "GBP", "a page")
    windows = made.to_dict()["versions"][0]["calendar"]["plans"][0]["windows"]
    assert {"from": "21:00", "until": "08:00", "band": "valley"} in windows
    assert "\u5cf0" in made.to_html("zh") and made.has_registers
    year = trf.tiered([(2760, "0.538"), (4800, "0.588"), (None, "0.838")], per="year",
                      anchor="07-01", tax="0.06", rounding="half_even", bill_step="0.05",
                      line_step="0.01")
    data = year.to_dict()["versions"][0]
    assert data["determinants"][0]["anchor"] == "07-01" and data["adjustments"][0]["line"] == "tax"
    assert data["rounding"]["bill"] == {"increment": "0.05", "mode": "half_even"}
    whole_day = trf.time_of_use({"a": 1}, {"a": "00:00-24:00"})
    assert whole_day.band_at(at(2026, 1, 1, 23, 59)) == "a"
    for refuse, kind in (
            (lambda: trf.flat(0.5), wattpurse.FloatRefused),
            (lambda: trf.flat("1", monthly_fee=6.0), wattpurse.FloatRefused),
            (lambda: trf.tiered([(240.5, "1"), (None, "2")]), wattpurse.FloatRefused),
            (lambda: trf.flat("1.123456789"), wattpurse.ValidationError),
            (lambda: trf.tiered([(200, 1), (100, 2), (None, 3)]), wattpurse.ValidationError),
            (lambda: trf.tiered([(200, 1)]), wattpurse.ValidationError),
            (lambda: trf.time_of_use({"a": 1}, {"a": "00:00-12:00"}), wattpurse.ValidationError),
            (lambda: trf.time_of_use({"a": 1}, {"a": "25:00-12:00"}), wattpurse.InvalidValue),
            (lambda: trf.time_of_use({"a": 1}, {"a": "12:00"}), wattpurse.InvalidValue),
            (lambda: trf.time_of_use({"a": 1, "b": 2}, {"a": "rest", "b": "rest"}),
             wattpurse.InvalidValue),
            (lambda: trf.time_of_use({"a": 1}, {"a": "rest"}, holidays=["01-01"]),
             wattpurse.InvalidValue),
            (lambda: trf.time_of_use({"peak": 1}, PEAK_VALLEY), wattpurse.ValidationError)):
        with pytest.raises(kind):
            refuse()


def test_a_rate_of_urdb():
    rate = {"items": [{"utility": "Town Light", "name": "R-1", "label": "abc",
                       "energyratestructure": [[{"max": 500, "rate": 0.1}, {"rate": 0.15}]],
                       "energyweekdayschedule": [[0] * 24] * 12,
                       "energyweekendschedule": [[0] * 24] * 12}]}
    made, notes = Tariff.import_urdb(json.dumps(rate), zone="-05:00")
    assert made.currency == "USD" and made.zone == "-05:00" and isinstance(notes, list)
    used = trf.intervals(made.period("2026-01").start, timedelta(days=1), ["20"] * 31)
    assert made.rate(used, made.period("2026-01")).total == Money("68", "USD")
    _, notes = Tariff.import_urdb(json.dumps(rate))
    assert any("zone" in note for note in notes)
    with pytest.raises(wattpurse.ValidationError):
        Tariff.import_urdb("{}")


def test_adding_while_another_thread_rates(zhejiang):
    from concurrent.futures import ThreadPoolExecutor

    used = trf.intervals(at(2026, 1, 1), timedelta(minutes=30), ["0.1"] * 1400)
    period = zhejiang.period("2026-01")
    expected = zhejiang.rate(used, period).total
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(zhejiang.rate, used, period) for _ in range(40)]
        for day in range(1, 28):
            used.add(at(2026, 2, day), at(2026, 2, day, 1), "1")
        assert {each.result().total for each in made} == {expected}
