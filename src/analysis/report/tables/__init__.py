"""HTML tables of the reports: `grid` holds them as data, `whisker` draws inside their cells."""

from .grid import Cell, Column, Grid, Line
from .whisker import common_domain, labels, share_bar, whisker, whisker_axis

__all__ = [
    "Cell",
    "Column",
    "Grid",
    "Line",
    "common_domain",
    "labels",
    "share_bar",
    "whisker",
    "whisker_axis",
]
