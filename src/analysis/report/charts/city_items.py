"""Items of a paper: how hard against how well they tell pupils apart."""

from collections.abc import Sequence

from .. import theme
from ..facts import Row
from ..marks import Drawing, scale
from ..picture import Picture
from ..words import Words
from .city_labels import Box, place
from .city_standing import Scale

GOOD = 0.20
"""Item-rest correlation below which an item is looked at again."""


def chart(rows: Sequence[Row], subject: str, words: Words) -> Picture:
    """One dot an item; the flat ones are named."""
    shown = [row for row in rows if row.value is not None and row.discrimination is not None]
    drawing = Drawing(424, 300)
    left, right, top, bottom = 46.0, 408.0, 12.0, 252.0
    low = min([0.0, *(row.discrimination for row in shown)])
    high = max([0.6, *(row.discrimination for row in shown)])
    x, y = scale((0, 1), left, right), scale((low - 0.03, high + 0.05), bottom, top)
    _axes(drawing, words, x, y, (left, right, top, bottom), (low, high))
    points = [(x(row.value), y(row.discrimination), 4.4, words("city.item", item=row.item)) for row in shown]
    for row, (at_x, at_y, r, name) in zip(shown, points, strict=True):
        flat = row.discrimination < GOOD
        tip = words("chart.city.items.tip", item=name, rate=words.numbers.rate(row.value), d=words.numbers.plain(row.discrimination, 2))  # fmt: skip
        drawing.dot(
            at_x, at_y, r if flat else 3.6, theme.BELOW if flat else theme.PEER_DARK, "#fff", 1, "", tip
        )
    flat = [i for i, row in enumerate(shown) if row.discrimination < GOOD]
    for label in place(points, flat, (left, top, right, bottom), (), 12.5):
        drawing.text(label.x, label.y, label.words, theme.BELOW, 12.5, label.anchor, halo=True)
    title = words("chart.city.items.title", subject=subject)
    head = tuple(words(f"city.column.{key}") for key in ("item", "score_rate", "discrimination"))
    n = words.numbers
    table = (head, *((r.item, n.percent(r.value), n.plain(r.discrimination, 2)) for r in shown))
    return Picture(drawing.svg(title, words("chart.city.items.alt", k=len(shown))), title, table)


def _axes(drawing: Drawing, words: Words, x: Scale, y: Scale, frame: Box, reach: tuple[float, float]) -> None:
    left, right, top, bottom = frame
    low, high = reach
    n = words.numbers
    for step in range(int(low * 5) - 1, int(high * 5) + 1):
        value = step / 5
        if low - 0.03 <= value <= high + 0.05:
            drawing.line(left, y(value), right, y(value), theme.HAIR)
            drawing.text(left - 6, y(value) + 4, n.plain(value, 1), theme.INK_3, 12, "end")
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawing.line(x(value), bottom, x(value), bottom + 4, theme.PEER_DARK)
        drawing.text(x(value), bottom + 17, f"{100 * value:.0f}", theme.INK_3, 12, "middle")
    drawing.line(left, y(GOOD), right, y(GOOD), theme.INK, 1.2, "4 3")
    drawing.text(right, y(GOOD) - 5, words("chart.city.items.line"), theme.INK_2, 12, "end", halo=True)
    drawing.text((left + right) / 2, bottom + 40, words("chart.city.items.x"), theme.INK_2, 13, "middle")
    drawing.text(15, (top + bottom) / 2, words("chart.city.items.y"), theme.INK_2, 13, "middle", turn=-90)
