# SPDX-License-Identifier: Apache-2.0
"""What becomes of digits that do not fit. Always named by the caller; there is no default."""

from __future__ import annotations

import enum

__all__ = ["Rounding"]


class Rounding(str, enum.Enum):
    """The modes of the General Decimal Arithmetic specification, and `EXACT`.

    Wherever one is asked for, its name as a string ("half_up") does as well.
    """

    HALF_UP = "half_up"
    """To nearest, ties away from zero: the commercial rule."""
    HALF_EVEN = "half_even"
    """To nearest, ties to the even digit."""
    HALF_DOWN = "half_down"
    """To nearest, ties towards zero."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""
    CEILING = "ceiling"
    """Towards plus infinity."""
    FLOOR = "floor"
    """Towards minus infinity."""
    EXACT = "exact"
    """Refuse with `Inexact` where a digit other than zero would be lost."""

    def __str__(self) -> str:
        return str(self.value)
