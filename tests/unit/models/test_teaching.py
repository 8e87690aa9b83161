"""Several teachers a pupil: the crossed model against the nested one where both hold, and shares by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from analysis.models import crossed, progress, teaching, value_added
from analysis.models.membership import Factor
from analysis.models.pupils import Options, Pupils

Floats = NDArray[np.float64]
OPTIONS = Options(rho=0.85, n_draws=2000, spline=False)


@pytest.fixture(scope="module")
def pupils() -> Pupils:
    """20 schools, 4 classes of 25, two teachers a school with two classes each; teachers differ."""
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(20), 100)
    klass = np.repeat(np.arange(80), 25)
    teacher = klass // 2
    prior = rng.normal(size=2000)
    u, w, v = 0.3 * rng.normal(size=20), 0.3 * rng.normal(size=40), 0.1 * rng.normal(size=80)
    post = 0.7 * prior + u[school] + w[teacher] + v[klass] + 0.6 * rng.normal(size=2000)
    return Pupils(post, prior, school, klass, teacher.astype(str).astype(object))


def with_team(pupils: Pupils, share: float) -> Pupils:
    """The same teachers for `share` of the time, and in the first class a second one for the rest."""
    team = np.full((len(pupils.post), 2), "", dtype=object)
    team[:, 0] = np.asarray(pupils.teacher)
    shares = np.column_stack([np.full(len(team), share), np.zeros(len(team))])
    team[:25, 1], shares[:25, 1] = "second", 1 - share
    return replace(pupils, team=team, team_share=shares)


def test_whole_shares_give_the_nested_model(pupils: Pupils) -> None:
    core = value_added.fit_core(pupils, OPTIONS)
    assert core.tree.names == ("class", "teacher", "school")
    nested = progress.fit(pupils, OPTIONS).units["teacher"]
    one = replace(pupils, team=np.asarray(pupils.teacher)[:, None], team_share=np.ones((2000, 1)))
    found, _ = teaching.fit(value_added.fit_core(one, OPTIONS))
    order = [list(found.units.get_level_values(0)).index(str(path[-1])) for path in nested.units]
    np.testing.assert_allclose(found.effect[order], nested.effect, atol=2e-4)
    np.testing.assert_allclose(found.own[order], nested.own, atol=2e-4)
    np.testing.assert_allclose(found.raw[order], nested.raw, atol=2e-4)
    np.testing.assert_allclose(np.sqrt(found.variance)[order], nested.position.values.std(0), rtol=0.1)
    assert found.n[order].tolist() == nested.n.tolist()
    np.testing.assert_allclose(found.position.values.mean(0), found.effect, atol=0.02)
    np.testing.assert_allclose(found.position.values.std(0), np.sqrt(found.variance), rtol=0.08)


def test_the_structure_chooses(pupils: Pupils) -> None:
    """Nested where every pupil has one known teacher, crossed as soon as one has two."""
    assert "teacher" in value_added.fit_core(pupils, OPTIONS).tree.names
    found = progress.fit(with_team(pupils, 0.6), OPTIONS)
    assert "teacher" not in found.core.tree.names
    names = [path[-1] for path in found.units["teacher"].units]
    assert "second" in names and len(names) == 41 and not any(n.startswith("?") for n in names)


def test_shares_left_over_belong_to_somebody_before_in_that_class() -> None:
    team = np.array([["a", "b"], ["a", ""], ["", ""]], dtype=object)
    factor = teaching.memberships(team, np.array([[0.5, 0.3], [1.0, 0.0], [0.0, 0.0]]), np.array([7, 7, 8]))
    table = pd.DataFrame(factor.Z.toarray(), columns=factor.units)
    np.testing.assert_allclose(table["a"], [0.5, 1, 0])
    np.testing.assert_allclose(table["?7"], [0.2, 0, 0])
    np.testing.assert_allclose(table["?8"], [0, 0, 1])
    np.testing.assert_allclose(table.sum(axis=1), 1)


def test_a_shorter_time_says_less_of_the_teacher(pupils: Pupils) -> None:
    full, _ = teaching.fit(value_added.fit_core(with_team(pupils, 0.95), OPTIONS))
    part, _ = teaching.fit(value_added.fit_core(with_team(pupils, 0.4), OPTIONS))
    assert np.median(np.std(part.part.values, 0) / part.part.values.std()) > np.median(
        np.std(full.part.values, 0) / full.part.values.std()
    )


def test_sums_of_effects_have_the_variances_of_single_ones(pupils: Pupils) -> None:
    factors = [Factor.single("class", pupils.klass), Factor.single("school", pupils.school)]
    fit = crossed.fit_rows(pupils.post, pupils.prior[:, None], factors)
    mean, V = fit.combined(np.eye(100))
    both = [fit.effects["class"], fit.effects["school"]]
    np.testing.assert_allclose(mean, np.concatenate([e.effect for e in both]), atol=1e-12)
    np.testing.assert_allclose(np.diag(V), np.concatenate([e.comparative_variance for e in both]), rtol=1e-9)


def test_teachers_who_cannot_be_told_apart_are_left_out_and_the_schools_stay(pupils: Pupils) -> None:
    """Two teachers who share every pupil half and half: there is nothing to tell one from the other."""
    team = np.tile(np.array(["a", "b"], dtype=object), (2000, 1))
    found = progress.fit(replace(pupils, team=team, team_share=np.full((2000, 2), 0.5)), OPTIONS)
    assert "no_teachers" in found.flags and "teacher" not in found.units and "school" in found.units


def test_draws_do_not_depend_on_which_way_eigenvectors_point(
    pupils: Pupils, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = value_added.fit_core(with_team(pupils, 0.6), OPTIONS)
    here = teaching.fit(core)[0].position.values
    eigh = np.linalg.eigh

    def turned(a: Floats) -> tuple[Floats, Floats]:
        values, vectors = eigh(a)
        return values, -vectors

    monkeypatch.setattr(np.linalg, "eigh", turned)
    np.testing.assert_array_equal(teaching.fit(core)[0].position.values, here)
