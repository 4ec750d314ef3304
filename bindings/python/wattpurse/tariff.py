# SPDX-License-Identifier: Apache-2.0
"""Tariffs: what electricity costs, as data, and the bills that come of it.

    tariff = Tariff.template("zhejiang_residential")
    used = Consumption.of_registers(start, until, {"T2": "120.5", "T4": "60"})
    bill = tariff.rate(used, tariff.period("2026-01"))
    bill.total                       # Money('85.720000', 'CNY')
    bill.explain()                   # each line with its arithmetic

`flat`, `time_of_use`, `tiered` and `tiered_time_of_use` put common tariffs together in Python;
whatever a tariff file can say, `Tariff.from_dict` takes. `compare` rates the same energy by
several. Source of all definitions: docs/tariffs.md of the library.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._consumption import Consumption, Row, intervals
from ._core import Energy, Money
from ._core import tariff as _core
from ._core.tariff import Bill, Line, Period
from ._tariff_build import plain, tariff_dict
from ._tariff_html import bill_html, shown_number, tariff_html
from .errors import CurrencyMismatch, InvalidValue, NotFound, ValidationError, WrongType

if TYPE_CHECKING:
    from ._consumption import _Day
    from ._tariff_build import _Number, _Windows

__all__ = [
    "Bill", "Consumption", "Deduction", "Import", "Line", "Offer", "Period", "Position", "Row",
    "Segment", "Step", "Tariff", "Units", "compare", "difference", "flat", "intervals",
    "load_account", "tiered", "tiered_time_of_use", "time_of_use",
]

FORMAT = "wattpurse-tariff/2"
"""What the member `format` of a tariff file says."""


class Segment(NamedTuple):
    """A stretch of the time line in which nothing of the calendar changes."""

    start: datetime
    until: datetime
    band: str | None
    """None where bands are known from registers only."""
    season: str | None
    day: str | None
    """The class of the day: "weekend"."""
    version: str


class Step(NamedTuple):
    """One tier of a ladder, for an account at a moment."""

    name: str
    above: Decimal
    up_to: Decimal | None
    """Its upper bound, which is still in it; None in the last."""
    used: Decimal
    """What lies in it since the scope began, an opening aside."""
    price: Decimal
    """Where there are no prices by band."""
    prices: dict[str, Decimal]
    """By band."""


class Position(NamedTuple):
    """Where an account stands in a ladder."""

    line: str
    """Of the charge."""
    determinant: str
    unit: str
    start: datetime
    """When what is counted began at zero: the month, the year."""
    until: datetime
    used: Decimal
    """What has been counted since, with what an opening tells."""
    steps: list[Step]
    current: int
    """Index of the step that the next kWh is charged by."""
    remaining: Decimal | None
    """Until the next step begins; None in the last."""

    @property
    def next(self) -> Step | None:
        """The step after the current one."""
        return self.steps[self.current + 1] if self.current + 1 < len(self.steps) else None


class Units(NamedTuple):
    """How much energy an amount buys."""

    quantity: Decimal
    """kWh, a multiple of the step."""
    cost: Money
    """What it costs: rate(with it) - rate(without)."""
    left: Money
    """What stays in the purse."""
    is_bounded: bool
    """False where even the most energy there is costs less."""
    lines: list[Line]
    """What it adds to each line of the bill; empty where no line can tell (a volume table)."""

    def explain(self, lang: str = "en") -> list[str]:
        """Each line with its arithmetic; they sum to `cost`."""
        return [line.explain(lang) for line in self.lines]


class Deduction(NamedTuple):
    """What one line of a period has to have posted: `owed` is `now` less `booked`."""

    line: str
    owed: Money
    now: Money
    booked: Money


class Offer(NamedTuple):
    """What one tariff makes of the same energy."""

    rank: int
    """From 1, the cheapest."""
    tariff: Tariff
    total: Money
    more: Money
    """Than the cheapest."""
    bills: list[Bill]


class Import(NamedTuple):
    """A tariff made of another format."""

    tariff: Tariff
    notes: list[str]
    """What it does not carry, and what had to be supposed."""


def _template_folder() -> Any:
    return importlib.resources.files("wattpurse") / "_tariffs"


def _read(path: str | PathLike[str], make: Any) -> Any:
    """Made from the text of a file, which faults are told of."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        return make(text)
    except ValidationError as error:
        raise ValidationError(f"{path}: {error.args[0].splitlines()[0]}",
                              faults=error.faults) from None


