"""Inner London and the two UCI schools through intake and build: published figures, duplicates, small schools."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import intake, settings
from analysis.build import build
from analysis.dossier.meta import meta_of

HOME = Path(__file__).parents[3]
DATA = HOME.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


@pytest.fixture(scope="module")
def london(quick):
    found = quick(settings.load(HOME / "params" / "inner-london.yaml"))
    tables = intake.load(found)
    return tables, build(found, "age16", tables)


def test_the_fit_equals_the_published_one(london) -> None:
    """docs/methods.md §9, REML."""
    rows = london[1]["fits"].query("subject == 'attainment'").set_index("term")
    at = rows["value"].to_dict()
    assert [round(at[k], 4) for k in ("beta:(intercept)", "beta:prior", "loglik")] == [
        0.0023,
        0.5633,
        -4684.3826,
    ]
    assert [round(rows["se"][k], 4) for k in ("beta:(intercept)", "beta:prior")] == [0.0404, 0.0125]
    assert [round(at[k], 5) for k in ("variance:school", "variance:residual")] == [0.09384, 0.56587]


def test_the_share_between_schools_after_the_start_is_one_number(london) -> None:
    """Where the differences lie and how evenly the city is served rest on the same variances."""
    fits, equity = (london[1][name].query("subject == 'attainment'") for name in ("fits", "equity"))
    shown = equity.set_index("key").loc["icc_given_start"]
    assert shown["value"] == pytest.approx(fits.set_index("term").loc["icc:school", "value"])
    assert round(shown["value"], 3) == 0.142 and shown["lo"] < shown["value"] < shown["hi"]


def test_four_duplicate_pupils_are_listed(london) -> None:
    issues = london[0]["data_issues"].query("code == 'number_twice'")
    assert len(issues) == 4 and set(issues["school"]) == {"43", "50", "52"}


def test_schools_below_eleven_pupils_are_blank(london) -> None:
    results = london[1]
    for school in ("48", "54"):
        for name, column in (
            ("value_added", "effect"),
            ("indicators", "value"),
            ("panel", "value"),
            ("gap", "value"),
        ):
            rows = results[name].query("level == 'school' and unit == @school")
            assert len(rows) and all(math.isnan(v) for v in rows[column]), (name, school)
        assert results["units"].query("unit == @school")["sat"].tolist() == [0]
        assert not (results["judgements"]["unit"] == school).any()


def test_two_schools_cannot_be_judged(quick) -> None:
    found = quick(settings.load(HOME / "params" / "student-performance.yaml"))
    made = build(found, found.params.report_exam or "g3", intake.load(found))
    added = made["value_added"].query("level == 'school'")
    assert len(added) and set(added["flag"]) == {"too_few_schools"} and set(added["verdict"]) == {"none"}
    lists = made["judgements"].query("judgement in ('weak', 'watch', 'tier_first', 'tier_third', 'award')")
    assert not (lists["status"] == "found").any()


def test_slopes_of_the_schools_are_fitted_where_the_settings_ask(london, quick) -> None:
    """Goldstein et al. (1993): Inner London schools differ in the slope; hidden schools stay hidden."""
    assert not london[1]["panel"]["fit"].str.startswith("slope_").any()
    found = quick(settings.load(HOME / "params" / "inner-london.yaml"))
    model = found.params.model.model_copy(update={"school_slope": True})
    asked = replace(found, params=found.params.model_copy(update={"model": model}))
    panel = (
        build(asked, "age16", london[0])["panel"]
        .query("subject == 'total'")
        .pivot(index="unit", columns="fit", values="value")
    )
    gap = (panel["slope_high"] - panel["slope_low"]).dropna()
    assert len(gap) >= 60 and gap.std() > 0.1
    assert math.isnan(panel.loc["48", "slope_high"])


def test_schools_of_one_class_are_one_with_it(london, quick) -> None:
    """London with a class number for everybody: the figures of the schools stay what they are without classes."""
    found = quick(settings.load(HOME / "params" / "inner-london.yaml"))
    tables = dict(london[0])
    tables["enrolments"] = tables["enrolments"].assign(**{"class": "1101"})
    made = build(found, "age16", tables)
    added = made["value_added"]
    assert "class" in set(made["units"]["level"]) and "class" not in set(added["level"])
    before = london[1]["value_added"].query("level == 'school'").set_index(["unit", "subject"])["lo"]
    after = added.query("level == 'school'").set_index(["unit", "subject"])["lo"]
    assert (after - before).abs().max() == 0
    assert meta_of(found, "age16", made)["one_class_schools"]
    assert not meta_of(found, "age16", london[1])["one_class_schools"]
