"""The list of schools as an Excel workbook: the template that `quality new` writes, read back into the settings.

Only texts are taken: a code typed as a number has lost its leading zero, and nothing shows it any more.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import SettingsError
from analysis.params import Limits
from analysis.workbook import guard, sheets
from analysis.workbook.sheet import RefusedFile, Sheet, address

HEADINGS = {
    "代码": "code",
    "学校": "name",
    "其他写法": "aliases",
    "类别": "sector",
    "中心学校": "township",
    "分包领导": "official",
    "校长": "principal",
    "学段": "stage",
}
"""Heading of the template → key of a school in the settings."""
REQUIRED = ("代码", "学校")
STAGES = {"小学": "primary", "初中": "junior", "高中": "senior"}
_BETWEEN = re.compile(r"[、;；,，\n]")


@dataclass
class Book:
    """The workbook's schools as the settings would list them, and what is wrong with its cells.

    Attributes
    ----------
    path, sha256 : the file and the hash of its bytes
    entries : one mapping a school, keys as in `params.School`
    faults : messages, each with file, sheet and cell
    """

    path: Path
    sha256: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    sheet: str = ""
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)

    def place(self, entry: int, key: str = "code") -> str:
        """File, sheet, row and column of a school's key, in words."""
        return self._cell(self.rows[entry], self.columns.get(key, self.columns["code"]))

    def _cell(self, row: int, column: int) -> str:
        return f"{self.path.name}, sheet {self.sheet}, row {row + 1}, cell {address(row, column)}"

    def fault(self, row: int, column: int, message: str) -> None:
        self.faults.append(f"{self._cell(row, column)}: {message}")


def read(path: Path) -> Book:
    """The first visible sheet that holds anything: a heading row, then one row a school; empty rows count for nothing.

    Raises
    ------
    SettingsError
        There is no such file, or it is no readable .xlsx.
    """
    hint = "Name a workbook (.xlsx) that lies beside the settings file, or list the schools there."
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SettingsError(
            f"Cannot read the schools' workbook {path.name}: {fault.strerror}.", hint
        ) from None
    book = Book(path, hashlib.sha256(content).hexdigest())
    limits = Limits()
    try:
        found = list(sheets(path.name, content, book.sha256, guard.open_zip(content, limits), limits))
    except RefusedFile as refused:
        why = f"{refused.code} {refused.detail}".strip()
        raise SettingsError(f"{path.name} is no workbook that can be read ({why}).", hint) from None
    sheet = next((one for one in found if not one.hidden and list(_filled(one))), None)
    if sheet:
        _fill(book, sheet)
    if not book.entries and not book.faults:
        raise SettingsError(f"{path.name} holds no schools.", hint)
    return book


def _filled(sheet: Sheet) -> Iterator[int]:
    """Rows in which anything stands."""
    broken = {row for row, _ in sheet.holes}
    for number, row in enumerate(sheet.rows):
        if number in broken or any(not isinstance(cell, str) or cell.strip() for cell in row):
            yield number


def _fill(book: Book, sheet: Sheet) -> None:
    book.sheet = sheet.name
    head, *rest = _filled(sheet)
    _read_headings(book, sheet, head)
    if book.faults:
        return
    for row in rest:
        book.rows.append(row)
        book.entries.append(dict(_read_row(book, sheet, row)))


def _read_headings(book: Book, sheet: Sheet, row: int) -> None:
    """Every heading must be known and stand once: a column that is passed over would be lost without a word."""
    listed = "、".join(HEADINGS)
    for column, cell in enumerate(sheet.rows[row]):
        text = "".join(str(cell).split())
        if not text:
            continue
        if text not in HEADINGS:
            book.fault(row, column, f"{text} is no heading of this list; there are: {listed}")
        elif HEADINGS[text] in book.columns:
            book.fault(row, column, f"the heading {text} is given twice")
        else:
            book.columns[HEADINGS[text]] = column
    for heading in REQUIRED:
        if HEADINGS[heading] not in book.columns:
            book.fault(row, 0, f"the first row must be the headings ({listed}); {heading} is missing")


def _read_row(book: Book, sheet: Sheet, row: int) -> Iterator[tuple[str, Any]]:
    """Key and value of each filled cell; what is no text becomes a fault."""
    headings = {key: heading for heading, key in HEADINGS.items()}
    cells = sheet.rows[row]
    for column in range(len(cells)):
        if column not in book.columns.values() and str(cells[column]).strip():
            book.fault(row, column, "no heading stands above this cell: give it one, or empty it")
    for key, column in book.columns.items():
        cell = cells[column] if column < len(cells) else ""
        if (row, column) in sheet.holes:
            book.fault(row, column, "a formula without a value or an error value: type the text itself")
        elif not isinstance(cell, str):
            message = f"{cell} is not text ({headings[key]}); a leading zero may be lost"
            book.fault(row, column, f"{message}: format the column as text (文本), then type it again")
        elif text := cell.strip():
            yield key, _value(key, text)
        elif headings[key] in REQUIRED:
            book.fault(row, column, f"{headings[key]} is missing")


def _value(key: str, text: str) -> str | list[str]:
    if key == "aliases":
        return [part for one in _BETWEEN.split(text) if (part := one.strip())]
    return STAGES.get(text, text) if key == "stage" else text
