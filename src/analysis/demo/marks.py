"""From what pupils can do to marks on papers.

    θ_s = A_s · ability + growth + school + class + teacher,   y_s = θ_s + ε,   ε ~ N(0, 0.13)

y has variance 1; marks are a slightly bent, rounded, cut line of y (a paper has a floor and a ceiling). Subjects
with items get the sum of their items instead. Reliability of a paper about 0.87, of a total of seven about 0.95.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.demo.calendar import ENTRANCE, Sitting
from analysis.demo.effects import SUBJECTS
from analysis.demo.pupils import Cohort, Floats, Ints

ERROR = 0.13
EFFECT_VARIANCE = 0.041
LOADINGS = {
    "chinese": (0.68, 0.05, 0.14),
    "math": (0.08, 0.70, 0.06),
    "english": (0.14, 0.05, 0.68),
    "physics": (0.08, 0.62, 0.06),
    "chemistry": (0.12, 0.52, 0.12),
    "politics": (0.46, 0.12, 0.16),
    "history": (0.48, 0.10, 0.16),
    "biology": (0.28, 0.34, 0.14),
    "geography": (0.30, 0.34, 0.12),
}
RATE = {
    "chinese": (0.70, 0.120),
    "math": (0.60, 0.225),
    "english": (0.63, 0.215),
    "physics": (0.60, 0.210),
    "chemistry": (0.62, 0.205),
    "politics": (0.68, 0.150),
    "history": (0.65, 0.170),
    "biology": (0.70, 0.170),
    "geography": (0.67, 0.175),
}
"""Mean and sd of the score rate of an ordinary paper."""
HALVES = ("chinese", "math")
"""Papers with half marks; the others have whole ones."""
OK, ABSENT, CHEAT, DEFERRED, EXEMPT, UNSCANNED = range(6)
WORDS = ("", "缺考", "作弊", "缓考", "免考", "未扫")


@dataclass(frozen=True)
class Marks:
    """One exam's outcome over the cohort's pupils. `listed` n; `theta`, `mark`, `state` n × papers."""

    subjects: tuple[str, ...]
    listed: NDArray[np.bool_]
    school: Ints
    klass: Ints
    theta: Floats
    mark: Floats
    state: Ints

    @property
    def sat(self) -> NDArray[np.bool_]:
        """Pupils who have a mark in every paper."""
        return np.asarray(self.listed & np.all(self.state == OK, axis=1))


def growth(rng: np.random.Generator, n: int) -> Floats:
    """What a pupil gained or lost since the start, apart from school and class: n × S, sd 1, correlation 0.5."""
    return np.asarray(np.sqrt(0.5) * (rng.standard_normal((n, 1)) + rng.standard_normal((n, len(SUBJECTS)))))


def theta(cohort: Cohort, gained: Floats, effects: Floats, subjects: tuple[str, ...]) -> Floats:
    """What pupils can do at the exam, n × papers, variance 1 − ERROR over the city without effects' luck."""
    columns = []
    for subject in subjects:
        s = SUBJECTS.index(subject)
        start = cohort.ability @ np.array(LOADINGS[subject])
        rest = np.sqrt(max(0.05, 1 - ERROR - EFFECT_VARIANCE - float(start.var())))
        columns.append(start + rest * gained[:, s] + effects[:, s])
    return np.column_stack(columns)


def noisy(rng: np.random.Generator, level: Floats) -> Floats:
    """One day's performance: `level` with the paper's error."""
    return np.asarray(level + np.sqrt(ERROR) * rng.standard_normal(level.shape))


def to_marks(y: Floats, subject: str, full: int, shift: float = 0.0) -> Floats:
    """Marks of a paper: bent (low marks spread further), rounded to the paper's step, cut at 0 and full."""
    mean, sd = RATE[subject]
    bent = y - 0.07 * (y * y - 1)
    step = 0.5 if subject in HALVES else 1.0
    return np.asarray(np.clip(np.round(full * (mean + shift + sd * bent) / step) * step, 0, full))


def entrance(rng: np.random.Generator, cohort: Cohort) -> Marks:
    """The entrance check: ability with error; pupils who came later are not in it."""
    subjects = tuple(ENTRANCE)
    y = np.sqrt(1 - ERROR) * cohort.ability + np.sqrt(ERROR) * rng.standard_normal(cohort.ability.shape)
    mark = np.column_stack([to_marks(y[:, i], s, ENTRANCE[s], 0.08) for i, s in enumerate(subjects)])
    listed = cohort.entry_school >= 0
    state = _states(rng, cohort, cohort.entry_school, y, subjects, absent=0.006)
    return Marks(subjects, listed, cohort.entry_school, cohort.entry_class, cohort.ability, mark, state)


def exam(
    rng: np.random.Generator, sitting: Sitting, cohort: Cohort, level: Floats, items: dict[str, Floats]
) -> Marks:
    """Marks and states of an exam; `items` holds the marks of papers that are sums of their items."""
    subjects = tuple(sitting.papers)
    y = noisy(rng, level)
    shift = 0.02 * ((sitting.date.year + sitting.date.month) % 3 - 1)
    columns = [
        items[s] if s in items else to_marks(y[:, i], s, sitting.papers[s], shift)
        for i, s in enumerate(subjects)
    ]
    listed = (cohort.school >= 0) & ~cohort.hidden
    state = _states(rng, cohort, cohort.school, level, subjects, absent=0.012)
    state[cohort.kept] = ABSENT
    return Marks(subjects, listed, cohort.school, cohort.klass, level, np.column_stack(columns), state)


def _states(
    rng: np.random.Generator,
    cohort: Cohort,
    school: Ints,
    level: Floats,
    subjects: tuple[str, ...],
    absent: float,
) -> Ints:
    """Why a paper has no mark; the weak are away more often. Tiny schools have everybody there."""
    n, p = level.shape[0], len(subjects)
    state = np.full((n, p), OK)
    weak = np.exp(-0.5 * level.mean(axis=1))
    rare = rng.random((n, p))
    for code, lo, hi in ((CHEAT, 0, 2e-4), (UNSCANNED, 2e-4, 5e-4), (ABSENT, 1e-3, 3e-3)):
        state[(rare >= lo) & (rare < hi)] = code
    whole = rng.random(n)
    state[whole < absent * weak] = ABSENT
    state[(whole > 0.9992)] = DEFERRED
    if "english" in subjects:
        state[(whole > 0.9980) & (whole < 0.9988), subjects.index("english")] = EXEMPT
    tiny = np.array([s.size < 30 for s in cohort.schools])
    state[(school >= 0) & tiny[school]] = OK
    return state
