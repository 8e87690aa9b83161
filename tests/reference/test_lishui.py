"""Published figures of a prefecture's quality report (Lishui): city mean 63.20, sd 16.99."""

import numpy as np
import pytest

from analysis.measures.achievement import cv, mean_t
from analysis.measures.exam import STATES, ExamData, Grouping, grouping
from analysis.measures.figures import Paper
from analysis.terms import Level, State

MEAN, SD = 63.20, 16.99
SCHOOLS = {79.54: 0.96, 74.23: 0.65, 57.43: -0.34, 37.76: -1.50}


def paper(marks: np.ndarray, schools: list[str]) -> Paper:
    """An exam of one paper."""
    score = marks[:, None]
    states = np.full(score.shape, STATES.index(State.ok))
    everyone = Grouping(Level.city, ("city",), np.zeros(len(marks), np.int64))
    levels = (everyone, grouping(Level.school, schools), grouping(Level.klass, [f"{s}/1" for s in schools]))
    return Paper(
        ExamData(("maths",), np.array([100.0]), score, states, np.full(score.shape, np.nan), levels),
        0,
        "maths",
    )


def shaped(mean: float, sd: float, n: int) -> np.ndarray:
    """n marks with exactly this mean and sample sd."""
    x = np.linspace(-1, 1, n)
    return mean + sd * (x - x.mean()) / x.std(ddof=1)


def test_coefficient_of_variation() -> None:
    one = paper(shaped(MEAN, SD, 4000), ["s"] * 4000)
    assert 100 * cv(one)(one.exam.levels[0]).value[0] == pytest.approx(26.88, abs=0.005)


@pytest.mark.parametrize(("school_mean", "z"), SCHOOLS.items())
def test_standard_score_of_a_school(school_mean: float, z: float) -> None:
    """Z = (T − 50)/10 of a school whose pupils are added to a city shaped so that all have mean and sd."""
    school = np.full(200, school_mean)
    rest_mean = (4200 * MEAN - 200 * school_mean) / 4000
    square = 4200 * SD**2 - 200 * (school_mean - MEAN) ** 2 - 4000 * (rest_mean - MEAN) ** 2
    rest = shaped(rest_mean, 1, 4000)
    rest = rest_mean + (rest - rest_mean) * np.sqrt(square / ((rest - rest_mean) ** 2).sum())
    one = paper(np.concatenate([school, rest]), ["a"] * 200 + ["b"] * 4000)
    t = mean_t(one)(one.exam.level(Level.school)).value[0]
    assert (t - 50) / 10 == pytest.approx(z, abs=0.005)
