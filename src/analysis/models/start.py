"""The fixed part of the core model: the start as columns.

    [ f(x̂ same subject) | x̂ other subjects | indicators of their gaps | declared covariates | contextual mean ]

f natural cubic spline, its first column a line. A gap in another subject's prior is filled from the own prior
and marked by an indicator; a pupil without the own prior is not in the model at all.

Source: docs/methods.md §4A.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.models import prior_error, splines
from analysis.models.pupils import Options, Pupils

Floats = NDArray[np.float64]

FEWEST_WITH_GAP = 20
"""Pupils without a prior of another subject that earn an indicator of their own."""
REDUNDANT = 1e-9
"""Share of a covariate's square that the columns before it leave, below which it is one of their sums."""


@dataclass(frozen=True, eq=False)
class Start:
    """Columns of the fixed part and how the priors got there; rows are the matched pupils (N,)."""

    X: Floats
    names: tuple[str, ...]
    n_spline: int
    knots: Floats
    priors: Floats
    corrected: prior_error.Corrected | None
    rest: Floats

    def with_priors(self, priors: Floats) -> Floats:
        """The fixed part (N, p − 1) with other values of the priors (N, k), same knots."""
        return np.column_stack([splines.natural_cubic(priors[:, 0], self.knots), priors[:, 1:], self.rest])


def build(pupils: Pupils, options: Options, levels: Mapping[str, NDArray[np.generic]]) -> tuple[Start, str]:
    """The fixed part, and why the priors stay uncorrected where they should be but cannot."""
    others = pupils.others if options.other_subjects and pupils.others is not None else None
    priors, gaps, names, kept = _filled(pupils, others)
    corrected, why_not = None, ""
    school = pd.factorize(np.asarray(pupils.school))[0]
    if options.prior_correction:
        rho_others = np.zeros(0)
        if others is not None:
            rho_others = np.broadcast_to(options.rho_others, others.shape[1])[kept]
        rho = np.append(options.rho, rho_others)
        cls = pd.factorize(levels["class"])[0] if "class" in levels else np.zeros_like(school)
        corrected = prior_error.correct(priors, cls, school, rho)
        priors, why_not = corrected.x, corrected.reason
    curved = options.spline and len(pd.unique(pupils.prior)) >= splines.FEWEST_VALUES  # as marked: corrected
    knots = splines.default_knots(priors[:, 0]) if curved else np.zeros(0)  # ones differ by class besides
    curve = splines.natural_cubic(priors[:, 0], knots)
    declared = _telling(np.column_stack([np.ones(len(curve)), curve, priors[:, 1:], gaps]), pupils.covariates)
    rest, rest_names = [*declared.values()], [*declared]
    if options.contextual:
        mean = pd.Series(priors[:, 0]).groupby(school).transform("mean")
        rest, rest_names = [*rest, mean.to_numpy(float)], [*rest_names, "school mean prior"]
    fixed = np.column_stack([gaps, *rest]) if rest else gaps
    labels = ["prior", *(f"prior bend {j}" for j in range(1, curve.shape[1])), *names, *rest_names]
    X = np.column_stack([curve, priors[:, 1:], fixed])
    return Start(X, tuple(labels), curve.shape[1], knots, priors, corrected, fixed), why_not


def _filled(pupils: Pupils, others: Floats | None) -> tuple[Floats, Floats, list[str], list[int]]:
    """Priors (N, k) with the gaps of other subjects filled, indicators of gaps, names, other subjects kept."""
    own = pupils.prior
    columns, gaps, names, gap_names, kept = [own], [np.zeros((len(own), 0))], [], [], []
    for j, column in enumerate(others.T if others is not None else []):
        known = np.isfinite(column)
        if known.sum() < 2 * FEWEST_WITH_GAP or np.ptp(column[known]) == 0:
            continue
        name = pupils.other_names[j] if pupils.other_names else f"other {j + 1}"
        columns.append(np.where(known, column, _line(own, own[known], column[known])))
        names.append(f"prior {name}")
        kept.append(j)
        gap = (~known).astype(float)[:, None]
        if gap.sum() >= FEWEST_WITH_GAP and not any(np.array_equal(gap, g) for g in gaps):
            gaps.append(gap)
            gap_names.append(f"no prior {name}")
    return np.column_stack(columns), np.hstack(gaps), names + gap_names, kept


def _telling(X: Floats, covariates: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    """The declared covariates (N,) that say more than the columns before them (N, p).

    One pupil of unknown sex who did not sit makes an indicator of nobody; two who lack both sex and track, one
    indicator twice. Neither may cost a paper its model.
    """
    kept = {}
    for name, values in covariates.items():
        column = np.asarray(values, dtype=float)
        left = column - X @ np.linalg.lstsq(X, column, rcond=None)[0]
        if left @ left > REDUNDANT * (column @ column):
            kept[name], X = column, np.column_stack([X, column])
    return kept


def _line(at: Floats, x: Floats, y: Floats) -> Floats:
    """The least-squares line of y on x, both (n,), at other points (m,); flat where x does not vary."""
    gap = x - x.mean()
    square = gap @ gap
    return np.asarray(y.mean() + (gap @ y / square if square > 0 else 0.0) * (at - x.mean()))
