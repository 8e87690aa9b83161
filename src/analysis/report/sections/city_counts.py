"""Counts that several sections print: schools by subject, by topic, by judgement."""

from collections.abc import Sequence

from .. import naming
from ..facts import Facts, Row
from .city_units import estimate, tally

SURE = 0.9
"""Probability from which a school counts as below the city in a topic (methods.md §8)."""


def subject_counts(facts: Facts) -> dict[str, tuple[int, int, int]]:
    """Subject → schools above, below, neither in value added (papers only)."""
    return {
        code: counts
        for code in naming.subjects(facts)
        if sum(
            counts := tally(estimate(row) for row in facts.rows("value_added", level="school", subject=code))
        )
    }


def weak_topics(facts: Facts) -> dict[tuple[str, str], int]:
    """(Subject, topic) → schools that lie surely below the city in it."""
    count: dict[tuple[str, str], int] = {}
    for row in facts.rows("topics", level="school", kind="topic"):
        if row.p_gap is not None and row.p_gap >= SURE and row.flag != "hidden":
            count[row.subject, row.topic] = count.get((row.subject, row.topic), 0) + 1
    return count


def one_a_school(rows: Sequence[Row]) -> list[Row]:
    """One row a school."""
    return list({row.unit: row for row in reversed(rows)}.values())[::-1]
