"""One mark a pupil, paper and exam: repeats collapse, later sheets fill gaps, contradictions become issues."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake.block import Block, City
from analysis.intake.cells import CODE, STATES
from analysis.intake.sightings import Readings, whereabouts
from analysis.terms import State

_BLANK, _UNSCANNED, _OK, _INVALID = (CODE[s] for s in (State.blank, State.unscanned, State.ok, State.invalid))


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
