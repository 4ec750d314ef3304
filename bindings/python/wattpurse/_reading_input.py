# SPDX-License-Identifier: Apache-2.0
"""What people hand to `wattpurse.bill`, made into columns: frames, tables, arrays, files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import operator
import os
from array import array
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from . import errors
from ._core import Energy
from ._core import bill as _core

# Names under which a column is found where none is given; the Chinese ones are
# huhao, biaohao / shijian / dianliang / shishu.
ACCOUNT = ("account", "account_id", "meter", "meter_id", "customer", "\u6237\u53f7",
           "\u8868\u53f7", "\u7528\u6237\u7f16\u53f7")
TIME = ("time", "timestamp", "ts", "datetime", "at", "\u65f6\u95f4", "\u6570\u636e\u65f6\u95f4")
ENERGY = ("kwh", "kWh", "energy", "energy_kwh", "\u7535\u91cf", "\u7528\u7535\u91cf")
REGISTER = ("register", "reading", "total", "\u793a\u6570", "\u8868\u5e95")

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MILLISECOND = dt.timedelta(milliseconds=1)
MICROSECOND = dt.timedelta(microseconds=1)
NOT_A_TIME = -(2**63)


class Source(NamedTuple):
    """Columns, and how a row of theirs is called in an error."""

    columns: Any
    names: list[str]
    label: str
    first: int


def source_of(readings: Any) -> Source:
    """A table with the names of its columns, whatever it was given as."""
    if isinstance(readings, (str, os.PathLike)):
        return _file(Path(readings))
    if hasattr(readings, "collect") and hasattr(readings, "collect_schema"):
        readings = readings.collect()  # a lazy frame of polars
    if isinstance(readings, Mapping):
        return Source(dict(readings), list(readings), "row ", 0)
    if type(readings).__module__.partition(".")[0] == "pandas":
        return _pandas(readings)
    if hasattr(readings, "__arrow_c_stream__"):
        return Source(readings, _arrow_names(readings), "row ", 0)
    if hasattr(readings, "to_arrow_table"):  # a relation of DuckDB
        table = readings.to_arrow_table()
        return Source(table, list(table.column_names), "row ", 0)
    raise errors.WrongType(
        place="readings", value=type(readings).__name__,
        expected="a pandas or polars frame, an Arrow table or stream, a dict of columns, or the "
                 "path of a CSV or Parquet file")


def _arrow_names(readings: Any) -> list[str]:
    for name in ("column_names", "columns", "names"):
        found = getattr(readings, name, None)
        if found is not None and not callable(found):
            return [str(each) for each in found]
    schema = getattr(readings, "schema", None)
    return [str(each) for each in getattr(schema, "names", [])]


def _pandas(frame: Any) -> Source:
    """Without pyarrow a frame of pandas is a dict of its columns."""
    frame = frame.reset_index() if frame.index.name or frame.index.nlevels > 1 else frame
    names = [str(each) for each in frame.columns]
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return Source({name: frame[name] for name in frame.columns}, names, "row ", 0)
    return Source(frame, names, "row ", 0)


def _file(path: Path) -> Source:
    if not path.exists():
        raise errors.NotFound(place="readings", value=str(path), expected="a file that is there")
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path)
    return csv_source(path.read_bytes(), path.name)


def _parquet(path: Path) -> Source:
    try:
        from pyarrow import parquet
        table = parquet.read_table(path)
    except ImportError:
        try:
            import polars
        except ImportError:
            raise errors.WrongType(
                place="readings", value=str(path),
                expected="a CSV file, or pyarrow or polars installed for Parquet") from None
        table = polars.read_parquet(path)
    return Source(table, _arrow_names(table), f"{path.name} row ", 0)


def csv_source(data: bytes, name: str) -> Source:
    """A CSV file as texts: of UTF-8 or UTF-16, or of GB 18030 as older Excel writes it; with comma,
    semicolon or tab. An empty line is a row without values, so that lines can be counted."""
    text = _decoded(data, name)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _csv_columns(rows, name)
    except csv.Error as error:
        raise errors.InvalidValue(place=f"{name} line {rows.line_num}", value=str(error),
                                  expected="fields whose quotes are closed") from None


def _csv_columns(rows: Any, name: str) -> Source:
    names = [each.strip() for each in next(rows, [])]
    columns: list[list[str]] = [[] for _ in names]
    for row in rows:
        if len(row) > len(names):
            raise errors.InvalidValue(place=f"{name} line {rows.line_num}",
                                      value=f"{len(row)} values",
                                      expected=f"{len(names)}, as the first line has names")
        for index, column in enumerate(columns):
            column.append(row[index].strip() if index < len(row) else "")
    while columns and columns[0] and not any(column[-1] for column in columns):
        for column in columns:
            column.pop()
    return Source(dict(zip(names, columns)), names, f"{name} line ", 2)


def _decoded(data: bytes, name: str) -> str:
    """Never with characters in place of what is none: two accounts could become one."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Big 5 read as GB 18030 has characters that nobody uses.
        if not any("\ue000" <= each <= "\uf8ff" for each in text):
            return text
    raise errors.InvalidValue(place=name, value="bytes that are no text",
                              expected="UTF-8, UTF-16 or GB 18030")


