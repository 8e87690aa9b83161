"""What a school's and the city's report show of each results table; the rest stays out of their dossiers.

A table or column that is not named here is not carried. Two tests keep this list and the sections together: a page made from
everything that the school may see is the same page, and no column is carried that no section reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.terms import TOTAL

from .form import Rows

Row = dict[str, Any]

_NO_SECTION = (
    "score_rate",
    "very_low_rate",
    "roster_mean",
    "mean_t",
    "mean_z",
    "cv",
    "all_excellent_rate",
)
"""Indicators that no section of a school shows; a new one is carried until it is named here."""


def _every(_row: Row, _main: str) -> bool:
    return True


def _indicator(row: Row, main: str) -> bool:
    """Of the sector: its results; of classes: whether they are there at all, and what their table shows of the
    headline subject.
    """
    if row["level"] == "sector":
        return bool(row["indicator"] == "achievement")
    if row["level"] == "class":
        key = row["indicator"]
        return key == "achievement" or (key in ("start", "pass_rate") and row["subject"] == main)
    return row["indicator"] not in _NO_SECTION


_SAID_OF_ALL = ("class_spread",)
"""Judgements of which a school's report also says where they found nothing."""


def _told(row: Row, _main: str) -> bool:
    return bool(row["status"] != "clear")


def _told_or_of_all(row: Row, main: str) -> bool:
    return _told(row, main) or row["judgement"] in _SAID_OF_ALL


def _distribution(row: Row, main: str) -> bool:
    return bool(row["kind"] != "growth" and row["subject"] == main)


EVERY_LEVEL = "city sector township official school"
"""What the bureau may see."""


@dataclass(frozen=True)
class Part:
    """Columns, levels and rows of a table that are shown.

    `keep` is asked with a row and the unit's headline subject.
    """

    columns: str
    levels: str = "school"
    keep: Callable[[Row, str], bool] = _every


SCHOOL: dict[str, Part] = {
    "advice": Part(
        "level unit finding subject target measure owner within recheck direction value lo hi probability"
        " evidence"
    ),
    "changes": Part("level unit subject measure before value lo hi expected verdict flag"),
    "distributions": Part("level unit subject kind bin start stop n share lo hi city", keep=_distribution),
    "effective": Part(
        "level unit line subject mark method own hit hit_lo hit_hi contribution contribution_lo"
        " contribution_hi city_contribution",
        "city school",
    ),
    "gap": Part("level unit subject part value"),
    "growth": Part("level unit subject value lo hi median"),
    "growth_points": Part("level unit rank kind subject target gain lo hi probability feasible n"),
    "indicators": Part(
        "level unit subject indicator value lo hi reference rank_lo rank_hi n verdict flag",
        "sector school class",
        _indicator,
    ),
    "issues_summary": Part("level unit severity n"),
    "item_quality": Part(
        "level unit subject item topic full_mark value city gap gap_lo gap_hi discrimination blank_rate"
        " expected_rate n flag",
        "city school",
    ),
    "judgements": Part(
        "level unit subject judgement status value lo hi reason", "school teacher", _told_or_of_all
    ),
    "lines": Part("level unit line name mark reached value lo hi city below above delta"),
    "outflow": Part("level unit start gone value lo hi flag"),
    "papers_quality": Part("subject mean difficulty discrimination alpha sem ceiling capped"),
    "participation": Part(
        "level unit subject expected sat absent cheat deferred exempt unscanned invalid blank matched rate"
        " rate_lo rate_hi flag",
        "city school",
    ),
    "peer_points": Part("start progress"),
    "peers": Part(
        "subject measure value", keep=lambda row, main: row["measure"] == "progress" or row["subject"] == main
    ),
    "policy": Part("rule subject state note"),
    "topics": Part(
        "level unit subject kind topic items marks value lo hi city gap gap_lo gap_hi p_gap n flag"
    ),
    "tracking": Part("level unit finding subject measure owner before after value lo hi expected status"),
    "transitions": Part("level unit band_from band_to n share flag"),
    "trends": Part("level unit subject measure past date cohort value lo hi flag"),
    "trust": Part("key value", keep=lambda row, _: row["key"].startswith("null:")),
    "units": Part("level unit expected sat matched", "school class"),
    "value_added": Part(
        "level unit subject effect lo hi raw marks reliability rank_lo rank_hi p_top p_bottom p_again tier sensitive"
        " tipping n verdict flag",
        "school class teacher",
    ),
    "value_added_bands": Part("level unit subject band value lo hi n verdict flag"),
}

