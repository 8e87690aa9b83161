"""校际均衡: how much of the differences lies between schools, sectors and the sexes. docs/methods.md §2."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from analysis.measures.arrays import Bools, Floats, Ints
from analysis.measures.components import given
from analysis.measures.exam import ExamData
from analysis.measures.figures import Figure, Paper, mean_of
from analysis.measures.starting_point import start
from analysis.terms import Z95, Level

DRAWS = 1000

Row = tuple[str, float, float, float, int]
"""key, value, lo, hi, n."""


def icc(y: Floats, groups: Ints) -> tuple[float, float, float]:
    """Between-group share of the variance of y (n,) in the empty model, with its 95 % interval.

    One-way moment estimate; interval from the F distribution with the average group size n₀, exact when groups
    are of equal size. Values below 0 are set to 0. NaN with fewer than two groups or no spread.

    Source: Searle, Casella & McCulloch (1992), §3.5; Thomas & Hultquist (1978) for unequal groups.
    """
    _, code, size = np.unique(groups, return_inverse=True, return_counts=True)
    k, n = len(size), len(y)
    if k < 2 or n <= k:
        return np.nan, np.nan, np.nan
    means = np.bincount(code, y) / size
    within = float(((y - means[code]) ** 2).sum()) / (n - k)
    if within <= 0:
        return np.nan, np.nan, np.nan
    n0 = (n - float((size**2).sum()) / n) / (k - 1)
    ratio = float((size * (means - y.mean()) ** 2).sum()) / (k - 1) / within

    def share(f: float) -> float:
        return max((f - 1) / (f + n0 - 1), 0.0)

    upper, lower = (float(f_distribution.ppf(p, k - 1, n - k)) for p in (0.975, 0.025))
    return share(ratio), share(ratio / upper), share(ratio / lower)


def cv_between(means: Floats, n: Floats, se: Floats) -> tuple[Floats, Floats]:
    """校际差异系数: corrected CV_b and the raw one, (…,), of school means (…, J) with pupils n and standard errors se.

    CV_b = √max(0, Σ w(x̄ − X̄)² − Σ w(1 − w)SE²)/X̄ with w = n/N: what chance adds to the spread is taken off.
    """
    w = n / n.sum()
    centre = means @ w
    raw = (means - centre[..., None]) ** 2 @ w
    noise = float((w * (1 - w)) @ se**2)
    return np.sqrt(np.maximum(0.0, raw - noise)) / centre, np.sqrt(raw) / centre


def _cv_interval(means: Floats, n: Floats, se: Floats, seed: int) -> tuple[Floats, Floats]:
    """2.5 and 97.5 % points of (corrected, raw) over seeded draws of the school means.

    Draws start from means shrunk by the corrected spread, so that chance enters once and not twice.
    """
    corrected, raw = cv_between(means, n, se)
    centre = float((n / n.sum()) @ means)
    calm = centre + (means - centre) * (corrected / raw if raw > 0 else 0.0)
    rng = np.random.default_rng(seed)
    drawn = np.stack(cv_between(calm + se * rng.standard_normal((DRAWS, len(se))), n, se))
    return np.quantile(drawn, 0.025, axis=1), np.quantile(drawn, 0.975, axis=1)


def equity_table(exam: ExamData, exam_id: str, seed: int = 20260901) -> pd.DataFrame:
    """The `equity` table without what comes from the models: progress of the sectors, the share after the start.

    keys: icc, cv_between, cv_raw, sector:NAME:start, sector:NAME:achievement (mean z),
    sex:achievement and sex:progress (girls − boys; progress is after the start).
    """
    rows = [
        {"exam": exam_id, "subject": subject} | dict(zip(("key", "value", "lo", "hi", "n"), row, strict=True))
        for j, subject in enumerate(exam.subjects)
        for row in _rows(Paper(exam, j, subject), seed)
    ]
    return pd.DataFrame(rows)


def _rows(paper: Paper, seed: int) -> Iterator[Row]:
    if np.isnan(paper.score).all():
        return
    yield from _between_schools(paper, seed)
    yield from _sectors(paper)
    yield from _sexes(paper)


def _between_schools(paper: Paper, seed: int) -> Iterator[Row]:
    sat = ~np.isnan(paper.score) & (paper.schools >= 0)
    schools = len(np.unique(paper.schools[sat]))
    if schools < 2:
        return
    yield ("icc", *icc(paper.z[sat], paper.schools[sat]), schools)
    found = mean_of(paper, paper.score)(paper.exam.level(Level.school))
    use = (found.n > 0) & ~np.isnan(found.se)
    means, n, se = found.value[use], found.n[use].astype(float), found.se[use]
    if float(n @ means) <= 0:
        return
    corrected, raw = cv_between(means, n, se)
    lo, hi = _cv_interval(means, n, se, seed)
    yield ("cv_between", float(corrected), float(lo[0]), float(hi[0]), schools)
    yield ("cv_raw", float(raw), float(lo[1]), float(hi[1]), schools)


def _sectors(paper: Paper) -> Iterator[Row]:
    levels = {by.level: by for by in paper.exam.levels}
    if Level.sector not in levels:
        return
    figures: list[tuple[str, Figure]] = [("achievement", mean_of(paper, paper.z))]
    if not np.isnan(paper.start).all():
        figures.insert(0, ("start", start(paper)))
    for measure, figure in figures:
        found = figure(levels[Level.sector])
        for i, name in enumerate(levels[Level.sector].ids):
            if found.n[i] > 0:
                value, lo, hi = (float(a[i]) for a in (found.value, found.lo, found.hi))
                yield f"sector:{name}:{measure}", value, lo, hi, int(found.n[i])


def _sexes(paper: Paper) -> Iterator[Row]:
    """Girls less boys, compared inside classes' error: both sit in the same rooms."""
    sexes = paper.exam.sexes
    if sexes is None:
        return
    girls, boys = np.asarray(sexes == "F"), np.asarray(sexes == "M")
    sat = ~np.isnan(paper.score) & (girls | boys)
    yield from _sex_gap("sex:achievement", paper.z, sat, girls, paper)
    both = sat & ~np.isnan(paper.start)
    if both.any():
        after = np.full(len(paper.z), np.nan)
        after[both] = given(paper.z[both][:, None], paper.start[both])[:, 0]
        yield from _sex_gap("sex:progress", after, both, girls, paper)


def _sex_gap(key: str, y: Floats, known: Bools, girls: Bools, paper: Paper) -> Iterator[Row]:
    g, b = known & girls, known & ~girls
    if min(g.sum(), b.sum()) < 2:
        return
    sigma2 = float(paper.components(y[:, None], known).within[0, 0])
    gap = float(y[g].mean() - y[b].mean())
    se = float(np.sqrt(sigma2 * (1 / g.sum() + 1 / b.sum())))
    yield (key, gap, gap - Z95 * se, gap + Z95 * se, int(known.sum()))
