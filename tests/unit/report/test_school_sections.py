"""What the school report says, on synthetic dossiers."""

import re
from itertools import pairwise

import pytest

import dossiers
from analysis.report import report_on
from analysis.report.charts.waterfall import steps_of
from analysis.report.sections import school_evidence, school_growth, school_readings, school_summary
from analysis.report.sections.school_cases import case_title, cases
from analysis.report.sections.school_proof import proof
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


def test_evidence_is_three_lines_of_three_kinds_strongest_first():
    for chosen in (school_evidence.strengths, school_evidence.concerns):
        found = chosen(dossiers.school(), ZH)
        assert 1 <= len(found) <= 3
        assert len({e.kind for e in found}) == len(found)
        assert [e.strength for e in found] == sorted((e.strength for e in found), reverse=True)


def test_findings_of_one_kind_are_one_line_and_all_of_them_are_called_so():
    facts = cells(dossiers.school(), "value_added", effect=0.3, lo=0.2, hi=0.4, verdict="much_above")
    line = next(e for e in school_evidence.strengths(facts, ZH) if e.kind == "subject")
    assert line.head == ZH("evidence.subject.every.above")
    assert line.text.count("T分") == school_evidence.MOST_NAMED


def test_a_topic_on_one_item_is_no_concern():
    for items, said in ((2, True), (1, False)):
        facts = cells(dossiers.school(), "topics", items=items)
        assert ("topic" in {e.kind for e in school_evidence.concerns(facts, ZH)}) is said


def test_a_decline_of_two_years_comes_first():
    facts = cells(dossiers.school(), "changes", value=-0.3, lo=-0.4, hi=-0.2, verdict="much_below")
    first = school_evidence.concerns(report_on(judged(facts, "total", "decline_two")).known, ZH)[0]
    assert first.kind == "change"
    assert "−5.0 T分（−6.0～−4.0）" in first.text.replace("\u2060", "")


def judged(facts, subject, judgement):
    """Adds a judgement that is found for the school."""
    content = facts.tables["judgements"]
    row = dict.fromkeys(content["columns"], "") | {"level": "school", "unit": facts.meta["unit"]}
    row |= {
        "subject": subject,
        "judgement": judgement,
        "status": "found",
        "value": -0.5,
        "lo": -0.6,
        "hi": -0.4,
    }
    content["rows"].append([row[column] for column in content["columns"]])
    return facts


def test_a_fall_over_two_years_is_not_called_one_of_this_year():
    facts = dossiers.school()
    content = facts.tables["judgements"]
    content["rows"] = [r for r in content["rows"] if r[content["columns"].index("judgement")] == "weak"]
    said = text(judged(judged(facts, "math", "decline_two"), "chinese", "decline_one"), "trend")
    assert "数学达到“连年下滑”的标准；语文达到“同比下滑”的标准" in said


@pytest.mark.parametrize(("start", "added", "key"), [(-0.6, 0.38, "makes_up"), (-0.3, 0.4, "makes_up_all"), (0.6, -0.3, "undoes"), (0.2, -0.3, "undoes_all"), (0.2, 0.3, "plain"), (0.0, 0.3, "plain"), (-0.5, 0.02, "plain")])  # fmt: skip
def test_the_story_from_start_to_result_adds_up_as_printed(start, added, key):
    facts = dossiers.school()
    content = facts.tables["gap"]
    place = content["columns"].index("value")
    for row in content["rows"]:
        if row[:3] == ["school", facts.meta["unit"], "total"]:
            row[place] = {"start": start, "value_added": added, "chance": 0.0143, "unmatched": -0.006, "all": start + added + 0.0083}[row[3]]  # fmt: skip
    said = school_readings.story(facts, ZH, school_summary.headline(facts))
    assert school_readings._relation(10 * start, 10 * added) == key
    by = float(re.search(r"(?:低|高|相差)([\d.]+)", said)[1])
    rest = float((re.search(r"另有([+−][\d.]+)", said) or [0, "0"])[1].replace("−", "-"))
    way = 1 if start > 0 else -1
    whole = float(re.search(r"成绩为([\d.]+)", said)[1]) - 50
    assert way * by + round(10 * added, 1) + rest == pytest.approx(whole, abs=1e-9)


