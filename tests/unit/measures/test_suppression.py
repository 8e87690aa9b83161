"""No hidden number can be worked out from what is published."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measures.suppression import LEAST_WIDTH, Sum, hidden_units, hide, ranges, suppress

sizes = st.integers(0, 60)
schools = st.lists(st.lists(sizes, min_size=1, max_size=4), min_size=1, max_size=5)


def tree(classes: list[list[int]]) -> tuple[np.ndarray, list[Sum]]:
    """Classes, then schools, then two sectors, then the city; schools add to sectors and to the city."""
    n = [c for school in classes for c in school]
    sums, at, own = [], 0, []
    for school in classes:
        n.append(sum(school))
        own.append(len(n) - 1)
        sums.append(Sum(len(n) - 1, tuple(range(at, at + len(school)))))
        at += len(school)
    halves = [own[: (len(own) + 1) // 2], own[(len(own) + 1) // 2 :]]
    sectors = []
    for half in filter(None, halves):
        n.append(sum(n[s] for s in half))
        sectors.append(len(n) - 1)
        sums.append(Sum(len(n) - 1, tuple(half)))
    n.append(sum(n[s] for s in own))
    sums += [Sum(len(n) - 1, tuple(own)), Sum(len(n) - 1, tuple(sectors))]
    return np.array(n), sums


@given(schools)
@settings(max_examples=40, deadline=None)
def test_no_hidden_cell_is_determined_or_bounded(classes: list[list[int]]) -> None:
    n, sums = tree(classes)
    hidden = suppress(n, sums)
    cells = [int(c) for c in np.flatnonzero(hidden)]
    for cell, (low, high) in zip(cells, ranges(n, hidden, sums, cells), strict=True):
        assert low - 1e-6 <= n[cell] <= high + 1e-6
        assert high - low > LEAST_WIDTH
    assert (hidden | (n == 0) | (n >= 11)).all()


def test_the_only_small_class_takes_a_companion() -> None:
    n, sums = tree([[5, 30, 40]])
    assert suppress(n, sums)[:3].tolist() == [True, True, False]


def test_nothing_small_nothing_hidden() -> None:
    n, sums = tree([[30, 30], [40, 20]])
    assert not suppress(n, sums).any()


def test_two_small_classes_that_add_to_fewer_than_eleven() -> None:
    n, sums = tree([[3, 4, 30, 40]])
    assert suppress(n, sums)[:4].tolist() == [True, True, True, False]


def test_primary_alone_would_fail() -> None:
    n, sums = tree([[5, 30, 40]])
    primary = (n > 0) & (n < 11)
    low, high = ranges(n, primary, sums, [0])[0]
    assert low == high == pytest.approx(5)


def test_three_cells_that_three_sums_give_away_together() -> None:
    """X + Y, Y + Z and X + Z are published, each with two hidden cells: no equation alone tells, all three do."""
    n = np.array([5, 7, 8, 40, 12, 48, 15, 45, 13, 47, 60])  # X Y Z W, sectors, townships, officials, city
    pairs = [(4, (0, 1)), (5, (2, 3)), (6, (1, 2)), (7, (0, 3)), (8, (0, 2)), (9, (1, 3)), (10, (0, 1, 2, 3))]
    pairs += [(10, (4, 5)), (10, (6, 7)), (10, (8, 9))]
    sums = [Sum(parent, children) for parent, children in pairs]
    low, high = ranges(n, n < 11, sums, [0, 1, 2])[0]
    assert low == high == pytest.approx(5)
    hidden = suppress(n, sums)
    cells = [int(c) for c in np.flatnonzero(hidden)]
    assert all(high - low > LEAST_WIDTH for low, high in ranges(n, hidden, sums, cells))


def units() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        ("city", "city", "", ""),
        ("school", "A", "A", ""),
        ("class", "A/1", "A", ""),
        ("class", "A/2", "A", ""),
        ("class", "A/3", "A", ""),
    ]
    frame = pd.DataFrame(rows, columns=["level", "unit", "school", "sector"]).assign(township="", official="")
    counts = frame[["level", "unit"]].assign(subject="maths", n=[75, 75, 5, 30, 40])
    return frame, counts


def test_hidden_units_of_a_results_table() -> None:
    frame, counts = units()
    hidden = hidden_units(frame, counts)
    assert sorted(hidden["unit"]) == ["A/1", "A/2"]


def test_hide_blanks_figures_and_counts() -> None:
    frame, counts = units()
    hidden = hidden_units(frame, counts)
    table = counts.assign(exam="e", indicator="mean", value=60.0, se=1.0, lo=58.0, hi=62.0, reference=60.0)
    table = table.assign(rank_lo=np.nan, rank_hi=np.nan, verdict="around", flag="")
    made = hide("indicators", table, hidden).set_index("unit")
    assert made.loc["A/1", ["value", "se", "lo", "hi"]].isna().all()
    assert made.loc["A/1", ["n", "flag", "verdict"]].tolist() == [0, "hidden", "hidden"]
    assert made.loc["A/3", "value"] == 60.0
