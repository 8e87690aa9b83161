"""Value added on a tree of units: random intercepts for class in school in town, any depth, by REML or ML.

Model, for pupil i in units l = 1 (leaf) … K (top):

    y_i = x_i'β + Σ_l u_l(i) + e_i         u_l ~ N(0, τ_l²)         e_i ~ N(0, σ²/w_i)

β : p coefficients of the start (splines of the priors) and of declared covariates, the intercept first.
u_l : what a unit adds to or takes from the pupils' expected score; the quantity reported as value added.
θ_l = τ_l²/σ² : the variance ratios, the only parameters that are searched for; β̂ and σ̂² follow from them.

Three types: `reml.Nested` (data, tree and criterion), `NestedFit` (the estimates), `Summary` (what is printed).

Assumptions: effects and errors independent, normal, of constant variance; priors without error (prior_error.py
corrects them); the units of a level exchangeable. A variance estimated at 0 says: no differences can be shown.

Not for: crossed units or several teachers a pupil (crossed.py), random slopes (slopes.py), causes: an effect is
what is left of a unit after its intake, not what its staff did. REML criteria compare only for identical X.

Source: Goldstein (2011), Multilevel Statistical Models, ch. 2; Raudenbush & Bryk (2002), Hierarchical Linear
Models, ch. 4 and 8; the algebra and its sources are in reml.py; methods.md §4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import ModelError
from analysis.models import design, effects, posterior, variances
from analysis.models.effects import Effects
from analysis.models.moments import Floats, Frame, Moments
from analysis.models.newton import Minimum, minimise
from analysis.models.posterior import Draws
from analysis.models.reml import At, Nested, Profile
from analysis.models.tree import Tree

START = 0.1
"""Variance ratio from which every level starts."""

FEW_UNITS = 5
"""Levels with fewer units are flagged: their variance is hardly known."""


@dataclass(frozen=True)
class Convergence:
    """How the search ended and what to beware of.

    Attributes
    ----------
    converged, iterations : of the search for θ.
    gradient_norm : largest |θ ∂D/∂θ| (|∂D/∂θ| at 0 where it points inwards), in units of deviance.
    boundary : levels whose variance is estimated at 0.
    inseparable : pairs of components ("residual" is σ²) whose estimates correlate beyond −0.9.
    few_units : levels with fewer than five units.
    """

    converged: bool
    iterations: int
    gradient_norm: float
    boundary: tuple[str, ...]
    inseparable: tuple[tuple[str, str], ...]
    few_units: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class NestedFit:
    """Estimates of a nested model; levels run from leaf to top."""

    model: Nested
    names: tuple[str, ...]
    minimum: Minimum[At]

    @property
    def at(self) -> At:
        return self.minimum.at

    @property
    def levels(self) -> tuple[str, ...]:
        return self.model.tree.names

    @property
    def theta(self) -> Floats:
        """Variance ratios (K,)."""
        return self.minimum.x

    @property
    def sigma2(self) -> float:
        """Residual variance σ̂²."""
        return self.at.sigma2

    @property
    def tau2(self) -> Floats:
        """Variance between units per level (K,)."""
        return self.theta * self.sigma2

    @property
    def deviance(self) -> float:
        """The criterion −2 log L (REML: of the error contrasts)."""
        return self.at.value

    @property
    def log_likelihood(self) -> float:
        return -self.deviance / 2

    @cached_property
    def beta(self) -> Floats:
        """Coefficients (p,) in the units of the covariates."""
        return np.asarray(design.coefficients(self.model.moments.frame, self.at.profile.beta))

    @cached_property
    def vcov(self) -> Floats:
        """Covariance (p, p) of β̂ at the fitted variances."""
        return np.asarray(self.sigma2 * design.unscaled(self.model.moments.frame, self.at.profile.root))

    @property
    def se(self) -> Floats:
        return np.sqrt(np.diag(self.vcov))

    @cached_property
    def variance_covariance(self) -> Floats:
        """Covariance (K + 1, K + 1) of (σ̂², τ̂_1², …); NaN where a variance is 0."""
        free = np.append(True, self.theta > 0)
        return np.where(np.outer(free, free), variances.covariance(self.at), np.nan)

    def interval(self, component: str, level: float = 0.95) -> tuple[float, float]:
        """Profile-likelihood interval of a level's variance, or of σ² ("residual")."""
        return variances.profile_interval(self.at, ("residual", *self.levels).index(component), level)

    @property
    def icc(self) -> Floats:
        """Share of each level in the unexplained variance (K,)."""
        return np.asarray(self.tau2 / (self.tau2.sum() + self.sigma2))

    @cached_property
    def effects(self) -> dict[str, Effects]:
        """Effects of every unit, by level."""
        return {name: effects.of_level(self.at, level) for level, name in enumerate(self.levels)}

    def criterion_grid(self, thetas: Floats) -> Profile:
        """Deviance, β̂ and σ̂² at every row of thetas (G, K): the likelihood of the ratios, for draws."""
        return self.model.grid(thetas)

    def sample(self, thetas: Floats, rng: np.random.Generator) -> Draws:
        """One posterior draw of β, σ² and every effect for each row of thetas (draws, K)."""
        return posterior.sample(self.model, thetas, rng)

    @cached_property
    def convergence(self) -> Convergence:
        held = self.minimum.boundary
        slope = np.where(held, 0.0, self.at.gradient * np.where(self.theta > 0, self.theta, 1.0))
        return Convergence(
            converged=self.minimum.converged,
            iterations=self.minimum.iterations,
            gradient_norm=float(np.abs(slope).max()),
            boundary=tuple(name for name, zero in zip(self.levels, self.theta == 0, strict=True) if zero),
            inseparable=variances.inseparable(variances.covariance(self.at), ("residual", *self.levels)),
            few_units=tuple(
                name for name, m in zip(self.levels, self.model.tree.sizes, strict=True) if m < FEW_UNITS
            ),
        )

    def summary(self) -> "Summary":
        """The printed view."""
        return Summary(self)


