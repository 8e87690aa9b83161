"""The last cohort's value added against this one's, school by school: how steady a single result is."""

from collections.abc import Sequence

from .. import theme
from ..marks import Drawing, covering, scale, ticks
from ..picture import Picture
from ..words import Words

Point = tuple[str, float, float]
"""Name of a school, value added then and now, sd."""


def chart(points: Sequence[Point], words: Words) -> Picture:
    """One dot a school; on the dashed line nothing has changed."""
    drawing = Drawing(424, 300)
    left, right, top, bottom = 46.0, 414.0, 12.0, 252.0
    domain = covering([value for _, then, now in points for value in (then, now)] + [-0.1, 0.1], 0.06)
    x, y, n = scale(domain, left, right), scale(domain, bottom, top), words.numbers
    for value in ticks(domain[0], domain[1], 5):
        drawing.line(left, y(value), right, y(value), theme.HAIR)
        drawing.text(left - 6, y(value) + 4, n.signed_tick(round(10 * value, 2)), theme.INK_3, 12, "end")
        drawing.line(x(value), bottom, x(value), bottom + 4, theme.PEER_DARK)
        drawing.text(x(value), bottom + 17, n.signed_tick(round(10 * value, 2)), theme.INK_3, 12, "middle")
    drawing.line(left, y(0), right, y(0), theme.INK, 1.2)
    drawing.line(x(0), top, x(0), bottom, theme.INK, 1.2)
    drawing.line(left, bottom, right, top, theme.PEER_DARK, 1.2, "4 3")
    for name, then, now in points:
        tip = words("chart.city.backtest.tip", school=name, then=n.effect(then), now=n.effect(now))
        drawing.dot(x(then), y(now), 4.4, theme.PROGRESS, "#fff", 1.2, "", tip)
    drawing.text((left + right) / 2, bottom + 40, words("chart.city.backtest.x"), theme.INK_2, 13, "middle")
    drawing.text(15, (top + bottom) / 2, words("chart.city.backtest.y"), theme.INK_2, 13, "middle", turn=-90)
    title = words("chart.city.backtest.title")
    head = (words("city.column.school"), words("city.column.before"), words("city.column.progress"))
    table = (head, *((name, n.effect(then), n.effect(now)) for name, then, now in points))
    return Picture(drawing.svg(title, words("chart.city.backtest.alt", k=len(points))), title, table)
