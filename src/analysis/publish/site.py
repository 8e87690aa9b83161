"""The index page of an exam: every school, its three findings, search and sort; complete without its script.

An exam of one school has no page of the city and no table of schools: its index leads to the school's report.
"""

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from . import page
from .chrome import words_of

SIDES = {
    "much_above": "above",
    "above": "above",
    "around": "around",
    "unclear": "even",
    "below": "below",
    "much_below": "below",
}
"""Verdict → the side it is shown on; anything else is no finding."""


@dataclass(frozen=True)
class Line:
    """One school's row. Effects are in sd."""

    name: str
    href: str
    sector: str
    sat: int | None
    start: str
    progress: str
    achievement: str
    effect: float | None
    lo: float | None
    hi: float | None
    issues: int
    failed: bool


def index(
    outputs: Path,
    dossiers: Mapping[str, str],
    failed: set[str],
    calendar: Sequence[tuple[str, str, str]],
    language: str,
) -> bytes:
    """The index page.

    Parameters
    ----------
    dossiers : report name → dossier hash, in the order of the table
    failed : names of reports that could not be made
    calendar : (exam id, title, date) of the exams that have reports, this one among them
    """
    if "city" not in dossiers:
        return _of_one_school(outputs, dossiers, failed, calendar, language)
    city = _dossier(outputs, dossiers["city"])
    words, meta = words_of(language), city["meta"]
    schools = [name for name in dossiers if name != "city"]
    lines = lines_of(city, set(schools), failed)
    context = {
        "words": words,
        "meta": meta,
        "groups": _grouped(lines),
        "lines": lines,
        "n": _count(lines),
        "failed": [name for name in schools if name in failed],
        "city_page": "city.failed.html" if "city" in failed else "city.html",
        "reports": len(dossiers) - len(failed),
        "sat": sat_of(city, "city").get("city", 0),
        "open": sum(meta["issues"].get(severity, 0) for severity in ("error", "question")),
        "axis": _axis_picture(_axis(lines)),
        "whisker": _whisker(_axis(lines)),
        "calendar": _newest_first(calendar),
        "script": _script(),
        "head": _head(words, meta["city"]["name"]),
    }
    html: str = _environment().get_template("exam.html.j2").render(context)
    return html.encode("utf-8")


def _of_one_school(
    outputs: Path,
    dossiers: Mapping[str, str],
    failed: set[str],
    calendar: Sequence[tuple[str, str, str]],
    language: str,
) -> bytes:
    """The index of an exam that one school sat: its report, where to begin in it, and what waits for an answer."""
    ((name, dossier),) = dossiers.items()
    school, words = _dossier(outputs, dossier), words_of(language, True)
    meta = school["meta"]
    context = {
        "words": words,
        "meta": meta,
        "failed": bool(failed),
        "report": f"{name}.failed.html" if failed else f"{name}.html",
        "sat": sat_of(school, "school").get(meta["unit"], 0),
        "open": sum(meta["issues"].get(severity, 0) for severity in ("error", "question")),
        "calendar": _newest_first(calendar),
        "head": page.head(words("site.lang"), words("index.title", city=meta["name"]), _sheet()),
    }
    html: str = _environment().get_template("one_school.html.j2").render(context)
    return html.encode("utf-8")


