"""Inline dot-and-whisker drawings that sit beside a column of numbers."""

import math
from collections.abc import Callable, Iterable

from markupsafe import Markup

from .. import bands, theme
from ..marks import Drawing, scale

WIDTH, HEIGHT, EDGE = 150, 24, 8

Domain = tuple[float, float]


def common_domain(ends: Iterable[float | None], reference: float, widest: float) -> Domain:
    """A domain around the reference that holds all ends, symmetric and at most ± `widest`."""
    reach = max((abs(end - reference) for end in ends if end is not None), default=widest) * 1.05
    reach = min(max(reach, widest / 8), widest)
    return reference - reach, reference + reach


def whisker(value: float | None, low: float | None, high: float | None, domain: Domain, state: str, reference: float = 0.0, tip: str = "") -> Markup:  # fmt: skip
    """Dot with its interval on the domain; what goes beyond the edge ends in an arrow head."""
    drawing = Drawing(WIDTH, HEIGHT)
    x, y = scale(domain, EDGE, WIDTH - EDGE), HEIGHT / 2
    drawing.line(EDGE, y, WIDTH - EDGE, y, theme.HAIR)
    drawing.line(x(reference), 0, x(reference), HEIGHT, theme.PEER_DARK)
    if value is not None:
        stroke = bands.colour(state)
        if low is not None and high is not None:
            interval(drawing, x(low), x(high), y, (3, WIDTH - 3), stroke)
        drawing.mark(min(max(x(value), EDGE), WIDTH - EDGE), y, state, stroke, 4.5, tip)
    return Markup(drawing.svg(css="micro"))


def interval(
    drawing: Drawing, left: float, right: float, y: float, edges: Domain, stroke: str, width: float = 2
) -> None:
    """A horizontal interval, cut at the edges with an arrow head where it goes on."""
    a, b = max(left, edges[0]), min(right, edges[1])
    drawing.line(min(a, edges[1]), y, max(b, edges[0]), y, stroke, width, round_ends=True)
    if left < edges[0]:
        drawing.path(f"M{edges[0]:.1f} {y:.1f}l5 -3.5v7z", stroke)
    if right > edges[1]:
        drawing.path(f"M{edges[1]:.1f} {y:.1f}l-5 -3.5v7z", stroke)


def labels(domain: Domain, write: Callable[[float], str]) -> dict[float, str]:
    """Three labels of a symmetric domain: the reference and a round distance to both sides."""
    middle, reach = (domain[0] + domain[1]) / 2, (domain[1] - domain[0]) / 2
    power = 10.0 ** math.floor(math.log10(0.85 * reach))
    step = max(k * power for k in (1, 2, 3, 4, 5, 6, 8) if k * power <= 0.85 * reach + 1e-9)
    return {at: write(at) for at in (middle - step, middle, middle + step)}


def whisker_axis(domain: Domain, labels: dict[float, str]) -> Markup:
    """The scale in the column's head: position → label."""
    drawing = Drawing(WIDTH, 18)
    x = scale(domain, EDGE, WIDTH - EDGE)
    for position, label in labels.items():
        anchor = "start" if x(position) < 14 else "end" if x(position) > WIDTH - 14 else "middle"
        drawing.text(x(position), 13, label, theme.INK_3, 12, anchor)
    return Markup(drawing.svg(css="micro"))


def share_bar(value: float, most: float, colour: str = theme.PROGRESS, width: int = 72) -> Markup:
    """A small bar."""
    drawing = Drawing(width, 16)
    drawing.rect(0, 3, width * max(value, 0) / most if most else 0, 10, colour)
    return Markup(drawing.svg(css="micro"))
