"""Parameters that would not do what was meant are refused before anything runs."""

from types import SimpleNamespace

import pytest

from analysis.errors import SettingsError
from analysis.publish.parameters import check, declared


def notebook(source='dossier = "demo"\nlanguage = ""', tags=("parameters",)):
    cell = SimpleNamespace(source=source, metadata={"tags": list(tags)})
    return SimpleNamespace(cells=[SimpleNamespace(source="x", metadata={}), cell])


def test_the_declared_parameters_are_read_without_running_the_cell():
    found = declared(notebook("# comment\ndossier = 'demo'\nn: int = -3\nlines = ['a', 1]"))
    assert found == {"dossier": "demo", "n": -3, "lines": ["a", 1]}


def test_complete_and_well_typed_parameters_pass():
    check(notebook(), {"dossier": "abc", "language": "zh"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dossier": "a", "language": "", "dosier": "b"}, "unknown: dosier"),
        ({"language": "zh"}, "missing: dossier"),
        ({"dossier": 3, "language": ""}, "mistyped: dossier is int, must be str"),
        ({"dossier": "a", "language": None}, "mistyped: language is NoneType"),
        ({"x": 1}, "unknown: x; missing: dossier; missing: language"),
    ],
)
def test_anything_else_is_refused_with_all_faults(given, words):
    with pytest.raises(SettingsError, match=words):
        check(notebook(), given)


def test_a_bool_is_not_an_int():
    with pytest.raises(SettingsError, match="n is bool, must be int"):
        check(notebook("n = 3"), {"n": True})


@pytest.mark.parametrize("source", ["dossier = open('x')", "import os", "def", "a = b = 1", "x: int"])
def test_a_cell_that_is_more_than_names_and_values_is_refused(source):
    with pytest.raises(SettingsError):
        declared(notebook(source))


def test_a_notebook_without_the_cell_is_refused():
    with pytest.raises(SettingsError, match="0 cells"):
        declared(notebook(tags=()))
