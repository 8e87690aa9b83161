"""Everything a linear mixed model needs to know of a million pupils: sums per class, one small matrix.

With A = [X | y] (N × q, the response last) and leaves c = 1 … C,

    weight_c = Σ_{i∈c} w_i        sums_c = Σ_{i∈c} w_i a_i        within = Σ_c Σ_{i∈c} w_i (a_i − ā_c)(a_i − ā_c)'

are sufficient for every model whose random effects are constant inside a leaf (nested.py). They add up over
chunks, files and machines: two parts with leaf means ā, b̄ merge by

    within = within_a + within_b + Σ_c (w_a w_b / (w_a + w_b)) (ā_c − b̄_c)(ā_c − b̄_c)'

One pass over the rows gives the sums and Σ_i w_i a_i a_i', of which `within` is what Σ_c sums_c sums_c'/weight_c leaves.

Digits. Raw scores to the third power are nearly collinear and their sums of squares keep three digits. A `Frame`
(fixed shift, then a fixed upper-triangular map: the QR of a few thousand rows) is applied to each row before
it is summed; the fit is mapped back exactly, since β = U_x b − u_xy for A U = [X U_x | X u_xy + y]. In the frame the
columns are centred and orthonormal, so that `within` loses no more digits than the share between leaves takes, and
all that a fit adds to it is of the size of the cross-products that the rounding is a 10⁻¹⁶ of.

Weights are precision weights, Var(e_i) = σ²/w_i; a row of weight 0 says nothing and is left out.

Not for: random slopes (slopes.py keeps a few more sums) and crossed units (crossed.py).

Source: Chan, Golub & LeVeque (1983), The American Statistician 37, 242–247 (pairwise merging); docs/methods.md §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.sparse import csc_array

from analysis.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEAD = 2048
"""Rows that fix a frame; the map need not be exact, only the same for every part."""

BLOCK = 8192
"""Rows that are mapped at once: small enough for the cache; no copy of all rows is made."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The fixed map (a − shift) @ map of a row; `map` (q, q) is upper triangular, its last diagonal element 1.

    The response is shifted and freed of X but never scaled: variances and effects stay in its unit.
    """

    shift: Floats
    map: Floats

    @classmethod
    def identity(cls, q: int) -> "Frame":
        """The frame that changes nothing."""
        return cls(np.zeros(q), np.eye(q))

    @classmethod
    def of(cls, A: Floats) -> "Frame":
        """Frame in which about `HEAD` rows, evenly taken from A (N, q), have nearly orthonormal columns."""
        head = np.asarray(A[:: max(1, len(A) // HEAD)], dtype=float)
        if not (finite := np.isfinite(head.sum(1))).all():
            head = head[finite]
        if not len(head):
            return cls.identity(A.shape[1])
        shift = np.zeros(head.shape[1])
        if np.all(head[:, 0] == 1.0):  # without an intercept a shift would change the model
            shift[1:] = head[:, 1:].mean(0)
        triangle = np.zeros((head.shape[1],) * 2)
        reduced = np.linalg.qr(head - shift, mode="r") / np.sqrt(len(head))
        # a column's sign is the processor's choice otherwise, and draws of β are made in the frame
        triangle[: len(reduced)] = np.where(np.diag(reduced) < 0, -1.0, 1.0)[:, None] * reduced
        diagonal = np.diag(triangle).copy()
        size = np.linalg.norm(triangle, axis=0)
        flat = np.abs(diagonal) <= 1e-8 * size  # constant or collinear so far: leave it as it is
        np.fill_diagonal(triangle, np.where(flat, np.where(size > 0, size, 1.0), diagonal))
        inverse = solve_triangular(triangle, np.eye(len(triangle)))
        inverse[:, -1] /= inverse[-1, -1]
        return cls(shift, inverse)

    def apply(self, A: Floats) -> Floats:
        """Rows (N, q) in this frame."""
        with np.errstate(invalid="ignore"):  # infinite values are found in the sums
            return np.asarray(np.subtract(A, self.shift, order="F") @ self.map)

    @cached_property
    def linear(self) -> Floats:
        """The same map as one matrix U (q, q), A U; a shift is a multiple of the intercept, column 0."""
        first = np.eye(len(self.shift))
        first[0] -= self.shift
        return np.asarray(first @ self.map)

    def with_responses(self, n: int) -> "Frame":
        """The frame of the same X beside n responses that are left as they are."""
        one = np.eye(len(self.shift) - 1 + n)
        one[: len(self.shift) - 1, : len(self.shift) - 1] = self.map[:-1, :-1]
        return Frame(np.append(self.shift[:-1], np.zeros(n)), one)

    def same_as(self, other: "Frame") -> bool:
        """Whether sums taken in both frames may be added."""
        return np.array_equal(self.shift, other.shift) and np.array_equal(self.map, other.map)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of A = [X | y] per leaf, in a frame; parts of the same frame merge.

    Attributes
    ----------
    rows, weight : (C,) number of rows, and their summed weight.
    sums : (C, q) weighted sums of the framed columns.
    within : (q, q) pooled weighted cross-products about the leaf means.
    log_weight : Σ log w_i over the rows (0 without weights); belongs to the likelihood.
    frame : the map that the rows went through.
    keys : the label path (top … leaf) of each leaf, sorted; None when leaves are known by position.
    """

    rows: Floats
    weight: Floats
    sums: Floats
    within: Floats
    log_weight: float
    frame: Frame
    keys: pd.MultiIndex | None = None

    @classmethod
    def of(
        cls,
        A: ArrayLike,
        leaf: ArrayLike,
        n_leaves: int,
        weights: ArrayLike | None = None,
        *,
        frame: Frame | None = None,
        names: Sequence[str] | None = None,
    ) -> "Moments":
        """Moments of rows A (N, q) whose leaf is `leaf` (N,) in 0 … n_leaves − 1; in the frame of these rows by default.

        Raises
        ------
        ModelError : a value that is not finite, or a weight that is negative or not finite.
        """
        A, leaf = np.asarray(A, dtype=float), np.asarray(leaf, dtype=np.int64)
        w = None if weights is None else _checked_weights(weights)
        if (
            w is not None and not w.all()
        ):  # nor may a wild value there cost the others their digits in the frame
            A, leaf, w = A[w > 0], leaf[w > 0], w[w > 0]
        frame = frame or Frame.of(A)
        sums, products = _added(A, leaf, w, frame, n_leaves)
        if not np.isfinite(sums).all():
            _refuse_not_finite(A, names or [f"column {j}" for j in range(A.shape[1])])
        rows = np.bincount(leaf, minlength=n_leaves).astype(float)
        weight, log_weight = rows, 0.0
        if w is not None:
            weight, log_weight = np.bincount(leaf, w, minlength=n_leaves), float(np.log(w).sum())
        return cls(rows, weight, sums, products - between_leaves(sums, weight), log_weight, frame)

    @property
    def q(self) -> int:
        """Number of columns, the response included."""
        return int(self.sums.shape[1])

    @property
    def mean(self) -> Floats:
        """Leaf means (C, q) in the frame; 0 for a leaf without rows."""
        return _ratio(self.sums, self.weight)

    @cached_property
    def total(self) -> Floats:
        """Weighted cross-products (q, q) about 0, within the leaves and between them."""
        return self.within + between_leaves(self.sums, self.weight)

    @cached_property
    def variation(self) -> tuple[Floats, Floats]:
        """Per column (q,), in its own units, the sum of squares about its mean (the intercept: about 0), and about 0."""
        n, back = self.weight.sum(), np.linalg.inv(self.frame.map)
        mean = self.sums.sum(0) / n
        spread = np.einsum("ij,ik,kj->j", back, self.total - n * np.outer(mean, mean), back)
        size = spread + n * (mean @ back + self.frame.shift) ** 2
        spread[0] = size[0]
        return spread, size

    def merge(self, other: "Moments") -> "Moments":
        """Moments of both parts together; leaves are matched by key, or by position where there are no keys.

        Raises
        ------
        ModelError : the parts have different frames, or leaves that cannot be matched.
        """
        if not self.frame.same_as(other.frame):
            raise ModelError("moments of two frames cannot be added", "fix the frame before the first part")
        a, b = _aligned(self, other)
        weight = a.weight + b.weight
        gap = a.mean - b.mean
        share = _ratio((a.weight * b.weight)[:, None], weight)
        return replace(
            a,
            rows=a.rows + b.rows,
            weight=weight,
            sums=a.sums + b.sums,
            within=a.within + b.within + gap.T @ (share * gap),
            log_weight=a.log_weight + b.log_weight,
        )

    def arrange(self, position: Ints, n_leaves: int) -> "Moments":
        """The same moments with leaf c moved to `position[c]` of n_leaves; the keys go."""
        rows, weight, sums = np.zeros(n_leaves), np.zeros(n_leaves), np.zeros((n_leaves, self.q))
        rows[position], weight[position], sums[position] = self.rows, self.weight, self.sums
        return replace(self, rows=rows, weight=weight, sums=sums, keys=None)

    def raw(self) -> "Moments":
        """The same moments in the units of the rows themselves (identity frame)."""
        back = np.linalg.inv(self.frame.map)
        sums = self.sums @ back + self.weight[:, None] * self.frame.shift
        return replace(self, sums=sums, within=back.T @ self.within @ back, frame=Frame.identity(self.q))


