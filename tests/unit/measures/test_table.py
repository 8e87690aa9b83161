"""The driver: conformity with tables.py, flags, suppression of small units, ranks, verdicts, streams, weights."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.judgement.verdict import verdicts
from analysis.measures import INDICATORS, indicator_table
from analysis.measures.exam import STATES, ExamData, Grouping, grouping
from analysis.measures.figures import Paper, mean_of
from analysis.measures.table import Rules
from analysis.params import Composite, Indicators
from analysis.tables import TABLES
from analysis.terms import Level, State


def city(seed: int = 1, streamed: bool = False, schools: int = 12) -> ExamData:
    """Schools of four classes of 30; a total of two papers; school 0 is far above, school 1 far below."""
    rng = np.random.default_rng(seed)
    m = schools * 120
    school, klass = np.arange(m) // 120, np.arange(m) // 30
    start = rng.normal(size=m)
    if streamed:
        start = np.sort(start.reshape(schools, 120), axis=1).ravel()
    push = np.where(school == 0, 1.0, np.where(school == 1, -1.0, 0.0))
    papers = 60 + 15 * (0.8 * start + push + 0.5 * rng.normal(size=(2, m))).T
    papers[rng.random((m, 2)) < 0.03] = np.nan
    scores = np.column_stack([papers, papers.sum(axis=1)])
    start[rng.random(m) < 0.05] = np.nan
    levels = (
        Grouping(Level.city, ("city",), np.zeros(m, np.int64)),
        grouping(Level.sector, ["east" if s % 2 else "west" for s in school]),
        grouping(Level.township, [""] * m),
        grouping(Level.school, [f"s{s}" for s in school]),
        grouping(Level.klass, [f"s{s}/{c}" for s, c in zip(school, klass, strict=True)]),
        Grouping(
            Level.teacher, ("t0", "t1"), np.column_stack([school % 2, -np.ones(m, int), -np.ones(m, int)])
        ),
    )
    states = np.where(np.isnan(scores), STATES.index(State.absent), STATES.index(State.ok))
    return ExamData(
        ("maths", "chinese", "total"),
        np.array([100.0, 100, 200]),
        scores,
        states,
        np.repeat(start[:, None], 3, 1),
        levels,
    )


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    best = Composite(key="best", name="B", parts={"pass_rate": 0.6, "score_rate": 0.4}, relative_to_best=True)
    return indicator_table(city(), "e1", verdicts, [best])


def test_columns_and_key_are_those_of_the_contract(made: pd.DataFrame) -> None:
    assert list(made.columns) == TABLES["indicators"].names
    assert not made.duplicated(list(TABLES["indicators"].key)).any()
    assert set(made["indicator"]) == {*INDICATORS, "best"}
    assert not made["n"].eq(0).any()


def test_city_row_is_the_reference(made: pd.DataFrame) -> None:
    rows = made[(made["level"] == "city") & (made["indicator"] != "best")]
    assert rows["value"].to_numpy() == pytest.approx(rows["reference"].to_numpy(), nan_ok=True)
    assert (rows["verdict"] == "").all()


def test_teacher_rows_only_in_the_own_subject(made: pd.DataFrame) -> None:
    assert set(made[made["level"] == "teacher"]["subject"]) == {"maths"}


def test_strong_and_weak_school_are_told_apart(made: pd.DataFrame) -> None:
    rows = made[(made["level"] == "school") & (made["subject"] == "total")]
    of = rows.set_index(["indicator", "unit"])
    assert of.loc[("achievement", "s0"), "verdict"] == "much_above"
    assert of.loc[("low_rate", "s0"), "verdict"] in ("much_above", "above")  # fewer low marks is better
    assert of.loc[("low_rate", "s1"), "verdict"] == "much_below"
    assert of.loc[("achievement", "s0"), "rank_lo"] == of.loc[("achievement", "s0"), "rank_hi"] == 1
    assert of.loc[("achievement", "s1"), "rank_lo"] == 12
    assert of.loc[("best", "s0"), "value"] == pytest.approx(100)
    assert (of.loc["best", "value"] <= 100).all()


def test_over_mean_rates_balance_out(made: pd.DataFrame) -> None:
    rows = made[
        (made["indicator"] == "over_mean_rate") & (made["level"] == "school") & (made["subject"] == "maths")
    ]
    assert rows["value"] @ rows["n"] == pytest.approx(0, abs=1e-9)


def test_same_seed_same_table_bit_by_bit() -> None:
    pd.testing.assert_frame_equal(
        indicator_table(city(), "e", verdicts), indicator_table(city(), "e", verdicts), check_exact=True
    )


def test_no_full_mark_and_no_baseline_say_so() -> None:
    data = replace(city(), full_marks=np.array([np.nan, 100, np.nan]), start=np.full((1440, 3), np.nan))
    made = indicator_table(data, "e", verdicts)
    school = made[made["level"] == "school"]
    bare = school[(school["subject"] == "maths") & (school["indicator"] == "pass_rate")]
    assert (bare["flag"] == "no_full_mark").all() and bare["value"].isna().all()
    assert set(school[school["indicator"] == "start"]["flag"]) == {"no_baseline"}
    assert (
        school[(school["subject"] == "chinese") & (school["indicator"] == "pass_rate")]["value"].notna().all()
    )


def test_roster_denominator_counts_absentees() -> None:
    data = city()
    roster = replace(data, lines=Indicators(denominator="roster"))
    sat, all_ = (
        indicator_table(d, "e", verdicts)
        .set_index(["level", "subject", "indicator"])
        .loc[("city", "maths", "pass_rate")]
        for d in (data, roster)
    )
    absent = int(np.isnan(data.scores[:, 0]).sum())
    assert all_["n"] == sat["n"] + absent
    assert all_["value"] * all_["n"] == pytest.approx(sat["value"] * sat["n"])


def test_unknown_roster_gives_no_roster_mean() -> None:
    made = indicator_table(replace(city(), roster_known=False), "e", verdicts)
    assert "roster_mean" not in set(made["indicator"])


def test_streamed_classes_are_no_source_of_chance() -> None:
    """Sorting pupils into classes by their start must not widen the school's interval."""
    mixed, sorted_ = Paper(city(), 0, "maths"), Paper(city(streamed=True), 0, "maths")
    assert not mixed.streamed
    assert sorted_.streamed
    plain = sorted_.components(sorted_.z[:, None], ~np.isnan(sorted_.z)).between[0, 0]
    assert plain < 0.05


def test_whole_weights_are_copies_of_pupils() -> None:
    data = city()
    weights = np.random.default_rng(3).integers(1, 4, len(data.scores)).astype(float)
    weighted = mean_of(Paper(replace(data, weights=weights), 0, "maths"), data.scores[:, 0])(data.levels[3])
    known = ~np.isnan(data.scores[:, 0])
    school = data.levels[3].codes
    copies = np.repeat(np.flatnonzero(known), weights[known].astype(int))
    expected = [data.scores[copies[school[copies] == s], 0].mean() for s in range(12)]
    assert weighted.value == pytest.approx(expected)


def test_small_cells_have_no_figures() -> None:
    made = indicator_table(city(), "e", verdicts, rules=Rules(hidden_below=40))
    small = made[made["n"] < 40]
    assert len(small) and small[["value", "se", "lo", "hi"]].isna().all(axis=None)
    assert (small["flag"] == "hidden").all()
