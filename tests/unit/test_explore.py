"""The analyst's notebook: a small city through the pipeline, opened read-only, every picture drawn."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis import explore, intake, settings, warehouse
from analysis.errors import UnknownName

ROOT = Path(__file__).parents[2]


def notebook() -> str:
    cells = json.loads((ROOT / "notebooks/explore.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_notebook_calls_only_what_there_is():
    source = notebook()
    for name in (
        "open_study",
        "caterpillar",
        "intake",
        "checks",
        "residuals",
        "influence",
        "panel",
        "open_dossier",
    ):
        assert f"explore.{name}(" in source and callable(getattr(explore, name))


def test_study_of_unknown_names_is_refused(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks")
    with pytest.raises(UnknownName):
        explore.open_study("demo", "1999-g9")
    with pytest.raises(UnknownName):
        explore.open_study("demo").table("no_such_table")


def test_outside_of_a_project_it_says_so(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName, match="No project"):
        explore.open_study("demo")


@pytest.fixture(scope="module")
def london(tmp_path_factory):
    """The London study with its warehouse in a folder of its own."""
    if not (ROOT.parent / "shared/data/exam_inner_london.csv").is_file():
        pytest.skip("needs ../shared/data beside the project")
    found = settings.load(ROOT / "params/inner-london.yaml", tmp_path_factory.mktemp("outputs"))
    for name, frame in intake.load(found).items():
        warehouse.write(found.warehouse, name, frame)
    return explore.Study(found, found.report_exam().id)


def test_refitted_model_is_the_published_one_and_is_drawn(london):
    fitted = london.fit()
    assert fitted.progress.core.fit.beta[1] == pytest.approx(0.5633, abs=5e-5)
    checks = explore.checks(fitted)
    assert checks["spread_ratio"] < 1.5 and checks["max_leverage"] < 1 and not checks["capped"]
    assert len(explore.residuals(fitted).axes) == 3
    assert len(explore.influence(fitted).axes[0].patches) == 15


def test_pictures_of_schools_show_each_school_once():
    names = ["市一中", "市二中", "市三中"]
    rows = pd.DataFrame({"name": names, "effect": [0.1, 0.2, -0.1], "start": [0.0, 0.3, -0.2]})
    rows = rows.assign(lo=rows["effect"] - 0.1, hi=rows["effect"] + 0.1)
    (axes,) = explore.caterpillar(rows).axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["市三中", "市一中", "市二中"]
    assert len(explore.intake(rows).axes[0].collections[0].get_offsets()) == 3
    fits = [("core", 0.1), ("within", 0.12)]
    table = pd.DataFrame(
        [
            {"level": "school", "unit": u, "subject": "total", "fit": f, "value": v}
            for u in names
            for f, v in fits
        ]
    )
    assert len(explore.panel(table).axes) == 1
