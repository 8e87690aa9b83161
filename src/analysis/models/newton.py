"""Minimise a deviance over parameters that cannot be negative (variances), by projected Newton steps.

The curvature is the caller's (average information, scaled: positive semi-definite). A parameter at 0
whose gradient points outwards stays there; every accepted step lowers the value, so a parameter may also come
back from the boundary. Along flat directions nothing moves.

Not for: parameters without a lower bound of 0, or curvature matrices with negative eigenvalues.

Source: Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440–1450 (average information);
Bertsekas (1982), SIAM J. Control Optim. 20, 221–246 (projected Newton).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FLAT = 1e-9
"""A direction whose scaled curvature is below this share of the largest is not moved along."""

STEPS, HALVINGS = 100, 40
GAIN, ROUNDING = 1e-18, 1e-12
"""Converged when the expected gain is below GAIN, as a share of the value. Below ROUNDING the value cannot tell
steps apart any more: they are taken as long as the expected gain keeps falling."""
START = 0.1
"""Variance ratio from which every level starts."""
GROWTH = 20.0
"""No parameter grows by more than this factor (or to 1) in one step."""


class Point(Protocol):
    """What must be known where the criterion was evaluated; the last two may be computed on demand."""

    @property
    def value(self) -> float: ...
    @property
    def gradient(self) -> Floats: ...
    @property
    def curvature(self) -> Floats: ...


P = TypeVar("P", bound=Point)


@dataclass(frozen=True)
class Minimum(Generic[P]):
    """Where the search ended.

    Attributes
    ----------
    x : (K,) the parameters; `at` the criterion there.
    iterations : accepted steps.
    gain : g'H⁻g of the free parameters, twice what a further step is expected to gain.
    converged : whether that is negligible.
    boundary : (K,) True where a parameter is held at 0.
    """

    x: Floats
    at: P
    iterations: int
    gain: float
    converged: bool
    boundary: Flags


def minimise(criterion: Callable[[Floats], P], start: Floats, known: P | None = None) -> Minimum[P]:
    """Minimum of `criterion` over x ≥ 0, from `start` (K,), where it may be known already."""
    x, at, last = start, known or criterion(start), np.inf
    for iteration in range(STEPS):
        held = (x <= 0) & (at.gradient >= 0)
        step = newton_step(at.gradient, at.curvature, held)
        gain, size = float(-at.gradient @ step), max(1.0, abs(at.value))
        below_rounding = gain <= ROUNDING * size
        if gain <= GAIN * size or (below_rounding and gain > last / 2):
            return Minimum(x, at, iteration, gain, True, held)
        better = _search(criterion, x, at, step, ROUNDING * size if below_rounding else 0.0)
        if better is None:
            return Minimum(x, at, iteration, gain, below_rounding, held)
        (x, at), last = better, gain
    return Minimum(x, at, STEPS, gain, False, held)


def best_minimum(criterion: Callable[[Floats], P], start: Floats, known: P | None = None) -> Minimum[P]:
    """Minimum over x ≥ 0 of a criterion of K variance ratios, from `start` (K,).

    Where parameters end at 0 the criterion may have a second optimum: then the search is repeated from larger and
    from smaller ratios, and from larger ratios of those parameters alone, and the lowest value is kept.
    """
    best, K = minimise(criterion, start, known), len(start)
    if not best.boundary.any():
        return best
    for other_start in (
        np.full(K, 10 * START),
        np.full(K, START / 100),
        np.where(best.boundary, 10 * START, best.x),
    ):
        other = minimise(criterion, other_start)
        if other.at.value < best.at.value - ROUNDING * abs(best.at.value):
            best = other
    return best


def newton_step(gradient: Floats, curvature: Floats, held: Flags) -> Floats:
    """−H⁻g over the parameters that are not held; flat directions are left alone."""
    step = np.zeros(len(gradient))
    free = np.flatnonzero(~held)
    if not len(free):
        return step
    H = curvature[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.diag(H), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(H / np.outer(scale, scale))
    steep = values > max(FLAT * values[-1], 0.0)
    inverse = np.where(steep, 1 / np.where(steep, values, 1.0), 0.0)
    step[free] = -(vectors @ (inverse * (vectors.T @ (gradient[free] / scale)))) / scale
    return step


def _search(
    criterion: Callable[[Floats], P], x: Floats, at: P, step: Floats, slack: float
) -> tuple[Floats, P] | None:
    """The longest of step, step/2, step/4 … that lowers the value, or raises it by no more than `slack`."""
    for halving in range(HALVINGS):
        trial = np.minimum(np.maximum(x + step / 2**halving, 0.0), np.maximum(GROWTH * x, 1.0))
        there = criterion(trial)
        if there.value < at.value + slack:
            return trial, there
    return None
