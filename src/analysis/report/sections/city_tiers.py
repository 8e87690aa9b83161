"""Tiers with their probabilities, and schools whose practice is worth showing."""

from statistics import mean

from ..charts.city_tierbar import tier_bar
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_counts import barred, whole_and_parts
from .city_cover import FEW_SCHOOLS
from .city_matrix import matrix
from .city_progress import TIER_LISTS, ranks, tiers, withheld
from .city_standing_rows import of_row
from .city_units import by_unit, judged, main_subject, standings

TABLES = ("value_added", "judgements")

TIERS = ("first", "upper", "middle", "lower", "third")
LISTED = ("first", "upper", "lower", "third")
"""Tiers whose schools have a line each; those of the middle are named in one."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    if barred(facts, "tier_first"):
        return {"empty": words("city.list.off")}
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    tier = tiers(facts)
    placed = {unit: row for unit, row in rows.items() if tier[unit] and row.p_top is not None}
    if len(rows) < FEW_SCHOOLS or not placed:
        return {"empty": words("city.tiers.na")}
    count = {key: sum(tier[unit] == key for unit in placed) for key in TIERS}
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
        "paragraphs": [
            _middle(facts, words, tier),
            _cut(facts, words),
            _held(facts, words),
            _again(words, placed),
        ],
        "showcase": [_showcase(facts, words), _showcase_parts(facts, words)],
        "no_showcase": words("city.tiers.no_showcase"),
    }


def _table(facts: Facts, words: Words, placed: dict[str, Row]) -> Grid:
    n, lines = words.numbers, []
    schools, tier_of = {s.unit: s for s in standings(facts, words)}, tiers(facts)
    for tier in LISTED:
        members = sorted(
            (u for u in placed if tier_of[u] == tier),
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
        "wide",
        "schools",
    )


def _middle(facts: Facts, words: Words, tier: dict[str, str]) -> str:
    """The schools of the middle tier in one line."""
    names = [s.short for s in standings(facts, words) if tier.get(s.unit) == "middle"]
    return words("city.tiers.middle", k=len(names), names=words.join(names)) if names else ""


def _cut(facts: Facts, words: Words) -> str:
    """The schools that are sure enough for a tier, but would make the list too unsure."""
    rows = [row for key in TIER_LISTS for row in judged(facts, key, "near") if row.reason == "list_error"]
    short = {s.unit: s.short for s in standings(facts, words)}
    called = words.join([short.get(row.unit, row.unit) for row in rows])
    limit = words.numbers.percent(facts.meta["thresholds"]["list_error"], 0)
    return words("city.tiers.cut", names=called, limit=limit) if rows else ""


def _held(facts: Facts, words: Words) -> str:
    """The schools that are in no tier, with the reason."""
    short = {s.unit: s.short for s in standings(facts, words)}
    texts = [
        words("bracket", text=short.get(unit, unit), inside=why)
        for unit, why in withheld(facts, words).items()
    ]
    return words("city.tiers.held", k=len(texts), names=words("list.comma").join(texts)) if texts else ""


def _again(words: Words, placed: dict[str, Row]) -> str:
    """The chance of the same tier with the next cohort, where earlier cohorts tell it."""
    chances = [
        row.p_again for row in placed.values() if row.tier in ("first", "third") and row.p_again is not None
    ]
    return words("city.tiers.again", prob=words.numbers.percent(mean(chances), 0)) if chances else ""


def _showcase(facts: Facts, words: Words) -> Grid | None:
    """Schools whose practice as a whole is worth showing, and where they started."""
    n, rules = words.numbers, facts.meta["thresholds"]
    schools = {s.unit: s for s in standings(facts, words)}
    rows, _ = whole_and_parts(facts, "good_practice")
    if not rows:
        return None
    scale = cells.domain(of_row(row) for row in rows)
    lines = tuple(
        Line(
            Cell(schools[row.unit].name),
            (
                *cells.compact(words, "progress", of_row(row), scale),
                Cell(n.probability(row.probability).rstrip("%")),
                Cell(n.level(schools[row.unit].start.value)),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        *cells.compact_columns(words, "progress", scale),
        Column(words("city.column.probability"), "%"),
        Column(words("city.column.start"), words("city.unit.t")),
    )
    what = words(
        "city.tiers.showcase_what",
        effect=n.effect(-rules["weak_effect"]),
        prob=n.percent(rules["weak_probability"], 0),
    )
    return Grid(words("city.tiers.showcase", k=len(rows)), what, columns, lines, layout="mid")


def _showcase_parts(facts: Facts, words: Words) -> Grid | None:
    """Single subjects worth showing at schools that are not named as a whole."""
    _, rows = whole_and_parts(facts, "good_practice")
    if not rows:
        return None
    finding = words("city.tiers.showcase_parts", k=len(rows), schools=len({row.unit for row in rows}))
    return matrix(facts, words, {"": rows}, finding, words("city.parts.what"))
