"""Nested, random-slope, crossed, weighted and several-teachers fits against numbers that lme4 gave (1.1-31, R 4.2).

The cases and the way lme4 was asked stand in benchmarks/bench_agreement.py, which compares live where R is there and
wrote `mixed_lme4.csv`: criterion, β, SE, σ, θ and the first effects of each factor with their conditional sd.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("bench_agreement", ROOT / "benchmarks" / "bench_agreement.py")
assert SPEC and SPEC.loader
bench: ModuleType = importlib.util.module_from_spec(SPEC)
sys.modules["bench_agreement"] = bench
SPEC.loader.exec_module(bench)

CASES = bench.simulated()
LME4 = bench.kept(ROOT / "tests" / "reference" / "mixed_lme4.csv")


def test_every_case_has_its_reference() -> None:
    assert set(LME4) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_same_algebra_at_the_same_variances(name: str) -> None:
    """Everything but the search: at a θ that is not the optimum, to 12 digits."""
    case = CASES[name]
    ours = case.fit(case).at(np.asarray(case.theta))
    checked = [what for what in LME4[name] if what.endswith(".fixed")]
    assert len(checked) >= 7
    for what in checked:
        assert bench.digits(ours[what.removesuffix(".fixed")], LME4[name][what]) > 12, what


@pytest.mark.parametrize("name", CASES)
def test_the_same_optimum(name: str) -> None:
    """To where lme4 stops its search: the criterion to 13 digits, what depends on θ linearly to 6; never above it."""
    case = CASES[name]
    fit = case.fit(case)
    theirs = LME4[name]
    least = {"criterion": 13, "beta": 8, "sigma": 7.5}
    for what in (what for what in theirs if what.endswith(".own")):
        own = what.removesuffix(".own")
        assert bench.digits(fit.own[own], theirs[what]) > least.get(own, 6), what
    excess = fit.at(theirs["theta.own"])["criterion"][0] - fit.own["criterion"][0]
    assert -1e-9 < excess < 1e-9
