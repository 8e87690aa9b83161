"""Every unit that has results: its name, where it belongs, and how many pupils it stands for."""

import re

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.measures.exam import Grouping
from analysis.params import Params
from analysis.terms import Level

PLACES = ("sector", "township", "official")


def units_table(params: Params, cohort: Cohort) -> pd.DataFrame:
    """The `units` table; levels from the city down, units in the order of the settings or of the sheets.

    Schools that only the sheets name follow those of the settings, 2 before 10.
    """
    data = cohort.data
    sat = np.asarray(np.isfinite(data.scores).any(axis=1))
    expected = np.asarray(data.expected.any(axis=1) | sat)
    matched = np.asarray(sat & np.isfinite(cohort.start))
    parts = []
    for by in data.levels:
        if not by.ids:
            continue
        made = pd.DataFrame({"level": str(by.level), "unit": list(by.ids)})
        here = count(by, expected).tolist() if data.roster_known else [pd.NA] * len(made)
        made["expected"] = pd.Series(here, dtype="Int64")
        made["sat"] = count(by, sat)
        made["matched"] = count(by, matched)
        parts.append(made)
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame["expected"].fillna(frame["sat"]) > 0]
    return _named(params, cohort, frame).assign(exam=cohort.exam.id)


def count(by: Grouping, who: np.ndarray) -> np.ndarray:
    """Pupils `who` (m,) in each unit (U,); where units differ by paper, in any paper."""
    if by.codes.ndim == 1:
        return np.bincount(by.codes[who & (by.codes >= 0)], minlength=len(by.ids))
    pupil, column = np.nonzero((by.codes >= 0) & who[:, None])
    held = np.unique(by.codes[pupil, column] * len(who) + pupil)
    return np.bincount(held // len(who), minlength=len(by.ids))


def _named(params: Params, cohort: Cohort, frame: pd.DataFrame) -> pd.DataFrame:
    """Names and places: a class or teacher belongs where its school does."""
    below = frame["level"].isin((Level.school, Level.klass, Level.teacher))
    school = frame["unit"].str.split("/", n=1).str[0].where(below, "")
    places = cohort.frame.drop_duplicates("school").set_index("school")
    named = frame.assign(school=school, name=frame["unit"].str.split("/").str[-1])
    for place in PLACES:
        named[place] = school.map(places[place]).fillna("").where(below, "")
    named.loc[frame["level"] == Level.city, "name"] = params.city.name
    at_school = frame["level"] == Level.school
    named.loc[at_school, "name"] = school[at_school].map(places["name"])
    listed = [school.code for school in params.schools]
    others = sorted(set(frame.loc[at_school, "unit"]) - set(listed), key=_natural)
    rank = school.map({code: number for number, code in enumerate([*listed, *others])}).fillna(-1)
    return (
        named.assign(_rank=rank)
        .sort_values("_rank", kind="stable")
        .sort_values(
            "level",
            key=lambda level: level.map({str(name): i for i, name in enumerate(Level)}),
            kind="stable",
            ignore_index=True,
        )
        .drop(columns="_rank")
    )


def _natural(code: str) -> list[tuple[bool, int, str]]:
    """Sorts codes with their digits as numbers."""
    parts = re.findall(r"\d+|\D+", code)
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
