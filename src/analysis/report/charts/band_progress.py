"""Progress by prior band: who progresses? The total, and one subject beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import theme
from ..bands import state
from ..facts import Row
from ..marks import Drawing, covering, scale, ticks
from ..words import Words
from .frame import WIDTH, inside, name_x, y_axis

HEIGHT, LEFT, TOP, BOTTOM = 272, 40, 26, 208


@dataclass(frozen=True)
class Series:
    name: str
    colour: str
    rows: Sequence[Row]


def draw(series: Sequence[Series], words: Words, title: str, alt: str) -> str:
    """The drawing as SVG; rows of value_added_bands in sd, drawn in T points."""
    right = WIDTH - 12
    ends = [10 * v for s in series for row in s.rows for v in (row.lo, row.hi, row.value) if v is not None]
    domain = covering([*ends, 0.0], 0.05)
    drawing = Drawing(WIDTH, HEIGHT)
    y = scale(domain, BOTTOM, TOP)
    y_axis(drawing, y, ticks(*domain, most=6), LEFT, right, words.numbers.signed_tick)
    drawing.line(LEFT, y(0), right, y(0), theme.INK, 1.2)
    x = scale((1, 5), LEFT + 38, right - 38)
    for k, one in enumerate(series):
        shift = 0 if len(series) == 1 else (-8, 8)[k]
        _one(drawing, one, lambda band, s=shift: x(band) + s, y)
    counts = {row.band: row.n for row in series[0].rows}
    for band in range(1, 6):
        inside(drawing, x(band), BOTTOM + 18, words(f"band.short.{band}"), theme.INK_2, 12.5)
        if counts.get(band):
            inside(drawing, x(band), BOTTOM + 34, words("n.equals", n=counts[band]), theme.INK_3, 12)
    _legend(drawing, series)
    name_x(drawing, LEFT, right, BOTTOM + 57, words("band.axis"))
    return drawing.svg(title, alt)


def _one(drawing: Drawing, one: Series, x, y) -> None:  # type: ignore[no-untyped-def]
    points = [(x(row.band), row) for row in one.rows if row.value is not None]
    line = "L".join(f"{px:.1f} {y(10 * row.value):.1f}" for px, row in points)
    drawing.path("M" + line, "none", one.colour, 1.2, ' stroke-opacity="0.5"')
    for px, row in points:
        drawing.line(px, y(10 * row.lo), px, y(10 * row.hi), one.colour, 2.2, round_ends=True)
        drawing.mark(px, y(10 * row.value), state(row), one.colour)


def _legend(drawing: Drawing, series: Sequence[Series]) -> None:
    """Names with a dot of their colour above the field."""
    place = float(LEFT)
    for one in series:
        drawing.dot(place + 5, 9, 4.5, one.colour)
        drawing.text(place + 14, 13.5, one.name, one.colour, 13, bold=True)
        place += 34 + 13 * len(one.name)
