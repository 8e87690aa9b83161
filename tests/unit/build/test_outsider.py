"""Everything that is published, of the city and all schools, put together: no small unit's pupils can be worked out."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.build import build, complete
from analysis.build import hide as hiding
from analysis.measures.suppression import LEAST_WIDTH
from analysis.params import Exam
from analysis.terms import Level

Frame = pd.DataFrame
Cells = dict[tuple[str, str], tuple[int, bool]]
"""(level, unit) → pupils, and whether that is published."""

COUNTED = {
    "participation": ["expected", "sat", "matched"],
    "units": ["expected", "sat", "matched"],
    "value_added": ["n"],
    **{name: ["n"] for name in hiding.FIGURES},
}
THRESHOLD = 11


def thin(
    tables: dict[str, Frame], exam: Exam, schools: list[str], rng: np.random.Generator
) -> dict[str, Frame]:
    """The warehouse with two tiny schools, tiny classes in a third, few baselines, one small paper, few items."""
    made = dict(tables)
    sat = made["enrolments"].query("exam == @exam.id")

    def keep(
        school: str, k: int, names: tuple[str, ...], of: str = exam.id, papers: tuple[str, ...] = ()
    ) -> None:
        pupils = sat.loc[sat["school"] == school, "pupil"]
        _drop(made, names, of, set(pupils.sample(frac=1, random_state=rng)[k:]), papers)

    everything = ("enrolments", "scores", "items")
    for school in schools[:2]:
        keep(school, int(rng.integers(1, 11)), everything)
    for _, of_class in sat[sat["school"] == schools[2]].groupby("class"):
        if rng.random() < 0.5:
            _drop(made, everything, exam.id, set(of_class["pupil"][int(rng.integers(1, 11)) :]))
    keep(schools[3], int(rng.integers(1, 11)), ("enrolments", "scores"), of=exam.baselines[0])
    keep(schools[4], int(rng.integers(1, 11)), ("scores", "items"), papers=("math", "total"))
    keep(schools[5], int(rng.integers(1, 11)), ("items",))
    return made


def _drop(
    made: dict[str, Frame], names: tuple[str, ...], exam: str, out: set[str], papers: tuple[str, ...] = ()
) -> None:
    for name in names:
        rows = made[name]
        gone = (rows["exam"] == exam) & rows["pupil"].isin(out)
        if papers:
            gone &= rows["subject"].isin(papers)
        made[name] = rows[~gone].reset_index(drop=True)


@pytest.fixture(scope="module", params=[1, 2])
def known_and_shown(
    request, demo, warehouse_tables, monkeypatch_module
) -> tuple[dict[str, Frame], dict[str, Frame]]:
    """Results of a city with many small units, before and after hiding."""
    exam, rng = demo.exam(demo.params.report_exam), np.random.default_rng(request.param)
    schools = sorted(warehouse_tables["enrolments"].query("exam == @exam.id")["school"].unique())
    tables = thin(warehouse_tables, exam, list(rng.permutation(schools)), rng)
    found: list[dict[str, Frame]] = []

    def listen(params, results):
        found.append(dict(results))
        return hiding.hidden_tables(params, results)

    monkeypatch_module.setattr("analysis.build.hidden_tables", listen)
    shown = build(demo, exam.id, tables)
    return found[0], complete(shown, found[0])


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def quantities(known: dict[str, Frame], shown: dict[str, Frame]) -> Iterator[Cells]:
    """Every published count; counts that are the same for all units are one, whichever table tells them."""
    found: list[Cells] = []
    for name, columns in COUNTED.items():
        rows, after = known[name], shown[name]
        keys = [key for key in hiding.FIGURES.get(name, ["subject"]) if key in rows]
        if name == "indicators":  # the smaller of two numbers adds up to nothing
            kept = (rows["indicator"] != "unmatched_difference").to_numpy()
            rows, after = rows[kept], after[kept]
        told = ~np.asarray(after["flag"] == "hidden") if "flag" in after else np.asarray(after["sat"] > 0)
        for column in columns:
            cells = rows.assign(told=told & after[column].notna().to_numpy(), value=rows[column].fillna(0))
            cells = cells.groupby(["level", "unit", *keys], sort=False).agg({"value": "sum", "told": "all"})
            for _, part in cells.reset_index().groupby(keys) if keys else [((), cells.reset_index())]:
                pairs = zip(part["level"], part["unit"], strict=True)
                figures = zip(part["value"].astype(int), part["told"], strict=True)
                found.append(dict(zip(pairs, figures, strict=True)))
    merged: dict[frozenset, Cells] = {}
    for cells in found:
        same = merged.setdefault(frozenset((cell, n) for cell, (n, _) in cells.items()), {})
        for cell, (n, told) in cells.items():
            same[cell] = (n, told or same.get(cell, (n, False))[1])
    yield from merged.values()


def sums(units: Frame) -> list[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """Whole and parts, written down without the code under test."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    schools = units[units["level"] == Level.school]
    for row in schools.itertuples():
        found.setdefault(("city", "city"), []).append(("school", row.unit))
        for level in ("sector", "township", "official"):
            if getattr(row, level):
                found.setdefault((level, getattr(row, level)), []).append(("school", row.unit))
    for row in units[units["level"] == Level.klass].itertuples():
        found.setdefault(("school", row.school), []).append(("class", row.unit))
    made = list(found.items())
    for level in ("sector", "township", "official"):
        outside = [("school", unit) for unit in schools.loc[schools[level] == "", "unit"]]
        made.append((("city", "city"), [pair for pair in found if pair[0] == level] + outside))
    return made


