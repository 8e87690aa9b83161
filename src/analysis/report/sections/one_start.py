"""The starts of the only school's classes; against itself the school's own start says nothing."""

from typing import Any

from .. import theme
from ..bands import side
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..facts import Facts, Row
from ..naming import class_name, subject_name, with_total
from ..picture import Figure, Picture
from ..words import Words
from .one_classes import apart, starts

TABLES = ("indicators",)


def view(facts: Facts, words: Words) -> dict[str, Any]:
    if facts.meta["baseline"] is None:
        return {"empty": words("start.mean.na"), "tone": "start"}
    code, rows = with_total(facts)[0], starts(facts)
    if len(rows) < 2:
        return {"empty": words("one.start.none"), "tone": "start"}
    title = facts.meta["baseline"]["title"]
    return {
        "tone": "start",
        "tag": words("start.tag", title=title),
        "lead": _lead(words, rows),
        "not_said": words("start.not"),
        "figures": [_figure(facts, words, rows, code)],
        "sentences": [words("one.start.self")],
        "how": [words("start.how.what", title=title), words("start.how.verdict")],
    }


def _lead(words: Words, rows: list[Row]) -> str:
    """How far the classes lie apart at the start."""
    return words(
        f"one.start.lead.{apart(rows)}", diff=words.numbers.plain(10 * (rows[0].value - rows[-1].value))
    )


def _figure(facts: Facts, words: Words, rows: list[Row], code: str) -> Figure:
    n = words.numbers
    made = [DotRow(class_name(words, r.unit), 50 + 10 * r.value, 50 + 10 * r.lo, 50 + 10 * r.hi, side(r.lo, r.hi), n.level(r.value), theme.START) for r in rows]  # fmt: skip
    names = {of: [row.label for row in made if row.state == of] for of in ("above", "below")}
    axis = Axis(words("start.axis.mean"), n.tick, 50.0, words("start.city.fifty"))
    title = words("one.start.title", subject=subject_name(facts, words, code))
    alt = words("one.start.alt", steps=words.join([f"{r.label} {r.text}" for r in made]))
    head = tuple(words(f"column.{key}") for key in ("class", "n", "start", "interval"))
    table = tuple((class_name(words, r.unit), n.count(r.n), n.level(r.value), n.levels(r.lo, r.hi)) for r in rows)  # fmt: skip
    key = ("high" if names["above"] else "") + ("low" if names["below"] else "") or "none_apart"
    said = words(f"one.start.{key}", high=words.join(names["above"]), low=words.join(names["below"]))
    svg = dot_rows(made, axis, title, alt, 32)
    return Figure(Picture(svg, alt, (head, *table)), said, title, words("interval.how"))
