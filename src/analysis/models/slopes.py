"""Schools whose value added depends on where the pupil started: random slopes on a tree, by REML or ML.

Model, for pupil i in units l = 1 (leaf) … K (top), with z_i = (1, x_i1 …), the intercept and columns of X:

    y_i = x_i'β + Σ_l z_i'b_l(i) + e_i         b_l ~ N(0, σ² Θ_l)         e_i ~ N(0, σ²/w_i)

Levels with slopes have an unstructured covariance σ²Θ_l, the others an intercept only; any number of levels may have
them. Estimation: BFGS in the Cholesky factors L of Θ = LL', then Newton steps with differences of the exact gradient;
columns of Z are scaled to length 1 a row inside. The intercept's variance is the one at x = 0: centre the prior.
Effects for pupils at the 10th and 90th percentile of the prior: `SlopeEffects.at`.

Assumptions: as in nested.py; the slopes are linear. A correlation of ± 1 or a variance of 0 is flagged `singular`.

Not for: crossed units; slopes of a covariate that is constant inside the units.

Source: Goldstein et al. (1993), Oxford Review of Education 19, 425–433; Raudenbush & Bryk (2002), Hierarchical Linear
Models, ch. 4 and 8; the algebra is in slope_reml.py; docs/methods.md §4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from analysis.errors import ModelError
from analysis.models import design
from analysis.models.moments import Floats, Moments
from analysis.models.slope_reml import Products, Slopes, SlopesAt, cross
from analysis.models.tree import Tree

START = 0.3
"""Standard deviation of every coefficient, over σ, at the start."""

SINGULAR = 1e-6
"""A covariance whose smallest correlation eigenvalue is below this is flagged."""


@dataclass(frozen=True, eq=False)
class SlopeEffects:
    """Coefficients of the units of one level: intercept first, then the slopes named in `names`.

    coefficient (m, a); conditional and comparative covariance (m, a, a), as in effects.py.
    """

    level: str
    units: pd.MultiIndex
    names: tuple[str, ...]
    coefficient: Floats
    conditional: Floats
    comparative: Floats

    def at(self, *values: float) -> pd.DataFrame:
        """Effect and its comparative SE for pupils with these values of the slope covariates."""
        z = np.array([1.0, *values])
        se = np.sqrt(np.einsum("a,mab,b->m", z, self.comparative, z))
        return pd.DataFrame({"effect": self.coefficient @ z, "se": se}, index=self.units)


@dataclass(frozen=True, eq=False)
class SlopeFit:
    """Estimates of a random-slope model; `scale` undoes the scaling of Z."""

    at: SlopesAt
    names: tuple[str, ...]
    slopes: tuple[str, ...]
    scale: Floats
    iterations: int
    converged: bool

    @property
    def deviance(self) -> float:
        """The criterion −2 log L."""
        return self.at.value

    @property
    def log_likelihood(self) -> float:
        return -self.deviance / 2

    @property
    def sigma2(self) -> float:
        return self.at.sigma2

    @cached_property
    def beta(self) -> Floats:
        """Coefficients (p,) in the units of the covariates."""
        return design.coefficients(self.at.model.criterion.frame, self.at.profile.beta)

    @cached_property
    def vcov(self) -> Floats:
        """Covariance (p, p) of β̂ at the fitted variances."""
        return np.asarray(self.sigma2 * design.unscaled(self.at.model.criterion.frame, self.at.profile.root))

    @property
    def se(self) -> Floats:
        return np.sqrt(np.diag(self.vcov))

    @cached_property
    def covariances(self) -> dict[str, Floats]:
        """Covariance of the random coefficients (intercept, slopes) per level."""
        back = np.outer(1 / self.scale, 1 / self.scale)
        return {
            name: (self.sigma2 * theta * back)[np.ix_(active, active)]
            for name, theta, active in zip(
                self.at.model.tree.names, self.at.thetas, self.at.model.active, strict=True
            )
        }

    @property
    def singular(self) -> tuple[str, ...]:
        """Levels with a variance of 0 or a correlation of ± 1."""
        return tuple(name for name, covariance in self.covariances.items() if _is_singular(covariance))

    @cached_property
    def effects(self) -> dict[str, SlopeEffects]:
        """Coefficients of every unit, by level."""
        return {name: self._effects(level) for level, name in enumerate(self.at.model.tree.names)}

    def _effects(self, level: int) -> SlopeEffects:
        tree, active, theta = self.at.model.tree, self.at.model.active[level], self.at.thetas[level]
        below = self.at.down[level]
        own = np.ix_(np.arange(tree.sizes[level]), np.array(active), np.array(active))
        back = 1 / self.scale
        conditional = self.sigma2 * below.variance
        comparative = conditional + self.sigma2 * theta @ cross(self.at.spread(below.g)) @ theta
        return SlopeEffects(
            level=tree.names[level],
            units=tree.labels[level],
            names=(design.INTERCEPT, *self.slopes)[: len(active)],
            coefficient=((below.g @ self.at.contrast) @ theta * back)[:, active],
            conditional=(conditional * np.outer(back, back))[own],
            comparative=(comparative * np.outer(back, back))[own],
        )


def _is_singular(covariance: Floats) -> bool:
    variance = np.diag(covariance)
    if np.any(variance <= 0):
        return True
    sd = np.sqrt(variance)
    return bool(np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0] < SINGULAR)


def fit_rows(
    y: ArrayLike,
    X: pd.DataFrame | ArrayLike,
    levels: Mapping[str, ArrayLike] | Sequence[ArrayLike],
    slopes: Sequence[str],
    at: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    reml: bool = True,
) -> SlopeFit:
    """Fit with random slopes of the named covariates at the levels `at` (default: the top), from pupil rows.

    Raises
    ------
    ModelError : an unknown covariate or level, or what `nested.fit_rows` raises.
    """
    A, names = design.matrix(y, X, names)
    tree = Tree.of(levels)
    at = tree.names[-1:] if at is None else tuple(at)
    for kind, asked, known in (("covariate", slopes, names[1:]), ("level", at, tree.names)):
        if unknown := [name for name in asked if name not in known]:
            raise ModelError(f"no {kind} '{unknown[0]}'", f"there are {', '.join(known)}")
    moments = Moments.of(A, tree.leaf, tree.sizes[0], weights, names=(*names, "response"))
    design.check(moments, tree, names)
    Z = A[:, [0, *(names.index(name) for name in slopes)]]
    scale = np.sqrt((Z**2).mean(0))
    products = Products.of(A, Z / scale, tree.leaf, moments, weights)
    every = tuple(range(Z.shape[1]))
    model = Slopes(products, tree, tuple(every if name in at else (0,) for name in tree.names), reml)
    return _search(model, names, tuple(slopes), scale)


def _search(model: Slopes, names: tuple[str, ...], slopes: tuple[str, ...], scale: Floats) -> SlopeFit:
    """BFGS in the Cholesky factors, then Newton steps with differences of the exact gradient."""
    start = np.concatenate([START * np.eye(len(a))[np.tril_indices(len(a))] for a in model.active])
    found = minimize(  # type: ignore[call-overload]
        lambda x: ((here := model.at(x)).value, here.gradient),
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    at, steps = _polish(model.at(np.asarray(found.x, dtype=float)))
    converged = bool(np.abs(at.gradient).max() < 1e-5 * max(1.0, abs(at.value)) ** 0.5)
    return SlopeFit(at, names, slopes, scale, int(found.nit) + steps, converged)


def _polish(at: SlopesAt, step: float = 1e-5, most: int = 5) -> tuple[SlopesAt, int]:
    """Newton steps while they make the gradient smaller."""
    for count in range(most):
        basis = step * np.eye(len(at.x))
        H = np.array([at.model.at(at.x + d).gradient - at.model.at(at.x - d).gradient for d in basis]) / (
            2 * step
        )
        values, vectors = np.linalg.eigh((H + H.T) / 2)
        if values[0] <= 1e-8 * values[-1]:
            return at, count  # on the edge of the parameter space: BFGS's answer stands
        there = at.model.at(at.x - vectors @ ((vectors.T @ at.gradient) / values))
        if np.abs(there.gradient).max() >= np.abs(at.gradient).max():
            return at, count
        at = there
    return at, most
