"""Which sheets a report's numbers come from, and one hash of the records: not of files, keys or rows' order."""

import pandas as pd
import pytest

from analysis.dossier import origins

FILES = ("start.csv", "north.xlsx", "south.xlsx", "items.csv")


def account():
    kinds, exams = ("marks", "marks", "marks", "items"), ("entry", "mock", "mock", "mock")
    return pd.DataFrame(
        {"source": range(4), "file": FILES, "exam": exams, "kind": kinds, "sha256": list("abcd")}
    )


def tables():
    """Pupils 1 and 2 of school A, 3 of school B; at entry all in one sheet."""
    rows = [
        ("entry", "1", "A", 10.0, 0),
        ("entry", "2", "A", 20.0, 0),
        ("entry", "3", "B", 30.0, 0),
        ("mock", "1", "A", 11.0, 1),
        ("mock", "2", "A", 21.0, 1),
        ("mock", "3", "B", 31.0, 2),
    ]
    frame = pd.DataFrame(rows, columns=["exam", "pupil", "school", "score", "source"])
    scores = frame.assign(subject="math", state="ok")
    items = scores[scores["exam"] == "mock"].assign(item="1", mark=1.0, blank=False)
    enrolments = frame.assign(**{"class": "1"}, track="", status="ok")
    return {"account": account(), "scores": scores, "items": items, "enrolments": enrolments}


def found(changed=None, exams=("entry", "mock")):
    return origins({**tables(), **(changed or {})}, set(exams))


def test_a_school_names_the_sheets_that_hold_its_pupils():
    assert found()["A"].sheets == ("start.csv", "north.xlsx", "items.csv")
    assert found()["B"].sheets == ("start.csv", "south.xlsx", "items.csv")
    assert found()[""].sheets == FILES


def test_only_the_exams_asked_for_count():
    one = found(exams=("mock",))
    assert one["A"].sheets == ("north.xlsx", "items.csv")
    assert one["A"].content != found()["A"].content


def test_order_key_and_bytes_of_a_file_do_not_count():
    known = tables()
    again = {name: frame.iloc[::-1] for name, frame in known.items() if name != "account"}
    again = {name: frame.assign(pupil="key" + frame["pupil"]) for name, frame in again.items()}
    again["account"] = known["account"].assign(sha256=list("wxyz"))
    assert found(again) == found()


@pytest.mark.parametrize(("table", "column", "value"), [("scores", "score", 12.0), ("scores", "state", "absent"), ("items", "mark", 0.0), ("enrolments", "class", "2")])  # fmt: skip
def test_one_changed_mark_changes_its_school_and_the_city_alone(table, column, value):
    frame = tables()[table].copy()
    frame.loc[(frame["exam"] == "mock") & (frame["pupil"] == "1"), column] = value
    changed, before = found({table: frame}), found()
    assert changed["A"].content != before["A"].content and changed[""].content != before[""].content
    assert changed["B"] == before["B"]


def test_two_pupils_who_swap_marks_are_noticed():
    frame = tables()["scores"].copy()
    mock = (frame["exam"] == "mock") & (frame["school"] == "A")
    frame.loc[mock, "score"] = frame.loc[mock, "score"].to_numpy()[::-1]
    assert found({"scores": frame})["A"].content != found()["A"].content
