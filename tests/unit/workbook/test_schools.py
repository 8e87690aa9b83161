"""The schools' workbook in the settings: the same as the list, and every fault with its cell."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from analysis import settings
from analysis.errors import SettingsError
from analysis.workbook.schools import HEADINGS

REST = """\
city: {code: demo, name: 青禾市}
sectors: [市直, 民办]
exams:
  - {id: g9, title: 模拟, date: 2026-03-20, grade: 9, papers: {math: {full_mark: 120}}}
"""
BOOK = 'schools: "学校信息.xlsx"\n'
LIST = """\
schools:
  - {code: "0701", name: 第一中学, aliases: [一中, 市一中, 一初中], sector: 市直, township: 城关, official: 某某, stage: junior}
  - {code: "0702", name: 育才学校, sector: 民办, principal: 某甲}
"""
ROWS = [
    list(HEADINGS),
    ["0701", " 第一中学", "一中、市一中; 一初中", "市直", "城关", "某某", "", "初中"],
    [""] * 8,
    ["0702", "育才学校", "", "民办", "", "", "某甲"],
]


def load(folder: Path, rows: list[list[Any]], told: str = BOOK) -> settings.Settings:
    with xlsxwriter.Workbook(folder / "学校信息.xlsx") as book:
        book.add_worksheet("封存").hide()
        sheet = book.add_worksheet("名单")
        sheet.activate()
        sheet.set_first_sheet()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value)
        book.get_worksheet_by_name("封存").write(0, 0, "旧名单")
    (folder / "city.yaml").write_text(REST + told, encoding="utf-8")
    return settings.load(folder / "city.yaml")


def faults(folder: Path, rows: list[list[Any]]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(folder, rows)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_the_workbook_and_the_list_give_the_same_settings(tmp_path):
    book = load(tmp_path, ROWS)
    assert book.params == load(tmp_path, ROWS, LIST).params
    assert [school.code for school in book.params.schools] == ["0701", "0702"]
    assert book.params.schools[0].aliases == ("一中", "市一中", "一初中")


def test_columns_stand_in_any_order_and_those_not_needed_may_be_missing(tmp_path):
    found = load(tmp_path, [["学校", "代码"], ["第一中学", "0701"]]).params.schools
    assert [(school.code, school.name) for school in found] == [("0701", "第一中学")]


def test_another_content_of_the_workbook_is_another_hash_of_the_settings(tmp_path):
    before = load(tmp_path, ROWS)
    after = load(tmp_path, [*ROWS, ["0703", "新校"]])
    assert before.sha256 != after.sha256 and after.schools_book == tmp_path / "学校信息.xlsx"


def test_every_fault_of_a_cell_comes_at_once_with_file_sheet_row_and_cell(tmp_path):
    rows = [
        ROWS[0],
        [701, "第一中学"],
        ["", "二中"],
        ["0703", ""],
        ["0704", "四中", "", "", "", "", "", "", "备注"],
    ]
    found = faults(tmp_path, rows)
    places = [line.partition(": ")[0] for line in found]
    assert places == [
        f"学校信息.xlsx, sheet 名单, row {row}, cell {cell}"
        for row, cell in ((2, "A2"), (3, "A3"), (4, "B4"), (5, "I5"))
    ]
    assert "format the column as text" in found[0] and "代码 is missing" in found[1]


def test_what_the_settings_forbid_is_told_with_the_cell_too(tmp_path):
    wrong = [ROWS[0], ["07/01", "第一中学"], ["0702", "育才学校", "", "", "", "", "", "大学"]]
    found = faults(tmp_path, wrong)
    assert [line.split(": ")[0][-2:] for line in found] == ["A2", "H3"]
    twice = [ROWS[0], ["0701", "第一中学"], [""], ["0701", "第一中学"]]
    assert faults(tmp_path, twice) == [
        "学校信息.xlsx, sheet 名单, row 4, cell A4: school code given twice: 0701"
    ]
    unknown = [ROWS[0], ["0701", "第一中学", "", "镇办"]]
    assert "cell D2: sector 镇办 is not in sectors" in faults(tmp_path, unknown)[0]


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (["代码", "学校", "电话"], "cell C1: 电话 is no heading"),
        (["代码", "学校", "学校"], "cell C1: the heading 学校 is given twice"),
        (["学校", "类别"], "代码 is missing"),
    ],
)
def test_headings_are_those_of_the_template(tmp_path, head, says):
    assert any(says in line for line in faults(tmp_path, [head, ["0701", "第一中学", "x"]]))


def test_a_workbook_that_is_none_or_not_there_stops_with_its_name(tmp_path):
    (tmp_path / "city.yaml").write_text(REST + BOOK, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"学校信息\.xlsx: No such file"):
        settings.load(tmp_path / "city.yaml")
    (tmp_path / "学校信息.xlsx").write_text("代码,学校\n0701,第一中学\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"学校信息\.xlsx is no workbook"):
        settings.load(tmp_path / "city.yaml")
    with pytest.raises(SettingsError, match=r"学校信息\.xlsx holds no schools"):
        load(tmp_path, ROWS[:1])
    with pytest.raises(SettingsError, match=r"学校信息\.xlsx holds no schools"):
        load(tmp_path, [])
