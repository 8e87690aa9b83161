"""Can these measures be trusted? Reliability, other models, a run without differences, the look back, the checks."""

from statistics import mean

from ..charts import city_backtest, city_reliability
from ..facts import Facts, Row
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_checks import checks_grid, sentence
from .city_cover import FEW_SCHOOLS
from .city_fits import fit_grids
from .city_panel import panel_grid
from .city_units import by_unit, judged, main_subject, names, standings, subject_name

TABLES = ("trust", "panel", "fits", "value_added")

CUT = 0.7
"""Below this reliability only the two ends can be told apart."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    fits = fit_grids(facts, words)
    if not facts.rows("value_added", level="school") and not any(fits):
        return {"empty": words("city.trust.na")}
    shown = [r for r in by_unit(facts, "value_added", "school", subject=main_subject(facts)).values() if r.reliability is not None]  # fmt: skip
    return {
        "lead": _lead(facts, words, shown),
        "not_said": words("city.trust.not"),
        "figures": [_figure(words, facts), _then_and_now(facts, words)] if len(shown) >= FEW_SCHOOLS else [],
        "checks": sentence(facts, words),
        "intake": _intake(facts, words),
        "grids": [
            panel_grid(facts, words),
            _null(facts, words),
            _backtest(facts, words),
            checks_grid(facts, words),
        ],
        "paragraphs": _missing(facts, words),
        "fits": fits,
    }


def _lead(facts: Facts, words: Words, shown: list[Row]) -> str:
    n, k = words.numbers, len(facts.rows("units", level="school"))
    if k < FEW_SCHOOLS:
        return words("city.trust.few", k=k)
    if not shown:
        return words("city.trust.none")
    value = mean(row.reliability for row in shown)
    low = min(row.reliability for row in shown)
    key = "high" if value >= CUT else "low"
    return words(f"city.trust.{key}", value=n.plain(value, 2), lowest=n.plain(low, 2), cut=n.plain(CUT, 1))


def _figure(words: Words, facts: Facts) -> Figure:
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    schools = [(s, rows[s.unit]) for s in standings(facts, words) if s.unit in rows]
    picture = city_reliability.chart(schools, words)
    return Figure(picture, words("chart.city.reliability.finding"), words("chart.city.reliability.what"))


def _then_and_now(facts: Facts, words: Words) -> Figure | None:
    """The last cohort beside this one."""
    rows = by_unit(facts, "changes", "school", subject=main_subject(facts), measure="progress")
    name = names(facts)
    points = [
        (name.get(unit, unit), row.before, row.before + row.value)
        for unit, row in rows.items()
        if row.before is not None and row.value is not None and row.flag in ("", "small")
    ]
    if len(points) < FEW_SCHOOLS:
        return None
    picture = city_backtest.chart(points, words)
    what = words("chart.city.backtest.what", k=len(points))
    return Figure(picture, words("chart.city.backtest.finding"), what, words("chart.city.backtest.how"))


def _intake(facts: Facts, words: Words) -> str:
    """Correlation of value added with intake, before and after the correction."""
    subject, n = main_subject(facts), words.numbers
    found = {
        r.term: r.value
        for r in facts.rows("fits", subject=subject)
        if r.term.startswith("intake_correlation")
    }
    after = found.get("intake_correlation")
    if after is None:
        return ""
    before = next((found[k] for k in ("intake_correlation_uncorrected",) if k in found), None)
    if before is None or not facts.meta["model"]["prior_correction"]:
        return words("city.trust.intake", after=n.plain(after, 2))
    return words("city.trust.intake_both", before=n.plain(before, 2), after=n.plain(after, 2))


def _kind(facts: Facts, prefix: str) -> list[Row]:
    return [row for row in facts.rows("trust") if row.key.startswith(prefix + ":") and row.value is not None]


def _key_name(words: Words, prefix: str, key: str) -> str:
    """Name of a trust figure; judgements have their own names."""
    name = key.split(":", 1)[1]
    for candidate in (f"city.{prefix}.{name}", f"city.judgement.{name}"):
        if candidate in words:
            return words(candidate)
    return name


def _null(facts: Facts, words: Words) -> Grid | None:
    """What the lists would name if no school differed, beside what they name."""
    n, rows = words.numbers, _kind(facts, "null")
    if not rows:
        return None
    lines = []
    for row in rows:
        judgement = row.key.split(":", 1)[1]
        named = [one for one in judged(facts, judgement, "found") if one.subject == main_subject(facts)]
        expected = sum(1 - (found.probability or 0.0) for found in named)
        any_name = words("city.null.any", rate=n.percent(row.lo)) if row.lo is not None else ""
        figures = (Cell(n.plain(row.value, 2), any_name), Cell(n.count(len(named))), Cell(n.plain(expected)))
        lines.append(Line(Cell(_key_name(words, "null", row.key)), figures))
    columns = (
        Column(words("city.column.list"), kind="text"),
        Column(words("city.column.null")),
        Column(words("city.column.named")),
        Column(words("city.column.wrong")),
    )
    subject = subject_name(facts, words, main_subject(facts))
    what = words("city.null.what", runs=words.numbers.count(rows[0].n), subject=subject)
    return Grid(words("city.null.finding"), what, columns, tuple(lines), layout="mid")


def _backtest(facts: Facts, words: Words) -> Grid | None:
    """The look back, good or bad."""
    n, rows = words.numbers, _kind(facts, "backtest")
    if not rows:
        return None
    lines = tuple(
        Line(
            Cell(_key_name(words, "backtest", row.key), _meaning(words, row)),
            (
                Cell(n.plain(row.value, 2)),
                Cell(n.plains(row.lo, row.hi, 2)),
                Cell(n.count(row.n) if row.n else "—"),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.figure"), kind="text"),
        Column(words("city.column.value")),
        Column(words("city.column.range"), "95%", "ci"),
        Column(words("city.column.schools")),
    )
    return Grid(words("city.backtest.finding"), words("city.backtest.what"), columns, lines, layout="mid")


def _meaning(words: Words, row: Row) -> str:
    """How to read a figure of the look back."""
    key = f"city.backtest.{row.key.split(':', 1)[1]}_how"
    return words(key) if key in words else ""


def _missing(facts: Facts, words: Words) -> list[str]:
    """Sentences for what was not run."""
    return [
        words(key)
        for key, there in (
            ("city.null.na", _kind(facts, "null")),
            ("city.backtest.na", _kind(facts, "backtest")),
            ("city.panel.na", facts.rows("panel")),
        )
        if not there
    ]
