"""Rows of the catalogue about cells, states, totals and repeats (tests/nasty/catalogue.yaml, 15–25, 41, 42, 48, 49, 54)."""

import pytest

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]


def row(name, *marks):
    return ["一中", "701", name, *marks]


def test_remarks_tell_absences_from_true_zeros(read, helpers):
    rows = [[*HEAD, "备注"], row("甲", 0, 0, 0, "缺考"), row("乙", 90, 0, 80, "数学缺考"), row("丙", 90, 0, 80, ""), row("丁", 90, 0, 80, "零分卷"),
            row("戊", 90, 0, 0, "数学、英语缺考"), row("己", 90, 0, 0, "缺考：数学、英语"), row("庚", "", "", "", "已转学")]  # fmt: skip
    tables = read({"a.xlsx": rows})
    assert helpers.values(tables, "甲") == ["absent"] * 3
    assert helpers.values(tables, "乙") == [90, "absent", 80]
    assert helpers.values(tables, "丙") == [90, 0, 80]
    assert helpers.values(tables, "丁") == [90, 0, 80]
    assert helpers.values(tables, "戊") == helpers.values(tables, "己") == [90, "absent", "absent"]
    assert helpers.values(tables, "庚") == ["left"] * 3
    assert tables["enrolments"]["status"].tolist() == ["ok"] * 6 + ["left"]
    assert bool(tables["exams"]["roster_known"].iloc[0])


def test_a_mark_against_its_remark_is_not_used(read, helpers):
    tables = read(
        {"a.xlsx": [[*HEAD, "备注"], row("甲", 90, 85, 80, "数学缺考"), row("乙", 90, 0, 0, "缺考")]}
    )
    assert helpers.values(tables, "甲") == [90, "invalid", 80]
    assert helpers.values(tables, "乙") == [90, "absent", "absent"]
    assert helpers.codes(tables) == ["mark_against_state", "sat_despite_state"]


def test_zero_in_every_subject_is_asked_about(read, helpers):
    tables = read({"a.xlsx": [HEAD, row("甲", 0, 0, 0), row("乙", 1, 2, 3)]})
    assert helpers.values(tables, "甲") == [0, 0, 0]
    assert helpers.codes(tables) == ["all_zero"]


def test_a_subject_not_taken_is_an_empty_column(read, helpers):
    tables = read({"a.xlsx": [[*HEAD, "物理"], [*row("甲", 1, 2, 3), ""]]}, papers={})
    assert set(tables["papers"]["subject"]) == {"chinese", "math", "english"}


def test_pupils_kept_out_of_comparisons_by_rule(read):
    tables = read(
        {"a.xlsx": [[*HEAD, "学生属性"], [*row("甲", 1, 2, 3), "借读"], [*row("乙", 1, 2, 3), "正常"]]}
    )
    assert tables["pupils"]["excluded"].tolist() == ["借读", ""]


def test_full_width_numbers_units_and_marks_above_full(read, helpers):
    tables = read(
        {"a.xlsx": [HEAD, ["一中", "７０１", "甲", "８５", "87．5", "85分"], row("乙", "98.0", 1085, 130)]}
    )
    assert helpers.values(tables, "甲") == [85, 87.5, 85]
    assert helpers.values(tables, "乙") == [98, "invalid", "invalid"]
    assert helpers.codes(tables) == ["ten_times", "above_full"]
    assert tables["data_issues"]["cell"].tolist() == ["E3", "F3"]


def test_formulas_without_values(read, helpers):
    rows = [
        [*HEAD, "总分"],
        [*row("甲", 1, 2, 3), "=SUM(D2:F2)"],
        [*row("乙", 1, 2), "=SUM(1,2)", "=SUM(D3:F3)"],
    ]
    tables = read({"a.xlsx": rows})
    assert helpers.marks(tables)["甲"]["total"] == 6
    assert helpers.values(tables, "乙") == [1, 2, "invalid"]
    assert helpers.codes(tables) == ["formula_without_value"]


def test_totals_that_do_not_fit(read, helpers):
    tables = read({"a.xlsx": [[*HEAD, "总分"], [*row("甲", 1, 2, 3), 6], [*row("乙", 1, 2, 3), 16]]})
    assert helpers.marks(tables)["乙"]["total"] == 6
    issue = tables["data_issues"].iloc[0]
    assert (issue["code"], issue["cell"], issue["read"], issue["assumed"]) == (
        "total_differs",
        "G3",
        "16",
        "6",
    )


def test_totals_that_passed_over_marks_typed_as_text_are_one_note(read, helpers):
    rows = [[*row(f"生{i}", "85分" if i % 2 else "８５", 1, 2), 3] for i in range(30)]
    tables = read({"a.xlsx": [[*HEAD, "总分"], *rows, [*row("甲", 1, 2, 3), 9]]})
    found = tables["data_issues"][["code", "severity", "n"]].to_numpy().tolist()
    assert found == [["total_differs", "question", 1], ["total_skips_text", "note", 30]]
    assert helpers.marks(tables)["生3"]["total"] == 88


