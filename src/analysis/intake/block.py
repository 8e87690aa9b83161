"""What the readers hand on: an entry of the settings, the city's words, and a table's pupils and marks."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.intake.cells import unguarded
from analysis.intake.headings import Vocabulary
from analysis.intake.identity.schools import Schools
from analysis.intake.issues import Issues, Place
from analysis.intake.rows import KindArray
from analysis.intake.table import IDENTITY, Grid, Table, shown
from analysis.params import Exam, Params, Sheets
from analysis.workbook.sheet import Sheet


@dataclass(frozen=True)
class Entry:
    """One `sheets:` entry of the settings and the exam it belongs to (None: it holds for all)."""

    exam: Exam | None
    sheets: Sheets
    kind: str

    @property
    def exam_id(self) -> str:
        return self.exam.id if self.exam else ""

    @property
    def grade(self) -> int:
        return self.exam.grade if self.exam else 0


@dataclass
class City:
    """What the readers share: settings, words, schools, and the list of issues that they add to."""

    params: Params
    vocabulary: Vocabulary
    schools: Schools
    issues: Issues = field(default_factory=Issues)


@dataclass
class Marks:
    """Readings of one mark column; `subject` is one code, or one a row in long layouts."""

    column: int
    subject: str | list[str]
    states: NDArray[np.uint8]
    scores: NDArray[np.float64]


@dataclass
class Block:
    """Pupil rows of one table as one entry sees them.

    Attributes
    ----------
    rows : array (n,)
        Sheet rows from 0.
    text : dict of list[str], each of length n
        TEXTS in canonical form; empty where unknown.
    marks : list of Marks
    stands : array (n,) of bool
        Rows that say they are the right one of several.
    zero : array (n,) of bool
        Rows that say that a zero is true.
    kinds : array
        Kind of every row of the body.
    fulls : dict
        Subject → full mark as the sheet tells it.
    secondary : bool
        Marks of an item sheet: they count only where no score sheet has one.
    """

    source: int
    entry: Entry
    sheet: Sheet
    table: Table
    kinds: KindArray
    rows: NDArray[np.int_]
    text: dict[str, list[str]]
    marks: list[Marks]
    stands: NDArray[np.bool_]
    zero: NDArray[np.bool_]
    totals: Marks | None = None
    fulls: dict[str, float] = field(default_factory=dict)
    secondary: bool = False

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def long(self) -> bool:
        return bool(self.table.of("subject")) and any(not isinstance(m.subject, str) for m in self.marks)

    def masked(self, text: str) -> str:
        """A text for the problem list: pupils' names in it are crossed out."""
        names, lengths = self._names
        if len(text) * len(lengths) < len(names):  # thousands of problems in a sheet of thousands of names
            windows = {text[i : i + k] for k in lengths for i in range(len(text) - k + 1)}
            found = windows & names
        else:
            found = {name for name in names if name in text}
        for name in sorted(found, key=lambda name: (-len(name), name)):
            text = text.replace(name, "×" * len(name))
        return text

    @cached_property
    def _names(self) -> tuple[frozenset[str], frozenset[int]]:
        """Pupils' names of two letters and more, and how long they are."""
        names = frozenset(name for name in self.text["name"] if len(name) > 1)
        return names, frozenset(map(len, names))

    def place(self, position: int = -1, column: int = -1, subject: str = "") -> Place:
        """Where a row of the block is; the sheet as a whole without a position."""
        if position < 0:
            return Place(self.entry.exam_id, self.sheet.file, self.sheet.name, subject=subject)
        return Place(
            self.entry.exam_id, self.sheet.file, self.sheet.name, int(self.rows[position]), column,
            self.text["school"][position], self.text["class"][position], subject,
        )  # fmt: skip


def column_texts(picked: Grid, column: int) -> list[str]:
    """A column as a person sees it, without what guards a text from a spreadsheet ('901, ="901")."""
    return [as_seen(v) if type(v) is str else shown(v) for v in picked[:, column].tolist()]


def as_seen(text: str) -> str:
    text = text.strip()
    return unguarded(text) if text[:1] in ("'", "=", '"') else text


def has_people(table: Table, entry: Entry) -> bool:
    """Whether a table can hold pupils: a name or number column, or the row's own number."""
    return bool(table.of(*IDENTITY)) or "pupil" in entry.sheets.columns.values()
