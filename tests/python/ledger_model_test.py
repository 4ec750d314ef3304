# SPDX-License-Identifier: Apache-2.0
"""Two writers on one file, in no order, beside a dict of Decimals: every balance and refusal."""

import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from conftest import LONG
from wattpurse import Ledger, Money, errors

ACCOUNTS = ("F01", "F02", "F03", "F04")
OPERATIONS = 300
STEP = Decimal("0.000001")


class Model:
    """What the books should be: balances, limits, open reservations, what may be taken back."""

    def __init__(self, path, seed):
        self.draw = random.Random(seed)
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.writers = [Ledger(path, clock=lambda: self.now) for _ in range(2)]
        self.balance = dict.fromkeys(ACCOUNTS, Decimal(0))
        self.floor = {}
        self.reserved = {}
        self.left = {}  # of a transfer: the account, the sign, and how much

    def amount(self, most=50_000_000):
        return self.draw.randrange(most + 1) * STEP

    def has_room(self, account, amount):
        return account not in self.floor or self.balance[account] - amount >= self.floor[account]

    def ask(self, order):
        """Of either writer; who was overtaken is told so, once, and knows better then."""
        writer = self.draw.choice(self.writers)
        try:
            return order(writer)
        except errors.Conflict:
            return order(writer)

    def refused(self, order):
        with pytest.raises((errors.Refused, errors.InvalidValue)):
            self.ask(order)

    def move(self, account, signed, key):
        self.balance[account] += signed
        self.left[key] = (account, -1 if signed > 0 else 1, abs(signed))

    # ---- Operations; `key` is new ----------------------------------------------------------------

    def top_up(self, key, account, amount):
        self.ask(lambda writer: writer.top_up(account, amount, key=key))
        self.move(account, amount, key)

    def charge(self, key, account, amount):
        self.ask(lambda writer: writer.charge(account, amount, key=key))
        self.move(account, -amount, key)

    def refund(self, key, account, amount):
        if not self.has_room(account, amount):
            self.refused(lambda writer: writer.refund(account, amount, key=key))
            amount = max(self.balance[account] - self.floor[account], Decimal(0))
            key += "/at most"
            self.ask(lambda writer: writer.refund(account, "99", key=key, at_most=True))
        else:
            self.ask(lambda writer: writer.refund(account, amount, key=key))
        self.move(account, -amount, key)

    def transfer(self, key, account, amount):
        payee = self.draw.choice([each for each in ACCOUNTS if each != account])

        def order(writer):
            return writer.transfer(account, payee, amount, key=key)
        if not self.has_room(account, amount):
            return self.refused(order)
        self.ask(order)
        self.balance[account] -= amount
        self.balance[payee] += amount

    def reserve(self, key, account, amount):
        def order(writer):
            return writer.reserve(account, amount, key=key)
        if not self.has_room(account, amount):
            return self.refused(order)
        self.ask(order)
        self.balance[account] -= amount
        self.reserved[key] = (account, amount)

    def end_of_reservation(self, key, _, amount):
        if not self.reserved:
            return
        link = self.draw.choice(list(self.reserved))
        account, held = self.reserved[link]
        if self.draw.random() < 0.3:
            self.ask(lambda writer: writer.release(link, key=key))
            amount = Decimal(0)
        elif amount > held:
            return self.refused(lambda writer: writer.settle(link, amount, key=key))
        else:
            self.ask(lambda writer: writer.settle(link, amount, key=key))
        self.balance[account] += held - amount
        del self.reserved[link]
        self.refused(lambda writer: writer.release(link, key=f"{key}/again"))

    def reverse(self, key, _, amount):
        if not self.left:
            return
        link = self.draw.choice(list(self.left))
        account, sign, left = self.left[link]
        part = None if self.draw.random() < 0.3 else amount

        def order(writer):
            return writer.reverse(link, part, key=key)
        if left == 0 or amount > left and part is not None:
            return self.refused(order)
        took = left if part is None else part
        self.ask(order)
        self.balance[account] += sign * took
        self.left[link] = (account, sign, left - took)

    def limit(self, _, account, __):
        overdraft = self.draw.choice([Decimal(0), Decimal(10)])
        self.ask(lambda writer: writer.set_limit(account, overdraft))
        self.floor[account] = -overdraft

    def batch(self, key, account, amount):
        """All or nothing: its last order is refused wherever there is a limit."""
        def order(writer):
            with writer.batch() as all_of_it:
                all_of_it.top_up(account, amount, key=f"{key}/1")
                all_of_it.charge(account, amount, key=f"{key}/2")
                all_of_it.refund(account, "1000000", key=f"{key}/3")
        if account in self.floor:
            return self.refused(order)
        self.ask(order)
        self.balance[account] -= 1_000_000

    def again(self, *_):
        """A key that is there already posts nothing."""
        if self.left:
            link = self.draw.choice(list(self.left))
            rows = self.writers[0].find(link)
            if rows[0].kind == "top_up":
                done = self.ask(lambda writer: writer.top_up(
                    rows[0].account, rows[0].amount, key=link))
                assert done.is_repeat and done.postings == rows

    def step(self, number):
        self.now += timedelta(milliseconds=self.draw.choice([1, 1000, 3_600_000]))
        what = self.draw.choice([self.top_up, self.charge, self.refund, self.transfer,
                                 self.reserve, self.end_of_reservation, self.reverse, self.limit,
                                 self.batch, self.again])
        what(f"k{number}", self.draw.choice(ACCOUNTS), self.amount())


@pytest.mark.parametrize("seed", range(30 if LONG else 4))
def test_two_writers_in_turn_keep_the_books_that_a_model_keeps(tmp_path, seed):
    model = Model(tmp_path / "books.db", seed)
    for account in ACCOUNTS:
        model.top_up(f"begin/{account}", account, Decimal(20))
    for number in range(OPERATIONS):
        model.step(number)
        for account, balance in model.balance.items():
            assert model.writers[0].balance(account) == Money(balance, "CNY"), number
    assert model.writers[1].verify()
    for account, balance in model.balance.items():
        after, total, is_last = 0, Decimal(0), False
        while not is_last:
            page = model.writers[0].statement(account, after=after, limit=7)
            assert page.opening.to_decimal() == total
            total += sum((row.amount.to_decimal() for row in page.rows), Decimal(0))
            assert page.closing.to_decimal() == total
            after, is_last = page.last, page.is_last
        assert total == balance
