"""Every level must be the exact optimum of its linear program: checked by the program's own duals and by HiGHS."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from analysis.errors import ModelError
from analysis.models import growth
from analysis.models.quantile_process import fit_process

Floats = NDArray[np.float64]

TAUS = np.array([0.005, 0.05, 0.25, 0.5, 0.8, 0.995])


def loss(X: Floats, y: Floats, w: Floats, tau: float, b: Floats) -> float:
    r = y - X @ b
    return float((w * r * (tau - (r < 0))).sum())


def least_loss(X: Floats, y: Floats, w: Floats, tau: float) -> float:
    """Optimal value by an independent solver, on the dual: max y'a, X'a = (1 − τ) X'w, 0 ≤ a ≤ w."""
    rhs = (1 - tau) * X.T @ w
    found = linprog(-y, A_eq=X.T, b_eq=rhs, bounds=np.column_stack([np.zeros(len(y)), w]), method="highs")
    return float(-found.fun - (1 - tau) * w @ y)


def curved(rng: np.random.Generator, n: int, p: int) -> tuple[Floats, Floats]:
    x = rng.normal(size=n)
    X = np.vander(x / 3, p, increasing=True)
    return X, 0.8 * x + (0.4 + 0.2 * x**2) * rng.standard_t(4, n)


@pytest.mark.parametrize(("n", "p", "seed"), [(30, 2, 0), (200, 4, 1), (900, 8, 2), (5000, 6, 3)])
def test_the_loss_is_the_least(n: int, p: int, seed: int) -> None:
    X, y = curved(np.random.default_rng(seed), n, p)
    w = np.ones(n)
    for tau, b in zip(TAUS, fit_process(X, y, TAUS), strict=True):
        # HiGHS itself stops at 1e-7
        assert loss(X, y, w, tau, b) == pytest.approx(least_loss(X, y, w, tau), rel=2e-8)


def test_the_curve_passes_through_p_rows_and_splits_the_others() -> None:
    X, y = curved(np.random.default_rng(5), 6000, 7)
    for tau, b in zip(TAUS, fit_process(X, y, TAUS), strict=True):
        r = y - X @ b
        on = np.abs(r) < 1e-9
        assert on.sum() == 7
        assert (r[~on] < 0).sum() <= tau * len(y) <= (r < 1e-9).sum()
        a = np.linalg.solve(X[on].T, (1 - tau) * X.sum(0) - X[~on & (r > 0)].sum(0))
        assert (a > -1e-9).all() and (a < 1 + 1e-9).all()


def test_counts_are_repeated_rows() -> None:
    rng = np.random.default_rng(8)
    X, y = curved(rng, 400, 3)
    w = rng.integers(1, 6, 400)
    counted = fit_process(X, y, TAUS, w.astype(float))
    repeated = fit_process(np.repeat(X, w, axis=0), np.repeat(y, w), TAUS)
    for tau, a, b in zip(TAUS, counted, repeated, strict=True):
        assert loss(X, y, w, tau, a) == pytest.approx(loss(X, y, w, tau, b), rel=1e-10)


def test_equal_marks_do_not_stop_it() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(0, 8, 3000).astype(float)
    y = np.clip(x + rng.integers(-2, 3, 3000), 0, 9).astype(float)
    X = np.vander(x / 4, 4, increasing=True)
    for tau, b in zip(TAUS, fit_process(X, y, TAUS), strict=True):
        assert loss(X, y, np.ones(3000), tau, b) == pytest.approx(
            least_loss(X, y, np.ones(3000), tau), rel=1e-9
        )


@pytest.mark.parametrize(("shares", "seed"), [((0.6, 1.0), 2), ((0.8, 0.3), 2), ((0.8, 0.3), 8)])
def test_many_at_full_marks_and_two_priors(shares: tuple[float, float], seed: int) -> None:
    """Splines that a cap leaves nearly dependent, most rows tied: every level is still the optimum."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=3000)
    priors = 0.7 * a[:, None] + 0.7 * rng.normal(size=(3000, 2))
    y = 0.7 * a + 0.7 * rng.normal(size=3000)
    priors, y = np.minimum(priors, np.quantile(priors, shares[0])), np.minimum(y, np.quantile(y, shares[1]))
    model = growth.fit(y, priors)
    kept, w = model.orders[1].coefficients.any(axis=0), np.ones(3000)
    X = growth._design(model.bases, priors)[:, kept]
    for level in (0, 20, 50, 80, 99):
        found = loss(X, y, w, growth.TAUS[level], model.orders[1].coefficients[level, kept])
        assert found == pytest.approx(least_loss(X, y, w, growth.TAUS[level]), rel=1e-7, abs=1e-5)


def test_a_column_that_no_row_of_the_sample_fills() -> None:
    X, y = curved(np.random.default_rng(13), 4000, 3)
    last = np.random.default_rng(4000).permutation(4000)[-2:]  # the sample is the first thousand
    X = np.column_stack([X, np.isin(np.arange(4000), last)])
    for tau, b in zip(TAUS, fit_process(X, y, TAUS), strict=True):
        assert loss(X, y, np.ones(4000), tau, b) == pytest.approx(
            least_loss(X, y, np.ones(4000), tau), rel=2e-8
        )


def test_order_of_the_rows_does_not_matter() -> None:
    X, y = curved(np.random.default_rng(11), 4000, 6)
    mixed = np.random.default_rng(0).permutation(len(y))
    np.testing.assert_allclose(fit_process(X, y, TAUS), fit_process(X[mixed], y[mixed], TAUS), atol=1e-9)


def test_hopeless_designs_are_refused() -> None:
    X = np.ones((50, 2))
    with pytest.raises(ModelError, match="depend on each other"):
        fit_process(X, np.arange(50.0), TAUS)
    with pytest.raises(ModelError, match="exactly"):
        fit_process(np.vander(np.arange(50.0) / 50, 3), np.arange(50.0), TAUS)
    with pytest.raises(ModelError, match="fewer rows"):
        fit_process(np.ones((1, 2)), np.ones(1), TAUS)
