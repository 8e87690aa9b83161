"""Why, verify, diff, status, quarto and the ledger, as far as they can be seen without a city."""

import json
import os
import sys

import pytest

from analysis.errors import AnalysisError, InputError
from analysis.publish import diff, evidence, ledger, quarto, verify, why


def settings(tmp_path):
    path = tmp_path / "params" / "x.yaml"
    path.parent.mkdir()
    path.write_text(
        "city: {code: c, name: 甲市}\nschools:\n  - {code: '01', name: 甲校}\n  - {code: '02', name: 乙校}\n"
        "exams:\n  - {id: e1, title: 一模, date: 2026-03-01, grade: 9}\n",
        encoding="utf-8",
    )
    from analysis.settings import load

    return load(path)


def parts(found, **changed):
    kept = {
        "inputs": {"a.csv": "1"},
        "rows": {},
        "settings": {"privacy.hidden_below": 11},
        "code": {"dossier.py": "1"},
    }
    stored = {name: evidence.keep(found.outputs, {**kept[name], **changed.get(name, {})}) for name in kept}
    plain = {name: changed.get(name, "") for name in ("dossier", "notebook", "language", "versions")}
    return {**plain, "evidence": stored}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"inputs": {"a.csv": "2"}}, "score sheet a.csv changed"),
        ({"inputs": {"b.csv": "2"}}, "score sheet b.csv is new"),
        ({"rows": {"scores|e1|02|math": [40, "x"]}}, "marks: 乙校 · 数学 · 一模: 0 rows before, 40 now"),
        ({"settings": {"privacy.hidden_below": 12}}, "setting privacy.hidden_below: 11 → 12"),
        ({"code": {"report/locale/zh/site.yaml": "3"}}, "words in report/locale/zh/site.yaml"),
        ({"code": {"dossier.py": "3"}}, "code in dossier.py"),
        ({"language": "en"}, "the language changed"),
        ({"notebook": "n"}, "the notebook changed"),
    ],
)
def test_each_cause_is_said_in_words(tmp_path, changed, line):
    found = settings(tmp_path)
    assert list(why.differences(found, parts(found), parts(found, **changed))) == [line]


def test_nothing_changed_is_no_cause(tmp_path):
    found = settings(tmp_path)
    assert list(why.differences(found, parts(found), parts(found))) == []


def dossier(outputs, name, **tables):
    path = outputs / "dossiers" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"meta": {}, "tables": tables}), encoding="utf-8")
    return name


def test_moved_numbers_are_counted_by_rows_and_a_new_column_moves_none(tmp_path):
    before = {"columns": ["unit", "value"], "rows": [["1", 0.1], ["2", 0.2]]}
    moved = {"columns": ["unit", "value"], "rows": [["1", 0.1], ["2", 0.3]]}
    wider = {"columns": ["unit", "new", "value"], "rows": [["1", 7, 0.1], ["2", 8, 0.2]]}
    was = dossier(tmp_path, "a", growth=before)
    said = [
        list(why._dossier(tmp_path, was, dossier(tmp_path, name, **tables)))
        for name, tables in (
            ("b", {"growth": moved}),
            ("c", {"growth": wider}),
            ("d", {"growth": before, "gap": moved}),
        )
    ]
    assert said == [["numbers in table growth: 1 of 2 rows"], [], ["numbers in table gap: 2 of 2 rows"]]
    assert list(why._dossier(tmp_path, "d", was)) == ["numbers in table gap: 0 of 0 rows"]


def test_many_causes_are_counted(tmp_path):
    found = settings(tmp_path)
    many = {f"scores|e1|01|{i:03d}": [1, "x"] for i in range(50)}
    said = list(why.differences(found, parts(found), parts(found, rows=many)))
    assert len(said) == why.MOST + 1 and said[-1] == "and 30 more groups of rows"


def test_rows_are_fingerprinted_without_their_place_and_order():
    import pandas as pd

    scores = pd.DataFrame(
        {
            "exam": ["e", "e"],
            "pupil": ["p", "q"],
            "subject": ["math"] * 2,
            "score": [1.0, 2.0],
            "source": [0, 0],
            "row": [2, 3],
        }
    )
    tables = {
        "scores": scores,
        "items": scores.iloc[:0],
        "enrolments": pd.DataFrame(
            {"exam": ["e", "e"], "pupil": ["p", "q"], "school": ["01", "02"], "class": ["1", "1"]}
        ),
        "teachings": scores.iloc[:0],
        "item_table": scores.iloc[:0],
    }
    first = evidence.rows(tables)
    assert first["scores|e|01|math"][0] == 1 and "enrolments|e|02|" in first
    moved = {**tables, "scores": scores.iloc[::-1].assign(row=[9, 8], source=[1, 1])}
    assert evidence.rows(moved) == first
    changed = evidence.rows({**tables, "scores": scores.assign(score=[1.0, 3.0])})
    assert {group for group in first if first[group] != changed[group]} == {"scores|e|02|math"}
    assert "p" not in "".join(first).replace("exp", "").split("|")


