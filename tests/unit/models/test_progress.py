"""The assembled core model: its identities, its flags, and every bad input with its name."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.models import progress
from analysis.models.progress import Options, ProgressFit, Pupils

_spec = importlib.util.spec_from_file_location(
    "sim_progress", Path(__file__).resolve().parents[3] / "benchmarks" / "sim_progress.py"
)
assert _spec and _spec.loader
sim = importlib.util.module_from_spec(_spec)
sys.modules["sim_progress"] = sim
_spec.loader.exec_module(sim)

OPTIONS = Options(rho=0.85, rho_others=0.85, n_draws=400)


@pytest.fixture(scope="module")
def pupils() -> Pupils:
    """16 schools, 3–5 classes of 30, two other subjects with gaps, 80 unmatched pupils."""
    rng = np.random.default_rng(7)
    truth = sim.city(rng, schools=16, classes=(3, 5), pupils=30, others=2).pupils
    prior, others = truth.prior.copy(), truth.others.copy()
    prior[:80] = np.nan
    others[100:200, 1] = np.nan
    return replace(truth, prior=prior, others=others, stayer=rng.random(len(prior)) > 0.2)


@pytest.fixture(scope="module")
def fit(pupils: Pupils) -> ProgressFit:
    return progress.fit(pupils, OPTIONS)


def test_only_matched_pupils_are_in_the_model(fit: ProgressFit, pupils: Pupils) -> None:
    assert np.isnan(fit.expected[:80]).all() and np.isfinite(fit.expected[80:]).all()
    assert fit.units["school"].n.sum() == len(pupils.post) - 80
    assert fit.checks.unmatched_share == pytest.approx(80 / len(pupils.post))
    gap = pupils.post[:80].mean() - pupils.post[80:].mean()
    assert fit.checks.unmatched_gap == pytest.approx(gap)


def test_columns_of_the_start(fit: ProgressFit) -> None:
    assert fit.core.fit.names == (
        "(intercept)",
        "prior",
        "prior bend 1",
        "prior bend 2",
        "prior bend 3",
        "prior other 1",
        "prior other 2",
        "no prior other 2",
    )


def test_effects_and_raw_are_recentred_by_pupils(fit: ProgressFit) -> None:
    for units in fit.units.values():
        share = units.n / units.n.sum()
        for values in (units.effect, units.own, units.raw):
            assert share @ values == pytest.approx(0, abs=1e-12)


def test_raw_is_the_mean_residual_and_its_interval_is_wider_than_the_shrunken_one(fit: ProgressFit) -> None:
    school = fit.units["school"]
    code = fit.core.codes("school")
    residual = fit.residual[fit.core.pupils.matched]
    np.testing.assert_allclose(school.raw, np.bincount(code, residual) / np.bincount(code), atol=1e-12)
    assert (school.raw_hi - school.raw_lo > 0.9 * (school.hi - school.lo)).all()
    assert (np.abs(school.effect) <= np.abs(school.raw) + 0.05).all()
    assert ((school.lo < school.effect) & (school.effect < school.hi)).all()


def test_the_gap_adds_up_exactly(fit: ProgressFit, pupils: Pupils) -> None:
    """x̄_j − x̄ times β, value added, and what cannot be told from chance: docs/methods.md §7."""
    matched, code = pupils.matched, fit.core.codes("school")
    n = np.bincount(code)
    mean = np.bincount(code, pupils.post[matched]) / n - pupils.post[matched].mean()
    start = np.bincount(code, fit.core.expected) / n - fit.core.expected.mean()
    school = fit.units["school"]
    np.testing.assert_allclose(mean, start + school.effect + (school.raw - school.effect), atol=1e-12)


def test_reliability_is_between_0_and_1_and_grows_with_pupils(fit: ProgressFit) -> None:
    school = fit.units["school"]
    assert ((school.reliability > 0) & (school.reliability < 1)).all()
    assert np.corrcoef(school.reliability, school.n)[0, 1] > 0.8


def test_variances_come_with_intervals(fit: ProgressFit) -> None:
    table = fit.variances()
    assert list(table.index) == ["school", "class", "residual"]
    assert ((table["lo"] < table["variance"]) & (table["variance"] < table["hi"])).all()
    assert set(fit.icc) == {"school", "class"}


def test_correcting_the_priors_frees_the_effects_of_the_intake() -> None:
    rng = np.random.default_rng(5)
    pairs = []
    for _ in range(8):
        fitted = progress.fit(sim.city(rng, schools=30).pupils, OPTIONS)
        pairs.append((fitted.intake_before, fitted.intake_after))
    before, after = np.mean(pairs, axis=0)
    assert before > 0.15 and before - after > 0.1


def test_by_band_averages_to_raw(fit: ProgressFit, pupils: Pupils) -> None:
    edges = np.nanquantile(pupils.prior, [0.2, 0.4, 0.6, 0.8])
    band = np.where(np.isfinite(pupils.prior), np.searchsorted(edges, pupils.prior) + 1, 0)
    table = fit.by_band("school", band)
    assert len(table) == 16 * 5 and table["n"].sum() == pupils.matched.sum()
    mean = (table["value"] * table["n"]).groupby(table["unit"]).sum() / fit.units["school"].n
    np.testing.assert_allclose(mean, fit.units["school"].raw, atol=0.02)
    assert (table["se"] > fit.units["school"].raw_se[table["unit"]] * 0.9).all()
    inside = (table["shrunk"] - table["value"]) * (
        table["shrunk"] - fit.units["school"].effect[table["unit"]]
    )
    assert (inside <= 0.05).all()


def test_without_classes_schools_alone(pupils: Pupils) -> None:
    for klass in (None, np.full(len(pupils.post), "")):
        fitted = progress.fit(replace(pupils, klass=klass), OPTIONS)
        assert list(fitted.units) == ["school"] and "no_classes" in fitted.flags


def test_teachers_are_a_level_only_where_enough_have_two_classes(pupils: Pupils) -> None:
    klass = np.asarray(pupils.klass)
    two = np.array([f"t{k // 2}" for k in klass])
    one = np.array([f"t{k}" for k in klass])
    assert list(progress.fit(replace(pupils, teacher=two), OPTIONS).units) == ["class", "teacher", "school"]
    assert list(progress.fit(replace(pupils, teacher=one), OPTIONS).units) == ["class", "school"]


def test_most_schools_with_one_class_are_one_with_it(pupils: Pupils) -> None:
    alone = sim.city(np.random.default_rng(2), schools=25, classes=(1, 1)).pupils
    fitted = progress.fit(alone, OPTIONS)
    assert list(fitted.units) == ["school"] and "one_class_schools" in fitted.flags
    klass = np.asarray(alone.klass).astype(str).astype(object)
    klass[::2] += "b"  # every school has two
    assert list(progress.fit(replace(alone, klass=klass), OPTIONS).units) == ["class", "school"]
    klass = np.where(
        np.asarray(alone.school) < 6, klass, np.asarray(alone.klass).astype(str)
    )  # six of 25 have
    assert list(progress.fit(replace(alone, klass=klass), OPTIONS).units) == ["school"]


def test_two_schools_are_fitted_but_not_judged(pupils: Pupils) -> None:
    few = pupils.take(np.isin(np.asarray(pupils.school), [1, 2]))
    assert "too_few_schools" in progress.fit(few, OPTIONS).flags


def test_a_class_of_one_and_weights_of_0(pupils: Pupils) -> None:
    klass = np.asarray(pupils.klass).copy()
    klass[500] = 9999
    weights = np.ones(len(klass))
    weights[600:640] = 0
    fitted = progress.fit(replace(pupils, klass=klass, weights=weights), OPTIONS)
    assert fitted.units["class"].n.min() == 1
    assert fitted.units["school"].n.sum() == len(klass) - 80 - 40
    assert np.isfinite(fitted.units["class"].lo).all()


def test_weights_count_like_repeated_pupils_in_beta(pupils: Pupils) -> None:
    plain = Options(prior_correction=False, spline=False, other_subjects=False)
    here = pupils.take(pupils.matched)
    doubled = progress.fit(replace(here, weights=np.full(len(here.post), 2.0)), plain)
    assert doubled.core.fit.beta == pytest.approx(progress.fit(here, plain).core.fit.beta, abs=0.01)


def test_the_correction_gives_up_loudly(pupils: Pupils) -> None:
    """Streams without spread inside classes: more error is assumed than there is difference."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=10_000)[np.asarray(pupils.klass)]
    prior = np.where(np.isfinite(pupils.prior), centre + 0.2 * np.nan_to_num(pupils.prior), np.nan)
    fitted = progress.fit(replace(pupils, prior=prior, others=None), OPTIONS)
    assert "uncorrected" in fitted.flags and fitted.intake_before == fitted.intake_after


