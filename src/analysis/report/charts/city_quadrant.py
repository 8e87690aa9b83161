"""Start against progress of all schools, named: one wide drawing and a narrow twin."""

from collections.abc import Sequence

from ..marks import Drawing, covering, scale, text_width, ticks
from ..picture import Picture
from ..theme import ABOVE, BELOW, HAIR, INK, INK_2, INK_3, PANEL, PEER_DARK
from ..words import Words
from .city_labels import Box, place
from .city_standing import Scale, Standing
from .frame import CLEAR, beside_line

COLOURS = {"above": ABOVE, "below": BELOW}
Ends = tuple[float, float]


def chart(schools: Sequence[Standing], words: Words) -> Picture:
    """The quadrant of the schools that have both measures; `schools` in the order of the table."""
    shown = [s for s in schools if s.start.value is not None and s.progress.value is not None]
    title, alt = words("chart.city.quadrant.title"), words("chart.city.quadrant.alt", k=len(shown))
    wide = _draw(shown, words, 880, 460, 12.5).svg(title, alt)
    narrow = _draw(shown, words, 358, 430, 12).svg(title, alt)
    head = tuple(words(f"city.column.{key}") for key in ("school", "n", "start", "progress"))
    n = words.numbers
    rows = [(s.name, n.count(s.n), n.level(s.start.value), n.effect(s.progress.value)) for s in shown]
    return Picture(wide, alt, (head, *rows), narrow)


def small(schools: Sequence[Standing], words: Words) -> Picture:
    """The same beside a text: one drawing for all widths."""
    shown = [s for s in schools if s.start.value is not None and s.progress.value is not None]
    title, alt = words("chart.city.quadrant.title"), words("chart.city.quadrant.alt", k=len(shown))
    return Picture(_draw(shown, words, 424, 400, 12).svg(title, alt), alt)


def _domain(values: Sequence[float], least: float) -> tuple[float, float]:
    """A domain around 0 that holds all values and at least ± `least`."""
    low, high = covering([*values, -least, least], 0.09)
    return low, high


def _draw(schools: Sequence[Standing], words: Words, width: float, height: float, size: float) -> Drawing:
    drawing = Drawing(width, height)
    left, right, top, bottom = 46.0, width - 8, 10.0, height - 46
    starts = [s.start.value or 0.0 for s in schools]
    gains = [s.progress.value or 0.0 for s in schools]
    across, up = _domain(starts, 0.3), _domain(gains, 0.15)
    x, y = scale(across, left, right), scale(up, bottom, top)
    _grid(drawing, words, (left, top, right, bottom), x(0), y(0))
    _ticks(drawing, words, (across, x), (up, y), (left, top, right, bottom))
    most = max((s.n for s in schools), default=1)
    points = [
        (x(start), y(gain), 3.2 + (5.8 if width > 600 else 3.4) * (s.n / most) ** 0.5, s.short)
        for s, start, gain in zip(schools, starts, gains, strict=True)
    ]
    for i in sorted(range(len(points)), key=lambda i: -points[i][2]):
        _point(drawing, words, schools[i], points[i])
    corners = _corners(drawing, words, (left, top, right, bottom))
    corners += _lines(drawing, words, (left, top, right, bottom), x(0), y(0), [point[:2] for point in points])
    for label in place(
        points, _importance(schools, starts, gains), (left, top, right, bottom), corners, size
    ):
        fill = INK if schools[label.index].progress.state in COLOURS else INK_2
        drawing.text(label.x, label.y, label.words, fill, size, label.anchor, halo=True)
    return drawing


def _grid(drawing: Drawing, words: Words, frame: Box, x0: float, y0: float) -> None:
    left, top, right, bottom = frame
    drawing.rect(x0, top, right - x0, y0 - top, PANEL)
    drawing.rect(left, y0, x0 - left, bottom - y0, PANEL)
    drawing.text((left + right) / 2, bottom + 38, words("city.axis.start"), INK_2, 13, "middle")
    drawing.text(15, (top + bottom) / 2, words("city.axis.progress"), INK_2, 13, "middle", turn=-90)


