"""The table of value added: estimate, interval, unshrunken figure, reliability, growth percentile, rank interval."""

from dataclasses import dataclass

from markupsafe import Markup

from ..bands import FEW_SCHOOLS, state, tone
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


def tier_of(facts: Facts, row: Row) -> str:
    """The tier of a row as the judgements let it stand: 'withheld' where the data do not allow one, '' without."""
    held = facts.own("judgements", subject=row.subject, status="withheld")
    return "withheld" if row.tier and any(r.judgement.startswith("tier_") for r in held) else row.tier or ""


@dataclass(frozen=True)
class _Shown:
    """Which columns there is something to say in."""

    marks: bool
    growth: dict[str, Row]
    ranks: bool
    tiers: bool


def table(facts: Facts, words: Words, rows: list[Row]) -> Grid:
    """Rows sorted by effect, the total on top."""
    many = facts.meta["n_schools"] >= FEW_SCHOOLS
    shown = _Shown(
        any(r.marks is not None and full_mark(facts, r.subject) for r in rows),
        {r.subject: r for r in facts.own("growth") if r.value is not None},
        many and any(r.rank_lo for r in rows),
        many and any(r.tier for r in rows),
    )
    domain, marks = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    ordered = sorted(rows, key=lambda r: (r.subject != "total", -r.effect))
    lines = tuple(_line(facts, words, row, shown, domain) for row in ordered)
    what = words("progress.table.what") + (words("progress.table.ranks") if shown.ranks else "")
    what += words("progress.table.growth") if shown.growth else ""
    note = words("progress.table.tiers") if shown.tiers else ""
    columns = _columns(words, shown, whisker_axis(domain, marks))
    finding = _finding(facts, words, rows) if many else words("progress.table.title")
    return Grid(finding, what, columns, lines, note, "wide")


def _columns(words: Words, shown: _Shown, axis: Markup) -> tuple[Column, ...]:
    columns = [
        Column(words("column.subject"), kind="text"),
        Column(words("column.value_added"), words("column.interval")),
        Column(words("progress.axis.short"), kind="viz", axis=axis),
    ]
    columns += [Column(words("column.marks"), words("unit.marks"))] if shown.marks else []
    columns += [Column(words("column.raw"), words("unit.t")), Column(words("column.reliability"))]
    columns += [Column(words("column.growth"), words("column.interval"))] if shown.growth else []
    columns += [Column(words("column.rank"))] if shown.ranks else []
    columns += [Column(words("column.tier"), kind="text")] if shown.tiers else []
    return tuple(columns)


def _line(facts: Facts, words: Words, row: Row, shown: _Shown, domain: tuple[float, float]) -> Line:
    n, of, grown = words.numbers, state(row), shown.growth.get(row.subject)
    cells = [Cell(n.effect(row.effect), n.effects(row.lo, row.hi), tone(of)), effect_cell(row, domain, of)]
    cells += [Cell(n.signed(row.marks if full_mark(facts, row.subject) else None))] if shown.marks else []
    cells += [Cell(n.effect(row.raw)), Cell(n.plain(row.reliability, 2))]
    if shown.growth:
        cells.append(Cell(n.plain(grown.value, 0), n.plains(grown.lo, grown.hi, 0)) if grown else Cell("—"))
    cells += [Cell(n.plains(row.rank_lo, row.rank_hi, 0))] if shown.ranks else []
    tier = tier_of(facts, row)
    cells += [Cell(words(f"tier.{tier}") if tier else "—", css="nw")] if shown.tiers else []
    return Line(
        Cell(subject_name(facts, words, row.subject)), tuple(cells), "me" if row.subject == "total" else ""
    )


def _finding(facts: Facts, words: Words, rows: list[Row]) -> str:
    """Tiers where there are any, else the highest and the lowest subject."""
    first = [subject_name(facts, words, r.subject) for r in rows if tier_of(facts, r) == "first"]
    third = [subject_name(facts, words, r.subject) for r in rows if tier_of(facts, r) == "third"]
    if not first and not third:
        return words("progress.table.title")
    if len(rows) > 1 and len(rows) in (len(first), len(third)):
        return words("progress.table.all.first" if first else "progress.table.all.third")
    key = ("first" if first else "") + ("third" if third else "")
    return words(f"progress.table.{key}", first=words.join(first), third=words.join(third))
