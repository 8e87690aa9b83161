"""Makes the demo city: draws it, writes its score sheets, and keeps the truth apart.

Every part draws from its own stream, named after it, so that a change in one part leaves the others as they are.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.demo import city, effects, items, marks, pupils, truth, write
from analysis.demo.calendar import COHORTS, Sitting, simulated
from analysis.demo.effects import SUBJECTS, City, Effects
from analysis.demo.marks import Marks
from analysis.demo.pupils import Cohort, Floats

ITEM_EXAM = "2026-g9-mock1"
WINTER_FRESH = 0.15
"""Share of a school effect's variance that differs between autumn and spring."""


@dataclass(frozen=True)
class Outcome:
    """One exam as it came out; `points` are the item marks by subject."""

    sitting: Sitting
    marks: Marks
    effects: Effects | None
    points: dict[str, Floats]


def stream(seed: int, *names: object) -> np.random.Generator:
    """The random numbers of one part of the city."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def make(folder: Path, seed: int = 1, small: bool = False, null: bool = False) -> None:
    """Writes `folder/sheets/…` and `folder/truth/*.parquet`; the same arguments give the same bytes.

    `small`: a dozen schools of half the size, newest cohort only. `null`: schools, classes and teachers add
    nothing, and no school keeps pupils away.
    """
    schools = city.few_schools() if small else city.junior_schools()
    sheets = folder / "sheets"
    tables = truth.Truth()
    for year in COHORTS[-1:] if small else COHORTS:
        cohort, outcomes, lasting = draw(seed, schools, year, 0.5 if small else 1.0, null)
        for outcome in outcomes:
            _write_exam(sheets / outcome.sitting.id, cohort, outcome)
            if outcome.effects is not None:
                tables.add(outcome.sitting, cohort, outcome.marks, outcome.effects, lasting)
        _write_registers(sheets, cohort, lasting, outcomes)
    tables.write(folder / "truth", schools, null)


def draw(
    seed: int, schools: tuple[city.School, ...], year: int, scale: float = 1.0, null: bool = False
) -> tuple[Cohort, list[Outcome], City]:
    """One cohort with all its exams, oldest first, and what lasts in the city over cohorts; nothing is written."""
    lasting = effects.city(stream(seed, "city"), schools, _staff(seed, schools))
    cohort = pupils.make(stream(seed, "pupils", year), schools, year, scale, null)
    return cohort, _exams(seed, cohort, lasting, null), lasting


def _staff(seed: int, schools: tuple[city.School, ...]) -> list[list[list[str]]]:
    """Names of the teachers, by school and subject; no name twice in a school."""
    rng = stream(seed, "staff")
    staff = []
    for school in schools:
        sizes = [effects.pool_size(school, subject) for subject in SUBJECTS]
        names: dict[str, None] = {}
        while len(names) < sum(sizes):
            names[city.person(rng)] = None
        people = iter(names)
        staff.append([[next(people) for _ in range(size)] for size in sizes])
    return staff


def _exams(seed: int, cohort: Cohort, lasting: City, null: bool) -> list[Outcome]:
    """All exams of a cohort that have score sheets, oldest first."""
    n = len(cohort.number)
    gained = marks.growth(stream(seed, "growth", cohort.year), n)
    outcomes = []
    for sitting in (s for s in simulated() if s.cohort == cohort.year):
        rng = stream(seed, "exam", sitting.id)
        if sitting.grade == 7:
            outcomes.append(Outcome(sitting, marks.entrance(rng, cohort), None, {}))
            continue
        fresh = 0.0 if sitting.kind == "mock" else WINTER_FRESH
        drawn = effects.draw(stream(seed, "effects", cohort.year), lasting, cohort, fresh, null)
        now = gained
        if sitting.kind != "mock":
            now = np.asarray(np.sqrt(0.8) * gained + np.sqrt(0.2) * marks.growth(rng, n))
        outcomes.append(_exam(rng, sitting, cohort, now, drawn))
    return outcomes


def _exam(
    rng: np.random.Generator, sitting: Sitting, cohort: Cohort, gained: Floats, drawn: Effects
) -> Outcome:
    """One exam: what pupils can do, item marks where there are items, marks, and a true zero."""
    level = marks.theta(cohort, gained, effects.of_pupils(drawn, cohort), tuple(sitting.papers))
    points: dict[str, Floats] = {}
    if sitting.id == ITEM_EXAM:
        weak = np.array(
            [j for j, s in enumerate(cohort.schools) if s.planted and s.planted.key == "weak_topic"]
        )
        for subject in items.BLUEPRINTS:
            column = level[:, tuple(sitting.papers).index(subject)]
            points[subject] = items.marks(rng, subject, column, cohort.school, len(cohort.schools), weak)
    sums = {subject: table.sum(axis=1) for subject, table in points.items()}
    outcome = marks.exam(rng, sitting, cohort, level, sums)
    if "history" in sitting.papers:
        history = tuple(sitting.papers).index("history")
        sat = np.flatnonzero(outcome.sat)
        outcome.mark[sat[np.argmin(outcome.mark[sat, history])], history] = 0.0
    return Outcome(sitting, outcome, drawn, points)


def _write_exam(folder: Path, cohort: Cohort, outcome: Outcome) -> None:
    """Score sheets in the layout that this exam's platform used."""
    sitting = outcome.sitting
    if sitting.kind == "graduation":
        write.long(folder, sitting, cohort, outcome.marks)
    elif sitting.kind == "monitor" and sitting.grade == 9:
        write.titled(folder, sitting, cohort, outcome.marks)
    elif sitting.kind == "mock" and sitting.cohort == COHORTS[-1]:
        write.newest(folder, sitting, cohort, outcome.marks)
    else:
        old = sitting.kind == "mock" and sitting.cohort == COHORTS[0]
        write.plain(folder, sitting, cohort, outcome.marks, "gb18030" if old else "utf-8-sig")
    for subject, table in outcome.points.items():
        write.items(folder, sitting, cohort, outcome.marks, subject, table)
        write.blueprint(folder, subject)


def _write_registers(sheets: Path, cohort: Cohort, lasting: City, outcomes: list[Outcome]) -> None:
    """The cohort's register and the assignment tables of its school years."""
    write.roster(sheets / "rosters" / roster_name(cohort.year), cohort)
    for outcome in outcomes:
        if outcome.effects is not None and outcome.sitting.kind != "monitor":
            sitting = outcome.sitting
            path = sheets / "teachers" / teachers_name(sitting)
            write.teachers(path, sitting.grade, cohort, lasting, outcome.effects, outcome.marks)


def roster_name(cohort: int) -> str:
    """File name of a cohort's register."""
    return f"{cohort}届九年级学籍名册.csv"


def teachers_name(sitting: Sitting) -> str:
    """File name of the assignment table that holds for an exam."""
    first = sitting.date.year - (sitting.date.month < 9)
    return f"{first}—{first + 1}学年{write.GRADE_WORDS[sitting.grade]}年级任课表.xlsx"
