"""The scale of positions: effects are in sd whatever the unit of the marks."""

import numpy as np
import pandas as pd
import pytest

from analysis.build.cohort import cohort
from analysis.build.fitting import fit
from analysis.errors import InputError

EFFECTS = ["effect", "lo", "hi"]


def on_scale(built, scale, tables=None):
    """Schools' value added of one paper on a scale."""
    found = built.settings
    model = found.params.model.model_copy(update={"scale": scale})
    params = found.params.model_copy(update={"model": model})
    exam = found.exam(built.exam)
    made = cohort(params, exam, tables or built.tables)
    return made, fit(params, made, "math").progress.units["school"].frame()


def with_marks(built, change):
    """The warehouse with every mark changed."""
    scores = built.tables["scores"]
    return {**built.tables, "scores": scores.assign(score=change(scores["score"]))}


def test_the_unit_of_the_marks_does_not_matter_on_the_standard_scale(built):
    _, marks = on_scale(built, "standard")
    _, tenfold = on_scale(built, "standard", with_marks(built, lambda x: 10 * x + 7))
    pd.testing.assert_frame_equal(marks[EFFECTS], tenfold[EFFECTS], atol=1e-8)
    assert 0.01 < marks["effect"].std() < 1


def test_the_standard_scale_is_linear_in_the_marks(built):
    made, _ = on_scale(built, "standard")
    column = made.data.column("math")
    marks, position = made.data.scores[:, column], made.post[:, column]
    known = np.isfinite(marks)
    assert np.corrcoef(marks[known], position[known])[0, 1] == pytest.approx(1)
    assert position[known].std() == pytest.approx(1)


def test_marks_are_not_taken_for_standard_scores(built):
    with pytest.raises(InputError, match="standard scores already"):
        on_scale(built, "given")


def test_standard_scores_stay_as_given(built):
    given = built.tables["scores"].copy()
    by = given.groupby(["exam", "subject"])["score"]
    given["score"] = (given["score"] - by.transform("mean")) / by.transform("std")
    made, _ = on_scale(built, "given", {**built.tables, "scores": given})
    column = made.data.column("math")
    np.testing.assert_array_equal(made.post[:, column], made.data.scores[:, column])
