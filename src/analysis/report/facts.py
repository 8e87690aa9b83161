"""What a report knows: its dossier, and nothing else."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Row = SimpleNamespace
"""One row of a table: column → attribute, None where there is no value."""


@dataclass(frozen=True)
class Facts:
    """Meta data and tables of one dossier. A table that is not there is an empty table."""

    meta: dict[str, Any]
    tables: dict[str, dict[str, Any]]
    code: str = ""

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        return {
            name: [Row(**dict(zip(table["columns"], row, strict=True))) for row in table["rows"]]
            for name, table in self.tables.items()
        }

    def rows(self, table: str, **equals: object) -> list[Row]:
        """Rows of the table whose columns equal the given values, in stored order."""
        wanted = equals.items()
        return [row for row in self._rows.get(table, []) if all(getattr(row, k) == v for k, v in wanted)]

    def one(self, table: str, **equals: object) -> Row | None:
        """The first such row, or None."""
        return next(iter(self.rows(table, **equals)), None)

    def own(self, table: str, **equals: object) -> list[Row]:
        """Rows of the unit that the report is about."""
        unit = "city" if self.level == "city" else self.meta["unit"]
        return self.rows(table, level=self.level, unit=unit, **equals)

    def mine(self, table: str, **equals: object) -> Row | None:
        """The first such row of the unit that the report is about, or None."""
        return next(iter(self.own(table, **equals)), None)

    @property
    def level(self) -> str:
        return str(self.meta["report"])

    def frame(self, table: str) -> "pd.DataFrame":
        """The table as a DataFrame, for the analyst's own cells."""
        import pandas as pd

        content = self.tables.get(table, {"columns": [], "rows": []})
        return pd.DataFrame(content["rows"], columns=content["columns"])


def read(path: Path) -> Facts:
    """The facts of a dossier file; `code` is the sha256 of its bytes (the verification code).

    Raises
    ------
    InputError
        The file is missing, is no dossier, or its content is not what its name says.
    """
    try:
        content = path.read_bytes()
        document = json.loads(content)
        code = hashlib.sha256(content).hexdigest()
        facts = Facts(document["meta"], document["tables"], code)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read the dossier {path.name}: {error}", "run `quality run` to make it again"
        ) from error
    if len(path.stem) == 64 and path.stem != code:
        raise InputError(f"the dossier {path.name[:12]}… was changed", "run `quality run` to make it again")
    return facts
