"""The truth fits the marks: an independent least-squares estimate finds it, and the planted schools."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.demo import city
from analysis.demo.make import draw
from analysis.demo.truth import normal_scores, of_schools

PLANTED = {s.planted.key: s.code for s in city.junior_schools() if s.planted}


def centred(values, groups):
    frame = pd.DataFrame(values)
    return (frame - frame.groupby(groups).transform("mean")).to_numpy()


def estimate(cohort, start, now):
    """School means of what the error-corrected starting point does not explain, and their truth."""
    sat = now.marks.sat & start.marks.sat
    y = np.full(len(sat), np.nan)
    y[now.marks.sat] = normal_scores(now.marks.mark[now.marks.sat].sum(axis=1))
    prior = np.column_stack([normal_scores(column) for column in start.marks.mark[sat].T])
    school, klass = now.marks.school[sat], now.marks.klass[sat]
    inside = centred(prior, school * 100 + klass)
    spread = np.cov(inside.T)
    x = prior - inside + inside @ np.linalg.solve(spread, spread - 0.13 * np.eye(3))
    beta = np.linalg.lstsq(centred(x, school), centred(y[sat], school)[:, 0], rcond=None)[0]
    rest = y[sat] - x @ beta
    table = of_schools(now.sitting, cohort, now.marks, now.effects)
    table = table[table["subject"] == "total"].set_index("school")
    found = pd.Series(rest - rest.mean()).groupby(school).mean()
    return table.assign(found=[found.get(j, np.nan) for j in range(len(table))])


@pytest.fixture(scope="module")
def mocks():
    """Truth and estimate of the three first mocks of the full city, and one of a null city."""
    schools = city.junior_schools()
    out = {}
    for year in (2024, 2025, 2026):
        cohort, outcomes, _ = draw(1, schools, year)
        out[year] = estimate(cohort, outcomes[0], outcomes[-1])
    cohort, outcomes, _ = draw(1, schools, 2026, null=True)
    out["null"] = estimate(cohort, outcomes[0], outcomes[-1])
    return out


def usual(table):
    return table[(table["n"] > 30) & (table["planted"] == "")]


def test_truth_is_recentred_by_pupils(mocks):
    for table in mocks.values():
        assert abs((table["effect"] * table["n"]).sum()) < 1e-9


def test_an_independent_estimate_finds_the_truth(mocks):
    table = pd.concat([usual(mocks[year]) for year in (2024, 2025, 2026)])
    slope = np.polyfit(table["effect"], table["found"], 1)[0]
    assert 0.9 < slope < 1.1
    assert np.corrcoef(table["effect"], table["found"])[0, 1] > 0.9


def test_school_effects_are_of_the_usual_size(mocks):
    spread = pd.concat([usual(mocks[year]) for year in (2024, 2025, 2026)])["effect"].std()
    assert 0.11 < spread < 0.20


def test_null_city_shows_only_chance(mocks):
    assert usual(mocks["null"])["found"].std() < 0.07


def test_planted_progress_and_reverse(mocks):
    for year in (2024, 2025, 2026):
        up = mocks[year].loc[PLANTED["progress_low_means"]]
        down = mocks[year].loc[PLANTED["reverse_high_intake"]]
        assert 0.28 < up["effect"] < 0.45 and up["found"] > 0.2
        assert -0.40 < down["effect"] < -0.22 and down["found"] < -0.15


def test_planted_decline_is_steady(mocks):
    effects = [mocks[year].loc[PLANTED["declining"], "effect"] for year in (2024, 2025, 2026)]
    steps = np.diff(effects)
    assert np.all(steps < -0.13) and np.all(steps > -0.27)


def test_normal_scores_have_mid_ranks():
    z = normal_scores(np.array([1.0, 2.0, 2.0, 4.0]))
    raw = np.array([NormalDist().inv_cdf((r - 0.5) / 4) for r in (1, 2.5, 2.5, 4)])
    assert z == pytest.approx((raw - raw.mean()) / raw.std())


def test_papers_are_about_as_reliable_as_meant():
    _, outcomes, _ = draw(1, city.junior_schools(), 2026)
    for outcome in outcomes[1:]:
        for i, subject in enumerate(outcome.marks.subjects):
            ok = outcome.marks.sat
            r = np.corrcoef(outcome.marks.theta[ok, i], outcome.marks.mark[ok, i])[0, 1] ** 2
            assert 0.82 < r < 0.93, subject
