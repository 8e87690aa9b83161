"""One header block: rows of headings on top of each other, the upper ones reaching over the lower ones."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.intake.headings import Meaning, Vocabulary, normal, spelled_full_mark, words
from analysis.intake.labels import is_label
from analysis.intake.table import IDENTITY, LEADING, PLACE, Column, Grid, shown
from analysis.workbook.sheet import Sheet

DEEPEST = 4
"""A header block has at most so many rows."""
Header = tuple[range, list[Column]]


def at(grid: Grid, row: int, sheet: Sheet, vocabulary: Vocabulary) -> Header | None:
    """Header block whose first row is `row`, or None."""
    first = _meanings(grid[row], vocabulary)
    if not _is_header(_without_labels(first, grid[row])) and not _is_declared(grid[row], vocabulary):
        return None
    stop = row + 1
    if stop < len(grid) and not _has_identity(first):
        below = _meanings(grid[stop], vocabulary)
        stop += _is_header(below) and _has_identity(below)  # the subjects alone stand above
    while stop < min(len(grid), row + DEEPEST) and _is_lower_row(grid, range(row, stop), sheet, vocabulary):
        stop += 1
    rows = range(row, stop)
    if len(rows) == 1:
        texts = [shown(cell) for cell in grid[row]]
        return rows, [Column(i, texts[i], first[i]) for i in range(len(texts)) if first[i].role != "blank"]
    return rows, _joined(grid, rows, sheet, vocabulary)


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


def _without_labels(meanings: list[Meaning], row: NDArray[np.object_]) -> list[Meaning]:
    """The meanings of a row in which item labels (1, 2, 20(1)) speak neither for nor against a header."""
    return [
        Meaning("blank") if m.role == "unknown" and is_label(shown(cell)) else m
        for m, cell in zip(meanings, row, strict=True)
    ]


def _is_declared(row: NDArray[np.object_], vocabulary: Vocabulary) -> bool:
    """Whether the headings that the settings name for this sheet stand in the row."""
    texts = {normal(cell) for cell in row if isinstance(cell, str)}
    return bool(vocabulary.overrides) and vocabulary.overrides.keys() <= texts


def _has_identity(meanings: list[Meaning]) -> bool:
    return any(m.role in (*IDENTITY, *PLACE) for m in meanings)


def _is_lower_row(grid: Grid, above: range, sheet: Sheet, vocabulary: Vocabulary) -> bool:
    """Whether the row below a header holds only sub-heads (得分, 校次, (120)) and nothing new under the identity columns."""
    row = above.stop
    some = False
    for column, cell in enumerate(grid[row]):
        text = shown(cell)
        if not text:
            continue
        over = [shown(grid[r][column]) for r in above if shown(grid[r][column])]
        same = bool(over) and normal(text) == normal(over[-1])
        if not isinstance(cell, str) or len(text) >= 60:
            return False
        head = vocabulary.meaning(over[-1]) if over else Meaning("blank")
        own = vocabulary.meaning(text)
        if head.role in LEADING and not same:
            return False
        if own.role in IDENTITY and (same or own.role == head.role) and not _merged(sheet, above, column):
            return False
        if own.role in ("unknown", "blank") and spelled_full_mark(text) is None and not _is_suffix(text):
            return False
        some = True
    return some


def _merged(sheet: Sheet, rows: range, column: int) -> bool:
    """Whether a merged range reaches from these rows into the next one: its text may stand in each of its cells."""
    return any(
        r0 <= rows[-1] and rows.stop <= r1 and c0 <= column <= c1 and r0 >= rows.start
        for r0, c0, r1, c1 in sheet.merged
    )


def _is_suffix(text: str) -> bool:
    key = normal(text).strip("()[]")
    return any(key in aliases for aliases in words()["suffixes"].values())


def _joined(grid: Grid, rows: range, sheet: Sheet, vocabulary: Vocabulary) -> list[Column]:
    """Columns of a header of several rows: each heading with what stands over it."""
    levels = [_level(grid, row, rows, sheet, vocabulary) for row in rows]
    columns = []
    for index in range(grid.shape[1]):
        texts = [level[index] for level in levels if level[index]]
        path = [text for i, text in enumerate(texts) if i == 0 or normal(text) != normal(texts[i - 1])]
        if path:
            columns.append(Column(index, " ".join(path), _together(path, vocabulary)))
    return columns


def _level(grid: Grid, row: int, rows: range, sheet: Sheet, vocabulary: Vocabulary) -> list[str]:
    """The texts of one header row, each over all the columns that it heads.

    A merged cell heads its range. Without merge marks, a subject, a total or an unknown word (期中) heads the blank cells to its right under which
    a lower row has a sub-head.
    """
    texts = [shown(cell) for cell in grid[row]]
    ranges = [m for m in sheet.merged if m[0] <= row <= m[2] and m[0] >= rows.start]
    for r0, c0, _, c1 in ranges:
        text = shown(grid[r0][c0])
        for column in range(c0, min(c1 + 1, len(texts))):
            texts[column] = text if r0 == row else ""  # said once, by its top row
    wide = any(c1 > c0 for _, c0, _, c1 in ranges)
    if wide or row == rows[-1]:
        return texts
    upper = ""
    for column, text in enumerate(texts):
        if text:
            upper = text
        elif any(shown(grid[r][column]) for r in range(row + 1, rows.stop)):
            if vocabulary.meaning(upper).role in ("mark", "total", "scaled", "unknown"):
                texts[column] = upper
        else:
            upper = ""
    return texts


def _together(path: Sequence[str], vocabulary: Vocabulary) -> Meaning:
    """Meaning of headings on top of each other, the topmost first."""
    meaning, said = vocabulary.meaning(path[0]), path[0]
    for sub in path[1:]:
        meaning = _both(said, meaning, sub, vocabulary)
        said += sub
    return meaning


def _both(upper: str, above: Meaning, sub: str, vocabulary: Vocabulary) -> Meaning:
    """Meaning of a heading under another one."""
    below = vocabulary.meaning(sub)
    if below.role == "unknown":
        below = Meaning(vocabulary.suffixes.get(normal(sub).strip("()[]"), "unknown"))
    full = spelled_full_mark(sub)
    if full is not None:
        return replace(above, full=full)
    joint = vocabulary.meaning(upper + sub)
    if joint.role != "unknown":
        return joint if joint.full is not None else replace(joint, full=above.full)
    if above.role in ("mark", "total", "scaled"):
        if below.role == "mark" and not below.subject:
            return above
        if below.role == "total" and above.subject:  # 语文 over 总分, beside its parts
            return replace(above, role="mark")
        return replace(above, role=below.role, full=None) if below.role != "unknown" else Meaning("unknown")
    return below if below.role != "unknown" else above
