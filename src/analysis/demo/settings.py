"""The settings file of the demo city, written from the same plan as its sheets.

`python -m analysis.demo.settings` writes `params/demo.yaml`; a test holds the file and this text together.
"""

import sys
from pathlib import Path

from analysis.demo import city
from analysis.demo.calendar import NAMES, Sitting, simulated, sittings
from analysis.demo.city import School
from analysis.demo.items import BLUEPRINTS
from analysis.demo.make import ITEM_EXAM, roster_name, teachers_name

LINES = {2024: (450, 362), 2025: (426, 338), 2026: (438, 350)}
"""Reference lines of the first mock: model senior schools (示范高中), ordinary senior schools (普通高中)."""

COUNTIES = (
    # county, pupils, position of its means and spread against an ordinary paper (shares of the full mark)
    ("禾丰县", 7420, 0.018, 0.99),
    ("桐岭县", 6135, -0.012, 1.02),
    ("苇塘区", 9280, 0.031, 0.97),
    ("长汐县", 5210, -0.027, 1.03),
    ("沙桥区", 8044, 0.006, 1.00),
)
COUNTY_MEANS = {
    # subject: mean and sd of the prefecture's pupils, pass and excellent rates
    "chinese": (84.0, 14.4, 0.80, 0.10),
    "math": (72.6, 26.0, 0.54, 0.16),
    "english": (75.8, 25.4, 0.58, 0.14),
    "physics": (42.2, 15.0, 0.54, 0.14),
    "chemistry": (31.0, 10.2, 0.57, 0.14),
    "politics": (40.8, 9.0, 0.72, 0.13),
    "history": (39.0, 10.2, 0.65, 0.13),
    "total": (385.4, 93.0, 0.60, 0.11),
}

_HEAD = """\
# 青禾市 is made up: settings of the demo city. Written by `python -m analysis.demo.settings`; do not edit here.
# Copy it as a pattern for your own city. Codes stand in quotes: unquoted, YAML reads 0701 as the number 449.
city:
  code: qinghe              # short name, used in file names
  name: 青禾市
  bureau: 青禾市教育体育局教学研究室   # printed in the masthead
language: zh                # zh or en
data: "demo:"               # where the score sheets are; `demo:` makes the demo's own. A folder otherwise.
report_exam: 2026-g9-mock1  # the exam reported when none is named
sectors: [镇办, 市直, 民办]  # allowed values of `sector`, in the order of the tables
policy: by_date             # rules of the exam's day; see params/policy/

indicators:                 # lines of the rates, shares of the full mark
  excellent: 0.85
  good: 0.70
  passing: 0.60
  low: 0.40
  denominator: sat          # sat: who sat; roster: who should have
"""


