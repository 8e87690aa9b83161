"""Items of a paper: how hard the city found them, and the school's gap."""

from collections.abc import Sequence

from .. import theme
from ..facts import Row
from ..marks import Drawing, covering, scale, text_width, ticks
from ..words import Words
from .frame import WIDTH, inside, name_x, y_axis

HEIGHT, LEFT, TOP, BOTTOM = 268, 46, 14, 218
NAMED = 3


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
    _labels(drawing, worst[:NAMED], x, y, words)
    name_x(drawing, LEFT, right, BOTTOM + 41, words("items.x"))
    drawing.text(12, (TOP + BOTTOM) / 2, words("items.y"), theme.INK_2, 13, "middle", turn=-90)
    return drawing.svg(title, alt)


def _labels(drawing: Drawing, rows: Sequence[Row], x, y, words: Words) -> None:  # type: ignore[no-untyped-def]
    """Names beside their points: right, left, above or below, wherever no other name stands; else none."""
    taken: list[tuple[float, float, float, float]] = []
    for row in rows:
        name = words("items.label", item=row.item)
        width, px, py = text_width(name, 13), x(100 * row.city), y(100 * row.gap)
        for left, base in ((px + 9, py + 5), (px - 9 - width, py + 5), (px + 7, py - 9), (px + 7, py + 19)):
            box = (left, base - 12, left + width, base + 3)
            inside_field = box[0] > LEFT and box[2] < WIDTH - 2 and box[1] > 0 and box[3] < BOTTOM
            if inside_field and not any(
                box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken
            ):
                taken.append(box)
                drawing.text(left, base, name, theme.BELOW, 13, bold=True, halo=True)
                break
