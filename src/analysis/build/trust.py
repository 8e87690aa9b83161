"""这些结论是否可靠: the panel of other models, the null run, the back-test, tipping points."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort, Floats
from analysis.build.cohorts import Series, back_tested, tier_survival
from analysis.build.progress import Fitted, ids
from analysis.errors import ModelError
from analysis.models import school_slope
from analysis.models.draws import Draws
from analysis.models.progress import PanelFit, model_sensitive, null_run, sensitivity, tipping_point
from analysis.params import Params
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame
HIGH = 0.9
"""P(effect > 0) from which a school would be praised: the other side of the panel's question."""
NULL_DRAWS = 400
Z95 = 1.959964


def panels(
    cohort: Cohort, fits: Mapping[str, Fitted], growth: Floats | None
) -> dict[str, dict[str, PanelFit]]:
    """The sensitivity panel of every paper: subject → name of the fit → fit."""
    made = {}
    papers = [cohort.data.column(s) for s in cohort.subjects if s != TOTAL]
    whole = cohort.post[:, papers].mean(axis=1)
    for subject, fitted in fits.items():
        marks = None
        if growth is not None and np.isfinite(growth[:, fitted.column]).any():
            marks = np.nan_to_num(growth[fitted.rows, fitted.column]).astype(np.int64)
        mean_z = None
        if subject == TOTAL and len(papers) > 1:
            mean_z = whole[fitted.rows] / np.nanstd(whole)
        made[subject] = sensitivity(fitted.progress, marks, mean_z)
    return made


def panel_table(cohort: Cohort, found: Mapping[str, Mapping[str, PanelFit]]) -> Frame:
    """The `panel` table: every school in every fit."""
    parts = []
    for subject, fits in found.items():
        core = fits["core"].levels[Level.school]
        for name, fit in fits.items():
            if Level.school not in fit.levels:
                continue
            units = fit.levels[Level.school]
            lo, hi = units.draws.interval()
            made = pd.DataFrame(
                {"unit": [str(path[-1]) for path in core.units], "subject": subject, "fit": name}
            )
            made["value"] = units.at(core.units, units.effect)
            made["lo"], made["hi"] = units.at(core.units, lo), units.at(core.units, hi)
            made["rank"] = made["value"].rank(ascending=False, method="min").astype("Int64")
            made["agrees"] = np.sign(made["value"].fillna(0)) * np.sign(core.effect) >= 0
            parts.append(made)
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id, level=str(Level.school))


def slope_table(params: Params, cohort: Cohort, fits: Mapping[str, Fitted]) -> Frame:
    """Rows of the `panel` table, fits slope_low and slope_high: every school for pupils who started low and high.

    Papers whose schools cannot be told apart, or whose slopes cannot be fitted, have none.
    """
    parts = []
    for subject, fitted in fits.items():
        if not params.model.school_slope or not fitted.judged:
            continue
        try:
            found = school_slope.fit(fitted.progress.core)
        except ModelError:
            continue
        core = fitted.progress.units[Level.school].effect
        for name in school_slope.ENDS:
            made = pd.DataFrame(
                {"unit": [str(path[-1]) for path in found.units], "subject": subject, "fit": name}
            )
            made["value"], reach = found.effect[name], Z95 * found.se[name]
            made["lo"], made["hi"] = made["value"] - reach, made["value"] + reach
            made["rank"] = made["value"].rank(ascending=False, method="min").astype("Int64")
            made["agrees"] = np.sign(made["value"]) * np.sign(core) >= 0
            parts.append(made)
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts, ignore_index=True).assign(exam=cohort.exam.id, level=str(Level.school))


def doubted(
    params: Params,
    added: Frame,
    participation: Frame,
    fits: Mapping[str, Fitted],
    found: Mapping[str, Mapping[str, PanelFit]],
) -> Frame:
    """`value_added` with its columns sensitive and tipping filled."""
    sensitive = pd.Series(False, index=added.index)
    for subject, panel in found.items():
        for level in panel["core"].levels:
            rows = (added["level"] == level) & (added["subject"] == subject)
            names = ids(fits[subject].progress.units[level])
            low = pd.Series(
                model_sensitive(panel, level, params.judgements.weak_effect, below=True), index=names
            )
            high = pd.Series(model_sensitive(panel, level, 0.0, below=False), index=names)
            here = added[rows]
            asked_low = here["p_weak"] >= params.judgements.watch_probability
            asked_high = here["p_above"] >= HIGH
            sensitive[rows] = (asked_low & here["unit"].map(low)) | (asked_high & here["unit"].map(high))
    return added.assign(sensitive=sensitive.astype(bool), tipping=_tipping(params, added, participation))


