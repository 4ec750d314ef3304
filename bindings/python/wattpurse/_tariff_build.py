# SPDX-License-Identifier: Apache-2.0
"""The common cases of a tariff, put together in Python: a dict of the format of its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ._core import Energy, Money, Power, Price
from .errors import FloatRefused, InvalidValue, WrongType

if TYPE_CHECKING:
    from typing import Union
    _Number = Union[Decimal, int, str, Energy, Power, Price]
    _Prices = Union[_Number, Mapping[str, _Number]]
    _Windows = Mapping[str, Any]

__all__ = ["plain", "tariff_dict"]

# Members of a tariff file that are numbers in JSON; prices, quantities and shares are strings.
_WHOLE = frozenset({"back_months", "bank", "keep_months", "months", "settlement", "top", "window"})


def _text_of(number: Decimal, path: str) -> str:
    if not number.is_finite():
        raise InvalidValue(place=path, value=repr(number), expected="a finite number",
                           code="not_finite")
    return format(number, "f")


def plain(value: Any, path: str = "", *, whole: bool = False) -> Any:
    """What json.dumps takes: numbers as texts, but for the members that are whole numbers.

    Raises FloatRefused with the JSON pointer of a float, WrongType for what no file can hold.
    """
    if value is None or isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else value  # a str subclass too
    if isinstance(value, Mapping):
        return {str(key): plain(each, f"{path}/{key}", whole=str(key) in _WHOLE)
                for key, each in value.items()}
    if isinstance(value, Decimal):
        return _text_of(value, path)
    if isinstance(value, (Energy, Money, Power, Price)):
        return value.text
    if isinstance(value, Integral):
        return int(value) if whole else str(int(value))
    if isinstance(value, (float, Real)) and not hasattr(value, "numerator"):
        advice = f"Decimal('{value}') or '{value}'"
        found = f"{type(value).__name__} {value}"
        raise FloatRefused(f"{path or '/'}: got {found} - use {advice}", place=path, value=found,
                           expected=advice, code="float")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [plain(each, f"{path}/{number}", whole=whole)
                for number, each in enumerate(value)]
    raise WrongType(place=path, value=f"{type(value).__name__} {value!r}"[:80],
                    expected="a dict, list, str, int, Decimal, bool or None", code="type")


def _minutes(text: Any, place: str) -> int:
    if isinstance(text, time):
        return text.hour * 60 + text.minute
    hour, colon, minute = str(text).strip().partition(":")
    if colon and hour.isdigit() and minute.isdigit() and len(minute) == 2:
        total = int(hour) * 60 + int(minute)
        if int(minute) < 60 and total <= 1440:
            return total
    raise InvalidValue(place=place, value=repr(text), expected="a time as '08:30'", code="syntax")


def _ranges(given: Any, place: str) -> list[tuple[int, int]]:
    """Minutes of "08:00-22:00", (time, time), or several of these."""
    if isinstance(given, str):
        given = [each for each in given.split(",") if each.strip()]
    elif isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], tuple) \
            and "-" not in str(given[0]):
        given = [given]
    out = []
    for each in given:
        pair = each.split("-") if isinstance(each, str) else tuple(each)
        if len(pair) != 2:
            raise InvalidValue(place=place, value=repr(each), expected="a window as '08:00-22:00'",
                               code="syntax")
        out.append((_minutes(pair[0], place), _minutes(pair[1], place) % 1440 or 1440))
    return out


def _rest(taken: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the day is left, as windows; the one over midnight is one."""
    used = [False] * 1440
    for start, until in taken:
        for minute in range(start, until if start < until else until + 1440):
            used[minute % 1440] = True
    out: list[tuple[int, int]] = []
    since: int | None = None
    for minute in range(1441):
        free = minute < 1440 and not used[minute]
        if free and since is None:
            since = minute
        elif not free and since is not None:
            out.append((since, minute))
            since = None
    if len(out) > 1 and out[0][0] == 0 and out[-1][1] == 1440:
        out[-1] = (out[-1][0], out.pop(0)[1])
    return out


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _plan(name: str, windows: _Windows) -> dict[str, Any]:
    """A plan of the day; a band whose windows are "rest" has all that the others leave."""
    ranges = {band: None if given == "rest" else _ranges(given, f"windows[{band!r}]")
              for band, given in windows.items()}
    open_bands = [band for band, given in ranges.items() if given is None]
    if len(open_bands) > 1:
        raise InvalidValue(place="windows", value=", ".join(open_bands),
                           expected="one band at most that has the rest", code="syntax")
    taken = [each for given in ranges.values() if given for each in given]
    for band in open_bands:
        ranges[band] = _rest(taken)
    return {"name": name,
            "windows": [{"from": _clock(start), "until": _clock(until), "band": band}
                        for band, given in ranges.items() for start, until in given or []]}


