# SPDX-License-Identifier: Apache-2.0
"""The errors of wattpurse: one tree, each also the builtin that a Python person expects.

Every error tells where (`place`: a parameter, a JSON pointer, a file and line), what stands there
(`value`, as written) and what should (`expected`, also as `advice`); `code` is the stable name the
C++ library gives the cause ("too_many_places"). The texts are those of the C++ library.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "Conflict", "CurrencyMismatch", "DivisionByZero", "Error", "Fault", "FloatRefused",
    "FrameError", "Inexact", "InvalidValue", "LinkError", "NaiveTime", "NotFound", "Overflow",
    "QueueFull", "Refused", "StoreError", "Timeout", "TooManyPlaces", "ValidationError",
    "WrongType",
]


class Fault(NamedTuple):
    """One thing that is wrong with something a person has written: a tariff, a row of a table."""

    path: str
    """Where: a JSON pointer ("/charges/0/rate/price"), or file, row and column."""
    value: str
    """What stands there, as written and cut short where it is long."""
    expected: str
    """What should stand there."""

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.value} (expected {self.expected})"


class Error(Exception):
    """The root: `except wattpurse.Error` catches all that wattpurse itself raises."""

    def __init__(self, message: str = "", *, place: str = "", value: str = "",
                 expected: str = "", code: str = "", **more: Any) -> None:
        self.message = message or describe(place, value, expected, code)
        super().__init__(self.message)
        self.place = place
        self.value = value
        self.expected = expected
        self.code = code
        self.__dict__.update(more)

    @property
    def advice(self) -> str:
        """What to write instead: the same as `expected`."""
        return self.expected

    def __str__(self) -> str:  # KeyError and OSError would print something else
        return self.message

    def __reduce__(self) -> Any:  # keyword arguments are lost by Exception's own
        return _rebuilt, (type(self), self.message, dict(self.__dict__))


class InvalidValue(Error, ValueError):
    """A value that cannot be taken: not of the form, or outside what the field holds."""


class TooManyPlaces(InvalidValue):
    """More decimal places than the quantity has, and no rounding was named."""


class CurrencyMismatch(InvalidValue):
    """Two amounts of different currencies were mixed."""


class NaiveTime(InvalidValue):
    """A datetime without a time zone: which moment it means is anybody's guess."""


class ValidationError(InvalidValue):
    """Something that a person has written is wrong; `faults` has all that is wrong."""

    faults: tuple[Fault, ...]

    def __init__(self, message: str = "", *, faults: Any = (), **more: Any) -> None:
        listed = tuple(Fault(*fault) for fault in faults)
        first = listed[0] if listed else Fault("", "", "")
        title = message or f"{len(listed)} fault{'' if len(listed) == 1 else 's'}"
        text = "\n".join([title, *(f"  {fault}" for fault in listed)])
        super().__init__(text, **{"place": first.path, "value": first.value,
                                  "expected": first.expected, "code": "validation", **more})
        self.faults = listed


class FrameError(Error, ValueError):
    """Bytes that are not a frame, or a frame that does not say what it should."""


class WrongType(Error, TypeError):
    """A value of a type that is not taken here."""


class FloatRefused(WrongType):
    """A binary fraction where an exact number is needed: 0.1 as a float is not 0.1."""


class Overflow(Error, OverflowError):
    """The exact result lies outside the range of the quantity."""


class Inexact(Error, ArithmeticError):
    """Digits would be lost and `Rounding.EXACT` was asked for."""


class DivisionByZero(Error, ZeroDivisionError):
    """The divisor is zero."""


class NotFound(Error, KeyError):
    """No such thing: an item of the catalogue, an account."""


class Conflict(Error):
    """The same key with other content, or somebody else has written in between."""


class QueueFull(Error):
    """A bounded queue has no room for one more; nothing was taken."""


class Refused(Error):
    """The other side understood and said no; `reason` is what it said, typed by its protocol."""

    reason: Any = None


class Timeout(Error, TimeoutError):
    """No answer in the time allowed, after all attempts."""


class LinkError(Error, ConnectionError):
    """The line or the connection failed."""


class StoreError(Error, OSError):
    """The store could not read or write; nothing was half done."""


def describe(place: str, value: str, expected: str, code: str = "") -> str:
    """`place: value (expected ...)`, the form of every message."""
    text = value or code or "error"
    if place:
        text = f"{place}: {text}"
    return f"{text} (expected {expected})" if expected else text


def _rebuilt(kind: type[Error], message: str, state: dict[str, Any]) -> Error:
    made = kind.__new__(kind, message)
    Exception.__init__(made, message)
    made.__dict__.update(state)
    return made
