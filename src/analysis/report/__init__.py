"""The only thing that published notebooks import.

    from analysis.report import open_report
    report = open_report("school", "demo")     # kind, dossier name or hash, language ("" = the dossier's)
    report.show("cover")                       # masthead, title, standfirst, data quality
    report.show("progress")                    # one <section id="progress" class="s …"> with its <h2>
    report.facts("progress")                   # DataFrame behind the section; report.tables("progress") names more

For those who write sections (`sections/<kind>_<key>.py` + `templates/<kind>_<key>.html.j2`)
-----------------------------------------------------------------------------------------
view(facts, words) -> dict: what the template needs, all of it decided and formatted. `TABLES = ("value_added", …)`.
  Every view may give: lead (the finding), not_said (what it does not mean), tag (right of the heading),
  tone (start | progress | achieve), empty (one sentence: then nothing else of the section is shown). Of a list
  (grids, figures, paragraphs …) what came out empty is left out.
facts     facts.meta, facts.rows("lines", line="key"), facts.one(…), facts.own(…)/facts.mine(…) (the unit's own rows)
words     words("key", value=…) strict; `key in words`; words.numbers (level, levels, effect, effects, rate, rates,
          percent, plain, plains, signed, points, probability, count); words.join([...]); words.either(key, other)
bands     sides and verdict → tone ("above" | "below" | "around" | "unclear" | "small" | "hidden" | "none")
naming    subject_name(facts, words, code), class_name(words, unit), band_name(words, band)
marks     Drawing, scale, ticks, covering, text_width;   theme: colours
picture   Picture(svg, alt, table, narrow), Figure(picture, finding, what, how)
tables    Grid(finding, what, columns, rows, note), Column, Cell, Line;   whisker(...), whisker_axis(...)
templates {% extends "section.html.j2" %}{% import "macros.html.j2" as m with context %}{% block body %}…{% endblock %}
          m.figure(Figure)  m.grid(Grid)  m.pair(a, b)  m.bullets(items)  m.prose(paragraphs)
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from analysis.errors import UnknownName

from .facts import Facts, read
from .opening import find
from .sections import ONE_SCHOOL, SECTIONS
from .words import Words

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment

__all__ = ["Report", "Shown", "open_report"]

_BLANK = {"lead": "", "not_said": "", "tag": "", "tone": "", "empty": ""}


@dataclass(frozen=True)
class Shown:
    """One section as HTML."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Report:
    """One report: facts and words, and the sections that can be shown."""

    kind: str
    known: Facts
    words: Words

    @property
    def keys(self) -> list[str]:
        """Keys of the sections, in order; 'cover' first."""
        return list(SECTIONS[self.kind])

    def show(self, key: str) -> Shown:
        """The section of that key."""
        name = self._module_name(key)
        view = {**_BLANK, **_there(self._module(key).view(self.known, self.words))}
        number = self.keys.index(key)
        context = {"key": key, "number": number, "title": self._title(key), "words": self.words, **view}
        return Shown(_templates().get_template(f"{name}.html.j2").render(context, meta=self.known.meta))

    def facts(self, key: str, table: str = "") -> "pd.DataFrame":
        """The numbers behind a section: its main table, or another of `tables(key)`."""
        return self.known.frame(table or self.tables(key)[0])

    def tables(self, key: str) -> list[str]:
        """Names of the dossier tables behind a section, main one first."""
        return list(self._module(key).TABLES)

    def _title(self, key: str) -> str:
        return self.words(f"{self.kind}.title.{key}") if key != "cover" else ""

    def _module_name(self, key: str) -> str:
        try:
            return SECTIONS[self.kind][key]
        except KeyError:
            raise UnknownName(
                f"no section '{key}' in a {self.kind} report", f"there are: {', '.join(self.keys)}"
            ) from None

    def _module(self, key: str) -> ModuleType:
        name = self._module_name(key)
        name = ONE_SCHOOL.get(key, name) if self.known.one_school else name
        return import_module(f"analysis.report.sections.{name}")


def _there(view: dict[str, Any]) -> dict[str, Any]:
    """What there is of a view: lists of tables, figures and sentences without those that came out empty."""
    return {
        name: [piece for piece in value if piece] if isinstance(value, list) else value
        for name, value in view.items()
    }


def open_report(kind: str, dossier: str, language: str = "") -> Report:
    """The report of a dossier.

    Parameters
    ----------
    kind : "school" or "city"
    dossier : name of the report ("demo", "<city>/<exam>/school/<code>") or the sha256 of its dossier
    language : "zh", "en" or "" for the language that the dossier asks for
    """
    return report_on(read(find(kind, dossier)), language, kind)


def report_on(facts: Facts, language: str = "", kind: str = "") -> Report:
    """The report on facts that are already at hand.

    Raises
    ------
    UnknownName
        The dossier is of another kind than asked for, or the language is unknown.
    """
    made_for = facts.meta["report"]
    if (kind or made_for) != made_for or made_for not in SECTIONS:
        raise UnknownName(f"this dossier is for a {made_for} report, not for a {kind} report")
    return Report(made_for, facts, Words(language or facts.meta["language"], facts.one_school))


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
