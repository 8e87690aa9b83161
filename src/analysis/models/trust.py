"""Can the indicators be trusted? Back-test against later cohorts, null run, and the pupils who are missing.

    back-test    later_j = a + b·forecast_j + error, weights 1/SE_j²; b = 1 : the forecast was honest
                 disattenuated correlation = corr(earlier raw, later raw)/√(reliability_1·reliability_2)
                 its interval: the ends of Fisher's, divided alike
    null run     y° = Xβ̂ + residuals shuffled over all pupils: no school or class differs; all judgements again
    tipping      t = (line − s·observed)/(1 − s), the mean the missing pupils would need for the verdict to vanish

Not for: a back-test on the same pupils' later exam whose baseline is the earlier one (a negative correlation
is built in).

Source: docs/methods.md §1, §4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from scipy.stats import t as student

from analysis.errors import ModelError
from analysis.models import ratios
from analysis.models.draws import Draws, of_top
from analysis.models.moments import Moments
from analysis.models.reml import Nested
from analysis.models.value_added import Core

Floats = NDArray[np.float64]

Judge = Callable[[Draws], Mapping[str, int]]
"""From the draws of a fit to how many names each list has."""

MOST_NUMBERS = 200_000
"""Units times runs that are held at once."""


@dataclass(frozen=True)
class BackTest:
    """How earlier forecasts met later cohorts; intervals 95 %, by leaving out one school at a time."""

    slope: float
    slope_lo: float
    slope_hi: float
    correlation: float
    attenuation: float
    survived: float
    n_schools: int
    n_judged: int

    @property
    def disattenuated(self) -> float:
        """Correlation freed of the error of both figures."""
        return self.correlation / self.attenuation


def back_test(
    forecast: ArrayLike,
    later: ArrayLike,
    later_se: ArrayLike,
    earlier: ArrayLike | None = None,
    reliability: tuple[float, float] = (np.nan, np.nan),
    judged: ArrayLike | None = None,
) -> BackTest:
    """Compare later raw value added with what was forecast from earlier cohorts.

    Parameters
    ----------
    forecast, later, later_se : (m,), NaN where a school has no figure; later is raw, of other pupils.
    earlier : (m,) raw value added then. reliability : of earlier and later raw figures.
    judged : (m,) −1 / 0 / +1, the direction of a judgement made then; it survives if later has its sign.

    Raises
    ------
    ModelError : fewer than three schools with both figures.
    """
    x, y, se = (np.asarray(v, dtype=float) for v in (forecast, later, later_se))
    rows = np.isfinite(x) & np.isfinite(y) & (se > 0)
    if rows.sum() < 3 or np.ptp(x[rows]) == 0:
        raise ModelError("a back-test needs three schools with different forecasts", "wait for another exam")
    slope = _slope(x[rows], y[rows], se[rows])
    m = int(rows.sum())
    left_out = [_slope(*(np.delete(v[rows], j) for v in (x, y, se))) for j in range(m)]
    error = np.sqrt((m - 1) / m * np.sum((np.array(left_out) - np.mean(left_out)) ** 2))
    reach = float(student.ppf(0.975, m - 1) * error)
    before = x if earlier is None else np.asarray(earlier, dtype=float)
    both = rows & np.isfinite(before)
    correlation = float(np.corrcoef(before[both], y[both])[0, 1])
    sign = np.zeros(len(x)) if judged is None else np.asarray(judged, dtype=float)
    named = rows & (sign != 0)
    return BackTest(
        slope,
        slope - reach,
        slope + reach,
        correlation,
        float(np.sqrt(reliability[0] * reliability[1])),
        float((np.sign(y[named]) == sign[named]).mean()) if named.any() else np.nan,
        m,
        int(named.sum()),
    )


def fisher(correlation: float, n: int) -> tuple[float, float]:
    """Ends of the 95 % interval of a correlation seen in n pairs, by Fisher's z; NaN below four pairs.

    Source: Fisher (1921), Metron 1(4), 3–32.
    """
    if n < 4:
        return np.nan, np.nan
    z, reach = np.arctanh(np.clip(correlation, -0.9999, 0.9999)), norm.ppf(0.975) / np.sqrt(n - 3)
    return float(np.tanh(z - reach)), float(np.tanh(z + reach))


def freed(ends: tuple[float, float], attenuation: float) -> tuple[float, float]:
    """Ends of the interval of a correlation freed of error: those of the correlation as seen, each over the
    attenuation √(reliability₁·reliability₂), at most ± 1. The reliabilities rest on all pupils and are taken as known.

    Source: Charles (2005), Psychological Methods 10, 206–226.
    """
    low, high = (float(np.clip(end / attenuation, -1.0, 1.0)) for end in ends)
    return low, high


def same_quarter(judged: ArrayLike, later: ArrayLike, share: float = 0.25) -> tuple[float, int]:
    """Share of the units judged to be in the top (+1) or bottom (−1) `share` whose later raw figure lies there again.

    Also how many were judged; (NaN, 0) where none has a later figure. judged, later : (m,), NaN without a figure.
    """
    sign, y = np.asarray(judged, dtype=float), np.asarray(later, dtype=float)
    known = np.isfinite(y)
    named = known & (sign != 0)
    if not named.any():
        return np.nan, 0
    place = max(1, round(share * known.sum()))
    order = np.sort(y[known])
    there = np.where(sign > 0, y >= order[-place], y <= order[place - 1])
    return float(there[named].mean()), int(named.sum())


def _slope(x: Floats, y: Floats, se: Floats) -> float:
    w = 1 / se**2
    gap = x - w @ x / w.sum()
    return float((w * gap) @ y / ((w * gap) @ gap))


@dataclass(frozen=True)
class NullRun:
    """If no school differed, this report would name so many: mean names per list, and how often any."""

    runs: int
    names: dict[str, float]
    any_name: dict[str, float]


def null_run(core: Core, judge: Judge, runs: int = 200, n_draws: int = 500) -> NullRun:
    """Shuffle the pupils' residuals over classes and schools, draw and judge again.

    The design is that of the fit, so one mesh of variance ratios serves many shuffled responses at once.

    judge : asks about the top level only, and is silent where `draws.no_differences` names it, as in the report.
    """
    rng = np.random.default_rng(core.options.seed)
    at_once = max(1, MOST_NUMBERS // sum(core.tree.sizes))
    counted: list[Mapping[str, int]] = []
    for start in range(0, runs, at_once):
        model = _shuffled(core, min(at_once, runs - start), rng)
        mesh = ratios.likely(model, np.zeros(core.tree.depth))
        counted += [judge(of_top(mesh, run, n_draws, rng, core.extra)) for run in range(model.responses)]
    keys = sorted({key for names in counted for key in names})
    table = {key: np.array([names.get(key, 0) for names in counted]) for key in keys}
    return NullRun(
        runs,
        {key: float(found.mean()) for key, found in table.items()},
        {key: float((found > 0).mean()) for key, found in table.items()},
    )


def _shuffled(core: Core, runs: int, rng: np.random.Generator) -> Nested:
    """The core model with shuffled residuals as responses; Xβ̂, the same in all of them, takes no part."""
    residuals = rng.permuted(np.tile(core.residual, (runs, 1)), axis=1).T
    A = np.column_stack([np.ones(len(residuals)), core.start.X, residuals])
    frame = core.fit.model.moments.frame.with_responses(runs)
    moments = Moments.of(A, core.tree.leaf, core.tree.sizes[0], core.sampled, frame=frame)
    return Nested(moments, core.tree, responses=runs)


def tipping_point(observed: ArrayLike, share: ArrayLike, line: ArrayLike) -> Floats:
    """Mean (sd) the missing pupils would need for a verdict to vanish; NaN where nobody is missing.

    Parameters
    ----------
    observed : mean or value added of those who are in. share : of the unit they are, 0..1. line : of the verdict.

    Source: docs/methods.md §1.
    """
    observed, share, line = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (observed, share, line))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share < 1, (line - share * observed) / (1 - share), np.nan)