def _calendar(windows: _Windows, weekends: _Windows | None,
              holidays: Sequence[Any]) -> dict[str, Any]:
    plans = [_plan("day", windows)]
    rules: list[dict[str, Any]] = [{"plan": "day"}]
    days: list[dict[str, Any]] = []
    if holidays:
        days.append({"name": "holiday",
                     "dates": [each for each in holidays if not _is_yearly(each)],
                     "every": [each for each in holidays if _is_yearly(each)]})
    if weekends is not None:
        days.append({"name": "weekend", "weekdays": ["sat", "sun"]})
        plans.append(_plan("weekend", weekends))
        rules.insert(0, {"days": [each["name"] for each in days], "plan": "weekend"})
    elif holidays:
        raise InvalidValue(place="holidays", value=repr(holidays)[:80],
                           expected="windows for weekends, which hold on holidays too",
                           code="missing")
    out: dict[str, Any] = {"plans": plans, "rules": rules}
    if days:
        out["days"] = [{key: each for key, each in day.items() if each} for day in days]
    return out


def _is_yearly(day: Any) -> bool:
    return isinstance(day, str) and len(day) == 5  # "01-01"


def _priced(prices: _Prices) -> dict[str, Any]:
    return {"prices": dict(prices)} if isinstance(prices, Mapping) else {"price": prices}


def _rate(tiers: Sequence[tuple[Any, Any]], split: str | None) -> dict[str, Any]:
    if len(tiers) == 1 and tiers[0][0] is None:
        return {"mode": "flat", **_priced(tiers[0][1])}
    steps = [{**({} if bound is None else {"up_to": bound}), **_priced(prices)}
             for bound, prices in tiers]
    out: dict[str, Any] = {"mode": "graduated", "tiers": steps}
    if split is not None:
        out["split"] = split
    return out


def tariff_dict(*, name: str, tiers: Sequence[tuple[Any, Any]], currency: str, zone: str,
                source: str, scope: str, anchor: str | None, windows: _Windows | None,
                weekends: _Windows | None, holidays: Sequence[Any], split: str | None,
                registers: Mapping[str, str], titles: Mapping[str, Any], monthly_fee: Any,
                daily_fee: Any, tax: Any, line_step: Any, bill_step: Any,
                rounding: Any) -> dict[str, Any]:
    """The dict of a tariff file; what is wrong in it is told by whoever reads it."""
    energy: dict[str, Any] = {"name": "energy", "of": "import", "scope": scope}
    if anchor is not None:
        energy["anchor"] = anchor
    version: dict[str, Any] = {
        "name": "1", "determinants": [energy],
        "charges": [{"line": "energy", "on": "energy", "rate": _rate(tiers, split),
                     "tags": ["energy"]}],
        "rounding": {"line": {"increment": line_step, "mode": rounding},
                     "tax": {"increment": line_step, "mode": rounding},
                     "bill": {"increment": bill_step, "mode": rounding}}}
    for line, what, unit, fee in (("monthly_fee", "months", "month", monthly_fee),
                                  ("daily_fee", "days", "day", daily_fee)):
        if fee is not None:
            version["determinants"].append({"name": what, "of": what, "unit": unit})
            version["charges"].append({"line": line, "on": what, "tags": ["fee"],
                                       "rate": {"mode": "flat", "price": fee}})
    if tax is not None:
        version["adjustments"] = [{"line": "tax", "kind": "percent", "over": ["*"],
                                   "rate": {"mode": "flat", "price": tax}}]
    out: dict[str, Any] = {"format": "wattpurse-tariff/2", "name": name, "currency": currency,
                           "zone": zone}
    if source:
        out["source"] = source
    bands = list(dict.fromkeys([*(windows or {}), *(weekends or {}), *registers]))
    if bands:
        out["bands"] = [{"name": band, **({"title": titles[band]} if band in titles else {}),
                         **({"register": registers[band]} if band in registers else {})}
                        for band in bands]
    if windows is not None:
        version["calendar"] = _calendar(windows, weekends, holidays)
    return {**out, "versions": [version]}
