# SPDX-License-Identifier: Apache-2.0
"""What the plots share: figures, fonts, words, colours, axes of time."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from . import errors
from ._html import number_text

Say = Callable[[str], str]

INK = "#1f4e79"
WARN = "#c0392b"
AMBER = "#d98e04"
LINES = ("#4c78a8", "#f2b134", "#59a14f", "#e07b54", "#9d7bb0", "#76b7b2", "#b07aa1", "#8c6d4f",
         "#d37295", "#a0a0a0")
GRID = "#d9d9d9"

_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
          "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "SimHei",
          "Hiragino Sans GB", "Heiti SC", "Noto Sans CJK JP", "Droid Sans Fallback")

_ZH = {
    "Load of {account}, {used} kWh in {days} days":
        "{account} \u8d1f\u8377\u66f2\u7ebf\uff1a{days} \u5929 {used} \u5343\u74e6\u65f6",
    "Bands of {name}": "{name}\uff1a\u65f6\u6bb5",
    "Bills of {who}, {total} {unit} in all": "{who} \u8d26\u5355\uff0c\u5171 {total} {unit}",
    "{count} accounts": "{count} \u6237",
    "others": "\u5176\u4ed6",
    "hour": "\u65f6",
    "hours of the day": "\u4e00\u5929\u4e2d\u7684\u65f6\u523b",
    "Purse of {account}": "{account} \u4f59\u989d",
    "so far": "\u5df2\u7528",
    "as in the middle week": "\u6309\u4e2d\u95f4\u4e00\u5468",
    "lightest to heaviest week": "\u6700\u5c11\u4e00\u5468\u81f3\u6700\u591a\u4e00\u5468",
    "warning at {amount}": "\u9884\u8b66 {amount}",
    "empty {day} ({early} to {late})": "\u7528\u5b8c {day}\uff08{early} \u81f3 {late}\uff09",
    "now": "\u73b0\u5728",
    "balance, {unit}": "\u4f59\u989d\uff0c{unit}",
    "Tariffs side by side": "\u7535\u4ef7\u6bd4\u8f83",
    "the cheapest": "\u6700\u4fbf\u5b9c",
    "step {name} from {bound} {unit}": "\u7b2c {name} \u6863\u81ea {bound} {unit}",
    "first step, to {bound} {unit}": "\u7b2c\u4e00\u6863\uff0c\u81f3 {bound} {unit}",
    "next step: {left} {unit} to go": "\u8ddd\u4e0b\u4e00\u6863 {left} {unit}",
    "Ladder of {name}": "{name}\uff1a\u9636\u68af",
    "the last step": "\u6700\u9ad8\u6863",
    "counted, {unit}": "\u7d2f\u8ba1\uff0c{unit}",
    "no times": "\u65e0\u65f6\u6bb5",
    "{unit} a kWh": "{unit}/\u5343\u74e6\u65f6",
}


def _matplotlib(part: str) -> Any:
    try:
        return importlib.import_module("matplotlib." + part)
    except ImportError as missing:
        raise ImportError("plots need matplotlib: pip install matplotlib") from missing


def chinese_font() -> str | None:
    """A font that has Chinese, or None."""
    known = {font.name for font in _matplotlib("font_manager").fontManager.ttflist}
    return next((name for name in _FONTS if name in known), None)


def _is_chinese(lang: str | None) -> bool:
    if lang not in (None, "en", "zh"):
        raise errors.InvalidValue(place="lang", value=repr(lang), expected="'en', 'zh' or None")
    if lang is None:
        here = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG")
                     if os.environ.get(name)), "")
        return here.startswith("zh")
    return lang == "zh"


@contextlib.contextmanager
def drawing(ax: Any, lang: str | None, size: tuple[float, float]) -> Iterator[tuple[Any, Say]]:
    """The Axes, and what says a text in its language; no setting is left behind."""
    is_chinese = _is_chinese(lang)
    pyplot, text = _matplotlib("pyplot"), _matplotlib("text")
    font = chinese_font() if is_chinese else None
    axes = ax
    if axes is None:
        _, axes = pyplot.subplots(figsize=size, layout="constrained")
    language = Language(font is not None)
    axes.set_axisbelow(True)
    axes.grid(True, axis="y", color=GRID, linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    yield axes, language
    if font is not None:
        for each in axes.figure.findobj(text.Text):
            each.set_fontfamily([font, "DejaVu Sans"])


class Language:
    """Says a text in Chinese, or as it stands."""

    def __init__(self, is_chinese: bool) -> None:
        self.lang = "zh" if is_chinese else "en"

    def __call__(self, text: str) -> str:
        return _ZH.get(text, text) if self.lang == "zh" else text


def lang_of(say: Say) -> str:
    return getattr(say, "lang", "en")


def number(value: Decimal, places: int) -> str:
    """With commas and so many places; for titles, so rounded."""
    return number_text(round(value, places), 0) if places == 0 else f"{round(value, places):,f}"


def short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[:most - 3].rstrip(" ,") + "..."


def midnight(day: Any, zone: dt.tzinfo) -> dt.datetime:
    """The begin of a day; an aware datetime as it is. Raises NaiveTime."""
    if isinstance(day, dt.datetime):
        if day.tzinfo is None:
            raise errors.NaiveTime(place="since", value=repr(day), expected="an aware datetime")
        return day.astimezone(zone)
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    return dt.datetime.combine(day, dt.time(), zone)


def zone_of_readings(readings: Any) -> dt.tzinfo:
    """That of the first datetime where it can be seen, else UTC."""
    try:
        first = readings["time"][0]
        return first.tzinfo or dt.timezone.utc
    except (KeyError, TypeError, IndexError, AttributeError):
        return dt.timezone.utc


def days_below(axes: Any, zone: dt.tzinfo, begin: dt.datetime, until: dt.datetime,
               say: Say) -> None:
    """A tick at each midnight, or at fewer; the name of the weekday where there is room."""
    dates = _matplotlib("dates")
    days = max(1, (until - begin).days)
    every = -(-days // 10)
    axes.xaxis.set_major_locator(dates.DayLocator(interval=every, tz=zone) if days > 1
                                 else dates.HourLocator(interval=3, tz=zone))
    names = "\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u65e5" if lang_of(say) == "zh" else ""

    def written(value: float, _: Any) -> str:
        at = dates.num2date(value, zone)
        if days == 1:
            return f"{at:%H:%M}"
        if every > 1:
            return f"{at:%m-%d}"
        weekday = "\u5468" + names[at.weekday()] if names else f"{at:%a}"
        return f"{weekday}\n{at:%m-%d}"

    axes.xaxis.set_major_formatter(_matplotlib("ticker").FuncFormatter(written))


def stacked(axes: Any, periods: Sequence[str], sums: Mapping[str, Mapping[str, Decimal]],
            totals: Mapping[str, Decimal]) -> None:
    """Bars of lines one on the other in their order on the bill, credits below, totals above."""
    rules = [line.partition(".")[0] for line in sums]  # in the order of the bill
    order = sorted(sums, key=lambda line: (rules.index(line.partition(".")[0]), line))
    large = sorted(order, key=lambda line: -abs(sum(sums[line].values(), Decimal(0))))
    kept = set(large if len(large) <= len(LINES) else large[:len(LINES) - 1])
    named = [line for line in order if line in kept]
    rest = [line for line in order if line not in kept]
    above = dict.fromkeys(periods, Decimal(0))
    below = dict.fromkeys(periods, Decimal(0))
    for line, colour in zip([*named, *(["others"] if rest else [])], LINES):
        parts = {period: sum((sums[each][period] for each in rest), Decimal(0)) if line not in sums
                 else sums[line][period] for period in periods}
        bottoms = [above[each] if parts[each] >= 0 else below[each] for each in periods]
        axes.bar(range(len(periods)), [float(parts[each]) for each in periods],
                 bottom=[float(each) for each in bottoms], width=0.68, color=colour, label=line)
        for each in periods:
            side = above if parts[each] >= 0 else below
            side[each] += parts[each]
    few = len(periods) <= 14
    for number_of, period in enumerate(periods):
        if few:
            axes.annotate(number(totals[period], 2 if totals[period] < 1000 else 0),
                          (number_of, float(above[period])), xytext=(0, 3), ha="center",
                          textcoords="offset points", fontsize=8)
    step = -(-len(periods) // 14)
    axes.set_xticks(range(0, len(periods), step), periods[::step],
                    rotation=0 if len(periods) <= 8 else 40, ha="center" if len(periods) <= 8
                    else "right")
    axes.set_ylim(float(min(below.values())) * 1.1, float(max(above.values())) * 1.1 or 1)
    if any(below.values()):
        axes.axhline(0, color="#444", linewidth=0.8)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.0, 1.0),
                frameon=False, fontsize=8)


def side_by_side(axes: Any, offers: Sequence[Any], say: Say) -> None:
    """A group of bars for each period, and the sum of each tariff in the legend."""
    periods = [bill.period.id for bill in offers[0].bills]
    width = 0.8 / len(offers)
    unit = offers[0].total.currency
    for index, offer in enumerate(offers):
        places = [at - 0.4 + width * (index + 0.5) for at in range(len(offer.bills))]
        more = say("the cheapest") if index == 0 else \
            f"+{number(offer.more.to_decimal(), 2)}"
        label = (f"{textwrap.fill(offer.tariff.name, 34)}\n"
                 f"{number(offer.total.to_decimal(), 2)} {unit} ({more})")
        bars = axes.bar(places, [float(bill.total.to_decimal()) for bill in offer.bills],
                        width=width * 0.94, color=LINES[index % len(LINES)], label=label)
        if len(periods) * len(offers) <= 8:
            axes.bar_label(bars, fmt="{:,.2f}", fontsize=8, padding=2)
    step = -(-len(periods) // 14)
    axes.set_xticks(range(0, len(periods), step), periods[::step],
                    rotation=0 if len(periods) <= 8 else 40,
                    ha="center" if len(periods) <= 8 else "right")
    axes.margins(y=0.1)
    axes.set_ylabel(unit)
    axes.set_title(say("Tariffs side by side"))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8,
                labelspacing=0.9)
