"""The likelihood of a tree of random intercepts: one walk up the tree, one walk down.

    y = Xβ + Σ_l Z_l u_l + e      u_l ~ N(0, τ_l² I)      e ~ N(0, σ² W⁻¹)      θ_l = τ_l²/σ²      V = W⁻¹ + Σ θ_l Z_l Z_l'

A = [X | y] (N × q, p = q − 1). All that is needed is M(θ) = A'V⁻¹A and log|V|; profile.py does the rest.

Up. A unit of level l with precision w and mean ā (its row of A) hands to its parent

    d = 1 + θ_l w    v = w/d    log|V| += log d    parent: w' = Σ v, ā' = Σ v ā / w'    M += Σ v (ā − ā')(ā − ā')'

so M = within leaves + between leaves of a unit + … + between top units + the root: an analysis of variance, every
piece of it positive.

Down. With U = Σ θ g and C = the variance (over σ²) of the sum of all ancestors' effects,

    g_l = Z_l'V⁻¹A = v (ā − U)      diag Z_l'V⁻¹Z_l = v − v²C      U ← U + θ_l g_l,  C ← θ_l/d + C/d²

and with N_l = g_l'g_l (q × q), c = (−β̂; 1) and e_l = Z_l'Py = g_l c,

    e_l'e_l = c'N_l c       tr(Z_l'V⁻¹X M_xx⁻¹ X'V⁻¹Z_l) = tr(M_xx⁻¹ N_l,xx)       X'V⁻¹Z_l e_l = (N_l c)_x

Cost: units × q², whatever N is. A level's numbers depend on its own θ and those below it alone, so on a mesh of ratios
the many leaves are visited for the few values of the first axis only.

Assumes: units nested, independent effects of constant variance. Not for: slopes (slope_reml.py), crossed units.

Source: Longford (1987), Biometrika 74, 817–827 (V⁻¹ of nested units from their means); Bates, Mächler, Bolker & Walker
(2015), J. Stat. Software 67(1), §3; Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440–1450 (profile.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.models.moments import Floats, Moments
from analysis.models.profile import AtRatios, Criterion, Profile
from analysis.models.tree import Tree


class Layer(NamedTuple):
    """A level on the way up, its units (…, m): precision w, d = 1 + θw, v = w/d."""

    w: Floats
    d: Floats
    v: Floats


class Below(NamedTuple):
    """A level on the way down: g (m, q), diag Z'V⁻¹Z (m,), and of the ancestors' sum U (m, q) and C (m,)."""

    g: Floats
    zz: Floats
    total: Floats
    variance: Floats


@dataclass(frozen=True, eq=False)
class Nested:
    """The model: data, tree and criterion; leaves of the moments in the order of the tree.

    `responses` columns of the moments, the last ones, are responses of the same design (1, but for a null run).
    """

    moments: Moments
    tree: Tree
    reml: bool = True
    responses: int = 1

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

    @cached_property
    def criterion(self) -> Criterion:
        m = self.moments
        return Criterion(m.frame, int(m.rows.sum()), m.q - self.responses, m.log_weight, self.reml)

    def at(self, theta: Floats) -> "At":
        """The criterion of the one response at variance ratios theta (K,), leaf to top."""
        theta = np.asarray(theta, dtype=float)
        layers, root = climb(self.tree, theta, self.moments.weight)
        means, gaps = between(self.tree, layers, root, self.mean)
        M = sum((gap.T @ gap for gap in gaps), self.moments.within)
        return At(self, theta, layers, root, means, self.criterion.profile(_logdet(layers), M))

    def mesh(self, axes: Sequence[Floats]) -> "Mesh":
        """The criterion at all combinations of the values of K axes, leaf to top."""
        layers, root = climb(self.tree, np.ix_(*axes), self.moments.weight)
        means, gaps = between(self.tree, layers, root, self.mean)
        p, within = self.criterion.p, self.moments.within
        M_xa = sum((np.swapaxes(gap[..., :p], -1, -2) @ gap for gap in gaps), within[:p])
        M_yy = sum((np.square(gap[..., p:]).sum(-2) for gap in gaps), np.diagonal(within)[p:])
        return Mesh(self, tuple(axes), layers, means, self.criterion.profiles(_logdet(layers), M_xa, M_yy))


def climb(tree: Tree, thetas: Sequence[Floats] | Floats, w: Floats) -> tuple[list[Layer], Floats]:
    """The layers above leaf precisions w (m,), and the root's precision (…, 1); K ratios that may be arrays."""
    layers = []
    for level, theta in enumerate(thetas):
        d = 1 + theta[..., None] * w
        layers.append(Layer(w, d, w / d))
        w = tree.up(level, layers[-1].v)
    return layers, w