def test_a_principal_is_not_kept_in_the_evidence(tmp_path):
    found = settings(tmp_path)
    assert not any("principal" in name for name in evidence.flat(found))
    assert evidence.flat(found)["schools.01.name"] == "甲校"


def test_a_file_that_is_no_page_cannot_be_verified(tmp_path):
    path = tmp_path / "x.html"
    with pytest.raises(InputError, match="Cannot read"):
        verify.verify(path)
    path.write_text("<html></html>")
    with pytest.raises(InputError, match="no verification code"):
        verify.verify(path)


def test_a_consistent_page_from_elsewhere_is_not_known(tmp_path):
    from analysis.publish.page import sign

    path = tmp_path / "x.html"
    path.write_bytes(sign('<p>甲</p><code class="mono" id="verification-code"></code>'.encode()))
    found = verify.verify(path, tmp_path)
    assert not found.unaltered and "NOT KNOWN HERE" in found.lines()[0]
    path.write_bytes(path.read_bytes().replace("甲".encode(), "乙".encode()))
    assert "ALTERED" in verify.verify(path, tmp_path).lines()[0]


def test_one_run_cannot_be_compared(tmp_path):
    found = settings(tmp_path)
    assert "only one run" in diff.diff(found.path, "e1").lines()[0]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (1.04, 2.5, "甲校: progress +1.0 → +2.5 (+1.46)"),
        (None, 2.5, "甲校: progress none → +2.5"),
    ],
)
def test_a_move_is_said_with_both_values(before, after, line):
    move = diff.Move("甲校", "progress", before, after)
    assert move.line() == line and move.size > diff.SHOWN


def test_without_quarto_it_is_said_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnalysisError, match="not installed") as caught:
        quarto.render(tmp_path / "x.ipynb", "docx", tmp_path / "x.docx")
    assert "pip install quarto-cli" in caught.value.hint


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for quarto")
def test_quarto_is_called_without_executing_again(monkeypatch, tmp_path):
    command = tmp_path / "bin" / "quarto"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\n[ "$FAIL" ] && { echo broken >&2; exit 1; }\necho "$@" > x.docx\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    notebook = tmp_path / "x.ipynb"
    with pytest.raises(InputError):
        quarto.render(notebook, "docx", tmp_path / "out" / "x.docx")
    notebook.write_text("{}")
    made = quarto.render(notebook, "docx", tmp_path / "out" / "x.docx")
    said = made.read_text()
    assert f"render {notebook} --to docx" in said and "--no-execute" in said
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(AnalysisError, match="broken"):
        quarto.render(notebook, "docx", tmp_path / "out" / "x.docx")


def test_the_ledger_names_failures_with_page_and_command():
    entries = [
        ledger.Entry("school-2", "failed", 1.0, 30.0, message="KeyError: x", page="site/a.failed.html", redo="quality report p --school 2"),
        ledger.Entry("city", "written", 3.0, 50.0),
        ledger.Entry("school-1", "unchanged"),
    ]  # fmt: skip
    made = ledger.in_order(entries, ["city", "school-1", "school-2"])
    assert [entry.name for entry in made.entries] == ["city", "school-1", "school-2"]
    assert made.lines() == [
        "1 written, 1 unchanged, 1 failed",
        "2.00 s a report, at most 50 MB private memory",
        "failed: school-2: KeyError: x",
        "  see site/a.failed.html",
        "  redo: quality report p --school 2",
    ]


def test_the_bar_is_plain_lines_where_there_is_no_terminal(capsys):
    from analysis.publish.terminal import Bar

    with Bar(plain=True) as bar:
        bar.update("intake", 0, 0)
        bar.update("city", 1, 3)
    assert capsys.readouterr().err == "reading score sheets …\n"


def test_the_bar_starts_no_thread(capsys):
    import threading

    from analysis.publish.terminal import Bar

    with Bar(plain=False) as bar:
        bar.update("city", 1, 3)
        assert threading.active_count() == 1 or sys.platform != "linux"
