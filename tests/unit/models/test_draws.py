"""Posterior draws: hand-made ranks and probabilities, and agreement with the fit they come from."""

import numpy as np
import pandas as pd
import pytest

from analysis.models import draws, nested, ratios
from analysis.models.draws import EffectDraws


def made(values: list[list[float]]) -> EffectDraws:
    return EffectDraws(pd.MultiIndex.from_arrays([range(len(values[0]))]), np.array(values), seed=1)


def fitted(
    schools: int = 30, classes: int = 5, n: int = 40, tau: float = 0.3, tau_class: float = 0.2, seed: int = 0
) -> nested.NestedFit:
    rng = np.random.default_rng(seed)
    leaf = np.repeat(np.arange(schools * classes), n)
    school, x = leaf // classes, rng.normal(size=len(leaf))
    y = (
        0.7 * x
        + (tau * rng.normal(size=schools))[school]
        + (tau_class * rng.normal(size=schools * classes))[leaf]
    )
    y += 0.6 * rng.normal(size=len(y))
    return nested.fit_rows(y, x[:, None], {"class": leaf, "school": school})


def test_ranks_and_probabilities_by_hand() -> None:
    units = made(
        [[0.3, 0.1, -0.2, -0.4], [0.1, 0.2, -0.3, -0.4], [0.5, 0.1, 0.2, -0.1], [0.4, 0.3, -0.2, -0.3]]
    )
    assert units.p_below(-0.2).tolist() == [0, 0, 0.75, 0.75]
    assert units.p_above(0.1).tolist() == [0.75, 0.5, 0.25, 0]
    assert units.p_beyond(0.3).tolist() == [0.75, 0.25, 0.25, 0.75]
    assert units.p_first(1).tolist() == [0.75, 0.25, 0, 0]
    assert units.p_first(2).tolist() == [1, 0.75, 0.25, 0]
    assert units.p_top(0.25).tolist() == [0.75, 0.25, 0, 0]
    assert units.p_bottom(0.25).tolist() == [0, 0, 0, 1]
    best, worst = units.ranks(coverage=1.0)
    assert best.tolist() == [1, 1, 2, 4] and worst.tolist() == [2, 3, 3, 4]


def test_intervals_are_quantiles_of_the_draws() -> None:
    values = np.random.default_rng(0).normal([0, 1, 2], size=(2001, 3))
    lo, hi = made(values.tolist()).interval()
    np.testing.assert_allclose(lo, np.quantile(values, 0.025, axis=0), atol=0.02)
    np.testing.assert_allclose(hi, np.quantile(values, 0.975, axis=0), atol=0.02)


def test_ties_are_broken_at_random() -> None:
    tied = made(np.zeros((4000, 4)).tolist())
    np.testing.assert_allclose(tied.p_first(1), 0.25, atol=0.03)
    best, worst = tied.ranks()
    assert best.tolist() == [1] * 4 and worst.tolist() == [4] * 4


def test_the_same_seed_gives_the_same_draws() -> None:
    fit = fitted()
    a, b, c = (draws.posterior(fit, n_draws=50, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.position["class"].values, b.position["class"].values)
    assert not np.array_equal(a.position["class"].values, c.position["class"].values)


def test_draws_centre_on_the_predictions_with_the_comparative_variance() -> None:
    fit = fitted(schools=60)
    drawn, predicted = draws.posterior(fit, n_draws=4000), draws.recentred(fit)
    for level in ("school", "class"):
        for part, index in ((drawn.position, 0), (drawn.own, 1)):
            gap = part[level].values.mean(0) - predicted[level][index]
            assert np.abs(gap).max() < 0.05 and abs(gap.mean()) < 1e-3
    se = np.sqrt(fit.effects["class"].cumulated_variance)
    np.testing.assert_allclose(drawn.position["class"].values.std(0), se, rtol=0.15)


def test_effects_are_recentred_by_pupils_in_every_draw() -> None:
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(12), rng.integers(20, 200, 12))
    y = rng.normal(size=len(school)) + rng.normal(size=12)[school]
    drawn = draws.posterior(nested.fit_rows(y, np.zeros((len(y), 0)), {"school": school}), n_draws=100)
    share = np.bincount(school) / len(school)
    np.testing.assert_allclose(drawn.position["school"].values @ share, 0, atol=1e-12)
    other = draws.posterior(
        nested.fit_rows(y, np.zeros((len(y), 0)), {"school": school}), [np.eye(12)[0]], n_draws=100
    )
    np.testing.assert_allclose(other.position["school"].values[:, 0], 0, atol=1e-12)


def test_position_is_the_sum_of_own_parts() -> None:
    fit = fitted()
    drawn = draws.posterior(fit, n_draws=20)
    parent = fit.model.tree.parents[0]
    total = drawn.own["school"].values[:, parent] + drawn.own["class"].values
    gap = total - drawn.position["class"].values
    np.testing.assert_allclose(gap, gap[:, :1] * np.ones(gap.shape[1]), atol=1e-12)


