"""盯成绩: the indicators of one paper. Each function gives the Figure of one row of INDICATORS.

x is a pupil's mark, X the paper's full mark, ℓ the share of it that a line asks for, z the pupil's normal score.

    mean x̄ · score rate x̄/X · rate #{100·x ≥ 100·ℓ·X}/n · cv s/x̄ · over-mean rate (x̄_u − x̄)/x̄ · T = 50 + 10·Z

Every SE is √(σ²_class/n_classes + σ²_pupil/n) of the figure's own 0/1 or metric variable (components.py); functions
of two means take it by the delta method (sd, cv, ratios), with sd and mean taken as independent.

Source: the rates, the over-mean rate and the all-subject rates are custom of Chinese exam offices, defined in
docs/methods.md §2. T points: McCall (1922), How to Measure in Education. Delta method: Oehlert (1992), The
American Statistician 46, 27–29.
"""

import numpy as np

from analysis.measures.arrays import Bools, Floats
from analysis.measures.exam import Grouping
from analysis.measures.figures import Estimate, Figure, Paper, mean_of, normal, rate_of, root_of
from analysis.measures.rates import at_least
from analysis.measures.scores import standard_scores, t_points

VERY_LOW = 0.30
"""The second low line, shown beside the declared one."""


def mean(paper: Paper) -> Figure:
    """Mean mark of those who sat."""
    return mean_of(paper, paper.score)


def score_rate(paper: Paper) -> Figure:
    """得分率: mean mark over full mark."""
    return mean_of(paper, paper.score / paper.full)


def roster_mean(paper: Paper) -> Figure:
    """应考均分: sum of marks over expected pupils; another quantity than the mean, under its own name."""
    absent = np.isnan(paper.score) & paper.exam.expected[:, paper.j]
    return mean_of(paper, np.where(absent, 0.0, paper.score))


def _counted(paper: Paper, hits: Bools, sat: Bools) -> Floats:
    """A rate's 0/1 variable: over those who sat or, as the settings say, over the expected."""
    base = sat
    if paper.exam.lines.denominator == "roster" and paper.exam.roster_known:
        base = sat | paper.exam.expected[:, paper.j]
    return np.where(base, (hits & sat).astype(float), np.nan)


def _over(paper: Paper, line: float) -> Figure:
    sat = ~np.isnan(paper.score)
    return rate_of(paper, _counted(paper, at_least(paper.score, line, paper.full), sat))


def _under(paper: Paper, line: float) -> Figure:
    sat = ~np.isnan(paper.score)
    return rate_of(paper, _counted(paper, sat & ~at_least(paper.score, line, paper.full), sat))


def excellent_rate(paper: Paper) -> Figure:
    """优秀率."""
    return _over(paper, paper.exam.lines.excellent)


def good_rate(paper: Paper) -> Figure:
    """良好率, cumulative: the excellent are among the good."""
    return _over(paper, paper.exam.lines.good)


def pass_rate(paper: Paper) -> Figure:
    """及格率."""
    return _over(paper, paper.exam.lines.passing)


def low_rate(paper: Paper) -> Figure:
    """低分率: below the low line; lower is better."""
    return _under(paper, paper.exam.lines.low)


def very_low_rate(paper: Paper) -> Figure:
    """Share below 30 % of full marks."""
    return _under(paper, VERY_LOW)


def _squares(paper: Paper) -> Figure:
    """Mean squared deviation from the mean of the unit (population form).

    Components come from deviations around the school, one set for all levels.
    """
    score, known = paper.score, ~np.isnan(paper.score)
    size = int(paper.schools.max(initial=0)) + 1
    home = np.where(known, paper.schools, 0)
    n = np.bincount(home[known], minlength=size)
    centre = np.bincount(home[known], score[known], size) / np.maximum(n, 1)
    parts = paper.components(((score - centre[home]) ** 2)[:, None], known)

    def by(units: Grouping) -> Estimate:
        cells = paper.cells(units, known)
        average = cells.mean(score)
        code = units.column(paper.j)
        square = (score - average[np.maximum(code, 0)]) ** 2
        return normal(cells.mean(square), parts.se(cells.effective, cells.classes), cells.n)

    return by


def sd(paper: Paper) -> Figure:
    """Standard deviation of marks within the unit, divisor n − 1."""
    population = root_of(_squares(paper))

    def by(units: Grouping) -> Estimate:
        plain = population(units)
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.where(plain.n > 1, np.sqrt(plain.n / (plain.n - 1)), np.nan)
        return normal(plain.value * factor, plain.se * factor, plain.n)

    return by


def cv(paper: Paper) -> Figure:
    """差异系数 of the unit's pupils: sd over mean, as a share."""
    spread, level = sd(paper), mean(paper)

    def by(units: Grouping) -> Estimate:
        top, bottom = spread(units), level(units)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(bottom.value > 0, top.value / bottom.value, np.nan)
            se = value * np.sqrt((top.se / top.value) ** 2 + (bottom.se / bottom.value) ** 2)
        return normal(value, se, top.n)

    return by


