"""The assembled model without its corrections must still print the published numbers of the Inner London schools."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.models import progress
from analysis.models.progress import Options, ProgressFit, Pupils

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "exam_inner_london.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="public data are not beside the project")


@pytest.fixture(scope="module")
def london() -> ProgressFit:
    rows = pd.read_csv(FILE)
    pupils = Pupils(rows["normexam"].to_numpy(), rows["standLRT"].to_numpy(), rows["school"].to_numpy())
    return progress.fit(pupils, Options(prior_correction=False, spline=False))


def test_coefficients_and_variances(london: ProgressFit) -> None:
    fit = london.core.fit
    assert fit.names == ("(intercept)", "prior")
    assert fit.beta.round(4).tolist() == [0.0023, 0.5633]
    assert london.se.round(4).tolist() == [0.0404, 0.0125]
    assert fit.tau2[0] == pytest.approx(0.09384, abs=5e-6) and fit.sigma2 == pytest.approx(0.56587, abs=5e-6)
    assert fit.log_likelihood == pytest.approx(-4684.3826, abs=5e-5)
    assert london.flags == ("no_classes",)


def test_nothing_is_corrected(london: ProgressFit) -> None:
    assert london.core.start.corrected is None and london.core.extra is None
    assert london.intake_before == london.intake_after


def test_effects_are_the_published_ones_recentred(london: ProgressFit) -> None:
    school = london.units["school"]
    share = school.n / school.n.sum()
    predicted = london.core.fit.effects["school"].effect
    np.testing.assert_allclose(school.effect, predicted - share @ predicted, atol=1e-12)
    assert school.n.tolist().count(2) == 1  # school 48 has two pupils
    two = int(np.argmin(school.n))
    assert school.reliability[two] == school.reliability.min() < 0.3
    assert school.hi[two] - school.lo[two] > 2 * (school.hi - school.lo).min()
