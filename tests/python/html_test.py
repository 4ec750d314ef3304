# SPDX-License-Identifier: Apache-2.0
"""What notebooks show."""

import datetime as dt
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest

import wattpurse
from wattpurse import Money
from wattpurse._html import box, number_text, statement_html, table

ZONE = dt.timezone(dt.timedelta(hours=8))


class Balanced(HTMLParser):
    """Counts what is open."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.texts = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def texts(html):
    found = Balanced(html)
    assert found.open == []
    return found.texts


@pytest.mark.parametrize("value, places, text", [
    ("1234567.5", 2, "1,234,567.50"), ("0", 2, "0.00"), ("-12.3456", 2, "-12.3456"),
    ("1E+3", 0, "1,000"), (Money("2.5"), 2, "2.50 CNY"), (Decimal("-0.001"), 0, "-0.001")])
def test_numbers(value, places, text):
    assert number_text(value, places) == text


def test_what_people_wrote_is_escaped():
    html = box("<b>x</b>", table(["a<"], [["<script>"]]), note="&")
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert texts(html) == ["<b>x</b>", "a<", "<script>", "&"]


def test_long_tables_are_cut_and_say_so():
    assert "and 5 more" in texts(table(["n"], [[each] for each in range(25)]))


def test_no_colours_so_that_dark_pages_can_be_read(bills):
    html = bills._repr_html_() + statement_html("s", Money(0), [], Money(0))
    assert not re.search(r"(?<!-)color:|background", html)


@pytest.fixture(scope="module")
def bills():
    accounts = ["<F01>"] * 3 + ["F02"]
    start = dt.datetime(2026, 1, 31, 22, tzinfo=ZONE)
    times = [start + dt.timedelta(hours=each) for each in (0, 1, 2, 0)]
    readings = {"account": accounts, "time": times, "kwh": [Decimal("10.5")] * 4}
    return wattpurse.bill(readings, wattpurse.tariff.flat("1.00"), progress=False)


def test_bills(bills):
    html = bills._repr_html_()
    found = texts(html)
    assert found[0] == "3 bills of 2 accounts"
    assert "<F01>" in found and "21.00" in found  # of the two hours in January
    assert found.count("42.00") == 2  # kWh and money
    assert len(html) < 6000


def test_a_statement():
    when = dt.datetime(2026, 1, 5, 8, tzinfo=ZONE)
    html = statement_html("F01, January", Money(100), [(when, "energy <T2>", -Money("2.5"),
                                                        Money("97.5"))], Money("97.5"))
    assert texts(html) == ["F01, January", "time", "amount", "balance", "opening balance",
                           "100.00 CNY", "2026-01-05 08:00", "energy <T2>", "-2.50 CNY",
                           "97.50 CNY", "closing balance", "97.50 CNY"]
