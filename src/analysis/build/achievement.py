"""What was achieved, by whom: the tables that need marks only, no model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.build.itemdata import item_data
from analysis.build.positions import baseline_start
from analysis.judgement.verdict import verdicts
from analysis.measures import bands, equity, indicator_table, items, lines, papers, participation
from analysis.measures.exam import Grouping, grouping
from analysis.measures.items import ItemData
from analysis.measures.table import Rules
from analysis.params import Params
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame
Tables = Mapping[str, Frame]


def rules(params: Params) -> Rules:
    """What turns figures into verdicts."""
    privacy = params.privacy
    return Rules(params.judgements.meaningful, privacy.hidden_below, privacy.note_below, params.model.seed)


def achievement_tables(params: Params, cohort: Cohort, tables: Tables) -> dict[str, Frame]:
    """Participation, indicators, distributions, lines, items, paper quality and equity."""
    data, exam = cohort.data, cohort.exam
    marked = {item.subject: item for item in _of_those_who_sat(cohort, tables)}
    assumed = dict.fromkeys(cohort.subjects, params.model.reliability_paper) | {
        TOTAL: params.model.reliability_total
    }
    summed = {s: p.in_total for s, p in exam.papers.items()}
    made = {
        "participation": participation.participation_table(data, exam.id, params.privacy.hidden_below),
        "outflow": outflow(params, cohort, tables),
        "indicators": indicator_table(data, exam.id, verdicts, params.composites, rules(params)),
        "papers_quality": papers.papers_quality_table(data, exam.id, marked, assumed, summed),
        "equity": equity.equity_table(data, exam.id, params.model.seed),
        "item_quality": items.item_quality_table(data, exam.id, list(marked.values())),
        "topics": items.topics_table(data, exam.id, list(marked.values())),
    }
    if TOTAL in cohort.subjects:
        made["transitions"] = bands.transitions_table(data, exam.id)
        made["lines"] = lines.lines_table(data, exam.id, exam.lines)
        made["effective"] = lines.effective_table(data, exam.id, exam.lines)
    return made


def _of_those_who_sat(cohort: Cohort, tables: Tables) -> Iterator[ItemData]:
    for item in item_data(cohort.exam, cohort.frame["pupil"], tables):
        if item.subject in cohort.subjects:
            sat = np.isfinite(cohort.data.scores[:, cohort.data.column(item.subject)])
            yield replace(item, marks=np.where(sat[:, None], item.marks, np.nan))


def outflow(params: Params, cohort: Cohort, tables: Tables) -> Frame:
    """The `outflow` table: pupils of the newest starting exam, by the units where they sat then."""
    if not cohort.exam.baselines:
        return pd.DataFrame()
    baseline = cohort.exam.baselines[0]
    pupils, start = baseline_start(params, tables, baseline)
    enrolled = tables["enrolments"]
    then = enrolled[enrolled["exam"] == baseline].set_index("pupil").reindex(pupils)
    school = then["school"].fillna("").to_numpy(object)
    classes = (then["school"] + "/" + then["class"]).fillna("").to_numpy(object)
    kept = school != ""
    sat = cohort.frame["pupil"][np.asarray(np.isfinite(cohort.data.scores).any(axis=1))]
    came = pupils.isin(sat).to_numpy()
    levels = (
        Grouping(Level.city, ("city",), np.zeros(int(kept.sum()), np.int64)),
        grouping(Level.school, list(school[kept])),
    )
    class_codes = pd.factorize(classes[kept])[0].astype(np.int64)
    return participation.outflow_table(cohort.exam.id, start[kept], came[kept], class_codes, levels)
