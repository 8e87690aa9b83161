"""The account stops a reader that loses marks; the problem list, `--explain` and `new` are for people."""

import io

import numpy as np
import pytest
import yaml
from python_calamine import CalamineWorkbook

from analysis import settings
from analysis.errors import AccountError, InputError, OutputError
from analysis.intake import cells, problems, sightings, take
from analysis.intake.account import Line, balanced
from analysis.intake.explain import explain
from analysis.intake.issues import catalogue
from analysis.intake.new import new

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]
ROWS = [
    HEAD,
    ["一中", "701", "独特名", 90, "=SUM", 1300],
    ["一中", "701", "乙", 85, "缺考", 70],
    ["平均分", "", "", 87, 0, 0],
]


def test_a_line_that_does_not_add_up_is_named():
    line = Line(0, "a.xlsx", "S", "", "marks", cells=3, scores=1, states=1)
    with pytest.raises(AccountError, match=r"a\.xlsx S: 3 mark cells ≠ 1 scores"):
        balanced([line])
    with pytest.raises(AccountError, match="2 rows ≠"):
        balanced([Line(0, "a.xlsx", "S", "", "marks", rows=2, pupils=1)])


def test_a_reader_that_loses_marks_stops_the_run(read, monkeypatch):
    honest = sightings.readings

    def lossy(blocks, starts):
        made = honest(blocks, starts)
        keep = np.arange(len(made.state)) != 1
        return sightings.Readings(
            made.sighting[keep],
            made.subject[keep],
            made.column[keep],
            made.state[keep],
            made.score[keep],
            made.subjects,
        )

    monkeypatch.setattr(sightings, "readings", lossy)
    with pytest.raises(AccountError, match="does not balance"):
        read({"a.xlsx": ROWS})


def test_a_reader_that_loses_rows_stops_the_run(read, monkeypatch):
    honest = take.rows.kinds

    def lossy(*arguments):
        kinds = honest(*arguments)
        kinds[1] = take.Kind.blank
        return kinds

    monkeypatch.setattr(take.rows, "kinds", lossy)
    with pytest.raises(AccountError, match="3 rows ≠ 1 pupils"):
        read({"a.xlsx": ROWS})


def test_every_issue_has_words_in_both_languages():
    for code, entry in catalogue().items():
        assert set(entry) == {"severity", "zh", "en"}, code
        assert all(entry[language][key] for language in ("zh", "en") for key in ("what", "todo")), code
        assert entry["severity"] in ("error", "question", "note"), code


