"""Columns of several exams in one sheet (期中语文 beside 期末语文): this exam's stay, the others are set aside and named."""

from dataclasses import replace

from analysis.intake.block import City, Entry
from analysis.intake.headings import EARLIER, Meaning, is_said, occasion_in
from analysis.intake.issues import Place
from analysis.intake.table import Column, Table


def _own_occasion(title: str, headings: set[str]) -> str:
    """The exam's occasion as the headings have it: 期末, or 上学期期末 where its title says so and no column says 期末."""
    own = occasion_in(title)
    past = f"{EARLIER}_{own}"
    return past if own not in headings and past in headings and is_said(past, title) else own


def own_columns(table: Table, entry: Entry, place: Place, city: City) -> Table:
    """The table as this exam sees it. Its title in the settings tells which occasion is its own.

    Where the title names none, plain headings beside such ones are the exam's own, and an earlier occasion (上学期期末)
    is only where the title says the same. Columns of which nothing tells the exam stay: two of one subject are asked about.
    """
    if entry.exam is None or not any(column.meaning.occasion for column in table.columns):
        return table
    own = _own_occasion(entry.exam.title, {column.meaning.occasion for column in table.columns})
    is_plain = any(c.role == "mark" and c.meaning.subject and not c.meaning.occasion for c in table.columns)

    def is_foreign(column: Column) -> bool:
        occasion = column.meaning.occasion
        return bool(occasion) and occasion != own and (occasion.startswith(EARLIER) or bool(own) or is_plain)

    foreign = [column for column in table.columns if is_foreign(column)]
    if not foreign:
        return table
    headings = ", ".join(column.heading for column in foreign)
    where = place.at(table.header.start, foreign[0].index)
    city.issues.add("other_exam_columns", where, read=headings, n=len(foreign))
    other = Meaning("other_exam")
    return replace(table, columns=[replace(c, meaning=other) if c in foreign else c for c in table.columns])
