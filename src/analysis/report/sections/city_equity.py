"""How evenly the city is served: between schools, between kinds of school, between sexes."""

from collections.abc import Sequence

from .. import bands
from ..charts import city_dots
from ..charts.city_standing import Estimate
from ..facts import Facts, Row
from ..numbers import Numbers
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_cover import FEW_SCHOOLS
from .city_units import main_subject, standings, subject_name, subjects

TABLES = ("equity",)

MEASURES = ("start", "progress", "achievement")


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = facts.rows("equity")
    if len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        return {"empty": words("city.equity.few")}
    if not rows:
        return {"empty": words("city.equity.na")}
    return {
        "lead": _lead(facts, words),
        "not_said": words("city.equity.not"),
        "figures": [_between(facts, words), _sexes(facts, words)],
        "grids": [_schools(facts, words), _sectors(facts, words)],
    }


def _row(facts: Facts, subject: str, key: str) -> Row | None:
    return facts.one("equity", subject=subject, key=key)


def _lead(facts: Facts, words: Words) -> str:
    n, subject = words.numbers, main_subject(facts)
    icc, given = _row(facts, subject, "icc"), _row(facts, subject, "icc_given_start")
    if icc is None or icc.value is None:
        return words("city.equity.lead_na")
    text = words("city.equity.icc", share=n.percent(icc.value), range=n.percents(icc.lo, icc.hi))
    if given is not None and given.value is not None:
        text += words(
            "city.equity.icc_given", share=n.percent(given.value), range=n.percents(given.lo, given.hi)
        )
    return text


def _subjects(facts: Facts) -> list[str]:
    """Subjects in order, the total last."""
    codes = {row.subject for row in facts.rows("equity")}
    return [code for code in subjects(facts) if code in codes]


def _between(facts: Facts, words: Words) -> Figure | None:
    """Between-school share by subject, before and after the start."""
    n = words.numbers
    series = []
    for key, colour in (("icc", "peer"), ("icc_given_start", "progress")):
        found = [(code, _row(facts, code, key)) for code in _subjects(facts)]
        dots = {subject_name(facts, words, c): Estimate(r.value, r.lo, r.hi, "above", r.n) for c, r in found if r is not None and r.value is not None}  # fmt: skip
        if dots:
            series.append(city_dots.Series(words(f"city.equity.{key}_name"), colour, dots))
    if not series:
        return None
    axis = city_dots.Axis(
        words("chart.city.equity.axis"), None, lambda v: n.rate(v, 0), lambda v: n.percent(v)
    )
    picture = city_dots.chart(series, axis, words("chart.city.equity.title"), words)
    finding = words(f"chart.city.equity.finding.{_after(series)}")
    return Figure(picture, finding, words("chart.city.equity.what"), "")


def _after(series: Sequence[city_dots.Series]) -> str:
    """Whether the share between schools falls, rises or stays mixed once the start is allowed for."""
    if len(series) < 2:
        return "one"
    before, after = series[0].dots, series[1].dots
    falls = [(after[name].value or 0.0) < (before[name].value or 0.0) for name in after if name in before]
    return "smaller" if falls and all(falls) else "larger" if falls and not any(falls) else "mixed"


def _sexes(facts: Facts, words: Words) -> Figure | None:
    """Girls less boys by subject."""
    n = words.numbers
    series = []
    for key, colour in (("sex:achievement", "achieve"), ("sex:progress", "progress")):
        found = [(code, _row(facts, code, key)) for code in _subjects(facts)]
        dots = {
            subject_name(facts, words, c): Estimate(r.value, r.lo, r.hi, side(r), r.n)
            for c, r in found
            if r is not None and r.value is not None
        }
        if dots:
            series.append(city_dots.Series(words(f"city.measure.{key.split(':')[1]}"), colour, dots))
    if not series:
        return None
    axis = city_dots.Axis(
        words("chart.city.sex.axis"), 0.0, lambda v: n.signed_tick(round(10 * v, 2)), lambda v: n.effect(v)
    )
    picture = city_dots.chart(series, axis, words("chart.city.sex.title"), words)
    clear = [name for name, e in series[0].dots.items() if e.distinct]
    finding = (
        words("chart.city.sex.some", subjects=words.join(clear)) if clear else words("chart.city.sex.none")
    )
    return Figure(picture, finding, words("chart.city.sex.what"), "")


def side(row: Row) -> str:
    """State of a difference by its interval."""
    return bands.side(row.lo, row.hi)


def _schools(facts: Facts, words: Words) -> Grid | None:
    """ICC and coefficients by subject."""
    n = words.numbers
    keys = ("icc", "icc_given_start", "cv_between", "cv_raw")
    lines = []
    for code in _subjects(facts):
        rows = [_row(facts, code, key) for key in keys]
        if any(row is not None for row in rows):
            lines.append(Line(Cell(subject_name(facts, words, code)), tuple(_share(n, row) for row in rows)))
    if not lines:
        return None
    columns = (
        Column(words("city.column.subject"), kind="text"),
        *(Column(words(f"city.column.{key}"), "%") for key in keys),
    )
    return Grid(
        words("city.equity.schools"), words("city.equity.schools_what"), columns, tuple(lines), layout="mid"
    )


def _share(n: Numbers, row: Row | None) -> Cell:
    if row is None or row.value is None:
        return Cell(n.plain(None))
    return Cell(n.rate(row.value), n.rates(row.lo, row.hi) if row.lo is not None else "")


def _sectors(facts: Facts, words: Words) -> Grid | None:
    """Kinds of school in the three measures, each with its interval."""
    found: dict[str, dict[str, Estimate]] = {}
    for row in facts.rows("equity", subject=main_subject(facts)):
        if row.key.startswith("sector:") and row.value is not None:
            _, name, measure = row.key.split(":", 2)
            found.setdefault(name, {})[measure] = Estimate(row.value, row.lo, row.hi, side(row), row.n)
    for sector in standings(facts, words, "sector"):
        if sector.progress.shown and sector.name in found:
            found[sector.name].setdefault("progress", sector.progress)
    if not found:
        return None
    return _sector_grid(words, found)


def _sector_grid(words: Words, found: dict[str, dict[str, Estimate]]) -> Grid:
    present = [m for m in MEASURES if any(m in estimates for estimates in found.values())]
    scale = cells.domain(e for estimates in found.values() for e in estimates.values())
    lines = tuple(
        Line(
            Cell(name, words("city.unit.n", n=words.numbers.count(max(e.n for e in estimates.values())))),
            tuple(
                cell for m in present for cell in cells.compact(words, m, estimates.get(m, Estimate()), scale)
            ),
        )
        for name, estimates in found.items()
    )
    columns: list[Column] = [Column(words("city.column.sector"), kind="text")]
    for measure in present:
        figure, _, drawing = cells.columns(words, measure, scale)
        columns += [figure, drawing]
    progress = [estimates["progress"] for estimates in found.values() if "progress" in estimates]
    key = "none" if not progress else "differ" if any(e.distinct for e in progress) else "same"
    finding = words(f"city.equity.sectors.{key}")
    return Grid(finding, words("city.equity.sectors_what"), tuple(columns), lines, layout="wide")
