"""Everything of one paper that rests on its own fit. Papers do not know each other: each may have its own process."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.build.fits import fit_rows, unfitted
from analysis.build.fitting import Fitted, fit, ids
from analysis.build.growth import flatness_rows, growth_rows, percentiles
from analysis.build.panel import Panel, panel_of, panel_rows, sensitive, slope_rows
from analysis.build.progress import added_rows, band_rows, gap_rows, level_blocks, place_blocks
from analysis.build.trust import Row, null_rows
from analysis.build.wanted import make
from analysis.errors import ModelError
from analysis.measures.arrays import Floats
from analysis.params import Params
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame


@dataclass(frozen=True, eq=False)
class PaperResults:
    """One paper's rows of the results tables, and what the judgements ask of its fit.

    Attributes
    ----------
    fitted : whether its model could be fitted; if not, only growth and one row of `fits` are there.
    rows : table → rows, below one another; two parts are named apart to keep their order: `places`, `slopes`.
    growth : (m,) growth percentiles, NaN for none; None where there are no curves.
    awards : P(among the first k) of every school, empty where schools cannot be told apart.
    classes : how many classes each teacher has.
    null : rows of the `trust` table, of the leading paper only.
    """

    subject: str
    fitted: bool
    rows: dict[str, list[Frame]]
    growth: Floats | None
    awards: Frame = field(default_factory=pd.DataFrame)
    classes: dict[str, int] = field(default_factory=dict)
    null: Sequence[Row] = ()


def paper_results(params: Params, cohort: Cohort, subject: str, names: Collection[str]) -> PaperResults:
    """Fit one paper and make its rows of the tables of these names, in which its value added always is."""
    wanted = params.model.growth_percentiles and "growth" in names
    growth, why_not = percentiles(cohort, subject) if wanted else (None, "")
    flat = flatness_rows(cohort, subject, growth, why_not)
    rows = {"growth": growth_rows(cohort, subject, growth) if growth is not None else []}
    try:
        fitted = fit(params, cohort, subject)
    except ModelError as fault:
        return PaperResults(subject, False, rows | {"fits": [*flat, unfitted(subject, str(fault))]}, growth)
    panel = panel_of(cohort, fitted, growth) if "panel" in names else {}
    return PaperResults(
        subject,
        True,
        rows
        | _added(params, cohort, fitted, panel)
        | {name: [rows] for name, rows in _beside(params, cohort, fitted, flat, names).items()},
        growth,
        _awards(params, fitted),
        _classes(fitted),
        [*null_rows(params, fitted)] if "trust" in names and subject == TOTAL else (),
    )


def _added(params: Params, cohort: Cohort, fitted: Fitted, panel: Panel) -> dict[str, list[Frame]]:
    """Value added by level, and what the panel, if there is one, says of it."""
    exam, added = cohort.exam.id, level_blocks(params, fitted)
    places = {"places": added_rows(exam, place_blocks(params, cohort, fitted))}
    if not panel:
        return places | {"value_added": added_rows(exam, added)}
    added = [{**block, "sensitive": sensitive(params, fitted, panel, block)} for block in added]
    return places | {
        "value_added": added_rows(exam, added),
        "panel": panel_rows(exam, fitted, panel),
        "slopes": slope_rows(params, exam, fitted),
    }


def _beside(
    params: Params, cohort: Cohort, fitted: Fitted, flat: list[Frame], names: Collection[str]
) -> dict[str, Frame]:
    """Of the other tables of one fit those of these names."""

    makers = {
        "value_added_bands": lambda: band_rows(params, cohort, fitted),
        "fits": lambda: pd.concat([fit_rows(fitted), *flat], ignore_index=True),
        "gap": lambda: gap_rows(cohort, fitted),
    }
    return make(names, makers)


def _awards(params: Params, fitted: Fitted) -> Frame:
    """P(among the first k) of every school; never more places than half of the schools: a list of all says nothing."""
    if not fitted.judged:
        return pd.DataFrame()
    schools = fitted.progress.units[Level.school]
    made = pd.DataFrame({"level": str(Level.school), "unit": ids(schools), "subject": fitted.subject})
    places = min(params.judgements.award_places, len(made) // 2)
    return made.assign(probability=schools.position.p_first(places))


def _classes(fitted: Fitted) -> dict[str, int]:
    """How many classes each teacher has."""
    here = fitted.progress.core.here
    if here.teacher is None or here.klass is None:
        return {}
    pairs = pd.DataFrame({"unit": np.asarray(here.teacher), "class": np.asarray(here.klass)})
    return {str(unit): int(k) for unit, k in pairs.drop_duplicates().groupby("unit").size().items()}
