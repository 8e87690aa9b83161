"""Layouts and words as other offices write them: what one maker's sheets never show (tests/nasty/catalogue.yaml, 2–9, 11, 15–19, 21, 26, 46)."""

import pytest

from analysis.errors import InputError

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]
SHORT = ["姓名", "语文", "数学", "英语"]


def test_heads_of_three_rows_whatever_comes_first_under_a_subject(read, helpers):
    rows = [
        ["学校", "班级", "姓名", "语文(120)", "", "数学(120)", "", "英语(120)", ""],
        ["", "", "", "卷面", "", "卷面", "", "卷面", ""],
        ["", "", "", "班排", "分数", "班排", "分数", "班排", "分数"],
        ["一中", "701", "甲一", 1, 100, 2, 90, 3, 80],
        ["一中", "701", "乙二", 2, 101, 3, 91, 4, 81],
    ]
    tables = read({"a.csv": rows})
    assert helpers.values(tables, "甲一") == [100, 90, 80]
    assert helpers.codes(tables) == []


def test_the_mark_of_a_subject_may_be_called_its_total(read, helpers):
    top = ["学校", "班级", "姓名", *(h for s in ("语文", "数学", "英语") for h in (s, "", ""))]
    sub = ["", "", "", *["总分", "客观题", "主观题"] * 3]
    row = ["一中", "701", "甲一", 100, 40, 60, 90, 30, 60, 80, 30, 50]
    assert helpers.values(read({"a.csv": [top, sub, row]}), "甲一") == [100, 90, 80]


@pytest.mark.parametrize("gap", [[], [""]])
@pytest.mark.parametrize("right", [["学号", "姓名"], ["姓名", "学号"]])
def test_lists_beside_each_other_need_not_be_alike(read, helpers, gap, right):
    rows = [
        ["市第一中学成绩表（一中）"],
        [
            "班级",
            "学号",
            "姓名",
            "语文",
            "数学",
            "英语",
            "名次",
            *gap,
            "班级",
            *right,
            "语文",
            "数学",
            "英语",
        ],
    ]
    number = {"姓名": ["甲一", "乙二"], "学号": ["20230001", "20230002"]}
    for i in range(2):
        left = ["701", f"2023010{i}", ("丙三", "丁四")[i], 70 + i, 60, 50, 1]
        rows.append([*left, *gap, "702", *(number[h][i] for h in right), 100 + i, 90, 80])
    tables = read({"一中.csv": rows})
    assert helpers.values(tables, "甲一") == [100, 90, 80]
    assert helpers.values(tables, "丁四") == [71, 60, 50]
    assert tables["enrolments"]["class"].value_counts().to_dict() == {"701": 2, "702": 2}
    assert tables["account"]["pupils"].tolist() == [4]


def test_a_name_said_twice_beside_one_block_of_marks_is_one_list(read, helpers):
    rows = [[*HEAD, "姓名"], ["一中", "701", "甲一", 1, 2, 3, "甲一"]]
    assert helpers.values(read({"a.csv": rows}), "甲一") == [1, 2, 3]


def test_a_header_repeated_in_other_words_is_no_pupil(read, helpers):
    again = ["学校名称", "班别", "学生姓名", "语文", "数学", "外语"]
    rows = [HEAD, ["一中", "701", "甲一", 1, 2, 3], again, ["一中", "702", "乙二", 4, 5, 6]]
    tables = read({"a.csv": rows})
    assert sorted(helpers.marks(tables)) == ["乙二", "甲一"]


def test_a_later_header_that_begins_with_other_columns_is_found(read, helpers):
    rows = [
        ["一中七(1)班"], ["姓名", "语文", "数学", "英语"], ["甲一", 1, 2, 3],
        ["一中七(2)班"], ["序号", "英语", "数学", "语文", "姓名"], [1, 6, 5, 4, "乙二"],
    ]  # fmt: skip
    tables = read({"a.csv": rows})
    assert helpers.values(tables, "乙二") == [4, 5, 6]
    assert tables["enrolments"]["class"].tolist() == ["701", "702"]


