"""An exam that only serves as another's past: what later exams read of it is there, and nothing else is made."""

import pandas as pd
import pytest

from analysis.build import build, paper
from analysis.build.wanted import LATER, wanted
from analysis.judgement.advice import DERIVED
from analysis.settings import data_file


@pytest.fixture(scope="module")
def past(built):
    return build(built.settings, built.exam, built.tables, reported=False)


def test_what_is_left_of_a_past_exam_is_what_its_own_report_had(built, past):
    """Names that the panel of models takes off lists are no more followed up than they were printed."""
    assert past["value_added"]["sensitive"].any()
    for name in LATER:
        assert len(past[name]), name
        pd.testing.assert_frame_equal(past[name], built.results[name], check_exact=True)


def test_nothing_else_of_it_is_kept_least_of_all_what_nobody_has_hidden(built, past):
    assert [name for name, frame in past.items() if len(frame)] == [n for n in built.results if n in LATER]


def test_no_null_run_and_no_table_of_its_fits_is_worked_out_for_it(built, monkeypatch):
    for name in ("null_rows", "fit_rows", "gap_rows"):
        monkeypatch.delattr(paper, name)
    assert len(build(built.settings, built.exam, built.tables, reported=False)["advice"])


def test_tables_that_advice_is_found_in_are_made_though_they_are_not_kept(built):
    measures = data_file(built.settings.home, "measures.yaml")
    names = wanted(False, measures)
    asked = {finding["when"]["table"] for finding in measures["findings"].values()}
    assert asked - set(DERIVED) <= names
    assert "item_quality" in names and "topics" in names and "distributions" not in names