def test_totals_that_count_another_column_are_one_question_with_its_heading(read, helpers):
    rows = [[*row(f"生{i}", 80, 1, 2), 20 + i, 103 + i] for i in range(30)]
    tables = read({"a.xlsx": [[*HEAD, "附加分", "总分"], *rows]})
    issue = tables["data_issues"]
    assert issue[["code", "read", "n"]].to_numpy().tolist() == [["total_includes", "附加分", 30]]


@pytest.mark.parametrize(("wrong", "told"), [(5, [1] * 5), (6, [6])])
def test_few_wrong_totals_are_told_one_by_one_and_many_together(read, helpers, wrong, told):
    rows = [[*row(f"生{i}", 80, 1, 2), 83 + (i % 3 + 1) * (i < wrong)] for i in range(30)]
    issue = read({"a.xlsx": [[*HEAD, "总分"], *rows]})["data_issues"]
    assert issue["code"].unique().tolist() == ["total_differs"] and issue["n"].tolist() == told


def test_bonus_columns_and_other_totals_are_not_marks(read, helpers):
    tables = read({"a.xlsx": [[*HEAD, "加分", "总分（不含加分）"], [*row("甲", 1, 2, 3), 10, 6]]})
    assert helpers.marks(tables)["甲"]["total"] == 6
    assert helpers.codes(tables) == []


def test_exact_repeats_collapse_and_are_counted(read, helpers):
    tables = read({"a.xlsx": [HEAD, *[row("甲", 1, 2, 3)] * 3]})
    assert len(tables["pupils"]) == 1
    assert tables["account"][["rows", "pupils", "repeats"]].to_numpy().tolist() == [[3, 1, 2]]


@pytest.mark.parametrize("number", ["", "G411000201301010012"])
def test_the_row_that_says_so_stands(read, helpers, number):
    rows = [
        ["学校", "班级", "学籍号", "姓名", "数学", "备注"],
        ["一中", "701", number, "甲", 2, ""],
        ["一中", "701", number, "甲", 5, "以此为准"],
    ]
    tables = read({"a.xlsx": rows}, papers={"math": {"full_mark": 120}})
    assert helpers.marks(tables)["甲"]["math"] == 5
    assert helpers.codes(tables) == ["repeat_settled"]


def test_differing_repeats_of_one_number_and_name_are_not_used(read, helpers):
    rows = [
        ["学校", "班级", "学籍号", "姓名", "数学", "语文", "英语"],
        ["一中", "701", "G411000201301010012", "甲", 2, 1, 3],
        ["一中", "701", "G411000201301010012", "甲", 5, 1, 3],
    ]
    tables = read({"a.xlsx": rows})
    marks = {"math": "invalid", "chinese": 1, "english": 3, "total": "invalid"}
    assert helpers.marks(tables)["甲"] == marks
    assert tables["data_issues"]["severity"].tolist() == ["error"]


def test_one_number_with_two_names_stays_two_pupils(read, helpers):
    rows = [
        ["学校", "班级", "学籍号", "姓名", "数学", "语文", "英语"],
        ["一中", "701", "G411000201301010012", "甲", 2, 1, 1],
        ["一中", "701", "G411000201301010012", "乙", 5, 1, 1],
    ]
    tables = read({"a.xlsx": rows})
    assert len(tables["pupils"]) == 2
    assert helpers.codes(tables) == ["number_names_differ"]


def test_a_later_sheet_fills_what_was_not_scanned(read, helpers):
    late = [["学校", "班级", "姓名", "数学"], ["一中", "701", "甲", 66]]
    tables = read({"a.xlsx": [HEAD, row("甲", 1, "未扫", 3), row("乙", 1, 4, 3)], "b补录.xlsx": late})
    assert helpers.values(tables, "甲") == [1, 66, 3]
    assert helpers.codes(tables) == ["mark_filled"]


def test_schools_and_subjects_nobody_knows_are_errors(read, helpers):
    rows = [HEAD, ["三中学", "701", "甲", 1, 2, 3], row("乙", 1, 2, 3)]
    tables = read({"a.xlsx": rows})
    assert tables["data_issues"][["code", "read", "cell"]].to_numpy().tolist() == [
        ["unknown_school", "三中学", "A2"]
    ]
    assert tables["account"][["pupils", "skipped"]].to_numpy().tolist() == [[1, 1]]


def test_no_table_holds_a_name_or_a_number_of_a_pupil(read):
    rows = [
        [*HEAD, "学籍号", "备注"],
        [*row("独特名", 900, "与独特名同", 0), "G411000200701010011"],
        [*row("独特名", 1, 2, 3), "G411000200701010028"],
    ]
    tables = read({"a.xlsx": rows})
    assert "unreadable" in tables["data_issues"]["code"].tolist()
    assert set(tables["links"]["pupil"]) == set(tables["pupils"]["pupil"])
    for name, table in tables.items():
        found = table.astype(str).apply(lambda column: column.str.contains("独特名|4110002007")).to_numpy()
        assert not found.any(), name
