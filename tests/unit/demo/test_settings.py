"""The committed settings: written from the plan, loadable, pointing at sheets that exist."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from analysis.demo import settings
from analysis.demo.calendar import sittings
from analysis.params import Params

ROOT = Path(__file__).parents[3]


def params(small=False):
    return Params.model_validate(yaml.safe_load(settings.text(small)))


def test_committed_file_is_what_the_plan_writes():
    assert (ROOT / "params/demo.yaml").read_text(encoding="utf-8") == settings.text()


def test_every_sheet_is_there(small):
    for exam in params(small=True).exams:
        for sheet in exam.sheets:
            assert list(small.glob(sheet.path)), sheet.path


def test_full_city_has_three_cohorts_with_baselines():
    city = params()
    for year in (2024, 2025, 2026):
        exam = city.exam(f"{year}-g9-mock1")
        assert exam.baselines and city.exam(exam.baselines[0]).sheets
        assert exam.lines and sum(paper.full_mark for paper in exam.papers.values()) == 600
    assert city.exam("2026-g9-mock1").previous == "2025-g9-mock1"
    assert city.report_exam == "2026-g9-mock1"


def test_benchmarks_cover_every_paper_of_the_reported_exam():
    city = params()
    papers = {*city.exam(city.report_exam).papers, "total"}
    counties = {row.county for row in city.benchmarks}
    assert len(counties) >= 4
    assert {(r.county, r.subject) for r in city.benchmarks} == {(c, p) for c in counties for p in papers}


def test_calendar_covers_three_school_years():
    for year in (2024, 2025, 2026):
        held = [s for s in sittings() if date(year - 1, 8, 1) <= s.date < date(year, 8, 1)]
        assert {s.grade for s in held} >= {8, 9, 10, 11, 12}
        assert len(held) == 17, "the plan's 18 less grade 6; spring 2026: less grade 10, more a third mock"


@pytest.mark.parametrize("key", ["sectors", "stage"])
def test_schools_of_all_kinds(key):
    schools = params().schools
    if key == "sectors":
        assert {s.sector for s in schools} == {"市直", "镇办", "民办"}
    else:
        assert {s.stage for s in schools} == {"primary", "junior", "senior"}
