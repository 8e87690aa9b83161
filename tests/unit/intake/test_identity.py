"""Rows of the catalogue about who is who (tests/nasty/catalogue.yaml, 26–37), links.csv, rosters, and the key."""

import csv

import pytest

from analysis.errors import SettingsError
from analysis.intake.identity.classes import grade_of, label, number_in_cohort
from analysis.intake.identity.key import hashes, key_of
from analysis.intake.identity.linksfile import COLUMNS
from analysis.intake.identity.numbers import clean, national

G = "G41100020130101"
HEAD = ["学校", "班级", "学籍号", "姓名", "数学"]
SHORT = ["学校", "班级", "姓名", "数学"]
PAPERS = {"math": {"full_mark": 120}}


@pytest.fixture
def two(helpers):
    """July of grade 7 and November of grade 8, one file each (e1*, e2*)."""
    return [
        helpers.exam("e1", "2024-07-01", 7, "e1*", papers=PAPERS),
        helpers.exam("e2", "2024-11-10", 8, "e2*", papers=PAPERS, baselines=["e1"]),
    ]


def pairs(tables):
    """Names of the two exams joined by pupil, as a set of (name, name)."""
    names = tables.names
    joined = names[names["exam"] == "e1"].merge(names[names["exam"] == "e2"], on="pupil")
    return sorted(
        zip(joined["name_x"] + joined["school_x"], joined["name_y"] + joined["school_y"], strict=True)
    )


@pytest.mark.parametrize(
    "text",
    [
        "七(1)班",
        "七（1）班",
        "701",
        "初一1班",
        "7(1)",
        "7.1",
        "01班",
        "七年级一班",
        "701.0",
        "1",
        "初一（1）班",
        "0701",
        "7-1",
        "2023级1班",
    ],
)
def test_one_label_for_all_spellings_of_a_class(text):
    assert label(text, 7) == "701"


def test_labels_of_other_classes_and_grades():
    assert [label(t, 9) for t in ("九年级12班", "九10班", "高一(3)班", "实验班", "九(二)班", "十二班")] == [
        "912",
        "910",
        "1003",
        "实验班",
        "902",
        "912",
    ]
    assert [grade_of(t) for t in ("七年级", "初二", "高三", "小六", "9", "初中", "")] == [
        7,
        8,
        12,
        6,
        9,
        None,
        None,
    ]
    assert number_in_cohort("801", 8) == "01" and number_in_cohort("实验班", 8) == "实验班"


def test_numbers_in_one_spelling():
    assert clean('="G4110"') == clean("\tg4110 ") == "G4110"
    assert clean(801.0) == "801" and clean("801.0") == "801"
    assert national("G411000201301010012") == national("411000201301010012") == ("411000201301010012", "")
    assert national("4.1100E+17") == ("", "411")
    assert national(clean(4.11000201301010e17))[1].startswith("4110002013010")


def test_damaged_ids_are_matched_with_name_and_class(read, two):
    first = [
        HEAD,
        ["一中", "701", G + "0012", "甲一", 90],
        ["一中", "701", G + "0023", "乙二", 91],
        ["一中", "702", "G411000201302020031", "甲一", 92],
    ]
    second = [
        HEAD,
        ["一中", "801", 4.11000201301010e17, "甲一", 80],
        ["一中", "801", 4.11000201301010e17, "乙二", 81],
        ["一中", "802", 4.11000201302020e17, "甲一", 82],
    ]
    tables = read({"e1.xlsx": first, "e2.xlsx": second}, exams=two)
    joined = tables["scores"].query("subject == 'math'").pivot(index="pupil", columns="exam", values="score")
    assert sorted(joined.to_numpy().tolist()) == [[90, 80], [91, 81], [92, 82]]
    assert "id_damaged" in tables["data_issues"]["code"].tolist()
    assert (tables["links"]["rule"] == "damaged_id").any()


