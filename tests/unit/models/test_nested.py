"""The recursions of reml.py, effects.py and posterior.py against dense N × N algebra on random trees."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.errors import ModelError
from analysis.models import design, effects, nested, posterior
from analysis.models.moments import Moments
from analysis.models.nested import Nested, Tree
from analysis.models.newton import newton_step

Floats = NDArray[np.float64]


@dataclass
class Rows:
    """A small data set, its tree and a θ."""

    A: Floats
    tree: Tree
    weights: Floats | None
    theta: Floats
    reml: bool

    def model(self) -> nested.Nested:
        m = Moments.of(self.A, self.tree.leaf, self.tree.sizes[0], self.weights)
        return nested.Nested(m, self.tree, self.reml)


@st.composite
def random_rows(draw: st.DrawFn) -> Rows:
    depth = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(12, 60))
    sizes = [draw(st.integers(2, 8)) for _ in range(depth)]
    labels = [rng.integers(0, size, n) for size in sizes]
    labels[-1][:2] = [0, 1]  # at least two top units
    X = np.column_stack([np.ones(n), 40 + 10 * rng.standard_normal((n, 2))])
    y = X @ [1.0, 0.5, -0.2] + rng.standard_normal(n) + rng.standard_normal(8)[labels[-1]]
    weights = rng.uniform(0.2, 3, n) if draw(st.booleans()) else None
    theta = np.where(rng.random(depth) < 0.2, 0.0, rng.exponential(0.7, depth))
    return Rows(np.column_stack([X, y]), Tree.of(labels), weights, theta, draw(st.booleans()))


class Dense:
    """The same quantities from N × N matrices, straight from the definitions."""

    def __init__(self, rows: Rows, theta: Floats | None = None) -> None:
        self.theta = rows.theta if theta is None else theta
        X, self.y, tree = rows.A[:, :-1], rows.A[:, -1], rows.tree
        n, p = X.shape
        inverse_weight = np.ones(n) if rows.weights is None else 1 / rows.weights
        self.Z = [np.eye(m)[tree.leaves_of(level)[tree.leaf]] for level, m in enumerate(tree.sizes)]
        V = np.diag(inverse_weight) + sum(t * Z @ Z.T for t, Z in zip(self.theta, self.Z, strict=True))
        Vi = np.linalg.inv(V)
        self.K = np.linalg.inv(X.T @ Vi @ X)
        self.P = Vi - Vi @ X @ self.K @ X.T @ Vi
        self.beta = self.K @ X.T @ Vi @ self.y
        nu = n - p if rows.reml else n
        r2 = self.y @ self.P @ self.y
        self.s2 = r2 / nu
        fixed = -np.linalg.slogdet(self.K)[1] if rows.reml else 0.0
        self.deviance = np.linalg.slogdet(V)[1] + fixed + nu * (1 + np.log(2 * np.pi * self.s2))
        trace_of = self.P if rows.reml else Vi
        Py = self.P @ self.y
        self.gradient = np.array(
            [np.trace(Z.T @ trace_of @ Z) - np.sum((Z.T @ Py) ** 2) / self.s2 for Z in self.Z]
        )
        self.X, self.V, self.Vi, self.rows = X, V, Vi, rows

    def effect(self, level: int) -> Floats:
        return np.asarray(self.theta[level] * self.Z[level].T @ self.P @ self.y)

    def cumulated(self, level: int) -> tuple[Floats, Floats]:
        """ĉ and Var(ĉ − c) from the joint normal of c, y: c sums the effects of level and above."""
        tree = self.rows.tree
        cov_cy = np.zeros((tree.sizes[level], len(self.y)))
        cov_cc = np.zeros((tree.sizes[level],) * 2)
        ancestor = np.arange(tree.sizes[level])
        for k in range(level, tree.depth):
            S = np.eye(tree.sizes[k])[ancestor]
            cov_cy += self.theta[k] * S @ self.Z[k].T
            cov_cc += self.theta[k] * S @ S.T
            ancestor = tree.parents[k][ancestor]
        return cov_cy @ self.P @ self.y, self.s2 * np.diag(cov_cc - cov_cy @ self.P @ cov_cy.T)


def close(a: Floats | float, b: Floats | float, scale: float = 1.0) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * scale)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(random_rows())
def test_criterion_gradient_and_effects_equal_dense_algebra(rows: Rows) -> None:
    at, dense = rows.model().at(rows.theta), Dense(rows)
    close(at.value, dense.deviance, abs(dense.deviance))
    close(at.sigma2, dense.s2)
    close(at.gradient, dense.gradient, np.abs(at.traces).max())
    for level in range(rows.tree.depth):
        got, s2 = effects.of_level(at, level), dense.s2
        Z, theta = dense.Z[level], rows.theta[level]
        close(got.effect, dense.effect(level), np.abs(dense.y).std() + 1)
        close(got.comparative_variance, s2 * (theta - theta**2 * np.diag(Z.T @ dense.P @ Z)), s2)
        close(got.conditional_variance, s2 * (theta - theta**2 * np.diag(Z.T @ dense.Vi @ Z)), s2)
        cumulated, variance = dense.cumulated(level)
        close(got.cumulated, cumulated, np.abs(dense.y).std() + 1)
        close(got.cumulated_variance, variance, s2)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_rows())
def test_curvature_equals_dense_average_information(rows: Rows) -> None:
    at, d = rows.model().at(rows.theta), Dense(rows)
    F = np.column_stack([Z @ Z.T @ d.P @ d.y for Z in d.Z])
    q = F.T @ d.P @ d.y
    nu = at.model.criterion.nu
    expected = F.T @ d.P @ F / d.s2 - np.outer(q, q) / (d.s2**2 * nu)
    close(at.average_information, expected, np.abs(expected).max())


@pytest.mark.parametrize("start", [0.001, 0.1, 10.0])
def test_a_balanced_tree_is_settled_by_the_first_step(start: float) -> None:
    """200 classes of 10: the ratio is known to about 10 %, one step from far away ends within 1 % of it."""
    rng = np.random.default_rng(4)
    leaf = np.repeat(np.arange(200), 10)
    y = rng.standard_normal(200)[leaf] * 0.5 + rng.standard_normal(2000)
    tree = Tree.of({"class": leaf})
    model = nested.Nested(Moments.of(np.column_stack([np.ones(2000), y]), leaf, 200), tree)
    best = nested.fit(model.moments, tree).theta
    at = model.at(np.array([start]))
    step = newton_step(at.gradient, at.curvature, np.array([False]))
    assert start + step == pytest.approx(best, rel=0.01)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(random_rows())
def test_raw_residual_and_its_error_equal_dense_algebra(rows: Rows) -> None:
    """Var(r − c): r = l'(y − Xβ̂) with GLS weights l inside the unit, c the sum of effects from here up."""
    at, d = rows.model().at(rows.theta), Dense(rows)
    for level in range(rows.tree.depth):
        got = effects.of_level(at, level)
        lower = np.linalg.inv(
            d.V - sum(rows.theta[k] * d.Z[k] @ d.Z[k].T for k in range(level, rows.tree.depth))
        )
        for unit in range(rows.tree.sizes[level]):
            z = d.Z[level][:, unit]
            gls = lower @ z / (z @ lower @ z)
            close(got.raw[unit], gls @ (d.y - d.X @ d.beta), np.abs(d.y).std() + 1)
            T = gls - (gls @ d.X @ d.K @ d.X.T @ d.Vi)  # r = T'y
            noise = np.linalg.inv(lower)  # below the unit
            above = d.V - noise
            # r − c = T'(y − Xβ) − z-part of c; c = (sum of effects) on the unit's rows
            selector = z / z.sum()
            variance = T @ noise @ T + (T - selector) @ above @ (T - selector)
            close(got.raw_se[unit], np.sqrt(d.s2 * variance), np.sqrt(d.s2))


