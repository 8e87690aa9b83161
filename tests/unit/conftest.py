"""The small demo city, built once: twelve schools, two papers and the total, one school cut down to eight pupils."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from analysis import settings
from analysis.build import build
from analysis.demo import direct
from analysis.settings import Settings

Frame = pd.DataFrame

HOME = Path(__file__).parents[2]
PAPERS = ("chinese", "math", "total")
TINY = "0211"
"""The school that is cut down to eight pupils."""


@dataclass(frozen=True)
class Built:
    """A build: its settings, exam, warehouse tables and results."""

    settings: Settings
    exam: str
    tables: Mapping[str, Frame]
    results: Mapping[str, Frame]


def fewer_papers(tables: Mapping[str, Frame]) -> dict[str, Frame]:
    """The exams of grade 9 with two papers and the total: enough to see everything, and quick."""
    made = dict(tables)
    for name in ("papers", "scores", "teachings"):
        rows = made[name]
        made[name] = rows[rows["subject"].isin(PAPERS)].reset_index(drop=True)
    return made


def cut_down(tables: Mapping[str, Frame], exam: str, school: str, size: int) -> dict[str, Frame]:
    """The tables with only the first pupils of one school in one exam."""
    made = dict(tables)
    sat = made["enrolments"].query("exam == @exam and school == @school")["pupil"]
    out = set(sat[size:])
    for name in ("enrolments", "scores", "items"):
        rows = made[name]
        made[name] = rows[~((rows["exam"] == exam) & rows["pupil"].isin(out))].reset_index(drop=True)
    return made


def with_few_draws(found: Settings) -> Settings:
    """The settings with few draws."""
    few = found.params.model.model_copy(update={"draws": 200, "null_runs": 2})
    return replace(found, params=found.params.model_copy(update={"model": few}))


@pytest.fixture(scope="session")
def quick() -> Callable[[Settings], Settings]:
    """Makes settings with few draws."""
    return with_few_draws


@pytest.fixture(scope="session")
def demo() -> Settings:
    """The demo's settings with few draws."""
    return with_few_draws(settings.load(HOME / "params" / "demo.yaml"))


@pytest.fixture(scope="session")
def warehouse_tables() -> dict[str, Frame]:
    """The warehouse of the small demo city."""
    return fewer_papers(direct.tables(1, small=True)[0])


@pytest.fixture(scope="session")
def built(demo: Settings, warehouse_tables: dict[str, Frame]) -> Built:
    """The newest mock exam of the small city."""
    exam = demo.params.report_exam or ""
    tables = cut_down(warehouse_tables, exam, TINY, 8)
    return Built(demo, exam, tables, build(demo, exam, tables))
