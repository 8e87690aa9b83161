"""The correction of the priors: the algebra by hand, the known truth, and every way it can be impossible."""

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import prior_error


def test_one_prior_by_hand() -> None:
    """Two classes of ten, deviations ±1 in each: S_w = 20/18, D = 0.2, R = 1 − 0.2·18/20 = 0.82."""
    x = np.r_[np.tile([4.0, 6.0], 5), np.tile([-1.0, 1.0], 5)][:, None]
    cls = np.repeat([0, 1], 10)
    found = prior_error.correct(x, cls, np.zeros(20, int), 0.8)
    assert found.ok and found.S_w[0, 0] == pytest.approx(20 / 18)
    assert found.R[0, 0] == pytest.approx(0.82)
    np.testing.assert_allclose(found.x[:2, 0], [5 - 0.82, 5 + 0.82])
    np.testing.assert_allclose(found.x[-2:, 0], [-0.82, 0.82])


def test_small_classes_use_the_school() -> None:
    rng = np.random.default_rng(0)
    school = np.repeat([0, 1], 50)
    cls = np.r_[np.zeros(45, int), np.ones(5, int), np.zeros(50, int)]
    x = rng.normal(size=(100, 1))
    found = prior_error.correct(x, cls, school, 0.9)
    mean = x[:50].mean()
    np.testing.assert_allclose(x[45:50, 0] - mean, found.deviation[45:50, 0])
    np.testing.assert_allclose(found.x[45:50, 0], mean + found.R[0, 0] * (x[45:50, 0] - mean))
    assert x[:45].mean() != mean


def test_a_class_number_counts_inside_its_school() -> None:
    x = np.r_[np.zeros(20), np.ones(20) * 5][:, None] + np.tile([-1.0, 1.0], 20)[:, None]
    found = prior_error.correct(x, np.zeros(40, int), np.repeat([0, 1], 20), 0.9)
    np.testing.assert_allclose(np.abs(found.deviation), 1.0)


def test_it_finds_the_best_linear_guess_of_the_true_scores() -> None:
    rng = np.random.default_rng(1)
    n, cls = 40_000, np.repeat(np.arange(400), 100)
    centre = rng.normal(size=(400, 2))[cls]
    T = np.array([[0.6, 0.4], [0.4, 0.7]])
    true = centre + rng.multivariate_normal([0, 0], T, n)
    x = true + rng.normal(size=(n, 2)) * np.sqrt([0.4, 0.05])
    found = prior_error.correct(x, cls, np.zeros(n, int), [0.6, 0.95])
    np.testing.assert_allclose(found.R, np.linalg.solve(T + np.diag([0.4, 0.05]), T), atol=0.01)
    inside = found.x - (x - found.deviation)  # x̂ about the class mean: true scores regress on it with slope 1
    slopes = np.linalg.lstsq(inside, true - centre, rcond=None)[0]
    np.testing.assert_allclose(slopes, np.eye(2), atol=0.03)


def test_more_error_than_spread_leaves_the_priors_and_says_why() -> None:
    rng = np.random.default_rng(3)
    cls = np.repeat(np.arange(20), 30)
    x = rng.normal(size=20)[cls][:, None] + 0.3 * rng.normal(size=(600, 1))
    found = prior_error.correct(x, cls, np.zeros(600, int), 0.8)
    assert not found.ok and "measurement error" in found.reason
    np.testing.assert_array_equal(found.x, x)
    np.testing.assert_array_equal(found.R, np.eye(1))


def test_a_prior_without_spread_is_not_corrected() -> None:
    x = np.column_stack([np.random.default_rng(0).normal(size=100), np.ones(100)])
    assert not prior_error.correct(x, np.zeros(100, int), np.zeros(100, int), 0.87).ok


@pytest.mark.parametrize("rho", [0.0, -0.1, 1.2, np.nan])
def test_an_impossible_reliability_is_refused(rho: float) -> None:
    with pytest.raises(ModelError, match="reliability"):
        prior_error.correct(np.zeros((4, 1)), np.zeros(4, int), np.zeros(4, int), rho)


def test_gaps_are_refused() -> None:
    with pytest.raises(ModelError, match="gaps"):
        prior_error.correct([[np.nan], [1.0]], np.zeros(2, int), np.zeros(2, int), 0.9)


def test_jackknife_of_a_mean_is_its_squared_standard_error() -> None:
    rng = np.random.default_rng(4)
    school, y = np.repeat(np.arange(15), 8), rng.normal(size=120)
    V = prior_error.jackknife(lambda out: np.array([y[~out].mean()]), school)
    means = y.reshape(15, 8).mean(1)
    assert V[0, 0] == pytest.approx(means.var(ddof=1) / 15)


def test_many_schools_go_in_groups() -> None:
    masks = []
    school = np.arange(100)

    def estimate(out: np.ndarray) -> np.ndarray:
        masks.append(out)
        return np.zeros(1)

    prior_error.jackknife(estimate, school, most=20)
    assert len(masks) == 20 and (np.sum(masks, axis=0) == 1).all()


def test_leaving_rows_out_is_fitting_without_them() -> None:
    rng = np.random.default_rng(5)
    school = np.repeat(np.arange(5), 60)
    cls = np.tile(np.repeat([0, 1], 30), 5)
    x = rng.normal(size=(300, 3))
    all_ = prior_error.correct(x, cls, school, 0.87)
    out = school == 2
    without = prior_error.correct(x[~out], cls[~out], school[~out], 0.87)
    np.testing.assert_allclose(all_.without(out), without.R, atol=1e-12)
    np.testing.assert_allclose(all_.rescaled(without.R)[~out], without.x, atol=1e-12)


def test_reliability_survives_real_change_between_papers() -> None:
    """A simplex: true scores change (0.9, 0.95 a step), every paper has reliability 0.84."""
    step = np.array([[1, 0.9, 0.855], [0.9, 1, 0.95], [0.855, 0.95, 1]])
    r = 0.84 * step
    np.fill_diagonal(r, 1.0)
    assert prior_error.reliability_from_papers(r) == pytest.approx(0.84)


def test_reliability_needs_three_papers_and_sense() -> None:
    with pytest.raises(ModelError, match="three papers"):
        prior_error.reliability_from_papers(np.eye(2))
    with pytest.raises(ModelError, match="reliability of"):
        prior_error.reliability_from_papers([[1, 0.9, 0.3], [0.9, 1, 0.9], [0.3, 0.9, 1]])
