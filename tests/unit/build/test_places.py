"""What the models add to the equity table."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.build.places import share_rows

EXAM = SimpleNamespace(id="e")


def fits(**terms: tuple[float, float, float]) -> pd.DataFrame:
    rows = [
        {"subject": "total", "term": term.replace("_", ":"), "value": value, "lo": lo, "hi": hi}
        for term, (value, lo, hi) in terms.items()
    ]
    return pd.DataFrame(rows)


def test_the_share_after_the_start_is_that_of_the_model() -> None:
    """0.1 of 0.1 + 0.1 + 0.8; at the ends of the schools' variance 0.05/0.95 and 0.3/1.2."""
    nan = float("nan")
    made = share_rows(
        EXAM,
        fits(
            variance_school=(0.1, 0.05, 0.3),
            variance_class=(0.1, 0.0, 0.2),
            variance_residual=(0.8, 0.7, 0.9),
            units_school=(42.0, nan, nan),
        ),
    )
    assert made[["subject", "key", "n"]].values.tolist() == [["total", "icc_given_start", 42]]
    assert made.loc[0, ["value", "lo", "hi"]].tolist() == pytest.approx([0.1, 0.05 / 0.95, 0.3 / 1.2])


def test_without_a_model_there_is_no_share() -> None:
    assert share_rows(EXAM, pd.DataFrame()).empty
    state = pd.DataFrame([{"subject": "total", "term": "state", "value": float("nan")}])
    assert share_rows(EXAM, state).empty
