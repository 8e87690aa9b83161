"""Growth points: found where planted, silent where nothing is there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.measures.growth_points import LISTED_FROM, MOST, Evidence, comparable, growth_points_table
from analysis.tables import TABLES


def table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=TABLES[name].names)


def evidence(weak: float = 0.0) -> Evidence:
    """Twelve schools; school s0 is `weak` in maths, its band 1, topic sets and class 1 as well."""
    added, bands, lines, topics = [], [], [], []
    for s in range(12):
        drop = weak if s == 0 else 0.0
        unit = f"s{s}"
        for subject, effect in (("maths", -drop), ("chinese", 0.0), ("total", -drop / 2)):
            se = {"se": 0.05, "lo": effect - 0.1, "hi": effect + 0.1}
            added.append(
                {"level": "school", "unit": unit, "subject": subject, "effect": effect, "n": 200, "flag": ""}
                | se
            )
        for c, own in ((1, -drop), (2, drop)):
            ends = {"own": own, "own_lo": own - 0.1, "own_hi": own + 0.1}
            added.append(
                {"level": "class", "unit": f"{unit}/{c}", "subject": "maths", "n": 100, "flag": ""} | ends
            )
        for band in range(1, 6):
            value = -drop if band == 1 else 0.0
            bands.append({"level": "school", "unit": unit, "subject": "total", "band": band, "value": value}
                         | {"lo": value - 0.1, "hi": value + 0.1, "n": 40, "flag": ""})  # fmt: skip
        topics.append({"level": "school", "unit": unit, "subject": "maths", "kind": "topic", "topic": "sets", "marks": 20.0}
                      | {"gap": -drop, "gap_lo": -drop - 0.05, "gap_hi": -drop + 0.05, "n": 200, "flag": ""})  # fmt: skip
        lines.append(
            {
                "level": "school",
                "unit": unit,
                "line": "l",
                "below": 20 if drop else 0,
                "delta": 6.0,
                "n": 200,
                "flag": "",
            }
        )
    start = pd.Series(np.linspace(-1, 1, 12), index=[f"s{s}" for s in range(12)])
    frames = (("value_added", added), ("value_added_bands", bands), ("lines", lines), ("topics", topics))
    marks = {"maths": 15.0, "chinese": 12.0, "total": 25.0}
    return Evidence(*(table(name, rows) for name, rows in frames), start=start, marks_per_sd=marks)


def test_null_city_has_none() -> None:
    assert growth_points_table("e", evidence()).empty


def test_every_kind_is_found_where_planted() -> None:
    made = growth_points_table("e", evidence(0.3))
    assert list(made.columns) == TABLES["growth_points"].names
    assert set(made["unit"]) == {"s0"}
    assert set(made["kind"]) == {"subject", "band", "borderline", "topic", "class"}
    assert (made["probability"] >= LISTED_FROM).all() and (made["gain"] > 0).all() and len(made) <= MOST
    assert made["rank"].tolist() == list(range(1, len(made) + 1))


def test_gains_by_hand() -> None:
    """Maths −0.3 against the mean of both papers −0.15, 15 marks an sd: 2.25; band 1: 0.3·25·40/200 = 1.5;
    topic: 0.3·20 = 6; class: 0.3·100/200·15 = 2.25; borderline: 20/200·3 = 0.3."""
    made = growth_points_table("e", evidence(0.3)).set_index("kind")["gain"]
    assert made["subject"] == pytest.approx(2.25)
    assert made["band"] == pytest.approx(1.5)
    assert made["topic"] == pytest.approx(6.0)
    assert made["class"] == pytest.approx(2.25)
    assert made["borderline"] == pytest.approx(0.3)


def test_comparable_schools_are_the_nearest_in_start() -> None:
    start = pd.Series(np.arange(20.0), index=[f"s{i}" for i in range(20)])
    near = comparable(start, "s0")
    assert near == [f"s{i}" for i in range(1, 11)]
    assert comparable(start, "new") == []


def test_the_topics_of_an_only_school_are_no_gap() -> None:
    """Its score rate is the city's: what is left is rounding, with no width."""
    found = evidence(0.3)
    alone = found.topics.assign(gap=-1e-17, gap_lo=-1e-17, gap_hi=-1e-17)
    made = growth_points_table("e", replace(found, topics=alone))
    assert "topic" in set(growth_points_table("e", found)["kind"]) and "topic" not in set(made["kind"])
