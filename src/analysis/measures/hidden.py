"""Which units of a results table are hidden, and their figures taken out. docs/methods.md §5."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.measures.arrays import Bools, Ints
from analysis.measures.suppression import WHOLE, Sum, System, suppress
from analysis.tables import TABLES
from analysis.terms import SMALL_HIDDEN, Flag, Level, Verdict

Frame = pd.DataFrame

PLACES = (Level.sector, Level.township, Level.official)
LOSS = {Level.city: WHOLE, Level.sector: 10.0, Level.township: 3.0, Level.official: 3.0, Level.school: 10.0}
"""What hiding a unit costs: a school loses its report, a township one row of the city's."""
AGAIN = 0.25
"""Of a unit that another paper hides already: it is on no list any more, and figures over all papers are gone."""


def place_sums(units: Frame) -> list[Sum]:
    """Published sums over the rows of a `units`-like frame without classes: level, unit, sector, township, official.

    Schools add up to their sector, township, official and the city; the places of a kind, with the schools that
    belong to none of them, to the city.
    """
    at = {pair: i for i, pair in enumerate(zip(units["level"], units["unit"], strict=True))}
    schools = np.flatnonzero(units["level"] == Level.school).tolist()
    city = at.get((Level.city, "city"))
    sums = []
    for level in PLACES:
        members: dict[int | None, list[int]] = {}
        for school, place in zip(schools, units[str(level)].iloc[schools], strict=True):
            members.setdefault(at.get((level, place)) if place else None, []).append(school)
        outside = members.pop(None, [])
        sums += [Sum(place, tuple(inside)) for place, inside in members.items() if place is not None]
        if city is not None and members:
            sums.append(Sum(city, (*(place for place in members if place is not None), *outside)))
    return [*sums, Sum(city, tuple(schools))] if city is not None and schools else sums


def hidden_units(units: Frame, counts: Frame, threshold: int = SMALL_HIDDEN) -> Frame:
    """level, unit, subject of everything to hide, from the published pupils of each unit.

    units : level, unit, school, sector, township, official.
    counts : level, unit, subject, n and perhaps `given` (hidden already); a unit without a row has no pupils there.

    Papers that share a small unit hide the same: a class has about the same pupils in each, and one paper would tell
    what another hides.
    """
    hierarchy = _Hierarchy.of(units, threshold)
    small: dict[Any, Bools] = {}
    hidden: dict[Any, Bools] = {}
    row = _rows_of(hierarchy.units, counts)
    known = counts["given"].eq(True).to_numpy() if "given" in counts else np.zeros(len(counts), bool)
    number, subjects = pd.factorize(counts["subject"])
    pupils = counts["n"].fillna(0).to_numpy(np.int64)
    for code, subject in enumerate(subjects):
        here = (number == code) & (row >= 0)
        n, given = np.zeros(len(hierarchy.units), np.int64), np.zeros(len(hierarchy.units), bool)
        n[row[here]], given[row[here]] = pupils[here], known[here]
        few = np.asarray((n > 0) & (n < threshold))
        gone = few | ((n > 0) & given)
        if gone.any():
            small[subject], hidden[subject] = few, hierarchy.protected(n, gone)
    for papers in _sharing(small):
        both = np.any([hidden[paper] for paper in papers], axis=0)
        hidden |= dict.fromkeys(papers, np.asarray(both))
    out = [hierarchy.units.loc[gone, ["level", "unit"]].assign(subject=s) for s, gone in hidden.items()]
    return pd.concat(out, ignore_index=True) if out else pd.DataFrame(columns=["level", "unit", "subject"])


def _rows_of(units: Frame, counts: Frame) -> Ints:
    """The unit (row of `units`) that each row of counts is about, −1 for none."""
    keys = pd.MultiIndex.from_frame(units[["level", "unit"]].astype(object))
    return np.asarray(keys.get_indexer(pd.MultiIndex.from_frame(counts[["level", "unit"]].astype(object))))


