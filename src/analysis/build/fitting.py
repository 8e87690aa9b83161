"""比进步: how the core model of a paper is fitted, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.build.positions import Floats, Ints
from analysis.build.reliability import Reliability
from analysis.errors import ModelError
from analysis.measures.exam import Grouping
from analysis.models import progress
from analysis.models.progress import Options, ProgressFit, Pupils, Units
from analysis.params import Params
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame


@dataclass(frozen=True, eq=False)
class Fitted:
    """One paper's fit, and where the pupils who sat it stand among all (rows into the cohort).

    start : reliability of the paper's own starting score, None without a baseline
    tenure : mean share of the time since the baseline in which each teacher had his or her pupils.
    """

    subject: str
    column: int
    progress: ProgressFit
    rows: Ints
    marks_per_sd: float
    start: Reliability | None
    tenure: dict[str, float]

    @property
    def judged(self) -> bool:
        """Whether school effects can be told at all: enough schools, corrected priors, a variance above 0."""
        barred = {"one_school", "too_few_schools", "uncorrected", f"no_differences:{Level.school}"}
        return not barred & set(self.progress.flags)

    @property
    def top(self) -> str:
        """The level that is compared: schools; in one school its classes, or its teachers where they are told apart."""
        return self.progress.core.tree.names[-1]

    @property
    def matched(self) -> Ints:
        """Rows into the cohort of the matched pupils, in the order of the model."""
        return self.rows[self.progress.core.pupils.matched]


def options(params: Params, cohort: Cohort, subject: str) -> Options:
    """How this paper's model is fitted: the settings, and the reliability of its own and the other priors."""
    model = params.model
    own = start(cohort, subject)
    return Options(
        prior_correction=model.prior_correction,
        spline=model.spline,
        other_subjects=model.other_subjects,
        rho=own.value if own else model.reliability_total,
        rho_others=tuple(cohort.reliability[other].value for other in others(cohort, subject)),
        n_draws=model.draws,
        seed=model.seed,
    )


def pupils(params: Params, cohort: Cohort, subject: str) -> Pupils:
    """The pupils who sat a paper, as the models want them.

    A paper without a baseline of its own starts from the baseline's total; the total starts from the total, and
    the papers that make it up are not "other subjects" to it.
    """
    column = cohort.data.column(subject)
    sat = np.isfinite(cohort.post[:, column])
    beside = others(cohort, subject)
    teacher = cohort.grouping(Level.teacher)
    klass = cohort.grouping(Level.klass)
    team = cohort.taught.team(subject)
    return Pupils(
        post=cohort.post[:, column],
        prior=np.asarray(cohort.data.start[:, column], np.float64),
        school=cohort.frame["school"].to_numpy(object),
        klass=_labels(klass, column),
        teacher=_labels(teacher, column),
        team=team.unit if team else None,
        team_share=team.share if team else None,
        others=cohort.prior[:, [cohort.prior_subjects.index(s) for s in beside]] if beside else None,
        other_names=beside or None,
        stayer=(cohort.frame["from_school"] == cohort.frame["school"]).to_numpy(),
        covariates=_covariates(cohort.frame, params.model.covariates),
    ).take(sat)


def start(cohort: Cohort, subject: str) -> Reliability | None:
    """Reliability of the score that a paper starts from: its own baseline's, else the baseline's total."""
    return cohort.reliability.get(subject if subject in cohort.prior_subjects else TOTAL)


def others(cohort: Cohort, subject: str) -> list[str]:
    """The other subjects whose baselines enter beside a paper's own; none where it has no baseline of its own."""
    known = cohort.prior_subjects
    return [other for other in known if other != subject] if subject in known else []


def _covariates(frame: Frame, names: Sequence[str]) -> dict[str, Floats]:
    """Indicators (m,) of the values of declared columns, all but the commonest; unknown is a value of its own."""
    made = {}
    for name in names:
        values = frame[name].astype(str)
        for value in values.value_counts().index[1:].sort_values():
            made[f"{name} {value or '?'}"] = (values == value).to_numpy(np.float64)
    return made


def _labels(by: Grouping | None, column: int) -> Any:
    """Unit labels (m,) of a paper, '' where a pupil has none; None where the level does not exist."""
    if by is None:
        return None
    names = np.array([*by.ids, ""], object)
    return names[by.column(column)]


def fit(params: Params, cohort: Cohort, subject: str) -> Fitted:
    """Fit one paper; ModelError names why it cannot be."""
    column = cohort.data.column(subject)
    found = progress.fit(pupils(params, cohort, subject), options(params, cohort, subject))
    if "one_school" in found.flags and cohort.frame["school"].nunique() > 1:
        raise ModelError("only one school has pupils with a baseline in this paper: no differences")
    sat = np.flatnonzero(np.isfinite(cohort.post[:, column]))
    spread = float(np.nanstd(cohort.data.scores[:, column]))
    team = cohort.taught.team(subject)
    known = start(cohort, subject)
    return Fitted(subject, column, found, sat, spread, known, team.tenure() if team else {})


def ids(units: Units) -> list[str]:
    """Unit ids of a level: the last label of each path (class labels carry their school)."""
    return [str(path[-1]) for path in units.units]
