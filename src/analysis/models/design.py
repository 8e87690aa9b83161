"""From covariates to A = [1 | X | y] and back, and the checks that turn a hopeless model into a sentence.

A fit in a frame (moments.py) with A U = [X U_x | X u_xy + y] is mapped back exactly: β = U_x b − u_xy,
(X'V⁻¹X)⁻¹ = U_x (M_xx)⁻¹ U_x'.

Tolerance of a column = the share of its variance that the columns before it do not explain (1 − R²).

Source: docs/methods.md §4; Belsley, Kuh & Welsch (1980), Regression Diagnostics, ch. 3 (tolerance).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import lstsq, solve_triangular

from analysis.errors import ModelError
from analysis.models.moments import Floats, Frame, Moments
from analysis.models.reml import At
from analysis.models.tree import Tree

INTERCEPT = "(intercept)"

TOLERANCE = 1e-12
"""A column with less variance of its own, as a share, is a combination of the others."""


def matrix(
    y: ArrayLike, X: pd.DataFrame | ArrayLike, names: Sequence[str] | None = None
) -> tuple[Floats, tuple[str, ...]]:
    """A = [1 | X | y] (N, k + 2) and the names of its first k + 1 columns."""
    if names is None and isinstance(X, pd.DataFrame):
        names = [str(column) for column in X.columns]
    response = np.asarray(y, dtype=float)
    if not len(response):
        raise ModelError(
            "no rows: there is nothing to fit", "check the match of pupils with their prior scores"
        )
    X = np.asarray(X, dtype=float).reshape(len(response), -1)
    names = names or [f"x{j}" for j in range(1, X.shape[1] + 1)]
    if len(names) != X.shape[1]:
        raise ModelError(f"{X.shape[1]} covariates but {len(names)} names: {list(names)}")
    A = np.empty((len(response), X.shape[1] + 2), order="F")  # by column, as a DataFrame holds its numbers
    A[:, 0], A[:, 1:-1], A[:, -1] = 1.0, X, response
    return A, (INTERCEPT, *names)


def coefficients(frame: Frame, b: Floats, response: int = 0) -> Floats:
    """β (…, p) of the rows themselves from b (…, p) of the frame, for one of its responses."""
    U, p = frame.linear, b.shape[-1]
    return np.asarray(b @ U[:p, :p].T - U[:p, p + response])


def unscaled(frame: Frame, root: Floats) -> Floats:
    """(X'V⁻¹X)⁻¹ of the rows themselves from the Cholesky root of M_xx in the frame."""
    half = solve_triangular(root, frame.linear[:-1, :-1].T, lower=True)
    return np.asarray(half.T @ half)


def check(moments: Moments, tree: Tree, names: Sequence[str]) -> None:
    """Raise a ModelError naming the cause if the fixed part or the tree cannot be fitted."""
    if len(moments.weight) != tree.sizes[0] or len(names) != moments.q - 1:
        raise ModelError(
            f"{len(moments.weight)} leaves and {moments.q - 1} coefficients, "
            f"but {tree.sizes[0]} units and {len(names)} names"
        )
    check_fixed(moments, names)
    _check_residual(moments, tree.names[0])
    if tree.sizes[-1] < 2:
        raise ModelError(f"only one unit at level '{tree.names[-1]}': no differences", "leave the level out")


def check_fixed(moments: Moments, names: Sequence[str]) -> None:
    """Raise a ModelError if there are too few rows, or a column is constant or collinear."""
    n, p = moments.rows.sum(), moments.q - 1
    if n == 0:
        raise ModelError("every weight is 0: no row says anything")
    if n <= p + 1:
        raise ModelError(f"{n:.0f} rows cannot carry {p} coefficients", "use fewer covariates")
    _check_columns(moments, names)


def _check_columns(moments: Moments, names: Sequence[str]) -> None:
    """Every column must vary, and not only with the ones before it."""
    left = moments.total  # what the columns before do not explain
    for j, (spread, size) in enumerate(zip(*moments.variation, strict=True)):
        if j and spread <= TOLERANCE * size:
            what = f"'{names[j]}'" if j < len(names) else "the response"
            raise ModelError(f"{what} is constant", "leave it out: it says nothing about the pupils")
        if left[j, j] <= TOLERANCE * spread * moments.frame.map[j, j] ** 2:
            if j < len(names):
                raise ModelError(
                    f"'{names[j]}' is a combination of the covariates before it", "leave one out"
                )
            raise ModelError("the covariates explain the response exactly: nothing is left for the units")
        left = left - np.outer(left[j], left[j]) / left[j, j]


def _check_residual(moments: Moments, leaf: str) -> None:
    """Inside the leaves the response must not follow from the covariates alone (σ² would be 0)."""
    W, y = moments.within[:-1, :-1], moments.within[:-1, -1]
    solution, _, rank, _ = lstsq(W, y, cond=1e-10)
    left = moments.within[-1, -1] - y @ solution
    shared = moments.rows.sum() - np.count_nonzero(moments.rows)  # 0: one pupil a leaf, flagged by the fit
    if 0 < shared <= rank:
        raise ModelError(
            f"too few pupils share a {leaf}: {shared:.0f} more than one each, {rank} used up by the covariates",
            "use a larger unit or fewer covariates",
        )
    if shared and left <= TOLERANCE * moments.variation[0][-1]:
        raise ModelError(f"pupils of the same {leaf} with the same start all have the same response")


def check_levels(at: At) -> None:
    """Raise a ModelError for a level whose units the covariates already tell apart completely."""
    full = np.array([level.zz.sum() for level in at.down])
    left = full - at.explained
    for level, name in enumerate(at.model.tree.names):
        if left[level] <= 1e-9 * full[level]:
            raise ModelError(
                f"the covariates explain all differences between the {at.model.tree.sizes[level]} units of "
                f"level '{name}'",
                "leave the level out, or drop covariates that are constant in its units",
            )
