"""比进步: the tables that come from the core model of one paper."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.cohort import Cohort
from analysis.build.fitting import Fitted, ids
from analysis.build.teaching import ENOUGH
from analysis.judgement.verdict import verdicts
from analysis.measures.arrays import Floats
from analysis.measures.exam import Grouping
from analysis.measures.gap import gap_table, waterfall
from analysis.measures.starting_point import prior_bands
from analysis.models.draws import EffectDraws
from analysis.models.progress import Units
from analysis.params import Params
from analysis.tables import TABLES
from analysis.terms import TOTAL, Z95, Flag, Level, Verdict

Frame = pd.DataFrame
ABOVE_SCHOOLS = (Level.sector, Level.township, Level.official)

DECIMALS = 2
"""Effects are printed as T points with one decimal: two of an sd."""


def level_rows(params: Params, fitted: Fitted) -> list[Frame]:
    """Rows of the `value_added` table, without what needs other tables: schools, teachers, classes."""
    return [_level_rows(params, fitted, level, units) for level, units in fitted.progress.units.items()]


def place_rows(params: Params, cohort: Cohort, fitted: Fitted) -> list[Frame]:
    """The same of sectors, townships and officials."""
    groupings = [cohort.grouping(level) for level in ABOVE_SCHOOLS]
    return [_place_rows(params, fitted, by) for by in groupings if by is not None]


def _level_rows(params: Params, fitted: Fitted, level: str, units: Units) -> Frame:
    """Schools, teachers or classes of one paper."""
    made = units.frame()[[name for name in TABLES["value_added"].names if hasattr(units, name)]]
    made = made.assign(level=level, unit=ids(units)).reset_index(drop=True)
    made["p_own"] = units.own_part.p_below(params.judgements.own_effect)
    share = params.judgements.tier_share
    made["p_top"], made["p_bottom"] = units.position.p_top(share), units.position.p_bottom(share)
    return _judged(params, fitted, made.assign(**_probabilities(params, units.position)))


def _place_rows(params: Params, fitted: Fitted, by: Grouping) -> Frame:
    """Sectors, townships and officials: pupils' means over their schools' draws."""
    core, schools = fitted.progress.core, fitted.progress.units[Level.school]
    unit = by.column(fitted.column)[fitted.matched]
    school, known = core.codes(Level.school), unit >= 0
    pupils_of = np.zeros((len(schools.n), len(by.ids)))
    np.add.at(pupils_of, (school[known], unit[known]), 1)
    held = pupils_of.sum(axis=0) > 0
    share = pupils_of[:, held] / pupils_of[:, held].sum(axis=0)
    names = np.array(by.ids, object)[held]
    draws = EffectDraws(
        pd.MultiIndex.from_arrays([names]), schools.position.values @ share, params.model.seed
    )
    lo, hi = draws.interval()
    raw, raw_se = schools.raw @ share, np.sqrt(schools.raw_se**2 @ share**2)
    effect = schools.effect @ share
    made = pd.DataFrame({"level": str(by.level), "unit": names, "effect": effect, "lo": lo, "hi": hi})
    made["se"], made["n"] = draws.values.std(axis=0), pupils_of[:, held].sum(axis=0).astype(int)
    made["own"], made["own_lo"], made["own_hi"] = effect, lo, hi
    made["raw"], made["raw_lo"], made["raw_hi"] = raw, raw - Z95 * raw_se, raw + Z95 * raw_se
    made = made.assign(**_probabilities(params, draws))
    made[["rank_lo", "rank_hi"]] = pd.NA
    made[["reliability", "p_own", "p_top", "p_bottom"]] = np.nan  # places are not ranked
    return _judged(params, fitted, made)


def _probabilities(params: Params, draws: EffectDraws) -> dict[str, Floats]:
    return {"p_above": draws.p_above(0.0), "p_weak": draws.p_below(params.judgements.weak_effect)}


def _judged(params: Params, fitted: Fitted, made: Frame) -> Frame:
    """Verdict, tier and flag; nothing is judged where schools cannot be told apart."""
    n, judgements = made["n"].to_numpy(), params.judgements
    small = np.where(n < params.privacy.note_below, str(Flag.small), str(Flag.ok))
    flag = np.where(n < params.privacy.hidden_below, str(Flag.hidden), small)
    words = verdicts(
        made["effect"],
        made["lo"],
        made["hi"],
        judgements.meaningful,
        n,
        decimals=DECIMALS,
        hidden_below=params.privacy.hidden_below,
        note_below=params.privacy.note_below,
    )
    tier = np.full(len(n), "")
    level = made["level"].iloc[0] if len(made) else ""
    if level == Level.teacher:
        short = np.array([fitted.tenure.get(unit, 0.0) < ENOUGH for unit in made["unit"]], bool)
        words = np.where(short & (flag != Flag.hidden), "none", words)
        flag = np.where(short & (flag == Flag.ok), str(Flag.short_tenure), flag)
    if "too_few_schools" in fitted.progress.flags:
        flag = np.where(flag == Flag.hidden, flag, str(Flag.too_few_schools))
        words = np.full(len(n), "none")
    elif fitted.judged and level == Level.school:
        tier = _tiers(made, judgements.tier_probability, n >= params.privacy.note_below)
    return made.assign(
        subject=fitted.subject,
        marks=made["effect"] * fitted.marks_per_sd,
        verdict=words,
        flag=flag,
        sensitive=False,
        tipping=np.nan,
        tier=tier,
        p_again=np.nan,
        q=np.nan,
    )


def _tiers(made: Frame, sure: float, eligible: NDArray[np.bool_]) -> NDArray[np.str_]:
    """first, middle, third or between; rounded as printed before it is judged."""
    top, bottom = made["p_top"].round(3), made["p_bottom"].round(3)
    middle = (1 - top - bottom).round(3)
    word = np.select([top >= sure, bottom >= sure, middle >= sure], ["first", "third", "middle"], "between")
    return np.where(eligible, word, "")


def band_rows(params: Params, cohort: Cohort, fitted: Fitted) -> Frame:
    """Rows of the `value_added_bands` table: mean residual by prior band, less the city's in the same band, in sd.

    The bands are those of the shares and transitions: fifths of the pupils who have a total.
    """
    bands = prior_bands(cohort.start, _with_total(cohort))
    table = fitted.progress.by_band(Level.school, bands[fitted.rows])
    names = np.array(ids(fitted.progress.units[Level.school]), object)
    spread, n = Z95 * table["se"], table["n"]
    small = np.where(n < params.privacy.note_below, str(Flag.small), str(Flag.ok))
    words = verdicts(
        table["value"],
        table["value"] - spread,
        table["value"] + spread,
        params.judgements.meaningful,
        n,
        decimals=DECIMALS,
        hidden_below=params.privacy.hidden_below,
        note_below=params.privacy.note_below,
    )
    return table.assign(
        verdict=words if fitted.judged else str(Verdict.none),
        level=str(Level.school),
        unit=names[table["unit"].to_numpy()],
        subject=fitted.subject,
        lo=table["value"] - spread,
        hi=table["value"] + spread,
        flag=np.where(n < params.privacy.hidden_below, str(Flag.hidden), small),
    )


def _with_total(cohort: Cohort) -> NDArray[np.bool_] | None:
    """Pupils (m,) with a total; None where the exam has none."""
    subjects = cohort.data.subjects
    return np.isfinite(cohort.post[:, subjects.index(TOTAL)]) if TOTAL in subjects else None


def gap_rows(cohort: Cohort, fitted: Fitted) -> Frame:
    """Rows of the `gap` table: from the city's mean to the school's, exactly."""
    by = cohort.grouping(Level.school)
    if by is None:
        return pd.DataFrame()
    expected = np.full(len(cohort.frame), np.nan)
    expected[fitted.rows] = fitted.progress.expected
    schools = fitted.progress.units[Level.school]
    found = dict(zip(ids(schools), schools.effect, strict=True))
    effect = np.array([found.get(unit, np.nan) for unit in by.ids])
    post = cohort.post[:, fitted.column]
    steps = waterfall(post, expected, np.isfinite(expected), by, fitted.column, effect)
    return gap_table(cohort.exam.id, fitted.subject, by, steps)
