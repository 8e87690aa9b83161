"""The one byte form of a dossier, and where it is found."""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from analysis.errors import UnknownName

Rows = tuple[list[str], list[list[Any]]]
"""Columns and rows of one table of a dossier."""

DECIMALS = 6


def canonical(meta: Mapping[str, Any], tables: Mapping[str, Rows]) -> bytes:
    """The one byte form of a dossier: a diff of two shows which table, and which row, moved."""
    body = [_json(name) + b":" + _json({"columns": c, "rows": r}) for name, (c, r) in sorted(tables.items())]
    return b'{\n"meta":' + _json(meta) + b',\n"tables":{\n' + b",\n".join(body) + b"\n}}\n"


def address(content: bytes) -> str:
    """A dossier's name: the sha256 of its bytes."""
    return hashlib.sha256(content).hexdigest()


def read(folder: Path, name: str) -> dict[str, Any]:
    """A dossier by its hash, or by an alias such as 'school:demo'; UnknownName if there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        aliases = folder / "aliases.json"
        known: dict[str, str] = orjson.loads(aliases.read_bytes()) if aliases.is_file() else {}
        path = folder / f"{known.get(name, '')}.json"
    if not path.is_file():
        raise UnknownName(f"No dossier {name} in {folder}.", "Run `make reports` (or `quality run`) first.")
    content: dict[str, Any] = orjson.loads(path.read_bytes())
    return content


def plain(values: pd.Series) -> list[Any]:
    """Python values of one column: floats rounded, missing → None."""
    if values.dtype.kind == "f":
        rounded = np.round(values.to_numpy(), DECIMALS) + 0.0
        return [None if math.isnan(v) or math.isinf(v) else v for v in rounded.tolist()]
    return [None if v is pd.NA or v is None or v != v else v for v in values.tolist()]


def _json(value: object) -> bytes:
    """Keys in order; a number that is not known becomes null, as in the tables."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
