# SPDX-License-Identifier: Apache-2.0
"""The ledger over SQLite: movements, repeats, refusals, reading, checking, export."""

import io
import pickle
import sqlite3
import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import Ledger, Money, errors
from wattpurse.ledger import Transfer

CHINA = timezone(timedelta(hours=8))
JANUARY = datetime(2026, 1, 8, 9, 0, tzinfo=CHINA)


class Clock:
    """Stands still until it is told."""

    def __init__(self):
        self.now = JANUARY

    def __call__(self):
        return self.now

    def on(self, **more):
        self.now += timedelta(**more)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def books(tmp_path, clock):
    with Ledger(tmp_path / "books.db", clock=clock) as ledger:
        yield ledger


def yuan(text):
    return Money(text, "CNY")


def test_what_was_paid_and_used_is_the_balance(books, clock):
    paid = books.top_up("F07", "100", key="wx-1", explain="paid by phone")
    assert not paid.is_repeat and paid.balance("F07") == yuan("100")
    clock.on(hours=1)
    books.charge("F07", Decimal("6.50"), key="F07/1", subject="2026-01/energy", explain="22.57 kWh")
    books.adjust("F07", yuan("0.000001"), key="F07/2", subject="2026-01/energy")
    assert books.balance("F07") == yuan("93.500001")
    assert [each.name for each in books.accounts()] == [
        "F07", "house:payments", "house:revenue.energy"]
    assert sum((each.balance for each in books.accounts()), yuan(0)) == yuan(0)
    first, second, third = books.postings("F07")
    assert (first.number, first.kind, first.key, first.amount, first.leg) == (
        1, "top_up", "wx-1", yuan("100"), 0)
    assert second.subject == "2026-01/energy" and second.explain == "22.57 kWh"
    assert second.effective_at == second.recorded_at == clock.now and second.link == ""
    assert third.balance == yuan("93.500001") and third.expires_at is None
    assert [row.number for row in books.postings("F07", 1, 1)] == [2]
    assert [row.account for row in books.find("wx-1")] == ["F07", "house:payments"]
    assert books.find("none") == () and repr(books).startswith("<Ledger ")
    assert pickle.loads(pickle.dumps(first)) == first


def test_a_repeat_is_answered_with_the_first_result(books, clock):
    first = books.top_up("F07", "100", key="wx-1")
    clock.on(days=1)
    again = books.top_up("F07", 100, key="wx-1", explain="worded anew")
    assert again.is_repeat and again.postings == first.postings
    assert books.balance("F07") == yuan("100")
    for other, word in ((lambda: books.top_up("F07", "99", key="wx-1"), "legs"),
                        (lambda: books.charge("F07", "100", key="wx-1"), "kind"),
                        (lambda: books.top_up("F07", "100", key="wx-1", at=clock.now), "moment")):
        with pytest.raises(wattpurse.Conflict, match=word) as caught:
            other()
        assert caught.value.code == "duplicate_key_other_content"
        assert caught.value.place == "wx-1" and caught.value.advice
    assert books.balance("F07") == yuan("100")
    books.top_up("F07", "1", key="wx-2", at=JANUARY)
    assert books.top_up("F07", "1", key="wx-2", at=JANUARY).is_repeat


def test_no_float_and_no_naive_time(books):
    with pytest.raises(wattpurse.FloatRefused, match="amount"):
        books.top_up("F07", 0.1, key="k")
    with pytest.raises(wattpurse.NaiveTime):
        books.top_up("F07", "1", key="k", at=datetime(2026, 1, 1))
    with pytest.raises(wattpurse.TooManyPlaces):
        books.top_up("F07", "0.0000001", key="k")
    with pytest.raises(wattpurse.CurrencyMismatch):
        books.top_up("F07", Money("1", "EUR"), key="k")
    with pytest.raises(wattpurse.InvalidValue, match="zero or above"):
        books.refund("F07", "-1", key="k")
    with pytest.raises(wattpurse.FloatRefused):
        books.post(Transfer("k", "top_up", (("F07", 1.5), ("house:payments", "-1.5"))))
    assert books.accounts() == []


