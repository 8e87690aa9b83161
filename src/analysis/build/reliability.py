"""How reliable the starting scores are: by what the papers themselves show, before anything is assumed.

    items    ρ = α of the baseline paper's item marks; of a total all of whose papers have items
             ρ = 1 − Σ_k s²_k (1 − α_k)/s²_total
    papers   ρ = median of r_ij r_jk/r_ik over triples of three or more earlier papers of the subject, in time order
    assumed  the settings' number

Source: docs/methods.md §4; the formulas: measures/items.py and models/prior_error.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.build.itemdata import item_data
from analysis.build.positions import Standings, Stood, among, wide
from analysis.errors import ModelError
from analysis.measures.items import reliability, stratified_alpha
from analysis.models.prior_error import reliability_from_papers
from analysis.params import Exam, ModelSettings, Params
from analysis.terms import TOTAL

Frame = pd.DataFrame
Tables = Mapping[str, Frame]

LEAST_COMMON = 200
"""Pupils that two papers must share for their correlation to count."""
PAPERS = 3


@dataclass(frozen=True)
class Reliability:
    """ρ of one starting score, and where it is known from."""

    value: float
    source: Literal["items", "papers", "assumed"]


def of_priors(
    params: Params, tables: Tables, stood: Standings, pupils: pd.Series, origins: Mapping[str, str]
) -> dict[str, Reliability]:
    """Reliability of every starting score.

    Parameters
    ----------
    stood : id of an exam → where its pupils stood
    pupils : of the exam that is judged
    origins : prior subject, or total, → id of the exam that it was written in
    """
    found: dict[str, Reliability] = {}
    for baseline in dict.fromkeys(origins.values()):
        exam = next(one for one in params.exams if one.id == baseline)
        subjects = [subject for subject, origin in origins.items() if origin == baseline]
        shown = dict(_of_items(exam, tables))
        for subject in subjects:
            if subject in shown:
                found[subject] = Reliability(shown[subject], "items")
        missing = [subject for subject in subjects if subject not in found]
        held = _before(params, tables, exam, pupils)
        found |= dict(_of_papers(held, held.get(baseline), lambda one: _columns(stood(one), pupils), missing))
        if len(exam.papers) == 1 and TOTAL in subjects:  # its total is that paper
            paper = next(iter(exam.papers))
            found[TOTAL] = found.get(paper) or assumed(params.model, paper)
    return {subject: found.get(subject) or assumed(params.model, subject) for subject in origins}


def assumed(model: ModelSettings, subject: str) -> Reliability:
    """What the settings assume of a paper, or of a total."""
    value = model.reliability_total if subject == TOTAL else model.reliability_paper
    return Reliability(value, "assumed")


def _of_items(exam: Exam, tables: Tables) -> Iterator[tuple[str, float]]:
    """Papers of an exam with α, and its total where every paper in it has one."""
    scores = tables["scores"][tables["scores"]["exam"] == exam.id]
    pupils = scores["pupil"].drop_duplicates()
    alpha = {item.subject: reliability(item)[0] for item in item_data(exam, pupils, tables)}
    alpha = {subject: value for subject, value in alpha.items() if 0 < value <= 1}
    yield from alpha.items()
    summed = [subject for subject, paper in exam.papers.items() if paper.in_total]
    if alpha and set(summed) <= set(alpha):
        marks, _ = wide(scores, pupils, [*summed, TOTAL])
        whole = marks[np.isfinite(marks).all(axis=1)]
        if len(whole) > 1:
            total = stratified_alpha(np.array([alpha[s] for s in summed]), whole[:, :-1], whole[:, -1])
            if 0 < total <= 1:  # not where the total does not vary
                yield TOTAL, total


def _before(params: Params, tables: Tables, baseline: Exam, pupils: pd.Series) -> dict[str, list[str]]:
    """Exams up to the baseline that enough of these pupils are listed in, in time order → their subjects."""
    enrolled = tables["enrolments"]
    common = enrolled.loc[among(enrolled["pupil"], pupils), "exam"].value_counts()
    held = {exam: list(rows) for exam, rows in tables["papers"].groupby("exam", sort=False)["subject"]}
    exams = sorted(params.exams, key=lambda one: (one.date, one.id))
    return {
        one.id: held[one.id]
        for one in exams
        if one.id in held and one.date <= baseline.date and common.get(one.id, 0) >= LEAST_COMMON
    }


def _of_papers(
    held: Mapping[str, list[str]],
    papers: list[str] | None,
    stood: Callable[[str], Mapping[str, pd.Series]],
    subjects: list[str],
) -> Iterator[tuple[str, Reliability]]:
    """What three or more papers say of one another: those of a subject, and totals of the same papers.

    held : exam → its subjects, in time order; papers : those of the baseline
    stood : exam → subject, or total, → positions (m,) of the pupils
    """
    for subject in subjects:
        exams = [
            exam for exam, own in held.items() if (subject in own if subject != TOTAL else own == papers)
        ]
        if len(exams) < PAPERS:
            continue
        columns = [stood(exam)[subject] for exam in exams if subject in stood(exam)]
        columns = [column for column in columns if column.notna().sum() >= LEAST_COMMON]
        if len(columns) < PAPERS:
            continue
        correlations = pd.concat(columns, axis=1, keys=range(len(columns))).corr(min_periods=LEAST_COMMON)
        try:
            yield subject, Reliability(reliability_from_papers(correlations), "papers")
        except ModelError:
            continue  # what the papers say fits no reliability: the assumed one stands, and is printed as assumed


def _columns(stood: Stood, pupils: pd.Series) -> dict[str, pd.Series]:
    """Positions of these pupils (m,) by subject and total."""
    return {subject: pd.Series(z) for subject, z in zip(stood.subjects, stood.of(pupils).T, strict=True)}
