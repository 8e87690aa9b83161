"""What was achieved, by whom: the tables that need marks only, no model."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.build.cohort import Cohort
from analysis.build.itemdata import item_data
from analysis.build.positions import among
from analysis.build.reliability import assumed
from analysis.build.wanted import make
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


def achievement_tables(
    params: Params, cohort: Cohort, tables: Tables, names: Collection[str]
) -> dict[str, Frame]:
    """Of participation, indicators, distributions, lines, items, paper quality and equity those of these names."""
    data, exam = cohort.data, cohort.exam
    marked = {item.subject: item for item in _of_those_who_sat(cohort, tables)}
    known = {s: assumed(params.model, s).value for s in cohort.subjects}
    summed = {s: p.in_total for s, p in exam.papers.items()}
    makers: dict[str, Callable[[], Frame]] = {
        "participation": lambda: participation.participation_table(
            data, exam.id, params.privacy.hidden_below
        ),
        "outflow": lambda: outflow(cohort, tables),
        "indicators": lambda: indicator_table(data, exam.id, verdicts, params.composites, rules(params)),
        "papers_quality": lambda: papers.papers_quality_table(data, exam.id, marked, known, summed),
        "equity": lambda: equity.equity_table(data, exam.id, params.model.seed),
        "item_quality": lambda: items.item_quality_table(data, exam.id, list(marked.values())),
        "topics": lambda: items.topics_table(data, exam.id, list(marked.values())),
    }
    if TOTAL in cohort.subjects:
        makers |= {
            "transitions": lambda: bands.transitions_table(data, exam.id),
            "lines": lambda: lines.lines_table(data, exam.id, exam.lines),
            "effective": lambda: lines.effective_table(data, exam.id, exam.lines),
        }
    return make(names, makers)


def _of_those_who_sat(cohort: Cohort, tables: Tables) -> Iterator[ItemData]:
    for item in item_data(cohort.exam, cohort.frame["pupil"], tables):
        if item.subject in cohort.subjects:
            sat = np.isfinite(cohort.data.scores[:, cohort.data.column(item.subject)])
            yield replace(item, marks=np.where(sat[:, None], item.marks, np.nan))


def outflow(cohort: Cohort, tables: Tables) -> Frame:
    """The `outflow` table: pupils of the newest starting exam, by the units where they sat then."""
    if not cohort.exam.baselines:
        return pd.DataFrame()
    baseline = cohort.exam.baselines[0]
    stood = cohort.stood(baseline)
    enrolled = tables["enrolments"]
    then = enrolled[enrolled["exam"] == baseline].set_index("pupil").reindex(stood.pupils)
    school = then["school"].fillna("").to_numpy(object)
    classes = (then["school"] + "/" + then["class"]).fillna("").to_numpy(object)
    kept = school != ""
    sat = cohort.frame["pupil"][np.asarray(np.isfinite(cohort.data.scores).any(axis=1))]
    came = among(stood.pupils, sat)
    levels = (
        Grouping(Level.city, ("city",), np.zeros(int(kept.sum()), np.int64)),
        grouping(Level.school, list(school[kept])),
    )
    class_codes = pd.factorize(classes[kept])[0].astype(np.int64)
    return participation.outflow_table(cohort.exam.id, stood.total[kept], came[kept], class_codes, levels)
