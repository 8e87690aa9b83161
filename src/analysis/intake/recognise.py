"""Where the tables of a sheet are, and what each column is: header blocks of one or two rows, found by their words."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.intake.headings import Meaning, Vocabulary, normal, spelled_full_mark, words
from analysis.intake.sheet import Cell, Sheet

Grid = NDArray[np.object_]
IDENTITY = ("national_id", "pupil", "number", "exam_number", "name")
PLACE = ("school", "class", "teaching_class", "grade", "cohort")
HEADER_REACH = 60
"""How many rows below the last table a header is looked for."""


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
        What stands above; in a list pasted below others its own title, then on a new line the sheet's.
    fulls : dict
        Column index → full mark told by the header, a row of full marks, or the title.
    extras : set
        Rows below the header that hold full marks or teachers.
    """

    header: range
    body: range
    columns: list[Column]
    title: str = ""
    fulls: dict[int, float] = field(default_factory=dict)
    extras: set[int] = field(default_factory=set)

    def of(self, *roles: str) -> list[Column]:
        """Columns of these roles, in the sheet's order."""
        return [column for column in self.columns if column.role in roles]


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
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def tables(sheet: Sheet, grid: Grid, vocabulary: Vocabulary) -> list[Table]:
    """All tables of a sheet from top to bottom; side-by-side tables become several. Empty if no header is found."""
    found: list[tuple[range, list[Column], int]] = []
    row, reach = 0, HEADER_REACH
    while row < min(len(grid), reach):
        header = _header_at(grid, row, sheet, vocabulary)
        if header:
            found.append((*header, row))
            break
        row += 1
    if not found:
        return []
    found += _later_headers(grid, found[0], sheet, vocabulary)
    ends = [entry[0].start for entry in found[1:]] + [len(grid)]
    made: list[Table] = []
    top = _title(grid, 0, found[0][0].start)
    for (header_rows, columns, _), end in zip(found, ends, strict=True):
        own = _printed_above(grid, header_rows.start) if made else ""
        for part in _side_by_side(columns):
            table = Table(
                header_rows, range(header_rows.stop, end), part, "\n".join(filter(None, (own, top)))
            )
            _full_marks(table, grid)
            made.append(table)
    return made


def _header_at(
    grid: Grid, row: int, sheet: Sheet, vocabulary: Vocabulary
) -> tuple[range, list[Column]] | None:
    """Header block whose first row is `row`, or None."""
    first = _meanings(grid[row], vocabulary)
    if not _is_header(first) and not _is_declared(grid[row], vocabulary):
        return None
    rows = range(row, row + 1)
    if row + 1 < len(grid):
        below = _meanings(grid[row + 1], vocabulary)
        if _is_second_row(grid, row, first, below) or (
            not _has_identity(first) and _is_header(below) and _has_identity(below)
        ):
            rows = range(row, row + 2)
    if len(rows) == 1:
        texts = [shown(cell) for cell in grid[row]]
        return rows, [Column(i, texts[i], first[i]) for i in range(len(texts)) if first[i].role != "blank"]
    return rows, _joined(grid, row, sheet, vocabulary)


def _meanings(row: NDArray[np.object_], vocabulary: Vocabulary) -> list[Meaning]:
    """Meaning of every cell of a row read as headings; numbers are no headings."""
    return [
        vocabulary.meaning(cell)
        if isinstance(cell, str) and len(cell) < 60
        else Meaning("unknown" if shown(cell) else "blank")
        for cell in row
    ]


def _is_header(meanings: list[Meaning]) -> bool:
    """At least two headings known, among them an identity, a place, or two marks; and no fewer known than unknown."""
    known = [m for m in meanings if m.role not in ("unknown", "blank")]
    unknown = sum(m.role == "unknown" for m in meanings)
    anchors = {m.role for m in known} & {*IDENTITY, *PLACE, "item", "subject", "teacher"}
    marks = len({m.subject for m in known if m.role == "mark"})
    strong = bool(anchors & set(IDENTITY)) and len({(m.role, m.subject) for m in known}) >= 3
    several = len({(m.role, m.subject) for m in known}) >= 2
    return several and bool(anchors or marks >= 2) and (strong or len(known) >= unknown)


def _is_declared(row: NDArray[np.object_], vocabulary: Vocabulary) -> bool:
    """Whether the headings that the settings name for this sheet stand in the row."""
    texts = {normal(cell) for cell in row if isinstance(cell, str)}
    return bool(vocabulary.overrides) and vocabulary.overrides.keys() <= texts


def _has_identity(meanings: list[Meaning]) -> bool:
    return any(m.role in (*IDENTITY, *PLACE) for m in meanings)


def _is_second_row(grid: Grid, row: int, first: list[Meaning], below: list[Meaning]) -> bool:
    """Whether the row below holds only sub-heads (得分, 校次, (120)) and nothing under the identity columns."""
    some = False
    for column, cell in enumerate(grid[row + 1]):
        text = shown(cell)
        if not text:
            continue
        if first[column].role in IDENTITY and normal(text) != normal(shown(grid[row][column])):
            return False
        if not isinstance(cell, str):
            return False
        if (
            below[column].role in ("unknown", "blank")
            and spelled_full_mark(text) is None
            and not _is_suffix(text)
        ):
            return False
        if below[column].role in IDENTITY and first[column].role == below[column].role:
            return False
        some = True
    return some


def _is_suffix(text: str) -> bool:
    key = normal(text).strip("()[]")
    return any(key in aliases for aliases in words()["suffixes"].values())


