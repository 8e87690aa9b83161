"""Standard errors of unit means from the city's variance components. docs/methods.md §2.

SE² = σ²_class / n_classes + σ²_pupil / n : what 'another cohort like this one' would vary by, classes and pupils
drawn anew, the school kept. One formula for class, school, township, sector and city.
"""

from dataclasses import dataclass

import numpy as np

from analysis.measures.arrays import Floats, Ints

STREAMED = 0.10
"""Class share of the prior's variance from which a grade counts as streamed (docs/methods.md §2)."""


@dataclass(frozen=True)
class Components:
    """Covariance of classes within schools and of pupils within classes, (v, v) each.

    separable is False where no school has two classes: the class part is then unknown and taken as 0.
    """

    between: Floats
    within: Floats
    separable: bool

    def se(self, n: Floats, n_classes: Floats) -> Floats:
        """SE of the mean of the first variable for units of n pupils in n_classes classes; NaN where n is 0."""
        return np.sqrt(self._per_class(self.between[0, 0], n_classes) + self._per_class(self.within[0, 0], n))

    @staticmethod
    def _per_class(variance: float, count: Floats) -> Floats:
        return np.where(count > 0, variance / np.where(count > 0, count, 1), np.nan)

    @property
    def icc(self) -> float:
        """Class share of the variance of the first variable; 0 where nothing varies."""
        whole = self.between[0, 0] + self.within[0, 0]
        return float(self.between[0, 0] / whole) if whole > 0 else 0.0


def components(values: Floats, classes: Ints, schools: Ints) -> Components:
    """Moment (ANOVA) estimate of the class and pupil covariance of values (n, v) or (n,).

    Classes nest in schools; schools are fixed. E[MS classes] = Σ_within + n₀ Σ_between with
    n₀ = (N − Σ_s Σ_c n_c²/n_s)/(C − S). Negative parts are set to 0. 0/1 variables are treated as linear.

    Source: Searle, Casella & McCulloch (1992), Variance Components, §3.6 and table F.1 (nested, unbalanced).
    """
    y = values[:, None] if values.ndim == 1 else values
    v = y.shape[1]
    if len(y) == 0:
        return Components(np.zeros((v, v)), np.zeros((v, v)), False)
    y = y - y.mean(axis=0)
    n_class, class_sums, home = _class_sums(y, classes, schools)
    n_school = np.bincount(home, n_class)
    school_sums = np.column_stack([np.bincount(home, column) for column in class_sums.T])
    of_classes = (class_sums / n_class[:, None]).T @ class_sums
    of_schools = (school_sums / n_school[:, None]).T @ school_sums
    free_within, free_between = len(y) - len(n_class), len(n_class) - len(n_school)
    within = (y.T @ y - of_classes) / max(free_within, 1)
    if free_between == 0:
        return Components(np.zeros((v, v)), within, False)
    size = (len(y) - float((np.bincount(home, n_class**2) / n_school).sum())) / free_between
    between = ((of_classes - of_schools) / free_between - within) / size
    return Components(_nonnegative(between), within, True)


def _class_sums(y: Floats, classes: Ints, schools: Ints) -> tuple[Floats, Floats, Ints]:
    """Pupils and sums of every class that has pupils, and the number of its school."""
    _, first, number = np.unique(classes, return_index=True, return_inverse=True)
    sums = np.column_stack([np.bincount(number, column) for column in y.T])
    _, home = np.unique(schools[first], return_inverse=True)
    return np.bincount(number).astype(float), np.asarray(sums, float), home


def _nonnegative(matrix: Floats) -> Floats:
    """The nearest covariance: negative eigenvalues set to 0."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def pooled(values: Floats, schools: Ints) -> Components:
    """Pupil variance within schools with no class part: for the prior of a streamed grade, whose classes
    are a partition of the same pupils and not a source of chance."""
    none = np.zeros((1, 1))
    if len(values) == 0:
        return Components(none, none, True)
    _, number, size = np.unique(schools, return_inverse=True, return_counts=True)
    deviations = values - (np.bincount(number, values) / size)[number]
    free = max(len(values) - len(size), 1)
    return Components(none, np.full((1, 1), float(deviations @ deviations) / free), True)


def given(values: Floats, prior: Floats) -> Floats:
    """Residuals of values (n, v) on the prior (n,) by least squares; prior must be known for all."""
    x = np.column_stack([np.ones(len(prior)), prior])
    return np.asarray(values - x @ np.linalg.lstsq(x, values, rcond=None)[0])
