# SPDX-License-Identifier: Apache-2.0
"""Plots of load, bands, ladders, bills and purses; needs matplotlib (pip install matplotlib).

    wattpurse.plot.load(data.readings, "F0101", tariff=data.tariff, days=7)
    bills.plot("F0101")

Every function takes `ax`, the Axes to draw on (a new figure unless told), and `lang`: "en", "zh",
or None, which is Chinese where the environment is and a font for it is installed. Asked for "zh"
without such a font, titles are English. Every function returns the Axes; what is drawn is floats,
which come from exact numbers and go nowhere else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import _plot_bands as _bands
from . import _plot_style as style
from . import errors
from ._core import Money
from ._series import milliseconds, moment, series_of, zone_of

if TYPE_CHECKING:
    from ._forecast import Forecast
    from .tariff import Bill, Consumption, Offer, Period, Tariff

__all__ = ["balance", "bands", "bills", "compare", "load", "tier"]

_HOUR = 3_600_000


def load(readings: Any, account: str, *, tariff: Tariff | None = None,
         since: dt.datetime | dt.date | str | None = None, days: int = 7, ax: Any = None,
         lang: str | None = None, columns: Mapping[str, Any] | None = None) -> Any:
    """The load curve of an account in kW, over some days, the bands of a tariff shaded.

    readings: in long form, as for `wattpurse.bill`; columns: as for `wattpurse.advise`. since: an
    aware datetime, or a day in the tariff's zone; the last `days` days unless told. Missing
    intervals are left open. Raises NotFound, InvalidValue.
    """
    series = series_of(readings, account, **(columns or {}))
    zone = zone_of(tariff.zone) if tariff is not None else style.zone_of_readings(readings)
    last = moment(series.until).astimezone(zone)
    begin = style.midnight(since, zone) if since is not None else style.midnight(
        last.date() - dt.timedelta(days=days - (last.time() > dt.time())), zone)
    until = begin + dt.timedelta(days=days)
    shown = series.between(milliseconds(begin), milliseconds(until))
    if not shown.starts:
        raise errors.NotFound(place="since", value=begin.isoformat(),
                              expected="a day of the readings")
    with style.drawing(ax, lang, (10, 3.6)) as (axes, say):
        times, watts = [], []
        for number, (start, units) in enumerate(zip(shown.starts, shown.units)):
            if number and start != shown.starts[number - 1] + shown.step:
                times.append(moment(shown.starts[number - 1] + shown.step).astimezone(zone))
                watts.append(float("nan"))
            times.append(moment(start).astimezone(zone))
            watts.append(units * _HOUR / shown.step / 10**4)
        times.append(moment(shown.until).astimezone(zone))
        watts.append(watts[-1])
        axes.step(times, watts, where="post", color=style.INK, linewidth=1.1, zorder=3)
        axes.fill_between(times, watts, step="post", color=style.INK, alpha=0.12, zorder=2,
                          linewidth=0)
        if tariff is not None:
            _bands.shade(axes, tariff, begin, until, say)
        axes.set_xlim(begin, until)
        axes.set_ylim(0, max(each for each in watts if each == each) * 1.12 or 1)
        axes.set_ylabel("kW")
        style.days_below(axes, zone, begin, until, say)
        used = Decimal(sum(shown.units)).scaleb(-4)
        axes.set_title(say("Load of {account}, {used} kWh in {days} days").format(
            account=series.account, used=style.number(used, 1), days=days),
            loc="left" if tariff is not None else "center")
        return axes


def bands(tariff: Tariff, *, year: int | None = None, weekday: int = 2, prices: bool = True,
          attributes: Mapping[str, Any] | None = None, ax: Any = None,
          lang: str | None = None) -> Any:
    """A heat map of hours and months: which band holds, and what a kWh costs in it.

    The first day of each month that is weekday `weekday` (0: Monday) and not a holiday stands for
    the month; year: this one of the tariff's newest version, or 2026. The price is what one kWh
    costs by `Tariff.rate` with nothing used before, so at the first step of a ladder; where the
    tariff cannot be rated so (`attributes` it needs), it is the one of the tariff file. Raises
    InvalidValue where the tariff has no times.
    """
    grid = _bands.grid_of(tariff, year or 2026, weekday)
    known = _bands.prices_of(tariff, grid, dict(attributes or {})) if prices else {}
    with style.drawing(ax, lang, (9, 4.4)) as (axes, say):
        _bands.draw_grid(axes, tariff, grid, known, say)
        axes.set_title(say("Bands of {name}").format(name=style.short(tariff.name)))
        return axes


def tier(used: Consumption | Sequence[Bill], tariff: Tariff, *, year: int | None = None,
         ax: Any = None, lang: str | None = None) -> Any:
    """Where an account stands in its ladder: what was counted, by day, and the steps above it.

    used: a Consumption, or bills of `Tariff.rate` in their order. year: of the Consumption's last
    row unless told. Where a ladder begins anew, the curve falls to zero. With several ladders the
    first one is drawn. Raises InvalidValue where the tariff has no ladder.
    """
    from ._consumption import Consumption
    from ._plot_tier import draw_bills, draw_consumption
    with style.drawing(ax, lang, (9, 4.2)) as (axes, say):
        if isinstance(used, Consumption):
            draw_consumption(axes, used, tariff, year, say)
        else:
            draw_bills(axes, list(used), tariff, say)
        return axes


def bills(bills: Any, account: str | None = None, *, ax: Any = None,
          lang: str | None = None) -> Any:
    """Stacked bars of the lines of each period, of all accounts or of one, and the totals above.

    bills: of `wattpurse.bill`. Lines below nothing (credits) stand below the axis. Raises NotFound
    where the account has no bills, InvalidValue where there are several currencies.
    """
    rows = [dict(zip(bills.lines.names, each)) for each in
            zip(*(bills.lines.column(name) for name in bills.lines.names))]
    totals = [each for each in bills if account is None or each["account"] == str(account)]
    if not totals:
        raise errors.NotFound(place="account", value=repr(account),
                              expected="an account that has bills")
    units = sorted({each["currency"] for each in totals})
    if len(units) > 1:
        raise errors.InvalidValue(place="bills", value=", ".join(units),
                                  expected="bills in one currency")
    periods = sorted({each["period"] for each in totals})
    sums: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        if account is None or row["account"] == str(account):
            line = sums.setdefault(row["line"], dict.fromkeys(periods, Decimal(0)))
            line[row["period"]] += row["amount"]
    paid = dict.fromkeys(periods, Decimal(0))
    for each in totals:
        paid[each["period"]] += each["total"]
    count = len({each["account"] for each in totals})
    with style.drawing(ax, lang, (9, 4.2)) as (axes, say):
        style.stacked(axes, periods, sums, paid)
        axes.set_ylabel(units[0])
        who = str(account) if account is not None else say("{count} accounts").format(count=count)
        axes.set_title(say("Bills of {who}, {total} {unit} in all").format(
            who=who, total=style.number(sum(paid.values(), Decimal(0)), 2), unit=units[0]))
        return axes


def balance(readings: Any, tariff: Tariff, account: str, balance: Any, *, back: int = 21,
            ahead: int | None = None, warning: Any = None, now: dt.datetime | None = None,
            attributes: Mapping[str, Any] | None = None, ax: Any = None, lang: str | None = None,
            columns: Mapping[str, Any] | None = None) -> Any:
    """The purse over time: what it held, what it will hold with the range, and when it is empty.

    balance: what it holds now (Money, Decimal, int or str). Before now it is drawn as if nothing
    had been paid in: balance plus what was charged since. After now it goes on as in the heaviest,
    the middle and the lightest of the last eight weeks, each repeated and rated day by day
    (`wattpurse.advise` says more). ahead: days; a few beyond the exhaustion unless told, at most
    120. warning: a balance to draw a line at. Raises InvalidValue (no two weeks of readings).
    """
    from ._forecast import Forecast
    series = series_of(readings, account, **(columns or {}))
    forecast = Forecast(series, tariff, now, dict(attributes or {}))
    held = balance if isinstance(balance, Money) else Money(balance, tariff.currency)
    line = None if warning is None else (
        warning if isinstance(warning, Money) else Money(warning, tariff.currency))
    return _draw_balance(forecast, held, line, back, ahead, ax, lang)


def _draw_balance(forecast: Forecast, held: Money, warning: Money | None, back: int,
                  ahead: int | None, ax: Any, lang: str | None) -> Any:
    from ._plot_balance import draw
    with style.drawing(ax, lang, (9, 4.2)) as (axes, say):
        draw(axes, forecast, held, warning, back, ahead, say)
        return axes


def compare(offers: Iterable[Offer | Tariff], consumption: Consumption | None = None,
            periods: Iterable[Period] | None = None, *, ax: Any = None,
            lang: str | None = None) -> Any:
    """Tariffs side by side: what each period costs by each, and the sums.

    offers: of `wattpurse.tariff.compare`, or tariffs, which are compared for `consumption` and
    `periods` here. The cheapest stands first. Raises as `compare`.
    """
    from .tariff import Offer, compare as compare_tariffs
    given = list(offers)
    known = [each for each in given if isinstance(each, Offer)]
    others = [each for each in given if not isinstance(each, Offer)]
    if others:
        if consumption is None:
            raise errors.InvalidValue(place="consumption", value="None",
                                      expected="what was used, or offers of tariff.compare")
        known = compare_tariffs(others, consumption, periods)
    if not known:
        raise errors.InvalidValue(place="offers", value="none", expected="at least one")
    with style.drawing(ax, lang, (9, 4.2)) as (axes, say):
        style.side_by_side(axes, known, say)
        return axes
