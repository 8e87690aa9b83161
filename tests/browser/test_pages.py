"""The pages in a real browser with no network and no font but ours: both languages, desktop, phone and paper."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import manimgx_fonts_cjk
import pytest
from tests.conftest import quality
from tests.journey.test_one_school import made

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)

WIDTHS = (1280, 390)
A4_HEIGHT = 1010  # px of an A4 page less its margins, at 96 dpi
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

SMALL_TEXT = """least => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length).map(t => {
  const svg = t.ownerSVGElement, box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
  return [t.textContent, parseFloat(getComputedStyle(t).fontSize) * (view.width ? Math.min(box.width / view.width, box.height / view.height) : 1)];
}).filter(([, size]) => size < least).slice(0, 5)"""
TALL = """limit => [...document.querySelectorAll('figure')].filter(f => f.getClientRects().length)
  .map(f => [f.querySelector('figcaption')?.textContent ?? '', f.getBoundingClientRect().height, getComputedStyle(f).breakInside])
  .filter(([, height, rule]) => height > limit || rule !== 'avoid')"""

# Ink, not line boxes: of a box of 1.45 em the wide characters fill 0.88 em above and 0.12 em below the baseline.
TANGLED = """() => [...document.querySelectorAll('svg')].filter(s => s.getClientRects().length).flatMap(svg => {
  const edge = svg.getBoundingClientRect(), name = svg.querySelector('title')?.textContent ?? '';
  const ink = t => { const b = t.getBoundingClientRect();
    return t.hasAttribute('transform') ? {left: b.left + 0.19 * b.width, right: b.right - 0.12 * b.width, top: b.top, bottom: b.bottom}
      : {left: b.left, right: b.right, top: b.top + 0.19 * b.height, bottom: b.bottom - 0.12 * b.height}; };
  const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => [t.textContent, ink(t)]);
  const over = (a, b) => [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
  return [...texts.filter(([, b]) => b.left < edge.left - 1 || b.right > edge.right + 1 || b.top < edge.top - 1 || b.bottom > edge.bottom + 1)
      .map(([text]) => `${name}: ${text} leaves the drawing`),
    ...texts.flatMap(([text, a], i) => texts.slice(i + 1).filter(([, b]) => over(a, b).every(v => v > 1.5))
      .map(([other]) => `${name}: ${text} lies on ${other}`))];
}).slice(0, 5)"""
WIDER_THAN_PAPER = """() => [...document.querySelectorAll('table')].filter(t => t.getClientRects().length)
  .filter(t => t.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(t => t.textContent.slice(0, 40))"""
SQUEEZED = """() => [...document.querySelectorAll('td svg, th svg')].filter(s => s.getClientRects().length)
  .filter(s => s.getBoundingClientRect().width > s.closest('td, th').clientWidth + 1)
  .map(s => s.closest('table').textContent.slice(0, 40)).slice(0, 5)"""
SPILLED = """() => [...document.querySelectorAll('td, th')].filter(c => c.getClientRects().length).filter(c => {
  const box = c.getBoundingClientRect(), all = document.createRange(); all.selectNodeContents(c);
  return [...all.getClientRects()].some(r => r.width && (r.right > box.right + 2 || r.left < box.left - 2)); })
  .map(c => c.closest('table').textContent.slice(0, 30) + ': ' + c.textContent.slice(0, 30)).slice(0, 5)"""
# The last cell of every row is given a long list of schools: the widest that a city may bring.
LETTER_BY_LETTER = """() => [...document.querySelectorAll('table.stackrow')].filter(t => t.getClientRects().length).flatMap(t => {
  for (const row of t.tBodies[0].rows) row.cells[row.cells.length - 1].append('、竹园镇第二初级中学'.repeat(30));
  return [...t.querySelectorAll('th')].filter(c => c.getClientRects().length && !c.querySelector('svg, small')).map(c => {
    const all = document.createRange(); all.selectNodeContents(c);
    return [c.textContent.trim(), new Set([...all.getClientRects()].filter(r => r.width).map(r => Math.round(r.top))).size]; })
    .filter(([text, lines]) => lines > 2 && text.length < 3 * lines).map(([text, lines]) => `${text}: ${lines} lines`);
}).slice(0, 5)"""
FOOT = """() => { const foot = document.querySelector('.foot'), last = document.querySelector('main section.s:last-child > :last-child');
  const text = document.createRange(); text.selectNodeContents(last);
  const side = e => ({top: e.getBoundingClientRect().top, bottom: e.getBoundingClientRect().bottom, rule: getComputedStyle(e).breakInside});
  return [side(foot), side(last), text.getBoundingClientRect().bottom]; }"""
HALF_SEEN = """() => [...document.querySelectorAll('.tablewrap')].filter(f => f.getClientRects().length && f.scrollWidth > f.clientWidth + 1)
  .filter(f => { const edge = f.getBoundingClientRect().right; return [...f.querySelectorAll('td svg')].map(s => s.getBoundingClientRect())
    .some(b => b.left < edge - 10 && b.right > edge + 10); })
  .map(f => f.querySelector('caption b').textContent).slice(0, 5)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("fonts")
    conf = folder / "fonts.conf"
    fonts = Path(manimgx_fonts_cjk.__file__).parent
    conf.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir>'
        f"<cachedir>{folder}</cachedir></fontconfig>"
    )
    with sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(conf)}
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def one_school(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of the only school of an exam, by language."""
    home = made(tmp_path_factory.mktemp("one"), 8)
    again = ("--exam", "exam-2", "--language", "en", "--outputs", home / "english")
    assert quality("run", home / "settings.yaml", *again, "--quiet").returncode == 0
    folders = {"zh": home / "outputs", "en": home / "english"}
    return {language: next(folder.glob("site/*/*/school-01.html")) for language, folder in folders.items()}


@pytest.fixture(scope="module", params=["zh", "en"])
def pages(request: pytest.FixtureRequest, one_school: dict[str, Path]) -> list[Path]:
    """Index, city page and three school pages: the first, the smallest and the largest file; that of an only school."""
    home = request.getfixturevalue("small_city" if request.param == "zh" else "small_city_in_english")
    schools = sorted(home.glob("outputs/site/*/*/school-*.html"), key=lambda p: p.stat().st_size)
    folder = schools[0].parent
    return [
        folder / "index.html",
        folder / "city.html",
        *dict.fromkeys([schools[0], schools[len(schools) // 2], schools[-1]]),
        one_school[request.param],
    ]


def opened(browser, page: Path, width: int):
    """A page, and the list of what went wrong while it loaded."""
    trouble: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    tab = context.new_page()
    tab.on("console", lambda m: trouble.append(f"console: {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda e: trouble.append(f"error: {e}"))
    tab.on(
        "request", lambda r: None if r.url.startswith(("file:", "data:")) else trouble.append(f"asks {r.url}")
    )
    context.set_offline(True)
    tab.goto(page.as_uri())
    return context, tab, trouble


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_leaves_its_drawing_or_its_cell_or_lies_on_another(
    browser, pages: list[Path], width: int
) -> None:
    for page in pages:
        context, tab, _ = opened(browser, page, width)
        assert tab.evaluate(TANGLED) == [], (page.name, width)
        assert tab.evaluate(SQUEEZED) == [], (page.name, width)
        assert tab.evaluate(SPILLED) == [], (page.name, width)
        context.close()


def test_no_drawing_of_a_table_is_half_seen_on_a_phone(browser, pages: list[Path]) -> None:
    """A table that scrolls shows whole drawings before one scrolls it."""
    for page in pages:
        context, tab, _ = opened(browser, page, 390)
        assert tab.evaluate(HALF_SEEN) == [], page.name
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_stand_alone_and_fit(browser, pages: list[Path], width: int) -> None:
    for page in pages:
        context, tab, trouble = opened(browser, page, width)
        assert tab.locator("h1").count() == 1, page.name
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, (page.name, width)
        assert tab.evaluate(SMALL_TEXT, 9.95) == [], (page.name, width)
        assert trouble == [], page.name
        context.close()


def test_no_serious_violation_of_accessibility(browser, pages: list[Path]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for page in pages:
        context, tab, _ = opened(browser, page, 1280)
        found = Axe().run(tab).response["violations"]
        serious = {
            v["id"]: [n["html"][:120] for n in v["nodes"][:3]]
            for v in found
            if v["impact"] in ("serious", "critical")
        }
        assert serious == {}, page.name
        context.close()


def test_no_chart_is_cut_in_print(browser, pages: list[Path], tmp_path: Path) -> None:
    for page in pages[1:]:
        context, tab, _ = opened(browser, page, 700)
        tab.emulate_media(media="print")
        assert tab.evaluate(TALL, A4_HEIGHT) == [], page.name
        assert tab.evaluate(WIDER_THAN_PAPER) == [], page.name
        assert tab.evaluate(SMALL_TEXT, 7.0) == [], page.name
        printed = tmp_path / f"{page.stem}.pdf"
        tab.pdf(path=str(printed), format="A4", prefer_css_page_size=True)
        assert printed.read_bytes().startswith(b"%PDF")
        context.close()


def test_a_long_list_squeezes_no_name_or_head_beside_it_on_paper(browser, pages: list[Path]) -> None:
    for page in pages[1:]:
        context, tab, _ = opened(browser, page, 700)
        tab.emulate_media(media="print")
        assert tab.locator("table.stackrow").count(), page.name
        assert tab.evaluate(LETTER_BY_LETTER) == [], page.name
        context.close()


def test_the_foot_is_never_alone_on_a_sheet(browser, pages: list[Path]) -> None:
    """It lies in the room that the last block keeps below its text, and that block is not torn."""
    for page in pages[1:]:
        context, tab, _ = opened(browser, page, 695)
        tab.emulate_media(media="print")
        foot, block, text = tab.evaluate(FOOT)
        assert text <= foot["top"] and foot["bottom"] <= block["bottom"] + 1, page.name
        assert block["rule"] == "avoid", page.name
        context.close()


def test_the_briefing_is_one_sheet_of_paper(browser, pages: list[Path]) -> None:
    """The index says so: the first page of the printed city report is the briefing."""
    context, tab, _ = opened(browser, pages[1], 695)
    tab.emulate_media(media="print")
    assert tab.locator(".briefing").bounding_box() is not None
    bottom = tab.evaluate("document.querySelector('.briefing').getBoundingClientRect().bottom")
    assert bottom <= A4_HEIGHT
    context.close()


def test_the_index_works_without_script(browser, pages: list[Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(pages[0].as_uri())
    links = tab.locator("a[href$='.html']")
    assert links.count() >= len(list(pages[0].parent.glob("*.html"))) - 1
    context.close()