def known_too_well(cells: Cells, whole: list[tuple[tuple[str, str], list[tuple[str, str]]]]) -> list[tuple]:
    """Small units that are published, or whose number an outsider knows within ± 2."""
    small = {cell for cell, (n, _) in cells.items() if 0 < n < THRESHOLD and cell[0] != Level.teacher}
    found = [cell for cell in small if cells[cell][1]]
    gone = [cell for cell, (n, told) in cells.items() if not told and n > 0]
    rows, right = [], []
    for parent, parts in whole:
        n = {cell: cells.get(cell, (0, True))[0] for cell in (parent, *parts)}
        if n[parent] == sum(n[cell] for cell in parts):  # else it is not told who is missing
            rows.append([(cell in parts) - float(cell == parent) for cell in gone])
            shown = [cell for cell in parts if cell not in gone]
            right.append((0 if parent in gone else n[parent]) - sum(n[cell] for cell in shown))
    for cell in small - set(found):
        goal = np.array([float(other == cell) for other in gone])
        low, high = (linprog(sign * goal, A_eq=np.array(rows), b_eq=right) for sign in (1, -1))
        if high.status == 0 and -high.fun - low.fun <= LEAST_WIDTH:
            found.append(cell)
    return found


def test_no_small_unit_is_known_from_all_that_is_published(known_and_shown) -> None:
    known, shown = known_and_shown
    whole, seen = sums(known["units"]), 0
    for cells in quantities(known, shown):
        assert known_too_well(cells, whole) == []
        seen += any(0 < n < THRESHOLD for n, _ in cells.values())
    assert seen > 10


def test_bands_and_schools_that_add_up_to_nothing_tell_no_small_one(known_and_shown) -> None:
    """Σ pupils × figure is 0 over the schools in each band: two must be hidden, or none."""
    known, shown = known_and_shown
    rows, after = known["value_added_bands"], shown["value_added_bands"]
    zero = (rows["n"] * rows["value"]).groupby([rows["subject"], rows["band"]]).sum()
    assert np.allclose(zero, 0, atol=1e-6)
    gone = (after["flag"] == "hidden") & (rows["n"] > 0)
    for key in ("band", "unit"):  # a school of which nothing is shown has no margin either
        of = gone.groupby([rows["subject"], rows[key]])
        assert ((of.sum() != 1) | of.all()).all(), key
    pupils = rows["n"].where(gone, 0).groupby([rows["subject"], rows["band"]]).sum()
    assert (pupils[pupils > 0] >= THRESHOLD).all()