def test_a_capped_paper_is_seen_and_what_it_hides_is_told(pupils: Pupils, fit: ProgressFit) -> None:
    """40 % at full marks: the ceiling takes progress from those who started high, and every check shows it."""
    post = np.minimum(pupils.post, np.quantile(pupils.post, 0.6))
    fitted = progress.fit(replace(pupils, post=post), OPTIONS)
    checks, before = fitted.checks, fit.checks
    assert checks.capped and checks.top_share == pytest.approx(0.4, abs=0.01) and not before.capped
    assert (
        checks.spread_by_band[-1] < 0.4 * checks.spread_by_band[0]
    )  # the best start: hardly a difference left
    assert before.spread_by_band[-1] > 0.8 * before.spread_by_band[0]
    assert checks.bend_p < 1e-6 < before.bend_p and checks.skewness < -0.3 < before.skewness
    now, then = fitted.units["school"], fit.units["school"]
    high = then.intake > np.median(then.intake)
    left = now.raw / then.raw
    assert np.median(np.abs(left[high])) < 0.6 < np.median(np.abs(left[~high]))
    assert np.corrcoef(then.effect, now.effect)[0, 1] > 0.85


def test_capped_means_a_tenth_at_the_top_or_three_tenths_in_five_marks(fit: ProgressFit) -> None:
    def capped(top: float, five: float) -> bool:
        return replace(fit.checks, top_share=top, top_five_share=five).capped

    assert [capped(0.0999, 0.2999), capped(0.10, 0.10), capped(0.01, 0.30)] == [False, True, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: {"prior": np.full(len(p.post), np.nan)}, "no pupil has both"),
        (lambda p: {"post": np.full(len(p.post), 0.3)}, "constant"),
        (lambda p: {"prior": np.full(len(p.post), 0.3), "others": None}, "constant"),
        (lambda p: {"school": np.zeros(len(p.post)), "klass": None}, "only one unit"),
        (lambda p: {"post": np.where(np.arange(len(p.post)) == 90, np.inf, p.post)}, "infinite"),
    ],
)
def test_bad_input_is_named(pupils: Pupils, change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match=message):
        progress.fit(replace(pupils, **change(pupils)), OPTIONS)