def test_a_strength_is_no_concern():
    facts = dossiers.school()
    assert {e.state for e in school_evidence.strengths(facts, ZH)} == {"above"}
    assert {e.state for e in school_evidence.concerns(facts, ZH)} == {"below"}


@pytest.mark.parametrize(("gone", "key"), [(("advice",), "summary.nothing"), ((), "summary.nothing.advised")])
def test_a_school_with_nothing_to_report_is_told_so(gone, key):
    """And not that there is nothing to do, where something is advised below."""
    facts = dossiers.school()
    for table in ("value_added", "indicators"):
        cells(facts, table, lo=-1.0, hi=1.0, verdict="unclear")
    for table in ("value_added_bands", "topics", *gone):
        facts.tables[table]["rows"] = []
    cells(facts, "participation", rate_lo=0.5, rate_hi=1.0)
    assert school_evidence.strengths(facts, ZH) == school_evidence.concerns(facts, ZH) == []
    assert ZH(key) in text(facts, "summary")


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


@pytest.mark.parametrize("largest", ["start", "value_added", "chance", "unmatched"])
def test_the_step_called_the_largest_is_the_longest_of_the_drawing(largest):
    parts = {**dict.fromkeys(school_growth.PARTS, 0.1), largest: -0.3}
    finding = school_growth._waterfall(dossiers.school(), EN, "total", parts).finding
    assert finding == EN("gap.finding", part=EN.within(f"gap.part.{largest}"), value="−0.3")


def test_measures_of_one_finding_are_one_case():
    found = cases(dossiers.school())
    assert [len(case.measures) for case in found] == [2, 1, 1]


def test_one_finding_in_two_subjects_is_one_case_with_one_set_of_measures():
    facts = dossiers.school()
    content = facts.tables["advice"]
    place = content["columns"].index("subject")
    again = [
        list(row) for row in content["rows"] if row[content["columns"].index("finding")] == "weak_subject"
    ]
    for row in again:
        row[place] = "math"
    content["rows"] += again
    (case,) = [c for c in cases(facts) if c.first.finding == "weak_subject"]
    assert len(case.found) == 2 and len(case.measures) == len({r.measure for r in case.measures})
    assert "和数学增值低于预期" in case_title(facts, ZH, case)


def test_the_proof_of_a_recommendation_names_its_figure_with_its_interval():
    facts = dossiers.school()
    for case in cases(facts):
        said = proof(facts, ZH, case).replace("\u2060", "")
        assert said.endswith("。") and re.search(r"\d", said), case.first.finding
        assert case.first.lo is None or re.search(r"误差范围[−+\d.%]+～[−+\d.%]+", said), said


def test_actions_on_one_finding_are_one_row_and_a_level_held_is_no_failure():
    facts = dossiers.school()
    content = facts.tables["tracking"]
    row = dict(zip(content["columns"], content["rows"][0], strict=True))
    row |= {"finding": "good_practice", "measure": "good_practice.1", "status": "same"}
    content["rows"] = [[row[c] for c in content["columns"]] for _ in range(2)]
    said = text(facts, "advice")
    assert ZH("track.finding", k=1, parts=ZH("track.count", what=ZH("track.kept"), k=1)) in said


@pytest.mark.parametrize(("start", "progress", "field"), [("below", "above", "low_fast"), ("above", "much_below", "high_slow"), ("unclear", "above", "centre"), ("small", "above", "")])  # fmt: skip
def test_fields_of_the_quadrant(start, progress, field):
    facts = dossiers.school()
    top = school_summary.headline(facts)
    top.start.verdict, top.progress.verdict = start, progress
    assert school_readings.field_of(top) == field


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


def test_a_school_that_is_one_with_its_class_is_said_to_be():
    assert "只有一个班" not in text(dossiers.school(), "progress")
    facts = dossiers.school()
    facts.meta["one_class_schools"] = True
    table = facts.tables["value_added"]
    level = table["columns"].index("level")
    table["rows"] = [row for row in table["rows"] if row[level] == "school"]
    assert "增值是学校连同这个班的合计" in text(facts, "progress")
    assert "班级的增值已经包含在学校增值里" in text(facts, "classes")


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
    assert text(facts, "summary").count("语文") >= 3


