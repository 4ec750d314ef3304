# SPDX-License-Identifier: Apache-2.0
"""What to do about a bill: `wattpurse.advise`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from ._advise_text import METHODS, sentence
from ._core import Money
from ._forecast import Forecast, Range, quantile
from ._series import DAY, STEPS_A_KWH, Series, moment, series_by_account, series_of

if TYPE_CHECKING:
    from .tariff import Period, Position, Tariff

__all__ = ["Action", "Advice", "advise"]

HOUR = 3_600_000
NIGHT = range(0, 6)
BASE_DAYS = 90
SIMILAR_MIN = 3
URGENT_DAYS = 7


class Action(NamedTuple):
    """One thing that can be done, or that should be known."""

    kind: str
    """"shift", "tariff", "base_load", "tier" or "purse"."""
    saving: Money | None
    """From `since` until `until`: what the one case costs, less what the other does."""
    per_month: Money | None
    """`saving` on 1/12 of 365 days, rounded to the cent; None where it is for once."""
    per_year: Money | None
    """`saving` on 365 days, rounded to the cent; exactly `saving` where that is of a year."""
    since: dt.datetime | None
    until: dt.datetime | None
    figures: dict[str, Any]
    """What the sentence is made of: Decimal, Money, dates, texts."""
    said_as: str
    method: str
    """How it was computed."""

    def sentence(self, lang: str = "en") -> str:
        """In "en" or "zh"."""
        if lang not in ("en", "zh"):
            raise errors.InvalidValue(place="lang", value=repr(lang), expected="'en' or 'zh'")
        return sentence(self.said_as, self.figures, lang)

    def __str__(self) -> str:
        return self.sentence()


class Advice(Sequence[Action]):
    """Actions, what brings most first; a purse that is empty within a week before all."""

    def __init__(self, account: str, now: dt.datetime, actions: list[Action]) -> None:
        self.account = account
        self.now = now
        self._actions = sorted(actions, key=_rank)

    def __getitem__(self, index: Any) -> Any:
        return self._actions[index]

    def __len__(self) -> int:
        return len(self._actions)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions)

    def explain(self, lang: str = "en") -> list[str]:
        """Each as a sentence."""
        return [each.sentence(lang) for each in self]

    def __repr__(self) -> str:
        return f"<Advice for {self.account}: {len(self)} actions>"

    def _repr_html_(self) -> str:
        from ._html import box, table
        rows = [(number, each.sentence(), each.per_year) for number, each in enumerate(self, 1)]
        return box(f"Advice for {self.account}, {self.now:%Y-%m-%d}",
                   table(("", "what", "a year"), rows, right=(True, False, True)))


def _rank(action: Action) -> tuple[int, Decimal]:
    days = action.figures.get("days")
    if action.kind == "purse" and days is not None and days <= URGENT_DAYS:
        return 0, Decimal(days)
    money = action.per_year or action.saving
    return (2, Decimal(0)) if money is None else (1, -money.to_decimal())


def advise(readings: Any, tariff: Tariff, account: str, *, others: Any = None,
           tariffs: Iterable[Tariff] | None = None, balance: Any = None,
           now: dt.datetime | None = None, attributes: Mapping[str, Any] | None = None,
           shift_share: Fraction | Decimal | str | int = "0.2",
           columns: Mapping[str, Any] | None = None) -> Advice:
    """Ranked advice for one account, each with the money it brings and the figures behind it.

        for action in wattpurse.advise(data.readings, data.tariff, "F0101", balance="80"):
            print(action)

    readings
        In long form, as for `wattpurse.bill`, with the kWh of intervals shorter than a day.
        `columns` names columns and the zone as `account`, `time`, `kwh` and `tz` do there:
        {"time": "ts", "tz": "+08:00"}.
    tariff
        What the account is charged by now; `attributes` is what it asks of the account.
    others
        Readings of other accounts (the same ones will do): base load is compared with those whose
        use is like that of this account, of which there must be three.
    tariffs
        Those that could be chosen, in the same currency.
    balance
        What the purse holds (Money, Decimal, int or str, in the tariff's currency).
    now
        An aware datetime; the end of the readings unless told. Later readings are not looked at.
    shift_share
        How much of what could be moved is moved: 0 to 1, Fraction, Decimal or text.

    Every saving is the difference of two bills, both rated by the tariff: as it was, and as it
    would have been, over the last whole months (at most twelve). `Action.method` says what was
    done. What cannot be told is left out: no shift without bands of the clock, no purse without
    `balance`. Numbers are whole steps of 10^-4 kWh and money; no float is made.

    Raises InvalidValue (no two whole weeks of readings), NotFound, FloatRefused, NaiveTime,
    CurrencyMismatch, ValidationError (as `Tariff.rate`).
    """
    named = dict(columns or {})
    series = series_of(readings, account, **named)
    ahead = Forecast(series, tariff, now, dict(attributes or {}))
    share = _share(shift_share)
    past = _Past(ahead)
    found: list[Action | None] = []
    if past.periods:
        found = [_shift(past, share), _better(past, tariffs or ()),
                 _base_load(past, others, named)]
    found += [_tier(ahead, each) for each in ahead.ladders()]
    if balance is not None:
        found.append(_purse(ahead, balance if isinstance(balance, Money)
                            else Money(balance, tariff.currency)))
    return Advice(series.account, ahead.now, [each for each in found if each is not None])


def _share(value: Any) -> Fraction:
    if isinstance(value, float):
        raise errors.FloatRefused(place="shift_share", value=repr(value),
                                  expected="Decimal, Fraction or str, such as '0.2'")
    share = Fraction(value)
    if not 0 < share <= 1:
        raise errors.InvalidValue(place="shift_share", value=str(value), expected="above 0, to 1")
    return share


class _Past:
    """The last whole months, what was used in them, and what that cost."""

    def __init__(self, ahead: Forecast) -> None:
        self.tariff = ahead.tariff
        self.attributes = ahead.attributes
        self.series = ahead.series
        self.zone = ahead.zone
        self.periods = self._whole_months(ahead)
        if not self.periods:
            return
        self.since, self.until = self.periods[0].start, self.periods[-1].until
        self.local = [moment(at).astimezone(self.zone) for at in self.series.starts]
        self.inside = [index for index, at in enumerate(self.local)
                       if self.since <= at < self.until]
        self.cost = self.cost_of(self.series.units)

    def _whole_months(self, ahead: Forecast) -> list[Period]:
        last = self.tariff.period(ahead.now)  # the month that is under way
        begin = moment(self.series.starts[0])
        out: list[Period] = []
        while len(out) < 12:
            before = self.tariff.period(last.start - dt.timedelta(milliseconds=1))
            if before.start < begin:
                break
            out.insert(0, before)
            last = before
        return out

    def charged(self, units: list[int]) -> Decimal:
        """The sum of the lines, which are not rounded to bills."""
        used = self.series._replace(units=units).consumption(self.attributes)
        return sum((bill.charged.to_decimal() for bill in self.tariff.bills(used, self.periods)),
                   Decimal(0))

    def cost_of(self, units: list[int], tariff: Tariff | None = None) -> Money:
        """The sum of the bills of these months, had the intervals been so."""
        by = tariff or self.tariff
        used = self.series._replace(units=units).consumption(self.attributes)
        sums = Money(0, by.currency)
        for bill in by.bills(used, self.periods):
            sums = sums + bill.total
        return sums

    def action(self, kind: str, saving: Money, figures: dict[str, Any]) -> Action:
        """With what it makes in a month and in a year."""
        days = (self.until.astimezone(self.zone).date()
                - self.since.astimezone(self.zone).date()).days
        if days in (365, 366):
            year = saving
        else:
            year = _rounded(Fraction(saving.to_decimal()) * 365 / days, saving.currency)
        month = _rounded(Fraction(year.to_decimal()) / 12, saving.currency)
        told = {**figures, "per_month": month, "per_year": year, "saving": saving,
                "before": self.cost, "after": self.cost - saving, "months": len(self.periods)}
        return Action(kind, saving, month, year, self.since, self.until, told, kind, METHODS[kind])


def _rounded(value: Fraction, currency: str) -> Money:
    """To the cent; halves to the even one."""
    return Money(Decimal(round(value * 100)).scaleb(-2), currency)


def _bands(past: _Past) -> list[str | None]:
    """The band of each interval inside the months, in the order of `past.inside`."""
    segments = past.tariff.timetable(past.since, past.until)
    out, at = [], 0
    for index in past.inside:
        while segments[at].until <= past.local[index]:
            at += 1
        out.append(segments[at].band)
    return out


def _band_prices(past: _Past, bands: list[str | None]) -> dict[str, Decimal]:
    """What one kWh more in the band would have cost: in the last interval of each band."""
    last = {band: index for band, index in zip(bands, past.inside) if band is not None}
    before = past.charged(past.series.units)
    out = {}
    for band, index in last.items():
        units = list(past.series.units)
        units[index] += STEPS_A_KWH
        out[band] = past.charged(units) - before
    return out


def _shift(past: _Past, share: Fraction) -> Action | None:
    bands = _bands(past)
    prices = _band_prices(past, bands)
    if len(set(prices.values())) < 2:
        return None
    units = list(past.series.units)
    days: dict[dt.date, list[tuple[int, str]]] = {}
    for index, band in zip(past.inside, bands):
        if band is not None:
            days.setdefault(past.local[index].date(), []).append((index, band))
    moved_at: dict[int, int] = dict.fromkeys(range(24), 0)
    taken_at: dict[int, int] = dict.fromkeys(range(24), 0)
    pairs: dict[tuple[str, str], int] = {}
    for known in days.values():
        here = {band for _, band in known}
        dear, cheap = (pick(here, key=lambda band: (prices[band], band)) for pick in (max, min))
        if prices[dear] == prices[cheap]:
            continue
        moved = _move(units, known, dear, cheap, share, past.local, moved_at, taken_at)
        pairs[dear, cheap] = pairs.get((dear, cheap), 0) + moved
    saving = past.cost - past.cost_of(units)
    if not pairs or saving.to_decimal() <= 0:
        return None
    dear, cheap = max(pairs, key=lambda pair: pairs[pair])
    total = sum(pairs.values())
    titles = {each["name"]: (each.get("title") or {}).get("zh", each["name"])
              for each in past.tariff.to_dict().get("bands", [])}
    return past.action("shift", saving, {
        "kwh": Decimal(total).scaleb(-4),
        "kwh_a_month": round(Decimal(total).scaleb(-4) / len(past.periods), 1),
        "from_band": dear, "into_band": cheap, "from_band_zh": titles.get(dear, dear),
        "into_band_zh": titles.get(cheap, cheap), "from_hours": _hours(moved_at, 2),
        "into_hours": _hours(taken_at, 1), "share": str(share), "prices": prices})


def _move(units: list[int], known: list[tuple[int, str]], dear: str, cheap: str, share: Fraction,
          local: list[dt.datetime], moved_at: dict[int, int], taken_at: dict[int, int]) -> int:
    """Moves energy within a day, to the last unit; how much."""
    least = min(units[index] for index, _ in known)
    moved = 0
    for index, band in known:
        if band == dear:
            part = (units[index] - least) * share.numerator // share.denominator
            units[index] -= part
            moved += part
            moved_at[local[index].hour] += part
    into = [index for index, band in known if band == cheap]
    each, rest = divmod(moved, len(into))
    for number, index in enumerate(into):
        units[index] += each + (1 if number < rest else 0)
        taken_at[local[index].hour] += each
    return moved


def _hours(amounts: Mapping[int, int], part: int) -> str:
    """The hours that have 1/part of all, the strongest first taken: "18:00-22:00"."""
    total, sums, chosen = sum(amounts.values()), 0, set()
    for hour in sorted(amounts, key=lambda each: (-amounts[each], each)):
        if amounts[hour] == 0 or sums * part >= total:
            break
        chosen.add(hour)
        sums += amounts[hour]
    if len(chosen) == 24:
        return "00:00-24:00"
    out = []
    for hour in sorted(chosen):
        if (hour - 1) % 24 not in chosen:
            end = hour + 1
            while end % 24 in chosen:
                end += 1
            out.append(f"{hour:02d}:00-{end % 24 or 24:02d}:00")
    return ", ".join(out)


def _better(past: _Past, tariffs: Iterable[Tariff]) -> Action | None:
    costs: list[tuple[Decimal, int, Tariff]] = []
    for number, each in enumerate(tariffs):
        if each.currency != past.tariff.currency:
            raise errors.CurrencyMismatch(place=f"tariffs[{number}]", value=each.currency,
                                          expected=f"a tariff in {past.tariff.currency}")
        costs.append((past.cost_of(past.series.units, each).to_decimal(), number, each))
    if not costs:
        return None
    cost, _, best = min(costs, key=lambda known: known[:2])
    saving = past.cost - Money(cost, past.tariff.currency)
    if saving.to_decimal() <= 0:
        return None
    return past.action("tariff", saving, {
        "name": best.name, "costs": {each.name: Money(amount, each.currency)
                                     for amount, _, each in costs}})


def _nights(series: Series, zone: dt.tzinfo) -> tuple[int, int]:
    """Medians of the nights' least hour and of the days' energy, in units."""
    late = series.between(series.until - BASE_DAYS * DAY, series.until)
    a_hour = HOUR // late.step
    hours: dict[tuple[dt.date, int], list[int]] = {}
    days: dict[dt.date, int] = {}
    for start, units in zip(late.starts, late.units):
        at = moment(start).astimezone(zone)
        days[at.date()] = days.get(at.date(), 0) + units
        if at.hour in NIGHT:
            hours.setdefault((at.date(), at.hour), []).append(units)
    least: dict[dt.date, int] = {}
    for (day, _), known in hours.items():
        if len(known) == a_hour:
            least[day] = min(sum(known), least.get(day, sum(known)))
    if not least:
        return 0, 0
    return quantile(least.values(), 1, 2), quantile(days.values(), 1, 2)


def _base_load(past: _Past, others: Any, columns: Mapping[str, Any]) -> Action | None:
    if others is None or past.series.step > HOUR:
        return None
    mine, use = _nights(past.series, past.zone)
    known = []
    for name, each in series_by_account(others, **columns).items():
        if name != past.series.account and each.step <= HOUR:
            base, day = _nights(each.between(0, past.series.until), past.zone)
            if use <= 2 * day and day <= 2 * use:
                known.append(base)
    if len(known) < SIMILAR_MIN or mine <= quantile(known, 1, 2):
        return None
    theirs = quantile(known, 1, 2)
    excess = (mine - theirs) * past.series.step // HOUR
    units = [max(0, each - excess) for each in past.series.units]
    saving = past.cost - past.cost_of(units)
    if saving.to_decimal() <= 0:
        return None
    rank = sum(each < mine for each in known)
    return past.action("base_load", saving, {
        "watts": Decimal(mine) / 10, "watts_others": Decimal(theirs) / 10,
        "similar": len(known), "lower": rank})


def _tier(ahead: Forecast, ladder: Position) -> Action | None:
    when = ahead.step_begins(ladder)
    step = ladder.next
    if when.early is None or step is None or ladder.remaining is None:
        return None
    until = ladder.until.astimezone(ahead.zone)
    days = (until.date() - ahead.now.date()).days
    figures: dict[str, Any] = {**when._asdict(), "step": f"{step.name}, > {_plain(step.above)} "
                               f"{ladder.unit}", "until": until.date(),
                               "used": ladder.used, "remaining": ladder.remaining, "line":
                               ladder.line}
    if when.usual is None:
        return Action("tier", None, None, None, ahead.now, until, figures, "tier_far",
                      METHODS["tier"])
    week = ahead.paths()[1]
    units = ahead.future(week, days)
    whole, room = sum(units), int(ladder.remaining.scaleb(4))
    less = [each * room // whole for each in units]
    cut = ahead.consumption(week, days, less)
    saving = ahead.spent(ahead.consumption(week, days, units), until) - ahead.spent(cut, until)
    figures |= {"saving": saving,
                "kwh_a_day": round(Decimal(whole - sum(less)).scaleb(-4) / days, 2)}
    return Action("tier", saving, None, None, ahead.now, until, figures, "tier", METHODS["tier"])


def _plain(number: Decimal) -> str:
    from ._html import number_text
    return number_text(number, 0)


def _purse(ahead: Forecast, balance: Money) -> Action:
    when: Range = ahead.empty(balance)
    figures: dict[str, Any] = {**when._asdict(), "balance": balance, "days": None}
    if when.usual is not None:
        figures["days"] = (when.usual - ahead.now.date()).days
    said_as = "purse_far" if when.usual is None else "purse"
    return Action("purse", None, None, None, ahead.now, None, figures, said_as, METHODS["purse"])
