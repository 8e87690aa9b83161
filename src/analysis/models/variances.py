"""How well the variance components are known: standard errors, profile intervals, and which cannot be separated.

Components φ = (σ², τ_1², …, τ_K²), Σ = σ²W⁻¹ + Σ τ_l² Z_l Z_l', deviance

    D(φ) = log|Σ| + [REML] log|X'Σ⁻¹X| + r²(θ)/σ² + const          θ_l = τ_l²/σ²

    ∂D/∂τ_l² = (tr_l − e_l'e_l/σ²)/σ²          ∂D/∂σ² = ν/σ² − r²/σ⁴ − Σ_l θ_l ∂D/∂τ_l²

Average information is f_i'P_Σ f_j with f_l = Z_l Z_l'P_Σ y; f_0 need not be formed, since P_Σ Σ P_Σ = P_Σ gives
σ² P f_0 = Py − Σ τ_l² P f_l. Var(φ̂) ≈ 2 AI⁻¹.

Interval: all values of a component at which the deviance, minimised over the others, is within χ²₁(level) of the
smallest (profile likelihood); it respects the boundary at 0 and needs no symmetry.

Not for: many units and no time: then estimate ± 1.96 `standard_errors` is close.

Source: Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440–1450; Pawitan (2001), In All Likelihood, §3.4;
docs/methods.md §4 (two variance estimates correlated beyond −0.9 cannot be separated).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from analysis.errors import ModelError
from analysis.models.moments import Floats, Ints
from analysis.models.newton import Point, minimise
from analysis.models.profile import Criterion, Profile

INSEPARABLE = -0.9
RIDGE = 1e-10


class Model(Protocol):
    """What a model with variance components tells about itself."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
    @property
    def criterion(self) -> Criterion: ...
    def at(self, theta: Floats) -> "Likelihood": ...


class Likelihood(Point, Protocol):
    """A likelihood evaluated at θ (reml.py, crossed.py)."""

    @property
    def model(self) -> Model: ...
    @property
    def theta(self) -> Floats: ...
    @property
    def sigma2(self) -> float: ...
    @property
    def profile(self) -> Profile: ...
    @property
    def scores(self) -> Floats: ...
    @property
    def traces(self) -> Floats: ...
    @property
    def working(self) -> Floats: ...


def information(at: Likelihood, sigma2: float) -> Floats:
    """Average information (K + 1, K + 1) of (σ², τ_1², …, τ_K²), on the scale of the deviance."""
    K = len(at.theta)
    forms = np.empty((K + 1, K + 1))  # of (y, f_1 … f_K) with P_Σ = P/σ²
    forms[0, 0] = at.profile.r2 / sigma2
    forms[0, 1:] = forms[1:, 0] = at.scores / sigma2**2
    forms[1:, 1:] = at.working / sigma2**3
    J = np.eye(K + 1)
    J[0] = np.append(1.0, -at.theta * sigma2) / sigma2
    return np.asarray(J @ forms @ J.T)


def covariance(at: Likelihood) -> Floats:
    """Covariance (K + 1, K + 1) of the variance estimates, as if none were at the boundary."""
    info = information(at, at.sigma2)
    diagonal = np.diag(info)
    scale = np.sqrt(np.maximum(diagonal, 1e-20 * diagonal.max()))
    scaled = info / np.outer(scale, scale) + RIDGE * np.eye(len(info))  # singular: huge, not infinite
    return np.asarray(2 * np.linalg.inv(scaled) / np.outer(scale, scale))


def inseparable(covariance: Floats, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of components (named like `covariance`) whose estimates are correlated beyond −0.9."""
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    pairs = zip(*np.nonzero(np.triu(correlation < INSEPARABLE, 1)), strict=True)
    return tuple((names[i], names[j]) for i, j in pairs)


@dataclass(frozen=True, eq=False)
class _Fixed:
    """D(φ) with one component fixed: a `newton.Point` over the others."""

    model: Model
    components: Floats
    free: Ints

    @property
    def sigma2(self) -> float:
        return float(self.components[0])

    @cached_property
    def at(self) -> Likelihood:
        return self.model.at(self.components[1:] / self.sigma2)

    @cached_property
    def value(self) -> float:
        if self.sigma2 <= 0:
            return np.inf
        nu, s2, best = self.model.criterion.nu, self.sigma2, self.at.sigma2
        return self.at.value + nu * float(np.log(s2 / best) + best / s2 - 1)

    @cached_property
    def gradient(self) -> Floats:
        slopes = (self.at.traces - self.at.scores / self.sigma2) / self.sigma2
        own = (
            self.model.criterion.nu - self.at.profile.r2 / self.sigma2
        ) / self.sigma2 - self.at.theta @ slopes
        return np.asarray(np.append(own, slopes)[self.free])

    @cached_property
    def curvature(self) -> Floats:
        return np.asarray(information(self.at, self.sigma2)[np.ix_(self.free, self.free)])


def profile_interval(at: Likelihood, component: int, level: float = 0.95) -> tuple[float, float]:
    """Profile interval of component 0 (σ²) or l + 1 (τ_l²) around the fitted `at`."""
    best = np.append(1.0, at.theta) * at.sigma2
    estimate, limit = best[component], at.value + chi2.ppf(level, 1)
    free = np.delete(np.arange(len(best)), component)
    start = best[free]

    def excess(value: float) -> float:
        def criterion(x: Floats) -> _Fixed:
            components = np.empty(len(best))
            components[component], components[free] = value, x
            return _Fixed(at.model, components, free)

        return minimise(criterion, start).at.value - limit

    width = max(estimate, 1e-3 * best.sum())
    high = _bracket(excess, [estimate + width * 2.0**k for k in range(-1, 12)])
    upper = brentq(excess, estimate, high, rtol=1e-6)
    if component == 0:
        low = _bracket(excess, [estimate / 2.0**k for k in range(1, 12)])
    elif excess(0.0) <= 0:
        return 0.0, float(upper)
    else:
        low = 0.0
    return float(brentq(excess, low, estimate, rtol=1e-6)), float(upper)


def _bracket(excess: Callable[[float], float], values: list[float]) -> float:
    """The first of the values that lies outside the interval."""
    for value in values:
        if excess(value) > 0:
            return value
    raise ModelError("the likelihood of a variance component is flat: no interval", "fit fewer levels")
