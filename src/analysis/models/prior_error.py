"""Prior scores freed of their measurement error, so that intake does not pass for value added.

    x̂_i = x̄_c + R'(x_i − x̄_c)          R = S_w⁻¹(S_w − D)          D = diag(1 − ρ_k)

Symbols: x_i (k,) the prior scores of pupil i, x̄_c their mean in class c (in a class of fewer than 10 pupils:
in the school), S_w pooled covariance within classes, ρ_k reliability of paper k, whose positions
have sd 1 in the reference population, S_w − D the covariance of the true scores within classes.
x̂ is the best linear guess of the true scores inside a class; a class mean of many pupils has hardly any error.

Assumes: errors independent of the true scores, of each other and of the class. Not for: a prior total together
with the papers it is the sum of (their errors are not independent).

Source: docs/methods.md §4A; Carroll et al. (2006), Measurement Error in Nonlinear Models, ch. 4 (regression
calibration); Fuller (1987), Measurement Error Models, §2.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMALL_CLASS = 10
LEAST_SHARE = 1e-3
"""Smallest share of true variance, in any direction within classes, with which a correction is made."""


@dataclass(frozen=True, eq=False)
class Corrected:
    """Corrected priors and what they rest on.

    Attributes
    ----------
    x : (n, k) corrected priors; the observed ones where `ok` is false.
    R : (k, k); the identity where `ok` is false.
    S_w, D : (k, k).
    deviation : (n, k) x − x̄_c. group : (n,) code of the class, or of the school standing in.
    ok, reason : whether the correction could be made, else why not.
    """

    x: Floats
    R: Floats
    S_w: Floats
    D: Floats
    deviation: Floats
    group: Ints
    ok: bool
    reason: str = ""

    def without(self, rows: NDArray[np.bool_]) -> Floats:
        """R (k, k) estimated without the given rows (whole groups); R itself if that is impossible."""
        kept = ~rows
        S_w = _within(self.deviation[kept], self.group[kept])
        return _shrink(S_w, self.D) if _share_of_truth(S_w, self.D) > LEAST_SHARE else self.R

    def rescaled(self, R: Floats) -> Floats:
        """The priors (n, k) corrected by another R."""
        return np.asarray(self.x + self.deviation @ (R - self.R))


def correct(priors: ArrayLike, cls: ArrayLike, school: ArrayLike, rho: ArrayLike) -> Corrected:
    """Regression calibration within classes.

    Parameters
    ----------
    priors : (n, k) positions with sd 1 in the reference population, without NaN; cls, school : (n,) codes from 0;
    rho : (k,) or one number for all, in (0, 1].

    Raises
    ------
    ModelError : missing priors, or a reliability outside (0, 1].
    """
    x = np.asarray(priors, dtype=float)
    k = x.shape[1]
    rho = np.broadcast_to(rho, k).astype(float)
    if not np.isfinite(x).all():
        raise ModelError("priors with gaps cannot be corrected", "fill or drop them first")
    if not ((rho > 0) & (rho <= 1)).all():
        raise ModelError(f"a reliability lies outside (0, 1]: {rho.tolist()}")
    group, mean = _reference(x, np.asarray(cls), np.asarray(school))
    deviation = x - mean
    S_w, D = _within(deviation, group), np.diag(1 - rho)
    share = _share_of_truth(S_w, D)
    if share <= LEAST_SHARE:
        reason = "the differences within classes are no larger than the assumed measurement error"
        return Corrected(x, np.eye(k), S_w, D, deviation, group, False, reason)
    R = _shrink(S_w, D)
    return Corrected(mean + deviation @ R, R, S_w, D, deviation, group, True)


def _reference(x: Floats, cls: Ints, school: Ints) -> tuple[Ints, Floats]:
    """Group codes (n,) and the mean (n, k) each pupil is drawn towards: of the class, if small of the school."""
    cls = pd.factorize(school * (cls.max() + 1) + cls)[0]
    small = np.bincount(cls)[cls] < SMALL_CLASS
    group = np.where(small, cls.max() + 1 + school, cls)
    return group, np.where(small[:, None], _means(x, school), _means(x, cls))


def _means(x: Floats, code: Ints) -> Floats:
    n = np.maximum(np.bincount(code), 1)
    return np.stack([(np.bincount(code, column) / n)[code] for column in x.T], axis=1)


def _within(deviation: Floats, group: Ints) -> Floats:
    spare = len(group) - np.count_nonzero(np.bincount(group))
    if spare <= 0:
        return np.zeros((deviation.shape[1],) * 2)
    return np.asarray(deviation.T @ deviation / spare)


def _share_of_truth(S_w: Floats, D: Floats) -> float:
    """Smallest eigenvalue of S_w^−½(S_w − D)S_w^−½: the least reliable direction inside a class."""
    try:
        root = np.linalg.inv(np.linalg.cholesky(S_w))
    except np.linalg.LinAlgError:
        return 0.0
    return float(1 - np.linalg.eigvalsh(root @ D @ root.T)[-1])


def _shrink(S_w: Floats, D: Floats) -> Floats:
    return np.asarray(np.eye(len(D)) - np.linalg.solve(S_w, D))


def jackknife(estimate: Callable[[NDArray[np.bool_]], Floats], school: Ints, most: int = 20) -> Floats:
    """Covariance (p, p) of an estimate by leaving out one school at a time.

    Parameters
    ----------
    estimate : from the mask (n,) of the left-out rows to the coefficients (p,).
    school : (n,) codes from 0; more than `most` schools are left out in `most` groups.

    Source: Shao & Tu (1995), The Jackknife and Bootstrap, §2.3; docs/methods.md §4A.
    """
    group = np.unique(school, return_inverse=True)[1] % most
    n = int(group.max()) + 1
    if n < 2:
        raise ModelError("a jackknife over schools needs at least two")
    values = np.stack([estimate(group == j) for j in range(n)])
    gap = values - values.mean(0)
    return np.asarray((n - 1) / n * gap.T @ gap)


def reliability_from_papers(correlation: ArrayLike) -> float:
    """Reliability of one paper from the correlations (m, m) of m ≥ 3 papers of the subject in time order, NaN where
    two papers share too few pupils.

    For papers i < j < k the middle one has ρ_j = r_ij r_jk / r_ik, however much the pupils change between
    them; the median over all triples.

    Raises
    ------
    ModelError : fewer than three papers, or correlations that no reliability between 0 and 1 explains.

    Source: Heise (1969), American Sociological Review 34, 93–101; docs/methods.md §4A.
    """
    r = np.asarray(correlation, dtype=float)
    if len(r) < 3:
        raise ModelError("the reliability of a paper needs the correlations of three papers at least")
    found = [r[i, j] * r[j, k] / r[i, k] for i, j, k in combinations(range(len(r)), 3) if r[i, k] > 0]
    known = [value for value in found if np.isfinite(value)]
    rho = float(np.median(known)) if known else np.nan
    if not 0 < rho <= 1:
        raise ModelError(f"the correlations of the papers give a reliability of {rho:.2f}", "set it by hand")
    return rho
