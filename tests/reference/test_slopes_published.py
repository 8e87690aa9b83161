"""Random slopes to the published digits: Inner London (MLwiN guide) and egsingle (Raudenbush & Bryk 2002, ch. 8)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.models import slopes

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def table(name: str) -> pd.DataFrame:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not beside the project")
    return pd.read_csv(DATA / name)


def test_london_ml() -> None:
    d = table("exam_inner_london.csv")
    fit = slopes.fit_rows(d.normexam, d[["standLRT"]], {"school": d.school}, ["standLRT"], reml=False)
    assert fit.deviance == pytest.approx(9316.87, abs=5e-3)
    assert fit.covariances["school"].round(4).tolist() == [[0.0904, 0.0180], [0.0180, 0.0145]]
    assert round(fit.sigma2, 4) == 0.5537
    assert fit.beta.round(4).tolist() == [-0.0115, 0.5567] and fit.se.round(4).tolist() == [0.0398, 0.0199]


def test_egsingle_with_slopes_of_pupils_and_of_schools() -> None:
    d = table("egsingle.csv")
    levels = {"child": d.childid, "school": d.schoolid}
    ml = slopes.fit_rows(d.math, d[["year"]], levels, ["year"], at=["child", "school"], reml=False)
    assert ml.log_likelihood == pytest.approx(-8163.116, abs=5e-4)
    assert ml.beta.round(3).tolist() == [-0.779, 0.763] and round(ml.sigma2, 4) == 0.3014
    np.testing.assert_allclose(ml.covariances["child"], [[0.6405, 0.0468], [0.0468, 0.01126]], atol=6e-5)
    np.testing.assert_allclose(ml.covariances["school"], [[0.1653, 0.0170], [0.0170, 0.0110]], atol=6e-5)
    reml = slopes.fit_rows(d.math, d[["year"]], levels, ["year"], at=["child", "school"])
    np.testing.assert_allclose(np.diag(reml.covariances["school"]), [0.1686, 0.01126], atol=6e-5)
