# SPDX-License-Identifier: Apache-2.0
"""Prepaid electricity metering, exact from the bytes on the bus to the balance of the purse.

    Energy, Power, Price, Money, ExactCharge, Rounding    exact quantities; a float is refused
    Error and its children                                one tree of errors
    dlt645, modbus                                        the codecs, and lines to meters
    profiles, sim                                         kinds of meters, simulated ones
    Tariff; tariff                                        what electricity costs, and bills

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
    from . import dlt645, errors, modbus, profiles, rounding, sim, tariff
    from .tariff import Tariff

# What is imported when it is first asked for: {name: module}. A name that is its module's own
# last part is the module, any other one is taken out of it.
_LAZY: dict[str, str] = {
    "Bills": "wattpurse.bills",
    "bill": "wattpurse.bills",
    "dlt645": "wattpurse.dlt645",
    "modbus": "wattpurse.modbus",
    "profiles": "wattpurse.profiles",
    "sim": "wattpurse.sim",
    "Tariff": "wattpurse.tariff",
    "tariff": "wattpurse.tariff",
}

__all__ = [
    "Conflict", "CurrencyMismatch", "DivisionByZero", "Energy", "Error", "ExactCharge", "Fault",
    "FloatRefused", "FrameError", "Inexact", "InvalidValue", "LinkError", "Money", "NaiveTime",
    "NotFound", "Overflow", "Power", "Price", "QueueFull", "Refused", "Rounding", "StoreError",
    "Tariff", "Timeout", "TooManyPlaces", "ValidationError", "WrongType", "__version__", "dlt645",
    "errors", "modbus", "profiles", "rounding", "sim", "tariff",
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
