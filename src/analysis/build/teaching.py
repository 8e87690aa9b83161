"""Who taught whom, and for what share of the time since the baseline. docs/methods.md §4: which baseline judges whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.measures.exam import Grouping
from analysis.terms import Level

Frame = pd.DataFrame
Floats = NDArray[np.float64]

ENOUGH = 0.5
"""A teacher who had the pupils for less of the time, on average, is not judged by them."""


class Team(NamedTuple):
    """Teachers of the pupils on one paper, the one with the largest share first: (m, k), '' and 0 for none."""

    unit: NDArray[np.object_]
    share: Floats

    def tenure(self) -> dict[str, float]:
        """Mean share of the time, over its pupils, of every main teacher."""
        main = pd.DataFrame({"unit": self.unit[:, 0], "share": self.share[:, 0]})
        found = main[main["unit"] != ""].groupby("unit", sort=False)["share"].mean()
        return {str(unit): float(share) for unit, share in found.items()}


@dataclass(frozen=True, eq=False)
class Teaching:
    """Assignments of one exam: by class, and by pupil where sheets say so (these come first).

    by_class : class (school/class), subject, unit, share. by_pupil : row (of the pupil), subject, unit, share.
    classes : (m,) class of each pupil. Units are `school/subject/T1…`: no name and no hash is shown.
    """

    by_class: Frame
    by_pupil: Frame
    classes: NDArray[np.object_]
    _teams: dict[str, Team | None] = field(default_factory=dict, init=False, repr=False)

    def team(self, subject: str) -> Team | None:
        """Teachers of every pupil on a paper, found once; None where nobody's teacher is known."""
        if subject not in self._teams:
            self._teams[subject] = self._team(subject)
        return self._teams[subject]

    def _team(self, subject: str) -> Team | None:
        by_class = self.by_class[self.by_class["subject"] == subject]
        by_pupil = self.by_pupil[self.by_pupil["subject"] == subject]
        if by_class.empty and by_pupil.empty:
            return None
        k = int(max(_place(by_class, "class").max(initial=0), _place(by_pupil, "row").max(initial=0))) + 1
        known, unit, share = _spread(by_class, "class", k)
        at = pd.Index(known).get_indexer(pd.Index(self.classes))
        unit = np.where((at >= 0)[:, None], unit[at], "") if len(unit) else np.full((len(at), k), "", object)
        share = np.where((at >= 0)[:, None], share[at], 0.0) if len(share) else np.zeros((len(at), k))
        rows, own_unit, own_share = _spread(by_pupil, "row", k)
        unit[rows.astype(int)], share[rows.astype(int)] = own_unit, own_share
        return Team(unit.astype(object), share)

    def grouping(self, subjects: list[str]) -> Grouping:
        """Pupils by their main teacher, a column a paper; a paper nobody's teacher is known for: −1."""
        main = [
            team.unit[:, 0] if (team := self.team(s)) else np.full(len(self.classes), "") for s in subjects
        ]
        labels = pd.concat([self.by_class["unit"], self.by_pupil["unit"]])
        held = set().union(*(set(column) for column in main))
        ids = tuple(unit for unit in dict.fromkeys(labels) if unit in held)
        codes = np.column_stack([pd.Index(ids, dtype=object).get_indexer(pd.Index(c)) for c in main])
        return Grouping(Level.teacher, ids, codes)


def teaching(tables: Mapping[str, Frame], exam_id: str, pupils: Frame) -> Teaching:
    """Assignments of an exam from the warehouse; pupils : pupil, school, class, in the order of the cohort."""
    of_class, of_pupil = (
        frame[frame["exam"] == exam_id].rename(columns={"weight": "share"})
        for frame in (tables["teachings"], tables["pupil_teachings"])
    )
    of_class = of_class.assign(row=-1).sort_values(
        ["school", "subject", "class", "share"], ascending=[True, True, True, False], kind="stable"
    )
    row = pd.Index(pupils["pupil"]).get_indexer(pd.Index(of_pupil["pupil"]))
    of_pupil = of_pupil.assign(row=row)[row >= 0]
    of_pupil["school"] = pupils["school"].to_numpy(object)[of_pupil["row"]]
    both = pd.concat([of_class, of_pupil.assign(**{"class": ""})], ignore_index=True)
    both["teacher"] = both["teacher"].to_numpy(
        object
    )  # a few hundred small groups: arrow's text is slow to cut
    of_whom = both.groupby(["school", "subject"], sort=False)["teacher"]
    number = of_whom.transform(lambda t: pd.factorize(t)[0] + 1) if len(both) else pd.Series(dtype=int)
    both["unit"] = both["school"] + "/" + both["subject"] + "/T" + number.astype(int).astype(str)
    by_pupil = both["row"] >= 0
    both["class"] = both["school"] + "/" + both["class"]
    classes = (pupils["school"] + "/" + pupils["class"]).where(pupils["class"] != "", "")
    return Teaching(
        both.loc[~by_pupil, ["class", "subject", "unit", "share"]],
        both.loc[by_pupil, ["row", "subject", "unit", "share"]],
        classes.to_numpy(object),
    )


def _place(rows: Frame, key: str) -> NDArray[np.int64]:
    """Place of each row among the teachers of its class or pupil, the largest share first."""
    return rows.groupby(key)["share"].rank(method="first", ascending=False).to_numpy(np.int64) - 1


def _spread(rows: Frame, key: str, k: int) -> tuple[NDArray[np.object_], NDArray[np.object_], Floats]:
    """Classes or pupils (u,), their teachers (u, k) and shares (u, k)."""
    code, known = pd.factorize(rows[key])
    unit, share = np.full((len(known), k), "", dtype=object), np.zeros((len(known), k))
    at = code, _place(rows, key)
    unit[at], share[at] = rows["unit"].to_numpy(object), rows["share"].to_numpy(float)
    return np.asarray(known, dtype=object), unit, share
