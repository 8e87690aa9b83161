"""β and σ² profiled out of the likelihood: what every linear mixed model here has in common.

    y ~ N(Xβ, σ²V)     A = [X | y] (N × q, p = q − 1)     M = A'V⁻¹A

    M_xx = RR'     s = R⁻¹M_xy     β̂ = R⁻ᵀs     r² = M_yy − s's = y'Py     σ̂² = r²/ν     ν = N − p (REML) or N (ML)

    −2 log L = log|V| + [REML] log|M_xx| + ν (1 + log 2πσ̂²)

V = W⁻¹ + Σ θ_l Z_l Z_l' (reml.py, crossed.py), P = V⁻¹ − V⁻¹X M_xx⁻¹ X'V⁻¹, e_l = Z_l'Py, working variates f_l = Z_l e_l:

    gradient_l = tr(Z_l'PZ_l) − e_l'e_l/σ̂²                    (ML: V⁻¹ instead of P in the trace)
    average_lk = f_l'Pf_k/σ̂² − (e_l'e_l)(e_k'e_k)/(ν σ̂⁴)     average information, profiled over σ²
    curvature_lk = c_l c_k average_lk                         c_l² = tr(Z_l'PZ_l)/(e_l'e_l/σ̂²)

At the optimum c = 1. Where θ_l is too small, e_l'e_l and the average information are too large by about the same factor and
a step is too short; with c it is nearly the expected information, which leads to the answer of a balanced tree at once.

A model sums up log|V| and M its own way; everything after that is here. Several responses of one design share R: their
M_xy stand side by side, and the arrays of `Profile` get one more axis.

Source: Patterson & Thompson (1971), Biometrika 58, 545–554; Bates, Mächler, Bolker & Walker (2015), J. Stat.
Software 67(1), §3 (the profiled criterion); Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440–1450.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.errors import ModelError
from analysis.models.moments import Floats, Frame


@dataclass(frozen=True, eq=False)
class Profile:
    """The criterion at θ, or at a stack of them; β̂ and R in the frame of the moments.

    Attributes
    ----------
    logdet : log|V| − Σ log w (…,). root : R (…, p, p), lower. s : R⁻¹M_xy (…, p). r2 : y'Py (…,).
    """

    logdet: Floats
    root: Floats
    s: Floats
    r2: Floats
    criterion: "Criterion"

    @cached_property
    def sigma2(self) -> Floats:
        """σ̂² (…,)."""
        return np.asarray(self.r2 / self.criterion.nu)

    @cached_property
    def deviance(self) -> Floats:
        """−2 log L (…,)."""
        nu, fixed = self.criterion.nu, 0.0
        if self.criterion.reml:
            fixed = 2 * np.log(np.diagonal(self.root, axis1=-2, axis2=-1)).sum(-1)
        return np.asarray(
            self.logdet + fixed + self.criterion.constant + nu * (1 + np.log(2 * np.pi * self.sigma2))
        )

    @cached_property
    def inverse_root(self) -> Floats:
        """R⁻¹ (…, p, p): |R⁻¹x|² = x'M_xx⁻¹x."""
        return np.asarray(np.linalg.inv(self.root))

    @cached_property
    def beta(self) -> Floats:
        """β̂ (…, p)."""
        return np.asarray((self.s[..., None, :] @ self.inverse_root)[..., 0, :])


@dataclass(frozen=True, eq=False)
class Criterion:
    """What the likelihood needs beside log|V| and M: rows with a positive weight, coefficients, and their frame."""

    frame: Frame
    n: int
    p: int
    log_weight: float
    reml: bool

    @property
    def nu(self) -> int:
        """Degrees of freedom of σ̂²."""
        return self.n - self.p if self.reml else self.n

    @cached_property
    def constant(self) -> float:
        """−Σ log w, and what the frame adds to log|M_xx|."""
        scale = np.abs(np.diag(self.frame.map))[: self.p]
        return -self.log_weight - (2 * float(np.log(scale).sum()) if self.reml else 0.0)

    def profile(self, logdet: Floats, M: Floats) -> Profile:
        """From M (…, q, q).

        Raises
        ------
        ModelError : M is not positive definite.
        """
        factor = _cholesky(M)
        root, s = factor[..., :-1, :-1], factor[..., -1, :-1]
        return Profile(np.asarray(logdet), root, s, np.asarray(factor[..., -1, -1] ** 2), self)

    def profiles(self, logdet: Floats, M_xa: Floats, M_yy: Floats) -> Profile:
        """Of several responses, from M_xa = X'V⁻¹A (…, p, p + responses) and y'V⁻¹y (…, responses) of each."""
        if M_yy.shape[-1] == 1:  # one factor holds R, s and r
            M = np.concatenate([M_xa, np.concatenate([M_xa[..., -1], M_yy], axis=-1)[..., None, :]], axis=-2)
            one = self.profile(logdet, M)
            return Profile(
                one.logdet[..., None], one.root[..., None, :, :], one.s[..., None, :], one.r2[..., None], self
            )
        root = _cholesky(M_xa[..., : self.p])
        s = np.swapaxes(np.linalg.solve(root, M_xa[..., self.p :]), -1, -2)
        r2 = M_yy - np.square(s).sum(-1)
        return Profile(np.asarray(logdet)[..., None], root[..., None, :, :], s, r2, self)


def _cholesky(M: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.cholesky(M), dtype=float)
    except np.linalg.LinAlgError as error:
        raise ModelError("the covariates are collinear or explain the response exactly") from error


class Evaluated:
    """A likelihood where it was evaluated."""

    profile: Profile

    @property
    def value(self) -> float:
        """−2 log L."""
        return float(self.profile.deviance)

    @cached_property
    def sigma2(self) -> float:
        return float(self.profile.sigma2)

    @cached_property
    def contrast(self) -> Floats:
        """(−β̂; 1) (q,): a row of A times this is its residual."""
        return np.append(-self.profile.beta, 1.0)


class AtRatios(Evaluated):
    """A likelihood at variance ratios θ: gradient and curvature from what the model's own walk gives.

    Attributes
    ----------
    traces : tr(Z_l'PZ_l), or tr(Z_l'V⁻¹Z_l) for ML (K,). scores : e_l'e_l (K,). working : f_l'Pf_k (K, K).
    """

    @property
    def traces(self) -> Floats:
        raise NotImplementedError

    @property
    def scores(self) -> Floats:
        raise NotImplementedError

    @property
    def working(self) -> Floats:
        raise NotImplementedError

    @cached_property
    def gradient(self) -> Floats:
        return self.traces - self.scores / self.sigma2

    @cached_property
    def average_information(self) -> Floats:
        """Of the ratios (K, K), on the scale of the deviance."""
        scores = self.scores / self.sigma2
        return np.asarray(self.working / self.sigma2 - np.outer(scores, scores) / self.profile.criterion.nu)

    @cached_property
    def curvature(self) -> Floats:
        scores = np.maximum(self.scores / self.sigma2, np.finfo(float).tiny)
        c = np.sqrt(np.maximum(self.traces, 0.0) / scores)
        return np.asarray(np.outer(c, c) * self.average_information)
