# SPDX-License-Identifier: Apache-2.0
"""wattpurse.bill: whatever readings come as, they are billed alike, and what is wrong is told."""

import csv
import datetime as dt
import json
import os
import signal
import threading
import time
from decimal import Decimal

import pytest
from bill_oracle import bills_by_hand, draw_readings

import wattpurse
from wattpurse import Money, Tariff

CHINA = dt.timezone(dt.timedelta(hours=8))
QUARTER = dt.timedelta(minutes=15)


@pytest.fixture(scope="module")
def tariff(root):
    return Tariff.loads((root / "share/tariffs/zhejiang_residential.json").read_text())


@pytest.fixture(scope="module")
def rows():
    return draw_readings(accounts=5, days=70, seed=7)


def columns(rows):
    return {"account": [each.account for each in rows], "time": [each.time for each in rows],
            "kwh": [each.kwh for each in rows]}


def made(bills):
    rows = [(each["account"], each["period"], each["kwh"], each["charged"], each["total"])
            for each in bills]
    return rows, [tuple(each.values()) for each in bills.lines]


@pytest.fixture(scope="module")
def expected(rows, tariff):
    return made(wattpurse.bill(columns(rows), tariff))


def test_bills_are_what_a_reckoning_by_hand_says(rows, tariff, expected):
    bills, lines = expected
    by_hand = bills_by_hand(rows)
    assert len(bills) == 15
    for account, period, kwh, charged, total in bills:
        mine = by_hand[account, period]
        assert (kwh, charged, total) == (mine.kwh, mine.charged, mine.total)
        assert {line: amount for a, p, line, amount in lines if (a, p) == (account, period)} == {
            line: amount for line, amount in mine.lines.items() if amount}


@pytest.mark.parametrize("form", ["lists", "numpy", "arrow", "arrow_chunks", "pandas",
                                  "pandas_decimal", "polars", "lazy", "duckdb", "csv", "parquet",
                                  "dictionary", "shuffled", "numpy_shuffled"])
def test_every_form_gives_the_same(form, rows, tariff, expected, request, tmp_path):
    readings, how = as_form(form, rows, request.getfixturevalue, tmp_path)
    bills, lines = made(wattpurse.bill(readings, tariff, **how))
    assert sorted(bills) == sorted(expected[0])
    assert sorted(lines) == sorted(expected[1])


def as_form(form, rows, package, folder):
    """The readings, and the words that `bill` needs for them."""
    given = columns(rows)
    steps = [int(each.kwh.scaleb(4)) for each in rows]
    if form == "lists":
        return given, {}
    if form == "shuffled":
        order = sorted(range(len(rows)), key=lambda i: hash((i * 7919) % 104729))
        return {name: [column[i] for i in order] for name, column in given.items()}, {}
    if form == "csv":
        path = folder / "readings.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(["\u6237\u53f7", "\u65f6\u95f4", "\u7535\u91cf"])
            out.writerows((each.account, each.time.isoformat(), each.kwh) for each in rows)
        return path, {}
    if form in ("numpy", "numpy_shuffled"):
        numpy = package("numpy")
        order = numpy.arange(len(rows))
        if form == "numpy_shuffled":
            numpy.random.default_rng(1).shuffle(order)
        naive = [each.time.replace(tzinfo=None) for each in rows]
        return {"account": numpy.array(given["account"])[order],
                "time": numpy.array(naive, dtype="datetime64[s]")[order],
                "kwh": numpy.array(steps)[order]}, {"places": 4, "tz": "+08:00"}
    if form in ("pandas", "pandas_decimal"):
        frame = package("pandas").DataFrame(given)
        if form == "pandas":
            frame["kwh"] = [float(each) for each in frame["kwh"]]
            return frame, {"floats": 4}
        return frame, {}
    arrow = package("pyarrow")
    table = arrow.table({**given, "kwh": arrow.array(given["kwh"], arrow.decimal128(12, 4))})
    if form == "arrow":
        return table, {}
    if form == "arrow_chunks":
        return arrow.Table.from_batches(table.to_batches(max_chunksize=777)), {}
    if form == "dictionary":
        return table.set_column(0, "account", table["account"].dictionary_encode()), {}
    if form == "parquet":
        package("pyarrow")
        from pyarrow import parquet
        parquet.write_table(table, folder / "readings.parquet")
        return folder / "readings.parquet", {}
    if form in ("polars", "lazy"):
        frame = package("polars").from_arrow(table)
        return (frame.lazy() if form == "lazy" else frame), {}
    database = package("duckdb").connect()
    database.register("readings", table)
    return database.sql("SELECT * FROM readings"), {}


