"""The sensitivity panel: would another reasonable model say the same of this school?

    core          the model of the report                     within      slopes from inside the classes only
    uncorrected   priors as they were marked                  same_only   without the other subjects' priors
    rho_low/high  reliability of the priors ∓ 0.03            stayers     pupils who sat the baseline here
    contextual    the school's mean prior enters: a bound, for it removes real effects where pupils are sorted
    growth        growth percentiles, as normal scores in residual sd      mean_z   another measure of the post score

*Model-sensitive* : in any fit the probability behind a judgement falls below 0.7, or the effect's sign changes.

Source: docs/methods.md §4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.errors import ModelError
from analysis.models import nested
from analysis.models.draws import Draws, EffectDraws, posterior, recentred
from analysis.models.moments import Moments
from analysis.models.nested import NestedFit
from analysis.models.pupils import Options, Pupils
from analysis.models.tree import Tree
from analysis.models.value_added import Core, fit_core, refit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RHO_STEP = 0.03
LEAST_PROBABILITY = 0.7
PANEL_DRAWS = 500


@dataclass(frozen=True, eq=False)
class PanelUnits:
    """One level in one fit: recentred positions (m,) in the order of the fit's own units, with their draws.

    place : position of each of the core's units among them, −1 for none; None where they are the same.
    """

    units: pd.MultiIndex
    effect: Floats
    draws: EffectDraws
    place: NDArray[np.intp] | None = None

    def for_core(self, values: Floats) -> Floats:
        """Values (m,) of this fit in the order of the core's units; NaN for units it does not have."""
        if self.place is None:
            return values
        return np.where(self.place >= 0, values[self.place], np.nan)


@dataclass(frozen=True, eq=False)
class PanelFit:
    """One fit of the panel by level; none, and why, where it could not be fitted."""

    name: str
    levels: Mapping[str, PanelUnits]
    why_not: str = ""


def panel(
    core: Core,
    draws: Draws,
    uncorrected: NestedFit | None = None,
    growth: NDArray[np.int64] | None = None,
    mean_z: Floats | None = None,
) -> dict[str, PanelFit]:
    """Every fit of the panel for which the data exist.

    Parameters
    ----------
    draws : of the core. uncorrected : the fit with the priors as they were marked, where the core has corrected ones.
    growth : (n,) growth percentiles of all pupils, 0 = none. mean_z : (n,) another post measure, NaN = none.
    """
    p, o = core.pupils, core.options
    ways: dict[str, Callable[[], NestedFit]] = {}
    if core.start.corrected is not None:
        ways["uncorrected"] = lambda: uncorrected or refit(core, replace(o, prior_correction=False))
        ways["rho_low"] = lambda: refit(core, _reliability(o, -RHO_STEP))
        ways["rho_high"] = lambda: refit(core, _reliability(o, RHO_STEP))
    ways["within"] = lambda: _within_slopes(core)
    if o.other_subjects and p.others is not None:
        ways["same_only"] = lambda: refit(core, replace(o, other_subjects=False))
    if (stayer := p.stayer) is not None and not stayer[p.matched].all():
        ways["stayers"] = lambda: _of(p.take(stayer), core)
    if "one_school" not in core.flags:  # a slope over a handful of classes is noise: docs/decisions/009
        ways["contextual"] = lambda: refit(core, replace(o, contextual=True))
    if growth is not None:
        ways["growth"] = lambda: _growth(core, growth)
    if mean_z is not None:
        ways["mean_z"] = lambda: _of(replace(p, post=mean_z), core)
    fits = {name: _panel_fit(name, way, core) for name, way in ways.items()}
    return {"core": _levels("core", core.fit, draws, core), **fits}


def model_sensitive(
    fits: Mapping[str, PanelFit], level: str, line: float, below: bool, least: float = LEAST_PROBABILITY
) -> Bools:
    """Whether a judgement "effect ≤ line" (below) or "effect > line" changes in any fit (m,), core's units."""
    core = fits["core"].levels[level]
    changed = np.zeros(len(core.units), dtype=bool)
    for fit in fits.values():
        if level not in fit.levels:
            continue
        found = fit.levels[level]
        p = found.draws.p_below(line) if below else found.draws.p_above(line)
        probability, effect = found.for_core(p), found.for_core(found.effect)
        changed |= (probability < least) | (np.sign(effect) * np.sign(core.effect) < 0)
    return changed


def _panel_fit(name: str, way: Callable[[], NestedFit], core: Core) -> PanelFit:
    try:
        fit = way()
    except ModelError as error:
        return PanelFit(name, {}, str(error))
    return _levels(name, fit, posterior(fit, n_draws=PANEL_DRAWS, seed=core.options.seed), core)


def _levels(name: str, fit: NestedFit, drawn: Draws, core: Core) -> PanelFit:
    effects, tree = recentred(fit), core.tree
    ours = dict(zip(tree.names, tree.labels, strict=True))
    levels = {
        level: PanelUnits(units, effects[level][0], drawn.position[level], _place(ours[level], units))
        for level, units in zip(fit.levels, fit.model.tree.labels, strict=True)
        if level in ours
    }
    return PanelFit(name, levels)


def _place(ours: pd.MultiIndex, units: pd.MultiIndex) -> NDArray[np.intp] | None:
    """Where our units stand among those of a fit; fits of one set of pupils share their tree."""
    return None if units is ours else units.get_indexer(ours)


def _of(pupils: Pupils, core: Core) -> NestedFit:
    """The core's model of other pupils, or of another measure of them."""
    return fit_core(pupils, core.options, extra_error=False, near=core.fit).fit


def _reliability(options: Options, step: float) -> Options:
    """The options with every reliability moved, at most to 1."""
    others = np.minimum(np.asarray(options.rho_others) + step, 1.0)
    return replace(
        options,
        rho=min(options.rho + step, 1.0),
        rho_others=float(others) if others.ndim == 0 else tuple(others.tolist()),
    )


def _within_slopes(core: Core) -> NestedFit:
    """Effects from scores freed of the start by the slopes inside the leaves, whatever the schools' intake."""
    moments = core.fit.model.moments.raw()
    W = moments.within
    slopes = np.linalg.lstsq(W[1:-1, 1:-1], W[1:-1, -1], rcond=1e-12)[0]
    y = core.pupils.post[core.pupils.matched] - core.start.X @ slopes
    return _means_only(y, core.tree, core.weight, core.fit)


def _growth(core: Core, growth: NDArray[np.int64]) -> NestedFit:
    here = growth[core.pupils.matched]
    known = here > 0
    if not known.any():
        raise ModelError("no pupil has a growth percentile")
    score = norm.ppf(here[known] / 100)
    y = score * core.residual[known].std() / score.std()
    tree = core.tree
    if not known.all():
        tree = Tree.of({name: np.asarray(labels)[known] for name, labels in core.levels.items()})
    return _means_only(y, tree, core.weight[known], core.fit)


def _means_only(y: Floats, tree: Tree, weight: Floats, near: NestedFit) -> NestedFit:
    A = np.column_stack([np.ones(len(y)), y])
    return nested.fit(Moments.of(A, tree.leaf, tree.sizes[0], weight), tree, ("(intercept)",), near=near)
