"""The waterfall adds up, whatever the model says."""

import numpy as np
import pytest

from analysis.measures.exam import grouping
from analysis.measures.gap import PARTS, gap_table, waterfall
from analysis.tables import TABLES
from analysis.terms import Level


def test_parts_add_up_exactly() -> None:
    rng = np.random.default_rng(1)
    m = 900
    school = rng.integers(0, 7, m)
    z = rng.normal(size=m)
    z[rng.random(m) < 0.05] = np.nan
    expected = np.where(rng.random(m) < 0.1, np.nan, 0.7 * rng.normal(size=m))
    by = grouping(Level.school, [f"s{s}" for s in school])
    effect = rng.normal(0, 0.2, 7)
    parts = waterfall(z, expected, ~np.isnan(expected), by, 0, effect)
    sat = ~np.isnan(z)
    for u, code in enumerate(by.ids):
        own = sat & (school == int(code[1:]))
        assert parts[u, :4].sum() == pytest.approx(z[own].mean() - z[sat].mean(), abs=1e-12)
        assert parts[u, 4] == pytest.approx(z[own].mean() - z[sat].mean(), abs=1e-12)
    assert parts[:, 1] == pytest.approx(effect)


def test_each_part_by_hand() -> None:
    """A: z 1, 2, expected 0.5, 0.5; B: z −1 (expected −0.5), and 0 unmatched. Matched mean z 2/3, expected 1/6."""
    z, expected = np.array([1, 2, -1, 0.0]), np.array([0.5, 0.5, -0.5, np.nan])
    by = grouping(Level.school, ["A", "A", "B", "B"])
    a = waterfall(z, expected, ~np.isnan(expected), by, 0, np.array([0.3, -0.3]))[0]
    assert a[0] == pytest.approx(0.5 - 1 / 6)
    assert a[2] == pytest.approx((1.0 - 0.5) - 0.3)  # mean residual 1, the city's 0.5
    assert a[3] == pytest.approx((1.5 - 0.5) - (1.5 - 2 / 3))
    assert a[4] == pytest.approx(1.0)


def test_rows_of_the_table() -> None:
    by = grouping(Level.school, ["A", "B"])
    parts = np.array([[1, 2, 3, 4, 10], [np.nan] * 5])
    made = gap_table("e", "maths", by, parts)
    assert list(made.columns) == TABLES["gap"].names
    assert dict(zip(made["part"], made["value"], strict=True)) == dict(
        zip(PARTS, [1, 2, 3, 4, 10], strict=True)
    )
