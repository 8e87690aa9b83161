"""Random slopes: the walk with matrices against dense N × N algebra, and against the intercept-only model."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.models import nested, slopes
from analysis.models.moments import Frame, Moments
from analysis.models.slope_reml import Products, Slopes, SlopesAt
from analysis.models.tree import Tree

Floats = NDArray[np.float64]


def random_case(seed: int, depth: int, reml: bool) -> tuple[SlopesAt, Floats, Floats | None]:
    """A criterion at random L, the rows A behind it, and their weights."""
    rng = np.random.default_rng(seed)
    n = 50
    labels = [rng.integers(0, m, n) for m in rng.integers(3, 8, depth)]
    labels[-1][:2] = [0, 1]
    tree = Tree.of(labels)
    A = np.column_stack([np.ones(n), rng.standard_normal((n, 2)) + 3, rng.standard_normal(n)])
    weights = rng.uniform(0.3, 2, n) if rng.random() < 0.5 else None
    moments = Moments.of(A, tree.leaf, tree.sizes[0], weights)
    products = Products.of(A, A[:, :2], tree.leaf, moments, weights)
    active = tuple((0, 1) if rng.random() < 0.7 else (0,) for _ in range(depth))
    model = Slopes(products, tree, active, reml)
    return model.at(rng.standard_normal(sum(3 if len(a) == 2 else 1 for a in active))), A, weights


class Dense:
    """Deviance, BLUPs and their error covariances from V and the cross-covariances of b and y."""

    def __init__(self, at: SlopesAt, A: Floats, weights: Floats | None) -> None:
        X, y, tree = A[:, :-1], A[:, -1], at.model.tree
        n, p = X.shape
        V = np.eye(n) if weights is None else np.diag(1 / weights)
        self.cross = []
        for level, theta in enumerate(at.thetas):
            one = np.eye(tree.sizes[level])[tree.leaves_of(level)[tree.leaf]]
            Z = np.stack([one * A[:, [j]] for j in range(2)], axis=2)  # (n, m, k)
            V = V + np.einsum("nmk,kl,oml->no", Z, theta, Z)
            self.cross.append(np.einsum("kl,nml->mkn", theta, Z))
        Vi = np.linalg.inv(V)
        information = X.T @ Vi @ X
        P = Vi - Vi @ X @ np.linalg.solve(information, X.T @ Vi)
        nu = n - p if at.model.reml else n
        self.s2 = y @ P @ y / nu
        fixed = np.linalg.slogdet(information)[1] if at.model.reml else 0.0
        self.deviance = np.linalg.slogdet(V)[1] + fixed + nu * (1 + np.log(2 * np.pi * self.s2))
        self.blup = [c @ P @ y for c in self.cross]
        self.comparative = [
            self.s2 * (theta - np.einsum("mkn,no,mlo->mkl", c, P, c))
            for theta, c in zip(at.thetas, self.cross, strict=True)
        ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.booleans())
def test_criterion_gradient_and_coefficients_equal_dense_algebra(seed: int, depth: int, reml: bool) -> None:
    at, A, weights = random_case(seed, depth, reml)
    dense = Dense(at, A, weights)
    assert at.value == pytest.approx(dense.deviance, rel=1e-10)
    fit = slopes.SlopeFit(at, ("a", "b", "c"), ("b",), np.ones(2), 0, True)
    for level, name in enumerate(at.model.tree.names):
        active = at.model.active[level]
        own = np.ix_(range(at.model.tree.sizes[level]), active, active)
        effects = fit.effects[name]
        np.testing.assert_allclose(effects.coefficient, dense.blup[level][:, active], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(effects.comparative, dense.comparative[level][own], rtol=1e-8, atol=1e-9)
    for i in range(len(at.x)):
        step = 1e-5 * np.eye(len(at.x))[i]
        slope = (
            Dense(at.model.at(at.x + step), A, weights).deviance
            - Dense(at.model.at(at.x - step), A, weights).deviance
        ) / 2e-5
        assert at.gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def data(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(40), 30)
    klass = np.tile(np.repeat([1, 2], 15), 40)
    x = rng.standard_normal(1200)
    b = rng.multivariate_normal([0, 0], [[0.16, 0.05], [0.05, 0.04]], 40)[school]
    y = (
        0.6 * x
        + b[:, 0]
        + b[:, 1] * x
        + 0.2 * rng.standard_normal((40, 3))[school, klass]
        + 0.5 * rng.standard_normal(1200)
    )
    return pd.DataFrame({"school": school, "class": klass, "prior": x, "y": y})


def test_a_known_covariance_is_recovered_with_classes_inside() -> None:
    d = data()
    fit = slopes.fit_rows(d.y, d[["prior"]], {"class": d["class"], "school": d.school}, ["prior"])
    assert fit.converged and fit.singular == ()
    np.testing.assert_allclose(fit.covariances["school"], [[0.16, 0.05], [0.05, 0.04]], atol=0.06)
    assert fit.covariances["class"].shape == (1, 1)
    low, high = (fit.effects["school"].at(v) for v in (-1.28, 1.28))
    difference = fit.effects["school"].coefficient[:, 1] * 2.56
    np.testing.assert_allclose(high.effect - low.effect, difference)


def test_without_differences_in_slope_the_intercept_model_comes_back_and_the_edge_is_flagged() -> None:
    d = data()
    rng = np.random.default_rng(2)
    d["y"] = 0.6 * d.prior + 0.5 * rng.standard_normal(40)[d.school] + 0.5 * rng.standard_normal(1200)
    d["x2"] = rng.standard_normal(1200)
    for school in range(40):  # a covariate whose slope is exactly the same in every school
        own = d.school == school
        basis = np.column_stack([np.ones(own.sum()), d.prior[own], d.y[own]])
        d.loc[own, "x2"] -= basis @ np.linalg.lstsq(basis, d.x2[own], rcond=None)[0]
    fit = slopes.fit_rows(d.y, d[["prior", "x2"]], {"school": d.school}, ["x2"], reml=True)
    plain = nested.fit_rows(d.y, d[["prior", "x2"]], {"school": d.school})
    assert fit.singular == ("school",)
    assert fit.deviance == pytest.approx(plain.deviance, abs=1e-4)
    assert fit.covariances["school"][0, 0] == pytest.approx(plain.tau2[0], rel=1e-3)


def test_products_of_parts_add_up() -> None:
    d = data()
    tree = Tree.of({"school": d.school})
    A = np.column_stack([np.ones(1200), d.prior, d.y])
    frame = Frame.of(A)

    def products(part: slice) -> Products:
        moments = Moments.of(A[part], tree.leaf[part], 40, frame=frame)
        return Products.of(A[part], A[part, :2], tree.leaf[part], moments, None)

    merged, whole = products(slice(0, 500)).merge(products(slice(500, None))), products(slice(None))
    np.testing.assert_allclose(merged.T, whole.T, atol=1e-10)
    x = np.array([0.5, 0.1, 0.3])
    model = [Slopes(p, tree, ((0, 1),)) for p in (merged, whole)]
    assert model[0].at(x).value == pytest.approx(model[1].at(x).value, rel=1e-12)


def test_unknown_covariates_and_levels_are_named() -> None:
    d = data()
    with pytest.raises(ModelError, match="no covariate 'start'"):
        slopes.fit_rows(d.y, d[["prior"]], {"school": d.school}, ["start"])
    with pytest.raises(ModelError, match="no level 'town'"):
        slopes.fit_rows(d.y, d[["prior"]], {"school": d.school}, ["prior"], at=["town"])
