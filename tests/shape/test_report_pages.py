"""Every section of every report on synthetic dossiers, in every language: drawn, well formed, readable, not cut."""

import re
import sys
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest

import dossiers
from analysis.report import report_on
from analysis.report.marks import text_width
from analysis.report.sections import SECTIONS
from analysis.report.words import LOCALE, languages
from analysis.tables import RESULTS

REPORT = LOCALE.parent
CASES = {
    "school": dossiers.school,
    "plain": dossiers.plain,
    "unlinked": dossiers.unlinked,
    "tiny": dossiers.tiny,
    "city": dossiers.city,
    "plain_city": lambda: dossiers.plain("city"),
}
PAGES = [(case, language) for case in CASES for language in languages()]
VOID = {"br", "hr", "img", "meta", "link", "input", "col", "path", "rect", "circle"}
PHONE, PANEL = 358, 172
"""Width of a figure, and of a panel of small multiples, on a 390 px screen."""


@cache
def drawn(case: str, language: str) -> dict[str, str]:
    """Section → HTML."""
    report = report_on(CASES[case](), language)
    return {key: report.show(key)._repr_html_() for key in report.keys}


@cache
def chart_files_used() -> set[str]:
    """Files of charts/ whose code ran while all pages were drawn."""
    folder, seen = str(REPORT / "charts"), set()

    def watch(frame, event, _):
        if (
            event == "call"
            and frame.f_code.co_filename.startswith(folder)
            and frame.f_code.co_name != "<module>"
        ):
            seen.add(Path(frame.f_code.co_filename).name)

    sys.setprofile(watch)
    try:
        for case in CASES:
            report = report_on(CASES[case](), "zh")
            for key in report.keys:
                report.show(key)
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("kind", SECTIONS)
def test_every_section_has_module_template_and_tables(kind):
    known = {*RESULTS, "peers", "peer_points"}
    for key, name in SECTIONS[kind].items():
        module = import_module(f"analysis.report.sections.{name}")
        assert callable(module.view), key
        assert module.TABLES and set(module.TABLES) <= known, key
        assert (REPORT / "templates" / f"{name}.html.j2").is_file(), key


def test_every_section_file_is_shown_somewhere():
    """A section that nobody registered would be dead."""
    names = {name for of_kind in SECTIONS.values() for name in of_kind.values()}
    templates = {path.name.removesuffix(".html.j2") for path in (REPORT / "templates").glob("*_*.html.j2")}
    assert templates - names == set()


def test_every_chart_is_drawn():
    files = {path.name for path in (REPORT / "charts").glob("*.py")} - {"__init__.py"}
    assert files - chart_files_used() == set()


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_sections_are_sections_with_one_heading(case, language):
    for key, html in drawn(case, language).items():
        if key != "cover":
            assert html.count("<h2") == 1, key
            assert f'<section id="{key}"' in html and f'aria-labelledby="h-{key}"' in html
    assert drawn(case, language)["cover"].count("<h1") == 1


class Balance(HTMLParser):
    """Complains about tags that do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open and self.open.pop() == tag, tag


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_html_is_well_formed_and_alone(case, language):
    for key, html in drawn(case, language).items():
        parser = Balance()
        parser.feed(html)
        assert parser.open == [], key
        assert not re.search(r"<script|javascript:|\son\w+=|(src|href)=\"(?!#)", html), key
        assert "None" not in re.sub(r"<[^>]*>", "", html) and "nan" not in re.sub(r"<[^>]*>", "", html), key


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_identifiers_are_single_on_the_page(case, language):
    ids = re.findall(r'\sid="([^"]*)"', "".join(drawn(case, language).values()))
    assert {i for i in ids if ids.count(i) > 1} == set()


def drawings(html: str) -> list[tuple[float, str, str]]:
    """Width, class and content of every drawing that a phone shows."""
    html = re.sub(r'<div class="only-wide">.*?</svg></div>', "", html, flags=re.S)
    found = re.findall(r'<svg class="([^"]*)" viewBox="0 0 ([\d.]+) [\d.]+".*?>(.*?)</svg>', html, re.S)
    return [(float(width), css, body) for css, width, body in found]


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_no_text_in_a_chart_is_smaller_than_10_px_on_a_phone(case, language):
    for key, html in drawn(case, language).items():
        for width, css, body in drawings(html):
            shown = width if "micro" in css else PANEL if width < 250 else PHONE
            sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', body)]
            assert min(sizes, default=99) * min(shown / width, 1.2) >= 10, (key, width)


TEXT = re.compile(r'<text x="([-\d.]+)" y="([-\d.]+)" [^>]*?font-size="([\d.]+)"([^>]*)>(.*?)</text>')


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_no_label_in_a_chart_is_cut(case, language):
    for key, html in drawn(case, language).items():
        for width, _, body in drawings(html):
            for x, _, size, more, words in TEXT.findall(body):
                if "rotate" in more:
                    continue
                extent = 0.94 * text_width(words.replace("&lt;", "<").replace("&gt;", ">"), float(size))
                left = float(x) - extent * (0.5 if "middle" in more else 1 if "end" in more else 0)
                assert left >= -2 and left + extent <= width + 2, (key, words)


@pytest.mark.parametrize(("case", "language"), PAGES)
def test_every_informing_drawing_says_what_it_is(case, language):
    for html in drawn(case, language).values():
        for svg in re.findall(r"<svg [^>]*>.{0,40}", html):
            assert 'aria-hidden="true"' in svg or 'role="img"><title>' in svg


def test_text_from_data_is_escaped():
    evil = '<script>alert("x")</script>'
    facts = dossiers.school()
    facts.meta.update(name=evil, short=evil)
    facts.meta["exam"]["title"] = evil
    for subject in facts.meta["subjects"]:
        subject["name"] = evil
    report = report_on(facts, "zh")
    page = "".join(report.show(key)._repr_html_() for key in report.keys)
    assert "<script" not in page and "&lt;script" in page


@pytest.mark.parametrize("language", languages())
def test_a_hidden_school_shows_none_of_its_figures(language):
    """Nine pupils: whatever the tables of a tiny school held, no figure and no interval reaches the page."""
    pages = drawn("tiny", language)
    for key in ("summary", "start", "progress", "achievement", "growth", "trend"):
        text = re.sub(r"<[^>]*>", " ", pages[key])
        assert not re.search(r"[+−]\d", text), key
        assert "<svg" not in pages[key], key
