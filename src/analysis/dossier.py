"""Results → one dossier per unit: every number its report may show, and nothing else.

A dossier is one canonical JSON file: sorted keys, one table a line, numbers rounded to 6 decimals, missing → null.
Its sha256 is its name. A school's dossier holds its own rows, the city's and its sector's; other schools are
nameless values. Rows hidden for small numbers arrive here already empty (analysis.build hides them).
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import UnknownName
from analysis.params import Exam
from analysis.settings import Settings
from analysis.tables import TABLES
from analysis.terms import TOTAL

Frame = pd.DataFrame
Tables = Mapping[str, Frame]
Rows = tuple[list[str], list[list[Any]]]
"""Columns and rows of one table of a dossier."""

DECIMALS = 6
PEER_POINTS_FROM = 15
"""With fewer schools a nameless dot could be named by elimination: no single points are handed out."""
SECTOR_UNITS, SECTOR_SHARE = 5, 0.6
"""A comparator group needs at least five units, none with more than 60 % of its pupils (methods.md §5)."""

_PACKAGES = (
    "jinja2",
    "nbconvert",
    "nbformat",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)
_CITY_LEVELS = ("city", "sector", "township", "official", "school")
_OPEN_TO_SCHOOLS = ("papers_quality", "fits", "trust", "policy")
_NOT_FOR_SCHOOLS = ("equity", "benchmark")
_OWN_LEVELS = ("school", "class", "teacher")

_SHAPES = ("distributions", "transitions", "item_quality", "topics")
"""Long tables of one unit's shape: a report shows its own and, in a column, the city's."""

_BELOW_SCHOOL = ("start", "achievement", "mean", "excellent_rate", "pass_rate", "low_rate", "all_pass_rate")
"""Indicators of classes and teachers that a report shows; the others would only make the dossier long."""


def cut(
    settings: Settings, exam_id: str, results: Tables, inputs: Iterable[tuple[str, str]]
) -> dict[str, bytes]:
    """All dossiers of one exam.

    Parameters
    ----------
    results : table name → frame, as `analysis.build.build` made them
    inputs : (file, sha256) of every score sheet

    Returns
    -------
    dict
        "city", then "school-<code>" in the order of the units table, → canonical JSON bytes.
    """
    meta = _meta(settings, exam_id, results, list(inputs))
    judged = results["judgements"]
    told = {**results, "judgements": judged[judged["status"] != "clear"]}
    sheets = {name: _Sheet.of(name, frame) for name, frame in told.items()}
    made = {"city": _city(meta, sheets)}
    for school in results["units"].query("level == 'school'")["unit"]:
        made[f"school-{school}"] = _school(meta, settings, results, sheets, str(school))
    return made


def canonical(meta: Mapping[str, Any], tables: Mapping[str, Rows]) -> bytes:
    """The one byte form of a dossier: a diff of two shows which table, and which row, moved."""
    lines = [f'"meta":{_json(meta)}', '"tables":{']
    body = [f"{_json(name)}:{_json({'columns': c, 'rows': r})}" for name, (c, r) in sorted(tables.items())]
    return ("{\n" + lines[0] + ",\n" + lines[1] + "\n" + ",\n".join(body) + "\n}}\n").encode()


def address(content: bytes) -> str:
    """A dossier's name: the sha256 of its bytes."""
    return hashlib.sha256(content).hexdigest()


