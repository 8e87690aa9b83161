"""比进步: the tables that come from the core model of one paper."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.build.cohort import Cohort
from analysis.build.fitting import Fitted, ids
from analysis.build.teaching import ENOUGH
from analysis.judgement.verdict import verdicts
from analysis.measures.arrays import Floats, Ints
from analysis.measures.blocks import Block, stack
from analysis.measures.exam import Grouping
from analysis.measures.gap import gap_table, waterfall
from analysis.measures.starting_point import prior_bands
from analysis.models.draws import EffectDraws
from analysis.models.progress import Units, few_of_one_school
from analysis.params import Params
from analysis.tables import TABLES
from analysis.terms import TOTAL, Z95, Flag, Level, Verdict

Frame = pd.DataFrame
ABOVE_SCHOOLS = (Level.sector, Level.township, Level.official)

DECIMALS = 2
"""Effects are printed as T points with one decimal: two of an sd."""


def level_blocks(params: Params, fitted: Fitted) -> list[Block]:
    """Rows of the `value_added` table, without what needs other tables: schools, teachers, classes."""
    return [_level_block(params, fitted, level, units) for level, units in fitted.progress.units.items()]


def place_blocks(params: Params, cohort: Cohort, fitted: Fitted) -> list[Block]:
    """The same of sectors, townships and officials; none of one school."""
    if fitted.top != Level.school:
        return []
    groupings = [cohort.grouping(level) for level in ABOVE_SCHOOLS]
    return [_place_block(params, fitted, by) for by in groupings if by is not None]


def added_rows(exam_id: str, blocks: list[Block]) -> list[Frame]:
    """Blocks of the `value_added` table below one another."""
    whole = [np.ones(len(block["unit"]), bool) for block in blocks]
    return [stack("value_added", exam_id, blocks, whole)] if blocks else []


def _level_block(params: Params, fitted: Fitted, level: str, units: Units) -> Block:
    """Schools, teachers or classes of one paper."""
    share = params.judgements.tier_share
    made = {name: getattr(units, name) for name in TABLES["value_added"].names if hasattr(units, name)}
    made |= {"level": level, "unit": np.array(ids(units), object)}
    made |= {
        "p_own": units.own_part.p_below(params.judgements.own_effect),
        "p_top": units.position.p_top(share),
        "p_bottom": units.position.p_bottom(share),
    }
    return _judged(params, fitted, made | _probabilities(params, units.position))


def _place_block(params: Params, fitted: Fitted, by: Grouping) -> Block:
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
    made = {"level": str(by.level), "unit": names, "effect": effect, "lo": lo, "hi": hi}
    made |= {"se": draws.values.std(axis=0), "n": pupils_of[:, held].sum(axis=0).astype(int)}
    made |= {"own": effect, "own_lo": lo, "own_hi": hi}
    made |= {"raw": raw, "raw_lo": raw - Z95 * raw_se, "raw_hi": raw + Z95 * raw_se}
    unranked = ("rank_lo", "rank_hi", "reliability", "p_own", "p_top", "p_bottom")
    return _judged(params, fitted, made | _probabilities(params, draws) | dict.fromkeys(unranked, np.nan))


def _probabilities(params: Params, draws: EffectDraws) -> dict[str, Floats]:
    return {"p_above": draws.p_above(0.0), "p_weak": draws.p_below(params.judgements.weak_effect)}


def _judged(params: Params, fitted: Fitted, made: Block) -> Block:
    """Verdict, tier and flag; nothing is judged where schools cannot be told apart."""
    n, judgements, level = made["n"], params.judgements, made["level"]
    flag = _small(params, n)
    words = _words(params, made["effect"], made["lo"], made["hi"], n)
    tier = np.full(len(n), "")
    if level == Level.teacher:
        short = np.array([fitted.tenure.get(unit, 0.0) < ENOUGH for unit in made["unit"]], bool)
        words = np.where(short & (flag != Flag.hidden), "none", words)
        flag = np.where(short & (flag == Flag.ok), str(Flag.short_tenure), flag)
    few = level in fitted.progress.units and few_of_one_school(fitted.progress, level)
    if "too_few_schools" in fitted.progress.flags:
        flag = np.where(flag == Flag.hidden, flag, str(Flag.too_few_schools))
        words = np.full(len(n), "none")
    elif few:  # their intervals hold, their probabilities do not: no list rests on them
        flag = np.where(flag == Flag.ok, str(Flag.too_few_classes), flag)
    elif fitted.judged and level == Level.school:
        tier = _tiers(made, judgements.tier_probability, n >= params.privacy.note_below)
    marks = made["effect"] * fitted.marks_per_sd
    made = {**made, "subject": fitted.subject, "marks": marks, "verdict": words, "flag": flag, "tier": tier}
    return made | {"sensitive": False} | dict.fromkeys(("tipping", "p_again", "q"), np.nan)


def _words(params: Params, value: Floats, lo: Floats, hi: Floats, n: Ints) -> NDArray[np.str_]:
    """Verdicts of effects (m,) with their intervals."""
    return verdicts(
        value,
        lo,
        hi,
        params.judgements.meaningful,
        n,
        decimals=DECIMALS,
        hidden_below=params.privacy.hidden_below,
        note_below=params.privacy.note_below,
    )


def _small(params: Params, n: Ints) -> NDArray[np.str_]:
    """Flags of numbers of pupils (m,): too few to be shown, few, or none."""
    noted = np.where(n < params.privacy.note_below, str(Flag.small), str(Flag.ok))
    return np.where(n < params.privacy.hidden_below, str(Flag.hidden), noted)


def _tiers(made: Block, sure: float, eligible: NDArray[np.bool_]) -> NDArray[np.str_]:
    """first, middle, third or between; rounded as printed before it is judged."""
    top, bottom = np.round(made["p_top"], 3), np.round(made["p_bottom"], 3)
    middle = np.round(1 - top - bottom, 3)
    word = np.select([top >= sure, bottom >= sure, middle >= sure], ["first", "third", "middle"], "between")
    return np.where(eligible, word, "")


def band_rows(params: Params, cohort: Cohort, fitted: Fitted) -> Frame:
    """Rows of the `value_added_bands` table: mean residual by prior band, less the city's in the same band, in sd.

    The bands are those of the shares and transitions: fifths of the pupils who have a total. None of one school, and
    none where no matched pupil has a total at the start.
    """
    bands = prior_bands(cohort.start, _with_total(cohort))
    if fitted.top != Level.school or not bands[fitted.matched].any():
        return pd.DataFrame()
    found = fitted.progress.by_band(Level.school, bands[fitted.rows])
    made = {name: found[name].to_numpy() for name in found.columns}
    names = np.array(ids(fitted.progress.units[Level.school]), object)
    n, lo, hi = made["n"], made["value"] - Z95 * made["se"], made["value"] + Z95 * made["se"]
    block = made | {
        "level": str(Level.school),
        "unit": names[made["unit"]],
        "subject": fitted.subject,
        "lo": lo,
        "hi": hi,
        "verdict": _words(params, made["value"], lo, hi, n) if fitted.judged else str(Verdict.none),
        "flag": _small(params, n),
    }
    return stack("value_added_bands", cohort.exam.id, [block], [np.ones(len(n), bool)])


def _with_total(cohort: Cohort) -> NDArray[np.bool_] | None:
    """Pupils (m,) with a total; None where the exam has none."""
    subjects = cohort.data.subjects
    return np.isfinite(cohort.post[:, subjects.index(TOTAL)]) if TOTAL in subjects else None


def gap_rows(cohort: Cohort, fitted: Fitted) -> Frame:
    """Rows of the `gap` table: from the city's mean to the school's, exactly; none of one school."""
    by = cohort.grouping(Level.school)
    if by is None or fitted.top != Level.school:
        return pd.DataFrame()
    expected = np.full(len(cohort.frame), np.nan)
    expected[fitted.rows] = fitted.progress.expected
    schools = fitted.progress.units[Level.school]
    found = dict(zip(ids(schools), schools.effect, strict=True))
    effect = np.array([found.get(unit, np.nan) for unit in by.ids])
    post = cohort.post[:, fitted.column]
    steps = waterfall(post, expected, np.isfinite(expected), by, fitted.column, effect)
    return gap_table(cohort.exam.id, fitted.subject, by, steps)
