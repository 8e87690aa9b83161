"""Pages of cells into files of every kind, and a ledger of which row of which file is which pupil."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt


@dataclass(frozen=True)
class Formula:
    """A formula without a stored value."""

    text: str


@dataclass
class Page:
    """One sheet: rows of cells; `who` tells which row is which pupil (rows from 0)."""

    name: str = ""
    rows: list[list[Any]] = field(default_factory=list)
    who: dict[int, int] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False

    def add(self, *cells: Any) -> None:
        self.rows.append(list(cells))

    def pupil(self, key: int, *cells: Any) -> None:
        self.who[len(self.rows)] = key
        self.add(*cells)


@dataclass
class Ledger:
    """(file, sheet, row from 1) → pupils' keys, and catalogue row → files that show it."""

    folder: Path
    who: dict[tuple[str, str, int], int] = field(default_factory=dict)
    rows: dict[int, set[str]] = field(default_factory=dict)

    def note(self, label: str, pages: Iterable[Page], covers: Iterable[int]) -> None:
        for page in pages:
            self.who |= {(label, page.name, row + 1): key for row, key in page.who.items()}
        for number in covers:
            self.rows.setdefault(number, set()).add(label)

    def write(self, label: str, content: bytes, pages: Sequence[Page], covers: Iterable[int]) -> None:
        path = self.folder / label
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.note(label, pages, covers)


def xlsx(pages: Sequence[Page]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for page in pages:
            sheet = book.add_worksheet(page.name)
            corners = {(r0, c0): (r0, c0, r1, c1) for r0, c0, r1, c1 in page.merged}
            for r, row in enumerate(page.rows):
                for c, cell in enumerate(row):
                    if (r, c) in corners:
                        sheet.merge_range(*corners[r, c], cell)
                    elif isinstance(cell, Formula):
                        sheet.write_formula(r, c, cell.text, None, "")
                    elif isinstance(cell, str):
                        sheet.write_string(r, c, cell) if cell else None
                    elif cell is not None:
                        sheet.write_number(r, c, cell)
            if page.hidden:
                sheet.hide()
    return stream.getvalue()


def xls(pages: Sequence[Page]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    for page in pages:
        sheet = book.add_sheet(page.name)
        corners = {(r0, c0): (r0, r1, c0, c1) for r0, c0, r1, c1 in page.merged}
        for r, row in enumerate(page.rows):
            for c, cell in enumerate(row):
                if (r, c) in corners:
                    sheet.write_merge(*corners[r, c], cell)
                elif cell not in ("", None):
                    sheet.write(r, c, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text(page: Page, encoding: str, sign: str = ",", errors: str = "strict") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=sign, lineterminator="\r\n").writerows(page.rows)
    return stream.getvalue().encode(encoding, errors)


def html(page: Page) -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in page.rows)
    head = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gbk"></head>'
    return f"{head}<body><table border=1>{lines}</table></body></html>".encode("gbk")


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return stream.getvalue()
