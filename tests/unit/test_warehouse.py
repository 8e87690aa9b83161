"""The warehouse takes only what the schemas say, and writes whole files or none."""

import os
from pathlib import Path

import pandas as pd
import pytest

from analysis import warehouse
from analysis.errors import AnalysisError, OutputError
from analysis.tables import TABLES

PAPERS = pd.DataFrame(
    {
        "exam": "e",
        "subject": ["math", "art"],
        "name": ["M", "A"],
        "full_mark": [120.0, None],
        "order": [1, 2],
        "in_total": True,
    }
)


@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_has_an_empty_form(name: str) -> None:
    assert list(warehouse.empty(name).columns) == TABLES[name].names


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    warehouse.write(tmp_path, "papers", PAPERS)
    again = warehouse.read(tmp_path, "papers")
    assert again["full_mark"].isna().tolist() == [False, True]
    assert again["subject"].tolist() == ["math", "art"]
    assert [p.name for p in tmp_path.iterdir()] == ["papers.parquet"]


def test_text_that_is_missing_everywhere_is_text(tmp_path: Path) -> None:
    assert warehouse.conform("data_issues", _only_text("data_issues"))["file"].isna().all()


def _only_text(name: str) -> pd.DataFrame:
    """One row without any text, as a frame of numbers would hold it."""
    row = {column.name: float("nan") if column.kind == "text" else 0 for column in TABLES[name].columns}
    return pd.DataFrame([row])


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first = warehouse.write(tmp_path / "a", "papers", PAPERS).read_bytes()
    assert warehouse.write(tmp_path / "b", "papers", PAPERS.copy()).read_bytes() == first


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (PAPERS.drop(columns="name"), "name"),
        (PAPERS.assign(more=1), "more"),
        (PAPERS.assign(order=[1, None]), "order: .*non-finite"),
        (PAPERS.assign(name=["M", None]), "name: not_nullable, 1 time"),
        (PAPERS.assign(subject="math"), "subject: multiple_fields_uniqueness, 2 time"),
        (PAPERS.assign(name=[1, 2]), "instead of text"),
    ],
)
def test_a_table_that_breaks_its_schema_is_not_written(
    broken: pd.DataFrame, says: str, tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError, match=says):
        warehouse.write(tmp_path, "papers", broken)
    assert not list(tmp_path.iterdir())


def test_a_key_that_repeats_names_no_pupil(tmp_path: Path) -> None:
    twice = pd.DataFrame({"pupil": ["secret", "secret"], "sex": "", "excluded": ""})
    with pytest.raises(AnalysisError) as caught:
        warehouse.write(tmp_path, "pupils", twice)
    assert "breaks its schema" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_table_never_written_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="No table papers"):
        warehouse.read(tmp_path, "papers")


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(OutputError):
        warehouse.write(blocked, "papers", PAPERS)
    assert os.listdir(tmp_path) == ["file"]
