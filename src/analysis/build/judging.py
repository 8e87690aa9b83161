"""Judgements, recommendations, growth points and follow-up: from results to what should be done."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.build.cohorts import Series, persistence, pooled_table, steps_table
from analysis.build.paper import PaperResults
from analysis.judgement.advice import advice_table, for_grade, next_comparable
from analysis.judgement.evidence import AWARDS, POOLED, Evidence
from analysis.judgement.lists import judge
from analysis.judgement.tracking import tracking_rows, unaided
from analysis.measures.growth_points import Evidence as GrowthEvidence
from analysis.measures.growth_points import growth_points_table
from analysis.params import Exam, Params
from analysis.tables import TABLES
from analysis.terms import TOTAL, Flag, Level

Frame = pd.DataFrame
Results = Mapping[str, Frame]

NOT_ACCOUNTABLE = ("entrance", "gaokao")
YEAR = 366
"""Days; an older baseline describes classes and teachers since entry and judges none (docs/methods.md §4)."""
PROGRESS_AGAIN = ("subject_value_added", "school_value_added", "value_added_change")
"""Re-check indicators that are an effect of the school: these can be looked up again."""


def evidence(
    params: Params, exam: Exam, results: Results, fitted: Sequence[PaperResults], series: Sequence[Series]
) -> Evidence:
    """What the rules read."""
    papers = results["papers_quality"]
    return Evidence(
        results,
        params.judgements,
        _pooled(params, exam, results["value_added"], fitted, series),
        steps_table(params.judgements, series),
        _awards(fitted),
        frozenset(papers.loc[papers["capped"], "subject"]),
        exam.kind not in NOT_ACCOUNTABLE,
    )


def _pooled(
    params: Params, exam: Exam, added: Frame, fitted: Sequence[PaperResults], series: Sequence[Series]
) -> Frame:
    """Schools over cohorts, and the teachers of this exam where its baseline is young enough to judge them by."""
    schools = pooled_table(params.judgements, series)
    dates = {one.id: one.date for one in params.exams}
    old = not exam.baselines or (exam.date - dates[exam.baselines[0]]).days > YEAR
    rows = added[(added["level"] == Level.teacher) & added["effect"].notna() & (added["flag"] == Flag.ok)]
    if old or rows.empty:
        return schools
    classes = {unit: k for one in fitted for unit, k in one.classes.items()}
    teachers = rows.rename(columns={"effect": "value", "n": "pupils"}).assign(
        cohorts=1, classes=rows["unit"].map(classes).fillna(0)
    )
    return pd.concat([schools, teachers[POOLED]], ignore_index=True) if len(schools) else teachers[POOLED]


def _awards(papers: Sequence[PaperResults]) -> Frame:
    """P(among the first k) of every school and paper; the total rests on all its papers."""
    parts = [one.awards for one in papers if len(one.awards)]
    if not parts:
        return pd.DataFrame(columns=AWARDS)
    made = pd.concat(parts, ignore_index=True)
    fitted = sum(one.fitted for one in papers if one.subject != TOTAL)
    return made.assign(papers=np.where(made["subject"] == TOTAL, fitted, 1))[AWARDS]


def judged_tables(
    params: Params, exam: Exam, results: Results, found: Evidence, measures: Mapping[str, Any]
) -> dict[str, Frame]:
    """The tables judgements and advice."""
    judgements = judge(found, exam.id)
    if len(exam.papers) == 1:  # the total is that paper: one school, one judgement
        judgements = judgements[judgements["subject"].isin([TOTAL, "all"])].reset_index(drop=True)
    same_grade = [(e.id, e.date.isoformat()) for e in params.exams if e.grade == exam.grade]
    again = next_comparable(same_grade, exam.date.isoformat())
    return {
        "judgements": judgements,
        "advice": advice_table(for_grade(measures, exam.grade), found, judgements, exam.id, again),
    }


def growth_points(exam: Exam, results: Results) -> Frame:
    """The `growth_points` table."""
    return growth_points_table(exam.id, _growth_evidence(results))


def _growth_evidence(results: Results) -> GrowthEvidence:
    indicators, fits = results["indicators"], results["fits"]
    start = indicators[(indicators["indicator"] == "start") & (indicators["level"] == Level.school)]
    total = start[start["subject"] == TOTAL].set_index("unit")["value"]
    scale = fits[fits["term"] == "marks_per_sd"].set_index("subject")["value"]
    return GrowthEvidence(
        results["value_added"],
        results["value_added_bands"],
        results["lines"],
        results["topics"],
        total,
        {str(subject): float(value) for subject, value in scale.items()},
    )


def tracking_table(exam: Exam, results: Results, before: Results | None, series: Sequence[Series]) -> Frame:
    """The `tracking` table: last exam's advice, against what would have happened unaided."""
    if before is None or before["advice"].empty:
        return pd.DataFrame()
    advice = before["advice"]
    advice = advice[advice["recheck"].isin(PROGRESS_AGAIN) & (advice["level"] == Level.school)]
    advice = advice.assign(subject=advice["subject"].replace("", TOTAL))
    keys = ["level", "unit", "subject"]
    then = before["value_added"][[*keys, "effect", "se"]].rename(
        columns={"effect": "before", "se": "se_before"}
    )
    now = results["value_added"][[*keys, "effect", "se"]].rename(
        columns={"effect": "after", "se": "se_after"}
    )
    rows = advice.merge(then, on=keys, how="left").merge(now, on=keys, how="left")
    if rows.empty:
        return pd.DataFrame()
    lasting = rows["subject"].map(persistence(series)).astype(float).fillna(0.5).to_numpy()
    rows["se_change"] = np.sqrt(rows["se_before"] ** 2 + rows["se_after"] ** 2)
    rows["expected"] = unaided(rows["before"].to_numpy(float), np.asarray(lasting, np.float64))
    made = tracking_rows(rows).assign(exam=exam.id, past=advice["exam"].iloc[0])
    made["rank"] = made.groupby(["level", "unit"], sort=False).cumcount() + 1
    return made[TABLES["tracking"].names]