def test_refusals_are_typed_and_post_nothing(books):
    books.top_up("F07", "20", key="t")
    books.set_limit("F07", "5")
    with pytest.raises(wattpurse.Refused) as caught:
        books.refund("F07", "25.000001", key="r")
    assert caught.value.reason == caught.value.code == "limit_exceeded"
    assert caught.value.place == "r" and "F07 has 20.000000" in caught.value.value
    assert "-5.000000" in caught.value.advice
    assert books.find("r") == ()
    assert books.refund("F07", "25", key="r").balance("F07") == yuan("-5")
    books.charge("F07", "100", key="c")  # used is used
    assert books.refund("F07", "1", key="most", at_most=True).postings[0].amount == yuan(0)
    legs = (("F07", "1"), ("house:payments", "-1"))
    cases = [
        (Transfer("", "top_up", legs), wattpurse.InvalidValue, "empty"),
        (Transfer("x", "top_up", ()), wattpurse.InvalidValue, "empty"),
        (Transfer("x", "top_up", (("F07", "1"),)), wattpurse.InvalidValue, "unbalanced"),
        (Transfer("x", "top_up", (("F07", "1"), ("F07", "-1"))), wattpurse.InvalidValue,
         "account_repeated"),
        (Transfer("x", "top_up", (("F07", Money("1", "KWH")), ("a", Money("-1", "KWH")))),
         wattpurse.CurrencyMismatch, "currency_mismatch"),
        (Transfer("x", "top_up", legs, expires_at=JANUARY), wattpurse.InvalidValue, "malformed"),
        (Transfer("x", "top_up", (("F07", "9223372036854"), ("a", "-9223372036854"))), None, None),
        (Transfer("y", "top_up", (("F07", "9223372036854"), ("b", "-9223372036854"))),
         wattpurse.Overflow, "overflow"),
        (Transfer("x", "paying", legs), wattpurse.InvalidValue, "syntax"),
        (Transfer("x", "release", legs, link="none"), wattpurse.Refused, "not_reserved"),
        (Transfer("x", "top_up", (("F 07", "1"), ("b", "-1"))), wattpurse.InvalidValue, "syntax"),
    ]
    for transfer, kind, code in cases:
        before = books.verify()
        if kind is None:
            books.post(Transfer("big", *list(vars(transfer).values())[1:3]))
            continue
        with pytest.raises(kind) as caught:
            books.post(transfer)
        assert caught.value.code == code and caught.value.advice
        assert books.verify() == before
    with pytest.raises(wattpurse.WrongType):
        books.post("top_up")


def test_money_is_reserved_settled_and_released(books, clock):
    books.top_up("F07", "50", key="t")
    books.set_limit("F07")
    books.reserve("F07", "30", key="car-1", expires_at=clock.now + timedelta(hours=8))
    assert books.balance("F07") == yuan("20") and books.balance("house:reserved") == yuan("30")
    (waits,) = books.reservations()
    assert (waits.key, waits.account, waits.amount) == ("car-1", "F07", yuan("30"))
    with pytest.raises(wattpurse.Refused):
        books.transfer("F07", "F08", "20.01", key="x")
    with pytest.raises(wattpurse.InvalidValue, match="30.000000"):
        books.settle("car-1", "30.01", key="car-1/paid")
    paid = books.settle("car-1", "12.34", key="car-1/paid", subject="charging")
    assert books.balance("F07") == yuan("37.66") and books.reservations() == []
    again = books.settle("car-1", "12.34", key="car-1/paid", subject="charging")
    assert again.is_repeat and again.postings == paid.postings
    with pytest.raises(wattpurse.Refused) as caught:
        books.release("car-1", key="late")
    assert caught.value.reason == "not_reserved"
    with pytest.raises(wattpurse.NotFound):
        books.release("nothing", key="late")
    assert {row.key for row in books.linked("car-1")} == {"car-1/paid"}
    books.reserve("F07", "1", key="car-2", expires_at=clock.now + timedelta(minutes=1))
    books.reserve("F07", "2", key="car-3")
    assert books.release_expired() == []
    clock.on(minutes=1)
    (given,) = books.release_expired()
    assert given.postings[0].key == "car-2/expired" and books.balance("F07") == yuan("35.66")
    assert books.release("car-3", key="off").balance("F07") == yuan("37.66")
    assert books.release("car-3", key="off").is_repeat
    assert books.verify()