@dataclass(frozen=True)
class Summary:
    """A fit as text: coefficients, variances, what to beware of."""

    fit: NestedFit

    def coefficients(self) -> pd.DataFrame:
        """Estimate, SE and z value of each coefficient."""
        fit = self.fit
        columns = {"estimate": fit.beta, "se": fit.se, "z": fit.beta / fit.se}
        return pd.DataFrame(columns, index=list(fit.names))

    def components(self) -> pd.DataFrame:
        """Variance, its SE, standard deviation, share and number of units; top level first, residual last."""
        fit = self.fit
        variance = np.append(fit.sigma2, fit.tau2)
        columns = {
            "variance": variance,
            "se": np.sqrt(np.diag(fit.variance_covariance)),
            "sd": np.sqrt(variance),
            "share": variance / variance.sum(),
            "units": [fit.model.n, *fit.model.tree.sizes],
        }
        return pd.DataFrame(columns, index=["residual", *fit.levels])[::-1]

    def __str__(self) -> str:
        fit = self.fit
        method = "REML" if fit.model.reml else "ML"
        head = (
            f"{method}, {fit.model.n} rows, -2 log L {fit.deviance:.4f}, {fit.convergence.iterations} steps"
        )
        return f"{head}\n\n{self.coefficients()}\n\n{self.components()}\n\n{fit.convergence}"


def fit(
    moments: Moments, tree: Tree | None = None, names: Sequence[str] | None = None, reml: bool = True
) -> NestedFit:
    """Fit from sufficient statistics.

    tree : its leaves are those of the moments, in the same order; None: made from the keys of the moments.
    names : the p coefficients, for messages and tables.

    Raises
    ------
    ModelError : too few rows or units, constant or collinear covariates, a response without variation, a level
        whose differences the covariates explain completely.
    """
    names = tuple(names) if names is not None else tuple(f"x{j}" for j in range(moments.q - 1))
    if tree is None:
        if moments.keys is None:
            raise ModelError("moments without keys need a tree")
        tree = Tree.of_keys(moments.keys)
        moments = moments.arrange(tree.leaf, tree.sizes[0])
    model = Nested(moments, tree, reml)
    design.check(moments, tree, names)
    start = model.at(np.full(tree.depth, START))
    design.check_levels(start)
    return NestedFit(model, names, minimise(model.at, start.theta))


def fit_rows(
    y: ArrayLike,
    X: pd.DataFrame | ArrayLike,
    levels: Mapping[str, ArrayLike] | Sequence[ArrayLike],
    names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    reml: bool = True,
) -> NestedFit:
    """Fit from pupil rows: y (N,), X (N, k) without intercept (one is added), label arrays leaf to top."""
    A, names = design.matrix(y, X, names)
    tree = Tree.of(levels)
    moments = Moments.of(
        A, tree.leaf, tree.sizes[0], weights, frame=Frame.of(A, weights), names=(*names, "response")
    )
    return fit(moments, tree, names, reml)
