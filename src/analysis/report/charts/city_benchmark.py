"""Sister counties around this city, subject by subject: nameless grey, the best and the lowest named."""

from .. import theme
from ..marks import Drawing, covering, scale, text_width, ticks
from ..picture import Picture
from ..words import Words
from .city_standing import Scale

ROW = 34


def chart(gaps: dict[str, dict[str, float]], words: Words) -> Picture:
    """Dots of the counties' distances from this city, in sd; one row a subject."""
    title, alt = words("chart.city.benchmark.title"), words("chart.city.benchmark.alt", k=len(gaps))
    counties = list(dict.fromkeys(county for by in gaps.values() for county in by))
    effect = words.numbers.effect
    rows = [(subject, *(effect(by.get(county)) for county in counties)) for subject, by in gaps.items()]
    wide, narrow = (_draw(gaps, words, width).svg(title, alt) for width in (880.0, 358.0))
    return Picture(wide, alt, ((words("city.column.subject"), *counties), *rows), narrow)


def _draw(gaps: dict[str, dict[str, float]], words: Words, width: float) -> Drawing:
    left, right = max(text_width(name, 13) for name in gaps) + 20, width - 12
    drawing = Drawing(width, 24 + ROW * len(gaps) + 44)
    values = [value for by in gaps.values() for value in by.values()]
    domain = covering([*values, 0.0, 0.1, -0.1], 0.08)
    x, bottom = scale(domain, left, right), 24.0 + ROW * len(gaps)
    for value in ticks(*domain, 6):
        drawing.line(x(value), 24, x(value), bottom, theme.HAIR)
        drawing.text(
            x(value), bottom + 16, words.numbers.signed_tick(round(10 * value, 2)), theme.INK_3, 12, "middle"
        )
    drawing.line(x(0), 20, x(0), bottom, theme.INK, 1.2)
    drawing.text(x(0), 14, words("chart.city.benchmark.here"), theme.INK, 12.5, "middle", bold=True)
    drawing.text(
        (left + right) / 2, bottom + 38, words("chart.city.benchmark.axis"), theme.INK_2, 13, "middle"
    )
    for i, (name, by) in enumerate(gaps.items()):
        y = 24 + ROW * (i + 0.5)
        drawing.text(0, y + 4.5, name, theme.INK_2, 13)
        drawing.line(left, y, right, y, theme.HAIR)
        for county, value in by.items():
            tip = f"{county} {words.numbers.effect(value)}"
            drawing.dot(x(value), y, 4.8, theme.PEER_DARK, "#fff", 1, "", tip)
        _ends(drawing, by, x, y, (left, right))
    return drawing


def _ends(drawing: Drawing, by: dict[str, float], x: Scale, y: float, edges: tuple[float, float]) -> None:
    """Names of the highest and the lowest county, outwards."""
    top, low = max(by, key=lambda county: by[county]), min(by, key=lambda county: by[county])
    if x(by[top]) + 9 + text_width(top, 12) < edges[1]:
        drawing.text(x(by[top]) + 9, y + 4.5, top, theme.INK_2, 12, halo=True)
    if low != top and x(by[low]) - 9 - text_width(low, 12) > edges[0]:
        drawing.text(x(by[low]) - 9, y + 4.5, low, theme.INK_2, 12, "end", halo=True)
