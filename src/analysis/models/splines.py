"""Natural cubic splines: smooth curves of a prior score that are straight beyond the outer knots.

    f(x) = β_1 x + Σ_{j=1}^{K−2} β_{j+1} (d_j(x) − d_{K−1}(x)) / (ξ_K − ξ_1)²
    d_j(x) = ((x − ξ_j)₊³ − (x − ξ_K)₊³) / (ξ_K − ξ_j)

Symbols: ξ_1 < … < ξ_K knots. The first column is x itself, so the others are the departure from a line.
Not for: extrapolating far beyond the outer knots; scores with fewer than 4 distinct values (a line then).

Source: Hastie, Tibshirani & Friedman (2009), Elements of Statistical Learning, §5.2.1; docs/methods.md §4A.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

KNOT_PERCENTILES = (5.0, 27.5, 50.0, 72.5, 95.0)
FEWEST_VALUES = 4


def default_knots(x: ArrayLike) -> Floats:
    """Knots (K,) of x (n,), NaN ignored: its distinct percentiles; none where only a line can be told."""
    values: Floats = np.asarray(x, dtype=float)
    values = values[np.isfinite(values)]
    if len(np.unique(values)) < FEWEST_VALUES:
        return np.zeros(0)
    knots = np.unique(np.percentile(values, KNOT_PERCENTILES))
    return knots if len(knots) >= 3 else np.zeros(0)


def natural_cubic(x: ArrayLike, knots: ArrayLike) -> Floats:
    """Basis (n, K − 1) without intercept, in units of x; with fewer than three knots x itself (n, 1)."""
    x, knots = np.asarray(x, dtype=float), np.asarray(knots, dtype=float)
    if len(knots) < 3:
        return x[:, None]
    last = knots[-1]
    above = np.maximum(x[:, None] - knots, 0.0)
    cubes = above * above * above  # a power costs ten times as much
    d = (cubes[:, :-1] - cubes[:, -1:]) / (last - knots[:-1])
    bends = (d[:, :-1] - d[:, -1:]) / (last - knots[0]) ** 2
    return np.column_stack([x, bends])
