"""Small cells, and the cells that must go with them so that nobody can subtract. docs/methods.md §5.

A published sum is an equation: parent = Σ children. Whoever knows all numbers of an equation but one knows that one,
and several equations together may tell what none tells alone. So with the small cells others are hidden: of all sets
of cells that protect the small ones, the set of least loss.

Let n be the counts, y ∈ {0, 1} what is hidden, S the published sums. An outsider knows that the true counts are n + d with
S d = 0, −down·y ≤ d ≤ up·y. A hidden cell is protected if max d − min d over all such d is wider than 4 (it is not
known to within ± 2). By linear duality every attack that succeeds names a set of cells of which more must be hidden,
whatever else is: Σ aᵢ yᵢ ≥ 5. Such cuts are added to the integer programme min Σ lossᵢ yᵢ until no attack succeeds.

Source: Fischetti & Salazar-González (2001), Management Science 47, 1008–1027 (sliding protection levels).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, diags_array, eye_array, hstack

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.terms import SMALL_HIDDEN

LEAST_WIDTH = 4.0
"""A hidden count may not be known to lie within ± 2: its range must be wider than this."""
WIDTH = LEAST_WIDTH + 1.0
"""The next wider range of a count."""

ROUNDS, ONE_BY_ONE = 8, 8
"""Programmes that look at all hidden cells together, until fewer than so many are in doubt: these are looked at one by
one."""

WHOLE = 1000.0
"""Loss of what is part of nothing, the city: it goes last."""


@dataclass(frozen=True)
class Sum:
    """One published sum, by cell numbers."""

    parent: int
    children: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        return (self.parent, *self.children)


@dataclass(frozen=True, eq=False)
class System:
    """Counts n (c,) of the published cells, the sums they stand in, what hiding each costs (c,), and by how many
    pupils a hidden cell may be thought smaller (c,).
    """

    n: Ints
    sums: Sequence[Sum]
    loss: Floats
    down: Floats
    threshold: int = SMALL_HIDDEN

    @classmethod
    def plain(cls, n: Ints, sums: Sequence[Sum], threshold: int = SMALL_HIDDEN) -> "System":
        """Cells that are equally dear, the larger the dearer; what is part of nothing goes last."""
        parts = {cell for s in sums for cell in s.children}
        top = [s.parent for s in sums if s.parent not in parts]
        loss = 1 + n / max(int(n.max(initial=1)), 1)
        loss[top] *= WHOLE
        return cls(n, sums, loss, n.astype(float), threshold)

    @property
    def small(self) -> Bools:
        """Cells of 1 … threshold − 1 pupils; empty ones are shown."""
        return np.asarray((self.n > 0) & (self.n < self.threshold))

    @property
    def matrix(self) -> Floats:
        """One row a sum: −1 for its parent, 1 for its children."""
        rows = np.zeros((len(self.sums), len(self.n)))
        for row, s in zip(rows, self.sums, strict=True):
            row[list(s.children)], row[s.parent] = 1.0, -1.0
        return rows


@dataclass(frozen=True, eq=False)
class Cut:
    """Σ weight · y ≥ 5 if the cell is hidden (always, if it is None)."""

    weight: Floats
    cell: int | None


def suppress(system: System, given: Bools | None = None) -> Bools:
    """Which cells (c,) to hide: the small ones, those hidden already (`given`), and what protects the small ones."""
    small = system.small
    fixed = small if given is None else small | (given & (system.n > 0))
    if not small.any():
        return fixed
    cuts = list(_totals(system))
    while True:
        hidden = _cheapest(system, fixed, cuts)
        if hidden is None:
            return np.asarray(system.n > 0)  # nothing protects them: the whole set is dark
        found = list(_attacks(system, hidden, fixed & ~small))
        if not found:
            return hidden
        cuts += found


def _totals(system: System) -> Iterator[Cut]:
    """Hidden parts of a shown whole must together be `threshold` pupils: weights scaled to the 5 of a cut."""
    unit = WIDTH / system.threshold
    for s in system.sums:
        if system.small[list(s.children)].any():
            weight = np.zeros(len(system.n))
            weight[list(s.children)] = np.minimum(system.n[list(s.children)], system.threshold) * unit
            weight[s.parent] = WIDTH
            yield Cut(weight, None)


def _cheapest(system: System, fixed: Bools, cuts: Sequence[Cut]) -> Bools | None:
    """The cells (c,) of least loss that meet all cuts; None if no set does."""
    rows = np.array([cut.weight for cut in cuts])
    least = np.full(len(cuts), WIDTH)
    for i, cut in enumerate(cuts):
        if cut.cell is not None:
            rows[i, cut.cell] -= WIDTH
            least[i] = 0.0
    found = milp(
        system.loss,
        constraints=[LinearConstraint(rows, least - 1e-7)] if len(rows) else [],
        integrality=np.ones(len(fixed), np.int64),
        bounds=Bounds(fixed.astype(float), (system.n > 0).astype(float)),
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else np.asarray(found.x > 0.5)


def _attacks(system: System, hidden: Bools, spared: Bools) -> Iterator[Cut]:
    """A cut for each hidden cell, or pair of small cells below the threshold, that is known too well."""
    rows = system.matrix
    seen = [np.zeros(int(hidden.sum())), *_wide(system, rows, hidden)]
    place = {int(cell): i for i, cell in enumerate(np.flatnonzero(hidden))}
    for cells in _targets(system, hidden, hidden & ~spared, np.array(seen)):
        at = [place[cell] for cell in cells]
        if np.ptp([d[at].sum() for d in seen]) > LEAST_WIDTH:
            continue
        weight = sum(_end(system, rows, hidden, cells, sign, seen) for sign in (1.0, -1.0))
        if np.ptp([d[at].sum() for d in seen]) <= LEAST_WIDTH:
            companion = len(cells) == 1 and not system.small[cells[0]]
            yield Cut(np.minimum(weight, WIDTH), cells[0] if companion else None)


def _targets(system: System, hidden: Bools, aims: Bools, seen: Floats) -> Iterator[tuple[int, ...]]:
    """What an outsider may be after: each hidden cell, and pairs of small ones that are small together; without those
    that the possible differences `seen` (k, h) of the hidden cells already leave wide enough.
    """
    here = np.flatnonzero(hidden)
    tight = np.ptp(seen, axis=0) <= LEAST_WIDTH
    yield from ((int(cell),) for cell in here[tight & aims[here]])
    few = np.flatnonzero(system.small[here])
    n = system.n[here]
    for i, cell in enumerate(few[:-1]):
        others = few[i + 1 :]
        others = others[n[cell] + n[others] < system.threshold]
        known = np.ptp(seen[:, [cell]] + seen[:, others], axis=0) <= LEAST_WIDTH
        yield from ((int(here[cell]), int(here[other])) for other in others[known])


def _wide(system: System, rows: Floats, hidden: Bools) -> Iterator[Floats]:
    """Possible differences d (h,) of the hidden cells in which as many as can be are `WIDTH` away from 0 at once: a
    handful of programmes, max Σ tᵢ with tᵢ ≤ ±dᵢ and tᵢ ≤ 5, answers for most cells at once.
    """
    here = np.flatnonzero(hidden)
    A = csr_array(rows[:, here])
    h, up = len(here), float(system.n.max())
    low, high, rng = np.zeros(h), np.zeros(h), np.random.default_rng(0)
    for _ in range(ROUNDS):
        left = high - low <= LEAST_WIDTH
        if left.sum() < ONE_BY_ONE:
            return
        sign = rng.choice([-1.0, 1.0], h)
        found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse arrays
            np.append(np.zeros(h), -left.astype(float)),
            A_ub=hstack([diags_array(-sign), eye_array(h)]),
            b_ub=np.zeros(h),
            A_eq=hstack([A, csr_array(A.shape)]),
            b_eq=np.zeros(len(rows)),
            bounds=[*((-down, up) for down in system.down[here].tolist()), *[(-WIDTH, WIDTH)] * h],
            method="highs",
        )
        yield (d := np.asarray(found.x[:h]))
        low, high = np.minimum(low, d), np.maximum(high, d)


def _end(
    system: System, rows: Floats, hidden: Bools, cells: tuple[int, ...], sign: float, seen: list[Floats]
) -> Floats:
    """Cut weights (c,) of the attack on one end of the range of Σ cells; the solution joins `seen`."""
    goal = np.zeros(len(system.n))
    goal[list(cells)] = sign
    here = np.flatnonzero(hidden)
    some = np.flatnonzero(rows[:, here].any(axis=1))
    up = float(system.n.max())
    found = linprog(
        (-goal[here]).tolist(),
        A_eq=rows[np.ix_(some, here)],  # an array keeps its width where no sum is published
        b_eq=np.zeros(len(some)),
        bounds=[(-down, up) for down in system.down[here].tolist()],
        method="highs",
    )
    seen.append(np.asarray(found.x))
    rest = goal + rows[some].T @ np.asarray(found.eqlin.marginals)  # what the sums leave to the cells' bounds
    return np.asarray(np.where(rest > 0, rest * up, -rest * system.down))
