"""Each school for pupils who started low and for pupils who started high, where the settings ask for it."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line, whisker
from ..words import Words
from . import city_cells as cells
from .city_units import main_subject, names

ENDS = ("slope_low", "slope_high")


def slopes_grid(facts: Facts, words: Words) -> Grid | None:
    """One line a school, the largest difference between the two first; None where nothing was fitted."""
    n, called = words.numbers, names(facts)
    low, high = (
        {
            row.unit: row
            for row in facts.rows("panel", level="school", subject=main_subject(facts), fit=end)
            if row.value is not None
        }
        for end in ENDS
    )
    both = [unit for unit in low if unit in high]
    if not both:
        return None
    both.sort(key=lambda unit: -abs(high[unit].value - low[unit].value))
    reach = [end for unit in both for row in (low[unit], high[unit]) for end in (row.lo, row.hi)]
    scale = cells.reach(reach)

    def figure(row: Row) -> tuple[Cell, Cell]:
        state = "above" if row.lo > 0 else "below" if row.hi < 0 else "unclear"
        return Cell(n.effect(row.value), n.effects(row.lo, row.hi)), Cell(
            drawing=whisker(row.value, row.lo, row.hi, scale, state)
        )

    lines = tuple(
        Line(
            Cell(called.get(unit, unit)),
            (*figure(low[unit]), *figure(high[unit]), Cell(n.effect(high[unit].value - low[unit].value))),
        )
        for unit in both
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.slope_low"), words("city.unit.t_range")),
        Column(words("city.column.slope_low"), kind="viz"),
        Column(words("city.column.slope_high"), words("city.unit.t_range")),
        Column(words("city.column.slope_high"), kind="viz"),
        Column(words("city.column.slope_gap"), words("city.unit.t")),
    )
    note = words("city.slopes.note")
    return Grid(words("city.slopes.finding"), words("city.slopes.what"), columns, lines, note, "wide")
