"""Natural cubic splines: straight outside, smooth inside, and the same space as scipy's natural spline."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from analysis.models import splines


def test_default_knots_are_the_named_percentiles() -> None:
    x = np.arange(101.0)
    for values in (x, np.append(x, np.nan)):
        np.testing.assert_allclose(splines.default_knots(values), [5.0, 27.5, 50.0, 72.5, 95.0])


def test_equal_percentiles_count_once() -> None:
    x = np.r_[np.zeros(60), np.arange(1.0, 41.0)]
    knots = splines.default_knots(x)
    assert len(knots) == len(np.unique(knots)) == 3


@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0] * 20, [0.0] * 90 + [1.0, 2.0, 3.0, 4.0], [5.0]])
def test_too_few_values_give_a_line(x: list[float]) -> None:
    knots = splines.default_knots(x)
    assert len(knots) == 0
    assert splines.natural_cubic(x, knots).tolist() == [[v] for v in x]


def test_any_natural_spline_on_the_knots_lies_in_the_basis() -> None:
    knots = np.array([-2.0, -1.0, 0.1, 1.3, 2.0])
    curve = CubicSpline(knots, [3.0, -1.0, 2.0, 0.5, 4.0], bc_type="natural")
    x = np.linspace(-2, 2, 200)
    X = np.column_stack([np.ones(200), splines.natural_cubic(x, knots)])
    assert X.shape[1] == len(knots)
    fitted = X @ np.linalg.lstsq(X, curve(x), rcond=None)[0]
    np.testing.assert_allclose(fitted, curve(x), atol=1e-10)


def test_beyond_the_outer_knots_it_is_straight() -> None:
    X = splines.natural_cubic([2.5, 3.0, 3.5, -5.0, -4.0, -3.0], [-2.0, -1.0, 0.1, 1.3, 2.0])
    np.testing.assert_allclose(X[0] + X[2], 2 * X[1], atol=1e-12)
    np.testing.assert_allclose(X[3] + X[5], 2 * X[4], atol=1e-12)
