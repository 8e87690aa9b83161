"""Unit effects of a nested fit, each with the variance that fits its use.

For a unit of level l, with d, g, U, C of reml.py, κ = θ/d, K = M_xx⁻¹ and x the X part of a row:

    effect        û = θ e                 best linear unbiased prediction of u
    conditional   σ²(κ + (κw)²C)          Var(u | y) if β were known
    comparative   conditional + σ²θ² g_x'K g_x       = Var(û − u): for comparing units, β's error included
    diagnostic    τ² − comparative        = Var(û): for checking the model (a normal plot of û)
    reliability   1 − comparative/τ²      share of the variance of u that the data settle

    cumulated     ĉ = û + ancestors' û = (U + θg)(−β̂; 1)
                  Var(ĉ − c) = σ²(κ + C/d² + (U + θg)_x'K (U + θg)_x), all covariances included
    raw           r = (−β̂; 1)'ā           the unit's mean residual, not shrunken, an estimate of c
                  Var(r − c) = σ²(1/w − 2 ā_x'K g_x/w + ā_x'K ā_x)

Source: Goldstein (2011), Multilevel Statistical Models, §2.5 (comparative and diagnostic variance);
Henderson (1975), Biometrics 31, 423–447 (prediction error variance); docs/methods.md §4–5.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.models.moments import Floats
from analysis.models.reml import At


@dataclass(frozen=True, eq=False)
class Effects:
    """The units (m,) of one level; all in the unit of the response, variances in its square."""

    level: str
    units: pd.Index
    n: Floats
    effect: Floats
    conditional_variance: Floats
    comparative_variance: Floats
    diagnostic_variance: Floats
    reliability: Floats

    def frame(self) -> pd.DataFrame:
        """One row a unit, indexed by its label."""
        columns = {name: value for name, value in vars(self).items() if name not in ("level", "units")}
        return pd.DataFrame(columns, index=self.units)


@dataclass(frozen=True, eq=False)
class NestedEffects(Effects):
    """Effects in a tree: `units` are label paths (top … own); `cumulated` and `raw` are positions in the city."""

    cumulated: Floats
    cumulated_variance: Floats
    raw: Floats
    raw_se: Floats


def reliability(comparative: Floats, tau2: float) -> Floats:
    """1 − comparative/τ² (m,); 0 where no variance between units was found."""
    return np.asarray(1 - comparative / tau2) if tau2 > 0 else np.zeros(len(comparative))


def of_level(at: At, level: int) -> NestedEffects:
    """Effects of the units of one level of the tree at the fitted θ."""
    tree, moments = at.model.tree, at.model.moments
    (w, d, _), mean = at.layers[level], at.means[level]
    g, _, U, C = at.down[level]
    theta, sigma2 = at.theta[level], at.sigma2
    tau2, kappa, total = theta * sigma2, theta / d, U + theta * g
    variance, total_variance = kappa + (kappa * w) ** 2 * C, kappa + C / d**2
    B, Bu, Ba = at.spread(g), at.spread(total), at.spread(mean)
    comparative = sigma2 * (variance + theta**2 * (B**2).sum(1))
    with np.errstate(divide="ignore", invalid="ignore"):  # a unit without rows has no raw residual
        raw = np.where(w > 0, mean @ at.contrast, np.nan)
        raw_variance = sigma2 * ((1 - 2 * (Ba * B).sum(1)) / w + (Ba**2).sum(1))
    return NestedEffects(
        level=tree.names[level],
        units=tree.labels[level],
        n=np.bincount(tree.leaves_of(level), moments.rows, minlength=len(w)).astype(float),
        effect=theta * at.residuals[level],
        conditional_variance=sigma2 * variance,
        comparative_variance=comparative,
        diagnostic_variance=tau2 - comparative,
        reliability=reliability(comparative, float(tau2)),
        cumulated=total @ at.contrast,
        cumulated_variance=sigma2 * (total_variance + (Bu**2).sum(1)),
        raw=raw,
        raw_se=np.where(w > 0, np.sqrt(raw_variance), np.nan),
    )
