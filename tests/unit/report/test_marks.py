"""The drawing vocabulary."""

from itertools import pairwise

import pytest

from analysis.report.marks import Drawing, covering, scale, text_width, ticks
from analysis.report.tables import common_domain, labels, whisker


@pytest.mark.parametrize(("low", "high"), [(-4.6, 4.6), (0, 23), (44.2, 57.9), (-0.013, 0.004), (340, 384)])
def test_ticks_are_round_inside_and_few(low, high):
    made = ticks(low, high, most=6)
    assert 2 <= len(made) <= 7
    assert all(low <= t <= high for t in made)
    steps = {round(b - a, 9) for a, b in pairwise(made)}
    assert len(steps) == 1


def test_a_domain_covers_all_values():
    low, high = covering([3.0, -1.0, 2.0])
    assert low < -1.0 and high > 3.0
    low, high = covering([5.0])
    assert low < 5.0 < high


def test_scale_maps_ends_to_ends():
    x = scale((-1.0, 1.0), 10, 110)
    assert (x(-1), x(0), x(1)) == (10, 60, 110)


@pytest.mark.parametrize(
    ("state", "full", "dashed"),
    [("above", True, False), ("below", True, False), ("around", False, False), ("unclear", False, True)],
)
def test_states_are_told_apart_without_colour(state, full, dashed):
    drawing = Drawing(20, 20)
    drawing.mark(10, 10, state, "#123456")
    svg = drawing.svg()
    assert ('fill="#123456"' in svg) == full
    assert ("stroke-dasharray" in svg) == dashed


def test_texts_are_escaped():
    drawing = Drawing(20, 20)
    drawing.text(0, 0, "<b>&")
    drawing.dot(1, 1, 1, "#fff", tip='"><x')
    assert (
        "<b>" not in drawing.svg("<t>") and "<x" not in drawing.svg("<t>") and "<t>" not in drawing.svg("<t>")
    )


def test_wide_characters_are_wider():
    assert text_width("数学", 10) == 20
    assert text_width("ab", 10) < 12


def test_an_interval_beyond_the_edge_ends_in_an_arrow():
    inside = whisker(0.0, -1.0, 1.0, (-2.0, 2.0), "unclear")
    beyond = whisker(0.0, -1.0, 9.0, (-2.0, 2.0), "unclear")
    assert beyond.count("<path") == inside.count("<path") + 1


def test_the_common_domain_is_symmetric_and_bounded():
    assert common_domain([-1.0, 3.0, None], 0.0, 8.0) == pytest.approx((-3.15, 3.15))
    assert common_domain([-50.0], 0.0, 8.0) == (-8.0, 8.0)
    assert common_domain([], 50.0, 8.0) == (42.0, 58.0)


@pytest.mark.parametrize("reach", [0.3, 1.0, 4.6, 7.7, 16.0, 30.0])
def test_three_labels_inside_the_domain(reach):
    at = list(labels((50 - reach, 50 + reach), str))
    assert len(at) == 3 and at[1] == 50
    assert 50 - reach < at[0] < 50 < at[2] < 50 + reach
