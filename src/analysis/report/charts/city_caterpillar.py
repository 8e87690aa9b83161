"""All schools in order of one measure, each with its interval.

Wide: whiskers side by side, names in the empty half beside their whisker. Narrow: one line a school, every name.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from ..marks import Drawing, covering, scale, text_width, ticks
from ..picture import Picture
from ..theme import ABOVE, BELOW, EVEN, HAIR, INK, INK_2, INK_3
from ..words import Words
from .city_standing import Estimate, Scale, Standing
from .frame import fitted, reference

Measure = Literal["start", "progress", "achievement"]
Ends = tuple[float, float]
COLOURS = {"above": ABOVE, "below": BELOW}
ROOMY = 3.0
"""Radius of a point from which it can show its state by its form, px."""
NARROW, LINE, HEAD = 358.0, 17, 22
"""The narrow drawing: its width, the height of a line and of what stands above the first, px."""
AVERAGE = 56
"""Room at the right for the name of the reference line, px."""


def chart(schools: Sequence[Standing], measure: Measure, words: Words) -> Picture:
    """Caterpillar of the schools whose estimate is shown, lowest first."""
    found = [(school, getattr(school, measure)) for school in schools]
    rows = sorted(((s, e) for s, e in found if e.shown), key=lambda row: row[1].value)
    title = words("chart.city.caterpillar.title", measure=words(f"city.measure.{measure}"))
    alt = words("chart.city.caterpillar.alt", k=len(rows))
    wide = _draw(rows, measure, words, 880, 320, 12).svg(title, alt)
    narrow = _lying(rows, measure, words).svg(title, alt)
    return Picture(wide, alt, _table(rows, measure, words), narrow)


def _write(measure: Measure, words: Words) -> tuple[Callable[..., str], Callable[..., str]]:
    n = words.numbers
    return (n.effect, n.effects) if measure == "progress" else (n.level, n.levels)


def _table(
    rows: Sequence[tuple[Standing, Estimate]], measure: Measure, words: Words
) -> tuple[tuple[str, ...], ...]:
    value, interval = _write(measure, words)
    head = tuple(words(f"city.column.{key}") for key in ("school", "n", measure, "range"))
    return (
        head,
        *(
            (s.name, words.numbers.count(e.n), value(e.value), interval(e.lo, e.hi))
            for s, e in reversed(rows)
        ),
    )


def _draw(
    rows: Sequence[tuple[Standing, Estimate]],
    measure: Measure,
    words: Words,
    width: float,
    height: float,
    size: float,
) -> Drawing:
    drawing = Drawing(width, height)
    left, right, top, bottom = 40.0, width - AVERAGE, 12.0, height - 30
    ends = [end for _, e in rows for end in (e.lo or 0.0, e.hi or 0.0)]
    domain = covering([*ends, -0.15, 0.15], 0.05)
    y = scale(domain, bottom, top)
    _axis(drawing, measure, words, domain, y, (left, right, bottom))
    step = (right - left - 16) / max(len(rows), 1)
    at = [left + 8 + step * (i + 0.5) for i in range(len(rows))]
    for row, x in zip(rows, at, strict=True):
        _whisker(drawing, row, x, y, min(4.5, max(2.2, step * 0.3)), measure, words)
    for i in _named(rows, at, size):
        _name(drawing, rows[i], at[i], y, size, (top, bottom))
    return drawing


def _lying(rows: Sequence[tuple[Standing, Estimate]], measure: Measure, words: Words) -> Drawing:
    """One line a school, highest first: name, whisker, figure."""
    drawing = Drawing(NARROW, HEAD + LINE * len(rows) + 26)
    left, right, bottom = 104.0, NARROW - 44.0, HEAD + LINE * len(rows) + 4
    ends = [end for _, e in rows for end in (e.lo or 0.0, e.hi or 0.0)]
    domain = covering([*ends, -0.15, 0.15], 0.03)
    x = scale(domain, left, right)
    n, value = words.numbers, _write(measure, words)[0]
    for at in ticks(*domain, 5):
        text = n.signed_tick(10 * at) if measure == "progress" else n.tick(50 + 10 * at)
        drawing.line(x(at), HEAD, x(at), bottom, HAIR)
        drawing.text(x(at), bottom + 15, text, INK_3, 11.5, "middle")
    reference(drawing, x(0), HEAD, bottom, words("city.axis.average"))
    for i, (school, estimate) in enumerate(reversed(rows)):
        y, ink = HEAD + LINE * (i + 0.5) + 2, INK if estimate.distinct else INK_2
        low, middle, high = _ends(estimate)
        colour = COLOURS.get(estimate.state, EVEN)
        drawing.text(0, y + 4, fitted(school.short, left - 8, 12), ink, 12)
        drawing.line(x(low), y, x(high), y, colour, 1.8, round_ends=True)
        drawing.mark(x(middle), y, estimate.state, colour, 3.8)
        drawing.text(NARROW, y + 4, value(estimate.value), ink, 12, "end")
    return drawing


def _axis(
    drawing: Drawing,
    measure: Measure,
    words: Words,
    domain: Ends,
    y: Scale,
    frame: tuple[float, float, float],
) -> None:
    left, right, bottom = frame
    n = words.numbers
    for value in ticks(domain[0], domain[1]):
        drawing.line(left, y(value), right, y(value), HAIR)
        text = n.signed_tick(10 * value) if measure == "progress" else n.tick(50 + 10 * value)
        drawing.text(left - 6, y(value) + 4, text, INK_3, 12, "end")
    drawing.line(left, y(0), right, y(0), INK, 1.2)
    drawing.text(right + 4, y(0) + 4, words("city.axis.average"), INK_2, 12)
    drawing.text(
        (left + right) / 2, bottom + 22, words(f"chart.city.caterpillar.axis.{measure}"), INK_2, 13, "middle"
    )


def _whisker(
    drawing: Drawing,
    row: tuple[Standing, Estimate],
    x: float,
    y: Scale,
    r: float,
    measure: Measure,
    words: Words,
) -> None:
    school, estimate = row
    low, middle, high = _ends(estimate)
    value, interval = _write(measure, words)
    colour = COLOURS.get(estimate.state, EVEN)
    tip = words(
        "chart.city.tip",
        school=school.name,
        value=value(estimate.value),
        range=interval(estimate.lo, estimate.hi),
        n=words.numbers.count(estimate.n),
    )
    drawing.line(x, y(low), x, y(high), colour, 2 if r > 3 else 1.5, round_ends=True)
    if r >= ROOMY:
        drawing.mark(x, y(middle), estimate.state, colour, round(r, 1), tip)
    else:  # crowded: a white rim or a dashed ring would eat the point
        drawing.dot(x, y(middle), round(r, 1), colour if estimate.distinct else "#fff", colour, 1, "", tip)


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    """Lower end, value and upper end of a shown estimate."""
    return estimate.lo or 0.0, estimate.value or 0.0, estimate.hi or 0.0


def _named(rows: Sequence[tuple[Standing, Estimate]], at: Sequence[float], size: float) -> list[int]:
    """Rows to name: those that differ first, from the ends inwards, as long as the names keep their distance."""
    order = sorted(range(len(rows)), key=lambda i: (not rows[i][1].distinct, min(i, len(rows) - 1 - i)))
    chosen: list[int] = []
    for i in order:
        if all(abs(at[i] - at[j]) >= size + 1 for j in chosen):
            chosen.append(i)
    return chosen


def _name(
    drawing: Drawing, row: tuple[Standing, Estimate], x: float, y: Scale, size: float, frame: Ends
) -> None:
    """The name over a low whisker up to the line of the average, else under the whisker, if there is room."""
    school, estimate = row
    low, _, high = _ends(estimate)
    length, fill = text_width(school.short, size), INK_2 if estimate.distinct else INK_3
    if estimate.state == "below":
        foot = min(y(high) - 8, y(0) - 6)
        if foot - length > frame[0]:
            drawing.column(x, foot - length, school.short, fill, size)
    elif (head := max(y(low) + 8, y(0) + 6)) + length < frame[1]:
        drawing.column(x, head, school.short, fill, size)
