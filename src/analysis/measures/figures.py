"""From a variable of pupils to a figure of every unit: value, standard error, interval.

A `Figure` is a function of a level: `figure(grouping)` gives the estimates of all its units at once.

    ȳ_u = Σ w_i y_i / Σ w_i,   SE² = σ²_class/n_classes + σ²_pupil/n_eff,   n_eff = (Σ w)²/Σ w²

Means: ȳ ± 1.96 SE. Rates: Wilson's interval at n_eff/deff (rates.py). Roots: SE(√q) = SE(q)/(2√q).

Source: docs/methods.md §2. n_eff: Kish (1965), Survey Sampling, §11.7; the components: components.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.components import STREAMED, Components, components, given, pooled
from analysis.measures.exam import ExamData, Grouping
from analysis.measures.rates import effective_n, wilson
from analysis.terms import Z95, Level


@dataclass(frozen=True)
class Estimate:
    """Figures of the U units of one level: each array (U,); spread is the city's sd between pupils, a scalar."""

    value: Floats
    se: Floats
    lo: Floats
    hi: Floats
    n: Ints
    spread: float


Figure = Callable[[Grouping], Estimate]


@dataclass(frozen=True)
class Cells:
    """The pupils of one sample in the units of one level: index of their unit, counts by unit."""

    rows: Ints
    unit: Ints
    n: Ints
    effective: Floats
    classes: Floats
    weights: Floats | None

    def mean(self, values: Floats) -> Floats:
        """Mean of values (m,) by unit, NaN where a unit has no pupil."""
        taken = values[self.rows]
        if self.weights is not None:
            taken = taken * self.weights
        mass = self.n if self.weights is None else np.bincount(self.unit, self.weights, len(self.n))
        with np.errstate(invalid="ignore"):
            return np.asarray(np.bincount(self.unit, taken, len(self.n)) / mass)


@dataclass(frozen=True)
class Paper:
    """One column of the exam: a paper, the total, or 'all' (all papers together; j is then the last column)."""

    exam: ExamData
    j: int
    subject: str
    _cells: dict[tuple[Level, bytes], Cells] = field(default_factory=dict, repr=False, compare=False)

    @property
    def score(self) -> Floats:
        """Marks, (m,)."""
        return self.exam.scores[:, self.j]

    @property
    def full(self) -> float:
        """Full mark, NaN where there is none."""
        return float(self.exam.full_marks[self.j])

    @property
    def z(self) -> Floats:
        """Normal scores, (m,)."""
        return self.exam.z[:, self.j]

    @property
    def start(self) -> Floats:
        """Prior z, (m,)."""
        return self.exam.start[:, self.j]

    @cached_property
    def schools(self) -> Ints:
        return self.exam.level(Level.school).column(self.j)

    @cached_property
    def classes(self) -> Ints:
        """Class codes (m,); pupils of unknown class form one class a school, below −1."""
        code = self.exam.level(Level.klass).column(self.j)
        return np.where(code >= 0, code, -2 - self.schools)

    @cached_property
    def prior(self) -> Floats:
        """The prior that components are given in a streamed grade: this subject's, else the last column's."""
        own = self.start
        return own if not np.isnan(own).all() else self.exam.start[:, -1]

    @cached_property
    def streamed(self) -> bool:
        """Whether classes of this paper were made by attainment: class ICC of the prior ≥ 0.10."""
        known = ~np.isnan(self.prior)
        if not known.any():
            return False
        return components(self.prior[known], self.classes[known], self.schools[known]).icc >= STREAMED

    def components(self, values: Floats, known: Bools) -> Components:
        """Components of values (m, v) over the pupils `known`; given the prior in a streamed grade."""
        rows = known & ~np.isnan(self.prior) if self.streamed else known
        taken = values[rows]
        if self.streamed:
            taken = given(taken, self.prior[rows])
        return components(taken, self.classes[rows], self.schools[rows])

    def cells(self, by: Grouping, known: Bools) -> Cells:
        """Counts of the sample `known` (m,) in the units of a level; kept, for many figures share a sample."""
        key = (by.level, known.tobytes())
        if key not in self._cells:
            self._cells[key] = _cells(self, by, known)
        return self._cells[key]


def _cells(paper: Paper, by: Grouping, known: Bools) -> Cells:
    code = by.column(paper.j)
    rows = np.flatnonzero(known & (code >= 0))
    unit, size = code[rows], len(by.ids)
    n = np.bincount(unit, minlength=size)
    _, klass = np.unique(paper.classes[rows], return_inverse=True)
    pairs = np.unique(unit * (int(klass.max(initial=0)) + 1) + klass)
    held = np.bincount(pairs // (int(klass.max(initial=0)) + 1), minlength=size).astype(float)
    if paper.exam.weights is None:
        return Cells(rows, unit, n, n.astype(float), held, None)
    w = paper.exam.weights[rows]
    squares = np.bincount(unit, w**2, size)
    effective = np.bincount(unit, w, size) ** 2 / np.where(squares > 0, squares, 1)  # Kish
    return Cells(rows, unit, n, effective, held, w)


def normal(value: Floats, se: Floats, n: Ints, spread: float = np.nan) -> Estimate:
    """Estimate with the interval value ± 1.96 SE."""
    return Estimate(value, se, value - Z95 * se, value + Z95 * se, n, spread)


def city_value(exam: ExamData, figure: Figure) -> float:
    """A figure of all pupils together."""
    everyone = Grouping(Level.city, ("city",), np.zeros(len(exam.scores), np.int64))
    return float(figure(everyone).value[0])


def mean_of(paper: Paper, values: Floats, parts: Components | None = None) -> Figure:
    """Mean of a pupils' variable (m,), NaN where a pupil does not count."""
    known = ~np.isnan(values)
    found = parts or paper.components(values[:, None], known)
    spread = float(np.std(values[known])) if known.any() else np.nan

    def by(units: Grouping) -> Estimate:
        cells = paper.cells(units, known)
        return normal(cells.mean(values), found.se(cells.effective, cells.classes), cells.n, spread)

    return by


def rate_of(paper: Paper, hits: Floats) -> Figure:
    """Share of a 0/1 variable (m,), NaN where a pupil does not count; Wilson's interval with n/deff."""
    known = ~np.isnan(hits)
    parts = paper.components(hits[:, None], known)
    mean = mean_of(paper, hits, parts)

    def by(units: Grouping) -> Estimate:
        plain, cells = mean(units), paper.cells(units, known)
        lo, hi = wilson(plain.value, effective_n(cells.effective, cells.classes, parts.icc))
        return Estimate(plain.value, plain.se, lo, hi, plain.n, plain.spread)

    return by


def root_of(square: Figure) -> Figure:
    """Square root of a mean square, SE by the delta method."""

    def by(units: Grouping) -> Estimate:
        mean = square(units)
        value = np.sqrt(np.maximum(mean.value, 0))
        with np.errstate(invalid="ignore", divide="ignore"):
            return normal(value, np.asarray(np.where(value > 0, mean.se / (2 * value), np.nan)), mean.n)

    return by


def pooled_mean(paper: Paper, values: Floats) -> Figure:
    """Mean of a starting score: in a streamed grade its classes are no source of chance."""
    known = ~np.isnan(values)
    parts = pooled(values[known], paper.schools[known]) if paper.streamed else None
    return mean_of(paper, values, parts)
