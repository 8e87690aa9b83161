"""What the school report says, on synthetic dossiers."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
import dossiers
from analysis.report import report_on
from analysis.report.charts.waterfall import steps_of
from analysis.report.sections import school_evidence, school_growth, school_summary
from analysis.report.sections.school_advice import cases
from analysis.report.words import Words

ZH, EN = Words("zh"), Words("en")


def text(facts, key, language="zh"):
    html = report_on(facts, language).show(key)._repr_html_()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def cells(facts, table, **values):
    """Writes values into the school's rows of a table."""
    content = facts.tables[table]
    for row in content["rows"]:
        for column, value in values.items():
            row[content["columns"].index(column)] = value
    return facts


def test_evidence_is_three_at_most_two_of_a_kind_strongest_first():
    for chosen in (school_evidence.strengths, school_evidence.concerns):
        found = chosen(dossiers.school(), ZH)
        assert 1 <= len(found) <= 3
        assert max([e.kind for e in found].count(e.kind) for e in found) <= 2
        assert [e.strength for e in found] == sorted((e.strength for e in found), reverse=True)


def test_a_strength_is_no_concern():
    facts = dossiers.school()
    assert {e.state for e in school_evidence.strengths(facts, ZH)} == {"above"}
    assert {e.state for e in school_evidence.concerns(facts, ZH)} == {"below"}


def test_a_school_with_nothing_to_report_is_told_so():
    facts = dossiers.school()
    for table in ("value_added", "indicators"):
        cells(facts, table, lo=-1.0, hi=1.0, verdict="unclear")
    for table in ("value_added_bands", "topics"):
        facts.tables[table]["rows"] = []
    cells(facts, "participation", rate_lo=0.5, rate_hi=1.0)
    assert school_evidence.strengths(facts, ZH) == school_evidence.concerns(facts, ZH) == []
    assert ZH("summary.nothing") in text(facts, "summary")


def test_the_waterfall_ends_where_its_parts_add_up():
    parts = [("a", -2.2, "#111111"), ("b", 1.4, "#222222"), ("c", 0.25, "#333333"), ("d", -0.1, "#444444")]
    steps = steps_of(parts, ("city", "own"), ZH)
    assert steps[0].end == 50
    assert steps[-1].end == pytest.approx(50 + sum(p[1] for p in parts), abs=1e-12)
    assert all(a.end == b.begin for a, b in pairwise(steps[1:]))


def test_the_gap_is_read_in_t_points_and_needs_all_four_parts():
    facts = dossiers.school()
    gaps = school_growth._gaps(facts)
    assert gaps["total"]["start"] == pytest.approx(-2.22)
    facts.tables["gap"]["rows"] = [row for row in facts.tables["gap"]["rows"] if row[3] != "chance"]
    assert school_growth._gaps(dossiers.school().__class__(facts.meta, facts.tables)) == {}


def test_measures_of_one_finding_are_one_case():
    found = cases(dossiers.school())
    assert [len(case.rows) for case in found] == [2, 1, 1]


@pytest.mark.parametrize(("start", "progress", "field"), [("below", "above", "low_fast"), ("above", "much_below", "high_slow"), ("unclear", "above", "centre"), ("small", "above", "")])  # fmt: skip
def test_fields_of_the_quadrant(start, progress, field):
    facts = dossiers.school()
    top = school_summary.headline(facts)
    top.start.verdict, top.progress.verdict = start, progress
    assert school_summary._field(top) == field


def test_without_a_baseline_nothing_is_said_of_progress():
    facts = dossiers.unlinked()
    assert ZH("progress.no_baseline") in text(facts, "progress")
    assert ZH("start.mean.na") in text(facts, "start")
    assert ZH("growth.none") not in text(facts, "summary")
    assert "<svg" not in report_on(facts).show("progress")._repr_html_()


def test_without_full_marks_there_are_no_rates_and_none_are_invented():
    said = text(dossiers.plain(), "achievement", "en")
    assert EN("ach.rates.no_full_mark") in said
    assert EN("column.excellent_rate") not in said and EN("column.pass_rate") not in said


@pytest.mark.parametrize(
    ("key", "sentence"), [("items", "item.none"), ("classes", "class.none"), ("trend", "trend.na")]
)
def test_a_section_without_data_is_one_sentence(key, sentence):
    html = report_on(dossiers.plain(), "en").show(key)._repr_html_()
    assert EN(sentence) in html.replace("&#39;", "'")
    assert "<table" not in html and "<svg" not in html


def test_an_unknown_roster_is_not_taken_as_everybody():
    said = text(dossiers.plain(), "data", "en")
    assert "not taken as 100%" in said
    assert "participation is" not in said.lower()


def test_low_match_warns():
    facts = cells(dossiers.school(), "participation", matched=150)
    assert "不作评判依据" in text(facts, "data")


def test_two_schools_cannot_be_told_from_a_city():
    facts = dossiers.school(n_schools=2)
    facts.tables["peers"]["rows"], facts.tables["peer_points"]["rows"] = [], []
    assert ZH("cover.few_schools", k=2) in text(facts, "cover")
    assert "<figure" not in report_on(facts).show("summary")._repr_html_()
    assert ZH("progress.few_schools", k=2) in text(facts, "progress")
    assert "方阵" not in text(facts, "summary") + text(facts, "progress")
    assert "位次" not in text(facts, "summary") + text(facts, "progress")


def test_policy_opened_by_somebody_is_on_the_page():
    facts = dossiers.school(policy={"mode": "open", "reason": "某局〔2026〕1号"})
    assert "某局〔2026〕1号" in text(facts, "cover")


def test_teachers_are_codes():
    said = text(dossiers.school(), "classes")
    assert "教师 T1" in said


def test_a_sensitive_result_is_said_to_be_so():
    facts = cells(dossiers.school(), "value_added", sensitive=True)
    assert "结论随算法变化" in text(facts, "progress")


def test_no_other_school_is_named():
    facts = dossiers.school()
    page = "".join(report_on(facts).show(key)._repr_html_() for key in report_on(facts).keys)
    assert facts.meta["name"] in page
    assert "第2初级中学" not in page and "0102" not in page


def test_with_few_schools_the_others_are_left_out_of_the_quadrant():
    facts = dossiers.school(n_schools=10)
    facts.tables["peers"]["rows"], facts.tables["peer_points"]["rows"] = [], []
    assert ZH("chart.quadrant.how.alone") in text(facts, "summary")


def test_a_figure_that_is_not_judged_says_why_and_not_that_there_are_few_pupils():
    facts = cells(dossiers.school(), "value_added", verdict="", flag="too_few_schools", tier="")
    for key in ("summary", "progress"):
        said = text(facts, key)
        assert ZH("flag.too_few_schools") in said
        assert "人数较少" not in said


def test_papers_without_a_total_are_named_in_the_tiles():
    facts = dossiers.school()
    for name in ("indicators", "value_added"):
        content = facts.tables[name]
        place = content["columns"].index("subject")
        content["rows"] = [row for row in content["rows"] if row[place] != "total"]
    assert "语文：" in text(facts, "summary")
