"""Growth percentiles (SGP): where a pupil stands among pupils with the same earlier scores.

    Q_τ(y | x_1 … x_k) = α_τ + Σ_j B_j(x_j)'γ_jτ,   τ = .005, .015 … .995

Symbols: y post score, x_j the j-th latest prior score, B_j cubic B-spline basis of x_j (knots at the
20/40/60/80th percentiles, boundaries = range widened by 10 %), Q_τ conditional quantile. The percentile is
the number of fitted quantiles strictly below the score, each pupil's quantiles sorted; 0 → 1, 100 → 99.
Coefficients are exact optima (`quantile_process`), so the order of the rows does not matter.

Assumes: the post scores of one exam, the priors measured before it on any scale. Not for: saying that a
pupil learned much or little (it is a rank), or comparing percentiles of different baselines. Where many share the
highest prior, what is expected jumps there and a smooth curve does not: those just under it come out too high.

Source: docs/methods.md §4B; Betebenner (2009), Educational Measurement: Issues and Practice 28(4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from analysis.errors import ModelError
from analysis.models.quantile_process import fit_process

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TAUS: Floats = (np.arange(100) + 0.5) / 100
KNOT_PERCENTILES = (0.2, 0.4, 0.6, 0.8)
WIDENED = 0.1
FEWEST_PUPILS = 1000
NO_PRIOR = 0
"""In place of a percentile: the pupil has no latest prior score or no post score."""

_SMALLEST = 1e-7
"""Root mean square of what a spline adds to those before it, from which it is fitted."""
_DEGREE = 3
_CHUNK = 100_000  # pupils scored together: bounds the memory


@dataclass(frozen=True)
class Basis:
    """The spline of one prior: inner knots and boundaries, in the prior's own units."""

    knots: tuple[float, ...]
    boundaries: tuple[float, float]

    def columns(self, x: Floats) -> Floats:
        """B-spline columns without the first (n, len(knots) + 3); x outside the boundaries counts as on them."""
        low, high = self.boundaries
        t = np.r_[[low] * (_DEGREE + 1), self.knots, [high] * (_DEGREE + 1)]
        values: Floats = BSpline.design_matrix(np.clip(x, low, high), t, _DEGREE).toarray()[:, 1:]
        return values


@dataclass(frozen=True)
class Curves:
    """The fitted quantiles of one order, i.e. of pupils scored from their k latest priors."""

    coefficients: Floats  # (100, 1 + columns); a column the data cannot tell from the others has 0
    n_pupils: int


