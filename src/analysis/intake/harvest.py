"""Every sheet of every entry, read and recognised: what they give before pupils are linked, and a line of the account each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intake import account, files, items, labels, take, teachers
from analysis.intake.block import Block, City, Entry, has_people
from analysis.intake.headings import Vocabulary, vocabulary
from analysis.intake.identity import schools
from analysis.intake.issues import Place
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind, is_statistics
from analysis.intake.table import PLACE, Table, grid_of
from analysis.params import Exam
from analysis.settings import Settings
from analysis.workbook.sheet import Refusal, Sheet

MANY = 5
"""A table of more rows is no statistic of a school or two."""
_SILENT = ("lock_file", "empty")


@dataclass
class Harvest:
    """Everything that the sheets gave, before pupils are linked."""

    blocks: list[Block] = field(default_factory=list)
    lines: list[account.Line] = field(default_factory=list)
    teachings: list[teachers.Teaching] = field(default_factory=list)
    pupil_teachings: list[teachers.PupilTeaching] = field(default_factory=list)
    item_tables: list[pd.DataFrame] = field(default_factory=list)


def city_of(settings: Settings) -> City:
    """Settings, words and schools, ready to read."""
    params = settings.params
    return City(params, vocabulary(params), schools.schools_of(params))


def entries(settings: Settings, exams: Sequence[Exam]) -> list[Entry]:
    """All sheet entries in order: rosters, the exams' own, then teachers."""
    params = settings.params
    return [
        *(Entry(None, sheets, "roster") for sheets in params.rosters),
        *(Entry(exam, sheets, sheets.kind) for exam in exams for sheets in exam.sheets),
        *(Entry(None, sheets, "teachers") for sheets in params.teachers),
    ]


def read_all(settings: Settings, exams: Sequence[Exam], city: City) -> Harvest:
    """Read every sheet of every entry; a file named by several entries is opened once."""
    harvest = Harvest()
    memory: dict[str, list[files.Piece]] = {}
    told: set[str] = set()
    for entry in entries(settings, exams):
        words = city.vocabulary.with_columns(entry.sheets.columns, _codes(entry.exam))
        for path in files.find(entry.sheets.path, settings.data):
            label = (
                path.relative_to(settings.data).as_posix()
                if path.is_relative_to(settings.data)
                else path.name
            )
            if label not in memory:
                memory[label] = files.read(path, settings.params.limits, label)
            for piece in memory[label]:
                if isinstance(piece, Refusal):
                    _refused(piece, entry, harvest, city, told)
                else:
                    _take(piece, entry, words, harvest, city, told)
    return harvest


def _codes(exam: Exam | None) -> list[str]:
    return list(exam.papers) if exam else []


def _refused(piece: Refusal, entry: Entry, harvest: Harvest, city: City, told: set[str]) -> None:
    """A refused file is a line of the account and an issue, once."""
    harvest.lines.append(
        account.Line(len(harvest.lines), piece.file, "", piece.sha256, "skipped", entry.exam_id, piece.code)
    )
    if piece.file not in told:
        told.add(piece.file)
        code = "file_skipped" if piece.code in _SILENT else "file_refused"
        city.issues.add(code, Place(entry.exam_id, piece.file), read=f"{piece.code} {piece.detail}".strip())


def _take(
    sheet: Sheet, entry: Entry, words: Vocabulary, harvest: Harvest, city: City, told: set[str]
) -> None:
    """One sheet as one entry sees it: its tables become blocks, its rows stand in the account."""
    place = Place(entry.exam_id, sheet.file, sheet.name)
    if sheet.note and f"encoding {sheet.file}" not in told:
        told.add(f"encoding {sheet.file}")
        city.issues.add("encoding_guessed", Place(entry.exam_id, sheet.file), read=sheet.note)
    grid = grid_of(sheet)
    filled = int((grid != "").any(axis=1).sum()) if grid.size else 0
    found = tables(sheet, grid, words) if filled and not sheet.hidden else []
    usable = [t for t in found if _usable(t, entry)]
    line = account.Line(len(harvest.lines), sheet.file, sheet.name, sheet.sha256, entry.kind, entry.exam_id)
    harvest.lines.append(line)
    if not usable:
        line.kind, line.rows, line.skipped = "skipped", filled, filled
        line.reason = (
            "hidden"
            if sheet.hidden
            else "empty"
            if not filled
            else "statistics"
            if found or is_statistics(grid)
            else "no_header"
        )
        if nameless := [t for t in found if _without_people(t, grid, entry)]:
            line.reason = "no_pupil_column"
            headings = ", ".join(column.heading for column in nameless[0].columns)
            city.issues.add("no_pupil_column", place.at(nameless[0].header.start), read=headings)
        elif line.reason != "empty":
            city.issues.add(
                "no_header" if line.reason == "no_header" and filled > 3 else "sheet_skipped",
                place,
                read=line.reason,
                n=1,
            )
        return
    for table in usable:
        _take_table(table, sheet, entry, words, harvest, city, line)
    _count_rows(line, grid, usable, [b for b in harvest.blocks if b.source == line.source])
    if entry.kind == "marks" and not entry.sheets.columns:
        _take_items(sheet, entry, words, harvest, city, [t for t in usable if labels.recognised(t)])


