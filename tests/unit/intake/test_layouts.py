"""Rows of the catalogue about layout: headers, titles, summaries, several tables and sheets (tests/nasty/catalogue.yaml, 1–14, 43–47, 50)."""

import pytest

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]
FIRST = ["一中", "七(1)班", "甲一", 100, 90, 80]
SECOND = ["一中", "七(1)班", "乙二", 101, 91, 81]


def test_title_and_date_rows_above_the_header(read, helpers):
    tables = read(
        {"a.xlsx": [["2024年七年级期末考试成绩表"], ["考试时间：2024.7 班主任：王"], HEAD, FIRST, SECOND]}
    )
    assert helpers.values(tables, "甲一") == [100, 90, 80]
    assert tables["scores"].query("subject == 'total'")["score"].tolist() == [270, 273]
    assert tables["enrolments"]["class"].tolist() == ["701", "701"]


def test_two_row_header_with_repeating_sub_heads(read, helpers, tmp_path):
    top = ["学校", "班级", "姓名", "语文", "", "", "数学", "", "", "英语", "", ""]
    sub = ["", "", "", *["得分", "校次", "班次"] * 3]
    row = ["一中", "七(1)班", "甲一", 100, 1, 1, 90, 2, 2, 80, 3, 3]
    merged = [(0, c, 0, c + 2, n) for c, n in ((3, "语文"), (6, "数学"), (9, "英语"))] + [
        (0, 0, 1, 0, "学校")
    ]
    tables = read({"a.xlsx": lambda p: helpers.write_xlsx(p, {"S": [top, sub, row]}, merged)})
    assert helpers.values(tables, "甲一") == [100, 90, 80]
    tables = read({"a.xlsx": {"S": [HEAD]}, "b.csv": [top, sub, row]}, sheets=[{"path": "b.csv"}])
    assert helpers.values(tables, "甲一") == [100, 90, 80]


def test_identity_heads_in_the_second_row_only(read, helpers):
    rows = [
        ["考生信息", "", "", "语文", "", "数学", ""],
        ["学校", "班级", "姓名", "得分", "排名", "得分", "排名"],
        ["一中", "701", "甲一", 5, 1, 6, 2],
    ]
    merged = [(0, 0, 0, 2, "考生信息"), (0, 3, 0, 4, "语文"), (0, 5, 0, 6, "数学")]
    papers = {k: helpers.papers[k] for k in ("chinese", "math")}
    tables = read({"a.xlsx": lambda p: helpers.write_xlsx(p, {"S": rows}, merged)}, papers=papers)
    assert helpers.values(tables, "甲一")[:2] == [5, 6]


def test_full_marks_in_second_row_heading_title_or_settings(read, helpers):
    rows = [HEAD, ["", "", "", "(120)", "（120）", "(100)"], FIRST]
    tables = read({"a.csv": rows}, papers={})
    assert tables["papers"].set_index("subject")["full_mark"].to_dict() == {
        "chinese": 120,
        "math": 120,
        "english": 100,
    }
    tables = read({"a.csv": rows})
    assert "full_mark_differs" in helpers.codes(tables)
    assert tables["papers"]["full_mark"].tolist() == [120, 120, 120]
    one = [
        ["七年级语文成绩（满分120分）"],
        ["学校", "班级", "姓名", "成绩"],
        ["一中", "七(1)班", "甲一", 100],
    ]
    tables = read({"a.csv": one}, papers={})
    assert tables["papers"][["subject", "full_mark"]].to_numpy().tolist() == [["chinese", 120.0]]
    tables = read(
        {
            "a.csv": [
                ["姓名", "学校", "班级", "语文(120)", "数学（满分100分）"],
                ["甲一", "一中", "701", 1, 2],
            ]
        },
        papers={},
    )
    assert tables["papers"]["full_mark"].tolist() == [120, 100]


def test_blanks_and_line_breaks_inside_headings(read, helpers):
    papers = {**helpers.papers, "politics": {"full_mark": 60}}
    tables = read(
        {
            "a.xlsx": [
                ["学 校", "班　级", "姓　名", "语 文", "道德与\n法治"],
                ["一中", "701", "甲一", 100, 50],
            ]
        },
        papers=papers,
    )
    assert helpers.marks(tables)["甲一"]["politics"] == 50


