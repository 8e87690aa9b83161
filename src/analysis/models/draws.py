"""Posterior draws of all effects at once: every interval, rank and probability of a judgement.

    (1) λ = √θ (sd of the units over sd of the pupils) from its REML likelihood on a mesh, flat in λ ≥ 0
    (2) β ~ N(β̂, V + V_prior)      (3) effects from the top of the tree down      (4) u* = u − Σ w u
    (5) ranks of u*, ties broken at random

Symbols: θ_l = τ_l²/σ², V_prior the extra error of β from correcting the priors, w the pupils' shares. The mesh of (1) is
ratios.py, (2) and (3) are posterior.py.
*Position*: a unit's own effect and those of all units it lies in; *own part*: its own effect alone.

Assumes: the nested model, effects exchangeable. Beyond 500 top units θ is known well enough: the estimate.
Where a level's variance is estimated at 0, `no_differences` names it: no tiers, no judgements on it.

Source: docs/methods.md §5; Goldstein & Spiegelhalter (1996), J. Roy. Stat. Soc. A 159, 385–443 (ranks);
Gelman (2006), Bayesian Analysis 1, 515–534 (why flat in λ).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.models import ratios
from analysis.models.nested import NestedFit
from analysis.models.posterior import sample
from analysis.models.reml import Mesh, Nested
from analysis.models.tree import Tree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANY_SCHOOLS = 500


@dataclass(frozen=True, eq=False)
class EffectDraws:
    """Draws of one recentred effect of every unit of a level.

    Attributes
    ----------
    units : label paths (m,). values : (draws, m) in sd. seed : of the random breaking of ties.
    """

    units: pd.MultiIndex
    values: Floats
    seed: int

    @cached_property
    def _sorted(self) -> Floats:
        return np.sort(self.values.T, axis=1)

    @cached_property
    def _ranks(self) -> NDArray[np.int32]:
        """Rank of each unit in each draw (draws, m), best is 1."""
        order = np.argsort(-self.values, axis=1)
        ordered = np.take_along_axis(self.values, order, axis=1)
        tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
        noise = np.random.default_rng(self.seed).random((int(tied.sum()), order.shape[1]))
        order[tied] = np.lexsort((noise, -self.values[tied]), axis=1)
        ranks = np.empty(order.shape, dtype=np.int32)
        np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1, dtype=np.int32)[None], axis=1)
        return ranks

    def interval(self, coverage: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper end (m,) of the central interval."""
        last = self._sorted.shape[1] - 1
        tail = (1 - coverage) / 2
        return self._sorted[:, round(last * tail)], self._sorted[:, round(last * (1 - tail))]

    def p_below(self, line: float) -> Floats:
        """P(effect ≤ line) (m,)."""
        return np.asarray((self.values <= line).mean(0))

    def p_above(self, line: float) -> Floats:
        """P(effect > line) (m,)."""
        return 1 - self.p_below(line)

    def p_beyond(self, size: float) -> Floats:
        """P(|effect| ≥ size) (m,)."""
        return np.asarray((np.abs(self.values) >= size).mean(0))

    def ranks(self, coverage: float = 0.90) -> tuple[Ints, Ints]:
        """Best and worst rank (m,) of the central interval."""
        tail = (1 - coverage) / 2
        places = [max(math.ceil(len(self._ranks) * end) - 1, 0) for end in (tail, 1 - tail)]
        ends = np.sort(self._ranks, axis=0)[places]
        return ends[0].astype(np.int64), ends[1].astype(np.int64)

    def p_first(self, k: int) -> Floats:
        """P(among the k best) (m,)."""
        return np.asarray((self._ranks <= k).mean(0))

    def p_top(self, share: float) -> Floats:
        """P(in the top share of the units) (m,); at least one unit is in it."""
        return self.p_first(self._places(share))

    def p_bottom(self, share: float) -> Floats:
        """P(in the bottom share of the units) (m,)."""
        m = self.values.shape[1]
        return np.asarray((self._ranks > m - self._places(share)).mean(0))

    def _places(self, share: float) -> int:
        return max(1, round(share * len(self.units)))


