"""Numbers as text."""

import math

import pytest

from analysis.report.numbers import JOIN, MISSING, Numbers
from analysis.report.words import Words

N = Numbers(to="~")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.25, "+1.2"),
        (-1.25, "−1.2"),
        (0.04, "0.0"),
        (-0.04, "0.0"),
        (1234.5, "+1,234.5"),
        (None, MISSING),
        (math.nan, MISSING),
    ],
)
def test_signed(value, text):
    assert N.signed(value) == text


def test_a_position_is_50_plus_10_z_and_a_difference_10_times_the_effect():
    assert N.level(-0.3) == "47.0"
    assert N.effect(-0.3) == "−3.0"
    assert N.levels(-0.42, -0.18) == "45.8~48.2"
    assert N.effects(-0.05, 0.2) == "−0.5~+2.0"


def test_an_interval_with_a_missing_end_is_not_an_interval():
    assert N.plains(None, 1.0) == MISSING


def test_rates_are_per_cent():
    assert N.rate(0.9814) == "98.1"
    assert N.percent(0.9814, 0) == "98%"
    assert N.points(-0.108) == "−10.8"


@pytest.mark.parametrize(
    ("p", "text"), [(0.7996, "79%"), (0.80, "80%"), (0.9951, ">99%"), (0.003, "<1%"), (None, MISSING)]
)
def test_a_probability_never_reads_higher_than_it_is(p, text):
    assert N.probability(p) == text


def test_intervals_do_not_break_over_a_line():
    assert Words("zh").numbers.plains(1.0, 2.0) == f"1.0{JOIN}～{JOIN}2.0"
    assert Words("en").numbers.plains(1.0, 2.0) == "1.0\u00a0to\u00a02.0"


def test_ticks_have_as_many_decimals_as_they_need():
    assert [N.tick(v) for v in (0.0, 2.5, -4.0)] == ["0", "2.5", "−4"]
    assert [N.signed_tick(v) for v in (0.0, 2.5, -4.0)] == ["0", "+2.5", "−4"]
