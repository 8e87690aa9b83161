"""What goes into the core model: the pupils who sat a paper, and how the model is to be fitted.

Source: docs/methods.md §3 (who is matched), §4A.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pupils:
    """All pupils who sat the paper; arrays of n, NaN or "" where nothing is known.

    Attributes
    ----------
    post : position now, sd 1. prior : of the same subject at the baseline, sd 1; NaN = unmatched.
    school, klass, teacher : labels; klass and teacher may be None (no such labels).
    team, team_share : (n, k) labels of all known teachers of a pupil, '' for none, and their shares of the time since
        the baseline; None where nobody has more than one.
    others : (n, k) priors of other subjects. covariates : declared ones, a column each.
    weights : of a sampled exam. stayer : whether the pupil sat the baseline in this school.
    """

    post: Floats
    prior: Floats
    school: ArrayLike
    klass: ArrayLike | None = None
    teacher: ArrayLike | None = None
    team: NDArray[np.object_] | None = None
    team_share: Floats | None = None
    others: Floats | None = None
    other_names: Sequence[str] | None = None
    covariates: Mapping[str, ArrayLike] = field(default_factory=dict)
    weights: Floats | None = None
    stayer: Bools | None = None

    @cached_property
    def matched(self) -> Bools:
        """Rows of the core model: post, own prior, covariates and a positive weight known (n,)."""
        known = np.isfinite(self.post) & np.isfinite(self.prior)
        for column in self.covariates.values():
            known &= np.isfinite(np.asarray(column, dtype=float))
        if self.weights is not None:
            known &= self.weights > 0
        return known

    @property
    def several_teachers(self) -> bool:
        """Whether some pupil has more than one known teacher: the structure that asks for a crossed model."""
        return self.team is not None and bool(((self.team != "").sum(axis=1) > 1).any())

    def take(self, rows: Bools) -> "Pupils":
        """The pupils of the mask (n,)."""

        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        cut: dict[str, Any] = {
            name: None if values is None else np.asarray(values)[rows] for name, values in columns.items()
        }
        covariates = {name: np.asarray(values)[rows] for name, values in self.covariates.items()}
        return replace(self, **cut, covariates=covariates)


_COLUMNS = (
    "post",
    "prior",
    "school",
    "klass",
    "teacher",
    "team",
    "team_share",
    "others",
    "weights",
    "stayer",
)


@dataclass(frozen=True)
class Options:
    """How the model is fitted; defaults as methods.md.

    Attributes
    ----------
    rho : reliability of the own prior; rho_others : of each other prior, or one number for all.
    contextual : the school's mean prior enters; a bound, never a default (docs/methods.md §4).
    """

    prior_correction: bool = True
    spline: bool = True
    other_subjects: bool = True
    rho: float = 0.87
    rho_others: float | tuple[float, ...] = 0.87
    contextual: bool = False
    n_draws: int = 2000
    seed: int = 20260901