def simulated(
    rng: np.random.Generator, schools: int = 12, classes: int = 3, pupils: int = 15
) -> pd.DataFrame:
    n = schools * classes * pupils
    school = np.repeat(np.arange(schools), classes * pupils)
    klass = np.repeat(np.tile(np.arange(classes), schools), pupils)
    prior = rng.standard_normal(n)
    effect = (
        0.4 * rng.standard_normal(schools)[school]
        + 0.3 * rng.standard_normal((schools, classes))[school, klass]
    )
    post = 0.7 * prior + effect + 0.6 * rng.standard_normal(n)
    return pd.DataFrame({"school": school, "klass": klass, "prior": prior, "post": post})


def test_fit_is_a_stationary_point_of_the_dense_criterion() -> None:
    data = simulated(np.random.default_rng(1))
    for reml in (True, False):
        fit = nested.fit_rows(
            data.post, data[["prior"]], {"class": data.klass, "school": data.school}, reml=reml
        )
        A = np.column_stack([np.ones(len(data)), data.prior, data.post])
        dense = Dense(Rows(A, fit.model.tree, None, fit.theta, reml))
        assert fit.convergence.converged and fit.convergence.boundary == ()
        assert np.abs(dense.gradient * fit.theta).max() < 1e-5
        close(fit.beta, dense.beta)
        close(fit.vcov, dense.s2 * dense.K)
        assert fit.deviance == pytest.approx(dense.deviance, abs=1e-8)
        np.testing.assert_allclose(fit.icc, fit.tau2 / (fit.tau2.sum() + fit.sigma2))


