"""The city report's sections on synthetic dossiers: each is there, says what the facts say, and nothing it must not."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

import dossiers
from analysis.report import report_on
from analysis.report.facts import Facts
from analysis.report.sections import SECTIONS
from analysis.report.sections.city_discoveries import LISTS, discoveries_grid
from analysis.report.sections.city_growth import _pupils as pupils
from analysis.report.sections.city_issues import catalogue
from analysis.report.sections.city_progress import tiers
from analysis.report.sections.city_subjects import _troubles as troubles
from analysis.report.sections.city_subjects import _word as word
from analysis.report.words import Words, texts

VOID = {"br", "hr", "img", "meta", "link", "input", "path", "circle", "rect"}


class Tree(HTMLParser):
    """Checks nesting and gathers the text outside drawings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Tree:
    tree = Tree()
    tree.feed(html)
    assert not tree.open, f"never closed: {tree.open}"
    return tree


def text_of(facts: Facts, key: str, language: str = "zh") -> str:
    return re.sub(r"\s+", " ", "".join(read(report_on(facts, language).show(key).html).words))


def with_rows(facts: Facts, **rows: list[dict[str, object]]) -> Facts:
    """The facts with these tables put in the place of their own."""
    made = {name: dossiers.table(name, content) for name, content in rows.items()}
    return Facts(facts.meta, {**facts.tables, **made}, facts.code)


def two_schools() -> Facts:
    """Two schools: effects are there, but flagged as not to be judged."""
    found = dossiers.facts(dossiers.World(schools=2), "city", n_schools=2)
    content = found.tables["value_added"]
    for row in content["rows"]:
        row[content["columns"].index("flag")] = "too_few_schools"
        row[content["columns"].index("verdict")] = "none"
        row[content["columns"].index("tier")] = ""
    return found


def unlinked() -> Facts:
    """No baseline."""
    gone = (
        "value_added",
        "value_added_bands",
        "growth",
        "transitions",
        "gap",
        "panel",
        "outflow",
        "fits",
        "trust",
    )
    return dossiers.facts(dossiers.World(), "city", drop=(*gone, "judgements", "advice"), baseline=None)