ONE_SCHOOL = {
    **SCHOOL,
    "growth": Part("level unit subject value lo hi", "class"),
    "fits": Part(
        "subject term value note",
        keep=lambda row, main: (
            row["term"] == "state" or (row["term"] == "icc:class" and row["subject"] == main)
        ),
    ),
}
"""What the report of the only school of an exam shows: its classes, and what the fits say of themselves."""

CITY: dict[str, Part] = {
    "advice": Part("level unit finding subject measure", EVERY_LEVEL),
    "benchmark": Part("county subject mean sd pass_rate", EVERY_LEVEL),
    "changes": Part("level unit subject measure before value lo hi expected flag", EVERY_LEVEL),
    "distributions": Part("level unit kind bin share flag", EVERY_LEVEL),
    "effective": Part(
        "level line subject mark method own hit hit_lo hit_hi contribution contribution_lo"
        " contribution_hi flag",
        EVERY_LEVEL,
    ),
    "equity": Part("subject key value lo hi n", EVERY_LEVEL),
    "fits": Part("subject term value se lo hi note", EVERY_LEVEL),
    "growth_points": Part("level unit kind subject target gain probability n", EVERY_LEVEL),
    "indicators": Part(
        "level unit subject indicator value lo hi rank_lo rank_hi n verdict flag", EVERY_LEVEL
    ),
    "issues_summary": Part("level unit severity code n", EVERY_LEVEL),
    "item_quality": Part(
        "level subject item topic full_mark value discrimination blank_rate expected_rate", EVERY_LEVEL
    ),
    "judgements": Part(
        "level unit subject judgement status probability value lo hi cohorts reason", EVERY_LEVEL, _told
    ),
    "lines": Part("level unit line name mark reached value lo hi below delta n flag", EVERY_LEVEL),
    "outflow": Part("level unit start gone value lo hi flag", EVERY_LEVEL),
    "panel": Part("level unit subject fit value lo hi agrees", EVERY_LEVEL),
    "papers_quality": Part(
        "subject difficulty discrimination alpha sem ceiling zero capped nominal_weight effective_weight",
        EVERY_LEVEL,
    ),
    "participation": Part(
        "level unit subject expected sat absent cheat deferred exempt unscanned invalid blank matched"
        " rate rate_lo rate_hi flag",
        EVERY_LEVEL,
    ),
    "policy": Part("rule subject state note", EVERY_LEVEL),
    "topics": Part("level subject kind topic items marks value lo hi", EVERY_LEVEL),
    "tracking": Part("level unit status", EVERY_LEVEL),
    "trust": Part("key value lo hi n note", EVERY_LEVEL),
    "units": Part("level unit name sector township official sat", EVERY_LEVEL),
    "value_added": Part(
        "level unit subject effect lo hi raw raw_lo raw_hi reliability rank_lo rank_hi p_above p_top"
        " p_bottom p_again q tier sensitive n verdict flag",
        EVERY_LEVEL,
    ),
}
"""What the bureau's report shows; its headline subject is asked by no `keep` of these."""


def of_school(
    tables: Mapping[str, Rows], subjects: Iterable[str], school: str, parts: Mapping[str, Part] = SCHOOL
) -> dict[str, Rows]:
    """What is shown of the tables that a school may see.

    Parameters
    ----------
    subjects : codes in the order of the settings
    parts : SCHOOL, or ONE_SCHOOL for the only school of an exam
    """
    main = _headline_subject(tables["indicators"], subjects, school)
    return {name: _of_table(parts[name], rows, main) for name, rows in tables.items() if name in parts}


def of_city(tables: Mapping[str, Rows]) -> dict[str, Rows]:
    """What is shown of the tables that the bureau may see."""
    return {name: _of_table(CITY[name], rows, TOTAL) for name, rows in tables.items() if name in CITY}


def _columns(table: Rows, names: list[str]) -> Rows:
    columns, rows = table
    places = [columns.index(name) for name in names]
    return names, [[row[place] for place in places] for row in rows]


def _headline_subject(indicators: Rows, subjects: Iterable[str], school: str) -> str:
    """The total, or without one the first subject that the school has figures of."""
    rows = (dict(zip(indicators[0], values, strict=True)) for values in indicators[1])
    known = {row["subject"] for row in rows if row["level"] == "school" and row["unit"] == school}
    return next((code for code in (TOTAL, *subjects) if code in known), TOTAL)


def _of_table(part: Part, table: Rows, main: str) -> Rows:
    columns, rows = table
    levels = part.levels.split()
    kept = []
    for values in rows:
        row = dict(zip(columns, values, strict=True))
        if ("level" not in row or row["level"] in levels) and part.keep(row, main):
            kept.append(values)
    return _columns((columns, kept), part.columns.split())