def _ratio(sums: Floats, weight: Floats) -> Floats:
    """Sums (C, q) over weights (C,), 0 where the weight is 0."""
    return np.asarray(sums / np.where(weight > 0, weight, 1.0)[:, None])


def between_leaves(sums: Floats, weight: Floats) -> Floats:
    """Σ_c sums_c sums_c'/weight_c (q, q): the cross-products about 0 of rows that all lie at their leaf's mean."""
    root = _ratio(sums, np.sqrt(weight))
    return np.asarray(root.T @ root)


def _added(A: Floats, leaf: Ints, w: Floats | None, frame: Frame, n_leaves: int) -> tuple[Floats, Floats]:
    """Weighted sums (n_leaves, q) and cross-products (q, q) of the framed rows, a block at a time."""
    sums, products = np.zeros((n_leaves, A.shape[1])), np.zeros((A.shape[1],) * 2)
    size = max(BLOCK, n_leaves)
    for start in range(0, len(A), size):
        part = slice(start, start + size)
        rows = frame.apply(A[part])
        entries = np.ones(len(rows)) if w is None else w[part]
        one_each = np.arange(len(rows) + 1)
        member = csc_array((entries, leaf[part], one_each), shape=(n_leaves, len(rows)))
        sums += np.asarray(member @ rows)
        if w is not None:
            rows *= np.sqrt(entries)[:, None]
        products += rows.T @ rows
    return sums, products


