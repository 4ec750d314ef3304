# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a ledger, singly or within a batch."""

from __future__ import annotations

import datetime as dt
from typing import Any, Generic, TypeVar

from ._core import Money
from ._ledger_types import Amount, Transfer
from .errors import InvalidValue, WrongType

T = TypeVar("T")

PAYMENTS = "house:payments"
ENERGY = "house:revenue.energy"
OPENINGS = "house:openings"
RESERVED = "house:reserved"
DEBTS = "house:debts"


class Orders(Generic[T]):
    """Movements by name. Each needs a key; each is made once, however often it is asked for."""

    def _do(self, step: dict[str, Any]) -> T:
        raise NotImplementedError

    def _money(self, amount: Amount, place: str = "amount") -> Money:
        raise NotImplementedError

    def post(self, transfer: Transfer) -> T:
        """Any transfer, with legs of its own."""
        if not isinstance(transfer, Transfer):
            raise WrongType(place="transfer", value=repr(transfer)[:80], expected="a Transfer",
                            code="type")
        return self._do({
            "do": "post", "key": transfer.key, "kind": transfer.kind, "legs": transfer.legs,
            "subject": transfer.subject, "at": transfer.at, "explain": transfer.explain,
            "link": transfer.link, "expires_at": transfer.expires_at, "at_most": transfer.at_most})

    def _paid(self, amount: Amount, place: str = "amount") -> Money:
        """Not below zero: who pays is said by the movement, not by a sign."""
        money = self._money(amount, place)
        if money.mantissa < 0:
            raise InvalidValue(place=place, value=str(money), expected="zero or above",
                               code="out_of_range")
        return money

    def _pair(self, kind: str, payer: str, payee: str, amount: Amount, key: str,
              **more: Any) -> T:
        money = self._paid(amount)
        return self._do({"do": "post", "key": key, "kind": kind,
                         "legs": ((payer, -money), (payee, money)), **more})

    def open_account(self, account: str, *, key: str, balance: Amount,
                     at: dt.datetime | None = None, house: str = OPENINGS,
                     explain: str = "") -> T:
        """A balance is brought in: an account begins with its first posting, this or another.

        `balance` may be below zero: a debt.
        """
        money = self._money(balance, "balance")
        return self._do({"do": "post", "key": key, "kind": "opening",
                         "legs": ((account, money), (house, -money)), "at": at,
                         "explain": explain})

    def top_up(self, account: str, amount: Amount, *, key: str, at: dt.datetime | None = None,
               house: str = PAYMENTS, explain: str = "") -> T:
        """Money has been paid in. Raises InvalidValue below zero, as all that follow."""
        money = self._paid(amount)
        return self._do({"do": "post", "key": key, "kind": "top_up",
                         "legs": ((account, money), (house, -money)), "at": at,
                         "explain": explain})

    def charge(self, account: str, amount: Amount, *, key: str, subject: str = "",
               at: dt.datetime | None = None, house: str = ENERGY, explain: str = "") -> T:
        """Energy was used. It posts whatever the balance; `amount` is what is taken."""
        return self._pair("charge", account, house, amount, key, subject=subject, at=at,
                          explain=explain)

    def adjust(self, account: str, amount: Amount, *, key: str, subject: str = "",
               at: dt.datetime | None = None, house: str = ENERGY, explain: str = "") -> T:
        """A charge is corrected: `amount` above zero gives back, below zero takes more."""
        money = self._money(amount)
        return self._do({"do": "post", "key": key, "kind": "adjustment",
                         "legs": ((account, money), (house, -money)), "subject": subject,
                         "at": at, "explain": explain})

    def refund(self, account: str, amount: Amount, *, key: str, at: dt.datetime | None = None,
               house: str = PAYMENTS, at_most: bool = False, explain: str = "") -> T:
        """Money is paid out, as far as the limit leaves it (`set_limit`; none unless set).

        Otherwise raises Refused ("limit_exceeded"), or pays less with `at_most`.
        """
        return self._pair("refund", account, house, amount, key, at=at, at_most=at_most,
                          explain=explain)

    def transfer(self, payer: str, payee: str, amount: Amount, *, key: str,
                 at: dt.datetime | None = None, at_most: bool = False, explain: str = "") -> T:
        """From one customer to another; refused as a refund is."""
        return self._pair("transfer", payer, payee, amount, key, at=at, at_most=at_most,
                          explain=explain)

    def reserve(self, account: str, amount: Amount, *, key: str, at: dt.datetime | None = None,
                expires_at: dt.datetime | None = None, holder: str = RESERVED,
                explain: str = "") -> T:
        """Sets money aside for something whose price is not known yet; refused as a refund is."""
        return self._pair("reserve", account, holder, amount, key, at=at, expires_at=expires_at,
                          explain=explain)

    def settle(self, reservation: str, price: Amount, *, key: str, house: str = ENERGY,
               at: dt.datetime | None = None, subject: str = "", explain: str = "") -> T:
        """Pays `price` out of what the transfer of that key reserved, and gives back the rest.

        Raises Refused ("not_reserved") where it has ended, NotFound where there was none,
        InvalidValue for more than was reserved.
        """
        return self._do({"do": "settle", "link": reservation, "key": key, "to": house,
                         "part": self._paid(price, "price"), "at": at, "subject": subject,
                         "explain": explain})

    def release(self, reservation: str, *, key: str, at: dt.datetime | None = None,
                explain: str = "") -> T:
        """Gives back all that the transfer of that key reserved."""
        return self._do({"do": "release", "link": reservation, "key": key, "at": at,
                         "explain": explain})

    def reverse(self, transfer: str, amount: Amount | None = None, *, key: str,
                at: dt.datetime | None = None, explain: str = "") -> T:
        """Takes back the transfer of that key, or what is left of it; or a part, of two legs.

        Raises Refused ("exceeds_original") where less is left, NotFound.
        """
        part = None if amount is None else self._paid(amount)
        return self._do({"do": "reverse", "link": transfer, "key": key, "part": part, "at": at,
                         "explain": explain})

    def set_limit(self, account: str, overdraft: Amount = 0) -> T:
        """How far below zero refunds, transfers and reservations may take the account.

        Outlasts a restart. Charges post whatever it is. Raises InvalidValue below zero.
        """
        low = -self._paid(overdraft, "overdraft")
        return self._do({"do": "terms", "account": account, "floor": low})

    def set_terms(self, account: str, *, floor: Amount | None = None, closed: bool = False) -> T:
        """The lowest balance (None: no limit), and whether the account is closed, from now on."""
        low = None if floor is None else self._money(floor, "floor")
        return self._do({"do": "terms", "account": account, "floor": low, "closed": closed})

    def close_account(self, account: str, *, key: str, at: dt.datetime | None = None,
                      payments: str = PAYMENTS, debts: str = DEBTS, explain: str = "") -> T:
        """Empties the account, to `payments` or, what it owes, to `debts`, and closes it.

        Late charges still post; closing again, with another key, settles them.
        """
        return self._do({"do": "close", "account": account, "key": key, "at": at, "to": payments,
                         "debt": debts, "explain": explain})
