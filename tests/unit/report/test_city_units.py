"""The small decisions of the city report: corners, tiers between tiers, names made short, correlations."""

from math import isclose
from types import SimpleNamespace

import pytest

import dossiers
from analysis.publish import site
from analysis.report.charts.city_standing import Estimate, Standing
from analysis.report.sections import city_cover, city_data, city_trust, city_units
from analysis.report.sections.city_progress import tiers
from analysis.report.sections.city_quadrant import correlated, quadrant
from analysis.report.sections.city_subjects import extremes
from analysis.report.words import Words


def school(start: str, progress: str) -> Standing:
    return Standing("1", "一", "一", "", 50, Estimate(0, 0, 0, start), Estimate(0, 0, 0, progress))


@pytest.mark.parametrize(
    ("start", "progress", "corner"),
    [
        ("above", "above", "high_fast"),
        ("below", "above", "low_fast"),
        ("above", "below", "high_slow"),
        ("below", "below", "low_slow"),
        ("unclear", "above", "centre"),
        ("above", "around", "centre"),
        ("small", "below", "centre"),
    ],
)
def test_a_school_is_placed_only_if_both_intervals_stay_on_one_side(start, progress, corner):
    assert quadrant(school(start, progress)) == corner


def test_between_tiers_has_two_sides():
    facts = dossiers.city()
    sides = tiers(facts)
    for row in facts.rows("value_added", level="school", subject="total"):
        if row.tier == "between":
            assert sides[row.unit] == ("upper" if row.p_top >= row.p_bottom else "lower")
        else:
            assert sides[row.unit] == row.tier


def test_tally_counts_only_what_is_judged():
    shown = [
        Estimate(0.1, 0.0, 0.2, state) for state in ("above", "above", "below", "around", "unclear", "small")
    ]
    assert city_units.tally([*shown, Estimate()]) == (2, 1, 2)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("青禾市第一初级中学", "市一中"),
        ("竹园镇第二初级中学", "竹园二中"),
        ("青禾市外国语中学", "外国语"),
        ("启航学校", "启航学校"),
        ("平安镇初级中学", "平安初中"),
    ],
)
def test_names_of_schools_are_shortened(name, short):
    assert city_units.short_names([name], dossiers.city(), Words("zh")) == {name: short}


def test_names_that_would_be_the_same_stay_whole():
    names = ["竹园镇第二初级中学", "竹园乡第二初级中学"]
    assert city_units.short_names(names, dossiers.city(), Words("zh")) == {name: name for name in names}


def test_a_school_that_is_not_in_this_exam_is_named_too():
    facts = dossiers.city(elsewhere={"7527": "School 7527"})
    named = city_units.names(facts)
    assert named["7527"] == "School 7527" and "7527" not in city_units.names(facts, "township")
    assert "7527" not in {school.unit for school in city_units.standings(facts, Words("en"))}


def test_without_a_total_pupils_of_any_paper_are_counted():
    """One paper's number is not the exam's: 395 sat mathematics, 1,044 sat something."""
    facts = dossiers.city()
    assert city_units.sat_any(facts) is None
    for name in ("indicators", "participation"):
        table = facts.tables[name]
        at = table["columns"].index("subject")
        table["rows"] = [row for row in table["rows"] if row[at] != "total"]
    table = facts.tables["units"]
    for row in table["rows"]:
        if row[table["columns"].index("level")] == "city":
            row[table["columns"].index("sat")] = 1044
    facts = type(facts)(facts.meta, facts.tables, facts.code)
    assert "Sat 1,044 in one subject or more" in city_cover.view(facts, Words("en"))["quality"]
    assert city_data.view(facts, Words("en"))["lead"].startswith("1,044 pupils")
    content = {"meta": facts.meta, "tables": facts.tables}
    assert site.sat_of(content, "city") == {"city": 1044}


def test_the_null_run_counts_the_same_judgements_now_and_by_chance():
    """It runs on the total; a school named in a single subject is not among its names."""
    facts = dossiers.city()
    table = facts.tables["judgements"]
    row = dict.fromkeys(table["columns"]) | {
        "level": "school",
        "judgement": "watch",
        "status": "found",
        "probability": 0.9,
    }
    for subject in ("total", "math", "english"):
        table["rows"].append([{**row, "unit": "0242", "subject": subject}[c] for c in table["columns"]])
    whole = facts.rows("judgements", level="school", judgement="watch", status="found", subject="total")
    grid = city_trust._null(facts, Words("en"))
    assert grid.lines[0].cells[1].text == str(len(whole)) and "Total alone" in grid.what


def test_correlation_has_fisher_s_interval():
    # r = 3/7 of 28 pairs: tanh(0.45815 ± 1.95996/5)
    first = [0.0, 1.0] * 14
    second = [0.0, 1.0] * 7 + [0.0, 1.0, 1.0, 0.0] * 3 + [1.0, 0.0]
    r, lo, hi = correlated(first, second)
    assert isclose(r, 3 / 7, abs_tol=1e-9)
    assert isclose(lo, 0.0661, abs_tol=1e-4) and isclose(hi, 0.6911, abs_tol=1e-4)
    assert correlated([1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 2.0, 3.0])[0] == 0.0


def test_a_single_paper_is_not_counted_twice_under_the_total():
    facts = dossiers.plain("city")
    assert city_units.subjects(facts) == ["exam"]
    several = dossiers.city()
    assert city_units.subjects(several)[-1] == "total" and len(city_units.subjects(several)) == 8
    rows = [SimpleNamespace(subject=code) for code in ("total", "exam", "")]
    assert [row.subject for row in city_units.once(facts, rows)] == ["exam", ""]


def test_a_subject_that_leads_on_both_sides_is_named_once():
    facts = dossiers.city()
    both = {"math": (5, 4, 0), "chinese": (2, 1, 0)}
    assert extremes(facts, Words("zh"), both) == "数学学校间差别最大（5 所高于、4 所低于预期）"
    apart = {"math": (5, 1, 0), "chinese": (2, 4, 0)}
    assert extremes(facts, Words("zh"), apart) == "语文低于预期的学校最多（4 所），数学高于预期的最多（5 所）"