CITIES = {
    "full": dossiers.city,
    "one_paper": lambda: dossiers.plain("city"),
    "two_schools": two_schools,
    "no_baseline": unlinked,
    "nothing": lambda: dossiers.facts(dossiers.World(), "city", drop=tuple(dossiers.RESULTS)),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("city", CITIES)
def test_every_section_of_every_city_is_whole(city: str, language: str) -> None:
    report = report_on(CITIES[city](), language)
    ids: list[str] = []
    for key in SECTIONS["city"]:
        html = report.show(key).html
        tree = read(html)
        ids += tree.ids
        assert html.count("<h1") == (key == "cover")
        assert html.count("<h2") == (key != "cover")
        words = "".join(tree.words)
        assert not re.search(r"\bNone\b|\bnan\b|[{}]|Undefined|city\.[a-z]", words), (key, words)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_fit_summary_prints_four_decimals(language: str) -> None:
    words = text_of(dossiers.plain("city"), "trust", language)
    for number in ("0.0023", "0.5633", "0.0940", "0.5660", "−4684.3826"):
        assert number in words


def test_two_schools_are_described_and_not_judged() -> None:
    facts = two_schools()
    assert "不能判断学校效应" in text_of(facts, "progress")
    assert "cannot be judged" in text_of(facts, "progress", "en")
    assert "无法与偶然区分" in text_of(facts, "cover")
    for key in ("tiers", "quadrant", "equity"):
        assert "学校太少" in text_of(facts, key)
    assert "高于预期，" not in text_of(facts, "summary")


@pytest.mark.parametrize("key", ["supervision", "awards", "summary", "achievement", "progress"])
def test_two_schools_are_never_listed_ranked_or_called_to_a_visit(key: str) -> None:
    facts = with_rows(two_schools(), judgements=listed("weak", [0.99]) + listed("award", [0.9]))
    words = text_of(facts, key)
    assert "位次区间" not in words and "建议重点视导 1" not in words and "稳在名单" not in words
    if key in ("supervision", "awards"):
        assert "学校太少" in words and "<table" not in report_on(facts, "zh").show(key).html


def test_a_school_whose_tier_was_withheld_stands_in_no_tier() -> None:
    facts = dossiers.city()
    row = next(r for r in facts.rows("value_added", level="school", subject="total") if r.tier == "first")
    name = next(u.name for u in facts.rows("units", level="school") if u.unit == row.unit)
    held = {
        **listed("tier_first", [0.95])[0],
        "unit": row.unit,
        "status": "withheld",
        "reason": "participation",
    }
    before = text_of(facts, "tiers").count(name)
    words = text_of(with_rows(facts, judgements=[held]), "tiers")
    assert "不归类" in words and "参考率不足" in words
    assert words.count(name) < before or name in words.split("不归类", 1)[1]
    assert tiers(with_rows(facts, judgements=[held]))[row.unit] == ""


def test_falls_in_single_subjects_are_not_told_as_falls_of_schools() -> None:
    rows = [{**row, "subject": "math"} for row in listed("decline_two", [0.95, 0.92])]
    words = text_of(with_rows(dossiers.city(), judgements=rows), "decline")
    assert "没有学校总体下降" in words and "单科：2 所学校有学科连续两年下降" in words
    brief = text_of(with_rows(dossiers.city(), judgements=rows), "summary")
    assert "核实 2 所学校有学科连续两年下降的原因" in brief and "核实 2 所学校连续两年" not in brief


def test_a_figure_and_its_word_agree_after_rounding() -> None:
    assert word(Words("zh"), "difficulty", 0.6951) == word(Words("zh"), "difficulty", 0.70) == "偏易"


def test_open_questions_are_listed_by_kind_with_their_schools() -> None:
    world = dossiers.World()
    rows = [
        {"level": "city", "unit": "city", "severity": "question", "code": "number_twice", "n": 3},
        {"level": "school", "unit": world.schools[1], "severity": "question", "code": "number_twice", "n": 3},
        {"level": "city", "unit": "city", "severity": "note", "code": "new_here", "n": 9},
    ]
    words = text_of(with_rows(dossiers.city(), issues_summary=rows), "data")
    assert catalogue()["number_twice"]["zh"]["what"] in words and " 3" in words
    assert catalogue()["new_here"]["zh"]["what"] not in words


def test_without_a_baseline_progress_is_one_sentence() -> None:
    assert "没有可用的起点成绩，不计算进步" in text_of(unlinked(), "progress")
    assert "只比成绩" in text_of(unlinked(), "start")
    assert "<table" not in report_on(unlinked(), "zh").show("start").html


def test_papers_without_full_marks_invent_no_rates() -> None:
    words = text_of(dossiers.plain("city"), "achievement", "en")
    assert "no full mark" in words and "none is invented" in words
    assert "Excellent" not in words


def test_counts_in_the_lead_are_those_of_the_table() -> None:
    facts = dossiers.city()
    rows = facts.rows("value_added", level="school", subject="total")
    up = sum(row.verdict in ("above", "much_above") for row in rows)
    down = sum(row.verdict in ("below", "much_below") for row in rows)
    assert f"{up} 所学校高于预期，{down} 所低于预期" in text_of(facts, "progress")


def test_hidden_school_shows_no_figure() -> None:
    facts = dossiers.city()
    me = dossiers.city().rows("units", level="school")[3]
    for name in ("value_added", "indicators"):
        dossiers._blank(
            facts, name, lambda row: row["level"] == "school" and row["unit"] == me.unit, "hidden"
        )
    for key in ("start", "progress", "achievement", "tiers", "quadrant"):
        assert me.name not in text_of(facts, key), key


def listed(judgement: str, probabilities: list[float]) -> list[dict[str, object]]:
    """School rows of a judgement, found with these probabilities."""
    world = dossiers.World()
    return [
        {"level": "school", "unit": world.schools[i], "subject": "total", "judgement": judgement, "status": "found",
         "probability": p, "value": -0.3, "lo": -0.5, "hi": -0.1, "cohorts": 2}
        for i, p in enumerate(probabilities)
    ]  # fmt: skip


def test_a_list_names_its_rule_and_its_expected_wrong_names() -> None:
    words = text_of(with_rows(dossiers.city(), judgements=listed("weak", [0.9, 0.95, 0.99])), "supervision")
    assert "把握达到 90%" in words
    assert "预期误列 0.2 项" in words  # 0.10 + 0.05 + 0.01
    assert "建议重点视导 3 所" in words


def test_withheld_judgements_are_named_with_their_reason() -> None:
    rows = listed("weak", [0.95])
    rows[0] |= {"status": "withheld", "reason": "participation,sensitive"}
    words = text_of(with_rows(dossiers.city(), judgements=rows), "supervision")
    assert "参考率不足" in words and "结论随算法变化" in words


def test_award_is_a_sentence_where_policy_bars_it() -> None:
    facts = with_rows(dossiers.city(), judgements=listed("award", [0.9, 0.5]))
    assert "稳在名单" in text_of(facts, "awards") and "仍在竞争" in text_of(facts, "awards")
    entrance = Facts({**facts.meta, "exam": {**facts.meta["exam"], "kind": "entrance"}}, facts.tables)
    assert "不生成表彰参考" in text_of(entrance, "awards")
    assert "稳在名单" not in text_of(entrance, "awards")


def test_benchmark_draws_the_counties_around_this_city() -> None:
    rows = [
        {"county": county, "subject": subject, "mean": 70.0 + i, "sd": 15.0, "n": 5000, "pass_rate": 0.6}
        for i, county in enumerate(["东平县", "西华县"])
        for subject in ("chinese", "math")
    ]
    words = text_of(with_rows(dossiers.city(), benchmark=rows), "benchmark")
    assert "与 2 个兄弟县" in words and "西华县" in words
    assert "从略" in text_of(with_rows(dossiers.city(), benchmark=[]), "benchmark")
    apart = [{**row, "subject": "art"} for row in rows]
    words = text_of(with_rows(dossiers.city(), benchmark=apart), "benchmark")
    assert "没有可比的学科" in words and "都不低于" not in words


def test_a_name_with_markup_stays_text() -> None:
    facts = dossiers.city()
    content = facts.tables["units"]
    row = next(row for row in content["rows"] if row[0] == "school")
    row[content["columns"].index("name")] = "<script>alert(1)</script>"
    html = "".join(report_on(facts, "zh").show(key).html for key in SECTIONS["city"])
    assert "<script" not in html and "&lt;script" in html


def test_schools_that_all_start_alike_have_no_correlation_with_it() -> None:
    facts = dossiers.city()
    content = facts.tables["indicators"]
    level, kind, value = (content["columns"].index(name) for name in ("level", "indicator", "value"))
    assert "相关系数" in text_of(dossiers.city(), "start")
    for row in content["rows"]:
        if row[level] == "school" and row[kind] == "start":
            row[value] = 0.0
    assert "起点差别较小" in text_of(facts, "start") and "相关系数" not in text_of(facts, "start")


def test_checks_of_assumptions_are_one_sentence() -> None:
    rows = [{"subject": "math", "term": "check:top_share", "value": 0.2}]
    assert "高分端堆积（数学）" in text_of(with_rows(dossiers.city(), fits=rows), "trust")
    rows = [{"subject": "math", "term": "check:growth_missing", "value": 1.0}]
    assert "成长百分等级无法计算（数学）" in text_of(with_rows(dossiers.city(), fits=rows), "trust")
    rows = [{"subject": "math", "term": "check:top_share", "value": 0.01}]
    assert "都未发现问题" in text_of(with_rows(dossiers.city(), fits=rows), "trust")


def test_every_word_of_the_city_report_is_used() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("sections", "charts")
        for path in (Path(dossiers.__file__).parents[1] / "src/analysis/report" / folder).glob("city_*.py")
    )
    made = [re.sub(r"\\?\{[^}]*\}", "[^.]+(?:\\.[^.]+)?", re.escape(key).replace(r"\{", "{").replace(r"\}", "}"))
            for key in re.findall(r'f"([a-z_.]*(?:city|brief)\.[^"]+)"', source)]  # fmt: skip
    for key in texts("zh"):
        if key.startswith(("city.", "chart.city.", "brief.")):
            said = f'"{key}"' in source or any(re.fullmatch(pattern, key) for pattern in made)
            said = said or key.startswith(("city.title.", "city.name"))
            assert said, f"nobody says {key}"


