"""Lesson-planning groups: the progress of a subject in the year as a whole, and how far its classes lie apart."""

from ..bands import shown, state, tone
from ..facts import Facts, Row
from ..naming import class_name, subject_name, subjects
from ..tables import Cell, Column, Grid, Line, whisker_axis
from ..words import Words
from .school_value_added import effect_axis, effect_cell


def table(facts: Facts, words: Words) -> Grid | None:
    """One row a subject, highest progress first; needs subjects with two classes that may be shown."""
    rows = [r for r in facts.own("value_added") if r.subject in subjects(facts) and shown(r) is not None]
    classes = {r.subject: _classes(facts, r.subject) for r in rows}
    if not any(len(found) > 1 for found in classes.values()):
        return None
    rows.sort(key=lambda r: -r.effect)
    domain, labels = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    columns = (
        Column(words("column.subject"), kind="text"),
        Column(words("column.value_added"), words("column.interval")),
        Column(words("progress.axis.short"), kind="viz", axis=whisker_axis(domain, labels)),
        Column(words("group.lowest"), words("unit.t")),
        Column(words("group.highest"), words("unit.t")),
        Column(words("group.spread"), words("unit.t")),
        Column(words("group.judged"), kind="text"),
    )
    body = tuple(_line(facts, words, row, classes[row.subject], domain) for row in rows)
    apart = [subject_name(facts, words, r.subject) for r in rows if gap(facts, r.subject) == "found"]
    judged = any(gap(facts, r.subject) != "none" for r in rows)
    none = words("group.finding.none" if judged else "group.finding.unjudged")
    finding = words("group.finding", subjects=words.join(apart)) if apart else none
    sure = words.numbers.percent(facts.meta["thresholds"]["spread_probability"], 0)
    return Grid(finding, words("group.what"), columns, body, words("group.note", sure=sure), "wide")


def _classes(facts: Facts, subject: str) -> list[Row]:
    found = [r for r in facts.rows("value_added", level="class", subject=subject) if shown(r) is not None]
    return sorted(found, key=lambda r: r.effect)


def spread(facts: Facts, subject: str) -> Row | None:
    """What was judged of the gap between the classes."""
    return facts.mine("judgements", judgement="class_spread", subject=subject)


def gap(facts: Facts, subject: str) -> str:
    """found: classes differ beyond chance and by enough; else that this cannot be said."""
    row = spread(facts, subject)
    return (
        "none" if row is None or row.status == "withheld" else "found" if row.status == "found" else "clear"
    )


def _line(facts: Facts, words: Words, row: Row, classes: list[Row], domain: tuple[float, float]) -> Line:
    n, of, apart = words.numbers, state(row), spread(facts, row.subject)
    ends = [classes[0], classes[-1]] if len(classes) > 1 else []
    cells = (
        Cell(n.effect(row.effect), n.effects(row.lo, row.hi), tone(of)),
        effect_cell(row, domain, of),
        *(Cell(n.effect(r.effect), class_name(words, r.unit)) for r in ends),
        *(Cell("—") for _ in range(2 - len(ends))),
        Cell(n.plain(10 * apart.value if apart is not None and apart.value is not None else None)),
        Cell(words(f"group.gap.{gap(facts, row.subject)}"), css="nw"),
    )
    return Line(Cell(subject_name(facts, words, row.subject)), cells)
