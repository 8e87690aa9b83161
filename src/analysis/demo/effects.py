"""What schools, classes and teachers add: the truth that reports are later held against.

    u_js = school's effect in subject s,  w_t = teacher's,  v_c = class's own;  all in sd of the paper's z

A school's effect has a part common to its subjects (60 %) and, of every part, 60 % lasts over cohorts. Planted
schools have their total effect set; their subjects differ a little around it. On a null city all is 0.
"""

from dataclasses import dataclass

import numpy as np

from analysis.demo.city import School
from analysis.demo.pupils import Cohort, Floats, Ints

SUBJECTS = (
    "chinese",
    "math",
    "english",
    "physics",
    "chemistry",
    "politics",
    "history",
    "biology",
    "geography",
)
SCHOOL_SD, TEACHER_SD, CLASS_SD, CLASS_SUBJECT_SD = 0.17, 0.08, 0.05, 0.05
COMMON, LASTING = 0.6, 0.6
LOAD = {"chinese": 2, "math": 2, "english": 2, "physics": 3, "chemistry": 3}
"""Classes a teacher has; 4 in the other subjects."""
TOTAL_OF_EQUAL = 1.15
"""An effect of 1 in every subject moves the total by about this much, in sd of the total."""


@dataclass(frozen=True)
class City:
    """Effects that last over cohorts. `school` J × S lasting part, `common` J, `teacher` J × S × pool."""

    common: Floats
    subject: Floats
    teacher: Floats
    names: list[list[list[str]]]


@dataclass(frozen=True)
class Effects:
    """Effects in one exam: `school` J × S, `klass` and `teacher` C × S, `teacher_index` C × S.

    Row of class k of school j is `start[j] + k − 1`.
    """

    school: Floats
    klass: Floats
    teacher: Floats
    teacher_index: Ints
    start: Ints
    class_school: Ints
    class_number: Ints


def city(rng: np.random.Generator, schools: tuple[School, ...], names: list[list[list[str]]]) -> City:
    """The lasting parts; pools of teachers are as long as the lists of their names."""
    pool = max(len(people) for row in names for people in row)
    n, s = len(schools), len(SUBJECTS)
    return City(
        common=rng.standard_normal(n),
        subject=rng.standard_normal((n, s)),
        teacher=TEACHER_SD * rng.standard_normal((n, s, pool)),
        names=names,
    )


def pool_size(school: School, subject: str) -> int:
    """Teachers of a subject at a school, over all its grades."""
    return -(-max(1, round(school.size * 1.1 / 45)) // LOAD.get(subject, 4)) + 1


def _school(rng: np.random.Generator, lasting: City, schools: tuple[School, ...], cohort: int) -> Floats:
    """School effects of one cohort, J × S; planted totals replace the common part."""
    n, s = lasting.subject.shape
    common = np.sqrt(LASTING) * lasting.common + np.sqrt(1 - LASTING) * rng.standard_normal(n)
    own = np.sqrt(LASTING) * lasting.subject + np.sqrt(1 - LASTING) * rng.standard_normal((n, s))
    effect = SCHOOL_SD * (np.sqrt(COMMON) * common[:, None] + np.sqrt(1 - COMMON) * own)
    for j, school in enumerate(schools):
        if school.planted is not None and school.planted.effects is not None:
            total = school.planted.effects[cohort - 2024] / TOTAL_OF_EQUAL
            effect[j] = total + 0.5 * SCHOOL_SD * np.sqrt(1 - COMMON) * (own[j] - own[j, :7].mean())
    return np.asarray(effect)


def draw(
    rng: np.random.Generator, lasting: City, cohort: Cohort, fresh: float = 0.0, null: bool = False
) -> Effects:
    """Effects of one exam. `fresh`: share of the school effects' variance that is new in this exam."""
    counts = cohort.classes
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    class_school = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(class_school)) - start[class_school] + 1
    c, s = len(class_school), len(SUBJECTS)
    load = np.array([LOAD.get(subject, 4) for subject in SUBJECTS])
    size = np.array([[len(people) for people in row] for row in lasting.names])
    index = ((number[:, None] - 1) // load + cohort.year) % size[class_school]
    teacher = lasting.teacher[class_school[:, None], np.arange(s), index]
    klass = CLASS_SD * rng.standard_normal((c, 1)) + CLASS_SUBJECT_SD * rng.standard_normal((c, s))
    school = _school(
        np.random.default_rng([cohort.year, *rng.integers(0, 2**31, 2)]), lasting, cohort.schools, cohort.year
    )
    if fresh:
        school = _aged(rng, school, cohort.schools, fresh)
    keep = 0.0 if null else 1.0
    return Effects(keep * school, keep * klass, keep * teacher, index, start, class_school, number)


def _aged(rng: np.random.Generator, school: Floats, schools: tuple[School, ...], fresh: float) -> Floats:
    """The same schools at another exam: a little is different, except at the planted schools."""
    free = np.array([s.planted is None or s.planted.effects is None for s in schools])
    noise = SCHOOL_SD * rng.standard_normal(school.shape)
    return np.where(free[:, None], np.sqrt(1 - fresh) * school + np.sqrt(fresh) * noise, school)


def of_pupils(effects: Effects, cohort: Cohort) -> Floats:
    """Sum of school, class and teacher effects of every pupil who has a class, n × S (0 elsewhere)."""
    here = cohort.school >= 0
    row = effects.start[cohort.school[here]] + cohort.klass[here] - 1
    total = np.zeros((len(here), len(SUBJECTS)))
    total[here] = (effects.school[effects.class_school] + effects.klass + effects.teacher)[row]
    return total