def _aligned(a: Moments, b: Moments) -> tuple[Moments, Moments]:
    """Both parts over the same leaves."""
    if a.keys is None or b.keys is None:
        if (a.keys is None) != (b.keys is None) or len(a.weight) != len(b.weight):
            raise ModelError("moments with and without keys, or of different leaf numbers, cannot be matched")
        return a, b
    if a.keys.equals(b.keys):
        return a, b
    keys = a.keys.union(b.keys)
    return _spread(a, a.keys, keys), _spread(b, b.keys, keys)


def _spread(part: Moments, own: pd.MultiIndex, keys: pd.MultiIndex) -> Moments:
    """The part over a larger set of keys."""
    return replace(part.arrange(keys.get_indexer(own), len(keys)), keys=keys)


def _refuse_not_finite(A: Floats, names: Sequence[str]) -> None:
    """Raise for the column with the most missing or infinite values."""
    bad = (~np.isfinite(A)).sum(0)
    column = int(np.argmax(bad))
    if bad[column] == len(A):
        raise ModelError(f"every value of '{names[column]}' is missing", "leave the column out of the model")
    raise ModelError(
        f"'{names[column]}' has {bad[column]} missing or infinite values in {len(A)} rows",
        "keep only matched pupils before fitting",
    )


def _checked_weights(weights: ArrayLike) -> Floats:
    w = np.asarray(weights, dtype=float)
    if not np.isfinite(w).all() or (w < 0).any():
        raise ModelError("weights must be finite and not negative")
    return w
