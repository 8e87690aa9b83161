"""Growth percentiles: the definition, its corner cases, and the way back from storage."""

import json

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import growth


def marks(n: int = 2000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prior = rng.normal(300, 50, n)
    return 100 + 0.8 * prior + rng.normal(0, 30, n), prior


def test_percentile_counts_the_quantiles_strictly_below() -> None:
    post, prior = marks()
    model = growth.fit(post, prior)
    curves, order = model.quantiles(prior)
    assert (order == 1).all() and (np.diff(curves, axis=1) >= 0).all()
    percentiles = model.percentiles(post, prior)
    for i in range(0, 2000, 97):
        below = sum(round(float(q), 5) < post[i] for q in curves[i])
        assert percentiles[i] == min(max(below, 1), 99)
    on_a_curve = np.round(curves[:, 49], 5)
    assert (model.percentiles(on_a_curve, prior) <= 49).all()


def test_the_lowest_is_1_and_the_highest_99() -> None:
    post, prior = marks()
    model = growth.fit(post, prior)
    assert (model.percentiles(np.full(5, -1e6), prior[:5]) == 1).all()
    assert (model.percentiles(np.full(5, 1e6), prior[:5]) == 99).all()


def test_percentiles_are_even_and_flat_in_the_prior() -> None:
    post, prior = marks(5000)
    percentiles = growth.fit(post, prior).percentiles(post, prior)
    flat = growth.flatness(percentiles, prior)
    assert abs(flat.correlation) < 0.01
    assert flat.n_pupils.sum() == 5000
    assert np.abs(flat.mean - 50).max() < 3 * flat.se.max()
    share = np.bincount(percentiles, minlength=100)[1:] / 5000
    assert np.abs(share - 0.01).max() < 0.006


def test_flatness_sees_a_slope() -> None:
    _, prior = marks(5000)
    rank = np.argsort(np.argsort(prior)) * 99 // 5000 + 1
    flat = growth.flatness(rank, prior)
    assert flat.correlation > 0.9 and flat.mean[-1] - flat.mean[0] > 80


def test_integer_marks_give_the_same_from_the_table_and_from_rows() -> None:
    post, prior = (np.round(v) for v in marks(3000))
    table, counts = growth._distinct(np.column_stack([prior, post]))
    rows, repeated = np.unique(np.column_stack([prior, post]), axis=0, return_counts=True)
    np.testing.assert_array_equal(table, rows)
    np.testing.assert_array_equal(counts, repeated)


def test_the_highest_order_a_pupil_has_is_used() -> None:
    post, prior = marks(4000)
    rng = np.random.default_rng(3)
    older = prior + rng.normal(0, 20, 4000)
    older[:1500] = np.nan
    priors = np.column_stack([prior, older])
    priors[0, 0] = np.nan
    model = growth.fit(post, priors)
    assert [c.n_pupils for c in model.orders] == [3999, 2500]
    percentiles = model.percentiles(post, priors)
    assert percentiles[0] == growth.NO_PRIOR
    one = growth.fit(post[1:], prior[1:]).percentiles(post, prior)
    np.testing.assert_array_equal(percentiles[1:1500], one[1:1500])
    assert (percentiles[1500:] != one[1500:]).any()


def test_quantiles_stay_in_the_range_of_marks() -> None:
    post, prior = marks()
    clipped, _ = growth.fit(post, prior, clip=(250.0, 400.0)).quantiles(prior)
    assert clipped.min() >= 250 and clipped.max() <= 400


def test_a_model_comes_back_from_json_unchanged() -> None:
    post, prior = marks()
    model = growth.fit(post, prior, clip=(0.0, 900.0))
    again = growth.GrowthModel.from_dict(json.loads(json.dumps(model.to_dict())))
    np.testing.assert_array_equal(again.percentiles(post, prior), model.percentiles(post, prior))
    assert again.clip == (0.0, 900.0) and again.bases == model.bases


def test_projection_finds_the_growth_that_reaches_the_line() -> None:
    rng = np.random.default_rng(4)
    prior = rng.normal(0, 1, 5000)
    post = 0.8 * prior + rng.normal(0, 0.6, 5000)
    model = growth.fit(post, prior)
    start = np.array([-1.0, 0.0, 1.0, np.nan])
    one = model.projection(start, 0.5)
    assert one[3] == growth.NO_PRIOR
    assert one[0] > one[1] > one[2]
    # Φ((0.5 − 0.8·0)/0.6) = 0.798: about the 80th percentile
    assert abs(one[1] - 80) <= 3
    assert model.projection(start, 0.5, exams=2)[0] < one[0]
    assert (model.projection(start[:1], 50.0) == 100).all()
    assert (model.projection(start[:3], -50.0) == 1).all()


def test_40_percent_at_full_marks_share_the_percentile_of_those_below_them() -> None:
    """Who is at the ceiling passed those below it and nobody else: the more start so high, the fewer these are."""
    post, prior = marks(3000)
    top, highest = np.round(np.quantile(post, 0.6)), np.round(np.quantile(prior, 0.6))
    post, prior = np.minimum(np.round(post), top), np.minimum(np.round(prior), highest)
    percentiles = growth.fit(post, prior).percentiles(post, prior)
    full, same = post == top, prior == highest
    shared = np.unique(percentiles[full & same])
    assert len(shared) == 1 and abs(shared[0] - 100 * (post[same] < top).mean()) <= 1.5
    lowest, low = (prior <= q for q in np.quantile(prior, (0.2, 0.4)))
    by_start = [percentiles[full & rows].mean() for rows in (lowest, low & ~lowest, same)]
    below = [100 * (post[rows] < top).mean() for rows in (lowest, low & ~lowest, same)]
    assert np.abs(np.subtract(by_start, below)).max() < 8 and (np.diff(by_start) < -4).all()


def test_two_values_of_the_prior_are_enough() -> None:
    post, prior = marks(3000)
    percentiles = growth.fit(post, np.where(prior > 300, 1.0, 0.0)).percentiles(
        post, np.where(prior > 300, 1.0, 0.0)
    )
    high = percentiles[prior > 300]
    assert abs(high.mean() - 50) < 2


@pytest.mark.parametrize(
    ("post", "prior", "message"),
    [
        (np.arange(999.0), np.arange(999.0), "1000 pupils"),
        (np.arange(1500.0), np.ones(1500), "all equal"),
        (np.full(1500, np.inf), np.arange(1500.0), "infinite"),
        (np.arange(1500.0), np.full(1500, np.nan), "there are 0"),
    ],
)
def test_bad_input_is_named(post: np.ndarray, prior: np.ndarray, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        growth.fit(post, prior)
