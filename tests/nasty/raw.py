"""A written file as it lies there: its bytes and its cells, read without the intake that is under test."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

BOOKS = (b"PK", b"\xd0\xcf")
_ENCODINGS = ("utf-8-sig", "gbk", "gb18030")


@dataclass(frozen=True)
class Leaf:
    """One sheet: rows of cells (blanks are empty texts), merged ranges, and whether it is hidden."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False

    @property
    def head(self) -> int:
        """Row of the first line of headings."""
        return next(
            (i for i, row in enumerate(self.rows) if {*map(squeezed, row)} & {"姓名", "学生姓名", "年级"}), 0
        )


@dataclass
class Raw:
    """One file; `siblings` lie in the same archive, `peers` are the files that show the same mess."""

    label: str
    content: bytes
    siblings: list[str]
    peers: "list[Raw]" = field(default_factory=list, repr=False)

    @cached_property
    def leaves(self) -> list[Leaf]:
        if not self.content.startswith(BOOKS):
            return [Leaf("", _table(self.text))]
        book = CalamineWorkbook.from_filelike(io.BytesIO(self.content))
        return [
            Leaf(
                meta.name,
                (sheet := book.get_sheet_by_name(meta.name)).to_python(skip_empty_area=False),
                tuple((a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or []),
                not str(meta.visible).endswith(".Visible"),
            )
            for meta in book.sheets_metadata
        ]

    @cached_property
    def text(self) -> str:
        codings = ("utf-16",) if self.content.startswith((b"\xff\xfe", b"\xfe\xff")) else _ENCODINGS
        return self.content.decode(next(coding for coding in codings if self.fits(coding)))

    def fits(self, coding: str) -> bool:
        try:
            return bool(self.content.decode(coding))
        except UnicodeDecodeError:
            return False

    @property
    def cells(self) -> list[Any]:
        return [cell for leaf in self.leaves for row in leaf.rows for cell in row]

    @property
    def heads(self) -> list[str]:
        """Headings of all sheets, without blanks inside."""
        return [squeezed(cell) for leaf in self.leaves if leaf.rows for cell in leaf.rows[leaf.head]]

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Each row below the headings, by heading; the first of equal headings counts."""
        return list(self._records())

    def _records(self) -> Iterator[dict[str, Any]]:
        for leaf in self.leaves:
            heads = [squeezed(cell) for cell in leaf.rows[leaf.head]] if leaf.rows else []
            for row in leaf.rows[leaf.head + 1 :]:
                yield dict(zip(reversed(heads), reversed(row + [""] * (len(heads) - len(row))), strict=True))

    def under(self, heading: str) -> list[Any]:
        return [record[heading] for record in self.records if heading in record]


def squeezed(cell: Any) -> str:
    return "".join(str(cell).split())


def _table(text: str) -> list[list[Any]]:
    if text.startswith("<html"):
        rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
        return [re.findall(r"<td>(.*?)</td>", row, re.S) for row in rows]
    sign = "\t" if text.count("\t") > text.count(",") else ","
    return list(csv.reader(io.StringIO(text), delimiter=sign))


def opened(folder: Path, label: str) -> Raw:
    """The file of a label; members of an archive as archive.zip/member."""
    outer, inside, member = label.partition(".zip/")
    if not inside:
        return Raw(label, (folder / label).read_bytes(), [])
    with zipfile.ZipFile(folder / f"{outer}.zip") as packed:
        return Raw(label, packed.read(member), packed.namelist())
