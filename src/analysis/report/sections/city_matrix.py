"""Findings about single subjects as schools by subjects: each school once, only what was found is filled in."""

from collections.abc import Mapping, Sequence

from .. import naming
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import main_subject, standings, subject_name

STEPS = (0.20, 0.35)
"""Where the colours of a table of value added step, sd."""


FEW_SUBJECTS = 3
"""So many columns fit beside the schools' names on a phone."""


def shade(value: float) -> str:
    """CSS class of a coloured figure: side and one of three depths."""
    side = "a" if value > 0 else "b"
    return f"sig {side}{1 + sum(abs(value) >= step for step in STEPS)}"


def heat(codes: Sequence[str]) -> str:
    """CSS classes of a table of schools by subjects; a few subjects need no more than a phone's width."""
    return "heat names few" if len(codes) <= FEW_SUBJECTS else "heat names"


def parts(facts: Facts, rows: Sequence[Row]) -> list[Row]:
    """Rows about single subjects: those of an exam with a total that are not about the total."""
    main = main_subject(facts)
    return [row for row in rows if row.subject != main]


def matrix(facts: Facts, words: Words, groups: Mapping[str, Sequence[Row]], finding: str, what: str) -> Grid:
    """Schools by subjects, the school with most subjects first; `groups` are titled pieces of the table, in order."""
    found = [row for rows in groups.values() for row in rows]
    codes = [code for code in naming.subjects(facts) if any(row.subject == code for row in found)]
    lines: list[Line] = []
    for title, rows in groups.items():
        if rows and title:
            lines.append(Line(Cell(title), (), "group"))
        lines += _lines(facts, words, rows, codes)
    columns = (
        Column(words("city.column.school"), kind="text"),
        *(Column(subject_name(facts, words, code)) for code in codes),
    )
    return Grid(finding, what, columns, tuple(lines), "", "wide", heat(codes))


def _lines(facts: Facts, words: Words, rows: Sequence[Row], codes: Sequence[str]) -> list[Line]:
    short = {school.unit: school.short for school in standings(facts, words)}
    of_school: dict[str, dict[str, Row]] = {}
    for row in rows:
        of_school.setdefault(row.unit, {})[row.subject] = row
    order = sorted(of_school, key=lambda unit: -len(of_school[unit]))
    return [
        Line(
            Cell(short.get(unit, unit)),
            tuple(_cell(words, of_school[unit].get(code)) for code in codes),
        )
        for unit in order
    ]


def _cell(words: Words, row: Row | None) -> Cell:
    """A found figure over its interval; an empty cell where nothing was found."""
    if row is None:
        return Cell(css="none")
    n = words.numbers
    return Cell(n.effect(row.value), n.effects(row.lo, row.hi), css=shade(row.value))
