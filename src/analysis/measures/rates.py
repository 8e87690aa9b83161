"""Shares of pupils over a line, and their intervals. docs/methods.md §2."""

import numpy as np

from analysis.measures.arrays import Bools, Floats
from analysis.terms import Z95


def at_least(x: Floats, line: float, full: float) -> Bools:
    """Whether marks x reach the share `line` of full marks, compared exactly: 100·x ≥ 100·line·full.

    Both sides are rounded to a millionth of a mark, so that 71.4 of 120 at 59.5 % counts. NaN is False.
    """
    return np.asarray(np.round(100.0 * x, 6) >= round(100.0 * line * full, 6))


def reached(x: Floats, mark: float) -> Bools:
    """Whether marks x reach a cut line given in marks; NaN is False."""
    return np.asarray(np.round(x, 6) >= round(mark, 6))


def wilson(rate: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Ends of Wilson's 95 % interval of a rate observed in n (possibly effective) pupils; NaN where n is 0.

    Source: Wilson (1927), JASA 22, 209–212.
    """
    size = np.where(n > 0, n, np.nan)
    square = Z95**2 / size
    centre = (rate + square / 2) / (1 + square)
    half = Z95 / (1 + square) * np.sqrt(np.maximum(rate * (1 - rate), 0) / size + square / (4 * size))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def effective_n(n: Floats, n_classes: Floats, icc: float) -> Floats:
    """n/deff with deff = 1 + (m̄ − 1)·ICC, m̄ = n/n_classes pupils a class; never more than n."""
    size = np.where(n_classes > 0, n / np.where(n_classes > 0, n_classes, 1), 1.0)
    return np.asarray(n / np.maximum(1.0 + (size - 1.0) * icc, 1.0))
