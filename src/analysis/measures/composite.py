"""综合指数: declared weighted sums of rates, with what chance alone would do to them and to their order.

    index_u = 100 Σ_k w_k p_uk          (p: score rate and rates of the unit; w: declared, sum 1)
    index_u = 100 Σ_k w_k p_uk / max_v p_vk   with 'relative to the best', v over schools of ≥ 50 pupils

The plain index is a mean over pupils of Σ w_k y_ik: its SE is that of any mean. The relative one is drawn: parts
p*_u ~ N(p_u, Σ_class/n_classes + Σ_pupil/n), the best taken anew in each draw, quantiles 2.5 % and 97.5 %.

Source: presets of Chinese exam offices, defined in docs/methods.md §2. Parametric bootstrap: Efron & Tibshirani
(1993), An Introduction to the Bootstrap, §6.5. Intervals of ranks by simulation: Goldstein & Spiegelhalter (1996),
J. R. Stat. Soc. A 159, 385–443.
"""

import numpy as np

from analysis.measures.arrays import Floats, Ints
from analysis.measures.components import Components
from analysis.measures.exam import Grouping
from analysis.measures.figures import Cells, Estimate, Figure, Paper, mean_of
from analysis.measures.rates import at_least
from analysis.params import Composite
from analysis.terms import Level

DRAWS = 1000
BEST_FROM = 50
"""Pupils a unit needs to be the 'best' that others are divided by."""


def part_values(paper: Paper, part: str) -> Floats:
    """The pupils' variable of one part (m,): score rate, or 0/1 for a rate; NaN where the pupil did not sit."""
    score, full, lines = paper.score, paper.full, paper.exam.lines
    if part == "score_rate":
        return score / full
    line = {
        "excellent_rate": lines.excellent,
        "good_rate": lines.good,
        "pass_rate": lines.passing,
        "low_rate": lines.low,
    }[part]
    hits = at_least(score, line, full)
    return np.where(np.isnan(score), np.nan, (~hits if part == "low_rate" else hits).astype(float))


def composite(paper: Paper, spec: Composite, seed: int = 0) -> Figure:
    """Figure of one composite index (points): 100·Σ weight·part, of those who sat.

    Without 'relative to the best' the index is itself a mean over pupils and its SE exact; with it, the parts
    are drawn jointly normal with the components' covariance, the best school anew in each of 1,000 draws.
    The relative index compares schools; at any other level it is missing.
    """
    values = np.column_stack([part_values(paper, part) for part in spec.parts])
    weights = np.array([100.0 * w for w in spec.parts.values()])
    if not spec.relative_to_best:
        return mean_of(paper, values @ weights)
    known = ~np.isnan(paper.score)
    parts = paper.components(values, known)
    spread = float(np.std(values[known] @ weights)) if known.any() else np.nan

    def by(units: Grouping) -> Estimate:
        cells = paper.cells(units, known)
        if units.level != Level.school:
            none = np.full(len(cells.n), np.nan)
            return Estimate(none, none, none, none, cells.n, np.nan)
        means = np.column_stack([cells.mean(column) for column in values.T])
        drawn = _to_best(_drawn(means, cells, parts, seed), cells.n) @ weights
        value = _to_best(means[None], cells.n)[0] @ weights
        lo, hi = np.quantile(drawn, (0.025, 0.975), axis=0)
        return Estimate(value, drawn.std(axis=0, ddof=1), lo, hi, cells.n, spread)

    return by


def _drawn(means: Floats, cells: Cells, parts: Components, seed: int) -> Floats:
    """1,000 draws of the parts of every unit, (draws, U, v)."""
    rng = np.random.default_rng(seed)
    shape = (DRAWS, *means.shape)
    classes = np.sqrt(1 / np.maximum(cells.classes, 1))[:, None]
    pupils = np.sqrt(1 / np.maximum(cells.effective, 1))[:, None]
    return np.asarray(
        means + classes * _normals(rng, parts.between, shape) + pupils * _normals(rng, parts.within, shape)
    )


def _normals(rng: np.random.Generator, covariance: Floats, shape: tuple[int, ...]) -> Floats:
    """Draws of that shape, whose last axis has the given covariance, which may be singular; by its symmetric root, since
    an eigenvector may point either way, on another processor too.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    return np.asarray(rng.standard_normal(shape) @ root)


def _to_best(parts: Floats, n: Ints) -> Floats:
    """Parts (draws, U, v) over the best unit of ≥ 50 pupils in each draw; NaN where no unit is large enough."""
    large = n >= BEST_FROM
    if not large.any():
        return np.full(parts.shape, np.nan)
    best = parts[:, large].max(axis=1, keepdims=True)
    return np.where(best > 0, parts / np.where(best > 0, best, 1), np.nan)


def rank_intervals(value: Floats, se: Floats, n: Ints, seed: int, from_n: int) -> tuple[Floats, Floats]:
    """90 % intervals of the ranks (1 = highest) of units, from 1,000 seeded normal draws; ties broken at random.

    Units with fewer than from_n pupils, or without a value, are not ranked: NaN.
    """
    use = (n >= from_n) & ~np.isnan(value) & ~np.isnan(se)
    lo, hi = np.full(len(value), np.nan), np.full(len(value), np.nan)
    if use.sum() < 2:
        return lo, hi
    rng = np.random.default_rng(seed)
    draws = value[use] + se[use] * rng.standard_normal((DRAWS, int(use.sum())))
    order = np.argsort(-draws, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, draws.shape[1] + 1)[None, :], axis=1)
    lo[use] = np.quantile(ranks, 0.05, axis=0, method="inverted_cdf")
    hi[use] = np.quantile(ranks, 0.95, axis=0, method="inverted_cdf")
    return lo, hi
