"""The schools on one scale, one stroke each: the picture in a tile."""

from collections.abc import Sequence

from ..marks import Drawing, covering, scale
from ..picture import Picture
from ..theme import INK, INK_2, INK_3, PEER_DARK, RULE
from ..words import Words
from .city_standing import Standing


def chart(schools: Sequence[Standing], measure: str, colour: str, words: Words) -> Picture | None:
    """Strokes coloured where the interval excludes the reference, grey where it does not; None without a school."""
    estimates = [e for e in (getattr(s, measure) for s in schools) if e.value is not None]
    if not estimates:
        return None
    most = max(abs(e.value) for e in estimates)
    domain = covering([-max(most, 0.2), max(most, 0.2)], 0.05)
    drawing = Drawing(300, 48)
    x = scale(domain, 4, 296)
    drawing.line(4, 17, 296, 17, RULE)
    for estimate in sorted(estimates, key=lambda e: e.distinct):
        at = x(estimate.value)
        drawing.line(
            at, 10, at, 24, colour if estimate.distinct else PEER_DARK, 2 if estimate.distinct else 1.4
        )
    drawing.line(x(0), 4, x(0), 28, INK, 1.5)
    n, progress = words.numbers, measure == "progress"
    ends = [n.effect(end) if progress else n.level(end) for end in domain]
    drawing.text(
        x(0), 44, words("city.axis.zero") if progress else words("city.axis.fifty"), INK_2, 11.5, "middle"
    )
    drawing.text(4, 44, ends[0], INK_3, 11.5)
    drawing.text(296, 44, ends[1], INK_3, 11.5, "end")
    title = words("chart.city.strip.title", measure=words(f"city.measure.{measure}"))
    return Picture(drawing.svg(title, words("chart.city.strip.alt", k=len(estimates)), "fig strip"), title)
