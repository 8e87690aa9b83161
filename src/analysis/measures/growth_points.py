"""成绩增长点: where marks can be won, ranked by posterior mean gain × feasibility.

A gain is in marks a pupil of the school on the total. Gains overlap and are not summed; a gain is listed only
where P(gain > 0) ≥ 0.8; feasibility is the share of comparable schools (nearest starting points) already there.

    gain ~ N(ĝ, SE²),   P(gain > 0) = Φ(ĝ/SE),   worth = ĝ · feasibility
    subject: ĝ = (ū − u_s)·marks per sd, ū the mean of the school's k effects,
             Var(ū − u_s) = SE_s²(1 − 2/k) + Σ SE²/k² (papers independent given the effects)
    band:    ĝ = −v_b · n_b/n · marks per sd, v_b the band's mean residual

Source: docs/methods.md §7.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.measures.arrays import Floats
from analysis.measures.rates import wilson
from analysis.tables import TABLES
from analysis.terms import TOTAL, Z95, Level

Frame = pd.DataFrame

LISTED_FROM = 0.8
COMPARABLE = 10
"""Schools nearest in starting point that feasibility is counted in."""
MOST = 10
"""Growth points listed for one school."""
UNKNOWN_FEASIBILITY = 0.5
"""Weight of a gain for whose feasibility there is no comparable school."""


@dataclass(frozen=True)
class Evidence:
    """The results tables that growth points are found in.

    value_added, value_added_bands, lines, topics : results tables of one exam (any may be empty)
    start : mean prior z by school code; marks_per_sd : raw marks per sd of z by subject (1 / z_per_mark)
    """

    value_added: Frame
    value_added_bands: Frame
    lines: Frame
    topics: Frame
    start: pd.Series
    marks_per_sd: dict[str, float]

    @staticmethod
    def school(table: Frame) -> Frame:
        """Rows of schools that may be shown."""
        return table[(table["level"] == Level.school) & (table["flag"] != "hidden")]

    def marks(self, subjects: pd.Series) -> Floats:
        """Raw marks per sd of each row's subject, NaN where unknown."""
        return subjects.map(self.marks_per_sd).to_numpy(float)

    @cached_property
    def near(self) -> dict[str, list[str]]:
        """Comparable schools of each school."""
        return {str(unit): comparable(self.start, str(unit)) for unit in self.start.index}

    def feasible(self, rows: Frame, value: Floats, limit: Floats, alike: list[str]) -> Floats:
        """Share of the comparable schools whose `value` reaches the row's `limit`; NaN where none is known.

        Rows are compared inside groups of equal `alike` columns (the same subject, band, topic or line).
        """
        out = np.full(len(rows), np.nan)
        units = rows["unit"].to_numpy(object)
        for numbers in rows.groupby(alike, sort=False).indices.values():
            of = dict(zip(units[numbers], value[numbers], strict=True))
            for i in numbers:
                known = [of[other] >= limit[i] for other in self.near.get(units[i], ()) if other in of]
                out[i] = float(np.mean(known)) if known else np.nan
        return out


def comparable(start: pd.Series, unit: str) -> list[str]:
    """Codes of the (at most 10) other schools with the nearest starting points; none without an own one."""
    if unit not in start.index or np.isnan(start[unit]):
        return []
    distance = (start.drop(unit).dropna() - start[unit]).abs().sort_values(kind="stable")
    return list(distance.index[:COMPARABLE])


def growth_points_table(exam_id: str, found: Evidence) -> Frame:
    """The `growth_points` table: at most 10 a school, best first."""
    names = TABLES["growth_points"].names
    candidates = [made for source in SOURCES if len(made := source(found))]
    if not candidates:
        return pd.DataFrame(columns=names)
    rows = pd.concat(candidates, ignore_index=True)
    rows = rows[(rows["gain"] > 0) & (rows["probability"] >= LISTED_FROM)]
    rows = rows.assign(worth=rows["gain"] * rows["feasible"].fillna(UNKNOWN_FEASIBILITY))
    rows = rows.sort_values(["unit", "worth"], ascending=[True, False], kind="stable")
    rows["rank"] = rows.groupby("unit", sort=False).cumcount() + 1
    rows = rows[rows["rank"] <= MOST].assign(exam=exam_id, level=str(Level.school))
    return rows[names].reset_index(drop=True)


def _candidates(
    rows: Frame, kind: str, target: pd.Series | str, gain: Floats, se: Floats, feasible: Floats
) -> Frame:
    """Gains with a normal posterior; n is the rows' own."""
    made = pd.DataFrame({"unit": rows["unit"], "kind": kind, "subject": rows["subject"], "target": target})
    made["gain"], made["lo"], made["hi"] = gain, gain - Z95 * se, gain + Z95 * se
    made["probability"] = np.where(se > 0, ndtr(gain / np.where(se > 0, se, 1.0)), (gain > 0).astype(float))
    return made.assign(feasible=feasible, n=rows["n"], target=made["target"].astype(str))


