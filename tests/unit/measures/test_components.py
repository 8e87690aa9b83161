"""Variance components, and the coverage of the intervals that are made from them."""

import numpy as np
import pytest

from analysis.measures.components import components, given, pooled


def test_balanced_case_by_hand() -> None:
    """Classes (1, 3), (5, 7), (2, 4), (6, 8) in two schools: within 8/4 = 2, MS classes 32/2 = 16, (16 − 2)/2 = 7."""
    values = np.array([1, 3, 5, 7, 2, 4, 6, 8.0])
    classes, schools = np.repeat(np.arange(4), 2), np.repeat([0, 1], 4)
    found = components(values, classes, schools)
    assert found.within[0, 0] == pytest.approx(2)
    assert found.between[0, 0] == pytest.approx(7)
    assert found.se(np.array([4.0]), np.array([2.0]))[0] == pytest.approx(np.sqrt(7 / 2 + 2 / 4))


def test_one_class_a_school_cannot_be_separated() -> None:
    found = components(np.array([1, 2, 5, 9.0]), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    assert not found.separable
    assert found.between[0, 0] == 0


def test_streamed_classes_are_pooled_within_schools_by_hand() -> None:
    """(1, 3) and (2, 4, 6) about their means: 1 + 1 + 4 + 0 + 4 = 10, over 5 − 2."""
    found = pooled(np.array([1, 3, 2, 4, 6.0]), np.array([0, 0, 1, 1, 1]))
    assert found.within[0, 0] == pytest.approx(10 / 3) and found.between[0, 0] == 0


def test_no_pupils_is_no_error() -> None:
    empty = np.zeros(0)
    found = components(empty, np.zeros(0, int), np.zeros(0, int))
    assert found.within[0, 0] == 0
    assert given(np.zeros((0, 1)), empty).shape == (0, 1)


def test_covariance_of_a_sum_is_the_sum_of_covariances() -> None:
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 20, 600)
    y = rng.normal(size=(600, 2)) + rng.normal(size=(20, 2))[classes]
    both = components(y, classes, classes // 4)
    total = components(y.sum(axis=1), classes, classes // 4)
    assert both.within.sum() == pytest.approx(total.within[0, 0])
    assert both.between.sum() == pytest.approx(total.between[0, 0])


def test_unequal_classes_are_recovered_and_intervals_cover() -> None:
    """300 cities of 20 schools, 1–5 classes of 20–60: components unbiased, 95 % of the intervals cover."""
    rng = np.random.default_rng(4)
    between, within, covered, asked = [], [], 0, 0
    for _ in range(300):
        per_school = rng.integers(1, 6, 20)
        home = np.repeat(np.arange(20), per_school)
        klass = np.repeat(np.arange(len(home)), rng.integers(20, 61, len(home)))
        school = home[klass]
        u = rng.normal(0, 0.5, 20)
        y = u[school] + rng.normal(0, 0.3, len(home))[klass] + rng.normal(0, 1, len(klass))
        found = components(y, klass, school)
        between.append(found.between[0, 0])
        within.append(found.within[0, 0])
        n = np.bincount(school).astype(float)
        se = found.se(n, per_school.astype(float))
        covered += int((np.abs(np.bincount(school, y) / n - u) <= 1.96 * se).sum())
        asked += 20
    assert np.mean(between) == pytest.approx(0.09, abs=0.006)
    assert np.mean(within) == pytest.approx(1.0, abs=0.01)
    assert 0.93 <= covered / asked <= 0.965