def test_a_covariate_that_says_nothing_more_is_left_out(pupils: Pupils) -> None:
    """An indicator of nobody among the matched, and one that is the sum of two others."""
    rng = np.random.default_rng(8)
    girl, elsewhere = (rng.random((2, len(pupils.post))) < [[0.5], [0.3]]).astype(float)
    unmatched = np.isnan(pupils.prior).astype(float)
    said = {"girl": girl, "nobody": unmatched, "away": elsewhere, "twice": girl - 2 * elsewhere + 1}
    fitted = progress.fit(replace(pupils, covariates=said), OPTIONS)
    alone = progress.fit(replace(pupils, covariates={"girl": girl, "away": elsewhere}), OPTIONS)
    assert fitted.core.fit.names == alone.core.fit.names and fitted.core.fit.names[-2:] == ("girl", "away")
    np.testing.assert_array_equal(fitted.units["school"].effect, alone.units["school"].effect)


def test_a_start_of_three_values_is_a_line_however_the_classes_move_it(pupils: Pupils) -> None:
    few = np.random.default_rng(9).choice([-1.0, 0.5, 2.0], len(pupils.post))
    fitted = progress.fit(replace(pupils, prior=few, others=None), OPTIONS)
    assert fitted.core.fit.names == ("(intercept)", "prior")


