"""The pupils of a cohort: who they are, where they went, what they could do on the day they came.

    ability_k = √0.75 · general + √0.25 · own_k,   general = intake of the school + the pupil's own part

`ability` is the true starting point on the three entrance subjects (sd 1 over the cohort). Between the entrance
check and grade 9 some pupils leave, some change school, and some arrive who were never checked.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.demo.city import GIVEN, SURNAMES, School

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CLASS_SIZE = 45
TINY = 30
"""Schools smaller than this keep all their pupils, so that their counts are what they were planned to be."""


@dataclass(frozen=True)
class Cohort:
    """Pupils in the order of the register; −1 is 'nowhere'. Shapes: n, ability n × 3."""

    year: int
    schools: tuple[School, ...]
    number: list[str]
    name: list[str]
    sex: Ints
    ability: Floats
    entry_school: Ints
    entry_class: Ints
    school: Ints
    klass: Ints
    kept: NDArray[np.bool_]
    """Pupils whom their school keeps from the exam."""

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Of the pupils kept away, those who are not even entered: they are on the register only."""
        return self.kept & (np.arange(len(self.kept)) % 5 < 2)

    @property
    def classes(self) -> Ints:
        """Classes of each school in grade 9, shape schools."""
        counts = np.zeros(len(self.schools), dtype=np.int64)
        here = self.school >= 0
        np.maximum.at(counts, self.school[here], self.klass[here])
        return counts


def _check_digit(body: str) -> str:
    """Check character of an 18-character number, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))


def _numbers(rng: np.random.Generator, year: int, n: int) -> list[str]:
    """National register numbers (学籍号): G and 18 characters; area 990381 exists nowhere."""
    day = rng.integers(0, 365, n)
    seen = np.zeros(365, dtype=np.int64)
    first = date(year - 16, 9, 1)
    days = [(first + timedelta(days=i)).strftime("%Y%m%d") for i in range(365)]
    numbers = []
    for d in day.tolist():
        seen[d] += 1
        body = f"990381{days[d]}{seen[d]:03d}"
        numbers.append("G" + body + _check_digit(body))
    return numbers


def _names(rng: np.random.Generator, n: int) -> list[str]:
    surname = rng.choice(list(SURNAMES), n)
    first, second = rng.choice(list(GIVEN), n), rng.choice(list(GIVEN), n)
    short = rng.random(n) < 0.2
    return [s + (a if one else a + b) for s, a, b, one in zip(surname, first, second, short, strict=True)]


def place(school: Ints, key: Floats) -> Ints:
    """Class numbers from 1 inside each school, filled in the order of `key`; 0 where a pupil is nowhere."""
    klass = np.zeros(len(school), dtype=np.int64)
    order = np.lexsort((key, school))
    order = order[school[order] >= 0]
    _, start, count = np.unique(school[order], return_index=True, return_counts=True)
    classes = np.maximum(1, np.round(count / CLASS_SIZE)).astype(np.int64)
    position = np.arange(len(order)) - np.repeat(start, count)
    klass[order] = position * np.repeat(classes, count) // np.repeat(count, count) + 1
    return klass


def _ability(rng: np.random.Generator, intake: Floats) -> Floats:
    """True starting point, n × 3, mean 0 and sd 1 in each subject."""
    general = intake + rng.normal(0, np.sqrt(0.93), len(intake))
    ability = np.sqrt(0.75) * general[:, None] + 0.5 * rng.standard_normal((len(intake), 3))
    return np.asarray((ability - ability.mean(axis=0)) / ability.std(axis=0))


def _moves(rng: np.random.Generator, schools: tuple[School, ...], school: Ints, ability: Floats) -> Ints:
    """Where pupils of the entrance check are in grade 9: some left the city, some changed school."""
    level = ability.mean(axis=1)
    fixed = np.array([s.size < TINY for s in schools])
    later = school.copy()
    big = np.flatnonzero(~fixed)
    moving = rng.random(len(school)) < 0.02
    later[moving] = rng.choice(big, int(moving.sum()))
    left = rng.random(len(school)) < np.where(level < -1, 0.04, 0.022)
    later[left] = -1
    later[fixed[school]] = school[fixed[school]]
    return later


def _keep_away(rng: np.random.Generator, schools: tuple[School, ...], cohort: "Cohort") -> Cohort:
    """The school that sends weak pupils off before grade 9 and keeps others from the exam."""
    school, kept = cohort.school.copy(), cohort.kept.copy()
    level = cohort.ability.mean(axis=1)
    for j in [j for j, s in enumerate(schools) if s.planted and s.planted.key == "weak_pupils_away"]:
        mine = np.flatnonzero(school == j)
        mine = mine[np.argsort(level[mine])]
        sent = mine[: len(mine) // 7][rng.random(len(mine) // 7) < 0.6]
        school[sent] = -1
        rest = mine[~np.isin(mine, sent)]
        kept[rest[: len(rest) // 6][rng.random(len(rest) // 6) < 0.6]] = True
    return Cohort(**{**cohort.__dict__, "school": school, "kept": kept})


def make(
    rng: np.random.Generator, schools: tuple[School, ...], year: int, scale: float, null: bool
) -> Cohort:
    """One cohort of all schools; `scale` shrinks the schools, `null` leaves the selective school out."""
    fixed = np.array([s.size < TINY for s in schools])
    usual = np.array([s.size for s in schools])
    sizes = np.where(fixed, usual, np.round(usual * scale * rng.uniform(0.94, 1.06, len(schools)))).astype(
        np.int64
    )
    newcomers = np.where(fixed, 1, np.round(sizes * 0.035)).astype(np.int64)
    drift = np.where(fixed, 0.0, rng.normal(0, 0.05, len(schools)))
    intake = np.array([s.intake for s in schools]) + drift
    first = np.repeat(np.arange(len(schools)), sizes)
    arrived = np.repeat(np.arange(len(schools)), newcomers)
    ability = _ability(rng, intake[np.concatenate([first, arrived])])
    school = np.concatenate([_moves(rng, schools, first, ability[: len(first)]), arrived])
    n = len(school)
    entry = np.concatenate([first, np.full(len(arrived), -1)])
    key = 0.15 * ability.mean(axis=1) + rng.standard_normal(n)
    cohort = Cohort(
        year=year,
        schools=schools,
        number=_numbers(rng, year, n),
        name=_names(rng, n),
        sex=(rng.random(n) < 0.52).astype(np.int64),
        ability=ability,
        entry_school=entry,
        entry_class=place(entry, key),
        school=school,
        klass=np.zeros(n, dtype=np.int64),
        kept=np.zeros(n, dtype=np.bool_),
    )
    cohort = cohort if null else _keep_away(rng, schools, cohort)
    return _settle(cohort, key)


def _settle(cohort: Cohort, key: Floats) -> Cohort:
    """Grade-9 classes: pupils who stayed keep theirs, others fill up."""
    klass = place(cohort.school, key)
    same = (cohort.school == cohort.entry_school) & (cohort.school >= 0)
    top = np.zeros(len(cohort.schools), dtype=np.int64)
    np.maximum.at(top, cohort.school[cohort.school >= 0], klass[cohort.school >= 0])
    keep = same & (cohort.entry_class <= top[cohort.school])
    return Cohort(**{**cohort.__dict__, "klass": np.where(keep, cohort.entry_class, klass)})
