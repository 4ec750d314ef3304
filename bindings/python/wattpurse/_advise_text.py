# SPDX-License-Identifier: Apache-2.0
"""Sentences of advice, in English and Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ._core import Money
from ._html import number_text

__all__ = ["METHODS", "sentence"]

_TEXTS: dict[str, tuple[str, str]] = {
    "shift": (
        "Move {kwh_a_month} kWh a month from {from_hours} into {into_hours} ({from_band} to "
        "{into_band}): saves {per_month} a month, {per_year} a year.",
        "\u6bcf\u6708\u628a {kwh_a_month} \u5343\u74e6\u65f6\u4ece {from_hours} \u79fb\u5230 "
        "{into_hours}\uff08{from_band_zh}\u2192{into_band_zh}\uff09\uff0c"
        "\u6bcf\u6708\u8282\u7701 {per_month}\uff0c\u6bcf\u5e74 {per_year}\u3002"),
    "tariff": (
        "Change to the tariff {name}: saves {per_month} a month, {per_year} a year.",
        "\u6539\u7528\u7535\u4ef7\u201c{name}\u201d\uff1a\u6bcf\u6708\u8282\u7701 {per_month}"
        "\uff0c\u6bcf\u5e74 {per_year}\u3002"),
    "base_load": (
        "At night {watts} W are always on; {similar} similar homes have {watts_others} W. The "
        "difference costs {per_year} a year.",
        "\u591c\u95f4\u57fa\u7840\u8d1f\u8377 {watts} \u74e6\uff0c{similar} \u6237\u540c\u7c7b"
        "\u7528\u6237\u4e3a {watts_others} \u74e6\uff1b\u591a\u51fa\u90e8\u5206\u6bcf\u5e74"
        "\u82b1\u8d39 {per_year}\u3002"),
    "tier": (
        "The next step ({step}) begins about {usual} ({early} to {late}). Using {kwh_a_day} kWh a "
        "day less until {until} keeps below it and saves {saving} in all.",
        "\u4e0b\u4e00\u6863\uff08{step}\uff09\u9884\u8ba1 {usual} \u5f00\u59cb\uff08{early} "
        "\u81f3 {late}\uff09\u3002\u5230 {until} \u524d\u6bcf\u5929\u5c11\u7528 {kwh_a_day} "
        "\u5343\u74e6\u65f6\u5c31\u4e0d\u4f1a\u8fdb\u5165\uff0c\u5171\u8282\u7701 {saving}\u3002"),
    "tier_far": (
        "The next step ({step}) begins {early} at the earliest; as use goes, not before {until}.",
        "\u4e0b\u4e00\u6863\uff08{step}\uff09\u6700\u65e9 {early} \u5f00\u59cb\uff1b\u6309"
        "\u76ee\u524d\u7528\u91cf\uff0c{until} \u524d\u4e0d\u4f1a\u8fdb\u5165\u3002"),
    "purse": (
        "The {balance} in the purse last until about {usual}, {days} days ({early} to {late}).",
        "\u4f59\u989d {balance} \u9884\u8ba1\u53ef\u7528\u5230 {usual}\uff0c\u7ea6 {days} "
        "\u5929\uff08{early} \u81f3 {late}\uff09\u3002"),
    "purse_far": (
        "The {balance} in the purse last for more than a year.",
        "\u4f59\u989d {balance} \u53ef\u7528\u4e00\u5e74\u4ee5\u4e0a\u3002"),
}
_NEVER = ("not in sight", "\u672a\u89c1")

METHODS = {
    "shift": "Of what lies above the day's least interval, a share in the dearest band of the day "
             "is spread over the day's cheapest band; both cases are rated.",
    "tariff": "The same readings are rated by each tariff.",
    "base_load": "The least hour of each night (0 to 6), of 90 nights the median; similar are "
                 "those whose median day is between half and double. All intervals less the "
                 "difference are rated, and as they are.",
    "tier": "The last eight weeks, each repeated: the heaviest, the middle and the lightest tell "
            "the day. The middle one is rated as it is, and cut down in proportion so that the "
            "step is not reached.",
    "purse": "The last eight weeks, each repeated and rated day by day until the money is gone: "
             "the heaviest, the middle and the lightest.",
}


def _said(value: Any, lang: str) -> str:
    if value is None:
        return _NEVER[lang == "zh"]
    if isinstance(value, Money):
        text = number_text(value.round("half_even", places=2))
        return text.replace("CNY", "\u5143") if lang == "zh" else text
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def sentence(kind: str, figures: Mapping[str, Any], lang: str) -> str:
    """`figures` put into the sentence of a kind."""
    said = {name: _said(value, lang) for name, value in figures.items()}
    return _TEXTS[kind][lang == "zh"].format_map(said).replace(", 1 days (", ", 1 day (")
