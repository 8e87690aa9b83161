"""The city's layer of the score distribution: drawn once, as high in every report as its share says."""

import re

import pytest

from analysis.report.charts import score_distribution
from analysis.report.charts.histogram import BOTTOM, TOP, Look
from analysis.report.facts import Row
from analysis.report.words import Words

CITY = (0.1, 0.6, 0.3)


def bins(own):
    rows = zip(own, CITY, strict=True)
    return [Row(start=10.0 * i, stop=10.0 * i + 10, share=a, city=b) for i, (a, b) in enumerate(rows)]


def drawn(own):
    return score_distribution.chart(bins(own), Look("mark", "#123456"), Words("en"), "title", "alt")


def city_top(svg):
    """Highest point of the layer on the canvas."""
    stretch, shift = map(float, re.search(r"matrix\(1 0 0 ([\d.]+) 0 ([\d.-]+)\)", svg).groups())
    layer = re.search(r"<g transform=.*?</g>", svg)[0]
    heights = [float(y) for d in re.findall(r' d="([^"]*)"', layer) for y in d.split()[2::3]]
    return min(heights) * stretch + shift


@pytest.mark.parametrize("own", [(0.3, 0.4, 0.3), (0.0, 0.1, 0.9)], ids=["city highest", "school highest"])
def test_the_city_stands_as_high_as_its_share(own):
    top = max(*own, *CITY) * 1.12
    assert city_top(drawn(own)) == pytest.approx(BOTTOM - (BOTTOM - TOP) * max(CITY) / top, abs=0.1)


def test_two_schools_of_a_city_share_one_layer():
    score_distribution._layer.cache_clear()
    assert drawn((0.3, 0.4, 0.3)) != drawn((0.0, 0.1, 0.9))
    assert score_distribution._layer.cache_info().misses == 1