def test_transfers_are_taken_back_once(books):
    books.top_up("F07", "50", key="t")
    part = books.reverse("t", "20", key="t/back-1")
    assert part.balance("F07") == yuan("30") and part.postings[0].link == "t"
    whole = books.reverse("t", key="t/back-2")
    assert whole.balance("F07") == yuan("0")
    assert books.reverse("t", key="t/back-2").is_repeat
    assert books.reverse("t", "20", key="t/back-1").is_repeat
    with pytest.raises(wattpurse.Conflict):
        books.reverse("t", "21", key="t/back-1")
    with pytest.raises(wattpurse.Refused) as caught:
        books.reverse("t", key="t/back-3")
    assert caught.value.reason == "exceeds_original"
    with pytest.raises(wattpurse.NotFound):
        books.reverse("none", key="x")
    books.reverse("t/back-1", key="undone")
    assert books.balance("F07") == yuan("20")
    with pytest.raises(wattpurse.Refused):
        books.reverse("t", "20.01", key="more")
    assert books.verify()


def test_accounts_are_opened_and_closed(books, clock):
    books.open_account("F07", key="open/F07", balance="-3")
    books.open_account("F08", key="open/F08", balance="12")
    books.set_terms("F08", floor="1")
    with pytest.raises(wattpurse.Refused):
        books.refund("F08", "11.01", key="r")
    books.set_terms("F08")
    paid = books.close_account("F08", key="close/F08")
    assert paid.postings[0].amount == yuan("-12") and paid.postings[1].account == "house:payments"
    assert books.close_account("F08", key="close/F08").is_repeat
    books.close_account("F07", key="close/F07")
    assert books.balance("house:debts") == yuan("-3")
    with pytest.raises(wattpurse.Refused) as caught:
        books.transfer("F08", "F07", "0", key="x")
    assert caught.value.reason == "account_closed"
    late = books.charge("F08", "1", key="late")
    assert late.balance("F08") == yuan("-1")
    assert books.close_account("F08", key="close/F08/2").balance("F08") == yuan("0")
    assert {each.name: each.is_closed for each in books.accounts()}["F08"]
    with pytest.raises(wattpurse.NotFound):
        books.close_account("F99", key="close/F99")
    clock.on(hours=1)
    report = books.verify()
    assert report, str(report)


def test_limits_hold_within_one_moment_and_outlast_a_restart(tmp_path, clock):
    path = tmp_path / "books.db"
    with Ledger(path, clock=clock) as books:
        books.top_up("F07", "10", key="t")
        books.refund("F07", "15", key="before")  # there is no limit yet
        books.set_limit("F07", "5")
        books.set_limit("F07", "20")
        books.refund("F07", "15", key="within")
        books.set_limit("F07", "50")
        report = books.verify()
        assert report, str(report)
    with Ledger(path, clock=clock) as books:
        (account,) = [each for each in books.accounts() if each.name == "F07"]
        assert account.floor == yuan("-50") and account.postings == 3
        with pytest.raises(wattpurse.Refused):
            books.refund("F07", "30.01", key="after")


def test_a_batch_is_whole_or_not_at_all(books, clock):
    with books.batch() as batch:
        first = batch.top_up("F07", "10", key="a")
        batch.set_limit("F07")
        batch.reserve("F07", "4", key="b")
        settled = batch.settle("b", "1", key="c")
        assert len(batch) == 4
        with pytest.raises(wattpurse.StoreError):
            assert first.result
    assert first.result.balance("F07") == yuan("10")
    assert settled.result.balance("F07") == yuan("9")
    assert len({row.block for row in books.postings("F07")}) == 1
    with pytest.raises(wattpurse.Refused):
        with books.batch() as batch:
            batch.top_up("F08", "10", key="d")
            batch.set_limit("F08", "1")
            batch.refund("F08", "11.01", key="e")
    with pytest.raises(ZeroDivisionError):
        with books.batch() as batch:
            batch.top_up("F08", "10", key="d")
            assert 1 / 0
    with pytest.raises(wattpurse.NotFound):
        books.balance("F08")
    clock.on(days=1)
    with books.batch() as batch:
        again = batch.top_up("F07", "10", key="a")
        fresh = batch.top_up("F07", "1", key="f")
        twice = batch.top_up("F07", "1", key="f")
        back = batch.reverse("f", key="g")
    assert again.result.is_repeat and not fresh.result.is_repeat and twice.result.is_repeat
    assert back.result.balance("F07") == yuan("9")
    with books.batch():
        pass
    assert books.verify()


