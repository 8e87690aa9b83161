"""The truth of the demo city, kept apart from its sheets: what each school, class and teacher really added.

Effects are in sd of the paper's z among the pupils with a mark, read off the city by least squares:
z_s = slope_s θ_s, z_total = Σ slope_s θ_s. `effect` is recentred by the pupils with a mark and a baseline.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.demo.calendar import Sitting
from analysis.demo.city import School
from analysis.demo.effects import SUBJECTS, City, Effects
from analysis.demo.marks import OK, Marks
from analysis.demo.pupils import Cohort, Floats, Ints

TOTAL = "total"


def normal_scores(x: Floats) -> Floats:
    """Rank-based normal scores with mid-ranks, mean 0 and sd 1."""
    _, inverse, count = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    middle = (last - (count - 1) / 2 - 0.5) / len(x)
    quantile = ndtri(middle)[inverse]
    return np.asarray((quantile - quantile.mean()) / quantile.std())


def slopes(marks: Marks) -> dict[str, Floats]:
    """For each paper and the total: sd of z for one unit of θ in each of the papers, shape papers."""
    out = {}
    for i, subject in enumerate(marks.subjects):
        ok = marks.listed & (marks.state[:, i] == OK)
        level, z = marks.theta[ok, i], normal_scores(marks.mark[ok, i])
        out[subject] = np.zeros(len(marks.subjects))
        out[subject][i] = np.cov(level, z)[0, 1] / level.var(ddof=1)
    level = marks.theta[marks.sat] - marks.theta[marks.sat].mean(axis=0)
    z = normal_scores(marks.mark[marks.sat].sum(axis=1))
    out[TOTAL] = np.linalg.lstsq(level, z, rcond=None)[0]
    return out


class Truth:
    """Collects the tables of all exams; `write` stores them."""

    def __init__(self) -> None:
        self._schools: list[pd.DataFrame] = []
        self._classes: list[pd.DataFrame] = []
        self._teachers: list[pd.DataFrame] = []

    def add(
        self, sitting: Sitting, cohort: Cohort, marks: Marks, effects: Effects | None, lasting: City
    ) -> None:
        """One exam; the entrance check has no effects."""
        if effects is None:
            return
        papers = [SUBJECTS.index(s) for s in marks.subjects]
        for subject, slope in slopes(marks).items():
            column = marks.subjects.index(subject) if subject in marks.subjects else None
            ok = marks.sat if column is None else marks.listed & (marks.state[:, column] == OK)
            matched = np.flatnonzero(ok & (cohort.entry_school >= 0))
            row = effects.start[marks.school[matched]] + marks.klass[matched] - 1
            head = {"exam": sitting.id, "subject": subject}
            school = _schools(head, cohort, effects.school[:, papers] @ slope, marks.school[matched])
            self._schools.append(school)
            self._classes.append(_classes(head, cohort, effects, slope, papers, school, row))
            if column is not None:
                s = papers[column]
                self._teachers.append(_teachers(head, cohort, effects, lasting, s, slope[column], row))

    def write(self, folder: Path, schools: tuple[School, ...], null: bool) -> None:
        """`schools`, `classes`, `teachers`, `planted`.parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        planted = [(s.code, s.name, s.planted.key) for s in schools if s.planted]
        frames = {
            "schools": pd.concat(self._schools, ignore_index=True),
            "classes": pd.concat(self._classes, ignore_index=True),
            "teachers": pd.concat(self._teachers, ignore_index=True),
            "planted": pd.DataFrame(planted[:0] if null else planted, columns=["school", "name", "how"]),
        }
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)


def _schools(head: dict[str, str], cohort: Cohort, effect: Floats, school: Ints) -> pd.DataFrame:
    """A row a school: effect, the same recentred, matched pupils, what was planted."""
    n = np.bincount(school, minlength=len(cohort.schools))
    return pd.DataFrame(
        {
            **head,
            "school": [s.code for s in cohort.schools],
            "effect": effect - (n @ effect) / n.sum(),
            "uncentred": effect,
            "n": n,
            "planted": [s.planted.key if s.planted else "" for s in cohort.schools],
        }
    )


def _classes(
    head: dict[str, str],
    cohort: Cohort,
    effects: Effects,
    slope: Floats,
    papers: list[int],
    school: pd.DataFrame,
    row: Ints,
) -> pd.DataFrame:
    """A row a class: own part (class and its teachers) and position (with the school), recentred."""
    own = (effects.klass + effects.teacher)[:, papers] @ slope
    n = np.bincount(row, minlength=len(own))
    position = school["uncentred"].to_numpy()[effects.class_school] + own
    return pd.DataFrame(
        {
            **head,
            "school": [cohort.schools[j].code for j in effects.class_school.tolist()],
            "class": [f"{k:02d}" for k in effects.class_number.tolist()],
            "effect": position - (n @ position) / n.sum(),
            "own": own,
            "class_only": effects.klass[:, papers] @ slope,
            "n": n,
        }
    )


def _teachers(
    head: dict[str, str], cohort: Cohort, effects: Effects, lasting: City, s: int, slope: float, row: Ints
) -> pd.DataFrame:
    """A row a teacher of the subject: name, own part, classes and pupils."""
    n = np.bincount(row, minlength=len(effects.class_school))
    index = effects.teacher_index[:, s]
    frame = pd.DataFrame(
        {
            "j": effects.class_school,
            "t": index,
            "own": slope * effects.teacher[:, s],
            "n": n,
        }
    )
    found = frame.groupby(["j", "t"], as_index=False).agg(
        own=("own", "first"), classes=("n", "size"), n=("n", "sum")
    )
    pairs = list(zip(found.pop("j").tolist(), found.pop("t").tolist(), strict=True))
    found.insert(0, "teacher", [lasting.names[j][s][t] for j, t in pairs])
    found.insert(0, "school", [cohort.schools[j].code for j, _ in pairs])
    return found.assign(**head)[["exam", "subject", "school", "teacher", "own", "classes", "n"]]
