"""看趋势: the same exam in earlier cohorts, from their stored results."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.judgement.verdict import verdicts
from analysis.params import Exam, Params
from analysis.terms import TOTAL, Z95, Flag, Level

Frame = pd.DataFrame
Results = Mapping[str, Frame]

LEVELS = (Level.sector, Level.township, Level.official, Level.school)
STAGE_END = {6: 6, 7: 9, 8: 9, 9: 9, 10: 12, 11: 12, 12: 12}


def leaving_year(exam: Exam) -> int:
    """The year in which the exam's pupils leave their stage: what a cohort is called by."""
    school_year_end = exam.date.year + (exam.date.month >= 8)
    return school_year_end + STAGE_END.get(exam.grade, 6) - exam.grade


def trends_table(exam: Exam, results: Results, earlier: Sequence[tuple[Exam, Results]]) -> Frame:
    """The `trends` table: start, progress and achievement of each comparable exam, oldest first."""
    chain = sorted([*earlier, (exam, results)], key=lambda pair: pair[0].date)
    parts = [
        measures(tables).assign(
            past=one.id, title=one.title, date=one.date.isoformat(), cohort=str(leaving_year(one))
        )
        for one, tables in chain
    ]
    made = pd.concat(parts, ignore_index=True).drop(columns="se").assign(exam=exam.id)
    here = set(zip(results["units"]["level"], results["units"]["unit"], strict=True))
    known = [pair in here for pair in zip(made["level"], made["unit"], strict=True)]
    return made[known].reset_index(drop=True)


def measures(results: Results) -> Frame:
    """The three measures of every unit: level, unit, subject, measure, value, se, lo, hi, n, flag."""
    indicators = results["indicators"]
    parts = [
        indicators[indicators["indicator"] == name].assign(measure=measure)
        for name, measure in (("start", "start"), ("achievement", "achievement"))
    ]
    added = results["value_added"]
    parts.append(added.rename(columns={"effect": "value"}).assign(measure="progress"))
    columns = ["level", "unit", "subject", "measure", "value", "se", "lo", "hi", "n", "flag"]
    made = pd.concat([part[columns] for part in parts], ignore_index=True)
    total = made["subject"] == TOTAL
    kept = made["level"].isin(LEVELS)
    if total.any():  # one start is enough: that of the total
        kept &= total | (made["measure"] != "start")
    return made.loc[kept]


def changes_table(
    params: Params, exam: Exam, results: Results, earlier: Sequence[tuple[Exam, Results]]
) -> Frame:
    """The `changes` table: against the last comparable exam, with the change that chance alone would bring.

    Two cohorts are other pupils: their errors are independent. `expected` is (r̂ − 1)·before, with r̂ the
    correlation of the two exams' values over schools: what a unit like this one does if nothing happens.
    """
    before = next((tables for one, tables in earlier if one.id == exam.previous), None)
    if before is None:
        return pd.DataFrame()
    key = ["level", "unit", "subject", "measure"]
    both = measures(results).merge(measures(before), on=key, suffixes=("", "_before"))
    spread = np.sqrt(both["se"] ** 2 + both["se_before"] ** 2)
    change = both["value"] - both["value_before"]
    r = both.groupby(["subject", "measure"])[["value", "value_before"]].apply(_persistence)
    slope = both.set_index(["subject", "measure"]).index.map(r.to_dict()).to_numpy(float)
    n = np.minimum(both["n"], both["n_before"])
    flag = np.where(both["flag"] != "", both["flag"], both["flag_before"])
    words = verdicts(change, change - Z95 * spread, change + Z95 * spread, params.judgements.meaningful, n)
    return both[key].assign(
        exam=exam.id,
        past=exam.previous,
        before=both["value_before"],
        value=change,
        lo=change - Z95 * spread,
        hi=change + Z95 * spread,
        expected=(slope - 1) * both["value_before"],
        verdict=np.where(np.isin(flag, (Flag.hidden, Flag.too_few_schools)), "none", words),
        flag=flag,
    )


def _persistence(pair: Frame) -> float:
    """Slope of the later value on the earlier over units; NaN below five units."""
    known = pair.dropna()
    if len(known) < 5 or known["value_before"].std() == 0:
        return float("nan")
    return float(np.cov(known["value"], known["value_before"])[0, 1] / known["value_before"].var())
