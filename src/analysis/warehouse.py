"""Read and write tables by name, always validated: the only place that opens parquet."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import infer_dtype

from analysis.errors import AnalysisError, OutputError
from analysis.tables import TABLES, Column, Table

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_DTYPES: dict[str, Any] = {
    "text": pd.StringDtype(na_value=np.nan),
    "int": "int64",
    "float": "float64",
    "bool": "bool",
}


def empty(name: str) -> pd.DataFrame:
    """The table of that name without rows."""
    return _without_rows(name).copy()


@cache
def _without_rows(name: str) -> pd.DataFrame:
    return pd.DataFrame({column.name: pd.Series([], dtype=_kind(column)) for column in TABLES[name].columns})


def _kind(column: Column) -> Any:
    return "Int64" if column.kind == "int" and column.nullable else _DTYPES[column.kind]


def conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly the table's columns, in its order and types; what is in them is checked when written.

    Raises
    ------
    AnalysisError
        A column is missing or too many, or of a type that does not become the table's. This is our own fault,
        never the user's.
    """
    table = TABLES[name]
    if wrong := set(table.names) ^ set(frame.columns):
        raise AnalysisError(f"Table {name}: columns {sorted(wrong)} are missing or unknown.")
    if _conforms(table, frame):
        return frame
    return pd.DataFrame({column.name: _typed(table, column, frame[column.name]) for column in table.columns})


def _conforms(table: Table, frame: pd.DataFrame) -> bool:
    """Whether nothing is to be done: most tables come by more than once, and copies cost."""
    kinds = [_kind(column) for column in table.columns]
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame)))
    return plain and list(frame.columns) == table.names and list(frame.dtypes) == kinds


def _typed(table: Table, column: Column, values: pd.Series) -> pd.Series:
    """One column in its type; a number is never made text."""
    if values.dtype == _kind(column):
        return values.reset_index(drop=True)
    try:
        known = values.dropna()
        if column.kind == "text" and len(known) and infer_dtype(known) != "string":
            raise TypeError(f"{infer_dtype(known)} instead of text")
        return values.astype(_kind(column)).reset_index(drop=True)
    except (TypeError, ValueError) as fault:
        raise AnalysisError(f"Table {table.name}: {column.name}: {fault}.") from None


@cache
def schema(name: str) -> "DataFrameSchema":
    """What the rows of a table must be like: types, no missing value but where allowed, a unique key."""
    from pandera.pandas import Column, DataFrameSchema  # half a second: only what writes tables pays it

    table = TABLES[name]
    columns = {one.name: Column(_kind(one), nullable=one.nullable) for one in table.columns}
    return DataFrameSchema(columns, strict=True, ordered=True, unique=list(table.key) or None, name=name)


def _checked(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it is, or AnalysisError with what its schema says; values, which may tell of a pupil, stay out."""
    from pandera.errors import SchemaErrors

    try:
        made: pd.DataFrame = schema(name).validate(frame, lazy=True, inplace=True)
    except SchemaErrors as fault:
        cases = fault.failure_cases
        counts = cases.groupby([cases["column"].fillna("the key"), "check"], sort=True).size()
        found = "; ".join(f"{column}: {check}, {count} time(s)" for (column, check), count in counts.items())
        raise AnalysisError(f"Table {name} breaks its schema: {found}.") from None
    return made


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Validate and write one table, whole or not at all; returns its path."""
    made = _checked(name, conform(name, frame))
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
