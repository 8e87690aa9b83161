"""What lasts over cohorts: pooled effects, steps from year to year, forecasts and how they fared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.judgement.evidence import POOLED, STEPS
from analysis.judgement.lists import discoveries
from analysis.models.pooling import Pooled, pool
from analysis.models.trust import BackTest, back_test, same_quarter
from analysis.params import Judgements, Params
from analysis.terms import TOTAL, Z95, Level

Frame = pd.DataFrame
Floats = NDArray[np.float64]
ENDS = (0.025, 0.975)
KEY = ["level", "unit", "subject"]


@dataclass(frozen=True, eq=False)
class Series:
    """Schools' raw effects of one paper over cohorts, oldest first: (m, T), what was learnt from them, and the tiers
    (m, T) that were reported.
    """

    subject: str
    units: list[str]
    n: Floats
    pooled: Pooled
    tiers: NDArray[np.object_]


def series(params: Params, tables: Sequence[Frame]) -> list[Series]:
    """One a paper of the newest exam, from the cohorts' `value_added` tables, oldest first."""
    schools = [frame[frame["level"] == Level.school] for frame in tables]
    made = []
    for subject in dict.fromkeys(schools[-1]["subject"]):
        parts = [frame[frame["subject"] == subject].set_index("unit") for frame in schools]
        units = list(parts[-1].index)
        raw = np.column_stack([part["raw"].reindex(units) for part in parts])
        se = np.column_stack([(part["raw_hi"] - part["raw_lo"]).reindex(units) / (2 * Z95) for part in parts])
        n = np.column_stack([part["n"].reindex(units).fillna(0) for part in parts])
        tiers = np.column_stack([part["tier"].reindex(units).fillna("").to_numpy(object) for part in parts])
        if np.isfinite(raw).any():
            found = pool(raw, se**2, n_draws=params.model.draws, seed=params.model.seed)
            made.append(Series(subject, units, n, found, tiers))
    return made


def pooled_table(limits: Judgements, found: Sequence[Series]) -> Frame:
    """Evidence rows POOLED: m₃, the mean over a school's last three cohorts, per paper."""
    parts: list[Frame] = []
    for one in found:
        draws = one.pooled.mean_last(3)
        known = np.isfinite(one.pooled.estimates)
        made = _units(one)
        made["cohorts"] = np.minimum(known.sum(axis=1), 3)
        made["value"], (made["lo"], made["hi"]) = draws.mean(axis=0), np.quantile(draws, ENDS, axis=0)
        made["p_weak"] = (draws <= limits.weak_effect).mean(axis=0)
        made["p_own"] = (draws <= limits.own_effect).mean(axis=0)
        made["pupils"], made["classes"] = one.n.sum(axis=1), 0
        parts.append(made.loc[np.asarray(known.any(axis=1))])
    return pd.concat(parts, ignore_index=True)[POOLED] if parts else pd.DataFrame(columns=POOLED)


def steps_table(limits: Judgements, found: Sequence[Series]) -> Frame:
    """Evidence rows STEPS: the change from the cohort before, and over two years where there are three."""
    parts: list[Frame] = []
    for one in found:
        estimates, draws = one.pooled.estimates, one.pooled.draws[:, :, :-1]
        if estimates.shape[1] < 2:
            continue
        step = draws[:, :, -1] - draws[:, :, -2]
        made = _units(one)
        made["cohorts"] = np.isfinite(estimates).sum(axis=1)
        made["value"], (made["lo"], made["hi"]) = step.mean(axis=0), np.quantile(step, ENDS, axis=0)
        made["p_step"], made["p_below"] = one.pooled.p_change(limits.decline_step), one.pooled.p_below()
        for name in ("before", "two", "two_lo", "two_hi", "p_two"):
            made[name] = np.nan
        if estimates.shape[1] > 2:
            two = draws[:, :, -1] - draws[:, :, -3]
            made["before"] = (draws[:, :, -2] - draws[:, :, -3]).mean(axis=0)
            made["two"], (made["two_lo"], made["two_hi"]) = two.mean(axis=0), np.quantile(two, ENDS, axis=0)
            made["p_two"] = one.pooled.p_consecutive(limits.decline_total)
        parts.append(made.loc[np.asarray(np.isfinite(estimates[:, -2:]).all(axis=1))])
    return pd.concat(parts, ignore_index=True)[STEPS] if parts else pd.DataFrame(columns=STEPS)


