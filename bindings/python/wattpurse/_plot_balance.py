# SPDX-License-Identifier: Apache-2.0
"""The purse over time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ._core import Money
from ._forecast import Forecast
from ._html import number_text
from ._plot_style import AMBER, INK, WARN, Say, days_below
from ._series import milliseconds

AHEAD_MAX = 120


def _before(forecast: Forecast, held: Money, back: int) -> tuple[list[dt.datetime], list[Money]]:
    """What the purse held at the midnights before now, had nothing been paid in since."""
    days = [day for day in (forecast.midnight(-count) for count in range(back, -1, -1))
            if milliseconds(day) >= forecast.series.starts[0] and day < forecast.now]
    if not days:
        return [], []
    used = forecast.series.consumption(forecast.attributes)
    tariff, costs = forecast.tariff, []
    for day in days:
        cost, period = Money(0, tariff.currency), tariff.period(day)
        if period.start < day:
            cost = cost - tariff.rate(used, period, day).charged
        while period.start < forecast.now:
            through = forecast.now if forecast.now < period.until else None
            cost = cost + tariff.rate(used, period, through).charged
            period = tariff.period(period.until)
        costs.append(held + cost)
    return days, costs


def draw(axes: Any, forecast: Forecast, held: Money, warning: Money | None, back: int,
         ahead: int | None, say: Say) -> None:
    """Balance before now, three ways after it, the line of warning and the day of exhaustion."""
    empty = forecast.empty(held)
    if ahead is None:
        last = empty.late or empty.usual or empty.early
        ahead = 30 if last is None else (last - forecast.now.date()).days + 3
    ahead = max(2, min(ahead, AHEAD_MAX))
    before, amounts = _before(forecast, held, back)
    begin, until = (before or [forecast.now])[0], forecast.midnight(ahead)
    axes.plot([*before, forecast.now], [_float(each) for each in (*amounts, held)], color=INK,
              linewidth=1.8, label=say("so far"))
    meets_nothing = _ahead(axes, forecast, held, ahead, say)
    axes.axhline(0, color=WARN, linewidth=1.0)
    axes.axvline(forecast.now, color="#888", linewidth=0.8)
    axes.annotate(say("now"), (forecast.now, 1), xycoords=("data", "axes fraction"), xytext=(4, -4),
                  textcoords="offset points", va="top", fontsize=8, color="#555")
    if warning is not None:
        axes.axhline(_float(warning), color=AMBER, linewidth=1.0, linestyle="--",
                     label=say("warning at {amount}").format(amount=number_text(warning)))
    if empty.usual is not None and meets_nothing is not None:
        text = say("empty {day} ({early} to {late})").format(
            day=_day(empty.usual), early=_day(empty.early), late=_day(empty.late))
        axes.plot([meets_nothing], [0], marker="o", color=WARN, markersize=6, clip_on=False,
                  zorder=5, linestyle="none", label=text)
    axes.set_ylim(0, max([*map(_float, amounts), _float(held), 1.0]) * 1.08)
    axes.set_xlim(begin, until)
    axes.set_ylabel(say("balance, {unit}").format(unit=held.currency))
    days_below(axes, forecast.zone, begin, until, say)
    axes.set_title(say("Purse of {account}").format(account=forecast.series.account))
    axes.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none", fontsize=8)


def _ahead(axes: Any, forecast: Forecast, held: Money, ahead: int,
           say: Say) -> dt.datetime | None:
    """The range and the line in its middle; when the line meets nothing."""
    days = [forecast.now, *(forecast.midnight(count) for count in range(1, ahead + 1))]
    heavy, usual, light = ([_float(each) for each in (held, *forecast.balances(week, held, ahead))]
                           for week in forecast.paths())
    axes.fill_between(days, [max(0.0, each) for each in heavy], [max(0.0, each) for each in light],
                      color=INK, alpha=0.18, linewidth=0, label=say("lightest to heaviest week"))
    count = next((index for index, each in enumerate(usual) if each < 0), len(usual))
    line, then, meets = days[:count], usual[:count], None
    if 0 < count < len(usual):
        share = usual[count - 1] / (usual[count - 1] - usual[count])
        meets = days[count - 1] + (days[count] - days[count - 1]) * share
        line, then = [*line, meets], [*then, 0.0]
    axes.plot(line, then, color=INK, linewidth=1.6, linestyle=(0, (4, 2)),
              label=say("as in the middle week"))
    return meets


def _float(amount: Money) -> float:
    return float(amount.to_decimal())


def _day(day: dt.date | None) -> str:
    return "..." if day is None else f"{day:%m-%d}"
