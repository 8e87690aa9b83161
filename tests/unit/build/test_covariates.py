"""Declared covariates enter the core model as indicators."""

import numpy as np

from analysis.build.cohort import cohort
from analysis.build.fitting import fit


def test_a_declared_covariate_is_allowed_for(built):
    """Girls get 0.5 sd on top in every school: the model says so, and without the covariate it cannot."""
    exam = built.settings.exam(built.exam)
    pupils = built.tables["pupils"].assign(sex=np.where(np.arange(len(built.tables["pupils"])) % 3, "M", "F"))
    girls = set(pupils.loc[pupils["sex"] == "F", "pupil"])
    scores = built.tables["scores"]
    here = (scores["exam"] == built.exam) & (scores["subject"] == "math") & scores["pupil"].isin(girls)
    spread = scores.loc[(scores["exam"] == built.exam) & (scores["subject"] == "math"), "score"].std()
    tables = {
        **built.tables,
        "pupils": pupils,
        "scores": scores.assign(score=scores["score"] + 0.5 * spread * here),
    }
    found = {}
    for covariates in ((), ("sex",)):
        model = built.settings.params.model.model_copy(update={"covariates": covariates})
        params = built.settings.params.model_copy(update={"model": model})
        found[covariates] = fit(params, cohort(params, exam, tables), "math").progress.core.fit
    names = found[("sex",)].names
    assert set(names) - set(found[()].names) == {"sex F"}
    girl = found[("sex",)].beta[names.index("sex F")]
    assert 0.3 < girl < 0.7
    assert found[("sex",)].sigma2 < found[()].sigma2
