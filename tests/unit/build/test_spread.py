"""A build spread over processes gives the same tables as one in this process."""

import sys

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
