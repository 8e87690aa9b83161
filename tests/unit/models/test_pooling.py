"""Pooling over cohorts: hand-worked posteriors, a known truth, forecasts that cover, declines found or not."""

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import pooling


def city(rng: np.random.Generator, r: float, tau: float, se: float, m: int = 60, T: int = 3) -> tuple:
    u = np.empty((m, T + 1))
    u[:, 0] = rng.normal(size=m) * tau
    for t in range(1, T + 1):
        u[:, t] = r * u[:, t - 1] + np.sqrt(1 - r * r) * tau * rng.normal(size=m)
    return u, u[:, :T] + se * rng.normal(size=(m, T))


def test_the_posterior_at_one_grid_point_is_the_textbook_one() -> None:
    """One unit, two cohorts, r = 0.5, τ = 1, s² = 1: û = K(K + I)⁻¹y."""
    pooled = pooling.Pooled(
        np.array([[1.0, 2.0]]), np.ones((1, 2)), np.array([0.5]), np.array([1.0]), np.ones(1), 40_000, 0
    )
    K = 0.5 ** np.abs(np.subtract.outer(range(3), range(3)))
    gain = K[:, :2] @ np.linalg.inv(K[:2, :2] + np.eye(2))
    draws = pooled.draws[:, 0]
    np.testing.assert_allclose(draws.mean(0), gain @ [1.0, 2.0], atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), K - gain @ K[:2], atol=0.02)
    mean, se = pooled.forecast()
    assert mean[0] == draws[:, 2].mean() and se[0] == draws[:, 2].std()


def test_persistence_and_sd_are_recovered() -> None:
    rng = np.random.default_rng(1)
    _, y = city(rng, 0.7, 0.25, 0.08, m=800, T=4)
    r, tau = pooling.pool(y, np.full(y.shape, 0.08**2)).best
    assert abs(r - 0.7) <= 0.1 and abs(tau - 0.25) < 0.03


def test_a_missing_cohort_is_no_information() -> None:
    y = np.array([[0.3, np.nan, 0.2], [np.nan, np.nan, -0.4], [0.1, -0.2, 0.0], [-0.3, 0.1, 0.2]])
    s2 = np.full(y.shape, 0.01)
    pooled = pooling.pool(y, s2)
    at_06 = pooling.Pooled(y[:1], s2[:1], np.array([0.6]), np.array([0.3]), np.ones(1), 10, 0)
    mean, _ = at_06._conditional(np.array([0]))
    K = 0.09 * 0.6 ** np.abs(np.subtract.outer(range(4), range(4)))
    seen = [0, 2]
    expected = K[:, seen] @ np.linalg.solve(K[np.ix_(seen, seen)] + 0.01 * np.eye(2), [0.3, 0.2])
    np.testing.assert_allclose(mean[0, 0], expected, atol=1e-6)
    assert np.isnan(pooled.p_change(-0.05)[1]) and not np.isnan(pooled.p_change(-0.05)[2])
    np.testing.assert_allclose(pooled.mean_last(3)[:, 1], pooled.draws[:, 1, 2])
    np.testing.assert_allclose(pooled.mean_last(3)[:, 0], pooled.draws[:, 0, [0, 2]].mean(1))


def test_intervals_and_forecasts_cover() -> None:
    rng = np.random.default_rng(2)
    inside, ahead = [], []
    for seed in range(25):
        u, y = city(rng, 0.8, 0.25, 0.1)
        pooled = pooling.pool(y, np.full(y.shape, 0.01), 1000, seed)
        lo, hi = np.quantile(pooled.mean_last(), (0.025, 0.975), axis=0)
        mean = u[:, :3].mean(1)
        inside.append(np.mean((lo <= mean) & (mean <= hi)))
        lo, hi = np.quantile(pooled.draws[:, :, -1], (0.025, 0.975), axis=0)
        ahead.append(np.mean((lo <= u[:, 3]) & (u[:, 3] <= hi)))
    assert 0.93 <= np.mean(inside) <= 0.97
    assert 0.93 <= np.mean(ahead) <= 0.97


def test_a_steady_fall_is_found_and_a_null_city_stays_silent() -> None:
    rng = np.random.default_rng(3)
    found: dict[float, list[bool]] = {0.15: [], 0.20: []}
    wrong = 0
    for seed in range(30):
        u, y = city(rng, 0.8, 0.25, 0.09, m=40)
        for fall, hits in found.items():
            changed = y.copy()
            changed[0] += u[0, 0] - u[0, :3] - fall * np.arange(3)
            hits.append(pooling.pool(changed, np.full(y.shape, 0.0081), 800, seed).p_consecutive()[0] >= 0.9)
        null = pooling.pool(0.09 * rng.normal(size=(40, 3)), np.full((40, 3), 0.0081), 800, seed)
        wrong += ((null.p_consecutive() >= 0.9) | (null.p_change(-0.05) >= 0.9)).sum()
        wrong += (np.mean(null.mean_last() <= -0.10, axis=0) >= 0.9).sum()
    assert np.mean(found[0.15]) >= 0.4 and np.mean(found[0.20]) >= 0.65
    assert wrong <= 0.02 * 30 * 40


def test_chance_of_the_same_tier_again_follows_from_persistence() -> None:
    """A school far ahead: nearly sure of the top quarter again where all lasts, a quarter where nothing does."""
    rng = np.random.default_rng(3)
    u = rng.normal(size=40)
    u[0] = 4.0
    lasting = pooling.pool(
        np.column_stack([u, u]) + 0.05 * rng.normal(size=(40, 2)), np.full((40, 2), 0.0025)
    )
    fresh = rng.normal(size=(40, 2))
    fresh[0] = 4.0, 2.5
    gone = pooling.pool(fresh, np.full((40, 2), 0.0025))
    top, bottom = lasting.p_again(0.25)
    assert top[0] > 0.98 and bottom[0] < 0.01
    assert top.sum() == pytest.approx(10) and bottom.sum() == pytest.approx(10)
    assert gone.p_again(0.25)[0][0] < top[0] - 0.2


def test_consecutive_needs_two_observed_falls() -> None:
    y = np.array([[0.5, 0.6, -0.5], [0.5, 0.0, -0.5], [0.5, np.nan, -0.5], [0.4, 0.5, 0.45]])
    p = pooling.pool(y, np.full(y.shape, 1e-4)).p_consecutive()
    assert p[0] == 0 and p[1] > 0.99 and p[2] == 0
    assert (pooling.pool(y[:, :2], np.full((4, 2), 1e-4)).p_consecutive() == 0).all()


@pytest.mark.parametrize(
    ("y", "s2", "message"),
    [
        ([[np.nan]], [[1.0]], "no unit"),
        ([[1.0]], [[0.0]], "not positive"),
        ([[1.0]], [[-1.0]], "not positive"),
    ],
)
def test_bad_input_is_named(y: list, s2: list, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        pooling.pool(y, s2)
