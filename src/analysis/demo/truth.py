"""The truth of the demo city, kept apart from its sheets: what each school, class and teacher really added.

Effects are in sd of the paper's z among the pupils with a mark, read off the city by least squares:
z_s = slope_s θ_s, z_total = Σ slope_s θ_s. `effect` is recentred by the pupils with a mark and a baseline.

A paper's model tells schools from their teachers; a total has no teacher, and teachers who share the classes of a
school cannot be told from it: there a school's effect is its own and what its teachers add to a pupil on average.
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


def _targets(cohort: Cohort, marks: Marks, effects: Effects) -> list[tuple[str, Floats, Ints, Ints]]:
    """For each paper and the total: name, slopes, and school and class row of the pupils with mark and baseline."""
    out = []
    for subject, slope in slopes(marks).items():
        ok = marks.sat
        if subject != TOTAL:
            ok = marks.listed & (marks.state[:, marks.subjects.index(subject)] == OK)
        matched = np.flatnonzero(ok & (cohort.entry_school >= 0))
        row = effects.start[marks.school[matched]] + marks.klass[matched] - 1
        out.append((subject, slope, marks.school[matched], row))
    return out


def _papers(marks: Marks) -> list[int]:
    return [SUBJECTS.index(subject) for subject in marks.subjects]


def of_schools(sitting: Sitting, cohort: Cohort, marks: Marks, effects: Effects) -> pd.DataFrame:
    """A row a paper (or total) and school: effect recentred by pupils, as drawn, matched pupils, what is planted."""
    frames = []
    for subject, slope, school, row in _targets(cohort, marks, effects):
        drawn = effects.school[:, _papers(marks)] @ slope
        n = np.bincount(school, minlength=len(cohort.schools))
        effect = drawn
        if subject == TOTAL:
            of_staff = (effects.teacher[:, _papers(marks)] @ slope)[row]
            effect = drawn + np.bincount(school, of_staff, len(n)) / np.maximum(n, 1)
        columns = {
            "exam": sitting.id,
            "subject": subject,
            "school": [s.code for s in cohort.schools],
            "effect": effect - (n @ effect) / n.sum(),
            "uncentred": drawn,
            "n": n,
            "planted": [s.planted.key if s.planted else "" for s in cohort.schools],
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def of_classes(sitting: Sitting, cohort: Cohort, marks: Marks, effects: Effects) -> pd.DataFrame:
    """A row a paper (or total) and class: position with school and teachers, recentred; own part; class alone."""
    frames = []
    for subject, slope, _, row in _targets(cohort, marks, effects):
        papers = _papers(marks)
        own = (effects.klass + effects.teacher)[:, papers] @ slope
        position = (effects.school[:, papers] @ slope)[effects.class_school] + own
        n = np.bincount(row, minlength=len(own))
        columns = {
            "exam": sitting.id,
            "subject": subject,
            "school": [cohort.schools[j].code for j in effects.class_school.tolist()],
            "class": [f"{sitting.grade}{k:02d}" for k in effects.class_number.tolist()],
            "effect": position - (n @ position) / n.sum(),
            "own": own,
            "class_only": effects.klass[:, papers] @ slope,
            "n": n,
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def of_teachers(
    sitting: Sitting, cohort: Cohort, marks: Marks, effects: Effects, lasting: City
) -> pd.DataFrame:
    """A row a paper and teacher: name, own part, classes and matched pupils."""
    frames = []
    for subject, slope, _, row in _targets(cohort, marks, effects):
        if subject == TOTAL:
            continue
        s = SUBJECTS.index(subject)
        n = np.bincount(row, minlength=len(effects.class_school))
        own = slope[marks.subjects.index(subject)] * effects.teacher[:, s]
        index = effects.teacher_index[:, s]
        people = [lasting.names[j][s][t] for j, t in zip(effects.class_school, index, strict=True)]
        school = [cohort.schools[j].code for j in effects.class_school.tolist()]
        rows = pd.DataFrame({"school": school, "teacher": people, "own": own, "classes": 1, "n": n})
        found = rows.groupby(["school", "teacher"], as_index=False, sort=False).agg(
            {"own": "first", "classes": "sum", "n": "sum"}
        )
        frames.append(found.assign(exam=sitting.id, subject=subject))
    return pd.concat(frames, ignore_index=True)


class Truth:
    """Collects the tables of all exams; `write` stores them."""

    def __init__(self) -> None:
        self._frames: dict[str, list[pd.DataFrame]] = {"schools": [], "classes": [], "teachers": []}

    def add(self, sitting: Sitting, cohort: Cohort, marks: Marks, effects: Effects, lasting: City) -> None:
        self._frames["schools"].append(of_schools(sitting, cohort, marks, effects))
        self._frames["classes"].append(of_classes(sitting, cohort, marks, effects))
        self._frames["teachers"].append(of_teachers(sitting, cohort, marks, effects, lasting))

    def write(self, folder: Path, schools: tuple[School, ...], null: bool) -> None:
        """`schools`, `classes`, `teachers`, `planted`.parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        planted = [] if null else [(s.code, s.name, s.planted.key) for s in schools if s.planted]
        frames = {name: pd.concat(parts, ignore_index=True) for name, parts in self._frames.items()}
        frames["planted"] = pd.DataFrame(planted, columns=["school", "name", "how"])
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)
