# SPDX-License-Identifier: Apache-2.0
"""One tree of errors, each also a builtin."""

import copy
import pickle

import pytest

import wattpurse
from wattpurse import errors

BUILTINS = {
    "Conflict": Exception, "CurrencyMismatch": ValueError, "DivisionByZero": ZeroDivisionError,
    "FloatRefused": TypeError, "FrameError": ValueError, "Inexact": ArithmeticError,
    "InvalidValue": ValueError, "LinkError": ConnectionError, "NaiveTime": ValueError,
    "NotFound": KeyError, "Overflow": OverflowError, "QueueFull": Exception,
    "Refused": Exception, "StoreError": OSError,
    "Timeout": TimeoutError, "TooManyPlaces": ValueError, "ValidationError": ValueError,
    "WrongType": TypeError, "Error": Exception,
}


def test_the_table_is_whole():
    assert sorted([*BUILTINS, "Fault"]) == errors.__all__


@pytest.mark.parametrize("name", BUILTINS)
def test_each_is_an_error_and_the_builtin(name):
    kind = getattr(wattpurse, name)
    assert issubclass(kind, wattpurse.Error) and issubclass(kind, BUILTINS[name])
    made = kind(place="/a", value="7", expected="8", code="odd", extra=3)
    if name != "ValidationError":
        assert str(made) == "/a: 7 (expected 8)"
    assert (made.place, made.value, made.expected, made.advice, made.code, made.extra) == (
        "/a", "7", "8", "8", "odd", 3)
    for same in (pickle.loads(pickle.dumps(made)), copy.copy(made)):
        assert type(same) is kind and str(same) == str(made)
        assert same.__dict__ == made.__dict__
    assert str(kind("in words")) == "in words"
    with pytest.raises(BUILTINS[name]):
        raise made


def test_validation_has_all_faults():
    made = wattpurse.ValidationError(faults=[("/bands/0", '"T9"', "T1"), ("", "1", "2")])
    assert made.faults == (wattpurse.Fault("/bands/0", '"T9"', "T1"),
                           wattpurse.Fault("", "1", "2"))
    assert str(made) == '2 faults\n  /bands/0: "T9" (expected T1)\n  /: 1 (expected 2)'
    assert made.place == "/bands/0" and pickle.loads(pickle.dumps(made)).faults == made.faults
