"""Where the tables of a sheet are: header blocks found by their words, titles, lists below and beside each other."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.intake import fullmarks, header
from analysis.intake.cells import numbers
from analysis.intake.headings import Meaning, Vocabulary
from analysis.intake.rows import is_foot
from analysis.intake.table import IDENTITY, LEADING, Column, Grid, Table, roles_of, shown
from analysis.workbook.sheet import Sheet

HEADER_REACH = 60
"""How many rows of a sheet are looked at for the first header."""
_LIKELY = re.compile(r"^\D*[号名籍生a-z#]\D*$", re.IGNORECASE)
"""What a heading of an identity column has, and no digit; it spares looking up each name of a long sheet."""
_NATIONAL = re.compile(r"^[Gg]\d{17}[\dXx]$")
DEEPEST_TITLE = 4
"""So many rows above a list pasted below another are looked at for its titles."""
MARKED = {"mark", "total", "scaled"}
_HELD = {"mark", "total", "scaled", "subject", "item", "unknown"}
"""Roles of what may be said of a pupil; a name without any of them is no table."""


def tables(sheet: Sheet, grid: Grid, vocabulary: Vocabulary) -> list[Table]:
    """All tables of a sheet from top to bottom; side-by-side tables become several. Empty if no header is found."""
    looked = (header.at(grid, row, sheet, vocabulary) for row in range(min(len(grid), HEADER_REACH)))
    first = next(filter(None, looked), None)
    if first is None:
        return []
    found: list[header.Header] = [first, *_later_headers(grid, first, sheet, vocabulary)]
    ends = [rows.start for rows, _ in found[1:]] + [len(grid)]
    made: list[Table] = []
    top = _title(grid, first[0].start)
    before: list[str] = []
    for (rows, columns), end in zip(found, ends, strict=True):
        own = _printed_above(grid, rows.start) if made else []
        columns = _by_content(columns, grid, range(rows.stop, end))
        parts = _side_by_side(columns)
        for part in parts:
            over = (
                _title(grid[:, part[0].index : part[-1].index + 1], first[0].start) if len(parts) > 1 else ""
            )
            title = "\n".join(filter(None, (*own, over, top)))
            table = Table(rows, range(rows.stop, end), part, title, [*own, *before])
            fullmarks.read(table, grid)
            made.append(table)
        before = [*own, *before]
    return made


def _later_headers(
    grid: Grid, first: header.Header, sheet: Sheet, vocabulary: Vocabulary
) -> Iterator[header.Header]:
    """Headers further down that differ from the one before or have a title of their own.

    The same one repeated without a title is only a row to skip.
    """
    rows, columns = first
    for row in _heading_rows(grid, rows.stop, vocabulary):
        if row < rows.stop or _has_mark(grid[row], columns):
            continue
        found = header.at(grid, row, sheet, vocabulary)
        if found and (_signature(found[1]) != _signature(columns) or _printed_above(grid, row)):
            rows, columns = found
            yield found


def _has_mark(row: Grid, columns: list[Column]) -> bool:
    """Whether a row holds a number where the table has marks: a pupil, even one called like a heading (Student, 年级)."""
    held = [row[c.index] for c in columns if c.role in MARKED]
    return bool(np.isfinite(numbers(held)).any())


def _signature(columns: list[Column]) -> list[tuple[int, str, str]]:
    return [(c.index, c.meaning.role, c.meaning.subject) for c in columns]


def _heading_rows(grid: Grid, start: int, vocabulary: Vocabulary) -> list[int]:
    """Rows in which a heading of an identity column stands, or the row of subjects above it."""
    rows: set[int] = set()
    for column in range(grid.shape[1]):
        cells = grid[start:, column].tolist()
        likely = {c for c in cells if type(c) is str and len(c) < 12 and _LIKELY.search(c)}
        hits = {c for c in likely if vocabulary.meaning(c).role in IDENTITY}
        if hits:
            rows |= {row for row, cell in enumerate(cells, start) if type(cell) is str and cell in hits}
    above = {row - 1 for row in rows if row - 1 >= start}
    return sorted(rows | above)


def _printed_above(grid: Grid, row: int) -> list[str]:
    """The titles of a list pasted below another, the nearest first: texts alone in their rows, at most blank rows under them."""
    titles: list[str] = []
    for cells in grid[max(row - DEEPEST_TITLE, 0) : row][::-1]:
        texts = [shown(cell) for cell in cells if shown(cell)]
        if len(texts) > 1 or (titles and texts and is_foot(texts[0])):
            break
        titles += texts
    return titles


def _title(grid: Grid, end: int) -> str:
    texts = (shown(cell) for row in grid[:end] for cell in row)
    return " ".join(dict.fromkeys(text for text in texts if text))[:500]


def _by_content(columns: list[Column], grid: Grid, body: range) -> list[Column]:
    """Columns under unknown headings that hold nothing but 学籍号 in their full form are known by that."""
    out = []
    for column in columns:
        if column.role == "unknown":
            texts = [
                shown(cell) for cell in grid[body.start : body.stop, column.index].tolist() if cell != ""
            ]
            if len(texts) > 1 and all(_NATIONAL.match(text) for text in texts):
                column = replace(column, meaning=Meaning("national_id"))
        out.append(column)
    return out


def _side_by_side(columns: list[Column]) -> list[list[Column]]:
    """Tables printed beside each other: the columns of a name come again, each time with marks behind them.

    The second table begins behind an empty column, else with the first of the leading columns before its name.
    """
    names = [i for i, column in enumerate(columns) if column.role == "name"]
    if len(names) < 2:
        return [columns]
    cuts = [0, *(_cut(columns, before, name) for before, name in itertools.pairwise(names))]
    parts = [columns[a:b] for a, b in zip(cuts, [*cuts[1:], len(columns)], strict=True)]
    whole = all("name" in roles_of(part) and roles_of(part) & _HELD for part in parts)
    return parts if whole else [columns]


def _cut(columns: list[Column], before: int, name: int) -> int:
    """Position in `columns` at which the table of the second name begins."""
    start = name
    while start - 1 > before and columns[start - 1].role in LEADING:
        if columns[start].index - columns[start - 1].index > 1:
            break
        start -= 1
    return start
