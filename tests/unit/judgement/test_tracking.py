"""Actions are judged against what would have happened unaided."""

import numpy as np
import pandas as pd
import pytest

from analysis.judgement.tracking import status, tracking_rows, unaided


def test_what_is_low_comes_up_by_itself() -> None:
    assert unaided(np.array([-0.4, 0.4]), 0.6) == pytest.approx([0.16, -0.16])


@pytest.mark.parametrize(
    ("before", "after", "expected", "direction", "word"),
    [
        (-0.4, -0.24, 0.16, "up", "same"),  # rose exactly as it would have anyway
        (-0.4, 0.0, 0.16, "up", "better"),
        (-0.4, -0.4, 0.16, "up", "worse"),  # did not even come back
        (0.20, 0.05, 0.0, "down", "better"),
        (0.20, 0.35, 0.0, "down", "worse"),
        (-0.5, -0.1, 0.0, "toward_zero", "better"),
        (0.1, -0.5, 0.0, "toward_zero", "worse"),
        (0.3, 0.6, 0.0, "stay", "same"),
        (0.3, 0.0, 0.0, "stay", "worse"),
        (np.nan, 0.0, 0.0, "up", "unknown"),
    ],
)
def test_status(before: float, after: float, expected: float, direction: str, word: str) -> None:
    _, words = status(
        *(np.array([x]) for x in (before, after, 0.1, expected)), direction=np.array([direction], object)
    )
    assert words[0] == word


def test_rows_keep_both_numbers() -> None:
    actions = pd.DataFrame(
        {"before": [-0.4], "after": [0.0], "se_change": [0.1], "expected": [0.16], "direction": ["up"]}
    )
    made = tracking_rows(actions).iloc[0]
    assert (made["value"], made["expected"], made["status"]) == (0.4, 0.16, "better")
    assert made["lo"] == pytest.approx(0.4 - 0.196, abs=1e-3)
