"""Warehouse → results: every table of one exam, all units at once. Assembles; the mathematics is below."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import warehouse
from analysis.build.achievement import achievement_tables
from analysis.build.cohort import Cohort, cohort
from analysis.build.cohorts import series, with_cohorts
from analysis.build.hide import hidden_tables, without_hidden
from analysis.build.history import changes_table, trends_table
from analysis.build.judging import evidence, growth_points, judged_tables, tracking_table
from analysis.build.paper import PaperResults, paper_results
from analysis.build.places import benchmark_table, issues_table, sector_rows, share_rows
from analysis.build.trust import tipping, trust_table
from analysis.build.units import units_table
from analysis.build.wanted import kept, make, wanted
from analysis.errors import PolicyError
from analysis.judgement.lists import lists_table
from analysis.judgement.policy import lists_off, policy_table, stopped
from analysis.measures.arrays import Floats
from analysis.measures.bands import distributions_table
from analysis.params import Exam, Params
from analysis.settings import Settings, data_file, rule_set
from analysis.tables import RESULTS, TABLES
from analysis.terms import TOTAL

Frame = pd.DataFrame
Tables = Mapping[str, Frame]


Spread = Callable[[Callable[[int], Any], int], list[Any]]
"""`[work(0), …, work(count − 1)]`, in whatever processes; what one of them raises is raised."""


def in_turn(work: Callable[[int], Any], count: int) -> list[Any]:
    """All in this process."""
    return [work(task) for task in range(count)]


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
    spread: Spread = in_turn,
) -> dict[str, Frame]:
    """All results tables of one exam.

    Parameters
    ----------
    tables : the warehouse's tables
    earlier : comparable exams of earlier cohorts with their results, oldest first (`Settings.chain` gives the order)
    reported : False for an exam that only serves as another's past: only what later exams read of it (`wanted.LATER`)
        is there, and only what that rests on is worked out
    spread : does what is independent, papers above all; the results are the same whoever does it

    Returns
    -------
    dict
        Table name → validated frame; tables without rows are there, empty.
    """
    params, exam = settings.params, settings.exam(exam_id)
    rules, measures = policy(settings, exam), data_file(settings.home, "measures.yaml")
    names = wanted(reported, measures)
    pupils = cohort(params, exam, tables)
    figures, papers = _figures(params, pupils, tables, names, spread)
    whole = complete({"policy": rules} | figures)
    lasting = []
    if any(one.fitted for one in papers):
        lasting = series(params, [*(results["value_added"] for _, results in earlier), whole["value_added"]])
        whole |= complete({"value_added": with_cohorts(params, whole["value_added"], lasting)}, whole)
    past = {
        "trends": lambda: trends_table(exam, whole, earlier),
        "changes": lambda: changes_table(params, exam, whole, earlier),
    }
    whole |= complete(make(names, past), whole)
    known = {name: whole[name] for name in kept(reported)}

    def judged() -> dict[str, Frame]:
        found = evidence(params, exam, whole, papers, lasting)
        made = judged_tables(params, exam, whole, found, measures)
        barred = made["judgements"]["judgement"].isin(lists_off(rules))
        before = earlier[-1][1] if earlier else None
        after = {
            "growth_points": lambda: growth_points(exam, whole),
            "tracking": lambda: tracking_table(exam, whole, before, lasting),
        }
        return made | {"judgements": made["judgements"][~barred]} | make(names, after)

    tasks: list[Callable[[], Any]] = [
        lambda: hidden_tables(params, known),
        judged,
    ]  # neither waits for the other
    (shown, gone), lists = spread(lambda task: tasks[task](), len(tasks))
    known |= {name: _checked(name, rows, None) for name, rows in lists.items()}
    shown |= {name: without_hidden(known[name], gone) for name in lists}
    if reported:
        wrong = lists_table(shown["judgements"], exam.id)
        null = [row for one in papers for row in one.null]
        shown["trust"] = trust_table(params, exam.id, null, whole["panel"], lasting, wrong)
    return complete(shown, known)


def _figures(
    params: Params, pupils: Cohort, tables: Tables, names: frozenset[str], spread: Spread
) -> tuple[dict[str, Frame], list[PaperResults]]:
    """Of the tables that tell of this exam alone and judge nothing those of these names, and every paper's results."""
    exam = pupils.exam
    achieved, papers = _spread_out(params, pupils, tables, names, spread)
    made = {"units": units_table(params, pupils)} | achieved | _joined(exam.id, papers)
    if len(made["value_added"]):
        missing = tipping(params, made["value_added"], made["participation"])
        made["value_added"] = made["value_added"].assign(tipping=missing)
    beside = {
        "equity": lambda: pd.concat(
            [
                achieved["equity"],
                share_rows(exam, made["fits"]),
                sector_rows(exam, made["value_added"]),
            ],
            ignore_index=True,
        ),
        "distributions": lambda: distributions_table(pupils.data, exam.id, _growth(pupils, papers)),
        "issues_summary": lambda: issues_table(exam, tables["data_issues"]),
        "benchmark": lambda: benchmark_table(params, exam),
    }
    return made | make(names, beside), papers


def _spread_out(
    params: Params, pupils: Cohort, tables: Tables, names: frozenset[str], spread: Spread
) -> tuple[dict[str, Frame], list[PaperResults]]:
    """Of the tables that need no model those of these names, and every paper's results in the order of the exam."""
    order = sorted(pupils.subjects, key=lambda subject: subject != TOTAL)  # the longest task goes first

    def work(task: int) -> Any:
        if task == 0:
            return achievement_tables(params, pupils, tables, names)
        return paper_results(params, pupils, order[task - 1], names)

    achieved, *papers = spread(work, len(order) + 1)
    return achieved, sorted(papers, key=lambda one: pupils.subjects.index(one.subject))


def _joined(exam_id: str, papers: Sequence[PaperResults]) -> dict[str, Frame]:
    """The papers' rows below one another: those that were fitted, then those that were not."""
    ordered = sorted(papers, key=lambda one: not one.fitted)
    tables: dict[str, tuple[str, ...]] = {
        "value_added": ("value_added", "places"),
        "panel": ("panel", "slopes"),
    }
    tables |= {name: (name,) for name in ("value_added_bands", "gap", "fits", "growth")}
    return {
        table: _below([rows for part in parts for one in ordered for rows in one.rows.get(part, [])], exam_id)
        for table, parts in tables.items()
    }


def _below(parts: Sequence[Frame], exam_id: str) -> Frame:
    filled = [rows for rows in parts if len(rows)]
    return pd.concat(filled, ignore_index=True).assign(exam=exam_id) if filled else pd.DataFrame()


def _growth(pupils: Cohort, papers: Sequence[PaperResults]) -> Floats | None:
    """Growth percentiles (m, k) of all papers; None where there are none at all."""
    if all(one.growth is None for one in papers):
        return None
    none = np.full(len(pupils.frame), np.nan)
    return np.column_stack([none if one.growth is None else one.growth for one in papers])


def complete(made: Mapping[str, Frame], whole: Mapping[str, Frame] | None = None) -> dict[str, Frame]:
    """Every results table, validated: from `made`, else from `whole` (validated before), else empty."""
    known = whole or {}
    return {name: _checked(name, made.get(name), known.get(name)) for name in RESULTS}


def _checked(name: str, made: Frame | None, known: Frame | None) -> Frame:
    if made is None or made is known:
        return warehouse.empty(name) if known is None else known
    return warehouse.conform(name, made[TABLES[name].names]) if len(made) else warehouse.empty(name)
