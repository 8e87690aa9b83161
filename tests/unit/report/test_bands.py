"""From numbers to states."""

import pytest

from analysis.report import bands
from analysis.report.facts import Row


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (0.1, 0.3, "above"),
        (-0.3, -0.1, "below"),
        (-0.1, 0.3, "unclear"),
        (0.0, 0.3, "unclear"),
        (-0.3, 0.0, "unclear"),
        (None, 0.3, "none"),
    ],
)
def test_side(low, high, state):
    assert bands.side(low, high) == state


def test_a_verdict_goes_before_the_interval():
    row = Row(value=-0.2, lo=-0.3, hi=-0.1, verdict="small", flag="small")
    assert bands.state(row) == "small"


def test_hidden_rows_have_no_figure():
    row = Row(effect=0.4, lo=0.1, hi=0.6, verdict="hidden", flag="hidden")
    assert bands.shown(row) is None
    assert bands.state(row) == "hidden"
    assert bands.state(None) == "none"


@pytest.mark.parametrize(
    ("rate", "word"), [(0.98, "ok"), (0.9799, "low"), (0.95, "low"), (0.9499, "very_low"), (None, "na")]
)
def test_participation(rate, word):
    assert bands.participation(rate) == word


def test_step_words():
    assert bands.step_word(0.85, bands.DIFFICULTY, "hard") == "easy"
    assert bands.step_word(0.39, bands.DIFFICULTY, "hard") == "hard"
