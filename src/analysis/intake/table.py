"""A table of a sheet: its cells as a grid, its columns, and where its header and its body are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.intake.headings import Meaning
from analysis.workbook.sheet import Cell, Sheet

Grid = NDArray[np.object_]
IDENTITY = ("national_id", "pupil", "number", "exam_number", "name")
PLACE = ("school", "graduated", "class", "teaching_class", "grade", "cohort")
LEADING = (*IDENTITY, *PLACE, "seat", "sex", "track", "township", "sector", "attribute", "former")
"""Roles of the columns that stand before a pupil's marks."""


@dataclass(frozen=True)
class Column:
    """One column of a table: its place (from 0), heading as written, and meaning."""

    index: int
    heading: str
    meaning: Meaning

    @property
    def role(self) -> str:
        return self.meaning.role


@dataclass
class Table:
    """One table of a sheet.

    Attributes
    ----------
    header : range
        Rows of the header block.
    body : range
        Rows from below the header to the end of the table.
    title : str
        What stands above; in a list pasted below others its own titles, the nearest first, then on a new line the sheet's.
    sections : list
        Titles of this list and of those above it, the nearest first: a school stands once over the lists of its classes.
    fulls : dict
        Column index → full mark told by the header, a row of full marks, or the title.
    extras : set
        Rows below the header that hold full marks or teachers.
    """

    header: range
    body: range
    columns: list[Column]
    title: str = ""
    sections: list[str] = field(default_factory=list)
    fulls: dict[int, float] = field(default_factory=dict)
    extras: set[int] = field(default_factory=set)

    def of(self, *roles: str) -> list[Column]:
        """Columns of these roles, in the sheet's order."""
        return [column for column in self.columns if column.role in roles]


def roles_of(columns: Sequence[Column]) -> set[str]:
    return {column.role for column in columns}


def grid_of(sheet: Sheet) -> Grid:
    """The sheet's cells as a rectangle; blanks and None are empty strings."""
    width = max(map(len, sheet.rows), default=0)
    padded = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in sheet.rows]
    grid = np.empty((len(padded), width), dtype=object)
    if padded and width:
        grid[:] = padded
    return grid


def shown(cell: Cell) -> str:
    """A cell as a person sees it: whole floats without .0, no blanks around."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)
