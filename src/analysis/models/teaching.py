"""Teachers where a pupil has several: shares of the time as memberships of a crossed model.

    y_i = x̂_i'β + u_school(i) + v_class(i) + Σ_t s_it w_t + e_i        Σ_t s_it = 1

Symbols: x̂ the start of the core model (priors corrected), s_it share of the time since the baseline in which teacher t
taught pupil i. What is missing to 1 belongs to somebody unknown who taught that class before, one unit a class.

    own part  w_t        position  p_t = Σ_i s_it u_school(i)/Σ_i s_it + w_t        both less the city's pupil mean
In one school there is no u_school: position and own part are the same.
    raw_t = Σ_i s_it r_i/Σ_i s_it less the mean residual        Var(raw_t) = σ² Σ s²/(Σ s)² + τ_class² Σ_c (s_c/Σ s)²

Draws of both are normal with the joint covariance of all effects, at the estimated variances (draws.py integrates over
them; a crossed model has no such grid). Where every pupil has one known teacher the nested core model does it all.

Not for: teachers who share all their pupils (flagged `inseparable`), causes.

Source: Browne, Goldstein & Rasbash (2001), Statistical Modelling 1, 103–124; docs/methods.md §4 ("which baseline judges whom").
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.errors import ModelError
from analysis.models import crossed
from analysis.models.crossed import CrossedFit
from analysis.models.draws import EffectDraws
from analysis.models.membership import Factor
from analysis.models.posterior import symmetric_root
from analysis.models.value_added import Core

Floats = NDArray[np.float64]

TEACHER = "teacher"
MOST_TEACHERS = 3_000
EARLIER = "?"
"""Begins the label of who taught a class before, unknown."""


class Figures(NamedTuple):
    """What is known of the units (m,) of a level.

    effect, own : recentred position in the city and own part; position, part : their draws. raw, raw_se : unshrunken.
    variance : of the position's error; total : its variance if nothing were known. intake : mean prior.
    """

    units: pd.MultiIndex
    n: NDArray[np.int64]
    effect: Floats
    own: Floats
    raw: Floats
    raw_se: Floats
    variance: Floats
    total: Floats
    intake: Floats
    position: EffectDraws
    part: EffectDraws


def memberships(team: NDArray[np.object_], share: Floats, klass: NDArray[np.generic]) -> Factor:
    """Factor of the teachers of n pupils: team (n, k) labels, '' for none, share (n, k) of the time."""
    known = (team != "") & (share > 0)
    row, place = np.nonzero(known)
    labels, shares = team[row, place].astype(str), share[row, place].astype(float)
    left = 1 - np.bincount(row, shares, len(team))
    rest = np.flatnonzero(left > 1e-9)
    before = np.array([f"{EARLIER}{klass[i]}" for i in rest], dtype=object)
    labels = np.concatenate([labels, before]) if len(rest) else labels
    return Factor.multiple(
        TEACHER, len(team), np.concatenate([row, rest]), labels, np.concatenate([shares, left[rest]])
    )


def fit(core: Core) -> tuple[Figures, bool]:
    """Crossed fit of school, class and teachers on the core model's start: the known teachers, and whether some of
    the variances cannot be told apart.

    Raises
    ------
    ModelError : one teacher only, more teachers than a joint covariance has room for, or covariates that explain a
        level completely.
    """
    here = core.here
    klass = np.asarray(core.levels.get("class", here.school))
    teachers = memberships(np.asarray(here.team), np.asarray(here.team_share, dtype=float), klass)
    if len(teachers.units) > MOST_TEACHERS:
        raise ModelError(
            f"{len(teachers.units)} teachers are too many to be drawn together", "fit a part of the city"
        )
    others = [
        Factor.single(level, core.codes(level)) for level in ("class", "school") if level in core.tree.names
    ]
    factors = [teachers, *others]
    found = crossed.fit_rows(here.post, core.start.X, factors, core.start.names, core.sampled)
    return _of_teachers(core, found, factors), bool(found.convergence.inseparable)


def _of_teachers(core: Core, found: CrossedFit, factors: list[Factor]) -> Figures:
    teachers = factors[0]
    schools = [factor for factor in factors if factor.name == "school"]
    names = np.asarray(teachers.units, dtype=object)
    known = np.array([not str(name).startswith(EARLIER) for name in names])
    Z = csr_array(teachers.Z)
    mass = np.asarray(Z.T @ core.weight)
    widths = [factor.Z.shape[1] for factor in factors]
    own = np.hstack([np.eye(widths[0]), np.zeros((widths[0], sum(widths[1:])))])
    position = own.copy()
    for school in schools:  # the last factor: where each teaches
        position[:, -widths[-1] :] = (Z.T @ (school.Z * core.weight[:, None])).toarray() / mass[:, None]
    city = mass / mass.sum()
    own, position = own - city @ own, position - city @ position
    here = {key: _combined(found, L[known], core.extra) for key, L in (("own", own), ("position", position))}
    seed, n_draws = core.options.seed, core.options.n_draws
    rng = np.random.default_rng(seed)
    units = pd.MultiIndex.from_arrays([names[known]], names=[TEACHER])
    draws = {
        key: EffectDraws(units, mean + rng.standard_normal((n_draws, len(mean))) @ symmetric_root(V), seed)
        for key, (mean, V) in here.items()
    }
    raw, raw_se = _raw(core, found, factors, mass)
    prior = core.start.priors[:, 0]
    return Figures(
        units=units,
        n=np.diff(Z.tocsc().indptr)[known].astype(np.int64),
        effect=here["position"][0],
        own=here["own"][0],
        raw=raw[known],
        raw_se=raw_se[known],
        variance=np.diag(here["position"][1]),
        total=np.full(int(known.sum()), found.tau2[0] + (found.tau2[-1] if schools else 0.0)),
        intake=np.asarray(Z.T @ (core.weight * prior))[known] / mass[known],
        position=draws["position"],
        part=draws["own"],
    )


def _combined(found: CrossedFit, L: Floats, extra: Floats | None) -> tuple[Floats, Floats]:
    """Sums L u of effects and the covariance of their errors, that of the priors' correction (`extra`) included."""
    mean, V = found.combined(L)
    if extra is None:
        return mean, V
    at = found.at
    moved = (L * at.model.scale(found.theta) ** 2) @ at.H[:, :-1]
    linear = at.model.sums.frame.linear[:-1, :-1]
    K = np.linalg.solve(linear.T, moved.T).T
    return mean, V + K @ extra @ K.T


def _raw(core: Core, found: CrossedFit, factors: list[Factor], mass: Floats) -> tuple[Floats, Floats]:
    """Share-weighted mean residual of every teacher, less the city's, and its SE."""
    Z, w = csr_array(factors[0].Z), core.weight
    y = core.here.post - found.beta[0] - core.start.X @ found.beta[1:]
    raw = np.asarray(Z.T @ (w * y)) / mass - w @ y / w.sum()
    noise = found.sigma2 * np.asarray(Z.power(2).T @ w) / mass**2
    below = [
        (factor, tau2) for factor, tau2 in zip(factors, found.tau2, strict=True) if factor.name == "class"
    ]
    for factor, tau2 in below:
        inside = (Z.T @ (factor.Z * w[:, None])).toarray() / mass[:, None]
        noise = noise + tau2 * (inside**2).sum(1)
    return raw, np.sqrt(noise)