def test_problem_words_have_the_same_keys_in_both_languages():
    def keys(tree):
        return {k: keys(v) for k, v in tree.items()} if isinstance(tree, dict) else None

    assert keys(problems.words("zh")) == keys(problems.words("en"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_as_a_workbook_and_a_page(read, tmp_path, language):
    tables = read({"a.xlsx": ROWS})
    book, page = problems.files(tables, language).values()
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    kinds, body = (sheets.get_sheet_by_index(i).to_python() for i in (0, 1))
    assert [row[2] for row in kinds[1:]] == [1, 1]  # worst first, one row a kind, with its count
    assert [row[5] for row in body[1:]] == ["F2", "E2"] or [row[5] for row in body[1:]] == ["E2", "F2"]
    assert len(sheets.sheet_names) == 4
    text = page.decode()
    assert "独特名" not in text and "<script" not in text and "1300" in text
    assert len(problems.summary(tables, language)) == 5


def test_cells_that_look_like_formulas_or_tags_stay_text(read, tmp_path):
    rows = [HEAD, ["一中", "701", "甲", '=HYPERLINK("x")', "<script>alert(1)</script>", 70]]
    book, page = problems.files(read({"a.csv": rows}), "zh").values()
    assert "<script" not in page.decode()
    cells_ = [
        cell
        for row in CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(1).to_python()
        for cell in row
    ]
    assert any("HYPERLINK" in str(cell) for cell in cells_)


def test_explain_shows_columns_and_rows_but_no_name(read, tmp_path):
    read({"a.xlsx": ROWS})
    text = explain(settings.load(tmp_path / "city.yaml"), tmp_path / "sheets" / "a.xlsx")
    assert "表头在第 1 行" in text and "D" in text and "成绩 语文" in text and "学生 2" in text
    assert "独特名" not in text
    with pytest.raises(InputError):
        explain(settings.load(tmp_path / "city.yaml"), tmp_path / "nothing.xlsx")


def test_new_writes_settings_that_load_and_read(tmp_path, helpers):
    sheets = tmp_path / "data" / "2024-07 七年级期末"
    sheets.mkdir(parents=True)
    rows = [
        ["2024年7月七年级期末考试成绩"],
        ["学校", "班级", "姓名", "语文(120)", "数学"],
        ["青禾市第一中学", "七(1)班", "甲", 100, 97],
        ["青禾一中", "七(1)班", "乙", 101, 98],
    ]
    helpers.write_xlsx(sheets / "成绩.xlsx", {"S": rows})
    lines = new(tmp_path / "city", [tmp_path / "data"])
    path = tmp_path / "city" / "settings.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert told["exams"][0]["papers"] == {"chinese": {"full_mark": 120}, "math": {"full_mark": 100}}
    assert str(told["exams"][0]["date"]) == "2024-07-01" and told["exams"][0]["grade"] == 7
    assert "are the aliases this school?" in path.read_text(encoding="utf-8")
    assert told["schools"][0]["aliases"] == ["青禾一中"]
    assert (tmp_path / "city" / "任课表.xlsx").exists() and "1 exam(s), 1 school" in lines[0]
    from analysis import intake

    tables = intake.load(settings.load(path, outputs=tmp_path / "outputs"))
    assert tables["scores"].query("subject == 'math'")["score"].tolist() == [97, 98]
    with pytest.raises(OutputError):
        new(tmp_path / "city", [tmp_path / "data"])


def test_the_template_of_the_schools_stands_in_for_the_list_as_soon_as_the_settings_name_it(
    tmp_path, helpers
):
    rows = [
        ["学校", "班级", "姓名", "语文"],
        ["青禾市第一中学", "1", "甲", 100],
        ["青禾一中", "1", "乙", 101],
    ]
    (tmp_path / "data").mkdir()
    helpers.write_xlsx(
        tmp_path / "data" / "2024-07 七年级期末.xlsx", {"S": [*rows, ["东关中学", "1", "丙", 90]]}
    )
    new(tmp_path / "city", [tmp_path / "data"])
    path = tmp_path / "city" / "settings.yaml"
    text = path.read_text(encoding="utf-8")
    listed = settings.load(path, outputs=tmp_path / "outputs")
    assert 'schools: "学校信息.xlsx"' in text
    told = yaml.safe_load(text) | {"schools": "学校信息.xlsx"}
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    filled = settings.load(path, outputs=tmp_path / "outputs")
    assert filled.params == listed.params and len(filled.params.schools) == 2
    from analysis import intake

    assert sorted(set(intake.load(filled)["enrolments"]["school"])) == ["01", "02"]


def test_a_school_that_looks_like_a_formula_stays_text_in_the_template(tmp_path, helpers):
    (tmp_path / "data").mkdir()
    rows = [
        ["学校", "班级", "姓名", "语文"],
        ['=HYPERLINK("x")', "1", "甲", 100],
        ["东关中学", "1", "乙", 90],
    ]
    helpers.write_xlsx(tmp_path / "data" / "2024-07 七年级期末.xlsx", {"S": rows})
    new(tmp_path / "city", [tmp_path / "data"])
    book = CalamineWorkbook.from_path(tmp_path / "city" / "学校信息.xlsx")
    assert '=HYPERLINK("x")' in {row[1] for row in book.get_sheet_by_index(0).to_python()}


def test_new_takes_the_codes_of_the_sheets_for_codes(tmp_path, helpers):
    """Schools 101 and 2: running numbers would give the second the code 02, and a third's name."""
    (tmp_path / "data").mkdir()
    rows = [["学校", "班级", "学号", "语文"], [101, 1, "7", 90], [2, 1, "8", 80], [1, 1, "9", 70]]
    helpers.write_xlsx(tmp_path / "data" / "成绩.xlsx", {"S": rows})
    new(tmp_path / "city", [tmp_path / "data"])
    told = settings.load(tmp_path / "city" / "settings.yaml", outputs=tmp_path / "outputs").params
    assert [(school.code, school.name) for school in told.schools] == [("1", "1"), ("2", "2"), ("101", "101")]


def test_new_gives_no_running_number_that_a_school_is_called(tmp_path, helpers):
    (tmp_path / "data").mkdir()
    rows = [["学校", "班级", "姓名", "语文"], ["02", 1, "甲", 90], ["青禾一中", 1, "乙", 80]]
    helpers.write_xlsx(tmp_path / "data" / "成绩.xlsx", {"S": rows})
    new(tmp_path / "city", [tmp_path / "data"])
    told = settings.load(tmp_path / "city" / "settings.yaml", outputs=tmp_path / "outputs").params
    assert sorted((school.code, school.name) for school in told.schools) == [("01", "青禾一中"), ("03", "02")]


def test_new_takes_no_slip_for_a_full_mark(tmp_path, helpers):
    rows = [
        ["学校", "姓名", "语文", "数学", "理综"],
        *(["东关中学", f"生{i}", 60 + i, 50 + i, 120 + 4 * i] for i in range(35)),
    ]
    rows[5][2] = 940
    (tmp_path / "data").mkdir()
    helpers.write_csv(tmp_path / "data" / "a.csv", rows)
    new(tmp_path / "city", [tmp_path / "data"])
    text = (tmp_path / "city" / "settings.yaml").read_text(encoding="utf-8")
    papers = yaml.safe_load(text)["exams"][0]["papers"]
    assert {s: p["full_mark"] for s, p in papers.items()} == {
        "chinese": 100,
        "math": 90,
        "science_combined": 300,
    }
    assert "highest mark seen: 94; taken for a slip: 940" in text


def test_the_teachers_template_filled_in_is_read_back(tmp_path, helpers):
    data = tmp_path / "data"
    data.mkdir()
    rows = [["学校", "班级", "姓名", "语文", "数学"], ["东关中学", "九(1)班", "甲一", 90, 80]]
    helpers.write_csv(data / "2025年11月九年级期中.csv", rows)
    new(tmp_path / "city", [data])
    head = CalamineWorkbook.from_path(tmp_path / "city" / "任课表.xlsx").get_sheet_by_index(0).to_python()[0]
    filled = {
        "学校": "东关中学",
        "年级": "九年级",
        "班级": "1班",
        "学科": "数学",
        "任课教师": "王某",
        "任教起始": "2025年9月1日",
    }
    assert set(head) == set(filled)
    helpers.write_xlsx(data / "任课表.xlsx", {"任课表": [head, [filled[h] for h in head]]})
    path = tmp_path / "city" / "settings.yaml"
    path.write_text(
        path.read_text("utf-8") + "teachers: [{path: 任课表.xlsx, kind: teachers}]\n", encoding="utf-8"
    )
    from analysis import intake

    taught = intake.load(settings.load(path, outputs=tmp_path / "out"))["teachings"]
    assert taught[["class", "subject", "since"]].to_numpy().tolist() == [["901", "math", "2025-09-01"]]


def test_new_puts_the_sheets_of_one_exam_together(tmp_path, helpers):
    data, head = tmp_path / "data", ["学校", "姓名", "语文", "数学"]
    for folder, grade, month in (("a", "七", "2024年7月"), ("b", "八", "2024年11月")):
        (data / folder / "deep").mkdir(parents=True)
        title = [f"{month}{grade}年级期末考试成绩"]
        row = ["东关中学", "甲", 1, 2]
        helpers.write_csv(data / folder / "one.csv", [title, head, row])
        helpers.write_csv(data / folder / "no title.csv", [head, row])
        helpers.write_csv(data / folder / "deep" / f"{month}5日.csv", [head, ["一中", "乙", 1, 2]])
    items = [["2024年11月八年级数学小题分"], ["考号", "姓名", "数学", "1", "2", "3"], ["1", "甲", 3, 1, 1, 1]]
    helpers.write_csv(data / "小题分.csv", items)
    helpers.write_csv(data / "名册.csv", [["姓名", "班级", "学籍号"], ["甲", "801", "G411000201301010012"]])
    helpers.write_csv(data / "任课.csv", [["学校", "班级", "语文", "数学"], ["东关中学", "801", "王", "李"]])
    new(tmp_path / "city", [data])
    told = yaml.safe_load((tmp_path / "city" / "settings.yaml").read_text(encoding="utf-8"))
    assert [(str(e["date"]), e["grade"], e["baselines"]) for e in told["exams"]] == [
        ("2024-07-05", 7, []), ("2024-11-05", 8, ["exam-1"])]  # fmt: skip
    assert [[s["path"] for s in e["sheets"]] for e in told["exams"]] == [["a"], ["b", "小题分.csv"]]
    assert told["rosters"][0]["path"] == "名册.csv" and told["teachers"][0]["path"] == "任课.csv"
    settings.load(tmp_path / "city" / "settings.yaml")


def test_states_table_is_complete():
    assert len(cells.STATES) == len(cells.CODE) == 9


@pytest.mark.parametrize(
    ("language", "line"), [("zh", "须更正 3 处，请确认 0 处"), ("en", "Places: 3 to correct, 0 to confirm")]
)
def test_the_summary_counts_the_places_that_the_pages_count(read, language, line):
    rows = [HEAD, *(["一中", "701", name, "八十", 90, 70] for name in ("甲", "乙", "丙"))]
    tables = read({"a.csv": rows})
    assert len(tables["data_issues"]) == 1 and tables["data_issues"]["n"].tolist() == [3]
    assert any(text.startswith(line) for text in problems.summary(tables, language))


def test_explain_has_a_word_for_every_role_of_a_heading():
    from analysis.intake.headings import words

    for language in ("zh", "en"):
        known = problems.words(language)["roles"]
        assert [role for role in (*words()["roles"], *words()["suffixes"]) if role not in known] == []
