"""Probabilities of the three tiers as one small bar: top to the right, as 'better' is everywhere else."""

from markupsafe import Markup

from .. import theme
from ..marks import Drawing, scale

WIDTH = 150


def tier_bar(top: float, bottom: float) -> Markup:
    """A bar of P(third), P(middle), P(first), from left to right."""
    drawing = Drawing(WIDTH, 16)
    x, at = scale((0, 1), 0, WIDTH), 0.0
    for share, colour in (
        (bottom, theme.BELOW_3),
        (max(1 - top - bottom, 0.0), theme.HAIR),
        (top, theme.ABOVE_3),
    ):
        if share > 0.004:
            drawing.rect(x(at), 3, x(at + share) - x(at) - 0.8, 10, colour)
        at += share
    return Markup(drawing.svg(css="micro"))
