"""What every fit of variance components has: coefficients, variances, their doubt, and a printed view.

    β̂ = U_x b − u_xy        Cov(β̂) = σ̂² U_x M_xx⁻¹ U_x'        σ̂² = r²/ν        τ̂_l² = θ̂_l σ̂²
    ICC_l = τ̂_l²/(Σ_k τ̂_k² + σ̂²)        z_j = β̂_j/SE_j        Cov(σ̂², τ̂²) = 2 AI⁻¹

Symbols: θ̂ (K,) the variance ratios at the minimum of −2 log L, K levels; b, M_xx, r², ν of profile.py at θ̂, in the frame
of the moments; U = (U_x, u_xy) maps the frame back (design.py); AI the average information (variances.py).
β̂ is the generalised least-squares estimate at θ̂ and its covariance takes θ̂ as known; the posterior draws do not.

Not for: a level whose variance is estimated at 0 (its row and column of Cov are NaN: there is no such SE).

Source: Harville (1977), J. Amer. Stat. Assoc. 72, 320–338 (variance components by ML and REML); Gilmour, Thompson &
Cullis (1995), Biometrics 51, 1440–1450; docs/methods.md §4.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from analysis.models import design, variances
from analysis.models.moments import Floats
from analysis.models.newton import Minimum
from analysis.models.variances import Likelihood

FEW_UNITS = 5
"""Levels with fewer units are flagged: their variance is hardly known."""

L = TypeVar("L", bound=Likelihood)


@dataclass(frozen=True)
class Convergence:
    """How the search ended and what to beware of.

    Attributes
    ----------
    converged, iterations : of the search for the variance ratios θ.
    gradient_norm : largest |θ ∂D/∂θ| of the levels that are not at the boundary, in units of deviance.
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
class Fitted(Generic[L]):
    """Estimates of a model with variance components; K levels, p coefficients.

    minimum : where the search ended, with the likelihood there. names : of the coefficients.
    """

    minimum: Minimum[L]
    names: tuple[str, ...]

    @property
    def at(self) -> L:
        """The likelihood at the estimate."""
        return self.minimum.at

    @property
    def levels(self) -> tuple[str, ...]:
        return self.at.model.names

    @property
    def theta(self) -> Floats:
        """Variance ratios τ²/σ² (K,)."""
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
        return design.coefficients(self.at.model.criterion.frame, self.at.profile.beta)

    @cached_property
    def vcov(self) -> Floats:
        """Covariance (p, p) of β̂ at the fitted variances."""
        return np.asarray(self.sigma2 * design.unscaled(self.at.model.criterion.frame, self.at.profile.root))

    @property
    def se(self) -> Floats:
        return np.sqrt(np.diag(self.vcov))

    @property
    def icc(self) -> Floats:
        """Share of each level in the unexplained variance (K,)."""
        return np.asarray(self.tau2 / (self.tau2.sum() + self.sigma2))

    @cached_property
    def _components(self) -> Floats:
        return variances.covariance(self.at)

    @cached_property
    def variance_covariance(self) -> Floats:
        """Covariance (K + 1, K + 1) of (σ̂², τ̂_1², …); NaN where a variance is 0."""
        free = np.append(True, self.theta > 0)
        return np.where(np.outer(free, free), self._components, np.nan)

    def interval(self, component: str, level: float = 0.95) -> tuple[float, float]:
        """Profile-likelihood interval of a level's variance, or of σ² ("residual")."""
        return variances.profile_interval(self.at, ("residual", *self.levels).index(component), level)

    @cached_property
    def convergence(self) -> Convergence:
        """How the search ended and what to beware of."""
        sizes = zip(self.levels, self.at.model.sizes, strict=True)
        return Convergence(
            converged=self.minimum.converged,
            iterations=self.minimum.iterations,
            gradient_norm=float(np.abs(self.at.gradient * self.theta).max()),
            boundary=tuple(name for name, zero in zip(self.levels, self.theta == 0, strict=True) if zero),
            inseparable=variances.inseparable(self._components, ("residual", *self.levels)),
            few_units=tuple(name for name, units in sizes if units < FEW_UNITS),
        )

    def summary(self) -> "Summary":
        """The printed view."""
        return Summary.of(self)


@dataclass(frozen=True)
class Summary:
    """A fit as text: `head` line, coefficients, variance components, what to beware of."""

    head: str
    coefficients: pd.DataFrame
    components: pd.DataFrame
    convergence: Convergence

    @classmethod
    def of(cls, fit: Fitted[L]) -> "Summary":
        """The view of a fit; components run from the top level down to the residual."""
        model = fit.at.model
        variance = np.append(fit.sigma2, fit.tau2)
        coefficients = {"estimate": fit.beta, "se": fit.se, "z": fit.beta / fit.se}
        components = {
            "variance": variance,
            "se": np.sqrt(np.diag(fit.variance_covariance)),
            "sd": np.sqrt(variance),
            "share": variance / variance.sum(),
            "units": [model.criterion.n, *model.sizes],
        }
        return cls(
            f"{'REML' if model.criterion.reml else 'ML'}, {model.criterion.n} rows, −2 log L {fit.deviance:.4f}",
            pd.DataFrame(coefficients, index=list(fit.names)),
            pd.DataFrame(components, index=["residual", *fit.levels])[::-1],
            fit.convergence,
        )

    def __str__(self) -> str:
        return f"{self.head}\n\n{self.coefficients}\n\n{self.components}\n\n{self.convergence}"
