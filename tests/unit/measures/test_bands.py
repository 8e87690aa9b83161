"""Prior bands, distributions, transitions."""

import numpy as np
import pytest
from tests.unit.measures.test_table import city

from analysis.measures.bands import distributions_table, mark_edges, transitions_table
from analysis.measures.starting_point import prior_bands
from analysis.tables import TABLES


def test_bands_are_city_quintiles() -> None:
    bands = prior_bands(np.append(np.random.default_rng(1).normal(size=1000), np.nan))
    assert np.bincount(bands).tolist() == [1, 200, 200, 200, 200, 200]


def test_equal_priors_share_a_band() -> None:
    prior = np.repeat([0.0, 1.0], [70, 30])
    assert len(set(prior_bands(prior)[:70])) == 1


@pytest.mark.parametrize(
    ("full", "width"), [(20, 1), (40, 2), (60, 10), (100, 10), (150, 10), (750, 50), (np.nan, 5)]
)
def test_mark_edges_cover_the_paper_in_round_steps(full: float, width: float) -> None:
    edges = mark_edges(full, 3.0, 98.0)
    assert edges[0] == 0 and edges[-1] >= (98 if np.isnan(full) else full)
    assert edges[1] == width


@pytest.mark.parametrize(("lowest", "highest"), [(-3.7, 3.6), (412.0, 688.0), (-5.2, -0.4), (0.0, 0.0)])
def test_scores_without_a_full_mark_have_bands_from_the_lowest_to_the_highest(
    lowest: float, highest: float
) -> None:
    edges = mark_edges(np.nan, lowest, highest)
    width = edges[1] - edges[0]
    assert edges[0] <= lowest < edges[0] + width and edges[-1] - width <= highest < edges[-1]
    assert highest == lowest or 8 <= len(edges) - 1 <= 21


def test_shares_add_to_one_and_the_city_is_its_own_reference() -> None:
    made = distributions_table(city(), "e")
    assert list(made.columns) == TABLES["distributions"].names
    shares = made.groupby(["level", "unit", "subject", "kind"])["share"].sum()
    assert shares.to_numpy() == pytest.approx(1)
    whole = made[made["level"] == "city"]
    assert whole["share"].to_numpy() == pytest.approx(whole["city"].to_numpy())
    assert set(made["kind"]) == {"prior", "prior_band", "score"}


def test_full_marks_fall_in_the_last_bin() -> None:
    data = city()
    data.scores[:20, 0] = 100.0
    made = distributions_table(data, "e")
    rows = made[(made["unit"] == "s0") & (made["subject"] == "maths") & (made["kind"] == "score")]
    assert rows["n"].iloc[-1] >= 20
    assert rows["n"].sum() == (~np.isnan(data.scores[:120, 0])).sum()


def test_transitions_count_every_matched_pupil_once() -> None:
    data = city()
    made = transitions_table(data, "e")
    both = ~np.isnan(data.scores[:, 2]) & ~np.isnan(data.start[:, 2])
    assert made[made["level"] == "city"]["n"].sum() == both.sum()
    assert made[made["level"] == "school"]["n"].sum() == both.sum()
    of_band = made[made["level"] == "city"].groupby("band_from")["share"].sum()
    assert of_band.to_numpy() == pytest.approx(1)


def test_a_prior_on_a_limit_belongs_above() -> None:
    """40 zeros and 60 ones: limits 0, 0.6, 1, 1."""
    assert prior_bands(np.repeat([0.0, 1.0], [40, 60])).tolist() == [2] * 40 + [5] * 60