def test_a_moment_s_balance_by_both_clocks(books, clock):
    books.top_up("F07", "10", key="a")
    booked = clock.on(days=2)
    books.charge("F07", "3", key="b", at=JANUARY + timedelta(days=1))
    noon = JANUARY + timedelta(days=1, hours=1)
    assert books.balance("F07", at=noon) == yuan("7")
    assert books.balance("F07", recorded=noon) == yuan("10")
    assert books.balance("F07", recorded=booked) == yuan("7")
    assert books.balance("F07", at=JANUARY - timedelta(days=1)) == yuan("0")
    with pytest.raises(wattpurse.InvalidValue):
        books.balance("F07", at=noon, recorded=noon)
    with pytest.raises(wattpurse.NotFound):
        books.balance("F08", at=noon)
    with pytest.raises(KeyError):
        books.balance("F08")


def test_statements_by_page_and_by_period(books, clock):
    books.top_up("F07", "100", key="t")
    for hour in range(10):
        clock.on(hours=6)
        books.charge("F07", "1.5", key=f"c{hour}", subject="2026-01/energy", explain="5 kWh")
    page = books.statement("F07", limit=4)
    assert page.opening == yuan("0") and len(page) == 4 and not page.is_last and page.last == 4
    rows = list(page)
    while not page.is_last:
        page = books.statement("F07", after=page.last, limit=4)
        assert page.opening == rows[-1].balance
        rows += page
    assert [row.kind for row in rows] == ["top_up"] + ["charge"] * 10
    assert page.closing == books.balance("F07") == yuan("85")
    assert rows[1].lines[0].explain == "5 kWh" and rows[1].at.utcoffset() == timedelta(hours=8)
    month = books.statement("F07", start=JANUARY - timedelta(days=7),
                            until=JANUARY + timedelta(days=30), by="period")
    assert [row.amount for row in month] == [yuan("100"), yuan("-15")]
    assert (month.paid_in, month.paid_out) == (yuan("100"), yuan("-15"))
    assert month.rows[1].postings == 10 and "85.000000" in str(month)
    assert "F07" in month._repr_html_() and "charge" in month._repr_html_()
    by_day = books.statement("F07", start=JANUARY, until=clock.now, by="day", recorded=True)
    assert by_day.closing == yuan("85") and len(by_day) > 2
    for bad in ({"start": JANUARY}, {"limit": 0}, {"by": "year"}):
        with pytest.raises(wattpurse.InvalidValue):
            books.statement("F07", **bad)
    with pytest.raises(wattpurse.NotFound):
        books.statement("F08")
    with pytest.raises(wattpurse.InvalidValue):
        books.statement("F07", start=clock.now, until=JANUARY)


def test_open_items_make_up_a_clearing_account(books):
    books.post(Transfer("p1", "top_up", (("house:suspense", "10"), ("house:payments", "-10")),
                        explain="nobody known"))
    books.post(Transfer("p2", "top_up", (("house:suspense", "5"), ("house:payments", "-5"))))
    books.post(Transfer("found", "transfer", (("house:suspense", "-10"), ("F07", "10")),
                        link="p1"))
    (left,) = books.open_items("house:suspense")
    assert (left.key, left.amount, left.since) == ("p2", yuan("5"), JANUARY)


