"""From a recognised table to a block: its pupils' own words in canonical form, and its marks as readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.intake import cells, remarks, rows
from analysis.intake.context import Context, context
from analysis.intake.headings import Vocabulary, normal
from analysis.intake.identity import classes, numbers
from analysis.intake.identity.schools import Schools
from analysis.intake.issues import Issues, Place
from analysis.intake.recognise import IDENTITY, Column, Grid, Table, grid_of, shown
from analysis.intake.remarks import NOTHING, Said
from analysis.intake.rows import Kind, KindArray
from analysis.intake.sheet import Cell, Sheet
from analysis.params import Exam, Params, Sheets
from analysis.terms import TOTAL, State

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
TEXTS = ("name", "former", "school", "class", "national", "damaged", "number", "exam_number", "pupil", "sex", "track", "sector",
         "excluded", "status", "grade")  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One `sheets:` entry of the settings and the exam it belongs to (None: it holds for all)."""

    exam: Exam | None
    sheets: Sheets
    kind: str

    @property
    def exam_id(self) -> str:
        return self.exam.id if self.exam else ""

    @property
    def grade(self) -> int:
        return self.exam.grade if self.exam else 0


@dataclass
class City:
    """What the readers share: settings, words, schools, and the list of issues that they add to."""

    params: Params
    vocabulary: Vocabulary
    schools: Schools
    issues: Issues = field(default_factory=Issues)


@dataclass
class Marks:
    """Readings of one mark column; `subject` is one code, or one a row in long layouts."""

    column: int
    subject: str | list[str]
    states: NDArray[np.uint8]
    scores: NDArray[np.float64]


@dataclass
class Block:
    """Pupil rows of one table as one entry sees them.

    Attributes
    ----------
    rows : array (n,)
        Sheet rows from 0.
    text : dict of list[str], each of length n
        TEXTS in canonical form; empty where unknown.
    marks : list of Marks
    stands : array (n,) of bool
        Rows that say they are the right one of several.
    zero : array (n,) of bool
        Rows that say that a zero is true.
    kinds : array
        Kind of every row of the body.
    fulls : dict
        Subject → full mark as the sheet tells it.
    """

    source: int
    entry: Entry
    sheet: Sheet
    table: Table
    kinds: KindArray
    rows: NDArray[np.int_]
    text: dict[str, list[str]]
    marks: list[Marks]
    stands: NDArray[np.bool_]
    zero: NDArray[np.bool_]
    totals: Marks | None = None
    fulls: dict[str, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def long(self) -> bool:
        return bool(self.table.of("subject")) and any(not isinstance(m.subject, str) for m in self.marks)

    def place(self, position: int = -1, column: int = -1, subject: str = "") -> Place:
        """Where a row of the block is; the sheet as a whole without a position."""
        if position < 0:
            return Place(self.entry.exam_id, self.sheet.file, self.sheet.name, subject=subject)
        return Place(
            self.entry.exam_id, self.sheet.file, self.sheet.name, int(self.rows[position]), column,
            self.text["school"][position], self.text["class"][position], subject,
        )  # fmt: skip


def block(source: int, entry: Entry, sheet: Sheet, table: Table, city: City, vocabulary: Vocabulary) -> Block:
    """One table as one entry sees it."""
    grid = grid_of(sheet)
    around = context(sheet, table.title, city.schools, vocabulary)
    by_row = entry.sheets.columns.get("@row") == "pupil"
    kinds = rows.kinds(table, grid, vocabulary, by_row)
    place = Place(entry.exam_id, sheet.file, sheet.name)
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
        _marks(made, picked, said, [subjects[i] for i in chosen.tolist()] if subjects else None, around, city)
    return made


def column_texts(picked: Grid, column: int) -> list[str]:
    """A column as a person sees it."""
    return [v.strip() if type(v) is str else shown(v) for v in picked[:, column].tolist()]


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
    columns = table.of("school")
    if entry.sheets.school or not columns:
        return [one] * len(body)
    column = _named_school_column(columns, body, city)
    pupil = np.flatnonzero(kinds == Kind.pupil)
    texts = column_texts(body[pupil], column.index)
    known = {text: city.schools.code(text) if text else one for text in dict.fromkeys(texts)}
    out = [""] * len(body)
    for position, text in zip(pupil.tolist(), texts, strict=True):
        code = known[text]
        out[position] = code
        if text and not code:
            kinds[position] = Kind.filtered
            city.issues.add("unknown_school", place.at(table.body.start + position, column.index), read=text)
    return out


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
        classes.from_date(v) if isinstance(v, date) else v.strip() if type(v) is str else shown(v)
        for v in raw
    ]
    grades = [grade] * len(texts)
    if not made.entry.grade and (columns := made.table.of("grade")):
        grades = [classes.grade_of(t) or grade for t in column_texts(picked, columns[0].index)]
    if not zh:
        return [t[:-2] if t.endswith(".0") else t for t in texts]
    return [classes.label(t, g) if t and g else t for t, g in zip(texts, grades, strict=True)]


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
                city.issues.add("remark_unclear", made.place(position, column.index), read=text)
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


