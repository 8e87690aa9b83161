"""What goes into which sheet of the demo: score sheets, rosters, teacher tables, item sheets, blueprints."""

from pathlib import Path

import numpy as np

from analysis.demo.calendar import NAMES, Sitting
from analysis.demo.effects import SUBJECTS, City, Effects
from analysis.demo.items import BLUEPRINTS
from analysis.demo.marks import Marks
from analysis.demo.pupils import Cohort, Floats, Ints
from analysis.demo.sheets import Cell, Table, cells, numbers, totals, write_csv, write_xlsx

GRADE_WORDS = {7: "七", 8: "八", 9: "九"}
SEX = ("女", "男")


def _picked(items: list[str], rows: Ints) -> list[Cell]:
    return [items[i] for i in rows.tolist()]


def _seat(sitting: Sitting, marks: Marks, rows: Ints) -> list[Cell]:
    """Exam numbers (考号): year, school, seat in the school."""
    school = marks.school[rows]
    seat = np.zeros(len(rows), dtype=np.int64)
    for j in np.unique(school):
        mine = school == j
        seat[mine] = np.arange(1, mine.sum() + 1)
    year = sitting.date.year % 100
    return [
        f"{year}{sitting.grade:02d}{j + 1:02d}{k:04d}"
        for j, k in zip(school.tolist(), seat.tolist(), strict=True)
    ]


def _who(sitting: Sitting, cohort: Cohort, marks: Marks, rows: Ints, spelling: int = -1) -> Table:
    """The columns that say who sat where; `spelling` picks one of a school's other spellings."""
    names = [s.name if spelling < 0 else s.aliases[spelling] for s in cohort.schools]
    word = GRADE_WORDS[sitting.grade]
    return {
        "学校": _picked(names, marks.school[rows]),
        "班级": [f"{word}({k})班" for k in marks.klass[rows].tolist()],
        "学籍号": _picked(cohort.number, rows),
        "考号": _seat(sitting, marks, rows),
        "姓名": _picked(cohort.name, rows),
        "性别": [SEX[s] for s in cohort.sex[rows].tolist()],
    }


def in_order(marks: Marks, cohort: Cohort) -> Ints:
    """Listed pupils by school and class, and inside a class as registered."""
    rows = np.flatnonzero(marks.listed)
    return np.asarray(rows[np.lexsort((rows, marks.klass[rows], marks.school[rows]))])


def _wide(sitting: Sitting, cohort: Cohort, marks: Marks, rows: Ints, spelling: int = -1) -> Table:
    table = _who(sitting, cohort, marks, rows, spelling)
    for i, subject in enumerate(marks.subjects):
        table[NAMES[subject]] = cells(marks.mark[rows, i], marks.state[rows, i])
    table["总分"] = totals(marks.mark[rows], marks.state[rows])
    return table


def _remarks(cohort: Cohort, rows: Ints) -> list[Cell]:
    """A few pupils who are kept out of comparisons by rule."""
    remarks: list[Cell] = [""] * len(rows)
    for i in range(211, len(rows), 977):
        remarks[i] = "随班就读" if i % 2 else "借读"
    return remarks


def _with_leavers(table: Table, sitting: Sitting, cohort: Cohort) -> Table:
    """Adds some pupils who have left but are still listed, without marks."""
    gone = np.flatnonzero((cohort.school < 0) & (cohort.entry_school >= 0))[::16]
    word = GRADE_WORDS[sitting.grade]
    filled: Table = {
        "学校": [cohort.schools[j].name for j in cohort.entry_school[gone].tolist()],
        "班级": [f"{word}({k})班" for k in cohort.entry_class[gone].tolist()],
        "学籍号": _picked(cohort.number, gone),
        "姓名": _picked(cohort.name, gone),
        "性别": [SEX[s] for s in cohort.sex[gone].tolist()],
        "备注": ["已转出"] * len(gone),
    }
    return {head: [*column, *filled.get(head, [""] * len(gone))] for head, column in table.items()}


_WIDE_DIGITS = str.maketrans("0123456789.", "０１２３４５６７８９．")


