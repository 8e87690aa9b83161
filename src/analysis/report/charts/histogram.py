"""A distribution against the city's: the city as bars, the unit as a stepped line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import theme
from ..facts import Row
from ..marks import Drawing, scale, text_width, ticks
from ..words import Words
from .frame import WIDTH, Scale, inside, name_x

Bars = Callable[[Drawing, Scale, Scale, Sequence[Row], Words], None]
"""Draws the city's distribution: drawing, both scales, bins, words."""

HEIGHT = 252
LEFT, RIGHT, TOP, BOTTOM = 40, WIDTH - 8, 40, HEIGHT - 50


@dataclass(frozen=True)
class Look:
    """Name of the axis, colour of the unit, and named vertical lines: (place, name, dashed, colour).

    one_school : the unit is all there is: bars only.
    """

    axis: str
    colour: str
    lines: tuple[tuple[float, str, bool, str], ...] = ()
    one_school: bool = False


def draw(
    bins: Sequence[Row], look: Look, words: Words, title: str, alt: str, bars: Bars | None = None
) -> str:
    """The drawing as SVG; `bins` have start, stop, share and city (0–1), `bars` draws the city."""
    top = 100 * max(max(row.share or 0, row.city or 0) for row in bins) * 1.12 or 1.0
    drawing = Drawing(WIDTH, HEIGHT)
    x, y = scale((bins[0].start, bins[-1].stop), LEFT, RIGHT), scale((0, top), BOTTOM, TOP)
    for value in ticks(0, top, most=5):
        drawing.line(LEFT, y(value), RIGHT, y(value), theme.HAIR if value else theme.RULE)
        drawing.text(LEFT - 6, y(value) + 4, words.numbers.tick(value), theme.INK_3, 12, "end")
    drawing.text(LEFT - 6, TOP - 10, "%", theme.INK_3, 12, "end")
    (bars or _bars)(drawing, x, y, bins, words)
    if not look.one_school:
        _steps(drawing, x, y, bins, look.colour)
    for value in ticks(bins[0].start, bins[-1].stop, most=7):
        drawing.line(x(value), BOTTOM, x(value), BOTTOM + 4, theme.PEER_DARK)
        inside(drawing, x(value), BOTTOM + 17, words.numbers.tick(value), theme.INK_3, 12)
    _lines(drawing, x, look)
    if not look.one_school:
        _names(drawing, x, y, bins, look, words)
    name_x(drawing, LEFT, RIGHT, BOTTOM + 41, look.axis)
    return drawing.svg(title, alt)


def _bars(drawing: Drawing, x: Scale, y: Scale, bins: Sequence[Row], words: Words) -> None:
    """The city as bars; each tells both shares."""
    for row in bins:
        share, city = 100 * (row.share or 0), 100 * (row.city or 0)
        span = words.numbers.range(words.numbers.tick(row.start), words.numbers.tick(row.stop))
        tip = words("histogram.tip", span=span, own=f"{share:.1f}", city=f"{city:.1f}")
        drawing.rect(
            x(row.start) + 0.5, y(city), x(row.stop) - x(row.start) - 1, BOTTOM - y(city), theme.CITY, tip
        )


def _steps(drawing: Drawing, x: Scale, y: Scale, bins: Sequence[Row], colour: str) -> None:
    """The unit as a stepped line."""
    steps = "".join(f"V{y(100 * (row.share or 0)):.1f}H{x(row.stop):.1f}" for row in bins)
    drawing.path(f"M{x(bins[0].start):.1f} {BOTTOM}{steps}V{BOTTOM}", "none", colour, 2.4)


def _lines(drawing: Drawing, x: Scale, look: Look) -> None:
    """Named lines. A name stands left or right of its line, in the lowest storey where it covers nothing."""
    placed: list[tuple[float, float, int, float]] = []
    others = [x(line[0]) for line in look.lines]
    for place, name, dashed, colour in sorted(look.lines):
        at, width = x(place), text_width(name, 12.5)
        sides = [(at - 5 - width, at - 5), (at + 5, at + 5 + width)]
        spots = [
            (left, right, storey)
            for storey in range(4)
            for left, right in (sides if not placed else sides[::-1])
        ]
        free = [
            spot for spot in spots if spot[0] >= 0 and spot[1] <= WIDTH and _free(spot, at, placed, others)
        ]
        left, right, storey = (free or spots)[0]
        placed.append((left, right, storey, at))
        y = TOP - 8 - 15 * storey
        drawing.line(at, y - 9, at, BOTTOM, colour, 1.4, "4 3" if dashed else "")
        drawing.text(left, y, name, colour, 12.5, "start", colour != theme.INK_2, True)


def _free(
    spot: tuple[float, float, int],
    at: float,
    placed: list[tuple[float, float, int, float]],
    others: list[float],
) -> bool:
    """Whether a name would cover neither another name of its storey nor a line that reaches up to it."""
    left, right, storey = spot
    if any(storey == p[2] and left < p[1] + 6 and right > p[0] - 6 for p in placed):
        return False
    high = [p[3] for p in placed if p[2] >= storey]
    lines = high if storey else [*high, *(o for o in others if o != at)]
    return not any(left - 2 < line < right + 2 for line in lines)


def _names(drawing: Drawing, x: Scale, y: Scale, bins: Sequence[Row], look: Look, words: Words) -> None:
    """'This school' where its line stands highest above the bars; 'the city' where the bars stand highest above it
    and the two names do not meet.
    """
    own = max(bins, key=lambda row: (row.share or 0) - (row.city or 0))
    mine = _name(drawing, x, y, own, own.share, words("school.name"), look.colour)
    for row in sorted(bins, key=lambda row: (row.share or 0) - (row.city or 0)):
        half = text_width(words("city.name"), 13) / 2
        middle = (x(row.start) + x(row.stop)) / 2
        apart = abs(y(100 * (row.city or 0)) - y(100 * (own.share or 0))) > 16
        if apart or middle + half < mine[0] - 4 or middle - half > mine[1] + 4:
            _name(drawing, x, y, row, row.city, words("city.name"), theme.INK_2)
            return


def _name(
    drawing: Drawing, x: Scale, y: Scale, row: Row, share: float | None, name: str, fill: str
) -> tuple[float, float]:
    """Writes a name over a bin; where it begins and ends."""
    middle, half = (x(row.start) + x(row.stop)) / 2, text_width(name, 13) / 2
    inside(drawing, middle, max(y(100 * (share or 0)) - 7, TOP + 10), name, fill, 13, fill != theme.INK_2)
    return middle - half, middle + half