@pytest.mark.parametrize("name", ["701成绩", "2024年七年级701", "一中701期末"])
def test_a_class_code_in_the_files_name(read, name):
    tables = read({f"{name}.csv": [SHORT, ["甲一", 1, 2, 3]]}, sheets=[{"path": ".", "school": "0101"}])
    assert tables["enrolments"]["class"].tolist() == ["701"]


def test_pupils_without_a_known_mark_column_are_asked_about(read, helpers):
    rows = [["学校", "班级", "姓名", "甲科", "乙科"], ["一中", "701", "甲一", 1, 2]]
    tables = read({"a.csv": rows, "b.csv": [HEAD, ["一中", "702", "乙二", 1, 2, 3]]})
    issues = tables["data_issues"].query("code == 'no_mark_column'")
    assert issues[["file", "read"]].to_numpy().tolist() == [["a.csv", "甲科, 乙科"]]


def test_a_class_without_any_mark_in_a_declared_paper_is_asked_about(read, helpers):
    lacks = [["学校", "班级", "姓名", "语文", "数学", "洋文"], ["一中", "701", "甲一", 1, 2, 3]]
    whole = [HEAD, ["一中", "702", "乙二", 1, 2, 3]]
    issues = read({"a.csv": lacks, "b.csv": whole})["data_issues"].query("code == 'paper_not_found'")
    assert issues[["file", "subject", "read"]].to_numpy().tolist() == [["a.csv", "english", "洋文"]]


def test_whole_national_ids_are_known_under_any_heading(read):
    rows = [["学校", "班级", "姓名", "国家编码", "语文"], *(
        ["一中", "701", "刘洋", f"G41100020130101001{i}", i] for i in (1, 2))]  # fmt: skip
    tables = read({"a.csv": rows})
    assert len(tables["pupils"]) == 2
    assert "same_name" not in tables["data_issues"]["code"].tolist()


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("缺考(病假)", "absent"), ("因病缺考", "absent"), ("缓考（生病）", "deferred"), ("免", "exempt"),
        ("0(缺考)", "absent"), ("0（作弊）", "cheat"), ("98(补考)", "deferred"), ("98(重批)", "invalid"),
        ("未缺考了", "invalid"), ("85(缺考)", "invalid"),
    ],
)  # fmt: skip
def test_words_with_a_reason_or_a_number(read, helpers, cell, state):
    tables = read({"a.csv": [HEAD, ["一中", "701", "甲一", cell, 90, 80]]})
    assert helpers.values(tables, "甲一") == [state, 90, 80]


@pytest.mark.parametrize(
    ("remark", "state"),
    [
        ("因病缺考", "absent"),
        ("全科缺考", "absent"),
        ("语文作弊按0分计", "cheat"),
        ("听说缺考与否待查", "invalid"),
    ],
)
def test_zero_beside_a_remark(read, helpers, remark, state):
    tables = read({"a.csv": [[*HEAD, "备注"], ["一中", "701", "甲一", 0, 90, 80, remark]]})
    assert helpers.values(tables, "甲一")[0] == state
    assert ("zero_beside_remark" in helpers.codes(tables)) == (state == "invalid")


def test_one_cell_that_says_left_speaks_for_an_empty_row(read, helpers):
    rows = [HEAD, ["一中", "701", "甲一", "", "已转出", ""], ["一中", "701", "乙二", 1, 2, 3]]
    tables = read({"a.csv": rows})
    assert tables["enrolments"]["status"].tolist() == ["left", "ok"]
    assert helpers.values(tables, "甲一") == ["left"] * 3


ITEMS = ["学校", "班级", "考号", "姓名", "英语", "1", "2", "3", "3(1)", "3(2)"]


