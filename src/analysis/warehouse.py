"""Read and write tables by name, always validated: the only place that opens parquet."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import AnalysisError, OutputError
from analysis.tables import TABLES, Column, Table

_DTYPES: dict[str, Any] = {"text": "str", "int": "int64", "float": "float64", "bool": "bool"}


def empty(name: str) -> pd.DataFrame:
    """The table of that name without rows."""
    return _without_rows(name).copy()


@cache
def _without_rows(name: str) -> pd.DataFrame:
    return pd.DataFrame({column.name: pd.Series([], dtype=_kind(column)) for column in TABLES[name].columns})


def _kind(column: Column) -> Any:
    return "Int64" if column.kind == "int" and column.nullable else _DTYPES[column.kind]


def conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly the table's columns, in its order and types.

    Raises
    ------
    AnalysisError
        A column is missing or too many, a value is of the wrong type or missing where it must not be, or the
        key is not unique. This is our own fault, never the user's.
    """
    table = TABLES[name]
    wrong = set(table.names) ^ set(frame.columns)
    if wrong:
        raise AnalysisError(f"Table {name}: columns {sorted(wrong)} are missing or unknown.")
    made = pd.DataFrame({column.name: _typed(table, column, frame[column.name]) for column in table.columns})
    if table.key and made.duplicated(list(table.key)).any():
        twice = (
            made.loc[made.duplicated(list(table.key)), [k for k in table.key if k != "pupil"]]
            .iloc[0]
            .to_dict()
        )
        raise AnalysisError(f"Table {name}: key {table.key} is not unique, first at {twice}.")
    return made


def _typed(table: Table, column: Column, values: pd.Series) -> pd.Series:
    """One column in its type; nullable ints become Int64, missing text only where allowed."""
    missing = values.isna()
    if missing.any() and not column.nullable:
        raise AnalysisError(f"Table {table.name}: {column.name} has {int(missing.sum())} missing value(s).")
    kind = _kind(column)
    if values.dtype == kind:  # already so: most tables pass here more than once
        return values.reset_index(drop=True)
    try:
        if column.kind == "text":
            wrong = next((v for v in values[~missing].head(1) if not isinstance(v, str)), None)
            if wrong is not None:
                raise TypeError(f"{type(wrong).__name__} instead of text")
        return values.astype(kind).reset_index(drop=True)
    except (TypeError, ValueError) as fault:
        raise AnalysisError(f"Table {table.name}: {column.name}: {fault}.") from None


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Validate and write one table, whole or not at all; returns its path."""
    made = conform(name, frame)
    target = folder / f"{name}.parquet"
    temporary = target.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pandas(made, preserve_index=False), temporary, compression="zstd")
        os.replace(temporary, target)
    except OSError as fault:
        with suppress(OSError):
            temporary.unlink()
        # pyarrow wraps the system's words into its own; the number says the same in plain ones
        reason = os.strerror(fault.errno) if fault.errno else str(fault)
        raise OutputError(
            f"Cannot write {target.name} in {folder.name}: {reason}.",
            "Make room or check the rights; what was there before is still there. Then run the same command again.",
        ) from None
    return target


def read(folder: Path, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """One table; AnalysisError if it was never written."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise AnalysisError(f"No table {name} in {folder.name}.", "Run `quality run` first.")
    # One thread: a thread pool must not exist before the render workers fork.
    frame: pd.DataFrame = pq.read_table(path, columns=columns, use_threads=False).to_pandas()
    return frame


def read_all(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """All named tables of a folder."""
    return {name: read(folder, name) for name in names}


def rounded(frame: pd.DataFrame, decimals: int = 8) -> pd.DataFrame:
    """Floats rounded, so that no processor's last bits reach a hash."""
    floats = frame.select_dtypes("float").columns
    return frame.assign(**{name: np.round(frame[name].to_numpy(), decimals) + 0.0 for name in floats})
