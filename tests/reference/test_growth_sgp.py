"""Growth percentiles of the SGPdata slice: those of R's exact simplex, proved optimal, and flat in the prior.

`growth_sgp_br.csv` is what quantreg 5.94 (R 4.2) gave by `growth_sgp_br.R`: 26,028 percentiles of 16 groups of pupils,
as counts and MD5. A vertex whose duals lie in their box is an exact optimum of min Σρ_τ (Koenker 2005, Quantile
Regression, §6.2): that the curves are the right ones is known without another program as well.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.models import growth

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "sgpdata_long_slice.csv.gz"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="public data are not beside the project")

REFERENCE = Path(__file__).with_name("growth_sgp_br.csv")
YEARS = ["2024_2025", "2023_2024", "2022_2023"]


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    """(n, 3) mathematics marks, latest first; the grades together, for the number of pupils."""
    rows = pd.read_csv(FILE)
    rows = rows[rows["CONTENT_AREA"] == "MATHEMATICS"].drop_duplicates(["ID", "YEAR"])
    wide = rows.pivot(index="ID", columns="YEAR", values="SCALE_SCORE")[YEARS]
    return wide.dropna(subset=YEARS[:2]).to_numpy(float)


@pytest.fixture(scope="module")
def long() -> pd.DataFrame:
    return pd.read_csv(FILE, dtype={"ID": str}).dropna(subset="SCALE_SCORE")


def group(long: pd.DataFrame, subject: str, year: str, grade: str) -> tuple[np.ndarray, np.ndarray]:
    """Post score (n,) and priors (n, k), latest first, of the pupils with a score of the year before, by ID."""
    own = long[long["CONTENT_AREA"] == subject]
    now = own[(own["YEAR"] == year) & ((grade == "all") | (own["GRADE"].astype(str) == grade))]
    wide = own.pivot(index="ID", columns="YEAR", values="SCALE_SCORE").loc[sorted(now["ID"])]
    known = wide[wide[[y for y in YEARS if y < year]].iloc[:, :1].notna().all(axis=1)]
    return known[year].to_numpy(float), known[[y for y in YEARS if y < year]].to_numpy(float)


@pytest.mark.parametrize("r", pd.read_csv(REFERENCE, dtype=str).to_dict("records"), ids=lambda r: f"{r['n']}")
def test_every_pupil_has_the_percentile_of_the_exact_simplex_of_r(
    long: pd.DataFrame, r: dict[str, str]
) -> None:
    post, priors = group(long, r["subject"], r["year"], r["grade"])
    ours = growth.fit(post, priors).percentiles(post, priors)
    assert len(ours) == int(r["n"])
    moved = np.bincount(ours, minlength=100)[1:] - np.array(r["counts"].split(), dtype=int)
    assert not moved.any(), f"{np.abs(moved).sum() // 2} of {r['n']} pupils at least have another percentile"
    assert hashlib.md5(" ".join(map(str, ours)).encode()).hexdigest() == r["md5"]


@pytest.mark.parametrize("k", [1, 2])
def test_every_curve_is_an_exact_optimum(scores: np.ndarray, k: int) -> None:
    known = np.isfinite(scores[:, : k + 1]).all(1)
    post, priors = scores[known, 0], scores[known, 1 : k + 1]
    model = growth.fit(post, priors)
    X = np.hstack([np.ones((len(post), 1)), *(b.columns(priors[:, j]) for j, b in enumerate(model.bases))])
    for tau, b in zip(growth.TAUS, model.orders[k - 1].coefficients, strict=True):
        r = post - X @ b
        on = np.abs(r) < 1e-7
        rhs = (1 - tau) * X.sum(0) - X[~on & (r > 0)].sum(0)
        found = linprog(np.zeros(on.sum()), A_eq=X[on].T, b_eq=rhs, bounds=(-1e-9, 1 + 1e-9), method="highs")
        assert on.sum() >= X.shape[1] and found.status == 0, f"tau {tau}: no duals inside the box"


def test_the_loss_is_the_one_highs_finds(scores: np.ndarray) -> None:
    post, prior = scores[::3, 0], scores[::3, 1]
    model = growth.fit(post, prior)
    X = np.hstack([np.ones((len(post), 1)), model.bases[0].columns(prior)])
    for j in (0, 10, 49, 75, 99):
        tau, b = growth.TAUS[j], model.orders[0].coefficients[j]
        r = post - X @ b
        ours = (r * (tau - (r < 0))).sum()
        dual = linprog(-post, A_eq=X.T, b_eq=(1 - tau) * X.sum(0), bounds=(0, 1), method="highs")
        assert ours == pytest.approx(-dual.fun - (1 - tau) * post.sum(), rel=1e-9)


def test_knots_and_boundaries_are_those_of_the_definition(scores: np.ndarray) -> None:
    prior = scores[:, 1]
    basis = growth.fit(scores[:, 0], prior).bases[0]
    assert basis.knots == tuple(np.round(np.quantile(prior, [0.2, 0.4, 0.6, 0.8]), 3))
    margin = 0.1 * (prior.max() - prior.min())
    assert basis.boundaries == (round(prior.min() - margin, 3), round(prior.max() + margin, 3))


def test_near_uniform_median_50_and_flat(scores: np.ndarray) -> None:
    post, prior = scores[:, 0], scores[:, 1]
    percentiles = growth.fit(post, prior).percentiles(post, prior)
    flat = growth.flatness(percentiles, prior)
    assert abs(flat.correlation) < 0.005
    assert np.median(percentiles) == 50
    assert np.abs(flat.mean - 50).max() < 2.5 * flat.se.max()
    tenths = np.bincount((percentiles - 1) // 10, minlength=10) / len(percentiles)
    assert np.abs(tenths - 0.1).max() < 0.01
