"""Solve with S = I + ΛCΛ, positive definite and mostly zeros, when one factor's block of C is diagonal.

A factor of which each pupil has one unit shares no pupil between its units: its block E of S is diagonal and is
eliminated exactly, leaving the Schur complement T = S_22 − S_21 E⁻¹ S_12 of the other factors:

    log|S| = Σ log E + log|T|        S⁻¹b:  x_2 = T⁻¹(b_2 − S_21 E⁻¹ b_1),  x_1 = E⁻¹(b_1 − S_12 x_2)
    diag(S⁻¹)_1 = 1/E + diag(E⁻¹ S_12 T⁻¹ S_21 E⁻¹)

The largest such factor is taken. T is factorised densely (Cholesky) when it is small or full, else sparsely
(SuperLU in symmetric mode, ordered by minimum degree: S is positive definite, so no pivoting is needed).

Source: Davis (2006), Direct Methods for Sparse Linear Systems, ch. 4 and 7.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csc_array, csr_array, diags_array, eye_array
from scipy.sparse.linalg import splu

from analysis.models.moments import Floats, Ints

DENSE_SIZE = 1500
"""Up to this size a dense factor is faster than looking for zeros."""

DENSE_SHARE = 0.2
"""A complement with a larger share of non-zeros is treated as dense."""

COLUMNS = 256
"""Columns of the inverse held at once."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Which unknowns are eliminated (their block is diagonal), and which remain."""

    first: Ints
    rest: Ints

    @classmethod
    def of(cls, C: csr_array, sizes: tuple[int, ...]) -> "Plan":
        """Eliminate the largest factor whose block of C is diagonal, if there is one."""
        ends = np.cumsum(sizes)
        blocks = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        diagonal = [block for block in blocks if _is_diagonal(C[block][:, block])]
        first = max(diagonal, key=len, default=np.arange(0))
        return cls(first, np.setdiff1d(np.arange(ends[-1]), first))


def _is_diagonal(block: Any) -> bool:
    entries = block.tocoo()
    return bool(np.all((entries.row == entries.col) | (entries.data == 0)))


class SparseInverse:
    """S⁻¹ for one S (m × m, sparse)."""

    def __init__(self, S: csr_array, plan: Plan) -> None:
        self._plan = plan
        self._e: Floats = S.diagonal()[plan.first]
        self._across = csr_array(S[plan.first][:, plan.rest])
        scaled = csr_array(diags_array(1 / self._e) @ self._across)
        self._inner = _Complement(csc_array(S[plan.rest][:, plan.rest] - self._across.T @ scaled))

    @property
    def logdet(self) -> float:
        return float(np.log(self._e).sum()) + self._inner.logdet

    def solve(self, b: Floats) -> Floats:
        """S⁻¹b (m, …)."""
        first, rest = self._plan.first, self._plan.rest
        x = np.empty_like(b)
        reduced = b[first] / self._e[:, None]
        x[rest] = self._inner.solve(b[rest] - self._across.T @ reduced)
        x[first] = reduced - (self._across @ x[rest]) / self._e[:, None]
        return x

    @cached_property
    def diagonal(self) -> Floats:
        """diag(S⁻¹) (m,)."""
        first, rest = self._plan.first, self._plan.rest
        result = np.zeros(len(first) + len(rest))
        result[first] = 1 / self._e
        for start in range(0, len(rest), COLUMNS):
            columns = np.arange(start, min(start + COLUMNS, len(rest)))
            unit = np.zeros((len(rest), len(columns)))
            unit[columns, np.arange(len(columns))] = 1.0
            inverse = self._inner.solve(unit)
            result[rest[columns]] = inverse[columns, np.arange(len(columns))]
            product = self._across[:, columns].multiply(self._across @ inverse)
            result[first] += np.asarray(product.sum(axis=1)) / self._e**2
        return result


class _Complement:
    """Factor of T: dense or sparse, by its size and fill."""

    def __init__(self, T: csc_array) -> None:
        m = T.shape[0]
        self.logdet = 0.0
        self._dense: Any = None
        self._sparse: Any = None
        if m == 0:
            return
        if m <= DENSE_SIZE or T.nnz > DENSE_SHARE * m * m:
            self._dense = cho_factor(T.toarray(), lower=True, overwrite_a=True)
            self.logdet = 2 * float(np.log(np.diag(self._dense[0])).sum())
        else:
            symmetric = {"SymmetricMode": True}
            self._sparse = splu(T, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)
            self.logdet = float(np.log(np.abs(self._sparse.U.diagonal())).sum())

    def solve(self, b: Floats) -> Floats:
        if self._dense is not None:
            return np.asarray(cho_solve(self._dense, b))
        return np.asarray(self._sparse.solve(b)) if self._sparse is not None else b


def scaled(C: csr_array, scale: NDArray[np.float64]) -> csr_array:
    """I + ΛCΛ for Λ = diag(scale)."""
    Lambda = diags_array(scale)
    return csr_array(eye_array(len(scale)) + Lambda @ C @ Lambda)
