"""From a recognised table to a block: its pupils' own words in canonical form, and its marks as readings."""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.intake import markcolumns, occasions, remarks, rows
from analysis.intake.block import Block, City, Entry, as_seen, column_texts
from analysis.intake.context import Context, context
from analysis.intake.headings import Vocabulary, normal
from analysis.intake.identity import classes, numbers
from analysis.intake.issues import Place
from analysis.intake.remarks import NOTHING, Said
from analysis.intake.rows import Kind, KindArray
from analysis.intake.table import PLACE, Column, Grid, Table, grid_of, shown
from analysis.terms import TOTAL, State
from analysis.workbook.sheet import Sheet

_SEX = {
    "男": "M",
    "女": "F",
    "m": "M",
    "f": "F",
    "male": "M",
    "female": "F",
    "boy": "M",
    "girl": "F",
    "男生": "M",
    "女生": "F",
}
FEW = 3
"""So many schools that pupils left are named in the question."""
TEXTS = ("name", "former", "school", "class", "national", "damaged", "number", "exam_number", "pupil", "sex", "track", "sector",
         "excluded", "status", "grade")  # fmt: skip


def block(source: int, entry: Entry, sheet: Sheet, table: Table, city: City, vocabulary: Vocabulary) -> Block:
    """One table as one entry sees it."""
    grid = _with_merged_cells(grid_of(sheet), sheet, table)
    around = context(sheet, table, city.schools, vocabulary, entry.grade)
    by_row = entry.sheets.columns.get("@row") == "pupil"
    place = Place(entry.exam_id, sheet.file, sheet.name)
    table = occasions.own_columns(table, entry, place, city)
    kinds = rows.kinds(table, grid, vocabulary, by_row)
    _filter(kinds, table, grid, entry, around, city, place)
    body = grid[table.body.start : table.body.stop]
    samples = np.flatnonzero(kinds == Kind.sample)
    if len(samples):
        city.issues.add("sample_row", place.at(int(samples[0]) + table.body.start), n=len(samples))
    subjects = _subjects_of_rows(kinds, table, body, entry, city, place, vocabulary)
    schools = _schools_of_rows(kinds, table, body, entry, around, city, place)
    chosen = np.flatnonzero(kinds == Kind.pupil)
    picked = body[chosen]
    made = Block(
        source,
        entry,
        sheet,
        table,
        kinds,
        chosen + table.body.start,
        {},
        [],
        np.zeros(0, bool),
        np.zeros(0, bool),
    )
    made.text = _texts(made, picked, around, city)
    made.text["school"] = [schools[i] for i in chosen.tolist()]
    said = _said(made, picked, city, vocabulary)
    made.stands = np.array([i in said and said[i].stands for i in range(made.n)], bool)
    made.zero = np.array([i in said and said[i].zero for i in range(made.n)], bool)
    made.text["excluded"] = [said[i].excluded if i in said else "" for i in range(made.n)]
    _left(made, said)
    if entry.kind == "marks":
        markcolumns.read(
            made, picked, said, [subjects[i] for i in chosen.tolist()] if subjects else None, around, city
        )
    return made


def _with_merged_cells(grid: Grid, sheet: Sheet, table: Table) -> Grid:
    """A school, grade or class merged over the rows of its pupils stands in each; so does 缺考 merged over a row's marks."""
    places = {column.index for column in table.of(*PLACE)}
    marks = {column.index for column in table.of("mark", "scaled", "part", "total")}
    for r0, c0, r1, c1 in sheet.merged:
        if r0 < table.body.start:
            continue
        if r1 > r0 and c0 in places:
            filled = (grid[r0 : r1 + 1] != "").any(axis=1)  # a blank row stays one
            grid[r0 : r1 + 1, c0][filled] = grid[r0, c0]
        elif r1 == r0 and c0 in marks and type(grid[r0, c0]) is str:
            over = [column for column in range(c0, min(c1 + 1, grid.shape[1])) if column in marks]
            grid[r0, over] = grid[r0, c0]
    return grid


def _filter(
    kinds: KindArray, table: Table, grid: Grid, entry: Entry, around: Context, city: City, place: Place
) -> None:
    """Rows that the settings do not want here: another value under an `only` heading, or another grade."""
    body = grid[table.body.start : table.body.stop]
    pupil = kinds == Kind.pupil
    for heading, wanted in entry.sheets.only.items():
        column = next((c for c in table.columns if normal(c.heading) == normal(heading)), None)
        if column is None:
            continue
        values = [normal(text) for text in column_texts(body, column.index)]
        keep = np.array([value == normal(wanted) for value in values], bool)
        kinds[pupil & ~keep] = Kind.filtered
    _filter_grades(kinds, table, body, entry, around, city, place)


