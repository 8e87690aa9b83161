"""One exam's pupils as arrays: where they sat, what they scored, where they started."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.positions import Floats, Standings, standings, wide
from analysis.build.reliability import Reliability, of_priors
from analysis.build.teaching import Teaching, teaching
from analysis.errors import InputError
from analysis.measures.exam import ExamData, Grouping, grouping
from analysis.params import Exam, Params
from analysis.terms import TOTAL, Level, State

Frame = pd.DataFrame


@dataclass(frozen=True)
class Cohort:
    """Pupils of one exam in the order of the sheets; pupils who have left are not among them.

    Attributes
    ----------
    exam : Exam
    frame : DataFrame, m rows
        pupil, school, class, track, sex, excluded, name, sector, township, official, from_school.
    data : ExamData
        Marks, states, groupings; k papers, the total last where there is one.
    post : (m, k) float
        What progress explains: positions with sd 1, on the scale that the settings name.
    prior_subjects : list of p subject codes
    prior : (m, p) float, positions at the baseline, NaN where unmatched
    start : (m,) float, position on the baseline's total (of its papers' mean where it has none), NaN unmatched
    reliability : of each prior, and of `start` under the total's name
    history : subject, and total, → (m, b) positions in every baseline that has it, newest first
    taught : who taught whom
    stood : id of an exam → where all its pupils stood
    """

    exam: Exam
    frame: Frame
    data: ExamData
    post: Floats
    prior_subjects: list[str]
    prior: Floats
    start: Floats
    reliability: dict[str, Reliability]
    history: dict[str, Floats]
    taught: Teaching
    stood: Standings

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.data.subjects

    def grouping(self, level: Level) -> Grouping | None:
        """The grouping of a level, None where no pupil has such a unit."""
        return next((g for g in self.data.levels if g.level == level and g.ids), None)


def cohort(params: Params, exam: Exam, tables: Mapping[str, Frame]) -> Cohort:
    """The exam's pupils; InputError if it has none."""
    frame = _pupils(tables, exam.id)
    papers = _of(tables["papers"], exam.id).sort_values("order", kind="stable")
    subjects = [*papers["subject"], TOTAL]
    scores, states = wide(_of(tables["scores"], exam.id), frame["pupil"], subjects)
    full = papers["full_mark"].to_numpy(float)
    whole = full[papers["in_total"].to_numpy(bool)].sum()  # NaN where any part has no full mark
    if (
        len(papers) == 1
    ):  # the sum of one paper is that paper: every exam with papers has a total to lead with
        scores[:, -1], states[:, -1] = scores[:, 0], states[:, 0]
    if not np.isfinite(scores[:, -1]).any():
        subjects, scores, states = subjects[:-1], scores[:, :-1], states[:, :-1]
    full_marks = np.append(full, whole)[: len(subjects)]
    scores = np.where((frame["excluded"] != "").to_numpy()[:, None], np.nan, scores).astype(float)
    taught = teaching(tables, exam.id, frame)
    stood = standings(params, tables)
    history, written_in, start, origin = priors(exam, tables, stood, frame["pupil"])
    prior_subjects = [subject for subject in history if subject != TOTAL]
    prior = np.column_stack([history[s][:, 0] for s in prior_subjects] or [np.empty((len(frame), 0))])
    reliability = of_priors(params, tables, stood, frame["pupil"], written_in)
    starts = [prior[:, prior_subjects.index(s)] if s in prior_subjects else start for s in subjects]
    data = ExamData(
        tuple(subjects),
        full_marks,
        scores,
        states,
        np.column_stack(starts),
        _levels(frame, taught.grouping(subjects)),
        bool(_of(tables["exams"], exam.id)["roster_known"].iloc[0]),
        frame["track"].to_numpy(object) if exam.track else None,
        frame["sex"].to_numpy(object) if (frame["sex"] != "").any() else None,
        lines=params.indicators,
    )
    post = np.asarray(data.positions(params.model.scale), np.float64)
    frame = frame.assign(from_school=origin)
    return Cohort(exam, frame, data, post, prior_subjects, prior, start, reliability, history, taught, stood)


def _of(frame: Frame, exam_id: str) -> Frame:
    return frame[frame["exam"] == exam_id]


def _pupils(tables: Mapping[str, Frame], exam_id: str) -> Frame:
    """Enrolled pupils with their school's and their own columns."""
    enrolled = _of(tables["enrolments"], exam_id)
    enrolled = enrolled[enrolled["status"] != State.left].reset_index(drop=True)
    if enrolled.empty:
        raise InputError(
            f"Exam {exam_id}: none of its sheets holds a pupil.",
            "`quality check` lists what was found in each; the sheets stand under `sheets:` of the exam.",
        )
    frame = enrolled.merge(tables["schools"], on="school", how="left", validate="many_to_one")
    return frame.merge(tables["pupils"], on="pupil", how="left", validate="many_to_one").fillna(
        {"sex": "", "excluded": "", "sector": "", "township": "", "official": "", "name": ""}
    )


def _levels(frame: Frame, taught: Grouping) -> tuple[Grouping, ...]:
    """Groupings from the city down; levels that no pupil has are empty."""
    classes = (frame["school"] + "/" + frame["class"]).where(frame["class"] != "", "")
    plain = {
        Level.sector: frame["sector"],
        Level.township: frame["township"],
        Level.official: frame["official"],
    }
    made = [Grouping(Level.city, ("city",), np.zeros(len(frame), np.int64))]
    made += [by for level, labels in plain.items() if (by := grouping(level, labels.to_numpy(object))).ids]
    made.append(grouping(Level.school, frame["school"].to_numpy(object)))
    made.append(grouping(Level.klass, classes.to_numpy(object)))
    return (*made, taught) if taught.ids else tuple(made)


def priors(
    exam: Exam, tables: Mapping[str, Frame], stood: Standings, pupils: pd.Series
) -> tuple[dict[str, Floats], dict[str, str], Floats, NDArray[np.object_]]:
    """History (see `Cohort`), newest baseline of each subject and the total, start (m,), school there (m,) or ''.

    A position is inside all who sat the baseline, whether or not they sit now: those who leave must not move the
    others.
    """
    history: dict[str, list[Floats]] = {}
    written_in: dict[str, str] = {}
    start = np.full(len(pupils), np.nan)
    origin = np.full(len(pupils), "", dtype=object)
    for baseline in exam.baselines:
        then = stood(baseline)
        here_all = then.of(pupils)
        for subject, column in zip(then.subjects, here_all.T, strict=True):
            history.setdefault(subject, []).append(column)
            written_in.setdefault(subject, baseline)
        here = here_all[:, -1]
        school = _of(tables["enrolments"], baseline).set_index("pupil")["school"]
        new = ~np.isfinite(start) & np.isfinite(here)
        origin[new] = school.reindex(pupils).fillna("").to_numpy(object)[new]
        start = np.where(new, here, start)
    stacked = {subject: np.column_stack(columns) for subject, columns in history.items()}
    return stacked, written_in, start, origin