@dataclass(frozen=True, eq=False)
class Draws:
    """All draws of a fit.

    Attributes
    ----------
    position, own : by level; for the top level the same.
    sigma2 : (draws,). theta : (draws, K), leaf to top.
    no_differences : levels whose variance is estimated at 0.
    """

    position: dict[str, EffectDraws]
    own: dict[str, EffectDraws]
    theta: Floats
    sigma2: Floats
    no_differences: tuple[str, ...]

    def variance_interval(self, component: str, coverage: float = 0.95) -> tuple[float, float]:
        """Central interval of a level's variance τ², or of σ² ("residual"); no profile has to be searched."""
        levels = list(self.position)[::-1]  # drawn from the top down, θ stands leaf to top
        ratio = 1.0 if component == "residual" else self.theta[:, levels.index(component)]
        tail = (1 - coverage) / 2
        lo, hi = np.quantile(ratio * self.sigma2, (tail, 1 - tail))
        return float(lo), float(hi)

    def interval(self, level: str, coverage: float = 0.95) -> tuple[Floats, Floats]:
        """Central interval (m,), (m,) of the level's positions."""
        return self.position[level].interval(coverage)

    def p_below(self, level: str, line: float) -> Floats:
        """P(position ≤ line) (m,)."""
        return self.position[level].p_below(line)

    def p_above(self, level: str, line: float) -> Floats:
        """P(position > line) (m,)."""
        return self.position[level].p_above(line)

    def ranks(self, level: str, coverage: float = 0.90) -> tuple[Ints, Ints]:
        """Rank interval (m,), (m,) of the level's positions."""
        return self.position[level].ranks(coverage)

    def p_top(self, level: str, share: float) -> Floats:
        """P(in the top share) (m,)."""
        return self.position[level].p_top(share)

    def p_bottom(self, level: str, share: float) -> Floats:
        """P(in the bottom share) (m,)."""
        return self.position[level].p_bottom(share)


def posterior(
    fit: NestedFit,
    weights: Sequence[Floats] | None = None,
    n_draws: int = 2000,
    seed: int = 0,
    extra: Floats | None = None,
) -> Draws:
    """Draw effects of every level of a nested fit.

    Parameters
    ----------
    weights : per level, leaf to top, (m_l,) weights of the recentring; the pupils' weights by default.
    extra : (p, p) covariance added to that of β̂ (the priors' correction).
    """
    rng = np.random.default_rng(seed)
    mesh, points = _draw_ratios(fit, n_draws, rng)
    drawn = sample(mesh, points, rng, extra)
    tree = fit.model.tree
    weights = weights or [_pupils(fit.model, level) for level in range(tree.depth)]
    position, own = {}, {}
    total = drawn.effects[-1]
    for level in reversed(range(tree.depth)):
        name = tree.names[level]
        own[name] = _centred(tree, level, drawn.effects[level], weights[level], seed)
        if level < tree.depth - 1:
            total = total.take(tree.parents[level], axis=1) + drawn.effects[level]
        position[name] = (
            own[name] if total is drawn.effects[level] else _centred(tree, level, total, weights[level], seed)
        )
    flat = tuple(name for name, theta in zip(fit.levels, fit.theta, strict=True) if theta <= 0)
    return Draws(position, own, mesh.thetas[points], drawn.sigma2, flat)


def of_top(mesh: Mesh, response: int, n_draws: int, rng: np.random.Generator, extra: Floats | None) -> Draws:
    """Draws of the top level alone, for one of the responses that share a mesh.

    `no_differences` names the top where the deviance is least on the edge of the mesh at which its variance is 0.
    """
    tree = mesh.model.tree
    deviance = mesh.deviance[:, response]
    points = _draw_points(deviance, n_draws, rng)
    drawn = sample(mesh, points, rng, extra, response, levels=1)
    top, seed = tree.depth - 1, int(rng.integers(2**31))
    effect = _centred(tree, top, drawn.effects[0], _pupils(mesh.model, top), seed)
    found = {tree.names[top]: effect}
    flat = mesh.thetas[int(np.argmin(deviance)), top] <= 0
    return Draws(found, found, mesh.thetas[points], drawn.sigma2, tuple(found) if flat else ())


def recentred(fit: NestedFit) -> dict[str, tuple[Floats, Floats]]:
    """By level the predicted effects (m,), mean 0 over the pupils: position in the city, and own part."""
    tree = fit.model.tree
    total, result = np.zeros(1), {}
    for level in reversed(range(tree.depth)):
        own = fit.effects[tree.names[level]].effect
        total = total[tree.parents[level]] + own
        share = _pupils(fit.model, level) / fit.model.moments.weight.sum()
        result[tree.names[level]] = (total - share @ total, own - share @ own)
    return result


def _pupils(model: Nested, level: int) -> Floats:
    return np.bincount(model.tree.leaves_of(level), model.moments.weight, model.tree.sizes[level]).astype(
        float
    )


def _centred(tree: Tree, level: int, values: Floats, weight: Floats, seed: int) -> EffectDraws:
    centre = values @ (weight / weight.sum())
    return EffectDraws(tree.labels[level], values - centre[:, None], seed)


def _draw_ratios(fit: NestedFit, n_draws: int, rng: np.random.Generator) -> tuple[Mesh, Ints]:
    """Points of a mesh of ratios, by their likelihood; many top units, or a deep tree: the estimate alone."""
    tree = fit.model.tree
    if tree.sizes[-1] > MANY_SCHOOLS or tree.depth not in ratios.POINTS:
        return fit.model.mesh(list(fit.theta[:, None])), np.zeros(n_draws, dtype=np.int64)
    return fit.likely, _draw_points(fit.likely.deviance[:, 0], n_draws, rng)


def _draw_points(deviance: Floats, n_draws: int, rng: np.random.Generator) -> Ints:
    weight = np.exp((deviance.min() - deviance) / 2)
    return rng.choice(len(deviance), n_draws, p=weight / weight.sum())
