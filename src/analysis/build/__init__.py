"""Warehouse → results: every table of one exam, all units at once. Assembles; the mathematics is below."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis import warehouse
from analysis.build.achievement import achievement_tables
from analysis.build.cohort import cohort
from analysis.build.growth import growth_table, percentiles
from analysis.build.history import changes_table, trends_table
from analysis.build.progress import bands_table, fit_all, fits_table, gaps_table, value_added_table
from analysis.build.units import units_table
from analysis.measures.bands import distributions_table
from analysis.params import Exam
from analysis.settings import Settings
from analysis.tables import RESULTS, TABLES

Frame = pd.DataFrame
Tables = Mapping[str, Frame]


def chain(settings: Settings, exam_id: str) -> list[Exam]:
    """The exam and its comparable exams of earlier cohorts, oldest first: the order to build in."""
    found: list[Exam] = []
    exam: Exam | None = settings.exam(exam_id)
    while exam is not None and exam not in found:
        found.append(exam)
        exam = settings.exam(exam.previous) if exam.previous else None
    return [exam for exam in reversed(found) if exam.sheets]


def build(
    settings: Settings, exam_id: str, tables: Tables, earlier: Sequence[tuple[Exam, Tables]] = ()
) -> dict[str, Frame]:
    """All results tables of one exam.

    Parameters
    ----------
    tables : the warehouse's tables
    earlier : comparable exams of earlier cohorts with their results (`chain` gives their order)

    Returns
    -------
    dict
        Table name → validated frame; tables without rows are there, empty.
    """
    params, exam = settings.params, settings.exam(exam_id)
    pupils = cohort(params, exam, tables)
    made: dict[str, Frame] = {
        "units": units_table(params, pupils),
        **achievement_tables(params, pupils, tables),
    }
    fits, reasons = fit_all(params, pupils)
    made["value_added"] = value_added_table(params, pupils, fits)
    made["value_added_bands"] = bands_table(params, pupils, fits)
    made["gap"] = gaps_table(pupils, fits)
    made["fits"] = fits_table(pupils, fits, reasons)
    growth = percentiles(pupils) if params.model.growth_percentiles else None
    made["distributions"] = distributions_table(pupils.data, exam.id, growth)
    if growth is not None:
        made["growth"] = growth_table(pupils, growth)
    whole = complete(made)
    whole["trends"] = trends_table(exam, whole, earlier)
    whole["changes"] = changes_table(params, exam, whole, earlier)
    return complete(whole)


def complete(made: Mapping[str, Frame]) -> dict[str, Frame]:
    """Every results table, validated; those without rows in their empty form."""
    return {
        name: warehouse.conform(name, made[name][TABLES[name].names])
        if name in made and len(made[name])
        else warehouse.empty(name)
        for name in RESULTS
    }
