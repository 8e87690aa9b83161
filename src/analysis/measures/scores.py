"""Scales of scores. docs/methods.md §1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.errors import InputError
from analysis.measures.arrays import Floats

LARGEST_MEAN, SD_RANGE = 0.25, (0.8, 1.25)
"""How far scores may be from mean 0 and sd 1 and still be taken for standard scores of this population."""


def normal_scores(x: Floats, weights: Floats | None = None) -> Floats:
    """Rank-based normal scores z of x (m,): mean 0 and sd 1 exactly, ties share a mid-rank, NaN stays NaN.

    a_i = Φ⁻¹((r_i − 0.5)/n), r the mid-rank; with weights, (r_i − 0.5)/n becomes the mid cumulative weight.
    All marks equal: 0.

    Source: docs/methods.md §1; Blom's family with c = 0.5 (Hazen).
    """
    z = np.full(len(x), np.nan)
    known = ~np.isnan(x)
    if not known.any():
        return z
    w = np.ones(int(known.sum())) if weights is None else weights[known]
    _, tie = np.unique(x[known], return_inverse=True)
    mass = np.bincount(tie, w)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    z[known] = _standardised(ndtri(middle)[tie], w)
    return z


def standard_scores(x: Floats, weights: Floats | None = None) -> Floats:
    """Z = (x − mean)/sd of x (m,), sd of the population; NaN stays NaN; all equal: 0."""
    z = np.full(len(x), np.nan)
    known = ~np.isnan(x)
    if known.any():
        z[known] = _standardised(x[known], np.ones(int(known.sum())) if weights is None else weights[known])
    return z


def given_scores(x: Floats, weights: Floats | None = None) -> Floats:
    """x (m,) itself, where it is standard scores already: effects in its unit are then effects in sd.

    Raises
    ------
    InputError : mean or sd are not those of standard scores; 0.1 of such a unit is no tenth of an sd.
    """
    known = ~np.isnan(x)
    if known.any():
        w = np.ones(int(known.sum())) if weights is None else weights[known]
        mean = float(np.average(x[known], weights=w))
        sd = float(np.sqrt(np.average((x[known] - mean) ** 2, weights=w)))
        if abs(mean) > LARGEST_MEAN or not SD_RANGE[0] <= sd <= SD_RANGE[1]:
            raise InputError(
                f"The settings say that scores are standard scores already, but these have mean {mean:.2f} "
                f"and sd {sd:.2f}.",
                "Set `model: {scale: normal}` (positions by rank) or `scale: standard` (linear).",
            )
    return x


def _standardised(a: Floats, w: Floats) -> Floats:
    """(a − mean)/sd under the weights; zeros where sd is 0."""
    centred = a - np.average(a, weights=w)
    sd = float(np.sqrt(np.average(centred**2, weights=w)))
    return centred / sd if sd > 1e-12 else np.zeros(len(a))


def t_points(z: Floats) -> Floats:
    """T = 50 + 10·z."""
    return 50.0 + 10.0 * z


@dataclass(frozen=True)
class MarkRange:
    """How marks fill their paper: shares at full marks and at 0, number of distinct marks."""

    ceiling: float
    zero: float
    distinct: int
    capped: bool


def capped(x: Floats, full: float) -> bool:
    """Whether the paper cannot tell its best pupils apart.

    True with at least 10 % at full marks, or at least 30 % on the five highest marks. A paper with five marks
    or fewer is not judged by the second clause: there it would always hold. Source: docs/methods.md §1.
    """
    marks = x[~np.isnan(x)]
    if len(marks) == 0:
        return False
    values = np.unique(marks)
    at_full = (not np.isnan(full)) and np.mean(marks >= full) >= 0.10
    crowded = len(values) > 5 and np.mean(marks >= values[-5]) >= 0.30
    return bool(at_full or crowded)


def mark_range(x: Floats, full: float) -> MarkRange:
    """Ceiling, floor and distinct marks of x (m,); ceiling is NaN without full marks."""
    marks = x[~np.isnan(x)]
    if len(marks) == 0:
        return MarkRange(np.nan, np.nan, 0, False)
    ceiling = np.nan if np.isnan(full) else float(np.mean(marks >= full))
    return MarkRange(ceiling, float(np.mean(marks == 0)), len(np.unique(marks)), capped(x, full))


def z_per_mark(x: Floats, z: Floats) -> float:
    """sd of z per raw mark near the mean: least-squares slope of z on the mark among the middle half.

    Turns an effect in sd into 'about as many marks': marks = effect / z_per_mark. NaN if marks do not vary.
    """
    known = ~np.isnan(x) & ~np.isnan(z)
    middle = known & (np.abs(z) <= 0.6745)
    use = middle if len(np.unique(x[middle])) > 1 else known
    spread = x[use] - x[use].mean() if use.any() else np.zeros(1)
    below = float(spread @ spread)
    return float(spread @ z[use]) / below if below > 0 else np.nan


SCALES: dict[str, Callable[[Floats, Floats | None], Floats]] = {
    "normal": normal_scores,
    "standard": standard_scores,
    "given": given_scores,
}
"""Setting `model.scale` → what turns marks into positions with sd 1, the unit of every effect."""
