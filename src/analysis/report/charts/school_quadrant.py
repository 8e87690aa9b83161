"""Start × progress: this school with its intervals among nameless others."""

from dataclasses import dataclass

from .. import theme
from ..facts import Facts, Row
from ..marks import Drawing, scale, text_width, ticks
from ..picture import Picture
from ..words import Words
from .frame import WIDTH, Scale, beside_line

CROWDED = 48.0
"""So near above the school's dot the last cohort's leaves no room for a name: it goes to the interval's end."""
HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 408, 54, 14, WIDTH - 10, 362


@dataclass(frozen=True)
class Position:
    """A school's place: start and progress in T points, each with its interval."""

    start: Row
    progress: Row

    @property
    def x(self) -> tuple[float, float, float]:
        return tuple(50 + 10 * v for v in (self.start.lo, self.start.value, self.start.hi))

    @property
    def y(self) -> tuple[float, float, float]:
        return tuple(10 * v for v in (self.progress.lo, self.progress.effect, self.progress.hi))


def chart(facts: Facts, words: Words, own: Position, before: tuple[float, float] | None) -> Picture:
    """`before` is the last cohort's place (T points), if there was one."""
    peers = [(50 + 10 * p.start, 10 * p.progress) for p in facts.rows("peer_points")]
    x, y = _scales(peers, own, before)
    drawing = Drawing(WIDTH, HEIGHT)
    _field(drawing, x, y, words)
    for px, py in peers:
        drawing.dot(x(px), y(py), 5.5, theme.PEER)
    dots = [
        *peers,
        *([before] if before else []),
        *((px, own.y[1]) for px in own.x),
        *((own.x[1], py) for py in own.y),
    ]
    _names(drawing, x, y, words, [(x(px), y(py)) for px, py in dots])
    if before:
        _before(drawing, x, y, own, before, words)
    _own(drawing, x, y, own, before, words)
    n = words.numbers
    alt = words(
        "quadrant.alt", start=n.level(own.start.value), progress=n.effect(own.progress.effect), k=len(peers)
    )
    table = [("", words("quadrant.x.short"), words("quadrant.y.short"))]
    table.append((words("school.name"), words.bracket(n.plain(own.x[1]), n.plains(own.x[0], own.x[2])), words.bracket(n.signed(own.y[1]), n.signeds(own.y[0], own.y[2]))))  # fmt: skip
    if before:
        table.append((words("quadrant.before"), n.plain(before[0]), n.signed(before[1])))
    return Picture(drawing.svg(words("quadrant.title"), alt), alt, tuple(table))


def _scales(
    peers: list[tuple[float, float]], own: Position, before: tuple[float, float] | None
) -> tuple[Scale, Scale]:
    """Both axes symmetric around the city, wide enough for every point and interval."""
    points = [*peers, *([before] if before else [])]
    reach_x = max(abs(v - 50) for v in [*own.x, *(p[0] for p in points)]) * 1.08 + 0.2
    reach_y = max(abs(v) for v in [*own.y, *(p[1] for p in points)]) * 1.08 + 0.1
    return scale((50 - reach_x, 50 + reach_x), LEFT, RIGHT), scale((-reach_y, reach_y), BOTTOM, TOP)


def _field(drawing: Drawing, x: Scale, y: Scale, words: Words) -> None:
    """Four fields, the two city lines and the ticks."""
    for left, top, width, height in (
        (x(50), TOP, RIGHT - x(50), y(0) - TOP),
        (LEFT, y(0), x(50) - LEFT, BOTTOM - y(0)),
    ):
        drawing.rect(left, top, width, height, theme.PANEL)
    low, high = _domain(x, LEFT, RIGHT, 50), _domain(y, BOTTOM, TOP, 0)
    for value in ticks(*low, most=6):
        drawing.line(x(value), BOTTOM, x(value), BOTTOM + 4, theme.PEER_DARK)
        drawing.text(x(value), BOTTOM + 18, words.numbers.tick(value), theme.INK_3, 12, "middle")
    for value in ticks(*high, most=6):
        drawing.line(LEFT, y(value), RIGHT, y(value), theme.HAIR)
        drawing.text(LEFT - 6, y(value) + 4, words.numbers.signed_tick(value), theme.INK_3, 12, "end")
    drawing.line(x(50), TOP, x(50), BOTTOM, theme.INK, 1.2)
    drawing.line(LEFT, y(0), RIGHT, y(0), theme.INK, 1.2)


def _names(drawing: Drawing, x: Scale, y: Scale, words: Words, points: list[tuple[float, float]]) -> None:
    """Names of the fields, the city lines and the axes; over the dots, so that no dot hides a word."""
    for key, px, py, anchor in (
        ("low_fast", LEFT + 8, TOP + 18, "start"),
        ("high_fast", RIGHT - 8, TOP + 18, "end"),
        ("low_slow", LEFT + 8, BOTTOM - 9, "start"),
        ("high_slow", RIGHT - 8, BOTTOM - 9, "end"),
    ):
        drawing.text(px, py, words(f"quadrant.{key}"), theme.INK_3, 13, anchor, halo=True)
    drawing.text(RIGHT - 2, y(0) - 6, words("quadrant.zero"), theme.INK_2, 12, "end", halo=True)
    beside_line(drawing, x(50), (BOTTOM - 27, TOP + 36), words("quadrant.fifty"), points)
    drawing.text((LEFT + RIGHT) / 2, BOTTOM + 40, words("quadrant.x"), theme.INK_2, 13, "middle")
    drawing.text(13, (TOP + BOTTOM) / 2, words("quadrant.y"), theme.INK_2, 13, "middle", turn=-90)


def _domain(axis: Scale, start: float, stop: float, middle: float) -> tuple[float, float]:
    """The values at both ends of a scale that is symmetric around `middle`."""
    reach = (stop - start) / 2 / (axis(middle + 1) - axis(middle))
    return middle - abs(reach), middle + abs(reach)


def _before(
    drawing: Drawing, x: Scale, y: Scale, own: Position, before: tuple[float, float], words: Words
) -> None:
    bx, by = x(before[0]), y(before[1])
    drawing.line(bx, by, x(own.x[1]), y(own.y[1]), theme.PROGRESS, 1.3, "3 3")
    drawing.dot(bx, by, 4.5, "#fff", theme.PROGRESS, 1.8)
    below = by >= y(own.y[1])
    drawing.text(
        bx, by + (18 if below else -10), words("quadrant.before"), theme.PROGRESS, 12.5, "middle", halo=True
    )


def _own(
    drawing: Drawing, x: Scale, y: Scale, own: Position, before: tuple[float, float] | None, words: Words
) -> None:
    px, py = x(own.x[1]), y(own.y[1])
    drawing.line(x(own.x[0]), py, x(own.x[2]), py, theme.START, 2.4, round_ends=True)
    drawing.line(px, y(own.y[0]), px, y(own.y[2]), theme.PROGRESS, 2.4, round_ends=True)
    drawing.dot(px, py, 7, theme.INK, "#fff", 1.8, tip=words("school.name"))
    name = words("school.name")
    right = px + 12 + text_width(name, 15) < RIGHT
    up = py - 24 > TOP + 22
    if before and up and abs(x(before[0]) - px) < CROWDED and -CROWDED < y(before[1]) - py < 0:
        end = x(own.x[2]) + 6 if right else x(own.x[0]) - 6
        drawing.text(end, py + 5, name, theme.INK, 15, "start" if right else "end", True, True)
        return
    drawing.text(px + (12 if right else -12), py + (-11 if up else 22), name, theme.INK, 15, "start" if right else "end", True, True)  # fmt: skip
