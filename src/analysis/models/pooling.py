"""Unit effects over cohorts: what lasts, what to expect next, and who declined.

    y_jt = u_jt + e_jt        Var(e_jt) = s²_jt        Cov(u_jt, u_js) = τ² r^|t−s|        0 ≤ r ≤ 1

Symbols: y raw (unshrunken, recentred) value added of unit j in cohort t, u its effect, τ its sd over units,
r persistence from one cohort to the next. (r, τ) by maximum likelihood over the units; every mean, interval and
probability is integrated over a grid of (r, τ) with flat priors, so that a badly known r makes wide forecasts.
The next cohort is one more column without an estimate: its draws are the forecast.

Assumes: cohorts are different pupils, so errors are independent between them; one exam a cohort, which the settings
see to (`previous` is of the same grade and an earlier school year). Not for: exams of the same pupils as cohorts.

Source: docs/methods.md §4 (pooling), §6 (m₃, decline); Leckie & Goldstein (2009), J. Roy. Stat. Soc. A 172, 835–851.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import ModelError
from analysis.models.posterior import symmetric_root

Floats = NDArray[np.float64]

PERSISTENCE: Floats = np.linspace(0.0, 1.0, 21)
SD_POINTS = 25
UNKNOWN = 1e8
"""Error variance that stands for "no estimate"."""
STACK = 1_000_000
"""Numbers held per array while the grid is evaluated."""
MANY_UNITS = 500
"""Units beyond this number do not sharpen (r, τ) noticeably: an even choice of them is used."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """Joint posterior of the effects of m units in T cohorts, oldest first, and in the next one.

    Attributes
    ----------
    estimates, variances : (m, T) what went in, NaN where a unit has no figure.
    persistence, sd : (G,) the grid of (r, τ). weight : (G,) posterior probability.
    """

    estimates: Floats
    variances: Floats
    persistence: Floats
    sd: Floats
    weight: Floats
    n_draws: int
    seed: int

    @property
    def best(self) -> tuple[float, float]:
        """Maximum-likelihood (r, τ)."""
        g = int(np.argmax(self.weight))
        return float(self.persistence[g]), float(self.sd[g])

    @cached_property
    def draws(self) -> Floats:
        """Effects (draws, m, T + 1); the last column is the next cohort."""
        rng = np.random.default_rng(self.seed)
        m, T = self.estimates.shape
        result = np.empty((self.n_draws, m, T + 1))
        chosen = rng.choice(len(self.weight), self.n_draws, p=self.weight)
        points, which = np.unique(chosen, return_inverse=True)
        for part in _parts(np.arange(len(points)), m * (T + 1) ** 2):
            mean, root = self._conditional(points[part])
            for k, g in enumerate(part):
                rows = np.flatnonzero(which == g)
                noise = rng.standard_normal((len(rows), m, T + 1, 1))
                result[rows] = mean[k] + (root[k] @ noise)[..., 0]
        return result

    def _conditional(self, g: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Mean (g, m, T + 1) of the effects given each (r, τ), and a root (g, m, T + 1, T + 1) of their covariance."""
        y, s2 = _known(
            np.column_stack([self.estimates, np.full(len(self.estimates), np.nan)]), self.variances
        )
        K = _kernel(self.persistence[g], self.sd[g], y.shape[1])[:, None]
        gain = np.swapaxes(np.linalg.solve(K + s2[:, :, None] * np.eye(y.shape[1]), K), -1, -2)
        covariance = K - gain @ K
        return (gain @ y[..., None])[..., 0], symmetric_root(covariance)

    def mean_last(self, k: int = 3) -> Floats:
        """Draws (draws, m) of m_k: the mean effect over a unit's last at most k cohorts that have a figure."""
        known = np.isfinite(self.estimates)
        last = known & (np.cumsum(known[:, ::-1], axis=1)[:, ::-1] <= k)
        n = last.sum(1)
        total = (self.draws[:, :, :-1] * last).sum(2)
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)

    def forecast(self) -> tuple[Floats, Floats]:
        """Expected effect (m,) in the next cohort and its SE; a raw figure then has its own error on top."""
        return self.draws[:, :, -1].mean(0), self.draws[:, :, -1].std(0)

    def p_again(self, share: float) -> tuple[Floats, Floats]:
        """P(in the top share) and P(in the bottom share) of the units (m,) with the next cohort."""
        m = len(self.estimates)
        place = max(1, round(share * m))
        rank = np.argsort(np.argsort(-self.draws[:, :, -1], axis=1), axis=1)
        return np.asarray((rank < place).mean(0)), np.asarray((rank >= m - place).mean(0))

    def p_change(self, step: float, back: int = 1) -> Floats:
        """P(u_t − u_{t−back} ≤ step) (m,), t the last cohort; NaN without a figure in both."""
        if self.estimates.shape[1] <= back:
            return np.full(len(self.estimates), np.nan)
        p = (self.draws[:, :, -2] - self.draws[:, :, -2 - back] <= step).mean(0)
        known = np.isfinite(self.estimates[:, -1]) & np.isfinite(self.estimates[:, -1 - back])
        return np.where(known, p, np.nan)

    def p_below(self, line: float = 0.0) -> Floats:
        """P(u_t < line) (m,) in the last cohort, all cohorts considered."""
        return np.asarray((self.draws[:, :, -2] < line).mean(0))

    def p_consecutive(self, total: float = -0.10) -> Floats:
        """P(u_t − u_{t−2} ≤ total) (m,) where both observed steps fell, else 0. Source: docs/methods.md §6."""
        if self.estimates.shape[1] < 3:
            return np.zeros(len(self.estimates))
        steps = np.diff(self.estimates[:, -3:], axis=1)
        both = (steps < 0).all(1)  # a missing figure is no step
        return np.where(both, np.nan_to_num(self.p_change(total, back=2)), 0.0)


