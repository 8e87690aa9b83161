"""Rows of dots with intervals: shares of bands, cohorts, classes, balance of subjects, knowledge points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import theme
from ..bands import colour
from ..marks import Drawing, covering, scale, text_width, ticks
from ..tables.whisker import interval
from .frame import WIDTH, fitted, name_x, reference, x_axis

MOST_LABEL = 150


@dataclass(frozen=True)
class DotRow:
    """A row: label, figure with its interval in axis units, state, and the number printed at the right."""

    label: str
    value: float
    low: float | None
    high: float | None
    state: str
    text: str
    stroke: str = ""
    bold: bool = False
    city: float | None = None
    """Own reference of this row, drawn as a short stroke."""


@dataclass(frozen=True)
class Axis:
    """Name of the axis, how its numbers are written, the reference and its name, a shaded zone."""

    name: str
    label: Callable[[float], str]
    reference: float | None = None
    reference_name: str = ""
    zone: tuple[float, float] | None = None


def draw(rows: Sequence[DotRow], axis: Axis, title: str, alt: str, row_height: float = 30) -> str:
    """The drawing as SVG."""
    left = min(max(text_width(row.label, 13) for row in rows), MOST_LABEL) + 12
    right = WIDTH - max(text_width(row.text, 13) for row in rows) - 12
    top = 22 if axis.reference_name else 8
    bottom = top + row_height * len(rows)
    drawing = Drawing(WIDTH, bottom + 46)
    domain = _domain(rows, axis)
    x = scale(domain, left + 4, right - 4)
    if axis.zone:
        drawing.rect(x(axis.zone[0]), top, x(axis.zone[1]) - x(axis.zone[0]), bottom - top, theme.PANEL)
    x_axis(drawing, x, ticks(*domain, most=6), top, bottom, axis.label)
    if axis.reference is not None:
        reference(drawing, x(axis.reference), top, bottom, axis.reference_name)
    for i, row in enumerate(rows):
        _row(drawing, row, x, top + row_height * (i + 0.5), left)
    name_x(drawing, left, right, bottom + 39, axis.name)
    return drawing.svg(title, alt)


def _domain(rows: Sequence[DotRow], axis: Axis) -> tuple[float, float]:
    ends = [v for row in rows for v in (row.value, row.low, row.high, row.city) if v is not None]
    return covering(
        [*ends, *([axis.reference] if axis.reference is not None else []), *(axis.zone or ())], 0.04
    )


def _row(drawing: Drawing, row: DotRow, x: Callable[[float], float], y: float, left: float) -> None:
    ink = theme.INK if row.bold else theme.INK_2
    stroke = row.stroke or colour(row.state)
    drawing.text(0, y + 4.5, fitted(row.label, left - 8), ink, 13, "start", row.bold)
    if row.city is not None:
        drawing.line(x(row.value), y, x(row.city), y, theme.RULE, 2)
        drawing.line(x(row.city), y - 7, x(row.city), y + 7, theme.INK, 2)
    if row.low is not None and row.high is not None:
        interval(drawing, x(row.low), x(row.high), y, (0, WIDTH), stroke, 2.4)
    drawing.mark(x(row.value), y, row.state, stroke, 5.2, f"{row.label} {row.text}")
    strong = row.state in ("above", "below")
    drawing.text(
        WIDTH - 2,
        y + 4.5,
        row.text,
        (theme.INK if row.stroke else colour(row.state)) if strong else theme.INK_2,
        13,
        "end",
        strong,
    )