def _ticks(
    drawing: Drawing, words: Words, across: tuple[Ends, Scale], up: tuple[Ends, Scale], frame: Box
) -> None:
    left, top, right, bottom = frame
    (starts, x), (gains, y), n = across, up, words.numbers
    for value in ticks(starts[0], starts[1]):
        drawing.line(x(value), bottom, x(value), bottom + 4, PEER_DARK)
        drawing.text(x(value), bottom + 18, n.tick(50 + 10 * value), INK_3, 12, "middle")
    for value in ticks(gains[0], gains[1], 5):
        drawing.line(left, y(value), right, y(value), HAIR)
        drawing.text(left - 6, y(value) + 4, n.signed_tick(10 * value), INK_3, 12, "end")
    drawing.line(x(0), top, x(0), bottom, INK, 1.2)
    drawing.line(left, y(0), right, y(0), INK, 1.2)


def _corners(drawing: Drawing, words: Words, frame: Box) -> list[Box]:
    """The four corner names and the names of the lines; returns the room they take."""
    left, top, right, bottom = frame
    boxes = []
    for key, at_x, at_y, anchor in (
        ("low_fast", left + 8, top + 18, "start"),
        ("high_fast", right - 8, top + 18, "end"),
        ("low_slow", left + 8, bottom - 9, "start"),
        ("high_slow", right - 8, bottom - 9, "end"),
    ):
        drawing.text(at_x, at_y, words(f"city.quadrant.{key}"), INK_3, 12.5, anchor, halo=True)
        edge = at_x if anchor == "start" else at_x - 118
        boxes.append((edge, at_y - 13, edge + 118, at_y + 4))
    return boxes


def _lines(
    drawing: Drawing, words: Words, frame: Box, x0: float, y0: float, points: Sequence[tuple[float, float]]
) -> list[Box]:
    """Names of the two lines near their ends; returns the room that they and the lines take: no label crosses them."""
    left, top, right, bottom = frame
    zero = words("city.axis.zero")
    wide = text_width(zero, 12)
    average = beside_line(drawing, x0, (bottom - 30, top + 36), words("city.axis.fifty"), points)
    ends = ((right - 6 - wide, y0 - 18, right, y0 - 1), (left, y0 - 18, left + 6 + wide, y0 - 1))
    hidden = [sum(a - 6 < x < b + 6 and t - 6 < y < u + 6 for x, y in points) for a, t, b, u in ends]
    at = hidden.index(min(hidden))  # no point of a school lies under the word
    drawing.text((right - 4, left + 4)[at], y0 - 5, zero, INK_2, 12, ("end", "start")[at], halo=True)
    return [
        (average[0] - CLEAR, average[1], average[2] + CLEAR, average[3]),
        ends[at],
        (x0 - 1, top, x0 + 1, bottom),
        (left, y0 - 1, right, y0 + 1),
    ]


def _point(drawing: Drawing, words: Words, school: Standing, point: tuple[float, float, float, str]) -> None:
    n = words.numbers
    tip = words(
        "chart.city.quadrant.tip",
        school=school.name,
        start=n.level(school.start.value),
        value=n.effect(school.progress.value),
        range=n.effects(school.progress.lo, school.progress.hi),
        n=n.count(school.n),
    )
    x, y, r, _ = point
    state = school.progress.state
    if state in COLOURS:
        drawing.dot(x, y, round(r, 1), COLOURS[state], "#fff", 1.2, "", tip)
    else:
        drawing.dot(
            x, y, round(r - 0.8, 1), "#fff", PEER_DARK, 1.6, "2.4 1.8" if state != "around" else "", tip
        )


def _importance(schools: Sequence[Standing], starts: Sequence[float], gains: Sequence[float]) -> list[int]:
    """Schools that differ from expectation first, then those far from the centre."""
    distance = [abs(g) + 0.35 * abs(s) for s, g in zip(starts, gains, strict=True)]
    return sorted(range(len(schools)), key=lambda i: (schools[i].progress.state not in COLOURS, -distance[i]))
