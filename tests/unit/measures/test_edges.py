"""Exams that lack something: every table is made, no exception, no warning."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.measures.test_table import city

from analysis.judgement.verdict import verdicts
from analysis.measures import indicator_table
from analysis.measures.bands import distributions_table, transitions_table
from analysis.measures.equity import equity_table
from analysis.measures.exam import ExamData, Grouping, grouping
from analysis.measures.figures import Paper
from analysis.measures.lines import effective_table, lines_table
from analysis.measures.papers import papers_quality_table
from analysis.measures.participation import participation_table
from analysis.params import Composite, Line
from analysis.tables import TABLES
from analysis.terms import Level

BEST = Composite(key="best", name="B", parts={"pass_rate": 1.0}, relative_to_best=True)


def no_classes(data: ExamData) -> ExamData:
    levels = tuple(
        grouping(Level.klass, [""] * len(data.scores)) if by.level == Level.klass else by
        for by in data.levels
    )
    return replace(data, levels=levels)


def one_school(data: ExamData) -> ExamData:
    alone = grouping(Level.school, ["only"] * len(data.scores))
    return replace(data, levels=tuple(alone if by.level == Level.school else by for by in data.levels))


def one_paper(data: ExamData) -> ExamData:
    levels = tuple(replace(by, codes=by.codes[:, :1]) if by.codes.ndim == 2 else by for by in data.levels)
    cut = {name: getattr(data, name)[:, :1] for name in ("scores", "states", "start")}
    return replace(data, subjects=("maths",), full_marks=data.full_marks[:1], levels=levels, **cut)


def nobody_sat_a_paper(data: ExamData) -> ExamData:
    scores = data.scores.copy()
    scores[:, [0, 2]] = np.nan
    return replace(data, scores=scores)


def no_full_marks(data: ExamData) -> ExamData:
    return replace(data, full_marks=np.full(3, np.nan))


def everyone_alike(data: ExamData) -> ExamData:
    return replace(data, scores=np.full(data.scores.shape, 60.0))


def no_baseline(data: ExamData) -> ExamData:
    return replace(data, start=np.full(data.start.shape, np.nan))


def two_tracks(data: ExamData) -> ExamData:
    tracks = np.where(np.arange(len(data.scores)) % 3 == 0, "history", "physics").astype(object)
    return replace(data, tracks=tracks)


def a_sample(data: ExamData) -> ExamData:
    return replace(data, weights=np.random.default_rng(1).uniform(1, 5, len(data.scores)))


def pupil_without_a_sector(data: ExamData) -> ExamData:
    sector = data.level(Level.sector).codes.copy()
    sector[:120] = -1
    made = Grouping(Level.sector, data.level(Level.sector).ids, sector)
    return replace(data, levels=tuple(made if by.level == Level.sector else by for by in data.levels))


CASES = [
    no_classes,
    one_school,
    one_paper,
    nobody_sat_a_paper,
    no_full_marks,
    everyone_alike,
    no_baseline,
    two_tracks,
    a_sample,
    pupil_without_a_sector,
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("error")
def test_every_table_is_made(case) -> None:  # type: ignore[no-untyped-def]
    data = case(city())
    lines = [Line(key="l", name="L", total=130)]
    made = {
        "indicators": indicator_table(data, "e", verdicts, [BEST]),
        "participation": participation_table(data, "e"),
        "distributions": distributions_table(data, "e"),
        "equity": equity_table(data, "e"),
        "papers_quality": papers_quality_table(data, "e", {}, {}),
    }
    if "total" in data.subjects:
        made["lines"] = lines_table(data, "e", lines)
        made["effective"] = effective_table(data, "e", lines)
        made["transitions"] = transitions_table(data, "e")
    for name, frame in made.items():
        assert set(frame.columns) == set(TABLES[name].names), name
        numbers = frame.select_dtypes("number").to_numpy(float)
        assert not np.isinf(numbers).any(), name


def test_track_has_its_own_scale() -> None:
    data = two_tracks(city())
    data.scores[data.tracks == "history", 0] += 30
    fresh = replace(data)
    for rows in fresh.reference_groups:
        z = fresh.z[rows, 0]
        assert np.nanmean(z) == pytest.approx(0, abs=1e-12)
        assert np.nanstd(z) == pytest.approx(1)


def test_pupils_of_unknown_class_are_one_class_a_school() -> None:
    data = no_classes(city())
    paper = Paper(data, 0, "maths")
    known = ~np.isnan(paper.score)
    assert paper.cells(data.level(Level.city), known).classes.tolist() == [12]
    assert not paper.components(paper.z[:, None], known).separable
