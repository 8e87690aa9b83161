"""Sheets → warehouse tables: read, link, check, lay out. Every row and cell ends in the account."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import warehouse
from analysis.errors import InputError
from analysis.intake import absences, account, cells, check, electives, layout, sightings, totals, unlinked
from analysis.intake.block import Block, City
from analysis.intake.harvest import Harvest, city_of, read_all
from analysis.intake.identity import by_name, joining, link, linksfile
from analysis.intake.issues import Place, catalogue
from analysis.intake.sightings import whereabouts
from analysis.params import Exam
from analysis.settings import Settings
from analysis.tables import WAREHOUSE
from analysis.terms import TOTAL, State

Tables = dict[str, pd.DataFrame]
SHOWN = 8
"""So many sheets are named where none holds a pupil."""


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
        raise _nobody(city)
    return _assemble(settings, chosen, harvest, city)


def _nobody(city: City) -> InputError:
    """What was seen instead of pupils, sheet by sheet, and what to do about the first."""
    said = [(row, catalogue()[row["code"]]["en"]) for row in city.issues.rows if row["file"]]
    lines = [
        f"  {' '.join(filter(None, (row['file'], row['sheet'])))}: {words['what']}"
        + (f" ({row['read']})" if row["read"] else "")
        for row, words in said[:SHOWN]
    ]
    todo = f"First: {said[0][1]['todo']}. " if said else ""
    return InputError(
        "\n".join(["No pupil was found in any sheet.", *lines]),
        f"{todo}quality check SETTINGS --explain FILE shows how a sheet was understood.",
    )


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
    _given_twice(blocks, city)
    _notes_on_rows(harvest, seen, repeats, city)
    calendar = {exam.id: exam for exam in settings.params.exams}
    made = check.scores(seen, person, marks, resolved)
    made = made[made["subject"] != TOTAL]
    taught = city.vocabulary.subjects
    made = electives.taken(made, seen, calendar, taught)
    known = absences.Told(seen, person, made, blocks, calendar, city)
    made = pd.concat([made, absences.of_subject_sheets(known)], ignore_index=True)
    known = replace(known, made=made)
    absences.of_papers(known)
    missing = absences.of_rosters(known)
    made = pd.concat([made, absences.roster_scores(missing, known)], ignore_index=True)
    made = electives.taken(made, seen, calendar, taught)
    told_zero = np.concatenate([block.zero for block in blocks]) if blocks else np.zeros(0, bool)
    absences.zeros(replace(known, made=made), told_zero)
    made = pd.concat([made, totals.totals(made, calendar)], ignore_index=True)
    totals.stated(seen, person, blocks, starts[:-1], made, city)
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


def _given_twice(blocks: Sequence[Block], city: City) -> None:
    """One question for two exams that read the same marks: one's file was put in for the other's."""
    told: dict[tuple[str, str, int], list[tuple[Block, set[int]]]] = {}
    asked: set[tuple[str, str, str]] = set()
    for block in blocks:
        rows = set(block.rows.tolist())
        for marks in block.marks:
            earlier = told.setdefault((block.sheet.sha256, block.sheet.name, marks.column), [])
            for other, known in earlier:
                pair = (other.entry.exam_id, block.entry.exam_id, block.sheet.file)
                if pair[0] != pair[1] and rows & known and pair not in asked:
                    asked.add(pair)
                    city.issues.add(
                        "one_sheet_two_exams",
                        block.place(),
                        f"{pair[0]}: {other.sheet.file}",
                        n=len(rows & known),
                    )
            earlier.append((block, rows))


def _notes_on_rows(harvest: Harvest, seen: pd.DataFrame, repeats: NDArray[np.bool_], city: City) -> None:
    """Notes, one a sheet: rows repeated exactly, and names in which letters are lost."""
    lost = seen["name"].str.contains(by_name.LOST).to_numpy(bool) if len(seen) else repeats
    for code, rows in (("repeat_exact", repeats), ("letters_lost", lost)):
        for sighting in np.flatnonzero(rows).tolist():
            block, position = whereabouts(seen, sighting, harvest.blocks)
            city.issues.add(code, block.place().at(int(block.rows[position])), group=code)


def _ask(linked: joining.Linking, seen: pd.DataFrame, blocks: Sequence[Block], city: City) -> None:
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
