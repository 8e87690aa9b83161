"""What is known of the classes and teachers of one school, measured from this school's own average.

With many schools the average of all is known so well that its error can be left out of a unit's. With a handful of
classes it cannot: zero is the average of the very units that are compared, û*_j = û_j − Σ w_k û_k.

    G = diag(τ²)        M = Z'(W − WX(X'WX)⁻¹X'W)Z/σ²        Var(u − û) = G(I + M G)⁻¹        A = (I − 1w')L
    error Var(u* − û*) = diag(A Var(u − û) A')        if nothing were known Var(u*) = diag(A G A')

Symbols: u effects of all levels; Z (N, units) which pupil is in which unit; X the start with its intercept; W the
pupils' weights; σ², τ² as estimated; L (m, units) what makes up the position of the m units of a level: their own
effect and those of the units above them; w the pupils' shares.

Not for: a city, whose joint covariance of all units would be large and whose average is known.

Source: Henderson (1975), Biometrics 31, 423–447 (prediction error variances); Goldstein (2011), Multilevel Statistical
Models, §2.2; docs/decisions/009.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.models.value_added import Core

Floats = NDArray[np.float64]


def variances(core: Core, level: str) -> tuple[Floats, Floats]:
    """Of the recentred positions (m,) of a level: error variance, and the variance if nothing were known."""
    tree, fit = core.tree, core.fit
    leaf, m = tree.leaf, tree.sizes[0]
    w = np.bincount(leaf, core.weight, m)
    X = np.column_stack([np.ones(len(leaf)), core.start.X])
    inside = np.stack([np.bincount(leaf, core.weight * x, m) for x in X.T], axis=1)
    known = np.linalg.solve(X.T @ (core.weight[:, None] * X), inside.T)
    in_unit = np.hstack([np.eye(k)[tree.leaves_of(of)] for of, k in enumerate(tree.sizes)])  # (leaves, units)
    M = in_unit.T @ (np.diag(w) - inside @ known) @ in_unit / fit.sigma2
    G = np.diag(np.repeat(fit.tau2, tree.sizes))
    error = G @ np.linalg.inv(np.eye(len(G)) + M @ G)
    A = _positions(core, level)
    return np.einsum("ij,jk,ik->i", A, error, A), np.einsum("ij,jk,ik->i", A, G, A)


def _positions(core: Core, level: str) -> Floats:
    """A (m, units): from all effects to the recentred positions of a level."""
    tree, at = core.tree, core.tree.names.index(level)
    up, blocks = np.arange(tree.sizes[at]), [np.zeros((tree.sizes[at], k)) for k in tree.sizes[:at]]
    for of in range(at, tree.depth):
        blocks.append(np.eye(tree.sizes[of])[up])
        up = tree.parents[of][up]
    L = np.hstack(blocks)
    share = np.bincount(core.codes(level), core.weight, tree.sizes[at]) / core.weight.sum()
    return np.asarray(L - share @ L)
