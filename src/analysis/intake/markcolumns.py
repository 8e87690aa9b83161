"""The mark columns of a block: which they are, their full marks, and what their cells say."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.intake import cells, labels
from analysis.intake.block import Block, City, Marks
from analysis.intake.context import Context
from analysis.intake.remarks import Said
from analysis.intake.table import Column, Grid, shown
from analysis.terms import TOTAL, State
from analysis.workbook.sheet import Cell


def read(
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
    made.secondary = labels.recognised(made.table) and not made.entry.sheets.columns
    chosen = mark_columns(made, picked, around, city)
    _strange_columns(made, picked, city)
    _parts(made, picked, said, {subject for _, subject in chosen}, city)
    for column, subject in chosen:
        marks = _column(made, picked, said, column, subject, _full_of(made, column, subject, city), city)
        if subject == TOTAL:
            made.totals = marks
        else:
            made.marks.append(marks)
    _gone(made)
    if made.n and not made.marks:
        strange = ", ".join(column.heading for column in made.table.of("mark", "unknown", "total_other"))
        city.issues.add("no_mark_column", made.place().at(made.table.header.start), read=strange)


def _gone(made: Block) -> None:
    """A row in which one mark cell says 已转出 and none holds a mark is a pupil who has left, whole."""
    if not made.marks:
        return
    states = np.stack([marks.states for marks in made.marks])
    left, ok = cells.CODE[State.left], cells.CODE[State.ok]
    gone = (states == left).any(axis=0) & ~(states == ok).any(axis=0)
    for position in np.flatnonzero(gone).tolist():
        made.text["status"][position] = "left"
        for marks in made.marks:
            if marks.states[position] == cells.CODE[State.blank]:
                marks.states[position] = left


def _strange_columns(made: Block, picked: Grid, city: City) -> None:
    """Columns of numbers under headings that nobody knows may hold marks: said in one note a sheet, not guessed."""
    strange = [
        column
        for column in made.table.of("unknown")
        if made.n
        and not (made.secondary and labels.is_label(column.heading))
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
    columns, totals = made.table.of("mark"), made.table.of("total")
    if made.secondary and not columns:  # the total of an item sheet is its paper's mark
        columns, totals = totals[:1], []
    for column in columns:
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
            read=made.masked(shown(raw[position])),
            assumed=reading.assumed,
        )
