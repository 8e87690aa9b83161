"""Assignment tables: who taught which class, and since when."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from analysis.intake import cells, tenure
from analysis.intake.block import Block, City, Entry, column_texts
from analysis.intake.context import context
from analysis.intake.headings import normal
from analysis.intake.identity import classes, numbers
from analysis.intake.issues import Place
from analysis.intake.rows import is_summary
from analysis.intake.table import Column, Grid, Table, grid_of, shown
from analysis.params import Exam
from analysis.workbook.sheet import Cell, Sheet

_PIECES = re.compile(r"[/、;；,，\n→]|->|\s{1,}(?=[\u3400-\u9fff])")
_DATED = re.compile(r"^(?P<name>[^(\[（【]+)[(\[（【](?P<when>[^)\]）】]*)[)\]）】]$")


@dataclass(frozen=True)
class Teaching:
    """One teacher of one class and subject, as a table says; `exam` is empty where the table holds for all."""

    exam: str
    school: str
    klass: str
    subject: str
    teacher: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class PupilTeaching:
    """One teacher of one pupil: the pupil's number as cleaned, and the share of time."""

    exam: str
    pupil: str
    subject: str
    teacher: str
    weight: float


def read(entry: Entry, sheet: Sheet, table: Table, city: City) -> tuple[list[Teaching], list[PupilTeaching]]:
    """All assignments of one table."""
    grid = _filled_down(grid_of(sheet), sheet, table)
    body = grid[table.body.start : table.body.stop]
    people = table.of("pupil", "national_id", "number")
    teachers = [c for c in table.of("teacher") if not c.meaning.subject]
    subjects = table.of("subject")
    if people and teachers:
        return [], list(_of_pupils(entry, body, table, people[0], teachers[0], city))
    if teachers and (subjects or entry.sheets.subject):
        return list(_long(entry, sheet, table, body, teachers[0], city)), []
    return list(_wide(entry, sheet, table, body, city)), []


def _filled_down(grid: Grid, sheet: Sheet, table: Table) -> Grid:
    """Merged cells filled; without merge marks, blanks below a school or class repeat it."""
    grid = grid.copy()
    covered: set[int] = set()
    for r0, c0, r1, c1 in sheet.merged:
        if r0 >= table.body.start:
            grid[r0 : r1 + 1, c0 : c1 + 1] = grid[r0, c0]
            covered.add(c0)
    for column in table.of("school", "class", "subject", "teacher"):
        if column.index in covered or (column.role in ("subject", "teacher") and not sheet.merged):
            continue
        before: Cell = ""
        for row in table.body:
            if shown(grid[row, column.index]):
                before = grid[row, column.index]
            elif any(shown(cell) for cell in grid[row]):
                grid[row, column.index] = before
    return grid


def _of_pupils(
    entry: Entry, body: Grid, table: Table, pupil: Column, teacher: Column, city: City
) -> Iterator[PupilTeaching]:
    """A row a pupil, subject and teacher."""
    keep = np.ones(len(body), bool)
    for heading, wanted in entry.sheets.only.items():
        column = next((c for c in table.columns if normal(c.heading) == normal(heading)), None)
        if column is not None:
            keep &= np.array([normal(t) == normal(wanted) for t in column_texts(body, column.index)], bool)
    body = body[keep]
    ids = numbers.clean_all(body[:, pupil.index].tolist())
    if pupil.role == "national_id":
        ids = [numbers.national(text)[0] for text in ids]
    names = column_texts(body, teacher.index)
    weights = table.of("weight")
    shares = cells.numbers(body[:, weights[0].index].tolist()) if weights else np.ones(len(body))
    columns = table.of("subject")
    subjects = column_texts(body, columns[0].index) if columns else [entry.sheets.subject] * len(body)
    known = {text: city.vocabulary.subjects.get(normal(text), "") for text in set(subjects)}
    for i, (number, name, subject, share) in enumerate(
        zip(ids, names, subjects, shares.tolist(), strict=True)
    ):
        if number and name and known[subject] and share == share:
            yield PupilTeaching(entry.exam_id, number, known[subject], name, share)
        elif name and not known[subject]:
            city.issues.add("unknown_subject", Place(entry.exam_id), read=subjects[i])


def _long(
    entry: Entry, sheet: Sheet, table: Table, body: Grid, teacher: Column, city: City
) -> Iterator[Teaching]:
    """A row a class, subject and teacher; the class cell may list several classes."""
    columns = {
        role: found[0].index
        for role in ("school", "class", "subject", "since", "until", "grade")
        if (found := table.of(role))
    }
    around = context(sheet, table, city.schools, city.vocabulary, entry.grade)
    for row in range(len(body)):
        texts = {role: shown(body[row, index]) for role, index in columns.items()}
        name = shown(body[row, teacher.index])
        if not name or is_summary(name):
            continue
        place = Place(entry.exam_id, sheet.file, sheet.name, table.body.start + row, teacher.index)
        school = _school(texts.get("school", ""), entry, around.school, city, place)
        subject = city.vocabulary.subjects.get(normal(texts.get("subject", "")), entry.sheets.subject)
        since = tenure.date_of(body[row, columns["since"]]) if "since" in columns else None
        until = tenure.date_of(body[row, columns["until"]]) if "until" in columns else None
        grade = entry.grade or classes.grade_of(texts.get("grade", "")) or around.grade or 0
        if not school or not subject:
            if not subject:
                city.issues.add("unknown_subject", place, read=texts.get("subject", ""))
            continue
        for label in _class_list(body[row, columns["class"]] if "class" in columns else around.klass, grade):
            for teaching in _of_cell(entry, school, label, subject, name, place, city):
                yield Teaching(
                    entry.exam_id,
                    school,
                    label,
                    subject,
                    teaching.teacher,
                    since or teaching.since,
                    until or teaching.until,
                )


