"""Units inside units: class in school in town, any depth, in an order that makes sums cheap.

Level 0 is the leaf (class), the last level is the top (school); above the top there is one root. The units
of every level are sorted by their ancestors first, so the children of a unit stand side by side and a sum
over children is one `reduceat`.

    path(unit) = (top label, …, own label)        code_l = rank of (code_{l+1}, label_l) among the distinct pairs
    (Σ over children)_j = Σ_{c = start_j}^{start_{j+1} − 1} value_c        ancestor_l(leaf) = parent_{l−1}(… parent_0(leaf))

Symbols: code_l (rows,) the unit of a row at level l, ranked from the top down so that it sorts by its ancestors;
start_j the first child of parent j. A label is read inside its parent, so equal class names of two schools differ.

Source: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, §2.1.3 and §2.2 (nested groups and their order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from analysis.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """Which unit lies in which.

    Attributes
    ----------
    names : the level names, leaf to top.
    labels : per level, the label path (top … own) of every unit.
    parents : per level l (m_l,), the position of each unit's parent at level l + 1; zeros at the top (root).
    leaf : (rows,), the leaf unit of each row that the tree was made from.
    """

    names: tuple[str, ...]
    labels: tuple[pd.MultiIndex, ...]
    parents: tuple[Ints, ...]
    leaf: Ints

    @classmethod
    def of(cls, levels: Mapping[str, ArrayLike] | Sequence[ArrayLike]) -> "Tree":
        """Tree of label arrays, leaf to top, one entry a row (a pupil, or a key of `Moments`).

        A label counts inside its parent only: class 1 of school A is not class 1 of school B.

        Raises
        ------
        ModelError : no level, no row, arrays of different length, or a row without a label.
        """
        named = _named(levels)
        codes = np.zeros(len(next(iter(named.values()))), dtype=np.int64)
        labels: list[pd.MultiIndex] = []
        parents: list[Ints] = []
        for name in reversed(named):  # from the top down: the parent's code comes first in the key
            own, unique = _factorize(name, named[name])
            codes, units = _inside(codes, own, len(unique))
            parents.append(units // len(unique))
            labels.append(_paths(labels, parents[-1], name, unique, units % len(unique)))
        return cls(tuple(named), tuple(reversed(labels)), tuple(reversed(parents)), codes)

    @classmethod
    def of_keys(cls, keys: pd.MultiIndex) -> "Tree":
        """Tree of the label paths (top … leaf) of `Moments.keys`."""
        return cls.of({str(name): keys.get_level_values(i) for i, name in reversed([*enumerate(keys.names)])})

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.names)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units per level, leaf to top."""
        return tuple(len(parents) for parents in self.parents)

    @cached_property
    def starts(self) -> tuple[Ints, ...]:
        """Per level, the first child of every parent."""
        return tuple(np.flatnonzero(np.diff(parents, prepend=-1)) for parents in self.parents)

    @cached_property
    def _siblings(self) -> tuple[csr_array, ...]:
        """Per level, the 0/1 matrix (m_{l+1}, m_l) that sums siblings."""
        return tuple(
            csr_array((np.ones(m), np.arange(m), np.append(starts, m)), shape=(len(starts), m))
            for starts, m in zip(self.starts, self.sizes, strict=True)
        )

    def up(self, level: int, values: Floats) -> Floats:
        """Sum the values (…, m_l) of a level's units over siblings: (…, m_{l+1})."""
        return np.asarray(np.add.reduceat(values, self.starts[level], axis=-1))

    def up_rows(self, level: int, values: Floats) -> Floats:
        """Sum the values (m_l, …) of a level's units over siblings: (m_{l+1}, …)."""
        summed = self._siblings[level] @ values.reshape(len(values), -1)  # several times faster than reduceat
        return np.asarray(summed).reshape(-1, *values.shape[1:])

    def up_weighted(self, level: int, weight: Floats, rows: Floats) -> Floats:
        """Sum weight (…, m_l) × rows (…, m_l, q) over siblings: (…, m_{l+1}, q); leading axes of rows may be 1.

        One sparse product: the rows times their weights, many times as large on a mesh, are never written down.
        """
        if weight.ndim == 1:
            return self.up_rows(level, weight[:, None] * rows)
        m, q = rows.shape[-2:]
        which = np.arange(rows.size // q).reshape(rows.shape[:-1])
        first = (np.arange(0, weight.size, m)[:, None] + self.starts[level]).ravel()
        sums = csr_array(
            (weight.ravel(), np.broadcast_to(which, weight.shape).ravel(), np.append(first, weight.size)),
            shape=(len(first), which.size),
        )
        return np.asarray(sums @ rows.reshape(-1, q)).reshape(*weight.shape[:-1], -1, q)

    def leaves_of(self, level: int) -> Ints:
        """Position of each leaf's ancestor at `level`: (m_0,)."""
        return self._leaves[level]

    @cached_property
    def _leaves(self) -> tuple[Ints, ...]:
        ancestors = [np.arange(self.sizes[0])]
        for parents in self.parents[:-1]:
            ancestors.append(parents[ancestors[-1]])
        return tuple(ancestors)


def _named(levels: Mapping[str, ArrayLike] | Sequence[ArrayLike]) -> dict[str, Any]:
    if not isinstance(levels, Mapping):
        levels = {f"level {i}": labels for i, labels in enumerate(levels)}
    named: dict[str, Any] = {name: _array(labels) for name, labels in levels.items()}
    if not named:
        raise ModelError("a tree needs at least one level", "name the column of the school or the class")
    lengths = {name: len(labels) for name, labels in named.items()}
    if len(set(lengths.values())) > 1:
        raise ModelError(f"the label arrays differ in length: {lengths}")
    if 0 in lengths.values():
        raise ModelError(
            "no rows: there is nothing to fit", "check the match of pupils with their prior scores"
        )
    return named


def _array(labels: Any) -> Any:
    """Labels in one dimension; an array of objects as it is, since to look for a narrower type takes as long as a tree."""
    return labels if isinstance(labels, np.ndarray) and labels.dtype == object else pd.Index(labels)


def _factorize(name: str, labels: Any) -> tuple[Ints, Any]:
    if labels.dtype == np.int64 and len(labels):
        codes, values = _ranked(labels.to_numpy())
        return codes, pd.Index(values, name=labels.name)
    codes, unique = pd.factorize(labels, sort=True)
    if missing := int((codes < 0).sum()):
        raise ModelError(f"{missing} rows have no label at level '{name}'", "drop or label them first")
    return codes.astype(np.int64), unique


def _inside(above: Ints, own: Ints, n: int) -> tuple[Ints, Ints]:
    """Rank (n,) of each pair of a parent and one of n labels, and the distinct pairs, as parent · n + label, in order.

    A label that belongs to one parent only, as most do, needs no search among the pairs.
    """
    parent = np.empty(n, dtype=np.int64)
    parent[own] = above
    if not np.array_equal(parent[own], above):
        return _ranked(above * n + own)
    order = np.argsort(parent, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    return rank[own], parent[order] * n + order


def _ranked(keys: Ints) -> tuple[Ints, Ints]:
    """Rank (n,) of each key among the distinct ones, and these in order; by counting where they lie close."""
    low = keys.min()
    if int(keys.max()) - int(low) > 4 * len(keys) + 1000:
        codes, units = pd.factorize(keys, sort=True)
        return codes.astype(np.int64), units
    held = np.zeros(int(keys.max() - low) + 1, dtype=bool)
    keys = keys - low
    held[keys] = True
    return keys if held.all() else (np.cumsum(held) - 1)[keys], np.flatnonzero(held) + low


def _paths(above: list[pd.MultiIndex], parents: Ints, name: str, unique: Any, own: Ints) -> pd.MultiIndex:
    """Label paths (top … own) of the units of one level, whose own labels are `unique[own]`."""
    levels, codes, names = [unique], [own], [name]
    if above:
        path = above[-1]
        levels, names = [*path.levels, unique], [*map(str, path.names), name]
        codes = [*(np.asarray(code, dtype=np.int64)[parents] for code in path.codes), own]
    return pd.MultiIndex(levels=levels, codes=cast(Any, codes), names=names, verify_integrity=False)
