"""One exam as arrays: what every measure reads. Built once per exam; measures never see a file.

Rows are pupils (m), columns are papers with the total last (k). A missing mark is NaN and its reason is a state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.scores import SCALES
from analysis.params import Indicators
from analysis.terms import TOTAL, Level, State

STATES = tuple(State)
"""Order of the codes in `ExamData.states`."""

NOT_LISTED = -1
"""State code of a pupil who does not take the paper at all (an elective not chosen, a choice question)."""


@dataclass(frozen=True)
class Grouping:
    """Which unit of one level each pupil belongs to.

    codes : int (m,) or, where it differs by paper (教学班, teachers), (m, k); index into `ids`, −1 in none.
    """

    level: Level
    ids: tuple[str, ...]
    codes: Ints

    def column(self, j: int) -> Ints:
        """Unit codes of paper j, (m,)."""
        return self.codes if self.codes.ndim == 1 else self.codes[:, j]


def grouping(level: Level, labels: Sequence[str] | NDArray[np.object_]) -> Grouping:
    """Grouping from one label a pupil, (m,); units in order of first appearance; '' is in no unit."""
    ids = tuple(label for label in dict.fromkeys(labels) if label)
    number = {label: i for i, label in enumerate(ids)} | {"": -1}
    return Grouping(level, ids, np.fromiter((number[label] for label in labels), np.int64, len(labels)))


@dataclass(frozen=True)
class ExamData:
    """One exam, all pupils of the roster.

    subjects : codes of the k papers, 'total' last where there is one
    full_marks : (k,), NaN where the paper has none
    scores : (m, k) marks, NaN where the state is not ok
    states : (m, k) index into STATES; NOT_LISTED where the pupil does not take the paper
    start : (m, k) prior z of the same subject (the prior total where the subject has none), NaN unmatched
    levels : one Grouping a level; `school` and `class` must be there (class: every pupil '' if unknown)
    roster_known : whether absentees are known; else no expected numbers
    tracks : (m,) track of each pupil (物理类 …), inside which z is made and lines hold; or None: all one
    sexes : (m,) 'F', 'M' or ''; or None
    weights : (m,) design weights of a sampled exam, or None
    """

    subjects: tuple[str, ...]
    full_marks: Floats
    scores: Floats
    states: Ints
    start: Floats
    levels: tuple[Grouping, ...]
    roster_known: bool = True
    tracks: NDArray[np.object_] | None = None
    sexes: NDArray[np.object_] | None = None
    weights: Floats | None = None
    lines: Indicators = field(default_factory=Indicators)

    @cached_property
    def z(self) -> Floats:
        """Normal scores by paper inside the reference group, (m, k); mean 0 and sd 1 exactly."""
        return self.positions("normal")

    def positions(self, scale: str) -> Floats:
        """Positions (m, k) by paper inside the reference group, on one of `SCALES`."""
        position = np.full(self.scores.shape, np.nan)
        for rows in self.reference_groups:
            weights = None if self.weights is None else self.weights[rows]
            for j in range(len(self.subjects)):
                position[rows, j] = SCALES[scale](self.scores[rows, j], weights)
        return position

    @cached_property
    def reference_groups(self) -> tuple[Bools, ...]:
        """Pupils (m,) of each group that has its own z: one a track."""
        if self.tracks is None:
            return (np.ones(len(self.scores), bool),)
        return tuple(np.asarray(self.tracks == track) for track in dict.fromkeys(self.tracks))

    @cached_property
    def expected(self) -> Bools:
        """Roster less left, deferred and exempt, (m, k)."""
        away = [STATES.index(state) for state in (State.left, State.deferred, State.exempt)]
        return np.asarray((self.states != NOT_LISTED) & ~np.isin(self.states, away))

    @cached_property
    def matched(self) -> Bools:
        """Pupils with any baseline, (m,)."""
        return np.asarray(~np.isnan(self.start).all(axis=1))

    @cached_property
    def papers(self) -> tuple[int, ...]:
        """Columns that are papers: all but the total."""
        return tuple(j for j, subject in enumerate(self.subjects) if subject != TOTAL)

    def level(self, level: Level) -> Grouping:
        """The grouping of that level (KeyError if the exam has none)."""
        return {by.level: by for by in self.levels}[level]

    def column(self, subject: str) -> int:
        """Column number of a subject code (ValueError if absent)."""
        return self.subjects.index(subject)