def pick(names: list[str], given: str | None, known: tuple[str, ...], what: str) -> str:
    """The name of a column: as given, or the one that is known."""
    if given is not None and given not in names:
        raise errors.NotFound(place=what, value=given, expected="one of " + ", ".join(names))
    for name in known if given is None else (given,):
        if names.count(name) > 1:
            raise errors.InvalidValue(place=what, value=f"{names.count(name)} columns {name}",
                                      expected="one of that name")
        if name in names:
            return name
    raise errors.NotFound(place=what, value="no column of a known name",
                          expected=f"{what}='...', one of " + ", ".join(names))


def readings_of(source: Source, how: dict[str, Any]) -> Any:
    """The columns as the compiled part takes them."""
    if not isinstance(source.columns, dict):
        return _core.from_arrow(source.columns, how)
    picked = source.columns
    time, ticks, is_local = _times(picked[how["time"]], how)
    columns = {"account": _accounts(picked[how["account"]], how["account"]), "time": time,
               "ticks_a_second": ticks, "is_local": is_local,
               "value": _numbers(picked[how["value"]], how)}
    if how.get("quality"):
        columns["quality"] = _plain(picked[how["quality"]])
    return _core.from_columns(columns, how)


def _array(column: Any) -> Any:
    """An array of NumPy, out of a series too; else None."""
    if hasattr(column, "to_numpy") and not hasattr(column, "dtype"):
        column = column.to_numpy()
    if hasattr(column, "dt") and getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if hasattr(column, "to_numpy"):
        column = column.to_numpy()
    if not (hasattr(column, "dtype") and hasattr(column, "ndim")):
        return None
    return column if column.dtype.isnative else column.astype(column.dtype.newbyteorder("="))


def _plain(column: Any) -> Any:
    if hasattr(column, "filled"):
        return column.tolist()  # a masked array: None where it is masked
    found = _array(column)
    if found is None:
        return column if isinstance(column, (list, array, memoryview)) else list(column)
    if found.dtype.kind in "OST" or found.dtype.kind not in "iuUf":
        return [each.decode() if isinstance(each, bytes) else each for each in found.tolist()]
    return found if found.flags.c_contiguous else found.copy()


def _accounts(column: Any, name: str) -> Any:
    values = _plain(column)
    if isinstance(values, list):
        for row, each in enumerate(values):
            if isinstance(each, float):
                raise errors.WrongType(place=f"row {row}, column {name}", value=repr(each),
                                       expected="a text or a whole number")
    return values


def _times(column: Any, how: dict[str, Any]) -> tuple[Any, int, bool]:
    """Numbers with how many a second has, or texts; and whether they are of a wall clock."""
    is_zoned = getattr(getattr(column, "dtype", None), "tz", None) is not None
    found = None if hasattr(column, "filled") else _array(column)
    if found is not None and found.dtype.kind == "M":
        unit = str(found.dtype).partition("[")[2].rstrip("]")
        ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.get(unit)
        if ticks is None:
            found, ticks = found.astype("datetime64[s]"), 1
        return found.view("int64"), ticks, not is_zoned
    values = _plain(column)
    first = next((each for each in values if each is not None), None)
    if isinstance(first, dt.datetime):
        return _datetimes(values, first.tzinfo is None, how), 10**6, first.tzinfo is None
    if first is None or isinstance(first, str):
        return values, 1000, False
    raise errors.WrongType(place=f"column {how['time']}", value=type(first).__name__,
                           expected="datetimes, datetime64 or texts such as "
                                    "2026-01-31T23:45:00+08:00")


def _datetimes(values: list[Any], is_local: bool, how: dict[str, Any]) -> array[int]:
    """Microseconds, of a wall clock or of UTC. What is none is a bad row, as NumPy's NaT is."""
    if is_local and how.get("tz") is None:
        raise errors.NaiveTime(place=f"column {how['time']}", value=repr(values[0]),
                               expected="aware datetimes, or tz='+08:00'")
    out = array("q")
    for row, each in enumerate(values):
        if each is None or each != each:  # NaT of pandas
            out.append(NOT_A_TIME)
            continue
        place = f"row {row}, column {how['time']}"
        if not isinstance(each, dt.datetime):
            raise errors.WrongType(place=place, value=repr(each),
                                   expected="a datetime, as the rows before it")
        if (each.tzinfo is None) is not is_local:
            raise errors.NaiveTime(place=place, value=repr(each),
                                   expected="all of them aware, or none")
        moment = each.replace(tzinfo=dt.timezone.utc) if is_local else each
        out.append((moment - EPOCH) // MICROSECOND)
    return out


def _numbers(column: Any, how: dict[str, Any]) -> Any:
    values = _plain(column)
    if not isinstance(values, list):
        return values
    name, places = how["value"], how.get("places") or 0
    if how.get("floats") is not None and all(each is None or isinstance(each, (int, float))
                                  for each in values):
        return array("d", (math.nan if each is None else each for each in values))
    return [_digits(each, row, name, places) for row, each in enumerate(values)]


def _digits(value: Any, row: int, name: str, places: int) -> str | None:
    if isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f":
        raise errors.FloatRefused(
            place=f"row {row}, column {name}", value=repr(value),
            expected="Decimal, int or str, such as Decimal('0.1')")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Energy):
        return value.text
    if places and hasattr(value, "__index__") and not isinstance(value, bool):
        steps = operator.index(value)  # of 10^-places, as in an array
        digits = tuple(map(int, str(abs(steps))))
        return format(Decimal((steps < 0, digits, -places)), "f")
    return None if value is None else str(value)
