"""Crossed and multiple-membership models against dense N × N algebra, and against the nested model."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, random_array

from analysis.errors import ModelError
from analysis.models import crossed, nested
from analysis.models.membership import Factor, Sums
from analysis.models.moments import Frame
from analysis.models.newton import Minimum
from analysis.models.sparse_inverse import Plan, SparseInverse, scaled

Floats = NDArray[np.float64]


def pupils(seed: int = 0, n: int = 400) -> pd.DataFrame:
    """Primary × secondary schools: 25 primaries feed 8 secondaries, mostly the nearest."""
    rng = np.random.default_rng(seed)
    primary = rng.integers(0, 25, n)
    secondary = np.where(rng.random(n) < 0.6, primary % 8, rng.integers(0, 8, n))
    prior = rng.standard_normal(n)
    y = (
        0.7 * prior
        + 0.4 * rng.standard_normal(25)[primary]
        + 0.3 * rng.standard_normal(8)[secondary]
        + 0.7 * rng.standard_normal(n)
    )
    return pd.DataFrame({"primary": primary, "secondary": secondary, "prior": prior, "y": y})


def teachers(seed: int, n: int) -> Factor:
    """Every pupil has one to three of 12 teachers, for some weeks each."""
    rng = np.random.default_rng(seed)
    row = np.repeat(np.arange(n), rng.integers(1, 4, n))
    return Factor.multiple(
        "teacher", n, row, rng.integers(100, 112, len(row)), rng.integers(1, 40, len(row)).astype(float)
    )


class Dense:
    """The same quantities from N × N matrices."""

    def __init__(self, A: Floats, factors: list[Factor], theta: Floats, reml: bool, w: Floats) -> None:
        X, y = A[:, :-1], A[:, -1]
        n, p = X.shape
        self.Z = [factor.Z.toarray() for factor in factors]
        V = np.diag(1 / w) + sum(t * Z @ Z.T for t, Z in zip(theta, self.Z, strict=True))
        Vi = np.linalg.inv(V)
        information = X.T @ Vi @ X
        P = Vi - Vi @ X @ np.linalg.solve(information, X.T @ Vi)
        nu = n - p if reml else n
        self.s2 = y @ P @ y / nu
        fixed = np.linalg.slogdet(information)[1] if reml else 0.0
        self.deviance = np.linalg.slogdet(V)[1] + fixed + nu * (1 + np.log(2 * np.pi * self.s2))
        self.beta = np.linalg.solve(information, X.T @ Vi @ y)
        self.effects = [t * Z.T @ P @ y for t, Z in zip(theta, self.Z, strict=True)]
        pairs = list(zip(theta, self.Z, strict=True))
        self.comparative = [self.s2 * (t - t**2 * np.diag(Z.T @ P @ Z)) for t, Z in pairs]
        self.conditional = [self.s2 * (t - t**2 * np.diag(Z.T @ Vi @ Z)) for t, Z in pairs]
        trace_of = P if reml else Vi
        self.gradient = np.array(
            [np.trace(Z.T @ trace_of @ Z) - np.sum((Z.T @ P @ y) ** 2) / self.s2 for Z in self.Z]
        )
        F = np.column_stack([Z @ Z.T @ P @ y for Z in self.Z])
        scores = F.T @ P @ y / self.s2
        self.average = F.T @ P @ F / self.s2 - np.outer(scores, scores) / nu


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("theta", [[0.3, 0.2, 0.1], [0.0, 0.4, 0.7], [0.5, 0.0, 0.0]])
@pytest.mark.parametrize("kinds", ["crossed", "membership only", "all"])
def test_everything_equals_dense_algebra(kinds: str, theta: list[float], reml: bool) -> None:
    d = pupils(n=150)
    A = np.column_stack([np.ones(150), d.prior, d.y])
    w = np.random.default_rng(1).uniform(0.5, 2, 150)
    both = [Factor.single("primary", d.primary), Factor.single("secondary", d.secondary)]
    member = [teachers(2, 150)]
    factors = {"crossed": both, "membership only": member, "all": both + member}[kinds]
    t = np.array(theta[: len(factors)])
    sums = Sums.of(A, factors, Frame.of(A), w)
    model = crossed.Crossed(sums, tuple(f.name for f in factors), tuple(f.units for f in factors), reml)
    at, dense = model.at(t), Dense(A, factors, t, reml, w)
    assert at.value == pytest.approx(dense.deviance, rel=1e-11)
    np.testing.assert_allclose(at.gradient, dense.gradient, atol=1e-6 * np.abs(at.traces).max())
    np.testing.assert_allclose(at.average_information, dense.average, atol=1e-9 * np.abs(dense.average).max())
    fit = crossed.CrossedFit(Minimum(t, at, 0, 0.0, True, t == 0), ("a", "b"))
    np.testing.assert_allclose(fit.beta, dense.beta, rtol=1e-9)
    for k, factor in enumerate(factors):
        got = fit.effects[factor.name]
        np.testing.assert_allclose(got.effect, dense.effects[k], atol=1e-10)
        np.testing.assert_allclose(got.comparative_variance, dense.comparative[k], atol=1e-10)
        np.testing.assert_allclose(got.conditional_variance, dense.conditional[k], atol=1e-10)


def test_fit_is_the_minimum_of_the_dense_criterion() -> None:
    d = pupils(3)
    factors = [Factor.single("primary", d.primary), Factor.single("secondary", d.secondary), teachers(4, 400)]
    fit = crossed.fit_rows(d.y, d[["prior"]], factors)
    A, w = np.column_stack([np.ones(400), d.prior, d.y]), np.ones(400)
    best = Dense(A, factors, fit.theta, True, w)
    assert fit.convergence.converged and fit.deviance == pytest.approx(best.deviance, abs=1e-8)
    inside = fit.theta > 0
    assert np.abs(best.gradient * fit.theta)[inside].max() < 1e-4
    for k in np.flatnonzero(inside):
        for factor in (0.98, 1.02):
            theta = fit.theta.copy()
            theta[k] *= factor
            assert Dense(A, factors, theta, True, w).deviance > best.deviance


def test_nested_units_give_the_nested_fit() -> None:
    d = pupils(5)
    klass = d.secondary * 100 + d.primary
    ours = crossed.fit_rows(
        d.y, d[["prior"]], [Factor.single("class", klass), Factor.single("school", d.secondary)]
    )
    tree = nested.fit_rows(d.y, d[["prior"]], {"class": klass, "school": d.secondary})
    assert ours.deviance == pytest.approx(tree.deviance, abs=1e-7)
    np.testing.assert_allclose(ours.tau2, tree.tau2, rtol=1e-5)
    np.testing.assert_allclose(
        ours.effects["school"].effect, tree.effects["school"].effect, rtol=1e-5, atol=1e-7
    )
    np.testing.assert_allclose(ours.interval("school"), tree.interval("school"), rtol=1e-4)


def test_parts_merge_to_the_whole() -> None:
    d = pupils(6)
    A = np.column_stack([np.ones(400), d.prior, d.y])
    factors = [Factor.single("primary", d.primary), teachers(7, 400)]
    frame = Frame.of(A)

    def part(rows: slice) -> Sums:
        own = [Factor(f.name, csr_array(f.Z[rows]), f.units) for f in factors]
        return Sums.of(A[rows], own, frame)

    merged, whole = part(slice(0, 130)).merge(part(slice(130, None))), part(slice(None))
    np.testing.assert_allclose(merged.C.toarray(), whole.C.toarray(), atol=1e-12)
    np.testing.assert_allclose(merged.B, whole.B, atol=1e-10)
    assert crossed.fit(merged, ("a", "b"), factors).deviance == pytest.approx(
        crossed.fit(whole, ("a", "b"), factors).deviance, abs=1e-8
    )
    with pytest.raises(ModelError, match="cannot be added"):
        whole.merge(Sums.of(A, factors, Frame.identity(3)))


@pytest.mark.parametrize("eliminated", [3000, 0])
def test_sparse_path_equals_dense_inverse(eliminated: int) -> None:
    """1,800 units remain, few of them linked: too many and too empty for the dense path."""
    rng = np.random.default_rng(8)
    Z = random_array((4000, 1800), density=0.0007, rng=rng, format="csr")
    blocks = [Z]
    if eliminated:
        rows = np.arange(4000)
        blocks.insert(0, csr_array((np.ones(4000), (rows, rows % eliminated)), shape=(4000, eliminated)))
    stacked = csr_array(hstack(blocks))
    C = csr_array(stacked.T @ stacked)
    plan = Plan.of(C, tuple(b.shape[1] for b in blocks))
    assert len(plan.first) == eliminated
    S = scaled(C, np.full(C.shape[0], 0.6))
    inverse = SparseInverse(S, plan)
    assert inverse._inner._sparse is not None
    dense = S.toarray()
    assert inverse.logdet == pytest.approx(np.linalg.slogdet(dense)[1], rel=1e-11)
    b = rng.standard_normal((len(dense), 3))
    np.testing.assert_allclose(dense @ inverse.solve(b), b, atol=1e-9)
    some = rng.integers(0, len(dense), 20)
    unit = np.eye(len(dense))[:, some]
    np.testing.assert_allclose(inverse.diagonal[some], inverse.solve(unit)[some, np.arange(20)], rtol=1e-9)


def test_identical_factors_are_flagged_and_bad_memberships_are_named() -> None:
    d = pupils(9)
    twice = [Factor.single("teacher", d.primary), Factor.single("class", d.primary)]
    fit = crossed.fit_rows(d.y, d[["prior"]], twice)
    assert ("teacher", "class") in fit.convergence.inseparable
    with pytest.raises(ModelError, match="only one unit at level 'school'"):
        crossed.fit_rows(d.y, d[["prior"]], [Factor.single("school", np.zeros(400))])
    dummies = pd.get_dummies(d.secondary, drop_first=True).astype(float)
    with pytest.raises(ModelError, match="explain all differences between the 8 units of level 'school'"):
        crossed.fit_rows(d.y, dummies, [Factor.single("school", d.secondary)])
    with pytest.raises(ModelError, match="2 rows belong to no unit of 'teacher'"):
        Factor.multiple("teacher", 4, [0, 1], ["a", "b"], [1.0, 2.0])
    with pytest.raises(ModelError, match="must be finite and not negative"):
        Factor.multiple("teacher", 2, [0, 1], ["a", "b"], [1.0, -2.0])
    with pytest.raises(ModelError, match="1 rows have no label"):
        Factor.single("school", np.array(["a", None, "b"], dtype=object))


def test_shares_are_scaled_to_sum_to_one_and_repeated_entries_add_up() -> None:
    factor = Factor.multiple("teacher", 2, [0, 0, 0, 1], ["a", "b", "a", "b"], [10, 20, 10, 3])
    np.testing.assert_allclose(factor.Z.toarray(), [[0.5, 0.5], [0.0, 1.0]])
