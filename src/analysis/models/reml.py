"""The likelihood of a tree of random intercepts: one walk up the tree, one walk down.

    y = Xβ + Σ_l Z_l u_l + e      u_l ~ N(0, τ_l² I)      e ~ N(0, σ² W⁻¹)      θ_l = τ_l²/σ²      V = W⁻¹ + Σ θ_l Z_l Z_l'

A = [X | y] (N × q, p = q − 1). All that is needed is M(θ) = A'V⁻¹A and log|V|.

Up. A unit of level l with precision w and mean ā (its row of A) hands to its parent

    d = 1 + θ_l w    v = w/d    log|V| += log d    parent: w' = Σ v, ā' = Σ v ā / w'    M += Σ v (ā − ā')(ā − ā')'

so M = within leaves + between leaves of a unit + … + between top units + the root: an analysis of variance, every
piece of it positive. With R the Cholesky factor of M, r² = R_yy² is the residual sum of squares, R_xx'β̂ = R_yx, and

    −2 log L = log|V| + [REML] log|M_xx| + ν (1 + log 2πσ̂²)      σ̂² = r²/ν,  ν = N − p (REML) or N (ML)

Down. With U = Σ θ g and C = the variance (over σ²) of the sum of all ancestors' effects,

    g_l = Z_l'V⁻¹A = v (ā − U)         κ = θ_l/d     Var(u_l)/σ² = κ + (κ w)² C      C ← κ + C/d²,  U ← U + θ_l g_l

With P = V⁻¹ − V⁻¹X M_xx⁻¹ X'V⁻¹, e_l = Z_l'Py = g_l (−β̂; 1) and the working variates f_l = Z_l e_l,

    gradient_l = tr(Z_l'PZ_l) − e_l'e_l/σ̂²                    (ML: V⁻¹ instead of P in the trace)
    curvature_lk = f_l'Pf_k/σ̂² − (e_l'e_l)(e_k'e_k)/(ν σ̂⁴)   average information, profiled over σ²

Cost: units × q², whatever N is. θ may be a stack (…, K) on the way up: a grid costs little more than a point.

Source: Patterson & Thompson (1971), Biometrika 58, 545–554; Bates, Mächler, Bolker & Walker (2015), J. Stat.
Software 67(1), §3 (the profiled criterion); Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440–1450.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.errors import ModelError
from analysis.models.moments import Floats, Frame, Moments
from analysis.models.tree import Tree

STACK = 100_000
"""Numbers held per array when a grid of θ is evaluated at once."""


class Layer(NamedTuple):
    """A level on the way up: precision (…, m), mean (…, m, q) and d = 1 + θw (…, m) of its units."""

    w: Floats
    mean: Floats
    d: Floats


class Below(NamedTuple):
    """A level on the way down, over σ²: g (m, q), diag Z'V⁻¹Z, Var(u), U (m, q) and Var of the sum so far (m,)."""

    g: Floats
    zz: Floats
    variance: Floats
    total: Floats
    total_variance: Floats


@dataclass(frozen=True, eq=False)
class Profile:
    """The criterion at θ, or at a stack of them: deviance −2 log L, β̂ (in the frame) and σ̂²."""

    logdet: Floats
    factor: Floats
    nu: int
    reml: bool
    constant: float

    @property
    def p(self) -> int:
        return int(self.factor.shape[-1]) - 1

    @property
    def deviance(self) -> Floats:
        """−2 log L (…,)."""
        diagonal = np.diagonal(self.factor, axis1=-2, axis2=-1)
        fixed = 2 * np.log(diagonal[..., :-1]).sum(-1) if self.reml else 0.0
        spread = self.nu * (1 + np.log(2 * np.pi * self.sigma2))
        return np.asarray(self.logdet + fixed + spread + self.constant)

    @property
    def r2(self) -> Floats:
        """Weighted residual sum of squares y'Py (…,)."""
        return np.asarray(self.factor[..., -1, -1] ** 2)

    @property
    def sigma2(self) -> Floats:
        return np.asarray(self.r2 / self.nu)

    @property
    def root(self) -> Floats:
        """R_xx (…, p, p), lower: M_xx = R R'."""
        return np.asarray(self.factor[..., :-1, :-1])

    @property
    def beta(self) -> Floats:
        """Coefficients (…, p) in the frame of the moments."""
        upper = np.swapaxes(self.root, -1, -2)
        return np.asarray(np.linalg.solve(upper, self.factor[..., -1, :-1, None])[..., 0])


