"""Tables of HTML pages, which marking platforms like to call .xls."""

from collections.abc import Iterator

from lxml import etree, html

from analysis.params import Limits
from analysis.workbook.sheet import Cell, RefusedFile

Merged = tuple[tuple[int, int, int, int], ...]


def tables(text: str, limits: Limits) -> Iterator[tuple[list[list[Cell]], Merged]]:
    """Rows and merged ranges of every innermost table.

    Raises
    ------
    RefusedFile
        No table, or one that breaks a limit.
    """
    parser = html.HTMLParser(huge_tree=False, no_network=True, recover=True)
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=_utf8(parser))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as fault:
        raise RefusedFile("damaged", str(fault)) from None
    found = [table for table in page.iter("table") if not any(True for _ in table.iterdescendants("table"))]
    if not found:
        raise RefusedFile("no_table")
    for table in found:
        yield _table(table, limits)


def _utf8(parser: html.HTMLParser) -> html.HTMLParser:
    return html.HTMLParser(huge_tree=False, no_network=True, recover=True, encoding="utf-8")


def _table(table: html.HtmlElement, limits: Limits) -> tuple[list[list[Cell]], Merged]:
    """One table on a grid: a cell spanning several stands at its first place, the others are blank."""
    grid: list[dict[int, Cell]] = []
    merged = []
    cells = 0
    taken: set[tuple[int, int]] = set()
    lines = list(table.iter("tr"))
    for r, line in enumerate(lines):
        while len(grid) <= r:
            grid.append({})
        c = 0
        for cell in line.iterchildren("td", "th"):
            while (r, c) in taken:
                c += 1
            down, right = min(_span(cell.get("rowspan")), len(lines) - r), _span(cell.get("colspan"))
            cells += down * right
            if c + right > limits.columns:
                raise RefusedFile("too_many_columns", f"{c + right} > {limits.columns}")
            if cells > limits.cells:
                raise RefusedFile("too_many_cells", f"> {limits.cells}")
            text = "".join(str(piece) for piece in cell.itertext()).strip()
            if len(text) > limits.cell_chars:
                raise RefusedFile("long_cell", f"{len(text)} > {limits.cell_chars}")
            grid[r][c] = text
            if down * right > 1:
                merged.append((r, c, r + down - 1, c + right - 1))
                taken.update((r + i, c + j) for i in range(down) for j in range(right))
            c += right
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    if width * len(grid) > limits.cells:
        raise RefusedFile("too_many_cells", f"{len(grid)} × {width} > {limits.cells}")
    return [[row.get(c, "") for c in range(width)] for row in grid], tuple(merged)


def _span(text: str | None) -> int:
    """A rowspan or colspan: 1 unless it is a sane number."""
    return min(int(text), 1000) if text and text.isdigit() and len(text) < 6 and int(text) > 0 else 1
