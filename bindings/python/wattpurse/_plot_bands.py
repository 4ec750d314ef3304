# SPDX-License-Identifier: Apache-2.0
"""Bands in plots: shades behind a load curve, and a heat map of hours and months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors
from ._plot_style import Say, _matplotlib, lang_of, number
from ._series import zone_of

if TYPE_CHECKING:
    from .tariff import Tariff

Grid = list[list[tuple[str | None, dt.datetime]]]
"""For each month and half hour: the band, and a moment of it."""

_HALVES = 48
# From cheap to dear.
_COLOURS = ("#5b9bd5", "#a9cfe8", "#f4e3a1", "#f2a65a", "#d1495b", "#8f2d56")
_CHOSEN = {1: (2,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
_NO_BAND = "#cfcfcf"


def titles_of(tariff: Tariff, lang: str) -> dict[str, str]:
    """Titles of the bands in a language; their names otherwise."""
    return {each["name"]: str((each.get("title") or {}).get(lang) or each["name"])
            for each in tariff.to_dict().get("bands", [])}


def colours_of(order: Sequence[str]) -> dict[str, str]:
    """A colour for each band, from the cheapest on."""
    chosen = _CHOSEN.get(len(order), range(len(order)))
    return {band: _COLOURS[min(at, len(_COLOURS) - 1)] for band, at in zip(order, chosen)}


def list_prices(tariff: Tariff) -> dict[str, Decimal]:
    """The prices that a tariff file gives for bands, summed over its flat charges; for an order."""
    out: dict[str, Decimal] = {}
    for charge in tariff.to_dict()["versions"][-1].get("charges", []):
        rate = charge.get("rate", {})
        for part in [rate, *rate.get("tiers", [])[:1]]:
            for band, price in (part.get("prices") or {}).items():
                out[band] = out.get(band, Decimal(0)) + Decimal(price)
    return out


def order_of(tariff: Tariff, bands: Sequence[str]) -> list[str]:
    """Bands from the cheapest on."""
    known = list_prices(tariff)
    return sorted(bands, key=lambda band: (known.get(band, Decimal(0)), tariff.bands.index(band)))


def shade(axes: Any, tariff: Tariff, begin: dt.datetime, until: dt.datetime, say: Say) -> None:
    """Bands behind a curve over time, with a legend above the axes."""
    segments = tariff.timetable(begin, until)
    named = [each for each in tariff.bands if any(seg.band == each for seg in segments)]
    if len(named) < 2:
        return
    order = order_of(tariff, named)
    colours, titles, prices = colours_of(order), titles_of(tariff, lang_of(say)), \
        list_prices(tariff)
    for each in segments:
        if each.band is not None:
            axes.axvspan(each.start, each.until, color=colours[each.band], alpha=0.22, zorder=0,
                         linewidth=0)
    patches = _matplotlib("patches")
    handles = [patches.Patch(facecolor=colours[band], alpha=0.45, label=titles.get(band, band) + (
        f" {prices[band]}" if band in prices else "")) for band in order]
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False,
                ncols=len(handles), fontsize=8, borderaxespad=0.2, handlelength=1.2)


def grid_of(tariff: Tariff, year: int, weekday: int) -> Grid:
    """Bands of an ordinary day of each month. Raises InvalidValue where there are no bands."""
    zone = zone_of(tariff.zone)
    half = dt.timedelta(minutes=30)
    out: Grid = []
    for month in range(1, 13):
        first = dt.datetime(year, month, 1, tzinfo=zone)
        days = [first + dt.timedelta(days=count) for count in range(28)]
        days = [each for each in days if each.weekday() == weekday]
        classes = [tariff.timetable(day, day + half)[0].day for day in days]
        day = days[classes.index(max(set(classes), key=classes.count))]
        segments = tariff.timetable(day, day + dt.timedelta(days=1))
        row: list[tuple[str | None, dt.datetime]] = []
        for count in range(_HALVES):
            at = (day.replace(hour=count // 2, minute=count % 2 * 30))
            row.append((next((each.band for each in segments if each.start <= at < each.until),
                             None), at))
        out.append(row)
    if not any(band for row in out for band, _ in row):
        raise errors.InvalidValue(place="tariff", value=tariff.name,
                                  expected="a tariff with bands by the clock")
    return out


def prices_of(tariff: Tariff, grid: Grid, attributes: dict[str, Any]) -> dict[str, Decimal]:
    """What one kWh costs in each band, nothing used before; nothing where it cannot be rated."""
    from .tariff import Consumption
    out: dict[str, Decimal] = {}
    for row in grid:
        for band, at in row:
            if band is None or band in out:
                continue
            period = tariff.period(at)
            try:
                none = tariff.rate(Consumption(attributes=attributes), period)
                used = Consumption(attributes=attributes)
                used.add(at, at + dt.timedelta(minutes=30), "1")
                cost = tariff.rate(used, period).charged - none.charged
            except errors.Error:
                return list_prices(tariff)
            out[band] = cost.to_decimal()
    return out


def draw_grid(axes: Any, tariff: Tariff, grid: Grid, prices: Mapping[str, Decimal],
              say: Say) -> None:
    """Cells of months and half hours, names of the bands in them, and a legend with prices."""
    colors, patches = _matplotlib("colors"), _matplotlib("patches")
    named = [each for each in tariff.bands if any(band == each for row in grid for band, _ in row)]
    order = sorted(named, key=lambda band: prices.get(band, Decimal(0))) if prices else \
        order_of(tariff, named)
    colours, titles = colours_of(order), titles_of(tariff, lang_of(say))
    palette = [_NO_BAND, *(colours[band] for band in order)]
    cells = [[0 if band is None else order.index(band) + 1 for band, _ in row] for row in grid]
    axes.grid(False)
    axes.imshow(cells, aspect="auto", cmap=colors.ListedColormap(palette), vmin=-0.5,
                vmax=len(palette) - 0.5, extent=(0, 24, 12.5, 0.5), interpolation="nearest")
    for month in range(1, 12):
        axes.axhline(month + 0.5, color="white", linewidth=1.2)
    for hour in range(1, 24):
        axes.axvline(hour, color="white", linewidth=0.4)
    axes.set_xticks(range(0, 25, 2), [f"{hour:02d}" for hour in range(0, 25, 2)])
    axes.set_xlabel(say("hours of the day"))
    names = ([f"{month}\u6708" for month in range(1, 13)] if lang_of(say) == "zh" else
             ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
    axes.set_yticks(range(1, 13), names)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    unit = say("{unit} a kWh").format(unit=tariff.currency)
    handles = [patches.Patch(facecolor=colours[band], label=titles.get(band, band) + (
        f"\n{_price(prices[band])} {unit}" if band in prices else ""))
        for band in reversed(order)]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False,
                fontsize=9, labelspacing=0.9)


def _price(value: Decimal) -> str:
    """Up to four places, and at least two."""
    text = number(value, 4).rstrip("0")
    return text + "0" * max(0, 2 - len(text.partition(".")[2]))