def test_item_sheets_are_known_by_their_headings(read, helpers):
    rows = [
        ITEMS,
        ["一中", "701", "01", "甲一", 9, 2, 3, 4, 1, 3],
        ["一中", "701", "02", "乙二", 5, "", 3, 2, 2, 0],
    ]
    tables = read({"a.csv": rows}, papers={"english": {"full_mark": 10}})
    assert sorted(set(tables["items"]["item"])) == ["1", "2", "3(1)", "3(2)"]
    assert tables["items"]["mark"].sum() == 14
    assert tables["scores"].query("subject == 'english'")["score"].tolist() == [9, 5]
    assert "items_recognised" in helpers.codes(tables)


def test_the_total_of_an_item_sheet_is_its_papers_mark_unless_score_sheets_have_it(read, helpers):
    head = ["考号", "姓名", "班级", "总分", 1, 2, 3]
    items = [head, ["01", "甲一", "701", 60, 20, 20, 20], ["03", "丙三", "701", 30, 10, 10, 10]]
    scores = [[*HEAD, "考号"], ["一中", "701", "甲一", 61, 2, 3, "01"]]
    where = {"sheets": [{"path": ".", "school": "0101"}]}
    alone = read({"语文小题分.xlsx": items}, **where)
    assert {n: m["chinese"] for n, m in helpers.marks(alone).items()} == {"甲一": 60, "丙三": 30}
    both = read({"语文小题分.xlsx": items, "scores.csv": scores}, **where)
    assert helpers.marks(both)["甲一"]["chinese"] == 61
    assert "丙三" not in helpers.marks(both)
    assert {"items_not_sum", "items_without_pupil"} <= set(helpers.codes(both))


def test_items_of_no_known_subject_are_asked_about(read, helpers):
    rows = [["学校", "班级", "姓名", "1", "2", "3"], ["一中", "701", "甲一", 1, 2, 3]]
    tables = read({"a.csv": rows, "b.csv": [HEAD, ["一中", "701", "甲一", 1, 2, 3]]})
    assert "items_without_subject" in helpers.codes(tables)
    assert tables["items"].empty


def test_a_teacher_table_that_gives_nothing_is_asked_about(read, helpers):
    marks = [HEAD, ["一中", "701", "甲一", 1, 2, 3]]
    for heading, codes in (("任教班级", set()), ("年级组", {"no_teaching"})):
        table = [["学校", "学科", "任课教师", heading], ["一中", "语文", "王", "701"]]
        tables = read({"a.csv": marks, "t.csv": table},
                      sheets=[{"path": "a.csv"}], teachers=[{"path": "t.csv", "kind": "teachers"}])  # fmt: skip
        assert set(helpers.codes(tables)) & {"no_teaching"} == codes
        assert len(tables["teachings"]) == 1 - len(codes)


def test_error_values_are_no_blanks(read, helpers, tmp_path):
    def book(path):
        import xlsxwriter

        with xlsxwriter.Workbook(path) as made:
            sheet = made.add_worksheet()
            for r, row in enumerate([HEAD, ["一中", "701", "甲一", 1, 2, 3]]):
                sheet.write_row(r, 0, row)
            sheet.write_formula(1, 4, "=NA()", None, "#N/A")

    tables = read({"a.xlsx": book})
    assert helpers.values(tables, "甲一") == [1, "invalid", 3]
    issues = tables["data_issues"]
    assert issues[["code", "cell"]].to_numpy().tolist() == [["formula_without_value", "E2"]]