def _filter_grades(
    kinds: KindArray, table: Table, body: Grid, entry: Entry, around: Context, city: City, place: Place
) -> None:
    """A sheet of several grades serves each exam with its own; a sheet of one other grade is believed to be meant."""
    if not entry.grade or city.params.language != "zh":
        return
    pupil = np.flatnonzero(kinds == Kind.pupil)
    columns = table.of("grade")
    if columns and len(pupil):
        texts = column_texts(body[pupil], columns[0].index)
        grades = np.array([classes.grade_of(text) or entry.grade if text else entry.grade for text in texts])
    else:
        grades = np.full(len(pupil), around.grade or entry.grade)
    if (grades == entry.grade).any():
        kinds[pupil[grades != entry.grade]] = Kind.filtered
        if others := int((grades != entry.grade).sum()):
            city.issues.add("rows_filtered", place, n=others)
    elif len(pupil):
        city.issues.add("grade_differs", place, read=str(grades[0]), assumed=str(entry.grade), n=len(pupil))


def _subjects_of_rows(
    kinds: KindArray, table: Table, body: Grid, entry: Entry, city: City, place: Place, vocabulary: Vocabulary
) -> list[str]:
    """Subject code of every row in long layouts; rows with unknown subjects are set aside with an issue."""
    columns = table.of("subject")
    if not columns:
        return []
    totals = {"总分", "total", "合计"}
    papers = entry.exam.papers if entry.exam else {}
    pupil = np.flatnonzero(kinds == Kind.pupil)
    texts = column_texts(body[pupil], columns[0].index)
    known = {
        t: vocabulary.subjects.get(normal(t)) or (TOTAL if normal(t) in totals else "") for t in set(texts)
    }
    strange = {
        t for t, code in known.items() if not code or (papers and code not in papers and code != TOTAL)
    }
    out = [""] * len(body)
    for position, text in zip(pupil.tolist(), texts, strict=True):
        out[position] = known[text]
        if text in strange:
            kinds[position] = Kind.filtered
            where = place.at(table.body.start + position, columns[0].index)
            city.issues.add("undeclared_subject" if known[text] else "unknown_subject", where, read=text)
    return out


def _schools_of_rows(
    kinds: KindArray, table: Table, body: Grid, entry: Entry, around: Context, city: City, place: Place
) -> list[str]:
    """School code of every row; rows that name a school nobody knows are set aside with an issue."""
    one = entry.sheets.school or around.school
    if not one and not table.of("school") and len(city.params.schools) == 1:
        one = city.params.schools[0].code
    columns = table.of("school") or table.of("graduated")
    if entry.sheets.school or not columns:
        return [one] * len(body)
    column = _named_school_column(columns, body, city)
    pupil = np.flatnonzero(kinds == Kind.pupil)
    texts = column_texts(body[pupil], column.index)
    if column.role == "graduated" and around.school and not _leaves_with(entry):
        _ask_where_from(texts, pupil + table.body.start, column, around.school, city, place)
        return [one] * len(body)
    known = {text: city.schools.code(text) if text else one for text in dict.fromkeys(texts)}
    out = [""] * len(body)
    for position, text in zip(pupil.tolist(), texts, strict=True):
        code = known[text]
        out[position] = code
        if text and not code:
            kinds[position] = Kind.filtered
            city.issues.add("unknown_school", place.at(table.body.start + position, column.index), read=text)
    return out


def _leaves_with(entry: Entry) -> bool:
    """Whether the exam is the one with which pupils leave a school: 毕业学校 is the school that taught them."""
    return entry.exam is not None and entry.exam.kind in ("entrance", "graduation", "gaokao")


def _ask_where_from(
    texts: list[str], rows_: NDArray[np.int_], column: Column, school: str, city: City, place: Place
) -> None:
    """A sheet of one school whose 毕业学校 is another: where its pupils came from, most likely; a question all the same."""
    others = {
        text: row
        for text, row in zip(texts[::-1], rows_[::-1].tolist(), strict=True)
        if text and city.schools.names.get(normal(text), "") != school
    }
    if others:
        read = ", ".join(sorted(others, key=lambda text: others[text])[:FEW])
        city.issues.add(
            "school_left", place.at(min(others.values()), column.index), read=read, assumed=school
        )


