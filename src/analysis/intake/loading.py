"""Sheets → warehouse tables: read, recognise, take, link, check. Every row and cell ends in the account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import warehouse
from analysis.errors import InputError
from analysis.intake import (
    absences,
    account,
    cells,
    check,
    files,
    items,
    labels,
    layout,
    sightings,
    take,
    teachers,
    unlinked,
)
from analysis.intake.block import Block, City, Entry, has_people
from analysis.intake.headings import Vocabulary, vocabulary
from analysis.intake.identity import link, linksfile, schools
from analysis.intake.issues import Place
from analysis.intake.recognise import tables
from analysis.intake.rows import Kind, is_statistics
from analysis.intake.sheet import Refusal, Sheet
from analysis.intake.sightings import whereabouts
from analysis.intake.table import Table, grid_of
from analysis.params import Exam
from analysis.settings import Settings
from analysis.tables import WAREHOUSE
from analysis.terms import TOTAL, State

Tables = dict[str, pd.DataFrame]
_SILENT = ("lock_file", "empty")


@dataclass
class Harvest:
    """Everything that the sheets gave, before pupils are linked."""

    blocks: list[Block] = field(default_factory=list)
    lines: list[account.Line] = field(default_factory=list)
    teachings: list[teachers.Teaching] = field(default_factory=list)
    pupil_teachings: list[teachers.PupilTeaching] = field(default_factory=list)
    item_tables: list[pd.DataFrame] = field(default_factory=list)


def load(settings: Settings, exams: Sequence[str] | None = None) -> Tables:
    """All warehouse tables of a city.

    Parameters
    ----------
    exams : sequence of exam ids, optional
        Only these; default: every exam of the calendar that has sheets.

    Raises
    ------
    InputError
        A sheet that the settings name is not there, or none could be read.
    AccountError
        The account does not balance (our fault).
    """
    city = city_of(settings)
    chosen = [e for e in settings.params.exams if e.sheets and (exams is None or e.id in exams)]
    harvest = read_all(settings, chosen, city)
    if chosen and not any(block.n for block in harvest.blocks):
        raise InputError(
            "No pupil was found in any sheet.",
            "quality check --explain FILE shows how a sheet was understood.",
        )
    return _assemble(settings, chosen, harvest, city)


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
        if line.reason != "empty":
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


def _assemble(settings: Settings, exams: Sequence[Exam], harvest: Harvest, city: City) -> Tables:
    """Link, check, and lay out the tables."""
    blocks = harvest.blocks
    starts = np.concatenate([[0], np.cumsum([block.n for block in blocks])]).astype(int).tolist()
    seen = sightings.frame(blocks)
    forced, forbidden = linksfile.read(settings, seen, harvest.lines, city)
    linked = link.link(seen, forced, forbidden)
    person = linked.person
    repeats = _repeats(seen, person)
    marks = sightings.readings(blocks, starts[:-1])
    resolved = check.resolve(seen, person, marks, repeats, blocks, city)
    _close_account(harvest, seen, repeats, marks, resolved)
    _lacking(harvest, exams, city)
    _notes_on_rows(harvest, seen, repeats, city)
    calendar = {exam.id: exam for exam in settings.params.exams}
    made = check.scores(seen, person, marks, resolved)
    made = check.taken(made[made["subject"] != TOTAL], calendar)
    made = pd.concat([made, absences.of_subject_sheets(seen, person, made, blocks, city)], ignore_index=True)
    absences.of_papers(seen, person, made, blocks, calendar, city)
    missing = absences.of_rosters(seen, person, made, blocks, city)
    made = pd.concat([made, absences.roster_scores(missing, seen, person, made)], ignore_index=True)
    told_zero = np.concatenate([block.zero for block in blocks]) if blocks else np.zeros(0, bool)
    absences.zeros(made, told_zero, seen, blocks, {exam.id: exam for exam in exams}, city)
    made = pd.concat([made, check.totals(made, calendar)], ignore_index=True)
    check.stated_totals(seen, person, blocks, starts[:-1], made, city)
    whole = layout.Whole(
        settings,
        exams,
        city,
        blocks,
        seen,
        linked,
        made,
        missing,
        harvest.teachings,
        harvest.pupil_teachings,
        harvest.item_tables,
        starts[:-1],
    )
    out = layout.tables(whole)
    _ask(linked, seen, blocks, city)
    unlinked.ask(seen, person, exams, blocks, city)
    papers = out["papers"][out["papers"]["full_mark"].isna()]
    for exam_id, subject in zip(papers["exam"], papers["subject"], strict=True):
        told = calendar[exam_id].papers.get(subject)
        if told is None or "full_mark" not in told.model_fields_set:  # a written null is an answer
            city.issues.add("no_full_mark", Place(exam_id, subject=subject))
    out["account"] = warehouse.conform("account", account.balanced(harvest.lines))
    out["data_issues"] = warehouse.conform("data_issues", city.issues.frame())
    return {name: out[name] for name in WAREHOUSE}


def _repeats(seen: pd.DataFrame, person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Sightings that repeat an earlier row of the same sheet exactly."""
    if seen.empty:
        return np.zeros(0, bool)
    keys = pd.DataFrame(
        {"exam": seen["exam"], "source": seen["source"], "text": seen["row_text"], "person": person}
    )
    repeated: NDArray[np.bool_] = keys.duplicated().to_numpy()
    return repeated


