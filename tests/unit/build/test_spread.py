"""A build spread over processes gives the same tables as one in this process."""

import sys
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.build import build
from analysis.errors import ModelError
from analysis.publish import pool


@pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")
def test_two_processes_give_the_tables_of_one(built):
    tasks = []

    def spread(work, count):
        tasks.append(count)
        return pool.spread(work, count, 2)

    found = build(built.settings, built.exam, built.tables, spread=spread)
    assert tasks == [4, 2]  # two papers, the total, and what needs no model; then hiding and judging
    for name, frame in built.results.items():
        pd.testing.assert_frame_equal(found[name], frame, check_exact=True)


def test_a_paper_that_cannot_be_fitted_says_why_below_the_others(built, monkeypatch):
    from analysis.build import paper

    def fit(params, cohort, subject):
        if subject == "chinese":
            raise ModelError("no pupil has both a score and a baseline")
        return fitted(params, cohort, subject)

    fitted = paper.fit
    monkeypatch.setattr(paper, "fit", fit)
    found = build(built.settings, built.exam, built.tables)
    last = found["fits"].iloc[-1]
    assert (last["subject"], last["term"]) == ("chinese", "state")
    assert last["note"].startswith("no pupil has both a score and a baseline")
    assert set(found["value_added"]["subject"]) == {"math", "total"}
    assert set(found["growth"]["subject"]) == {"chinese", "math", "total"}


@pytest.mark.parametrize(("schools", "places"), [(40, 8), (16, 8), (11, 5), (1, 0)])
def test_an_award_list_has_no_more_places_than_half_of_the_schools(built, monkeypatch, schools, places):
    from analysis.build import paper
    from analysis.terms import Level

    asked = []
    position = SimpleNamespace(p_first=lambda k: asked.append(k) or 0.5)
    progress = SimpleNamespace(units={Level.school: SimpleNamespace(position=position)})
    monkeypatch.setattr(paper, "ids", lambda units: [str(i) for i in range(schools)])
    made = paper._awards(
        built.settings.params, SimpleNamespace(judged=True, subject="total", progress=progress)
    )
    assert built.settings.params.judgements.award_places == 8
    assert asked == [places] and len(made) == schools
