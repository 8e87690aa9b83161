"""Results → one dossier per unit: every number its report may show, and nothing else.

A dossier is one canonical JSON file: sorted keys, one table a line, numbers rounded to 8 decimals, missing → null.
Its sha256 is its name. A school's dossier holds its own rows, the city's and its sector's; other schools are
nameless values. Rows hidden for small numbers arrive here already empty (analysis.build hides them).
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
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

DECIMALS = 8
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
_ONLY_CITY = ("equity", "benchmark")


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
    made = {"city": _city(meta, results)}
    schools = results["units"].query("level == 'school'")
    slices = _by_school(results)
    for row in schools.itertuples():
        made[f"school-{row.unit}"] = _school(
            meta, settings, results, slices.get(str(row.unit), {}), str(row.unit)
        )
    return made


def canonical(meta: Mapping[str, Any], tables: Mapping[str, tuple[list[str], list[list[Any]]]]) -> bytes:
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


def _rows(name: str, frame: Frame) -> tuple[list[str], list[list[Any]]]:
    """Columns (without the constant exam) and plain rows of a results table."""
    columns = [column for column in TABLES[name].names if column != "exam"]
    made = [_plain(frame[column]) for column in columns]
    return columns, [list(row) for row in zip(*made, strict=True)]


def _plain(values: pd.Series) -> list[Any]:
    """Python values of one column: floats rounded, missing → None."""
    if values.dtype.kind == "f":
        rounded = np.round(values.to_numpy(), DECIMALS) + 0.0
        return [None if math.isnan(v) or math.isinf(v) else v for v in rounded.tolist()]
    return [None if v is pd.NA or v is None or v != v else v for v in values.tolist()]


def _city(meta: dict[str, Any], results: Tables) -> bytes:
    """The bureau's dossier: every level down to the named school."""
    tables = {}
    for name, frame in results.items():
        kept = frame[frame["level"].isin(_CITY_LEVELS)] if "level" in frame.columns else frame
        tables[name] = _rows(name, kept)
    unit = {"report": "city", "unit": "city", "name": meta["city"]["name"], "audience": "bureau"}
    return canonical({**meta, **unit, "short": meta["city"]["name"], "sector": ""}, tables)


def _by_school(results: Tables) -> dict[str, dict[str, Frame]]:
    """Each school's own rows (school, class and teacher level) of every unit table: one group-by a table."""
    made: dict[str, dict[str, Frame]] = {}
    for name, frame in results.items():
        if "level" not in frame.columns or name in _ONLY_CITY:
            continue
        own = frame[frame["level"].isin(("school", "class", "teacher"))]
        for school, rows in own.groupby(own["unit"].str.split("/", n=1).str[0], sort=False):
            made.setdefault(str(school), {})[name] = rows
    return made


def _school(
    meta: dict[str, Any], settings: Settings, results: Tables, own: Mapping[str, Frame], school: str
) -> bytes:
    """One school's dossier."""
    unit = results["units"].query("level == 'school' and unit == @school").iloc[0]
    sector = unit["sector"] if _may_compare(results["units"], unit["sector"]) else ""
    tables: dict[str, tuple[list[str], list[list[Any]]]] = {}
    for name, frame in results.items():
        if name in _ONLY_CITY:
            continue
        if "level" not in frame.columns:
            if name in _OPEN_TO_SCHOOLS:
                tables[name] = _rows(name, frame)
            continue
        tables[name] = _rows(name, _visible(settings, frame, own.get(name), sector))
    tables["peers"], tables["peer_points"] = _peers(results, school)
    names = {"report": "school", "unit": school, "name": unit["name"], "audience": "school"}
    aliases = {s.code: min((s.name, *s.aliases), key=len) for s in settings.params.schools}
    return canonical({**meta, **names, "short": aliases.get(school, unit["name"]), "sector": sector}, tables)


def _visible(settings: Settings, frame: Frame, own: Frame | None, sector: str) -> Frame:
    """City rows, the school's sector's rows, and its own; bureau leaders' names stay with the bureau."""
    shared = frame[(frame["level"] == "city") | ((frame["level"] == "sector") & (frame["unit"] == sector))]
    if own is None:
        return shared
    if not settings.params.privacy.teachers:
        own = own[own["level"] != "teacher"]
    made = pd.concat([shared, own])
    return made.assign(official="") if "official" in made.columns else made


def _may_compare(units: Frame, sector: str) -> bool:
    """Whether a sector is large and even enough to be shown beside one of its schools."""
    members = units[(units["level"] == "school") & (units["sector"] == sector)]
    sat = members["sat"]
    return bool(sector) and len(members) >= SECTOR_UNITS and sat.max() <= SECTOR_SHARE * max(sat.sum(), 1)


def _peers(
    results: Tables, school: str
) -> tuple[tuple[list[str], list[list[Any]]], tuple[list[str], list[list[Any]]]]:
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