def _quoted(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def _school(school: School) -> str:
    keys = [f'code: "{school.code}"', f"name: {school.name}", f"aliases: {_quoted(school.aliases)}"]
    keys += [f"sector: {school.sector}"] + ([f"township: {school.township}"] if school.township else [])
    keys += [f"official: {school.official}", f"principal: {school.principal}", f"stage: {school.stage}"]
    return "  - {" + ", ".join(keys) + "}"


def _schools() -> str:
    head = "# `aliases`: other spellings met in sheets; `township`: central school office; `official`: 分包领导.\nschools:"
    return "\n".join([head, *(_school(s) for s in (*city.junior_schools(), *city.other_schools()))])


def _sheets(sitting: Sitting) -> list[str]:
    """The sheets of an exam: marks, register, teachers, items and blueprints."""
    home = f"sheets/{sitting.id}"
    newest = sitting.id == ITEM_EXAM
    rows = [f'{{path: "{home}/{"成绩汇总_*.xlsx" if newest else "成绩*"}", kind: marks}}']
    if sitting.grade == 9:
        rows.append(f'{{path: "sheets/rosters/{roster_name(sitting.cohort or 0)}", kind: roster}}')
    if sitting.grade > 7:
        rows.append(f'{{path: "sheets/teachers/{teachers_name(sitting)}", kind: teachers}}')
    for subject in BLUEPRINTS if newest else ():
        rows.append(f'{{path: "{home}/小题分_{NAMES[subject]}.csv", kind: items, subject: {subject}}}')
        rows.append(
            f'{{path: "{home}/双向细目表_{NAMES[subject]}.xlsx", kind: item_table, subject: {subject}}}'
        )
    return ["    sheets:", *(f"      - {row}" for row in rows)]


def _lines(sitting: Sitting) -> list[str]:
    model, ordinary = LINES[sitting.cohort or 0]
    return [
        "    lines:",
        f"      - {{key: model, name: 示范高中参考线, total: {model}}}",
        f"      - {{key: ordinary, name: 普通高中参考线, total: {ordinary}}}",
    ]


def _authority(sitting: Sitting) -> list[str]:
    scope = "全市七年级新生，语文、数学、英语，只用于掌握起点，不向学生和家长公布"
    return [
        "    authority:            # the document that allows an exam which the rules of the day would stop",
        "      issuer: 云泽市教育局",
        f'      document: "{sitting.authority}"',
        f"      date: {sitting.date.year}-08-20",
        f"      scope: {scope}",
    ]


def _exam(sitting: Sitting, small: bool) -> str:
    papers = ", ".join(f"{code}: {{full_mark: {full}}}" for code, full in sitting.papers.items())
    rows = [
        f"  - id: {sitting.id}",
        f"    title: {sitting.title}",
        f"    date: {sitting.date.isoformat()}",
        f"    grade: {sitting.grade}",
        f"    kind: {sitting.kind}",
        f"    organiser: {sitting.organiser}",
        f"    papers: {{{papers}}}",
    ]
    rows += _authority(sitting) if sitting.authority else []
    rows += [f"    baselines: [{', '.join(sitting.baselines)}]"] if sitting.baselines else []
    rows += [f"    previous: {sitting.previous}"] if sitting.previous else []
    if sitting in simulated(small):
        rows += _lines(sitting) if sitting.kind == "mock" else []
        rows += _sheets(sitting)
    return "\n".join(rows)


def _exams(small: bool) -> str:
    head = """\
# The calendar. An exam without `sheets` is due or not held; `status` shows which.
# Two entries show the calendar check: 2026-g11-spring is stopped (no joint exams in grade 11 since December 2025),
# 2026-g9-mock3 is warned of (a third mock in one year).
# `baselines`: the exams that give the starting point; `previous`: the same exam of the cohort before.
exams:"""
    return "\n".join([head, *(_exam(sitting, small) for sitting in sittings())])


def _benchmarks() -> str:
    rows = ["# Sister counties' figures for the prefecture's exam, as handed down.", "benchmarks:"]
    for county, n, shift, spread in COUNTIES:
        for subject, (mean, sd, passing, excellent) in COUNTY_MEANS.items():
            full = (
                600
                if subject == "total"
                else next(s for s in sittings() if s.id == ITEM_EXAM).papers[subject]
            )
            values = f"mean: {mean + shift * full:.1f}, sd: {sd * spread:.1f}, n: {n}, "
            values += (
                f"pass_rate: {passing + 2 * shift:.3f}, excellent_rate: {max(0.01, excellent + shift):.3f}"
            )
            rows.append(f"  - {{exam: {ITEM_EXAM}, county: {county}, subject: {subject}, {values}}}")
    return "\n".join(rows)


def text(small: bool = False) -> str:
    """The settings as YAML; `small`: sheets of the newest cohort only, as `make(small=True)` writes them."""
    return "\n".join([_HEAD, _schools(), "", _exams(small), "", _benchmarks(), ""])


def write(path: Path, small: bool = False) -> None:
    """Writes the settings file (UTF-8)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(small), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "params/demo.yaml"))