def between(tree: Tree, layers: list[Layer], root: Floats, mean: Floats) -> tuple[list[Floats], list[Floats]]:
    """Means ā (…, m, q) per level, leaf to top, and √v(ā − ā') of every level and of the root: their squares make M."""
    means, gaps = [], []
    above = [layer.w for layer in layers[1:]] + [root]
    for level, (layer, total) in enumerate(zip(layers, above, strict=True)):
        parents = tree.parents[level]
        share = layer.v / np.where(total > 0, total, 1.0).take(parents, axis=-1)
        centre = tree.up_weighted(level, share, mean)
        gaps.append(mean - centre.take(parents, axis=-2))
        gaps[-1] *= np.sqrt(layer.v)[..., None]
        means.append(mean)
        mean = centre
    return means, [*gaps, np.sqrt(root)[..., None] * mean]


def _logdet(layers: list[Layer]) -> Floats:
    total: Floats = np.zeros(())
    for layer in layers:
        total = total + np.log(layer.d).sum(-1)
    return total


@dataclass(frozen=True, eq=False)
class Mesh:
    """The criterion on a mesh of ratios; arrays (…, responses) lead with the K axes, a level's with those below it."""

    model: Nested
    axes: tuple[Floats, ...]
    layers: list[Layer]
    means: list[Floats]
    profile: Profile

    @cached_property
    def thetas(self) -> Floats:
        """The ratios (G, K) of all points, the first axis slowest."""
        return np.stack([axis.ravel() for axis in np.meshgrid(*self.axes, indexing="ij")], axis=-1)

    @property
    def deviance(self) -> Floats:
        """−2 log L (G, responses)."""
        return self.profile.deviance.reshape(len(self.thetas), -1)


@dataclass(frozen=True, eq=False)
class At(AtRatios):
    """The criterion at one θ, with everything that follows from it."""

    model: Nested
    theta: Floats
    layers: list[Layer]
    root: Floats
    means: list[Floats]
    profile: Profile

    @cached_property
    def down(self) -> list[Below]:
        """The walk down the tree, leaf to top."""
        tree, below = self.model.tree, []
        total, variance = np.zeros((1, self.model.moments.q)), np.zeros(1)
        for level in reversed(range(tree.depth)):
            _, d, v = self.layers[level]
            U, C = total.take(tree.parents[level], axis=0), variance.take(tree.parents[level])
            g = v[:, None] * (self.means[level] - U)
            below.append(Below(g, v - v**2 * C, U, C))
            if level:
                total, variance = U + self.theta[level] * g, self.theta[level] / d + C / d**2
        return below[::-1]

    def spread(self, rows: Floats) -> Floats:
        """R_xx⁻¹x (m, p) for the X part of rows (m, q): its squared length is x'M_xx⁻¹x."""
        return np.asarray(rows[:, :-1] @ self.profile.inverse_root.T)

    @cached_property
    def grams(self) -> Floats:
        """N_l = g_l'g_l (K, q, q)."""
        return np.stack([level.g.T @ level.g for level in self.down])

    @cached_property
    def residuals(self) -> list[Floats]:
        """e_l = Z_l'Py per level."""
        return [level.g @ self.contrast for level in self.down]

    @cached_property
    def scores(self) -> Floats:
        return np.asarray((self.grams @ self.contrast) @ self.contrast)

    @cached_property
    def traces(self) -> Floats:
        full = np.array([level.zz.sum() for level in self.down])
        return full - self.explained if self.model.reml else full

    @cached_property
    def explained(self) -> Floats:
        """The part of tr(Z_l'V⁻¹Z_l) that the fixed effects take away (K,)."""
        inverse = self.profile.inverse_root
        return np.asarray(np.tensordot(self.grams[:, :-1, :-1], inverse.T @ inverse, 2))

    @cached_property
    def working(self) -> Floats:
        """f_l = Z_l e_l are constant in a leaf, so they ride up the tree as A does."""
        tree, K = self.model.tree, self.model.tree.depth
        F = np.stack([e.take(tree.leaves_of(level)) for level, e in enumerate(self.residuals)], axis=1)
        M = sum((gap.T @ gap for gap in between(tree, self.layers, self.root, F)[1]), np.zeros((K, K)))
        B = self.profile.inverse_root @ (self.grams @ self.contrast)[:, :-1].T
        return np.asarray(M - B.T @ B)
