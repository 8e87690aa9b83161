"""Shares of variance, coefficients of variation, gaps."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.measures.test_table import city

from analysis.measures.equity import cv_between, equity_table, icc
from analysis.tables import TABLES


def test_icc_by_hand() -> None:
    """(1, 3), (5, 7): MS between 16, within 2, n₀ 2: (8 − 1)/(8 + 2 − 1) = 7/9."""
    assert icc(np.array([1, 3, 5, 7.0]), np.array([0, 0, 1, 1]))[0] == pytest.approx(7 / 9)


def test_icc_interval_covers() -> None:
    rng = np.random.default_rng(1)
    group, covered = np.repeat(np.arange(40), 50), 0
    for _ in range(300):
        _, lo, hi = icc(rng.normal(0, 0.3, 40)[group] + rng.normal(size=2000), group)
        covered += lo <= 0.09 / 1.09 <= hi
    assert 0.92 <= covered / 300 <= 0.98


def test_icc_needs_two_groups_with_spread() -> None:
    assert np.isnan(icc(np.arange(4.0), np.zeros(4, int))[0])
    assert np.isnan(icc(np.ones(4), np.array([0, 0, 1, 1]))[0])


def test_chance_is_taken_off_the_coefficient_of_variation() -> None:
    rng = np.random.default_rng(2)
    n = np.full(200, 50.0)
    corrected, raw = cv_between(60 + rng.normal(0, 3, 200) + rng.normal(0, 4, 200), n, np.full(200, 4.0))
    assert corrected == pytest.approx(3 / 60, rel=0.15)
    assert raw == pytest.approx(5 / 60, rel=0.15)
    assert cv_between(np.full(3, 60.0), np.full(3, 50.0), np.ones(3)) == (0.0, 0.0)


def test_table_has_every_key_and_finds_the_planted_gap() -> None:
    data = city()
    girls = np.arange(len(data.scores)) % 2 == 0
    data.scores[girls, 0] += 10
    data = replace(data, sexes=np.where(girls, "F", "M").astype(object))
    made = equity_table(data, "e")
    assert list(made.columns) == TABLES["equity"].names
    made = made.set_index(["subject", "key"])
    assert made.loc[("maths", "sex:achievement"), "lo"] > 0.3
    assert made.loc[("maths", "sex:progress"), "lo"] > 0.3
    chinese = made.loc[("chinese", "sex:achievement")]
    assert chinese["lo"] < 0 < chinese["hi"]
    assert made.loc[("maths", "icc"), "value"] > made.loc[("maths", "icc"), "lo"] > 0
    assert {"sector:east:start", "sector:west:achievement", "cv_between", "cv_raw"} <= set(
        made.loc["maths"].index
    )
