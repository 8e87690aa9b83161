"""The demo city as a whole: same arguments, same bytes; modes; nothing real or double in it."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import demo
from analysis.demo import city
from analysis.demo.calendar import simulated


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_arguments_give_the_same_bytes(small, tmp_path):
    demo.make(tmp_path, small=True)
    assert contents(tmp_path) == contents(small)


def test_another_seed_gives_other_pupils(small, tmp_path, read):
    demo.make(tmp_path, seed=2, small=True)
    ids = {row["学籍号"] for row in read(tmp_path, "2026-g9-mock1/成绩汇总_*.xlsx")}
    assert not ids <= {row["学籍号"] for row in read(small, "2026-g9-mock1/成绩汇总_*.xlsx")}


def test_every_exam_with_sheets_has_its_folder(small):
    assert {p.name for p in (small / "sheets").iterdir()} == {
        *(sitting.id for sitting in simulated(small=True)),
        "rosters",
        "teachers",
    }


@pytest.mark.parametrize(
    "pattern",
    [
        "2023-g7-entry/成绩.csv",
        "rosters/*.csv",
        "2026-g9-mock1/小题分_数学.csv",
    ],
)
def test_no_pupil_is_listed_twice(small, read, pattern):
    ids = [row["学籍号"] for row in read(small, pattern)]
    assert len(ids) > 500 and len(set(ids)) == len(ids)


def test_register_numbers_belong_to_no_real_area(small, read):
    for row in read(small, "rosters/*.csv"):
        number = str(row["学籍号"])
        assert number.startswith("G990381") and len(number) == 19


def test_null_city_has_no_effects(null):
    for name in ("schools", "classes", "teachers"):
        table = pd.read_parquet(null / "truth" / f"{name}.parquet")
        assert len(table) and not table[[c for c in ("effect", "own") if c in table]].to_numpy().any()
    assert pd.read_parquet(null / "truth" / "planted.parquet").empty


def test_plan_of_the_city():
    schools = city.junior_schools()
    assert 8000 <= sum(school.size for school in schools) <= 9000
    assert len(city.TOWNS) == 16 and 40 <= len(schools) <= 44
    assert {school.sector for school in schools} == set(city.SECTORS)
    assert all(school.official for school in schools)
    assert {school.planted.key for school in schools if school.planted} == {
        p.key for p in city.PLANTED.values()
    }


def test_names_and_codes_point_to_one_school():
    every = (*city.junior_schools(), *city.other_schools())
    names = [name for school in every for name in (school.code, school.name, *school.aliases)]
    assert len(set(names)) == len(names)
