"""Moments from where the rows are: a DataFrame, a stream of them, or a DuckDB relation (a parquet file, a query).

All three give the same `Moments` with the same keys, up to rounding. The seam for another engine is `of_relation`:
a head of rows to fix the frame, one group-by of sums per leaf, one row of cross-products; no row ever comes here.
DuckDB adds in the order in which its threads arrive: the last digits of a sum may differ between runs.

Source: moments.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.models import design
from analysis.models.moments import HEAD, Frame, Moments, between_leaves
from analysis.models.tree import Tree


@dataclass(frozen=True)
class Columns:
    """Names of the columns that a model reads; `levels` from leaf to top; the intercept is added."""

    response: str
    covariates: Sequence[str]
    levels: Sequence[str]
    weight: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        return (design.INTERCEPT, *self.covariates)


def of_frame(data: pd.DataFrame, columns: Columns, frame: Frame | None = None) -> Moments:
    """Moments of the rows of one DataFrame, keyed by label path; the frame is fixed from them if not given."""
    A, names = design.matrix(data[columns.response], data[list(columns.covariates)])
    tree = Tree.of({level: data[level] for level in columns.levels})
    weights = None if columns.weight is None else data[columns.weight]
    moments = Moments.of(A, tree.leaf, tree.sizes[0], weights, frame=frame, names=(*names, columns.response))
    return replace(moments, keys=tree.labels[0])


def of_chunks(chunks: Iterable[pd.DataFrame], columns: Columns) -> Moments:
    """Moments of a stream of DataFrames; the first fixes the frame, none is kept.

    Raises
    ------
    ModelError : no chunk, or what `Moments.of` raises for one of them.
    """
    stream = (chunk for chunk in chunks if len(chunk))
    first = next(stream, None)
    if first is None:
        raise ModelError("no rows: there is nothing to fit")
    start = of_frame(first, columns)
    return reduce(lambda sums, chunk: sums.merge(of_frame(chunk, columns, start.frame)), stream, start)


def of_relation(relation: Any, columns: Columns) -> Moments:
    """Moments of a DuckDB relation, e.g. `duckdb.read_parquet("…")`, by two aggregate queries in bounded memory.

    Raises
    ------
    ModelError : missing or infinite values, missing labels, bad weights: the same as from a DataFrame.
    """
    _refuse_bad_values(relation, columns)
    weight = "1.0" if columns.weight is None else _quoted(columns.weight)
    relation = relation.filter(f"{weight} > 0")
    numbers = ["1.0", *(_quoted(c) for c in (*columns.covariates, columns.response))]
    head = relation.limit(HEAD).project(", ".join(f"{c}::DOUBLE AS a{j}" for j, c in enumerate(numbers)))
    if not len(rows := head.df()):
        raise ModelError("no rows: there is nothing to fit")
    frame = Frame.of(rows.to_numpy(dtype=float))
    keys = [_quoted(level) for level in reversed(columns.levels)]
    framed = relation.project(", ".join([*keys, f"{weight}::DOUBLE AS w", *_framed(numbers, frame)]))
    leaves = framed.aggregate(", ".join([*keys, *_leaf_sums(len(numbers))]), ", ".join(keys)).df()
    products = framed.aggregate(", ".join(_products(len(numbers)))).fetchall()[0]
    return _assemble(leaves, np.array(products), frame, [*reversed(columns.levels)])


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _framed(numbers: Sequence[str], frame: Frame) -> list[str]:
    """SQL of the framed columns b0 … : (a − shift) @ map."""
    terms = [f"({c}::DOUBLE - {float(s)!r})" for c, s in zip(numbers, frame.shift, strict=True)]
    return [
        " + ".join(f"{terms[i]} * {float(frame.map[i, j])!r}" for i in range(j + 1)) + f" AS b{j}"
        for j in range(len(terms))
    ]


def _leaf_sums(q: int) -> list[str]:
    fixed = ["count(*) AS rows", "sum(w) AS weight", "sum(ln(w)) AS log_weight"]
    return [*fixed, *(f"sum(w * b{j}) AS s{j}" for j in range(q))]


def _products(q: int) -> list[str]:
    return [f"sum(w * b{i} * b{j})" for i, j in zip(*np.triu_indices(q), strict=True)]


def _assemble(leaves: pd.DataFrame, products: Any, frame: Frame, keys: list[str]) -> Moments:
    leaves = leaves.sort_values(keys, ignore_index=True)
    q = len(frame.shift)
    sums = leaves[[f"s{j}" for j in range(q)]].to_numpy(dtype=float)
    weight = leaves["weight"].to_numpy(dtype=float)
    total = np.zeros((q, q))
    total[np.triu_indices(q)] = products
    total = total + np.triu(total, 1).T
    return Moments(
        rows=leaves["rows"].to_numpy(dtype=float),
        weight=weight,
        sums=sums,
        within=total - between_leaves(sums, weight),
        log_weight=float(leaves["log_weight"].sum()),
        frame=frame,
        keys=pd.MultiIndex.from_frame(leaves[keys]),
    )


def _refuse_bad_values(relation: Any, columns: Columns) -> None:
    numbers = [*columns.covariates, columns.response]
    tests = [f"{_quoted(c)} IS NULL OR NOT isfinite({_quoted(c)}::DOUBLE)" for c in numbers]
    tests += [f"{_quoted(c)} IS NULL" for c in columns.levels]
    if columns.weight is not None:
        w = _quoted(columns.weight)
        tests.append(f"{w} IS NULL OR NOT isfinite({w}::DOUBLE) OR {w} < 0")
    counts = relation.aggregate("count(*), " + ", ".join(f"count_if({test})" for test in tests)).fetchall()[0]
    named = [*numbers, *columns.levels, *([columns.weight] if columns.weight else [])]
    for name, bad in zip(named, counts[1:], strict=True):
        if bad:
            raise ModelError(
                f"'{name}' has {bad} missing, infinite or negative entries in {counts[0]} rows",
                "keep only matched pupils before fitting",
            )
