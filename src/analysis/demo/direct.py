"""The demo city as warehouse tables without the way over sheets: for simulations over many seeds.

The same pupils, marks and teachers as in the sheets of the same arguments; left out are what only sheets have
(leavers still listed, remarks, slips of the pen).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from analysis import warehouse
from analysis.demo import city, truth
from analysis.demo.calendar import COHORTS, NAMES, Sitting, sittings
from analysis.demo.effects import SUBJECTS, City
from analysis.demo.items import BLUEPRINTS
from analysis.demo.make import Outcome, draw
from analysis.demo.marks import OK
from analysis.demo.pupils import Cohort, Floats, Ints
from analysis.demo.write import in_order, since
from analysis.tables import WAREHOUSE
from analysis.terms import TOTAL, State

STATES = np.array(
    [State.ok, State.absent, State.cheat, State.deferred, State.exempt, State.unscanned], dtype=object
)
"""States in the order of `marks.WORDS`."""
Tables = dict[str, pd.DataFrame]


def tables(
    seed: int = 1, small: bool = False, null: bool = False, cohorts: Sequence[int] = COHORTS
) -> tuple[Tables, pd.DataFrame]:
    """All warehouse tables of these cohorts, and the truth about their schools (as in `truth/schools.parquet`).

    `small` is the city of `make(small=True)`: its only cohort is the newest.
    """
    schools = city.few_schools() if small else city.junior_schools()
    parts: dict[str, list[pd.DataFrame]] = {}
    known = []
    for year in COHORTS[-1:] if small else cohorts:
        cohort, outcomes, lasting = draw(seed, schools, year, 0.5 if small else 1.0, null)
        for outcome in outcomes:
            for name, frame in _exam(cohort, outcome, lasting).items():
                parts.setdefault(name, []).append(frame)
            if outcome.effects is not None:
                known.append(truth.of_schools(outcome.sitting, cohort, outcome.marks, outcome.effects))
    out = {name: warehouse.empty(name) for name in WAREHOUSE}
    parts["pupils"] = [pd.concat(parts["pupils"]).drop_duplicates("pupil")]
    parts["schools"] = [_schools(schools)]
    out |= {name: warehouse.conform(name, pd.concat(frames)) for name, frames in parts.items()}
    return out, pd.concat(known, ignore_index=True)


def _exam(cohort: Cohort, outcome: Outcome, lasting: City) -> Tables:
    """The tables' rows of one exam; pupils are called by their register number."""
    sitting, marks = outcome.sitting, outcome.marks
    rows = in_order(marks, cohort)
    pupil = np.array(cohort.number, dtype=object)[rows]
    out = {
        "exams": pd.DataFrame([_about(sitting)]),
        "papers": _papers(sitting),
        "pupils": pd.DataFrame(
            {"pupil": pupil, "sex": np.array(["F", "M"])[cohort.sex[rows]], "excluded": ""}
        ),
        "enrolments": pd.DataFrame(
            {
                "exam": sitting.id,
                "pupil": pupil,
                "school": [cohort.schools[j].code for j in marks.school[rows].tolist()],
                "class": [f"{sitting.grade}{k:02d}" for k in marks.klass[rows].tolist()],
                "track": "",
                "status": "ok",
                "source": 0,
                "row": np.arange(1, len(rows) + 1),
            }
        ),
        "scores": _scores(sitting, pupil, marks.mark[rows], marks.state[rows], marks.subjects),
    }
    for subject, points in outcome.points.items():
        sat = marks.state[rows, marks.subjects.index(subject)] == OK
        out |= _items(sitting, subject, pupil[sat], points[rows[sat]], out)
    return out | ({"teachings": _teachings(cohort, outcome, lasting)} if outcome.effects is not None else {})


def _about(sitting: Sitting) -> dict[str, object]:
    head = {"exam": sitting.id, "title": sitting.title, "date": sitting.date.isoformat()}
    return {**head, "grade": sitting.grade, "kind": sitting.kind, "roster_known": True}


def _papers(sitting: Sitting) -> pd.DataFrame:
    rows = [
        {"exam": sitting.id, "subject": s, "name": NAMES[s], "full_mark": full, "order": i, "in_total": True}
        for i, (s, full) in enumerate(sitting.papers.items(), 1)
    ]
    return pd.DataFrame(rows)


def _schools(schools: tuple[city.School, ...]) -> pd.DataFrame:
    keys = ("name", "sector", "township", "official", "stage")
    return pd.DataFrame([{"school": s.code, **{key: getattr(s, key) for key in keys}} for s in schools])


def _scores(
    sitting: Sitting, pupil: np.ndarray, mark: Floats, state: Ints, subjects: tuple[str, ...]
) -> pd.DataFrame:
    """A row a pupil and paper, then the totals: of those who have every mark, else the first paper's state."""
    first = state[np.arange(len(state)), np.argmax(state != OK, axis=1)]
    mark = np.column_stack([mark, mark.sum(axis=1)])
    state = np.column_stack([state, first])
    n = len(pupil)
    return pd.DataFrame(
        {
            "exam": sitting.id,
            "pupil": np.tile(pupil, len(subjects) + 1),
            "subject": np.repeat([*subjects, TOTAL], n),
            "state": STATES[state.T.ravel()],
            "score": np.where(state == OK, mark, np.nan).T.ravel(),
            "source": 0,
            "row": np.tile(np.arange(1, n + 1), len(subjects) + 1),
        }
    )


def _items(sitting: Sitting, subject: str, pupil: np.ndarray, points: Floats, before: Tables) -> Tables:
    """Item marks and the blueprint of one paper, below those of the papers before."""
    labels = [item.label for item in BLUEPRINTS[subject]]
    head = {"exam": sitting.id, "subject": subject}
    rows = pd.DataFrame(
        {
            **head,
            "pupil": np.repeat(pupil, len(labels)),
            "item": np.tile(labels, len(pupil)),
            "mark": points.ravel(),
            "blank": False,
        }
    )
    table = pd.DataFrame(
        [
            {**head, "item": i.label, "order": k, "full_mark": i.full, "topic": i.topic, "ability": i.ability}
            | {"expected_rate": i.expected}
            for k, i in enumerate(BLUEPRINTS[subject], 1)
        ]
    )
    new = {"items": rows, "item_table": table}
    return {
        name: pd.concat([before[name], frame]) if name in before else frame for name, frame in new.items()
    }


def _teachings(cohort: Cohort, outcome: Outcome, lasting: City) -> pd.DataFrame:
    """Who taught which class, with the share of the time since the baseline."""
    sitting, effects = outcome.sitting, outcome.effects
    assert effects is not None
    start = {s.id: s.date for s in sittings()}[sitting.baselines[0]]
    rows = []
    for subject in outcome.marks.subjects:
        s = SUBJECTS.index(subject)
        columns = (
            effects.class_school.tolist(),
            effects.class_number.tolist(),
            effects.teacher_index[:, s].tolist(),
        )
        for j, k, t in zip(*columns, strict=True):
            code, name = cohort.schools[j].code, lasting.names[j][s][t]
            taken = since(subject, cohort.year, j + t)
            days = (sitting.date - max(start, date.fromisoformat(taken))).days
            weight = days / (sitting.date - start).days
            rows.append(
                (sitting.id, code, f"{sitting.grade}{k:02d}", subject, f"{code}/{name}", weight, taken)
            )
    return pd.DataFrame(rows, columns=["exam", "school", "class", "subject", "teacher", "weight", "since"])
