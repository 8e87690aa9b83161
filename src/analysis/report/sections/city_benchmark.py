"""Beside the sister counties, where the prefecture has handed down their figures."""

from collections.abc import Sequence

from .. import bands, naming
from ..charts import city_benchmark
from ..facts import Facts, Row
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import sentences, subject_name

TABLES = ("benchmark",)

Gaps = dict[str, dict[str, float]]
"""Subject → county → distance from this city in sd of the subject's marks here."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = facts.rows("benchmark")
    if not rows:
        return {"empty": words("city.benchmark.na")}
    codes = [code for code in ("total", *naming.subjects(facts)) if any(row.subject == code for row in rows)]
    own = {code: _own(facts, code) for code in codes}
    gaps = _standardised(facts, rows, own)
    spread = all(row.sd is not None for row in rows)
    return {
        "lead": _lead(facts, words, rows, gaps),
        "not_said": words("city.benchmark.not") if spread else words("city.benchmark.note"),
        "figures": [_figure(facts, words, gaps)] if gaps else [],
        "grids": [_table(facts, words, rows, own, codes)],
    }


def _own(facts: Facts, subject: str, indicator: str = "mean") -> float | None:
    return bands.shown(facts.one("indicators", level="city", subject=subject, indicator=indicator))


def _standardised(facts: Facts, rows: Sequence[Row], own: dict[str, float | None]) -> Gaps:
    found: Gaps = {}
    for row in rows:
        here = own.get(row.subject)
        sd = row.sd or bands.shown(facts.one("indicators", level="city", subject=row.subject, indicator="sd"))
        if here is not None and sd:
            found.setdefault(row.subject, {})[row.county] = (row.mean - here) / sd
    return found


def _lead(facts: Facts, words: Words, rows: Sequence[Row], gaps: Gaps) -> str:
    counties = len({row.county for row in rows})
    gap = _widest(facts, words, gaps) or words("city.benchmark.first" if gaps else "city.benchmark.apart")
    return sentences(words, [words("city.benchmark.lead", k=counties), gap])


def widest_gap(facts: Facts, words: Words) -> str:
    """The subject that lies furthest below the best county; '' where none does or nothing can be compared."""
    own = {code: _own(facts, code) for code in naming.subjects(facts)}
    return _widest(facts, words, _standardised(facts, facts.rows("benchmark"), own))


def _widest(facts: Facts, words: Words, gaps: Gaps) -> str:
    most = {code: max(by.values()) for code, by in gaps.items() if code != "total"}
    if not most or max(most.values()) <= 0:
        return ""
    code = max(most, key=lambda c: most[c])
    name = subject_name(facts, words, code)
    return words("city.benchmark.gap", subject=name, diff=words.numbers.plain(10 * most[code]))


def _figure(facts: Facts, words: Words, gaps: Gaps) -> Figure:
    named = {subject_name(facts, words, code): by for code, by in gaps.items()}
    return Figure(
        city_benchmark.chart(named, words),
        words("chart.city.benchmark.finding"),
        words("chart.city.benchmark.what"),
        words("chart.city.benchmark.how"),
    )


def _table(
    facts: Facts, words: Words, rows: Sequence[Row], own: dict[str, float | None], codes: list[str]
) -> Grid:
    n = words.numbers
    counties = list(dict.fromkeys(row.county for row in rows))
    mean = {(row.county, row.subject): row for row in rows}
    here = Line(
        Cell(facts.meta["city"]["name"]),
        tuple(Cell(n.plain(own[code]), _pass(words, _own(facts, code, "pass_rate"))) for code in codes),
        "me",
    )
    lines = [
        Line(Cell(county), tuple(_mean(words, mean.get((county, code))) for code in codes))
        for county in counties
    ]
    columns = (
        Column(words("city.column.county"), kind="text"),
        *(Column(subject_name(facts, words, code)) for code in codes),
    )
    what = words("city.benchmark.table_what")
    return Grid(words("city.benchmark.table"), what, columns, (here, *lines), layout="wide")


def _mean(words: Words, row: Row | None) -> Cell:
    n = words.numbers
    return Cell(n.plain(None)) if row is None else Cell(n.plain(row.mean), _pass(words, row.pass_rate))


def _pass(words: Words, rate: float | None) -> str:
    return "" if rate is None else words("city.benchmark.pass", rate=words.numbers.percent(rate))
