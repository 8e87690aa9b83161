"""Papers of one school in an exam of several: their zero would be another one than that of the page."""

import numpy as np
import pytest

from analysis.build.cohort import cohort
from analysis.build.fitting import fit
from analysis.build.paper import paper_results
from analysis.build.wanted import wanted
from analysis.errors import ModelError


def only(built, table, exam):
    """The scores of an exam, of the first school's pupils alone; the other exams whole."""
    sat = built.tables["enrolments"]
    pupils = set(
        sat.loc[(sat["exam"] == built.exam) & (sat["school"] == sorted(set(sat["school"]))[0]), "pupil"]
    )
    rows = built.tables[table]
    return rows[(rows["exam"] != exam) | rows["pupil"].isin(pupils)]


def test_a_baseline_of_one_school_among_several_gives_no_value_added(built):
    exam, params = built.settings.exam(built.exam), built.settings.params
    tables = {**built.tables, "scores": only(built, "scores", exam.baselines[0])}
    with pytest.raises(ModelError, match="only one school"):
        fit(params, cohort(params, exam, tables), "total")


def test_an_exam_of_one_school_has_value_added_of_its_classes_alone(built):
    exam, params = built.settings.exam(built.exam), built.settings.params
    tables = {**built.tables, **{name: only(built, name, built.exam) for name in ("scores", "enrolments")}}
    pupils = cohort(params, exam, tables)
    assert pupils.frame["school"].nunique() == 1
    made = paper_results(params, pupils, "total", wanted(True, {"findings": {}}))
    assert made.fitted and made.awards.empty and set(made.rows["value_added"][0]["level"]) == {"class"}
    assert all(
        frame.empty for name in ("gap", "value_added_bands", "places", "slopes") for frame in made.rows[name]
    )
    assert {frame["level"].iloc[0] for frame in made.rows["panel"]} == {"class"}
    effect = made.rows["value_added"][0]
    assert np.average(effect["effect"], weights=effect["n"]) == pytest.approx(0, abs=1e-12)
    assert {row["key"] for row in made.null} <= {"null:class_above", "null:class_below"}