def test_error_values_of_an_old_workbook_are_no_blanks(read, helpers):
    import xlwt

    def book(path):
        made = xlwt.Workbook()
        for name in ("说明", "成绩"):
            sheet = made.add_sheet(name)
            for r, row in enumerate(
                [HEAD, ["一中", "701", "甲一", 1, 2, 3], ["一中", "701", "乙二", 4, 5, 6]]
            ):
                for c, cell in enumerate(row if name == "成绩" else []):
                    if (r, c) not in ((1, 4), (2, 5)):
                        sheet.write(r, c, cell)
            if name == "成绩":
                sheet.row(1).set_cell_error(4, 42)  # #N/A
                sheet.write(2, 5, xlwt.Formula("1/0"))  # xlwt stores no value
        made.save(str(path))

    tables = read({"a.xls": book})
    assert helpers.values(tables, "甲一") == [1, "invalid", 3]
    assert helpers.values(tables, "乙二") == [4, 5, "invalid"]
    issues = tables["data_issues"].query("code == 'formula_without_value'")
    assert issues["cell"].tolist() == ["E2", "F3"]


def test_pupils_whose_school_nobody_knows_are_asked_about(read, helpers):
    rows = [["考号", "姓名", "语文", "数学", "英语"], ["01", "甲一", 1, 2, 3]]
    both = read({"a.csv": rows, "b.csv": [HEAD, ["一中", "701", "乙二", 1, 2, 3]]})
    assert "no_school" in helpers.codes(both)


@pytest.mark.parametrize("sheet", ["（4）班", "高二四班", "4班", "高二(4)班", "1104"])
def test_class_spellings_in_a_sheets_name(read, sheet):
    tables = read({"a.xlsx": {sheet: [["高二四班期末成绩"], SHORT, ["甲一", 1, 2, 3]]}}, grade=11,
                  sheets=[{"path": ".", "school": "0101"}])  # fmt: skip
    assert tables["enrolments"]["class"].tolist() == ["1104"]


@pytest.mark.parametrize("cell", ["（缺考）", "【缺考】", "缺考。", "缺　考"])
def test_states_in_brackets_and_with_stops(read, helpers, cell):
    tables = read({"a.csv": [HEAD, ["一中", "701", "甲一", cell, 90, 80]]})
    assert helpers.values(tables, "甲一") == ["absent", 90, 80]


def test_an_empty_cell_is_blank_unless_the_row_says_why(read, helpers):
    rows = [[*HEAD, "备注"], ["一中", "701", "甲一", "", 90, 80, ""], ["一中", "701", "乙二", "", "", "", ""],
            ["一中", "701", "丙三", "", 90, 80, "语文缺考"], ["一中", "701", "丁四", 1, 2, 3, ""]]  # fmt: skip
    tables = read({"a.csv": rows})
    assert helpers.values(tables, "甲一") == ["blank", 90, 80]
    assert helpers.values(tables, "乙二") == ["blank"] * 3
    assert helpers.values(tables, "丙三") == ["absent", 90, 80]


def test_a_row_with_words_of_headings_and_a_mark_is_no_header(read, helpers):
    rows = [
        ["学校", "姓名", "来源", "学科", "住校", "成绩"],
        ["一中", "甲一", "外地", "语文", "Yes", 100],
        ["一中", "乙二", "考生", "数学", "No", 61],
        ["一中", "甲一", "外地", "数学", "Yes", 90],
    ]
    tables = read({"a.csv": rows})
    assert helpers.values(tables, "甲一") == [100, 90, None]
    assert helpers.values(tables, "乙二") == [None, 61, None]


def test_a_full_mark_written_behind_the_subject_without_brackets(read, helpers):
    rows = [
        ["学校", "班级", "姓名", "语文120", "数学100分", "英语 60", "总分280"],
        ["一中", "701", "甲一", 118, 96, 58, 272],
    ]
    tables = read({"a.csv": rows}, papers={})
    assert helpers.values(tables, "甲一") == [118, 96, 58]
    assert tables["papers"]["full_mark"].tolist() == [120, 100, 60]


def test_numbers_of_items_behind_a_subject_are_no_full_marks():
    from analysis.intake.headings import vocabulary
    from analysis.params import City, Params

    words = vocabulary(Params(city=City(code="t", name=""), exams=()))
    for heading in ("语文20", "语文115", "语文12", "姓名30", "班次100"):
        assert words.meaning(heading).role == "unknown"


