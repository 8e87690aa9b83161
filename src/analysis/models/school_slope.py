"""Does a school add the same for pupils who started low and who started high? A random slope of the prior.

    z_post = start + u_j + b_j x̂ [+ v_class] + e        (u_j, b_j) ~ N(0, Σ) by school

The figure of a school for pupils at the prior x is u_j + b_j x, recentred by the pupils over the schools, here at
the 10th and 90th percentile of the city's prior. Σ is unstructured, so where x is centred does not matter.

Not for: schools with a handful of pupils at one end; the reported value added (the core model has no slopes).

Source: docs/methods.md §4A; Goldstein et al. (1993), Oxford Review of Education 19, 425–433; equations in slopes.py.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.models import slopes
from analysis.models.value_added import Core

Floats = NDArray[np.float64]

ENDS = {"slope_low": 0.10, "slope_high": 0.90}
"""Name of a figure and the percentile of the prior it is for."""


@dataclass(frozen=True, eq=False)
class SchoolSlope:
    """Schools (m,): effects and SE at the two ends; sd of the slopes; singular: no differences can be shown."""

    units: pd.MultiIndex
    effect: dict[str, Floats]
    se: dict[str, Floats]
    sd: float
    singular: bool


def fit(core: Core) -> SchoolSlope:
    """Fit the slopes on the core model's start.

    Raises
    ------
    ModelError : as `slopes.fit_rows`.
    """
    X = pd.DataFrame(core.start.X, columns=list(core.start.names))
    prior = core.start.names[0]
    found = slopes.fit_rows(core.here.post, X, core.levels, [prior], weights=core.sampled)
    top = core.tree.names[-1]
    schools, share = found.effects[top], np.bincount(core.codes(top), core.weight) / core.weight.sum()
    effect, se = {}, {}
    for name, part in ENDS.items():
        rows = schools.at(float(np.quantile(X[prior], part)))
        effect[name] = rows["effect"].to_numpy(float) - share @ rows["effect"].to_numpy(float)
        se[name] = rows["se"].to_numpy(float)
    spread = float(np.sqrt(max(found.covariances[top][1, 1], 0.0)))
    return SchoolSlope(schools.units, effect, se, spread, top in found.singular)
