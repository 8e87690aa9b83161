"""The panel of other models of one paper: would they say the same of the same schools?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.cohort import Cohort, Floats
from analysis.build.fitting import Fitted, ids
from analysis.errors import ModelError
from analysis.models import school_slope
from analysis.models.progress import PanelFit, model_sensitive, sensitivity
from analysis.params import Params
from analysis.terms import TOTAL, Z95, Level

Frame = pd.DataFrame
Panel = Mapping[str, PanelFit]
HIGH = 0.9
"""P(effect > 0) from which a school would be praised: the other side of the panel's question."""


def panel_of(cohort: Cohort, fitted: Fitted, growth: Floats | None) -> Panel:
    """Name of the fit → fit; growth percentiles (m,) of this paper, NaN for none, where they exist."""
    marks = None
    if growth is not None and np.isfinite(growth).any():
        marks = np.nan_to_num(growth[fitted.rows]).astype(np.int64)
    papers = [cohort.data.column(s) for s in cohort.subjects if s != TOTAL]
    mean_z = None
    if fitted.subject == TOTAL and len(papers) > 1:
        whole = cohort.post[:, papers].mean(axis=1)
        mean_z = whole[fitted.rows] / np.nanstd(whole)
    return sensitivity(fitted.progress, marks, mean_z)


def panel_rows(subject: str, panel: Panel) -> list[Frame]:
    """Rows of the `panel` table: every school in every fit."""
    core, parts = panel["core"].levels[Level.school], []
    for name, fit in panel.items():
        if Level.school not in fit.levels:
            continue
        units = fit.levels[Level.school]
        lo, hi = (units.at(core.units, end) for end in units.draws.interval())
        value = units.at(core.units, units.effect)
        parts.append(_rows(core.units, subject, name, value, lo, hi, core.effect))
    return parts


def slope_rows(params: Params, fitted: Fitted) -> list[Frame]:
    """Rows of the `panel` table, fits slope_low and slope_high: every school for pupils who started low and high.

    None where the schools cannot be told apart, or the slopes cannot be fitted.
    """
    if not params.model.school_slope or not fitted.judged:
        return []
    try:
        found = school_slope.fit(fitted.progress.core)
    except ModelError:
        return []
    core, parts = fitted.progress.units[Level.school].effect, []
    for name in school_slope.ENDS:
        value, reach = found.effect[name], Z95 * found.se[name]
        parts.append(_rows(found.units, fitted.subject, name, value, value - reach, value + reach, core))
    return parts


def _rows(
    units: pd.MultiIndex, subject: str, fit: str, value: Floats, lo: Floats, hi: Floats, core: Floats
) -> Frame:
    """One fit's rows, ranked, and whether each agrees with the core's effect (m,) in sign."""
    made = pd.DataFrame({"level": str(Level.school), "unit": [str(path[-1]) for path in units]})
    made = made.assign(subject=subject, fit=fit, value=value, lo=lo, hi=hi)
    made["rank"] = made["value"].rank(ascending=False, method="min").astype("Int64")
    made["agrees"] = np.sign(made["value"].fillna(0)) * np.sign(core) >= 0
    return made


def sensitive(params: Params, fitted: Fitted, panel: Panel, rows: Frame) -> NDArray[np.bool_]:
    """Whether what is said of a row (n,) of `value_added` changes in another model; False where nothing is said."""
    found = np.zeros(len(rows), dtype=bool)
    limits = params.judgements
    for level in panel["core"].levels:
        names = ids(fitted.progress.units[level])
        place = pd.Index(names).get_indexer(pd.Index(rows["unit"]))
        here = np.asarray(rows["level"] == level) & (place >= 0)
        low, high = (
            model_sensitive(panel, level, line, below)[place]
            for line, below in ((limits.weak_effect, True), (0.0, False))
        )
        weak = np.asarray(rows["p_weak"] >= limits.watch_probability) & low
        good = np.asarray(rows["p_above"] >= HIGH) & high
        found |= here & (weak | good)
    return found
