"""Public data sets load by settings alone; figures as published or recomputed in datasets.md."""

from pathlib import Path

import numpy as np
import pytest

from analysis import intake, settings

HOME = Path(__file__).resolve().parents[3]
DATA = HOME.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    outputs = tmp_path_factory.mktemp("outputs")
    return lambda name: intake.load(settings.load(HOME / "params" / name, outputs=outputs))


def papers(tables, exam, subject):
    scores = tables["scores"]
    return scores[(scores["exam"] == exam) & (scores["subject"] == subject)]


def test_inner_london(load):
    tables = load("inner-london.yaml")
    assert len(tables["pupils"]) == 4059 and len(tables["schools"]) == 65
    after = papers(tables, "age16", "attainment").set_index("pupil")["score"]
    before = papers(tables, "age11", "attainment").set_index("pupil")["score"]
    assert len(after) == len(before) == 4059
    assert np.corrcoef(after, before.reindex(after.index))[0, 1] == pytest.approx(0.5916, abs=5e-4)
    issues = tables["data_issues"]
    assert issues["code"].unique().tolist() == ["number_twice"] and issues["severity"].unique().tolist() == [
        "question"
    ]
    assert sorted(issues["school"]) == ["43", "50", "52", "52"]
    assert set(tables["schools"]["sector"]) == {"mixed", "boys", "girls"}


def test_student_performance(load):
    tables = load("student-performance.yaml")
    assert papers(tables, "g3", "math")["score"].mean() == pytest.approx(10.4152, abs=5e-5)
    assert papers(tables, "g3", "portuguese")["score"].mean() == pytest.approx(11.9060, abs=5e-5)
    joined = papers(tables, "g3", "math").merge(papers(tables, "g2", "math"), on="pupil")
    assert np.sqrt(((joined["score_x"] - joined["score_y"]) ** 2).mean()) == pytest.approx(2.01, abs=0.005)
    homes = (
        tables["enrolments"].query("exam == 'g3'").merge(papers(tables, "g3", "math")[["pupil"]], on="pupil")
    )
    assert homes["school"].value_counts().to_dict() == {"GP": 349, "MS": 46}
    dropped = tables["data_issues"].query("code == 'zero_after_mark' and exam == 'g3'")
    assert dropped["n"].sum() == 38 + 15
    assert set(tables["data_issues"]["code"]) == {"zero_after_mark", "unknown_column"}


def test_growth_over_years(load):
    tables = load("egsingle.yaml")
    assert len(tables["pupils"]) == 1721
    assert tables["scores"].query("subject == 'math'").groupby("exam").size().tolist() == [
        1346,
        1520,
        1672,
        1387,
        1174,
    ]


def test_items(load):
    tables = load("math-items.yaml")
    rates = tables["items"].groupby("item", sort=False)["mark"].mean()
    assert rates.round(4).tolist() == [
        0.5267,
        0.7092,
        0.7531,
        0.4966,
        0.7092,
        0.6529,
        0.1742,
        0.6447,
        0.4129,
        0.4047,
        0.7846,
        0.6392,
        0.4156,
    ]
    assert papers(tables, "exam", "math")["score"].mean() == pytest.approx(7.3237, abs=5e-5)
    assert "items_not_sum" not in tables["data_issues"]["code"].tolist()


def test_district_with_several_teachers_a_pupil(load):
    tables = load("sgp.yaml")
    assert len(tables["pupils"]) == 8147
    math = (
        tables["scores"].query("subject == 'math' and state == 'ok'").assign(year=lambda d: d["exam"].str[:4])
    )
    wide = math.drop_duplicates(["pupil", "year"]).pivot(index="pupil", columns="year", values="score")
    assert wide.corr().loc["2023", ["2024", "2025"]].round(3).tolist() == [0.816, 0.769]
    taught = tables["pupil_teachings"]
    assert taught.groupby(["exam", "pupil", "subject"]).size().max() > 1
    assert taught["weight"].between(0, 1).all()
    assert (tables["scores"]["state"] == "blank").sum() > 0