def test_the_appendix_says_which_names_the_test_of_many_schools_finds() -> None:
    """A school on the list is found if its q is small and its figure lies on the list's side."""
    facts = dossiers.city()
    assert "复核仍认定" in text_of(facts, "appendix")
    one = next(
        row for row in facts.rows("judgements", level="school", status="found") if row.judgement in LISTS
    )
    rows = [vars(row) for row in facts.rows("value_added")]
    others = [r for r in facts.rows("judgements") if r.unit == one.unit and r.judgement == one.judgement]

    def found(raw: float, q: float) -> str:
        changed = [{**r, "raw": raw, "q": q} if r["unit"] == one.unit else r for r in rows]
        alone = with_rows(facts, value_added=changed, judgements=[vars(r) for r in others])
        grid = discoveries_grid(alone, Words("zh"))
        assert grid is not None
        return grid.lines[0].cells[1].text

    there = 0.3 * LISTS[one.judgement]
    assert found(there, 0.01) != "0" and found(there, 0.2) == "0" and found(-there, 0.01) == "0"


def test_the_chance_of_the_same_tier_again_stands_beside_the_tier() -> None:
    assert "仍在同一方阵的概率约为 60%" in text_of(dossiers.city(), "tiers")
    rows = [{**vars(row), "p_again": None} for row in dossiers.city().rows("value_added")]
    assert "仍在同一方阵" not in text_of(with_rows(dossiers.city(), value_added=rows), "tiers")