def test_words_to_be_signed_and_rates_in_per_cent_are_no_pupils(read, helpers):
    rows = [["学籍号", "班级", "姓名", "语文", "数学", "英语"], ["", "701", "甲一", 1, 2, 3], ["", "", "及格率%", 0.5, 0.6, 0.7],
            ["班主任签字：", "", "年级主任：", "", "校长：", ""]]  # fmt: skip
    tables = read({"a.csv": rows}, sheets=[{"path": ".", "school": "0101"}])
    assert list(helpers.marks(tables)) == ["甲一"]
    assert helpers.codes(tables) == []


def test_absent_merged_over_all_marks_of_a_row(read, helpers, tmp_path):
    def book(path):
        rows = [HEAD, ["一中", "701", "甲一", 1, 2, 3], ["一中", "701", "乙二", "", "", ""]]
        helpers.write_xlsx(path, {"S": rows}, merged=((2, 3, 2, 5, "缺考（请病假）"),))

    assert helpers.values(read({"a.xlsx": book}), "乙二") == ["absent"] * 3


@pytest.mark.parametrize("cell", ["'701", '="701"', "7月1日", "'7.1"])
def test_classes_guarded_from_a_spreadsheet_or_spoilt_by_it(read, cell):
    tables = read({"a.csv": [HEAD, ["一中", cell, "甲一", 1, 2, 3]]})
    assert tables["enrolments"]["class"].tolist() == ["701"]


def test_the_track_that_only_the_sheets_name_tells(read, helpers):
    papers = {s: {"full_mark": 150} for s in ("chinese", "physics", "history")}
    books = {
        f"{w}方向": [["学校", "班级", "姓名", "语文", w], ["一中", "1201", f"甲{w}", 100, 90]]
        for w in ("物理", "历史")
    }
    tables = read({"a.xlsx": books}, exams=[helpers.exam("e1", "2025-11-11", 12, papers=papers, track=True)])
    assert tables["enrolments"]["track"].tolist() == ["物理方向", "历史方向"]


def test_two_exams_in_one_sheet_are_asked_about_and_settled_by_their_whole_headings(read, helpers):
    rows = [["学校", "班级", "姓名", "期中", "", "期末", ""], ["", "", "", "语文", "数学", "语文", "数学"],
            ["一中", "701", "甲一", 80, 90, 85, 95]]  # fmt: skip
    asked = read({"a.xlsx": rows})
    assert helpers.values(asked, "甲一")[:2] == ["invalid", "invalid"] and "column_twice" in helpers.codes(
        asked
    )
    columns = {"期末 语文": "ignore", "期末 数学": "ignore"}
    told = read({"a.xlsx": rows}, sheets=[{"path": "a.xlsx", "columns": columns}])
    assert helpers.values(told, "甲一")[:2] == [80, 90]


def test_lists_beside_each_other_have_each_the_class_over_them(read, helpers):
    rows = [
        ["一中七年级成绩"],
        ["七(1)班", "", "", "", "", "七(2)班"],
        [*SHORT, "", *SHORT],
        ["甲一", 1, 2, 3, "", "乙二", 4, 5, 6],
    ]
    tables = read({"a.xlsx": rows}, sheets=[{"path": ".", "school": "0101"}])
    assert helpers.values(tables, "乙二") == [4, 5, 6]
    assert tables["enrolments"]["class"].tolist() == ["701", "702"]


def test_who_made_the_sheet_is_no_pupil(read, helpers):
    rows = [
        ["学号", "姓名", "语文", "数学", "英语"],
        ["01", "甲一", 1, 2, 3],
        ["制表人：", "周", "", "", ""],
        ["审核:", "吴敏", "", "", ""],
    ]
    assert list(helpers.marks(read({"一中701.xlsx": rows}))) == ["甲一"]


