"""Which rows of a table are pupils, and which are summaries, notes, repeated headers or samples."""

import re
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.intake.headings import Vocabulary, normal, words
from analysis.intake.table import IDENTITY, Grid, Table, shown


class Kind(IntEnum):
    """What a row below a header is."""

    blank = 0
    pupil = 1
    summary = 2  # statistics, notes, repeated headers, full marks, teachers
    sample = 3  # the example pupil of a template
    filtered = 4  # not wanted here by the settings' `only`, or another grade
    repeat = 5  # says again what an earlier row said


_FOOT = re.compile(
    r"制表|审核|教务|日期|说明|注[::]|备注|人数|合计|总计|签[名字]|打印|填表|校长[::]|班主任[::]|统计|\d人$|^第\d+页|共\d+页|以上|年级组|考试时间"
)
_NAME = re.compile(r"^[\u3400-\u9fff\U00020000-\U000323af·•?\ufffd]{2,12}\d?$")
KindArray = NDArray[np.uint8]


@cache
def _summary() -> re.Pattern[str]:
    """Whole cell, or its end behind a class, a subject or a bracket."""
    options = "|".join(sorted((re.escape(word) for word in words()["summaries"]), key=len, reverse=True))
    return re.compile(
        rf"^(?:.*(?:[班级校科年市县区)\]]|[一二三四五六七八九十\d]))?(?:{options})(?:[:(\[%].*)?$"
    )


def is_summary(text: str) -> bool:
    """Whether a first cell says that the row is a statistic."""
    return bool(_summary().match(normal(text)))


def is_foot(text: str) -> bool:
    """Whether a text alone in its row closes a list (制表人：…, 合计：512人) and is no title of the next one."""
    return bool(_FOOT.search(normal(text))) or is_summary(text)


def is_statistics(grid: Grid) -> bool:
    """Whether a sheet without a header of pupils has a row of headings such as 平均分, 及格率."""
    return any(sum(type(cell) is str and is_summary(cell) for cell in row) >= 2 for row in grid[:10])


def kinds(table: Table, grid: Grid, vocabulary: Vocabulary, every_row: bool = False) -> KindArray:
    """Kind of each row of the table's body.

    Parameters
    ----------
    every_row : bool
        The row's own number is the pupil ('@row'): every row with a mark is one.
    """
    body = grid[table.body.start : table.body.stop]
    indices = [c.index for c in table.columns]
    filled = (body[:, indices] != "") if len(indices) else np.zeros((len(body), 0), bool)
    count = filled.sum(axis=1)
    anywhere = count > 0
    if len(body) and grid.shape[1] > len(indices):
        anywhere = anywhere | (body != "").any(axis=1)
    out = np.where(anywhere, Kind.summary, Kind.blank).astype(np.uint8)
    if every_row:
        out[count > 0] = Kind.pupil
    else:
        _people(table, body, count, out, vocabulary)
    for row in table.extras:
        out[row - table.body.start] = Kind.summary
    return out


def _people(
    table: Table, body: Grid, count: NDArray[np.int_], out: KindArray, vocabulary: Vocabulary
) -> None:
    """Marks rows as pupils by their name and number columns; summaries and notes stay what they are."""
    names = [c.index for c in table.of("name")]
    numbers = [c.index for c in table.of(*IDENTITY) if c.role != "name"]
    headings = {word for word, role in vocabulary.roles.items() if role in IDENTITY}
    headings |= {
        normal(piece)
        for c in table.columns
        if c.role in IDENTITY
        for piece in (c.heading, *c.heading.split())
    }
    samples = set(words()["samples"])
    name_cells = body[:, names[0]].tolist() if names else [""] * len(body)
    number_cells = [body[:, index].tolist() for index in numbers]
    first_cells = body[:, table.columns[0].index].tolist() if table.columns else name_cells
    pupil, sample, match = int(Kind.pupil), int(Kind.sample), _summary().match
    counts = count.tolist()
    for row in np.flatnonzero(count).tolist():
        name = name_cells[row]
        name = name.strip() if type(name) is str else shown(name)
        if name:
            if name in headings or match(name) or name[-1] in ":：":  # 年级主任：, to be signed
                continue
            if not name.isalnum() and (normal(name) in headings or is_summary(name)):
                continue
            if name in samples:
                out[row] = sample
                continue
            if counts[row] == 1 and not _stands_alone(name, number_cells, row, 1):
                continue
        elif not any(cells[row] != "" for cells in number_cells) or not _stands_alone(
            "", number_cells, row, counts[row]
        ):
            continue
        if any(
            _is_label(cells[row]) for cells in number_cells
        ):  # 制表人：beside the name of who made the sheet
            continue
        first = first_cells[row]
        if type(first) is str and first is not name_cells[row] and match(first):
            continue
        out[row] = pupil


def _is_label(cell: object) -> bool:
    """Whether a cell announces another one."""
    return type(cell) is str and cell.rstrip()[-1:] in (":", "：") and bool(cell.strip())


def _stands_alone(name: str, number_cells: list[list[object]], row: int, count: int) -> bool:
    """A row of one cell, or without a name, is a pupil only if that cell can be a name or a number."""
    if name:
        return bool(_NAME.match(normal(name))) and not _FOOT.search(normal(name))
    texts = [shown(cells[row]) for cells in number_cells if cells[row] != ""]  # type: ignore[arg-type]
    if any(_FOOT.search(normal(text)) or is_summary(text) for text in texts):
        return False
    return count > 1 and any(any(letter.isdigit() or letter.isascii() for letter in text) for text in texts)
