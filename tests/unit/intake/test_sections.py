"""What stands around a list: schools printed once above the lists of their classes, and the school that pupils left."""

import pytest

HEAD = ["学号", "姓名", "语文", "数学", "英语"]


def lists(*blocks):
    """Lists pasted below each other: titles, then a header, then one pupil, then the average."""
    rows = [["七年级期末考试成绩"]]
    for number, titles in enumerate(blocks, 1):
        rows += [[title] for title in titles]
        rows += [
            HEAD,
            [f"20240{number}", f"生{'甲乙丙丁'[number - 1]}", 100, 90, 80],
            ["平均分", "", 100, 90, 80],
            [],
        ]
    return rows


def homes(tables):
    """(school, class) of each pupil's number in the order of the sheet."""
    return list(zip(tables["enrolments"]["school"], tables["enrolments"]["class"], strict=True))


def test_a_school_printed_once_holds_for_the_lists_of_its_classes(read):
    rows = lists(
        ["一中", "七年级(1)班 班主任：王某"], ["七年级(2)班"], ["东关中学", "七年级(1)班"], ["七年级(2)班"]
    )
    tables = read({"成绩.xlsx": rows})
    assert homes(tables) == [("0101", "701"), ("0101", "702"), ("0103", "701"), ("0103", "702")]


def test_a_blank_row_between_the_school_and_the_class_changes_nothing(read):
    rows = lists(["一中", "七年级(1)班"], ["东关中学", "", "七年级(1)班"])
    assert homes(read({"成绩.xlsx": rows})) == [("0101", "701"), ("0103", "701")]


def test_pupils_under_a_school_that_nobody_knows_are_not_given_to_the_one_before(read, helpers):
    tables = read({"成绩.xlsx": lists(["一中", "七年级(1)班"], ["北关中学", "七年级(1)班"])})
    assert homes(tables) == [("0101", "701")]
    assert "no_school" in helpers.codes(tables)


GRADUATED = ["学号", "姓名", "班级", "毕业学校", "语文", "数学", "英语"]
PUPILS = [["1", "生甲", "701", "东关中学", 100, 90, 80], ["2", "生乙", "701", "一中", 99, 89, 79]]


def test_the_school_that_pupils_left_is_not_theirs_where_the_sheet_names_one(read, helpers):
    tables = read({"成绩.xlsx": {"一中": [GRADUATED, *PUPILS]}})
    assert homes(tables) == [("0101", "701")] * 2
    asked = tables["data_issues"]
    assert asked[["code", "cell", "read", "assumed", "n"]].to_numpy().tolist() == [
        ["school_left", "D2", "东关中学", "0101", 1]
    ]


@pytest.mark.parametrize(("sheet", "kind"), [("成绩", "monitor"), ("一中", "entrance")])
def test_it_is_theirs_where_nothing_else_tells_and_in_the_exam_with_which_they_leave(
    read, helpers, sheet, kind
):
    exams = [helpers.exam("e1", "2024-07-01", 7, kind=kind)]
    tables = read({"成绩.xlsx": {sheet: [GRADUATED, *PUPILS]}}, exams=exams)
    assert homes(tables) == [("0103", "701"), ("0101", "701")]
    assert helpers.codes(tables) == []


def test_a_school_column_comes_before_the_one_of_schools_left(read):
    rows = [["学校", *GRADUATED], *(["实验", *pupil] for pupil in PUPILS)]
    assert homes(read({"成绩.xlsx": rows})) == [("0102", "701")] * 2


def test_a_parent_who_teaches_makes_no_row_of_teachers(read, helpers):
    rows = [[*GRADUATED[:3], "学校", "家长职业", *GRADUATED[4:]]]
    rows += [
        [*pupil[:3], pupil[3], job, *pupil[4:]] for pupil, job in zip(PUPILS, ("教师", "工人"), strict=True)
    ]
    assert len(read({"成绩.xlsx": rows})["enrolments"]) == 2