def test_schools_for_low_and_high_starters_are_shown_where_they_were_fitted() -> None:
    facts = dossiers.city()
    assert "起点低的学生和起点高的学生" not in text_of(facts, "progress")
    core = [vars(row) for row in facts.rows("panel")]
    ends = [
        {**row, "fit": fit, "value": value, "lo": value - 0.1, "hi": value + 0.1}
        for row in core
        if row["fit"] == "core"
        for fit, value in (("slope_low", -0.2), ("slope_high", 0.3))
    ]
    with_slopes = with_rows(facts, panel=core + ends)
    assert "起点低的学生和起点高的学生" in text_of(with_slopes, "progress")
    assert "+5.0" in text_of(with_slopes, "progress")  # 0.3 − (−0.2) sd in T points
    assert "slope_" not in text_of(with_slopes, "trust")


def test_a_pupil_counts_once_among_the_growth_points_of_a_school() -> None:
    rows = [SimpleNamespace(unit=unit, n=n) for unit, n in (("1", 40), ("1", 60), ("2", 30))]
    assert pupils(rows) == 90


def test_an_item_as_hard_as_expected_is_not_fed_back() -> None:
    item = {"discrimination": 0.5, "blank_rate": 0.0}
    assert troubles(SimpleNamespace(value=0.32, expected_rate=0.30, **item)) == []
    assert troubles(SimpleNamespace(value=0.24, expected_rate=0.30, **item)) == ["hard"]
    assert troubles(SimpleNamespace(value=0.32, expected_rate=None, **item)) == ["hard"]


def test_the_total_is_explained_only_where_there_are_several_papers() -> None:
    assert "总分只计" in text_of(dossiers.city(), "data")
    assert "every paper" not in text_of(dossiers.plain("city"), "data", "en")


def test_rules_of_the_day_are_printed_with_their_sources_and_who_lifted_them() -> None:
    facts = dossiers.city()
    rules = {"name": {"zh": "某规定", "en": "rules"}, "from": "2025-12-16",
             "sources": [{"issuer": "某办公厅", "document": "通知"}]}  # fmt: skip
    policy = {"mode": "open", "reason": "张局长，某文件", "rules": rules, "authority": None}
    opened = Facts({**facts.meta, "policy": policy}, facts.tables)
    assert "适用规则：某规定（2025-12-16 起）" in text_of(opened, "appendix")
    assert "张局长，某文件" in text_of(opened, "cover") and "政策限制" not in text_of(facts, "cover")
