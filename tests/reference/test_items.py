"""Item statistics of two published data sets; figures recomputed in R (see datasets.md beside the data)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.measures.items import cronbach_alpha, item_rest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def frame(name: str) -> pd.DataFrame:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not beside the project")
    return pd.read_csv(DATA / name)


def test_mathematics_exam_of_innsbruck() -> None:
    data = frame("math_exam_items.csv")
    solved = data[[f"solved.{i}" for i in range(1, 14)]].to_numpy(float)
    assert len(solved) == 729
    total = solved.sum(axis=1)
    assert total.mean() == pytest.approx(7.3237, abs=5e-5)
    assert total.std(ddof=1) == pytest.approx(2.9999, abs=5e-5)
    assert cronbach_alpha(solved) == pytest.approx(0.7430, abs=5e-5)
    rates = ".5267 .7092 .7531 .4966 .7092 .6529 .1742 .6447 .4129 .4047 .7846 .6392 .4156"
    assert solved.mean(axis=0) == pytest.approx([float(x) for x in rates.split()], abs=5e-5)
    rests = ".2684 .3567 .3925 .3680 .3601 .3894 .2655 .4622 .3451 .3879 .4288 .4284 .2965"
    assert item_rest(solved) == pytest.approx([float(x) for x in rests.split()], abs=5e-5)


def test_credits_of_the_same_exam() -> None:
    data = frame("math_exam_items.csv")
    credits = data[[f"credits.{i}" for i in range(1, 14)]].to_numpy(float)
    assert credits.sum(axis=1).mean() == pytest.approx(16.9342, abs=5e-5)
    assert cronbach_alpha(credits) == pytest.approx(0.6143, abs=5e-5)


def test_law_school_admission_test_7() -> None:
    items = frame("lsat7.csv").filter(regex="^Q").to_numpy(float)
    assert items.shape == (1000, 5)
    assert items.mean(axis=0) == pytest.approx([0.828, 0.658, 0.772, 0.606, 0.843], abs=5e-7)
    assert cronbach_alpha(items) == pytest.approx(0.4534, abs=5e-5)
    assert item_rest(items) == pytest.approx([0.2457, 0.2467, 0.3132, 0.2228, 0.1748], abs=5e-5)


def test_rows_in_another_order_change_nothing() -> None:
    items = frame("lsat7.csv").filter(regex="^Q").to_numpy(float)
    shuffled = np.random.default_rng(1).permutation(items)
    assert item_rest(shuffled) == pytest.approx(item_rest(items), abs=1e-12)
