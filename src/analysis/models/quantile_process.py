"""Linear quantile regression at many levels at once, exactly.

    minimise over b   Σ_i w_i ρ_τ(y_i − x_i'b),   ρ_τ(r) = r(τ − 1[r < 0]),   τ = τ_1 … τ_T

Symbols: X (n, p) design, y (n,), w weights (counts of equal rows), a ∈ [0, 1]^n the dual variables
(1 for rows above the curve, 0 below, in between only on it), X'Wa = (1 − τ) X'w.

Way: (1) a sample of the rows gives a first curve at every eighth τ; (2) only the rows near a curve can lie
on the wrong side of it, so the rest enter as one summed row a side and a small problem is left (Portnoy &
Koenker 1997, Statistical Science 12, 279–300); the levels between start from their neighbours' curves and need
a narrower band; (3) small problems are solved together (interior_point.py); (4) the curve is moved to the p rows it passes through
and pivots on all rows (Barrodale & Roberts 1973) go on until no edge descends, which proves the optimum.
A wrong guess in (1)–(3) costs time, never accuracy.

Not for: standard errors of the coefficients; p near n.

Source: Koenker & Bassett (1978), Econometrica 46, 33–50 (the problem); Barrodale & Roberts (1973), SIAM J. Numer.
Anal. 10, 839–848 (edges and their weighted median); Portnoy & Koenker (1997), Statistical Science 12, 279–300
(preprocessing); Koenker (2005), Quantile Regression, ch. 6 (optimality by the dual box); docs/methods.md §4B.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.errors import ModelError
from analysis.models.interior_point import solve_stacked

Floats = NDArray[np.float64]

_SPACING = 8  # every eighth level is solved from a sample, those between from their neighbours
_BAND = 1.25  # rows kept near a sampled curve, in sd of its own error, counted on both sides
_TRIES = 3  # widths of the band that are tried
_FINE_BAND = 2.0  # rows kept near an interpolated curve, times √(np)
_FIRST_SAMPLE = 1500
_BLOCK_ROWS = 30_000  # stacked rows solved together: what a core's own cache holds
_FIRST_CROSSINGS = 256  # an edge nearly always ends among its nearest crossings
_INSIDE = 1e-9  # slack of the dual box: rounding only
_ROUGH, _CLOSE = 1e-3, 1e-5  # relative duality gap at which the sampled and the banded problems stop
_HAIR = 1e-9  # in sd of y


class Band(NamedTuple):
    """Rows near one curve (kept,), which rows are above it (n,), and the sums of those above that are not near."""

    near: NDArray[np.intp]
    above: NDArray[np.bool_]
    above_sum: Floats
    above_weight: float


class Rows(NamedTuple):
    """Design Z (n, p), response y, weights w, and the length of each row of Z: its leverage."""

    Z: Floats
    y: Floats
    w: Floats
    lever: Floats

    def take(self, rows: NDArray[np.intp]) -> Rows:
        """Some of the rows."""
        return Rows(*(part[rows] for part in self))

    def band(self, b: Floats, kept: int) -> Band:
        """The `kept` rows nearest to the curve b, in units of their leverage, and what lies above it."""
        r = self.y - self.Z @ b
        near = np.argpartition(np.abs(r) / self.lever, kept - 1)[:kept]
        above = r > 0
        far = above * self.w
        far[near] = 0.0
        return Band(near, above, far @ self.Z, float(far.sum()))

    def sides_kept(self, band: Band, b: Floats) -> bool:
        """Whether every row that was left out lies on the same side of the new curve b."""
        changed = (self.y - self.Z @ b > 0) != band.above
        changed[band.near] = False
        return not changed.any()


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
    ModelError : fewer rows than columns, or dependent columns.
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
    near = _all_near(Z, target, w, np.asarray(taus, dtype=float))
    # Equal marks put many rows on one curve and pivots could turn in a circle: break the ties by a hair.
    untied = target + _HAIR * np.random.default_rng(0).random(len(y))
    bases = [_optimal_basis(Z, untied, w, t, b) for t, b in zip(taus, near, strict=True)]
    exact = [np.linalg.solve(Z[rows], target[rows]) for rows in bases]
    shift = np.linalg.lstsq(X, np.full(len(y), centre), rcond=None)[0]  # exact: X spans the constant
    return np.asarray(np.asarray(exact) @ back.T * scale + shift)


def _all_near(Z: Floats, y: Floats, w: Floats, taus: Floats) -> Floats:
    """Near-optimal coefficients (T, p): every eighth level from a sample and its band, the others from these."""
    rows = Rows(Z, y, w, np.sqrt(np.einsum("ij,ij->i", Z, Z)))
    n, p = Z.shape
    sample = max(_FIRST_SAMPLE, int(2.5 * n ** (2 / 3)))
    order = np.argsort(taus)
    coarse = np.unique(np.append(order[::_SPACING], order[-1]))
    if n <= 2 * sample:
        found = _blocks(rows, taus[coarse], None, n)
    else:
        few = rows.take(np.random.default_rng(n).permutation(n)[:sample])  # fixed: the same answer every run
        first = _blocks(few, taus[coarse], None, sample)
        found = _blocks(rows, taus[coarse], first, int(n * 2 * _BAND * np.sqrt(p / sample)))
    curves = _between(taus[coarse], found, taus)
    rest = np.setdiff1d(order, coarse)
    if len(rest):
        curves[rest] = _blocks(rows, taus[rest], curves[rest], int(_FINE_BAND * np.sqrt(n * p)))
    return curves


def _between(known: Floats, curves: Floats, taus: Floats) -> Floats:
    """Curves at other levels, linear in the normal quantile of the level."""
    order = np.argsort(known)
    at, score = ndtri(known[order]), ndtri(taus)
    return np.stack([np.interp(score, at, column) for column in curves[order].T], axis=1)


def _blocks(rows: Rows, taus: Floats, start: Floats | None, kept: int) -> Floats:
    """Solve in blocks of levels, so few that a block stays in the cache."""
    kept = min(kept, len(rows.y))
    if start is not None and 2 * kept >= len(rows.y):
        start, kept = None, len(rows.y)
    size = max(1, _BLOCK_ROWS // kept)
    parts = [slice(i, i + size) for i in range(0, len(taus), size)]
    if start is None:
        return np.concatenate([_solve_whole(rows, taus[part]) for part in parts])
    return np.concatenate([_solve_band(rows, taus[part], start[part], kept) for part in parts])


def _solve_whole(rows: Rows, taus: Floats) -> Floats:
    """All rows for every level, from the least-squares fit."""
    Zw, yw = rows.Z * rows.w[:, None], rows.y * rows.w
    root = np.sqrt(rows.w)
    b = np.linalg.lstsq(rows.Z * root[:, None], rows.y * root, rcond=None)[0]
    T = len(taus)
    X, target = np.broadcast_to(Zw, (T, *Zw.shape)), np.broadcast_to(yw, (T, len(yw)))
    return solve_stacked(X, target, np.outer(1 - taus, Zw.sum(0)), 1 - taus, np.tile(b, (T, 1)), _ROUGH)


def _solve_band(rows: Rows, taus: Floats, start: Floats, kept: int) -> Floats:
    """Only the `kept` rows nearest to each curve; rows above have a = 1, rows below a = 0.

    Levels whose band had no solution, or left a row out on the wrong side, are solved again with twice as
    many rows, around the better curve; what fails again is left to the pivots.
    """
    curves, todo = start.copy(), np.arange(len(taus))
    total, weight = rows.w @ rows.Z, rows.w.sum()
    for _ in range(_TRIES):
        if not len(todo):
            break
        bands = [rows.band(b, kept) for b in curves[todo]]
        near = np.stack([band.near for band in bands])
        above = np.stack([band.above_sum for band in bands])
        share = np.array([band.above_weight for band in bands])
        share = ((1 - taus[todo]) * weight - share) / rows.w[near].sum(1)
        X, target = rows.Z[near] * rows.w[near][..., None], rows.y[near] * rows.w[near]
        rhs = np.outer(1 - taus[todo], total) - above
        found = solve_stacked(X, target, rhs, np.clip(share, 0.02, 0.98), curves[todo], _CLOSE)
        moved = (found != curves[todo]).any(1)
        right = np.array([rows.sides_kept(band, b) for band, b in zip(bands, found, strict=True)])
        curves[todo] = found
        todo, kept = todo[~(moved & right)], min(2 * kept, len(rows.y))
    return curves


def _optimal_basis(Z: Floats, y: Floats, w: Floats, tau: float, b: Floats) -> NDArray[np.intp]:
    """The p rows on the optimal curve: a vertex near b, then descending edges until the duals fit their box."""
    basis = _independent(Z, np.abs(y - Z @ b))
    for _ in range(50 * Z.shape[1] + len(y)):
        inverse = np.linalg.inv(Z[basis])
        b = np.asarray(inverse @ y[basis], dtype=float)
        r = y - Z @ b
        r[basis] = 0.0
        pull = w * (tau - (r < 0))
        pull[basis] = 0.0
        dual = -(Z.T @ pull) @ inverse / w[basis]
        excess = np.maximum(dual - tau, tau - 1 - dual)
        k = int(np.argmax(excess))
        if excess[k] <= _INSIDE:
            return basis
        sign = 1.0 if dual[k] > tau else -1.0
        basis[k] = _leave(Z @ (inverse[:, k] * -sign), r, w, basis[k], float(excess[k]))
    raise ModelError("the quantile regression did not reach its optimum")


def _independent(Z: Floats, distance: Floats) -> NDArray[np.intp]:
    """The p rows nearest to the curve that are linearly independent."""
    p = Z.shape[1]
    for reach, least in ((min(len(distance), 6 * p), 1e-2), (len(distance), 1e-6)):
        near = np.argpartition(distance, reach - 1)[:reach]
        candidates = near[np.argsort(distance[near], kind="stable")]
        chosen: list[int] = []
        directions: Floats = np.zeros((p, p))
        for i, row in zip(candidates, Z[candidates], strict=True):
            known = directions[: len(chosen)]
            rest: Floats = row - (known @ row) @ known
            length = math.sqrt(rest @ rest)
            if length > least * math.sqrt(row @ row):
                directions[len(chosen)] = rest / length
                chosen.append(int(i))
            if len(chosen) == p:
                return np.asarray(chosen)
    raise ModelError("the columns of the quantile regression depend on each other")


def _leave(slope: Floats, r: Floats, w: Floats, leaving: int, excess: float) -> int:
    """Row at which the loss stops falling along an edge: a weighted-median search of the crossings.

    Along the edge the residuals are r − s·slope, s ≥ 0; `excess` is the speed of descent per unit of the
    leaving row's weight, and every crossing at s = r/slope slows it by w|slope|.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        at = r / slope
    crossing = np.flatnonzero((np.abs(slope) > 1e-10 * np.abs(slope).max()) & (at > 0))
    for reach in (min(_FIRST_CROSSINGS, len(crossing)), len(crossing)):
        nearest = crossing[np.argpartition(at[crossing], reach - 1)[:reach]]
        nearest = nearest[np.argsort(at[nearest], kind="stable")]
        slowed = np.cumsum(w[nearest] * np.abs(slope[nearest]))
        if slowed[-1] >= excess * w[leaving]:
            break
    return int(nearest[min(int(np.searchsorted(slowed, excess * w[leaving])), reach - 1)])
