"""One figure on the city's scale: other schools as thin strokes, this one as a dot with its interval."""

import math
from collections.abc import Sequence

from .. import theme
from ..bands import state_of
from ..facts import Row
from ..marks import Drawing, scale
from ..picture import Picture
from ..tables.whisker import interval
from ..words import Words

WIDTH, HEIGHT, LINE = 300, 48, 17


def chart(row: Row, value: float, peers: Sequence[float], measure: str, words: Words) -> Picture:
    """`row` has lo, hi and verdict; all in sd, drawn in T points (positions from 50, progress from 0)."""
    base = 0.0 if measure == "progress" else 50.0
    points = [base + 10 * peer for peer in peers]
    own, low, high = (base + 10 * v if v is not None else None for v in (value, row.lo, row.hi))
    known = [v for v in (*points, own, low, high, base) if v is not None]
    domain = (math.floor(min(known) - 0.3), math.ceil(max(known) + 0.3))
    drawing = Drawing(WIDTH, HEIGHT)
    x = scale(domain, 6, WIDTH - 6)
    drawing.line(6, LINE, WIDTH - 6, LINE, theme.RULE)
    for point in points:
        drawing.line(x(point), LINE - 6, x(point), LINE + 6, theme.PEER_DARK, 1.3)
    _scale(drawing, x(base), *domain, words("strip." + measure, base=f"{base:.0f}"), words, base)
    stroke = theme.MEASURE_COLOURS[measure]
    if low is not None and high is not None:
        interval(drawing, x(low), x(high), LINE, (3, WIDTH - 3), stroke, 3)
    drawing.mark(x(own or base), LINE, state_of(row.verdict), stroke, 6.5)
    alt = words("strip.alt", measure=words(f"measure.{measure}"), k=len(points))
    return Picture(drawing.svg(words(f"measure.{measure}"), alt, "fig strip"), alt)


def _scale(
    drawing: Drawing, zero: float, low: float, high: float, name: str, words: Words, base: float
) -> None:
    """The city's line, named, and the ends of the scale where there is room for them."""
    drawing.line(zero, 4, zero, 28, theme.INK, 1.5)
    write = words.numbers.signed if base == 0 else words.numbers.plain
    if zero > 90:
        drawing.text(6, 44, write(low, 0), theme.INK_3, 12)
    if zero < WIDTH - 90:
        drawing.text(WIDTH - 6, 44, write(high, 0), theme.INK_3, 12, "end")
    drawing.text(min(max(zero, 44), WIDTH - 44), 44, name, theme.INK_2, 12, "middle")
