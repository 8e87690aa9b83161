"""Counts that several sections print: schools by subject, by topic, by judgement."""

from collections.abc import Sequence

from .. import naming
from ..facts import Facts, Row
from .city_units import estimate, judged, main_subject, tally

SURE = 0.9
"""Probability from which a school counts in a topic (docs/methods.md §8)."""


def subject_counts(facts: Facts) -> dict[str, tuple[int, int, int]]:
    """Subject → schools above, below, neither in value added (papers only)."""
    return {
        code: counts
        for code in naming.subjects(facts)
        if sum(
            counts := tally(estimate(row) for row in facts.rows("value_added", level="school", subject=code))
        )
    }


def is_progress_known(facts: Facts) -> bool:
    """Whether any school has a value added: where none has, that no school is named says nothing of the schools."""
    return any(row.effect is not None for row in facts.rows("value_added", level="school"))


def weak_topics(facts: Facts) -> dict[tuple[str, str], int]:
    """(Subject, topic) → schools that surely can gain in it."""
    count: dict[tuple[str, str], int] = {}
    for row in facts.rows("growth_points", level="school", kind="topic"):
        if row.probability is not None and row.probability >= SURE:
            count[row.subject, row.target] = count.get((row.subject, row.target), 0) + 1
    return count


def barred(facts: Facts, judgement: str) -> bool:
    """Whether the rules of the exam's day bar a list."""
    return any(row.state == "off" and row.subject == judgement for row in facts.rows("policy"))


def one_a_school(rows: Sequence[Row]) -> list[Row]:
    """One row a school."""
    return list({row.unit: row for row in reversed(rows)}.values())[::-1]


def whole_and_parts(facts: Facts, judgement: str) -> tuple[list[Row], list[Row]]:
    """Found rows about schools as a whole, and about single subjects of schools that are not found as a whole."""
    rows, main = judged(facts, judgement, "found"), main_subject(facts)
    whole = [row for row in rows if row.subject == main]
    named = {row.unit for row in whole}
    return whole, [row for row in rows if row.subject != main and row.unit not in named]
