"""Pivots against the linear programme they solve, by scipy's simplex: many shapes, levels, ties, weights, pulls."""

import numpy as np
import pytest
from scipy.optimize import linprog

from analysis.models.pivots import Stack, descend, first_vertex

LEVELS = (0.01, 0.25, 0.5, 0.9, 0.99)
HAIR = 1e-9
"""Rows of equal marks are set apart by so much before the pivots see them (quantile_process.py)."""


def problems(seed: int, m: int = 60, p: int = 3, levels: tuple[float, ...] = LEVELS) -> Stack:
    """One random design at every level, intercept first, y in whole marks."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(m), rng.normal(size=(m, p - 1)).round(1)])
    y = (2 * X[:, -1] + rng.standard_t(3, m)).round() + HAIR * rng.random(m)
    L = len(levels)
    return Stack(
        np.broadcast_to(X.T, (L, p, m)).copy(),
        np.broadcast_to(y, (L, m)).copy(),
        np.broadcast_to(rng.integers(1, 5, m).astype(float), (L, m)).copy(),
        np.zeros((L, p)),
        np.array(levels),
    )


def loss(stack: Stack, at: int, b: np.ndarray) -> float:
    r = stack.y[at] - b @ stack.Z[at]
    return float((stack.w[at] * r * (stack.tau[at] - (r < 0))).sum() - stack.g[at] @ b)


def programme(stack: Stack, at: int):
    """minimise Σ w (τ u + (1 − τ) v) − g'b  subject to  Z'b + u − v = y,  u, v ≥ 0."""
    Z, y, w, tau = stack.Z[at], stack.y[at], stack.w[at], stack.tau[at]
    p, m = Z.shape
    return linprog(
        np.concatenate([-stack.g[at], tau * w, (1 - tau) * w]),
        A_eq=np.hstack([Z.T, np.eye(m), -np.eye(m)]),
        b_eq=y,
        bounds=[(None, None)] * p + [(0, None)] * (2 * m),
        method="highs",
    )


def solved(stack: Stack) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    basis, full = first_vertex(stack, np.zeros(stack.g.shape))
    assert full.all()
    return descend(stack, basis)


def is_optimal(stack: Stack) -> None:
    b, basis, found = solved(stack)
    assert found.all()
    for at in range(len(b)):
        best = programme(stack, at)
        assert best.status == 0
        assert loss(stack, at, b[at]) == pytest.approx(best.fun, rel=1e-9, abs=1e-7)
        on = stack.y[at] - b[at] @ stack.Z[at]
        np.testing.assert_allclose(on[basis[at]], 0, atol=1e-9)
        assert len(set(basis[at].tolist())) == stack.Z.shape[1]


@pytest.mark.parametrize("seed", range(12))
def test_they_end_where_the_linear_programme_does(seed: int) -> None:
    is_optimal(problems(seed, m=20 + 9 * seed, p=1 + seed % 5))


@pytest.mark.parametrize("seed", range(4))
def test_levels_at_the_ends_of_the_scale(seed: int) -> None:
    """Below 1/m the curve runs under all rows, above 1 − 1/m over all of them."""
    ends = problems(seed, levels=(1e-4, 0.005, 0.995, 1 - 1e-4))
    is_optimal(ends)
    b, _, _ = solved(ends)
    r = ends.y - (b[:, None, :] @ ends.Z)[:, 0]
    assert (r[0] > -1e-9).all() and (r[-1] < 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_are_there_many_times(seed: int) -> None:
    """The same pupil three times over, and once with three times the weight, is the same curve."""
    once = problems(seed, m=25)
    thrice = Stack(np.tile(once.Z, 3), np.tile(once.y, 3), np.tile(once.w, 3), once.g, once.tau)
    hair = HAIR * np.random.default_rng(seed).random(thrice.y.shape)
    thrice = thrice._replace(y=thrice.y + hair)
    is_optimal(thrice)
    heavy, _, _ = solved(once._replace(w=3 * once.w))
    for at, b in enumerate(solved(thrice)[0]):
        assert loss(thrice, at, b) == pytest.approx(loss(thrice, at, heavy[at]), rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_pull_of_rows_that_are_left_out(seed: int) -> None:
    """Rows far from the curve, entered by the sum of their pulls, change nothing."""
    whole = problems(seed, m=80)
    best, _, _ = solved(whole)
    r = whole.y - (best[:, None, :] @ whole.Z)[:, 0]
    near = np.argsort(np.abs(r), axis=1)[:, :50]
    every = np.arange(len(near))[:, None]
    pull = whole.w * (whole.tau[:, None] - (r < 0))
    pull[every, near] = 0.0
    Z = whole.Z.swapaxes(1, 2)[every, near].swapaxes(1, 2)
    g = (whole.Z @ pull[..., None])[..., 0]
    band = Stack(Z, whole.y[every, near], whole.w[every, near], g, whole.tau)
    is_optimal(band)
    for at, b in enumerate(solved(band)[0]):
        assert loss(whole, at, b) == pytest.approx(loss(whole, at, best[at]), rel=1e-9)


def test_a_loss_that_falls_beyond_every_row_is_no_optimum() -> None:
    """A pull that no row can hold: the programme has no bounds; the problem beside it is solved all the same."""
    stack = problems(1, levels=(0.5, 0.5))
    stack.g[0, 0] = 10 * stack.w[0].sum()
    _, _, found = solved(stack)
    assert programme(stack, 0).status != 0
    assert found.tolist() == [False, True]


def test_problems_of_a_stack_do_not_know_each_other() -> None:
    stack = problems(5)
    b, basis, _ = solved(stack)
    for at in range(len(b)):
        alone, rows, _ = solved(stack.take(np.array([at])))
        np.testing.assert_array_equal(np.sort(rows[0]), np.sort(basis[at]))
        np.testing.assert_allclose(alone[0], b[at], rtol=1e-12)


def test_the_first_vertex_is_the_nearest_rows_that_are_independent() -> None:
    """Rows 0 and 1 are the same point of the design: the second of them cannot help, the third nearest does."""
    X = np.column_stack([np.ones(21), [1.0, *range(1, 21)]])
    y = np.array([0.1, 0.2, 0.3, *range(5, 23)])
    stack = Stack(X.T[None], y[None], np.ones((1, 21)), np.zeros((1, 2)), np.array([0.5]))
    basis, full = first_vertex(stack, np.zeros((1, 2)))
    assert full.all() and basis.tolist() == [[0, 2]]


def test_a_column_that_depends_on_another_leaves_no_first_vertex() -> None:
    stack = problems(2, p=3, levels=(0.3, 0.7))
    stack.Z[0, 2] = 2 * stack.Z[0, 0] - stack.Z[0, 1]
    _, full = first_vertex(stack, np.zeros((2, 3)))
    assert full.tolist() == [False, True]


def test_the_first_vertex_goes_further_rather_than_through_rows_that_are_nearly_one() -> None:
    rng = np.random.default_rng(1)
    near = [1.0, 0, 0, 0] + 1e-4 * rng.normal(size=(30, 4))
    X = np.vstack([near, rng.normal(size=(10, 4))])
    y = np.append(np.full(30, 0.1), np.full(10, 5.0))
    stack = Stack(X.T[None], y[None], np.ones((1, 40)), np.zeros((1, 4)), np.array([0.5]))
    basis, full = first_vertex(stack, np.zeros((1, 4)))
    assert full.all() and np.linalg.cond(X[basis[0]]) < 1000


def test_from_a_vertex_that_is_none_nothing_is_found_and_nothing_stops() -> None:
    stack = problems(3, p=3)
    basis, _ = first_vertex(stack, np.zeros((len(stack.y), 3)))
    basis[0] = [4, 4, 5]
    assert not descend(stack, basis)[2].any()
