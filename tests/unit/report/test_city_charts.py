"""The city's charts: names never overlap, intervals stay inside, the numbers behind a chart are all there."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dossiers
from analysis.report.charts import city_caterpillar, city_quadrant, city_strip
from analysis.report.charts.city_labels import place
from analysis.report.charts.city_standing import Estimate, Standing
from analysis.report.marks import text_width
from analysis.report.sections.city_units import standings
from analysis.report.theme import ABOVE, BELOW
from analysis.report.words import Words

FRAME = (0.0, 0.0, 400.0, 300.0)
POINT = st.tuples(
    st.floats(5, 395), st.floats(5, 295), st.floats(2, 8), st.text("市镇一二三中", min_size=2, max_size=6)
)


def box(label, size):
    """Left, top, right, bottom of a placed name."""
    width = text_width(label.words, size)
    left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
    return left, label.y - 0.8 * size, left + width, label.y + 0.2 * size


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(POINT, min_size=1, max_size=40))
def test_names_keep_clear_of_each_other_and_of_the_points(points):
    labels = place(points, range(len(points)), FRAME, (), 12.0)
    boxes = [box(label, 12.0) for label in labels]
    for i, one in enumerate(boxes):
        assert one[0] >= 0 and one[2] <= 400 and one[1] >= 0 and one[3] <= 300
        assert all(apart(one, other) for other in boxes[:i])
        for j, (x, y, r, _) in enumerate(points):
            assert j == labels[i].index or apart(one, (x - r, y - r, x + r, y + r))


def test_a_single_point_is_named_to_its_right():
    (label,) = place([(100.0, 100.0, 5.0, "市一中")], [0], FRAME, (), 12.0)
    assert label.anchor == "start" and label.x > 105


def schools(language="zh"):
    return standings(dossiers.city(), Words(language), "school")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("measure", ["start", "progress", "achievement"])
def test_caterpillar_draws_every_school_once_in_both_widths(measure, language):
    picture = city_caterpillar.chart(schools(language), measure, Words(language))
    for svg in (picture.svg, picture.narrow):
        assert svg.count("<circle") == 24
        assert len(re.findall(r'stroke-linecap="round"', svg)) == 24
    assert len(picture.table) == 25


def test_caterpillar_whiskers_stay_inside_the_drawing():
    picture = city_caterpillar.chart(schools(), "progress", Words("zh"))
    for y1, y2 in re.findall(r'd="M[\d.]+ ([-\d.]+)L[\d.]+ ([-\d.]+)"[^>]*linecap', picture.svg):
        assert min(float(y1), float(y2)) >= 0 and max(float(y1), float(y2)) <= 320


def test_colour_follows_the_state():
    def school(state, value):
        e = Estimate(value, value - 0.1, value + 0.1, state, 100)
        return Standing(state, state, state, "", 100, e, e, e)

    pair = [school("above", 0.3), school("around", 0.0)]
    assert ABOVE in city_quadrant.chart(pair, Words("zh")).svg
    assert BELOW not in city_quadrant.chart(pair, Words("zh")).svg
    assert BELOW in city_quadrant.chart([*pair, school("below", -0.3)], Words("zh")).svg


def test_quadrant_names_all_four_corners_and_has_a_narrow_twin():
    picture = city_quadrant.chart(schools(), Words("zh"))
    for words in ("起点低·进步快", "起点高·进步快", "起点低·进步慢", "起点高·进步慢"):
        assert words in picture.svg and words in picture.narrow
    assert picture.svg.count("<circle") == picture.narrow.count("<circle") == 24


def test_strip_has_a_stroke_a_school_and_names_the_average():
    picture = city_strip.chart(schools(), "start", "#4F6378", Words("zh"))
    assert picture.svg.count("<path") == 24 + 2  # the scale and the average
    assert "全市平均" in picture.svg