def read(folder: Path, name: str) -> dict[str, Any]:
    """A dossier by its hash, or by an alias such as 'school:demo'; UnknownName if there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        aliases = folder / "aliases.json"
        known: dict[str, str] = json.loads(aliases.read_bytes()) if aliases.is_file() else {}
        path = folder / f"{known.get(name, '')}.json"
    if not path.is_file():
        raise UnknownName(f"No dossier {name} in {folder}.", "Run `make reports` (or `quality run`) first.")
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class _Sheet:
    """A results table as plain rows (without the constant exam), with each row's level, unit and school."""

    columns: list[str]
    rows: list[list[Any]]
    level: list[str]
    unit: list[str]

    @classmethod
    def of(cls, name: str, frame: Frame) -> "_Sheet":
        columns = [column for column in TABLES[name].names if column != "exam"]
        rows = [list(row) for row in zip(*(_plain(frame[column]) for column in columns), strict=True)]
        has_units = "level" in columns
        return cls(columns, rows, *((list(frame[c]) if has_units else []) for c in ("level", "unit")))

    def where(self, keep: Iterable[bool]) -> Rows:
        return self.columns, [row for row, kept in zip(self.rows, keep, strict=True) if kept]

    @cached_property
    def by_school(self) -> dict[str, list[int]]:
        """Rows of each school: its own, its classes' and its teachers'."""
        found: dict[str, list[int]] = {}
        for number, (level, unit) in enumerate(zip(self.level, self.unit, strict=True)):
            if level in _OWN_LEVELS:
                found.setdefault(unit.split("/", 1)[0], []).append(number)
        return found

    @cached_property
    def by_place(self) -> dict[tuple[str, str], list[int]]:
        """Rows of the city and of each sector."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, pair in enumerate(zip(self.level, self.unit, strict=True)):
            if pair[0] in ("city", "sector"):
                found.setdefault(pair, []).append(number)
        return found


def _plain(values: pd.Series) -> list[Any]:
    """Python values of one column: floats rounded, missing → None."""
    if values.dtype.kind == "f":
        rounded = np.round(values.to_numpy(), DECIMALS) + 0.0
        return [None if math.isnan(v) or math.isinf(v) else v for v in rounded.tolist()]
    return [None if v is pd.NA or v is None or v != v else v for v in values.tolist()]


def _city(meta: dict[str, Any], sheets: Mapping[str, _Sheet]) -> bytes:
    """The bureau's dossier: every level down to the named school; shapes for the city alone."""
    tables = {}
    for name, sheet in sheets.items():
        tables[name] = sheet.where(_city_rows(name, sheet)) if sheet.level else (sheet.columns, sheet.rows)
    unit = {"report": "city", "unit": "city", "name": meta["city"]["name"], "audience": "bureau"}
    return canonical({**meta, **unit, "short": meta["city"]["name"], "sector": ""}, tables)


def _city_rows(name: str, sheet: _Sheet) -> Iterator[bool]:
    """Whether each row is the bureau's: of shapes only the city's own, and every school's prior bands."""
    kind = sheet.columns.index("kind") if name == "distributions" else -1
    for level, row in zip(sheet.level, sheet.rows, strict=True):
        own = level == "city" or name not in _SHAPES or (kind >= 0 and row[kind] == "prior_band")
        yield own and level in _CITY_LEVELS


def _school(
    meta: dict[str, Any], settings: Settings, results: Tables, sheets: Mapping[str, _Sheet], school: str
) -> bytes:
    """One school's dossier."""
    unit = results["units"].query("level == 'school' and unit == @school").iloc[0]
    sector = unit["sector"] if _may_compare(results["units"], unit["sector"]) else ""
    tables: dict[str, Rows] = {}
    for name, sheet in sheets.items():
        if sheet.level and name not in _NOT_FOR_SCHOOLS:
            tables[name] = _visible(settings, name, sheet, sector, school)
        elif name in _OPEN_TO_SCHOOLS:
            tables[name] = (sheet.columns, sheet.rows)
    tables["peers"], tables["peer_points"] = _peers(results, school)
    names = {"report": "school", "unit": school, "name": unit["name"], "audience": "school"}
    short = next(
        (min((s.name, *s.aliases), key=len) for s in settings.params.schools if s.code == school),
        unit["name"],
    )
    return canonical({**meta, **names, "short": short, "sector": sector}, tables)


def _visible(settings: Settings, name: str, sheet: _Sheet, sector: str, school: str) -> Rows:
    """City rows, the school's sector's rows, and its own; bureau leaders' names stay with the bureau."""
    shared = [*sheet.by_place.get(("city", "city"), []), *sheet.by_place.get(("sector", sector), [])]
    own = sheet.by_school.get(school, [])
    if name in _SHAPES:
        shared = [] if name == "distributions" else [n for n in shared if sheet.level[n] == "city"]
        own = [number for number in own if sheet.level[number] == "school"]
    if not settings.params.privacy.teachers:
        own = [number for number in own if sheet.level[number] != "teacher"]
    if name == "indicators":
        place = sheet.columns.index("indicator")
        own = [n for n in own if sheet.level[n] == "school" or sheet.rows[n][place] in _BELOW_SCHOOL]
    rows = [sheet.rows[number] for number in (*shared, *own)]
    if "official" in sheet.columns:
        place = sheet.columns.index("official")
        rows = [[*row[:place], "", *row[place + 1 :]] for row in rows]
    return sheet.columns, rows


