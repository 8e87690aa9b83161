"""The driver: all indicators of all units of all levels and subjects, as the `indicators` results table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.measures.arrays import Floats
from analysis.measures.blocks import stack
from analysis.measures.composite import composite, rank_intervals
from analysis.measures.exam import ExamData, Grouping
from analysis.measures.figures import Estimate, Figure, Paper, city_value
from analysis.params import Composite
from analysis.terms import TOTAL, Flag, Level

Unit = Literal["marks", "rate", "t", "sd", "count", "index"]
Direction = Literal["up", "down", "none"]
Scope = Literal["each", "papers", "all"]

DECIMALS: Mapping[str, int] = {"marks": 1, "rate": 3, "t": 1, "sd": 2, "count": 0, "index": 1}
"""Decimals a figure is printed with, by unit (an sd is printed as a T point with one); verdicts follow."""

Judge = Callable[..., np.ndarray]
"""`judgement.verdict.verdicts`, handed in by the caller: the two rooms do not know each other."""


@dataclass(frozen=True)
class Indicator:
    """One row of INDICATORS.

    scope: each = papers and total, papers = papers only, all = all papers together (subject 'all').
    """

    function: Callable[[Paper], Figure]
    unit: Unit
    direction: Direction
    scope: Scope = "each"
    needs_full_mark: bool = False
    needs_baseline: bool = False
    needs_roster: bool = False
    ranked: bool = False


@dataclass(frozen=True)
class Rules:
    """What turns figures into verdicts: meaningful in sd, the small-cell limits, the seed of rank intervals."""

    meaningful: float = 0.15
    hidden_below: int = 11
    note_below: int = 20
    seed: int = 20260901


@dataclass(frozen=True)
class _Figure:
    """An indicator of one column: its figure, or the reason why there is none."""

    key: str
    indicator: Indicator
    paper: Paper
    figure: Figure | Flag

    @cached_property
    def reference(self) -> float:
        """The city's figure."""
        return np.nan if isinstance(self.figure, Flag) else city_value(self.paper.exam, self.figure)

    def at(self, by: Grouping) -> Estimate:
        """The figures of a level, or their absence."""
        return _missing(self.paper, by) if isinstance(self.figure, Flag) else self.figure(by)


def tabulate(
    exam: ExamData,
    exam_id: str,
    indicators: Mapping[str, Indicator],
    composites: Sequence[Composite],
    judge: Judge,
    rules: Rules,
) -> pd.DataFrame:
    """The `indicators` table: columns of tables.py; rows level → subject → indicator → unit.

    Units without a pupil in the sample have no row. Figures of fewer than hidden_below pupils are NaN.
    """
    blocks = [
        _block(one, by, judge, rules)
        for paper in _columns(exam)
        for one in _figures(exam, paper, indicators, composites, rules.seed)
        for by in exam.levels
        if by.ids
    ]
    frame = stack("indicators", exam_id, blocks, [block["n"] > 0 for block in blocks])
    order = {str(by.level): i for i, by in enumerate(exam.levels)}
    return frame.sort_values("level", key=lambda level: level.map(order), kind="stable", ignore_index=True)


def _columns(exam: ExamData) -> Iterator[Paper]:
    """Every column that somebody sat, then all papers together."""
    sat = np.asarray(~np.isnan(exam.scores).all(axis=0))
    for j in np.flatnonzero(sat):
        yield Paper(exam, int(j), exam.subjects[j])
    if sat[list(exam.papers)].any():
        yield Paper(exam, len(exam.subjects) - 1, "all")


def _figures(
    exam: ExamData,
    paper: Paper,
    indicators: Mapping[str, Indicator],
    composites: Sequence[Composite],
    seed: int,
) -> Iterator[_Figure]:
    """Indicators that this column has."""
    for key, indicator in indicators.items():
        if _in_scope(indicator.scope, paper.subject) and (exam.roster_known or not indicator.needs_roster):
            yield _Figure(key, indicator, paper, _lacks(indicator, paper) or indicator.function(paper))
    if paper.subject != "all":
        for spec in composites:
            row = Indicator(lambda p, s=spec: composite(p, s, seed), "index", "up", "each", True, ranked=True)  # type: ignore[misc]
            yield _Figure(spec.key, row, paper, _lacks(row, paper) or row.function(paper))


def _in_scope(scope: Scope, subject: str) -> bool:
    if scope == "all" or subject == "all":
        return scope == "all" and subject == "all"
    return scope == "each" or subject != TOTAL


def _lacks(indicator: Indicator, paper: Paper) -> Flag | None:
    """What the column lacks for this indicator."""
    full = paper.exam.full_marks
    if indicator.needs_full_mark:
        needed = full[list(paper.exam.papers)] if indicator.scope == "all" else full[[paper.j]]
        if np.isnan(needed).any():
            return Flag.no_full_mark
    if indicator.needs_baseline and np.isnan(paper.start).all():
        return Flag.no_baseline
    return None


def _missing(paper: Paper, by: Grouping) -> Estimate:
    """No figure, but the number of pupils who sat."""
    n = paper.cells(by, ~np.isnan(paper.score)).n
    empty = np.full(len(n), np.nan)
    return Estimate(empty, empty, empty, empty, n, np.nan)


def _block(one: _Figure, by: Grouping, judge: Judge, rules: Rules) -> dict[str, Any]:
    """Columns of one indicator of one column at one level."""
    found = one.at(by)
    words = _words(one.indicator, found, one.reference, by, judge, rules)
    ranks = _ranks(one.indicator, found, by, rules)
    flag = np.where(
        found.n < rules.hidden_below, Flag.hidden, np.where(found.n < rules.note_below, Flag.small, "")
    )
    if isinstance(one.figure, Flag):
        flag = np.full(len(found.n), str(one.figure))
    shown = np.where(found.n >= rules.hidden_below, 1.0, np.nan)
    return {
        "level": str(by.level),
        "unit": np.array(by.ids, object),
        "subject": one.paper.subject,
        "indicator": one.key,
        "value": found.value * shown,
        "se": found.se * shown,
        "lo": found.lo * shown,
        "hi": found.hi * shown,
        "reference": one.reference,
        "rank_lo": ranks[0] * shown,
        "rank_hi": ranks[1] * shown,
        "n": found.n,
        "verdict": words,
        "flag": flag,
    }


def _words(
    indicator: Indicator, found: Estimate, reference: float, by: Grouping, judge: Judge, rules: Rules
) -> np.ndarray:
    """Verdicts against the city; '' where the figure has no better side, or is the city's own."""
    if indicator.direction == "none" or by.level == Level.city or np.isnan(found.spread):
        return np.full(len(found.n), "", object)
    return judge(
        found.value - reference,
        found.lo - reference,
        found.hi - reference,
        rules.meaningful * found.spread,
        found.n,
        direction=indicator.direction,
        decimals=DECIMALS[indicator.unit],
        hidden_below=rules.hidden_below,
        note_below=rules.note_below,
    )


def _ranks(indicator: Indicator, found: Estimate, by: Grouping, rules: Rules) -> tuple[Floats, Floats]:
    """Rank intervals of schools where the indicator is ranked."""
    if not indicator.ranked or by.level != Level.school:
        none = np.full(len(found.n), np.nan)
        return none, none
    return rank_intervals(found.value, found.se, found.n, rules.seed, rules.note_below)
