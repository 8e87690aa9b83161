"""Two small experiments that every book on variance components works out: crossed factors, and nested ones.

Data: Davies & Goldsmith (1972), Statistical Methods in Research and Production, §6.6 (strength of a paste, casks in
batches) and §6.7 (penicillin: six samples on each of 24 plates). Results by REML: Bates (2010), lme4: Mixed-effects
Modeling with R, ch. 2.
"""

import numpy as np
import pytest

from analysis.models import crossed, nested
from analysis.models.membership import Factor

PLATES = """
27 23 26 23 23 21   27 23 26 23 23 21   25 21 25 24 24 20   26 23 25 23 23 20   25 22 26 22 23 20   24 22 25 23 22 19
24 20 23 21 22 19   26 22 26 24 24 21   24 21 24 22 22 20   24 21 24 23 22 19   26 23 26 24 24 21   25 22 26 24 24 20
26 24 26 24 25 22   26 23 26 23 23 20   26 23 25 24 24 22   25 22 25 23 23 20   25 21 24 23 23 20   25 22 24 23 23 19
24 21 23 21 21 19   26 23 26 24 24 21   25 21 24 22 22 18   25 22 25 22 22 20   24 21 24 22 24 19   24 21 24 22 21 18
"""
"""Diameter of the clear zone (mm): plates of six samples each."""

BATCHES = """
62.8 62.6 60.1 62.3 62.7 63.1   60.0 61.4 57.5 56.9 61.1 58.9   58.7 57.5 63.9 63.1 65.4 63.7   57.1 56.4 56.9 58.6 64.7 64.5
55.1 55.1 54.7 54.2 58.8 57.5   63.4 64.9 59.3 58.1 60.5 60.0   62.5 62.6 61.0 58.7 56.9 57.7   59.2 59.4 65.2 66.0 64.8 64.1
54.8 54.8 64.0 64.0 57.7 56.8   58.3 59.3 59.2 59.2 58.9 56.6
"""
"""Strength of the paste: batches of three casks, two tests a cask."""


def numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=float)


def test_penicillin_plates_cross_samples() -> None:
    diameter = numbers(PLATES)
    row = np.arange(len(diameter))
    factors = [Factor.single("plate", row // 6), Factor.single("sample", row % 6)]
    fit = crossed.fit_rows(diameter, np.zeros((len(row), 0)), factors)
    assert round(fit.deviance, 1) == 330.9
    assert np.sqrt(fit.tau2).round(4).tolist() == pytest.approx([0.8467, 1.9316], abs=1e-4)
    assert float(np.sqrt(fit.sigma2)) == pytest.approx(0.5499, abs=1e-4)
    assert (float(fit.beta[0]), float(fit.se[0])) == pytest.approx((22.9722, 0.8086), abs=1e-4)


def test_pastes_casks_lie_in_batches() -> None:
    strength = numbers(BATCHES)
    row = np.arange(len(strength))
    fit = nested.fit_rows(strength, np.zeros((len(row), 0)), {"cask": row // 2 % 3, "batch": row // 6})
    assert round(fit.deviance, 1) == 247.0
    assert np.sqrt(fit.tau2).tolist() == pytest.approx([2.9041, 1.2874], abs=1e-4)
    assert float(np.sqrt(fit.sigma2)) == pytest.approx(0.8234, abs=1e-4)
    assert (float(fit.beta[0]), float(fit.se[0])) == pytest.approx((60.0533, 0.6769), abs=1e-4)