def test_classes_that_are_all_below_are_called_all():
    facts = dossiers.school()
    content = facts.tables["value_added"]
    at = {name: content["columns"].index(name) for name in ("level", "verdict")}
    for row in content["rows"]:
        if row[at["level"]] == "class":
            row[at["verdict"]] = "much_below"
    assert "6个班的进步都低于预期" in text(facts, "progress")


def test_a_tier_that_the_data_do_not_allow_is_not_printed():
    """The judgement withheld: neither tile nor table places the school."""
    assert "第三方阵（" in text(cells(dossiers.school(), "value_added", tier="third"), "summary")
    facts = judged(cells(dossiers.school(), "value_added", tier="third"), "total", "tier_third")
    row = facts.tables["judgements"]["rows"][-1]
    row[facts.tables["judgements"]["columns"].index("status")] = "withheld"
    assert "第三方阵（" not in text(facts, "summary")
    assert "不作判断" in text(facts, "progress")


def changed(facts, table, rows, **values):
    """Writes values into the rows of a table that are like `rows`."""
    content = facts.tables[table]
    for row in content["rows"]:
        if all(row[content["columns"].index(column)] == value for column, value in rows.items()):
            for column, value in values.items():
                row[content["columns"].index(column)] = value
    return facts


def test_an_item_on_which_the_school_is_below_the_city_is_not_called_no_weakness():
    facts = cells(dossiers.school(), "item_quality", city=0.3, gap_lo=-0.2, gap_hi=-0.1)
    said = text(facts, "items")
    assert "题目本身偏难，本校又低于全市" in said and "不作为本校短板" not in said
    said = text(cells(dossiers.school(), "item_quality", city=0.3, gap_lo=-0.1, gap_hi=0.1), "items")
    assert "不作为本校短板" in said and "题目本身偏难" not in said


def test_the_word_for_a_paper_goes_with_the_figure_as_printed():
    for difficulty, word in ((0.6951, "0.70 偏易"), (0.6949, "0.69 适中")):
        facts = cells(dossiers.school(), "papers_quality", difficulty=difficulty)
        assert word in text(facts, "items")


def test_a_row_that_meets_a_rule_of_decline_says_so_whatever_the_word_for_its_change():
    facts = cells(dossiers.school(), "changes", verdict="unclear")
    said = text(judged(judged(facts, "math", "decline_two"), "math", "decline_one"), "trend")
    assert said.count("达到同比、连年下滑标准") == 1
    assert "未见明显变化 达到同比、连年下滑标准" in said


def test_bands_are_named_by_what_all_of_them_show():
    for verdict, words in (("below", "各起点组的进步都低于预期"), ("around", "各起点组的进步都与预期相当")):
        assert words in text(cells(dossiers.school(), "value_added_bands", verdict=verdict), "progress")
    facts = cells(dossiers.school(), "value_added_bands", verdict="unclear")
    for band in (2, 4):
        changed(facts, "value_added_bands", {"band": band}, verdict="below")
    said = text(facts, "progress")
    assert "二组和四组的进步低于预期" in said


def test_moves_between_bands_stand_beside_the_citys():
    assert "（全市29%）" in text(dossiers.school(), "progress")


def test_a_school_of_few_pupils_is_not_said_to_show_no_difference():
    facts = dossiers.school()
    for table in ("indicators", "value_added"):
        cells(facts, table, verdict="small")
    for table in ("topics", "changes", "value_added_bands", "participation", "judgements"):
        facts.tables[table]["rows"] = []
    cover, said = text(facts, "cover"), text(facts, "summary")
    assert "不评级" in cover and "仅供参考，进步人数" not in cover
    assert "人数较少，本校的位置仅供参考" in said and ZH("summary.nothing.small") in said


@pytest.mark.parametrize(("low", "said"), [(0.24, True), (0.1, False)])
def test_a_school_is_polarised_only_where_the_intervals_show_it(low, said):
    facts = dossiers.school()
    for end in (1, 5):
        changed(
            facts, "distributions", {"kind": "prior_band", "bin": end}, share=0.4, lo=low, hi=0.6, city=0.2
        )
    assert ("起点两端偏多" in text(facts, "start")) is said


def test_subjects_of_few_pupils_are_not_called_even():
    facts = changed(
        dossiers.school(), "indicators", {"indicator": "subject_balance"}, verdict="small", lo=-0.9, hi=0.9
    )
    assert ZH("ach.balance.small") in text(facts, "achievement")