def test_a_mark_of_utf8_put_before_a_gbk_file(read, helpers):
    text = "\r\n".join(",".join(map(str, row)) for row in (HEAD, ["一中", "七·1班", "甲一", 1, 2, 3]))
    tables = read({"a.csv": b"\xef\xbb\xbf" + text.encode("gbk")})
    assert helpers.values(tables, "甲一") == [1, 2, 3]
    assert tables["enrolments"]["class"].tolist() == ["701"]


TWO = [["学校", "班级", "姓名", *heads] for heads in (
    ("期中语文", "期中数学", "期中名次", "期末语文", "期末数学", "期末名次"),
    ("语文(期中)", "数学（期中）", "总分（期中）", "语文(期末)", "数学（期末）", "总分(期末)"),
    ("语文期中成绩", "数学期中", "期中总分", "语文期末成绩(120)", "期末数学120分", "期末总分"),
)]  # fmt: skip


@pytest.mark.parametrize("head", TWO)
def test_two_exams_side_by_side_go_each_to_the_exam_whose_title_names_it(read, helpers, head):
    rows = [head, ["一中", "701", "甲一", 80, 90, 170, 85, 95, 180]]
    exams = [helpers.exam(name, date, 7, title=title, baselines=before) for name, date, title, before in (
        ("e1", "2024-11-10", "2024学年第一学期七年级期中", []), ("e2", "2025-01-12", "七年级期末考试", ["e1"]))]  # fmt: skip
    tables = read({"a.xlsx": rows}, exams=exams)
    assert helpers.values(tables, "甲一", "e1")[:2] == [80, 90]
    assert helpers.values(tables, "甲一", "e2")[:2] == [85, 95]
    assert set(helpers.codes(tables)) == {"other_exam_columns", "paper_not_found"}


def test_marks_of_an_earlier_exam_beside_plain_ones_are_not_this_exams(read, helpers):
    head = ["学校", "班级", "姓名", "语文", "数学", "英语", "上学期期末语文", "期中数学"]
    tables = read({"a.xlsx": [head, ["一中", "701", "甲一", 80, 90, 70, 1, 2]]})
    assert helpers.values(tables, "甲一") == [80, 90, 70]
    note = tables["data_issues"].query("code == 'other_exam_columns'")
    assert note[["cell", "read", "n"]].to_numpy().tolist() == [["G1", "上学期期末语文, 期中数学", 2]]


@pytest.mark.parametrize("title", ["七年级考试", "期中期末合表"])
def test_two_exams_of_which_nothing_tells_one_are_asked_about(read, helpers, title):
    exams = [helpers.exam("e1", "2024-11-10", 7, title=title)]
    tables = read({"a.xlsx": [TWO[0], ["一中", "701", "甲一", 80, 90, 1, 85, 95, 1]]}, exams=exams)
    assert helpers.values(tables, "甲一")[:2] == ["invalid", "invalid"]
    assert "column_twice" in helpers.codes(tables)


def test_the_one_subject_sheets_mark_is_the_one_of_its_exam(read, helpers):
    head = ["学校", "班级", "姓名", "平时成绩", "期中成绩", "期末成绩"]
    exams = [helpers.exam("e1", "2025-01-10", 7, title="七年级期末", papers={"math": {"full_mark": 120}})]
    tables = read({"七年级数学.xlsx": [head, ["一中", "701", "甲一", 99, 80, 90]]}, exams=exams)
    assert helpers.values(tables, "甲一") == [None, 90, None]


