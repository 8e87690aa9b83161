"""Value added where units cross: teachers in several schools, primary × secondary schools, several teachers a pupil.

Model, for pupil i with shares z_ikj (Σ_j z_ikj = 1) in the units j of factor k:

    y_i = x_i'β + Σ_k Σ_j z_ikj u_kj + e_i        u_kj ~ N(0, τ_k²)        e_i ~ N(0, σ²/w_i)        θ_k = τ_k²/σ²

One unit a pupil and factor: crossed random intercepts. Several: multiple membership. With the sums C = Z'WZ, B = Z'WA,
G = A'WA of membership.py, Λ = diag(√θ) per unit and S = I + ΛCΛ (positive definite for every θ ≥ 0, also at 0):

    V⁻¹ = W − WZ Λ S⁻¹ Λ Z'W        log|V| = log|S| − Σ log w        M = A'V⁻¹A = G − (ΛB)'S⁻¹(ΛB)
    H = Z'V⁻¹A = B − CΛ S⁻¹ ΛB      e = H(−β̂; 1) = Z'Py

    −2 log L, β̂, σ̂², curvature : profile.py          û_k = θ_k e_k
    conditional  Var(u | y, β) = σ²θ_k diag(S⁻¹)          comparative  + σ²θ_k² h_x'M_xx⁻¹h_x
    gradient_k  = ∂log|S|/∂θ_k − [REML] tr(H_x M_xx⁻¹ H_x')_k − e_k'e_k/σ̂²

∂log|S| is taken by central differences (S⁻¹ is never formed); all else is exact. Sparse or dense, and what is
eliminated first: sparse_inverse.py. Where the units are nested, nested.py gives the same and is far faster.

Assumptions: as in nested.py; a pupil's units add up, in proportion to the shares.

Not for: interactions of factors; factors whose units never meet others (a teacher in one school only, one teacher a
school): flagged as inseparable.

Source: Rasbash & Goldstein (1994), J. Educ. Behav. Stat. 19, 337–350; Browne, Goldstein & Rasbash (2001), Statistical
Modelling 1, 103–124; Bates, Mächler, Bolker & Walker (2015), J. Stat. Software 67(1); docs/methods.md §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from analysis.errors import ModelError
from analysis.models import design
from analysis.models.effects import Effects, reliability
from analysis.models.fitted import Fitted
from analysis.models.membership import Factor, Sums
from analysis.models.moments import Floats, Moments
from analysis.models.newton import START, best_minimum
from analysis.models.profile import AtRatios, Criterion, Profile
from analysis.models.sparse_inverse import Plan, SparseInverse, scaled

STEP = 1e-4
"""Relative step of the central difference of log|S|; at θ = 0 a tenth of it, forward."""


@dataclass(frozen=True, eq=False)
class Crossed:
    """The model: sums, factor names and units, and the criterion."""

    sums: Sums
    names: tuple[str, ...]
    units: tuple[pd.Index, ...]
    reml: bool = True

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.sums.sizes

    @cached_property
    def criterion(self) -> Criterion:
        s = self.sums
        return Criterion(s.frame, s.rows, len(s.G) - 1, s.log_weight, self.reml)

    @cached_property
    def plan(self) -> Plan:
        return Plan.of(self.sums.C, self.sizes)

    @cached_property
    def blocks(self) -> list[slice]:
        """The units of each factor among all."""
        ends = np.cumsum(self.sizes).tolist()
        return [slice(end - size, end) for end, size in zip(ends, self.sizes, strict=True)]

    def scale(self, theta: Floats) -> Floats:
        """Diagonal of Λ (m,)."""
        return np.repeat(np.sqrt(theta), self.sizes)

    def inverse(self, theta: Floats) -> SparseInverse:
        """S⁻¹ at θ."""
        return SparseInverse(scaled(self.sums.C, self.scale(theta)), self.plan)

    def at(self, theta: Floats) -> "CrossedAt":
        """The criterion at variance ratios theta (K,)."""
        theta = np.asarray(theta, dtype=float)
        inverse, scale = self.inverse(theta), self.scale(theta)[:, None]
        solved = scale * inverse.solve(scale * self.sums.B)  # ΛS⁻¹ΛB
        M = self.sums.G - self.sums.B.T @ solved
        profile = self.criterion.profile(np.asarray(inverse.logdet), (M + M.T) / 2)
        return CrossedAt(self, theta, inverse, np.asarray(self.sums.B - self.sums.C @ solved), profile)


@dataclass(frozen=True, eq=False)
class CrossedAt(AtRatios):
    """The criterion at one θ; H = Z'V⁻¹A (m, q)."""

    model: Crossed
    theta: Floats
    inverse: SparseInverse
    H: Floats
    profile: Profile

    @cached_property
    def residuals(self) -> Floats:
        """e = Z'Py of all units (m,)."""
        return np.asarray(self.H @ self.contrast)

    @cached_property
    def spread(self) -> Floats:
        """R_xx⁻¹H_x' (p, m): its squared columns are h_x'M_xx⁻¹h_x."""
        return np.asarray(solve_triangular(self.profile.root, self.H[:, :-1].T, lower=True))

    @cached_property
    def scores(self) -> Floats:
        return np.array([np.sum(self.residuals[block] ** 2) for block in self.model.blocks])

    @cached_property
    def traces(self) -> Floats:
        full = np.array([self._slope(k) for k in range(len(self.theta))])
        taken = np.array([np.sum(self.spread[:, block] ** 2) for block in self.model.blocks])
        return full - taken if self.model.reml else full

    def _slope(self, k: int) -> float:
        """∂log|S|/∂θ_k."""
        h = STEP * (self.theta[k] or 0.1)
        step = h * np.eye(len(self.theta))[k]
        if self.theta[k] > 0:
            up, down = (self.model.inverse(self.theta + d).logdet for d in (step, -step))
            return (up - down) / (2 * h)
        once, twice = (self.model.inverse(self.theta + d).logdet for d in (step, 2 * step))
        return (4 * once - twice - 3 * self.inverse.logdet) / (2 * h)

    @cached_property
    def working(self) -> Floats:
        E = np.zeros((len(self.residuals), len(self.theta)))
        for k, block in enumerate(self.model.blocks):
            E[block, k] = self.residuals[block]
        CE = np.asarray(self.model.sums.C @ E)
        shrunk = self.model.scale(self.theta)[:, None] * CE
        B = self.spread @ E
        return np.asarray(E.T @ CE - shrunk.T @ self.inverse.solve(shrunk) - B.T @ B)