def test_guarded_ids_small_letters_lost_g_and_transfers(read, two):
    first = [
        HEAD,
        *[["一中", "701", f"{G}00{n}", name, 90] for n, name in ((12, "甲一"), (23, "乙二"), (34, "丙三"))],
    ]
    second = [
        HEAD,
        ["一中", "802", f'"=""{G}0012"""', "甲一", 80],
        ["一中", "802", f"\t{G.lower()}0023 ", "乙二", 81],
        ["实验", "802", f"{G[1:]}0034", "丙三", 82],
    ]
    tables = read({"e1.csv": first, "e2.csv": second}, exams=two)
    assert pairs(tables) == [("丙三0101", "丙三0102"), ("乙二0101", "乙二0101"), ("甲一0101", "甲一0101")]


def test_zeros_lost_and_codes_as_floats(read, helpers):
    one = [["学校代码", "班级", "考号", "姓名", "语文", "数学"], ["0101", "701", "0411070123", "甲一", 1, 2]]
    two_ = [["学校代码", "班级", "考号", "姓名", "英语"], [101, 701.0, 411070123, "甲一", 3]]
    tables = read({"a.xlsx": one, "b.xlsx": two_})
    assert helpers.values(tables, "甲一") == [1, 2, 3]


def test_school_numbers_are_numbers_inside_a_school(read, two):
    head = ["学校", "班级", "学号", "姓名", "数学"]
    first = [head, ["一中", "701", "20230017", "甲一", 90], ["实验", "701", "20230017", "乙二", 80]]
    second = [
        head,
        ["一中", "803", 20230017, "甲一", 70],
        ["实验", "803", 20230017, "乙二", 60],
        ["东关", "801", 20230017, "甲一", 50],
    ]
    assert pairs(read({"e1.xlsx": first, "e2.xlsx": second}, exams=two)) == [
        ("乙二0102", "乙二0102"),
        ("甲一0101", "甲一0101"),
    ]


def test_name_and_class_where_there_is_no_lasting_number(read, two):
    head = ["学校", "班级", "考号", "姓名", "数学"]
    first = [head, ["一中", "701", "1001", "甲一", 90], ["一中", "701", "1002", "乙二", 80]]
    second = [head, ["一中", "八(1)班", "1001", "乙二", 60], ["一中", "八(1)班", "1002", "甲 一", 70]]
    assert pairs(read({"e1.xlsx": first, "e2.xlsx": second}, exams=two)) == [
        ("乙二0101", "乙二0101"),
        ("甲一0101", "甲一0101"),
    ]


def test_same_names_are_never_merged_or_crossed(read, two):
    first = [
        HEAD,
        ["一中", "701", "", "刘洋", 90],
        ["一中", "701", "", "刘洋", 80],
        ["实验", "701", "", "刘洋", 70],
        ["东关", "701", G + "0012", "王芳", 70],
        ["东关", "701", G + "0023", "王芳", 71],
    ]
    second = [
        HEAD,
        ["一中", "801", "", "刘洋", 70],
        ["一中", "801", "", "刘洋", 60],
        ["实验", "801", "", "刘洋", 50],
        ["东关", "801", G + "0023", "王芳", 61],
        ["东关", "801", G + "0012", "王芳", 60],
    ]
    tables = read({"e1.xlsx": first, "e2.xlsx": second}, exams=two)
    joined = (
        tables["scores"]
        .query("subject == 'math'")
        .pivot(index="pupil", columns="exam", values="score")
        .dropna()
    )
    assert sorted(joined.to_numpy().tolist()) == [[70, 50], [70, 60], [71, 61]]
    assert tables["data_issues"].query("code == 'same_name'")["n"].tolist() == [4]
    assert len(tables["pupils"]) == 7


def test_renamed_pupils_by_number_and_by_roster(read, two, helpers):
    first = [HEAD, ["一中", "701", G + "0012", "陈某", 90], ["实验", "701", "", "张旧", 90]]
    second = [HEAD, ["一中", "801", G + "0012", "林某", 80], ["实验", "801", "", "张新", 85]]
    roster = [["学校", "班级", "学籍号", "姓名", "曾用名"], ["实验", "801", "", "张新", "张旧"]]
    two[1]["sheets"].append({"path": "roster.xlsx", "kind": "roster"})
    tables = read({"e1.xlsx": first, "e2.xlsx": second, "roster.xlsx": roster}, exams=two)
    assert ("张旧0102", "张新0102") in pairs(tables) and ("陈某0101", "林某0101") in pairs(tables)