def test_rows_of_teachers_and_full_marks_are_no_pupils(read, helpers):
    rows = [HEAD, ["任课教师", "", "", "王", "李", "张"], ["满分", "", "", 120, 120, 120], FIRST]
    tables = read({"a.xlsx": rows})
    assert len(tables["pupils"]) == 1
    assert tables["account"][["rows", "pupils", "summaries"]].to_numpy().tolist() == [[3, 1, 2]]


def test_teacher_columns_between_mark_columns(read, helpers):
    rows = [
        ["学校", "班级", "姓名", "语文", "语文老师", "数学", "数学老师", "英语"],
        ["一中", "701", "甲一", 100, "王一", 90, "李二", 80],
    ]
    tables = read({"a.xlsx": rows})
    assert helpers.values(tables, "甲一") == [100, 90, 80]
    assert tables["teachings"]["subject"].tolist() == ["chinese", "math"]


def test_summary_rows_and_footers(read, helpers):
    rows = [["姓名", "班级", "学校", "语文", "数学", "英语"], ["甲一", "七(1)班", "一中", 1, 2, 3], ["", "初一(1)班平均", "", 1, 2, 3],
            ["平均分", "", "", 1, 2, 3], ["及格率", "", "", 0.5, 0.5, 0.5], ["实考人数", "", "", 1, 1, 1], ["教务处制表"], ["合计：512人"]]  # fmt: skip
    tables = read({"a.xlsx": rows})
    assert len(tables["pupils"]) == 1
    assert tables["account"]["summaries"].tolist() == [6]


def test_repeated_headers_and_another_column_order_further_down(read, helpers):
    swapped = ["学校", "班级", "姓名", "数学", "语文", "英语"]
    rows = [
        HEAD,
        FIRST,
        [],
        HEAD,
        ["一中", "702", "丙三", 1, 2, 3],
        [],
        swapped,
        ["一中", "703", "丁四", 1, 2, 3],
    ]
    tables = read({"a.xlsx": rows})
    assert helpers.values(tables, "丙三") == [1, 2, 3]
    assert helpers.values(tables, "丁四") == [2, 1, 3]


def test_one_sheet_a_class_school_from_the_file(read, helpers):
    sheets = {
        "701": [["姓名", "语文", "数学", "英语"], ["甲一", 1, 2, 3]],
        "702": [["姓名", "数学", "语文", "英语"], ["乙二", 1, 2, 3]],
    }
    tables = read({"一中.xlsx": sheets})
    assert helpers.values(tables, "乙二") == [2, 1, 3]
    assert tables["enrolments"][["school", "class"]].to_numpy().tolist() == [["0101", "701"], ["0101", "702"]]


def test_one_sheet_a_subject_absentees_not_in_it(read, helpers):
    head = ["学校", "班级", "姓名", "成绩"]
    chinese = [head, *[["一中", "701", n, 100] for n in ("甲", "乙", "丙")]]
    tables = read(
        {
            "a.xlsx": {
                "七年级语文": chinese,
                "七年级数学": [head, ["一中", "701", "甲", 90], ["一中", "701", "丙", 80]],
            }
        }
    )
    assert helpers.marks(tables)["乙"] == {"chinese": 100, "math": "absent", "total": "absent"}
    assert "not_in_subject_sheet" in helpers.codes(tables)


def test_one_sheet_a_school(read, helpers):
    head = ["班级", "姓名", "语文", "数学", "英语"]
    tables = read(
        {"a.xlsx": {name: [head, ["701", f"{name}生", 1, 2, 3]] for name in ("一中", "实验", "东关")}}
    )
    assert tables["enrolments"]["school"].tolist() == ["0101", "0102", "0103"]


def test_hidden_sheets_samples_and_statistics_are_named_as_skipped(read, helpers):
    sample = [HEAD, ["一中", "701", "示例学生", 100, 100, 100]]
    statistics = [["班级", "人数", "语文", "数学"], ["701", 2, 100, 90]]
    book = {"S": [HEAD, FIRST], "模板": sample, "说明": sample, "班级对比": statistics, "Sheet2": []}
    tables = read({"a.xlsx": lambda p: helpers.write_xlsx(p, book, hidden="模板")})
    assert len(tables["pupils"]) == 1
    reasons = tables["account"].set_index("sheet")["reason"].to_dict()
    assert reasons == {"S": "", "模板": "hidden", "说明": "", "班级对比": "statistics", "Sheet2": "empty"}
    assert sorted(helpers.codes(tables)) == [
        "sample_row", "sheet_skipped", "sheet_skipped", "sheet_without_pupils"]  # fmt: skip


