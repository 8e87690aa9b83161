"""Progress of one exam and subject: the core model with everything a results table needs.

`fit` gives a `ProgressFit`; `sensitivity` the panel of other models; `null_run`, `back_test`, `tipping_point`
say how far to trust it. Equations and sources stand in value_added.py, draws.py, sensitivity.py, trust.py.

Source: docs/methods.md §3–§6.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.models import one_school, teaching, value_added
from analysis.models.checks import Checks, examine
from analysis.models.draws import Draws, EffectDraws, recentred
from analysis.models.nested import NestedFit
from analysis.models.pupils import Options, Pupils
from analysis.models.sensitivity import PanelFit, PanelUnits, model_sensitive
from analysis.models.sensitivity import panel as _panel
from analysis.models.teaching import Figures
from analysis.models.trust import BackTest, NullRun, back_test, null_run, tipping_point
from analysis.models.value_added import Core
from analysis.terms import Z95

__all__ = [
    "BackTest",
    "Checks",
    "NullRun",
    "Options",
    "PanelFit",
    "PanelUnits",
    "ProgressFit",
    "Pupils",
    "Units",
    "back_test",
    "few_of_one_school",
    "fit",
    "model_sensitive",
    "null_run",
    "sensitivity",
    "tipping_point",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Units:
    """Results of the units (m,) of one level, effects recentred, in the unit of the response.

    Attributes
    ----------
    units : label paths. n : matched pupils. effect, se, lo, hi : position in the city (of one school: in the school),
        comparative SE, 95 %.
    own, own_lo, own_hi : own part. raw, raw_lo, raw_hi : unshrunken. reliability : 1 − Var(u|data)/τ².
    rank_lo, rank_hi : 90 % rank interval of the position, best is 1.
    intake : mean prior. position, own_part : draws, for every probability.
    """

    units: pd.MultiIndex
    n: Ints
    effect: Floats
    se: Floats
    lo: Floats
    hi: Floats
    own: Floats
    own_lo: Floats
    own_hi: Floats
    raw: Floats
    raw_se: Floats
    raw_lo: Floats
    raw_hi: Floats
    reliability: Floats
    rank_lo: Ints
    rank_hi: Ints
    intake: Floats
    position: EffectDraws
    own_part: EffectDraws

    def frame(self) -> pd.DataFrame:
        """One row a unit, indexed by its label path."""
        columns = {k: v for k, v in vars(self).items() if k not in ("units", "position", "own_part")}
        return pd.DataFrame(columns, index=self.units)


@dataclass(frozen=True, eq=False)
class ProgressFit:
    """A fitted core model and its results.

    Attributes
    ----------
    core : the model (coefficients: `core.fit.names`, `core.fit.beta`). draws : of all effects.
    uncorrected : the fit with the priors as they were marked; None where they were not corrected.
    units : by level, "school" wherever there are several, "teacher" and "class" where they can be told apart.
    intake_before, intake_after : correlation of the schools' effects with their mean prior, without and with
        the correction of the priors. checks : of the assumptions.
    flags : one_school, too_few_schools (no judgement), no_classes, one_class_schools, uncorrected (no judgement),
        no_differences:<level>, inseparable, no_teachers (pupils have several, and they cannot be told apart).
    """

    core: Core
    uncorrected: NestedFit | None
    draws: Draws
    units: dict[str, Units]
    intake_before: float
    intake_after: float
    checks: Checks
    flags: tuple[str, ...]

    @property
    def se(self) -> Floats:
        """SE (p,) of the coefficients, with the error of the priors' correction."""
        return np.sqrt(np.diag(self.core.vcov))

    @property
    def icc(self) -> dict[str, float]:
        """Share of each level in the unexplained variance."""
        return dict(zip(self.core.fit.levels, self.core.fit.icc.tolist(), strict=True))

    def variances(self, intervals: bool = True) -> pd.DataFrame:
        """Variance components, top level first, "residual" last, with 95 % intervals from the draws."""
        table = self.core.fit.summary().components
        if intervals:
            ends = [self.draws.variance_interval(str(name)) for name in table.index]
            table["lo"], table["hi"] = zip(*ends, strict=True)
        return table

    @cached_property
    def expected(self) -> Floats:
        """Expected score (n,) of every pupil given, NaN where unmatched."""
        return self._spread(self.core.expected)

    @cached_property
    def residual(self) -> Floats:
        """Score minus expected score (n,), mean 0 over the matched pupils; NaN where unmatched."""
        return self._spread(self.core.residual - np.average(self.core.residual, weights=self.core.weight))

    def _spread(self, values: Floats) -> Floats:
        full = np.full(len(self.core.pupils.post), np.nan)
        full[self.core.pupils.matched] = values
        return full

    def by_band(self, level: str, band: Ints) -> pd.DataFrame:
        """Value added by prior band: columns unit (position), band, n, value, se, shrunk.

        Parameters
        ----------
        band : (n,) prior band of every pupil given, 0 = unknown.

        value: mean residual less the band's in the whole city; shrunk: drawn to the unit's own effect by the
        share of the differences between bands that chance does not explain.
        """
        here = band[self.core.pupils.matched]
        return _by_band(self.core, self.units[level], level, here)


