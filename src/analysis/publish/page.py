"""An executed notebook → one self-contained page: no script, no outside reference, the same bytes each time."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from . import imports

TEMPLATES = Path(__file__).parent / "template"

_CODE = re.compile(rb'(<code class="mono" id="verification-code">)[^<]*(</code>)')
_SECTION = re.compile(r'<section id="([^"]+)"')
_HEADING = re.compile(r"<h2[^>]*>(.*?)</h2>", re.DOTALL)
_NUMBER = re.compile(r'<span class="no">(.*?)</span>')
_TAG = re.compile(r'<span class="tag">.*?</span>|<[^>]+>')

CODE_LENGTH = 12


@dataclass(frozen=True)
class Chrome:
    """What a page says around its sections: plain text, escaped by the template.

    `head` is CSS of the printed running head.
    """

    lang: str
    title: str
    unit: str
    exam: str
    skip: str
    contents: str
    foot: str
    code_label: str
    code_hint: str
    head: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents; `text` is HTML as the section wrote it."""

    id: str
    number: str
    text: str


def make(notebook: Any, chrome: Chrome) -> bytes:
    """The page of an executed notebook, with its verification code filled in."""
    from analysis.report.theme import css

    cells = [(cell.get("id", ""), _html(cell)) for cell in notebook.cells if cell.cell_type == "code"]
    sections = [identity for identity, html in cells if "<section" in html]
    shown = sections or [identity for identity, html in cells if html] or [cells[0][0]]
    page = {
        **vars(chrome),
        "policy": CSP,
        "css": css() + chrome.head,
        "toc": [entry for _, html in cells for entry in contents(html)],
        "main_from": shown[0],
        "toc_after": sections[0] if sections else "",
    }
    html, _ = exporter().from_notebook_node(notebook, {"page": page})
    return sign(html.encode("utf-8"))


CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""What a page may load: nothing. Styles are inside it."""


def head(lang: str, title: str, css: str, policy: str = CSP) -> str:
    """The beginning of a page that is not made by the notebook template (index, failure)."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>\n{css}\n</style></head>\n"
    )


def contents(html: str) -> list[Entry]:
    """The sections of a piece of a page: id, number and heading of each."""
    found = []
    for part in re.split(r"(?=<section id=)", html):
        section, heading = _SECTION.match(part), _HEADING.search(part)
        if section and heading:
            text = _TAG.sub("", _NUMBER.sub(r"\1 ", heading[1])).strip()
            number, _, rest = text.partition(" ")
            found.append(
                Entry(section[1], number, rest.strip()) if number.isdecimal() else Entry(section[1], "", text)
            )
    return found


def _html(cell: Any) -> str:
    """All HTML that a cell put out."""
    return "".join(output.data.get("text/html", "") for output in cell.outputs if "data" in output)


# ---- the verification code ----


def sign(page: bytes) -> bytes:
    """The page with the code of its own content filled in."""
    code = code_of(page)[:CODE_LENGTH].encode()
    return _CODE.sub(rb"\g<1>" + code + rb"\g<2>", page)


def code_of(page: bytes) -> str:
    """sha256 of the page with the code's own element emptied (64 hex digits; the page shows the first 12)."""
    return hashlib.sha256(_CODE.sub(rb"\1\2", page)).hexdigest()


def code_in(page: bytes) -> str:
    """The code that the page shows, or ''."""
    found = re.search(rb'<code class="mono" id="verification-code">([0-9a-f]*)</code>', page)
    return found[1].decode() if found else ""


# ---- the exporter ----


@cache
def exporter() -> Any:
    """nbconvert's HTML exporter with our template and without its second pass.

    `HTMLExporter` parses the finished page with BeautifulSoup to add what our own HTML has already: that is four
    fifths of its time, and it writes `viewBox` in lower case. Its parent class does the conversion.
    """
    imports.skip_slow_grammar()
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter

    class PageExporter(HTMLExporter):  # type: ignore[misc]
        def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
            return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **options)

    made = PageExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        default_preprocessors=[],
        preprocessors=[],
    )
    # Filters that the inherited blocks name; ours replace those blocks, so they are never called.
    made.register_filter("highlight_code", _never)
    made.register_filter("filter_data_type", _never)
    return made


def _never(*_: object, **__: object) -> str:
    raise NotImplementedError("a block of the inherited template that ours replaces")
