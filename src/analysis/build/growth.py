"""Growth percentiles of every paper, and of every unit."""

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort, Floats, Ints
from analysis.measures.exam import Grouping
from analysis.measures.figures import Paper, mean_of
from analysis.models import growth
from analysis.terms import Flag, Level

LEVELS = (Level.city, Level.sector, Level.township, Level.official, Level.school, Level.klass)


def percentiles(cohort: Cohort) -> Floats:
    """(m, k) growth percentiles 1–99; NaN where a pupil has none, or where a paper has too few pupils."""
    made = np.full(cohort.post.shape, np.nan)
    for column in range(len(cohort.subjects)):
        post, prior = cohort.post[:, column], np.asarray(cohort.data.start[:, column], np.float64)
        both = np.isfinite(post) & np.isfinite(prior)
        if both.sum() < growth.FEWEST_PUPILS:
            continue
        model = growth.fit(post[both], prior[both, None])
        made[both, column] = model.percentiles(post[both], prior[both, None])
    return np.where(made == growth.NO_PRIOR, np.nan, made)


def growth_table(cohort: Cohort, found: Floats) -> pd.DataFrame:
    """The `growth` table from percentiles (m, k): mean with its interval, median and quartiles."""
    parts = [
        _unit_rows(Paper(cohort.data, column, subject), found[:, column], by)
        for column, subject in enumerate(cohort.subjects)
        if np.isfinite(found[:, column]).any()
        for level in LEVELS
        if (by := cohort.grouping(level)) is not None
    ]
    columns = ["exam", "level", "unit", "subject", "value", "lo", "hi", "median", "q1", "q3", "n", "flag"]
    return (
        pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id)
        if parts
        else pd.DataFrame(columns=columns)
    )


def _unit_rows(paper: Paper, values: Floats, by: Grouping) -> pd.DataFrame:
    mean = mean_of(paper, values)(by)
    unit, known = by.column(paper.j), np.isfinite(values)
    rows = known & (unit >= 0)
    quarters = _quartiles(values[rows], unit[rows], len(by.ids))
    made = pd.DataFrame({"level": str(by.level), "unit": list(by.ids), "subject": paper.subject})
    made["value"], made["lo"], made["hi"] = mean.value, np.maximum(mean.lo, 1), np.minimum(mean.hi, 99)
    made["q1"], made["median"], made["q3"] = quarters
    return made.assign(n=mean.n, flag=str(Flag.ok))[mean.n > 0]


def _quartiles(values: Floats, unit: Ints, m: int) -> Floats:
    """Lower quartile, median and upper quartile (3, m) of each unit's values, between neighbours; NaN for none."""
    ordered = np.append(values[np.lexsort((values, unit))], np.nan)
    n = np.bincount(unit, minlength=m)
    place = np.outer((0.25, 0.5, 0.75), np.maximum(n - 1, 0))
    low = np.floor(place).astype(np.int64)
    first = np.cumsum(n) - n
    below, above = ordered[first + low], ordered[first + np.clip(low + 1, 0, np.maximum(n - 1, 0))]
    return np.where(n > 0, below + (place - low) * (above - below), np.nan)
