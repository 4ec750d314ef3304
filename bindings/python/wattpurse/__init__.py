# SPDX-License-Identifier: Apache-2.0
"""Prepaid electricity metering, exact from the bytes on the bus to the balance of the purse.

    Energy, Power, Price, Money, ExactCharge, Rounding    exact quantities; a float is refused
    Error and its children                                one tree of errors
    dlt645, modbus                                        the codecs, and lines to meters
    profiles, sim                                         kinds of meters, simulated ones
    Tariff; tariff                                        what electricity costs, and bills
    bill, Bills; spark                                    bills of many accounts, on a cluster too
    demo, consumption, advise; plot                       data to try, energy advice, plots
    Ledger; ledger                                        the books, in SQLite or PostgreSQL
    credit                                                who is told, cut and reconnected

Times are aware datetimes; a naive one is refused.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._core import Energy, ExactCharge, Money, Power, Price, __version__
from .errors import (
    Conflict, CurrencyMismatch, DivisionByZero, Error, Fault, FloatRefused, FrameError, Inexact,
    InvalidValue, LinkError, NaiveTime, NotFound, Overflow, QueueFull, Refused, StoreError, Timeout,
    TooManyPlaces, ValidationError, WrongType,
)
from .rounding import Rounding

if TYPE_CHECKING:
    from . import (
        credit, dlt645, errors, ledger, modbus, plot, profiles, rounding, sim, spark, tariff,
    )
    from ._advise import advise
    from ._demo import demo
    from ._series import consumption
    from .bills import Bills, bill
    from .ledger import Ledger
    from .tariff import Tariff

# What is imported when it is first asked for: {name: module}. A name that is its module's own
# last part is the module, any other one is taken out of it.
_LAZY: dict[str, str] = {
    "Bills": "wattpurse.bills",
    "advise": "wattpurse._advise",
    "bill": "wattpurse.bills",
    "consumption": "wattpurse._series",
    "demo": "wattpurse._demo",
    "dlt645": "wattpurse.dlt645",
    "Ledger": "wattpurse.ledger",
    "ledger": "wattpurse.ledger",
    "modbus": "wattpurse.modbus",
    "plot": "wattpurse.plot",
    "spark": "wattpurse.spark",
    "profiles": "wattpurse.profiles",
    "sim": "wattpurse.sim",
    "Tariff": "wattpurse.tariff",
    "tariff": "wattpurse.tariff",
    "credit": "wattpurse.credit",
}

__all__ = [
    "Bills", "Conflict", "CurrencyMismatch", "DivisionByZero", "Energy", "Error", "ExactCharge",
    "Fault", "FloatRefused", "FrameError", "Inexact", "InvalidValue", "Ledger", "LinkError",
    "Money", "NaiveTime", "NotFound", "Overflow", "Power", "Price", "QueueFull", "Refused",
    "Rounding", "StoreError", "Tariff", "Timeout", "TooManyPlaces", "ValidationError",
    "WrongType", "__version__", "advise", "bill", "consumption", "credit", "demo", "dlt645",
    "errors", "ledger", "modbus", "plot", "profiles", "rounding", "sim", "spark", "tariff",
]


def __getattr__(name: str) -> Any:
    path = _LAZY.get(name)
    if path is None:
        raise AttributeError(f"module 'wattpurse' has no attribute '{name}'")
    module = importlib.import_module(path)
    found = module if path.rpartition(".")[2] == name else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
