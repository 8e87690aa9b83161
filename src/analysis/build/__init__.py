"""Warehouse → results: every table of one exam, all units at once. Assembles; the mathematics is below."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis import warehouse
from analysis.build.achievement import achievement_tables
from analysis.build.cohort import cohort
from analysis.build.cohorts import series, with_cohorts
from analysis.build.growth import growth_table, percentiles
from analysis.build.hide import hidden_tables
from analysis.build.history import changes_table, trends_table
from analysis.build.judging import evidence, judged_tables, tracking_table
from analysis.build.places import benchmark_table, issues_table, sector_rows
from analysis.build.progress import bands_table, fit_all, fits_table, gaps_table, value_added_table
from analysis.build.trust import doubted, panel_table, panels, slope_table, trust_table
from analysis.build.units import units_table
from analysis.errors import PolicyError
from analysis.judgement.lists import lists_table
from analysis.judgement.policy import lists_off, policy_table, stopped
from analysis.measures.bands import distributions_table
from analysis.params import Exam
from analysis.settings import Settings, data_file, rule_set
from analysis.tables import RESULTS, TABLES

Frame = pd.DataFrame
Tables = Mapping[str, Frame]


def chain(settings: Settings, exam_id: str) -> list[Exam]:
    """The exam and its comparable exams of earlier cohorts, oldest first: the order to build in."""
    return settings.chain(exam_id)


def policy(settings: Settings, exam: Exam) -> Frame:
    """What the rules of the exam's day say.

    Raises
    ------
    PolicyError
        A rule stops the exam, and no authority is named.
    """
    params = settings.params
    open_by = params.policy_open_reason or "open" if params.policy == "open" else ""
    made = policy_table(exam, params.exams, rule_set(settings, exam), open_by)
    if barred := stopped(made):
        raise PolicyError(
            f"{exam.id} ({exam.title}) may not be held under the rules of {exam.date}: {', '.join(barred)}.",
            "If a document allows it, name issuer, document, date and scope under `authority:` of the exam.",
        )
    return made


def build(
    settings: Settings,
    exam_id: str,
    tables: Tables,
    earlier: Sequence[tuple[Exam, Tables]] = (),
    reported: bool = True,
) -> dict[str, Frame]:
    """All results tables of one exam.

    Parameters
    ----------
    tables : the warehouse's tables
    earlier : comparable exams of earlier cohorts with their results, oldest first (`chain` gives the order)
    reported : False for an exam that only serves as another's past: what no trend and no follow-up reads
        (panel of models, null run, growth percentiles) is left out

    Returns
    -------
    dict
        Table name → validated frame; tables without rows are there, empty.
    """
    params, exam = settings.params, settings.exam(exam_id)
    rules = policy(settings, exam)
    pupils = cohort(params, exam, tables)
    made: dict[str, Frame] = {"policy": rules, "units": units_table(params, pupils)}
    made |= achievement_tables(params, pupils, tables)
    fits, reasons = fit_all(params, pupils)
    growth = percentiles(pupils) if reported and params.model.growth_percentiles else None
    panel = panels(pupils, fits, growth) if reported else {}
    added = value_added_table(params, pupils, fits)
    made["value_added"] = doubted(params, added, made["participation"], fits, panel) if len(added) else added
    made["value_added_bands"] = bands_table(params, pupils, fits)
    slopes = slope_table(params, pupils, fits) if reported else pd.DataFrame()
    made["panel"] = pd.concat([panel_table(pupils, panel), slopes], ignore_index=True)
    made["gap"] = gaps_table(pupils, fits)
    made["fits"] = fits_table(pupils, fits, reasons)
    made["equity"] = pd.concat([made["equity"], sector_rows(exam, made["value_added"])], ignore_index=True)
    made["distributions"] = distributions_table(pupils.data, exam.id, growth)
    if growth is not None:
        made["growth"] = growth_table(pupils, growth)
    made["issues_summary"] = issues_table(exam, tables["data_issues"])
    made["benchmark"] = benchmark_table(params, exam)
    whole = complete(made)
    lasting = (
        series(params, [results["value_added"] for _, results in earlier] + [whole["value_added"]])
        if fits
        else []
    )
    if lasting:
        whole |= complete({"value_added": with_cohorts(params, whole["value_added"], lasting)}, whole)
    whole |= complete(
        {
            "trends": trends_table(exam, whole, earlier),
            "changes": changes_table(params, exam, whole, earlier),
        },
        whole,
    )
    found = evidence(params, exam, whole, fits, lasting)
    judged = judged_tables(params, exam, whole, found, data_file(settings.home, "measures.yaml"))
    judged["judgements"] = judged["judgements"].query(
        "judgement not in @off", local_dict={"off": lists_off(rules)}
    )
    judged["tracking"] = tracking_table(exam, whole, earlier[-1][1] if earlier else None, lasting)
    known = complete(judged, whole)
    shown = hidden_tables(params, known)
    if reported:
        lists = lists_table(shown["judgements"], exam.id)
        shown["trust"] = trust_table(params, pupils, fits, whole["panel"], lasting, lists)
    return complete(shown, known)


def complete(made: Mapping[str, Frame], whole: Mapping[str, Frame] | None = None) -> dict[str, Frame]:
    """Every results table, validated: from `made`, else from `whole` (validated before), else empty."""
    known = whole or {}
    return {name: _checked(name, made.get(name), known.get(name)) for name in RESULTS}


def _checked(name: str, made: Frame | None, known: Frame | None) -> Frame:
    if made is None or made is known:
        return warehouse.empty(name) if known is None else known
    return warehouse.conform(name, made[TABLES[name].names]) if len(made) else warehouse.empty(name)
