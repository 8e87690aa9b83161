"""Quartiles of many units at once are those of each unit alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.build.cohort import cohort
from analysis.build.growth import _quartiles, flatness_rows, percentiles
from analysis.build.paper import paper_results
from analysis.models import growth
from analysis.tables import RESULTS


def test_quartiles_are_those_of_every_unit() -> None:
    rng = np.random.default_rng(0)
    unit = rng.choice([0, 1, 3, 4], 200, p=[0.5, 0.3, 0.19, 0.01])
    values = rng.integers(1, 100, 200).astype(float)
    found = _quartiles(values, unit, 6)
    for j in range(6):
        own = values[unit == j]
        expected = np.quantile(own, [0.25, 0.5, 0.75]) if len(own) else np.full(3, np.nan)
        np.testing.assert_allclose(found[:, j], expected)


def test_a_paper_without_anybody_has_no_quartiles() -> None:
    assert np.isnan(_quartiles(np.zeros(0), np.zeros(0, np.int64), 2)).all()


@pytest.fixture
def pupils(built):
    """The small demo's cohort with 1,500 pupils and made-up marks on two baselines: enough for curves."""
    made = cohort(built.settings.params, built.settings.exam(built.exam), built.tables)
    rng = np.random.default_rng(3)
    m = 1500
    start = rng.standard_normal((m, 2))
    post = 0.5 * start.sum(axis=1, keepdims=True) + rng.standard_normal((m, made.post.shape[1]))
    frame = made.frame.iloc[np.arange(m) % len(made.frame)]
    return replace(made, frame=frame, post=post, history=dict.fromkeys(made.history, start))


def test_as_many_baselines_count_as_a_pupil_has_from_the_newest_on(pupils):
    subject = pupils.prior_subjects[0]
    start = pupils.history[subject]
    start[1200:, 1] = np.nan  # the older baseline is missing
    start[1400:, 0] = np.nan  # the newest one too
    post = pupils.post[:, pupils.data.column(subject)]
    both = np.isfinite(start[:, 0])
    found, _ = percentiles(pupils, subject)
    np.testing.assert_array_equal(
        found[both], growth.fit(post[both], start[both]).percentiles(post[both], start[both])
    )
    alone, _ = percentiles(replace(pupils, history={subject: start[:, :1]}), subject)
    assert (found[:1200] != alone[:1200]).mean() > 0.5
    assert np.isnan(found[1400:]).all() and np.isfinite(found[:1400]).all()


def test_a_start_in_disguise_is_seen(pupils):
    subject = pupils.prior_subjects[0]

    def checks(found):
        return flatness_rows(pupils, subject, found, "")[0].set_index("term")["value"]

    fair = checks(percentiles(pupils, subject)[0])
    rank = np.argsort(np.argsort(pupils.history[subject][:, 0])) / 1500
    bent = checks(np.clip(100 * rank, 1, 99))
    assert fair["check:growth_gap"] < 4 < bent["check:growth_gap"]
    assert 45 < fair["check:growth_low"] <= 50 <= fair["check:growth_high"] < 55
    assert bent["check:growth_low"] < 10 and bent["check:growth_high"] > 90


def test_an_exam_that_is_its_own_baseline_has_no_percentiles_and_the_rest_goes_on(built):
    """The reason stands among the checks of the fit, whether the paper's model can be fitted or not."""
    made = cohort(built.settings.params, built.settings.exam(built.exam), built.tables)
    subject = made.prior_subjects[0]
    post = made.post[:, [made.data.column(subject)]]
    same = replace(made, history=dict.fromkeys(made.history, post))
    unmatched = replace(same, data=replace(same.data, start=np.full_like(same.data.start, np.nan)))
    for one, fitted in ((same, True), (unmatched, False)):
        found = paper_results(built.settings.params, one, subject, RESULTS)
        assert found.growth is None and not found.rows["growth"]
        fits = pd.concat(found.rows["fits"], ignore_index=True).set_index("term")
        assert "exactly" in fits.loc["check:growth_missing", "note"]
        assert found.fitted is fitted is (not fits.loc["state", "note"].startswith("no pupil has both"))


def test_too_few_pupils_is_no_fault(pupils):
    few = replace(pupils, history={key: start[:, :0] for key, start in pupils.history.items()})
    assert percentiles(few, pupils.prior_subjects[0]) == (None, "")
    assert flatness_rows(few, pupils.prior_subjects[0], None, "") == []


def test_a_paper_has_no_bands_where_nobody_has_a_total_at_the_start(built):
    made = cohort(built.settings.params, built.settings.exam(built.exam), built.tables)
    bare = replace(made, start=np.full_like(made.start, np.nan))
    found = paper_results(built.settings.params, bare, made.prior_subjects[0], RESULTS)
    assert found.fitted and not sum(len(rows) for rows in found.rows["value_added_bands"])
