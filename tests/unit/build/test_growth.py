"""Quartiles of many units at once are those of each unit alone."""

import numpy as np

from analysis.build.growth import _quartiles


def test_quartiles_are_those_of_every_unit() -> None:
    rng = np.random.default_rng(0)
    unit = rng.choice([0, 1, 3, 4], 200, p=[0.5, 0.3, 0.19, 0.01])
    values = rng.integers(1, 100, 200).astype(float)
    found = _quartiles(values, unit, 6)
    for j in range(6):
        own = values[unit == j]
        expected = np.quantile(own, [0.25, 0.5, 0.75]) if len(own) else np.full(3, np.nan)
        np.testing.assert_allclose(found[:, j], expected)


def test_a_paper_without_anybody_has_no_quartiles() -> None:
    assert np.isnan(_quartiles(np.zeros(0), np.zeros(0, np.int64), 2)).all()
