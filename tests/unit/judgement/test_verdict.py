"""Verdict words (words-zh §1)."""

import numpy as np
import pytest

from analysis.judgement.verdict import verdict, verdicts

S = 0.15
CASES = [
    (0.20, 0.10, 0.30, "much_above"),
    (0.15, 0.05, 0.25, "much_above"),  # e = s
    (0.10, 0.02, 0.18, "above"),
    (0.02, -0.10, 0.14, "around"),
    (0.02, -0.15, 0.15, "around"),  # reaches s exactly
    (0.05, -0.10, 0.20, "unclear"),
    (0.20, 0.00, 0.40, "unclear"),  # touches 0: the middle
    (0.07, 0.004, 0.14, "around"),  # 0.004 is printed as 0.0 T points
    (0.07, 0.006, 0.14, "above"),
    (-0.10, -0.18, -0.02, "below"),
    (-0.20, -0.30, -0.10, "much_below"),
    (-0.146, -0.29, -0.05, "much_below"),  # printed −1.5 T points
    (float("nan"), 0.0, 0.0, "none"),
]


@pytest.mark.parametrize(("e", "lo", "hi", "word"), CASES)
def test_levels(e: float, lo: float, hi: float, word: str) -> None:
    assert verdict(e, lo, hi, S, 100) == word


@pytest.mark.parametrize(("n", "word"), [(10, "hidden"), (11, "small"), (19, "small"), (20, "much_above")])
def test_small_units_are_not_rated(n: int, word: str) -> None:
    assert verdict(0.3, 0.2, 0.4, S, n) == word


@pytest.mark.parametrize(("e", "lo", "hi", "word"), CASES)
def test_where_less_is_better_the_scale_is_turned(e: float, lo: float, hi: float, word: str) -> None:
    turned = word.replace("above", "x").replace("below", "above").replace("x", "below")
    assert verdict(e, lo, hi, S, 100, direction="down") == turned


def test_arrays_as_single_ones() -> None:
    e, lo, hi, words = (np.array(column) for column in zip(*CASES, strict=True))
    assert verdicts(e.astype(float), lo.astype(float), hi.astype(float), S, 100).tolist() == words.tolist()