def test_registers_give_what_their_differences_give(rows, tariff, expected):
    given = {"account": [], "time": [], "register": []}
    stands = {}
    for each in rows:
        is_first = each.account not in stands
        before = stands.setdefault(each.account, Decimal("999999.0000"))
        if is_first:
            given["account"].append(each.account)
            given["time"].append(each.time)
            given["register"].append(before)
        stands[each.account] = (before + each.kwh) % 1000000
        given["account"].append(each.account)
        given["time"].append(each.time + QUARTER)
        given["register"].append(stands[each.account])
    bills, lines = made(wattpurse.bill(given, tariff, register_capacity=1000000))
    assert sorted(bills) == sorted(expected[0])
    assert sorted(lines) == sorted(expected[1])


def test_end_stamps_are_starts_an_interval_later(rows, tariff, expected):
    given = columns(rows)
    given["time"] = [each + QUARTER for each in given["time"]]
    assert sorted(made(wattpurse.bill(given, tariff, stamp="end"))[0]) == sorted(expected[0])


def test_what_is_wrong_is_told_all_at_once_with_its_line(tariff, tmp_path):
    path = tmp_path / "march.csv"
    path.write_text("account,time,kwh\n"
                    "F01,2026-03-01T00:00+08:00,0.25\n"
                    "F01,2026-03-01T00:15+08:00,0.2.5\n"
                    "F01,2026-03-01T00:30,0.25\n"
                    ",2026-03-01T00:30+08:00,0.25\n"
                    "F01,2026-03-01T00:45+08:00,-1\n"
                    "F01,2026-03-01T00:00+08:00,0.26\n"
                    "F01,2026-03-01T01:07+08:00,0.25\n"
                    "F01,2026-03-01T01:15+08:00,0.12345\n")
    with pytest.raises(wattpurse.ValidationError) as told:
        wattpurse.bill(path, tariff, interval=QUARTER)
    faults = [(each.path, each.value) for each in told.value.faults]
    assert faults == [
        ("march.csv line 3, column kwh", "'0.2.5'"),
        ("march.csv line 4, column time", "'2026-03-01T00:30'"),
        ("march.csv line 5, column account", "nothing"),
        ("march.csv line 6, column kwh", "'-1'"),
        ("march.csv line 7, column time", "2026-02-28T16:00:00+00:00"),
        ("march.csv line 8, column time", "2026-02-28T17:07:00+00:00"),
        ("march.csv line 9, column kwh", "'0.12345'")]
    assert str(told.value).startswith("7 of 8 rows cannot be used\n")

    bills = wattpurse.bill(path, tariff, interval=QUARTER, skip=True)
    assert bills.skipped_count == 7
    assert [each.path for each in bills.skipped] == [path for path, _ in faults]
    assert bills.bills.column("kwh") == [Decimal("0.2500")]
    assert bills.bills.column("missing") == [96 * 31 - 1]


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"kwh": [0.25, 0.5]}, wattpurse.FloatRefused, "Decimal"),
    ({"kwh": ["0.25"]}, wattpurse.InvalidValue, "2, as the others have"),
    ({"time": [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2)]}, wattpurse.NaiveTime,
     "tz='+08:00'"),
    ({"time": [1, 2]}, wattpurse.WrongType, "datetimes"),
    ({"kwh": None}, wattpurse.NotFound, "kwh"),
])
def test_columns_that_cannot_be_used_are_refused_with_advice(change, error, words, tariff):
    given = {"account": ["F01", "F01"], "kwh": ["0.25", "0.25"],
             "time": [dt.datetime(2026, 1, 1, tzinfo=CHINA), dt.datetime(2026, 1, 2, tzinfo=CHINA)]}
    given.update(change)
    with pytest.raises(error) as told:
        wattpurse.bill({name: each for name, each in given.items() if each is not None}, tariff)
    assert words in str(told.value)
    assert isinstance(told.value, wattpurse.Error)


