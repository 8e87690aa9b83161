"""Value added on a tree of units: random intercepts for class in school in town, any depth, by REML or ML.

Model, for pupil i in units l = 1 (leaf) … K (top):

    y_i = x_i'β + Σ_l u_l(i) + e_i         u_l ~ N(0, τ_l²)         e_i ~ N(0, σ²/w_i)

β : p coefficients of the start (splines of the priors) and of declared covariates, the intercept first.
u_l : what a unit adds to or takes from the pupils' expected score; the quantity reported as value added.
θ_l = τ_l²/σ² : the variance ratios, the only parameters that are searched for; β̂ and σ̂² follow from them.

Three types: `reml.Nested` (data, tree and criterion), `NestedFit` (the estimates), `fitted.Summary` (what is
printed).

Assumptions: effects and errors independent, normal, of constant variance; priors without error (prior_error.py
corrects them); the units of a level exchangeable. A variance estimated at 0 says: no differences can be shown.

Not for: crossed units or several teachers a pupil (crossed.py), random slopes (slopes.py), causes: an effect is
what is left of a unit after its intake, not what its staff did. REML criteria compare only for identical X.

Source: Goldstein (2011), Multilevel Statistical Models, ch. 2; Raudenbush & Bryk (2002), Hierarchical Linear
Models, ch. 4 and 8; the algebra and its sources are in reml.py; docs/methods.md §4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import ModelError
from analysis.models import design, effects, ratios
from analysis.models.effects import NestedEffects
from analysis.models.fitted import Fitted
from analysis.models.moments import Moments
from analysis.models.newton import START, best_minimum
from analysis.models.reml import At, Mesh, Nested
from analysis.models.tree import Tree


@dataclass(frozen=True, eq=False)
class NestedFit(Fitted[At]):
    """Estimates of a nested model; levels run from leaf to top.

    near : a fit of the same levels whose ratios should be near these.
    """

    near: "NestedFit | None" = None

    @property
    def model(self) -> Nested:
        return self.at.model

    @cached_property
    def likely(self) -> Mesh:
        """A mesh of the variance ratios that the data make likely."""
        return ratios.likely(self.model, self.theta, self.near.likely if self.near else None)

    @cached_property
    def effects(self) -> dict[str, NestedEffects]:
        """Effects of every unit, by level."""
        return {name: effects.of_level(self.at, level) for level, name in enumerate(self.levels)}


def fit(
    moments: Moments,
    tree: Tree | None = None,
    names: Sequence[str] | None = None,
    reml: bool = True,
    near: NestedFit | None = None,
) -> NestedFit:
    """Fit from sufficient statistics.

    tree : its leaves are those of the moments, in the same order; None: made from the keys of the moments.
    names : the p coefficients, for messages and tables.
    near : a fit from whose ratios the search starts, if it has the same levels.

    Raises
    ------
    ModelError : too few rows or units, constant or collinear covariates, a response without variation, a level
        whose differences the covariates explain completely.
    """
    names = tuple(names) if names is not None else tuple(f"x{j}" for j in range(moments.q - 1))
    if tree is None:
        if moments.keys is None:
            raise ModelError("moments without keys need a tree")
        tree = Tree.of_keys(moments.keys)
        moments = moments.arrange(tree.leaf, tree.sizes[0])
    model = Nested(moments, tree, reml)
    design.check(moments, tree, names)
    near = near if near is not None and near.levels == tree.names else None
    start = np.full(tree.depth, START) if near is None else np.maximum(near.theta, START / 100)
    first = model.at(start)
    design.check_levels(first)
    return NestedFit(best_minimum(model.at, start, first), names, near)


def fit_rows(
    y: ArrayLike,
    X: pd.DataFrame | ArrayLike,
    levels: Mapping[str, ArrayLike] | Sequence[ArrayLike],
    names: Sequence[str] | None = None,
    weights: ArrayLike | None = None,
    reml: bool = True,
) -> NestedFit:
    """Fit from pupil rows: y (N,), X (N, k) without intercept (one is added), label arrays leaf to top."""
    A, names = design.matrix(y, X, names)
    tree = Tree.of(levels)
    moments = Moments.of(A, tree.leaf, tree.sizes[0], weights, names=(*names, "response"))
    return fit(moments, tree, names, reml)