class Tariff(_core.Tariff):
    """What electricity costs: prices, times and rules, checked as a whole. It never changes.

    Two are equal where they say the same, whatever their texts look like. Source: docs/tariffs.md
    of the library has an example of each structure.
    """

    __slots__ = ()

    @classmethod
    def loads(cls, text: str) -> Tariff:
        """A tariff from the text of its file (JSON, format "wattpurse-tariff/2").

        Raises ValidationError with every fault: where, what stands there, what should.
        """
        return cls(text)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Tariff:
        """A tariff from its file (UTF-8). Raises ValidationError, OSError."""
        made: Tariff = _read(path, cls)
        return made

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tariff:
        """A tariff from a dict of the shape of its file; `format` may be left out.

        Numbers are Decimal, int, str or a quantity (Price, Energy); dates and times of the day may
        be those of datetime. Raises FloatRefused with the place of a float, ValidationError.
        """
        if not isinstance(data, Mapping):
            raise WrongType(place="data", value=repr(data)[:80], expected="a dict", code="type")
        made = {"format": FORMAT, **plain(data)}
        return cls(json.dumps(made, ensure_ascii=False, indent=2))

    @classmethod
    def templates(cls) -> list[str]:
        """Names of the tariffs that come with the package, for `template`."""
        return sorted(path.name[:-5] for path in _template_folder().iterdir()
                      if path.name.endswith(".json"))

    @classmethod
    def template(cls, name: str) -> Tariff:
        """A tariff that comes with the package; `source` says where its prices are from.

        Raises NotFound with the names there are.
        """
        if name not in cls.templates():
            raise NotFound(place="name", value=repr(name), code="not_found",
                           expected="one of " + ", ".join(cls.templates()))
        return cls((_template_folder() / f"{name}.json").read_text(encoding="utf-8"))

    @classmethod
    def import_urdb(cls, text: str, *, zone: str = "", currency: str = "USD") -> Import:
        """A tariff from a rate of the OpenEI Utility Rate Database (JSON, detail=full).

        zone: which the database does not say, "America/Los_Angeles"; +00:00 and a note where it is
        not given. Raises ValidationError where the rate has faults, or makes no tariff.
        """
        made, notes = _core.import_urdb(text, zone, currency)
        return Import(cls(made), notes)

    def to_json(self) -> str:
        """The text that it was read from."""
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict; numbers are strings."""
        data: dict[str, Any] = json.loads(self.text)
        return data

    def period(self, when: _Day | datetime, until: _Day | None = None) -> Period:
        """A billing period in the tariff's zone: a month, or from a day until another.

        when: "2026-01", a day (datetime.date or "2026-01-31") or an aware datetime of that month;
        with `until` the first day, `until` being the first day after it.
        """
        return _core.period(self, when, until)

    def periods(self, first: _Day, until: _Day) -> list[Period]:
        """The months from a day until another; the first and the last are cut to these days."""
        return _core.periods(self, first, until)

    def rate(self, consumption: Consumption, period: Period,
             through: datetime | None = None) -> Bill:
        """What a period has cost, up to `through` (an aware datetime; None: as a whole).

        A pure function of what was used: the order of rows makes no difference, and time of which
        no row tells counts as nothing used, listed in `gaps`. The GIL is released.

        Raises ValidationError with all faults: rows that overlap, a register no band has, an
        interval over a bound of time, an attribute that is missing.
        """
        return _core.rate(self, consumption, period, through)

    def bills(self, consumption: Consumption, periods: Iterable[Period]) -> list[Bill]:
        """The bills of periods, one after the other, each as `rate`.

        What one leaves to the next is handed on: credits, values that ratchets look back on, and
        the residue where the tariff carries it.
        """
        return _core.rate_all(self, consumption, periods)

    def units_for(self, money: Money | Decimal | int | str, consumption: Consumption,
                  period: Period, *,
                  profile: str | Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
                  at: datetime | None = None, channel: str = "import",
                  step: Energy | Decimal | int | str = "0.0001") -> Units:
        """How much energy an amount buys, from where the account stands.

        profile: in which bands it is used: a band, or {"peak": "0.6", "valley": "0.4"} in turn;
        None: as the clock says. at: when; the end of the last row in the period unless told.
        channel: "purchase" where blocks count what is bought. step: kWh, a larger one where prices
        fall. Raises ValidationError.
        """
        amount = money if isinstance(money, Money) else Money(money, self.currency)
        parts: Iterable[tuple[str, Any]]
        if profile is None or isinstance(profile, str):
            parts = [(profile or "", "1")]
        else:
            parts = profile.items() if isinstance(profile, Mapping) else profile
        return Units(*_core.units_for(amount, self, consumption, period,
                                      [tuple(each) for each in parts], at, channel, step))

    def timetable(self, start: datetime, until: datetime,
                  events: Iterable[tuple[str, _Day]] = ()) -> list[Segment]:
        """Which band holds when: segments that touch, from one change to the next.

        events: days that were announced, ("heat", day). At most ten years.
        """
        return [Segment(*each) for each in _core.timetable(self, start, until, events)]

    def band_at(self, moment: datetime, events: Iterable[tuple[str, _Day]] = ()) -> str | None:
        """The band of a moment; None where bands are known from registers only."""
        return self.timetable(moment, moment + timedelta(milliseconds=1), events)[0].band

    def positions(self, consumption: Consumption, at: datetime,
                  period: Period | None = None) -> list[Position]:
        """Where an account stands in each ladder (graduated or volume) just before a moment.

        period: the billing period; the month unless told. Bounds that depend on the account or the
        period are those of that moment.
        """
        over = period or self.period(at - timedelta(milliseconds=1))
        return [_position(*each) for each in _core.ladders(self, consumption, over, at)]

    def to_html(self, lang: str = "en") -> str:
        """Bands with their times, and prices by tier; titles in "en" or "zh"."""
        return tariff_html(self.to_dict(), _language(lang))

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return f"<Tariff {self.name!r}: {self.currency}, {self.zone}>"


def _language(lang: str) -> str:
    if lang not in ("en", "zh"):
        raise InvalidValue(place="lang", value=repr(lang), expected="'en' or 'zh'", code="syntax")
    return lang


def _position(line: str, determinant: str, unit: str, start: datetime, until: datetime,
              opening: Decimal, tiers: list[Any]) -> Position:
    steps = [Step(*each) for each in tiers]
    used = opening + sum((step.used for step in steps), Decimal(0))
    current = next((index for index, step in enumerate(steps)
                    if step.up_to is None or used < step.up_to), len(steps) - 1)
    bound = steps[current].up_to
    return Position(line, determinant, unit, start, until, used, steps, current,
                    None if bound is None else bound - used)


def load_account(source: str | PathLike[str], tariff: Tariff) -> Consumption:
    """What a tariff asks of an account, as a Consumption without rows.

    source: the path of its file, or its text where that begins with "{" (JSON, format
    "wattpurse-account/1"). Days in it begin as in the tariff's zone. Raises ValidationError.
    """
    def made(text: str) -> Consumption:
        core = _core.load_account(text, tariff)
        return Consumption(**{name: getattr(core, name) for name in _PARTS})

    if isinstance(source, str) and source.lstrip().startswith("{"):
        return made(source)
    read: Consumption = _read(source, made)
    return read


_PARTS = ("meters", "attributes", "openings", "past", "credits", "prices", "events",
          "service_from", "service_until", "carried")


def difference(now: Bill, booked: Bill | Mapping[str, Any] | Iterable[Any] = ()) -> list[Deduction]:
    """The postings that bring the books from `booked` to the bill, line by line.

    booked: {line id: Money or number}, (line id, amount) pairs, or the bill posted before. Lines
    that are no more are taken back; those of no difference are left out, so a repeat gives
    nothing. Raises Overflow, CurrencyMismatch.
    """
    if isinstance(booked, Bill):
        pairs: Iterable[Any] = [(line.id, line.amount) for line in booked.lines]
    else:
        pairs = booked.items() if isinstance(booked, Mapping) else booked
    sums: dict[str, Money] = {}
    for line, amount in pairs:
        posted = amount if isinstance(amount, Money) else Money(amount, now.currency)
        sums[line] = sums[line] + posted if line in sums else posted
    return [Deduction(*each) for each in _core.difference(now.lines, sums, now.currency)]


def compare(tariffs: Iterable[Tariff], consumption: Consumption,
            periods: Iterable[Period] | None = None) -> list[Offer]:
    """What the same energy costs by several tariffs, the cheapest first.

    periods: those of the bills; the months of the rows unless told. Where a tariff knows no
    registers, what they counted in one time is one row. Raises CurrencyMismatch, ValidationError.
    """
    known = list(tariffs)
    over = None if periods is None else list(periods)
    made: list[tuple[Decimal, int, Tariff, list[Bill]]] = []
    merged: Consumption | None = None
    for number, tariff in enumerate(known):
        if tariff.currency != known[0].currency:
            raise CurrencyMismatch(place=f"tariffs[{number}]", value=tariff.currency,
                                   expected=f"a tariff in {known[0].currency}",
                                   code="currency_mismatch")
        used = consumption
        if not tariff.has_registers:
            merged = merged or consumption.merged()
            used = merged
        try:
            bills = tariff.bills(used, _months_of(tariff, used) if over is None else over)
        except ValidationError as error:
            raise ValidationError(f"tariffs[{number}], {tariff.name}: "
                                  f"{error.args[0].splitlines()[0]}", faults=error.faults) from None
        total = sum((bill.total.to_decimal() for bill in bills), Decimal(0))
        made.append((total, number, tariff, bills))
    made.sort(key=lambda each: each[:2])
    return [Offer(rank, tariff, Money(total, tariff.currency),
                  Money(total - made[0][0], tariff.currency), bills)
            for rank, (total, _, tariff, bills) in enumerate(made, 1)]


def _months_of(tariff: Tariff, used: Consumption) -> list[Period]:
    if used.span is None:
        raise InvalidValue(place="periods", value="None", expected="periods, for there are no rows",
                           code="empty")
    start, until = used.span
    last = max(until - timedelta(milliseconds=1), start)  # a purchase is of one moment
    return tariff.periods(tariff.period(start).start.date(), tariff.period(last).until.date())


def _build(*, name: str, tiers: Sequence[tuple[Any, Any]], currency: str = "CNY",
           zone: str = "+08:00", source: str = "", scope: str = "month",
           anchor: str | None = None, windows: _Windows | None = None,
           weekends: _Windows | None = None, holidays: Iterable[Any] = (),
           split: str | None = None, registers: Mapping[str, str] | None = None,
           titles: Mapping[str, Any] | None = None, monthly_fee: _Number | None = None,
           daily_fee: _Number | None = None, tax: _Number | None = None,
           line_step: _Number = "0.000001", bill_step: _Number = "0.01",
           rounding: str = "half_up") -> Tariff:
    return Tariff.from_dict(tariff_dict(
        name=name, tiers=tiers, currency=currency, zone=zone, source=source, scope=scope,
        anchor=anchor, windows=windows, weekends=weekends, holidays=list(holidays), split=split,
        registers=registers or {}, titles=titles or {}, monthly_fee=monthly_fee,
        daily_fee=daily_fee, tax=tax, line_step=line_step, bill_step=bill_step,
        rounding=rounding))


def flat(price: _Number, *, name: str = "flat", **common: Any) -> Tariff:
    """One price for a kWh, all day.

    Common keywords of all four builders: currency ("CNY"), zone ("+08:00", "Europe/London"),
    source, monthly_fee and daily_fee (money), tax (a share, "0.13" is 13 %, on the sum of all
    lines), line_step ("0.000001") and bill_step ("0.01") that lines and the bill are rounded to a
    multiple of, rounding ("half_up"), titles ({band: {"en": ..., "zh": ...}}).

    Numbers are Decimal, int or str. Raises FloatRefused, InvalidValue, ValidationError.
    """
    return _build(name=name, tiers=[(None, price)], scope="period", **common)


def time_of_use(prices: Mapping[str, _Number], windows: _Windows, *, name: str = "time of use",
                **common: Any) -> Tariff:
    """A price for each band.

        time_of_use({"peak": "0.568", "valley": "0.288"},
                    {"peak": "08:00-22:00", "valley": "rest"})

    windows: times of each band: "08:00-12:00,17:00-21:00", (time, time) pairs, or "rest" for what
    the others leave of the day. weekends: such windows for Saturdays and Sundays, and for
    `holidays` (days, or "01-01" of every year). registers: {"peak": "T2"} where the meter counts
    by band. Common keywords: see `flat`.
    """
    return _build(name=name, tiers=[(None, prices)], scope="period", windows=windows, **common)


def tiered(tiers: Sequence[tuple[_Number | None, _Number]], *, per: str = "month",
           name: str = "tiered", **common: Any) -> Tariff:
    """Prices that change with what was used: each tier prices what lies within it.

        tiered([(2760, "0.538"), (4800, "0.588"), (None, "0.838")], per="year")

    tiers: (cumulative upper bound in kWh, price), the last without bound. per: "month", "year",
    "two_months", "day" or "period". anchor: "07-01", where a year begins otherwise. Common
    keywords: see `flat`.
    """
    return _build(name=name, tiers=list(tiers), scope=per, **common)


def tiered_time_of_use(tiers: Sequence[tuple[_Number | None, Mapping[str, _Number]]],
                       windows: _Windows, *, per: str = "month", split: str = "pro_rata",
                       name: str = "tiered time of use", **common: Any) -> Tariff:
    """Prices by tier and band: each tier has a price for every band.

        tiered_time_of_use([(230, {"peak": "0.568", "valley": "0.288"}),
                            (None, {"peak": "0.618", "valley": "0.338"})],
                           {"peak": "08:00-22:00", "valley": "rest"})

    split: which band's energy lies in which tier: "pro_rata", each tier has all bands in the
    proportion in which they were used, or "chronological", tiers fill in the order of time. Other
    keywords: see `time_of_use`, `tiered` and `flat`.
    """
    return _build(name=name, tiers=list(tiers), scope=per, windows=windows, split=split, **common)


def _explain(self: Bill, lang: str = "en") -> list[str]:
    """Each line with its arithmetic, as a tenant checks it by hand; lang: "en" or "zh"."""
    return [line.explain(lang) for line in self.lines]


def _to_html(self: Bill, lang: str = "en") -> str:
    """The bill as a table; titles in "en" or "zh"."""
    return bill_html(self, _language(lang))


def _html(self: Bill) -> str:
    """The bill as a table, for a notebook."""
    return bill_html(self, "en")


def _repr(self: Bill) -> str:
    state = "" if self.is_closed else f" through {self.through.isoformat()}"
    total = shown_number(self.total.to_decimal(), 2)
    return f"<Bill {self.tariff_name!r}, {self.period.id}{state}: {total} {self.currency}>"


# The compiled class gets what is easier said in Python.
Bill.explain = _explain  # type: ignore[method-assign]
Bill.to_html = _to_html  # type: ignore[method-assign]
Bill._repr_html_ = _html  # type: ignore[method-assign]
Bill.__repr__ = _repr  # type: ignore[method-assign, assignment]
