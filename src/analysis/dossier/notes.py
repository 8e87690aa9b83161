"""The office's own remarks in a report: Markdown in `notes/<exam>/city.md` or `<school code>.md` beside the settings.

They survive every regeneration, and what a reader gets is text alone: emphasis, lists, paragraphs, nothing that
loads, links or hides.
"""

from collections.abc import Mapping
from pathlib import Path

import mistune
import nh3

from analysis.errors import SettingsError
from analysis.settings import Settings

MOST_CHARACTERS = 4000
"""A remark is a paragraph or a page, not a second report."""

_TAGS = {"p", "strong", "em", "ul", "ol", "li", "br", "blockquote"}


def notes(settings: Settings, exam_id: str, reports: Mapping[str, str]) -> dict[str, str]:
    """Report name → its remarks as clean HTML; reports : name → name of the unit as printed.

    Raises
    ------
    SettingsError
        A file is for no report of the exam, is not UTF-8, is too long, or a school's names another school.
    """
    found = {}
    for path in settings.notes(exam_id):
        name = path.stem if path.stem == "city" else f"school-{path.stem}"
        found[name] = _clean(path, name, reports)
    return found


def _clean(path: Path, name: str, reports: Mapping[str, str]) -> str:
    place = f"notes/{path.parent.name}/{path.name}"
    if name not in reports:
        raise SettingsError(
            f"{place}: this exam has no report of that name.",
            "Name the file after a school's code, such as 0201.md, or city.md where there are several schools; or take "
            "it away.",
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{place}: not written in UTF-8.", "Save it again as UTF-8.") from None
    if len(text) > MOST_CHARACTERS:
        raise SettingsError(
            f"{place}: {len(text)} characters, at most {MOST_CHARACTERS} are printed.", "Shorten it."
        )
    if name != "city" and (other := _other_school(text, name, reports)):
        raise SettingsError(
            f"{place}: names another school ({other}).", "A school's report speaks of that school alone."
        )
    return _html(text)


def _other_school(text: str, own: str, reports: Mapping[str, str]) -> str:
    """Name of another school that the text holds, or ''; one that is part of the own name is no other."""
    mine = reports[own]
    without = text.replace(mine, "")
    others = [name for report, name in reports.items() if report not in (own, "city")]
    return next((name for name in others if name in (text if mine in name else without)), "")


def _html(text: str) -> str:
    """Headings become paragraphs in bold: the page has its own outline."""
    made = str(mistune.html(text))
    for level in range(1, 7):
        made = made.replace(f"<h{level}>", "<p><strong>").replace(f"</h{level}>", "</strong></p>")
    return nh3.clean(made, tags=_TAGS, attributes={}).strip()
