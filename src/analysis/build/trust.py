"""这些结论是否可靠: the null run, the back-test, how far the models agree, tipping points."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.cohorts import Series, back_tested, tier_survival
from analysis.build.fitting import Fitted
from analysis.measures.arrays import Floats
from analysis.measures.rates import wilson
from analysis.models.draws import Draws
from analysis.models.progress import null_run, tipping_point
from analysis.models.school_slope import ENDS
from analysis.models.trust import fisher, freed
from analysis.params import Params
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame
Row = dict[str, Any]
NULL_DRAWS = 400


def tipping(params: Params, added: Frame, participation: Frame) -> Floats:
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
    params: Params, exam: str, null: Sequence[Row], panel: Frame, series: Sequence[Series], lists: Frame
) -> Frame:
    """The `trust` table: null run, back-test, agreement of the models, expected wrong names."""
    rows = [*null, *_back_rows(params, series), *_panel_rows(panel)]
    made = pd.DataFrame(rows, columns=["key", "value", "lo", "hi", "n", "note"])
    made = made.assign(
        exam=exam, n=made["n"].fillna(0).astype(int), note=made["note"].astype(object).fillna("")
    )
    return pd.concat([made, lists], ignore_index=True) if len(lists) else made


def null_rows(params: Params, leading: Fitted) -> Iterator[Row]:
    """If no school differed, so many names would stand on each list (leading paper); of one school: if no class did,
    so many of them would be called above and below.
    """
    if not params.model.null_runs or not (leading.judged or leading.top != Level.school):
        return
    limits, top = params.judgements, leading.top

    def sides(draws: Draws) -> dict[str, int]:
        lo, hi = draws.interval(top)
        return {f"{top}_above": int((lo > 0).sum()), f"{top}_below": int((hi < 0).sum())}

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

    judge = names if top == Level.school else sides
    run = null_run(leading.progress.core, judge, params.model.null_runs, NULL_DRAWS)
    for key, mean in run.names.items():
        yield {"key": f"null:{key}", "value": mean, "lo": run.any_name[key], "n": run.runs}


def _back_rows(params: Params, series: Sequence[Series]) -> Iterator[Row]:
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
    lo, hi = fisher(found.correlation, found.n_schools)
    yield {
        "key": "backtest:correlation",
        "value": found.correlation,
        "lo": lo,
        "hi": hi,
        "n": found.n_schools,
    }
    low, high = freed((lo, hi), found.attenuation)
    yield {
        "key": "backtest:disattenuated",
        "value": found.disattenuated,
        "lo": low,
        "hi": high,
        "n": found.n_schools,
    }
    yield _share("backtest:survived", found.survived, found.n_judged)
    again, judged = tier_survival(params, series)
    if judged:
        yield _share("backtest:tier_again", again, judged)


def _share(key: str, value: float, n: int) -> Row:
    """A share of n schools with Wilson's interval."""
    lo, hi = wilson(np.array([value]), np.array([float(n)]))
    return {"key": key, "value": value, "lo": float(lo[0]), "hi": float(hi[0]), "n": n}


def _panel_rows(panel: Frame) -> Iterator[Row]:
    """Rank correlation of every fit with the core, leading paper."""
    if panel.empty:
        return
    wide = panel[panel["subject"] == TOTAL].pivot(index="unit", columns="fit", values="value")
    if "core" not in wide or len(wide) < 3:
        return
    for name in wide.columns.drop(["core", *ENDS], errors="ignore"):
        both = wide[["core", name]].dropna()
        if len(both) > 2:
            correlation = both["core"].rank().corr(both[name].rank())
            yield {"key": f"panel:{name}", "value": float(correlation), "n": len(both)}