def _tipping(params: Params, added: Frame, participation: Frame) -> Floats:
    """Mean that the missing pupils would need for the verdict to vanish; NaN where hardly anyone is missing."""
    keys = ["level", "unit", "subject"]
    seen = added[[*keys, "effect"]].merge(
        participation[[*keys, "expected", "sat", "matched"]], on=keys, how="left"
    )
    sat, matched = seen["sat"].to_numpy(float), seen["matched"].to_numpy(float)
    expected = seen["expected"].astype(float).fillna(seen["sat"]).to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        missing = (sat / expected < params.judgements.participation) | (matched / sat < 0.90)
        share = matched / expected
    line = np.where(seen["effect"] < 0, params.judgements.weak_effect, 0.0)
    return np.where(missing, tipping_point(seen["effect"], share, line), np.nan)


def trust_table(
    params: Params,
    cohort: Cohort,
    fits: Mapping[str, Fitted],
    panel: Frame,
    series: Sequence[Series],
    lists: Frame,
) -> Frame:
    """The `trust` table: null run, back-test, agreement of the models, expected wrong names."""
    rows = [*_null_rows(params, fits), *_back_rows(params, series), *_panel_rows(panel)]
    made = pd.DataFrame(rows, columns=["key", "value", "lo", "hi", "n", "note"])
    made = made.assign(
        exam=cohort.exam.id, n=made["n"].fillna(0).astype(int), note=made["note"].astype(object).fillna("")
    )
    return pd.concat([made, lists], ignore_index=True) if len(lists) else made


def _null_rows(params: Params, fits: Mapping[str, Fitted]) -> Iterator[dict[str, Any]]:
    """If no school differed, so many names would stand on each list (leading paper)."""
    leading = fits.get(TOTAL)
    if leading is None or not params.model.null_runs or not leading.judged:
        return
    limits = params.judgements

    def names(draws: Draws) -> dict[str, int]:
        if Level.school in draws.no_differences:
            return {"watch": 0, "tier_first": 0, "tier_third": 0}
        return {
            "watch": int((draws.p_below(Level.school, limits.weak_effect) >= limits.watch_probability).sum()),
            "tier_first": int(
                (draws.p_top(Level.school, limits.tier_share) >= limits.tier_probability).sum()
            ),
            "tier_third": int(
                (draws.p_bottom(Level.school, limits.tier_share) >= limits.tier_probability).sum()
            ),
        }

    run = null_run(leading.progress.core, names, params.model.null_runs, NULL_DRAWS)
    for key, mean in run.names.items():
        yield {"key": f"null:{key}", "value": mean, "lo": run.any_name[key], "n": run.runs}


def _back_rows(params: Params, series: Sequence[Series]) -> Iterator[dict[str, Any]]:
    found = back_tested(params, series)
    if found is None:
        return
    yield {
        "key": "backtest:slope",
        "value": found.slope,
        "lo": found.slope_lo,
        "hi": found.slope_hi,
        "n": found.n_schools,
    }
    yield {"key": "backtest:correlation", "value": found.correlation, "n": found.n_schools}
    yield {"key": "backtest:disattenuated", "value": found.disattenuated, "n": found.n_schools}
    yield {"key": "backtest:survived", "value": found.survived, "n": found.n_judged}
    again, judged = tier_survival(params, series)
    if judged:
        yield {"key": "backtest:tier_again", "value": again, "n": judged}


def _panel_rows(panel: Frame) -> Iterator[dict[str, Any]]:
    """Rank correlation of every fit with the core, leading paper."""
    if panel.empty:
        return
    wide = panel[panel["subject"] == TOTAL].pivot(index="unit", columns="fit", values="value")
    if "core" not in wide or len(wide) < 3:
        return
    for name in wide.columns.drop(["core", *school_slope.ENDS], errors="ignore"):
        both = wide[["core", name]].dropna()
        if len(both) > 2:
            correlation = both["core"].rank().corr(both[name].rank())
            yield {"key": f"panel:{name}", "value": float(correlation), "n": len(both)}
