"""Small cells, and the cells that must go with them so that nobody can subtract. methods.md §5.

A published sum is an equation: parent = Σ children. Whoever knows all numbers of an equation but one knows that one.
So an equation with exactly one hidden number, or with hidden children of fewer than 11 pupils under a shown
parent, hides another number, one that opens the fewest other equations, of these the smallest; until nothing changes. Then each connected set of hidden cells is audited:
with all published sums and non-negative counts, no hidden cell may be confined to ± 2; if one is, the next
smallest number of its equations goes too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.tables import TABLES
from analysis.terms import SMALL_HIDDEN, Flag, Level, Verdict

LEAST_WIDTH = 4.0
"""A hidden count may not be known to lie within ± 2: its range must be wider than this."""


@dataclass(frozen=True)
class Sum:
    """One published sum, by cell numbers."""

    parent: int
    children: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        return (self.parent, *self.children)


def suppress(n: Ints, sums: Sequence[Sum], threshold: int = SMALL_HIDDEN) -> Bools:
    """Which cells (n,) to hide: those of 1 … threshold − 1 pupils and what protects them. Empty cells are shown."""
    hidden = (n > 0) & (n < threshold)
    of = _sums_of(len(n), sums)
    while True:
        _complete(hidden, n, sums, of, threshold)
        exposed = _exposed(hidden, n, sums)
        if exposed < 0:
            return hidden
        if not any(_hide_next(hidden, n, of, cells) for cells in _choices(hidden, n, of[exposed], sums)):
            return hidden  # nothing is left to hide: the whole set is dark


def _choices(hidden: Bools, n: Ints, near: Sequence[Sum], sums: Sequence[Sum]) -> Iterator[list[int]]:
    """What may be hidden for an exposed cell, in order: parts of its sums, their wholes from the smallest up, then
    the same of every sum with a hidden cell. What is part of nothing, the city, comes last.
    """
    rest = [s for s in sums if hidden[list(s.cells)].any()]
    parts = {cell for s in sums for cell in s.children}
    for some in (near, rest):
        yield [cell for s in some for cell in s.children]
        yield from ([whole] for whole in sorted({s.parent for s in some} & parts, key=lambda c: (n[c], c)))
    yield from ([s.parent] for s in rest if s.parent not in parts)


def _sums_of(size: int, sums: Sequence[Sum]) -> list[list[Sum]]:
    """The sums that each cell stands in."""
    of: list[list[Sum]] = [[] for _ in range(size)]
    for s in sums:
        for cell in s.cells:
            of[cell].append(s)
    return of


def _complete(
    hidden: Bools, n: Ints, sums: Sequence[Sum], of: Sequence[Sequence[Sum]], threshold: int
) -> None:
    """Hide companions until no equation gives a cell away, in place."""
    changed = True
    while changed:
        changed = False
        for s in sums:
            gone = [c for c in s.cells if hidden[c]]
            children = [c for c in gone if c != s.parent]
            few = bool(children) and not hidden[s.parent] and n[children].sum() < threshold
            if len(gone) == 1 or few:
                changed |= _hide_next(hidden, n, of, s.children) or _hide_next(hidden, n, of, (s.parent,))


def _hide_next(hidden: Bools, n: Ints, of: Sequence[Sequence[Sum]], cells: Iterable[int]) -> bool:
    """Hide one shown, non-empty cell: of those that leave the fewest sums with one hidden cell, the smallest.

    A companion from the same sector, township and official closes all their sums at once; one from elsewhere opens
    a sum for each place that it belongs to, and these would hide others in turn. False if there is none to hide.
    """
    shown = [c for c in dict.fromkeys(cells) if not hidden[c] and n[c] > 0]
    if shown:
        gone = {s: sum(bool(hidden[c]) for c in s.cells) for s in {s for c in shown for s in of[c]}}
        opened = {c: sum({0: 1, 1: -1}.get(gone[s], 0) for s in of[c]) for c in shown}
        hidden[min(shown, key=lambda c: (opened[c], n[c], c))] = True
    return bool(shown)


def _exposed(hidden: Bools, n: Ints, sums: Sequence[Sum]) -> int:
    """Number of a hidden cell that the published sums confine to ± 2, or −1."""
    for cells in _components(hidden, sums):
        equations = Equations.of(n, hidden, sums, cells)
        seen = [n[cells].astype(float)]  # every solution shows how far the cells may lie apart at least
        for i, cell in enumerate(cells):
            if np.ptp([x[i] for x in seen]) <= LEAST_WIDTH:
                low, high = equations.range(i, seen)
                if high - low <= LEAST_WIDTH:
                    return cell
    return -1


def _components(hidden: Bools, sums: Sequence[Sum]) -> list[list[int]]:
    """Hidden cells in sets that share equations."""
    group = {int(c): {int(c)} for c in np.flatnonzero(hidden)}
    for s in sums:
        gone = [c for c in s.cells if hidden[c]]
        for c in gone[1:]:
            if group[c] is not group[gone[0]]:
                group[gone[0]] |= group[c]
                for other in group[c]:
                    group[other] = group[gone[0]]
    return [sorted(g) for g in {id(g): g for g in group.values()}.values()]


def ranges(n: Ints, hidden: Bools, sums: Sequence[Sum], cells: Sequence[int]) -> list[tuple[float, float]]:
    """What an outsider can work out: lowest and highest value of each of the hidden cells, inf if unbounded.

    Knows every shown number, every equation, and that counts are not negative.
    """
    equations = Equations.of(n, hidden, sums, cells)
    return [equations.range(i, []) for i in range(len(cells))]


@dataclass(frozen=True, eq=False)
class Equations:
    """What the published sums say of some hidden cells x ≥ 0: rows x = right."""

    rows: Floats
    right: Floats

    @classmethod
    def of(cls, n: Ints, hidden: Bools, sums: Sequence[Sum], cells: Sequence[int]) -> "Equations":
        """The sums that touch the cells."""
        place = {cell: i for i, cell in enumerate(cells)}
        rows, right = [], []
        for s in sums:
            inside = [c for c in s.cells if c in place]
            if inside:
                row = np.zeros(len(cells))
                for c in inside:
                    row[place[c]] = -1.0 if c == s.parent else 1.0
                shown = sum(int(n[c]) for c in s.children if not hidden[c])
                rows.append(row)
                right.append((0 if hidden[s.parent] else int(n[s.parent])) - shown)
        return cls(np.array(rows).reshape(len(rows), len(cells)), np.array(right, float))

    def range(self, i: int, seen: list[Floats]) -> tuple[float, float]:
        """Lowest and highest value of cell i; the solutions that were found on the way join `seen`."""
        if not len(self.rows):
            return 0.0, np.inf
        if len(self.rows) == 1 and (self.rows > 0).all():  # some of one sum: each from nothing to all of it
            return (0.0, float(self.right[0])) if self.rows.size > 1 else (float(self.right[0]),) * 2
        return self._end(i, 1.0, seen), self._end(i, -1.0, seen)

    def _end(self, i: int, sign: float, seen: list[Floats]) -> float:
        """Smallest (sign 1) or largest (sign −1) value of cell i."""
        goal = np.zeros(self.rows.shape[1])
        goal[i] = sign
        found = linprog(goal, A_eq=self.rows, b_eq=self.right, method="highs")
        if found.status != 0 or found.x is None:
            return sign * -np.inf
        seen.append(found.x)
        return sign * float(found.fun or 0.0)


def unit_sums(units: pd.DataFrame) -> list[Sum]:
    """Published sums over the rows of a `units`-like frame (level, unit, school, sector, township, official).

    Classes add up to their school; schools to their sector, township, official and the city; sectors, townships
    and officials to the city where every school belongs to one. A missing class total is no equation.
    """
    at = {
        (str(level), str(unit)): i
        for i, (level, unit) in enumerate(zip(units["level"], units["unit"], strict=True))
    }
    schools = units.reset_index(drop=True)
    members: dict[int, list[int]] = {}

    def belongs(child: int, level: Level, unit: str) -> None:
        parent = at.get((str(level), unit))
        if parent is not None and unit:
            members.setdefault(parent, []).append(child)

    for i, row in enumerate(schools.itertuples(index=False)):
        if row.level == Level.klass:
            belongs(i, Level.school, str(row.school))
        if row.level == Level.school:
            for level in (Level.sector, Level.township, Level.official):
                belongs(i, level, str(getattr(row, str(level))))
    sums = [Sum(parent, tuple(children)) for parent, children in members.items()]
    city = at.get((str(Level.city), "city"))
    if city is not None:
        for level in (Level.school, Level.sector, Level.township, Level.official):
            parts = tuple(i for i, of in enumerate(schools["level"]) if of == level)
            if parts:
                sums.append(Sum(city, parts))
    return sums


def hidden_units(units: pd.DataFrame, counts: pd.DataFrame, threshold: int = SMALL_HIDDEN) -> pd.DataFrame:
    """level, unit, subject of everything to hide, from the published pupils of each unit.

    units : as for `unit_sums`. counts : level, unit, subject, n; a unit without a row has no pupils there.
    Sums that do not add up (pupils of unknown class, pupils of no sector) get the remainder as a cell of
    its own: it can be worked out, so it is protected like the others.
    """
    keys = units[["level", "unit"]].reset_index(drop=True)
    sums = unit_sums(units)
    out = []
    for subject, rows in counts.groupby("subject", sort=False):
        n = keys.merge(rows[["level", "unit", "n"]], how="left")["n"].fillna(0).to_numpy(np.int64)
        whole, complete = _with_remainders(n, sums)
        hidden = suppress(whole, complete, threshold)[: len(n)]
        out.append(keys[hidden].assign(subject=subject))
    return pd.concat(out, ignore_index=True) if out else pd.DataFrame(columns=["level", "unit", "subject"])


def _with_remainders(n: Ints, sums: Sequence[Sum]) -> tuple[Ints, list[Sum]]:
    """Counts and sums completed by what a parent has beyond its children; a sum of nothing is left out."""
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


def hide(table: str, frame: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """A results table with the figures of hidden units blanked: counts 0, figures missing, flag and verdict hidden.

    Tables without a subject are blanked where the unit is hidden in any subject.
    """
    keys = [k for k in ("level", "unit", "subject") if k in frame]
    marked = frame[keys].merge(hidden[keys].drop_duplicates().assign(_gone=True), how="left", on=keys)[
        "_gone"
    ]
    return blank(table, frame, marked.notna().to_numpy())


def blank(table: str, frame: pd.DataFrame, gone: Bools) -> pd.DataFrame:
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
