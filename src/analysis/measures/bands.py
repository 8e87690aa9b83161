"""Distributions by unit: prior, prior bands, score bands, growth; and from prior band to band of this exam.

    share_ub = n_ub/n_u with Wilson's interval at n_u/deff, deff = 1 + (m̄ − 1)·ICC, m̄ pupils a class
    transition_ab = #{band before a, band after b}/#{band before a}, bands fifths of the city

Source: docs/methods.md §2–4. Wilson (1927), JASA 22, 209–212; deff: Kish (1965), Survey Sampling, §5.4.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.measures.arrays import Floats, Ints
from analysis.measures.blocks import stack
from analysis.measures.exam import ExamData, Grouping
from analysis.measures.figures import Paper
from analysis.measures.participation import flags
from analysis.measures.rates import effective_n, wilson
from analysis.measures.scores import t_points
from analysis.measures.starting_point import prior_bands
from analysis.terms import PRIOR_BANDS, SMALL_HIDDEN, TOTAL, Level

SHOWN = (Level.city, Level.sector, Level.township, Level.official, Level.school)
"""Levels whose distributions are drawn; classes are too small for them."""

T_EDGES = np.arange(20.0, 81.0, 5.0)
"""Edges of the prior's histogram in T points; the outer bins are open."""


def mark_edges(full: float, lowest: float, highest: float) -> Floats:
    """Edges of score bands: 10 marks where that gives 5 to 20 bands, else a round number that gives at most 20.

    Scores without a full mark may be of any size and sign: their bands reach from the lowest to the highest.
    """
    if np.isnan(full):
        return _scale_edges(lowest, highest)
    widths = (1, 2, 5) if full < 50 else (10, 20, 25, 50, 100, 200, 500, 1000, 10**6)
    width = next(w for w in widths if full / w <= 20)
    return np.arange(0.0, full + width, width)


def _scale_edges(lowest: float, highest: float) -> Floats:
    """At most 21 bands of a round width (1, 2, 2.5 or 5 times a power of ten) over all scores."""
    span = max(highest - lowest, 1e-6)
    power = 10.0 ** np.floor(np.log10(span / 20))
    width = next(step * power for step in (1, 2, 2.5, 5, 10) if span / (step * power) <= 20)
    first, last = np.floor(lowest / width), np.floor(highest / width) + 1
    edges: Floats = np.round(np.arange(first, last + 1) * width, 9)
    return edges


def distributions_table(exam: ExamData, exam_id: str, growth: Floats | None = None) -> pd.DataFrame:
    """The `distributions` table. growth : (m, k) growth percentiles of the same columns, or None.

    kinds: prior (T points), prior_band (1–5), score (marks), growth (percentiles in tens). Each share carries
    Wilson's interval with the sample's effective size; small units are flagged and their shares missing.
    """
    blocks = [
        block
        for j, subject in enumerate(exam.subjects)
        for kind, values, edges in _kinds(exam, j, subject, growth)
        for block in _histograms(Paper(exam, j, subject), kind, values, edges)
    ]
    return stack("distributions", exam_id, blocks, [block["held"] for block in blocks])


def _kinds(
    exam: ExamData, j: int, subject: str, growth: Floats | None
) -> Iterator[tuple[str, Floats, Floats]]:
    """Kind, values (m,) and edges of the distributions that a column has."""
    sat = ~np.isnan(exam.scores[:, j])
    start = np.where(sat, exam.start[:, j], np.nan)
    if not np.isnan(start).all():
        yield "prior", np.clip(t_points(start), T_EDGES[0], T_EDGES[-1] - 1e-9), T_EDGES
        if subject == TOTAL:
            band = prior_bands(start).astype(float)
            yield "prior_band", np.where(band > 0, band, np.nan), np.arange(1.0, len(PRIOR_BANDS) + 2)
    if sat.any():
        marks = exam.scores[:, j]
        edges = mark_edges(float(exam.full_marks[j]), float(np.nanmin(marks)), float(np.nanmax(marks)))
        yield "score", np.minimum(exam.scores[:, j], edges[-1] - 1e-9), edges
    if growth is not None and not np.isnan(growth[:, j]).all():
        yield "growth", growth[:, j], np.arange(0.0, 101.0, 10.0)


