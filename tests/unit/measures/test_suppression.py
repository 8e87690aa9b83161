"""No hidden number can be worked out from what is published, and little is hidden."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.measures.hidden import Classes, blank, companions, hidden_units, marked, place_sums
from analysis.measures.suppression import LEAST_WIDTH, Sum, System, suppress
from analysis.terms import Level


def ranges(n: np.ndarray, hidden: np.ndarray, sums: Sequence[Sum], cells: Sequence[int]) -> list[tuple]:
    """What an outsider can work out who knows every shown number, every sum, and that counts are not negative."""
    gone = np.flatnonzero(hidden)
    rows, right = np.zeros((len(sums), len(gone))), np.zeros(len(sums))
    for i, s in enumerate(sums):
        for cell, sign in ((s.parent, -1.0), *((child, 1.0) for child in s.children)):
            if hidden[cell]:
                rows[i, np.searchsorted(gone, cell)] += sign
            else:
                right[i] -= sign * n[cell]
    found = []
    for cell in cells:
        goal = (gone == cell).astype(float)
        low, high = (linprog(sign * goal, A_eq=rows, b_eq=right) for sign in (1, -1))
        assert low.status == 0
        found.append((low.fun, -high.fun if high.status == 0 else np.inf))
    return found


def hide(n: np.ndarray, sums: Sequence[Sum]) -> np.ndarray:
    return suppress(System.plain(n, sums))


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
    hidden = hide(n, sums)
    cells = [int(c) for c in np.flatnonzero(hidden)]
    for cell, (low, high) in zip(cells, ranges(n, hidden, sums, cells), strict=True):
        assert low - 1e-6 <= n[cell] <= high + 1e-6
        assert high - low > LEAST_WIDTH
    assert (hidden | (n == 0) | (n >= 11)).all()


def test_the_only_small_class_takes_a_companion() -> None:
    n, sums = tree([[5, 30, 40]])
    assert hide(n, sums)[:3].tolist() == [True, True, False]


def test_nothing_small_nothing_hidden() -> None:
    n, sums = tree([[30, 30], [40, 20]])
    assert not hide(n, sums).any()


def test_two_small_classes_that_add_to_fewer_than_eleven() -> None:
    n, sums = tree([[3, 4, 30, 40]])
    assert hide(n, sums)[:4].tolist() == [True, True, True, False]


def test_three_small_classes_that_add_to_fewer_than_eleven() -> None:
    n, sums = tree([[2, 3, 4, 30, 40]])
    assert hide(n, sums)[:5].tolist() == [True, True, True, True, False]


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
    hidden = hide(n, sums)
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
    made = blank("indicators", table, marked(table, hidden)).set_index("unit")
    assert made.loc["A/1", ["value", "se", "lo", "hi"]].isna().all()
    assert made.loc["A/1", ["n", "flag", "verdict"]].tolist() == [0, "hidden", "hidden"]
    assert made.loc["A/3", "value"] == 60.0


def town(schools: int, tiny: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Schools in sectors, townships and officials' districts, some in no township, the first ones tiny."""
    rng = np.random.default_rng(seed)
    rows, n = [], []
    for i in range(schools):
        place = {
            "sector": f"s{rng.integers(3)}",
            "township": f"t{rng.integers(schools // 3)}" if rng.random() < 0.8 else "",
            "official": f"o{rng.integers(1 + schools // 5)}",
        }
        for k in range(1 if i < tiny else int(rng.integers(2, 6))):
            rows.append({"level": "class", "unit": f"{i}/{k}", "school": str(i), **place})
            n.append(
                int(rng.integers(1, 11)) if i < tiny or rng.random() < 0.05 else int(rng.integers(30, 60))
            )
    classes = pd.DataFrame(rows).assign(n=n)
    parts = [
        classes.groupby(["school", "sector", "township", "official"], sort=False)["n"].sum().reset_index()
    ]
    parts[0] = parts[0].assign(level="school", unit=parts[0]["school"])
    for level in ("sector", "township", "official"):
        of = parts[0][parts[0][level] != ""].groupby(level)["n"].sum().reset_index()
        parts.append(of.rename(columns={level: "unit"}).assign(level=level))
    parts.append(pd.DataFrame({"level": ["city"], "unit": ["city"], "n": [sum(n)]}))
    frame = pd.concat([*reversed(parts), classes], ignore_index=True)
    frame = frame.fillna(dict.fromkeys(("school", "sector", "township", "official"), ""))
    return frame, frame[["level", "unit", "n"]].assign(subject="total")


