"""Where the differences between pupils of the same start lie: schools, classes, pupils; one bar a subject."""

from collections.abc import Sequence

from .. import theme
from ..facts import Facts
from ..marks import Drawing, scale, text_width
from ..picture import Picture
from ..words import Words

PARTS = ("school", "class", "pupil")
COLOURS = {"school": theme.PROGRESS, "class": theme.START, "pupil": theme.CITY}
ROW = 30


def chart(facts: Facts, words: Words, named: Sequence[tuple[str, str]]) -> Picture | None:
    """Stacked shares of the variance left after the start, for (code, name) of the subjects; None without variances."""
    rows = [(name, shares) for code, name in named if (shares := _shares(facts, code))]
    if not rows:
        return None
    parts = [part for part in PARTS if any(shares[part] > 0 for _, shares in rows)]
    wide, narrow = (_draw(rows, parts, words, width) for width in (880, 358))
    n, title = words.numbers, words("chart.city.variance.title")
    head = (words("city.column.subject"), *(words(f"city.part.{part}") for part in parts))
    table = (head, *((name, *(n.percent(shares[part]) for part in parts)) for name, shares in rows))
    alt = words("chart.city.variance.alt", k=len(rows))
    return Picture(wide.svg(title, alt), alt, table, narrow.svg(title, alt))


def _shares(facts: Facts, subject: str) -> dict[str, float]:
    """Shares of school, class and pupil in the variance given the start; the rest of the tree counts as class."""
    found = {
        row.term.split(":", 1)[1]: max(row.value, 0.0)
        for row in facts.rows("fits", subject=subject)
        if row.term.startswith("variance:") and row.value is not None
    }
    whole = sum(found.values())
    if "school" not in found or whole <= 0:
        return {}
    pupil = found.get("pupil", found.get("residual", 0.0))
    parts = {"school": found["school"], "pupil": pupil, "class": whole - found["school"] - pupil}
    return {part: parts[part] / whole for part in PARTS}


def _draw(
    rows: list[tuple[str, dict[str, float]]], parts: Sequence[str], words: Words, width: float
) -> Drawing:
    left = 6 + max(text_width(name, 13) for name, _ in rows) + 8
    drawing = Drawing(width, 26 + ROW * len(rows) + 24)
    x = scale((0, 1), left, width - 6)
    _key(drawing, parts, words, left)
    for i, (name, shares) in enumerate(rows):
        y, at = 26 + ROW * i, 0.0
        drawing.text(0, y + ROW / 2 + 4.5, name, theme.INK_2, 13)
        for part in parts:
            text = words.numbers.percent(shares[part], 0 if width < 600 else 1)
            span = x(at + shares[part]) - x(at)
            tip = words("chart.city.variance.tip", subject=name, part=words(f"city.part.{part}"), share=text)
            drawing.rect(x(at), y + 4, span - 1.5, ROW - 8, COLOURS[part], tip)
            if span > text_width(text, 12.5) + 4:
                fill = theme.INK if part == "pupil" else "#fff"
                drawing.text(x(at) + span / 2, y + ROW / 2 + 4.5, text, fill, 12.5, "middle")
            at += shares[part]
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        text, anchor = (
            words.numbers.percent(value, 0),
            "end" if value == 1 else "start" if value == 0 else "middle",
        )
        drawing.text(x(value), drawing.height - 6, text, theme.INK_3, 12, anchor)
    return drawing


def _key(drawing: Drawing, parts: Sequence[str], words: Words, left: float) -> None:
    """The parts named above their colours."""
    for part in parts:
        drawing.rect(left, 6, 12, 12, COLOURS[part])
        name = words(f"city.part.{part}")
        drawing.text(left + 17, 17, name, theme.INK_2, 12.5)
        left += 17 + text_width(name, 12.5) + 18