def test_marks_without_a_column_of_pupils_name_the_file_the_headings_and_what_to_do(read, helpers):
    nameless = [["学校", "班级", "语文", "数学", "英语"], *(["一中", "701", i, 60, 70] for i in range(20))]
    with pytest.raises(InputError) as caught:
        read({"七年级.csv": nameless})
    message = f"{caught.value} {caught.value.hint}"
    for words in ("七年级.csv", "no column of names or numbers", "学校, 班级, 语文", "name it under columns"):
        assert words in message
    whole = [HEAD, ["一中", "702", "乙二", 1, 2, 3]]
    issue = read({"七年级.csv": nameless, "b.csv": whole})["data_issues"].query("code == 'no_pupil_column'")
    assert issue[["severity", "file", "cell"]].to_numpy().tolist() == [["error", "七年级.csv", "1"]]


def test_means_of_classes_are_statistics_and_no_nameless_pupils(read, helpers):
    means = [["学校", "班级", "语文", "数学"], *(["一中", f"70{i}", 60, 70] for i in range(1, 9))]
    tables = read({"a.csv": means, "b.csv": [HEAD, ["一中", "702", "乙二", 1, 2, 3]]})
    assert helpers.codes(tables) == ["sheet_skipped"]


TERMS = [["学校", "班级", "姓名", "上学期期末", "", "", "期中", "", ""], ["", "", "", *["语文", "数学", "英语"] * 2],
         ["一中", "701", "甲一", 100, 90, 80, 70, 60, 50]]  # fmt: skip


def side_by_side(read, helpers, title, rows):
    merged = (
        (0, 3, 0, 5, rows[0][3]),
        (0, 6, 0, 8, rows[0][6]),
        *((0, c, 1, c, rows[0][c]) for c in range(3)),
    )
    exams = [{**helpers.exam("e1", "2024-07-01", 7), "title": title}]
    return read({"a.xlsx": lambda path: helpers.write_xlsx(path, {"S": rows}, merged)}, exams=exams)


def test_the_term_before_is_this_exam_where_the_title_says_the_same(read, helpers):
    assert helpers.values(side_by_side(read, helpers, "七年级上学期期末考试", TERMS), "甲一") == [100, 90, 80]
    assert helpers.values(side_by_side(read, helpers, "七年级上学期期中考试", TERMS), "甲一") == [70, 60, 50]


def test_the_term_in_a_title_does_not_hide_what_the_headings_call_final(read, helpers):
    rows = [[h.replace("上学期", "") for h in TERMS[0]], *TERMS[1:]]
    assert helpers.values(side_by_side(read, helpers, "2023-2024学年上学期期末考试", rows), "甲一") == [
        100,
        90,
        80,
    ]


def test_a_term_before_beside_the_exams_own_columns_stays_another_exam(read, helpers):
    rows = [[h.replace("期中", "期末") for h in TERMS[0]], *TERMS[1:]]
    assert helpers.values(side_by_side(read, helpers, "上学期期末考试", rows), "甲一") == [70, 60, 50]


@pytest.mark.parametrize("sign", ["Q", "q", "QK"])
def test_marking_platforms_write_q_for_an_absentee(read, helpers, sign):
    tables = read(
        {"a.csv": [HEAD, ["一中", "701", "甲一", sign, 90, 80], ["一中", "701", "乙二", 70, 60, 50]]}
    )
    assert helpers.values(tables, "甲一") == ["absent", 90, 80]
    assert helpers.codes(tables) == []


def test_items_called_choice_question_one_are_items(read, helpers):
    heads = ["选择题1(3分)", "单选题2(3分)", "填空题3(4分)", "解答题4(10分)", "非选择题5(10分)"]
    rows = [
        ["学校", "班级", "姓名", "考试分数", *heads],
        ["一中", "701", "甲一", 20, 3, 0, 4, 5, 8],
        ["一中", "701", "乙二", 30, 3, 3, 4, 10, 10],
    ]
    tables = read({"数学小题分.xlsx": {"数学": rows}}, papers={"math": {"full_mark": 30}})
    assert tables["items"]["mark"].tolist() == [3, 0, 4, 5, 8, 3, 3, 4, 10, 10]
    assert tables["item_table"]["full_mark"].tolist() == [3, 3, 4, 10, 10]
