"""Rows of dots with their intervals: one or two series over named rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import theme
from ..marks import Drawing, covering, scale, text_width, ticks
from ..picture import Picture
from ..words import Words
from .city_standing import Estimate

COLOURS = {
    "peer": theme.PEER_DARK,
    "progress": theme.PROGRESS,
    "achieve": theme.ACHIEVE,
    "start": theme.START,
}


@dataclass(frozen=True)
class Series:
    """A named series: row name → estimate."""

    name: str
    colour: str
    dots: dict[str, Estimate]


@dataclass(frozen=True)
class Axis:
    """The scale below: its name, its reference line if any, how ticks and values are written."""

    name: str
    reference: float | None
    tick: Callable[[float], str]
    value: Callable[[float], str]


def chart(series: Sequence[Series], axis: Axis, title: str, words: Words) -> Picture:
    """Dots of all series, one row a name, in the order of the first series."""
    rows = list(dict.fromkeys(name for one in series for name in one.dots))
    drawing = _draw(series, rows, axis)
    head = (words("city.column.subject"), *(one.name for one in series))
    table = (head, *((row, *(_written(axis, one.dots.get(row)) for one in series)) for row in rows))
    return Picture(drawing.svg(title, words("chart.city.dots.alt", k=len(rows))), title, table)


def _written(axis: Axis, e: Estimate | None) -> str:
    return axis.value(e.value) if e is not None and e.value is not None else "—"


def _draw(series: Sequence[Series], rows: Sequence[str], axis: Axis) -> Drawing:
    step = 30 if len(series) > 1 else 27
    left, right, top = max(text_width(row, 13) for row in rows) + 16, 372.0, 30.0
    bottom = top + step * len(rows)
    drawing = Drawing(424, bottom + 44)
    ends = [
        end for one in series for e in one.dots.values() for end in (e.value, e.lo, e.hi) if end is not None
    ]
    domain = covering([*ends, axis.reference if axis.reference is not None else 0.0], 0.04)
    if axis.reference is None:
        domain = (0.0, domain[1])
    x = scale(domain, left, right)
    for value in ticks(*domain, 5):
        drawing.line(x(value), top, x(value), bottom, theme.HAIR)
        drawing.text(x(value), bottom + 16, axis.tick(value), theme.INK_3, 12, "middle")
    if axis.reference is not None:
        drawing.line(x(axis.reference), top, x(axis.reference), bottom, theme.INK, 1.2)
    drawing.text((left + right) / 2, bottom + 38, axis.name, theme.INK_2, 13, "middle")
    _names(drawing, series, left)
    if len(series) > 1:  # the column of values belongs to the last series
        drawing.dot(416, 13, 4.5, COLOURS[series[-1].colour])
    for i, row in enumerate(rows):
        y = top + step * (i + 0.5)
        drawing.text(0, y + 4.5, row, theme.INK_2, 13)
        for j, one in enumerate(series):
            if row in one.dots:
                _dot(drawing, one, one.dots[row], x, y + (j - (len(series) - 1) / 2) * 11, axis)
        _value(drawing, series[-1].dots.get(row), y, axis, COLOURS[series[-1].colour])
    return drawing


def _names(drawing: Drawing, series: Sequence[Series], left: float) -> None:
    """Names of the series in their colours, above the rows."""
    for one in series:
        drawing.dot(left + 4, 13, 4.5, COLOURS[one.colour])
        drawing.text(left + 13, 17.5, one.name, theme.INK_2, 12.5)
        left += 13 + text_width(one.name, 12.5) + 16


def _dot(
    drawing: Drawing, series: Series, e: Estimate, x: Callable[[float], float], y: float, axis: Axis
) -> None:
    if e.value is None:
        return
    colour = COLOURS[series.colour]
    if e.lo is not None and e.hi is not None:
        drawing.line(x(e.lo), y, x(e.hi), y, colour, 2.2, round_ends=True)
    drawing.mark(x(e.value), y, e.state, colour, 4.6, f"{series.name} {axis.value(e.value)}")


def _value(drawing: Drawing, e: Estimate | None, y: float, axis: Axis, colour: str) -> None:
    if e is not None and e.value is not None:
        drawing.text(420, y + 4.5, axis.value(e.value), colour, 13, "end", bold=e.distinct)