def _joined(grid: Grid, row: int, sheet: Sheet, vocabulary: Vocabulary) -> list[Column]:
    """Columns of a two-row header: the upper cell reaches over its merged range, or over blanks to its right."""
    columns, upper = [], ""
    covered = {
        (r, c): (r0, c0)
        for r0, c0, r1, c1 in sheet.merged
        if r0 == row
        for r in range(r0, r1 + 1)
        for c in range(c0, c1 + 1)
    }
    for index in range(grid.shape[1]):
        own, sub = shown(grid[row][index]), shown(grid[row + 1][index])
        if (row, index) in covered:
            own = shown(grid[covered[row, index]])
            if covered.get((row + 1, index)) == covered[row, index]:
                sub = ""
        if own:
            upper = own
        elif sub and not covered and vocabulary.meaning(upper).role in ("mark", "total"):
            own = upper
        meaning = _both(own, sub, vocabulary)
        if own or sub:
            columns.append(Column(index, f"{own} {sub}".strip(), meaning))
    return columns


def _both(upper: str, sub: str, vocabulary: Vocabulary) -> Meaning:
    """Meaning of an upper and a lower heading together."""
    if not sub or not upper:
        return vocabulary.meaning(upper or sub)
    above, below = vocabulary.meaning(upper), vocabulary.meaning(sub)
    full = spelled_full_mark(sub)
    if full is not None:
        return Meaning(above.role, above.subject, full)
    joint = vocabulary.meaning(upper + sub)
    if joint.role != "unknown":
        return joint if joint.full is not None else Meaning(joint.role, joint.subject, above.full)
    if above.role in ("mark", "total"):
        if below.role == "mark" and not below.subject:
            return above
        return Meaning(below.role, above.subject) if below.role != "unknown" else Meaning("unknown")
    return below if below.role != "unknown" else above


def _later_headers(
    grid: Grid, first: tuple[range, list[Column], int], sheet: Sheet, vocabulary: Vocabulary
) -> Iterator[tuple[range, list[Column], int]]:
    """Headers further down that differ from the one before or have a title of their own.

    The same one repeated without a title is only a row to skip.
    """
    rows, columns, _ = first
    before = _signature(columns)
    anchor = next((c.index for c in columns if c.role in IDENTITY), columns[0].index)
    row = rows.stop
    candidates = _heading_rows(grid, row, anchor, vocabulary)
    for row in candidates:
        if row < rows.stop:
            continue
        header = _header_at(grid, row, sheet, vocabulary)
        if header and (_signature(header[1]) != before or _printed_above(grid, row)):
            before, rows = _signature(header[1]), header[0]
            yield (*header, row)


def _signature(columns: list[Column]) -> list[tuple[int, str, str]]:
    return [(c.index, c.meaning.role, c.meaning.subject) for c in columns]


def _heading_rows(grid: Grid, start: int, anchor: int, vocabulary: Vocabulary) -> list[int]:
    """Rows whose first cells are headings, looked up without normalising each name of a long sheet."""
    known = set(vocabulary.roles) | set(vocabulary.overrides)
    rows = set()
    for column in {anchor, 0}:
        cells = grid[start:, column].tolist()
        hits = {
            c
            for c in {c for c in cells if type(c) is str}
            if c in known or (len(c) < 12 and normal(c) in known)
        }
        if hits:
            rows |= {row for row, cell in enumerate(cells, start) if type(cell) is str and cell in hits}
    return sorted(rows)


def _printed_above(grid: Grid, row: int) -> str:
    """The title of a list pasted below another: one text alone in its row, at most blank rows under it."""
    for cells in grid[max(row - 3, 0) : row][::-1]:
        texts = [shown(cell) for cell in cells if shown(cell)]
        if texts:
            return texts[0] if len(texts) == 1 else ""
    return ""


def _title(grid: Grid, top: int, end: int) -> str:
    texts = (shown(cell) for row in grid[max(top, 0) : end] for cell in row)
    return " ".join(dict.fromkeys(text for text in texts if text))[:500]


def _side_by_side(columns: list[Column]) -> list[list[Column]]:
    """Tables printed beside each other: the first identity heading comes again with the same neighbours."""
    names = [i for i, column in enumerate(columns) if column.role == "name"]
    if len(names) < 2:
        return [columns]
    width = names[1] - names[0]
    offsets = range(names[0] - names[0] % width if names[0] < width else 0, len(columns), width)
    parts = [columns[i : i + width] for i in offsets]
    shapes = {tuple((c.role, c.meaning.subject) for c in part) for part in parts}
    return parts if len(shapes) == 1 else [columns]


def _full_marks(table: Table, grid: Grid) -> None:
    """Full marks of the header and of a row right below it; that row and a row of teachers are no pupils."""
    table.fulls |= {c.index: c.meaning.full for c in table.columns if c.meaning.full is not None}
    marks = [c.index for c in table.columns if c.role in ("mark", "total", "item", "unknown")]
    people = [c.index for c in table.of(*IDENTITY)]
    for row in table.body[:3]:
        texts = [normal(cell) for cell in grid[row] if isinstance(cell, str)]
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
    _full_mark_of_title(table)


def _only_full_marks(cells: NDArray[np.object_], people: list[int], table: Table) -> bool:
    """A row without a pupil whose marks are all round numbers: full marks without the word."""
    if any(shown(cells[i]) for i in people) or not table.of("mark"):
        return False
    values = [_plain_number(cells[c.index]) for c in table.of("mark")]
    return all(value is not None and value >= 10 and value % 5 == 0 for value in values)


def _full_mark_of_title(table: Table) -> None:
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
