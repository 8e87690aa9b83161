"""`quality new`: looks at score sheets and writes first settings and Excel templates. What is unsure says so."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.errors import InputError, OutputError
from analysis.intake import cells, files, firstsettings, labels, rows
from analysis.intake.block import column_texts
from analysis.intake.context import context, school_in
from analysis.intake.firstlook import WHOLE, Seen, coded, date_of, grouped
from analysis.intake.headings import Vocabulary, normal, vocabulary
from analysis.intake.identity.classes import grade_of
from analysis.intake.identity.schools import Schools
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind
from analysis.intake.table import IDENTITY, Column, Table, grid_of
from analysis.params import City, Limits, Params
from analysis.workbook.sheet import Sheet

_TITLE = re.compile(r"20\d\d[^\s　/]*?(?:考试|监测|测试|测评|联考|统考|模拟|调研|检测|抽测)")
_KINDS = {
    "一模": "mock",
    "二模": "mock",
    "模拟": "mock",
    "期中": "term",
    "期末": "term",
    "月考": "term",
    "中考": "entrance",
    "学业水平": "graduation",
    "抽测": "sample",
}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
ABSENT = -1
"""How some sheets write an absentee's mark."""
_LARGEST = 150
"""Full mark of the largest single paper; only combined papers go beyond it."""


def new(folder: Path, sheets: Sequence[Path]) -> list[str]:
    """Make `folder` with settings.yaml and templates; returns the lines to print.

    Raises
    ------
    InputError
        No sheet with pupils was found.
    OutputError
        The folder already holds settings, or cannot be written.
    """
    target = folder / "settings.yaml"
    if target.exists():
        raise OutputError(
            f"{target.name} is already in {folder.resolve().name}/.",
            "Choose another folder; nothing was changed.",
        )
    words = vocabulary(Params(city=City(code="new", name=""), exams=()))
    schools: Counter[str] = Counter()
    seen: list[Seen] = []
    skipped = []
    root = _root(sheets)
    for path in _all_files(sheets):
        found = list(_look(path, root, words, schools))
        seen += found
        if not found:
            skipped.append(path.name)
    exams = grouped(seen)
    if not exams:
        raise InputError(
            "No sheet with pupils was found.", "Give score sheets with a heading row (姓名, 班级, 语文 …)."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        listed = coded(schools)
        text = firstsettings.written(folder, root, listed, exams, seen)
        target.write_text(text, encoding="utf-8")
        firstsettings.templates(folder, listed)
    except OSError as fault:
        raise OutputError(f"Cannot write into {folder.name}: {fault.strerror}.") from None
    lines = [f"{target}: {len(exams)} exam(s), {len(listed)} school(s)."]
    lines += [f"  not used: {name}" for name in skipped]
    return [*lines, "Look through the lines marked '?', then: quality check " + str(target)]


def _all_files(sheets: Sequence[Path]) -> Iterator[Path]:
    for path in sheets:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not files.is_lock(p.name))
        elif path.is_file():
            yield path
        else:
            raise InputError(f"No score sheet at {path}.")


def _root(sheets: Sequence[Path]) -> Path:
    """The folder that holds all the sheets."""
    parents = [str(path.resolve() if path.is_dir() else path.resolve().parent) for path in sheets]
    return Path(os.path.commonpath(parents)) if parents else Path()


def _look(path: Path, root: Path, words: Vocabulary, schools: Counter[str]) -> Iterator[Seen]:
    """What each table of a file shows that can be of use; its schools are counted."""
    label = path.resolve().relative_to(root).as_posix()
    for piece in files.read(path, Limits(), label):
        if not isinstance(piece, Sheet) or piece.hidden:
            continue
        grid = grid_of(piece)
        for table in tables(piece, grid, words):
            if made := _seen(table, piece, grid, words, schools, label):
                yield made


