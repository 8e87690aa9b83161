"""From the city's mean to the school's in exact steps: one wide drawing, one narrow twin."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import theme
from ..marks import Drawing, covering, scale, text_width, ticks
from ..words import Words
from .frame import WIDTH, fitted, inside, x_axis, y_axis

WIDE, HEIGHT = 880, 264


@dataclass(frozen=True)
class Step:
    """A step (T points): where it starts and ends; `whole` for the two means at the ends."""

    name: str
    begin: float
    end: float
    text: str
    colour: str
    ink: str
    whole: bool = False


def steps_of(parts: Sequence[tuple[str, float, str]], names: tuple[str, str], words: Words) -> list[Step]:
    """Steps from (name, change in T points, colour); they end where the sum of the changes ends."""
    n = words.numbers
    steps = [Step(names[0], 50, 50, n.plain(50.0), theme.INK, theme.INK, True)]
    here = 50.0
    for name, change, stroke in parts:
        steps.append(
            Step(
                name,
                here,
                here + change,
                n.signed(change),
                stroke,
                theme.INK_2 if stroke in (theme.PEER_DARK, theme.EVEN) else stroke,
            )
        )
        here += change
    return [*steps, Step(names[1], here, here, n.plain(here), theme.INK, theme.INK, True)]


def wide(steps: Sequence[Step], words: Words, title: str, alt: str) -> str:
    """Columns from left to right."""
    left, right, top, bottom = 48, WIDE - 6, 30, HEIGHT - 32
    domain = covering([v for s in steps for v in (s.begin, s.end)], 0.18)
    drawing = Drawing(WIDE, HEIGHT)
    y = scale(domain, bottom, top)
    y_axis(drawing, y, ticks(*domain, most=6), left, right, words.numbers.tick)
    width = (right - left) / len(steps)
    for i, step in enumerate(steps):
        middle, half = left + width * (i + 0.5), width * 0.31
        _column(drawing, step, middle, half, y)
        name = fitted(step.name, width - 4, 13.5)
        drawing.text(
            middle, bottom + 22, name, theme.INK if step.whole else theme.INK_2, 13.5, "middle", step.whole
        )
        if i < len(steps) - 1:
            drawing.line(middle + half, y(step.end), middle + width - half, y(step.end), theme.PEER_DARK)
    drawing.text(0, top - 14, words("waterfall.axis"), theme.INK_3, 12)
    return drawing.svg(title, alt)


def _column(drawing: Drawing, step: Step, middle: float, half: float, y) -> None:  # type: ignore[no-untyped-def]
    if step.whole:
        drawing.line(middle - half, y(step.end), middle + half, y(step.end), theme.INK, 4)
        drawing.text(middle, y(step.end) - 9, step.text, theme.INK, 15, "middle", True, True)
        return
    top, height = min(y(step.begin), y(step.end)), max(abs(y(step.end) - y(step.begin)), 1.5)
    drawing.rect(middle - half, top, 2 * half, height, step.colour, f"{step.name} {step.text}")
    below = step.end < step.begin
    drawing.text(
        middle, top + height + 18 if below else top - 8, step.text, step.ink, 15, "middle", True, True
    )


def narrow(steps: Sequence[Step], words: Words, title: str, alt: str) -> str:
    """The same as rows, for a phone."""
    row, top = 34, 8
    left = min(max(text_width(s.name, 13) for s in steps) + 10, 130)
    right, bottom = WIDTH - 56, top + row * len(steps)
    domain = covering([v for s in steps for v in (s.begin, s.end)], 0.08)
    drawing = Drawing(WIDTH, bottom + 46)
    x = scale(domain, left, right)
    x_axis(drawing, x, ticks(*domain, most=5), top, bottom, words.numbers.tick)
    for i, step in enumerate(steps):
        y = top + row * i
        drawing.text(0, y + row / 2 + 4.5, fitted(step.name, left - 4), theme.INK if step.whole else theme.INK_2, 13, "start", step.whole)  # fmt: skip
        if step.whole:
            drawing.line(x(step.end), y + 5, x(step.end), y + row - 5, theme.INK, 5)
        else:
            a, b = sorted((x(step.begin), x(step.end)))
            drawing.rect(a, y + 7, max(b - a, 1.5), row - 14, step.colour)
        drawing.text(WIDTH - 2, y + row / 2 + 4.5, step.text, step.ink, 13, "end", True)
        if i < len(steps) - 1:
            drawing.line(x(step.end), y + row - 7, x(step.end), y + row + 7, theme.PEER_DARK)
    inside(drawing, (left + right) / 2, bottom + 39, words("waterfall.axis"), theme.INK_2, 13)
    return drawing.svg(title, alt)
