"""A designed check of the assumptions of one fit: what an analyst should look at before believing it.

    linearity           W = γ̂'V_γ⁻¹γ̂ of the bends of the spline ~ χ² ; largest distance of curve and line, 5th–95th percentile
    normality           skewness, excess kurtosis of e = y − Xβ̂ − û, and its largest distance from normal quantiles in sd
    equal spread        sd(e) in the five prior bands
    floor, ceiling      share of pupils on the lowest and highest mark, and on the five highest
    leverage            Cook's distance of a school: Δβ̂'M_xxΔβ̂/(p σ²), Δβ̂ the change of β̂ when it is left out

Source: docs/methods.md §1 (capped paper), §4; Cook & Weisberg (1982), Residuals and Influence in Regression;
Christensen, Pearson & Johnson (1992), Technometrics 34, 38–45 (deletion of whole units at fixed variances).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, kurtosis, norm, skew

from analysis.models import splines
from analysis.models.value_added import Core

Floats = NDArray[np.float64]

CAPPED_TOP, CAPPED_FIVE = 0.10, 0.30
"""Shares at the highest mark, and on the five highest, from which a paper is capped."""
BANDS = 5


@dataclass(frozen=True, eq=False)
class Checks:
    """Results of the checks; shares 0..1, sizes in the unit of the response, p-values.

    Attributes
    ----------
    spread_by_band : (5,) sd of the residual from low to high prior.
    leverage : (schools,) Cook's distance; above 1 one school moves the line.
    unmatched_gap : mean post of the unmatched minus that of the matched; NaN if all are matched.
    """

    floor_share: float
    top_share: float
    top_five_share: float
    bend_p: float
    bend_size: float
    skewness: float
    excess_kurtosis: float
    normal_distance: float
    spread_by_band: Floats
    leverage: Floats
    unmatched_share: float
    unmatched_gap: float

    @property
    def capped(self) -> bool:
        """Whether progress at the top cannot be measured on this paper."""
        return self.top_share >= CAPPED_TOP or self.top_five_share >= CAPPED_FIVE

    @property
    def spread_ratio(self) -> float:
        """Largest over smallest residual sd of the prior bands; 1 = equal spread."""
        return float(np.nanmax(self.spread_by_band) / np.nanmin(self.spread_by_band))


def examine(core: Core) -> Checks:
    """Check the assumptions of a core fit. The marks' ties are read from the positions, which keep them."""
    post = core.pupils.post[np.isfinite(core.pupils.post)]
    values, counts = np.unique(post, return_counts=True)
    errors = core.residual - core.fit.effects[core.tree.names[0]].cumulated[core.tree.leaf]
    unmatched = np.isfinite(core.pupils.post) & ~core.pupils.matched
    gap = (
        core.pupils.post[unmatched].mean() - core.pupils.post[core.pupils.matched].mean()
        if unmatched.any()
        else np.nan
    )
    p, size = _bends(core)
    return Checks(
        floor_share=float(counts[0] / len(post)),
        top_share=float(counts[-1] / len(post)),
        top_five_share=float(counts[-5:].sum() / len(post)) if len(values) > 5 else 1.0,
        bend_p=p,
        bend_size=size,
        skewness=float(skew(errors)),
        excess_kurtosis=float(kurtosis(errors)),
        normal_distance=_normal_distance(errors),
        spread_by_band=_spread(errors, core.start.priors[:, 0]),
        leverage=leverage(core),
        unmatched_share=float(unmatched.sum() / len(post)),
        unmatched_gap=float(gap),
    )


def _bends(core: Core) -> tuple[float, float]:
    """p-value of a straight line, and the largest distance of the curve from its own best line."""
    n = core.start.n_spline
    if n < 2:
        return np.nan, 0.0
    bends = slice(2, n + 1)
    gamma, V = core.fit.beta[bends], core.vcov[bends, bends]
    wald = float(gamma @ np.linalg.lstsq(V, gamma, rcond=None)[0])
    low, high = np.percentile(core.start.priors[:, 0], (5, 95))
    x = np.linspace(float(low), float(high), 50)
    curve = splines.natural_cubic(x, core.start.knots) @ core.fit.beta[1 : n + 1]
    line = np.polyval(np.polyfit(x, curve, 1), x)
    return float(chi2.sf(wald, n - 1)), float(np.abs(curve - line).max())


def _normal_distance(errors: Floats) -> float:
    level = np.arange(0.01, 1, 0.01)
    found = np.quantile((errors - errors.mean()) / errors.std(), level)
    return float(np.abs(found - norm.ppf(level)).max())


def _spread(errors: Floats, prior: Floats) -> Floats:
    edges = np.quantile(prior, np.arange(1, BANDS) / BANDS)
    band = np.searchsorted(edges, prior, side="right")
    return np.array([errors[band == b].std() if (band == b).sum() > 1 else np.nan for b in range(BANDS)])


def leverage(core: Core) -> Floats:
    """Cook's distance (schools,) of leaving out one school at the fitted variances."""
    fit, tree = core.fit, core.tree
    M_x = fit.at.profile.root @ fit.at.profile.root.T
    M_y = fit.at.profile.root @ fit.at.profile.s
    parts = _contributions(core)
    p = len(M_x)
    distance = np.full(tree.sizes[-1], np.nan)
    for j, part in enumerate(parts):
        left = M_x - part[:p, :p]
        if np.linalg.cond(left) < 1e12:  # else no other school tells a column: nothing to compare with
            change = np.linalg.solve(left, M_y - part[:p, p]) - fit.at.profile.beta
            distance[j] = change @ M_x @ change / (p * fit.sigma2)
    return distance


def _contributions(core: Core) -> Floats:
    """A_j'V_j⁻¹A_j (schools, q, q) of every school, in the frame of the moments; they add up to M."""
    fit, tree = core.fit, core.tree
    A = np.column_stack([np.ones(len(core.start.X)), core.start.X, core.pupils.post[core.pupils.matched]])
    A = fit.model.moments.frame.apply(A) - fit.model.mean[tree.leaf]
    top = tree.depth - 1
    order = np.argsort(tree.leaf, kind="stable")  # leaves stand in the order of their schools
    starts = np.searchsorted(tree.leaves_of(top)[tree.leaf[order]], np.arange(1, tree.sizes[-1]))
    blocks = zip(np.split(A[order], starts), np.split(core.weight[order], starts), strict=True)
    total = np.stack([block.T @ (w[:, None] * block) for block, w in blocks])
    school = tree.leaves_of(top)
    for level, layer in enumerate(fit.at.layers):
        above = fit.at.means[level + 1][tree.parents[level]] if level < top else 0.0
        gap = fit.at.means[level] - above
        np.add.at(total, school, layer.v[:, None, None] * gap[:, :, None] * gap[:, None, :])
        if level < top:
            units = np.zeros(tree.sizes[level + 1], dtype=np.int64)
            units[tree.parents[level]] = school
            school = units
    return total