def test_a_start_of_one_value_beside_other_subjects_is_named(pupils: Pupils) -> None:
    with pytest.raises(ModelError, match="'prior' is constant"):
        progress.fit(replace(pupils, prior=np.zeros(len(pupils.post))), OPTIONS)


def test_another_subject_without_spread_or_pupils_is_left_out(pupils: Pupils) -> None:
    assert pupils.others is not None
    others = np.column_stack([pupils.others, np.ones(len(pupils.post)), np.full(len(pupils.post), np.nan)])
    fitted = progress.fit(replace(pupils, others=others), replace(OPTIONS, rho_others=(0.85, 0.85, 0.8, 0.8)))
    assert "prior other 3" not in fitted.core.fit.names and "prior other 4" not in fitted.core.fit.names
    alone = progress.sensitivity(fitted)["same_only"]  # reliabilities of subjects that this fit does not use
    assert "school" in alone.levels, alone.why_not


def test_checks_see_a_curve_unequal_spread_and_a_school_with_leverage(pupils: Pupils) -> None:
    x = np.nan_to_num(pupils.prior)
    rng = np.random.default_rng(1)
    post = pupils.post + 0.4 * np.abs(x) + 0.5 * np.maximum(x, 0) * rng.normal(size=len(x))
    bent = progress.fit(replace(pupils, post=post), OPTIONS).checks
    straight = progress.fit(pupils, OPTIONS).checks
    assert bent.bend_p < 1e-6 and bent.bend_size > 0.1 > straight.bend_size
    assert bent.spread_ratio > 1.35 > 1.2 > straight.spread_ratio
    far = np.where(np.asarray(pupils.school) == 3, pupils.post - 3 * x, pupils.post)
    leverage = progress.fit(replace(pupils, post=far), OPTIONS).checks.leverage
    assert np.argmax(leverage) == 3 and leverage[3] > 5 * np.median(leverage)


def test_leverage_is_the_change_of_beta_without_the_school(fit: ProgressFit) -> None:
    core = fit.core
    kept = core.codes("school") != 4
    A = np.column_stack(
        [np.ones(kept.sum()), core.start.X[kept], core.pupils.post[core.pupils.matched][kept]]
    )
    leaf = core.tree.leaf[kept]
    V = np.eye(kept.sum())
    for level, theta in zip(("class", "school"), core.fit.theta, strict=True):
        code = core.codes(level)[kept]
        V += theta * (code[:, None] == code)
    M = A.T @ np.linalg.solve(V, A)
    beta = np.linalg.solve(M[:-1, :-1], M[:-1, -1])
    change = beta - core.fit.beta
    expected = change @ np.linalg.solve(core.fit.vcov, change) / len(beta)
    assert fit.checks.leverage[4] == pytest.approx(expected, rel=1e-6) and len(leaf) == kept.sum()


