"""One school: its classes, measured from their own average."""

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import one_school, progress
from analysis.models.progress import Options, ProgressFit, Pupils

PLAIN = Options(prior_correction=False, spline=False, n_draws=4000, seed=1)


def pupils(classes: int = 8, size: int = 30, teachers: bool = False) -> Pupils:
    """Marks without chance in them: a start that waves, classes that add known steps, pupils that wave otherwise."""
    i = np.arange(classes * size)
    k = i // size
    start = np.sin(1.7 * i) + 0.3 * np.cos(0.9 * k)
    post = 0.8 * start + 0.25 * np.cos(2.3 * k) + 0.5 * np.sin(5.1 * i + 1)
    klass = np.array([f"01/{c:02d}" for c in k])
    post = post + (0.4 * np.cos(1.9 * (k // 2)) if teachers else 0.0)
    taught = np.array([f"01/math/T{c // 2}" for c in k]) if teachers else None
    return Pupils(post=post, prior=start, school=np.full(len(i), "01"), klass=klass, teacher=taught)


def dense(fit: ProgressFit, level: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Recentred predictions, their error variances and their variances if nothing were known, from whole matrices."""
    core = fit.core
    tree, y = core.tree, core.here.post
    X = np.column_stack([np.ones(len(y)), core.start.X])
    codes = [core.codes(name) for name in tree.names]
    Z = np.hstack([np.eye(m)[code] for code, m in zip(codes, tree.sizes, strict=True)])
    G = np.diag(np.repeat(core.fit.tau2, tree.sizes))
    V = Z @ G @ Z.T + core.fit.sigma2 * np.eye(len(y))
    inverse = np.linalg.inv(V)
    P = inverse - inverse @ X @ np.linalg.inv(X.T @ inverse @ X) @ X.T @ inverse
    at = tree.names.index(level)
    pupil = np.zeros(
        (tree.sizes[at], Z.shape[1])
    )  # of each unit's pupils the mean sum of effects from its level up
    first = sum(tree.sizes[:at])
    for unit in range(tree.sizes[at]):
        pupil[unit, first:] = Z[codes[at] == unit][0, first:]
    share = np.bincount(codes[at]) / len(y)
    A = pupil - share @ pupil
    error = G - G @ Z.T @ P @ Z @ G
    return A @ G @ Z.T @ P @ y, np.diag(A @ error @ A.T), np.diag(A @ G @ A.T)


def test_the_variances_are_those_of_lme4() -> None:
    """lme4 1.1, lmer(post ~ start + (1 | class)), REML."""
    fit = progress.fit(pupils(), PLAIN)
    assert fit.core.tree.names == ("class",)
    assert fit.core.fit.tau2[0] == pytest.approx(0.0286286978265, rel=1e-6)
    assert fit.core.fit.sigma2 == pytest.approx(0.1297080015059, rel=1e-8)
    ranef = np.array([0.20568442055, -0.12293100961, -0.04105229461, 0.17554846945, -0.19036254129, 0.08412446143, 0.07567602213, -0.18668752806])  # fmt: skip
    assert fit.units["class"].effect == pytest.approx(ranef - ranef.mean(), abs=1e-6)


@pytest.mark.parametrize("teachers", [False, True])
def test_effects_and_their_errors_are_those_of_whole_matrices(teachers: bool) -> None:
    fit = progress.fit(pupils(12, teachers=teachers), PLAIN)
    assert fit.core.tree.names == (("class", "teacher") if teachers else ("class",))
    for level, units in fit.units.items():
        effect, error, prior = dense(fit, level)
        assert units.effect == pytest.approx(effect, abs=1e-9)
        assert units.se == pytest.approx(np.sqrt(error), rel=1e-8)
        assert one_school.variances(fit.core, level)[1] == pytest.approx(prior, rel=1e-9)
        assert (prior > 0).all() and units.reliability == pytest.approx(1 - error / prior)


def test_zero_is_the_school() -> None:
    data = pupils()
    uneven = np.ones(len(data.post), bool)
    uneven[:17] = False  # the first class is smaller
    units = progress.fit(data.take(uneven), PLAIN).units["class"]
    assert units.n.tolist() == [13, 30, 30, 30, 30, 30, 30, 30]
    assert np.average(units.effect, weights=units.n) == pytest.approx(0, abs=1e-12)
    assert np.average(units.position.values, weights=units.n, axis=1) == pytest.approx(0, abs=1e-12)
    assert units.lo[0] < units.effect[0] < units.hi[0] and set(units.rank_hi) <= set(range(1, 9))


def test_what_a_fit_of_one_school_says_of_itself() -> None:
    five, four = (progress.fit(pupils(k), PLAIN) for k in (5, 4))
    assert five.flags == four.flags == ("one_school",)
    assert not progress.few_of_one_school(five, "class") and progress.few_of_one_school(four, "class")
    taught = progress.fit(pupils(8, teachers=True), PLAIN)
    assert not progress.few_of_one_school(taught, "class") and progress.few_of_one_school(taught, "teacher")
    two = pupils(8)
    schools = np.where(np.arange(len(two.post)) < 120, "01", "02")
    found = progress.fit(Pupils(two.post, two.prior, schools, two.klass), PLAIN)
    assert "one_school" not in found.flags and not progress.few_of_one_school(found, "school")
    assert found.core.tree.names == ("class", "school")


def test_a_school_without_classes_to_compare_is_refused() -> None:
    alone = pupils(1)
    with pytest.raises(ModelError, match="only one unit at level 'class'"):
        progress.fit(alone, PLAIN)
    many = pupils(8)
    with pytest.raises(ModelError, match="only one unit at level 'school'"):
        progress.fit(Pupils(many.post, many.prior, many.school), PLAIN)


def test_the_panel_of_one_school_has_no_slope_over_its_classes() -> None:
    panel = progress.sensitivity(progress.fit(pupils(), PLAIN))
    assert "contextual" not in panel and "within" in panel
    assert all(fit.why_not == "" for fit in panel.values())


def test_teachers_of_one_school_may_share_a_class() -> None:
    """Two teachers of the first class: a crossed model without schools, whose position is their own part."""
    data = pupils(12, teachers=True)
    first = np.arange(len(data.post)) < 30
    team = np.column_stack([data.teacher, np.where(first, "01/math/T3", "")]).astype(object)
    share = np.column_stack([np.where(first, 0.6, 1.0), np.where(first, 0.4, 0.0)])
    fit = progress.fit(
        Pupils(data.post, data.prior, data.school, data.klass, data.teacher, team, share), PLAIN
    )
    teachers = fit.units["teacher"]
    assert teachers.units.get_level_values(0).tolist() == [f"01/math/T{t}" for t in range(6)]
    assert teachers.effect == pytest.approx(teachers.own)
    taught = np.array([48.0, 60, 60, 72, 60, 60])
    assert np.average(teachers.effect, weights=taught) == pytest.approx(0, abs=1e-9)
