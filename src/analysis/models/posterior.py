"""Draws of all effects given variance ratios, from the top of the tree down.

For one θ:  σ² | θ, y ~ r²/χ²_ν ;  β | σ², θ, y ~ N(β̂, σ² M_xx⁻¹ + D) ;  then, with r the unit's mean residual on the
way up (reml.py, ā'(−β; 1)), κ = θ/d and c the sum of the ancestors' effects,

    u | c, β, σ², θ, y ~ N(κ w (r − c), σ² κ)                 c ← c + u

which, for D = 0, is the exact joint posterior of all effects under flat priors for β and log σ². D is error of β that
the model does not know of (the priors' correction). Drawing θ itself from a mesh is the caller's: draws.py.

Source: Lindley & Smith (1972), J. Roy. Stat. Soc. B 34, 1–41; Gelman et al. (2013), Bayesian Data Analysis, §15.1;
docs/methods.md §5.
"""

from typing import NamedTuple

import numpy as np

from analysis.models import design
from analysis.models.moments import Floats, Ints
from analysis.models.reml import Mesh

BLOCK = 40_000
"""Numbers drawn at once: few enough to stay in the cache."""


class Draws(NamedTuple):
    """Own effects per level, leaf to top, each (draws, units); β (draws, p) in raw units; σ² (draws,)."""

    effects: list[Floats]
    beta: Floats
    sigma2: Floats


def sample(
    mesh: Mesh,
    points: Ints,
    rng: np.random.Generator,
    D: Floats | None = None,
    response: int = 0,
    levels: int | None = None,
) -> Draws:
    """One draw of σ², β and every effect for each point (draws,) of the mesh; `levels`: only so many from the top."""
    model, profile, n = mesh.model, mesh.profile, len(points)
    p, G = model.criterion.p, len(mesh.thetas)
    r2 = profile.r2.reshape(G, -1)[points, response]
    sigma2 = r2 / rng.chisquare(model.criterion.nu, n)
    noise = rng.standard_normal((n, 1, p)) @ profile.inverse_root.reshape(G, p, p)[points]
    b = profile.beta.reshape(G, -1, p)[points, response] + np.sqrt(sigma2)[:, None] * noise[:, 0]
    if D is not None:
        b += _unknown_error(D, model.criterion.frame.linear[:p, :p], n, rng.spawn(1)[0])
    effects = [np.empty((n, m)) for m in model.tree.sizes[-(levels or model.tree.depth) :]]
    size = max(1, BLOCK // effects[0].shape[1])
    for start in range(0, n, size):
        part = slice(start, start + size)
        drawn = _descend(mesh, points[part], b[part], np.sqrt(sigma2[part]), rng, response, len(effects))
        for all_draws, some in zip(effects, drawn, strict=True):
            all_draws[part] = some
    return Draws(effects, design.coefficients(model.criterion.frame, b, response), sigma2)


def symmetric_root(covariance: Floats) -> Floats:
    """The root (…, k, k) of covariances that may be singular, for draws: the one that does not depend on which way
    an eigenvector points, which is the processor's choice.
    """
    values, vectors = np.linalg.eigh((covariance + np.swapaxes(covariance, -1, -2)) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0))[..., None, :] @ np.swapaxes(vectors, -1, -2))


def _unknown_error(D: Floats, linear: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draws (n, p), in the frame, of an error of β whose covariance in raw units is D.

    `rng` is a stream of its own: with and without the error the rest of a draw is the same.
    """
    error = rng.standard_normal((n, len(D))) @ symmetric_root(D)
    return np.asarray(np.linalg.solve(linear, error.T).T)


def _descend(
    mesh: Mesh, points: Ints, b: Floats, sigma: Floats, rng: np.random.Generator, response: int, levels: int
) -> list[Floats]:
    """Effects of the upper `levels`, leaf to top, given β in the frame (draws, p) and σ (draws,)."""
    tree, shape, p = mesh.model.tree, [len(axis) for axis in mesh.axes], b.shape[1]
    total, effects = np.zeros((len(b), 1)), []
    contrast = np.column_stack([-b, np.ones(len(b))])
    for level in reversed(range(tree.depth - levels, tree.depth)):
        below = points // int(np.prod(shape[level:]))  # which combination of the axes below
        theta = mesh.axes[level][points // int(np.prod(shape[level + 1 :])) % shape[level], None]
        w = mesh.layers[level].w.reshape(-1, tree.sizes[level])
        mean = mesh.means[level].reshape(len(w), tree.sizes[level], -1)[..., [*range(p), p + response]]
        if len(w) == 1:
            residual = contrast @ mean[0].T
        else:
            w, residual = w[below], (mean[below] @ contrast[:, :, None])[..., 0]
        kappa = theta / (1 + theta * w)
        c = total.take(tree.parents[level], axis=1)
        u = kappa * w * (residual - c)
        u += (sigma[:, None] * np.sqrt(kappa)) * rng.standard_normal(u.shape)
        effects.append(u)
        total = c + u
    return effects[::-1]