def test_parts_beside_their_sum_and_without_it(read, helpers):
    both = [
        ["学校", "班级", "姓名", "语文", "数学", "英语（笔试）", "英语（听力）", "英语"],
        ["一中", "701", "甲一", 1, 2, 3, 4, 7],
    ]
    assert helpers.values(read({"a.xlsx": both}), "甲一") == [1, 2, 7]
    parts = [row[:-1] for row in both] + [["一中", "701", "乙二", 1, 2, "缺考", "缺考"]]
    tables = read({"a.xlsx": parts})
    assert helpers.values(tables, "甲一") == [1, 2, 7]
    assert helpers.values(tables, "乙二") == [1, 2, "absent"]
    assert "parts_summed" in helpers.codes(tables)


def test_ranks_grades_and_totals_are_not_marks(read, helpers):
    head = [
        "学校",
        "班级",
        "考号",
        "姓名",
        "总分",
        "班级排名",
        "语文",
        "语文等级",
        "语文校次",
        "数学",
        "档次",
        "英语",
        "英语区县排名",
        "全市排名",
    ]
    tables = read({"a.xlsx": [head, ["一中", "701", "1", "甲一", 6, 1, 1, "A", 1, 2, "B", 3, 1, 5]]})
    assert helpers.values(tables, "甲一") == [1, 2, 3]
    assert helpers.codes(tables) == []


def test_raw_beside_scaled_marks(read, helpers):
    head = ["学校", "班级", "姓名", "化学", "化学(赋分)", "生物(赋分)", "总分(物理)(赋分)"]
    papers = {"chemistry": {"full_mark": 100}, "biology": {"full_mark": 100}}
    tables = read({"a.xlsx": [head, ["一中", "1001", "甲一", 50, 80, 70, 600]]}, papers=papers, grade=10)
    assert helpers.marks(tables)["甲一"] == {"chemistry": 50, "biology": 70, "total": 120}
    assert helpers.codes(tables) == ["scaled_taken"]


def test_two_columns_of_one_subject_are_believed_only_where_they_agree(read, helpers):
    rows = [
        ["学校", "班级", "姓名", "数学", "数学"],
        ["一中", "701", "甲一", 5, 6],
        ["一中", "701", "乙二", 7, 7],
    ]
    tables = read({"a.xlsx": rows}, papers={"math": {"full_mark": 120}})
    assert helpers.marks(tables)["甲一"]["math"] == "invalid"
    assert helpers.marks(tables)["乙二"]["math"] == 7


def test_side_by_side_tables(read, helpers):
    rows = [
        ["姓名", "语文", "数学", "英语"] * 2,
        ["甲一", 1, 2, 3, "乙二", 4, 5, 6],
        ["丙三", 7, 8, 9, "", "", "", ""],
    ]
    tables = read({"一中.xlsx": rows})
    assert helpers.values(tables, "乙二") == [4, 5, 6]
    assert len(tables["pupils"]) == 3


def test_item_sheets_leaf_items_blanks_and_strangers(read, helpers):
    head = ["学校", "班级", "考号", "姓名", "数学", "客观题", "主观题", "1", "2", "20", "20(1)", "20(2)"]
    items = [
        head,
        ["一中", "701", "1", "甲一", 12, 5, 7, 3, "", 7, 3, 6],
        ["一中", "701", "2", "乙二", *[""] * 8],
        ["一中", "701", "3", "丙三", 5, 5, "", 3, 2, "", "", ""],
    ]
    exam = [
        ["学校", "班级", "考号", "姓名", "数学"],
        ["一中", "701", "1", "甲一", 12],
        ["一中", "701", "2", "乙二", "缺考"],
    ]
    sheets = [{"path": "e.xlsx"}, {"path": "i.xlsx", "kind": "items", "subject": "math"}]
    tables = read({"e.xlsx": exam, "i.xlsx": items}, papers={"math": {"full_mark": 120}}, sheets=sheets)
    assert tables["items"][["item", "mark", "blank"]].to_numpy().tolist() == [
        ["1", 3, False],
        ["2", 0, True],
        ["20(1)", 3, False],
        ["20(2)", 6, False],
    ]
    assert set(helpers.codes(tables)) == {"items_without_pupil", "full_mark_guessed"}


