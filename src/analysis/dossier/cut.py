"""Results → one dossier per unit: which rows each may hold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.settings import Settings
from analysis.tables import TABLES
from analysis.terms import TOTAL

from . import shown
from .form import Rows, canonical, plain
from .meta import meta_of
from .notes import notes
from .origins import Origin

Frame = pd.DataFrame
Tables = Mapping[str, Frame]

PEER_POINTS_FROM = 15
"""With fewer schools a nameless dot could be named by elimination: no single points are handed out."""
SECTOR_UNITS, SECTOR_SHARE = 5, 0.6
"""A comparator group needs at least five units, none with more than 60 % of its pupils (docs/methods.md §5)."""

_CITY_LEVELS = tuple(shown.EVERY_LEVEL.split())
_OPEN_TO_SCHOOLS = ("papers_quality", "trust", "policy")
_NOT_FOR_SCHOOLS = ("equity", "benchmark")
_OWN_LEVELS = ("school", "class", "teacher")

_SHAPES = ("distributions", "transitions", "item_quality", "topics")
"""Long tables of one unit's shape: the city's report shows the city's own."""


def cut(settings: Settings, exam_id: str, results: Tables, origins: Mapping[str, Origin]) -> dict[str, bytes]:
    """All dossiers of one exam.

    Parameters
    ----------
    results : table name → frame, as `analysis.build.build` made them
    origins : school code, or "" for the city, → the score sheets its numbers come from

    Returns
    -------
    dict
        "city" where there are several schools, then "school-<code>" in the order of the units table, → canonical
        JSON bytes. With one school a page of the city would say the same things again, in words that are wrong.
    """
    meta = meta_of(settings, exam_id, results)
    sheets = {name: _Sheet.of(name, frame) for name, frame in results.items()}
    units = list(sheets["units"].of_level("school"))
    named = {f"school-{unit['unit']}": settings.params.school_name(unit["unit"]) for unit in units}
    of_city = {"city": meta["city"]["name"]} if len(units) > 1 else {}
    said = notes(settings, exam_id, of_city | named)
    own_words = {"note": said.get("city", "")}
    city = _with_origin(meta, origins[""]) | own_words
    made = {"city": _city(settings, city, sheets)} if len(units) > 1 else {}
    parts = shown.SCHOOL if len(units) > 1 else shown.ONE_SCHOOL
    peers = _Peers.of(sheets)
    for unit in units:
        own = _with_origin(meta, origins[unit["unit"]]) | {"note": said.get(f"school-{unit['unit']}", "")}
        names = _names(settings, unit, units)
        tables = _may_see(settings, sheets, names["sector"], unit["unit"])
        if len(units) == 1:  # nobody else's figures are in the fits
            tables["fits"] = (sheets["fits"].columns, sheets["fits"].rows)
        tables["peers"], tables["peer_points"] = peers.beside(unit["unit"])
        subjects = [subject["code"] for subject in meta["subjects"]]
        shows = shown.of_school(tables, subjects, unit["unit"], parts)
        made[f"school-{unit['unit']}"] = canonical({**own, **names}, shows)
    return made


def _with_origin(meta: dict[str, Any], origin: Origin) -> dict[str, Any]:
    told = {"sheets": list(origin.sheets), "content": origin.content}
    return {**meta, "provenance": {**meta["provenance"], **told}}


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
        rows = [list(row) for row in zip(*(plain(frame[column]) for column in columns), strict=True)]
        has_units = "level" in columns
        return cls(columns, rows, *((list(frame[c]) if has_units else []) for c in ("level", "unit")))

    def where(self, keep: Iterable[bool]) -> Rows:
        return self.columns, [row for row, kept in zip(self.rows, keep, strict=True) if kept]

    def of_level(self, level: str) -> Iterator[dict[str, Any]]:
        """Rows of a level, each as column → value."""
        for row, of in zip(self.rows, self.level, strict=True):
            if of == level:
                yield dict(zip(self.columns, row, strict=True))

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


def _city(settings: Settings, meta: dict[str, Any], sheets: Mapping[str, _Sheet]) -> bytes:
    """The bureau's dossier: every level down to the named school; shapes for the city alone."""
    tables = {}
    for name, sheet in sheets.items():
        tables[name] = sheet.where(_city_rows(name, sheet)) if sheet.level else (sheet.columns, sheet.rows)
    unit = {"report": "city", "unit": "city", "name": meta["city"]["name"], "audience": "bureau"}
    shows = shown.of_city(tables)
    named = {code: settings.params.school_name(code) for code in _elsewhere(shows)}
    about = {**meta, **unit, "short": meta["city"]["name"], "sector": "", "elsewhere": named}
    return canonical(about, shows)


