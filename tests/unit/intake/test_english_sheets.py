"""Sheets with English headings, from the first look to the marks."""

import pytest
import yaml

from analysis import intake, settings
from analysis.intake import context
from analysis.intake.firstlook import date_of, same_school
from analysis.intake.headings import subject_name, vocabulary, words
from analysis.intake.new import new
from analysis.params import City, Params
from analysis.report.words import Words

WORDS = vocabulary(Params(city=City(code="t", name="T"), exams=()))


@pytest.mark.parametrize(
    ("heading", "role", "subject"),
    [
        ("School", "school", ""), ("School Name", "school", ""), ("Centre Number", "school", ""), ("Class", "class", ""),
        ("Number", "number", ""), ("Student No.", "number", ""), ("Pupil ID", "number", ""),
        ("Candidate number", "exam_number", ""), ("Name", "name", ""), ("Full name", "name", ""), ("Gender", "sex", ""),
        ("Score", "mark", ""), ("Marks", "mark", ""), ("Maths", "mark", "math"), ("Mathematics score", "mark", "math"),
        ("Math mark", "mark", "math"), ("English rank", "rank", "english"), ("Physics grade", "level", "physics"),
        ("Maths %", "level", "math"), ("Science Paper 1", "part", "science"), ("Total score", "total", ""), ("Average", "total_other", ""),
        ("Status", "state", ""), ("Comments", "remark", ""), ("Class rank", "rank", ""), ("Teacher name", "teacher", ""),
        ("Date of birth", "ignore", ""), ("Grade", "unknown", ""),
    ],
)  # fmt: skip
def test_usual_english_headings(heading, role, subject):
    found = WORDS.meaning(heading)
    assert (found.role, found.subject) == (role, subject)


@pytest.mark.parametrize("heading", ["Math (max 80)", "Math (out of 80)", "Math /80", "Maths (80)"])
def test_full_marks_in_english_headings(heading):
    found = WORDS.meaning(heading)
    assert (found.role, found.subject, found.full) == ("mark", "math", 80)


def first_settings(tmp_path, helpers, files):
    (tmp_path / "data").mkdir()
    for name, sheets in files.items():
        helpers.write_xlsx(tmp_path / "data" / name, sheets)
    new(tmp_path / "city", [tmp_path / "data"])
    path = tmp_path / "city" / "settings.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return told, intake.load(settings.load(path, outputs=tmp_path / "outputs"))


def test_an_english_sheet_makes_english_settings_and_is_read_by_them(tmp_path, helpers):
    head = ["School", "Class", "Student No.", "Gender", "Maths", "Maths rank", "English score"]
    rows = [head, ["Hill", "8A", "001", "F", 71, 1, 55], ["Lake", "8B", "002", "M", "Absent", "", "n/a"]]
    told, tables = first_settings(tmp_path, helpers, {"Grade 8 tests March 2026.xlsx": {"Results": rows}})
    exam = told["exams"][0]
    assert (told["language"], exam["grade"], str(exam["date"])) == ("en", 8, "2026-03-01")
    assert exam["papers"] == {"math": {"full_mark": 80}, "english": {"full_mark": 60}}
    scores = tables["scores"].query("subject != 'total'")
    assert list(zip(scores["subject"], scores["state"], scores["score"].fillna(-1), strict=True)) == [
        ("math", "ok", 71), ("math", "absent", -1), ("english", "ok", 55), ("english", "absent", -1)
    ]  # fmt: skip


def test_columns_that_no_word_explains_are_proposed_where_a_sheet_has_no_known_mark(tmp_path, helpers):
    rows = [
        ["School", "Candidate number", "Gender", "Written", "Coursework"],
        ["Hill", 1, "F", 23, 71.2],
        ["Lake", 2, "M", 39, 76.8],
    ]
    told, tables = first_settings(tmp_path, helpers, {"Year 11 2026-06.xlsx": {"S": rows}})
    assert told["exams"][0]["sheets"][0]["columns"] == {"Written": "written", "Coursework": "coursework"}
    assert told["subjects"] == {"written": {"name": "Written"}, "coursework": {"name": "Coursework"}}
    assert tables["scores"].query("subject == 'coursework'")["score"].tolist() == [71.2, 76.8]


def test_a_sheet_of_totals_only_gives_a_paper_that_leaves_other_totals_alone(tmp_path, helpers):
    before = [["学校", "学号", "总分"], ["一中", "1", 611], ["一中", "2", 580]]
    after = [["学校", "学号", "语文", "数学", "总分"], ["一中", "1", 70, 60, 130], ["一中", "2", 50, 40, 90]]
    told, tables = first_settings(
        tmp_path, helpers, {"2023年6月中考 九年级.xlsx": {"S": before}, "2026年5月 高三.xlsx": {"S": after}}
    )
    assert [list(exam["papers"]) for exam in told["exams"]] == [["whole"], ["chinese", "math"]]
    assert helpers.codes(tables) == []
    scores = tables["scores"].set_index(["exam", "subject"])["score"]
    assert scores["exam-1", "whole"].tolist() == [611, 580] and scores["exam-2", "total"].tolist() == [
        130,
        90,
    ]


def test_schools_that_differ_in_their_number_are_no_spellings_of_each_other():
    names = ["第9小学", "第19小学", "第119小学", "青禾市第一初级中学", "一中", "第十一中学"]
    aliases = {name: others for name, others, _ in same_school(dict.fromkeys(names, 1))}
    assert aliases["青禾市第一初级中学"] == ["一中"]
    assert all(aliases[name] == [] for name in names if name in aliases and name != "青禾市第一初级中学")


@pytest.mark.parametrize(
    ("text", "date"),
    [("成绩导出_20260628", ("2026-06", "28")), ("Test March 2026", ("2026-03", "")), ("Sept. 2025", ("2025-09", "")),
     ("marks 2026", ("", "")), ("考号120260628123", ("", ""))],
)  # fmt: skip
def test_dates_without_signs_and_english_months(text, date):
    assert date_of(text) == date


@pytest.mark.parametrize(
    ("title", "subject"),
    [("Art party", "art"), ("Summer party", ""), ("Open district exam", ""), ("物理成绩", "physics")],
)
def test_a_subject_with_a_latin_name_is_a_word_of_its_own(title, subject):
    assert context._subject(title, WORDS.subjects) == subject


@pytest.mark.parametrize(
    ("marks", "full"), [([24.5, -2.8], None), ([627, 480], None), ([24, -1], 30), ([88, 70], 90)]
)
def test_a_scale_is_given_no_full_mark(tmp_path, helpers, marks, full):
    """Marks below 0 would be refused, and rates of 627 as full mark mean nothing."""
    rows = [["School", "Number", "Reading"], *(["Hill", i, mark] for i, mark in enumerate(marks, 1))]
    told, tables = first_settings(tmp_path, helpers, {"Grade 8 2026-03.xlsx": {"S": rows}})
    assert told["exams"][0]["papers"]["reading"]["full_mark"] == full
    read = tables["scores"].query("subject == 'reading' and state == 'ok'")["score"].tolist()
    assert read == [mark for mark in marks if mark != -1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_problem_list_calls_a_subject_as_the_reports_do(language):
    params = Params(city=City(code="t", name="T"), exams=(), language=language)
    said = Words(language)
    for code in words()["subjects"]:
        assert subject_name(code, params) == said(f"subject.{code}")