def test_the_panel_has_every_fit_and_agrees_where_nothing_is_wrong(fit: ProgressFit, pupils: Pupils) -> None:
    rng = np.random.default_rng(3)
    growth = np.clip(
        np.round(100 * np.argsort(np.argsort(np.nan_to_num(fit.residual))) / len(pupils.post)), 1, 99
    )
    growth = np.where(np.isfinite(fit.residual), growth, 0).astype(np.int64)
    panel = progress.sensitivity(
        fit, growth=growth, mean_z=pupils.post + 0.01 * rng.normal(size=len(pupils.post))
    )
    assert list(panel) == [
        "core",
        "uncorrected",
        "rho_low",
        "rho_high",
        "within",
        "same_only",
        "stayers",
        "contextual",
        "growth",
        "mean_z",
    ]
    assert all(not found.why_not for found in panel.values())
    core = panel["core"].levels["school"]
    for name, found in panel.items():
        least = 0.6 if name == "contextual" else 0.85
        assert np.corrcoef(found.levels["school"].effect, core.effect)[0, 1] > least, name


def test_a_panel_fit_may_have_other_levels_than_the_core(fit: ProgressFit, pupils: Pupils) -> None:
    """Those who sat the baseline here are in one class a school, so school and class are one among them."""
    klass = np.asarray(pupils.klass)
    first = [klass[np.asarray(pupils.school) == school][0] for school in np.unique(pupils.school)]
    there = replace(fit, core=replace(fit.core, pupils=replace(pupils, stayer=np.isin(klass, first))))
    stayers = progress.sensitivity(there)["stayers"]
    assert not stayers.why_not and list(stayers.levels) == ["school"]


def test_a_judgement_that_flips_is_model_sensitive(fit: ProgressFit) -> None:
    panel = progress.sensitivity(fit)
    school = panel["core"].levels["school"]
    weak = school.draws.p_below(0.0) >= 0.9
    assert weak.any() and not weak.all()
    alone = {"core": panel["core"]}
    assert not progress.model_sensitive(alone, "school", 0.0, below=True)[weak].any()
    turned = replace(school, effect=-school.effect, draws=replace(school.draws, values=-school.draws.values))
    flipped = {**alone, "other": progress.PanelFit("other", {"school": turned})}
    assert progress.model_sensitive(flipped, "school", 0.0, below=True)[weak].all()
    assert progress.PanelFit("x", {}, "why").why_not == "why"


def test_a_panel_fit_without_a_unit_does_not_vote_on_it(fit: ProgressFit) -> None:
    panel = progress.sensitivity(fit)
    school = panel["core"].levels["school"]
    part = replace(
        school,
        units=school.units[1:],
        place=np.arange(len(school.units)) - 1,
        effect=-school.effect[1:],
        draws=replace(school.draws, values=-school.draws.values[:, 1:]),
    )
    fits = {"core": panel["core"], "part": progress.PanelFit("part", {"school": part})}
    changed = progress.model_sensitive(
        fits, "school", 10.0, below=True
    )  # everybody's P is 1: only signs count
    assert not changed[0] and changed[1:].all()


def test_fewer_draws_where_there_are_very_many_units(
    fit: ProgressFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = sum(fit.core.tree.sizes)
    monkeypatch.setattr("analysis.models.value_added.MOST_NUMBERS", 300 * units)
    assert len(fit.core.draw().sigma2) == 300
    monkeypatch.setattr("analysis.models.value_added.MOST_NUMBERS", units)
    assert len(fit.core.draw().sigma2) == 200
    assert len(fit.core.draw(50).sigma2) == 50


def test_the_variance_of_raw_is_that_of_its_contrast_of_pupils(fit: ProgressFit) -> None:
    """raw_j = c'(y − Xβ̂) with c = 1[i ∈ j]/n_j − 1/N: its error has pupils, classes and β̂ in it."""
    core, school = fit.core, fit.units["school"]
    code, leaf = core.codes("school"), core.codes("class")
    for j in (0, 7):
        c = (code == j) / school.n[j] - 1 / len(code)
        classes, beta = np.bincount(leaf, c), c @ core.start.X
        expected = core.fit.sigma2 * c @ c + core.fit.tau2[0] * classes @ classes
        expected += beta @ core.vcov[1:, 1:] @ beta
        assert school.raw_se[j] ** 2 == pytest.approx(expected, rel=1e-9)