def test_result_does_not_depend_on_units_or_order_of_rows() -> None:
    """Raw marks of 600 ± 40 to the third power, in another order, give the same effects."""
    data = simulated(np.random.default_rng(2))
    levels = {"class": data.klass, "school": data.school}
    cubic = pd.DataFrame({f"x{k}": data.prior**k for k in (1, 2, 3)})
    marks = 600 + 40 * data.prior
    raw = pd.DataFrame({f"x{k}": marks**k for k in (1, 2, 3)})
    a = nested.fit_rows(data.post, cubic, levels)
    order = np.random.default_rng(3).permutation(len(data))
    b = nested.fit_rows(data.post.iloc[order], raw.iloc[order], {k: v.iloc[order] for k, v in levels.items()})
    np.testing.assert_allclose(b.tau2, a.tau2, rtol=1e-6)
    np.testing.assert_allclose(b.effects["class"].effect, a.effects["class"].effect, rtol=1e-6, atol=1e-7)
    assert b.effects["class"].units.equals(a.effects["class"].units)


def test_class_labels_count_inside_their_school_only() -> None:
    tree = Tree.of({"class": [1, 1, 2, 1], "school": ["b", "a", "b", "b"]})
    assert tree.sizes == (3, 2)
    assert list(tree.labels[0]) == [("a", 1), ("b", 1), ("b", 2)]
    assert tree.leaf.tolist() == [1, 0, 2, 1]
    assert tree.parents[0].tolist() == [0, 1, 1]


def test_no_differences_between_schools_gives_a_variance_of_zero_and_says_so() -> None:
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(20), 30)
    y = rng.standard_normal(600).reshape(20, 30)
    y -= y.mean(1, keepdims=True)  # every school has the same mean: less than chance gives
    fit = nested.fit_rows(y.ravel(), rng.standard_normal((600, 1)), {"school": school})
    assert fit.convergence.boundary == ("school",) and fit.tau2[0] == 0
    assert not fit.effects["school"].effect.any() and not fit.effects["school"].reliability.any()
    assert fit.interval("school")[0] == 0 < fit.interval("school")[1]


def test_profile_interval_lies_where_the_deviance_has_risen_by_the_quantile() -> None:
    """Against a direct search over σ² and θ of the dense criterion with τ² fixed."""
    from scipy.optimize import minimize

    data = simulated(np.random.default_rng(5), schools=12, classes=2, pupils=5)
    fit = nested.fit_rows(data.post, data[["prior"]], {"class": data.klass, "school": data.school})
    assert fit.interval("school")[0] > 0
    A = np.column_stack([np.ones(len(data)), data.prior, data.post])

    def deviance(log_s2: float, tau2: Floats) -> float:
        d = Dense(Rows(A, fit.model.tree, None, tau2 / np.exp(log_s2), True))
        r2 = d.s2 * fit.model.criterion.nu
        return d.deviance + fit.model.criterion.nu * (log_s2 - np.log(d.s2) - 1) + r2 / np.exp(log_s2)

    for edge in fit.interval("school"):
        best = minimize(
            lambda x, edge=edge: deviance(x[0], np.array([np.exp(x[1]), edge])),
            [np.log(fit.sigma2), np.log(fit.tau2[0] + 0.01)],
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-9},
        )
        assert best.fun - fit.deviance == pytest.approx(3.841459, abs=2e-4)