def all_sums(frame: pd.DataFrame) -> list[Sum]:
    """Every published sum: of places and schools, and of the classes of each school."""
    above = np.flatnonzero(frame["level"] != "class")
    sums = [
        Sum(int(above[s.parent]), tuple(above[list(s.children)].tolist()))
        for s in place_sums(frame.iloc[above])
    ]
    of = frame[frame["level"] == "class"].groupby("school").indices
    classes = np.flatnonzero(frame["level"] == "class")
    at = {unit: i for i, unit in enumerate(frame["unit"]) if frame["level"][i] == "school"}
    return sums + [Sum(at[school], tuple(classes[rows].tolist())) for school, rows in of.items()]


@pytest.mark.parametrize("seed", range(6))
def test_in_a_city_of_tiny_schools_and_classes_none_is_known_and_most_are_shown(seed: int) -> None:
    frame, counts = town(30, 4, seed)
    gone = marked(frame, hidden_units(frame, counts))
    n, small = frame["n"].to_numpy(), np.flatnonzero(frame["n"] < 11).tolist()
    assert small and gone[small].all()
    for low, high in ranges(n, gone, all_sums(frame), small):
        assert high - low > LEAST_WIDTH
    schools = (frame["level"] == "school").to_numpy()
    assert (gone & schools).sum() <= 8 and not gone[(frame["level"] == "city").to_numpy()].any()


def test_papers_of_the_same_pupils_hide_the_same_classes() -> None:
    """One pupil more in one paper: the next smallest class is another, and the pair of papers would tell both."""
    frame, counts = units()
    other = counts.assign(subject="physics", n=[76, 76, 5, 41, 30])
    hidden = hidden_units(frame, pd.concat([counts, other], ignore_index=True))
    by_paper = hidden.groupby("subject")["unit"].agg(set)
    assert by_paper["maths"] == by_paper["physics"]


def test_a_paper_with_one_small_class_more_hides_what_the_other_paper_hides() -> None:
    """Maths hides A/1 and A/2, physics A/1 and A/3: who has both papers would know A/1 from either."""
    frame, counts = units()
    other = counts.assign(subject="physics", n=[44, 44, 5, 30, 9])
    hidden = hidden_units(frame, pd.concat([counts, other], ignore_index=True))
    assert hidden.groupby("subject")["unit"].agg(set).tolist() == [{"A/1", "A/2", "A/3"}] * 2


def test_a_large_class_that_is_hidden_already_is_not_alone_under_a_school_that_is_shown() -> None:
    classes = Classes(np.array([30, 40, 50]), np.zeros(3, bool), 120, whole_hidden=False)
    assert companions(classes, np.array([False, True, False]), 11).tolist() == [True, True, False]


def test_two_small_ones_that_are_small_together_are_not_known_together() -> None:
    """A + B + C + D, A + B + E + F and C + D + E + F are published: none of the six is known, but A + B is."""
    n = np.array([3, 4, 20, 21, 22, 23, 48, 52, 86])
    sums = [Sum(6, (0, 1, 2, 3)), Sum(7, (0, 1, 4, 5)), Sum(8, (2, 3, 4, 5))]
    both, whole = np.append(n, 7), [*sums, Sum(9, (0, 1))]
    hidden = np.arange(len(n)) < 6
    low, high = ranges(both, np.append(hidden, True), whole, [9])[0]
    assert low == high == pytest.approx(7)
    hidden = suppress(System.plain(n, sums), hidden)
    low, high = ranges(both, np.append(hidden, True), whole, [9])[0]
    assert high - low > LEAST_WIDTH


def test_units_in_no_published_sum_are_hidden_alone() -> None:
    """Only schools are counted, as in a paper whose city has no row."""
    units = pd.DataFrame(
        [(Level.school, code, code, "", "", "") for code in "abcd"],
        columns=["level", "unit", "school", "sector", "township", "official"],
    )
    counts = units[["level", "unit"]].assign(subject="math", n=[60, 4, 30, 9])
    assert sorted(hidden_units(units, counts)["unit"]) == ["b", "d"]


def test_a_hundred_small_schools_by_five_bands_are_protected_in_every_cell() -> None:
    """Nearly all cells are small and their margins known: 500 cells, 90,000 pairs of them."""
    cells = np.random.default_rng(3).integers(0, 9, (100, 5))
    cells[:10] = 30  # ten larger schools, each with one small band, that its other bands would tell
    cells[:10, 2] = 4
    place = np.arange(cells.size).reshape(cells.shape)
    margins = [*place, *place.T]
    n = np.concatenate([cells.ravel(), [cells.ravel()[margin].sum() for margin in margins]])
    sums = [Sum(cells.size + i, tuple(margin.tolist())) for i, margin in enumerate(margins)]
    hidden = hide(n, sums)
    assert hidden[(n > 0) & (n < 11)].all() and not hidden[n == 0].any()
    assert hidden[place[:10]].sum() >= 20
    looked_at = {*place[:10, 2].tolist(), *np.flatnonzero(hidden)[::50].tolist()}
    for low, high in ranges(n, hidden, sums, sorted(looked_at)):
        assert high - low > LEAST_WIDTH
