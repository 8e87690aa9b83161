"""Linear quantile regression at many levels at once, exactly.

    minimise over b   Σ_i w_i ρ_τ(y_i − x_i'b),   ρ_τ(r) = r(τ − 1[r < 0]),   τ = τ_1 … τ_T

Symbols: X (n, p) design, y (n,), w weights (counts of equal rows); b_τ passes through p rows.

Way: (1) a sample of the rows gives a first curve at every twelfth level; (2) only the rows near a curve can lie on
the wrong side of it, so the rest enter by the sum of their pulls and a small problem is left (Portnoy & Koenker 1997);
(3) pivots, of many levels together, lead to its optimum (pivots.py); (4) where no row that was left out has changed
sides that is the optimum of all rows, else the band is taken anew around the better curve, wider; (5) the levels between
start from the curves of their neighbours and need a narrower band. A wrong guess costs time, never accuracy.

Not for: standard errors of the coefficients; p near n.

Source: Koenker & Bassett (1978), Econometrica 46, 33–50 (the problem); Barrodale & Roberts (1973), SIAM J. Numer.
Anal. 10, 839–848 (pivots); Portnoy & Koenker (1997), Statistical Science 12, 279–300 (preprocessing); Koenker (2005),
Quantile Regression, ch. 4 and 6 (the process in τ; optimality by the dual box); docs/methods.md §4B.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.errors import ModelError
from analysis.models.pivots import Stack, descend, first_vertex

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_SPACING = 12
"""Every so manieth level is solved from a sample, those between from their neighbours."""
_SAMPLE_BAND = 1.0
"""Rows kept near a sampled curve, in sd of its own error, counted on both sides."""
_BAND = 1.4
"""Rows kept near a curve between two known ones, times √(np)."""
_FEWEST = 12
"""Rows kept at least, times p."""
_WIDER = 4
"""How much wider a band is taken that was too narrow."""
_FIRST_SAMPLE = 1000
_EXACT = 1e-9
"""In sd of y: a response that no row leaves by more is explained exactly."""
_NUMBERS = 2_000_000
"""Residuals (levels × rows) held at once."""
_STACKED = 100_000
"""Rows of stacked problems solved together: what a core's own cache holds."""
_HAIR, _TIED_HAIR = 1e-9, 1e-7
"""In sd of y; of values that several rows share. Of many rows at full marks, upper curves are hairs and nothing else."""


def fit_process(X: Floats, y: Floats, taus: Floats, weights: Floats | None = None) -> Floats:
    """Coefficients at every level: the exact optima of the linear programs.

    Parameters
    ----------
    X : (n, p), full column rank; y : (n,); taus : (T,) inside (0, 1); weights : (n,) > 0, counts.

    Returns
    -------
    (T, p)

    Raises
    ------
    ModelError : fewer rows than columns, dependent columns, or a response that they explain exactly.
    """
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if len(y) < X.shape[1]:
        raise ModelError("fewer rows than coefficients in the quantile regression")
    root = np.linalg.qr(X * np.sqrt(w)[:, None], mode="r")
    diagonal = np.abs(np.diag(root))
    if diagonal.min() <= 1e-10 * diagonal.max():
        raise ModelError("the columns of the quantile regression depend on each other")
    back = np.linalg.inv(root) * np.sqrt(w.sum())
    centre, scale = float(np.average(y, weights=w)), float(y.std()) or 1.0
    Z, target = np.ascontiguousarray(X @ back), (y - centre) / scale
    left = target - Z @ (Z.T @ (w * target)) / w.sum()
    if np.abs(left).max() <= _EXACT:
        raise ModelError(
            "the scores follow from the baseline exactly: there is no growth to tell",
            "is one exam its own baseline?",
        )
    # Equal marks put many rows on one curve and pivots could turn in a circle: break the ties by a hair.
    untied = target + _hairs(y) * np.random.default_rng(0).random(len(y))
    taus = np.asarray(taus, dtype=float)
    order = np.argsort(taus)
    bases = np.empty((len(taus), X.shape[1]), dtype=np.intp)
    bases[order] = _all_bases(Rows.of(Z, untied, w), taus[order])
    exact = np.linalg.solve(Z[bases], target[bases][..., None])[..., 0]
    shift = np.linalg.lstsq(X, np.full(len(y), centre), rcond=None)[0]  # exact: X spans the constant
    return np.asarray(exact @ back.T * scale + shift)


def _hairs(y: Floats) -> Floats:
    """How far each row (n,) may be moved."""
    _, which, n = np.unique(y, return_inverse=True, return_counts=True)
    return np.where(n[which] > 1, _TIED_HAIR, _HAIR)


class Band(NamedTuple):
    """Of L curves: the rows near each (L, m), the small problems they make, and which rows are above (L, n)."""

    near: Ints
    problems: Stack
    above: Bools


