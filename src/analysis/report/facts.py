"""What a report knows: its dossier, and nothing else."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson

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
    _rows: dict[str, list[Row]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _indexes: dict[tuple[str, ...], dict[tuple[object, ...], list[Row]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rows(self, table: str, **equals: object) -> list[Row]:
        """Rows of the table whose columns equal the given values, in stored order."""
        return list(self._index(table, *equals).get(tuple(equals.values()), ()))

    def _index(self, table: str, *columns: str) -> dict[tuple[object, ...], list[Row]]:
        """Values of the columns → rows that have them; made once, since sections ask for the same columns often."""
        known = self._indexes.get((table, *columns))
        if known is None:
            known = self._indexes[(table, *columns)] = {}
            for row in self._all(table):
                values = vars(row)
                known.setdefault(tuple(values[column] for column in columns), []).append(row)
        return known

    def _all(self, table: str) -> list[Row]:
        if table not in self._rows:
            content = self.tables.get(table, {"columns": [], "rows": []})
            columns = content["columns"]
            self._rows[table] = [Row(**dict(zip(columns, row, strict=True))) for row in content["rows"]]
        return self._rows[table]

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

    @property
    def one_school(self) -> bool:
        """Whether this is the report of the only school of its exam: there is no city to compare it with."""
        return self.level == "school" and self.meta["n_schools"] == 1

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
        document = orjson.loads(content)
        code = hashlib.sha256(content).hexdigest()
        facts = Facts(document["meta"], document["tables"], code)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read the dossier {path.name}: {error}", "run `quality run` to make it again"
        ) from error
    if len(path.stem) == 64 and path.stem != code:
        raise InputError(f"the dossier {path.name[:12]}… was changed", "run `quality run` to make it again")
    return facts