def _with_slips(table: Table) -> Table:
    """A few slips of the pen, as every platform's export has them: a row twice, a mark ten times too large, a
    total that does not fit, full-width digits, a number with its unit."""
    rows = [list(row) for row in zip(*table.values(), strict=True)]
    place = {head: i for i, head in enumerate(table)}
    sat = [
        i
        for i, row in enumerate(rows)
        if not any(isinstance(cell, str) for cell in row[6 : place["总分"] + 1])
    ]
    large, wrong, wide, unit, twice = (sat[len(sat) * k // 8] for k in (1, 2, 4, 5, 7))
    rows[large][place["英语"]] = 10 * float(rows[large][place["英语"]]) + 300
    rows[wrong][place["总分"]] = float(rows[wrong][place["总分"]]) + 10
    rows[wide][place["语文"]] = str(rows[wide][place["语文"]]).translate(_WIDE_DIGITS)
    rows[unit][place["化学"]] = f"{rows[unit][place['化学']]}分"
    rows.insert(twice + 1, list(rows[twice]))
    return dict(zip(table, map(list, zip(*rows, strict=True)), strict=True))


def _split(table: Table, sectors: dict[str, str]) -> dict[str, Table]:
    """One table a sector, rows in their order."""
    of_row = [sectors[str(name)] for name in table["学校"]]
    return {
        sector: {
            head: [v for v, s in zip(column, of_row, strict=True) if s == sector]
            for head, column in table.items()
        }
        for sector in dict.fromkeys(of_row)
    }


def newest(folder: Path, sitting: Sitting, cohort: Cohort, marks: Marks) -> None:
    """Three workbooks, one a sector, with remarks and leavers."""
    rows = in_order(marks, cohort)
    table = _wide(sitting, cohort, marks, rows)
    table["备注"] = _remarks(cohort, rows)
    table = _with_slips(_with_leavers(table, sitting, cohort))
    for sector, part in _split(table, {s.name: s.sector for s in cohort.schools}).items():
        write_xlsx(folder / f"成绩汇总_{sector}.xlsx", {"成绩汇总": part})


def titled(folder: Path, sitting: Sitting, cohort: Cohort, marks: Marks) -> None:
    """One workbook with a title above the headings and short school names."""
    table = _wide(sitting, cohort, marks, in_order(marks, cohort), spelling=0)
    write_xlsx(folder / "成绩表.xlsx", {"Sheet1": table}, title=f"青禾市{sitting.title}成绩表")


def plain(folder: Path, sitting: Sitting, cohort: Cohort, marks: Marks, encoding: str = "utf-8-sig") -> None:
    """One csv with a row a pupil."""
    write_csv(folder / "成绩.csv", _wide(sitting, cohort, marks, in_order(marks, cohort)), encoding)


def long(folder: Path, sitting: Sitting, cohort: Cohort, marks: Marks) -> None:
    """One csv with a row a pupil and paper, full mark and state in columns of their own."""
    rows = in_order(marks, cohort)
    papers = len(marks.subjects)
    table: Table = {
        head: [v for v in column for _ in range(papers)]
        for head, column in _who(sitting, cohort, marks, rows).items()
    }
    state = marks.state[rows].ravel()
    mark = numbers(np.where(state == 0, marks.mark[rows].ravel(), 0.0))
    table["科目"] = [NAMES[s] for s in marks.subjects] * len(rows)
    table["满分"] = [sitting.papers[s] for s in marks.subjects] * len(rows)
    table["成绩"] = [m if s == 0 else "" for m, s in zip(mark, state.tolist(), strict=True)]
    table["状态"] = [("正常", "缺考", "作弊", "缓考", "免考", "未扫")[s] for s in state.tolist()]
    write_csv(folder / "成绩明细.csv", table)


def roster(path: Path, cohort: Cohort) -> None:
    """The register (学籍名册) of grade 9: also those whom their school did not enter for the exam."""
    rows = np.flatnonzero(cohort.school >= 0)
    rows = rows[np.lexsort((rows, cohort.klass[rows], cohort.school[rows]))]
    table: Table = {
        "学校": _picked([s.name for s in cohort.schools], cohort.school[rows]),
        "年级": ["九年级"] * len(rows),
        "班级": [f"九({k})班" for k in cohort.klass[rows].tolist()],
        "学籍号": _picked(cohort.number, rows),
        "姓名": _picked(cohort.name, rows),
        "性别": [SEX[s] for s in cohort.sex[rows].tolist()],
    }
    write_csv(path, table)


def since(subject: str, cohort: int, luck: int) -> str:
    """When a teacher took the class: at entry, or later where the subject begins later or the staff changed."""
    first = {"physics": cohort - 2, "chemistry": cohort - 1}.get(subject, cohort - 3)
    newly = luck % 3 == 0 and subject not in ("biology", "geography")
    return f"{cohort - 1 if newly else first}-09-01"


def teachers(path: Path, grade: int, cohort: Cohort, lasting: City, effects: Effects, marks: Marks) -> None:
    """Assignment table (任课表) of a grade in a school year: a row a class and subject."""
    rows = [
        (
            cohort.schools[j].name,
            f"{GRADE_WORDS[grade]}年级",
            f"{grade}{k:02d}",
            NAMES[subject],
            lasting.names[j][s][t],
            since(subject, cohort.year, j + t),
        )
        for j, k, people in zip(
            effects.class_school, effects.class_number, effects.teacher_index, strict=True
        )
        for subject, s in ((subject, SUBJECTS.index(subject)) for subject in marks.subjects)
        for t in (people[s],)
    ]
    heads = ("学校", "年级", "班级", "学科", "任课教师", "任教起始")
    write_xlsx(path, {"任课表": dict(zip(heads, zip(*rows, strict=True), strict=True))})


def items(folder: Path, sitting: Sitting, cohort: Cohort, marks: Marks, subject: str, points: Floats) -> None:
    """Item marks (小题分) of the pupils who sat; an item without any mark is sometimes an empty cell."""
    sat = marks.state[:, marks.subjects.index(subject)] == 0
    rows = in_order(marks, cohort)
    rows = rows[sat[rows]]
    table: Table = {
        head: column for head, column in _who(sitting, cohort, marks, rows).items() if head != "性别"
    }
    for i, item in enumerate(BLUEPRINTS[subject]):
        column = numbers(points[rows, i])
        if item.kind in ("解答题", "计算题"):
            column = ["" if v == 0 and r % 3 == 0 else v for v, r in zip(column, rows.tolist(), strict=True)]
        table[item.label] = column
    write_csv(folder / f"小题分_{NAMES[subject]}.csv", table)


def blueprint(folder: Path, subject: str) -> None:
    """The item blueprint (双向细目表) of a paper."""
    rows = BLUEPRINTS[subject]
    table: Table = {
        "题号": [item.label for item in rows],
        "题型": [item.kind for item in rows],
        "满分": [item.full for item in rows],
        "知识点": [item.topic for item in rows],
        "能力层次": [item.ability for item in rows],
        "预估得分率": [item.expected for item in rows],
    }
    write_xlsx(folder / f"双向细目表_{NAMES[subject]}.xlsx", {"双向细目表": table})