@dataclass(frozen=True, eq=False)
class Nested:
    """The model: data, tree and criterion; leaves of the moments in the order of the tree."""

    moments: Moments
    tree: Tree
    reml: bool = True

    @cached_property
    def mean(self) -> Floats:
        """Leaf means (m_0, q) in the frame."""
        return self.moments.mean

    @property
    def names(self) -> tuple[str, ...]:
        """Level names, leaf to top."""
        return self.tree.names

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units per level."""
        return self.tree.sizes

    @property
    def frame(self) -> Frame:
        return self.moments.frame

    @property
    def p(self) -> int:
        return self.moments.q - 1

    @property
    def n(self) -> int:
        """Number of rows with a positive weight."""
        return int(self.moments.rows.sum())

    @property
    def nu(self) -> int:
        """Degrees of freedom of σ̂²."""
        return self.n - self.p if self.reml else self.n

    @cached_property
    def constant(self) -> float:
        """−Σ log w, and what the frame adds to log|M_xx|."""
        scale = np.abs(np.diag(self.moments.frame.map))[:-1]
        return -self.moments.log_weight - (2 * float(np.log(scale).sum()) if self.reml else 0.0)

    def at(self, theta: Floats) -> "At":
        """The criterion at variance ratios theta (K,), leaf to top."""
        theta = np.asarray(theta, dtype=float)
        logdet, M, layers = climb(self.tree, theta, self.moments.weight, self.mean, self.moments.within)
        return At(self, theta, layers, self._profile(logdet, M))

    def grid(self, thetas: Floats) -> Profile:
        """The criterion at every row of thetas (G, K)."""
        thetas = np.asarray(thetas, dtype=float)
        parts = -(-thetas.size * self.mean.size // STACK)
        swept = [
            climb(self.tree, part, self.moments.weight, self.mean, self.moments.within)[:2]
            for part in np.array_split(thetas, min(parts, len(thetas)))
        ]
        return self._profile(np.concatenate([s[0] for s in swept]), np.concatenate([s[1] for s in swept]))

    def _profile(self, logdet: Floats, M: Floats) -> Profile:
        return Profile(logdet, positive_root(M), self.nu, self.reml, self.constant)


def positive_root(M: Floats) -> Floats:
    """Cholesky factor, lower, of M (…, q, q).

    Raises
    ------
    ModelError : M is not positive definite.
    """
    try:
        return np.asarray(np.linalg.cholesky(M), dtype=float)
    except np.linalg.LinAlgError as error:
        raise ModelError("the covariates are collinear or explain the response exactly") from error


def climb(
    tree: Tree, theta: Floats, w: Floats, mean: Floats, within: Floats
) -> tuple[Floats, Floats, list[Layer]]:
    """log|V| (…,), M (…, q, q) and the layers, for theta (…, K), leaf precisions (m,) and means (m, q)."""
    logdet, M, layers = np.zeros(theta.shape[:-1]), within, []
    for level in range(tree.depth):
        d = 1 + theta[..., level, None] * w
        v = w / d
        above = tree.up(level, v)
        centre = tree.up(level, v[..., None] * mean, axis=-2) / np.where(above > 0, above, 1.0)[..., None]
        gap = mean - centre[..., tree.parents[level], :]
        M = M + np.swapaxes(gap * v[..., None], -1, -2) @ gap
        logdet = logdet + np.log(d).sum(-1)
        layers.append(Layer(w, mean, d))
        w, mean = above, centre
    return logdet, M + w[..., None] * np.swapaxes(mean, -1, -2) @ mean, layers


@dataclass(frozen=True, eq=False)
class At:
    """The criterion at one θ, with everything that follows from it."""

    model: Nested
    theta: Floats
    layers: list[Layer]
    profile: Profile

    @property
    def value(self) -> float:
        """−2 log L."""
        return float(self.profile.deviance)

    @cached_property
    def sigma2(self) -> float:
        return float(self.profile.sigma2)

    @cached_property
    def contrast(self) -> Floats:
        """(−β̂; 1) (q,): a row of A times this is its residual."""
        return np.append(-self.profile.beta, 1.0)

    @cached_property
    def down(self) -> list[Below]:
        """The walk down the tree, leaf to top."""
        tree = self.model.tree
        total, variance = np.zeros((1, self.model.p + 1)), np.zeros(1)
        below = []
        for level in reversed(range(tree.depth)):
            w, mean, d = self.layers[level]
            U, C = total[tree.parents[level]], variance[tree.parents[level]]
            v, kappa = w / d, self.theta[level] / d
            g = v[:, None] * (mean - U)
            total, variance = U + self.theta[level] * g, kappa + C / d**2
            below.append(Below(g, v - v**2 * C, kappa + (kappa * w) ** 2 * C, total, variance))
        return below[::-1]

    def spread(self, rows: Floats) -> Floats:
        """R_xx⁻¹x (m, p) for the X part of rows (m, q): its squared length is x'M_xx⁻¹x."""
        return np.asarray(rows[:, :-1] @ self.inverse_root.T)

    @cached_property
    def inverse_root(self) -> Floats:
        """R_xx⁻¹ (p, p)."""
        return np.asarray(np.linalg.inv(self.profile.root))

    @cached_property
    def spreads(self) -> list[Floats]:
        """R_xx⁻¹g_x per level, each (m, p)."""
        return [self.spread(level.g) for level in self.down]

    @cached_property
    def residuals(self) -> list[Floats]:
        """e_l = Z_l'Py per level."""
        return [level.g @ self.contrast for level in self.down]

    @cached_property
    def scores(self) -> Floats:
        """e_l'e_l = y'P Z_l Z_l' P y (K,)."""
        return np.array([e @ e for e in self.residuals])

    @cached_property
    def traces(self) -> Floats:
        """tr(Z_l'PZ_l) for REML, tr(Z_l'V⁻¹Z_l) for ML (K,)."""
        full = np.array([level.zz.sum() for level in self.down])
        return full - self.explained if self.model.reml else full

    @cached_property
    def explained(self) -> Floats:
        """The part of tr(Z_l'V⁻¹Z_l) that the fixed effects take away (K,)."""
        return np.array([np.sum(B**2) for B in self.spreads])

    @cached_property
    def gradient(self) -> Floats:
        return self.traces - self.scores / self.sigma2

    @cached_property
    def working(self) -> Floats:
        """f_l'Pf_k (K, K): the working variates are constant in a leaf, so they ride up the tree beside A."""
        tree, K, p = self.model.tree, self.model.tree.depth, self.model.p
        F = np.stack([e[tree.leaves_of(level)] for level, e in enumerate(self.residuals)], axis=1)
        within = np.zeros((K + p, K + p))
        within[K:, K:] = self.model.moments.within[:p, :p]
        leaf = np.hstack([F, self.model.mean[:, :p]])
        M = climb(tree, self.theta, self.model.moments.weight, leaf, within)[1]
        B = self.inverse_root @ M[K:, :K]
        return np.asarray(M[:K, :K] - B.T @ B)

    @cached_property
    def curvature(self) -> Floats:
        scores = self.scores / self.sigma2
        return np.asarray(self.working / self.sigma2 - np.outer(scores, scores) / self.model.nu)