def test_long_layout_with_full_marks_and_states(read, helpers):
    head = ["学校", "班级", "姓名", "科目", "满分", "成绩", "状态"]
    rows = [
        head,
        ["一中", "701", "甲一", "语文", 120, "80", "正常"],
        ["一中", "701", "甲一", "数学", 100, "0.00", "缺考"],
    ]
    tables = read({"a.csv": rows}, papers={})
    assert helpers.marks(tables)["甲一"] == {"chinese": 80, "math": "absent", "total": "absent"}
    assert tables["papers"]["full_mark"].tolist() == [120, 100]


def test_a_grade_the_exam_is_not_about_is_left_out_and_said(read, helpers):
    rows = [
        ["学校", "年级", "班级", "姓名", "语文", "数学", "英语"],
        ["一中", "七年级", 1, "甲一", 1, 2, 3],
        ["一中", "八年级", 1, "乙二", 1, 2, 3],
    ]
    tables = read({"a.xlsx": rows})
    assert len(tables["pupils"]) == 1
    assert helpers.codes(tables) == ["rows_filtered"]


def test_a_school_merged_over_its_pupils(read, helpers):
    """Also over a blank row among them, which stays blank."""
    rows = [
        HEAD,
        ["一中", "七(1)班", "甲一", 1, 2, 3],
        [],
        ["", "", "乙二", 1, 2, 3],
        ["实验", "七(1)班", "丙三", 1, 2, 3],
    ]
    merged = ((1, 0, 3, 0, "一中"), (1, 1, 3, 1, "七(1)班"))
    tables = read({"a.xlsx": lambda p: helpers.write_xlsx(p, {"S": rows}, merged)})
    places = tables["enrolments"][["school", "class"]].to_numpy().tolist()
    assert places == [["0101", "701"], ["0101", "701"], ["0102", "701"]]


def test_school_class_and_full_mark_from_the_title(read):
    rows = [
        ["青禾实验中学2024年七年级（3）班数学成绩（满分120分）"],
        ["学号", "姓名", "成绩", "班次"],
        ["20230001", "甲一", 100, 1],
    ]
    tables = read({"a.xlsx": rows}, papers={})
    assert tables["enrolments"][["school", "class"]].to_numpy().tolist() == [["0102", "703"]]
    assert tables["papers"][["subject", "full_mark"]].to_numpy().tolist() == [["math", 120.0]]


def test_electives_not_chosen_are_not_missing(read, helpers):
    rows = [
        ["学校", "班级", "姓名", "科类", "语文", "物理", "历史"],
        ["一中", "1201", "甲一", "物理类", 100, 80, ""],
        ["一中", "1201", "乙二", "历史类", 100, "", 70],
    ]
    papers = {"chinese": {"full_mark": 150}, "physics": {"full_mark": 100}, "history": {"full_mark": 100}}
    exams = [helpers.exam("e1", "2024-07-01", 12, papers=papers, track=True)]
    tables = read({"a.xlsx": rows}, exams=exams)
    assert helpers.marks(tables)["甲一"] == {"chinese": 100, "physics": 80, "total": 180}
    assert helpers.marks(tables)["乙二"] == {"chinese": 100, "history": 70, "total": 170}
    assert tables["enrolments"]["track"].tolist() == ["物理类", "历史类"]


SENIOR = {
    s: {"full_mark": 150} for s in ("chinese", "physics", "history", "chemistry", "biology", "geography")
}
CHOSEN = ["学校", "班级", "姓名", "选科", "语文", "物理", "历史", "化学", "生物", "地理", "备注"]


def senior(read, helpers, rows, **more):
    exams = [helpers.exam("e1", "2024-07-01", 12, papers=SENIOR, track=True)]
    tables = read({"a.xlsx": [CHOSEN, *(["一中", *row] for row in rows)]}, exams=exams, **more)
    return {name: set(marks) - {"total"} for name, marks in helpers.marks(tables).items()}, tables


