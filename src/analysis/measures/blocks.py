"""Long tables from many small blocks of arrays, without a data frame for each block."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.tables import TABLES

Block = Mapping[str, Any]
"""Columns of one block: arrays of one length, or single values that hold for all its rows."""


def stack(table: str, exam_id: str, blocks: Sequence[Block], held: Sequence[np.ndarray]) -> pd.DataFrame:
    """The results table of that name from its blocks below one another; of each block the rows `held`.

    Columns come in the order of tables.py; a column that a block lacks is a KeyError.
    """
    names = [name for name in TABLES[table].names if name != "exam"]
    if not blocks:
        return pd.DataFrame(columns=TABLES[table].names)
    columns = {
        name: np.concatenate([_column(block[name], keep) for block, keep in zip(blocks, held, strict=True)])
        for name in names
    }
    frame = pd.DataFrame(columns, columns=names)
    frame.insert(0, "exam", exam_id)
    return frame


def _column(value: Any, keep: np.ndarray) -> np.ndarray:
    """One column of a block: the kept rows; text as objects."""
    if isinstance(value, np.ndarray):
        kept: np.ndarray = value[keep]
        return kept.astype(object) if kept.dtype.kind in "US" else kept
    size = int(keep.sum())
    return np.full(size, value, object) if isinstance(value, str) else np.full(size, value)
