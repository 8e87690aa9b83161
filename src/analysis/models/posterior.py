"""Draws of all effects given variance ratios, from the top of the tree down.

For one θ:  σ² | θ, y ~ r²/χ²_ν ;  β | σ², θ, y ~ N(β̂, σ² M_xx⁻¹) ;  then, with r the unit's mean residual on the
way up (reml.py, ā'(−β; 1)), κ = θ/d and c the sum of the ancestors' effects,

    u | c, β, σ², θ, y ~ N(κ w (r − c), σ² κ)                 c ← c + u

which is the exact joint posterior of all effects under flat priors for β and log σ². Drawing θ itself from its
likelihood (`Nested.grid`) is the caller's: draws.py.

Source: Lindley & Smith (1972), J. Roy. Stat. Soc. B 34, 1–41; Gelman et al. (2013), Bayesian Data Analysis, §15.1;
methods.md §5.
"""

from typing import NamedTuple

import numpy as np

from analysis.models import design
from analysis.models.moments import Floats
from analysis.models.reml import Nested

BLOCK = 64
"""Draws made at once: few enough to stay in the cache."""


class Draws(NamedTuple):
    """Own effects per level, leaf to top, each (draws, units); β (draws, p) in raw units; σ² (draws,)."""

    effects: list[Floats]
    beta: Floats
    sigma2: Floats


def sample(model: Nested, thetas: Floats, rng: np.random.Generator) -> Draws:
    """One draw of σ², β and every effect for each row of thetas (draws, K)."""
    thetas = np.asarray(thetas, dtype=float)
    grid, which = np.unique(thetas, axis=0, return_inverse=True)
    profile = model.grid(grid)
    sigma2 = profile.r2[which] / rng.chisquare(profile.nu, len(thetas))
    noise = rng.standard_normal((len(thetas), profile.p, 1)) * np.sqrt(sigma2)[:, None, None]
    inverse = np.linalg.inv(np.swapaxes(profile.root, -1, -2))
    b = profile.beta[which] + (inverse[which] @ noise)[..., 0]
    effects = [np.empty((len(thetas), m)) for m in model.tree.sizes]
    for start in range(0, len(thetas), BLOCK):
        part = slice(start, start + BLOCK)
        residual = model.mean[:, -1] - b[part] @ model.mean[:, :-1].T
        drawn = _descend(model, thetas[part], residual, np.sqrt(sigma2[part, None]), rng)
        for all_draws, some in zip(effects, drawn, strict=True):
            all_draws[part] = some
    return Draws(effects, design.coefficients(model.moments.frame, b), sigma2)


def _descend(
    model: Nested, thetas: Floats, residual: Floats, sigma: Floats, rng: np.random.Generator
) -> list[Floats]:
    """Effects per level, leaf to top, given the leaves' mean residuals (draws, m) and σ (draws, 1)."""
    tree, w = model.tree, model.moments.weight
    steps = []
    for level in range(tree.depth):
        d = 1 + thetas[:, level, None] * w
        v = w / d
        steps.append((thetas[:, level, None] / d, w, residual))
        above = tree.up(level, v)
        residual = tree.up(level, v * residual) / np.where(above > 0, above, 1.0)
        w = above
    total = np.zeros((len(thetas), 1))
    effects = []
    for level in reversed(range(tree.depth)):
        kappa, w, residual = steps[level]
        c = total[:, tree.parents[level]]
        u = kappa * w * (residual - c) + sigma * np.sqrt(kappa) * rng.standard_normal(residual.shape)
        effects.append(u)
        total = c + u
    return effects[::-1]