def test_an_absent_pupils_electives_are_those_of_the_combination(read, helpers):
    has, tables = senior(read, helpers, [
        ["1201", "甲一", "物化生", 100, 80, "", 70, 60, "", ""],
        ["1201", "乙二", "历史+生物+地理", 100, "", 80, "", 60, 70, ""],
        ["1201", "丙三", "物化生", "", "", "", "", "", "", "缺考"],
        ["1201", "丁四", "史、生、地", "缺考", "缺考", "缺考", "缺考", "缺考", "缺考", ""],
    ])  # fmt: skip
    assert has["丙三"] == {"chinese", "physics", "chemistry", "biology"}
    assert has["丁四"] == {"chinese", "history", "biology", "geography"}
    marks = helpers.marks(tables)
    assert set(marks["丙三"].values()) == set(marks["丁四"].values()) == {"absent"}


def test_where_only_the_track_is_told_an_absent_pupil_takes_what_the_class_takes(read, helpers):
    has, _ = senior(read, helpers, [
        ["1201", "甲一", "物理类", 100, 80, "", 70, 60, "", ""],
        ["1201", "乙二", "物理类", 100, 80, "", 70, "", 60, ""],
        ["1201", "丙三", "物理类", "", "", "", "", "", "", "缺考"],
        ["1202", "丁四", "历史类", 100, "", 80, 70, 60, "", ""],
        ["1202", "戊五", "历史类", "", "", "", "", "", "", "缺考"],
    ])  # fmt: skip
    assert has["丙三"] == {"chinese", "physics", "chemistry"}
    assert has["戊五"] == {"chinese", "history", "chemistry", "biology"}


def test_a_rosters_absent_pupil_and_a_pupil_of_no_subject_sheet_take_no_more_than_they_chose(read, helpers):
    def sheet(subject, *pupils):
        return [
            ["学校", "班级", "学籍号", "姓名", "选科", subject],
            *(["一中", "1201", *p, 90] for p in pupils),
        ]

    one, two, three, four = (
        (f"G41100020070101001{i}", name, chosen)
        for i, (name, chosen) in enumerate(
            (("甲一", "物化生"), ("乙二", "物化生"), ("丙三", "史化生"), ("丁四", "史化生"))
        )
    )
    exams = [helpers.exam("e1", "2024-07-01", 12, papers=SENIOR, track=True)]
    roster = [
        ["学校", "班级", "学籍号", "姓名", "选科"],
        *(["一中", "1201", *p] for p in (one, two, three, four)),
    ]
    sheets = {"语文.csv": sheet("语文", one, two, three), "物理.csv": sheet("物理", one, two),
              "历史.csv": sheet("历史", three), "化学.csv": sheet("化学", one, two, three), "生物.csv": sheet("生物", one, two, three)}  # fmt: skip
    exams[0]["sheets"] = [{"path": name} for name in sheets]
    tables = read({**sheets, "r.csv": roster}, exams=exams, rosters=[{"path": "r.csv", "kind": "roster"}])
    names = tables.names.drop_duplicates("pupil").set_index("pupil")["name"]
    papers = tables["scores"].query("subject != 'total'").assign(name=lambda t: t["pupil"].map(names))
    has = papers.groupby("name")["subject"].agg(set)
    assert has["丙三"] == has["丁四"] == {"chinese", "history", "chemistry", "biology"}
    assert set(papers.loc[papers["name"] == "丁四", "state"]) == {"absent"}
    assert "not_in_subject_sheet" not in helpers.codes(tables)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("物化生", "physics chemistry biology"), ("首选物理", "physics"), ("历史方向", "history"),
        ("物理+化学+生物", "physics chemistry biology"), ("生史地", "biology history geography"), ("理科", ""), ("", ""),
        ("普通类（物、化、生）", "physics chemistry biology"),
    ],
)  # fmt: skip
def test_words_of_a_combination(text, codes):
    from analysis.intake.electives import combination

    names = {"物": "physics", "物理": "physics", "化": "chemistry", "化学": "chemistry", "生": "biology", "生物": "biology",
             "史": "history", "历史": "history", "地": "geography"}  # fmt: skip
    assert combination(text, names) == frozenset(codes.split())