def test_floats_of_numpy_are_refused_too_unless_their_places_are_told(numpy, tariff):
    given = {"account": numpy.array(["F01"] * 4), "kwh": numpy.array([0.1, 0.2, 0.7, 1e-9]),
             "time": numpy.arange("2026-01-01T00:00", "2026-01-01T01:00", 15,
                                  dtype="datetime64[m]")}
    with pytest.raises(wattpurse.FloatRefused, match="floats=2"):
        wattpurse.bill(given, tariff, tz="+08:00")
    with pytest.raises(wattpurse.NaiveTime):
        wattpurse.bill(given, tariff, floats=1)
    with pytest.raises(wattpurse.ValidationError, match="row 3"):
        wattpurse.bill({**given, "kwh": numpy.array([0.1, 0.2, 0.7, 0.05])}, tariff, floats=1,
                       tz="+08:00")
    bills = wattpurse.bill({**given, "kwh": numpy.array([0.1, 0.2, 0.7, 0.0])}, tariff, floats=1,
                           tz="+08:00")
    assert bills.bills.column("kwh") == [Decimal("1.0000")]


def test_accounts_have_tariffs_and_attributes_of_their_own(tariff, root, rows):
    industrial = Tariff.loads(
        (root / "share/tariffs/zhejiang_residential_year.json").read_text())
    both = wattpurse.bill(columns(rows), {"flat": tariff, "year": industrial},
                          {"A3": {"tariff": "year"}})
    alone = wattpurse.bill(columns(rows), industrial)
    plain = wattpurse.bill(columns(rows), tariff)
    for mixed, of_year, of_month in zip(both, alone, plain):
        assert mixed == (of_year if mixed["account"] == "A3" else of_month)
    with pytest.raises(wattpurse.NotFound, match="one of flat, year"):
        wattpurse.bill(columns(rows), {"flat": tariff, "year": industrial},
                       {"A3": {"tariff": "shop"}})


def test_the_same_comes_out_of_any_number_of_threads(tariff, rows, expected):
    for threads in (1, 2, 7):
        assert made(wattpurse.bill(columns(rows), tariff, threads=threads)) == expected


def big(numpy, accounts):
    slots = 35_040
    return {"account": numpy.repeat(numpy.arange(accounts), slots),
            "time": numpy.tile(numpy.arange(slots) * 900 + 1_767_196_800, accounts)
            .astype("datetime64[s]"),
            "kwh": numpy.tile(numpy.arange(slots) % 5000, accounts)}


@pytest.fixture(scope="module")
def slow(root):
    """Blocks of a year, so that each account is rated by itself: some 40 in a second. Summed by
    bands they are 4,000, and 300 would be over before anybody looks."""
    return Tariff.loads((root / "share/tariffs/zhejiang_residential_year.json").read_text())


def test_a_run_tells_how_far_it_is_and_can_be_stopped(numpy, slow):
    told = []
    wattpurse.bill(big(numpy, 20), slow, places=4, tz="+00:00", threads=1,
                   progress=lambda done, total: told.append((done, total)))
    assert told[0] < (20, 20)
    assert told[-1] == (20, 20)
    assert told == sorted(told)

    def stop(done, total):
        assert done < total
        raise ZeroDivisionError("enough")
    with pytest.raises(ZeroDivisionError, match="enough"):
        wattpurse.bill(big(numpy, 300), slow, places=4, tz="+00:00", threads=1, progress=stop)


