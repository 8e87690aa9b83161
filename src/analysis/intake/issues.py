"""The list of data issues while sheets are read: one row a problem, with the place of its first cell."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.terms import Severity
from analysis.workbook.sheet import address

LONGEST = 160
"""Longest text that is shown of what was read."""
LISTED = 24
"""So many cells of one problem are listed by address: as many as a person looks up in one go."""
ORDER = {severity.value: rank for rank, severity in enumerate(Severity)}


@cache
def catalogue() -> Mapping[str, Any]:
    """issues.yaml: code → severity and words in each language."""
    path = Path(__file__).with_name("issues.yaml")
    return dict(yaml.safe_load(path.read_text("utf-8")))


@dataclass(frozen=True)
class Place:
    """Where something was read; row and column from 0, -1 where it is the sheet as a whole."""

    exam: str = ""
    file: str = ""
    sheet: str = ""
    row: int = -1
    column: int = -1
    school: str = ""
    klass: str = ""
    subject: str = ""

    @property
    def cell(self) -> str:
        if self.row < 0:
            return ""
        return address(self.row, self.column) if self.column >= 0 else str(self.row + 1)

    def at(self, row: int, column: int = -1) -> "Place":
        return replace(self, row=row, column=column)


@dataclass
class Issues:
    """Collects issues; the same trouble in one column of one sheet is one row with a count."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    first: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(
        self, code: str, place: Place, read: str = "", assumed: str = "", n: int = 1, group: str | None = None
    ) -> None:
        """Note one problem.

        Parameters
        ----------
        group : str, optional
            Problems of one code, sheet, subject and group are one row with a count; by default what was read and
            assumed must agree.
        """
        key = (
            code,
            place.exam,
            place.file,
            place.sheet,
            place.school,
            place.subject,
            group if group is not None else f"{read}|{assumed}",
        )
        if key in self.first:
            row = self.rows[self.first[key]]
            row["n"] += n
            row["cell"] = _with(row["cell"], place.cell)
            row["class"] = (
                row["class"] if row["class"] == place.klass else ""
            )  # of several classes none is named
            return
        self.first[key] = len(self.rows)
        self.rows.append({
            "severity": catalogue()[code]["severity"], "code": code, "exam": place.exam, "file": place.file,
            "sheet": place.sheet, "cell": place.cell, "school": place.school, "class": place.klass,
            "subject": place.subject, "read": printable(read), "assumed": printable(assumed), "n": n,
        })  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """The table `data_issues`, worst first, then in the order of reading."""
        rows = sorted(self.rows, key=lambda row: ORDER[row["severity"]])
        columns = [
            "severity",
            "code",
            "exam",
            "file",
            "sheet",
            "cell",
            "school",
            "class",
            "subject",
            "read",
            "assumed",
            "n",
        ]
        return pd.DataFrame(rows, columns=columns)


def _with(cells: str, cell: str) -> str:
    """A few addresses are listed, so that they can be looked up; many end in an ellipsis."""
    known = cells.split(", ")
    if not cell or cell in known or known[-1] == "…":
        return cells
    return f"{cells}, {cell}" if len(known) < LISTED else f"{cells}, …"


def printable(text: str) -> str:
    """What was read, short and without signs that a spreadsheet or terminal would obey."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
