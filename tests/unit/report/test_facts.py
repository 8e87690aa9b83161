"""A report knows its dossier and nothing else."""

import hashlib
import json

import pytest

import dossiers
from analysis.errors import InputError, UnknownName
from analysis.report import open_report, report_on
from analysis.report.facts import Facts, read
from analysis.report.opening import find

TABLE = {"columns": ["level", "unit", "value"], "rows": [["school", "01", 1.5], ["city", "city", None]]}


def facts(report="school", unit="01"):
    return Facts({"report": report, "unit": unit}, {"growth": TABLE})


def write(folder, document):
    content = json.dumps(document).encode()
    name = hashlib.sha256(content).hexdigest()
    path = folder / f"{name}.json"
    path.write_bytes(content)
    return path


def test_rows_by_column_values():
    assert [r.value for r in facts().rows("growth")] == [1.5, None]
    assert facts().one("growth", level="city").value is None
    assert facts().one("growth", level="class") is None


def test_own_rows_are_those_of_the_unit():
    assert facts().mine("growth").value == 1.5
    assert facts("city", "demo").mine("growth").unit == "city"


def test_a_table_that_is_not_there_is_empty():
    assert facts().rows("trends") == []
    assert facts().frame("trends").empty


def test_frame_has_the_columns():
    assert list(facts().frame("growth").columns) == ["level", "unit", "value"]


def test_the_code_is_the_hash_of_the_file(tmp_path):
    path = write(tmp_path, {"meta": {}, "tables": {}})
    assert read(path).code == path.stem


def test_a_changed_dossier_is_refused(tmp_path):
    path = write(tmp_path, {"meta": {}, "tables": {}})
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match="changed"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"meta": {}}'])
def test_what_is_no_dossier_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read(path)


@pytest.fixture
def made(tmp_path, monkeypatch):
    dossiers.write(tmp_path / "dossiers", demo=dossiers.school(), town=dossiers.city())
    monkeypatch.setenv("QUALITY_OUTPUTS", str(tmp_path))
    return tmp_path


def test_a_report_is_opened_by_name_or_hash(made):
    by_name = open_report("school", "demo")
    assert by_name.words.language == "zh"
    assert open_report("school", by_name.known.code, "en").words.language == "en"
    assert find("city", "town").is_file()


def test_an_unknown_report_is_the_users_mistake(made):
    with pytest.raises(UnknownName):
        open_report("school", "nowhere")


def test_a_name_cannot_be_a_path(made):
    with pytest.raises(UnknownName):
        open_report("school", "../dossiers/demo")


def test_the_city_is_not_a_school(made):
    with pytest.raises(UnknownName):
        report_on(dossiers.city(), kind="school")


def test_unknown_section():
    with pytest.raises(UnknownName, match="prgress"):
        report_on(dossiers.school()).show("prgress")


def test_facts_behind_a_section():
    report = report_on(dossiers.school())
    assert "effect" in report.facts("progress").columns
    assert len(report.facts("progress", "growth"))
