"""`quality check --explain FILE`: how each sheet of a file was understood. No pupil's name is shown."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.errors import InputError
from analysis.intake import files
from analysis.intake.block import City, Entry
from analysis.intake.context import context
from analysis.intake.harvest import city_of, entries
from analysis.intake.headings import Vocabulary, subject_name
from analysis.intake.problems import words
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind, kinds
from analysis.intake.table import Table, grid_of
from analysis.settings import Settings
from analysis.terms import TOTAL
from analysis.workbook.sheet import Refusal, Sheet, column_letters


def explain(settings: Settings, file: Path) -> str:
    """Text: header block, each column's role, rows by kind, for every sheet of the file."""
    city = city_of(settings)
    if not file.is_file():
        raise InputError(f"No file {file.name}.", "Give the path of a score sheet.")
    entry = _entry_of(settings, file)
    codes = list(entry.exam.papers) if entry and entry.exam else []
    words_ = city.vocabulary.with_columns(entry.sheets.columns if entry else {}, codes)
    lines: list[str] = []
    for piece in files.read(file, settings.params.limits):
        lines += _sheet(piece, entry, city, words_)
    return "\n".join(lines)


def _entry_of(settings: Settings, file: Path) -> Entry | None:
    """The first entry of the settings that names the file."""
    for entry in entries(settings, [exam for exam in settings.params.exams if exam.sheets]):
        try:
            if file.resolve() in {path.resolve() for path in files.find(entry.sheets.path, settings.data)}:
                return entry
        except InputError:
            continue
    return None


def _sheet(piece: files.Piece, entry: Entry | None, city: City, vocabulary: Vocabulary) -> Iterator[str]:
    said = words(city.params.language)
    if isinstance(piece, Refusal):
        yield f"{piece.file}: {said['reasons'].get(piece.code, piece.code)} {piece.detail}".rstrip()
        return
    yield f"{piece.file} {piece.name}".rstrip()
    if piece.hidden:
        yield f"  {said['explain']['hidden']}"
        return
    grid = grid_of(piece)
    found = tables(piece, grid, vocabulary)
    if not found:
        yield f"  {said['explain']['none']}"
    by_row = bool(entry and entry.sheets.columns.get("@row") == "pupil")
    for table in found:
        yield from _table(table, piece, city, vocabulary, entry.grade if entry else 0)
        counts = Counter(kinds(table, grid, vocabulary, by_row).tolist())
        shown = "，".join(
            f"{said['kinds_of_rows'][Kind(kind).name]} {n}" for kind, n in sorted(counts.items())
        )
        yield f"  {said['explain']['rows_by_kind']}: {shown}"


def _table(table: Table, sheet: Sheet, city: City, vocabulary: Vocabulary, grade: int) -> Iterator[str]:
    said = words(city.params.language)
    texts = said["explain"]
    rows = (
        str(table.header.start + 1)
        if len(table.header) == 1
        else f"{table.header.start + 1}–{table.header.stop}"
    )
    yield f"  {texts['header'].format(rows=rows)}"
    around = context(sheet, table, city.schools, vocabulary, grade)
    told = [str(part) for part in (around.school, around.grade, around.klass, around.subject) if part]
    if told:
        yield f"  {texts['tells']}: {', '.join(told)}"
    for column in table.columns:
        subject = subject_name(column.meaning.subject, city.params) if column.meaning.subject else ""
        role = said["roles"][column.role]
        full = table.fulls.get(column.index)
        tail = (
            f" [{texts['full']} {full:g}]"
            if full is not None and not np.isnan(full) and column.role in ("mark", TOTAL, "item")
            else ""
        )
        yield f"    {column_letters(column.index):>3}  {column.heading!r:<18} {role} {subject}{tail}".rstrip()
