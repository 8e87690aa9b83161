"""Start against progress: which schools came far from where."""

from collections import Counter
from collections.abc import Sequence
from math import atanh, sqrt, tanh
from statistics import NormalDist, correlation

from ..charts import city_quadrant
from ..charts.city_standing import Standing
from ..facts import Facts
from ..picture import Figure
from ..words import Words
from .city_cover import FEW_SCHOOLS
from .city_units import listing, standings

TABLES = ("value_added", "indicators")

CORNERS = ("high_fast", "low_fast", "high_slow", "low_slow")


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = [s for s in standings(facts, words) if s.start.shown and s.progress.shown]
    if len(schools) < FEW_SCHOOLS:
        return {"empty": words("city.quadrant.na")}
    corner = {s.unit: quadrant(s) for s in schools}
    groups = [(key, [s for s in schools if corner[s.unit] == key]) for key in CORNERS]
    return {
        "lead": _lead(words, Counter(corner.values())),
        "not_said": words("city.quadrant.not"),
        "figures": [_figure(words, schools)],
        "groups": [
            {"head": words(f"city.quadrant.{key}"), "text": listing(words, [s.name for s in members], 12)}
            for key, members in groups
            if members
        ],
        "centre": words("city.quadrant.centre", k=sum(key == "centre" for key in corner.values())),
    }


def quadrant(school: Standing) -> str:
    """One of the four corners, or centre where an interval crosses an axis."""
    if not (school.start.distinct and school.progress.distinct):
        return "centre"
    return f"{'high' if school.start.state == 'above' else 'low'}_{'fast' if school.progress.state == 'above' else 'slow'}"


def _lead(words: Words, count: Counter[str]) -> str:
    if not any(count[key] for key in CORNERS):
        return words("city.quadrant.none")
    return words("city.quadrant.lead", **{key: count[key] for key in CORNERS})


def _figure(words: Words, schools: Sequence[Standing]) -> Figure:
    n = words.numbers
    r, lo, hi = _related(schools)
    how = words("chart.city.quadrant.how", r=n.plain(r, 2), range=n.plains(lo, hi, 2))
    what = words("chart.city.quadrant.what", k=len(schools))
    return Figure(city_quadrant.chart(schools, words), finding(schools, words), what, how)


def finding(schools: Sequence[Standing], words: Words) -> str:
    """Whether progress goes with the start, by the interval of their correlation."""
    _, lo, hi = _related(schools)
    key = "rises" if lo > 0 else "falls" if hi < 0 else "low"
    return words(f"chart.city.quadrant.finding.{key}")


def _related(schools: Sequence[Standing]) -> tuple[float, float, float]:
    return correlated([s.start.value or 0.0 for s in schools], [s.progress.value or 0.0 for s in schools])


def correlated(first: Sequence[float], second: Sequence[float]) -> tuple[float, float, float]:
    """Correlation with its 95 % interval by Fisher's z; no relation where one of them does not vary."""
    if len(first) < 4 or len(set(first)) < 2 or len(set(second)) < 2:
        return 0.0, -1.0, 1.0
    r = max(min(correlation(first, second), 0.9999), -0.9999)
    reach = NormalDist().inv_cdf(0.975) / sqrt(len(first) - 3)
    return r, tanh(atanh(r) - reach), tanh(atanh(r) + reach)
