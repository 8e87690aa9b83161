"""Data that lack something: one paper, one school, no total, no classes, few pupils. Pages say what is there and no more."""

import re
from dataclasses import replace

import pytest

import dossiers
from analysis.report import report_on
from analysis.report.charts import city_strip, city_variance
from analysis.report.facts import Facts
from analysis.report.numbers import Numbers
from analysis.report.sections import (
    city_achievement,
    city_advice,
    city_awards,
    city_briefing,
    city_discoveries,
    city_growth,
    city_progress,
    city_subjects,
    city_summary,
    city_supervision,
    school_items,
    school_summary,
)
from analysis.report.tables import Cell, Column, Grid, Line
from analysis.report.theme import PROGRESS
from analysis.report.words import Words

ZH = Words("zh")


def text(facts: Facts, key: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", report_on(facts, "zh").show(key).html))


def changed(facts: Facts, **rows: list[dict[str, object]]) -> Facts:
    return replace(facts, tables={**facts.tables, **{k: dossiers.table(k, v) for k, v in rows.items()}})


def rows_of(facts: Facts, table: str) -> list[dict[str, object]]:
    return [dict(vars(row)) for row in facts.rows(table)]


def without_total(facts: Facts) -> Facts:
    names = ("indicators", "value_added", "participation", "gap")
    own = [
        r | {"subject": "chinese"} if r["subject"] == "total" else r for r in rows_of(facts, "distributions")
    ]
    facts = changed(facts, distributions=own)
    return changed(facts, **{n: [r for r in rows_of(facts, n) if r["subject"] != "total"] for n in names})


def one_school() -> Facts:
    """What the dossier of an only school holds: no figures of the school's own progress."""
    gone = ("gap", "value_added_bands", "peers", "peer_points", "trends", "changes")
    facts = dossiers.facts(dossiers.World(schools=1), "school", drop=gone, n_schools=1)
    found = {name: rows_of(facts, name) for name in ("value_added", "judgements", "growth_points", "advice")}
    added = [r for r in found["value_added"] if r["level"] == "class"]
    spread = [r for r in found["judgements"] if r["judgement"] == "class_spread"]
    points = [r for r in found["growth_points"] if r["kind"] == "class"]
    return changed(facts, value_added=added, judgements=spread, growth_points=points, advice=[], tracking=[])


def test_a_column_with_nothing_in_it_is_left_out() -> None:
    columns = tuple(Column(name) for name in ("school", "a", "b", "c"))
    lines = (
        Line(Cell("group"), (), "group"),
        Line(Cell("x"), (Cell("—"), Cell("1"), Cell("—"))),
        Line(Cell("y"), (Cell(""), Cell("—"), Cell("—", "0～1"))),
    )
    filled = Grid("f", "w", columns, lines).filled
    assert [column.label for column in filled.columns] == ["school", "b", "c"]
    assert [[cell.text for cell in line.cells] for line in filled.lines] == [[], ["1", "—"], ["—", "—"]]
    assert Grid("f", "w", columns[:2], (Line(Cell("x"), (Cell("1"),)),)).filled.columns == columns[:2]


def test_an_empty_column_is_not_on_the_page() -> None:
    facts = dossiers.plain("city")
    assert ">可靠度<" in report_on(facts, "zh").show("progress").html
    bare = changed(facts, value_added=[r | {"reliability": None} for r in rows_of(facts, "value_added")])
    assert ">可靠度<" not in report_on(bare, "zh").show("progress").html


def test_a_paper_has_the_reliability_of_its_items_also_where_it_is_the_only_one() -> None:
    facts = dossiers.plain("city")
    paper = {"subject": "exam", "difficulty": 0.56, "alpha": 0.743, "nominal_weight": 1.0}
    grid = city_subjects._papers(changed(facts, papers_quality=[paper, {**paper, "subject": "total", "alpha": None}]), ZH)  # fmt: skip
    assert grid is not None and len(grid.lines) == 1
    assert "0.74" in [cell.text for cell in grid.lines[0].cells]
    weight = [column.label for column in grid.columns].index(ZH("city.column.nominal")) - 1
    assert grid.lines[0].cells[weight].blank  # one paper is the whole: its weight says nothing
    assert ZH("city.subjects.papers_weights") not in grid.note
    assert ZH("city.subjects.papers_weights") in city_subjects._papers(dossiers.city(), ZH).note


def test_a_strip_without_a_school_is_not_drawn() -> None:
    assert city_strip.chart([], "progress", PROGRESS, ZH) is None


def test_progress_of_two_schools_has_no_strip() -> None:
    two = dossiers.facts(dossiers.World(schools=2), "city", n_schools=2)
    start, progress, _ = city_summary.view(two, ZH)["tiles"]
    assert start["picture"] is not None and progress["picture"] is None


def test_weights_are_explained_only_where_they_are_shown() -> None:
    facts = dossiers.city()
    bare = [r | {"effective_weight": None} for r in rows_of(facts, "papers_quality")]
    assert (
        ZH("city.subjects.papers_weights")
        not in city_subjects._papers(changed(facts, papers_quality=bare), ZH).note
    )


def test_a_table_of_few_subjects_is_no_wider_than_a_phone() -> None:
    """Wider, and the figures of a single column stand beyond the edge of the screen."""
    assert city_subjects._heat(dossiers.city(), ZH).css == "heat names"
    facts = dossiers.city()
    two = replace(facts, meta={**facts.meta, "subjects": facts.meta["subjects"][:2]})
    assert city_subjects._heat(two, ZH).css == "heat names few"


def test_the_only_school_is_told_what_cannot_be_said() -> None:
    facts = one_school()
    assert ZH("one.trend") in text(facts, "trend") and ZH("one.ach.balance") in text(facts, "achievement")
    assert ZH("one.progress.none") in text(changed(facts, value_added=[]), "progress")
    units = [r for r in rows_of(facts, "units") if r["level"] != "class"]
    assert ZH("one.progress.no_class") in text(changed(facts, value_added=[], units=units), "progress")
    one_class = [*units, next(r for r in rows_of(facts, "units") if r["level"] == "class")]
    assert ZH("one.progress.one_class") in text(changed(facts, value_added=[], units=one_class), "progress")


def test_tile_and_sentence_of_an_only_school_count_the_same_classes() -> None:
    """A verdict is of the figures as printed: an interval from 0.004 on holds 0."""
    facts = one_school()
    rows = [r for r in rows_of(facts, "value_added") if r["subject"] == "total"]
    ends = [(0.004, 0.3, "unclear"), (0.1, 0.3, "above")] + (len(rows) - 2) * [(-0.2, 0.2, "unclear")]
    rows = [r | {"lo": lo, "hi": hi, "verdict": word} for r, (lo, hi, word) in zip(rows, ends, strict=True)]
    told = changed(facts, value_added=rows)
    assert "1 / 0 个班高于 / 低于预期" in text(told, "summary").replace("0个", "0 个")
    assert "1个班高于预期" in text(told, "progress")


def test_growth_percentiles_of_many_classes_are_told_at_both_ends() -> None:
    facts = one_school()
    row = {"level": "class", "subject": "total", "lo": 20.0, "hi": 80.0}
    for k in (6, 7):
        rows = [row | {"unit": f"{facts.meta['unit']}/{c:02d}", "value": 40.0 + c} for c in range(k)]
        said = text(changed(facts, growth=rows), "progress")
        assert ("班平均最高的是06班46" in said) == (k > 6) and ("最低的是02班42" in said) == (k > 6)
        assert ("各班平均：05班45" in said) == (k == 6)


def test_the_only_school_sees_its_items() -> None:
    shown = school_items.view(one_school(), ZH)
    block = shown["blocks"][0]
    assert len(block["table"].lines) == len(school_items._items(one_school(), "english"))
    assert "全市" not in "".join(block["sentences"])


def test_a_single_paper_is_not_called_the_hardest() -> None:
    facts = dossiers.plain()
    paper = {"subject": "exam", "difficulty": 0.56}
    grid = school_items._papers(changed(facts, papers_quality=[paper]), ZH)
    assert grid is not None and "最难" not in grid.finding
    assert "最难" in school_items._papers(dossiers.school(), ZH).finding


def test_rates_are_in_no_heading_where_there_are_none() -> None:
    assert "三率" not in text(dossiers.plain("city"), "achievement")
    assert "三率" in text(dossiers.city(), "achievement")


@pytest.mark.parametrize(
    ("sd", "full", "digits"), [(0.99, False, 3), (4.0, False, 2), (64.0, False, 1), (0.9, True, 1)]
)
def test_a_mean_has_as_many_decimals_as_its_spread_is_worth(sd: float, full: bool, digits: int) -> None:
    assert city_achievement.mark_digits(sd, full) == digits


def test_a_certain_rank_is_one_number() -> None:
    assert Numbers().ranks(1, 1) == "1" and Numbers().ranks(None, None) == "—"
    assert Numbers().ranks(2, 5) == Numbers().plains(2, 5, 0)


def test_no_near_misses_are_not_said_to_lack_something() -> None:
    award = {"level": "school", "unit": "0101", "subject": "total", "judgement": "award", "status": "found", "probability": 0.9}  # fmt: skip
    facts = changed(dossiers.city(), judgements=[award])
    assert city_awards.view(facts, ZH)["lead"] == ZH("city.award.no_near", k=1)


def test_classes_are_named_only_where_the_model_has_them() -> None:
    facts = dossiers.plain("city")
    bare = changed(facts, fits=[r for r in rows_of(facts, "fits") if r["term"] != "variance:class"])
    for one, there in ((facts, True), (bare, False)):
        picture = city_variance.chart(one, ZH, [("exam", "Exam")])
        assert picture is not None and (ZH("city.part.class") in picture.svg) == there
        assert ("班级" in text(one, "appendix").split(ZH("city.method.prior"))[0]) == there


def test_the_only_paper_is_not_repeated_beside_every_school() -> None:
    facts = dossiers.plain("city")
    shared = {"level": "school", "unit": "0101", "subject": "exam", "status": "found", "probability": 0.95}
    listed = changed(
        facts,
        judgements=[{**shared, "judgement": "watch"}, {**shared, "judgement": "award"}],
        value_added=[r | {"q": 0.01, "raw": -0.3} for r in rows_of(facts, "value_added")],
        growth_points=[{"level": "school", "unit": "0101", "subject": "exam", "kind": "band", "gain": 1.0, "n": 30}],
        advice=[{"level": "school", "unit": "0101", "subject": "exam", "finding": "weak_subject", "measure": "weak_subject.1"}],
    )  # fmt: skip
    grids = (
        city_discoveries.discoveries_grid(listed, ZH),
        *city_awards.view(listed, ZH)["grids"],
        *city_growth.view(listed, ZH)["grids"],
        *city_advice.view(listed, ZH)["grids"],
    )
    for grid in grids:
        if grid is not None:
            assert "Exam score" not in "".join(c.text + c.small for line in grid.lines for c in line.cells)


def test_a_school_without_pupils_in_this_exam_is_named() -> None:
    facts = dossiers.city(elsewhere={"7527": "远山学校"})
    row = {"level": "school", "unit": "7527", "judgement": "data_open", "status": "found", "subject": "all"}
    listed = changed(facts, judgements=[row])
    grid = city_supervision._other(listed, ZH)
    assert grid is not None and "远山学校" in grid.lines[0].cells[1].text
    advice = {"level": "school", "unit": "7527", "finding": "data_quality", "measure": "data_quality.1"}
    assert "远山学校" in text(changed(facts, advice=[advice]), "advice")


def test_a_school_left_off_a_tier_for_the_lists_sake_is_told_so() -> None:
    facts = dossiers.city()
    row = {"level": "school", "unit": "0102", "subject": "total", "judgement": "tier_first", "status": "near", "probability": 0.82, "reason": "list_error"}  # fmt: skip
    said = ZH("city.tiers.cut", names="#", limit="10%").split("#")[1]
    assert said in text(changed(facts, judgements=[row]), "tiers")
    assert said not in text(changed(facts, judgements=[row | {"reason": "probability"}]), "tiers")


def test_a_place_whose_schools_are_all_hidden_counts_none_of_them() -> None:
    facts = dossiers.city()
    hidden = changed(facts, value_added=[r | {"verdict": "hidden", "flag": "hidden", "effect": None} if r["level"] == "school" else r for r in rows_of(facts, "value_added")])  # fmt: skip
    assert city_progress.members(hidden, "township", "柳湖镇") == (24, None, None)
    every, above, below = city_progress.members(facts, "township", "柳湖镇")
    assert every == 24 and above and below


def test_several_papers_without_a_total_are_named_where_one_stands_for_them() -> None:
    city = without_total(dossiers.city())
    for key in ("summary", "start", "progress", "achievement"):
        assert "语文：" in text(city, key) and "语文：" not in text(dossiers.city(), key)
    school = without_total(dossiers.school())
    assert "语文：" in text(school, "start") and "语文：" not in text(dossiers.school(), "start")
    assert "总分增值的可靠度" not in text(school, "progress")
    assert "总分增值的可靠度" in text(dossiers.school(), "progress")
    tiles = school_summary.view(school, ZH)["tiles"]
    assert {tile["of"] for tile in tiles} == {"语文"}


def test_a_pass_in_all_subjects_needs_several_and_their_total() -> None:
    every = {"level": "school", "unit": "0101", "subject": "all", "indicator": "all_pass_rate", "value": 0.5, "lo": 0.4, "hi": 0.6, "reference": 0.5}  # fmt: skip
    for facts, there in (
        (dossiers.school(), True),
        (without_total(dossiers.school()), False),
        (dossiers.plain(), False),
    ):
        kept = [r for r in rows_of(facts, "indicators") if r["indicator"] != "all_pass_rate"]
        assert ("全科及格率" in text(changed(facts, indicators=[*kept, every]), "achievement")) == there


def test_bands_of_few_pupils_are_no_finding() -> None:
    facts = dossiers.school()
    few = [r | {"n": 3} if r["kind"] == "prior_band" else r for r in rows_of(facts, "distributions")]
    assert ZH("start.bands.small") in text(changed(facts, distributions=few), "start")
    assert ZH("start.bands.small") not in text(facts, "start")


def test_measures_of_few_pupils_are_said_once_in_the_first_sentence() -> None:
    facts = dossiers.school()
    small = [
        r | {"verdict": "small", "flag": "small"} if r["indicator"] == "start" else r
        for r in rows_of(facts, "indicators")
    ]
    added = [
        r | {"verdict": "small", "flag": "small"} if r["level"] == "school" else r
        for r in rows_of(facts, "value_added")
    ]
    said = text(changed(facts, indicators=small, value_added=added), "cover")
    assert "起点和进步因人数较少只供参考" in said and "仅供参考，进步" not in said


def test_a_single_papers_class_has_its_start_from_the_total() -> None:
    facts = dossiers.plain()
    shared = {"level": "class", "unit": "0101/1", "lo": 0.0, "hi": 0.2, "n": 40}
    own = [{**shared, "subject": "exam", "indicator": "achievement", "value": 0.1}]
    own += [{**shared, "subject": "total", "indicator": "start", "value": 0.12}]
    unit = {"level": "class", "unit": "0101/1", "name": "1", "school": "0101", "sat": 40}
    bare = changed(
        facts,
        indicators=[*rows_of(facts, "indicators"), *own],
        units=[*rows_of(facts, "units"), unit],
        value_added=[r for r in rows_of(facts, "value_added") if r["level"] not in ("class", "teacher")],
    )
    said = text(bare, "classes")
    assert "51.2" in said and "增值" not in said.split(ZH("class.table.title"))[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_where_no_progress_is_known_nothing_is_called_in_order(language: str) -> None:
    """That no school is named follows from the missing start, and says nothing of the schools."""
    words = Words(language)
    known = changed(dossiers.plain("city"), growth_points=[])
    bare = changed(known, value_added=[])

    def findings(facts: Facts) -> dict[str, str]:
        return {a["title"]: a["finding"] for a in city_summary.view(facts, words)["questions"]}

    for question, key in (("schools", "which"), ("now", "now")):
        title = words(f"city.ask.{question}")
        assert findings(known)[title] == words(f"city.{key}.none")
        assert findings(bare)[title] == words(f"city.{key}.na")


@pytest.mark.parametrize(("known", "key"), [(True, "none"), (False, "na")])
def test_a_meeting_without_progress_is_told_that_it_cannot_choose(known: bool, key: str) -> None:
    facts = changed(dossiers.plain("city"), growth_points=[], tracking=[])
    facts = replace(facts if known else changed(facts, value_added=[]), meta={**facts.meta, "issues": {}})
    assert [point["head"] for point in city_briefing.points(facts, ZH)] == [ZH(f"brief.decide.{key}")]
