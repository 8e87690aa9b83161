"""What the sheets hold: states as words, totals, a true zero, and the planted schools' rows."""

from itertools import pairwise

import numpy as np
import pytest

from analysis.demo import city, pupils
from analysis.demo.calendar import JUNIOR, NAMES
from analysis.demo.items import BLUEPRINTS

MARKS = "2026-g9-mock1/成绩汇总_*.xlsx"
PAPERS = [NAMES[subject] for subject in JUNIOR]


def of_school(rows, name):
    return [row for row in rows if row["学校"] == name]


def test_headings(small, read):
    first = read(small, MARKS)[0]
    assert list(first) == ["学校", "班级", "学籍号", "考号", "姓名", "性别", *PAPERS, "总分", "备注"]


def in_range(mark, full):
    return isinstance(mark, str) or (0 <= mark <= full and (2 * mark).is_integer())


def test_marks_are_inside_the_paper_but_for_one_slip(small, read):
    rows = read(small, MARKS)
    outside = [
        row[NAMES[s]] for row in rows for s, full in JUNIOR.items() if not in_range(row[NAMES[s]], full)
    ]
    assert len(outside) == 1 and outside[0] > 120


def test_totals_are_the_sum_of_the_marks_there_are_but_for_slips(small, read):
    wrong = 0
    for row in read(small, MARKS):
        marks = [row[name] for name in PAPERS if not isinstance(row[name], str)]
        wrong += row["总分"] != (sum(marks) if marks else row["语文"])
    assert wrong == 4, "a total, a mark too large, full-width digits, a number with its unit"


def test_one_row_stands_twice(small, read):
    rows = read(small, MARKS)
    twice = [a for a, b in pairwise(rows) if a == b]
    assert len(twice) == 1 and len({row["学籍号"] for row in rows}) == len(rows) - 1


def test_states_are_words(small, read):
    texts = {row[name] for row in read(small, MARKS) for name in PAPERS if isinstance(row[name], str)}
    odd = sorted(texts - {"缺考", "作弊", "缓考", "免考", "未扫", ""})
    assert "缺考" in texts
    assert (
        len(odd) == 2 and odd[0].endswith("分") and not odd[1].isascii() and float(odd[1].replace("．", "."))
    )


def test_a_true_zero_stands_in_the_sheet(small, read):
    assert any(row["历史"] == 0 and row["总分"] > 0 for row in read(small, MARKS))


def test_leavers_are_listed_without_marks(small, read):
    gone = [row for row in read(small, MARKS) if row["备注"] == "已转出"]
    assert gone and all(row[name] == "" for row in gone for name in PAPERS)


def test_nine_matched_pupils(small, read):
    start = {row["学籍号"] for row in read(small, "2023-g7-entry/成绩.csv")}
    now = [row["学籍号"] for row in of_school(read(small, MARKS), "枣林乡第二初级中学")]
    assert len(now) == 10 and len(start & set(now)) == 9


@pytest.mark.parametrize("seed", range(1, 17))
def test_tiny_schools_keep_their_pupils(seed):
    schools = city.few_schools()
    cohort = pupils.make(np.random.default_rng(seed), schools, 2026, 0.5, False)
    tiny = [s.name for s in schools].index("枣林乡第二初级中学")
    here = cohort.school == tiny
    assert here.sum() == 10 and (here & (cohort.entry_school == tiny)).sum() == 9


def test_about_four_per_cent_have_no_baseline(small, read):
    start = {row["学籍号"] for row in read(small, "2023-g7-entry/成绩.csv")}
    now = [row["学籍号"] for row in read(small, MARKS)]
    assert 0.02 < sum(number not in start for number in now) / len(now) < 0.06


def test_the_selective_school_keeps_weak_pupils_away(small, read):
    name = "启航学校"
    listed = of_school(read(small, MARKS), name)
    entered = {row["学籍号"] for row in listed if row["总分"] not in ("缺考", "")}
    register = {row["学籍号"] for row in of_school(read(small, "rosters/*.csv"), name)}
    start = {
        row["学籍号"]: float(str(row["总分"]))
        for row in of_school(read(small, "2023-g7-entry/成绩.csv"), name)
        if str(row["总分"])[:1].isdigit()
    }
    assert len(entered & register) / len(register) < 0.95
    assert register - {row["学籍号"] for row in listed}, "some are not even entered"
    away = [mark for number, mark in start.items() if number not in entered]
    here = [mark for number, mark in start.items() if number in entered]
    assert sum(here) / len(here) - sum(away) / len(away) > 30


def test_no_selective_school_in_the_null_city(null, read):
    entered = {row["学籍号"] for row in read(null, MARKS) if row["备注"] != "已转出"}
    assert entered == {row["学籍号"] for row in read(null, "rosters/*.csv")}


def test_items_sum_to_the_mark(small, read):
    for subject, items in BLUEPRINTS.items():
        marks = {row["学籍号"]: row[NAMES[subject]] for row in read(small, MARKS)}
        for row in read(small, f"2026-g9-mock1/小题分_{NAMES[subject]}.csv"):
            points = [float(str(row[item.label]) or 0) for item in items]
            assert sum(points) == marks[row["学籍号"]], subject


def test_blueprints_sum_to_the_full_mark():
    assert {s: sum(item.full for item in items) for s, items in BLUEPRINTS.items()} == {
        subject: JUNIOR[subject] for subject in BLUEPRINTS
    }


def test_the_weak_topic_shows(small, read):
    """Against the city, the school falls further behind on circles than on equally hard items."""
    rows = read(small, "2026-g9-mock1/小题分_数学.csv")

    def behind(items):
        def rate(some):
            return (
                sum(float(str(row[i.label]) or 0) for row in some for i in items)
                / len(some)
                / sum(i.full for i in items)
            )

        return rate(rows) - rate(of_school(rows, "柳湖镇第一初级中学"))

    circle = [item for item in BLUEPRINTS["math"] if item.topic == "圆"]
    as_hard = [item for item in BLUEPRINTS["math"] if item.topic != "圆" and 0.4 <= item.expected <= 0.62]
    assert behind(circle) > behind(as_hard) + 0.08


def test_long_sheet_holds_a_row_a_pupil_and_paper(small, read):
    rows = read(small, "2025-g8-grad/成绩明细.csv")
    assert {row["科目"] for row in rows} == {"生物", "地理"}
    assert all((row["成绩"] == "") == (row["状态"] != "正常") for row in rows)
    assert len({(row["学籍号"], row["科目"]) for row in rows}) == len(rows)


def test_every_class_with_pupils_has_one_teacher_a_subject(small, read):
    table = read(small, "teachers/2025—2026学年九年级任课表.xlsx")
    keys = [(row["学校"], row["班级"], row["学科"]) for row in table]
    assert len(set(keys)) == len(keys)
    classes = {
        (row["学校"], f"9{int(str(row['班级'])[2:-2]):02d}")
        for row in read(small, MARKS)
        if row["语文"] != ""
    }
    assert classes == {(school, klass) for school, klass, _ in keys}


def test_teachers_have_several_classes(small, read):
    table = read(small, "teachers/2025—2026学年九年级任课表.xlsx")
    classes: dict[tuple[object, ...], int] = {}
    for row in table:
        key = (row["学校"], row["学科"], row["任课教师"])
        classes[key] = classes.get(key, 0) + 1
    assert sum(n > 1 for n in classes.values()) / len(classes) > 0.3
