"""Tiers with their probabilities, and schools whose practice is worth showing."""

from statistics import mean

from ..charts.city_tierbar import tier_bar
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_counts import barred
from .city_cover import FEW_SCHOOLS
from .city_progress import ranks, tier_group
from .city_standing_rows import of_row
from .city_units import by_unit, judged, main_subject, standings, subject_name

MANY = 25
"""A longer list is folded."""

TABLES = ("value_added", "judgements")

TIERS = ("first", "upper", "middle", "lower", "third")


def view(facts: Facts, words: Words) -> dict[str, object]:
    if barred(facts, "tier_first"):
        return {"empty": words("city.list.off")}
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    placed = {unit: row for unit, row in rows.items() if row.tier and row.p_top is not None}
    if len(rows) < FEW_SCHOOLS or not placed:
        return {"empty": words("city.tiers.na")}
    count = {tier: sum(tier_group(row) == tier for row in placed.values()) for tier in TIERS}
    rules, n = facts.meta["thresholds"], words.numbers
    return {
        "lead": words(
            "city.tiers.lead",
            first=count["first"],
            third=count["third"],
            between=count["upper"] + count["middle"] + count["lower"],
            prob=n.percent(rules["tier_probability"], 0),
        ),
        "not_said": words("city.tiers.not"),
        "grids": [_table(facts, words, placed)],
        "again": _again(words, placed),
        "showcase": _showcase(facts, words),
        "no_showcase": words("city.tiers.no_showcase"),
    }


def _table(facts: Facts, words: Words, placed: dict[str, Row]) -> Grid:
    n, lines = words.numbers, []
    schools = {s.unit: s for s in standings(facts, words)}
    for tier in TIERS:
        members = sorted(
            (u for u, row in placed.items() if tier_group(row) == tier),
            key=lambda u: -(placed[u].effect or 0.0),
        )
        if members:
            head = Cell(words(f"city.tier.{tier}"), words("city.count", k=len(members)))
            lines.append(Line(head, (), "group"))
        for unit in members:
            row = placed[unit]
            lines.append(
                Line(
                    Cell(schools[unit].name),
                    (
                        Cell(n.effect(row.effect), n.effects(row.lo, row.hi)),
                        Cell(ranks(words, row)),
                        Cell(n.probability(row.p_top).rstrip("%")),
                        Cell(n.probability(max(1 - row.p_top - row.p_bottom, 0.0)).rstrip("%")),
                        Cell(n.probability(row.p_bottom).rstrip("%")),
                        Cell(n.probability(row.p_again).rstrip("%")),
                        Cell(drawing=tier_bar(row.p_top, row.p_bottom)),
                    ),
                )
            )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.progress"), words("city.unit.t_range")),
        Column(words("city.column.ranks"), "90%"),
        Column(words("city.column.p_first"), "%"),
        Column(words("city.column.p_middle"), "%"),
        Column(words("city.column.p_third"), "%"),
        Column(words("city.column.p_again"), "%"),
        Column(words("city.column.p_bar"), kind="viz"),
    )
    share = n.percent(facts.meta["thresholds"]["tier_share"], 0)
    what = words("city.tiers.table_what", share=share)
    return Grid(
        words("city.tiers.table"),
        what,
        columns,
        tuple(lines),
        words("city.tiers.note"),
        "wide long",
        "schools",
    )


def _again(words: Words, placed: dict[str, Row]) -> str:
    """The chance of the same tier with the next cohort, where earlier cohorts tell it."""
    chances = [
        row.p_again for row in placed.values() if row.tier in ("first", "third") and row.p_again is not None
    ]
    return words("city.tiers.again", prob=words.numbers.percent(mean(chances), 0)) if chances else ""


def _showcase(facts: Facts, words: Words) -> Grid | None:
    """Schools with good practice, subject by subject, and what it rests on."""
    n = words.numbers
    schools = {s.unit: s for s in standings(facts, words)}
    rows = judged(facts, "good_practice", "found")
    if not rows:
        return None
    scale = cells.domain(of_row(row) for row in rows)
    order = {unit: i for i, unit in enumerate(dict.fromkeys(row.unit for row in rows))}
    lines = tuple(
        Line(
            Cell(schools[row.unit].name),
            (
                Cell(subject_name(facts, words, row.subject)),
                Cell(n.level(schools[row.unit].start.value)),
                *cells.cells(words, "progress", of_row(row), scale),
                Cell(n.probability(row.probability).rstrip("%")),
            ),
        )
        for row in sorted(rows, key=lambda row: (row.subject != "total", order[row.unit]))
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.subject"), kind="text"),
        Column(words("city.column.start"), words("city.unit.t")),
        *cells.columns(words, "progress", scale),
        Column(words("city.column.probability"), "%"),
    )
    finding = words("city.tiers.showcase", k=len(order))
    rules = facts.meta["thresholds"]
    sure = n.percent(rules["weak_probability"], 0)
    what = words("city.tiers.showcase_what", effect=n.effect(-rules["weak_effect"]), prob=sure)
    folded = words("city.tiers.showcase_fold", k=len(rows)) if len(rows) > MANY else ""
    return Grid(finding, what, columns, lines, layout="mid", folded=folded)
