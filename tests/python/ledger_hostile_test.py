# SPDX-License-Identifier: Apache-2.0
"""What somebody who means ill, or is late, asks of a ledger, and what he is told."""

import threading
from datetime import timedelta

import pytest

from ledger_test import JANUARY, books, clock, yuan  # noqa: F401 (fixtures)
from wattpurse import Ledger, errors


def test_whoever_was_overtaken_answers_nothing_by_what_he_knew(tmp_path, clock):
    """Not that a limit holds already, nor that an account is closed, nor that money is missing."""
    path = tmp_path / "books.db"
    with Ledger(path, clock=clock) as one, Ledger(path, clock=clock) as two:
        one.top_up("F01", "10", key="t/1")
        one.top_up("F02", "10", key="t/2")
        one.set_limit("F01")
        two.set_limit("F01", "50")
        with pytest.raises(errors.Conflict):
            one.set_limit("F01")
        one.set_limit("F01")
        with pytest.raises(errors.Conflict):
            two.refund("F01", "20", key="r/1")  # two knows of 50
        with pytest.raises(errors.Refused):
            two.refund("F01", "20", key="r/1")
        with pytest.raises(errors.Conflict):
            one.top_up("F01", "30", key="t/3")
        one.top_up("F01", "30", key="t/3")
        with pytest.raises(errors.Conflict):
            two.refund("F01", "20", key="r/1")  # refused by what two knows
        two.refund("F01", "20", key="r/1")
        assert two.balance("F01") == yuan("20")
        two.close_account("F02", key="c/1")
        with pytest.raises(errors.Conflict):
            one.set_terms("F02", closed=False)
        one.set_terms("F02", closed=False)
        with pytest.raises(errors.Conflict):
            two.close_account("F02", key="c/2")  # two closed it
        two.close_account("F02", key="c/2")
        with pytest.raises(errors.Refused):
            two.reserve("F02", "1", key="v/1")
        assert two.verify()


def test_a_reservation_is_not_taken_back_but_ended(books):
    books.top_up("F01", "100", key="t")
    books.reserve("F01", "50", key="r")
    with pytest.raises(errors.Refused):
        books.reverse("r", key="x")
    books.settle("r", "20", key="s")
    for key in ("r", "s"):
        with pytest.raises(errors.Refused):
            books.reverse(key, key=f"{key}/x")
    assert books.balance("F01") == yuan("80") and books.balance("house:reserved") == yuan("0")


def test_nothing_is_taken_back_twice_by_turns(books):
    """A reversal of a reversal gives back once; to take that back takes from the first again."""
    books.top_up("F01", "10", key="o")
    books.reverse("o", key="r")
    books.reverse("r", key="rr")
    books.reverse("o", "4", key="r2")
    with pytest.raises(errors.Refused):
        books.reverse("rr", "7", key="rrr")  # of the first payment 6 are left
    books.reverse("rr", "6", key="rrr")
    assert books.balance("F01") == yuan("0")
    for link in ("o", "rr"):
        with pytest.raises(errors.Refused):
            books.reverse(link, key=f"{link}/again")
    books.reverse("rrr", key="rrrr")
    assert books.balance("F01") == yuan("6") and books.verify()


def test_books_that_are_written_meanwhile_verify(tmp_path):
    """An audit is one of the moment at which it begins."""
    path, over = tmp_path / "books.db", threading.Event()
    with Ledger(path) as writer, Ledger(path, read_only=True) as reader:
        writer.top_up("F01", "1", key="0")

        def write():
            number = 1
            while not over.is_set():
                writer.top_up("F01", "1", key=str(number))
                number += 1
        work = threading.Thread(target=write)
        work.start()
        reports = [reader.verify() for _ in range(20)]
        over.set()
        work.join()
        assert all(reports), str(next(each for each in reports if not each))
        with pytest.raises(errors.Refused):
            reader.rebuild()
        writer.top_up("F01", "1", key="last")  # its term was not ended


def test_a_refused_order_leaves_no_time_behind(books, clock):
    books.top_up("F01", "1", key="a")
    books.set_limit("F01")
    clock.now += timedelta(days=300_000)
    with pytest.raises(errors.Refused):
        books.refund("F01", "5", key="b")
    clock.now = JANUARY + timedelta(hours=1)
    posted = books.top_up("F01", "1", key="c").postings[0]
    assert posted.recorded_at == clock.now and posted.effective_at == clock.now
