"""Lines, effective scores, hit and contribution rates."""

import numpy as np
import pytest

from analysis.measures.exam import STATES, ExamData, Grouping, grouping
from analysis.measures.lines import effective_mark, effective_table, lines_table
from analysis.params import Line
from analysis.terms import Level, State


def exam(papers: np.ndarray, full: float = 100.0) -> ExamData:
    """All pupils in schools of 40, classes of 20; the total is the sum."""
    m, k = papers.shape
    scores = np.column_stack([papers, papers.sum(axis=1)])
    school = [f"s{i // 40}" for i in range(m)]
    levels = (
        Grouping(Level.city, ("city",), np.zeros(m, np.int64)),
        grouping(Level.school, school),
        grouping(Level.klass, [f"s{i // 40}/{i // 20}" for i in range(m)]),
    )
    states = np.where(np.isnan(scores), STATES.index(State.absent), STATES.index(State.ok))
    names = (*(f"p{i}" for i in range(k)), "total")
    return ExamData(
        names, np.array([full] * k + [full * k]), scores, states, np.full(scores.shape, np.nan), levels
    )


@pytest.mark.parametrize(
    ("x", "over", "mark"),
    [([10, 20, 30, 40], 2, 30), ([10, 30, 30, 40], 2, 40), ([10, 20, 20, 20], 2, 20)],
    ids=["exact", "tied: 1 and 3 are as near, the higher", "3 is nearer than 0"],
)
def test_head_count(x: list[float], over: int, mark: float) -> None:
    total = np.arange(4.0)
    assert effective_mark(total, np.array(x, float), 4 - over, "head_count") == mark


def test_proportional() -> None:
    """Line 150; those over it have totals 160 and 200 (mean 180) and marks 80 and 100 (mean 90): 150/180·90."""
    total, x = np.array([160, 200, 100.0]), np.array([80, 100, 70.0])
    assert effective_mark(total, x, 150, "proportional") == pytest.approx(75)


def test_nobody_over_the_line() -> None:
    assert np.isnan(effective_mark(np.array([1.0]), np.array([1.0]), 5, "head_count"))


def test_hit_equals_contribution_in_the_city_without_ties() -> None:
    rng = np.random.default_rng(5)
    papers = rng.normal(60, 15, (400, 1)) + rng.normal(0, 8, (400, 3))  # continuous: no ties
    made = effective_table(exam(papers), "e", [Line(key="l", name="L", total=200)])
    city = made[made["level"] == "city"]
    assert len(city) == 3
    assert city["hit"].to_numpy() == pytest.approx(city["contribution"].to_numpy())
    assert city["contribution"].to_numpy() == pytest.approx(city["city_contribution"].to_numpy())


def test_the_table_by_hand() -> None:
    """80 pupils with marks 0 … 79; five of the first school and the last 15 of the second have 100 in the other paper.

    The line of 100 on the total: those 20. s* = 60, which 20 reach, all in the second school, 15 of them over the line.
    """
    marks = np.zeros((80, 2))
    marks[:, 0] = np.arange(80)
    marks[[*range(5), *range(65, 80)], 1] = 100
    made = effective_table(exam(marks), "e", [Line(key="l", name="L", total=100)])
    rows = made[made["subject"] == "p0"].set_index("unit")
    assert (
        (rows["mark"] == 60).all() and (rows["method"] == "head_count").all() and (rows["line"] == "l").all()
    )
    assert (rows["city_hit"] == 0.75).all() and (rows["city_contribution"] == 0.75).all()
    assert rows.loc[["city", "s0", "s1"], "own"].tolist() == [0.25, 0.0, 0.5]
    assert rows.loc[["city", "s1"], "hit"].tolist() == [0.75, 0.75] and np.isnan(rows.loc["s0", "hit"])
    assert rows.loc[["city", "s1"], "contribution"].tolist() == [0.75, 1.0]
    assert np.isnan(rows.loc["s0", "contribution"])  # five over the line there
    assert rows.loc[["city", "s0", "s1"], "n"].tolist() == [80, 40, 40]


def test_line_counts_by_hand() -> None:
    """40 pupils with totals 0 … 39 of 200 (δ = 3): line 30 → 10 over, 27–29 just below, 30–32 just above."""
    papers = np.column_stack([np.arange(40.0), np.zeros(40)])
    made = lines_table(exam(papers), "e", [Line(key="l", name="L", total=30)])
    row = made[made["level"] == "school"].iloc[0]
    assert (row["reached"], row["below"], row["above"], row["delta"]) == (10, 3, 3, 3.0)
    assert row["value"] == pytest.approx(0.25)


def test_rates_on_fewer_than_eleven_are_missing() -> None:
    papers = np.column_stack([np.arange(40.0), np.arange(40.0)])
    made = effective_table(exam(papers), "e", [Line(key="l", name="L", total=62)])  # 31 … 39 are over: nine
    assert made["contribution"].isna().all()
    assert made["own"].notna().all()


def test_a_line_of_one_track_is_for_that_track() -> None:
    data = exam(np.column_stack([np.arange(80.0), np.zeros(80)]))
    tracks = np.array(["physics"] * 40 + ["history"] * 40, object)
    data = ExamData(**{**data.__dict__, "tracks": tracks})
    made = lines_table(data, "e", [Line(key="l", name="L", total=30, track="physics")])
    city = made[made["level"] == "city"].iloc[0]
    assert (city["n"], city["reached"]) == (40, 10)
    assert list(made[made["level"] == "school"]["unit"]) == ["s0"]
