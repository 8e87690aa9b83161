"""All pupil rows of all blocks as one frame (what `identity.link` reads), and all marks as one set of arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake.block import Block
from analysis.intake.headings import normal
from analysis.intake.identity.classes import number_in_cohort
from analysis.params import Exam

_COMPARED = (
    "national_id", "pupil", "number", "exam_number", "name", "former", "school", "class", "teaching_class", "grade",
    "mark", "total", "state", "remark", "attribute", "item", "subject", "sex", "cohort", "scaled", "part",
)  # fmt: skip


def cohort_of(exam: Exam | None) -> str:
    """The cohort's name: the calendar year in which it would have entered grade 1. Constant over grades."""
    if exam is None:
        return ""
    school_year = exam.date.year if exam.date.month >= 8 else exam.date.year - 1
    return str(school_year - exam.grade + 1)


def frame(blocks: Sequence[Block]) -> pd.DataFrame:
    """One row a pupil row, in the order of reading; index 0 … n−1.

    Columns: those of `identity.link.link`, and block, row (from 1), source, class, grade, status, excluded, sex,
    track, sector, kind, secondary (marks of an item sheet).
    """
    parts = [_part(number, block) for number, block in enumerate(blocks)]
    if not parts:
        return pd.DataFrame(columns=list(_part_columns()))
    seen = pd.concat(parts, ignore_index=True)
    _date_rosters(seen)
    return seen


def _date_rosters(seen: pd.DataFrame) -> None:
    """Cohorts of rosters that hold for all exams: no roster tells its year, but the exams of its numbers do."""
    roster = seen[(seen["kind"] == "roster") & (seen["exam"] == "")]
    sat = seen[(seen["exam"] != "") & (seen["national"] != "")]
    cohorts = sat.drop_duplicates("national").set_index("national")["cohort"]
    for _, rows in roster.groupby("block", sort=False):
        grade = pd.to_numeric(rows["class"].str.extract(r"^(\d{1,2})\d\d$")[0])
        years = (pd.to_numeric(rows["national"].map(cohorts)) + grade).dropna()
        if years.empty:
            continue
        told = grade.index[grade.notna()]
        seen.loc[told, "cohort"] = (years.mode()[0] - grade[told]).astype(int).astype(str)
        seen.loc[told, "class_number"] = rows.loc[told, "class"].str[-2:]


def whereabouts(seen: pd.DataFrame, sighting: int, blocks: Sequence[Block]) -> tuple[Block, int]:
    """The block of a sighting and its position there."""
    block = blocks[int(seen["block"].to_numpy()[sighting])]
    return block, int(np.searchsorted(block.rows, int(seen["row"].to_numpy()[sighting]) - 1))


def _part_columns() -> tuple[str, ...]:
    return ("block", "exam", "source", "row", "kind", "wide", "sheet_row", "row_text", "subject", "cohort", "class_number", "name", "former", "school",
            "class", "national", "damaged", "number", "exam_number", "pupil", "sex", "track", "sector", "excluded", "status", "stands", "secondary")  # fmt: skip


def _part(number: int, block: Block) -> pd.DataFrame:
    n, text, exam = block.n, block.text, block.entry.exam
    grade = block.entry.grade
    place = f"{block.sheet.sha256}|{block.sheet.name}|"
    columns: dict[str, Any] = {
        "block": np.full(n, number),
        "exam": _constant(block.entry.exam_id, n),
        "source": np.full(n, block.source),
        "row": block.rows + 1,
        "kind": _constant(block.entry.kind, n),
        "wide": np.full(n, not block.table.of("subject")),
        "sheet_row": [f"{place}{row}|{block.table.columns[0].index}" for row in block.rows.tolist()],
        "row_text": _row_texts(block),
        "subject": next((m.subject for m in block.marks if not isinstance(m.subject, str)), [""] * n),
        "stands": block.stands,
        "secondary": np.full(n, block.secondary),
        "cohort": _constant(cohort_of(exam), n),
        "class_number": [number_in_cohort(label, grade) for label in text["class"]],
        "name": [_name_key(name) for name in text["name"]],
        "former": [_name_key(name) for name in text["former"]],
    }
    columns |= {key: text[key] for key in _part_columns() if key not in columns}
    return pd.DataFrame(
        {
            key: pd.Series(value, dtype=object) if isinstance(value, list) else value
            for key, value in columns.items()
        }
    )


def _constant(text: str, n: int) -> list[str]:
    return [text] * n


def _name_key(name: str) -> str:
    """A name in one spelling: without blanks, with one kind of middle dot."""
    return name if name.isalpha() else normal(name).replace("•", "·").replace("・", "·")


def _row_texts(block: Block) -> list[str]:
    """A key of what each row says in the columns that matter; a running number or rank beside it does not."""
    indices = [column.index for column in block.table.columns if column.role in _COMPARED]
    if block.entry.sheets.columns.get("@row") == "pupil":
        return [f"row {row}" for row in block.rows.tolist()]
    rows = block.sheet.rows
    out = []
    for row in block.rows.tolist():
        cells = rows[row]
        width = len(cells)
        out.append(str(hash(tuple(cells[i] if i < width else "" for i in indices))))
    return out


@dataclass
class Readings:
    """All marks as read: parallel arrays, in the order of reading.

    Attributes
    ----------
    sighting, subject, column : int arrays
        Row of the sightings frame; index into `subjects`; column of the sheet from 0.
    state : uint8 array
        Index into cells.STATES.
    score : float array
    """

    sighting: NDArray[np.int64]
    subject: NDArray[np.int64]
    column: NDArray[np.int64]
    state: NDArray[np.uint8]
    score: NDArray[np.float64]
    subjects: list[str]


def readings(blocks: Sequence[Block], starts: Sequence[int]) -> Readings:
    """Marks of all blocks; `starts` is the first sighting of each block."""
    codes: dict[str, int] = {}
    parts: list[tuple[NDArray[Any], ...]] = []
    for block, start in zip(blocks, starts, strict=True):
        for marks in block.marks:
            if isinstance(marks.subject, str):
                subject = np.full(block.n, codes.setdefault(marks.subject, len(codes)))
            else:
                subject = np.array([codes.setdefault(s, len(codes)) for s in marks.subject], np.int64)
            parts.append(
                (
                    start + np.arange(block.n),
                    subject,
                    np.full(block.n, marks.column),
                    marks.states,
                    marks.scores,
                )
            )
    if not parts:
        none = np.zeros(0, np.int64)
        return Readings(none, none, none, np.zeros(0, np.uint8), np.zeros(0), [])
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Readings(joined[0], joined[1], joined[2], joined[3].astype(np.uint8), joined[4], list(codes))
