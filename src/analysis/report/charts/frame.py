"""What charts share: axes, reference lines, labels that keep inside their drawing."""

from collections.abc import Callable, Sequence

from .. import theme
from ..marks import Drawing, text_width

WIDTH = 424
"""Width of a chart that fits half a page on a screen and a whole one on a phone."""

SMALL = 208
"""Width of a panel of small multiples."""

CLEAR = 16.0
"""Room between a line's name and the next point, so that the name is not read as the point's."""

Scale = Callable[[float], float]
Label = Callable[[float], str]


def x_axis(drawing: Drawing, x: Scale, at: Sequence[float], top: float, bottom: float, label: Label) -> None:
    """Vertical grid lines with their numbers below."""
    for value in at:
        drawing.line(x(value), top, x(value), bottom, theme.HAIR)
        drawing.text(x(value), bottom + 17, label(value), theme.INK_3, 12, "middle")


def y_axis(
    drawing: Drawing, y: Scale, at: Sequence[float], left: float, right: float, label: Label, size: float = 12
) -> None:
    """Horizontal grid lines with their numbers at the left."""
    for value in at:
        drawing.line(left, y(value), right, y(value), theme.HAIR)
        drawing.text(left - 6, y(value) + 4, label(value), theme.INK_3, size, "end")


def name_x(drawing: Drawing, left: float, right: float, y: float, name: str) -> None:
    """Name of the horizontal axis: in the middle of the axis if it fits, else of the drawing."""
    middle, half = (left + right) / 2, text_width(name, 13) / 2
    if middle + half > drawing.width - 2 or middle - half < 2:
        middle = drawing.width / 2
    drawing.text(middle, y, name, theme.INK_2, 13, "middle")


def reference(drawing: Drawing, x: float, top: float, bottom: float, name: str) -> None:
    """The reference line with its name above, turned inwards at an edge."""
    drawing.line(x, top, x, bottom, theme.INK, 1.2)
    inside(drawing, x, top - 5, name, theme.INK_2, 12)


def inside(
    drawing: Drawing, x: float, y: float, name: str, fill: str, size: float, bold: bool = False
) -> None:
    """A text centred on x, moved so far that it stays inside the drawing."""
    half = text_width(name, size) / 2 + 2
    drawing.text(min(max(x, half), drawing.width - half), y, name, fill, size, "middle", bold, True)


def beside_line(
    drawing: Drawing, line: float, heights: Sequence[float], name: str, points: Sequence[tuple[float, float]]
) -> tuple[float, float, float, float]:
    """The name of a vertical line beside it, at the first of the heights and sides that lies clear of the points
    (the first of all if none does); returns the room it takes: left, top, right, bottom.
    """
    wide, boxes = text_width(name, 12) + 5, []
    for y in heights:
        boxes += [(line + 3, y - 13, line + wide + 2, y + 4), (line - wide - 2, y - 13, line - 3, y + 4)]
    crowd = [
        sum(a - CLEAR < px < b + CLEAR and t - 8 < py < u + 8 for px, py in points) for a, t, b, u in boxes
    ]
    at = crowd.index(min(crowd))
    left, top, right, bottom = boxes[at]
    side = (line - 5, "end") if at % 2 else (line + 5, "start")
    drawing.text(side[0], bottom - 4, name, theme.INK_2, 12, side[1], halo=True)
    return left, top, right, bottom


def fitted(name: str, width: float, size: float = 13) -> str:
    """The name, shortened with … where it is wider than `width` (whole names stand in the data table)."""
    if text_width(name, size) <= width:
        return name
    while name and text_width(name + "…", size) > width:
        name = name[:-1]
    return name.rstrip() + "…"
