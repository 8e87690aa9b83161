"""The panel of other models of one paper: would they say the same of the same schools (of one school: classes)?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from analysis.build.cohort import Cohort
from analysis.build.fitting import Fitted
from analysis.errors import ModelError
from analysis.measures.arrays import Floats
from analysis.measures.blocks import Block, stack
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


def panel_rows(exam_id: str, fitted: Fitted, panel: Panel) -> list[Frame]:
    """Rows of the `panel` table: every unit of the top level in every fit."""
    top, blocks = fitted.top, []
    core = panel["core"].levels[top]
    for name, fit in panel.items():
        if top not in fit.levels:
            continue
        units = fit.levels[top]
        lo, hi = (units.for_core(end) for end in units.draws.interval())
        value = units.for_core(units.effect)
        blocks.append(_block(top, core.units, fitted.subject, name, (value, lo, hi), core.effect))
    return _stacked(exam_id, blocks)


def slope_rows(params: Params, exam_id: str, fitted: Fitted) -> list[Frame]:
    """Rows of the `panel` table, fits slope_low and slope_high: every school for pupils who started low and high.

    None where the schools cannot be told apart, or the slopes cannot be fitted.
    """
    if not params.model.school_slope or not fitted.judged:
        return []
    try:
        found = school_slope.fit(fitted.progress.core)
    except ModelError:
        return []
    core, blocks = fitted.progress.units[Level.school].effect, []
    for name in school_slope.ENDS:
        value, reach = found.effect[name], Z95 * found.se[name]
        ends = (value, value - reach, value + reach)
        blocks.append(_block(Level.school, found.units, fitted.subject, name, ends, core))
    return _stacked(exam_id, blocks)


def _block(
    level: str,
    units: pd.MultiIndex,
    subject: str,
    fit: str,
    figures: tuple[Floats, Floats, Floats],
    core: Floats,
) -> Block:
    """One fit's value and interval (m,), ranked, and whether each agrees with the core's effect (m,) in sign."""
    value, lo, hi = figures
    known = np.isfinite(value)
    rank = np.full(len(value), np.nan)
    rank[known] = rankdata(-value[known], method="min")
    return {
        "level": str(level),
        "unit": np.array([str(path[-1]) for path in units], object),
        "subject": subject,
        "fit": fit,
        "value": value,
        "lo": lo,
        "hi": hi,
        "rank": rank,
        "agrees": np.sign(np.where(known, value, 0.0)) * np.sign(core) >= 0,
    }


def _stacked(exam_id: str, blocks: list[Block]) -> list[Frame]:
    whole = [np.ones(len(block["unit"]), bool) for block in blocks]
    return [stack("panel", exam_id, blocks, whole)] if blocks else []


def sensitive(params: Params, fitted: Fitted, panel: Panel, rows: Block) -> NDArray[np.bool_]:
    """Whether what is said of a row (n,) of `value_added`, of one level, changes in another model; False where nothing
    is said.
    """
    level, limits = rows["level"], params.judgements
    if level not in panel["core"].levels:
        return np.zeros(len(rows["unit"]), dtype=bool)
    weak = (rows["p_weak"] >= limits.watch_probability) & model_sensitive(
        panel, level, limits.weak_effect, below=True
    )
    good = (rows["p_above"] >= HIGH) & model_sensitive(panel, level, 0.0, below=False)
    return np.asarray(weak | good)
