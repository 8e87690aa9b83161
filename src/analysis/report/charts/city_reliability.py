"""Reliability of the schools' value added against their size."""

from collections.abc import Sequence

from .. import theme
from ..facts import Row
from ..marks import Drawing, scale, ticks
from ..picture import Picture
from ..words import Words
from .city_standing import Standing

CUT = 0.7


def chart(schools: Sequence[tuple[Standing, Row]], words: Words) -> Picture:
    """One dot a school; 0 is 'the mean alone', 1 'the data alone'."""
    rows = [(s, row) for s, row in schools if row.reliability is not None and row.n]
    drawing = Drawing(424, 270)
    left, right, top, bottom = 40.0, 414.0, 12.0, 222.0
    most = max(row.n for _, row in rows)
    x, y = scale((0, most * 1.06), left, right), scale((0, 1), bottom, top)
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawing.line(left, y(value), right, y(value), theme.HAIR)
        drawing.text(left - 6, y(value) + 4, words.numbers.plain(value, 1), theme.INK_3, 12, "end")
    for value in ticks(0, most * 1.06, 6):
        drawing.line(x(value), bottom, x(value), bottom + 4, theme.PEER_DARK)
        drawing.text(x(value), bottom + 17, words.numbers.count(value), theme.INK_3, 12, "middle")
    drawing.line(left, y(CUT), right, y(CUT), theme.INK, 1.2, "4 3")
    drawing.text(right, y(CUT) + 15, words("chart.city.reliability.cut"), theme.INK_2, 12, "end", halo=True)
    for s, row in rows:
        tip = words(
            "chart.city.reliability.tip",
            school=s.name,
            n=row.n,
            value=words.numbers.plain(row.reliability, 2),
        )
        fill = theme.PROGRESS if row.reliability >= CUT else theme.PEER_DARK
        drawing.dot(x(row.n), y(row.reliability), 4.6, fill, "#fff", 1.2, "", tip)
    drawing.text(
        (left + right) / 2, bottom + 40, words("chart.city.reliability.x"), theme.INK_2, 13, "middle"
    )
    title = words("chart.city.reliability.title")
    head = tuple(words(f"city.column.{key}") for key in ("school", "matched_n", "reliability"))
    table = (head, *((s.name, str(row.n), words.numbers.plain(row.reliability, 2)) for s, row in rows))
    return Picture(drawing.svg(title, words("chart.city.reliability.alt", k=len(rows))), title, table)