def _se(rows: Frame, name: str = "") -> Floats:
    """Standard errors behind the 95 % intervals of a figure."""
    prefix = f"{name}_" if name else ""
    return (rows[f"{prefix}hi"] - rows[f"{prefix}lo"]).to_numpy(float) / (2 * Z95)


def _subjects(found: Evidence) -> Frame:
    """Papers below the school's own position, the mean of its k papers' effects."""
    rows = found.school(found.value_added)
    rows = rows[(rows["subject"] != TOTAL) & rows["effect"].notna()]
    k = rows.groupby("unit")["effect"].transform("size").to_numpy(float)
    rows, k = rows[k >= 2].reset_index(drop=True), k[k >= 2]
    effect, square = rows["effect"].to_numpy(float), (rows["se"] ** 2).astype(float)
    position = rows.groupby("unit")["effect"].transform("mean").to_numpy(float)
    noise = square.groupby(rows["unit"]).transform("sum").to_numpy(float) / k**2
    se = np.sqrt(
        np.maximum(square.to_numpy() * (1 - 2 / k) + noise, 0)
    )  # Var(mean − own), papers independent
    marks = found.marks(rows["subject"])
    there = found.feasible(rows, effect, position, ["subject"])
    return _candidates(rows, "subject", "", (position - effect) * marks, se * marks, there)


def _bands(found: Evidence) -> Frame:
    """Prior bands that progressed less than expected, in the total."""
    rows = found.school(found.value_added_bands)
    rows = rows[(rows["subject"] == TOTAL) & rows["value"].notna()].reset_index(drop=True)
    share = (rows["n"] / rows.groupby("unit")["n"].transform("sum")).to_numpy(float)
    weight, value = share * found.marks(rows["subject"]), rows["value"].to_numpy(float)
    there = found.feasible(rows, value, np.zeros(len(rows)), ["band"])
    return _candidates(rows, "band", rows["band"], -value * weight, _se(rows) * weight, there)


def _borderline(found: Evidence) -> Frame:
    """Pupils just below a line: half its width each, if they reach it. The count is known, the gain a bound."""
    rows = found.school(found.lines)
    rows = rows[rows["n"] > 0].reset_index(drop=True).assign(subject=TOTAL)
    share = (rows["below"] / rows["n"]).to_numpy(float)
    lo, hi = wilson(share, rows["n"].to_numpy(float))
    half = rows["delta"].to_numpy(float) / 2
    there = found.feasible(rows, -share, -share, ["line"])
    made = _candidates(rows, "borderline", rows["line"], share * half, np.zeros(len(rows)), there)
    return made.assign(lo=lo * half, hi=hi * half, n=rows["below"])


def _topics(found: Evidence) -> Frame:
    """Knowledge points below the city."""
    rows = found.school(found.topics)
    rows = rows[(rows["kind"] == "topic") & rows["gap"].notna()]
    rows = rows[rows["gap_hi"] > rows["gap_lo"]].reset_index(drop=True)  # of an only school there is no gap
    gap, marks = rows["gap"].to_numpy(float), rows["marks"].to_numpy(float)
    there = found.feasible(rows, gap, np.zeros(len(rows)), ["subject", "topic"])
    return _candidates(rows, "topic", rows["topic"], -gap * marks, _se(rows, "gap") * marks, there)


def _classes(found: Evidence) -> Frame:
    """Classes whose own part is below their school; feasible: share of the city's classes at or above theirs."""
    rows = found.value_added
    rows = rows[
        (rows["level"] == Level.klass)
        & rows["own"].notna()
        & (rows["flag"] == "")
        & (rows["subject"] != TOTAL)
    ]
    rows = rows.assign(target=rows["unit"], unit=rows["unit"].str.rsplit("/", n=1).str[0]).reset_index(
        drop=True
    )
    size = rows.groupby(["unit", "subject"])["n"].transform("sum")
    own, weight = (
        rows["own"].to_numpy(float),
        (rows["n"] / size).to_numpy(float) * found.marks(rows["subject"]),
    )
    there = (rows["own"] >= 0).groupby(rows["subject"]).transform("mean").to_numpy(float)
    made = _candidates(rows, "class", rows["target"], -own * weight, _se(rows, "own") * weight, there)
    return made[(rows["n"] < size).to_numpy()]


SOURCES: tuple[Callable[[Evidence], Frame], ...] = (_subjects, _bands, _borderline, _topics, _classes)
