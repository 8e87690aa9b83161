"""Totals: the declared total of every pupil, summed anew; and questions about the sheets' own totals that are not it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake import cells
from analysis.intake.block import Block, City
from analysis.intake.table import grid_of
from analysis.params import Exam
from analysis.terms import TOTAL, State

_TOTAL_STATES = (
    State.left,
    State.cheat,
    State.absent,
    State.deferred,
    State.exempt,
    State.unscanned,
    State.invalid,
    State.blank,
)
TOLERANCE = 0.011
"""A stated total may differ from the sum by rounding to two decimals."""
FEW = 5
"""So many wrong totals of a sheet are told one by one; more are one problem with a count."""
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def totals(made: pd.DataFrame, exams: Mapping[str, Exam]) -> pd.DataFrame:
    """The declared total of every pupil with a row: the sum of the papers that count, where all of them are ok.

    A paper without any row in the exam is not asked for. Under a track (electives) a pupil's own papers are asked for,
    and as many of them as most pupils have.
    """
    parts = []
    for exam_id, group in made[made["subject"] != TOTAL].groupby("exam", sort=False):
        exam = exams[str(exam_id)]
        counted = {s for s in group["subject"].unique() if s not in exam.papers or exam.papers[s].in_total}
        group = group[group["subject"].isin(counted)]
        if not counted or group.empty:
            continue
        parts.append(_totals_of(group, len(counted), exam.track))
    return pd.concat(parts, ignore_index=True) if parts else made.iloc[:0]


def _totals_of(group: pd.DataFrame, papers: int, track: bool) -> pd.DataFrame:
    """One row a pupil; sums and worst states by counting, in the order of first appearance."""
    codes, people = pd.factorize(group["person"].to_numpy())
    first = np.zeros(len(people), int)
    first[codes[::-1]] = np.arange(len(group))[::-1]
    rank = {state.value: i for i, state in enumerate(_TOTAL_STATES)}
    ranks = group["state"].map(rank).fillna(len(rank)).to_numpy(int)  # ok comes last
    worst = np.full(len(people), len(rank))
    np.minimum.at(worst, codes, ranks)
    rows = np.bincount(codes, minlength=len(people))
    wanted = int(np.bincount(rows).argmax()) if track else papers
    complete = (worst == len(rank)) & (rows == wanted)
    sums = np.bincount(codes, weights=np.nan_to_num(group["score"].to_numpy()), minlength=len(people))
    # A pupil whose rows are all ok but who lacks a paper's row: nothing is known of it, blank.
    names = np.array([*(state.value for state in _TOTAL_STATES), State.blank.value], dtype=object)
    out = group.iloc[first].copy()
    out["subject"] = TOTAL
    out["state"] = np.where(complete, State.ok.value, names[worst])
    out["score"] = np.where(complete, sums, np.nan)
    return out


def stated(seen: pd.DataFrame, person: NDArray[np.int64], blocks: Sequence[Block], starts: Sequence[int],
           made: pd.DataFrame, city: City) -> None:  # fmt: skip
    """Questions about the sheets' own totals that are not the sums: one with a count where the cause is plain."""
    sums = made.loc[(made["subject"] == TOTAL) & (made["state"] == "ok")].set_index(["exam", "person"])[
        "score"
    ]
    for block, start in zip(blocks, starts, strict=True):
        if block.totals is None or not block.n or not np.nan_to_num(block.totals.scores).any():
            continue
        keys = pd.MultiIndex.from_arrays([[block.entry.exam_id] * block.n, person[start : start + block.n]])
        expected = sums.reindex(keys).to_numpy(float)
        own = np.nansum([marks.scores for marks in block.marks], axis=0)  # before other sheets mended the row
        wrong = _differ(block.totals.scores, expected) & _differ(block.totals.scores, own)
        if wrong.any():
            _ask(block, block.totals.scores, expected, np.flatnonzero(wrong), city)


def _differ(stated_: Floats, sums: Floats) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(stated_) & (np.abs(stated_ - sums) > TOLERANCE))


def _ask(block: Block, told: Floats, expected: Floats, wrong: Rows, city: City) -> None:
    """The wrong totals of one sheet into the list of issues, each with its cause as far as it shows."""
    excess = told - expected
    skipped = np.zeros(0, int)
    if (texts := _as_texts(block)).any():
        skipped = wrong[np.abs(excess[wrong] + texts[wrong]) <= TOLERANCE]
    _add("total_skips_text", block, told, expected, skipped, city, "")
    rest = np.setdiff1d(wrong, skipped)
    if heading := _added_column(block, excess, rest):
        _add("total_includes", block, told, expected, rest, city, heading)
    else:
        _add("total_differs", block, told, expected, rest, city, "")


def _add(
    code: str, block: Block, told: Floats, expected: Floats, rows: Rows, city: City, heading: str
) -> None:
    column = block.totals.column if block.totals else -1
    for position in rows.tolist():
        place = block.place(position, column, TOTAL)
        alone = code == "total_differs" and len(rows) <= FEW
        group = f"{code} {position}" if alone else code
        city.issues.add(code, place, heading or f"{told[position]:g}", f"{expected[position]:g}", group=group)


def _as_texts(block: Block) -> Floats:
    """Of each row's marks the sum of those that are numbers typed as text: a spreadsheet's SUM passes over them."""
    grid = grid_of(block.sheet)[block.rows]
    out = np.zeros(block.n)
    for marks in block.marks:
        is_text = np.fromiter((type(cell) is str for cell in grid[:, marks.column]), bool, block.n)
        out += np.where(is_text, np.nan_to_num(marks.scores), 0)
    return out


def _added_column(block: Block, excess: Floats, wrong: Rows) -> str:
    """Heading of the column that is not counted here and makes up the difference in nearly every wrong row."""
    if len(wrong) <= FEW:
        return ""
    taken = {marks.column for marks in block.marks}
    grid = grid_of(block.sheet)[block.rows]
    for column in block.table.of("mark", "bonus", "unknown", "part", "scaled", "total_other"):
        if column.index not in taken:
            values = np.nan_to_num(cells.numbers(grid[:, column.index].tolist()))
            if (np.abs(excess[wrong] - values[wrong]) <= TOLERANCE).mean() >= 0.9:
                return column.heading
    return ""
