"""One tiny exam, every indicator worked out by hand. A row of INDICATORS without an example here fails.

School A has classes a1, a2; school B has b1, b2. Maths of 100, Chinese of 120; one pupil missed Chinese.

    pupil  class  maths  chinese  start
    1      a1     90     108       1
    2      a1     60      72       0
    3      a2     50      60      -1
    4      a2     30      48      (none)
    5      b1     100    120       0.5
    6      b1     80      96       0.5
    7      b2     40     absent   -0.5
    8      b2     70      84      -0.5

Normal scores of 8 untied marks: Φ⁻¹((r − ½)/8) = ∓1.53412, ∓0.88715, ∓0.48878, ∓0.15731, over their sd 0.922525;
of 7: ∓1.46523, ∓0.79164, ∓0.36611, 0, over 0.911456.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.judgement.verdict import verdicts
from analysis.measures import INDICATORS, indicator_table
from analysis.measures.exam import STATES, ExamData, Grouping, grouping
from analysis.measures.table import Rules
from analysis.params import Composite
from analysis.terms import Level, State

NAN = float("nan")

# indicator, subject, unit, value
SPEC = [
    ("start", "maths", "A", 0.0),  # (1 + 0 − 1)/3
    ("unmatched_difference", "maths", "A", -1.75006),  # −1.66296 − 0.08710
    ("achievement", "maths", "A", -0.350414),  # (0.88715 − 0.15731 − 0.48878 − 1.53412)/4/0.922525
    ("mean", "maths", "A", 57.5),  # 230/4
    ("mean", "chinese", "B", 100.0),  # 300/3: the absent pupil is no zero
    ("score_rate", "maths", "A", 0.575),
    ("excellent_rate", "maths", "A", 0.25),  # 90
    ("good_rate", "maths", "B", 0.75),  # 100, 80, and 70 exactly on the line
    ("pass_rate", "maths", "A", 0.5),  # 90, and 60 exactly on the line
    ("low_rate", "maths", "A", 0.25),  # 30; B's 40 is not below 40 %
    ("low_rate", "maths", "B", 0.0),
    ("very_low_rate", "maths", "A", 0.0),  # 30 is not below 30 %
    ("over_mean_rate", "maths", "A", 57.5 / 65 - 1),
    ("roster_mean", "chinese", "B", 75.0),  # 300/4
    ("mean_t", "maths", "A", 50 - 10 * 7.5 / np.sqrt(525)),  # city variance 4200/8
    ("sd", "maths", "A", 25.0),  # √(1875/3)
    ("score_sd_ratio", "maths", "A", 25 / np.sqrt(600)),  # city 4200/7
    ("cv", "maths", "A", 25 / 57.5),
    ("subject_balance", "maths", "A", 0.0759493),  # mean of (z_maths − z_chinese)/2
    ("mean_z", "all", "A", -0.426363),  # mean of (z_maths + z_chinese)/2
    ("all_pass_rate", "all", "A", 0.5),  # pupils 1 and 2
    ("all_pass_rate", "all", "B", 1.0),  # of the three who sat both
    ("all_excellent_rate", "all", "A", 0.25),  # pupil 1
    ("pupil_imbalance", "all", "A", 0.149957),  # √mean of (z_maths − z_chinese)²/2
    ("s_value", "maths", "A", 52.125),  # 100·(0.50·0.5 + 0.45·0.575 + 0.05·0.25)
]


def tiny() -> ExamData:
    maths = np.array([90, 60, 50, 30, 100, 80, 40, 70], float)
    chinese = np.array([108, 72, 60, 48, 120, 96, NAN, 84])
    scores = np.column_stack([maths, chinese, maths + chinese])
    states = np.where(np.isnan(scores), STATES.index(State.absent), STATES.index(State.ok))
    start = np.repeat(np.array([1, 0, -1, NAN, 0.5, 0.5, -0.5, -0.5])[:, None], 3, axis=1)
    levels = (
        Grouping(Level.city, ("city",), np.zeros(8, np.int64)),
        grouping(Level.school, list("AAAABBBB")),
        grouping(Level.klass, ["A/a1", "A/a1", "A/a2", "A/a2", "B/b1", "B/b1", "B/b2", "B/b2"]),
    )
    return ExamData(("maths", "chinese", "total"), np.array([100, 120, 220.0]), scores, states, start, levels)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    s_value = Composite(
        key="s_value", name="S", parts={"pass_rate": 0.5, "score_rate": 0.45, "excellent_rate": 0.05}
    )
    return indicator_table(tiny(), "e1", verdicts, [s_value], Rules(hidden_below=1, note_below=1))


@pytest.mark.parametrize(("indicator", "subject", "unit", "value"), SPEC)
def test_value(table: pd.DataFrame, indicator: str, subject: str, unit: str, value: float) -> None:
    rows = table[(table["indicator"] == indicator) & (table["subject"] == subject) & (table["unit"] == unit)]
    assert len(rows) == 1
    assert rows["value"].iloc[0] == pytest.approx(value, abs=2e-6)


def test_every_indicator_has_an_example() -> None:
    assert set(INDICATORS) <= {row[0] for row in SPEC}


def test_small_units_are_hidden_by_default() -> None:
    made = indicator_table(tiny(), "e1", verdicts)
    schools = made[made["level"] == "school"]
    assert schools["value"].isna().all()
    assert (schools["flag"] == "hidden").all()


def test_standard_error_from_components_by_hand(table: pd.DataFrame) -> None:
    """Maths in classes (90, 60), (50, 30), (100, 80), (40, 70):

    within: (450 + 200 + 200 + 450)/4 = 325; class means 75, 40, 90, 55: between classes in schools
    2·(17.5² + 17.5² + 17.5² + 17.5²)/2 = 1225, σ²_class = (1225 − 325)/2 = 450; but the prior's classes
    (1, 0), (−1), (0.5, 0.5), (−0.5, −0.5) are streamed, so both come from residuals on the prior.
    """
    prior = np.array([1, 0, -1, 0.5, 0.5, -0.5, -0.5])
    marks = np.array([90, 60, 50, 100, 80, 40, 70], float)
    slope = np.polyfit(prior, marks, 1)
    r = marks - np.polyval(slope, prior)
    groups = [[0, 1], [2], [3, 4], [5, 6]]
    within = sum(((r[g] - r[g].mean()) ** 2).sum() for g in groups) / 3
    schools = [[0, 1, 2], [3, 4, 5, 6]]
    squares = sum(len(g) * r[g].mean() ** 2 for g in groups) - sum(len(s) * r[s].mean() ** 2 for s in schools)
    size = (7 - (5 / 3 + 8 / 4)) / 2
    between = max((squares / 2 - within) / size, 0)
    row = table[(table["indicator"] == "mean") & (table["subject"] == "maths") & (table["unit"] == "A")]
    assert row["se"].iloc[0] == pytest.approx(np.sqrt(between / 2 + within / 4))
