"""The calendar of the demo: three school years, and the entrance checks that the oldest cohorts start from.

The bureau's plan of 2020 asked for 18 joint exams a year. Under the rules of 2021 those of grades 6 and 7 fall
away (the entrance check is there by an order of the prefecture, named in `authority`); under the rules of
December 2025 those of grades 10 and 11 too. Two entries show the check at work: one is stopped, one is warned of.
"""

from dataclasses import dataclass, field
from datetime import date

NAMES = {
    "chinese": "语文",
    "math": "数学",
    "english": "英语",
    "physics": "物理",
    "chemistry": "化学",
    "politics": "道德与法治",
    "history": "历史",
    "biology": "生物",
    "geography": "地理",
}
ENTRANCE = {"chinese": 100, "math": 100, "english": 100}
JUNIOR = {
    "chinese": 120,
    "math": 120,
    "english": 120,
    "physics": 70,
    "chemistry": 50,
    "politics": 60,
    "history": 60,
}
GRADUATION = {"biology": 50, "geography": 50}
SENIOR = {"chinese": 150, "math": 150, "english": 150}
COHORTS = (2024, 2025, 2026)
"""Cohorts by the year in which they leave junior school."""


@dataclass(frozen=True)
class Sitting:
    """One exam of the calendar; `cohort` is set where the demo writes its score sheets."""

    id: str
    title: str
    date: date
    grade: int
    kind: str
    organiser: str
    papers: dict[str, int] = field(default_factory=dict)
    baselines: tuple[str, ...] = ()
    previous: str = ""
    authority: str = ""
    cohort: int | None = None


def _entrance(cohort: int) -> Sitting:
    """The check at entry into grade 7, allowed by an order of the prefecture."""
    year = cohort - 3
    return Sitting(
        id=f"{year}-g7-entry",
        title=f"{year}级七年级入学学业质量监测",
        date=date(year, 8, 30),
        grade=7,
        kind="monitor",
        organiser="prefecture",
        papers=ENTRANCE,
        authority=f"监测〔{year}〕12号",
        cohort=cohort if cohort in COHORTS else None,
    )


def _mock(cohort: int) -> Sitting:
    return Sitting(
        id=f"{cohort}-g9-mock1",
        title=f"{cohort - 1}—{cohort}学年九年级第一次模拟考试",
        date=date(cohort, 3, {2024: 19, 2025: 18, 2026: 17}[cohort]),
        grade=9,
        kind="mock",
        organiser="prefecture",
        papers=JUNIOR,
        baselines=(f"{cohort - 3}-g7-entry",),
        previous=f"{cohort - 1}-g9-mock1" if cohort > COHORTS[0] else "",
        cohort=cohort,
    )


def _grade_eight(year: int) -> list[Sitting]:
    """Biology and geography are finished in grade 8: two exams by the city, two by the prefecture."""
    rows = []
    for key, title, month, kind, organiser in (
        ("autumn", "上学期期末监测", 1, "monitor", "city"),
        ("mock1", "第一次模拟考试", 4, "mock", "city"),
        ("mock2", "第二次模拟考试", 5, "mock", "prefecture"),
        ("grad", "学业水平考试", 6, "graduation", "prefecture"),
    ):
        simulated = key == "grad" and year == 2025
        rows.append(
            Sitting(
                id=f"{year}-g8-{key}",
                title=f"{year - 1}—{year}学年八年级生物、地理{title}",
                date=date(year, month, 20),
                grade=8,
                kind=kind,
                organiser=organiser,
                papers=GRADUATION,
                baselines=(f"{year - 2}-g7-entry",) if simulated else (),
                cohort=year + 1 if simulated else None,
            )
        )
    return rows


def _grade_nine(year: int) -> list[Sitting]:
    """Two exams by the city, two by the prefecture."""
    label = f"{year - 1}—{year}学年九年级"
    simulated = year == 2026
    return [
        Sitting(
            id=f"{year - 1}-g9-autumn",
            title=f"{label}上学期期中监测",
            date=date(year - 1, 11, 11),
            grade=9,
            kind="monitor",
            organiser="city",
            papers=JUNIOR,
            baselines=(f"{year - 3}-g7-entry",) if simulated else (),
            cohort=year if simulated else None,
        ),
        Sitting(
            f"{year}-g9-winter", f"{label}上学期期末监测", date(year, 1, 21), 9, "monitor", "city", JUNIOR
        ),
        _mock(year),
        Sitting(
            f"{year}-g9-mock2", f"{label}第二次模拟考试", date(year, 5, 12), 9, "mock", "prefecture", JUNIOR
        ),
    ]


def _senior(year: int) -> list[Sitting]:
    """Grades 10 and 11: two a year by the prefecture, while lawful; grade 12: four."""
    rows = []
    for grade, word in ((10, "高一"), (11, "高二")):
        label = f"{year - 1}—{year}学年{word}"
        first = Sitting(
            f"{year - 1}-g{grade}-autumn",
            f"{label}上学期联考",
            date(year - 1, 11, 18),
            grade,
            "monitor",
            "prefecture",
        )
        second = Sitting(
            f"{year}-g{grade}-spring", f"{label}下学期联考", date(year, 4, 22), grade, "monitor", "prefecture"
        )
        rows += [first, second] if year < 2026 else [first]
    label = f"{year - 1}—{year}学年高三"
    rows += [
        Sitting(f"{year - 1}-g12-autumn", f"{label}期中考试", date(year - 1, 11, 4), 12, "monitor", "city"),
        Sitting(f"{year}-g12-winter", f"{label}期末考试", date(year, 1, 15), 12, "monitor", "prefecture"),
        Sitting(f"{year}-g12-mock1", f"{label}第一次模拟考试", date(year, 3, 10), 12, "mock", "prefecture"),
        Sitting(f"{year}-g12-mock2", f"{label}第二次模拟考试", date(year, 4, 28), 12, "mock", "city"),
    ]
    return [_with_papers(row) for row in rows]


def _with_papers(sitting: Sitting) -> Sitting:
    return Sitting(**{**sitting.__dict__, "papers": SENIOR})


def _checked() -> list[Sitting]:
    """One entry that the calendar check stops, one that it warns of."""
    return [
        Sitting(
            "2026-g11-spring",
            "2025—2026学年高二下学期联考",
            date(2026, 4, 22),
            11,
            "monitor",
            "prefecture",
            SENIOR,
        ),
        Sitting(
            "2026-g9-mock3", "2025—2026学年九年级第三次模拟考试", date(2026, 6, 2), 9, "mock", "city", JUNIOR
        ),
    ]


def sittings() -> tuple[Sitting, ...]:
    """All exams of the calendar, oldest first."""
    rows = [_entrance(cohort) for cohort in (*COHORTS, COHORTS[-1] + 1, COHORTS[-1] + 2)]
    for year in COHORTS:
        rows += [*_grade_eight(year), *_grade_nine(year), *_senior(year)]
    rows += _checked()
    return tuple(sorted(rows, key=lambda row: (row.date, row.id)))


def simulated(small: bool = False) -> tuple[Sitting, ...]:
    """The exams with score sheets; `small`: those of the newest cohort only."""
    return tuple(row for row in sittings() if row.cohort and (not small or row.cohort == COHORTS[-1]))
