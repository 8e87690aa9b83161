"""Many small bounded linear programs of one shape at once, by Mehrotra's predictor-corrector.

    max y'a   subject to   X'a = c,  0 ≤ a ≤ 1          (the dual of quantile regression: b its multiplier)

    optimality    w − z = y − Xb      z_i a_i = 0      w_i (1 − a_i) = 0      z, w ≥ 0
    one step      (X'QX) db = X'Q r − (c − X'a)      q = 1/(z/a + w/(1 − a))      r = y − Xb, then with the centring

Symbols: z, w (`low`, `high`) multipliers of a ≥ 0 and a ≤ 1. T problems are stacked in the first axis, so a step
is a handful of array operations whatever T is. Not for: exact optima (it stops at a duality gap; see
quantile_process.py), problems of different sizes.

Source: Portnoy & Koenker (1997), Statistical Science 12, 279–300; Mehrotra (1992), SIAM J. Optimization 2, 575–601.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 40


def solve_stacked(X: Floats, y: Floats, rhs: Floats, share: Floats, b: Floats, tolerance: float) -> Floats:
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
    for _ in range(MOST_STEPS):
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
