# SPDX-License-Identifier: Apache-2.0
"""The position in a ladder over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors
from ._plot_style import INK, LINES, WARN, Say, _matplotlib, lang_of, number, short
from ._series import zone_of

if TYPE_CHECKING:
    from .tariff import Bill, Consumption, Position, Tariff

_LABEL = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "edgecolor": "none"}
_SHADES = ("#e6f2e6", "#fdf1d6", "#fbdcd4", "#f3c4c8", "#e6b3c5")


def _first_ladder(tariff: Tariff, used: Consumption, at: dt.datetime) -> Position | None:
    return next((each for each in tariff.positions(used, at) if len(each.steps) > 1), None)


def draw_consumption(axes: Any, used: Consumption, tariff: Tariff, year: int | None,
                     say: Say) -> None:
    """A curve of what the first ladder had counted, day by day, over its steps."""
    rows = used.rows
    if not rows:
        raise errors.InvalidValue(place="used", value="no rows", expected="what was used")
    zone = zone_of(tariff.zone)
    last = max(row.until for row in rows).astimezone(zone)
    first = min(row.start for row in rows).astimezone(zone)
    shown = year if year is not None else (last - dt.timedelta(milliseconds=1)).year
    begin = max(first, dt.datetime(shown, 1, 1, tzinfo=zone))
    end = min(last, dt.datetime(shown + 1, 1, 1, tzinfo=zone))
    at, ladder = begin, _first_ladder(tariff, used, end)
    if ladder is None:
        raise errors.InvalidValue(place="tariff", value=tariff.name, expected="one with a ladder")
    times: list[dt.datetime] = []
    counted: list[float] = []
    begun = begin - dt.timedelta(milliseconds=1)
    while at < end:
        at = min(end, dt.datetime.combine(at.date() + dt.timedelta(days=1), dt.time(), zone))
        here = _first_ladder(tariff, used, at)
        if here is None:  # another version of the tariff, without one
            continue
        if here.start > begun:
            times += [here.start.astimezone(zone)] * 2
            counted += [float("nan"), 0.0]
            begun = here.start
        times.append(at)
        counted.append(float(here.used))
        ladder = here
    until = dt.datetime(shown + 1, 1, 1, tzinfo=zone)
    highest = max(each for each in counted if each == each)
    _steps(axes, ladder, highest, tariff.currency, say)
    axes.plot(times, counted, color=INK, linewidth=2, zorder=4)
    axes.plot(times[-1:], counted[-1:], marker="o", color=INK, zorder=5, clip_on=False)
    _months(axes, zone, dt.datetime(shown, 1, 1, tzinfo=zone), until, say)
    _title(axes, ladder, tariff, say)


def _steps(axes: Any, ladder: Position, highest: float, currency: str, say: Say) -> None:
    """Bands of the steps, and a line where each begins; the next one is marked."""
    bounds = [float(step.above) for step in ladder.steps]
    top = max(highest, *(bound for index, bound in enumerate(bounds)
                         if index <= ladder.current + 1)) * 1.15
    for index, step in enumerate(ladder.steps):
        if bounds[index] >= top:
            break
        up_to = top if step.up_to is None else min(top, float(step.up_to))
        axes.axhspan(bounds[index], up_to, color=_SHADES[min(index, len(_SHADES) - 1)], zorder=0,
                     linewidth=0)
        if index == 0:
            text = say("first step, to {bound} {unit}").format(
                bound=number(step.up_to or Decimal(0), 0), unit=ladder.unit)
        else:
            text = say("step {name} from {bound} {unit}").format(
                name=step.name, bound=number(step.above, 0), unit=ladder.unit)
            is_next = index == ladder.current + 1
            axes.axhline(bounds[index], color=WARN if is_next else "#999", zorder=2,
                         linewidth=1.4 if is_next else 0.8, linestyle="--")
        axes.annotate(f"{text}{_price(step, currency)}", (0, bounds[index]), zorder=6, fontsize=8,
                      xycoords=("axes fraction", "data"), xytext=(6, 4), color="#444",
                      textcoords="offset points", bbox=_LABEL)
    axes.set_ylim(0, top)
    axes.grid(False)


def _price(step: Any, currency: str) -> str:
    """Its price; with bands their prices in the order of the tariff."""
    known = [step.price] if not step.prices else list(step.prices.values())
    texts = []
    for each in known:
        text = format(each, "f").rstrip("0").rstrip(".")
        texts.append(text or "0")
    return f":  {' / '.join(texts)} {currency}" if any(known) else ""


def _months(axes: Any, zone: dt.tzinfo, begin: dt.datetime, until: dt.datetime, say: Say) -> None:
    dates, ticker = _matplotlib("dates"), _matplotlib("ticker")
    axes.set_xlim(begin, until)
    axes.xaxis.set_major_locator(dates.MonthLocator(tz=zone))
    is_chinese = lang_of(say) == "zh"

    def written(value: float, _: Any) -> str:
        at = dates.num2date(value, zone)
        return f"{at.month}\u6708" if is_chinese else f"{at:%b}"

    axes.xaxis.set_major_formatter(ticker.FuncFormatter(written))


def _title(axes: Any, ladder: Position, tariff: Tariff, say: Say) -> None:
    left = say("the last step") if ladder.remaining is None else \
        say("next step: {left} {unit} to go").format(left=number(ladder.remaining, 1),
                                                     unit=ladder.unit)
    axes.set_ylabel(say("counted, {unit}").format(unit=ladder.unit))
    name = say("Ladder of {name}").format(name=short(tariff.name))
    axes.set_title(f"{name}\n{left}", fontsize=11)


def draw_bills(axes: Any, bills: Sequence[Bill], tariff: Tariff, say: Say) -> None:
    """What lay in each step, one bar for a bill."""
    steps: dict[str, tuple[Decimal, list[Decimal]]] = {}
    unit = ""
    for index, bill in enumerate(bills):
        for line in bill.lines:
            if line.kind == "charge" and line.tier and not line.band and \
                    (line.above is not None or line.up_to is not None):
                none = [Decimal(0)] * len(bills)
                known = steps.setdefault(line.tier, (line.above or Decimal(0), none))
                known[1][index] += line.quantity
                unit = line.unit
    if not steps:
        raise errors.InvalidValue(place="used", value="no line with a step",
                                  expected="bills of a tariff with a ladder")
    bottoms = [Decimal(0)] * len(bills)
    for number_of, (name, (above, amounts)) in enumerate(
            sorted(steps.items(), key=lambda each: each[1][0])):
        label = say("step {name} from {bound} {unit}").format(
            name=name, bound=number(above, 0), unit=unit)
        axes.bar(range(len(bills)), [float(each) for each in amounts], width=0.68, label=label,
                 bottom=[float(each) for each in bottoms],
                 color=(LINES[2], LINES[1], LINES[3], *LINES[4:])[min(number_of, 8)])
        bottoms = [low + more for low, more in zip(bottoms, amounts)]
    axes.set_xticks(range(len(bills)), [bill.period.id for bill in bills],
                    rotation=0 if len(bills) <= 8 else 40,
                    ha="center" if len(bills) <= 8 else "right")
    axes.set_ylabel(unit)
    axes.margins(y=0.1)
    axes.set_title(say("Ladder of {name}").format(name=short(tariff.name)))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)
