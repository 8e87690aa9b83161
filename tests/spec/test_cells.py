"""What a mark cell means, row by row: cell, full mark, remark → state, score, issue."""

import math

import pytest

from analysis.intake import cells, remarks
from analysis.intake.headings import words
from analysis.intake.remarks import NOTHING

SUBJECTS = {"语文": "chinese", "数学": "math", "英语": "english"}

TABLE = [
    # cell, remark, state, score, issue
    (98, "", "ok", 98, ""),
    (0, "", "ok", 0, ""),
    ("0", "", "ok", 0, ""),
    ("98.0", "", "ok", 98, ""),
    ("８５", "", "ok", 85, ""),
    ("87．5", "", "ok", 87.5, ""),
    ("85分", "", "ok", 85, ""),
    (" 85 ", "", "ok", 85, ""),
    ('="85"', "", "ok", 85, ""),
    (120, "", "ok", 120, ""),
    (120.5, "", "invalid", None, "above_full"),
    (1085, "", "invalid", None, "ten_times"),
    (-3, "", "invalid", None, "negative"),
    ("", "", "blank", None, ""),
    ("　", "", "blank", None, ""),
    *[
        (word, "", "absent", None, "")
        for word in ("缺考", "缺", "未考", "旷考", "弃考", "缺席", "-1", -1, "/", "-", "--", "—")
    ],
    ("不计排名", "", "absent", None, "state_doubtful"),
    ("未扫", "", "unscanned", None, ""),
    ("作弊", "", "cheat", None, ""),
    ("违纪", "", "cheat", None, ""),
    ("缓考", "", "deferred", None, ""),
    ("免考", "", "exempt", None, ""),
    ("补考58", "", "deferred", None, "make_up"),
    ("零分卷", "", "ok", 0, ""),
    ("已转学", "", "left", None, ""),
    ("优", "", "invalid", None, "unreadable"),
    ("1,085", "", "invalid", None, "unreadable"),
    ("nan", "", "invalid", None, "unreadable"),
    ("inf", "", "invalid", None, "unreadable"),
    (True, "", "invalid", None, "unreadable"),
    (0, "缺考", "absent", None, ""),
    (0.0, "数学缺考", "absent", None, ""),
    (0, "英语缺考", "ok", 0, ""),
    (0, "零分卷", "ok", 0, ""),
    ("", "缺考", "absent", None, ""),
    ("", "数学作弊", "cheat", None, ""),
    (85, "缺考", "ok", 85, "sat_despite_state"),
    (85, "数学缺考", "invalid", None, "mark_against_state"),
    (85, "数学违纪", "cheat", None, "mark_with_state"),
    (85, "走读", "ok", 85, ""),
]


@pytest.mark.parametrize(("cell", "remark", "state", "score", "issue"), TABLE)
def test_cell(cell, remark, state, score, issue):
    said = remarks.read(remark, "备注", SUBJECTS)
    reading = cells.read(cell, 120, said, "math")
    assert (reading.state, reading.code) == (state, issue)
    assert math.isnan(reading.score) if score is None else reading.score == score


@pytest.mark.parametrize(("cell", "remark", "state", "score", "issue"), TABLE)
def test_a_column_reads_as_its_cells(cell, remark, state, score, issue):
    """The way for whole columns settles plain cells at once; it must not differ from the way for one cell."""
    said = remarks.read(remark, "备注", SUBJECTS)
    raw = [50, cell, "60", ""]
    read = cells.read_column(raw, 120, {1: said} if said != NOTHING else {}, "math")
    assert [cells.STATES[i] for i in read.states] == ["ok", state, "ok", "blank"]
    assert read.scores[0] == 50 and read.scores[2] == 60
    assert (read.problems[1].code if 1 in read.problems else "") == issue
    assert math.isnan(read.scores[1]) if score is None else read.scores[1] == score


def test_scaled_scores_may_be_negative():
    read = cells.read_column([-1.0, 0.3, -2.5], None, {}, "math")
    assert read.scores.tolist() == [-1.0, 0.3, -2.5]


def test_minus_one_alone_is_an_absence_even_without_a_full_mark():
    read = cells.read_column([-1, 50, 60], None, {}, "math")
    assert [cells.STATES[i] for i in read.states] == ["absent", "ok", "ok"]


@pytest.mark.parametrize(
    ("text", "heading", "expected"),
    [
        ("数学、英语缺考", "备注", {"math": "absent", "english": "absent"}),
        ("缺考：数学、英语", "备注", {"math": "absent", "english": "absent"}),
        ("缺考(数学)", "备注", {"math": "absent"}),
        ("语文作弊,数学缺考", "备注", {"chinese": "cheat", "math": "absent"}),
    ],
)
def test_remarks_about_single_subjects(text, heading, expected):
    assert dict(remarks.read(text, heading, SUBJECTS).subjects) == expected


def test_flags_and_remarks_that_are_not_understood():
    assert remarks.read("1", "缺考标记", SUBJECTS).whole == "absent"
    assert remarks.read("0", "缺考标记", SUBJECTS) == NOTHING
    assert remarks.read("正常", "状态", SUBJECTS) == NOTHING
    assert remarks.read("下午缺考了一部分", "备注", SUBJECTS).unclear
    assert remarks.read("借读", "学生属性", SUBJECTS).excluded == "借读"
    assert remarks.read("以此为准", "备注", SUBJECTS).stands


def test_no_alias_stands_twice():
    """A heading that means two things would be read as either."""
    table = words()
    roles = [alias for role, aliases in table["roles"].items() for alias in aliases]
    subjects = [alias for aliases in table["subjects"].values() for alias in aliases]
    states = [alias for aliases in table["states"].values() for alias in aliases]
    for many in (roles, roles + subjects, states + list(table["signs"])):
        assert {a for a in many if many.count(a) > 1} == set()
