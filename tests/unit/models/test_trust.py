"""Back-test, null run and tipping point against what is known by construction."""

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import trust
from analysis.models.draws import Draws
from analysis.models.pupils import Options, Pupils
from analysis.models.value_added import fit_core


def test_tipping_point_by_hand() -> None:
    """Seen 90 %, observed 0.2, line 0: the missing tenth would need −1.8."""
    found = trust.tipping_point([0.2, 0.2, 0.05], [0.9, 1.0, 0.8], 0.0)
    np.testing.assert_allclose(found, [-1.8, np.nan, -0.2])


def test_an_honest_forecast_has_slope_1() -> None:
    rng = np.random.default_rng(0)
    slopes, covered = [], []
    for _ in range(60):
        u = 0.2 * rng.normal(size=50)
        earlier = u + 0.1 * rng.normal(size=50)
        later = u + 0.1 * rng.normal(size=50)
        found = trust.back_test(0.8 * earlier, later, np.full(50, 0.1), earlier, (0.8, 0.8), np.sign(earlier))
        slopes.append(found.slope)
        covered.append(found.slope_lo <= 1 <= found.slope_hi)
        assert found.n_schools == found.n_judged == 50
    assert np.mean(slopes) == pytest.approx(1, abs=0.05)
    assert np.mean(covered) >= 0.85
    assert found.disattenuated == pytest.approx(1, abs=0.15)
    assert 0.7 < found.survived < 1


def test_an_overconfident_forecast_has_a_slope_below_1() -> None:
    rng = np.random.default_rng(1)
    u = 0.2 * rng.normal(size=2000)
    earlier, later = (u + 0.2 * rng.normal(size=2000) for _ in range(2))
    assert trust.back_test(earlier, later, np.full(2000, 0.2)).slope == pytest.approx(0.5, abs=0.06)


def test_schools_without_a_later_figure_do_not_count() -> None:
    later = np.array([0.1, np.nan, 0.3, -0.2, 0.0])
    found = trust.back_test([0.1, 5.0, 0.2, -0.1, 0.0], later, np.ones(5), judged=[1, 1, 0, 1, 0])
    assert found.n_schools == 4 and found.n_judged == 2 and found.survived == 0.5


def test_the_interval_of_a_correlation_by_hand() -> None:
    """r = 0.5 in 28 pairs: z = 0.5493 ± 1.96/5, so 0.1573 … 0.9413, tanh 0.156 … 0.736."""
    assert trust.fisher(0.5, 28) == pytest.approx((0.156, 0.736), abs=5e-4)
    assert np.isnan(trust.fisher(0.5, 3)).all()


def test_too_few_schools_for_a_back_test() -> None:
    with pytest.raises(ModelError, match="three schools"):
        trust.back_test([0.1, 0.2], [0.1, 0.2], [1, 1])


def test_the_null_run_names_hardly_anybody_in_a_city_full_of_differences() -> None:
    rng = np.random.default_rng(2)
    cls = np.repeat(np.arange(100), 30)
    school, prior = cls // 5, rng.normal(size=3000)
    post = 0.7 * prior + (0.4 * rng.normal(size=20))[school] + 0.6 * rng.normal(size=3000)
    core = fit_core(Pupils(post, prior, school, cls), Options(n_draws=200, rho=0.95))

    def judge(drawn: Draws) -> dict[str, int]:
        if "school" in drawn.no_differences:
            return {"weak": 0}
        return {"weak": int((drawn.p_below("school", -0.10) >= 0.9).sum())}

    assert judge(core.draw())["weak"] >= 4
    null = trust.null_run(core, judge, runs=25, n_draws=200)
    assert null.runs == 25 and null.names["weak"] <= 0.4 and null.any_name["weak"] <= 0.2
    assert trust.null_run(core, judge, runs=5, n_draws=100) == trust.null_run(
        core, judge, runs=5, n_draws=100
    )


def test_the_same_quarter_again_by_hand() -> None:
    """Eight schools, quarters of two: of the two named high one is there again, of the one named low none."""
    later = [3.0, 0.1, 2.0, 0.0, -1.0, -2.0, 0.2, 0.3]
    judged = [1, 1, 0, -1, 0, 0, 0, 0]
    assert trust.same_quarter(judged, later) == (pytest.approx(1 / 3), 3)
    assert trust.same_quarter([1, 0], [np.nan, 1.0])[1] == 0


def test_a_school_without_an_earlier_figure_does_not_spoil_the_correlation() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=30)
    earlier = x + rng.normal(size=30)
    earlier[3] = np.nan
    found = trust.back_test(x, x + rng.normal(size=30), np.ones(30), earlier)
    assert np.isfinite(found.correlation)
