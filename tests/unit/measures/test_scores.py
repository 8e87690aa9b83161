"""Scales of scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.measures.scores import capped, mark_range, normal_scores, standard_scores, t_points, z_per_mark
from analysis.measures.totals import effective_weights

marks = st.lists(st.integers(0, 150), min_size=3, max_size=60).filter(lambda x: len(set(x)) > 1)


@given(marks)
def test_normal_scores_have_mean_0_and_sd_1(values: list[int]) -> None:
    z = normal_scores(np.array(values, float))
    assert z.mean() == pytest.approx(0, abs=1e-9)
    assert z.std() == pytest.approx(1, abs=1e-9)


@given(marks)
def test_normal_scores_depend_on_order_only(values: list[int]) -> None:
    x = np.array(values, float)
    assert normal_scores(np.exp(x / 50)) == pytest.approx(normal_scores(x), abs=1e-12)


def test_ties_share_a_score_and_missing_stays_missing() -> None:
    z = normal_scores(np.array([3, 1, 3, np.nan, 7.0]))
    assert z[0] == z[2]
    assert np.isnan(z[3])
    assert np.isfinite(z[[0, 1, 4]]).all()


def test_whole_weights_are_copies_of_pupils() -> None:
    x, w = np.array([1, 5, 5, 9.0]), np.array([2, 1, 3, 4.0])
    copies = normal_scores(np.repeat(x, w.astype(int)))
    weighted = normal_scores(x, w)
    assert weighted == pytest.approx(copies[[0, 2, 3, -1]], abs=1e-12)


def test_all_equal_marks_are_0() -> None:
    assert normal_scores(np.full(5, 60.0)).tolist() == [0] * 5
    assert standard_scores(np.full(5, 60.0)).tolist() == [0] * 5


def test_t_points_of_the_city_mean() -> None:
    assert t_points(standard_scores(np.array([40, 60.0]))).tolist() == [40, 60]


@pytest.mark.parametrize(
    ("top", "is_capped"), [(9, False), (10, True)], ids=["nine of a hundred at full marks", "ten"]
)
def test_capped_from_a_tenth_at_full_marks(top: int, is_capped: bool) -> None:
    x = np.concatenate([np.full(top, 100.0), np.arange(100 - top) * 0.9])
    assert capped(x, 100) is is_capped


def test_capped_by_the_five_highest_marks() -> None:
    crowded = np.concatenate([np.repeat([96, 97, 98, 99, 95.0], 6), np.linspace(10, 90, 70)])
    assert capped(crowded, 100)
    assert not capped(np.linspace(0, 99, 100), 100)


def test_mark_range_counts() -> None:
    found = mark_range(np.array([0, 0, 50, 100, np.nan]), 100)
    assert (found.ceiling, found.zero, found.distinct) == (0.25, 0.5, 3)


def test_z_per_mark_turns_sd_into_marks() -> None:
    x = np.random.default_rng(1).normal(60, 20, 5000)
    assert 1 / z_per_mark(x, normal_scores(x)) == pytest.approx(20, rel=0.05)


def test_effective_weights_follow_spread_not_full_marks() -> None:
    rng = np.random.default_rng(2)
    papers = np.column_stack([rng.normal(60, 20, 4000), rng.normal(60, 5, 4000)])
    weights = effective_weights(papers, papers.sum(axis=1))
    assert weights.sum() == pytest.approx(1)
    assert weights[0] == pytest.approx(400 / 425, abs=0.02)