def test_energy_is_an_asset_beside_money(books):
    sold = Transfer("sale", "transfer", (
        ("F07", "-6"), ("house:revenue.energy", "6"),
        ("F07/kwh", Money("10", "KWH")), ("house:energy", Money("-10", "KWH"))))
    books.post(sold)
    assert books.balance("F07/kwh") == Money("10", "KWH") and books.verify()
    books.charge("F07/kwh", Money("2.5", "KWH"), key="used", house="house:energy")
    assert books.balance("F07/kwh") == Money("7.5", "KWH")


def test_an_altered_row_is_found(tmp_path, clock):
    path = tmp_path / "books.db"
    with Ledger(path, clock=clock) as books:
        for number in range(5):
            books.top_up("F07", "10", key=f"t{number}")
        seals = books.seals()
        books.save_seals(tmp_path / "seals.csv")
        assert len(seals) == 5 and seals[0].block == 1 and len(seals[0].sha256) == 64
        for kept in (None, seals, tmp_path / "seals.csv", (tmp_path / "seals.csv").read_text()):
            report = books.verify(kept)
            assert report and report.ok and report.postings == 10 and report.blocks == 5
        assert {"I1", "I2", "I3", "I4", "I7", "file", "index"} <= {
            each.name for each in report.invariants}
        wrong = [seals[0]._replace(sha256="0" * 64)]
        assert not books.verify(wrong)
        with pytest.raises(wattpurse.ValidationError):
            books.verify("block,sha256\n1,xyz\n")
    with sqlite3.connect(path) as file:
        file.execute("UPDATE postings SET amount = amount + 1 WHERE account_seq = 3")
    with Ledger(path, read_only=True) as books:
        report = books.verify(seals)
        assert not report and "BROKEN" in str(report)
        assert any(not each.holds and each.fault for each in report.invariants)


def test_backup_rebuild_and_reading_only(tmp_path, books, clock):
    books.top_up("F07", "10", key="t")
    books.reserve("F07", "1", key="r")
    books.backup(tmp_path / "copy.db")
    with pytest.raises(wattpurse.StoreError):
        books.backup(tmp_path / "copy.db")
    assert books.rebuild() == 0
    books.top_up("F07", "1", key="u")  # goes on with a term of its own
    with Ledger(tmp_path / "copy.db", read_only=True) as copy:
        assert copy.balance("F07") == yuan("9") and copy.verify()
        with pytest.raises(wattpurse.Refused) as caught:
            copy.top_up("F07", "1", key="v")
        assert caught.value.reason == "read_only"
        books.top_up("F07", "1", key="w")  # nobody was fenced
    with pytest.raises(wattpurse.StoreError):
        copy.balance("F07")
    with pytest.raises(OSError):
        Ledger(tmp_path / "none.db", read_only=True)
    with pytest.raises(wattpurse.StoreError):
        Ledger(tmp_path)
    (tmp_path / "text.db").write_text("this is no database" * 100)
    with pytest.raises(wattpurse.StoreError):
        Ledger(tmp_path / "text.db")
    with pytest.raises(wattpurse.CurrencyMismatch, match="CNY"):
        Ledger(tmp_path / "copy.db", currency="EUR")
    with Ledger(tmp_path / "euro.db", currency="EUR", clock=clock) as euro:
        euro.top_up("A", "1.5", key="t")
    with Ledger(tmp_path / "euro.db") as euro:
        assert euro.currency == "EUR" and euro.balance("A") == Money("1.5", "EUR")


def test_of_two_writers_the_later_one_goes_on(tmp_path, clock):
    with Ledger(tmp_path / "b.db", clock=clock) as one, Ledger(tmp_path / "b.db",
                                                               clock=clock) as two:
        one.top_up("F07", "1", key="a")
        two.top_up("F07", "2", key="b")
        with pytest.raises(wattpurse.Conflict) as caught:
            one.top_up("F07", "4", key="c")
        assert caught.value.code == "conflict" and one.find("c") == ()
        one.top_up("F07", "4", key="c")  # asked again, with a term of its own
        assert one.balance("F07") == two.balance("F07") == yuan("7")
        assert two.verify()


