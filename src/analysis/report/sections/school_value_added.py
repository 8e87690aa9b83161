"""The table of value added: estimate, interval, unshrunken figure, reliability, growth percentile, rank interval."""

from ..bands import state, tone
from ..facts import Facts, Row
from ..naming import full_mark, subject_name
from ..tables import Cell, Column, Grid, Line, common_domain, labels, whisker, whisker_axis
from ..words import Words

WIDEST = 8.0
"""Half width of the inline drawing in T points at most; what goes beyond ends in an arrow head."""


def effect_axis(words: Words, ends: list[float | None]) -> tuple[tuple[float, float], dict[float, str]]:
    """A common domain in T points for a column of effects, with its tick labels."""
    domain = common_domain([None if v is None else 10 * v for v in ends], 0.0, WIDEST)
    return domain, labels(domain, words.numbers.signed_tick)


def effect_cell(row: Row, domain: tuple[float, float], state_: str) -> Cell:
    """Inline dot and whisker of a row in sd."""
    low, high = (None if v is None else 10 * v for v in (row.lo, row.hi))
    value = getattr(row, "effect", None) if hasattr(row, "effect") else row.value
    return Cell(drawing=whisker(None if value is None else 10 * value, low, high, domain, state_))


def table(facts: Facts, words: Words, rows: list[Row]) -> Grid:
    """Rows sorted by effect, the total on top."""
    n = words.numbers
    growth = {r.subject: r for r in facts.own("growth") if r.value is not None}
    ranked, tiered = any(r.rank_lo for r in rows), any(r.tier for r in rows)
    in_marks = any(r.marks is not None and full_mark(facts, r.subject) for r in rows)
    domain, marks = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    columns = [
        Column(words("column.subject"), kind="text"),
        Column(words("column.value_added"), words("unit.t")),
        Column(words("column.interval"), kind="ci"),
        Column(words("column.value_added"), kind="viz", axis=whisker_axis(domain, marks)),
    ]
    columns += [Column(words("column.marks"), words("unit.marks"))] if in_marks else []
    columns += [Column(words("column.raw"), words("unit.t")), Column(words("column.reliability"))]
    columns += (
        [
            Column(words("column.growth"), words("column.growth.unit")),
            Column(words("column.interval"), kind="ci"),
        ]
        if growth
        else []
    )
    columns += [Column(words("column.rank"))] if ranked else []
    columns += [Column(words("column.tier"), kind="text")] if tiered else []
    lines = []
    for row in sorted(rows, key=lambda r: (r.subject != "total", -r.effect)):
        of = state(row)
        cells = [
            Cell(n.effect(row.effect), tone=tone(of)),
            Cell(n.effects(row.lo, row.hi)),
            effect_cell(row, domain, of),
        ]
        cells += [Cell(n.signed(row.marks if full_mark(facts, row.subject) else None))] if in_marks else []
        cells += [Cell(n.effect(row.raw)), Cell(n.plain(row.reliability, 2))]
        g = growth.get(row.subject)
        cells += (
            [Cell(n.plain(g.value if g else None, 0)), Cell(n.plains(g.lo, g.hi, 0) if g else "—")]
            if growth
            else []
        )
        cells += [Cell(n.plains(row.rank_lo, row.rank_hi, 0))] if ranked else []
        cells += [Cell(words(f"tier.{row.tier}") if row.tier else "—", css="nw")] if tiered else []
        lines.append(
            Line(
                Cell(subject_name(facts, words, row.subject)),
                tuple(cells),
                "me" if row.subject == "total" else "",
            )
        )
    what = words("progress.table.what") + (words("progress.table.growth") if growth else "")
    note = words("progress.table.tiers") if tiered else ""
    return Grid(_finding(facts, words, rows), what, tuple(columns), tuple(lines), note, "wide")


def _finding(facts: Facts, words: Words, rows: list[Row]) -> str:
    """Tiers where there are any, else the highest and the lowest subject."""
    first = [subject_name(facts, words, r.subject) for r in rows if r.tier == "first"]
    third = [subject_name(facts, words, r.subject) for r in rows if r.tier == "third"]
    if not first and not third:
        return words("progress.table.title")
    key = ("first" if first else "") + ("third" if third else "")
    return words(f"progress.table.{key}", first=words.join(first), third=words.join(third))
