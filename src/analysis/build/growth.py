"""Growth percentiles of a paper, and of every unit in it."""

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.measures.arrays import Floats, Ints
from analysis.measures.blocks import Block, stack
from analysis.measures.exam import Grouping
from analysis.measures.figures import Estimate, Paper, mean_of
from analysis.models import growth
from analysis.terms import Flag, Level

LEVELS = (Level.city, Level.sector, Level.township, Level.official, Level.school, Level.klass)


def percentiles(cohort: Cohort, subject: str) -> Floats | None:
    """(m,) growth percentiles 1–99 of a paper, NaN where a pupil has none; None where too few pupils have."""
    column = cohort.data.column(subject)
    post, prior = cohort.post[:, column], np.asarray(cohort.data.start[:, column], np.float64)
    both = np.isfinite(post) & np.isfinite(prior)
    if both.sum() < growth.FEWEST_PUPILS:
        return None
    model = growth.fit(post[both], prior[both, None])
    made = np.full(len(post), np.nan)
    made[both] = model.percentiles(post[both], prior[both, None])
    return np.where(made == growth.NO_PRIOR, np.nan, made)


def growth_rows(cohort: Cohort, subject: str, found: Floats) -> list[pd.DataFrame]:
    """Rows of the `growth` table from percentiles (m,): mean with its interval, median and quartiles."""
    paper = Paper(cohort.data, cohort.data.column(subject), subject)
    mean = mean_of(paper, found)
    groupings = [by for level in LEVELS if (by := cohort.grouping(level)) is not None]
    blocks = [_block(paper, found, mean(by), by) for by in groupings]
    return [stack("growth", cohort.exam.id, blocks, [block["n"] > 0 for block in blocks])]


def _block(paper: Paper, values: Floats, mean: Estimate, by: Grouping) -> Block:
    unit, known = by.column(paper.j), np.isfinite(values)
    rows = known & (unit >= 0)
    quarters = _quartiles(values[rows], unit[rows], len(by.ids))
    names = {"level": str(by.level), "unit": np.array(by.ids, object), "subject": paper.subject}
    value = {"value": mean.value, "lo": np.maximum(mean.lo, 1), "hi": np.minimum(mean.hi, 99), "n": mean.n}
    return names | value | dict(zip(("q1", "median", "q3"), quarters, strict=True)) | {"flag": str(Flag.ok)}


def _quartiles(values: Floats, unit: Ints, m: int) -> Floats:
    """Lower quartile, median and upper quartile (3, m) of each unit's values, between neighbours; NaN for none."""
    ordered = np.append(values[np.lexsort((values, unit))], np.nan)
    n = np.bincount(unit, minlength=m)
    place = np.outer((0.25, 0.5, 0.75), np.maximum(n - 1, 0))
    low = np.floor(place).astype(np.int64)
    first = np.cumsum(n) - n
    below, above = ordered[first + low], ordered[first + np.clip(low + 1, 0, np.maximum(n - 1, 0))]
    return np.where(n > 0, below + (place - low) * (above - below), np.nan)
