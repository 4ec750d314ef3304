# SPDX-License-Identifier: Apache-2.0
"""Tariffs: what electricity costs, as data, and what comes of it.

    tariff = Tariff.loads(text)      # JSON, format "wattpurse-tariff/2"; all faults at once
"""

from __future__ import annotations

from ._core import tariff as _core

__all__ = ["Tariff"]


class Tariff(_core.Tariff):
    """What electricity costs: prices, times and rules, checked as a whole. It never changes.

    Source: docs/tariffs.md of the library has an example of each structure.
    """

    __slots__ = ()

    @classmethod
    def loads(cls, text: str) -> Tariff:
        """A tariff from the text of its file (JSON, format "wattpurse-tariff/2").

        Raises ValidationError with every fault: where, what stands there, what should.
        """
        return cls(text)

    def __repr__(self) -> str:
        return f"<Tariff {self.name!r}: {self.currency}, {self.zone}>"