def _marks(
    made: Block,
    picked: Grid,
    said: Mapping[int, Said],
    subjects: list[str] | None,
    around: Context,
    city: City,
) -> None:
    """Readings of all mark columns, and of the stated total."""
    if subjects is not None:
        column = next(iter(made.table.of("mark", "total")), None)
        if column is not None:
            _long_marks(made, picked, said, subjects, column, city)
        return
    chosen = mark_columns(made, picked, around, city)
    _strange_columns(made, picked, city)
    _parts(made, picked, said, {subject for _, subject in chosen}, city)
    for column, subject in chosen:
        marks = _column(made, picked, said, column, subject, _full_of(made, column, subject, city), city)
        if subject == TOTAL:
            made.totals = marks
        else:
            made.marks.append(marks)


def _strange_columns(made: Block, picked: Grid, city: City) -> None:
    """Columns of numbers under headings that nobody knows may hold marks: said in one note a sheet, not guessed."""
    strange = [
        column
        for column in made.table.of("unknown")
        if made.n
        and column.heading
        and np.isfinite(cells.numbers(picked[:, column.index].tolist())).mean() > 0.5
    ]
    if strange:
        place = made.place().at(made.table.header.start, strange[0].index)
        headings = ", ".join(column.heading for column in strange)
        city.issues.add("unknown_column", place, read=headings, n=len(strange))


def _parts(made: Block, picked: Grid, said: Mapping[int, Said], have: set[str], city: City) -> None:
    """A subject of which only the parts are given (笔试 and 听力): their sum, where all of them are marks."""
    papers = made.entry.exam.papers if made.entry.exam else {}
    parts: dict[str, list[Column]] = {}
    for column in made.table.of("part"):
        parts.setdefault(column.meaning.subject, []).append(column)
    for subject, columns in parts.items():
        if subject in have or (papers and subject not in papers) or len(columns) < 2:
            continue
        city.issues.add(
            "parts_summed",
            made.place(subject=subject).at(made.table.header.start, columns[0].index),
            read=columns[0].heading,
        )
        read = [_column(made, picked, said, c, subject, made.table.fulls.get(c.index), city) for c in columns]
        states = np.stack([r.states for r in read])
        ok = (states == cells.CODE[State.ok]).all(axis=0)
        other = np.where(states == cells.CODE[State.ok], 255, states).min(axis=0)
        sums = np.where(ok, np.stack([r.scores for r in read]).sum(axis=0), np.nan)
        made.marks.append(
            Marks(columns[0].index, subject, np.where(ok, cells.CODE[State.ok], other).astype(np.uint8), sums)
        )


def mark_columns(made: Block, picked: Grid, around: Context, city: City) -> list[tuple[Column, str]]:
    """The columns that hold marks of this exam's papers, each with its subject; a column without any entry is none."""
    papers = made.entry.exam.papers if made.entry.exam else {}
    scaled = {c.meaning.subject: c for c in made.table.of("scaled") if c.meaning.subject}
    found: list[tuple[Column, str]] = []
    for column in made.table.of("mark"):
        subject = column.meaning.subject or made.entry.sheets.subject or around.subject
        if not subject:
            city.issues.add("unknown_column", made.place(subject=""), read=column.heading)
        elif papers and subject not in papers:
            if made.n and (picked[:, column.index] != "").any():
                city.issues.add(
                    "undeclared_subject",
                    made.place(subject=subject).at(made.table.header.start, column.index),
                    read=column.heading,
                )
        else:
            found.append((column, subject))
    have = {subject for _, subject in found}
    for subject, column in scaled.items():
        if subject not in have and (not papers or subject in papers):
            city.issues.add(
                "scaled_taken",
                made.place(subject=subject).at(made.table.header.start, column.index),
                read=column.heading,
            )
            found.append((column, subject))
    totals = made.table.of("total")
    found += [(totals[0], TOTAL)] if totals else []
    return [(c, s) for c, s in _single(found, made, picked, city) if _filled(made, picked, c)]


