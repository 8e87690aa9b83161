"""Small multiples, a panel a subject: place among nameless peers, or path over the cohorts."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import theme
from ..bands import colour, side
from ..facts import Row
from ..marks import Drawing, scale, ticks
from ..picture import Picture
from ..words import Words
from .frame import SMALL, inside, y_axis

TEXT = 12.5


@dataclass(frozen=True)
class Panel:
    """One subject: name, its number with tone, and the drawing."""

    name: str
    text: str
    tone: str
    picture: Picture


def caterpillar(
    own: Row, peers: Sequence[float], state: str, domain: tuple[float, float], words: Words, name: str
) -> Picture:
    """Sorted peers as small points, the school at its place with its interval (T points)."""
    height, left, right, top, bottom = 112, 32, SMALL - 4, 6, 104
    drawing = Drawing(SMALL, height)
    y = scale(domain, bottom, top)
    y_axis(drawing, y, [v for v in ticks(*domain, most=4) if v], left, right, words.numbers.signed_tick, TEXT)
    y_axis(drawing, y, [0.0], left, right, words.numbers.tick, TEXT)
    drawing.line(left, y(0), right, y(0), theme.INK)
    value = 10 * own.effect
    values = sorted([*(10 * p for p in peers)])
    place = sum(v < value for v in values)
    x = scale((-1, len(values) + 1), left, right)
    for i, v in enumerate(values):
        drawing.dot(x(i + (i >= place)), y(v), 2, theme.PEER_DARK, "none", 0)
    stroke = colour(state)
    drawing.line(x(place), y(10 * own.lo), x(place), y(10 * own.hi), "#fff", 6)
    drawing.line(x(place), y(10 * own.lo), x(place), y(10 * own.hi), stroke, 2.6, round_ends=True)
    drawing.mark(x(place), y(value), state, stroke)
    n = words.numbers
    alt = words(
        "panel.caterpillar.alt",
        subject=name,
        value=n.signed(value),
        interval=n.effects(own.lo, own.hi),
        k=len(values),
    )
    return Picture(drawing.svg(name, alt), alt)


def path(
    rows: Sequence[Row], state: str, domain: tuple[float, float], words: Words, name: str, base: float = 0.0
) -> Picture:
    """Cohort after cohort with intervals, the newest in the colour of its state (T points from `base`, the city)."""
    height, left, right, top, bottom = 116, 32, SMALL - 8, 6, 92
    drawing = Drawing(SMALL, height)
    y = scale(domain, bottom, top)
    write = words.numbers.signed_tick if base == 0 else lambda value: words.numbers.tick(base + value)
    y_axis(drawing, y, ticks(*domain, most=4), left, right, write, TEXT)
    drawing.line(left, y(0), right, y(0), theme.INK)
    x = scale((0, max(len(rows) - 1, 1)), left + 18, right - 18)
    points = [(x(i), y(10 * row.value)) for i, row in enumerate(rows)]
    drawing.path("M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points), "none", theme.PEER_DARK, 1.4)
    for i, (row, (px, py)) in enumerate(zip(rows, points, strict=True)):
        last = i == len(rows) - 1
        of = state if last else side(row.lo, row.hi)
        stroke = colour(of) if last else theme.PEER_DARK
        if row.lo is not None:
            drawing.line(
                px, y(10 * row.lo), px, y(10 * row.hi), stroke, 2.2 if last else 1.6, round_ends=True
            )
        drawing.mark(px, py, of, stroke, 4.8 if last else 3.8)
        inside(
            drawing,
            px,
            bottom + 18,
            row.cohort or row.date[:4],
            theme.INK if last else theme.INK_3,
            TEXT,
            last,
        )
    figure = words.numbers.effect if base == 0 else words.numbers.level
    steps = [f"{row.cohort} {figure(row.value)}" for row in rows]
    alt = words("panel.path.alt", subject=name, steps=words.join(steps))
    return Picture(drawing.svg(name, alt), alt)
