"""Measures: what an exam says, in numbers with their uncertainty. Pure functions of arrays.

`INDICATORS` is the table of indicators in the order in which they are shown; a new one is a function and a row
(and a line of words per language, and a spec example).
"""

from collections.abc import Sequence

import pandas as pd

from analysis.measures import achievement as a
from analysis.measures import starting_point as s
from analysis.measures.exam import ExamData
from analysis.measures.table import Indicator, Judge, Rules, tabulate
from analysis.params import Composite


def indicator_table(
    exam: ExamData,
    exam_id: str,
    judge: Judge,
    composites: Sequence[Composite] = (),
    rules: Rules | None = None,
) -> pd.DataFrame:
    """All INDICATORS and composites of every unit, level and subject: the `indicators` results table.

    judge is `judgement.verdict.verdicts`; composites appear under their own keys.
    """
    return tabulate(exam, exam_id, INDICATORS, composites, judge, rules or Rules())


INDICATORS: dict[str, Indicator] = {
    "start": Indicator(s.start, "sd", "up", needs_baseline=True, ranked=True),
    "unmatched_difference": Indicator(s.unmatched_difference, "sd", "none", needs_baseline=True),
    "achievement": Indicator(a.achievement, "sd", "up", ranked=True),
    "mean": Indicator(a.mean, "marks", "up"),
    "score_rate": Indicator(a.score_rate, "rate", "up", needs_full_mark=True),
    "excellent_rate": Indicator(a.excellent_rate, "rate", "up", needs_full_mark=True),
    "good_rate": Indicator(a.good_rate, "rate", "up", needs_full_mark=True),
    "pass_rate": Indicator(a.pass_rate, "rate", "up", needs_full_mark=True),
    "low_rate": Indicator(a.low_rate, "rate", "down", needs_full_mark=True),
    "very_low_rate": Indicator(a.very_low_rate, "rate", "down", needs_full_mark=True),
    "over_mean_rate": Indicator(a.over_mean_rate, "rate", "up"),
    "roster_mean": Indicator(a.roster_mean, "marks", "up", needs_roster=True),
    "mean_t": Indicator(a.mean_t, "t", "up"),
    "sd": Indicator(a.sd, "marks", "none"),
    "score_sd_ratio": Indicator(a.score_sd_ratio, "index", "none"),
    "cv": Indicator(a.cv, "rate", "none"),
    "subject_balance": Indicator(a.subject_balance, "sd", "up", "papers"),
    "mean_z": Indicator(a.mean_z, "sd", "up", "all"),
    "all_pass_rate": Indicator(a.all_pass_rate, "rate", "up", "all", needs_full_mark=True),
    "all_excellent_rate": Indicator(a.all_excellent_rate, "rate", "up", "all", needs_full_mark=True),
    "pupil_imbalance": Indicator(a.pupil_imbalance, "sd", "none", "all"),
}
