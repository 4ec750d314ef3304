# SPDX-License-Identifier: Apache-2.0
"""What an account has used, and what else its tariff asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ._core import tariff as _core

if TYPE_CHECKING:
    from typing import Union
    from ._core import Energy, Power
    _Number = Union[Decimal, int, str, Energy, Power]
    _Day = Union[date, str]
    _Named = Union[Mapping[str, Any], Iterable[Any]]

__all__ = ["Consumption", "Row"]


class Row(NamedTuple):
    """So much in so long. A purchase is of one moment: `until` is `start`."""

    start: datetime
    """Aware."""
    until: datetime
    """Half open; end-stamped data have start = time - interval."""
    quantity: Any
    """kWh, kvarh or kW: Energy, Power, Decimal, int or str of at most 4 places."""
    channel: str = "import"
    """"import", "export", "reactive", "purchase" or "demand"."""
    register: str | None = None
    """"T1" to "T4" of a meter with tariff registers; None: bands by the clock."""
    quality: str = "good"
    """"good", "estimated", "suspect" or "rejected"; the last two are not charged."""
    meter: str = "main"


def _pairs(named: _Named) -> Iterable[Any]:
    return named.items() if isinstance(named, Mapping) else named


class Consumption(_core.Consumption):
    """Everything about an account that its tariff may ask for.

        used = Consumption([Row(start, until, "12.5")])
        used.add_intervals(midnight, timedelta(minutes=15), quarter_hours)

    The order of rows never matters; rows of one meter, channel and register do not overlap. They
    may begin before the period that is rated: a ladder by the year counts from there.
    """

    def __init__(self, rows: Iterable[Any] = (), *, meters: Iterable[str] = ("main",),
                 attributes: _Named = (), openings: _Named = (), past: Iterable[Any] = (),
                 credits: Iterable[Any] = (), prices: Iterable[Any] = (),
                 events: Iterable[tuple[str, _Day]] = (), service_from: datetime | None = None,
                 service_until: datetime | None = None, carried: Decimal | int | str = "0") -> None:
        """rows: `Row`s or tuples of that shape.

        attributes: {"contract_kva": "50"}, or (name, value[, since]) with an aware datetime from
        which the value holds. openings: {"energy": "1200"} in kWh, or (determinant, quantity[,
        band]). past: (determinant, month, value). credits: (of, quantity, earned, expires).
        prices: (name, start, step, values). events: (name, day). carried: money.

        Raises FloatRefused, NaiveTime, TooManyPlaces, InvalidValue and WrongType, each with the
        place, as "rows[17].quantity".
        """
        super().__init__()
        self.set_meters(meters)
        self.add_rows(rows)
        for each in _pairs(attributes):
            self.add_attribute(*each)
        for each in _pairs(openings):
            self.add_opening(*each)
        for each in past:
            self.add_past(*each)
        for each in credits:
            self.add_credit(*each)
        for each in prices:
            self.add_prices(*each)
        for each in events:
            self.add_event(*each)
        self.service_from = service_from
        self.service_until = service_until
        self.carried = carried

    @classmethod
    def of_registers(cls, start: datetime, until: datetime, registers: Mapping[str, _Number],
                     **more: Any) -> Consumption:
        """What the registers of a meter counted in one stretch: {"T2": "120.5", "T4": "60"}.

        more: as for Consumption().
        """
        out = cls(**more)
        for register, quantity in registers.items():
            out.add(start, until, quantity, register=register)
        return out

    def add(self, start: datetime, until: datetime, quantity: _Number, *, channel: str = "import",
            register: str | None = None, quality: str = "good", meter: str | None = None) -> None:
        """Adds one row; see `Row`. meter: its name; the first one unless told."""
        self.add_rows([(start, until, quantity, channel, register, quality, meter)])

    def add_purchase(self, at: datetime, quantity: _Number) -> None:
        """Adds energy (kWh) bought in advance at a moment."""
        self.add_rows([(at, at, quantity, "purchase")])

    @property
    def rows(self) -> list[Row]:
        """Its rows, in the order in which they were added; times in UTC."""
        return [Row._make(each) for each in self.row_tuples()]

    def merged(self) -> Consumption:
        """The same without registers: what several counted in one time is one row.

        So what a meter with tariff registers has counted is rated by a tariff without bands.
        """
        same = dict(self._parts(), rows=super().merged().row_tuples())
        return Consumption(**same)

    def _parts(self) -> dict[str, Any]:
        return {"rows": self.row_tuples(), "meters": self.meters, "attributes": self.attributes,
                "openings": self.openings, "past": self.past, "credits": self.credits,
                "prices": self.prices, "events": self.events, "service_from": self.service_from,
                "service_until": self.service_until, "carried": self.carried}

    def __copy__(self) -> Consumption:
        return Consumption(**self._parts())

    def __deepcopy__(self, memo: Any) -> Consumption:
        return Consumption(**self._parts())

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self._parts(),)

    def __repr__(self) -> str:
        if self.span is None:
            return "<Consumption: no rows>"
        start, until = (each.isoformat() for each in self.span)
        return f"<Consumption: {len(self)} rows, {start} until {until}>"


def _made(parts: dict[str, Any]) -> Consumption:
    return Consumption(**parts)


def intervals(start: datetime, step: timedelta, quantities: Iterable[_Number | None],
              **more: Any) -> Consumption:
    """A Consumption of rows that follow one another, each `step` long.

    quantities: kWh; None where nobody knows, which the bill lists as a gap. more: channel,
    register, quality, meter.
    """
    out = Consumption()
    out.add_intervals(start, step, quantities, **more)
    return out
