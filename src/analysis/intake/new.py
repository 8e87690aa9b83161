"""`quality new`: looks at score sheets and writes first settings and Excel templates. What is unsure says so."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.errors import InputError, OutputError
from analysis.intake import cells, files, labels, rows
from analysis.intake.block import column_texts
from analysis.intake.context import context
from analysis.intake.firstlook import Coded, Found, Seen, coded, date_of, grouped
from analysis.intake.headings import Vocabulary, normal, vocabulary
from analysis.intake.identity.classes import grade_of
from analysis.intake.identity.schools import Schools
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind
from analysis.intake.table import IDENTITY, Table, grid_of
from analysis.params import City, Limits, Params
from analysis.workbook.schools import HEADINGS
from analysis.workbook.sheet import Sheet

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
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
_SCHOOL = re.compile(r"(?:中学|小学|学校|一中|二中|三中|四中|五中|实验|附中|外国语|高中|初中)$")
_USUAL = (20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200, 210, 240, 250, 300)
SCHOOLS_BOOK = "学校信息.xlsx"
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
        text = _settings(folder, root, listed, exams, seen)
        target.write_text(text, encoding="utf-8")
        _templates(folder, listed)
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
    if people and not items and not table.of("mark", "scaled", "part"):
        return Seen(label, "roster") if table.of("national_id", "former") else None
    if not people:
        return None
    body = grid[table.body.start : table.body.stop]
    picked = body[rows.kinds(table, grid, words) == Kind.pupil]
    around = context(sheet, table.title, Schools({}), words)
    text = f"{table.title} {sheet.name} {label}"
    grades = Counter(grade_of(t) for c in table.of("grade") for t in column_texts(picked, c.index))
    class_texts = [t for c in table.of("class") for t in column_texts(picked, c.index)[:50]]
    class_texts += [sheet.name, *table.title.split(), Path(label).stem]
    grades |= Counter(grade_of(normal(t)[:3].rstrip("0123456789班级(")) for t in class_texts)
    grade = around.grade or next((g for g, _ in grades.most_common() if g), 0)
    for column in table.of("school"):
        schools.update(t for t in column_texts(picked, column.index) if t)
    if not table.of("school"):
        schools.update(t for t in (sheet.name, Path(label).stem) if _SCHOOL.search(t))
    made = Seen(label, "items" if items else "marks", _title(text, label), date_of(text), grade, _kind(text))
    _papers(table, picked, around.subject, words, made)
    return made


def _title(text: str, label: str) -> str:
    found = _TITLE.search(text)
    return found[0] if found else label.removesuffix(Path(label).suffix).replace("/", " ")


def _papers(table: Table, picked: np.ndarray, around: str, words: Vocabulary, found: Seen) -> None:
    columns = [(c.meaning.subject or around, c.index) for c in table.of("mark")]
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
    slips = (told > _LARGEST) & (told > 3 * np.median(told))
    if slips.sum() > max(1, 0.02 * len(told)):
        slips[:] = False
    kept = float(told[~slips].max(initial=0))
    found.highest[subject] = max(found.highest.get(subject, 0), kept)
    found.slips.setdefault(subject, []).extend(told[slips].tolist())


def _kind(text: str) -> str:
    return next((kind for word, kind in _KINDS.items() if word in text), "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _settings(
    folder: Path, root: Path, schools: Sequence[Coded], exams: Sequence[Found], seen: Sequence[Seen]
) -> str:
    """The settings file; a comment with '?' marks what a person must look at."""
    lines = [
        "# First settings, made from the sheets. Lines marked '?' are guesses: look at each.",
        'city: {code: "city", name: "?", bureau: "?"}    # ? code stands in file names; name and office as printed',
        "language: zh",
        f"data: {_quoted(os.path.relpath(root, folder.resolve()))}    # folder of the score sheets",
        "",
        '# One line a school. Two spellings of one school: move one into the other\'s aliases: ["…"].',
        f'# Or fill in {SCHOOLS_BOOK}, and put in place of the whole list: schools: "{SCHOOLS_BOOK}"',
        "schools:",
    ]
    for code, name, aliases, hint in schools:
        quoted = ", ".join(map(_quoted, aliases))
        lines += [f'  - {{code: "{code}", name: {_quoted(name)}, aliases: [{quoted}], sector: ""}}{hint}']
    if not schools:
        lines += [
            '  - {code: "01", name: "?", aliases: [], sector: ""}    # ? no school is named in the sheets'
        ]
    lines += ["", "exams:"]
    for number, exam in enumerate(exams, 1):
        earlier = [i for i, e in enumerate(exams[: number - 1], 1) if e.cohort and e.cohort == exam.cohort]
        lines += _exam(number, exam, earlier[::-1][:1])
    for kind, key in (("roster", "rosters"), ("teachers", "teachers")):
        if paths := sorted({one.label for one in seen if one.kind == kind}):
            lines += ["", f"{key}:", *(f"  - {{path: {_quoted(path)}, kind: {kind}}}" for path in paths)]
    return "\n".join(lines) + "\n"


def _exam(number: int, exam: Found, baselines: Sequence[int]) -> Iterator[str]:
    year = _YEAR.search(f"{exam.title} {' '.join(exam.paths)}")
    unsure = "" if exam.date else "    # ? no date in title or file name"
    yield f"  - id: exam-{number}"
    yield f"    title: {_quoted(exam.title)}"
    unsure = unsure or ("" if exam.day_told else "    # ? the day is not told")
    yield f"    date: {exam.date or (year[1] if year else '2000') + '-01-01'}{unsure}"
    yield f"    grade: {exam.grade or 9}" + ("" if exam.grade else "    # ? no grade told")
    yield f"    kind: {exam.kind or 'monitor'}    # ? monitor, mock, term, entrance, graduation, gaokao, sample"
    ids = ", ".join(f"exam-{i}" for i in baselines)
    yield f"    baselines: [{ids}]    # ? ids of the exams that give the starting point, newest first"
    yield "    papers:"
    for subject, full in exam.papers.items():
        highest = exam.highest.get(subject, 0)
        guess = full or next((float(top) for top in _USUAL if top >= highest), highest)
        slips = ", ".join(f"{mark:g}" for mark in exam.slips.get(subject, ()))
        note = "" if full else f"    # ? highest mark seen: {highest:g}"
        note += f"; taken for a slip: {slips}" if slips and not full else ""
        yield f"      {subject}: {{full_mark: {guess:g}}}{note}"
    yield "    sheets:"
    yield from (f"      - {{path: {_quoted(path)}}}" for path in exam.places())


def _templates(folder: Path, schools: Sequence[Coded]) -> None:
    """Excel templates for schools and teachers, filled in as far as known."""
    import xlsxwriter

    heads = {
        SCHOOLS_BOOK: (
            list(HEADINGS),
            [[code, name, "、".join(also)] for code, name, also, _ in schools],
        ),
        "任课表.xlsx": (["学校", "年级", "班级", "学科", "任课教师", "任教起始"], []),
    }
    for name, (head, body) in heads.items():
        with xlsxwriter.Workbook(folder / name) as book:
            sheet = book.add_worksheet(name.removesuffix(".xlsx"))
            for r, line in enumerate([head, *body]):
                for c, text in enumerate(line):
                    sheet.write_string(r, c, text)
            sheet.set_column(0, len(head) - 1, 14, book.add_format({"num_format": "@"}))
            sheet.freeze_panes(1, 0)
