"""Growth percentiles of a paper, and of every unit in it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.cohort import Cohort
from analysis.errors import ModelError
from analysis.measures.arrays import Floats, Ints
from analysis.measures.blocks import Block, stack
from analysis.measures.exam import Grouping
from analysis.measures.figures import Estimate, Paper, mean_of
from analysis.models import growth
from analysis.terms import TOTAL, Flag, Level

LEVELS = (Level.city, Level.sector, Level.township, Level.official, Level.school, Level.klass)


def percentiles(cohort: Cohort, subject: str) -> tuple[Floats | None, str]:
    """(m,) growth percentiles 1–99 of a paper, NaN where a pupil has none; None where too few pupils have, or where the
    scores allow none, and then why.

    By as many baselines as a pupil has without a gap from the newest on.
    """
    post, priors = cohort.post[:, cohort.data.column(subject)], _priors(cohort, subject)
    both = np.isfinite(post) & np.isfinite(priors[:, :1]).all(axis=1)
    if not priors.shape[1] or both.sum() < growth.FEWEST_PUPILS:
        return None, ""
    made = np.full(len(post), np.nan)
    try:
        made[both] = growth.fit(post[both], priors[both]).percentiles(post[both], priors[both])
    except ModelError as fault:
        return None, str(fault)
    return np.where(made == growth.NO_PRIOR, np.nan, made), ""


def _priors(cohort: Cohort, subject: str) -> NDArray[np.float64]:
    """Where the pupils stood before in this paper, or in the total where it has no baseline of its own, newest first."""
    known = cohort.history.get(subject if subject in cohort.prior_subjects else TOTAL)
    return np.empty((len(cohort.frame), 0)) if known is None else np.asarray(known, np.float64)


def flatness_rows(cohort: Cohort, subject: str, found: Floats | None, why_not: str) -> list[pd.DataFrame]:
    """Rows of `fits`: lowest and highest mean percentile over tenths of the start, and the largest gap to 50 in SE; or
    why there are no percentiles.

    Percentiles that rise or fall with the start would be a start in disguise.
    """
    if found is None:
        missing = [{"subject": subject, "term": "check:growth_missing", "value": 1.0, "note": why_not}]
        return [pd.DataFrame(missing)] if why_not else []
    flat = growth.flatness(np.nan_to_num(found).astype(np.int64), _priors(cohort, subject)[:, 0])
    gap = np.abs(flat.mean - 50) / np.where(flat.se > 0, flat.se, np.inf)
    checks = {
        "growth_low": np.nanmin(flat.mean),
        "growth_high": np.nanmax(flat.mean),
        "growth_gap": np.nanmax(gap),
    }
    rows = [{"subject": subject, "term": f"check:{name}", "value": float(v)} for name, v in checks.items()]
    return [pd.DataFrame(rows).assign(note="")]


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
