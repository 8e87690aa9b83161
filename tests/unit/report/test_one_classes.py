"""The classes of the only school: which starts are theirs."""

from analysis.report.facts import Facts
from analysis.report.sections.one_classes import starts

COLUMNS = ["level", "unit", "subject", "indicator", "value", "lo", "hi", "flag"]


def facts(subjects: list[str], rows: list[list[object]]) -> Facts:
    table = {"columns": COLUMNS, "rows": [["class", *row[:2], "start", *row[2:]] for row in rows]}
    return Facts({"subjects": [{"code": code} for code in subjects]}, {"indicators": table})


def test_a_single_papers_starts_stand_under_the_total() -> None:
    one = facts(["math"], [["s/1", "total", -0.1, -0.3, 0.1, ""], ["s/2", "total", 0.2, 0.0, 0.4, ""]])
    assert [row.unit for row in starts(one)] == ["s/2", "s/1"]


def test_starts_without_an_interval_or_hidden_are_none() -> None:
    rows: list[list[object]] = [["s/1", "math", 0.1, -0.1, 0.3, ""], ["s/2", "math", 0.2, None, None, ""]]
    assert [row.unit for row in starts(facts(["math"], rows))] == ["s/1"]
    assert starts(facts(["math"], [["s/1", "math", 0.1, -0.1, 0.3, "hidden"]])) == []