def pool(estimates: ArrayLike, variances: ArrayLike, n_draws: int = 2000, seed: int = 0) -> Pooled:
    """Pool raw effects (m, T) with error variances (m, T) over cohorts, oldest first; NaN = no figure.

    Raises
    ------
    ModelError : no unit with a figure, or a variance that is not positive.
    """
    y, s2 = np.atleast_2d(np.asarray(estimates, float)), np.atleast_2d(np.asarray(variances, float))
    known = np.isfinite(y) & np.isfinite(s2)
    if not known.any():
        raise ModelError("no unit has an estimate in any cohort")
    if not (s2[known] > 0).all():
        raise ModelError("an error variance is not positive")
    y, s2 = np.where(known, y, np.nan), np.where(known, s2, np.nan)
    top = 3 * float(np.sqrt(np.nanmean(y**2))) + 1e-6
    r, sd = (v.ravel() for v in np.meshgrid(PERSISTENCE, np.linspace(0, top, SD_POINTS), indexing="ij"))
    used = slice(None, None, max(1, len(y) // MANY_UNITS))
    level = _log_likelihood(y[used], s2[used], r, sd)
    weight = np.exp(level - level.max())
    return Pooled(y, s2, r, sd, weight / weight.sum(), n_draws, seed)


def _log_likelihood(y: Floats, s2: Floats, r: Floats, sd: Floats) -> Floats:
    """Log likelihood (G,) of each grid point, a constant aside."""
    y, s2 = _known(y, s2)
    noise = s2[:, :, None] * np.eye(y.shape[1])
    level = np.empty(len(r))
    for part in _parts(np.arange(len(r)), y.size * y.shape[1]):
        root = np.linalg.cholesky(noise + _kernel(r[part], sd[part], y.shape[1])[:, None])
        z = np.linalg.solve(root, y[..., None])
        level[part] = -(z**2).sum((1, 2, 3)) / 2 - np.log(np.diagonal(root, axis1=2, axis2=3)).sum((1, 2))
    return level


def _parts(points: NDArray[np.int64], each: int) -> list[NDArray[np.int64]]:
    """Grid points in parts that hold at most about `STACK` numbers, `each` a point."""
    return np.array_split(points, min(len(points), 1 + len(points) * each // STACK))


def _known(y: Floats, s2: Floats) -> tuple[Floats, Floats]:
    """Estimates and variances (m, T'), where a missing figure is a 0 that nothing follows from."""
    s2 = np.column_stack([s2, np.full((len(y), y.shape[1] - s2.shape[1]), np.nan)])
    return np.nan_to_num(y), np.where(np.isfinite(y), s2, UNKNOWN)


def _kernel(r: Floats, sd: Floats, T: int) -> Floats:
    """τ² r^|t−s| (G, T, T)."""
    distance = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))
    return np.asarray(sd[:, None, None] ** 2 * np.power(r[:, None, None], distance))