@dataclass(frozen=True, eq=False)
class CrossedFit(Fitted[CrossedAt]):
    """Estimates of a crossed model."""

    @cached_property
    def effects(self) -> dict[str, Effects]:
        """Effects of every unit, by factor; n is the weighted number of pupils, in shares squared."""
        return {name: self._effects(k) for k, name in enumerate(self.levels)}

    def combined(self, L: Floats) -> tuple[Floats, Floats]:
        """Sums Lu (r,) of effects, and the covariance (r, r) of their errors, β's included: σ²(LΛS⁻¹ΛL' + LΘH_x K H_x'ΘL').

        L (r, m): the units of all factors side by side.
        """
        at, scale = self.at, self.at.model.scale(self.theta)
        shrunk = (L * scale).T
        fixed = at.spread @ (L * scale**2).T
        V = self.sigma2 * (shrunk.T @ at.inverse.solve(shrunk) + fixed.T @ fixed)
        return np.asarray((L * scale**2) @ at.residuals), np.asarray(V)

    def _effects(self, k: int) -> Effects:
        at, block, theta, tau2 = self.at, self.at.model.blocks[k], self.theta[k], float(self.tau2[k])
        conditional = tau2 * at.inverse.diagonal[block]
        comparative = conditional + self.sigma2 * theta**2 * np.sum(at.spread[:, block] ** 2, axis=0)
        return Effects(
            level=self.levels[k],
            units=at.model.units[k],
            n=np.asarray(at.model.sums.C.diagonal()[block]),
            effect=theta * at.residuals[block],
            conditional_variance=conditional,
            comparative_variance=comparative,
            diagnostic_variance=tau2 - comparative,
            reliability=reliability(comparative, tau2),
        )


def fit(sums: Sums, names: Sequence[str], factors: Sequence[Factor], reml: bool = True) -> CrossedFit:
    """Fit from sufficient statistics; `names` of the p coefficients, `factors` for their names and units.

    Raises
    ------
    ModelError : a factor with one unit, or one whose differences the covariates explain completely.
    """
    model = Crossed(sums, tuple(f.name for f in factors), tuple(f.units for f in factors), reml)
    _check_factors(model)
    return CrossedFit(best_minimum(model.at, np.full(len(factors), START)), tuple(names))


def fit_rows(
    y: ArrayLike,
    X: pd.DataFrame | ArrayLike,
    factors: Sequence[Factor],
    names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    reml: bool = True,
) -> CrossedFit:
    """Fit from pupil rows: y (N,), X (N, k) without intercept (one is added), memberships of the N rows."""
    A, names = design.matrix(y, X, names)
    one = Moments.of(A, np.zeros(len(A)), 1, weights, names=(*names, "response"))
    design.check_fixed(one, names)
    return fit(Sums.of(A, factors, one.frame, weights), names, factors, reml)


def _check_factors(model: Crossed) -> None:
    start = model.at(np.zeros(len(model.names)))
    everything = model.sums.C.diagonal()
    for name, size, block in zip(model.names, model.sizes, model.blocks, strict=True):
        if size < 2:
            raise ModelError(f"only one unit at level '{name}': no differences", "leave the level out")
        left = everything[block].sum() - np.sum(start.spread[:, block] ** 2)
        if left <= 1e-9 * everything[block].sum():
            raise ModelError(
                f"the covariates explain all differences between the {size} units of level '{name}'"
            )