def _take_items(
    sheet: Sheet, entry: Entry, words: Vocabulary, harvest: Harvest, city: City, found: list[Table]
) -> None:
    """The items of a sheet that shows by its headings that it holds items: a second look, with a line of its own."""
    if not found:
        return
    own = Entry(entry.exam, entry.sheets, "items")
    line = account.Line(len(harvest.lines), sheet.file, sheet.name, sheet.sha256, own.kind, own.exam_id)
    harvest.lines.append(line)
    for table in found:
        _take_table(table, sheet, own, words, harvest, city, line)
        place = Place(own.exam_id, sheet.file, sheet.name).at(table.header.start)
        city.issues.add("items_recognised", place, n=len(labels.item_columns(table)))
    _count_rows(line, grid_of(sheet), found, [b for b in harvest.blocks if b.source == line.source])


def _usable(table: Table, entry: Entry) -> bool:
    """Whether a table can serve the entry: pupils for marks, classes or pupils for teachers, items for item tables."""
    if entry.kind == "teachers":
        return bool(table.of("class", "pupil", "national_id", "number", "teacher"))
    if entry.kind == "item_table":
        return bool(table.of("item"))
    return has_people(table, entry)


def _without_people(table: Table, grid: NDArray[np.object_], entry: Entry) -> bool:
    """Whether a table has marks, and several rows a class, but no column that tells one pupil from the other."""
    if entry.kind != "marks" or not table.of("mark", "subject") or has_people(table, entry):
        return False
    body = grid[table.body.start : table.body.stop]
    places = [tuple(row) for row in body[:, [c.index for c in table.of(*PLACE)]].tolist() if any(row)]
    if not table.of(*PLACE):
        return len(body) > MANY
    return len(places) > max(MANY, 2 * len(set(places)))


def _take_table(
    table: Table,
    sheet: Sheet,
    entry: Entry,
    words: Vocabulary,
    harvest: Harvest,
    city: City,
    line: account.Line,
) -> None:
    if entry.kind == "teachers":
        by_class, by_pupil = teachers.read(entry, sheet, table, city)
        if not by_class and not by_pupil:
            city.issues.add(
                "no_teaching", Place(entry.exam_id, sheet.file, sheet.name).at(table.header.start)
            )
        harvest.teachings += by_class
        harvest.pupil_teachings += by_pupil
        return
    block = take.block(line.source, entry, sheet, table, city, words)
    if entry.kind == "item_table":
        harvest.item_tables.append(items.read_item_table(block, city))
        return
    harvest.blocks.append(block)
    harvest.teachings += teachers.of_mark_sheet(block)


def _count_rows(
    line: account.Line, grid: NDArray[np.object_], found: list[Table], blocks: list[Block]
) -> None:
    """Rows below the headers, counted in the raw sheet, and their kinds; tables beside each other count each row each."""
    line.rows = sum(int((grid[t.body.start : t.body.stop] != "").any(axis=1).sum()) for t in found)
    if not blocks:
        line.pupils = line.rows
        return
    kinds = np.concatenate([block.kinds for block in blocks])
    line.pupils = int((kinds == Kind.pupil).sum())
    line.skipped = int(np.isin(kinds, (Kind.sample, Kind.filtered)).sum())
    line.summaries = int((kinds == Kind.summary).sum())
