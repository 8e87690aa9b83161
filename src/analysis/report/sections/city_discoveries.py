"""The lists once more under Benjamini–Hochberg: which names a test for many schools at once would give as well."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import judged, names, once, subject_name, subjects

LISTS = {"weak": -1, "watch": -1, "tier_third": -1, "good_practice": 1, "tier_first": 1, "award": 1}
"""Lists that rest on how far a school lies from the city, and to which side."""


def discoveries_grid(facts: Facts, words: Words) -> Grid | None:
    """One line a list: its names, those that are found by the test too, and who they are."""
    limit, n = facts.meta["thresholds"]["list_error"], words.numbers
    rows = once(facts, facts.rows("value_added", level="school"))
    tested = {(row.unit, row.subject): row for row in rows if row.q is not None}
    lines = []
    for name, side in LISTS.items():
        listed = [row for row in judged(facts, name, "found") if (row.unit, row.subject) in tested]
        if not listed:
            continue
        both = [row for row in listed if _found(tested[row.unit, row.subject], side, limit)]
        figures = (Cell(n.count(len(listed))), Cell(n.count(len(both))), Cell(_who(facts, words, both)))
        lines.append(Line(Cell(words(f"city.judgement.{name}")), figures))
    if not lines:
        return None
    found = sum(row.q <= limit for row in tested.values())
    columns = (
        Column(words("city.column.list"), kind="text"),
        Column(words("city.column.entries")),
        Column(words("city.column.bh")),
        Column(
            words("city.column.bh_who" if len(subjects(facts)) > 1 else "city.column.bh_schools"), kind="text"
        ),
    )
    finding = words("city.bh.finding", k=found, total=len(tested))
    what = words("city.bh.what", limit=n.percent(limit, 0))
    return Grid(finding, what, columns, tuple(lines), words("city.bh.note"), css="stackrow")


def _found(row: Row, side: int, limit: float) -> bool:
    """Whether the test finds this school and subject, on the side of the list."""
    return row.q <= limit and row.raw is not None and row.raw * side > 0


def _who(facts: Facts, words: Words, rows: list[Row]) -> str:
    """Schools, each once with its subjects."""
    called = names(facts)
    if len(subjects(facts)) == 1:
        return words("list.comma").join(
            called.get(row.unit, row.unit) for row in rows
        ) or words.numbers.plain(None)
    by_school: dict[str, list[str]] = {}
    for row in rows:
        by_school.setdefault(row.unit, []).append(subject_name(facts, words, row.subject))
    each = [
        words("city.bh.who", school=called.get(unit, unit), subjects=words("list.comma").join(codes))
        for unit, codes in by_school.items()
    ]
    return words("list.semicolon").join(each) if each else words.numbers.plain(None)
