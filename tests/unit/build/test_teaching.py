"""Assignments: the main teacher, the share of the time, and pupils with teachers of their own."""

import numpy as np
import pandas as pd

from analysis.build.teaching import teaching

PUPILS = pd.DataFrame(
    {"pupil": list("abcde"), "school": ["s"] * 4 + ["t"], "class": ["1", "1", "2", "", "1"]}
)
CLASSES = pd.DataFrame(
    [
        ("e", "s", "1", "maths", "old", 0.3, None),
        ("e", "s", "1", "maths", "new", 0.7, None),
        ("e", "s", "2", "maths", "old", 0.2, None),
        ("x", "t", "1", "maths", "other", 1.0, None),
    ],
    columns=["exam", "school", "class", "subject", "teacher", "weight", "since"],
)
NOBODY = pd.DataFrame(columns=["exam", "pupil", "subject", "teacher", "weight"])


def test_the_largest_share_is_the_main_teacher_and_every_share_is_kept() -> None:
    found = teaching({"teachings": CLASSES, "pupil_teachings": NOBODY}, "e", PUPILS)
    team = found.team("maths")
    assert team is not None
    assert team.unit.tolist()[:3] == [["s/maths/T1", "s/maths/T2"]] * 2 + [["s/maths/T2", ""]]
    np.testing.assert_allclose(team.share[:3], [[0.7, 0.3], [0.7, 0.3], [0.2, 0]])
    assert (team.unit[3:] == "").all()
    assert team.tenure() == {"s/maths/T1": 0.7, "s/maths/T2": 0.2}
    by = found.grouping(["maths", "total"])
    assert by.ids == ("s/maths/T1", "s/maths/T2")
    assert by.codes.tolist() == [[0, -1], [0, -1], [1, -1], [-1, -1], [-1, -1]]
    assert found.team("total") is None


def test_a_pupil_with_teachers_of_his_own_is_taken_at_his_word() -> None:
    told = pd.DataFrame(
        [
            ("e", "b", "maths", "new", 0.5),
            ("e", "b", "maths", "third", 0.6),
            ("e", "nobody", "maths", "x", 1.0),
        ],
        columns=["exam", "pupil", "subject", "teacher", "weight"],
    )
    team = teaching({"teachings": CLASSES, "pupil_teachings": told}, "e", PUPILS).team("maths")
    assert team is not None
    assert team.unit[1].tolist() == ["s/maths/T3", "s/maths/T1"] and team.share[1].tolist() == [0.6, 0.5]
    assert team.unit[0].tolist() == ["s/maths/T1", "s/maths/T2"]


def test_an_exam_without_assignments_has_no_teachers() -> None:
    found = teaching({"teachings": CLASSES, "pupil_teachings": NOBODY}, "none", PUPILS)
    assert found.team("maths") is None and found.grouping(["maths"]).ids == ()