def _wide(entry: Entry, sheet: Sheet, table: Table, body: Grid, city: City) -> Iterator[Teaching]:
    """A row a class, a column a subject, names in the cells."""
    around = context(sheet, table, city.schools, city.vocabulary, entry.grade)
    schools, labels, grades = table.of("school"), table.of("class"), table.of("grade")
    subjects = [c for c in table.columns if c.meaning.subject and c.role in ("mark", "teacher")]
    for row in range(len(body)):
        place = Place(entry.exam_id, sheet.file, sheet.name, table.body.start + row)
        raw: Cell = body[row, labels[0].index] if labels else around.klass
        if not shown(raw):
            continue
        school = _school(
            shown(body[row, schools[0].index]) if schools else "", entry, around.school, city, place
        )
        told = classes.grade_of(shown(body[row, grades[0].index])) if grades else None
        for label in _class_list(raw, entry.grade or told or around.grade or 0):
            for column in subjects:
                text = shown(body[row, column.index])
                if school and text:
                    yield from _of_cell(
                        entry,
                        school,
                        label,
                        column.meaning.subject,
                        text,
                        place.at(place.row, column.index),
                        city,
                    )


def of_mark_sheet(block: Block) -> list[Teaching]:
    """Teachers named beside the marks (语文, 语文老师): those with whom a whole class is marked alike."""
    picked = grid_of(block.sheet)[block.rows]
    places = list(zip(block.text["school"], block.text["class"], strict=True))
    out: list[Teaching] = []
    for column in (c for c in block.table.of("teacher") if c.meaning.subject):
        names = dict.fromkeys(zip(places, column_texts(picked, column.index), strict=True))
        classes_ = [place for place, name in names if name]
        out += [
            Teaching(block.entry.exam_id, place[0], place[1], column.meaning.subject, name)
            for place, name in names
            if name and all(place) and classes_.count(place) == 1
        ]
    return out


def _school(text: str, entry: Entry, around: str, city: City, place: Place) -> str:
    code = entry.sheets.school or (city.schools.code(text) if text else around)
    if text and not code:
        city.issues.add("unknown_school", place, read=text)
    if not code and not text and len(city.params.schools) == 1:
        return city.params.schools[0].code
    return code


def _class_list(cell: Cell, grade: int) -> list[str]:
    """Class labels of a cell such as 701、702 or 七(1)(2)班."""
    if isinstance(cell, (date, datetime)):
        cell = classes.from_date(cell)
    pieces = [p for p in re.split(r"[、,，;；/\s]+", shown(cell)) if p]
    return [
        classes.label(piece, grade) if grade else classes.label(piece, 0).removeprefix("0")
        for piece in pieces
    ]


def _of_cell(
    entry: Entry, school: str, label: str, subject: str, text: str, place: Place, city: City
) -> Iterator[Teaching]:
    """Teachers of one cell: one name, or several with the time of each, e.g. 张三（10月底前）/孙五（11月起）."""
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    for piece in pieces:
        found = _DATED.match(piece)
        name = (found["name"] if found else piece).strip()
        exam = entry.exam or max(city.params.exams, key=lambda e: e.date)  # a list for all exams is today's
        since, until, clear = tenure.span(found["when"], exam) if found else (None, None, True)
        if not clear or len(name) > 30:
            city.issues.add("teaching_unclear", place, group="teaching_unclear")
        if normal(name) in ("/", "-", "无", "空", "0", "none", "nan"):
            continue
        yield Teaching(entry.exam_id, school, label, subject, name, since, until)


def table(
    told: Sequence[Teaching],
    classes_of: Mapping[str, set[tuple[str, str]]],
    exams: Mapping[str, Exam],
    city: City,
) -> pd.DataFrame:
    """The table `teachings`, teachers still by name: exam, school, class, subject, teacher, weight, since.

    Parameters
    ----------
    classes_of : mapping
        Exam id → (school, class) that have pupils in it.
    """
    rows: dict[tuple[str, str, str, str, str], list[tuple[float, date | None]]] = {}
    for exam_id, present in classes_of.items():
        start, end = tenure.window(exams[exam_id], exams)
        for teaching in told:
            if teaching.exam not in ("", exam_id):
                continue
            if (teaching.school, teaching.klass) not in present:
                if teaching.exam:
                    city.issues.add(
                        "teaching_unknown_class", Place(exam_id, school=teaching.school), read=teaching.klass
                    )
                continue
            weight = tenure.share(teaching.since, teaching.until, start, end)
            key = (exam_id, teaching.school, teaching.klass, teaching.subject, teaching.teacher)
            if weight > 0:
                rows.setdefault(key, []).append((weight, teaching.since))
    out = [
        (*key, min(1.0, max(w for w, _ in parts) if len({s for _, s in parts}) == 1 else sum(w for w, _ in parts)),
         next((s.isoformat() for _, s in parts if s), None))
        for key, parts in rows.items()
    ]  # fmt: skip
    return pd.DataFrame(out, columns=["exam", "school", "class", "subject", "teacher", "weight", "since"])
