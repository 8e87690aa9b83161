"""Barrodale–Roberts pivots for many quantile regressions of one shape at once.

    minimise over b   Σ_i w_i ρ_τ(y_i − z_i'b) − g'b          (g: the pull of rows that are left out, see quantile_process.py)

A vertex is a curve through p rows, the *basis* B:  b = Z_B⁻¹ y_B. With s_i = τ − 1[r_i < 0] for the other rows,

    dual  d = −(Σ_{i∉B} w_i s_i z_i + g)' Z_B⁻¹ / w_B        optimal  ⇔  τ − 1 ≤ d_k ≤ τ for every k

If d_k lies outside, the loss falls along the edge on which row k leaves the curve; it falls until the crossings of
other rows have used up the descent (their weighted median), and the row crossed there joins the basis.

Symbols: L problems are stacked in the first axis, so one pivot of all of them is a handful of array operations; those
that are done leave the stack. Not for: problems of different sizes; rows tied exactly
(pivots could turn in a circle: quantile_process.py sets them apart by a hair).

Source: Barrodale & Roberts (1973), SIAM J. Numer. Anal. 10, 839–848; Koenker (2005), Quantile Regression, ch. 6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

_FIRST_CROSSINGS = 64
"""An edge nearly always ends among its nearest crossings."""
_INSIDE = 1e-9
"""Slack of the dual box: rounding only."""
_PARALLEL = 1e-8
"""Rows that an edge meets at less than this share of its steepest crossing run along it: they make no vertex."""
_INDEPENDENT = ((6, 1e-2), (None, 1e-2), (None, 1e-4), (None, 1e-6))
"""Of how many rows, as a multiple of p, the first vertex is made, and how independent they must be at least: several
that are nearly dependent make a vertex that is none.
"""


class Stack(NamedTuple):
    """L problems: Z (L, p, m), y (L, m), w (L, m), g (L, p), tau (L,)."""

    Z: Floats
    y: Floats
    w: Floats
    g: Floats
    tau: Floats

    def take(self, some: Bools | Ints) -> Stack:
        """Some of the problems."""
        return Stack(*(part[some] for part in self))

    def at(self, basis: Ints) -> Vertex:
        """Curves through the rows `basis` (L, p)."""
        on = (np.arange(len(basis))[:, None], basis)
        inverse = np.asarray(np.linalg.inv(self.Z.swapaxes(1, 2)[on]), np.float64)
        b: Floats = (inverse @ self.y[on][..., None])[..., 0]
        r = self.y - (b[:, None, :] @ self.Z)[:, 0]
        r[on] = 0.0
        pull = self.w * (self.tau[:, None] - (r < 0))
        pull[on] = 0.0
        force = (self.Z @ pull[..., None])[..., 0] + self.g
        weight: Floats = self.w[on]
        return Vertex(b, r, inverse, np.asarray(-(force[:, None, :] @ inverse)[:, 0] / weight), weight)


class Vertex(NamedTuple):
    """A curve of each problem: b (L, p), residuals r (L, m), Z_B⁻¹ (L, p, p), duals and weights of B (L, p)."""

    b: Floats
    r: Floats
    inverse: Floats
    dual: Floats
    weight: Floats


def descend(problems: Stack, basis: Ints) -> tuple[Floats, Ints, Bools]:
    """From the vertices through `basis` (L, p) along descending edges to the optima.

    Returns
    -------
    b (L, p), basis (L, p), and whether the optimum was found (L,): False where a loss falls beyond every row, so
    that the problem, without the rows left out, has no optimum, and where ties or dependent rows lead in a circle
    or nowhere; b and basis are then those of a vertex before.
    """
    L, p = basis.shape
    curves, bases, found = np.zeros((L, p)), basis.copy(), np.ones(L, dtype=bool)
    alive, basis = np.arange(L), basis.copy()
    for _ in range(50 * p + problems.y.shape[1]):
        try:
            at = problems.at(basis)
        except np.linalg.LinAlgError:
            break
        tau = problems.tau[:, None]
        excess = np.maximum(at.dual - tau, tau - 1 - at.dual)
        k = excess.argmax(1)
        every = np.arange(len(k))
        excess, weight, above = excess[every, k], at.weight[every, k], at.dual[every, k] > problems.tau
        away = np.where(above, -1.0, 1.0)[:, None] * at.inverse[every, :, k]
        row, crossed = _crossing((away[:, None, :] @ problems.Z)[:, 0], at.r, problems.w, excess * weight)
        go = (excess > _INSIDE) & crossed
        stop = ~go
        curves[alive[stop]], bases[alive[stop]] = at.b[stop], basis[stop]
        found[alive[stop]] = excess[stop] <= _INSIDE
        if not go.any():
            return curves, bases, found
        basis[every, k] = row
        if stop.any():
            alive, basis, problems = alive[go], basis[go], problems.take(go)
    found[alive] = False
    return curves, bases, found


def _crossing(slope: Floats, r: Floats, w: Floats, descent: Floats) -> tuple[Ints, Bools]:
    """Row (L,) at which the loss stops falling along an edge: a weighted-median search; and whether it does.

    Along the edge the residuals are r − s·slope, s ≥ 0; `descent` (L,) is the speed at its start, and every crossing
    at s = r/slope slows it by w|slope|.
    """
    size = np.abs(slope)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = r / slope
    crossed = (size > _PARALLEL * size.max(1, keepdims=True)) & (s > 0)
    s, brake = np.where(crossed, s, np.inf), w * size * crossed
    row, stopped = np.empty(len(r), dtype=np.intp), np.zeros(len(r), dtype=bool)
    for reach in (min(_FIRST_CROSSINGS, r.shape[1]), r.shape[1]):
        todo = np.flatnonzero(~stopped)
        if not len(todo):
            break
        row[todo], stopped[todo] = _among(s[todo], brake[todo], descent[todo], reach)
    return row, stopped


def _among(s: Floats, brake: Floats, descent: Floats, reach: int) -> tuple[Ints, Bools]:
    """The crossing among the `reach` nearest; False where they do not stop the descent."""
    line = np.arange(len(s))[:, None]
    nearest = np.argpartition(s, reach - 1, axis=1)[:, :reach]
    nearest = nearest[line, s[line, nearest].argsort(axis=1, kind="stable")]
    slowed = np.cumsum(brake[line, nearest], axis=1)
    place = (slowed < descent[:, None]).sum(1)
    row: Ints = nearest[line[:, 0], np.minimum(place, reach - 1)]
    return row, place < reach


def first_vertex(problems: Stack, b: Floats) -> tuple[Ints, Bools]:
    """The p rows (L, p) nearest to each curve b (L, p) that are independent; and whether there are p."""
    L, p, m = problems.Z.shape
    distance = np.abs(problems.y - (b[:, None, :] @ problems.Z)[:, 0])
    basis, full = np.zeros((L, p), dtype=np.intp), np.zeros(L, dtype=bool)
    for multiple, least in _INDEPENDENT:
        todo = np.flatnonzero(~full)
        if not len(todo):
            break
        reach = m if multiple is None else min(m, multiple * p)
        near = np.argpartition(distance[todo], reach - 1, axis=1)[:, :reach]
        line = np.arange(len(todo))[:, None]
        near = near[line, distance[todo[:, None], near].argsort(axis=1, kind="stable")]
        place, full[todo] = _independent(problems.Z.swapaxes(1, 2)[todo[:, None], near], least)
        basis[todo] = near[line, place]
    return basis, full


def _independent(rows: Floats, least: float) -> tuple[Ints, Bools]:
    """Of the rows (L, c, p), in their order, the first p that are independent (L, p), by Gram–Schmidt."""
    L, _, p = rows.shape
    chosen, full, line = np.zeros((L, p), dtype=np.intp), np.ones(L, dtype=bool), np.arange(L)
    shortest = least**2 * np.einsum("lcp,lcp->lc", rows, rows)
    for k in range(p):
        square = np.einsum("lcp,lcp->lc", rows, rows)
        free = square > shortest
        chosen[:, k] = free.argmax(1)
        full &= free[line, chosen[:, k]]
        direction = rows[line, chosen[:, k]]
        share = (rows @ direction[..., None]) / np.maximum(square[line, chosen[:, k]], 1e-300)[:, None, None]
        rows = rows - share * direction[:, None, :]
    return chosen, full
