"""The short way (tables) and the long way (sheets, intake) give the same city."""

import pandas as pd
import pytest

from analysis import intake, settings
from analysis.demo import direct
from analysis.demo import settings as demo_settings


@pytest.fixture(scope="module")
def short():
    return direct.tables(small=True)


@pytest.fixture(scope="module")
def long(small, tmp_path_factory):
    home = tmp_path_factory.mktemp("project")
    text = demo_settings.text(small=True).replace('data: "demo:"', f'data: "{small}"')
    (home / "params").mkdir()
    (home / "params/demo.yaml").write_text(text, encoding="utf-8")
    return intake.load(settings.load(home / "params/demo.yaml"))


def counted(tables, by):
    scores = tables["scores"].merge(
        tables["enrolments"][["exam", "pupil", "school", "status"]], on=["exam", "pupil"]
    )
    return (
        scores[(scores["state"] == "ok") & (scores["status"] == "ok")]
        .groupby(by)["score"]
        .agg(["size", "sum"])
    )


def test_marks_by_school_and_paper_are_the_same_but_for_the_slip(short, long):
    by = ["exam", "school", "subject"]
    a, b = counted(short[0], by), counted(long, by)
    differ = (a - b.reindex(a.index)).query("size != 0 or sum != 0").reset_index()
    assert set(differ["subject"]) == {"english", "total"} and set(differ["exam"]) == {"2026-g9-mock1"}
    assert (differ["size"] == 1).all() and differ["school"].nunique() == 1
    assert len(a) == len(b)


def test_teachings_are_the_same(short, long):
    keys = ["exam", "school", "class", "subject"]
    both = short[0]["teachings"].merge(long["teachings"], on=keys, suffixes=("", "_long"))
    assert len(both) == len(long["teachings"]) == len(short[0]["teachings"])
    assert (both["since"] == both["since_long"]).all()
    assert (both["weight"] - both["weight_long"]).abs().max() < 1e-9


def test_item_marks_are_the_same(short, long):
    def rates(tables):
        return (
            tables["items"]
            .assign(mark=tables["items"]["mark"].fillna(0))
            .groupby(["subject", "item"])["mark"]
            .agg(["size", "sum"])
        )

    pd.testing.assert_frame_equal(rates(short[0]), rates(long))


def test_truth_is_that_of_the_folder(small, short):
    pd.testing.assert_frame_equal(short[1], pd.read_parquet(small / "truth/schools.parquet"))
