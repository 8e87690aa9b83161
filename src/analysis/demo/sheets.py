"""Score sheets in the layout of a marking platform: workbooks and csv, the same bytes for the same table.

A table here is a mapping heading → column; columns are lists of texts or numbers, '' is an empty cell.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import xlsxwriter

from analysis.demo.marks import OK, WORDS
from analysis.demo.pupils import Floats, Ints

Cell = str | float
Table = dict[str, Sequence[Cell]]
CREATED = datetime(2026, 3, 20, 8, 0, tzinfo=UTC).replace(tzinfo=None)
"""Date inside the workbooks: fixed, or two runs would differ."""


def write_csv(path: Path, table: Table, encoding: str = "utf-8-sig") -> None:
    """Comma-separated, CRLF, as spreadsheet programs write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path: Path, tables: dict[str, Table], title: str = "") -> None:
    """One sheet a table; `title` goes above the headings. Texts stay texts, numbers numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED, "author": "青禾市教育体育局教学研究室"})
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            top = 1 if title else 0
            if title:
                sheet.write_string(0, 0, title)
            _fill(sheet, top, table)


def _fill(sheet: "xlsxwriter.worksheet.Worksheet", top: int, table: Table) -> None:
    for c, (heading, column) in enumerate(table.items()):
        sheet.write_string(top, c, heading)
        for r, cell in enumerate(column, start=top + 1):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(r, c, cell)
            else:
                sheet.write_number(r, c, cell)


def numbers(values: Floats) -> list[Cell]:
    """Marks as a sheet shows them: whole where they are whole."""
    return [int(v) if v == int(v) else v for v in values.tolist()]


def cells(values: Floats, state: Ints) -> list[Cell]:
    """Marks, or the word for why there is none."""
    column = numbers(np.where(state == OK, values, 0.0))
    for i in np.flatnonzero(state != OK).tolist():
        column[i] = WORDS[state[i]]
    return column


def totals(mark: Floats, state: Ints) -> list[Cell]:
    """Sum of the marks there are, as platforms give it; 缺考 … for who has none at all."""
    nothing = np.all(state != OK, axis=1)
    return cells(np.where(state == OK, mark, 0.0).sum(axis=1), np.where(nothing, state[:, 0], OK))
