"""Lines are compared exactly; Wilson's interval."""

import numpy as np
import pytest

from analysis.measures.rates import at_least, effective_n, reached, wilson


@pytest.mark.parametrize(
    ("mark", "line", "full", "there"),
    [(60, 0.60, 100, True), (59.5, 0.60, 100, False), (71.4, 0.595, 120, True), (87, 0.29, 300, True)],
)
def test_lines_are_exact(mark: float, line: float, full: float, there: bool) -> None:
    assert bool(at_least(np.array([mark]), line, full)[0]) is there


def test_missing_marks_reach_no_line() -> None:
    assert not at_least(np.array([np.nan]), 0.0, 100)[0]
    assert not reached(np.array([np.nan]), 0.0)[0]


def test_wilson_as_published() -> None:
    """Newcombe (1998), Stat. Med. 17, 857–872, table I: 81/263, 15/148, 0/20, 1/29."""
    hits, n = np.array([81, 15, 0, 1.0]), np.array([263, 148, 20, 29.0])
    lo, hi = wilson(hits / n, n)
    assert lo == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert hi == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


def test_clusters_of_like_pupils_count_for_less() -> None:
    assert effective_n(np.array([90.0]), np.array([2.0]), 0.0)[0] == 90
    assert effective_n(np.array([90.0]), np.array([2.0]), 1.0)[0] == pytest.approx(2)
