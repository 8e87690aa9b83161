"""Small numbers go, and what they could be worked out from goes with them: the last step before results are stored.

Counts that are published as sums (class → school → sector, township, official → city) are protected as a system;
see measures/suppression.py, measures/hidden.py. What is hidden here never reaches a dossier.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.wanted import make
from analysis.measures import INDICATORS
from analysis.measures.hidden import blank, hidden_units, marked
from analysis.measures.suppression import Sum, System, suppress
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
)
"""Tables of pupils who sat; the others rest on matched pupils."""
MATCHED = ("value_added", "value_added_bands", "growth", "gap", "panel", "changes", "trends", "transitions")
FIGURES = {
    "indicators": ["subject", "indicator"],
    "item_quality": ["subject", "item"],
    "topics": ["subject", "kind", "topic"],
    "growth": ["subject"],
    "lines": ["line"],
    "effective": ["line", "subject"],
    "distributions": ["subject", "kind"],
    "transitions": ["band_from"],
}
"""What makes one figure of many units, whose pupils add up; fewer may stand behind it than sat the paper."""
Hidden = set[tuple[str, str]]
"""Level and unit of all that are hidden anywhere."""
KEY = ["level", "unit", "subject"]
WHOLE = "all"
"""Subject of indicators over all papers: gone where any paper is."""


def hidden_tables(params: Params, results: Mapping[str, Frame]) -> tuple[dict[str, Frame], Hidden]:
    """The results with hidden units blanked, and the level and unit of these, in whichever paper: they are on no list.

    results : units, participation and value_added, which tell who is hidden, and whatever else there is
    """
    threshold, units = params.privacy.hidden_below, results["units"]
    gone, few = _who(results, threshold)
    both = _with_what_follows(pd.concat([gone, few], ignore_index=True), results["participation"])
    anywhere = set(zip(both["level"], both["unit"], strict=True))

    def figures(name: str) -> Frame:
        rows = results[name]
        out = np.where(_of_matched(name, rows), marked(rows, both), marked(rows, gone))
        if name == "value_added_bands":
            out = _bands(rows, out, threshold)
        if name in FIGURES:
            out = _companions(units, rows, FIGURES[name], out, threshold)
        return blank(name, rows, out | _own(rows))

    makers: dict[str, Callable[[], Frame]] = {n: partial(figures, n) for n in (*SUMMED, *MATCHED)}
    makers |= {
        "units": lambda: _without_matched(blank("units", units, marked(units, gone)), few),
        "participation": lambda: _without_matched(figures("participation"), few),
        "value_added": lambda: _without_tiers(figures("value_added")),
        "outflow": lambda: _outflow(results["outflow"], both, threshold),
        "equity": lambda: _without_sectors(results["equity"], anywhere),
    }
    return dict(results) | make(results, makers), anywhere


def _who(results: Mapping[str, Frame], threshold: int) -> tuple[Frame, Frame]:
    """level, unit, subject of what must go for the pupils who sat or should have, and beyond it for the matched ones.

    One system after the other: what one hides helps to protect the next.
    """
    units, sat, added = results["units"], results["participation"], results["value_added"]
    gone = hidden(units, sat, "sat", threshold)
    gone = _with_what_follows(hidden(units, sat, "expected", threshold, gone), sat)
    few = hidden(units, sat, "matched", threshold, gone)
    return gone, hidden(units, added, "n", threshold, few)


def hidden(units: Frame, counted: Frame, column: str, threshold: int, given: Frame | None = None) -> Frame:
    """level, unit, subject of what must go for the pupils counted in `column`, with what is `given`; teachers only for
    their own.
    """
    known = pd.DataFrame(columns=KEY) if given is None else given
    if counted.empty:
        return known
    counts = counted[KEY].assign(n=counted[column].fillna(0).astype(int), given=marked(counted, known))
    teachers = counts["level"] == Level.teacher
    below = hidden_units(units, counts[~teachers], threshold)
    small = counts[teachers & counts["n"].between(1, threshold - 1)]
    return pd.concat([known, below, small[KEY]]).drop_duplicates(ignore_index=True)


def _of_matched(name: str, rows: Frame) -> NDArray[np.bool_]:
    """Rows (n,) of matched pupils, where a table has both kinds."""
    if name == "indicators":
        return np.asarray(
            rows["indicator"].isin([key for key, row in INDICATORS.items() if row.needs_baseline])
        )
    if name == "distributions":
        return np.asarray(rows["kind"] != "score")
    return np.full(len(rows), name in MATCHED)


def _companions(
    units: Frame, rows: Frame, figure: list[str], out: NDArray[np.bool_], threshold: int
) -> NDArray[np.bool_]:
    """Rows (n,) to hide beyond `out` where fewer pupils stand behind a figure than sat the paper, and their companions."""
    adds_up = np.asarray(rows["level"] != Level.teacher)
    if "indicator" in rows:
        adds_up = adds_up & (rows["indicator"] != "unmatched_difference")  # the smaller of two numbers
    label = rows.groupby(figure, sort=False).ngroup()
    counts = rows[["level", "unit", "n"]].assign(given=out, subject=label)[adds_up]
    counts = counts.groupby(KEY, sort=False).agg({"n": "sum", "given": "all"}).reset_index()
    few = counts["n"].between(1, threshold - 1) & ~counts["given"]
    touched = counts[counts["subject"].isin(counts.loc[few, "subject"])]
    found = marked(rows[["level", "unit"]].assign(subject=label), hidden_units(units, touched, threshold))
    return np.asarray(out | found)


def _without_matched(rows: Frame, few: Frame) -> Frame:
    """A table of counts without the number of matched pupils of units where it is hidden."""
    return rows.assign(matched=rows["matched"].astype("Int64").mask(marked(rows, few)))


def without_hidden(rows: Frame, hidden_units: Hidden) -> Frame:
    """A list without hidden units, and without rows about a hidden class or teacher."""
    inside = {unit for level, unit in hidden_units if level in (Level.klass, Level.teacher)}
    kept = [pair not in hidden_units for pair in zip(rows["level"], rows["unit"], strict=True)]
    if "target" in rows:
        kept = [ok and target not in inside for ok, target in zip(kept, rows["target"], strict=True)]
    return rows[kept].reset_index(drop=True)


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


def _bands(rows: Frame, out: NDArray[np.bool_], threshold: int) -> NDArray[np.bool_]:
    """Prior bands to hide (n,). The figures of a band, times their pupils, add up to nothing over the schools; those
    of a school to its own figure over the bands: a table with margins, which are known.
    """
    gone = out | (rows["n"] < threshold).to_numpy()
    for _, part in rows.groupby("subject", sort=False):
        n, size = part["n"].to_numpy(np.int64), len(part)
        margins = [
            np.asarray(cells)
            for key in ("unit", "band")
            for cells in part.groupby(key, sort=False).indices.values()
        ]
        sums = [Sum(size + i, tuple(cells.tolist())) for i, cells in enumerate(margins)]
        whole = np.concatenate([n, [n[cells].sum() for cells in margins]])
        given = np.concatenate([gone[part.index], [out[part.index][cells].all() for cells in margins]])
        gone[part.index] |= suppress(System.plain(whole, sums, threshold), given)[:size]
    return np.asarray(gone)


def _outflow(rows: Frame, both: Frame, threshold: int) -> Frame:
    """The `outflow` table without small units of the starting exam: a system of its own, city = Σ schools."""
    if rows.empty:
        return rows
    schools = rows["unit"].where(rows["level"] == Level.school, "")
    places = {str(level): "" for level in (Level.sector, Level.township, Level.official)}
    units = rows[["level", "unit"]].assign(school=schools, **places)
    counts = rows[["level", "unit"]].assign(subject=TOTAL, n=rows["start"])
    counts["given"] = marked(rows[["level", "unit"]], both)
    gone = pd.concat([hidden_units(units, counts, threshold), both])
    pairs = set(zip(gone["level"], gone["unit"], strict=True))
    out = np.array([pair in pairs for pair in zip(rows["level"], rows["unit"], strict=True)], bool)
    return blank("outflow", rows, out)


def _without_tiers(rows: Frame) -> Frame:
    """The `value_added` table without the tiers of hidden schools."""
    return rows.assign(tier=rows["tier"].mask(rows["flag"] == Flag.hidden, ""))


def _without_sectors(rows: Frame, hidden_units: Hidden) -> Frame:
    """The `equity` table without the rows of hidden sectors."""
    sectors = {unit for level, unit in hidden_units if level == Level.sector}
    if not sectors:
        return rows
    named = rows["key"].str.extract(r"^sector:(.*):[^:]*$")[0]
    return rows[~named.isin(sectors)].reset_index(drop=True)
