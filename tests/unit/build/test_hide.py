"""A school with eight pupils is nowhere in the results, nor is what it could be worked out from."""

import numpy as np
import pandas as pd
import pytest

from analysis.build.hide import hidden_tables, without_hidden
from analysis.tables import TABLES
from analysis.terms import Level

TINY = "0211"
Results = dict[str, pd.DataFrame]
SHARED = {"reference", "city", "full_mark", "marks", "mark", "start", "stop", "delta", "order", "band", "bin"}
SHARED |= {
    "band_from",
    "band_to",
    "discrimination",
    "upper_lower",
    "expected_rate",
    "city_hit",
    "city_contribution",
    "rank",
}
"""Numbers in a unit's row that are not the unit's."""
INSIDE = (Level.school, Level.klass, Level.teacher)


def figures_of(frame: pd.DataFrame, name: str, school: str) -> pd.DataFrame:
    """Rows of a school, its classes and teachers that hold a number of their own."""
    mine = frame[frame["level"].isin(INSIDE) & (frame["unit"].str.split("/").str[0] == school)]
    numbers = [c.name for c in TABLES[name].columns if c.kind in ("int", "float") and c.name not in SHARED]
    if name == "outflow":
        numbers += ["start"]
    return mine[(mine[numbers].astype(float).fillna(0) != 0).any(axis=1)]


UNITS = [name for name, table in TABLES.items() if table.home == "results" and "level" in table.names]


@pytest.mark.parametrize("name", UNITS)
def test_eight_pupils_leave_no_figure(built, name: str) -> None:
    left = figures_of(built.results[name], name, TINY)
    if name == "outflow":  # pupils at the starting exam: another, larger group
        assert (left["flag"] == "hidden").all()
    else:
        assert left.empty, left.head().to_string()


@pytest.mark.parametrize("name", ["judgements", "advice", "growth_points"])
def test_hidden_school_is_on_no_list(built, name: str) -> None:
    rows = built.results[name]
    assert len(rows) and not (rows["unit"].str.split("/").str[0] == TINY).any()


def counts(results: Results, column: str) -> dict[tuple[str, str], int]:
    rows = results["participation"].query("subject == 'math'")
    return dict(zip(zip(rows["level"], rows["unit"], strict=True), rows[column], strict=True))


@pytest.mark.parametrize("column", ["sat", "matched"])
def test_no_sum_gives_one_hidden_unit_away(built, column: str) -> None:
    found = counts(built.results, column)
    units = built.results["units"]
    schools = units[units["level"] == "school"]
    gone = {unit for (level, unit), n in found.items() if level == "school" and (pd.isna(n) or n == 0)}
    assert TINY in gone and len(gone) > 1
    for level in ("sector", "township", "official"):
        for place, members in schools.groupby(level)["unit"]:
            hidden_here = set(members) & gone
            if place and not pd.isna(found[(level, place)]) and found[(level, place)]:
                assert len(hidden_here) != 1, (level, place)


def test_hidden_units_have_no_counts_in_units(built) -> None:
    row = built.results["units"].query("level == 'school' and unit == @TINY").iloc[0]
    assert row["sat"] == 0 and row["matched"] is pd.NA and row["expected"] is pd.NA
    assert row["name"]


def test_shown_schools_keep_their_figures(built) -> None:
    large = (
        built.results["value_added"]
        .query("level == 'school' and unit == '0201' and subject == 'total'")
        .iloc[0]
    )
    assert np.isfinite(large["effect"]) and large["n"] > 100


def test_bands_below_the_limit_take_a_companion(built) -> None:
    rows = built.results["value_added_bands"]
    shown = rows[rows["n"] > 0]
    assert shown["n"].min() >= 11
    assert (rows.loc[rows["flag"] == "hidden", "value"].isna()).all()
    key = ["unit", "subject"]
    lost = rows.assign(gone=rows["flag"] == "hidden").groupby(key)["gone"].sum()
    assert (lost != 1).all() and (lost == 0).any()


def test_hidden_sector_leaves_the_equity_table(built, demo) -> None:
    """All but eight pupils of a sector go: the sector's own rows in `equity` must too."""
    results = dict(built.results)
    where = (results["participation"]["level"] == "sector") & (results["participation"]["unit"] == "民办")
    assert results["equity"]["key"].str.startswith("sector:民办:").any()
    results["participation"] = results["participation"].assign(
        sat=results["participation"]["sat"].mask(where, 8),
        matched=results["participation"]["matched"].mask(where, 8),
    )
    keys = hidden_tables(demo.params, results)[0]["equity"]["key"]
    assert not keys.str.startswith("sector:民办:").any()


def test_advice_about_a_hidden_class_is_not_given(built, demo) -> None:
    results, gone, kept = dict(built.results), "0201/901", "0202/901"
    where = results["participation"]["unit"] == gone
    counts = results["participation"]
    results["participation"] = counts.assign(
        sat=counts["sat"].mask(where, 8), flag=counts["flag"].mask(where, "")
    )
    advice = results["advice"].iloc[:2].assign(target=[gone, kept], unit="0201", level="school")
    _, hidden = hidden_tables(demo.params, results)
    assert without_hidden(advice, hidden)["target"].tolist() == [kept]


def test_a_small_class_where_nobody_sat_is_small_all_the_same(built, demo) -> None:
    """Five who should have sat stay five whether they came or not; a second class keeps the school's sum silent."""
    results = dict(built.results)
    counts = results["participation"]
    klass = counts[(counts["level"] == "class") & (counts["subject"] == "math") & (counts["expected"] >= 11)]
    empty = klass["unit"].iloc[0]
    where = counts["unit"] == empty
    results["participation"] = counts.assign(
        sat=counts["sat"].mask(where, 0),
        matched=counts["matched"].mask(where, 0),
        expected=counts["expected"].mask(where, 5),
    )
    made = hidden_tables(demo.params, results)[0]["participation"]
    of_school = (made["level"] == "class") & made["unit"].str.startswith(empty.split("/")[0] + "/")
    mine = made[of_school & (made["subject"] == "math")].set_index("unit")["flag"]
    assert mine[empty] == "hidden" and (mine == "hidden").sum() > 1