def _close_account(
    harvest: Harvest,
    seen: pd.DataFrame,
    repeats: NDArray[np.bool_],
    marks: sightings.Readings,
    resolved: check.Resolved,
) -> None:
    """Cells, scores, states, issues and repeats of every line."""
    source = seen["source"].to_numpy(int) if len(seen) else np.zeros(0, int)
    size = len(harvest.lines)
    again = np.bincount(source[repeats], minlength=size)
    alive = ~repeats[marks.sighting]
    of = source[marks.sighting][alive]
    counted = resolved.counted[alive]
    ok, invalid = cells.CODE[State.ok], cells.CODE[State.invalid]
    scores = np.bincount(of[counted == ok], minlength=size)
    issues = np.bincount(of[counted == invalid], minlength=size)
    states = np.bincount(of[(counted != ok) & (counted != invalid)], minlength=size)
    for line in harvest.lines:
        line.repeats = int(again[line.source])
        line.pupils -= line.repeats
        line.scores, line.states, line.issues = (int(x[line.source]) for x in (scores, states, issues))
    for block, start in zip(
        harvest.blocks, np.concatenate([[0], np.cumsum([b.n for b in harvest.blocks])]), strict=False
    ):
        kept = int((~repeats[start : start + block.n]).sum())
        harvest.lines[block.source].cells += kept * len(block.marks)


def _lacking(harvest: Harvest, exams: Sequence[Exam], city: City) -> None:
    """Issues for what is not there: sheets and exams without a pupil, baselines without sheets."""
    marks = [line for line in harvest.lines if line.kind == "marks"]
    held = {line.exam for line in marks if line.pupils}
    for line in marks:
        if not line.pupils:
            city.issues.add("sheet_without_pupils", Place(line.exam, line.file, line.sheet))
    for exam in exams:
        if exam.id not in held:
            city.issues.add("exam_without_pupils", Place(exam.id), read=exam.title)
        for baseline in exam.baselines:
            if baseline not in held:
                city.issues.add("baseline_without_pupils", Place(exam.id), read=baseline)


def _notes_on_rows(harvest: Harvest, seen: pd.DataFrame, repeats: NDArray[np.bool_], city: City) -> None:
    """Notes, one a sheet: rows repeated exactly, and names in which letters are lost."""
    lost = seen["name"].str.contains(link.LOST).to_numpy(bool) if len(seen) else repeats
    for code, rows in (("repeat_exact", repeats), ("letters_lost", lost)):
        for sighting in np.flatnonzero(rows).tolist():
            block, position = whereabouts(seen, sighting, harvest.blocks)
            city.issues.add(code, block.place().at(int(block.rows[position])), group=code)


def _ask(linked: link.Linking, seen: pd.DataFrame, blocks: Sequence[Block], city: City) -> None:
    """Questions about identity into the list of issues: one row a pair of rows, notes one row a sheet."""
    told: set[tuple[str, ...]] = set()
    rows = [str(row) for row in seen["sheet_row"].tolist()]
    for question in linked.questions:
        block, position = whereabouts(seen, question.sightings[-1], blocks)
        said = (question.code, *sorted({rows[i] for i in question.sightings}))
        if said in told:
            continue  # the same rows, read for another exam
        told.add(said)
        group = "" if question.code == "id_damaged" else str(question.sightings)
        place = block.place(position)
        others = "" if question.code == "id_damaged" else _rows_of(question.sightings[:-1], seen, blocks)
        city.issues.add(question.code, place, others, n=len(question.sightings), group=group)


def _rows_of(chosen: Sequence[int], seen: pd.DataFrame, blocks: Sequence[Block]) -> str:
    """File, sheet and row of sightings, as links.csv asks for them; no names."""
    places = []
    for sighting in chosen:
        block, position = whereabouts(seen, sighting, blocks)
        places.append(
            f"{block.sheet.file} {block.sheet.name} {int(block.rows[position]) + 1}".replace("  ", " ")
        )
    return "; ".join(dict.fromkeys(places))