def test_letters_lost_by_an_encoding(read, two, helpers):
    lost = "\r\n".join(["学校,班级,姓名,数学", "一中,801,王?,70", "一中,801,李㛃,60"]).encode("gb18030")
    tables = read(
        {"e1.csv": [SHORT, ["一中", "701", "王䶮", 90], ["一中", "701", "李㛃", 80]], "e2.csv": lost},
        exams=two,
    )
    assert pairs(tables) == [("李㛃0101", "李㛃0101"), ("王䶮0101", "王?0101")]
    assert "letters_lost" in helpers.codes(tables)


def test_school_aliases_row_by_row_and_blanks(read, two):
    first = [SHORT, ["一中", "701", "李　明", 90], ["一中 ", "701", "王芳 ", 80]]
    second = [SHORT, ["青禾一中", "801", "李明", 70], ["青禾市第一中学", "801", "王芳", 60]]
    assert len(pairs(read({"e1.xlsx": first, "e2.xlsx": second}, exams=two))) == 2


def test_links_file_confirms_and_forbids(read, two, tmp_path, helpers):
    first = [SHORT, ["一中", "701", "刘洋", 90], ["一中", "701", "刘洋", 80], ["一中", "701", "赵一", 70]]
    second = [SHORT, ["一中", "801", "刘洋", 60], ["一中", "801", "刘洋", 50], ["一中", "801", "赵一", 40]]
    told = [
        ("same", "e1.xlsx", "Sheet1", 2, "e2.xlsx", "Sheet1", 3, ""),
        ("different", "e1.xlsx", "Sheet1", 4, "e2.xlsx", "Sheet1", 4, ""),
        ("same", "x", "", 1, "y", "", 2, ""),
    ]
    with (tmp_path / "links.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *told])
    tables = read({"e1.xlsx": first, "e2.xlsx": second}, exams=two, links="links.csv")
    joined = (
        tables["scores"]
        .query("subject == 'math'")
        .pivot(index="pupil", columns="exam", values="score")
        .dropna()
    )
    assert joined.to_numpy().tolist() == [[90, 50]]
    assert "link_unknown" in helpers.codes(tables)
    assert (tables["links"]["rule"] == "confirmed").sum() == 2


def test_a_registrars_list_named_by_the_settings_links_a_renamed_pupil_of_all_exams(read, two):
    """学籍号, 姓名, 曾用名, 班级, 学校: the first exam has the old name and the number, the second the new name alone."""
    first = [["学校", "班级", "学籍号", "姓名", "数学"], ["实验", "701", G + "0011", "张旧", 80]]
    first += [["实验", "701", G + "0022", "李同", 70]]
    second = [["学校", "班级", "姓名", "数学"], ["实验", "801", "张新", 90], ["实验", "801", "李同", 60]]
    register = [
        ["学籍号", "姓名", "曾用名", "班级", "学校"],
        [G + "0011", "张新", "张旧", "八年级1班", "青禾实验中学"],
        [G + "0022", "李同", "", "八年级1班", "青禾实验中学"],
    ]
    sheets = {"e1.xlsx": first, "e2.xlsx": second, "学籍.xlsx": register}
    scores = read(sheets, exams=two, rosters=[{"path": "学籍.xlsx", "kind": "roster"}])["scores"]
    scores = scores[scores["subject"] == "math"]
    assert sorted(scores.groupby("pupil")["score"].apply(sorted)) == [[60, 70], [80, 90]]
    alone = read({"e1.xlsx": first, "e2.xlsx": second}, exams=two)["scores"]
    assert alone["pupil"].nunique() == 3


def test_roster_tells_who_is_missing_and_who_left(read, helpers):
    rows = [SHORT, *[["一中", "701", n, 90] for n in ("甲", "乙", "丙")]]
    roster = [
        ["学校", "班级", "姓名", "学籍状态"],
        *[["一中", "701", n, "在籍"] for n in ("甲", "乙", "丙", "丁")],
        ["一中", "701", "戊", "已转出"],
    ]
    sheets = [{"path": "a.xlsx"}, {"path": "r.xlsx", "kind": "roster"}]
    tables = read({"a.xlsx": rows, "r.xlsx": roster}, papers=PAPERS, sheets=sheets)
    assert helpers.marks(tables)["丁"]["math"] == "absent"
    assert "戊" not in helpers.marks(tables)
    assert helpers.codes(tables) == ["not_in_exam"]
    assert bool(tables["exams"]["roster_known"].iloc[0])


def test_missing_pupils_of_a_school_are_one_question_with_their_rows(read, helpers):
    names = {"701": ("甲一", "乙一", "丙一", "丁一"), "702": ("甲二", "乙二", "丙二", "丁二")}
    marks = [SHORT, *[["一中", k, n, 90] for k, many in names.items() for n in many[:3]]]
    roster = [["学校", "班级", "姓名"], *[["一中", k, n] for k, many in names.items() for n in many]]
    sheets = [{"path": "a.xlsx"}, {"path": "r.xlsx", "kind": "roster"}]
    tables = read({"a.xlsx": marks, "r.xlsx": roster}, papers=PAPERS, sheets=sheets)
    (issue,) = tables["data_issues"].to_dict("records")
    told = [issue[name] for name in ("code", "exam", "file", "school", "class", "cell", "n")]
    assert told == ["not_in_exam", "e1", "r.xlsx", "0101", "", "5, 9", 2]


def test_a_number_repeated_without_names_stays_two_pupils(read, helpers):
    rows = [["学校", "学号", "数学"], ["一中", "86", 1], ["一中", "86", 2], ["一中", "87", 3]]
    tables = read({"a.csv": rows}, papers=PAPERS)
    assert len(tables["pupils"]) == 3
    assert helpers.codes(tables) == ["number_twice"]


def test_a_baseline_of_another_cohort_is_asked_about_once(read, helpers):
    """The grade of one of the two exams is wrong in the settings: the same short numbers, and nobody is found."""
    exams = [
        helpers.exam("e1", "2025-11-01", 7, "e1*", papers=PAPERS),
        helpers.exam("e2", "2026-05-01", 8, "e2*", papers=PAPERS, baselines=["e1"]),
    ]
    rows = [["学校", "班级", "学号", "数学"], *(["一中", "1", f"{k}", k] for k in range(20))]
    later = [rows[0], *([*row[:3], row[3] + 1] for row in rows[1:])]
    found = read({"e1.csv": rows, "e2.csv": later}, exams=exams)["data_issues"]
    (issue,) = found[found["code"].isin(["baseline_of_others", "not_linked"])].to_dict("records")
    assert (issue["code"], issue["exam"], issue["n"]) == ("baseline_of_others", "e2", 20)
    assert issue["read"] == "e1: date 2025-11-01, grade 7; e2: date 2026-05-01, grade 8"


def test_one_file_for_two_exams_is_asked_about(read, helpers, two):
    rows = [["学校", "班级", "姓名", "数学"], ["一中", "1", "甲", 80], ["一中", "1", "乙", 70]]
    found = read({"e1.csv": rows, "e2.csv": rows}, exams=two)["data_issues"]
    (issue,) = found[found["code"] == "one_sheet_two_exams"].to_dict("records")
    assert (issue["exam"], issue["file"], issue["read"], issue["n"]) == ("e2", "e2.csv", "e1: e1.csv", 2)
    other = [rows[0], ["一中", "1", "甲", 81], rows[2]]
    assert "one_sheet_two_exams" not in helpers.codes(read({"e1.csv": rows, "e2.csv": other}, exams=two))


def test_schools_spelled_alike_are_refused(read, helpers):
    schools = [{"code": "1", "name": "一中"}, {"code": "2", "name": "一 中"}]
    with pytest.raises(SettingsError, match="1 and 2 are both called"):
        read({"a.csv": [["学校", "学号", "数学"], ["一中", "86", 1]]}, papers=PAPERS, schools=schools)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = key_of(tmp_path, "city")
    assert key_of(tmp_path, "city") == first and len(first) == 32
    assert (tmp_path / "keys" / "city.key").stat().st_mode & 0o777 == 0o600
    assert hashes(["a"], first) != hashes(["a"], key_of(tmp_path, "other"))
    assert len(hashes(["a"], first)[0]) == 16