def test_grid_equals_single_evaluations() -> None:
    data = simulated(np.random.default_rng(6))
    fit = nested.fit_rows(data.post, data[["prior"]], {"class": data.klass, "school": data.school})
    axes = [np.random.default_rng(7 + i).exponential(0.3, n) for i, n in enumerate((7, 5))]
    mesh = fit.model.mesh(axes)
    single = [fit.model.at(theta) for theta in mesh.thetas]
    close(mesh.deviance[:, 0], np.array([s.value for s in single]), 1e3)
    close(mesh.profile.beta.reshape(35, 2), np.stack([s.profile.beta for s in single]))


def test_weighted_sums_over_siblings_equal_sums_by_hand() -> None:
    tree = Tree.of({"class": list("aabbc"), "school": [1, 1, 1, 1, 2]})
    rows, weight = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]), np.array([1.0, 0.5, 2.0])
    expected = np.array([[2.0, 20.0], [6.0, 60.0]])
    np.testing.assert_array_equal(tree.up_weighted(0, weight, rows), expected)
    stacked = tree.up_weighted(0, np.stack([weight, 2 * weight])[:, None], rows)
    np.testing.assert_array_equal(stacked, np.stack([expected, 2 * expected])[:, None])
    both = tree.up_weighted(1, np.ones((2, 3, 2)), np.stack([expected, 2 * expected])[:, None])
    np.testing.assert_array_equal(both[:, :, 0], [[[8.0, 80.0]] * 3, [[16.0, 160.0]] * 3])


def test_numbers_and_words_make_the_same_tree() -> None:
    """Numbers that lie close are counted, others and words are hashed: the same units in the same order."""
    rng = np.random.default_rng(13)
    school = rng.integers(100, 130, 500)
    klass = rng.integers(1, 4, 500)
    close_by = Tree.of({"class": klass, "school": school})
    for scale in (1, 10**9):
        words = {"class": klass.astype(str), "school": np.array([f"{s * scale:015d}" for s in school])}
        for other in (Tree.of({"class": klass, "school": school * scale}), Tree.of(words)):
            assert other.sizes == close_by.sizes
            np.testing.assert_array_equal(other.leaf, close_by.leaf)
            np.testing.assert_array_equal(other.parents[0], close_by.parents[0])
    assert close_by.labels[1].get_level_values(0).tolist() == sorted(set(school.tolist()))


def test_several_responses_of_one_design_equal_single_ones() -> None:
    """Criterion, β̂ and σ̂² of each column as if it stood alone, in the frame of the design."""
    data = simulated(np.random.default_rng(11))
    fit = nested.fit_rows(data.post, data[["prior"]], {"class": data.klass, "school": data.school})
    tree, X = fit.model.tree, np.column_stack([np.ones(len(data)), data.prior])
    Y = np.random.default_rng(12).permuted(np.tile(data.post, (3, 1)), axis=1).T
    frame = fit.model.moments.frame.with_responses(3)
    moments = Moments.of(np.column_stack([X, Y]), tree.leaf, tree.sizes[0], frame=frame)
    axes = [np.array([0.0, 0.1]), np.array([0.0, 0.02, 0.4])]
    mesh = Nested(moments, tree, responses=3).mesh(axes)
    for column, y in enumerate(Y.T):
        alone = nested.fit_rows(y, data[["prior"]], {"class": data.klass, "school": data.school}).model
        single = [alone.at(theta) for theta in mesh.thetas]
        close(mesh.deviance[:, column], np.array([s.value for s in single]), 1e3)
        b = mesh.profile.beta.reshape(6, 3, 2)[:, column]
        beta = np.stack([design.coefficients(alone.criterion.frame, s.profile.beta) for s in single])
        close(design.coefficients(frame, b, column), beta)
        close(mesh.profile.sigma2.reshape(6, 3)[:, column], np.array([s.sigma2 for s in single]))