def _dossier(outputs: Path, code: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((outputs / "dossiers" / f"{code}.json").read_bytes())
    return content


def _newest_first(calendar: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return sorted(calendar, key=lambda exam: exam[2], reverse=True)


def _sheet() -> str:
    """The style of an index."""
    from analysis.report.theme import css

    return css() + _style()


def _head(words: Any, city: str) -> str:
    return page.head(words("site.lang"), words("index.title", city=city), _sheet(), _policy(_script()))


def lines_of(city: Mapping[str, Any], schools: Collection[str], failed: set[str]) -> list[Line]:
    """One line a school that has a report, from the city's dossier and in its order."""
    subject = _headline(city)
    start, achievement = (_verdicts(city, subject, measure) for measure in ("start", "achievement"))
    added = {
        row["unit"]: row
        for row in _rows(city, "value_added")
        if row["level"] == "school" and row["subject"] == subject
    }
    sat = sat_of(city, "school")
    issues: dict[str, int] = {}
    for row in _rows(city, "issues_summary"):
        if row["level"] == "school" and row["severity"] != "note":
            issues[row["unit"]] = issues.get(row["unit"], 0) + row["n"]
    made = []
    for unit in _rows(city, "units"):
        code, report = unit["unit"], f"school-{unit['unit']}"
        if unit["level"] != "school" or report not in schools:
            continue
        effect = added.get(code, {})
        seen = effect.get("verdict") not in ("hidden", "none", None)
        made.append(
            Line(
                name=unit["name"],
                href=f"{report}.failed.html" if report in failed else f"{report}.html",
                sector=unit["sector"],
                sat=sat.get(code) or None,  # 0 pupils: hidden for small numbers
                start=start.get(code, "none"),
                progress=SIDES.get(effect.get("verdict", ""), "none"),
                achievement=achievement.get(code, "none"),
                effect=effect.get("effect") if seen else None,
                lo=effect.get("lo") if seen else None,
                hi=effect.get("hi") if seen else None,
                issues=issues.get(code, 0),
                failed=report in failed,
            )
        )
    return made


def sat_of(city: Mapping[str, Any], level: str) -> dict[str, int]:
    """Unit → pupils with a mark in what the headline rests on, in any paper where the exam has no total."""
    subject = _headline(city)
    rows = [row for row in _rows(city, "participation") if row["level"] == level]
    if all(row["subject"] != subject for row in rows):
        return {row["unit"]: row["sat"] for row in _rows(city, "units") if row["level"] == level}
    return {row["unit"]: row["sat"] for row in rows if row["subject"] == subject and row["flag"] != "hidden"}


def _headline(city: Mapping[str, Any]) -> str:
    """The total, or the only subject of an exam without one."""
    subjects = [subject["code"] for subject in city["meta"]["subjects"]]
    return subjects[0] if len(subjects) == 1 else "total"


def _verdicts(city: Mapping[str, Any], subject: str, measure: str) -> dict[str, str]:
    """School code → side of its start or achievement."""
    return {
        row["unit"]: SIDES.get(row["verdict"], "none")
        for row in _rows(city, "indicators")
        if row["level"] == "school" and row["subject"] == subject and row["indicator"] == measure
    }


def _rows(dossier: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    content = dossier["tables"].get(table, {"columns": [], "rows": []})
    return [dict(zip(content["columns"], row, strict=True)) for row in content["rows"]]


def _grouped(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Lines by sector, in the order in which the sectors first appear."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.sector, []).append(line)
    return list(groups.items())


def _count(lines: Sequence[Line]) -> dict[str, int]:
    """How many schools are above, not clearly different, below, and not judged, in progress."""
    sides = [line.progress for line in lines]
    found = {side: sides.count(side) for side in ("above", "below", "none")}
    return found | {"even": sides.count("even") + sides.count("around")}


# ---- the little bar beside progress ----

WIDTH, HEIGHT, MARGIN = 150, 20, 6


def _axis(lines: Sequence[Line]) -> float:
    """Half the width of the axis in T points: covers every interval, a whole number."""
    ends = [abs(end) * 10 for line in lines for end in (line.lo, line.hi) if end is not None]
    return float(int(max(ends, default=3.0)) + 1)


def _axis_picture(most: float) -> str:
    """The axis of the bars, for the head of their column."""
    from analysis.report.marks import Drawing, scale
    from analysis.report.theme import INK_3

    picture, x = Drawing(WIDTH, HEIGHT - 2), scale((-most, most), MARGIN, WIDTH - MARGIN)
    for value, label, anchor in (
        (-most, f"−{most:.0f}", "start"),
        (0, "0", "middle"),
        (most, f"+{most:.0f}", "end"),
    ):
        picture.text(x(value), HEIGHT - 7, label, INK_3, 11.5, anchor)
    return picture.svg(css="micro")


def _whisker(most: float) -> Any:
    """Draws one school's interval on the axis −most … +most (T points)."""
    from analysis.report.marks import Drawing, scale
    from analysis.report.theme import ABOVE, BELOW, EVEN, HAIR, PEER_DARK

    colours = {"above": ABOVE, "below": BELOW}
    x = scale((-most, most), MARGIN, WIDTH - MARGIN)

    def draw(line: Line) -> str:
        picture = Drawing(WIDTH, HEIGHT)
        picture.line(x(-most), HEIGHT / 2, x(most), HEIGHT / 2, HAIR)
        picture.line(x(0), 0, x(0), HEIGHT, PEER_DARK)
        if line.effect is not None and line.lo is not None and line.hi is not None:
            colour = colours.get(line.progress, EVEN)
            picture.line(x(line.lo * 10), HEIGHT / 2, x(line.hi * 10), HEIGHT / 2, colour, 2, "", True)
            state = {"even": "unclear"}.get(line.progress, line.progress)
            picture.mark(x(line.effect * 10), HEIGHT / 2, state, colour, 4.5)
        return picture.svg(css="micro")

    return draw


# ---- the page ----


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(page.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _script() -> str:
    """Search and sort; the only script of the site."""
    return (page.TEMPLATES / "index.js").read_text(encoding="utf-8")


@cache
def _style() -> str:
    """What only the index needs."""
    return (page.TEMPLATES / "index.css").read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """The pages' policy, with just this script allowed by its hash."""
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"{page.CSP}; script-src 'sha256-{allowed}'"