def fit(pupils: Pupils, options: Options | None = None) -> ProgressFit:
    """Fit the core model of one exam and subject.

    Raises
    ------
    ModelError : no matched pupils, one school with one class, constant or collinear covariates, … (the message says).
    """
    options = options or Options()
    core = value_added.fit_core(pupils, options)
    draws = core.draw()
    units = {level: _units(_figures(core, draws, level)) for level in core.tree.names}
    crossed = _teachers(core) if core.pupils.several_teachers else None
    if crossed:
        units[teaching.TEACHER] = _units(crossed)
    after = _intake_correlation(core, core.fit)
    before, plain = after, None
    if core.start.corrected is not None and core.start.corrected.ok:
        plain = value_added.refit(core, replace(options, prior_correction=False))
        before = _intake_correlation(core, plain)
    flags = [*core.flags, *(f"no_differences:{level}" for level in draws.no_differences)]
    if core.fit.convergence.inseparable:
        flags.append("inseparable")
    if core.pupils.several_teachers and not crossed:
        flags.append("no_teachers")
    return ProgressFit(core, plain, draws, units, before, after, examine(core), tuple(flags))


def sensitivity(
    progress: ProgressFit, growth: Ints | None = None, mean_z: Floats | None = None
) -> dict[str, PanelFit]:
    """The sensitivity panel of a fit; growth percentiles (n,) and another post measure (n,) where they exist."""
    return _panel(progress.core, progress.draws, progress.uncorrected, growth, mean_z)


def few_of_one_school(progress: ProgressFit, level: str) -> bool:
    """Whether a level of one school has so few units that probabilities are promised too high (docs/decisions/009)."""
    return "one_school" in progress.flags and len(progress.units[level].n) < value_added.FEW_SCHOOLS


def _teachers(core: Core) -> Figures | None:
    """Teachers of pupils who have several; None where they cannot be told apart."""
    try:
        found, inseparable = teaching.fit(core)
    except ModelError:
        return None
    return None if inseparable else found


def _figures(core: Core, draws: Draws, level: str) -> Figures:
    effect, own = core.effects[level]
    raw, raw_se = core.raw(level)
    above, code = core.tree.names.index(level), core.codes(level)
    n = np.bincount(code, minlength=len(effect))
    variance, total = core.fit.effects[level].cumulated_variance, np.full(len(n), core.fit.tau2[above:].sum())
    if "one_school" in core.flags:
        variance, total = one_school.variances(core, level)
    return Figures(
        units=core.tree.labels[above],
        n=n,
        effect=effect,
        own=own,
        raw=raw,
        raw_se=raw_se,
        variance=variance,
        total=total,
        intake=np.bincount(code, core.start.priors[:, 0], len(effect)) / n,
        position=draws.position[level],
        part=draws.own[level],
    )


def _units(found: Figures) -> Units:
    lo, hi = found.position.interval()
    own_lo, own_hi = found.part.interval()
    rank_lo, rank_hi = found.position.ranks()
    known = 1 - found.variance / np.where(found.total > 0, found.total, np.inf)
    known = np.where(found.total > 0, known, 0.0)
    return Units(
        units=found.units,
        n=found.n,
        effect=found.effect,
        se=np.sqrt(found.variance),
        lo=lo,
        hi=hi,
        own=found.own,
        own_lo=own_lo,
        own_hi=own_hi,
        raw=found.raw,
        raw_se=found.raw_se,
        raw_lo=found.raw - Z95 * found.raw_se,
        raw_hi=found.raw + Z95 * found.raw_se,
        reliability=np.clip(known, 0, 1),
        rank_lo=rank_lo,
        rank_hi=rank_hi,
        intake=found.intake,
        position=found.position,
        own_part=found.part,
    )


def _intake_correlation(core: Core, fit: NestedFit) -> float:
    """Correlation over schools of a fit's effect with the mean prior; NaN where one does not vary."""
    top = core.tree.names[-1]
    effect, code = recentred(fit)[top][0], core.codes(top)
    intake = np.bincount(code, core.pupils.prior[core.pupils.matched]) / np.bincount(code)
    if len(effect) < 3 or np.ptp(effect) == 0 or np.ptp(intake) == 0:
        return np.nan
    return float(np.corrcoef(effect, intake)[0, 1])


def _by_band(core: Core, units: Units, level: str, band: Ints) -> pd.DataFrame:
    known = band > 0
    if not known.any():
        raise ModelError("no matched pupil has a prior band")
    band, residual, bands = band[known], core.residual[known], int(band.max()) + 1
    residual = residual - (np.bincount(band, residual) / np.maximum(np.bincount(band), 1))[band]
    cell = core.codes(level)[known] * bands + band
    n = np.bincount(cell)
    held = np.flatnonzero(n)
    n, value = n[held], np.bincount(cell, residual)[held] / n[held]
    unit, below = held // bands, core.fit.tau2[: core.tree.names.index(level)].sum()
    se = np.sqrt(core.fit.sigma2 / n + below * _leaf_squares(core, level, cell, known)[held] / n**2)
    own = value - units.raw[unit]
    noise = core.fit.sigma2 * np.maximum(1 / n - 1 / units.n[unit], 0)
    spread = max(0.0, float(np.average(own**2 - noise, weights=n)))
    shrunk = units.effect[unit] + own * spread / np.where(spread + noise > 0, spread + noise, 1.0)
    columns = {"unit": unit, "band": held % bands, "n": n, "value": value, "se": se, "shrunk": shrunk}
    return pd.DataFrame(columns)


def _leaf_squares(core: Core, level: str, cell: Ints, known: NDArray[np.bool_]) -> Floats:
    """By cell the sum over leaves of the squared numbers of its pupils in them; above the leaves only."""
    if level == core.tree.names[0]:
        return np.bincount(cell).astype(float)
    leaves = core.tree.sizes[0]
    inner = np.bincount(cell * leaves + core.tree.leaf[known])
    some = np.flatnonzero(inner)
    return np.asarray(np.bincount(some // leaves, inner[some].astype(float) ** 2), np.float64)
