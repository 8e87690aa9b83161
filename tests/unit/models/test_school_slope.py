"""Slopes of the prior by school: planted slopes come back at the two ends of the prior."""

import numpy as np
import pytest

from analysis.models import school_slope
from analysis.models.pupils import Options, Pupils
from analysis.models.value_added import Core, fit_core


def city(slope_sd: float) -> tuple[Core, np.ndarray]:
    """30 schools of 150 pupils; and their planted slopes."""
    rng = np.random.default_rng(8)
    school = np.repeat(np.arange(30), 150)
    prior = rng.normal(size=len(school))
    b, u = slope_sd * rng.normal(size=30), 0.2 * rng.normal(size=30)
    post = (0.7 + b[school]) * prior + u[school] + 0.6 * rng.normal(size=len(school))
    return fit_core(Pupils(post, prior, school), Options(prior_correction=False)), b


def test_planted_slopes_are_found_at_the_two_ends() -> None:
    core, b = city(0.15)
    found = school_slope.fit(core)
    low, high = found.effect["slope_low"], found.effect["slope_high"]
    assert np.corrcoef(high - low, b)[0, 1] > 0.9
    assert found.sd == pytest.approx(0.15, abs=0.05) and not found.singular
    share = np.full(30, 1 / 30)
    assert share @ low == pytest.approx(0, abs=1e-12) and share @ high == pytest.approx(0, abs=1e-12)
    middle = core.effects["school"][0]
    assert np.corrcoef((low + high) / 2, middle)[0, 1] > 0.98
    assert (found.se["slope_high"] > 0).all()


def test_without_slopes_both_ends_say_the_same() -> None:
    core, _ = city(0.0)
    found = school_slope.fit(core)
    assert np.abs(found.effect["slope_high"] - found.effect["slope_low"]).max() < 0.15