def test_threads_share_a_ledger(books):
    def pay(who):
        for number in range(20):
            books.top_up(f"F{who}", "1", key=f"{who}/{number}")
            books.balance(f"F{who}")

    threads = [threading.Thread(target=pay, args=(who,)) for who in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert books.balance("house:payments") == yuan("-80") and books.verify()


def test_export_as_columns(books, tmp_path):
    books.top_up("F07", "10", key="t", explain="充值")
    books.charge("F07", "0.000001", key="c", subject="2026-01/energy")
    rows = books.export()
    assert len(rows) == 4 and rows.names[:3] == ["block", "account", "number"]
    assert rows.column("amount")[0] == Decimal("10.000000") and repr(rows) == "<Postings: 4 rows>"
    mine = books.export("F07")
    assert [row["key"] for row in mine] == ["t", "c"] and mine[1]["subject"] == "2026-01/energy"
    assert mine.to_dict()["effective_at"][0] == JANUARY
    mine.to_csv(tmp_path / "f07.csv")
    text = (tmp_path / "f07.csv").read_text(encoding="utf-8-sig")
    assert "充值" in text and "-0.000001" in text
    out = io.StringIO()
    mine.to_csv(out)
    assert out.getvalue().count("\n") == 3
    with pytest.raises(KeyError):
        mine.column("none")


def test_columns_to_arrow_and_frames(books, pyarrow, pandas, polars):
    books.top_up("F07", "10.5", key="t")
    table = books.export("F07").to_arrow()
    assert table.column("amount").to_pylist() == [Decimal("10.500000")]
    assert pyarrow.types.is_decimal(table.schema.field("amount").type)
    frame = books.export().to_pandas()
    assert list(frame["amount"]) == [Decimal("10.5"), Decimal("-10.5")]
    assert books.export().to_polars()["amount"].to_list() == [Decimal("10.5"), Decimal("-10.5")]
    assert list(books.statement("F07").to_pandas()["balance"]) == [Decimal("10.5")]
    assert pandas is not None and polars is not None


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD"),
                          st.integers(0, 10**9)), max_size=20))
def test_balances_are_those_of_plain_sums(moves):
    wanted = {}
    with Ledger.in_memory(clock=Clock()) as books:
        for number, (payer, payee, steps) in enumerate(moves):
            if payer == payee:
                continue
            amount = Money.from_mantissa(steps)
            books.transfer(payer, payee, amount, key=str(number))
            wanted[payer] = wanted.get(payer, 0) - steps
            wanted[payee] = wanted.get(payee, 0) + steps
        assert {each.name: each.balance.mantissa for each in books.accounts()} == wanted
        assert books.verify()
        for name, steps in wanted.items():
            assert books.balance(name).mantissa == steps


def test_memory_has_no_file(tmp_path):
    with Ledger.in_memory(currency="EUR") as books:
        books.top_up("A", "1", key="t")
        assert books.currency == "EUR" and "memory" in repr(books)
        for work in (lambda: books.backup(tmp_path / "x"), books.rebuild):
            with pytest.raises(errors.StoreError):
                work()


def test_what_is_no_text_no_number_and_no_path_is_an_error_of_ours(books, tmp_path):
    half = "\ud800"  # half of a character
    for wrong in (lambda: books.top_up("F01", "1", key=half),
                  lambda: books.top_up(half, "1", key="k"),
                  lambda: books.top_up("F01", "1", key="k", explain=half),
                  lambda: books.verify([1, 2])):
        with pytest.raises(errors.WrongType):
            wrong()
    books.top_up("F01", "1", key="k")
    for after in (-1, -10**30):
        with pytest.raises(errors.InvalidValue, match="after"):
            books.statement("F01", after=after)
        with pytest.raises(errors.InvalidValue, match="after"):
            next(books.postings("F01", after=after))
    assert list(books.postings("F01", after=10**30)) == []
    assert books.statement("F01", limit=10**30).is_last
    for path in ("nonsense", tmp_path / "none"):
        with pytest.raises(errors.NotFound, match="seals"):
            books.verify(path)
    with pytest.raises(errors.StoreError, match="cannot open"):
        Ledger(str(tmp_path / "a\0b"))
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("a")) == []