def score_sd_ratio(paper: Paper) -> Figure:
    """Spread within the unit over the city's spread: 1 = as spread as the city."""
    spread = sd(paper)
    known = paper.score[~np.isnan(paper.score)]
    city = float(np.std(known, ddof=1)) if len(np.unique(known)) > 1 else np.nan

    def by(units: Grouping) -> Estimate:
        own = spread(units)
        return normal(own.value / city, own.se / city, own.n)

    return by


def over_mean_rate(paper: Paper) -> Figure:
    """超均率: (unit mean − city mean)/city mean. The unit is part of its reference, so with w = n_u/N

    SE = (1 − w)·√(SE_unit² + SE_rest²)/X̄; the city's own is exactly 0.
    """
    known = ~np.isnan(paper.score)
    parts = paper.components(paper.score[:, None], known)
    weights = paper.exam.weights
    mean_mark = float(np.average(paper.score[known], weights=None if weights is None else weights[known]))
    city = mean_mark if mean_mark > 0 else np.nan
    whole, classes = float(known.sum()), float(len(np.unique(paper.classes[known])))
    spread = float(np.std(paper.score[known])) / city

    def by(units: Grouping) -> Estimate:
        cells = paper.cells(units, known)
        rest = parts.se(whole - cells.n, np.maximum(classes - cells.classes, 1.0))
        share = cells.n / whole
        own = parts.se(cells.effective, cells.classes)
        se = np.where(share < 1, (1 - share) * np.hypot(own, np.nan_to_num(rest)), 0.0) / city
        return normal(cells.mean(paper.score) / city - 1, np.where(cells.n > 0, se, np.nan), cells.n, spread)

    return by


def mean_t(paper: Paper) -> Figure:
    """Mean of T = 50 + 10·Z with the plain standard score Z."""
    return mean_of(paper, t_points(standard_scores(paper.score, paper.exam.weights)))


def achievement(paper: Paper) -> Figure:
    """Mean normal score (sd of the city): the achievement tile."""
    return mean_of(paper, paper.z)


def _papers(paper: Paper) -> tuple[Floats, Bools]:
    """z of all papers (m, k) and whether a pupil sat every paper that they take, and at least one."""
    columns = list(paper.exam.papers)
    z, scores = paper.exam.z[:, columns], paper.exam.scores[:, columns]
    taken = paper.exam.states[:, columns] >= 0
    sat = ~np.isnan(scores)
    return z, np.asarray((sat | ~taken).all(axis=1) & sat.any(axis=1))


def mean_z(paper: Paper) -> Figure:
    """Mean of a pupil's normal scores over all papers taken: the second way to sum up, beside the total."""
    z, whole = _papers(paper)
    return mean_of(paper, _row_mean(z, whole))


def _row_mean(z: Floats, rows: Bools) -> Floats:
    """Mean of the known entries of each of the rows (m, k), NaN elsewhere."""
    known = ~np.isnan(z)
    count = known.sum(axis=1)
    use = rows & (count > 0)
    return np.where(use, np.where(known, z, 0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _in_all(paper: Paper, line: float) -> Figure:
    columns = list(paper.exam.papers)
    _, whole = _papers(paper)
    reach = np.ones(len(whole), bool)
    for j in columns:
        sat = ~np.isnan(paper.exam.scores[:, j])
        reach &= ~sat | at_least(paper.exam.scores[:, j], line, float(paper.exam.full_marks[j]))
    return rate_of(paper, np.where(whole, reach.astype(float), np.nan))


def all_pass_rate(paper: Paper) -> Figure:
    """全科及格率: pupils who pass every paper that they take, of those who sat all of them."""
    return _in_all(paper, paper.exam.lines.passing)


def all_excellent_rate(paper: Paper) -> Figure:
    """全科优秀率."""
    return _in_all(paper, paper.exam.lines.excellent)


def subject_balance(paper: Paper) -> Figure:
    """学科均衡: mean of d = z of this subject − mean of the pupil's z over all k papers (k ≥ 2).

    Against the other subjects it would be d·k/(k − 1).
    """
    z, _ = _papers(paper)
    several = (~np.isnan(z)).sum(axis=1) >= 2
    return mean_of(paper, paper.z - _row_mean(z, several))


def pupil_imbalance(paper: Paper) -> Figure:
    """Root mean square of the pupils' own spread over papers (sd of z, k ≥ 2, divisor k − 1)."""
    z, _ = _papers(paper)
    known = ~np.isnan(z)
    count = known.sum(axis=1)
    several = count >= 2
    centre = _row_mean(z, several)
    squares = np.where(known, (z - centre[:, None]) ** 2, 0).sum(axis=1)
    variance = np.where(several, squares / np.maximum(count - 1, 1), np.nan)
    return root_of(mean_of(paper, variance))


def chance_imbalance(reliabilities: Floats) -> float:
    """Spread over papers (sd of z) that measurement error alone gives: √mean(1 − ρ_s); 0 without papers."""
    return float(np.sqrt(np.mean(1 - reliabilities))) if len(reliabilities) else 0.0
