# SPDX-License-Identifier: Apache-2.0
"""What the compiled part gives as columns, for whatever people want it in."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from ._core.bill import Columns

__all__ = ["Table"]


class Table:
    """Columns of one length. Texts are str, numbers int, money and energy Decimal, times aware
    datetimes in UTC. Anything that takes Arrow takes it; nothing of Arrow, pandas or polars is
    imported before it is asked for.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return self._columns.names

    def column(self, name: str) -> list[Any]:
        """The values of one column. KeyError where there is none of that name."""
        return self._columns.column(name)

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self._columns.row(index)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self._columns.row(index) for index in range(len(self._columns)))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._columns.__arrow_c_stream__(requested_schema)

    def to_dict(self) -> dict[str, list[Any]]:
        """Lists by name."""
        return {name: self.column(name) for name in self.names}

    def to_arrow(self) -> Any:
        """A pyarrow.Table; money is decimal128."""
        import pyarrow
        return pyarrow.table(self)

    def to_pandas(self) -> Any:
        """A pandas frame, money as decimal.Decimal."""
        import pandas
        return pandas.DataFrame(self.to_dict())

    def to_polars(self) -> Any:
        """A polars frame, money as Decimal."""
        import polars
        return polars.DataFrame(self)

    def to_csv(self, path: str | PathLike[str] | IO[str]) -> None:
        """UTF-8 with a mark at its begin, so that Excel shows Chinese as it is."""
        if isinstance(path, (str, os.PathLike)):
            with open(path, "w", encoding="utf-8-sig", newline="") as file:
                return self.to_csv(file)
        out = csv.writer(path, lineterminator="\r\n")
        out.writerow(self.names)
        columns = [self.column(name) for name in self.names]
        out.writerows([_written(each) for each in row] for row in zip(*columns))
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} rows>"


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)
