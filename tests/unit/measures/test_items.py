"""Item statistics and mastery."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.measures.test_lines import exam

from analysis.measures.items import (
    ItemData,
    cronbach_alpha,
    item_quality_table,
    reliability,
    tails,
    topics_table,
    upper_lower,
)


def paper(marks: np.ndarray, choice: list[bool] | None = None) -> ItemData:
    q = marks.shape[1]
    table = pd.DataFrame({"item": [str(i + 1) for i in range(q)], "order": range(q), "full_mark": 2.0})
    table["topic"], table["ability"], table["expected_rate"] = ["a", "a"] + ["b"] * (q - 2), "", np.nan
    return ItemData("p0", marks, marks == 0, table, np.array(choice or [False] * q))


def test_alpha_of_parallel_items_by_hand() -> None:
    """Two items (0, 0), (1, 1), (1, 0): variances 1/3, 1/3, sum's 1: α = 2·(1 − 2/3) = 2/3."""
    assert cronbach_alpha(np.array([[0, 0], [1, 1], [1, 0.0]])) == pytest.approx(2 / 3)


def test_no_reliability_from_few_pupils_or_items() -> None:
    rng = np.random.default_rng(1)
    assert np.isnan(reliability(paper(rng.integers(0, 3, (99, 4)).astype(float)))[0])
    few = paper(rng.integers(0, 3, (200, 4)).astype(float), [False, False, True, True])
    assert np.isnan(reliability(few)[0])


def test_tied_pupils_share_the_places_of_a_tail() -> None:
    total = np.array([5, 4, 4, 4, 1, 1, 0, 0, 0, 0.0])
    top, bottom = tails(total, 0.2)
    assert top.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0])
    assert bottom.sum() == pytest.approx(2)


def test_upper_lower_of_an_item_that_only_the_best_solve() -> None:
    total = np.arange(100.0)
    assert upper_lower((total >= 73).astype(float), total, 1.0) == pytest.approx(1.0)
    assert upper_lower(np.ones(100), total, 1.0) == pytest.approx(0.0)


def test_gaps_add_up_to_nothing_and_find_the_weak_school() -> None:
    rng = np.random.default_rng(2)
    data = exam(rng.normal(60, 10, (400, 2)))
    p = np.where(np.arange(400) < 40, 0.3, 0.7)
    marks = 2.0 * (rng.random((400, 5)) < p[:, None])
    made = item_quality_table(data, "e", [paper(marks)])
    schools = made[made["level"] == "school"]
    for _, of_item in schools.groupby("item"):
        assert of_item["gap"] @ of_item["n"] == pytest.approx(0, abs=1e-9)
    assert (schools[schools["unit"] == "s0"]["p_gap"] > 0.99).all()
    assert (schools[schools["unit"] != "s0"]["p_gap"] < 0.9).mean() > 0.8
    city = made[made["level"] == "city"]
    assert city["value"].to_numpy() == pytest.approx(marks.mean(axis=0) / 2)
    assert city["blank_rate"].to_numpy() == pytest.approx((marks == 0).mean(axis=0))


def test_topic_rate_is_marks_won_over_marks_to_win() -> None:
    data = exam(np.tile(np.arange(40.0)[:, None], (1, 2)))
    marks = np.tile(np.array([2, 0, 1, 1.0]), (40, 1))
    marks[:20, 3] = np.nan  # a choice item that half did not choose
    made = topics_table(data, "e", [paper(marks)])
    value = made[made["level"] == "city"].set_index("topic")["value"]
    assert value["a"] == pytest.approx(0.5)
    assert value["b"] == pytest.approx(0.5)
    assert made.set_index("topic")["items"]["b"].iloc[0] == 2
