"""Posterior draws of all effects at once: every interval, rank and probability of a judgement.

    (1) λ = √θ (sd of the units over sd of the pupils) from its REML likelihood on a grid, flat in λ ≥ 0
    (2) β ~ N(β̂, V + V_prior)      (3) effects from the top of the tree down      (4) u* = u − Σ w u
    (5) ranks of u*, ties broken at random

Symbols: θ_l = τ_l²/σ², V_prior the extra error of β from correcting the priors, w the pupils' shares.
*Position*: a unit's own effect and those of all units it lies in; *own part*: its own effect alone.

Assumes: the nested model, effects exchangeable. Beyond 500 top units θ is known well enough: the estimate.
Where a level's variance is estimated at 0, `no_differences` names it: no tiers, no judgements on it.

Source: methods.md §5; Goldstein & Spiegelhalter (1996), J. Roy. Stat. Soc. A 159, 385–443 (ranks);
Gelman (2006), Bayesian Analysis 1, 515–534 (why flat in λ).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.models.nested import NestedFit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANY_SCHOOLS = 500
GRID = {1: (9, 33), 2: (7, 15), 3: (5, 9)}
"""Points an axis of the grids that look for the likely ratios and of the last one, by number of levels."""
DROP = 14.0
"""Deviance above the least at which a grid point no longer counts (e⁻⁷)."""


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
    def _ranks(self) -> Ints:
        """Rank of each unit in each draw (draws, m), best is 1."""
        noise = np.random.default_rng(self.seed).random(self.values.shape)
        order = np.lexsort((noise, -self.values), axis=1)
        ranks = np.empty(order.shape, dtype=np.int64)
        np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1)[None], axis=1)
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
        ends = np.quantile(self._ranks, (tail, 1 - tail), axis=0, method="inverted_cdf").astype(np.int64)
        return ends[0], ends[1]

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
    thetas = _draw_thetas(fit, n_draws, rng)
    drawn = fit.sample(thetas, rng)
    effects = drawn.effects
    if extra is not None:
        effects = [u + s for u, s in zip(effects, _shift(fit, extra, n_draws, rng), strict=True)]
    tree = fit.model.tree
    weights = weights or [_pupils(fit, level) for level in range(tree.depth)]
    total = np.zeros((n_draws, 1))
    position, own = {}, {}
    for level in reversed(range(tree.depth)):
        total = total[:, tree.parents[level]] + effects[level]
        own[tree.names[level]] = _centred(fit, level, effects[level], weights[level], seed)
        position[tree.names[level]] = _centred(fit, level, total, weights[level], seed)
    flat = tuple(name for name, theta in zip(fit.levels, fit.theta, strict=True) if theta <= 0)
    return Draws(position, own, thetas, drawn.sigma2, flat)


def recentred(fit: NestedFit) -> dict[str, tuple[Floats, Floats]]:
    """By level the predicted effects (m,), mean 0 over the pupils: position in the city, and own part."""
    tree = fit.model.tree
    total, result = np.zeros(1), {}
    for level in reversed(range(tree.depth)):
        own = fit.effects[tree.names[level]].effect
        total = total[tree.parents[level]] + own
        share = _pupils(fit, level) / fit.model.moments.weight.sum()
        result[tree.names[level]] = (total - share @ total, own - share @ own)
    return result


def _pupils(fit: NestedFit, level: int) -> Floats:
    tree = fit.model.tree
    return np.bincount(tree.leaves_of(level), fit.model.moments.weight, tree.sizes[level]).astype(float)


def _centred(fit: NestedFit, level: int, values: Floats, weight: Floats, seed: int) -> EffectDraws:
    centre = values @ (weight / weight.sum())
    return EffectDraws(fit.model.tree.labels[level], values - centre[:, None], seed)


def _shift(fit: NestedFit, extra: Floats, n_draws: int, rng: np.random.Generator) -> list[Floats]:
    """What an error δ of β does to the effects of each level: −θ g_x δ, at the fitted θ."""
    values, vectors = np.linalg.eigh(extra)
    delta = rng.standard_normal((n_draws, len(extra))) * np.sqrt(np.maximum(values, 0)) @ vectors.T
    linear = fit.model.moments.frame.linear[:-1, :-1]
    in_frame = np.linalg.solve(linear, delta.T)
    return [
        -(theta * below.g[:, :-1] @ in_frame).T for theta, below in zip(fit.theta, fit.at.down, strict=True)
    ]


def _draw_thetas(fit: NestedFit, n_draws: int, rng: np.random.Generator) -> Floats:
    """Variance ratios (draws, K) from their likelihood; many top units, or a deep tree: the estimate."""
    depth = fit.model.tree.depth
    if fit.model.tree.sizes[-1] > MANY_SCHOOLS or depth not in GRID:
        return np.tile(fit.theta, (n_draws, 1))
    points, deviance = ratio_grid(fit)
    weight = np.exp((deviance.min() - deviance) / 2)
    return points[rng.choice(len(points), n_draws, p=weight / weight.sum())]


def ratio_grid(fit: NestedFit) -> tuple[Floats, Floats]:
    """Grid of θ (G, K) even in λ around the likely ratios, and the deviance there (G,)."""
    coarse, fine = GRID[fit.model.tree.depth]
    low, high = np.zeros(len(fit.theta)), _reach(fit)
    for _ in range(6):  # narrow the box until it fits the likely ratios
        points, deviance, step = _evaluate(fit, low, high, coarse)
        likely = np.sqrt(points[deviance <= min(deviance.min(), fit.deviance) + DROP])
        likely = np.vstack([likely, np.sqrt(fit.theta)])
        width = high - low
        low, high = np.maximum(likely.min(0) - step, 0), likely.max(0) + step
        if np.all(high - low > 0.7 * width):
            break
    return _evaluate(fit, low, high, fine)[:2]


def _reach(fit: NestedFit) -> Floats:
    """Largest λ of each level worth looking at: raised until the deviance has risen by `DROP`."""
    reach = np.full(len(fit.theta), max(2 * np.sqrt(fit.theta.sum()), 0.1))
    for level in range(len(reach)):
        for _ in range(12):
            theta = fit.theta.copy()
            theta[level] = reach[level] ** 2
            if float(fit.criterion_grid(theta[None]).deviance[0]) > fit.deviance + DROP:
                break
            reach[level] *= 1.5
    return reach


def _evaluate(fit: NestedFit, low: Floats, high: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """θ (n^K, K) even in λ between low and high, the deviance there, and the step (K,)."""
    axes = [np.linspace(a, b, n) for a, b in zip(low, high, strict=True)]
    points = np.array(list(product(*axes))) ** 2
    return points, fit.criterion_grid(points).deviance, (high - low) / (n - 1)
