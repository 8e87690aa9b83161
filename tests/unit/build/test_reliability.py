"""The starting scores' reliability comes from items, else from three earlier papers, else it is assumed and says so."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analysis.build.cohort import cohort
from analysis.build.fitting import fit
from analysis.build.positions import standings
from analysis.build.reliability import Reliability, of_priors
from analysis.measures.items import cronbach_alpha
from analysis.terms import TOTAL

N = 4000
RHO = 0.8


def calendar(built, n, subjects=("math",)):
    """The settings with n exams of these papers, a year apart."""
    paper = built.settings.exam(built.exam).papers["math"].model_copy(update={"choice_items": ()})
    papers = dict.fromkeys(subjects, paper)
    exams = tuple(
        built.settings.exam(built.exam).model_copy(
            update={"id": f"e{i}", "date": date(2020 + i, 6, 1), "papers": papers}
        )
        for i in range(n)
    )
    return built.settings.params.model_copy(update={"exams": exams})


def papers_of(marks):
    """Warehouse tables of exams e0, e1, … from marks (N, n)."""
    pupils = [f"p{i}" for i in range(len(marks))]
    scores = [
        pd.DataFrame({"exam": f"e{i}", "pupil": pupils, "subject": s, "score": column, "state": "ok"})
        for i, column in enumerate(marks.T)
        for s in ("math", TOTAL)
    ]
    none = pd.DataFrame(columns=["exam", "subject", "pupil", "item", "mark", "blank", "order", "full_mark"])
    held = pd.DataFrame({"exam": [f"e{i}" for i in range(marks.shape[1])], "subject": "math"})
    enrolled = pd.concat([pd.DataFrame({"exam": exam, "pupil": pupils}) for exam in held["exam"]])
    tables = {"scores": pd.concat(scores), "papers": held, "enrolments": enrolled}
    return tables | {"items": none, "item_table": none}, pd.Series(pupils)


def of_all(params, tables, pupils, origins):
    return of_priors(params, tables, standings(params, tables), pupils, origins)


def items_of(exam, subject, pupils, items):
    """Item marks (n, 4) of a paper as rows of the tables items and item_table."""
    rows = [
        pd.DataFrame(
            {"exam": exam, "subject": subject, "pupil": pupils, "item": str(i), "mark": mark, "blank": False}
        )
        for i, mark in enumerate(items.T)
    ]
    table = {"exam": exam, "subject": subject, "item": list("0123"), "order": range(4), "full_mark": 10.0}
    return pd.concat(rows), pd.DataFrame(table)


def ability(n):
    """True scores (N, n) that change from exam to exam, and papers of reliability RHO on them."""
    rng = np.random.default_rng(5)
    true = [rng.standard_normal(N)]
    for _ in range(n - 1):
        true.append(0.9 * true[-1] + np.sqrt(1 - 0.81) * rng.standard_normal(N))
    return np.sqrt(RHO) * np.column_stack(true) + np.sqrt(1 - RHO) * rng.standard_normal((N, n))


def test_three_earlier_papers_tell_it_however_much_pupils_change(built):
    tables, pupils = papers_of(ability(3))
    found = of_all(calendar(built, 3), tables, pupils, {"math": "e2", TOTAL: "e2"})
    assert found["math"].source == found[TOTAL].source == "papers"
    assert found["math"].value == pytest.approx(RHO, abs=0.03)


def test_papers_after_the_baseline_and_pupils_of_other_cohorts_tell_nothing(built):
    tables, pupils = papers_of(ability(3))
    assumed = Reliability(built.settings.params.model.reliability_paper, "assumed")
    found = of_all(calendar(built, 3), tables, pupils, {"math": "e1", TOTAL: "e1"})
    assert found == {"math": assumed, TOTAL: assumed}  # the total of one paper is that paper
    assert of_all(calendar(built, 3), tables, pupils[:150], {"math": "e2"})["math"] == assumed


def test_papers_that_no_reliability_explains_leave_it_assumed(built):
    noise = np.random.default_rng(6).standard_normal((N, 3))
    noise[:, 0] += noise[:, 1]
    noise[:, 2] += noise[:, 1] - 0.9 * noise[:, 0]  # the outer two hardly agree: ρ would exceed 1
    tables, pupils = papers_of(noise)
    assert of_all(calendar(built, 3), tables, pupils, {"math": "e2"})["math"].source == "assumed"


def test_item_marks_come_before_everything_and_make_the_totals(built):
    """α of four items by hand; the total of one paper has that paper's reliability."""
    tables, pupils = papers_of(ability(3))
    rng = np.random.default_rng(7)
    items = rng.standard_normal((N, 1)) + rng.standard_normal((N, 4))
    rows, table = items_of("e2", "math", pupils, items)
    scores = tables["scores"].set_index(["exam", "subject"])
    for subject in ("math", TOTAL):
        scores.loc[("e2", subject), "score"] = items.sum(axis=1)
    tables |= {"items": rows, "item_table": table, "scores": scores.reset_index()}
    found = of_all(calendar(built, 3), tables, pupils, {"math": "e2", TOTAL: "e2"})
    expected = 4 / 3 * (1 - items.var(axis=0, ddof=1).sum() / items.sum(axis=1).var(ddof=1))
    assert expected == pytest.approx(cronbach_alpha(items)) == pytest.approx(0.8, abs=0.02)
    assert found["math"] == Reliability(pytest.approx(expected), "items")
    assert found[TOTAL] == Reliability(pytest.approx(expected), "items")


def test_a_total_that_does_not_vary_has_no_reliability_though_its_papers_have(built):
    """Whoever loses marks in one paper has them in the other: nobody's total differs."""
    rng = np.random.default_rng(8)
    math = rng.standard_normal((300, 1)) + rng.standard_normal((300, 4))
    marks = {"math": math, "chinese": 5 - math}
    pupils = pd.Series([f"p{i}" for i in range(300)])
    made = [items_of("e0", subject, pupils, items) for subject, items in marks.items()]
    scores = {subject: items.sum(axis=1) for subject, items in marks.items()} | {TOTAL: 20.0}
    none, _ = papers_of(np.empty((0, 1)))
    tables = none | {
        "items": pd.concat([rows for rows, _ in made]),
        "item_table": pd.concat([table for _, table in made]),
        "scores": pd.concat(
            [
                pd.DataFrame({"exam": "e0", "pupil": pupils, "subject": s, "score": x, "state": "ok"})
                for s, x in scores.items()
            ]
        ),
    }
    params = calendar(built, 1, tuple(marks))
    found = of_all(params, tables, pupils, dict.fromkeys(scores, "e0"))
    assert found["math"] == Reliability(pytest.approx(cronbach_alpha(math)), "items")
    assert found["chinese"].source == "items"
    assert found[TOTAL] == Reliability(params.model.reliability_total, "assumed")


def test_the_model_corrects_by_it(built):
    """A start that is said to be less reliable is corrected more: the slope on it is steeper."""
    exam, params = built.settings.exam(built.exam), built.settings.params
    pupils = cohort(params, exam, built.tables)
    assert {one.source for one in pupils.reliability.values()} == {"assumed"}
    low = {s: Reliability(0.8, "papers") for s in pupils.reliability}
    straight = params.model_copy(
        update={"model": params.model.model_copy(update={"spline": False, "other_subjects": False})}
    )
    slope = {}
    for name, known in (("assumed", pupils.reliability), ("low", low)):
        object.__setattr__(pupils, "reliability", known)
        model = fit(straight, pupils, "math").progress.core.fit
        slope[name] = model.beta[model.names.index("prior")]
    assert slope["low"] > 1.02 * slope["assumed"]