def test_the_ratios_are_drawn_from_their_likelihood() -> None:
    """One level, balanced: SSB/(σ²(1 + nθ)) ~ χ²_{J−1}, so the spread of θ is known."""
    rng = np.random.default_rng(5)
    school = np.repeat(np.arange(40), 50)
    y = rng.normal(size=2000) + 0.4 * rng.normal(size=40)[school]
    fit = nested.fit_rows(y, np.zeros((2000, 0)), {"school": school})
    theta = draws.posterior(fit, n_draws=4000).theta[:, 0]
    between = 50 * np.var(np.bincount(school, y) / 50) * 40
    # posterior flat in √θ: compare with a brute-force grid of the same likelihood
    grid = np.linspace(0.02, 1.2, 4000)
    scale = 1 + 50 * grid**2
    level = -0.5 * (39 * np.log(scale) + between / (fit.sigma2 * scale))
    weight = np.exp(level - level.max())
    mean = (weight * grid).sum() / weight.sum()
    sd = np.sqrt((weight * (grid - mean) ** 2).sum() / weight.sum())
    assert np.sqrt(theta).mean() == pytest.approx(mean, abs=0.006)
    assert np.sqrt(theta).std() == pytest.approx(sd, rel=0.1)


@pytest.mark.parametrize("box", [0.5, 1.0, 2.0])
def test_a_similar_fit_saves_the_search_and_changes_no_interval(box: float) -> None:
    """A mesh of another fit, too small, right or too large: what is likely is held by it, and no more."""
    fit, similar = fitted(), fitted(tau=0.3 * box, tau_class=0.2 * box, seed=1)
    alone, near = ratios.likely(fit.model, fit.theta), ratios.likely(fit.model, fit.theta, similar.likely)
    for mesh in (alone, near):
        edge = (mesh.thetas[:, None] == [axis[-1] for axis in mesh.axes]).any((1, 2))
        assert (mesh.deviance[edge, 0] > mesh.deviance.min() + ratios.DROP / 2).all()
        assert (mesh.deviance < mesh.deviance.min() + ratios.DROP).mean() > 0.15
    quantiles = []
    for mesh in (alone, near):
        weight = np.exp(-mesh.deviance[:, 0] / 2 + mesh.deviance.min() / 2)
        mean = weight @ np.sqrt(mesh.thetas) / weight.sum()
        quantiles.append([mean, np.sqrt(weight @ (np.sqrt(mesh.thetas) - mean) ** 2 / weight.sum())])
    np.testing.assert_allclose(*quantiles, rtol=0.02)


def test_extra_error_of_beta_widens_the_effects_by_what_it_does_to_them() -> None:
    fit = fitted(tau_class=0.01)
    extra = np.zeros((2, 2))
    extra[1, 1] = 0.05**2
    plain, wide = (draws.posterior(fit, n_draws=6000, seed=4, extra=e) for e in (None, extra))
    tree, moments = fit.model.tree, fit.model.moments.raw()
    x = np.bincount(tree.leaves_of(1), moments.sums[:, 1]) / np.bincount(tree.leaves_of(1), moments.weight)
    x = x - x.mean()
    added = wide.position["school"].values.var(0) - plain.position["school"].values.var(0)
    expected = (0.05 * x * fit.effects["school"].reliability) ** 2
    assert np.corrcoef(added, expected)[0, 1] > 0.5
    assert added.sum() == pytest.approx(expected.sum(), rel=0.6)


def test_no_differences_are_named() -> None:
    school = np.repeat(np.arange(20), 30)
    for seed in range(20):
        y = np.random.default_rng(seed).normal(size=600)
        fit = nested.fit_rows(y, np.zeros((600, 0)), {"school": school})
        if fit.theta[0] == 0:
            break
    drawn = draws.posterior(fit, n_draws=400)
    assert drawn.no_differences == ("school",)
    assert not (drawn.p_above("school", 0.2) > 0.2).any()
    assert draws.posterior(fitted(), n_draws=10).no_differences == ()


def test_variance_intervals_are_close_to_the_profile_ones() -> None:
    fit = fitted(schools=40, classes=6)
    drawn = draws.posterior(fit, n_draws=4000)
    for component in ("school", "class", "residual"):
        np.testing.assert_allclose(drawn.variance_interval(component), fit.interval(component), rtol=0.12)


def test_many_schools_use_the_estimate() -> None:
    rng = np.random.default_rng(6)
    school = np.repeat(np.arange(501), 10)
    y = rng.normal(size=5010) + 0.3 * rng.normal(size=501)[school]
    fit = nested.fit_rows(y, np.zeros((5010, 0)), {"school": school})
    assert (draws.posterior(fit, n_draws=5).theta == fit.theta).all()


def test_shorthands_ask_the_position() -> None:
    drawn = draws.posterior(fitted(), n_draws=200)
    units = drawn.position["class"]
    np.testing.assert_array_equal(drawn.p_below("class", -0.1), units.p_below(-0.1))
    np.testing.assert_array_equal(drawn.p_above("class", 0.1), units.p_above(0.1))
    np.testing.assert_array_equal(drawn.ranks("class"), units.ranks())
    np.testing.assert_array_equal(drawn.interval("class"), units.interval())
    np.testing.assert_array_equal(drawn.p_top("class", 0.25), units.p_top(0.25))
    np.testing.assert_array_equal(drawn.p_bottom("class", 0.25), units.p_bottom(0.25))
