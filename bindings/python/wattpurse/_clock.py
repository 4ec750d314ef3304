# SPDX-License-Identifier: Apache-2.0
"""The time that lines are told: aware, in UTC, and never going backwards."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

__all__ = ["now", "seconds_until"]

_BEGAN = datetime.now(timezone.utc)
_ZERO = time.monotonic()

# A turn of a loop at least this much later, so that a deadline in the past is no busy loop.
_LEAST = 0.001


def now() -> datetime:
    """The wall clock as it was when the package was loaded, and what has passed since."""
    return _BEGAN + timedelta(seconds=time.monotonic() - _ZERO)


def seconds_until(deadline: datetime | None, most: float) -> float:
    """How long to sleep for a deadline; `most` where there is none, or none so near."""
    if deadline is None:
        return most
    return min(max((deadline - now()).total_seconds(), _LEAST), most)
