"""Where to write names beside points so that nothing overlaps; a name without room is left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..marks import text_width

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Label:
    """A name with its place: baseline at (x, y), anchored start, middle or end."""

    index: int
    words: str
    x: float
    y: float
    anchor: str


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _candidates(
    x: float, y: float, r: float, width: float, size: float
) -> Iterable[tuple[float, float, str, Box]]:
    """Places around the point, the easiest to read first: right, left, above, below, then the corners."""
    gap, half = r + 4, 0.38 * size
    for dx, dy, anchor in (
        (gap, half, "start"),
        (-gap, half, "end"),
        (0.0, -gap, "middle"),
        (0.0, gap + 2 * half, "middle"),
        (gap - 2, -gap + 3, "start"),
        (gap - 2, gap + half, "start"),
        (-gap + 2, -gap + 3, "end"),
        (-gap + 2, gap + half, "end"),
    ):
        left = x + dx - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        yield x + dx, y + dy, anchor, (left - 1, y + dy - 0.86 * size, left + width + 1, y + dy + 0.22 * size)


def place(
    points: Sequence[tuple[float, float, float, str]],
    order: Iterable[int],
    frame: Box,
    taken: Sequence[Box],
    size: float,
) -> list[Label]:
    """Labels for as many points as there is room for, in the given order of importance.

    Parameters
    ----------
    points : (x, y, radius, name) in pixels; all of them are obstacles.
    order : indices of the points to name, most important first.
    frame : names stay inside it. taken : other boxes to keep free.
    size : type size in pixels.
    """
    dots = [(x - r - 1, y - r - 1, x + r + 1, y + r + 1) for x, y, r, _ in points]
    used, labels = list(taken), []
    for index in order:
        x, y, r, name = points[index]
        others = dots[:index] + dots[index + 1 :]
        for at_x, at_y, anchor, box in _candidates(x, y, r, text_width(name, size), size):
            inside = frame[0] <= box[0] and box[2] <= frame[2] and frame[1] <= box[1] and box[3] <= frame[3]
            if inside and not any(_overlap(box, other) for other in (*used, *others)):
                used.append(box)
                labels.append(Label(index, name, at_x, at_y, anchor))
                break
    return labels
