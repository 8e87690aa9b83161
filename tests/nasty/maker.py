"""The whole nasty city in a folder: sheets, roster, teachers, settings; with the truth in hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import cohort_a, cohort_b
from .truth import EXAMS, SCHOOLS, SUBJECTS, City, city
from .writing import Ledger, Page, xlsx

CATALOGUE: dict[int, str] = yaml.safe_load(Path(__file__).with_name("catalogue.yaml").read_text("utf-8"))
"""Number → mess."""


@dataclass
class Made:
    """What was written and what is true."""

    settings: Path
    city: City
    ledger: Ledger


def make(folder: Path, seed: int = 1) -> Made:
    """Write the city of one seed into `folder`."""
    truth, ledger = city(seed), Ledger(folder / "sheets")
    cohort_a.write(truth, ledger)
    cohort_b.write(truth, ledger)
    _roster(truth, ledger)
    _teachers(ledger)
    path = folder / "params" / "nasty.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(_settings(), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Made(path, truth, ledger)


def _roster(truth: City, ledger: Ledger) -> None:
    """学籍 list of both cohorts, with former names."""
    page = Page("学籍")
    page.add("学校名称", "年级", "班级", "姓名", "曾用名", "全国学籍号", "学号", "性别")
    for pupil in truth.pupils:
        grade = "八年级" if pupil.cohort == "A" else "九年级"
        page.pupil(pupil.key, SCHOOLS[pupil.school][0], grade, f"{pupil.klass}班", pupil.name, pupil.former,
                   pupil.national, pupil.number, "女" if pupil.key % 2 else "男")  # fmt: skip
    ledger.write("名册/学籍名册.xlsx", xlsx([page]), [page], (32, 37))


def _teachers(ledger: Ledger) -> None:
    """Assignments of grade 8 with a merged school cell, a change in one cell, and one name in two schools."""
    page = Page("任课")
    page.add("学校", "年级", "班级", "语文", "数学")
    for school, (_, short, _) in SCHOOLS.items():
        top = len(page.rows)
        page.merged.append((top, 0, top + 1, 0))
        change = "张立（10月底前）/孙平（11月起）" if school == "0101" else "吴敏"
        page.add(short, "八年级", "1班", "李娜" if school != "0103" else "何静", change)
        page.add("", "八年级", "2班", f"陈{school[-1]}", "周文")
    ledger.write("任课/任课表.xlsx", xlsx([page]), [page], (51, 52))


def _settings() -> dict[str, Any]:
    """A settings file that tells which folder belongs to which exam, and nothing else about the sheets."""
    schools = [{"code": code, "name": name, "aliases": list(more)} for code, (name, *more) in SCHOOLS.items()]
    exams = [
        {
            "id": e.id, "title": e.title, "date": e.date, "grade": e.grade, "baselines": list(e.baselines),
            "papers": {s: {"full_mark": full} for s, full in e.full.items()},
            "sheets": [{"path": e.id}, *([{"path": "a3小题", "kind": "items"}] if e.id == "a3" else [])],
        }
        for e in EXAMS.values()
    ]  # fmt: skip
    return {
        "city": {"code": "nasty", "name": "青禾市"},
        "data": "../sheets",
        "report_exam": "a3",
        "schools": schools,
        "exams": exams,
        "rosters": [{"path": "名册", "kind": "roster"}],
        "teachers": [{"path": "任课", "kind": "teachers"}],
        "policy": "none",
    }


__all__ = ["CATALOGUE", "SUBJECTS", "Made", "make"]
