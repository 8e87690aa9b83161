"""Where the variance ratios are likely: a mesh of λ = √θ, even on every axis, that holds all of it.

Every axis starts as far out as the deviance takes to rise by `DROP` along it, or with what was likely for a similar
fit; the box is then narrowed to the points within `DROP` of the least, until it fits. Several responses of one design
share a box: what is likely for any of them.

Assumes: a likelihood without far second peaks above the first mesh's step. Not for: trees deeper than `POINTS` says.

Source: Gelman (2006), Bayesian Analysis 1, 515–534 (why flat in λ); docs/methods.md §5.
"""

import numpy as np

from analysis.models.moments import Floats
from analysis.models.reml import Mesh, Nested

POINTS = {1: (9, 33), 2: (7, 15), 3: (5, 9)}
"""Points an axis of the meshes that look for the likely ratios and of the last one, by number of levels."""
DROP = 14.0
"""Deviance above the least at which a point no longer counts (e⁻⁷)."""
FURTHEST, NARROWED = 12, 6
"""Widest reach of an axis, in factors of 1.5; rounds in which the box is narrowed."""


def likely(model: Nested, centre: Floats, near: Mesh | None = None) -> Mesh:
    """The mesh around `centre` (K,), ratios at or near which the deviance is least.

    near : what is likely for a similar model of the same tree: a first box, left if it turns out too small.
    """
    coarse, fine = POINTS[model.tree.depth]
    if near is None:
        high, best = _reach(model, centre)
        low = np.zeros(len(centre))
    else:
        low, high = np.sqrt([[axis[0], axis[-1]] for axis in near.axes]).T
        low, high = np.maximum(1.25 * low - 0.25 * high, 0), 1.25 * high - 0.25 * low
        best = np.full(model.responses, np.inf)
    for _ in range(NARROWED):
        mesh = _mesh(model, low, high, coarse)
        best = np.minimum(best, mesh.deviance.min(0))
        inside = (mesh.deviance <= best + DROP).any(1)
        points = np.sqrt(np.vstack([mesh.thetas[inside], centre]))
        first, last = points.min(0), points.max(0)
        if near is not None and (np.any(last >= high) or np.any((first <= low) & (low > 0))):
            return likely(model, centre)
        width, step = high - low, (high - low) / (coarse - 1)
        low, high = np.maximum(first - step, 0), last + step
        if np.all(high - low > 0.7 * width):
            break
    return _mesh(model, low, high, fine)


def _mesh(model: Nested, low: Floats, high: Floats, n: int) -> Mesh:
    """n values of λ between low and high on every axis."""
    return model.mesh([np.linspace(a, b, n) ** 2 for a, b in zip(low, high, strict=True)])


def _reach(model: Nested, centre: Floats) -> tuple[Floats, Floats]:
    """Largest λ of each level worth looking at, where the deviance has risen by `DROP` for every response; and the
    deviance at the centre.
    """
    reach = max(2 * np.sqrt(centre.sum()), 0.1) * 1.5 ** np.arange(FURTHEST + 1)
    found = np.empty(len(centre))
    for level in range(len(centre)):
        axes = [
            np.append(theta, reach**2) if axis == level else theta[None] for axis, theta in enumerate(centre)
        ]
        best, *further = model.mesh(axes).deviance
        risen = (np.array(further) > best + DROP).all(1)
        found[level] = reach[np.argmax(risen)] if risen.any() else reach[-1]
    return found, best
