# SPDX-License-Identifier: Apache-2.0
"""Tables as sheets of a workbook."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from os import PathLike
from typing import Any

DIGITS_MAX = 15
"""A cell of Excel is a binary float and keeps so many digits; a longer number goes in as text."""


def write(path: str | PathLike[str], tables: dict[str, Any]) -> None:
    """One sheet a table, with a bold head that stays in view."""
    try:
        import openpyxl
        from openpyxl.styles import Font
    except ImportError as missing:
        raise ImportError("to_xlsx needs openpyxl: pip install openpyxl") from missing
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.append(table.names)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        rows = zip(*(table.column(each) for each in table.names))
        for number, row in enumerate(rows, 2):
            sheet.append([_cell(each) for each in row])
            for column, value in enumerate(row, 1):
                if isinstance(value, str) and value.startswith("="):  # a name, and no formula
                    sheet.cell(number, column).data_type = "s"
    book.save(path)


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > DIGITS_MAX:
        return format(value, "f")
    return value