def _elsewhere(shows: Mapping[str, Rows]) -> set[str]:
    """Schools that tables speak of though none of their pupils is in this exam: they were in an earlier one."""
    spoken = {name: _schools_of(*rows) for name, rows in shows.items()}
    return set().union(*spoken.values()) - spoken["units"]


def _schools_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> set[str]:
    if not {"level", "unit"} <= set(columns):
        return set()
    level, unit = columns.index("level"), columns.index("unit")
    return {row[unit] for row in rows if row[level] == "school"}


def _city_rows(name: str, sheet: _Sheet) -> Iterator[bool]:
    """Whether each row is the bureau's: of shapes only the city's own, and every school's prior bands."""
    kind = sheet.columns.index("kind") if name == "distributions" else -1
    for level, row in zip(sheet.level, sheet.rows, strict=True):
        own = level == "city" or name not in _SHAPES or (kind >= 0 and row[kind] == "prior_band")
        yield own and level in _CITY_LEVELS


def _names(settings: Settings, unit: Mapping[str, Any], units: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What a school's report calls itself, and the sector it may be compared with."""
    code = unit["unit"]
    names = [(school.name, *school.aliases) for school in settings.params.schools if school.code == code]
    return {
        "report": "school",
        "audience": "school",
        "unit": code,
        "name": unit["name"],
        "short": min(names[0], key=len) if names else unit["name"],
        "sector": unit["sector"] if _may_compare(units, unit["sector"]) else "",
    }


def _may_see(settings: Settings, sheets: Mapping[str, _Sheet], sector: str, school: str) -> dict[str, Rows]:
    """Tables of a school: what stands in them of other schools is not there."""
    tables: dict[str, Rows] = {}
    for name, sheet in sheets.items():
        if "level" in sheet.columns and name not in _NOT_FOR_SCHOOLS:
            tables[name] = _visible(settings, sheet, sector, school)
        elif name in _OPEN_TO_SCHOOLS:
            tables[name] = (sheet.columns, sheet.rows)
    return tables


def _visible(settings: Settings, sheet: _Sheet, sector: str, school: str) -> Rows:
    """City rows, the school's sector's rows, and its own; bureau leaders' names stay with the bureau."""
    shared = [*sheet.by_place.get(("city", "city"), []), *sheet.by_place.get(("sector", sector), [])]
    own = sheet.by_school.get(school, [])
    if not settings.params.privacy.teachers:
        own = [number for number in own if sheet.level[number] != "teacher"]
    rows = [sheet.rows[number] for number in (*shared, *own)]
    if "official" in sheet.columns:
        place = sheet.columns.index("official")
        rows = [[*row[:place], "", *row[place + 1 :]] for row in rows]
    return sheet.columns, rows


def _may_compare(units: Sequence[Mapping[str, Any]], sector: str) -> bool:
    """Whether a sector is large and even enough to be shown beside one of its schools."""
    sat = [unit["sat"] for unit in units if unit["sector"] == sector]
    return bool(sector) and len(sat) >= SECTOR_UNITS and max(sat) <= SECTOR_SHARE * max(sum(sat), 1)


@dataclass(frozen=True)
class _Peers:
    """Every school's values that others may see without its name: (subject, measure) → school → value."""

    values: Mapping[tuple[str, str], Mapping[str, float]]

    @classmethod
    def of(cls, sheets: Mapping[str, _Sheet]) -> "_Peers":
        found: dict[tuple[str, str], dict[str, float]] = {}
        for row in sheets["indicators"].of_level("school"):
            if row["indicator"] in ("start", "achievement") and not row["flag"] and row["value"] is not None:
                found.setdefault((row["subject"], row["indicator"]), {})[row["unit"]] = row["value"]
        for row in sheets["value_added"].of_level("school"):
            if not row["flag"] and row["effect"] is not None:
                found.setdefault((row["subject"], "progress"), {})[row["unit"]] = row["effect"]
        return cls(found)

    def beside(self, school: str) -> tuple[Rows, Rows]:
        """The others' values, nameless and sorted; pairs of start and progress where no dot can be named."""
        others = {of: sorted(v for unit, v in by.items() if unit != school) for of, by in self.values.items()}
        start, progress = (self.values.get((TOTAL, of), {}) for of in ("start", "progress"))
        points = sorted([start[u], progress[u]] for u in start.keys() & progress.keys() if u != school)
        if len(points) < PEER_POINTS_FROM:
            points = []
            others = {of: values for of, values in others.items() if len(values) >= PEER_POINTS_FROM}
        series = [[*of, value] for of, values in sorted(others.items()) for value in values]
        return (["subject", "measure", "value"], series), (["start", "progress"], points)
