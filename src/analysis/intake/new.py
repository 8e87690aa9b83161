"""`quality new`: looks at score sheets and writes first settings and Excel templates. What is unsure says so."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.errors import InputError, OutputError
from analysis.intake import cells, files, rows
from analysis.intake.block import column_texts
from analysis.intake.context import context
from analysis.intake.headings import Vocabulary, normal, vocabulary
from analysis.intake.identity.classes import grade_of
from analysis.intake.identity.schools import Schools
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind
from analysis.intake.sheet import Sheet
from analysis.intake.table import IDENTITY, Table, grid_of
from analysis.params import City, Limits, Params

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_DATE = re.compile(r"(20\d\d)[年._-]?(1[0-2]|0?[1-9])(?!\d)(?:[月._-]?(3[01]|[12]\d|0?[1-9])(?!\d))?")
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
_SCHOOL = re.compile(r"(?:中学|小学|学校|一中|二中|三中|四中|五中|实验|附中|外国语|高中|初中)$")
_USUAL = (20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150)


Exams = dict[tuple[str, str, int, str], "Found"]
"""Folder, date, grade and kind of an exam → what its sheets show."""


@dataclass
class Found:
    """What the sheets of one exam show."""

    title: str
    date: str = ""
    grade: int = 0
    kind: str = "monitor"
    paths: list[str] = field(default_factory=list)
    papers: dict[str, float | None] = field(default_factory=dict)
    highest: dict[str, float] = field(default_factory=dict)


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
            f"{target.name} is already in {folder.name}/.", "Choose another folder; nothing was changed."
        )
    words = vocabulary(Params(city=City(code="new", name=""), exams=()))
    schools: Counter[str] = Counter()
    exams: Exams = {}
    skipped = []
    root = _root(sheets)
    for path in _all_files(sheets):
        looked = list(_look(path, root, words, schools, exams))
        if not any(looked):
            skipped.append(path.name)
    if not exams:
        raise InputError(
            "No sheet with pupils was found.", "Give score sheets with a heading row (姓名, 班级, 语文 …)."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = _settings(folder, root, schools, list(exams.values()))
        target.write_text(text, encoding="utf-8")
        _templates(folder, schools)
    except OSError as fault:
        raise OutputError(f"Cannot write into {folder.name}: {fault.strerror}.") from None
    lines = [f"{target}: {len(exams)} exam(s), {len(schools)} school name(s)."]
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


def _look(path: Path, root: Path, words: Vocabulary, schools: Counter[str], exams: Exams) -> Iterator[bool]:
    """Whether each sheet of a file holds pupils; its schools, papers and full marks are noted."""
    label = path.resolve().relative_to(root).as_posix()
    for piece in files.read(path, Limits(), label):
        if not isinstance(piece, Sheet) or piece.hidden:
            continue
        grid = grid_of(piece)
        for table in tables(piece, grid, words):
            if table.of(*IDENTITY) and table.of("mark"):
                _note(table, piece, grid, words, schools, exams, label)
                yield True


def _note(
    table: Table, sheet: Sheet, grid: np.ndarray, words: Vocabulary, schools: Counter[str],
    exams: Exams, label: str,
) -> None:  # fmt: skip
    body = grid[table.body.start : table.body.stop]
    picked = body[rows.kinds(table, grid, words) == Kind.pupil]
    around = context(sheet, table.title, Schools({}), words)
    text = f"{table.title} {sheet.name} {label}"
    grades = Counter(grade_of(t) for c in table.of("grade") for t in column_texts(picked, c.index))
    grades |= Counter(
        grade_of(normal(t)[:3].rstrip("0123456789班级("))
        for c in table.of("class")
        for t in column_texts(picked, c.index)[:50]
    )
    grade = around.grade or next((g for g, _ in grades.most_common() if g), 0)
    title = table.title.split(" ")[0] or label.removesuffix(Path(label).suffix).replace("/", " ")
    key = (str(Path(label).parent), _date(text), grade, _kind(text))
    found = exams.setdefault(key, Found(title, _date(text), grade, _kind(text)))
    if label not in found.paths:
        found.paths.append(label)
    for column in table.of("school"):
        schools.update(t for t in column_texts(picked, column.index) if t)
    if not table.of("school"):
        schools.update(t for t in (sheet.name, Path(label).stem) if _SCHOOL.search(t))
    _papers(table, picked, around.subject, words, found)


def _papers(table: Table, picked: np.ndarray, around: str, words: Vocabulary, found: Found) -> None:
    columns = [(c.meaning.subject or around, c.index) for c in table.of("mark")]
    if long := table.of("subject"):
        subjects = [words.subjects.get(normal(t), "") for t in column_texts(picked, long[0].index)]
        columns = []
        for mark in table.of("mark"):
            values = cells.numbers(picked[:, mark.index].tolist())
            for subject in dict.fromkeys(filter(None, subjects)):
                own = values[[s == subject for s in subjects]]
                found.papers.setdefault(subject, None)
                found.highest[subject] = max(found.highest.get(subject, 0), float(np.nanmax(own, initial=0)))
    for subject, index in columns:
        if not subject:
            continue
        values = cells.numbers(picked[:, index].tolist())
        if np.isfinite(values).any():
            found.papers[subject] = table.fulls.get(index) or found.papers.get(subject)
            found.highest[subject] = max(found.highest.get(subject, 0), float(np.nanmax(values)))


def _date(text: str) -> str:
    found = _DATE.search(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3] or 1):02d}" if found else ""


def _kind(text: str) -> str:
    return next((kind for word, kind in _KINDS.items() if word in text), "monitor")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _settings(folder: Path, root: Path, schools: Counter[str], exams: list[Found]) -> str:
    """The settings file; a comment with '?' marks what a person must look at."""
    lines = [
        "# First settings, made from the sheets. Lines marked '?' are guesses: look at each.",
        'city: {code: "city", name: "?", bureau: "?"}    # ? code stands in file names; name and office as printed',
        "language: zh",
        f"data: {_quoted(os.path.relpath(root, folder.resolve()))}    # folder of the score sheets",
        "",
        '# One line a school. Two spellings of one school: move one into the other\'s aliases: ["…"].',
        "schools:",
    ]
    lines += [
        f'  - {{code: "{i:02d}", name: {_quoted(name)}, aliases: [], sector: ""}}{hint}'
        for i, (name, hint) in enumerate(_named(schools), 1)
    ]
    if not schools:
        lines += [
            '  - {code: "01", name: "?", aliases: [], sector: ""}    # ? no school is named in the sheets'
        ]
    lines += ["", "exams:"]
    for number, exam in enumerate(sorted(exams, key=lambda e: (e.date, e.grade)), 1):
        lines += _exam(number, exam)
    return "\n".join(lines) + "\n"


def _named(schools: Counter[str]) -> Iterator[tuple[str, str]]:
    """School names with a hint where one may be a shorter spelling of another."""
    names = sorted(schools, key=lambda name: (-len(name), name))
    for name in names:
        like = next((other for other in names if len(other) > len(name) and _shortens(name, other)), "")
        yield name, f"    # ? perhaps an alias of {like}" if like else ""


def _shortens(short: str, long: str) -> bool:
    """Whether all letters of the short name stand in the long one, in order: 青禾一中 in 青禾市第一初级中学."""
    letters = iter(normal(long))
    return all(letter in letters for letter in normal(short))


def _exam(number: int, exam: Found) -> Iterator[str]:
    year = _YEAR.search(f"{exam.title} {' '.join(exam.paths)}")
    unsure = "" if exam.date else "    # ? no date in title or file name"
    yield f"  - id: exam-{number}"
    yield f"    title: {_quoted(exam.title)}"
    yield f"    date: {exam.date or (year[1] if year else '2000') + '-01-01'}{unsure}"
    yield f"    grade: {exam.grade or 9}" + ("" if exam.grade else "    # ? no grade told")
    yield f"    kind: {exam.kind}    # ? monitor, mock, term, entrance, graduation, gaokao, sample"
    yield "    baselines: []    # ? ids of the exams that give the starting point, newest first"
    yield "    papers:"
    for subject, full in exam.papers.items():
        highest = exam.highest.get(subject, 0)
        guess = full or next((float(top) for top in _USUAL if top >= highest), highest)
        note = "" if full else f"    # ? highest mark seen: {highest:g}"
        yield f"      {subject}: {{full_mark: {guess:g}}}{note}"
    yield "    sheets:"
    yield from (f"      - {{path: {_quoted(path)}}}" for path in exam.paths)


def _templates(folder: Path, schools: Counter[str]) -> None:
    """Excel templates for schools and teachers, filled in as far as known."""
    import xlsxwriter

    heads = {
        "学校信息.xlsx": (
            ["代码", "学校", "其他写法", "类别", "中心学校", "分包领导", "学段"],
            [["", name] for name in sorted(schools)],
        ),
        "任课表.xlsx": (["学校", "年级", "班级", "学科", "任课教师", "任教起始"], []),
    }
    for name, (head, body) in heads.items():
        with xlsxwriter.Workbook(folder / name, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(name.removesuffix(".xlsx"))
            for r, line in enumerate([head, *body]):
                for c, text in enumerate(line):
                    sheet.write_string(r, c, text)
            sheet.set_column(0, len(head) - 1, 14)
            sheet.freeze_panes(1, 0)
