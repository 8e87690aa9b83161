"""What is still open in the sheets: one line a kind of question, with the schools that can answer it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import listing, standings

SEVERITIES = ("error", "question")
"""What waits for an answer; notes are settled by a rule."""


@cache
def catalogue() -> Mapping[str, Any]:
    """The words of the problem list, read as data: importing the intake would cost each page two seconds."""
    content = files("analysis").joinpath("intake", "issues.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def issue_grid(facts: Facts, words: Words) -> Grid | None:
    """Kinds of open questions, errors first; None where nothing is open."""
    rows = [r for s in SEVERITIES for r in facts.rows("issues_summary", level="city", severity=s)]
    if not rows:
        return None
    lines = tuple(
        Line(
            Cell(_told(words, row, "what")),
            (
                Cell(words(f"city.issue.{row.severity}")),
                Cell(words.numbers.count(row.n)),
                Cell(_schools(facts, words, row)),
                Cell(_told(words, row, "todo")),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.issue"), kind="text"),
        Column(words("city.column.severity"), kind="text"),
        Column(words("city.column.issues")),
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.todo"), kind="text"),
    )
    k = {s: facts.meta["issues"].get(s, 0) for s in SEVERITIES}
    return Grid(words("city.issue.finding", **k), words("city.issue.what"), columns, lines, css="stackrow")


def _told(words: Words, row: Row, part: str) -> str:
    """What is wrong (what) or what to do (todo), in the words of the problem list."""
    known = catalogue().get(row.code, {}).get(words.language, {})
    return str(known.get(part, row.code if part == "what" else words.numbers.plain(None)))


def _schools(facts: Facts, words: Words, row: Row) -> str:
    """The schools concerned, each with its count."""
    short = {school.unit: school.short for school in standings(facts, words)}
    found = facts.rows("issues_summary", level="school", severity=row.severity, code=row.code)
    texts = [
        words("city.school.times", school=short.get(of.unit, of.unit), k=words.numbers.count(of.n))
        for of in sorted(found, key=lambda of: -of.n)
    ]
    return listing(words, texts, 6) or words.numbers.plain(None)