def _sharing(small: Mapping[Any, Bools]) -> list[list[Any]]:
    """Papers in groups that are linked by small units (u,)."""
    groups: list[list[Any]] = []
    for paper, few in small.items():
        linked = [group for group in groups if any((small[other] & few).any() for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([paper, *(other for group in linked for other in group)])
    return groups


@dataclass(eq=False)
class _Hierarchy:
    """The units: places and schools are one system; the classes of each school another, below it.

    What is hidden in one paper is cheaper to hide in the next; equal counts are worked out once.
    """

    units: Frame
    below: Bools
    sums: list[Sum]
    classes: dict[int, Ints]
    threshold: int
    before: Bools
    known: dict[bytes, Bools] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Frame, threshold: int) -> "_Hierarchy":
        units = units.loc[units["level"] != Level.teacher, ["level", "unit", "school", *map(str, PLACES)]]
        units = units.reset_index(drop=True)
        below = (units["level"] == Level.klass).to_numpy()
        schools = np.flatnonzero(units["level"] == Level.school)
        at = dict(zip(units["unit"].iloc[schools], schools.tolist(), strict=True))
        inside = units[below].groupby("school", sort=False).indices
        classes = {at[school]: np.flatnonzero(below)[rows] for school, rows in inside.items() if school in at}
        sums = place_sums(units[~below].reset_index(drop=True))
        return cls(units, below, sums, classes, threshold, np.zeros(len(units), bool))

    def protected(self, n: Ints, gone: Bools) -> Bools:
        """The units (u,) to hide: those that are `gone` (u,) and what protects them."""
        key = n.tobytes() + gone.tobytes()
        if key not in self.known:
            self.known[key] = self._protected(n, gone.copy())
        return self.known[key]

    def _protected(self, n: Ints, gone: Bools) -> Bools:
        places = self.units[~self.below]
        floor = np.where(np.isin(places.index, list(self.classes)), self.threshold, 0)
        system = _system(places, n[~self.below], self.sums, floor, self.before[~self.below], self.threshold)
        given = np.zeros(len(system.n), bool)
        given[: len(places)] = gone[~self.below]
        gone[~self.below] = suppress(system, given)[: len(places)]
        for school, own in self.classes.items():
            cells = Classes(n[own], self.before[own], int(n[school]), bool(gone[school]))
            gone[own] = companions(cells, gone[own], self.threshold)
        self.before = self.before | gone
        return gone


def _system(
    places: Frame, n: Ints, sums: Sequence[Sum], floor: Ints, before: Bools, threshold: int
) -> System:
    """The system of the places and schools. A school that is hidden as a companion shows most of its classes:
    outsiders know it to within the hidden ones, `floor` pupils.
    """
    whole, complete = _with_remainders(n, sums)
    extra = len(whole) - len(n)
    dear = places["level"].map(LOSS).to_numpy(float) * np.where(before, AGAIN, 1.0)
    loss = np.append(dear, np.ones(extra)) * (1 + whole / max(int(whole.max(initial=1)), 1))
    down = np.where((floor > 0) & (n >= threshold), np.minimum(n, floor), n).astype(float)
    return System(whole, complete, loss, np.append(down, whole[len(n) :].astype(float)), threshold)


def _with_remainders(n: Ints, sums: Sequence[Sum]) -> tuple[Ints, list[Sum]]:
    """Counts and sums completed by what a parent has beyond its children: it can be worked out, so it is a cell too.
    A sum of nothing is left out.
    """
    extra: list[int] = []
    complete = []
    for s in sums:
        rest = int(n[s.parent] - n[list(s.children)].sum())
        if n[s.parent] == 0:
            continue
        if rest > 0:
            extra.append(rest)
            complete.append(Sum(s.parent, (*s.children, len(n) + len(extra) - 1)))
        elif rest == 0:
            complete.append(s)
    return np.concatenate([n, np.array(extra, np.int64)]), complete


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of one school: pupils (c,), those that another paper hides (c,), pupils of the school, whether it is
    hidden itself.
    """

    n: Ints
    before: Bools
    whole: int
    whole_hidden: bool


def companions(classes: Classes, hidden: Bools, threshold: int) -> Bools:
    """Classes (c,) of one school to hide: the hidden ones and, until these have `threshold` pupils together, the next
    smallest. Under a school that is shown there must be two.

    Pupils of the school beyond its classes can be worked out and count as a class.
    """
    n, hidden = classes.n, hidden.copy()
    rest = max(classes.whole - int(n.sum()), 0)
    few = rest if rest < threshold else 0
    if not (hidden.any() or few or classes.whole_hidden):
        return hidden
    for cell in np.lexsort((n, ~classes.before)):
        several = classes.whole_hidden or int(hidden.sum()) + (few > 0) > 1
        if several and n[hidden].sum() + few >= threshold:
            break
        hidden[cell] |= n[cell] > 0
    return hidden


def marked(frame: Frame, hidden: Frame) -> Bools:
    """Rows (n,) of a results table whose unit is hidden; without a subject: whose unit is hidden in any subject."""
    keys = [k for k in ("level", "unit", "subject") if k in frame]
    made = np.zeros(len(frame), bool)
    rows = np.flatnonzero(frame["unit"].isin(hidden["unit"].unique()))  # most units are hidden nowhere
    known = set(zip(*(hidden[k].tolist() for k in keys), strict=True))
    made[rows] = [key in known for key in zip(*(frame[k].iloc[rows].tolist() for k in keys), strict=True)]
    return made


def blank(table: str, frame: Frame, gone: Bools) -> Frame:
    """A results table without the figures of the rows `gone` (n,); the frame itself where there are none."""
    if not gone.any():
        return frame
    made, key = frame.copy(), TABLES[table].key
    for column in TABLES[table].columns:
        if column.name in key or column.name not in made:
            continue
        if column.kind == "float" and column.nullable:
            made.loc[gone, column.name] = np.nan
        elif column.kind == "int":
            made[column.name] = made[column.name].mask(gone, np.nan if column.nullable else 0)
    for name, word in (("flag", Flag.hidden), ("verdict", Verdict.hidden)):
        if name in made:
            made.loc[gone, name] = str(word)
    return made
