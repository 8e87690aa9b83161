"""Measures file: complete, lawful, in both languages; findings become advice with evidence."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.unit.judgement.test_rules import change, frame, null_city, pooled

from analysis.judgement.advice import (
    MOST_INSTANCES,
    MOST_ROWS,
    advice_table,
    for_grade,
    holds,
    next_comparable,
)
from analysis.judgement.evidence import Evidence
from analysis.judgement.lawful import faults, unlawful
from analysis.judgement.lists import judge
from analysis.params import Judgements
from analysis.tables import TABLES

FILE = Path(__file__).resolve().parents[3] / "params" / "measures.yaml"


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_measures_file_is_complete_and_lawful(data: dict[str, Any]) -> None:
    assert faults(data) == []
    assert len(data["measures"]) == 88


def test_a_measure_for_other_grades_is_not_proposed(data: dict[str, Any]) -> None:
    """Advice on the choice of subjects is for senior schools."""
    assert "pupil_imbalance.2" in for_grade(data, 11)["measures"]
    assert "pupil_imbalance.2" not in for_grade(data, 7)["measures"]
    assert "pupil_imbalance.1" in for_grade(data, 7)["measures"]


def test_grades_of_a_measure_are_school_years(data: dict[str, Any]) -> None:
    wrong = {"pupil_imbalance.2": {**data["measures"]["pupil_imbalance.2"], "grades": [10, 13]}}
    assert faults({**data, "measures": {**data["measures"], **wrong}}) == [
        "pupil_imbalance.2: grades are school years, 1 to 12"
    ]


def test_no_chinese_in_the_english_texts(data: dict[str, Any]) -> None:
    for measure in data["measures"].values():
        assert measure["en"].isascii(), measure["en"]


def test_conditions_name_columns_that_exist(data: dict[str, Any]) -> None:
    derived = {
        "standing": {"start_verdict", "progress_verdict", "value", "lo", "hi", "probability"},
        "blanks": set(),
    }
    for key, finding in data["findings"].items():
        name = finding["when"]["table"]
        known = (
            set(TABLES[name].names)
            if name in TABLES
            else derived[name] | {"gap", "probability", "blank_rate", "item"}
        )
        tests = ("where", "not", "contains", "at_least", "at_most", "above", "below")
        used = {c for test in tests for c in finding["when"].get(test, {})} | set(finding["show"].values())
        assert used <= known, key


@pytest.mark.parametrize(
    "text",
    [
        "每周组织一次测验", "增加两次月考", "周末集中补课", "利用寒假上课", "按成绩编班", "设立重点班",
        "hold an extra test every week", "give lessons on Saturday", "form a top class", "put pupils in classes by results",
    ],
)  # fmt: skip
def test_lint_rejects(text: str) -> None:
    assert unlawful(text)


@pytest.mark.parametrize(
    "text",
    ["不另行组织考试", "不按成绩编班", "期中自查一次，不另设考试", "add no lessons", "with no separate exam"],
)
def test_lint_lets_prohibitions_stand(text: str) -> None:
    assert unlawful(text) == ""


def test_lint_names_the_measure(data: dict[str, Any]) -> None:
    bad = dict(data["measures"]["weak_subject.1"], zh="每周组织一次测验", owner="king", en="")
    found = faults({**data, "measures": {**data["measures"], "weak_subject.1": bad, "odd": bad}})
    assert any("weak_subject.1: zh text adds exams" in f for f in found)
    assert any("owner 'king'" in f for f in found)
    assert any("no text in en" in f for f in found)
    assert any(f.startswith("odd:") for f in found)


def advise(data: dict[str, Any], tables: dict[str, pd.DataFrame], **evidence: Any) -> pd.DataFrame:
    e = Evidence(tables, **evidence)
    return advice_table(data, e, judge(e, "e1"), "e1", "e2")


def test_null_city_gets_no_advice(data: dict[str, Any]) -> None:
    assert advise(data, null_city()).empty


def test_weak_subject_gets_its_measures_with_evidence(data: dict[str, Any]) -> None:
    made = advise(data, null_city(), pooled=pooled(subject="maths", p_weak=0.95, value=-0.3))
    assert list(made.columns) == TABLES["advice"].names
    assert made["measure"].tolist() == ["weak_subject.1", "weak_subject.2", "weak_subject.3"]
    assert made["rank"].tolist() == [1, 2, 3]
    first = made.iloc[0]
    assert (first["unit"], first["subject"], first["finding"]) == ("s0", "maths", "weak_subject")
    assert (first["owner"], first["within"], first["recheck"]) == (
        "research_office",
        "weeks_2",
        "subject_value_added",
    )
    assert (first["value"], first["probability"], first["next_exam"]) == (-0.3, 0.95, "e2")
    assert first["evidence"] == "trends:school/s0/maths"


def test_a_class_is_a_finding_about_its_school(data: dict[str, Any]) -> None:
    tables = null_city()
    change(tables, "value_added", "s0/1", "total", "class", p_weak=0.9)
    made = advise(data, tables)
    assert set(made["unit"]) == {"s0"} and set(made["level"]) == {"school"}
    assert set(made["finding"]) == {"class_all_subjects_low"}
    assert set(made["target"]) == {"s0/1"}


def test_a_long_list_is_cut_fairly(data: dict[str, Any]) -> None:
    """Everything wrong at once: every finding keeps its first measure before any gets a second."""
    tables = null_city()
    change(tables, "participation", "s0", "maths", rate=0.5)
    change(tables, "participation", "s0", "total", rate=0.5)
    change(tables, "indicators", "s1", "total", where="low_rate", value=0.3, verdict="much_below")
    topics = [
        {
            "level": "school",
            "unit": "s1",
            "subject": "maths",
            "kind": "topic",
            "topic": f"t{i}",
            "items": 3,
            "marks": 9.0,
        }
        | {"gap": -0.1 - i / 100, "gap_lo": -0.2, "gap_hi": -0.05, "p_gap": 0.95 + i / 1000}
        for i in range(6)
    ]
    tables["topics"] = frame(TABLES["topics"].names, topics)
    made = advise(data, tables)
    s1 = made[made["unit"] == "s1"]
    assert len(s1) <= MOST_ROWS
    weak = s1[s1["finding"] == "knowledge_weak"]
    assert weak["target"].nunique() == MOST_INSTANCES
    assert set(weak["target"]) == {"t5", "t4"}  # the surest
    assert s1["finding"].unique().tolist() == ["low_rate_high", "knowledge_weak"]


def test_special_kinds_of_topics(data: dict[str, Any]) -> None:
    row = {
        "level": "school",
        "unit": "s1",
        "subject": "chinese",
        "kind": "ability",
        "topic": "现代文阅读",
        "items": 3,
    }
    tables = null_city() | {"topics": frame(TABLES["topics"].names, [row | {"p_gap": 0.97, "gap": -0.1}])}
    assert set(advise(data, tables)["finding"]) == {"reading_weak"}


def test_items_left_blank_more_than_in_the_city(data: dict[str, Any]) -> None:
    base = {"subject": "maths", "item": "12", "n": 200}
    rows = [base | {"level": "city", "unit": "city", "blank_rate": 0.05, "n": 4000}]
    rows += [base | {"level": "school", "unit": u, "blank_rate": r} for u, r in (("s0", 0.15), ("s1", 0.06))]
    tables = null_city() | {"item_quality": frame(TABLES["item_quality"].names, rows)}
    made = advise(data, tables)
    assert set(made["unit"]) == {"s0"} and set(made["finding"]) == {"blank_high"}
    assert made["target"].iloc[0] == "12"


def test_conditions() -> None:
    rows = pd.DataFrame(
        {"level": "school", "value": [-0.2, 0.1, np.nan], "lo": [0.2, 0.0, 0.0], "word": ["a", "b", "a"]}
    )
    limits = Judgements()

    def met(**when: Any) -> list[bool]:
        return holds(rows, {"level": "school", **when}, limits).tolist()

    assert met(at_most={"value": "weak_effect"}) == [True, False, False]
    assert met(at_least={"value": 0.1}) == [False, True, False]
    assert met(above={"lo": "value"}) == [True, False, False]
    assert met(where={"word": ["a"]}) == [True, False, True]
    assert met(**{"not": {"word": "a"}}) == [False, True, False]
    assert met(contains={"word": ["b"]}) == [False, True, False]
    assert holds(rows, {"level": "city"}, limits).tolist() == [False] * 3


def test_next_comparable_exam() -> None:
    dates = [("a", "2025-06-01"), ("c", "2026-09-01"), ("b", "2026-01-10")]
    assert next_comparable(dates, "2025-06-01") == "b"
    assert next_comparable(dates, "2026-09-01") == ""
