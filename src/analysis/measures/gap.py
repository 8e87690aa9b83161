"""From the city's mean to a unit's, in parts that add up exactly.

    z̄_u − z̄ = (ŷ̄_u − ŷ̄) + u*_u + (r̄_u − r̄ − u*_u) + [(z̄_u − z̄_u,matched) − (z̄ − z̄_matched)]
               start         value added  chance             unmatched

ŷ is what the start alone lets expect, r = z − ŷ, u* the shrunken effect. An identity: nothing is estimated here, and
each part has the doubt of what it is made of (the effect's interval stands in `value_added`).

Source: docs/methods.md §7. The effect: value_added.py in models.
"""

import numpy as np
import pandas as pd

from analysis.measures.arrays import Bools, Floats
from analysis.measures.blocks import stack
from analysis.measures.exam import Grouping

PARTS = ("start", "value_added", "chance", "unmatched", "all")


def waterfall(
    z: Floats, expected: Floats, matched: Bools, by: Grouping, column: int, effect: Floats
) -> Floats:
    """Parts of z̄_unit − z̄_city for the U units of a level, (U, 5) in sd, in the order of PARTS.

    start = mean expected score, less the city's; value_added = the shrunken effect; chance = mean residual, less
    the city's, minus the effect; unmatched = (all − matched), minus the city's; all = their sum, which is
    z̄_unit − z̄_city to 1e-12.

    z : (m,) of those who sat, else NaN. expected : (m,) from the start alone, NaN where unmatched.
    effect : (U,) recentred shrunken effect of the level's units, NaN where it has none (then the row is NaN).
    """
    sat = ~np.isnan(z)
    core = sat & matched & ~np.isnan(expected)
    unit, size = by.column(column), len(by.ids)
    inside = unit >= 0

    def apart(values: Floats, who: Bools) -> Floats:
        rows = who & inside
        with np.errstate(invalid="ignore"):
            mean = np.bincount(unit[rows], values[rows], size) / np.bincount(unit[rows], minlength=size)
        return np.asarray(mean - values[who].mean()) if who.any() else np.full(size, np.nan)

    start, residual = apart(expected, core), apart(z - expected, core)
    unmatched = apart(z, sat) - apart(z, core)
    parts = np.column_stack([start, effect, residual - effect, unmatched])
    return np.column_stack([parts, parts.sum(axis=1)])


def gap_table(exam_id: str, subject: str, by: Grouping, parts: Floats) -> pd.DataFrame:
    """Rows of the `gap` table of one subject and level from `waterfall`; units without an effect have none."""
    known = np.asarray(~np.isnan(parts).any(axis=1))
    fixed = {"level": str(by.level), "unit": np.array(by.ids, object), "subject": subject}
    blocks = [fixed | {"part": part, "value": parts[:, i]} for i, part in enumerate(PARTS)]
    return stack("gap", exam_id, blocks, [known] * len(blocks))