def _seen(
    table: Table, sheet: Sheet, grid: np.ndarray, words: Vocabulary, schools: Counter[str], label: str
) -> Seen | None:
    """One table's pupils, teachers or roster; None where it holds nothing of the kind."""
    items, people = labels.recognised(table), bool(table.of(*IDENTITY))
    if not people and table.of("class") and (table.of("teacher") or len(table.of("mark")) > 1):
        return Seen(label, "teachers")
    if not people:
        return None
    body = grid[table.body.start : table.body.stop]
    picked = body[rows.kinds(table, grid, words) == Kind.pupil]
    strange: list[Column] = []
    if not items and not table.of("mark", "scaled", "part"):
        strange = [] if table.of("former") else _strange(table, picked)
        if not strange:
            return Seen(label, "roster") if table.of("national_id", "former") else None
    around = context(sheet, table, Schools({}), words)
    text = f"{table.title} {sheet.name} {label}"
    grades = Counter(grade_of(t) for c in table.of("grade") for t in column_texts(picked, c.index))
    class_texts = [t for c in table.of("class") for t in column_texts(picked, c.index)[:50]]
    class_texts += [sheet.name, *table.title.split(), Path(label).stem]
    grades |= Counter(grade_of(normal(t)[:3].rstrip("0123456789班级(")) for t in class_texts)
    grade = around.grade or next((g for g, _ in grades.most_common() if g), 0)
    schools.update(
        _schools(table, picked, (sheet.name, *table.sections, *table.title.split("\n"), Path(label).stem))
    )
    made = Seen(label, "items" if items else "marks", _title(text, label), date_of(text), grade, _kind(text))
    made.english = not any(_CHINESE.search(column.heading) for column in table.columns)
    made.declared = {column.heading: _code(column) for column in strange}
    marks = [(c.meaning.subject or around.subject, c.index) for c in table.of("mark")]
    _papers(table, picked, [(made.declared[c.heading], c.index) for c in strange] or marks, words, made)
    return made


def _strange(table: Table, picked: np.ndarray) -> list[Column]:
    """Columns of numbers that nobody knows, in a table without a known mark; else its total, which is a mark then."""

    def is_numbers(column: Column) -> bool:
        values = cells.numbers(picked[:, column.index].tolist())
        return bool(column.heading) and len(values) > 0 and bool(np.isfinite(values).mean() > 0.5)

    unknown = [column for column in table.of("unknown") if is_numbers(column)]
    return unknown or [column for column in table.of("total") if is_numbers(column)][:1]


def _code(column: Column) -> str:
    """A subject code for a heading that no subject goes by; one heading, one code."""
    return (
        WHOLE if column.role == "total" else re.sub(r"\W+", "_", column.heading.lower()).strip("_") or WHOLE
    )


def _schools(table: Table, picked: np.ndarray, surroundings: Sequence[str]) -> Iterator[str]:
    """The school of each row, else the nearest one that stands around the table, else where its pupils left school."""
    for column in table.of("school"):
        yield from filter(None, column_texts(picked, column.index))
    if not table.of("school"):
        around = next(filter(None, map(school_in, surroundings)), "")
        graduated = [text for c in table.of("graduated") for text in column_texts(picked, c.index)]
        yield from filter(None, [around] if around else graduated)


def _title(text: str, label: str) -> str:
    found = _TITLE.search(text)
    return found[0] if found else label.removesuffix(Path(label).suffix).replace("/", " ")


def _papers(
    table: Table, picked: np.ndarray, columns: list[tuple[str, int]], words: Vocabulary, found: Seen
) -> None:
    """Note papers and highest marks: of columns (subject, index), or of a list with a column that names the subject."""
    if long := table.of("subject"):
        subjects = [words.subjects.get(normal(t), "") for t in column_texts(picked, long[0].index)]
        columns = []
        for mark in table.of("mark"):
            values = cells.numbers(picked[:, mark.index].tolist())
            for subject in dict.fromkeys(filter(None, subjects)):
                own = values[[s == subject for s in subjects]]
                found.papers.setdefault(subject, None)
                _note_highest(found, subject, own)
    for subject, index in columns:
        if not subject:
            continue
        values = cells.numbers(picked[:, index].tolist())
        if np.isfinite(values).any():
            found.papers[subject] = table.fulls.get(index) or found.papers.get(subject)
            _note_highest(found, subject, values)


def _note_highest(found: Seen, subject: str, values: np.ndarray) -> None:
    """The highest mark that can be one: beyond 150, a few marks far from all others are slips (940 for 94.0)."""
    told = values[np.isfinite(values)]
    if not len(told):
        return
    if (told[told < 0] != ABSENT).any():
        found.negative.add(subject)
    slips = (told > _LARGEST) & (told > 3 * np.median(told))
    if slips.sum() > max(1, 0.02 * len(told)):
        slips[:] = False
    kept = float(told[~slips].max(initial=0))
    found.highest[subject] = max(found.highest.get(subject, 0), kept)
    found.slips.setdefault(subject, []).extend(told[slips].tolist())


def _kind(text: str) -> str:
    return next((kind for word, kind in _KINDS.items() if word in text), "")