@dataclass(frozen=True)
class GrowthModel:
    """Everything needed to score pupils later: one basis a prior, one set of curves an order."""

    bases: tuple[Basis, ...]
    orders: tuple[Curves, ...]  # orders[k-1] uses the k latest priors
    clip: tuple[float, float] | None

    def quantiles(self, priors: Floats) -> tuple[Floats, Ints]:
        """Sorted quantiles (n, 100) in marks by the highest order each pupil has; and that order, 0 = none."""
        fitted, order = self._fitted(_matrix(priors))
        fitted.sort(axis=1)
        return fitted, order

    def _fitted(self, priors: Floats) -> tuple[Floats, Ints]:
        """As `quantiles`, not sorted."""
        order = np.minimum(_orders(priors), len(self.orders))
        fitted = np.full((len(priors), len(TAUS)), np.nan)
        for k in range(1, len(self.orders) + 1):
            rows = order == k
            if not rows.any():
                continue
            fitted[rows] = _design(self.bases[:k], priors[rows]) @ self.orders[k - 1].coefficients.T
        if self.clip is not None:
            np.clip(fitted, *self.clip, out=fitted)
        return fitted, order

    def percentiles(self, post: Floats, priors: Floats) -> Ints:
        """Growth percentile 1..99 of each pupil, `NO_PRIOR` where it cannot be known.

        Parameters
        ----------
        post : (n,) marks; priors : (n, k), latest first, NaN where a pupil has none.
        """
        post, priors = np.asarray(post, dtype=float), _matrix(priors)
        result = np.full(len(post), NO_PRIOR, dtype=np.int64)
        for i in range(0, len(post), _CHUNK):
            part = slice(i, i + _CHUNK)
            fitted, order = self._fitted(priors[part])
            count = np.count_nonzero(np.round(fitted, 5, out=fitted) < post[part, None], axis=1)
            known = (order > 0) & np.isfinite(post[part])
            result[part] = np.where(known, np.clip(count, 1, 99), NO_PRIOR)
        return result

    def projection(self, priors: Floats, line: float, exams: int = 1) -> Ints:
        """Growth percentile a pupil would need at each of `exams` exams to reach `line` marks at the last.

        1..99; 100 where even the 99th percentile at every exam does not reach it; 0 without a prior.
        The next exam's curves are used again for those after it, so post and prior must be on one scale
        and later cohorts are taken to move as this one did.

        Source: docs/methods.md §4B; catch-up growth in Betebenner (2009).
        """
        priors = _matrix(priors)
        needed = np.full(len(priors), 100, dtype=np.int64)
        for percentile in range(99, 0, -1):
            reached = self._path(priors, percentile, exams) >= line
            needed[reached] = percentile
        needed[_orders(priors) == 0] = NO_PRIOR
        return needed

    def _path(self, priors: Floats, percentile: int, exams: int) -> Floats:
        """Marks (n,) after `exams` exams of steady growth at `percentile`."""
        history = priors
        for _ in range(exams):
            fitted, _ = self.quantiles(history)
            step = (
                fitted[:, percentile - 1] + fitted[:, percentile]
            ) / 2  # the curves at τ = percentile ± .005
            history = np.column_stack([step, history])[:, : len(self.bases)]
        path: Floats = history[:, 0]
        return path

    def to_dict(self) -> dict[str, Any]:
        """The model as JSON-able numbers: a later year can be scored on this baseline."""
        return {
            "bases": [{"knots": list(b.knots), "boundaries": list(b.boundaries)} for b in self.bases],
            "orders": [
                {"coefficients": c.coefficients.tolist(), "n_pupils": c.n_pupils} for c in self.orders
            ],
            "clip": None if self.clip is None else list(self.clip),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> GrowthModel:
        """The inverse of `to_dict`, without loss."""
        bases = tuple(
            Basis(tuple(b["knots"]), (b["boundaries"][0], b["boundaries"][1])) for b in stored["bases"]
        )
        orders = tuple(Curves(np.asarray(c["coefficients"]), c["n_pupils"]) for c in stored["orders"])
        clip = stored["clip"]
        return cls(bases, orders, None if clip is None else (clip[0], clip[1]))


def fit(
    post: Floats, priors: Floats, *, clip: tuple[float, float] | None = None, fewest: int = FEWEST_PUPILS
) -> GrowthModel:
    """Curves of every order for which at least `fewest` pupils have the scores.

    Parameters
    ----------
    post : (n,) marks; priors : (n, k) or (n,), latest first, NaN where a pupil has none.
    clip : lowest and highest possible mark; quantiles are kept inside.

    Raises
    ------
    ModelError : too few pupils with a prior; a prior without spread; infinite marks.

    Source: docs/methods.md §4B.
    """
    post, priors = np.asarray(post, dtype=float), _matrix(priors)
    if np.isinf(post).any() or np.isinf(priors).any():
        raise ModelError("infinite marks in the growth percentiles")
    order = np.where(np.isfinite(post), _orders(priors), 0)
    if (order >= 1).sum() < fewest:
        raise ModelError(
            f"growth percentiles need {fewest} pupils with a baseline, there are {(order >= 1).sum()}",
            "join the grades' schools into one reference group, or leave growth percentiles out",
        )
    bases, orders = [], []
    for k in range(1, priors.shape[1] + 1):
        rows = order >= k
        if rows.sum() < fewest:
            break
        bases.append(_basis(priors[rows, k - 1]))
        orders.append(_curves(post[rows], priors[rows, :k], bases))
    return GrowthModel(tuple(bases), tuple(orders), clip)


@dataclass(frozen=True)
class Flatness:
    """Whether growth percentiles depend on the prior, as they must not: bands from low to high prior."""

    n_pupils: Ints  # (bands,)
    mean: Floats  # (bands,) mean percentile; 50 everywhere if flat
    se: Floats  # (bands,)
    correlation: float


def flatness(percentiles: Ints, prior: Floats, bands: int = 10) -> Flatness:
    """Mean growth percentile by prior band, and its correlation with the prior. Source: docs/methods.md §4B."""
    known = (percentiles != NO_PRIOR) & np.isfinite(prior)
    score, x = percentiles[known].astype(float), prior[known]
    band = np.searchsorted(np.quantile(x, np.arange(1, bands) / bands), x, side="right")
    n = np.bincount(band, minlength=bands)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(band, score, bands) / n
        se = np.sqrt(np.maximum(np.bincount(band, score**2, bands) / n - mean**2, 0) / n)
    return Flatness(n, mean, se, float(np.corrcoef(score, x)[0, 1]))


def _matrix(priors: Floats) -> Floats:
    priors = np.asarray(priors, dtype=float)
    return priors[:, None] if priors.ndim == 1 else priors


def _orders(priors: Floats) -> Ints:
    """How many of the latest priors each pupil has without a gap (n,)."""
    unbroken: Ints = np.cumprod(np.isfinite(priors), axis=1).sum(1)
    return unbroken


def _basis(x: Floats) -> Basis:
    """Knots and boundaries of one prior, rounded to 3 decimals; knots that coincide count once."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        raise ModelError("a baseline whose scores are all equal cannot predict growth")
    margin = WIDENED * (high - low)
    digits = 3 if high - low > 1 else 6
    knots = np.unique(np.round(np.quantile(x, KNOT_PERCENTILES), digits))
    return Basis(tuple(knots.tolist()), (round(low - margin, digits), round(high + margin, digits)))


def _design(bases: Sequence[Basis], priors: Floats) -> Floats:
    blocks = [basis.columns(priors[:, j]) for j, basis in enumerate(bases)]
    return np.hstack([np.ones((len(priors), 1)), *blocks])


def _curves(post: Floats, priors: Floats, bases: Sequence[Basis]) -> Curves:
    """Fit from the distinct (priors, post) rows and their counts, which hold all the information."""
    rows, counts = _distinct(np.column_stack([priors, post]))
    X = _design(bases, rows[:, :-1])
    kept = _independent_columns(X * np.sqrt(counts)[:, None])
    coefficients = np.zeros((len(TAUS), X.shape[1]))
    coefficients[:, kept] = fit_process(X[:, kept], rows[:, -1], TAUS, counts.astype(float))
    return Curves(coefficients, len(post))


def _distinct(rows: Floats) -> tuple[Floats, Ints]:
    """Distinct rows and how often each occurs; one integer prior is counted in a table."""
    low = rows.min(0)
    span = np.ptp(rows, axis=0) + 1
    if rows.shape[1] == 2 and span.prod() < 1e7 and (rows == np.floor(rows)).all():
        code = ((rows[:, 0] - low[0]) * span[1] + rows[:, 1] - low[1]).astype(np.int64)
        table = np.bincount(code)
        cells = np.flatnonzero(table)
        return np.column_stack([cells // int(span[1]) + low[0], cells % int(span[1]) + low[1]]), table[cells]
    rows = rows[np.lexsort(rows.T[::-1])]
    first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(1)))
    return rows[first], np.diff(np.append(first, len(rows)))


def _independent_columns(X: Floats) -> Ints:
    """Columns that are not combinations of earlier ones; a knot span in which no pupil lies, or where those at full marks
    just reach over a rounded knot, is none.
    """
    kept: list[int] = []
    directions = np.zeros((len(X), 0))
    least = _SMALLEST * float(np.linalg.norm(X[:, 0]))  # the intercept's: splines are between 0 and 1
    for j in range(X.shape[1]):
        rest = X[:, j] - directions @ (directions.T @ X[:, j])
        rest -= directions @ (directions.T @ rest)
        if float(np.linalg.norm(rest)) > max(least, 1e-7 * float(np.linalg.norm(X[:, j]))):
            directions = np.column_stack([directions, rest / np.linalg.norm(rest)])
            kept.append(j)
    return np.asarray(kept, dtype=np.int64)
