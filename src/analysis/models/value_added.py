"""The core model of progress for one exam and subject: what schools, teachers and classes add to a start.

    z_post = f(x̂ same subject) + g(x̂ other subjects) + covariates + u_school [+ w_teacher] + v_class + e

f natural cubic spline (splines.py), g linear with an indicator for each missing other prior, x̂ priors freed of
their error (prior_error.py), effects nested (nested.py), uncertainty by draws (draws.py). Zero is this city:
every effect is recentred by the pupils' shares. Two figures for classes and teachers: *position in the city*
(school + teacher + class) and *own part*; for schools they are the same.
Where most schools have one class, school and class are one: the figure of a school is that of its only class as well,
and there is no class level. docs/decisions/008.
With one school there is no school level: classes (or teachers) are the top, zero is this school. docs/decisions/009.
raw_j = mean residual of the unit's pupils, recentred, unshrunken, with

    Var(raw_j) = (1 − w_j)² s_j² + Σ_{k≠j} w_k² s_k² + (x̄_j − x̄)'V(x̄_j − x̄)      s_j² = σ²/n_j + Σ_l τ_l² Σ_{c∈j} (n_c/n_j)²

(l: the levels below j). Not for: crossed teachers (crossed.py), causes.

Source: docs/methods.md §4A, §5.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.models import design as columns
from analysis.models import draws as posterior_draws
from analysis.models import nested, prior_error
from analysis.models.draws import Draws, recentred
from analysis.models.moments import Moments
from analysis.models.nested import NestedFit
from analysis.models.pupils import Options, Pupils
from analysis.models.start import Start, build
from analysis.models.tree import Tree

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEW_SCHOOLS = 5
"""Fewer schools are not judged; of one school, no list rests on fewer classes, or on fewer teachers."""
TEACHERS_TO_SEPARATE, SCHOOLS_TO_SEPARATE = 0.30, 0.30
"""Share of the teachers, and of the schools, that must have two classes for these to be told from their classes."""
FEWEST_DRAWS, MOST_NUMBERS = 200, 20_000_000


@dataclass(frozen=True, eq=False)
class Core:
    """A fitted core model without its results tables."""

    pupils: Pupils
    options: Options
    start: Start
    levels: dict[str, NDArray[np.generic]]
    tree: Tree
    fit: NestedFit
    extra: Floats | None
    flags: tuple[str, ...]

    @cached_property
    def here(self) -> Pupils:
        """The matched pupils (N,)."""
        return self.pupils.take(self.pupils.matched)

    @property
    def vcov(self) -> Floats:
        """Covariance (p, p) of β̂, the error of the priors' correction included."""
        return self.fit.vcov if self.extra is None else self.fit.vcov + self.extra

    @cached_property
    def expected(self) -> Floats:
        """Expected score (N,) of each matched pupil from the start alone."""
        return np.asarray(self.fit.beta[0] + self.start.X @ self.fit.beta[1:])

    @cached_property
    def weight(self) -> Floats:
        """Weights (N,) of the matched pupils."""
        rows = self.pupils.matched
        return np.ones(rows.sum()) if self.pupils.weights is None else self.pupils.weights[rows]

    @property
    def sampled(self) -> Floats | None:
        """Weights (N,) of the matched pupils where the exam was sampled, else None."""
        return None if self.pupils.weights is None else self.weight

    @cached_property
    def residual(self) -> Floats:
        """Score minus expected score (N,)."""
        return np.asarray(self.pupils.post[self.pupils.matched] - self.expected)

    def draw(self, n_draws: int | None = None) -> Draws:
        """Posterior draws of all effects; fewer than asked for where a province would not fit in memory."""
        n = n_draws or max(FEWEST_DRAWS, min(self.options.n_draws, MOST_NUMBERS // sum(self.tree.sizes)))
        return posterior_draws.posterior(self.fit, n_draws=n, seed=self.options.seed, extra=self.extra)

    def codes(self, level: str) -> NDArray[np.int64]:
        """Position (N,) of each matched pupil's unit among the units of a level."""
        return self.tree.leaves_of(self.tree.names.index(level))[self.tree.leaf]

    @cached_property
    def effects(self) -> dict[str, tuple[Floats, Floats]]:
        """By level the recentred predictions (m,): position in the city and own part."""
        return recentred(self.fit)

    def raw(self, level: str) -> tuple[Floats, Floats]:
        """Unshrunken recentred mean residual (m,) of the units of a level, and its SE."""
        code, m = self.codes(level), self.tree.sizes[self.tree.names.index(level)]
        w = np.asarray(np.bincount(code, self.weight, m), dtype=float)
        mean = np.bincount(code, self.weight * self.residual, m) / w
        own = self._noise(level, code, w)
        share = w / w.sum()
        variance = (1 - 2 * share) * own + share**2 @ own
        X = np.stack([np.bincount(code, self.weight * x, m) for x in self.start.X.T], axis=1) / w[:, None]
        gap = X - share @ X
        variance += np.einsum("ij,jk,ik->i", gap, self.vcov[1:, 1:], gap)
        return mean - share @ mean, np.sqrt(variance)

    def _noise(self, level: str, code: NDArray[np.int64], w: Floats) -> Floats:
        """s_j² (m,): pupils and the units below, as they enter the unit's mean."""
        noise = self.fit.sigma2 / w
        for below in range(self.tree.names.index(level)):
            inner = self.codes(self.tree.names[below])
            n = np.bincount(inner, self.weight, self.tree.sizes[below])
            above = np.zeros(len(n), dtype=np.int64)
            above[inner] = code
            noise = noise + self.fit.tau2[below] * np.bincount(above, n**2, len(w)) / w**2
        return np.asarray(noise)


def fit_core(
    pupils: Pupils, options: Options, extra_error: bool = True, near: NestedFit | None = None
) -> Core:
    """Fit the core model; `extra_error` adds the error of the priors' correction to that of β.

    near : a fit from whose ratios the search starts.

    Raises
    ------
    ModelError : no matched pupils, one school with one class, constant or collinear covariates, … (the message says).
    """
    if any(np.isinf(v).any() for v in (pupils.post, pupils.prior, pupils.others) if v is not None):
        raise ModelError("a score or a prior score is infinite", "look at the scale of the paper")
    rows = pupils.matched
    if not rows.any():
        raise ModelError("no pupil has both a score and a baseline", "check the match with the starting exam")
    here = pupils.take(rows)
    levels, tree, flags = _levels(here)
    if tree.sizes[-1] < FEW_SCHOOLS and "one_school" not in flags:
        flags = (*flags, "too_few_schools")
    start, why_not = build(here, options, levels)
    fit = _fit_nested(here, start, tree, near)
    if why_not:
        flags = (*flags, "uncorrected")
    extra = None
    if extra_error and start.corrected is not None and start.corrected.ok and tree.sizes[-1] > 1:
        extra = _extra_error(here, start, tree, fit)
    return Core(pupils, options, start, levels, tree, fit, extra, flags)


def refit(core: Core, options: Options) -> NestedFit:
    """The same pupils in the same units, with other options.

    Raises
    ------
    ModelError : as `fit_core`.
    """
    start, _ = build(core.here, options, core.levels)
    return _fit_nested(core.here, start, core.tree, core.fit)


def _levels(pupils: Pupils) -> tuple[dict[str, NDArray[np.generic]], Tree, tuple[str, ...]]:
    """Labels by level, leaf to top, of the levels that can be told apart, their tree, and what could not be."""
    school, klass = np.asarray(pupils.school), np.asarray(pupils.klass)
    flag = ("no_classes",)
    if pupils.klass is not None and np.any(klass != ""):
        alone = ("one_school",) if (school == school[0]).all() else ()
        top = {} if alone else {"school": school}
        if pupils.teacher is not None and not pupils.several_teachers:  # else teaching.py has them
            taught = {"class": klass, "teacher": np.asarray(pupils.teacher)} | top
            tree = Tree.of(taught)
            known = tree.labels[1].get_level_values("teacher") != ""
            if known.any() and _with_two_below(tree, 1)[known].mean() >= TEACHERS_TO_SEPARATE:
                return taught, tree, alone
        inside = {"class": klass} | top
        tree = Tree.of(inside)
        if alone or _with_two_below(tree, 1).mean() >= SCHOOLS_TO_SEPARATE:
            return inside, tree, alone
        flag = ("one_class_schools",)
    return {"school": school}, Tree.of({"school": school}), flag


def _with_two_below(tree: Tree, level: int) -> Bools:
    """Whether a unit (m,) of a level has two or more in the level below."""
    return np.bincount(tree.parents[level - 1], minlength=tree.sizes[level]) >= 2


def _fit_nested(pupils: Pupils, start: Start, tree: Tree, near: NestedFit | None) -> NestedFit:
    response, X, names = pupils.post, start.X, ("(intercept)", *start.names)
    A = np.column_stack([np.ones(len(X)), X, response])
    moments = Moments.of(A, tree.leaf, tree.sizes[0], pupils.weights, names=[*names, "post"])
    return nested.fit(moments, tree, names, near=near)


def _extra_error(pupils: Pupils, start: Start, tree: Tree, fit: NestedFit) -> Floats:
    """Covariance (p, p) of β̂ that comes from R being estimated: delete-school jackknife at the fitted θ."""
    corrected = start.corrected
    assert corrected is not None
    frame, weight = fit.model.moments.frame, pupils.weights

    def without(rows: Bools) -> Floats:
        X = start.with_priors(corrected.rescaled(corrected.without(rows)))
        A = np.column_stack([np.ones(len(X)), X, pupils.post])
        moments = Moments.of(A, tree.leaf, tree.sizes[0], weight, frame=frame)
        at = replace(fit.model, moments=moments).at(fit.theta)
        return columns.coefficients(frame, at.profile.beta)

    school = tree.leaves_of(tree.depth - 1)[tree.leaf]
    return prior_error.jackknife(without, school)
