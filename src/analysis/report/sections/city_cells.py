"""Cells that many tables of the city report share: a figure, its interval, its drawing."""

from collections.abc import Callable, Iterable

from .. import bands
from ..charts.city_standing import Estimate
from ..facts import Row
from ..tables import Cell, Column, common_domain, whisker, whisker_axis
from ..tables.whisker import Domain
from ..words import Words

WIDEST = {"effect": 1.0, "level": 2.0}
"""Largest reach of an inline drawing, sd."""


def domain(estimates: Iterable[Estimate], kind: str = "effect") -> Domain:
    """The scale on which a column's drawings are made, sd around 0."""
    return common_domain([end for e in estimates if e.shown for end in (e.lo, e.hi)], 0.0, WIDEST[kind])


def reach(ends: Iterable[float]) -> Domain:
    """The scale of drawings of effects whose ends these are, sd around 0."""
    return common_domain(list(ends), 0.0, WIDEST["effect"])


def columns(words: Words, measure: str, scale: Domain) -> tuple[Column, Column, Column]:
    """Columns of figure, interval and drawing of a measure."""
    n = words.numbers
    effect = measure not in ("start", "achievement")
    write: Callable[[float], str] = (
        (lambda v: n.signed_tick(round(10 * v, 1))) if effect else (lambda v: n.tick(round(50 + 10 * v, 1)))
    )
    tick = _round_tick(scale[1])
    labels = {-tick: write(-tick), 0.0: write(0.0), tick: write(tick)}
    name = words(f"city.column.{measure}")
    return (
        Column(name, words("city.unit.t")),
        Column(words("city.column.range"), "95%", "ci"),
        Column(name, kind="viz", axis=whisker_axis(scale, labels)),
    )


def _round_tick(reach: float) -> float:
    """A round position inside the reach: 0.1, 0.2, 0.5, 1 …"""
    return max(
        (step for step in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 1.5) if step <= reach * 0.9),
        default=reach,
    )


def cells(words: Words, measure: str, e: Estimate, scale: Domain) -> tuple[Cell, Cell, Cell]:
    """Figure, interval and drawing of one estimate; dashes where it is not shown."""
    n = words.numbers
    effect = measure not in ("start", "achievement")
    value = n.effect(e.value) if effect else n.level(e.value)
    spread = n.effects(e.lo, e.hi) if effect else n.levels(e.lo, e.hi)
    return (
        Cell(value, tone=bands.tone(e.state) if e.shown else ""),
        Cell(spread),
        Cell(drawing=whisker(e.value, e.lo, e.hi, scale, e.state)),
    )


def text(value: str, small: str = "") -> Cell:
    return Cell(value, small)


def rate(words: Words, row: Row | None) -> Cell:
    """A rate in per cent with its interval in small type; a dash where it is not shown."""
    n = words.numbers
    value = bands.shown(row)
    if row is None or value is None:
        return Cell(n.rate(None))
    return Cell(n.rate(value), n.rates(row.lo, row.hi))


def compact_columns(words: Words, measure: str, scale: Domain) -> tuple[Column, Column]:
    """Columns of the figure with its interval below, and of the drawing: for wide tables."""
    figure, _, drawing = columns(words, measure, scale)
    return Column(figure.label, words("city.unit.t_range")), drawing


def compact(words: Words, measure: str, e: Estimate, scale: Domain) -> tuple[Cell, Cell]:
    """The figure with its interval in small type below, and the drawing."""
    figure, spread, drawing = cells(words, measure, e, scale)
    return Cell(figure.text, spread.text if e.shown else "", figure.tone), drawing
