"""Full marks that a sheet tells: in its headings, in a row below them, or in its title."""

import numpy as np
from numpy.typing import NDArray

from analysis.intake.headings import normal, spelled_full_mark, words
from analysis.intake.table import IDENTITY, LEADING, Grid, Table, shown
from analysis.workbook.sheet import Cell


def read(table: Table, grid: Grid) -> None:
    """Into `table.fulls`; a row of full marks and a row of teachers below the header are no pupils (`table.extras`)."""
    table.fulls |= {c.index: c.meaning.full for c in table.columns if c.meaning.full is not None}
    marks = [c.index for c in table.columns if c.role in ("mark", "total", "item", "unknown")]
    people = [c.index for c in table.of(*IDENTITY)]
    leading = [c.index for c in table.of(*LEADING)]
    for row in table.body[:3]:
        texts = _announced(grid[row], leading)
        if any(text in words()["full_rows"] for text in texts):
            table.extras.add(row)
            table.fulls |= {i: value for i in marks if (value := _plain_number(grid[row][i]))}
        elif any(text in words()["teacher_rows"] for text in texts):
            table.extras.add(row)
        elif row == table.body.start and people and _only_full_marks(grid[row], people, table):
            table.extras.add(row)
            table.fulls |= {
                c.index: value
                for c in table.of("mark", "total")
                if (value := _plain_number(grid[row][c.index]))
            }
    _of_title(table)


def _announced(cells: NDArray[np.object_], leading: list[int]) -> list[str]:
    """What a row may say of itself: its first text and those of the leading columns. A parent may be a 教师 by trade."""
    first = [i for i, cell in enumerate(cells) if shown(cell)][:1]
    return [normal(cells[i]) for i in (*first, *leading) if isinstance(cells[i], str)]


def _only_full_marks(cells: NDArray[np.object_], people: list[int], table: Table) -> bool:
    """A row without a pupil whose marks are all round numbers: full marks without the word."""
    if any(shown(cells[i]) for i in people) or not table.of("mark"):
        return False
    values = [_plain_number(cells[c.index]) for c in table.of("mark")]
    return all(value is not None and value >= 10 and value % 5 == 0 for value in values)


def _of_title(table: Table) -> None:
    marks = table.of("mark")
    if len({c.meaning.subject for c in marks}) != 1 or table.fulls:
        return
    for piece in (
        table.title.replace("（", "(").replace("）", ")").replace("(", " (").replace(")", ") ").split()
    ):
        full = spelled_full_mark(piece)
        if full is not None:
            table.fulls |= {c.index: full for c in marks}


def _plain_number(cell: Cell) -> float | None:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    spelled = spelled_full_mark(cell) if isinstance(cell, str) else None
    if spelled is not None:
        return spelled
    try:
        return float(normal(shown(cell)).removesuffix("分"))
    except ValueError:
        return None
