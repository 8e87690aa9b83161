"""Estimates from rows that carry no verdict: their state follows from the interval alone."""

from .. import bands
from ..charts.city_standing import NOTHING, Estimate
from ..facts import Row


def of_row(row: Row | None, reference: float = 0.0) -> Estimate:
    """A row's figure against a reference; nothing where it is not shown."""
    if row is None or bands.shown(row) is None:
        return NOTHING
    return Estimate(row.value, row.lo, row.hi, bands.side(row.lo, row.hi, reference), getattr(row, "n", 0))