def test_draws_have_the_mean_and_covariance_of_the_posterior() -> None:
    """40,000 draws at one θ: means û, variances comparative (class + school: cumulated), all within 5 MC errors."""
    data = simulated(np.random.default_rng(8), schools=5, classes=2, pupils=8)
    fit = nested.fit_rows(data.post, data[["prior"]], {"class": data.klass, "school": data.school})
    count = 40_000
    mesh = fit.model.mesh([np.append(theta, 9.0) for theta in fit.theta])
    draws = posterior.sample(mesh, np.zeros(count, dtype=int), np.random.default_rng(9))
    inflate = fit.model.criterion.nu / (fit.model.criterion.nu - 2)  # E(σ²) of r²/χ²_ν
    for level, name in enumerate(fit.levels):
        e = fit.effects[name]
        sd = np.sqrt(e.comparative_variance)
        assert np.all(np.abs(draws.effects[level].mean(0) - e.effect) < 5 * sd / np.sqrt(count))
        ratio = draws.effects[level].var(0) / (inflate * e.comparative_variance)
        assert np.all(np.abs(ratio - 1) < 5 * np.sqrt(2 / count) * 1.2)
    total = draws.effects[0] + draws.effects[1][:, fit.model.tree.parents[0]]
    ratio = total.var(0) / (inflate * fit.effects["class"].cumulated_variance)
    assert np.all(np.abs(ratio - 1) < 5 * np.sqrt(2 / count) * 1.2)
    assert draws.beta.std(0) == pytest.approx(fit.se * np.sqrt(inflate), rel=0.03)


# ------------------------------------------------------------------------------------------- bad input


def rows_of(n: int = 60) -> tuple[Floats, Floats, NDArray[np.int64]]:
    rng = np.random.default_rng(10)
    school = np.arange(n) % 6
    x = rng.standard_normal(n)
    return x + rng.standard_normal(n) + rng.standard_normal(6)[school], x, school


@pytest.mark.parametrize(
    ("X", "cause"),
    [
        (lambda x, s: np.column_stack([x, np.full_like(x, 7.0)]), "'b' is constant"),
        (lambda x, s: np.column_stack([x, 3 - 2 * x]), "'b' is a combination"),
        (lambda x, s: np.column_stack([x, np.full_like(x, np.nan)]), "every value of 'b' is missing"),
        (lambda x, s: np.column_stack([x, np.where(x > 1, np.inf, x)]), "'b' has .* missing or infinite"),
        (lambda x, s: np.eye(6)[s][:, 1:], "explain all differences between the 6 units of level 'school'"),
    ],
)
def test_a_hopeless_covariate_is_named(X, cause) -> None:  # type: ignore[no-untyped-def]
    y, x, school = rows_of()
    design = X(x, school)
    names = ["a", "b", "c", "d", "e"][: design.shape[1]]
    with pytest.raises(ModelError, match=cause):
        nested.fit_rows(y, design, {"school": school}, names)


def test_one_school_no_rows_missing_labels_constant_response_and_few_rows_are_named() -> None:
    y, x, school = rows_of()
    with pytest.raises(ModelError, match="only one unit at level 'school'"):
        nested.fit_rows(y, x, {"school": np.zeros(len(y))})
    with pytest.raises(ModelError, match="no rows"):
        nested.fit_rows([], np.zeros((0, 1)), {"school": []})
    with pytest.raises(ModelError, match="3 rows have no label at level 'school'"):
        nested.fit_rows(y, x, {"school": np.where(np.arange(len(y)) < 3, np.nan, school)})
    with pytest.raises(ModelError, match="the response is constant"):
        nested.fit_rows(np.full_like(y, 88.0), x, {"school": school})
    with pytest.raises(ModelError, match="the response exactly"):
        nested.fit_rows(1 + 2 * x, x, {"school": school})
    with pytest.raises(ModelError, match="same response"):
        nested.fit_rows(school.astype(float), x, {"school": school})
    with pytest.raises(ModelError, match="cannot carry"):
        nested.fit_rows(y[:3], x[:3], {"school": school[:3]})


def test_too_few_pupils_inside_the_classes_are_named() -> None:
    y, x, school = rows_of(40)
    klass = np.arange(40)
    klass[1], school[1] = klass[0], school[0]  # one class of two, the others of one pupil
    with pytest.raises(ModelError, match="too few pupils share a class: 1 more than one each, 1 used up"):
        nested.fit_rows(y, x, {"class": klass, "school": school})


