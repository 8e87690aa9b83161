"""Remarks of the office stand in their report, as text alone, and a school's speaks of that school alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.dossier.notes import notes
from analysis.errors import SettingsError

REPORTS = {"city": "青禾市", "school-0201": "青禾一中", "school-0202": "青禾一中东校区"}


@pytest.fixture
def said(built, tmp_path: Path):
    """Write one file of remarks; the settings beside it."""
    settings = replace(built.settings, path=tmp_path / "city.yaml")

    def write(name: str, content: bytes):
        folder = tmp_path / "notes" / built.exam
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return notes(settings, built.exam, REPORTS)

    return write


def test_without_a_file_there_is_nothing(built, tmp_path):
    assert notes(replace(built.settings, path=tmp_path / "city.yaml"), built.exam, REPORTS) == {}


def test_markdown_becomes_plain_html(said):
    made = said("0201.md", "\ufeff# 说明\n\n**青禾一中**本学期\n\n- 一\n- 二\n".encode())
    assert made == {
        "school-0201": "<p><strong>说明</strong></p>\n<p><strong>青禾一中</strong>本学期</p>\n<ul>\n<li>一</li>\n<li>二</li>\n</ul>"
    }


def test_nothing_that_loads_links_or_runs_is_left(said):
    bad = '<script>alert(1)</script>\n\n<img src="http://x/y.png" onerror=a()>\n\n[这里](http://x) <b style="x">甲</b>'
    assert said("city.md", bad.encode()) == {"city": "<p>这里 甲</p>"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("0299.md", "甲".encode(), "no report of that name"),
        ("0201.md", "甲".encode("gbk"), "UTF-8"),
        ("0201.md", b"a" * 5000, "5000 characters"),
        ("0201.md", "比青禾一中东校区好".encode(), "another school"),
    ],
)
def test_a_fault_names_the_file_and_what_to_do(said, name, content, says):
    with pytest.raises(SettingsError, match=says) as caught:
        said(name, content)
    assert f"/{name}" in str(caught.value) and caught.value.hint


def test_the_own_name_may_hold_anothers(said):
    assert "school-0202" in said("0202.md", "青禾一中东校区".encode())
