"""成绩增长点: where marks can be won, ranked by posterior mean gain × feasibility. methods.md §7.

A gain is in marks a pupil of the school on the total. Gains overlap and are not summed; a gain is listed only
where P(gain > 0) ≥ 0.8; feasibility is the share of comparable schools (nearest starting points) already there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.measures.rates import Z95, wilson
from analysis.tables import TABLES
from analysis.terms import TOTAL, Level

LISTED_FROM = 0.8
COMPARABLE = 10
"""Schools nearest in starting point that feasibility is counted in."""
MOST = 10
"""Growth points listed for one school."""


@dataclass(frozen=True)
class Evidence:
    """The results tables that growth points are found in.

    value_added, value_added_bands, lines, topics : results tables of one exam (any may be empty)
    start : mean prior z by school code; marks_per_sd : raw marks per sd of z by subject (1 / z_per_mark)
    """

    value_added: pd.DataFrame
    value_added_bands: pd.DataFrame
    lines: pd.DataFrame
    topics: pd.DataFrame
    start: pd.Series
    marks_per_sd: dict[str, float]

    @cached_property
    def near(self) -> dict[str, list[str]]:
        """Comparable schools of each school."""
        return {str(unit): comparable(self.start, str(unit)) for unit in self.start.index}

    def school(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of schools that may be shown."""
        if table.empty:
            return table
        return table[(table["level"] == Level.school) & (table["flag"] != "hidden")]


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with attribute access."""
    return table.itertuples(index=False)


def comparable(start: pd.Series, unit: str) -> list[str]:
    """Codes of the (at most 10) other schools with the nearest starting points; none without an own one."""
    if unit not in start.index or np.isnan(start[unit]):
        return []
    distance = (start.drop(unit).dropna() - start[unit]).abs().sort_values(kind="stable")
    return list(distance.index[:COMPARABLE])


def growth_points_table(exam_id: str, found: Evidence) -> pd.DataFrame:
    """The `growth_points` table: at most 10 a school, best first."""
    candidates = pd.concat([source(found) for source in SOURCES], ignore_index=True)
    names = TABLES["growth_points"].names
    if candidates.empty:
        return pd.DataFrame(columns=names)
    listed = candidates[(candidates["gain"] > 0) & (candidates["probability"] >= LISTED_FROM)].copy()
    listed["worth"] = listed["gain"] * listed["feasible"].fillna(0.5)
    listed = listed.sort_values(["unit", "worth"], ascending=[True, False], kind="stable")
    listed["rank"] = listed.groupby("unit", sort=False).cumcount() + 1
    listed = listed[listed["rank"] <= MOST].assign(exam=exam_id, level=str(Level.school))
    return listed[names].reset_index(drop=True)


def _candidates(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(
        rows,
        columns=["unit", "kind", "subject", "target", "gain", "lo", "hi", "probability", "feasible", "n"],
    )


def _candidate(unit: str, kind: str, subject: str, target: str, gain: float, se: float) -> dict[str, object]:
    """A gain with a normal posterior."""
    probability = float(ndtr(gain / se)) if se > 0 else float(gain > 0)
    ends = {"lo": gain - Z95 * se, "hi": gain + Z95 * se, "probability": probability}
    return {"unit": unit, "kind": kind, "subject": subject, "target": target, "gain": gain, **ends}


def _share(reached: pd.Series, schools: list[str]) -> float:
    """Share of the comparable schools where it is reached; NaN where none is known."""
    known = reached.reindex(schools).dropna()
    return float(known.astype(float).mean()) if len(known) else np.nan


def _subjects(found: Evidence) -> pd.DataFrame:
    """Papers below the school's own position, the mean of its k papers' effects."""
    table = found.school(found.value_added)
    rows: list[dict[str, object]] = []
    if table.empty:
        return _candidates(rows)
    papers = table[(table["subject"] != TOTAL) & table["effect"].notna()]
    for unit, own in papers.groupby("unit", sort=False):
        k = len(own)
        if k < 2:
            continue
        position, noise = float(own["effect"].mean()), float((own["se"] ** 2).sum()) / k**2
        for row in _rows(own):
            marks = found.marks_per_sd.get(str(row.subject), np.nan)
            se = np.sqrt(max(row.se**2 * (1 - 2 / k) + noise, 0.0))  # Var(mean − own), subjects independent
            others = papers[papers["subject"] == row.subject].set_index("unit")["effect"]
            one = _candidate(
                str(unit), "subject", str(row.subject), "", (position - row.effect) * marks, se * marks
            )
            near = found.near.get(str(unit), [])
            rows.append(one | {"feasible": _share(others >= position, near), "n": row.n})
    return _candidates(rows)


def _bands(found: Evidence) -> pd.DataFrame:
    """Prior bands that progressed less than expected, in the total."""
    table, rows = found.school(found.value_added_bands), []
    marks = found.marks_per_sd.get(TOTAL, np.nan)
    if table.empty:
        return _candidates([])
    table = table[(table["subject"] == TOTAL) & table["value"].notna()]
    pupils = table.groupby("unit")["n"].sum()
    for row in _rows(table):
        weight = row.n / pupils[row.unit] * marks
        one = _candidate(
            row.unit, "band", TOTAL, str(row.band), -row.value * weight, _se(row.lo, row.hi) * weight
        )
        there = table[table["band"] == row.band].set_index("unit")["value"] >= 0
        rows.append(one | {"feasible": _share(there, found.near.get(row.unit, [])), "n": row.n})
    return _candidates(rows)


def _se(lo: float, hi: float) -> float:
    """Standard error behind a 95 % interval."""
    return (hi - lo) / (2 * Z95)


def _borderline(found: Evidence) -> pd.DataFrame:
    """Pupils just below a line: half its width each, if they reach it. The count is known, the gain a bound."""
    table, rows = found.school(found.lines), []
    if table.empty:
        return _candidates([])
    for row in _rows(table[table["below"] > 0]):
        share = np.array([row.below / row.n])
        lo, hi = wilson(share, np.array([row.n]))
        half = row.delta / 2
        of_line = table[table["line"] == row.line].set_index("unit")
        fewer = of_line["below"] / of_line["n"] <= share[0]
        fixed = {
            "unit": row.unit,
            "kind": "borderline",
            "subject": TOTAL,
            "target": row.line,
            "probability": 1.0,
        }
        gains = {"gain": share[0] * half, "lo": float(lo[0]) * half, "hi": float(hi[0]) * half}
        near = found.near.get(row.unit, [])
        rows.append({**fixed, **gains, "feasible": _share(fewer, near), "n": row.below})
    return _candidates(rows)


def _topics(found: Evidence) -> pd.DataFrame:
    """Knowledge points below the city."""
    table, rows = found.school(found.topics), []
    if table.empty:
        return _candidates([])
    table = table[(table["kind"] == "topic") & table["gap"].notna()]
    there = {key: of.set_index("unit")["gap"] >= 0 for key, of in table.groupby(["subject", "topic"])}
    for row in _rows(table[table["gap"] < 0]):
        se = _se(row.gap_lo, row.gap_hi) * row.marks
        one = _candidate(row.unit, "topic", row.subject, row.topic, -row.gap * row.marks, se)
        near = found.near.get(row.unit, [])
        rows.append(one | {"feasible": _share(there[row.subject, row.topic], near), "n": row.n})
    return _candidates(rows)


def _classes(found: Evidence) -> pd.DataFrame:
    """Classes whose own part is below their school; feasible: share of the city's classes at or above theirs."""
    table, rows = found.value_added, []
    if table.empty:
        return _candidates([])
    classes = table[(table["level"] == Level.klass) & table["own"].notna() & (table["flag"] == "")]
    classes = classes.assign(school=classes["unit"].str.rsplit("/", n=1).str[0])
    pupils = classes.groupby(["school", "subject"])["n"].transform("sum")
    for row, size in zip(_rows(classes), pupils, strict=True):
        if row.own < 0 and row.n < size and row.subject != TOTAL:
            weight = row.n / size * found.marks_per_sd.get(row.subject, np.nan)
            se = _se(row.own_lo, row.own_hi) * weight
            one = _candidate(row.school, "class", row.subject, row.unit, -row.own * weight, se)
            there = float((classes.loc[classes["subject"] == row.subject, "own"] >= 0).mean())
            rows.append(one | {"feasible": there, "n": row.n})
    return _candidates(rows)


SOURCES: tuple[Callable[[Evidence], pd.DataFrame], ...] = (_subjects, _bands, _borderline, _topics, _classes)
