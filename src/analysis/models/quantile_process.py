"""Linear quantile regression at many levels at once, exactly.

    minimise over b   Σ_i w_i ρ_τ(y_i − x_i'b),   ρ_τ(r) = r(τ − 1[r < 0]),   τ = τ_1 … τ_T

Symbols: X (n, p) design, y (n,), w weights (counts of equal rows), a ∈ [0, 1]^n the dual variables
(1 for rows above the curve, 0 below, in between only on it), X'Wa = (1 − τ) X'w.

Way: (1) a sample of the rows gives a first curve for every τ; (2) only the rows near a curve can lie on
the wrong side of it, so the rest enter as one summed row a side and a small problem is left for every τ
(Portnoy & Koenker 1997, Statistical Science 12); (3) these are solved together, stacked in one array, by
Mehrotra's predictor-corrector on the bounded dual; (4) the curve is moved to the p rows it passes through
and pivots on all rows (Barrodale & Roberts 1973) go on until no edge descends, which proves the optimum.
A wrong guess in (1)–(3) costs time, never accuracy.

Not for: standard errors of the coefficients; p near n.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ModelError

Floats = NDArray[np.float64]

_BAND = 1.25  # rows kept near a curve, in sd of the sampled curve's own error, counted on both sides
_FIRST_SAMPLE = 1500
_BLOCK_ROWS = 400_000  # stacked rows solved together: bounds the memory at any n
_INSIDE = 1e-9  # slack of the dual box: rounding only
_ROUGH, _CLOSE = 1e-3, 1e-5  # relative duality gap at which the sampled and the banded problems stop
_HAIR = 1e-9  # in sd of y


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
    """Near-optimal coefficients (T, p): the sampled curves first, then the band around each."""
    n, p = Z.shape
    sample = max(_FIRST_SAMPLE, int(2.5 * n ** (2 / 3)))
    if n <= 2 * sample:
        return _blocks(Z, y, w, taus, None, n)
    rows = np.random.default_rng(n).permutation(n)[:sample]  # a fixed sample: the same answer every run
    first = _blocks(Z[rows], y[rows], w[rows], taus, None, sample)
    band = int(n * 2 * _BAND * np.sqrt(p / sample))
    return _blocks(Z, y, w, taus, first, min(n, band))


def _blocks(Z: Floats, y: Floats, w: Floats, taus: Floats, start: Floats | None, kept: int) -> Floats:
    """Solve in blocks of levels so that at most about `_BLOCK_ROWS` stacked rows are in memory."""
    size = max(1, _BLOCK_ROWS // max(kept, len(y) // 8))
    parts = []
    for i in range(0, len(taus), size):
        block = taus[i : i + size]
        if start is None:
            parts.append(_solve_whole(Z, y, w, block))
        else:
            parts.append(_solve_band(Z, y, w, block, start[i : i + size], kept))
    return np.concatenate(parts)


def _solve_whole(Z: Floats, y: Floats, w: Floats, taus: Floats) -> Floats:
    """All rows for every level, from the least-squares fit."""
    Zw, yw = Z * w[:, None], y * w
    b = np.linalg.lstsq(Z * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    T = len(taus)
    rhs = np.outer(1 - taus, Zw.sum(0))
    shape = (T, *Z.shape)
    X, target = np.broadcast_to(Zw, shape), np.broadcast_to(yw, shape[:2])
    return _interior(X, target, rhs, 1 - taus, np.tile(b, (T, 1)), _ROUGH)


def _solve_band(Z: Floats, y: Floats, w: Floats, taus: Floats, start: Floats, kept: int) -> Floats:
    """Only the `kept` rows nearest to each curve; rows above have a = 1, rows below a = 0.

    Levels whose band had no solution, or left a row out on the wrong side, are solved again with twice as
    many rows, around the better curve.
    """
    lever = np.sqrt(np.einsum("ij,ij->i", Z, Z))
    Zw, yw = Z * w[:, None], y * w
    curves, todo = start.copy(), np.arange(len(taus))
    while len(todo):
        r = y - curves[todo] @ Z.T
        rows = np.argpartition(np.abs(r / lever), kept - 1, axis=1)[:, :kept]
        above = (r > 0).astype(float)
        below = 1 - above
        np.put_along_axis(above, rows, 0.0, axis=1)
        np.put_along_axis(below, rows, 0.0, axis=1)
        rhs = np.outer(1 - taus[todo], Zw.sum(0)) - above @ Zw
        share = ((1 - taus[todo]) * w.sum() - above @ w) / w[rows].sum(1)
        found = _interior(Zw[rows], yw[rows], rhs, np.clip(share, 0.02, 0.98), curves[todo], _CLOSE)
        r = y - found @ Z.T
        wrong = ((r > 0) * below + (r < 0) * above).sum(1)
        failed = (found == curves[todo]).all(1) | (wrong > 0)
        curves[todo] = found
        kept = 2 * kept
        todo = todo[failed] if kept < len(y) else todo[:0]
    return curves


def _interior(X: Floats, y: Floats, rhs: Floats, share: Floats, b: Floats, tolerance: float) -> Floats:
    """Predictor-corrector steps for T stacked problems: max y'a, X'a = rhs, 0 ≤ a ≤ 1.

    X (T, m, p), y (T, m), rhs (T, p), share (T,) first value of a, b (T, p). Returns b (T, p), the
    multiplier of X'a = rhs, to a relative gap of `tolerance`. A problem without a solution (a band that
    was too narrow) keeps its first b: the pivots after it need no more than a start.
    """
    result, alive = b.copy(), np.arange(len(b))
    a = np.repeat(share[:, None], y.shape[1], axis=1)
    r = y - _times(X, b)
    scale = np.abs(r).mean(1, keepdims=True) + 1e-12
    low, high = np.maximum(-r, 0) + 1e-3 * scale, np.maximum(r, 0) + 1e-3 * scale
    missing = rhs - _sums(X, a)
    for _ in range(40):
        with np.errstate(all="ignore"):  # an unsolvable problem ends in NaN and leaves
            b, a, low, high, missing = _step(X, y, b, a, low, high, missing)
            gap = (low * a + high * (1 - a)).sum(1)
            done = (gap <= tolerance * scale[:, 0] * X.shape[1]) & (
                np.abs(missing).max(1) <= 1e-7 * X.shape[1]
            )
        result[alive[done]] = b[done]
        go = ~done & np.isfinite(gap)
        if not go.any():
            break
        if go.mean() < 0.75 or not np.isfinite(gap).all():
            alive, X, y, b, a = alive[go], X[go], y[go], b[go], a[go]
            low, high, missing, scale = low[go], high[go], missing[go], scale[go]
    return result


def _step(
    X: Floats, y: Floats, b: Floats, a: Floats, low: Floats, high: Floats, missing: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """One predictor-corrector step; `low`, `high` are the multipliers of a ≥ 0 and a ≤ 1."""
    s = 1 - a
    q = 1 / (low / a + high / s)
    r = y - _times(X, b)
    XtQ = (X * q[..., None]).swapaxes(1, 2)
    S = XtQ @ X
    S += np.eye(X.shape[2]) * (1e-14 * np.trace(S, axis1=1, axis2=2)[:, None, None])
    db = _solve(S, (XtQ @ r[..., None])[..., 0] - missing)
    da = q * (r - _times(X, db))
    dlow, dhigh = -low * (1 + da / a), -high * (1 - da / s)
    primal, dual = _length(a, da, s, -da), _length(low, dlow, high, dhigh)
    gap = (low * a + high * s).sum(1, keepdims=True)
    ahead = ((low + dual * dlow) * (a + primal * da) + (high + dual * dhigh) * (s - primal * da)).sum(
        1, keepdims=True
    )
    mu = gap * (ahead / gap) ** 3 / (2 * y.shape[1])
    cross_low, cross_high = mu - da * dlow, mu + da * dhigh
    r = r + cross_low / a - cross_high / s
    db = _solve(S, (XtQ @ r[..., None])[..., 0] - missing)
    da = q * (r - _times(X, db))
    dlow = (cross_low - low * da) / a - low
    dhigh = (cross_high + high * da) / s - high
    primal, dual = _length(a, da, s, -da), _length(low, dlow, high, dhigh)
    a, low, high = a + primal * da, low + dual * dlow, high + dual * dhigh
    return b + dual * db, a, low, high, missing * (1 - primal)


def _times(X: Floats, b: Floats) -> Floats:
    product: Floats = (X @ b[..., None])[..., 0]
    return product


def _sums(X: Floats, a: Floats) -> Floats:
    total: Floats = (a[:, None, :] @ X)[:, 0]
    return total


def _solve(S: Floats, g: Floats) -> Floats:
    return np.asarray(np.linalg.solve(S, g[..., None])[..., 0], dtype=float)


def _length(u: Floats, du: Floats, v: Floats, dv: Floats) -> Floats:
    """Longest step ≤ 1 that keeps u and v positive, a little short of the wall; (T, 1)."""
    wall = np.minimum((du / u).min(1), (dv / v).min(1))
    length: Floats = np.minimum(1.0, 0.9995 / np.maximum(-wall, 1e-30))[:, None]
    return length


def _optimal_basis(Z: Floats, y: Floats, w: Floats, tau: float, b: Floats) -> NDArray[np.intp]:
    """The p rows on the optimal curve: a vertex near b, then descending edges until the duals fit their box."""
    basis = _independent(Z, np.abs(y - Z @ b))
    for _ in range(50 * Z.shape[1] + len(y)):
        inverse = np.linalg.inv(Z[basis])
        b = np.asarray(inverse @ y[basis], dtype=float)
        r = y - Z @ b
        r[basis] = 0.0
        pull = w * np.where(r > 0, tau, np.where(r < 0, tau - 1, 0.0))
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
        directions: Floats = np.zeros((0, p))
        for i in candidates:
            rest: Floats = Z[i] - directions.T @ (directions @ Z[i])
            length = np.linalg.norm(rest)
            if length > least * np.linalg.norm(Z[i]):
                directions = np.vstack([directions, rest[None] / length])
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
    crossing = crossing[np.argsort(at[crossing], kind="stable")]
    slowed = np.cumsum(w[crossing] * np.abs(slope[crossing]))
    stop = int(np.searchsorted(slowed, excess * w[leaving]))
    return int(crossing[min(stop, len(crossing) - 1)])