def _histograms(paper: Paper, kind: str, values: Floats, edges: Floats) -> Iterator[dict[str, Any]]:
    """One variable at every level that is shown."""
    known = ~np.isnan(values)
    icc = paper.components(np.where(known, values, 0)[:, None], known).icc
    for by in paper.exam.levels:
        if by.level in SHOWN:
            yield _histogram(paper, kind, values, edges, by, icc)


def _histogram(
    paper: Paper, kind: str, values: Floats, edges: Floats, by: Grouping, icc: float
) -> dict[str, Any]:
    """Counts and shares of one variable in the units of a level."""
    known = ~np.isnan(values)
    cells = paper.cells(by, known)
    size, bins = len(by.ids), len(edges) - 1
    code = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)
    counts = np.bincount(cells.unit * bins + code[cells.rows], minlength=size * bins).reshape(size, bins)
    total = counts.sum(axis=1)
    share = counts / np.where(total > 0, total, np.nan)[:, None]
    share[total < SMALL_HIDDEN] = np.nan
    lo, hi = wilson(share, effective_n(cells.effective, cells.classes, icc)[:, None])
    city = np.bincount(code[known], minlength=bins) / max(int(known.sum()), 1)
    return {
        "level": str(by.level),
        "unit": np.repeat(np.array(by.ids, object), bins),
        "subject": paper.subject,
        "kind": kind,
        "bin": np.tile(np.arange(1, bins + 1), size),
        "start": np.tile(edges[:-1], size),
        "stop": np.tile(edges[1:], size),
        "n": counts.ravel(),
        "share": share.ravel(),
        "lo": lo.ravel(),
        "hi": hi.ravel(),
        "city": np.tile(city, size),
        "flag": np.repeat(flags(total), bins),
        "held": np.repeat(total > 0, bins),
    }


def transitions_table(exam: ExamData, exam_id: str) -> pd.DataFrame:
    """The `transitions` table: from city quintile of the prior total to city quintile of this total.

    share is of the prior band, missing where that band has fewer than 11 pupils in the unit.
    """
    j = exam.column(TOTAL)
    both = ~np.isnan(exam.scores[:, j]) & ~np.isnan(exam.start[:, j])
    before = prior_bands(np.where(both, exam.start[:, j], np.nan))
    after = prior_bands(np.where(both, exam.z[:, j], np.nan))
    blocks = [_moves(before, after, by, j) for by in exam.levels if by.level in (Level.city, Level.school)]
    return stack("transitions", exam_id, blocks, [block["held"] for block in blocks])


def _moves(before: Ints, after: Ints, by: Grouping, j: int) -> dict[str, Any]:
    k, unit = len(PRIOR_BANDS), by.column(j)
    rows = (before > 0) & (unit >= 0)
    cell = (unit[rows] * k + before[rows] - 1) * k + after[rows] - 1
    counts = np.bincount(cell, minlength=len(by.ids) * k * k).reshape(len(by.ids), k, k)
    of_band = counts.sum(axis=2, keepdims=True)
    share = np.where(of_band >= SMALL_HIDDEN, counts / np.maximum(of_band, 1), np.nan)
    bands = np.array(PRIOR_BANDS)
    return {
        "level": str(by.level),
        "unit": np.repeat(np.array(by.ids, object), k * k),
        "band_from": np.tile(np.repeat(bands, k), len(by.ids)),
        "band_to": np.tile(bands, len(by.ids) * k),
        "n": counts.ravel(),
        "share": share.ravel(),
        "flag": np.repeat(flags(of_band[:, :, 0].ravel()), k),
        "held": np.repeat(counts.sum(axis=(1, 2)) > 0, k * k),
    }