def _filled(made: Block, picked: Grid, column: Column) -> bool:
    """Whether anything stands in the column: a subject that the grade does not take is an empty column."""
    holes = any(column.index == c for _, c in made.sheet.holes)
    return holes or any(not (type(v) is str and not v.strip()) for v in picked[:, column.index].tolist())


def _single(
    found: list[tuple[Column, str]], made: Block, picked: Grid, city: City
) -> list[tuple[Column, str]]:
    """Without columns that say the same again. One that differs stays: where both hold a mark, neither is believed."""
    kept: list[tuple[Column, str]] = []
    for column, subject in found:
        first = next((c for c, s in kept if s == subject), None)
        if first is None:
            kept.append((column, subject))
        elif not (picked[:, first.index] == picked[:, column.index]).all() and _filled(made, picked, column):
            place = made.place(subject=subject).at(made.table.header.start, column.index)
            city.issues.add("column_twice", place, read=column.heading)
            kept.append((column, subject))
    return kept


def _full_of(made: Block, column: Column, subject: str, city: City) -> float | None:
    """Full mark: the settings', else the sheet's; a difference is a question."""
    told = made.table.fulls.get(column.index)
    exam = made.entry.exam
    paper = exam.papers.get(subject) if exam else None
    if told is not None:
        made.fulls[subject] = told
    if paper is None:
        return told
    if told is not None and paper.full_mark is not None and told != paper.full_mark:
        place = made.place(subject=subject).at(made.table.header.start, column.index)
        city.issues.add("full_mark_differs", place, read=f"{told:g}", assumed=f"{paper.full_mark:g}")
    return paper.full_mark


def _column(
    made: Block,
    picked: Grid,
    said: Mapping[int, Said],
    column: Column,
    subject: str,
    full: float | None,
    city: City,
) -> Marks:
    raw: list[Cell] = picked[:, column.index].tolist()
    holes = (
        {i: True for i, row in enumerate(made.rows.tolist()) if (row, column.index) in made.sheet.holes}
        if made.sheet.holes
        else None
    )
    if subject == TOTAL:
        values = cells.numbers(raw)
        return Marks(column.index, TOTAL, np.zeros(len(raw), np.uint8), values)
    read = cells.read_column(raw, full, said, subject, holes)
    _report(made, raw, read, column.index, subject, city)
    return Marks(column.index, subject, read.states, read.scores)


def _long_marks(
    made: Block, picked: Grid, said: Mapping[int, Said], subjects: list[str], column: Column, city: City
) -> None:
    """Long layout: one mark column, a subject a row."""
    exam = made.entry.exam
    raw: list[Cell] = picked[:, column.index].tolist()
    papers = exam.papers if exam else {}
    full_by_subject = {s: (papers[s].full_mark if s in papers else None) for s in set(subjects)}
    stated = made.table.of("full")
    fulls = np.array(
        [full_by_subject[s] if full_by_subject[s] is not None else np.nan for s in subjects], float
    )
    if stated:
        own = cells.numbers(picked[:, stated[0].index].tolist())
        fulls = np.where(np.isnan(fulls), own, fulls)
        made.fulls |= {
            s: float(f) for s, f in zip(reversed(subjects), own[::-1].tolist(), strict=True) if f == f
        }
    # In long layout the row is one mark: what it says of itself, it says of that subject.
    narrow = {
        i: Said(None, {subjects[i]: s.whole, **s.subjects}, s.zero, s.stands, s.excluded)
        if s.whole and s.whole is not State.left
        else s
        for i, s in said.items()
    }
    read = cells.read_column(raw, fulls, narrow, subjects)
    _report(made, raw, read, column.index, subjects, city)
    made.marks.append(Marks(column.index, subjects, read.states, read.scores))


def _report(
    made: Block,
    raw: Sequence[Cell],
    read: cells.ColumnReading,
    column: int,
    subject: str | list[str],
    city: City,
) -> None:
    """Problems of a column into the list of issues."""
    for position, reading in read.problems.items():
        name = subject if isinstance(subject, str) else subject[position]
        city.issues.add(
            reading.code,
            made.place(position, column, name),
            read=shown(raw[position]),
            assumed=reading.assumed,
        )


def has_people(table: Table, entry: Entry) -> bool:
    """Whether a table can hold pupils: a name or number column, or the row's own number."""
    return bool(table.of(*IDENTITY)) or "pupil" in entry.sheets.columns.values()
