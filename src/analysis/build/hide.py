"""Small numbers go, and what they could be worked out from goes with them: the last step before results are stored.

Counts that are published as sums (class → school → sector, township, official → city) are protected as a system;
see measures/suppression.py. What is hidden here never reaches a dossier.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.measures.suppression import blank, hidden_units, hide
from analysis.params import Params
from analysis.terms import TOTAL, Flag, Level

Frame = pd.DataFrame

SUMMED = (
    "indicators",
    "participation",
    "distributions",
    "lines",
    "effective",
    "item_quality",
    "topics",
    "transitions",
)
"""Tables of pupils who sat; the others rest on matched pupils."""
MATCHED = ("value_added", "value_added_bands", "growth", "gap", "panel", "changes", "trends")
WITHOUT_NAMES = ("judgements", "advice", "growth_points", "tracking")
"""Lists: a hidden unit is not on them at all."""
KEY = ["level", "unit", "subject"]
WHOLE = "all"
"""Subject of indicators over all papers: gone where any paper is."""


def hidden_tables(params: Params, results: Mapping[str, Frame]) -> dict[str, Frame]:
    """The results with hidden units blanked, and off every list."""
    threshold = params.privacy.hidden_below
    units, sat, added = results["units"], results["participation"], results["value_added"]
    gone = _with_what_follows(hidden(units, sat, "sat", threshold), sat)
    few = [hidden(units, sat, "matched", threshold), hidden(units, added, "n", threshold)]
    both = _with_what_follows(pd.concat([gone, *few]).drop_duplicates(ignore_index=True), sat)
    made = dict(results)
    for name in (*SUMMED, *MATCHED):
        rows = results[name]
        small = _bands(rows, threshold) if name == "value_added_bands" else _own(rows)
        made[name] = hide(name, blank(name, rows, small), gone if name in SUMMED else both)
    made["units"] = hide("units", made["units"], both)
    made["outflow"] = blank("outflow", results["outflow"], _outflow(results["outflow"], both, threshold))
    made["value_added"]["tier"] = made["value_added"]["tier"].mask(
        made["value_added"]["flag"] == Flag.hidden, ""
    )
    anywhere = set(zip(both["level"], both["unit"], strict=True))
    made["equity"] = _without_sectors(
        results["equity"], {unit for level, unit in anywhere if level == Level.sector}
    )
    for name in WITHOUT_NAMES:
        rows = made[name]
        kept = [pair not in anywhere for pair in zip(rows["level"], rows["unit"], strict=True)]
        made[name] = rows[kept].reset_index(drop=True)
    return made


def hidden(units: Frame, counted: Frame, column: str, threshold: int) -> Frame:
    """level, unit, subject of what must go for the pupils counted in `column`; teachers only for their own."""
    if counted.empty:
        return pd.DataFrame(columns=KEY)
    counts = counted[[*KEY, column]].rename(columns={column: "n"})
    teachers = counts["level"] == Level.teacher
    below = hidden_units(units, counts[~teachers], threshold)
    small = counts[teachers & counts["n"].between(1, threshold - 1)]
    return pd.concat([below, small[KEY]], ignore_index=True)


def _with_what_follows(gone: Frame, sat: Frame) -> Frame:
    """With the teachers of a paper in a school where a class, a teacher or the school itself is hidden in it.

    A teacher's pupils are classes of the school: the figures of one hidden part could be worked out from the
    others. What is over all papers goes where one paper does.
    """
    inside = gone[gone["level"].isin((Level.school, Level.klass, Level.teacher))]
    places = set(zip(inside["unit"].str.split("/").str[0], inside["subject"], strict=True))
    teachers = sat[sat["level"] == Level.teacher]
    schools = teachers["unit"].str.split("/").str[0]
    pairs = zip(schools, teachers["subject"], strict=True)
    follow = teachers.loc[[pair in places for pair in pairs], KEY]
    whole = gone[["level", "unit"]].drop_duplicates().assign(subject=WHOLE)
    return pd.concat([gone, follow, whole]).drop_duplicates(ignore_index=True)


def _own(rows: Frame) -> NDArray[np.bool_]:
    """Rows that their own maker found too small (n,)."""
    return np.asarray(rows["flag"] == Flag.hidden) if "flag" in rows else np.zeros(len(rows), bool)


def _bands(rows: Frame, threshold: int) -> NDArray[np.bool_]:
    """Prior bands that are too small (n,), with the next smallest where their pupils could be worked out."""
    small = _own(rows) | (rows["n"] < threshold).to_numpy()
    if rows.empty:
        return small
    key = [rows[name] for name in KEY]
    lost = rows["n"].where(small, 0).groupby(key).transform("sum")
    cells = pd.Series(small & (rows["n"] > 0).to_numpy(), rows.index).groupby(key).transform("sum")
    exposed = ((cells == 1) | (lost < threshold)) & (lost > 0)
    left = rows["n"].where(~small & exposed)
    companion = left.groupby(key).rank(method="first") == 1
    return np.asarray(small | companion)


def _outflow(rows: Frame, both: Frame, threshold: int) -> NDArray[np.bool_]:
    """Units of the starting exam to hide (n,): a system of its own, city = Σ schools."""
    if rows.empty:
        return np.zeros(0, bool)
    schools = rows["unit"].where(rows["level"] == Level.school, "")
    places = {str(level): "" for level in (Level.sector, Level.township, Level.official)}
    units = rows[["level", "unit"]].assign(school=schools, **places)
    counts = rows[["level", "unit"]].assign(subject=TOTAL, n=rows["start"])
    gone = pd.concat([hidden_units(units, counts, threshold), both])
    pairs = set(zip(gone["level"], gone["unit"], strict=True))
    return np.array([pair in pairs for pair in zip(rows["level"], rows["unit"], strict=True)], bool)


def _without_sectors(rows: Frame, sectors: set[str]) -> Frame:
    """The `equity` table without the rows of hidden sectors."""
    if not sectors:
        return rows
    named = rows["key"].str.extract(r"^sector:(.*):[^:]*$")[0]
    return rows[~named.isin(sectors)].reset_index(drop=True)
