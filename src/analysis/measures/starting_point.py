"""看起点: what pupils brought with them.

    start = z̄⁰_u, the mean prior normal score of the unit's matched pupils; SE as of any mean, in a streamed grade
    without a class part (the classes were made from these very scores)
    unmatched difference = z̄_without − z̄_with, SE = σ_pupil √(1/n₀ + 1/n₁)
    bands: fifths of the city by the prior total

Source: docs/methods.md §3; components of variance: components.py.
"""

import numpy as np

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.exam import Grouping
from analysis.measures.figures import Estimate, Figure, Paper, normal, pooled_mean
from analysis.terms import PRIOR_BANDS


def start(paper: Paper) -> Figure:
    """Mean prior z of the pupils who sat this paper and have a baseline (sd of the city)."""
    return pooled_mean(paper, np.where(np.isnan(paper.score), np.nan, paper.start))


def unmatched_difference(paper: Paper) -> Figure:
    """Mean z of pupils without a baseline less that of pupils with one, inside the unit (sd).

    SE = σ_pupil·√(1/n₀ + 1/n₁): both sit in the same classes. n is the smaller of the two numbers.
    """
    sat = ~np.isnan(paper.score)
    with_, without = sat & paper.exam.matched, sat & ~paper.exam.matched
    sigma = float(np.sqrt(paper.components(paper.z[:, None], sat).within[0, 0]))

    def by(units: Grouping) -> Estimate:
        one, none = paper.cells(units, with_), paper.cells(units, without)
        with np.errstate(divide="ignore", invalid="ignore"):
            se = sigma * np.sqrt(1 / none.effective + 1 / one.effective)
        value = none.mean(paper.z) - one.mean(paper.z)
        return normal(value, np.where(np.isfinite(se), se, np.nan), np.minimum(one.n, none.n))

    return by


def prior_bands(prior: Floats, among: Bools | None = None) -> Ints:
    """Band 1 (lowest) – 5 of each pupil by city quintiles of the prior total z (m,); 0 without a prior.

    Equal priors share a band; a prior exactly on a limit belongs to the band above it. The quintiles are those of
    the pupils `among` (m,) whom the bands are counted of, or of all.
    """
    known = ~np.isnan(prior)
    bands = np.zeros(len(prior), np.int64)
    counted = known if among is None or not (known & among).any() else known & among
    if known.any():
        limits = np.quantile(prior[counted], np.arange(1, len(PRIOR_BANDS)) / len(PRIOR_BANDS))
        bands[known] = 1 + np.searchsorted(limits, prior[known], side="right")
    return bands
