"""The simulated rows of docs/methods.md §9, at a size for the test run; the full run is benchmarks/sim_progress.py.

Effects are drawn anew in every city and the truth is recentred by the pupils.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "sim_progress.py"


@pytest.fixture(scope="module")
def sim() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sim_progress", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["sim_progress"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def promise(sim: ModuleType):  # type: ignore[no-untyped-def]
    """40 cities of 40 schools, pupils sorted by school (sd of the intake 0.5), prior reliability 0.85."""
    rng = np.random.default_rng(21)
    return sim.promises((sim.city(rng) for _ in range(40)), n_draws=600)


def test_intervals_of_95_percent_cover(promise) -> None:  # type: ignore[no-untyped-def]
    # 1,600 schools: the Monte Carlo error of a coverage is 0.006
    assert 0.930 <= promise.interval <= 0.965
    assert 0.930 <= promise.class_interval <= 0.965
    assert 0.930 <= promise.raw_interval <= 0.965


def test_rank_intervals_of_90_percent_cover(promise) -> None:  # type: ignore[no-untyped-def]
    assert 0.90 <= promise.rank_interval <= 0.96


def test_probabilities_come_as_often_as_they_say(promise) -> None:  # type: ignore[no-untyped-def]
    promised, came, n, _ = promise.calibration(5).T
    slack = 0.03 + 2 * np.sqrt(promised * (1 - promised) / n)
    assert (np.abs(promised - came) <= slack).all()
    assert abs(promise.probability.mean() - promise.below.mean()) < 0.02


def test_a_list_has_as_many_wrong_names_as_it_states(promise) -> None:  # type: ignore[no-untyped-def]
    stated, wrong, n = promise.wrong_names()
    assert n > 100
    assert wrong <= stated + 0.02 + 2 * np.sqrt(stated * (1 - stated) / n)


def test_correcting_the_priors_frees_the_effects_of_the_intake(promise) -> None:  # type: ignore[no-untyped-def]
    assert abs(promise.intake_corrected) <= 0.05
    assert abs(promise.bias_corrected) <= 0.01
    assert promise.bias_uncorrected >= 0.04


def test_one_class_counties_keep_their_promise_for_the_school_with_its_class(sim: ModuleType) -> None:
    rng = np.random.default_rng(22)
    county = sim.promises((sim.city(rng, classes=(1, 1)) for _ in range(25)), n_draws=600)
    assert 0.93 <= county.interval <= 0.97
    (shift, slope), (se_shift, se_slope) = county.line()
    assert abs(shift) <= 3 * se_shift and abs(slope - 1) <= 3 * se_slope
    promised, came, _, se = county.calibration().T
    assert (np.abs(came - promised) <= 0.03 + 3 * se).all()


def test_null_cities_are_named_hardly_ever(sim: ModuleType) -> None:
    rng = np.random.default_rng(23)
    names = sim.null_names((sim.city(rng, schools=30, tau=0.0) for _ in range(15)), n_draws=300)
    assert max(names.values()) <= 0.02


def test_a_steady_fall_is_found(sim: ModuleType) -> None:
    assert sim.decline_found(np.random.default_rng(24), 0.20, 60)[0] >= 0.70
    found, known = sim.decline_found(np.random.default_rng(24), 0.15, 60)
    assert (
        found >= 0.40 and found >= known - 0.10
    )  # nearly what the exact posterior with known (r, τ) can find