def _named_school_column(columns: list[Column], body: Grid, city: City) -> Column:
    """Of 学校代码 and 学校名称 side by side, the one whose values the settings know best."""
    if len(columns) == 1:
        return columns[0]
    known = [
        sum(
            bool(text) and bool(city.schools.names.get(normal(text)))
            for text in set(column_texts(body, c.index))
        )
        for c in columns
    ]
    return columns[int(np.argmax(known))]


def _texts(made: Block, picked: Grid, around: Context, city: City) -> dict[str, list[str]]:
    """The identity columns in canonical form."""
    table, n = made.table, len(picked)
    text = {key: [""] * n for key in TEXTS}
    for key in ("name", "former", "track", "sector", "status"):
        if columns := table.of(key):
            text[key] = column_texts(picked, columns[0].index)
    if made.entry.exam and made.entry.exam.track and not table.of("track"):
        text["track"] = [around.track] * n
    for key in ("number", "exam_number", "pupil"):
        if columns := table.of(key):
            text[key] = numbers.clean_all(picked[:, columns[0].index].tolist())
    if made.entry.sheets.columns.get("@row") == "pupil":
        text["pupil"] = [f"{made.sheet.file}/{made.sheet.name}#{row + 1}" for row in made.rows.tolist()]
    if columns := table.of("national_id"):
        pairs = [
            numbers.national(t) if t else ("", "")
            for t in numbers.clean_all(picked[:, columns[0].index].tolist())
        ]
        text["national"], text["damaged"] = [p[0] for p in pairs], [p[1] for p in pairs]
    if columns := table.of("sex"):
        text["sex"] = [_SEX.get(normal(t), "") for t in column_texts(picked, columns[0].index)]
    text["class"] = _classes(made, picked, around, city)
    return text


def _classes(made: Block, picked: Grid, around: Context, city: City) -> list[str]:
    """Class labels; the sheet's or title's class where no column tells one."""
    columns = made.table.of("class") or made.table.of("teaching_class")
    grade = made.entry.grade or around.grade or 0
    zh = city.params.language == "zh"
    if not columns:
        return [classes.label(around.klass, grade) if around.klass and zh else ""] * len(picked)
    raw = picked[:, columns[0].index].tolist()
    texts = [
        classes.from_date(v) if isinstance(v, date) else as_seen(v) if type(v) is str else shown(v)
        for v in raw
    ]
    grades = [grade] * len(texts)
    if not made.entry.grade and (columns := made.table.of("grade")):
        grades = [classes.grade_of(t) or grade for t in column_texts(picked, columns[0].index)]
    if not zh:
        return [t[:-2] if t.endswith(".0") else t for t in texts]
    return [_labelled(text, grade) for text, grade in zip(texts, grades, strict=True)]


def _labelled(text: str, grade: int) -> str:
    """The canonical label; where no exam tells the grade (a roster of all exams), only of a text that names it."""
    found = classes.label(text, grade) if text else ""
    return found if grade or not found.startswith("0") else text


def _said(made: Block, picked: Grid, city: City, vocabulary: Vocabulary) -> dict[int, Said]:
    """What the remark, state and attribute columns say, by position; rows without words are not in it."""
    out: dict[int, Said] = {}
    for column in made.table.of("state", "remark", "attribute", "status"):
        memory: dict[str, Said] = {}
        for position, text in enumerate(column_texts(picked, column.index)):
            if not text:
                continue
            said = memory.get(text)
            if said is None:
                said = memory[text] = _of_column(
                    remarks.read(text, column.heading, vocabulary.subjects), column
                )
            if said.unclear:
                city.issues.add("remark_unclear", made.place(position, column.index), read=made.masked(text))
            if said != NOTHING:
                out[position] = out.get(position, NOTHING) | said
    return out


def _of_column(said: Said, column: Column) -> Said:
    """A state column of one subject (语文状态) speaks of that subject only."""
    if column.meaning.subject and said.whole:
        return Said(None, {column.meaning.subject: said.whole}, said.zero, said.stands, said.excluded)
    return said


def _left(made: Block, said: Mapping[int, Said]) -> None:
    """Rows of pupils who are gone keep the status `left`."""
    made.text["status"] = [
        "left" if i in said and said[i].whole is State.left else "ok" for i in range(made.n)
    ]
