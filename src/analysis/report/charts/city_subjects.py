"""How many schools stand above and below expectation, subject by subject: bars to both sides of one axis."""

from .. import theme
from ..marks import Drawing, text_width
from ..picture import Picture
from ..words import Words

ROW = 30

Counts = dict[str, tuple[int, int, int]]


def chart(words: Words, counted: Counts) -> Picture:
    """Bars of counts by name of the subject: below to the left, above to the right, most distinct subject first."""
    rows = sorted(((name, *n) for name, n in counted.items()), key=lambda r: -(r[1] + r[2]))
    title, alt = words("chart.city.subjects.title"), words("chart.city.subjects.alt", k=len(rows))
    head = tuple(words(f"city.column.{key}") for key in ("subject", "n_above", "n_below", "n_middle"))
    table = (head, *((name, str(up), str(down), str(mid)) for name, up, down, mid in rows))
    wide, narrow = (_draw(rows, words, width).svg(title, alt) for width in (880.0, 358.0))
    return Picture(wide, alt, table, narrow)


def _draw(rows: list[tuple[str, int, int, int]], words: Words, width: float) -> Drawing:
    left = max(text_width(name, 13) for name, *_ in rows) + 30
    most = max(max(up, down) for _, up, down, _ in rows) or 1
    drawing = Drawing(width, 26 + ROW * len(rows) + 6)
    centre, unit = (left + width) / 2, ((width - left) / 2 - 26) / most
    drawing.text(centre - 8, 17, words("city.below_expectation"), theme.BELOW, 12.5, "end", bold=True)
    drawing.text(centre + 8, 17, words("city.above_expectation"), theme.ABOVE, 12.5, bold=True)
    for i, (name, up, down, _) in enumerate(rows):
        y = 26 + ROW * i
        drawing.text(0, y + ROW / 2 + 4.5, name, theme.INK_2, 13)
        drawing.rect(centre - unit * down, y + 5, unit * down, ROW - 10, theme.BELOW)
        drawing.rect(centre, y + 5, unit * up, ROW - 10, theme.ABOVE)
        drawing.text(centre - unit * down - 6, y + ROW / 2 + 4.5, str(down), theme.INK, 13, "end")
        drawing.text(centre + unit * up + 6, y + ROW / 2 + 4.5, str(up), theme.INK, 13)
    drawing.line(centre, 22, centre, drawing.height - 2, theme.INK, 1.2)
    return drawing