def _may_compare(units: Frame, sector: str) -> bool:
    """Whether a sector is large and even enough to be shown beside one of its schools."""
    members = units[(units["level"] == "school") & (units["sector"] == sector)]
    sat = members["sat"]
    return bool(sector) and len(members) >= SECTOR_UNITS and sat.max() <= SECTOR_SHARE * max(sat.sum(), 1)


def _peers(results: Tables, school: str) -> tuple[Rows, Rows]:
    """Other schools' values, nameless and sorted; pairs of start and progress where no dot can be named."""
    indicators = results["indicators"].query("level == 'school' and unit != @school and flag == ''")
    added = results["value_added"].query("level == 'school' and unit != @school and flag == ''")
    series: list[list[Any]] = []
    for measure in ("start", "achievement"):
        rows = indicators[indicators["indicator"] == measure]
        series += [
            [s, measure, v]
            for s, v in zip(rows["subject"], _plain(rows["value"]), strict=True)
            if v is not None
        ]
    series += [
        [s, "progress", v]
        for s, v in zip(added["subject"], _plain(added["effect"]), strict=True)
        if v is not None
    ]
    start = indicators.query("indicator == 'start' and subject == @TOTAL").set_index("unit")["value"]
    total = added[added["subject"] == TOTAL].set_index("unit")["effect"]
    pairs = pd.concat([start, total], axis=1, keys=["start", "progress"]).dropna()
    if len(pairs) < PEER_POINTS_FROM:
        pairs = pairs.iloc[:0]
        counts = pd.Series([row[0] + "/" + row[1] for row in series]).value_counts()
        series = [row for row in series if counts[row[0] + "/" + row[1]] >= PEER_POINTS_FROM]
    points = sorted([a, b] for a, b in zip(_plain(pairs["start"]), _plain(pairs["progress"]), strict=True))
    return (["subject", "measure", "value"], sorted(series)), (["start", "progress"], points)


def _meta(settings: Settings, exam_id: str, results: Tables, inputs: list[tuple[str, str]]) -> dict[str, Any]:
    """What every report of the exam says of itself."""
    params, exam = settings.params, settings.exam(exam_id)
    papers = results["papers_quality"]
    names = {**{s: s for s in papers["subject"]}, **{c: s.name for c, s in params.subjects.items()}}
    marks = dict(zip(papers["subject"], _plain(papers["full_mark"]), strict=True))
    baseline = next((b for b in exam.baselines), None)
    return {
        "city": {"code": params.city.code, "name": params.city.name, "bureau": params.city.bureau},
        "exam": _exam(exam),
        "baseline": _exam(settings.exam(baseline)) if baseline else None,
        "previous": _exam(settings.exam(exam.previous)) if exam.previous else None,
        "subjects": [
            {"code": s, "name": names[s] if s in params.subjects else "", "full_mark": marks[s]}
            for s in marks
            if s != TOTAL
        ],
        "total_full": marks.get(TOTAL),
        "lines": [{"key": line.key, "name": line.name, "total": line.total} for line in exam.lines],
        "indicator_lines": {
            k: getattr(params.indicators, k) for k in ("excellent", "good", "passing", "low")
        },
        "composites": [{"key": c.key, "name": c.name, "parts": dict(c.parts)} for c in params.composites],
        "thresholds": params.judgements.model_dump(mode="json"),
        "privacy": {"hidden_below": params.privacy.hidden_below, "note_below": params.privacy.note_below},
        "model": params.model.model_dump(mode="json"),
        "policy": {"mode": params.policy, "reason": params.policy_open_reason},
        "n_schools": int((results["units"]["level"] == "school").sum()),
        "language": params.language,
        "provenance": {
            "inputs": [{"file": file, "sha256": digest} for file, digest in inputs],
            "settings_sha256": settings.sha256,
            "versions": {name: version(name) for name in _PACKAGES},
        },
        "issues": _issue_counts(results["issues_summary"]),
    }


def _exam(exam: Exam) -> dict[str, Any]:
    return {
        "id": exam.id,
        "title": exam.title,
        "date": exam.date.isoformat(),
        "grade": exam.grade,
        "kind": exam.kind,
    }


def _issue_counts(summary: Frame) -> dict[str, int]:
    """City-wide counts of data issues by severity."""
    city = summary[summary["level"] == "city"].groupby("severity")["n"].sum()
    return {severity: int(city.get(severity, 0)) for severity in ("error", "question", "note")}
