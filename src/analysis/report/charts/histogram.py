"""A distribution against the city's: the city as bars, the unit as a stepped line."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import theme
from ..facts import Row
from ..marks import Drawing, scale, text_width, ticks
from ..words import Words
from .frame import WIDTH, inside, name_x

TOP = 40
HEIGHT = 252


@dataclass(frozen=True)
class Look:
    """Name of the axis, colour of the unit, and named vertical lines: (place, name, dashed, colour)."""

    axis: str
    colour: str
    lines: tuple[tuple[float, str, bool, str], ...] = ()


def draw(bins: Sequence[Row], look: Look, words: Words, title: str, alt: str) -> str:
    """The drawing as SVG; `bins` have start, stop, share and city (0–1)."""
    left, right, bottom = 40, WIDTH - 8, HEIGHT - 50
    shares = [100 * (row.share or 0) for row in bins]
    cities = [100 * (row.city or 0) for row in bins]
    drawing = Drawing(WIDTH, HEIGHT)
    x = scale((bins[0].start, bins[-1].stop), left, right)
    y = scale((0, max([*shares, *cities]) * 1.12 or 1), bottom, TOP)
    for value in ticks(0, max([*shares, *cities]) * 1.12 or 1, most=5):
        drawing.line(left, y(value), right, y(value), theme.HAIR if value else theme.RULE)
        drawing.text(left - 6, y(value) + 4, words.numbers.tick(value), theme.INK_3, 12, "end")
    drawing.text(left - 6, TOP - 10, "%", theme.INK_3, 12, "end")
    for row, share, city in zip(bins, shares, cities, strict=True):
        width = x(row.stop) - x(row.start) - 1
        tip = words(
            "histogram.tip",
            span=words.numbers.plains(row.start, row.stop, 0),
            own=f"{share:.1f}",
            city=f"{city:.1f}",
        )
        drawing.rect(x(row.start) + 0.5, y(city), width, bottom - y(city), theme.CITY, tip)
    steps = "".join(f"V{y(share):.1f}H{x(row.stop):.1f}" for row, share in zip(bins, shares, strict=True))
    drawing.path(f"M{x(bins[0].start):.1f} {bottom}{steps}V{bottom}", "none", look.colour, 2.4)
    for value in ticks(bins[0].start, bins[-1].stop, most=7):
        drawing.line(x(value), bottom, x(value), bottom + 4, theme.PEER_DARK)
        inside(drawing, x(value), bottom + 17, words.numbers.tick(value), theme.INK_3, 12)
    _lines(drawing, x, look, bottom)
    _names(drawing, x, y, bins, shares, cities, look, words)
    name_x(drawing, left, right, bottom + 41, look.axis)
    return drawing.svg(title, alt)


def _lines(drawing: Drawing, x, look: Look, bottom: float) -> None:  # type: ignore[no-untyped-def]
    """Named lines; names stand left and right of neighbours so that they do not meet, in two storeys if needed."""
    ends: list[tuple[float, float, float]] = []
    for place, name, dashed, colour in sorted(look.lines):
        half = text_width(name, 12.5) / 2
        middle = min(max(x(place), half + 2), WIDTH - half - 2)
        level = next(k for k in range(4) if all(k != e[2] or middle - half > e[1] + 6 for e in ends))
        ends.append((middle - half, middle + half, level))
        top = TOP - 8 - 15 * level
        drawing.line(x(place), top + 3, x(place), bottom, colour, 1.4, "4 3" if dashed else "")
        drawing.text(middle, top, name, colour, 12.5, "middle", dashed, True)


def _names(drawing: Drawing, x, y, bins: Sequence[Row], shares: list[float], cities: list[float], look: Look, words: Words) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    """'This school' where its line stands highest above the bars, 'the city' where the bars stand highest above it."""
    ahead = [share - city for share, city in zip(shares, cities, strict=True)]
    own, other = ahead.index(max(ahead)), ahead.index(min(ahead))
    for i, height, name, fill in (
        (own, shares[own], words("school.name"), look.colour),
        (other, cities[other], words("city.name"), theme.INK_2),
    ):
        middle = (x(bins[i].start) + x(bins[i].stop)) / 2
        inside(drawing, middle, max(y(height) - 7, TOP + 10), name, fill, 13, fill != theme.INK_2)