def tiers_again(params: Params, found: Sequence[Series]) -> Frame:
    """P(same tier with the next cohort) of every school in a tier: level, unit, subject, p_again.

    Only where earlier cohorts tell how much of an effect lasts.
    """
    parts: list[Frame] = []
    for one in found:
        if one.pooled.estimates.shape[1] < 2:
            continue
        top, bottom = one.pooled.p_again(params.judgements.tier_share)
        tier = one.tiers[:, -1]
        cases = [tier == "first", tier == "middle", tier == "third"]
        parts.append(_units(one).assign(p_again=np.select(cases, [top, 1 - top - bottom, bottom], np.nan)))
    columns = [*KEY, "p_again"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def with_cohorts(params: Params, added: Frame, found: Sequence[Series]) -> Frame:
    """`value_added` with its columns p_again and q."""
    again = added[KEY].merge(tiers_again(params, found), on=KEY, how="left")["p_again"]
    return added.assign(p_again=again.to_numpy(float), q=discoveries(added))


def tier_survival(params: Params, found: Sequence[Series]) -> tuple[float, int]:
    """Share of the last cohort's first- and third-tier schools that lie there again, and how many; leading paper."""
    one = leading(found)
    if one is None or one.pooled.estimates.shape[1] < 2:
        return float("nan"), 0
    then = one.tiers[:, -2]
    judged = (then == "first").astype(float) - (then == "third").astype(float)
    return same_quarter(judged, one.pooled.estimates[:, -1], params.judgements.tier_share)


def leading(found: Sequence[Series]) -> Series | None:
    """The series of the total, else of the last paper."""
    return next((s for s in found if s.subject == TOTAL), found[-1] if found else None)


def _units(one: Series) -> Frame:
    return pd.DataFrame({"level": str(Level.school), "unit": one.units, "subject": one.subject})


def persistence(found: Sequence[Series]) -> dict[str, float]:
    """r̂ by paper: how much of an effect is there again in the next cohort."""
    return {one.subject: one.pooled.best[0] for one in found if one.pooled.estimates.shape[1] > 1}


def back_tested(params: Params, found: Sequence[Series]) -> BackTest | None:
    """The newest cohort against what the earlier ones forecast, on the leading paper; None where it cannot be."""
    one = leading(found)
    if one is None or one.pooled.estimates.shape[1] < 2:
        return None
    estimates, variances = one.pooled.estimates, one.pooled.variances
    try:
        then = pool(estimates[:, :-1], variances[:, :-1], params.model.draws, params.model.seed)
        forecast, _ = then.forecast()
        last = then.mean_last(3)
        low = (last <= params.judgements.weak_effect).mean(axis=0) >= params.judgements.watch_probability
        high = (last > 0).mean(axis=0) >= params.judgements.weak_probability
        reliability = tuple(_reliability(estimates[:, t], variances[:, t]) for t in (-2, -1))
        return back_test(
            forecast,
            estimates[:, -1],
            np.sqrt(variances[:, -1]),
            earlier=estimates[:, -2],
            reliability=(reliability[0], reliability[1]),
            judged=high.astype(float) - low.astype(float),
        )
    except ModelError:
        return None


def _reliability(raw: Floats, variance: Floats) -> float:
    """Share of the variance of raw effects that is not error; NaN if none is left."""
    spread = float(np.nanvar(raw))
    true = spread - float(np.nanmean(variance))
    return true / spread if true > 0 and spread > 0 else float("nan")
