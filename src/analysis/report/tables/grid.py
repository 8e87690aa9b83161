"""A table of a report as data; the template `macros.html.j2` turns it into HTML."""

from dataclasses import dataclass, replace

from markupsafe import Markup

from ..numbers import MISSING

NO_DRAWING = Markup("")
MANY_LINES = 7
"""A table of more lines may break between two of them in print; a shorter one stays on its page."""


@dataclass(frozen=True)
class Column:
    """A column: `kind` is num, text, ci (interval) or viz (inline drawing); `unit` is printed small below."""

    label: str
    unit: str = ""
    kind: str = "num"
    axis: Markup = NO_DRAWING


@dataclass(frozen=True)
class Cell:
    """A cell: text, a second small line, a tone (up, dn, ev …) or an inline drawing instead."""

    text: str = ""
    small: str = ""
    tone: str = ""
    drawing: Markup = NO_DRAWING
    css: str = ""
    tip: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it but the sign for what is not shown."""
        return not (self.drawing or self.css or self.small) and self.text in ("", MISSING)


@dataclass(frozen=True)
class Line:
    """A row: head cell and the others; css `sum` for totals, `me` for the report's own unit."""

    head: Cell
    cells: tuple[Cell, ...]
    css: str = ""


@dataclass(frozen=True)
class Grid:
    """A table with its finding. `layout`: '', mid or wide (scrolls inside its own frame on a phone)."""

    finding: str
    what: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    note: str = ""
    layout: str = ""
    css: str = ""
    folded: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything in it: a table without rows is not shown."""
        return bool(self.lines)

    @property
    def filled(self) -> "Grid":
        """The table without columns in which not one line has anything."""
        bodies = [line.cells for line in self.lines if line.cells]
        kept = [i for i in range(len(self.columns) - 1) if not all(cells[i].blank for cells in bodies)]
        if not bodies or len(kept) == len(self.columns) - 1:
            return self
        columns = (self.columns[0], *(self.columns[i + 1] for i in kept))
        lines = tuple(
            replace(line, cells=tuple(line.cells[i] for i in kept)) if line.cells else line
            for line in self.lines
        )
        return replace(self, columns=columns, lines=lines)

    @property
    def frame(self) -> str:
        """CSS classes of the frame around the table."""
        long = "long" if len(self.lines) > MANY_LINES else ""
        return " ".join(filter(None, ("tablewrap", self.layout, long)))
