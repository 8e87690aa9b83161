"""One mark a pupil, paper and exam: repeats collapse, later sheets fill gaps, contradictions become issues; totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake.block import Block, City
from analysis.intake.cells import CODE, STATES
from analysis.intake.sightings import Readings, whereabouts
from analysis.params import Exam
from analysis.terms import TOTAL, State

_BLANK, _UNSCANNED, _OK, _INVALID = (CODE[s] for s in (State.blank, State.unscanned, State.ok, State.invalid))
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


@dataclass
class Resolved:
    """Which readings stand.

    Attributes
    ----------
    stands : bool array, over all readings
        The one reading a pupil, paper and exam that goes into `scores`.
    counted : uint8 array
        State under which each cell is counted in the account (conflicting ones as invalid).
    """

    stands: NDArray[np.bool_]
    counted: NDArray[np.uint8]


def resolve(seen: pd.DataFrame, person: NDArray[np.int64], marks: Readings, dropped: NDArray[np.bool_],
            blocks: Sequence[Block], city: City) -> Resolved:  # fmt: skip
    """Choose one reading for each pupil, paper and exam.

    Parameters
    ----------
    dropped : bool array over sightings
        Exact repeats of an earlier row; their cells are not counted again.
    """
    alive = ~dropped[marks.sighting]
    exam_codes = pd.factorize(seen["exam"])[0]
    key = (exam_codes[marks.sighting] * (len(seen) + 1) + person[marks.sighting]) * max(
        len(marks.subjects), 1
    ) + marks.subject
    order = np.flatnonzero(alive)
    order = order[np.argsort(key[order], kind="stable")]
    new = np.ones(len(order), bool)
    new[1:] = key[order][1:] != key[order][:-1]
    stands = np.zeros(len(key), bool)
    counted = marks.state.copy()
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(order)))
    stands[order[starts[sizes == 1]]] = True
    own = _says_it_stands(blocks, len(seen))
    second = np.concatenate([np.full(b.n, b.secondary) for b in blocks]) if blocks else np.zeros(0, bool)
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        group = order[start : start + size].tolist()
        first = [i for i in group if not second[marks.sighting[i]] and marks.state[i] != _BLANK]
        group = first or group  # an item sheet's mark counts only where no score sheet has one
        chosen = _choose(group, marks, seen, own, blocks, city)
        stands[chosen if chosen is not None else group[0]] = True
        if chosen is None:
            counted[group] = _INVALID
    return Resolved(stands, counted)


def _says_it_stands(blocks: Sequence[Block], n: int) -> NDArray[np.bool_]:
    return np.concatenate([block.stands for block in blocks]) if blocks else np.zeros(n, bool)


def _choose(
    group: list[int],
    marks: Readings,
    seen: pd.DataFrame,
    own: NDArray[np.bool_],
    blocks: Sequence[Block],
    city: City,
) -> int | None:
    """The reading that stands among several; None if they contradict each other and nobody says which is right."""

    def note(code: str, reading: int, read: str = "", assumed: str = "") -> None:
        block, position = whereabouts(seen, int(marks.sighting[reading]), blocks)
        place = block.place(position, int(marks.column[reading]), marks.subjects[marks.subject[reading]])
        city.issues.add(code, place, read, assumed, group=code)

    told = [i for i in group if own[marks.sighting[i]]]
    if told and len(told) < len(group) and len(_distinct(told, marks)) == 1:
        if len(_distinct(group, marks)) > 1:
            note("repeat_settled", told[0], assumed=_word(told[0], marks))
        return told[0]
    present = [i for i in group if marks.state[i] != _BLANK] or group
    scanned = [i for i in present if marks.state[i] != _UNSCANNED] or present
    values = _distinct(scanned, marks)
    if len(values) == 1:
        if len(scanned) < len(group) and marks.state[scanned[0]] != _BLANK:
            note("mark_filled", scanned[0], assumed=_word(scanned[0], marks))
        return scanned[0]
    note("repeat_differs", scanned[-1], " / ".join(dict.fromkeys(_word(i, marks) for i in scanned)))
    return None


def _distinct(group: Sequence[int], marks: Readings) -> set[tuple[int, float]]:
    return {(int(marks.state[i]), float(np.nan_to_num(marks.score[i], nan=-9e9))) for i in group}


def _word(reading: int, marks: Readings) -> str:
    state = STATES[marks.state[reading]]
    return f"{marks.score[reading]:g}" if state is State.ok else state.value


def scores(
    seen: pd.DataFrame, person: NDArray[np.int64], marks: Readings, resolved: Resolved
) -> pd.DataFrame:
    """The chosen readings: exam, person, subject, state, score, source, row, sighting."""
    chosen = np.flatnonzero(resolved.stands)
    sighting = marks.sighting[chosen]
    state = resolved.counted[chosen]
    subjects = np.array(marks.subjects, dtype=object)
    return pd.DataFrame({
        "exam": seen["exam"].to_numpy()[sighting],
        "person": person[sighting],
        "subject": subjects[marks.subject[chosen]] if len(chosen) else np.zeros(0, object),
        "state": np.array([s.value for s in STATES], dtype=object)[state],
        "score": np.where(state == _OK, marks.score[chosen], np.nan),
        "source": seen["source"].to_numpy()[sighting],
        "row": seen["row"].to_numpy()[sighting],
        "sighting": sighting,
    })  # fmt: skip


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


def stated_totals(seen: pd.DataFrame, person: NDArray[np.int64], blocks: Sequence[Block], starts: Sequence[int],
                  made: pd.DataFrame, city: City) -> None:  # fmt: skip
    """A question for every sheet whose own totals are not the sums."""
    sums = made.loc[(made["subject"] == TOTAL) & (made["state"] == "ok")].set_index(["exam", "person"])[
        "score"
    ]
    for block, start in zip(blocks, starts, strict=True):
        if block.totals is None or not block.n or not np.nan_to_num(block.totals.scores).any():
            continue
        keys = pd.MultiIndex.from_arrays([[block.entry.exam_id] * block.n, person[start : start + block.n]])
        expected = sums.reindex(keys).to_numpy(float)
        stated = block.totals.scores
        own = np.nansum([marks.scores for marks in block.marks], axis=0)  # before other sheets mended the row
        wrong = np.flatnonzero(
            np.isfinite(expected)
            & np.isfinite(stated)
            & (np.abs(expected - stated) > TOLERANCE)
            & (np.abs(own - stated) > TOLERANCE)
        )
        for position in wrong.tolist():
            place = block.place(position, block.totals.column, TOTAL)
            city.issues.add("total_differs", place, f"{stated[position]:g}", f"{expected[position]:g}",
                            group=f"{stated[position] - expected[position]:g}" if len(wrong) <= 20 else "many")  # fmt: skip
