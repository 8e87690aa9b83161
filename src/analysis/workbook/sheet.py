"""What reading a file yields: sheets of raw cells, or the reason why a file was refused."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Cell = str | float | int | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet as it stands: row 0 of `rows` is row 1 on screen, column 0 is column A.

    Attributes
    ----------
    file : str
        File name; members of an archive as `archive.zip/member.xlsx`.
    name : str
        Sheet name; empty for text files.
    sha256 : str
        Hash of the file (of the outer archive's member).
    rows : list[list[Cell]]
        Cells; blanks are empty strings; rows may be ragged.
    merged : tuple
        Merged ranges (first row, first column, last row, last column), from 0.
    holes : frozenset
        (row, column) of formulas that have no stored value, and of error values.
    note : str
        How the text was decoded, if that was not plain.
    """

    file: str
    name: str
    sha256: str
    rows: list[list[Cell]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False
    holes: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    note: str = ""


@dataclass(frozen=True)
class Refusal:
    """A file that was not read: what and why (a code of issues.yaml and a detail)."""

    file: str
    sha256: str
    code: str
    detail: str


class RefusedFile(Exception):
    """Raised inside the readers; `files.read` turns it into a Refusal."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def column_letters(column: int) -> str:
    """A, B … Z, AA … from a column index counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Cell address such as F12 from indices counted from 0."""
    return f"{column_letters(column)}{row + 1}"
