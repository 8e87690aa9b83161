"""Who belongs to which unit of a factor, and the sums that a crossed model needs.

A factor is a sparse matrix Z (N × m): row i holds pupil i's shares in the units. One unit a pupil: a single 1.
Several (teachers in turn, two schools): shares, scaled to sum to 1 (weeks taught, say).

With all factors side by side, Z = [Z_1 … Z_K], and A = [X | y] in a frame (moments.py), the sums

    C = Z'WZ (sparse: how often two units share a pupil)      B = Z'WA      G = A'WA

are sufficient for crossed.py, whatever N is, and add up over chunks with the same unit codes.

Source: Browne, Goldstein & Rasbash (2001), Statistical Modelling 1, 103–124 (multiple membership).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, diags_array, hstack

from analysis.errors import ModelError
from analysis.models.moments import Floats, Frame


@dataclass(frozen=True, eq=False)
class Factor:
    """Shares Z (N, m) of the rows in the `units` (m,) of one factor."""

    name: str
    Z: csr_array
    units: pd.Index

    @classmethod
    def single(cls, name: str, labels: ArrayLike) -> "Factor":
        """One unit a row.

        Raises
        ------
        ModelError : a row without a label.
        """
        labels = np.asarray(labels)
        return cls.multiple(name, len(labels), np.arange(len(labels)), labels, np.ones(len(labels)))

    @classmethod
    def multiple(
        cls, name: str, n_rows: int, row: ArrayLike, labels: ArrayLike, shares: ArrayLike
    ) -> "Factor":
        """Several units a row, as a long list (row number, label, share ≥ 0); shares are scaled to sum to 1.

        Raises
        ------
        ModelError : a missing label, a share that is negative or not finite, or a row without any unit.
        """
        codes, units = pd.factorize(pd.Index(np.asarray(labels)), sort=True)
        share = np.asarray(shares, dtype=float)
        if (codes < 0).any():
            raise ModelError(f"{int((codes < 0).sum())} rows have no label at level '{name}'")
        if not np.isfinite(share).all() or (share < 0).any():
            raise ModelError(f"shares of '{name}' must be finite and not negative")
        Z = csr_array(
            (share, (np.asarray(row), codes)), shape=(n_rows, len(units))
        )  # repeated entries add up
        total = np.asarray(Z.sum(axis=1))
        if (total == 0).any():
            raise ModelError(f"{int((total == 0).sum())} rows belong to no unit of '{name}'")
        return cls(name, csr_array(diags_array(1 / total) @ Z), pd.Index(units))


@dataclass(frozen=True, eq=False)
class Sums:
    """Sufficient statistics of a crossed model; `sizes` are the numbers of units of its factors.

    C (m, m) sparse, B (m, q), G (q, q) as above; `rows` with a positive weight; `log_weight` Σ log w.
    """

    C: csr_array
    B: Floats
    G: Floats
    rows: int
    log_weight: float
    sizes: tuple[int, ...]
    frame: Frame

    @classmethod
    def of(
        cls, A: Floats, factors: Sequence[Factor], frame: Frame, weights: ArrayLike | None = None
    ) -> "Sums":
        """Sums of rows A (N, q) whose memberships are `factors`."""
        w = np.ones(len(A)) if weights is None else np.asarray(weights, dtype=float)
        keep = w > 0
        Z = csr_array(hstack([factor.Z for factor in factors]))[keep]
        A, w = frame.apply(A[keep]), w[keep]
        ZW = csr_array(Z.T @ diags_array(w))
        return cls(
            C=csr_array(ZW @ Z),
            B=np.asarray(ZW @ A),
            G=np.asarray(A.T @ (w[:, None] * A)),
            rows=len(A),
            log_weight=float(np.log(w).sum()),
            sizes=tuple(factor.Z.shape[1] for factor in factors),
            frame=frame,
        )

    def merge(self, other: "Sums") -> "Sums":
        """Sums of both parts together.

        Raises
        ------
        ModelError : different frames or different units.
        """
        if not self.frame.same_as(other.frame) or self.sizes != other.sizes:
            raise ModelError("sums of two frames, or over different units, cannot be added")
        return replace(
            self,
            C=csr_array(self.C + other.C),
            B=self.B + other.B,
            G=self.G + other.G,
            rows=self.rows + other.rows,
            log_weight=self.log_weight + other.log_weight,
        )
