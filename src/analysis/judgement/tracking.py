"""What became of earlier actions, against what would have happened unaided.

    unaided: E(u_after − u_before | u_before) = (r − 1)·û, r the persistence of effects from cohort to cohort
    beyond = (after − before) − unaided,   P = Φ(±beyond/SE of the change),   better from P ≥ 0.8, worse from P ≤ 0.2

What was low partly by chance comes up by itself: without the first line every action would look like a success.

Source: docs/methods.md §7. Regression to the mean: Healy & Goldstein (1978), Annals of Human Biology 5, 277–280.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.terms import Z95

Floats = NDArray[np.float64]

SURE = 0.8


def unaided(effect: Floats, persistence: float | Floats) -> Floats:
    """Change to expect with no action: (r̂ − 1)·û. What is low by chance comes up by itself."""
    return (persistence - 1.0) * effect


def status(
    before: Floats, after: Floats, se_change: Floats, expected: Floats, direction: NDArray[np.object_]
) -> tuple[Floats, NDArray[np.object_]]:
    """P(change beyond the expected one goes the right way), and better, same, worse or unknown.

    direction : up, down, toward_zero (the figure's size is to shrink) or stay (not to fall). better and worse
    need P ≥ 0.8 for and against; `stay` is the same unless it is worse.
    """
    toward = direction == "toward_zero"
    change = np.where(toward, np.abs(before) - np.abs(after), after - before)
    beyond = change - np.where(toward, np.abs(before) - np.abs(before + expected), expected)
    beyond = np.where(direction == "down", -beyond, beyond)
    known = np.isfinite(beyond) & (se_change > 0)
    p = np.where(known, ndtr(beyond / np.where(known, se_change, 1.0)), np.nan)
    better = (p >= SURE) & (direction != "stay")
    words = np.select([~known, better, p <= 1 - SURE], ["unknown", "better", "worse"], "same").astype(object)
    return p, words


def tracking_rows(actions: pd.DataFrame) -> pd.DataFrame:
    """`actions` with value, lo, hi and status added.

    actions : before, after, se_change, expected, direction (see `status`), whatever else is kept.
    """
    number = {name: actions[name].to_numpy(float) for name in ("before", "after", "se_change", "expected")}
    _, words = status(**number, direction=actions["direction"].to_numpy(object))
    value = number["after"] - number["before"]
    half = Z95 * number["se_change"]
    return actions.assign(value=value, lo=value - half, hi=value + half, status=words)
