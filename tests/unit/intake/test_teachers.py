"""Assignment tables: merged cells, changes of teacher in one cell, namesakes, lists of classes (tests/nasty/catalogue.yaml, 51, 52)."""

import pytest

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]
PUPILS = [
    HEAD,
    ["一中", "701", "甲", 1, 2, 3],
    ["一中", "702", "乙", 1, 2, 3],
    ["实验", "701", "丙", 1, 2, 3],
]
SHEETS = [{"path": "a.xlsx"}, {"path": "t.*", "kind": "teachers"}]


def of(tables, school, klass, subject):
    rows = tables["teachings"].query("school == @school and `class` == @klass and subject == @subject")
    return rows[["teacher", "weight", "since"]].to_numpy().tolist()


def test_merged_cells_and_a_change_in_one_cell(read, helpers):
    rows = [["学校", "班级", "学科", "任课教师"], ["一中", "七(1)班", "语文", "张三（10月底前）/孙五（11月起）"], ["", "", "数学", "李娜"],
            ["", "七(2)班", "语文", "张三"], ["", "", "数学", "李娜"], ["实验", "七(1)班", "数学", "李娜"]]  # fmt: skip
    merged = ((1, 0, 4, 0, "一中"), (1, 1, 2, 1, "七(1)班"), (3, 1, 4, 1, "七(2)班"))
    tables = read(
        {"a.xlsx": PUPILS, "t.xlsx": lambda p: helpers.write_xlsx(p, {"任课表": rows}, merged)}, sheets=SHEETS
    )
    first, second = of(tables, "0101", "701", "chinese")
    # The school year's window is 2023-09-01 to 2024-07-01, 304 days.
    assert (
        first[1] == pytest.approx(57 / 304)
        and second[1] == pytest.approx(243 / 304)
        and second[2] == "2023-11-01"
    )
    assert first[0] == of(tables, "0101", "702", "chinese")[0][0]
    namesakes = of(tables, "0101", "701", "math")[0][0], of(tables, "0102", "701", "math")[0][0]
    assert namesakes[0] == of(tables, "0101", "702", "math")[0][0] and namesakes[0] != namesakes[1]


def test_a_column_a_subject_with_title_and_dates(read):
    rows = [
        ["2023—2024学年任课教师安排表"],
        ["学校", "班级", "班主任", "语文", "数学"],
        ["一中", "七(1)班", "赵", "张三", "李娜（9月-12月）、周六（1月起）"],
    ]
    tables = read({"a.xlsx": PUPILS, "t.xlsx": rows}, sheets=SHEETS)
    assert [round(w, 3) for _, w, _ in of(tables, "0101", "701", "math")] == [
        round(118 / 304, 3),
        round(182 / 304, 3),
    ]
    assert of(tables, "0101", "701", "chinese")[0][1] == 1


def test_a_row_a_teacher_with_a_list_of_classes_and_a_date(read):
    rows = [
        ["学校", "教师姓名", "任教学科", "班级", "任教起始"],
        ["一中", "张三", "语文", "701、702", "2024-03-01"],
    ]
    tables = read({"a.xlsx": PUPILS, "t.csv": rows}, sheets=SHEETS)
    assert (
        of(tables, "0101", "701", "chinese")[0][1:]
        == of(tables, "0101", "702", "chinese")[0][1:]
        == [pytest.approx(122 / 304), "2024-03-01"]
    )


def test_classes_without_pupils_are_said(read, helpers):
    rows = [["学校", "班级", "学科", "任课教师"], ["一中", "七(9)班", "语文", "张三"]]
    tables = read({"a.xlsx": PUPILS, "t.xlsx": rows}, sheets=SHEETS)
    assert tables["teachings"].empty and helpers.codes(tables) == ["teaching_unknown_class"]


def test_no_teacher_stands_by_name(read):
    rows = [["学校", "班级", "学科", "任课教师"], ["一中", "701", "语文", "某教师名"]]
    tables = read({"a.xlsx": PUPILS, "t.xlsx": rows}, sheets=SHEETS)
    assert len(tables["teachings"]) == 1
    for table in tables.values():
        assert not table.astype(str).apply(lambda column: column.str.contains("某教师名")).to_numpy().any()
