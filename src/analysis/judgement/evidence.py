"""What the rules read: results tables of one exam, and what was learnt over cohorts. docs/methods.md §6."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.params import Judgements
from analysis.tables import TABLES

Frame = pd.DataFrame

UNIT = ["level", "unit", "subject"]
Key = tuple[str, str, str]

POOLED = [*UNIT, "cohorts", "value", "lo", "hi", "p_weak", "p_own", "pupils", "classes"]
"""Mean over the last ≤ 3 cohorts, m₃: its value and interval, P(m₃ ≤ weak_effect), P(own part ≤ own_effect);
cohorts, distinct pupils and classes (or cohorts of classes) that it rests on."""

STEPS = [
    *UNIT,
    "cohorts",
    "value",
    "lo",
    "hi",
    "p_step",
    "p_below",
    "before",
    "two",
    "two_lo",
    "two_hi",
    "p_two",
]
"""Change of progress against the cohort before: value, interval, P(Δ ≤ decline_step), P(u_t < 0); the earlier
step `before` (NaN with two cohorts), change over two years `two` and P(u_t − u_{t−2} ≤ decline_total)."""

AWARDS = [*UNIT, "probability", "papers"]
"""P(among the first k) and the number of papers (or cohorts) that it rests on."""


READ = ("participation", "value_added", "indicators", "issues_summary", "papers_quality")
"""Results tables that the rules read."""


def _empty(columns: list[str]) -> Frame:
    return pd.DataFrame({name: pd.Series(dtype=object if name in UNIT else float) for name in columns})


def _table(name: str) -> Frame:
    kinds = {"text": "object", "int": "float64", "float": "float64", "bool": "bool"}
    return pd.DataFrame({c.name: pd.Series(dtype=kinds[c.kind]) for c in TABLES[name].columns})


@dataclass(frozen=True)
class Evidence:
    """Results tables by name (missing ones are empty), cohort frames, and what the exam allows.

    pooled, steps, awards : columns POOLED, STEPS, AWARDS; empty where no earlier cohort is known
    capped : subjects whose paper cannot tell its best pupils apart
    accountable : False for 中考/高考, which no award or follow-up may rest on
    """

    tables: Mapping[str, Frame]
    limits: Judgements = field(default_factory=Judgements)
    pooled: Frame = field(default_factory=lambda: _empty(POOLED))
    steps: Frame = field(default_factory=lambda: _empty(STEPS))
    awards: Frame = field(default_factory=lambda: _empty(AWARDS))
    capped: frozenset[str] = frozenset()
    accountable: bool = True

    def table(self, name: str, level: str | None = None) -> Frame:
        """A results table, of one level; empty where there is none."""
        found = self.tables.get(name)
        frame = _table(name) if found is None else found
        return frame if level is None else frame[frame["level"] == level]

    def obstacles(self, rows: Frame) -> np.ndarray:
        """Why nothing may be judged of each unit and subject: comma-separated codes, '' if nothing stands in the way.

        Participation and match are the unit's own in that subject; an unknown roster is no obstacle here, it is
        said elsewhere.
        """
        return _looked_up(self._obstacles, rows)

    def doubts(self, rows: Frame) -> np.ndarray:
        """What speaks against a judgement that would otherwise be made: small, sensitive, tipping."""
        return _looked_up(self._doubts, rows)

    @cached_property
    def _obstacles(self) -> dict[Key, str]:
        sat = self.table("participation")
        share = sat["matched"].to_numpy(float) / np.maximum(sat["sat"].to_numpy(float), 1)
        codes = {
            "participation": sat["rate"].to_numpy(float) < self.limits.participation,
            "matched": share < self.limits.matched,
        }
        return _joined(codes, sat)

    @cached_property
    def _doubts(self) -> dict[Key, str]:
        added = self.table("value_added")
        codes = {
            "small": added["flag"].isin(["small", "hidden"]).to_numpy(),
            "sensitive": added["sensitive"].to_numpy(bool),
            "tipping": np.abs(added["tipping"].to_numpy(float)) < self.limits.tipping,
        }
        return _joined(codes, added)


def keys(rows: Frame) -> list[Key]:
    """Level, unit and subject of each row."""
    return list(zip(*(rows[name].tolist() for name in UNIT), strict=True))


def _looked_up(codes: Mapping[Key, str], rows: Frame) -> np.ndarray:
    return np.array([codes.get(key, "") for key in keys(rows)], dtype=object)


def _joined(codes: Mapping[str, np.ndarray], rows: Frame) -> dict[Key, str]:
    """Names of the codes that are true in each row, joined by commas, by key; rows with none are left out."""
    names = list(codes)
    on = np.column_stack([codes[name] for name in names])
    some = np.flatnonzero(on.any(axis=1))
    of = keys(rows.iloc[some])
    return {
        key: ",".join(n for n, yes in zip(names, on[i], strict=True) if yes)
        for key, i in zip(of, some, strict=True)
    }
