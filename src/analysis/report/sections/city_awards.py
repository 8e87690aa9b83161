"""Award candidates by the declared rule, with near misses; or the sentence that policy asks for."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_counts import barred
from .city_cover import FEW_SCHOOLS
from .city_matrix import parts
from .city_reasons import reason
from .city_units import judged, names, subject_name, subjects

TABLES = ("judgements", "policy")

SECURE = 0.8
"""From this probability on a candidate is secure, below it still contending."""
MANY = 12
"""A longer list of near misses is folded."""
ENTRANCE = ("entrance", "gaokao")


def view(facts: Facts, words: Words) -> dict[str, object]:
    if barred(facts, "award") or facts.meta["exam"]["kind"] in ENTRANCE:
        return {"empty": words("city.award.off")}
    if len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        return {"empty": words("city.award.few")}
    found, near = judged(facts, "award", "found"), judged(facts, "award", "near")
    if not found and not near:
        return {"empty": words("city.award.none")}
    single = parts(facts, near)
    near = [row for row in near if row not in single]
    return {
        "lead": words("city.award" if near else "city.award.no_near", k=len(found), k2=len(near)),
        "not_said": words("city.award.not"),
        "grids": [_found(facts, words, found), _near(facts, words, near)],
        "paragraphs": _rules(facts, words, found, single),
    }


def _rules(facts: Facts, words: Words, found: list[Row], single: list[Row]) -> list[str]:
    """How candidates are chosen, how many of them are expected to be right, and why single subjects are not."""
    places = facts.meta["thresholds"]["award_places"]
    right = words.numbers.plain(sum(row.probability or 0.0 for row in found))
    texts = [words("city.award.rule", places=places)]
    if found:
        texts[0] += words("city.award.right", k=len(found), right=right)
    if single:
        texts.append(words("city.award.single", k=len(single)))
    return texts


def _cells(facts: Facts, words: Words, row: Row) -> tuple[Cell, ...]:
    n = words.numbers
    return (
        Cell(subject_name(facts, words, row.subject) if len(subjects(facts)) > 1 else ""),
        Cell(n.effect(row.value), n.effects(row.lo, row.hi)),
        Cell(n.probability(row.probability).rstrip("%")),
    )


def _columns(words: Words, last: str) -> tuple[Column, ...]:
    return (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.subject"), kind="text"),
        Column(words("city.column.progress"), words("city.unit.t_range")),
        Column(words("city.column.p_award"), "%"),
        Column(words(f"city.column.{last}"), kind="text"),
    )


def _found(facts: Facts, words: Words, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    name = names(facts)
    lines = tuple(
        Line(Cell(name.get(row.unit, row.unit)), (*_cells(facts, words, row), Cell(_standing(words, row))))
        for row in rows
    )
    finding, what = words("city.award.found", k=len(rows)), words("city.award.found_what")
    return Grid(finding, what, _columns(words, "standing"), lines, layout="mid")


def _standing(words: Words, row: Row) -> str:
    return words("city.award.secure" if (row.probability or 0.0) >= SECURE else "city.award.contending")


def _near(facts: Facts, words: Words, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    name = names(facts)
    lines = tuple(
        Line(
            Cell(name.get(row.unit, row.unit)), (*_cells(facts, words, row), Cell(reason(words, row.reason)))
        )
        for row in rows
    )
    return Grid(words("city.award.near", k=len(rows)), words("city.award.near_what"), _columns(words, "lacked"), lines, layout="mid", folded=words("city.award.near_fold", k=len(rows)) if len(rows) > MANY else "")  # fmt: skip
