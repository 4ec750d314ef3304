# SPDX-License-Identifier: Apache-2.0
"""How far a long run is: tqdm where it is installed, else a line on a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any, Callable

SHOWN_AFTER = 0.5
"""Seconds: a run that is over sooner shows nothing."""

Progress = Callable[[int, int], None]


class Bar:
    """Called with (done, total)."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._begin = time.monotonic()
        self._bar: Any = None
        self._is_drawn = False

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None and not self._is_drawn:
            if time.monotonic() - self._begin < SHOWN_AFTER or done == total:
                return
            self._bar = _tqdm(total, self._unit)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
            if done == total:
                self._bar.close()
        else:
            self._draw(done, total)

    def _draw(self, done: int, total: int) -> None:
        self._is_drawn = True
        if not sys.stderr.isatty():
            return
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} {self._unit}", end=end, file=sys.stderr, flush=True)


def _tqdm(total: int, unit: str) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit=" " + unit)


def progress_of(wanted: bool | Progress | None, unit: str) -> Progress | None:
    """What is to be called: nothing, a bar, or what the caller gave."""
    if callable(wanted):
        return wanted
    return Bar(unit) if wanted else None
