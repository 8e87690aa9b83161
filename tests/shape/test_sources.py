"""Every file that computes names its source, and what it cites is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("measures", "models", "judgement")
PLUMBING = {
    "measures": {"__init__", "arrays", "blocks", "exam", "hidden", "table"},
    "models": {"__init__"},
    "judgement": {"__init__", "evidence", "lawful"},
}
"""Files without a formula: arrays and tables are laid out there, nothing is estimated."""

FORMULAS = [
    path
    for floor in FLOORS
    for path in sorted((ROOT / "src" / "analysis" / floor).glob("*.py"))
    if path.stem not in PLUMBING[floor]
]


@pytest.mark.parametrize("path", FORMULAS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_with_formulas_names_their_source(path):
    assert re.search(r"Sources?:", path.read_text(encoding="utf-8")), "who defined or proved this?"


def test_what_is_cited_of_the_methods_is_there():
    methods = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^### (\d)\.", methods, re.MULTILINE))
    cited = {
        number
        for path in (ROOT / "src").rglob("*.py")
        for number in re.findall(r"docs/methods\.md §(\d)", path.read_text(encoding="utf-8"))
    }
    assert cited and cited <= sections


def test_no_page_is_cited_that_the_project_does_not_have():
    names = {path.name for path in (ROOT / "docs").rglob("*.md")} | {path.name for path in ROOT.glob("*.md")}
    names |= {"datasets.md", "city.md"}  # beside the real data; what an office writes
    cited = {
        (path.name, name)
        for folder in ("src", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"[a-zA-Z][\w-]*\.md\b", path.read_text(encoding="utf-8"))
        if path != Path(__file__)
    }
    assert {(where, name) for where, name in cited if name not in names} == set()
