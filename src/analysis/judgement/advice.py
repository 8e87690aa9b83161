"""From findings to measures: conditions and measures are data (params/measures.yaml), this only applies them.

Source: docs/methods.md §7.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.judgement.evidence import Evidence
from analysis.judgement.lawful import CODES
from analysis.params import Judgements
from analysis.tables import TABLES
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame
Data = Mapping[str, Any]
Row = dict[str, Any]

MOST_INSTANCES = 2
"""Subjects, topics or classes for which one finding is printed for one unit: the surest first."""
MOST_MEASURES = 3
"""Measures of a finding; two where it has two instances."""
MOST_ROWS = 12

_SHOWN = ("value", "lo", "hi", "probability", "target")


def advice_table(data: Data, e: Evidence, judgements: Frame, exam_id: str, next_exam: str = "") -> Frame:
    """The `advice` table of every school, sector and the city: findings in the order of the data, with measures.

    data : parsed measures file; judgements : the exam's; next_exam : id of the exam of the re-check.
    """
    tables = _Tables(e, judgements)
    found = [_found(key, finding, tables, e.limits) for key, finding in data["findings"].items()]
    found = [frame for frame in found if len(frame)]
    if not found:
        return pd.DataFrame(columns=TABLES["advice"].names)
    rows = pd.concat(found, ignore_index=True)
    proposed = [row for of_unit in _units(rows) for row in _proposed(of_unit, data["measures"])]
    made = pd.DataFrame(proposed).assign(exam=exam_id, next_exam=next_exam)
    return made[TABLES["advice"].names]


def for_grade(data: Data, grade: int) -> Data:
    """The measures file without measures that are meant for other grades."""
    measures = {key: m for key, m in data["measures"].items() if grade in m.get("grades", (grade,))}
    return {**data, "measures": measures}


class _Tables:
    """Results tables and the few that are derived from two of them."""

    def __init__(self, e: Evidence, judgements: Frame) -> None:
        self.e, self.made = e, {"judgements": judgements}

    def get(self, name: str) -> Frame:
        if name not in self.made:
            frame = DERIVED[name].make(self.e) if name in DERIVED else self.e.table(name)
            self.made[name] = frame if "level" in frame else frame.assign(level=str(Level.city), unit="city")
        return self.made[name]


def _found(key: str, finding: Data, tables: _Tables, limits: Judgements) -> Frame:
    """Instances of one finding: level, unit, subject, target, figures, evidence."""
    when, show = finding["when"], finding["show"]
    rows = tables.get(when["table"])
    rows = rows[holds(rows, when, limits)]
    if rows.empty:
        return rows
    made = pd.DataFrame({"level": rows["level"], "unit": rows["unit"]})
    made["subject"] = rows.get("subject", "")
    for name in _SHOWN:
        made[name] = rows[show[name]] if name in show else ("" if name == "target" else np.nan)
    made["target"] = made["target"].astype(str)  # a band is a number in its table
    where = when["table"] + ":" + rows["level"] + "/" + rows["unit"] + "/" + made["subject"].astype(str)
    made["evidence"] = rows.get("evidence", where)
    below = made["level"].isin([Level.klass, Level.teacher])
    made.loc[below, "target"] = made.loc[below, "unit"]
    made.loc[below, "unit"] = made.loc[below, "unit"].str.split("/").str[0]
    made.loc[below, "level"] = str(Level.school)
    return made.assign(finding=key)


def holds(rows: Frame, when: Data, limits: Judgements) -> np.ndarray:
    """Which rows meet a condition. Numbers may be names of settings; a missing figure meets nothing."""
    ok = rows["level"].isin(_listed(when["level"])).to_numpy()
    for column, wanted in when.get("where", {}).items():
        ok = ok & rows[column].isin(_listed(wanted)).to_numpy()
    for column, barred in when.get("not", {}).items():
        ok = ok & ~rows[column].isin(_listed(barred)).to_numpy()
    for column, texts in when.get("contains", {}).items():
        told = [cell for cell in rows[column].unique() if any(t in str(cell).lower() for t in texts)]
        ok = ok & rows[column].isin(told).to_numpy()
    for test, compare in _COMPARISONS.items():
        for column, other in when.get(test, {}).items():
            right = _limit(rows, other, limits, columns=test in ("above", "below"))
            ok = ok & np.asarray(compare(rows[column].to_numpy(float), right))
    return ok


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "above": np.greater,
    "below": np.less,
}


def _limit(rows: Frame, other: str | float, limits: Judgements, *, columns: bool) -> Any:
    if columns:
        return rows[other].to_numpy(float)
    return float(getattr(limits, other)) if isinstance(other, str) else float(other)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _units(rows: Frame) -> Iterator[dict[str, list[Row]]]:
    """For each unit its findings in order, with at most two instances each, the surest first."""
    order = {key: i for i, key in enumerate(dict.fromkeys(rows["finding"]))}
    rows = rows.drop_duplicates(["level", "unit", "finding", "subject", "target"])
    rows = rows.assign(
        _order=rows["finding"].map(order),
        _sure=-rows["probability"].astype(float).fillna(0.0),
        _size=-rows["value"].astype(float).abs().fillna(0.0),
    ).sort_values(["_order", "_sure", "_size"], kind="stable")
    units: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows.to_dict("records"):
        instances = units.setdefault((row["level"], row["unit"]), {}).setdefault(row["finding"], [])
        if len(instances) < MOST_INSTANCES:
            instances.append({str(name): value for name, value in row.items()})
    yield from units.values()


def _proposed(findings: Mapping[str, list[Row]], measures: Data) -> list[Row]:
    """Rows of one unit: findings in order, the first measures of each; a list that is too long keeps the first
    measure of every finding before the second of any.
    """
    rows: list[tuple[int, int, Row]] = []
    for place, (finding, instances) in enumerate(findings.items()):
        names = [name for name in measures if name.rpartition(".")[0] == finding]
        most = MOST_MEASURES if len(instances) == 1 else MOST_MEASURES - 1
        for instance in instances:
            for number, name in enumerate(names[:most]):
                fields = {code: measures[name][code] for code in CODES}
                rows.append((number, place, instance | fields | {"measure": name}))
    kept = sorted(rows, key=lambda row: row[0])[:MOST_ROWS]
    kept.sort(key=lambda row: (row[1], row[2]["subject"], row[2]["target"], row[0]))
    return [{**row, "rank": rank} for rank, (_, _, row) in enumerate(kept, 1)]


def _standing(e: Evidence) -> Frame:
    """Start and progress of each school on the total, side by side."""
    added = e.table("value_added", Level.school)
    added = added[(added["subject"] == TOTAL) & ~added["sensitive"].astype(bool)]
    start = e.table("indicators", Level.school)
    start = start[(start["indicator"] == "start") & (start["subject"] == TOTAL)]
    both = added.merge(start[["unit", "verdict"]].rename(columns={"verdict": "start_verdict"}), on="unit")
    return both.rename(columns={"verdict": "progress_verdict", "effect": "value", "p_weak": "probability"})


def _blanks(e: Evidence) -> Frame:
    """Items left blank more often than in the city: gap and P(unit's rate > city's), binomial."""
    items = e.table("item_quality")
    city = items[items["level"] == Level.city][["subject", "item", "blank_rate"]]
    rows = items.merge(city.rename(columns={"blank_rate": "city_blank"}), on=["subject", "item"])
    p = rows["city_blank"].to_numpy(float)
    gap = rows["blank_rate"].to_numpy(float) - p
    se = np.sqrt(p * (1 - p) / np.maximum(rows["n"].to_numpy(float), 1))
    return rows.assign(gap=gap, probability=ndtr(gap / np.where(se > 0, se, np.nan)))


class _Derived(NamedTuple):
    """A table made of results tables, and their names."""

    make: Callable[[Evidence], Frame]
    of: tuple[str, ...]


DERIVED = {
    "standing": _Derived(_standing, ("value_added", "indicators")),
    "blanks": _Derived(_blanks, ("item_quality",)),
}


def tables_read(data: Data) -> Iterator[str]:
    """Results tables that the findings of a measures file are found in."""
    for finding in data["findings"].values():
        name = finding["when"]["table"]
        yield from DERIVED[name].of if name in DERIVED else (name,)


def next_comparable(dates: Sequence[tuple[str, str]], today: str) -> str:
    """Id of the first exam after `today` among (id, ISO date), '' if none is known."""
    later = sorted((date, name) for name, date in dates if date > today)
    return later[0][1] if later else ""
