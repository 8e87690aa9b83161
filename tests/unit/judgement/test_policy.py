"""Rules of an exam's day, on the demo's calendar: one stop, one warning, and what lifts them."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis import settings
from analysis.build import policy
from analysis.errors import PolicyError
from analysis.judgement.policy import lists_off, policy_table, school_year, stopped
from analysis.params import Authority, Exam
from analysis.settings import Settings, rule_set

HOME = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def city() -> Settings:
    return settings.load(HOME / "params" / "demo.yaml")


def table(city: Settings, exam: Exam, open_by: str = ""):
    return policy_table(exam, city.params.exams, rule_set(city, exam), open_by)


def test_the_demo_has_one_stop_and_one_warning(city: Settings) -> None:
    states = {e.id: set(table(city, e).query("subject == 'exam'")["state"]) for e in city.params.exams}
    assert [key for key, state in states.items() if "stop" in state] == ["2026-g11-spring"]
    assert [key for key, state in states.items() if "warn" in state] == ["2026-g9-mock3"]


def test_a_warning_counts_the_mocks_of_the_school_year(city: Settings) -> None:
    row = table(city, city.exam("2026-g9-mock3")).query("rule == 'too_many_mocks'").iloc[0]
    assert row["note"] == "3"
    assert "too_many_mocks" not in set(table(city, city.exam("2026-g9-mock2"))["rule"])


def test_a_stopped_exam_is_not_built_unless_a_document_allows_it(city: Settings) -> None:
    exam = city.exam("2026-g11-spring")
    with pytest.raises(PolicyError, match="no_joint_exam"):
        policy(city, exam)
    paper = Authority(issuer="省教育厅", document="〔2026〕1号", date=exam.date, scope="高二")
    made = policy(city, exam.model_copy(update={"authority": paper}))
    assert made.query("rule == 'no_joint_exam'")["state"].item() == "ok"
    assert made.query("rule == 'no_joint_exam'")["note"].item() == "省教育厅 〔2026〕1号"


def test_no_document_allows_papers_in_grade_one(city: Settings) -> None:
    exam = city.exam("2026-g11-spring")
    paper = Authority(issuer="a", document="b", date=exam.date, scope="c")
    made = table(city, exam.model_copy(update={"grade": 1, "authority": paper}))
    assert stopped(made) == ["no_early_paper_exam"]


def test_finished_papers_of_grade_eight_are_allowed(city: Settings) -> None:
    exam = city.exam("2025-g8-autumn")
    assert not stopped(table(city, exam))
    more = exam.model_copy(update={"papers": {**exam.papers, "math": exam.papers["biology"]}})
    assert stopped(table(city, more)) == ["no_joint_exam"]


def test_open_gates_say_who_opened_them(city: Settings) -> None:
    opened = replace(
        city,
        params=city.params.model_copy(update={"policy": "open", "policy_open_reason": "李主任，会议纪要3"}),
    )
    made = policy(opened, opened.exam("2026-g11-spring"))
    assert set(made["state"]) == {"ok"} and set(made["note"]) == {"李主任，会议纪要3"}


def test_entrance_results_make_no_lists(city: Settings) -> None:
    entrance = city.exam("2026-g9-mock1").model_copy(update={"kind": "entrance"})
    assert {"award", "weak", "watch", "decline_two"} <= lists_off(table(city, entrance))
    assert lists_off(table(city, city.exam("2026-g9-mock1"))) == {"pupil_ranks"}


def test_a_city_outside_the_rules_has_none(city: Settings) -> None:
    exam = city.exam("2026-g11-spring")
    assert policy_table(exam, city.params.exams, None).empty


def test_the_school_year_begins_in_august(city: Settings) -> None:
    exam = city.exam("2026-g9-mock1")
    days = [exam.date.replace(year=2025, month=month, day=1) for month in (7, 8)]
    assert [school_year(exam.model_copy(update={"date": day})) for day in days] == [2024, 2025]
