"""The likelihood of random vectors on a tree: the walk of reml.py with matrices for numbers.

    y = Xβ + Σ_l Z_l b_l + e     b_l ~ N(0, σ² Θ_l) per unit, z_i = (1, x_i1 …) with k entries     e ~ N(0, σ² W⁻¹)

Θ_l (k × k) is unstructured where the level has slopes and has only its first entry elsewhere. Per leaf the sums
T = Z'W[Z | A] (k × (k + q)) suffice. Up, with K = Z'WZ the first block of T:

    D = I + KΘ    Y = D⁻¹T    log|V| += log|D|    M −= Σ T_A'Θ Y_A    parent: T' = Σ Y

Down:

    g = Y_A − Y_K U    κ = ΘD⁻¹    Var(b)/σ² = κ + κK C Kκ    C ← κ + D⁻ᵀ C D⁻¹    U ← U + Θg

    ∂D/∂Θ_l = Γ_l = Σ (Y_K − Y_K C Y_K) − [REML] Σ g_x M_xx⁻¹ g_x' − Σ ee'/σ̂²        e = g(−β̂; 1)

Θ = LL' with L lower triangular keeps Θ a covariance; ∂D/∂L = 2ΓL.

Source: Laird & Ware (1982), Biometrics 38, 963–974; Bates, Mächler, Bolker & Walker (2015), J. Stat. Software 67(1).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from analysis.models.moments import Floats, Moments
from analysis.models.profile import Criterion, Evaluated, Profile
from analysis.models.tree import Tree


@dataclass(frozen=True, eq=False)
class Products:
    """Sufficient statistics: `moments` of A, and T (C, k, k + q) = Z'W[Z | A] per leaf; parts merge."""

    moments: Moments
    T: Floats

    @classmethod
    def of(
        cls, A: Floats, Z: Floats, leaf: ArrayLike, moments: Moments, weights: ArrayLike | None
    ) -> "Products":
        """Products of rows A (N, q) and Z (N, k) whose moments are known."""
        w = np.ones(len(A)) if weights is None else np.asarray(weights, dtype=float)
        B = np.hstack([Z, moments.frame.apply(A)])
        C = len(moments.weight)
        T = [[np.bincount(np.asarray(leaf), w * z * b, minlength=C) for b in B.T] for z in Z.T]
        return cls(moments, np.moveaxis(np.array(T, dtype=float), -1, 0))

    def merge(self, other: "Products") -> "Products":
        """Products of both parts over the same leaves."""
        return Products(self.moments.merge(other.moments), self.T + other.T)


@dataclass(frozen=True, eq=False)
class Slopes:
    """The model: products, tree, and per level the entries of z whose coefficients vary between its units."""

    products: Products
    tree: Tree
    active: tuple[tuple[int, ...], ...]
    reml: bool = True

    @cached_property
    def gram(self) -> Floats:
        """A'WA (q, q)."""
        return self.products.moments.total

    @cached_property
    def criterion(self) -> Criterion:
        m = self.products.moments
        return Criterion(m.frame, int(m.rows.sum()), m.q - 1, m.log_weight, self.reml)

    @property
    def k(self) -> int:
        return int(self.products.T.shape[1])

    def roots(self, x: Floats) -> list[Floats]:
        """L (k, k) per level from the free parameters."""
        roots, start = [], 0
        for active in self.active:
            L, (i, j) = np.zeros((self.k, self.k)), np.tril_indices(len(active))
            own = np.array(active)
            L[own[i], own[j]] = x[start : start + len(i)]
            roots.append(L)
            start += len(i)
        return roots

    def at(self, x: Floats) -> "SlopesAt":
        """The criterion at the free parameters of L."""
        thetas = [L @ L.T for L in self.roots(x)]
        T, M, logdet, layers = self.products.T, self.gram, 0.0, []
        for level, theta in enumerate(thetas):
            K = T[:, :, : self.k]
            D = np.eye(self.k) + K @ theta
            Y = np.asarray(np.linalg.solve(D, T), dtype=float)
            logdet += float(np.log(np.linalg.det(D)).sum())
            TA, YA = T[:, :, self.k :], Y[:, :, self.k :]
            M = M - np.einsum("mkq,kl,mlr->qr", TA, theta, YA, optimize=True)
            layers.append((K, D, Y))
            T = self.tree.up_rows(level, Y)
        profile = self.criterion.profile(np.asarray(logdet), (M + M.T) / 2)
        return SlopesAt(self, x, thetas, layers, profile)


@dataclass(frozen=True, eq=False)
class Below:
    """A level on the way down: g (m, k, q), Z'V⁻¹Z, Var(b)/σ², U (m, k, q) and the variance of the sum so far."""

    g: Floats
    zz: Floats
    variance: Floats
    total: Floats
    total_variance: Floats


@dataclass(frozen=True, eq=False)
class SlopesAt(Evaluated):
    """The criterion at one set of Θ, with everything that follows from it."""

    model: Slopes
    x: Floats
    thetas: list[Floats]
    layers: list[tuple[Floats, Floats, Floats]]
    profile: Profile

    @cached_property
    def down(self) -> list[Below]:
        """The walk down the tree, leaf to top."""
        k, q, below = self.model.k, self.model.criterion.p + 1, []
        total, variance = np.zeros((1, k, q)), np.zeros((1, k, k))
        for level in reversed(range(self.model.tree.depth)):
            (K, D, Y), theta = self.layers[level], self.thetas[level]
            parents = self.model.tree.parents[level]
            U, C, YK = total[parents], variance[parents], Y[:, :, :k]
            g = Y[:, :, k:] - YK @ U
            inverse = np.linalg.inv(D)
            kappa = theta @ inverse
            total, variance = U + theta @ g, kappa + np.swapaxes(inverse, 1, 2) @ C @ inverse
            own = kappa + kappa @ K @ C @ K @ np.swapaxes(kappa, 1, 2)
            below.append(Below(g, YK - YK @ C @ YK, own, total, variance))
        return below[::-1]

    def spread(self, rows: Floats) -> Floats:
        """R_xx⁻¹x (m, p, k) for the X part of rows (m, k, q): x'M_xx⁻¹x is its cross-product."""
        return np.asarray(self.profile.inverse_root @ np.swapaxes(rows[:, :, :-1], 1, 2))

    @cached_property
    def gradient(self) -> Floats:
        """∂D/∂L of the free parameters."""
        parts = []
        for level, (active, L) in enumerate(zip(self.model.active, self.model.roots(self.x), strict=True)):
            below = self.down[level]
            e = below.g @ self.contrast
            gamma = below.zz.sum(0) - e.T @ e / self.sigma2
            if self.model.reml:
                gamma = gamma - cross(self.spread(below.g)).sum(0)
            own = np.ix_(active, active)
            parts.append((2 * gamma[own] @ L[own])[np.tril_indices(len(active))])
        return np.concatenate(parts)


def cross(B: Floats) -> Floats:
    """B'B (m, k, k) of stacked B (m, p, k)."""
    return np.asarray(np.swapaxes(B, 1, 2) @ B)
