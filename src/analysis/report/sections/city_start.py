"""Where the schools' pupils started from."""

from collections.abc import Sequence
from statistics import correlation

from ..bands import matched, tone
from ..charts import city_caterpillar
from ..charts.city_standing import Standing
from ..facts import Facts
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_cover import FEW_SCHOOLS
from .city_progress import unrated
from .city_units import about, by_unit, main_subject, sentences, standings, tally

TABLES = ("indicators", "distributions")

FLAT = 0.5
"""Schools' starts within half a standard deviation: their results can be compared almost as they are."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = [s for s in standings(facts, words) if s.start.shown]
    if not schools or not facts.meta["baseline"]:
        return {"empty": words("city.start.na"), "tone": "start"}
    few = len(facts.rows("units", level="school")) < FEW_SCHOOLS
    return {
        "tone": "start",
        "lead": words("city.start.few", k=len(schools)) if few else _lead(words, schools),
        "not_said": words("city.start.not"),
        "figures": [] if few else [_figure(facts, words, schools)],
        "grids": [_table(facts, words, schools, "" if few else words("city.start.table_fold"))],
    }


def _lead(words: Words, schools: Sequence[Standing]) -> str:
    n = words.numbers
    values = [s.start.value or 0.0 for s in schools]
    diff = max(values) - min(values)
    text = words(
        "city.start.flat" if diff < FLAT else "city.start.lead", k=len(schools), diff=n.plain(10 * diff)
    )
    both = [(s.start.value, s.achievement.value) for s in schools if s.achievement.value is not None]
    if len(both) >= FEW_SCHOOLS and all(len(set(one)) > 1 for one in zip(*both, strict=True)):
        text = sentences(words, [text, _with_results(words, correlation(*zip(*both, strict=True)))])
    return text


def _with_results(words: Words, r: float) -> str:
    """How much of the differences in results goes with the start: in words, by the squared correlation."""
    key = next(
        key
        for limit, key in ((0.5, "much"), (0.15, "some"), (0.0, "little"))
        if r * abs(r) >= limit or not limit
    )
    return words(f"city.start.with_results.{key}", r=words.numbers.plain(r, 2))


def _figure(facts: Facts, words: Words, schools: Sequence[Standing]) -> Figure:
    up, down, middle = tally(s.start for s in schools)
    rated = up + down + middle
    finding = words("chart.city.start.finding", k=rated, up=up, down=down, middle=middle)
    finding += unrated(words, len(schools) - rated)
    what = about(facts, words, words("chart.city.start.what", title=facts.meta["baseline"]["title"]))
    return Figure(
        city_caterpillar.chart(schools, "start", words), finding, what, words("chart.city.caterpillar.how")
    )


def _table(facts: Facts, words: Words, schools: Sequence[Standing], folded: str) -> Grid:
    """Every school: start, shares in the lowest and the highest band, matched rate."""
    n = words.numbers
    share = {band: _band(facts, band) for band in (1, 5)}
    taken = by_unit(facts, "participation", "school", subject=main_subject(facts))
    lines = []
    for s in sorted(schools, key=lambda s: -(s.start.value or 0.0)):
        sat = taken.get(s.unit)
        share_matched = matched(sat) if sat is not None else None
        bands = tuple(Cell(n.rate(of_band.get(s.unit))) for of_band in share.values() if of_band)
        figure = Cell(n.level(s.start.value), n.levels(s.start.lo, s.start.hi), tone(s.start.state))
        lines.append(
            Line(Cell(s.name), (Cell(n.count(s.start.n)), figure, *bands, Cell(n.rate(share_matched))))
        )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        Column(words("city.column.start"), words("city.unit.t_range")),
        *(Column(words(f"city.column.band_{band}"), "%") for band, of_band in share.items() if of_band),
        Column(words("city.column.matched"), "%"),
    )
    key = "city.start.table_what" if any(share.values()) else "city.start.table_plain"
    finding, what = words("city.start.table"), about(facts, words, words(key))
    return Grid(finding, what, columns, tuple(lines), layout="mid", folded=folded)


def _band(facts: Facts, band: int) -> dict[str, float | None]:
    """Unit → share of its pupils in a prior band."""
    rows = facts.rows("distributions", level="school", kind="prior_band")
    return {row.unit: row.share for row in rows if row.bin == band and row.flag != "hidden"}