class Rows(NamedTuple):
    """Design Z' (p, n), response y, weights w, and the length of each row of Z, its leverage, inverted."""

    Z: Floats
    y: Floats
    w: Floats
    closeness: Floats

    @classmethod
    def of(cls, Z: Floats, y: Floats, w: Floats) -> Rows:
        """From a design (n, p)."""
        return cls(np.ascontiguousarray(Z.T), y, w, 1 / np.sqrt(np.einsum("ij,ij->i", Z, Z)))

    def take(self, rows: Ints) -> Rows:
        """Some of the rows."""
        return Rows(*(np.take(part, rows, axis=-1) for part in self))

    def residuals(self, b: Floats) -> Floats:
        """(L, n) of the curves b (L, p)."""
        return np.asarray(self.y - b @ self.Z)

    def band(self, b: Floats, taus: Floats, kept: int) -> Band:
        """The `kept` rows nearest to each curve b (L, p), in units of their leverage; what lies beyond as a pull."""
        r = self.residuals(b)
        above = r > 0
        near = np.argpartition(np.abs(r) * self.closeness, kept - 1, axis=1)[:, :kept]
        Z, w = np.ascontiguousarray(self.Z[:, near].swapaxes(0, 1)), self.w[near]
        weighted = self.w * self.Z
        far_above = above.astype(float)
        np.put_along_axis(far_above, near, 0.0, axis=1)
        far = weighted.sum(1) - (Z @ w[..., None])[..., 0]
        pull = far_above @ weighted.T - (1 - taus)[:, None] * far
        return Band(near, Stack(Z, self.y[near], w, pull, taus), above)

    def sides_kept(self, band: Band, b: Floats) -> Bools:
        """Whether every row that was left out lies on the same side of the new curves b (L,)."""
        changed = (self.residuals(b) > 0) != band.above
        np.put_along_axis(changed, band.near, False, axis=1)
        return np.asarray(~changed.any(1))


def _all_bases(rows: Rows, taus: Floats) -> Ints:
    """The p rows (T, p) on the optimal curve of every level; taus ascending."""
    T, (p, n) = len(taus), rows.Z.shape
    coarse = np.unique(np.append(np.arange(0, T, _SPACING), T - 1))
    rest = np.setdiff1d(np.arange(T), coarse)
    bases = np.empty((T, p), dtype=np.intp)
    bases[coarse], curves = _coarse(rows, taus[coarse])
    if len(rest):
        start = _between(taus[coarse], curves, taus[rest])
        bases[rest], _ = _solve(rows, taus[rest], start, int(_BAND * np.sqrt(n * p)))
    return bases


def _coarse(rows: Rows, taus: Floats) -> tuple[Ints, Floats]:
    """Bases and curves (T, p) of levels far apart, from a sample where there are many rows."""
    p, n = rows.Z.shape
    sample = max(_FIRST_SAMPLE, int(2.5 * n ** (2 / 3)))
    if n <= 2 * sample:
        return _solve(rows, taus, _parallel(rows, taus), n)
    few = rows.take(np.random.default_rng(n).permutation(n)[:sample])  # fixed: the same answer every run
    try:
        _, first = _solve(few, taus, _parallel(few, taus), sample)
    except ModelError:  # a column that hardly any row fills, and none of the sample
        return _solve(rows, taus, _parallel(rows, taus), n)
    return _solve(rows, taus, first, int(n * 2 * _SAMPLE_BAND * np.sqrt(p / sample)))


def _parallel(rows: Rows, taus: Floats) -> Floats:
    """The least-squares fit, shifted to leave a share τ of the rows below (T, p)."""
    b, one = np.linalg.lstsq(rows.Z.T, np.column_stack([rows.y, np.ones_like(rows.y)]), rcond=None)[0].T
    return np.asarray(b + np.outer(np.quantile(rows.residuals(b), taus), one))


def _between(known: Floats, curves: Floats, taus: Floats) -> Floats:
    """Curves at other levels, linear in the normal quantile of the level."""
    at, score = ndtri(known), ndtri(taus)
    return np.stack([np.interp(score, at, column) for column in curves.T], axis=1)


def _solve(rows: Rows, taus: Floats, start: Floats, kept: int) -> tuple[Ints, Floats]:
    """Bases and curves (T, p) that are optimal for all rows, from curves that are near."""
    p, n = rows.Z.shape
    bases, curves, todo = np.empty(start.shape, dtype=np.intp), start.copy(), np.arange(len(taus))
    kept = min(n, max(kept, _FEWEST * p))
    while len(todo):
        size = max(1, min(_NUMBERS // n, _STACKED // kept))
        failed = []
        for levels in np.split(todo, range(size, len(todo), size)):
            bases[levels], curves[levels], right = _attempt(rows, taus[levels], curves[levels], kept)
            failed.append(levels[~right])
        todo = np.concatenate(failed)
        if len(todo) and kept == n:
            raise ModelError("the quantile regression did not reach its optimum")
        kept = min(n, _WIDER * kept)
    return bases, curves


def _attempt(rows: Rows, taus: Floats, start: Floats, kept: int) -> tuple[Ints, Floats, Bools]:
    """Bases and curves of the problems of the `kept` rows near each start, and whether they are those of all rows."""
    band = rows.band(start, taus, kept)
    first, there = first_vertex(band.problems, start)
    if not there.all():
        return first, start, np.zeros(len(taus), dtype=bool)
    curves, basis, found = descend(band.problems, first)
    return np.take_along_axis(band.near, basis, axis=1), curves, found & rows.sides_kept(band, curves)
