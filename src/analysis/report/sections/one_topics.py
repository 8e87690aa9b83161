"""Knowledge points of the only school: its own score rates, lowest first; there is no city beside them."""

from .. import theme
from ..bands import shown
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..facts import Facts, Row
from ..naming import subject_name
from ..picture import Figure, Picture
from ..words import Words


def topics(facts: Facts, words: Words, code: str, most: int) -> Figure | None:
    """At most so many knowledge points of a subject, with the intervals of their score rates."""
    n = words.numbers
    found = [r for r in facts.own("topics", subject=code, kind="topic") if shown(r) is not None]
    found = sorted(found, key=lambda r: r.value)[:most]
    if len(found) < 2:
        return None
    rows = [_row(words, r) for r in found]
    alt = words("one.topics.alt", steps=words.join([f"{r.topic} {n.percent(r.value)}" for r in found]))
    head = tuple(words(f"column.{key}") for key in ("topic", "items", "full", "own.percent", "interval"))
    table = tuple((r.topic, n.count(r.items), n.plain(r.marks, 0), n.rate(r.value), n.rates(r.lo, r.hi)) for r in found)  # fmt: skip
    title = words("one.topics.what", subject=subject_name(facts, words, code), n=found[0].n)
    finding = words("one.topics", topic=found[0].topic, value=n.percent(found[0].value))
    svg = dot_rows(rows, Axis(words("one.topics.axis"), n.tick), words("topic.title"), alt, 27)
    return Figure(Picture(svg, alt, (head, *table)), finding, title, words("one.topics.how"))


def _row(words: Words, row: Row) -> DotRow:
    low, high = (None if v is None else 100 * v for v in (row.lo, row.hi))
    return DotRow(
        row.topic, 100 * row.value, low, high, "unclear", words.numbers.rate(row.value), theme.ACHIEVE
    )
