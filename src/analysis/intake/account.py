"""The account: every row and every mark cell of every sheet is somewhere, or the run stops."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from analysis.errors import AccountError


@dataclass
class Line:
    """One sheet as one exam read it; the columns of the table `account`."""

    source: int
    file: str
    sheet: str
    sha256: str
    kind: str
    exam: str = ""
    reason: str = ""
    cells: int = 0
    scores: int = 0
    states: int = 0
    issues: int = 0
    rows: int = 0
    pupils: int = 0
    summaries: int = 0
    repeats: int = 0
    skipped: int = 0

    def faults(self) -> list[str]:
        """What does not add up; empty if all does."""
        said = []
        if self.cells != self.scores + self.states + self.issues:
            said.append(
                f"{self.cells} mark cells ≠ {self.scores} scores + {self.states} states + {self.issues} issues"
            )
        if self.rows != self.pupils + self.summaries + self.repeats + self.skipped:
            said.append(
                f"{self.rows} rows ≠ {self.pupils} pupils + {self.summaries} summaries + {self.repeats} repeats + {self.skipped} skipped"
            )
        return said


def balanced(lines: Iterable[Line]) -> pd.DataFrame:
    """The table `account`.

    Raises
    ------
    AccountError
        A sheet does not balance: marks or rows were lost or made up on the way. Always a fault of the importer.
    """
    lines = list(lines)
    faults = [f"{line.file} {line.sheet}: {fault}" for line in lines for fault in line.faults()]
    if faults:
        raise AccountError(
            "The account does not balance:\n" + "\n".join(f"  {fault}" for fault in faults[:20]),
            "Nothing was stored. Please report this with the sheet's layout (not its contents).",
        )
    return pd.DataFrame([asdict(line) for line in lines], columns=list(Line.__dataclass_fields__))