def test_of_two_optima_the_lower_one_is_taken() -> None:
    """102 pupils, 95 classes: θ = (0.70, 0, 0) is a minimum along the way down, (0, 0, 0) is 0.019 lower."""
    rng = np.random.default_rng(177)
    depth, n = rng.integers(1, 4), int(rng.integers(10, 200))
    labels = [rng.integers(0, rng.integers(2, 15), n) for _ in range(depth)]
    x = rng.standard_normal((n, rng.integers(0, 3))) * 10.0 ** rng.integers(-3, 4)
    y = rng.standard_normal(n) * 10.0 ** rng.integers(-2, 5)
    for codes in labels:
        y = y + rng.exponential(1) * y.std() * rng.standard_normal(20)[codes] * (rng.random() < 0.7)
    fit = nested.fit_rows(y, x, labels, reml=bool(rng.random() < 0.6))
    assert (
        fit.deviance
        <= min(fit.model.at(np.array([t, 0.0, 0.0])).value for t in (0.0, 0.1, 0.6957, 5.0)) + 1e-9
    )


def test_weights_of_zero_are_left_out_and_bad_weights_are_refused() -> None:
    y, x, school = rows_of()
    keep = np.arange(len(y)) % 5 != 0
    wild = np.where(keep, y, 1e6)
    with_zero = nested.fit_rows(wild, x, {"school": school}, weights=keep.astype(float))
    without = nested.fit_rows(y[keep], x[keep], {"school": school[keep]})
    assert with_zero.model.criterion.n == without.model.criterion.n
    close(with_zero.deviance, without.deviance)
    close(with_zero.effects["school"].effect, without.effects["school"].effect)
    for bad in (-1.0, np.nan):
        with pytest.raises(ModelError, match="weights must be"):
            nested.fit_rows(y, x, {"school": school}, weights=np.where(keep, 1.0, bad))
    with pytest.raises(ModelError, match="every weight is 0"):
        nested.fit_rows(y, x, {"school": school}, weights=np.zeros(len(y)))


def test_one_class_per_school_is_flagged_and_the_sum_is_right() -> None:
    y, x, school = rows_of()
    both = nested.fit_rows(y, x, {"class": school, "school": school})
    only = nested.fit_rows(y, x, {"school": school})
    assert ("class", "school") in both.convergence.inseparable
    assert both.deviance == pytest.approx(only.deviance, abs=1e-8)
    assert both.tau2.sum() == pytest.approx(only.tau2[0], rel=1e-5)
    np.testing.assert_allclose(both.effects["class"].cumulated, only.effects["school"].cumulated, rtol=1e-5)


def test_classes_of_one_pupil_are_flagged() -> None:
    y, x, school = rows_of()
    fit = nested.fit_rows(y, x, {"pupil": np.arange(len(y)), "school": school})
    assert ("residual", "pupil") in fit.convergence.inseparable
    single = nested.fit_rows(y, x, {"school": school})
    assert fit.deviance == pytest.approx(single.deviance, abs=1e-7)


def test_two_schools_fit_and_are_flagged() -> None:
    y, x, school = rows_of()
    fit = nested.fit_rows(y, x, {"school": school % 2})
    assert fit.convergence.converged and fit.convergence.few_units == ("school",)
    assert np.all((fit.effects["school"].reliability >= 0) & (fit.effects["school"].reliability <= 1))


def test_summary_names_coefficients_and_components() -> None:
    y, x, school = rows_of()
    text = str(nested.fit_rows(y, pd.DataFrame({"prior": x}), {"school": school}).summary())
    assert "REML, 60 rows" in text and "prior" in text and "school" in text and "residual" in text


def test_an_error_of_the_coefficients_does_not_depend_on_which_way_eigenvectors_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    D = np.cov(rng.standard_normal((20, 4)).T)
    eigh = np.linalg.eigh

    def drawn() -> Floats:
        return posterior._unknown_error(D, np.eye(4), 50, np.random.default_rng(1))

    before = drawn()
    monkeypatch.setattr(np.linalg, "eigh", lambda M: (eigh(M)[0], -eigh(M)[1]))
    np.testing.assert_allclose(drawn(), before)
    assert np.cov(
        posterior._unknown_error(D, np.eye(4), 200_000, np.random.default_rng(2)).T
    ) == pytest.approx(D, abs=0.02)


def test_where_nothing_bends_no_step_is_taken() -> None:
    """A criterion flat in every direction, as where θ is far too large for data that say nothing of it."""
    with np.errstate(all="raise"):
        assert newton_step(np.array([0.5, -0.5]), np.zeros((2, 2)), np.zeros(2, bool)).tolist() == [0, 0]