def test_ctrl_c_ends_a_run_before_its_end(numpy, slow):
    """What counts is in C, for a function of Python would be where the signal is handled."""
    told = {}

    def press():
        while not told:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        wattpurse.bill(big(numpy, 300), slow, places=4, tz="+00:00", threads=1,
                       progress=told.__setitem__)
    assert told
    assert 300 not in told


def test_the_interpreter_is_free_meanwhile(numpy, slow):
    readings = big(numpy, 20)
    counted = 0
    over = threading.Event()

    def work():
        wattpurse.bill(readings, slow, places=4, tz="+00:00", threads=1, progress=False)
        over.set()
    thread = threading.Thread(target=work)
    thread.start()
    while not over.is_set():
        counted += 1
        time.sleep(0.001)
    thread.join()
    assert counted > 10


def resident():
    """Memory of this process now, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_is_given_back(numpy, tariff):
    readings = big(numpy, 50)

    def run():
        bills = wattpurse.bill(readings, tariff, places=4, tz="+00:00", progress=False)
        bills.__arrow_c_stream__()
    for _ in range(5):
        run()
    before = resident()
    for _ in range(40):
        run()
    assert resident() - before < 10_000_000  # the readings are 42 MB


def test_what_comes_out_goes_where_it_is_wanted(tariff, rows, tmp_path, pyarrow, pandas, polars):
    bills = wattpurse.bill(columns(rows), tariff)
    table = bills.to_arrow()
    assert table.schema.field("total").type == pyarrow.decimal128(20, 6)
    assert pyarrow.table(bills) == table
    assert table["total"].to_pylist() == bills.bills.column("total")
    assert bills.to_pandas("lines")["amount"].tolist() == bills.lines.column("amount")
    assert bills.to_polars()["total"].to_list() == bills.bills.column("total")
    assert bills.total == {"CNY": Money(sum(bills.bills.column("total")), "CNY")}
    bills.to_csv(tmp_path / "bills.csv")
    raw = (tmp_path / "bills.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfaccount,period,")
    with (tmp_path / "bills.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file))
    assert [Decimal(each["total"]) for each in back] == bills.bills.column("total")
    with pytest.raises(wattpurse.InvalidValue):
        bills.to_csv(tmp_path / "x.csv", "line")


def test_an_explanation_adds_up(tariff, rows):
    bills = wattpurse.bill(columns(rows), tariff)
    account, period = bills.bills[0]["account"], bills.bills[0]["period"]
    said = bills.explain(account, period)
    assert sum(Decimal(line.rsplit(" = ", 1)[1].split()[0]) for line in said) == (
        bills.bills[0]["charged"])
    assert "\u5343\u74e6\u65f6" in bills.explain(account, period, lang="zh")[0]
    with pytest.raises(wattpurse.NotFound, match="nobody"):
        bills.explain("nobody")
    with pytest.raises(wattpurse.NotFound, match="2026-01"):
        bills.explain(account, "1999-01")


def test_readings_at_long_and_uneven_times_are_rated_too(root):
    flat = Tariff.loads(json.dumps({
        "format": "wattpurse-tariff/2", "name": "flat", "currency": "CNY", "zone": "+08:00",
        "versions": [{
            "name": "1", "interval_split": "pro_rata",
            "determinants": [{"name": "energy", "unit": "kWh", "of": "import"}],
            "charges": [{"line": "energy", "title": {"en": "energy"}, "on": "energy",
                         "rate": {"mode": "flat", "price": "0.5"}}],
            "rounding": {"line": {"increment": "0.000001", "mode": "half_up"},
                         "bill": {"increment": "0.01", "mode": "half_up"}}}]}))
    months = [dt.datetime(2026, month, 1, tzinfo=CHINA) for month in (1, 2, 3)]
    bills = wattpurse.bill({"meter": ["M1"] * 3, "time": months,
                            "reading": ["100", "350.5", "400.75"]}, flat)
    assert [(each["period"], each["kwh"], each["charged"]) for each in bills] == [
        ("2026-01", Decimal("250.5000"), Decimal("125.250000")),
        ("2026-02", Decimal("50.2500"), Decimal("25.125000"))]
    assert bills.total == {"CNY": Money("150.38", "CNY")}


def test_periods_may_be_chosen(rows, tariff, expected):
    bills = wattpurse.bill(columns(rows), tariff, periods=["2026-02"])
    wanted = [each for each in expected[0] if each[1] == "2026-02"]
    assert made(bills)[0] == wanted
    half = wattpurse.bill(columns(rows), tariff,
                          periods=[(dt.date(2026, 2, 1), dt.date(2026, 2, 15))])
    assert [each["period"] for each in half] == ["2026-02-01"] * 5
    assert half.bills.column("until")[0] == dt.datetime(2026, 2, 15, tzinfo=CHINA)


@pytest.mark.parametrize("name", Tariff.templates())
def test_each_template_bills_as_it_rates(name):
    """The quick way and the general one, on a meter with missing and estimated intervals."""
    tariff = Tariff.template(name)
    first = tariff.period("2026-07").start
    flags = ["good", "good", "good", "estimated", "rejected", "suspect"]
    given = {"account": [], "time": [], "kwh": [], "quality": []}
    used = wattpurse.tariff.Consumption()
    for slot in range(48 * 50):
        if slot % 101 == 7:
            continue
        at = first + dt.timedelta(minutes=30 * slot)
        kwh, flag = Decimal((slot * 7919) % 30011).scaleb(-4), flags[slot % 97 % 6]
        given["account"].append("A1")
        given["time"].append(at)
        given["kwh"].append(kwh)
        given["quality"].append(flag)
        used.add(at, at + dt.timedelta(minutes=30), kwh, quality=flag)
    try:
        expected = [tariff.rate(used, tariff.period(month)) for month in ("2026-07", "2026-08")]
    except wattpurse.ValidationError as refused:
        with pytest.raises(wattpurse.ValidationError) as told:
            wattpurse.bill(given, tariff, quality="quality")
        assert {each.expected for each in told.value.faults} <= {
            each.expected for each in refused.faults}
        return
    bills = wattpurse.bill(given, tariff, quality="quality")
    assert [each["charged"] for each in bills] == [Decimal(str(each.charged).split()[0])
                                                   for each in expected]
    assert [each["total"] for each in bills] == [Decimal(str(each.total).split()[0])
                                                 for each in expected]
    amounts = [(each["period"], each["line"], each["amount"])
               for each in bills.lines]
    assert amounts == [(month, line.id, Decimal(str(line.amount).split()[0]))
                       for month, bill in zip(("2026-07", "2026-08"), expected)
                       for line in bill.lines if line.amount]


def test_slices_and_empty_cells_are_what_they_say(rows, tariff, expected, pyarrow, pandas):
    table = pyarrow.table(columns(rows))
    padded = pyarrow.concat_tables([table.slice(0, 5), table, table.slice(0, 3)]).combine_chunks()
    batch = pyarrow.RecordBatch.from_arrays(
        [column.chunk(0) for column in padded.columns], names=table.column_names)
    assert made(wattpurse.bill(pyarrow.Table.from_batches([batch.slice(5, len(rows))]),
                               tariff)) == expected
    attributes = pandas.DataFrame({"account": ["A1", "A2"], "tariff": ["flat", None]})
    assert made(wattpurse.bill(columns(rows), {"flat": tariff}, attributes)) == expected


def test_nothing_that_can_be_used_is_told_like_the_rest(tariff):
    with pytest.raises(wattpurse.ValidationError, match="2 of 2 rows"):
        wattpurse.bill({"account": ["A1", "A1"], "time": ["x", "y"], "kwh": ["1", "1"]}, tariff,
                       interval=QUARTER)
    with pytest.raises(wattpurse.ValidationError, match="no rows"):
        wattpurse.bill({"account": [], "time": [], "kwh": []}, tariff, interval=QUARTER)
    with pytest.raises(wattpurse.ValidationError, match="interval"):
        wattpurse.bill({"account": ["A1"], "time": ["2026-01-01T00:00+08:00"], "kwh": ["1"]},
                       tariff)
