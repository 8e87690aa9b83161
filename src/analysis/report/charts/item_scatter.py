"""Items of a paper: how hard the city found them, and the school's gap."""

from collections.abc import Sequence

from .. import theme
from ..facts import Row
from ..marks import Drawing, covering, scale, text_width, ticks
from ..words import Words
from .frame import WIDTH, Scale, inside, name_x, y_axis

HEIGHT, LEFT, TOP, BOTTOM = 268, 46, 14, 218
NAMED = 3
SHIFTS = (0, -18, 18, -36, 36, -54, 54, -72, 72)
"""How far a name may move up or down from its point (px)."""

Box = tuple[float, float, float, float]


def draw(items: Sequence[Row], words: Words, title: str, alt: str) -> str:
    """The drawing as SVG; items that are clearly below the city are coloured, the worst three named."""
    right = WIDTH - 8
    ends = [100 * v for row in items for v in (row.gap, row.gap_lo, row.gap_hi) if v is not None]
    domain_y, domain_x = covering([*ends, 0.0], 0.05), covering([100 * row.city for row in items], 0.05)
    drawing = Drawing(WIDTH, HEIGHT)
    x, y = scale(domain_x, LEFT + 4, right - 4), scale(domain_y, BOTTOM, TOP)
    y_axis(drawing, y, ticks(*domain_y, most=6), LEFT, right, words.numbers.signed_tick)
    for value in ticks(*domain_x, most=7):
        drawing.line(x(value), BOTTOM, x(value), BOTTOM + 4, theme.PEER_DARK)
        inside(drawing, x(value), BOTTOM + 17, words.numbers.tick(value), theme.INK_3, 12)
    drawing.line(LEFT, y(0), right, y(0), theme.INK, 1.2)
    by_ease = sorted(items, key=lambda row: row.city)
    third = max(len(by_ease) // 3, 1)
    left_free = max(r.gap_hi or r.gap for r in by_ease[:third]) < max(
        r.gap_hi or r.gap for r in by_ease[-third:]
    )
    at, anchor = (LEFT + 4, "start") if left_free else (right, "end")
    drawing.text(at, y(0) - 6, words("items.same"), theme.INK_2, 12.5, anchor, halo=True)
    worst = [row for row in sorted(items, key=lambda r: r.gap) if row.gap_hi is not None and row.gap_hi < 0]
    for row in items:
        low = row in worst
        stroke = theme.BELOW if low else theme.PEER_DARK
        if row.gap_lo is not None:
            drawing.line(x(100 * row.city), y(100 * row.gap_lo), x(100 * row.city), y(100 * row.gap_hi), stroke if low else theme.PEER, 1.6 if low else 1.2)  # fmt: skip
        tip = words(
            "items.tip", item=row.item, gap=words.numbers.points(row.gap), city=words.numbers.rate(row.city)
        )
        drawing.dot(x(100 * row.city), y(100 * row.gap), 4.6 if low else 3.4, stroke, "#fff", 1.2, tip=tip)
    _labels(drawing, worst[:NAMED], items, x, y, words)
    name_x(drawing, LEFT, right, BOTTOM + 41, words("items.x"))
    drawing.text(12, (TOP + BOTTOM) / 2, words("items.y"), theme.INK_2, 13, "middle", turn=-90)
    return drawing.svg(title, alt)


def _labels(
    drawing: Drawing, rows: Sequence[Row], items: Sequence[Row], x: Scale, y: Scale, words: Words
) -> None:
    """Names beside their points, where they cover least; a name that had to move is tied to its point."""
    points = [(x(100 * row.city), y(100 * row.gap)) for row in items]
    lines = [(x(100 * r.city), y(100 * r.gap_hi), y(100 * r.gap_lo)) for r in items if r.gap_lo is not None]
    taken: list[Box] = []
    for row in rows:
        name = words("items.label", item=row.item)
        width, px, py = text_width(name, 13), x(100 * row.city), y(100 * row.gap)
        spots = [
            (left, py + 5 + shift) for shift in SHIFTS for left in (px + 9, px - 9 - width, px - width / 2)
        ]
        spots = [s for s in spots if s[0] > LEFT and s[0] + width < WIDTH - 2 and TOP + 8 < s[1] < BOTTOM - 3]
        if not spots:
            continue
        left, base = min(
            spots, key=lambda s: _cost(_box(s[0], s[1], width), points, lines, taken, abs(s[1] - 5 - py))
        )
        if abs(base - 5 - py) > 20:
            drawing.line(px, py, min(max(px, left), left + width), base - 4, theme.BELOW, 0.8)
        taken.append(_box(left, base, width))
        drawing.text(left, base, name, theme.BELOW, 13, bold=True, halo=True)


def _box(left: float, base: float, width: float) -> Box:
    return left, base - 12, left + width, base + 3


def _cost(
    box: Box,
    points: Sequence[tuple[float, float]],
    lines: Sequence[tuple[float, float, float]],
    taken: Sequence[Box],
    moved: float,
) -> float:
    """What a name would cover: another name most, a point, the line of an interval; and how far it had to move."""
    a, b, c, d = box
    names = sum(a < t[2] + 4 and t[0] < c + 4 and b < t[3] + 2 and t[1] < d + 2 for t in taken)
    dots = sum(a - 4 < px < c + 4 and b - 4 < py < d + 4 for px, py in points)
    strokes = sum(a - 1 < px < c + 1 and min(top, low) < d and max(top, low) > b for px, top, low in lines)
    return 100 * names + 6 * dots + 2 * strokes + moved / 12
