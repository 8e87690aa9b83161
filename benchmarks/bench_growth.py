"""Growth percentiles against their peers: 100 quantile curves on a cubic B-spline of one prior, then every percentile.

    python benchmarks/bench_growth.py [rows …]               default: 9000 100000

Peers run if they are there: quantreg (br exact, fn interior point) through Rscript, statsmodels, scikit-learn. Peers that
need more than a minute for 100 levels are timed on every tenth level, scikit-learn on four, scaled up, and say so.
One thread, CPU seconds, runs alternate with ours, medians; the ratio is the result. Columns:

    ratio     peer's CPU seconds / ours
    same      share of the pupils with the same growth percentile as ours (only where all 100 levels were fitted)
    excess    largest relative excess of the peer's loss over ours, over the levels fitted (0: an exact optimum too)

The last line is a million pupils with integer marks, from the table of counts.
"""

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.models import growth

Floats = NDArray[np.float64]
Peer = Callable[[Floats, Floats, Floats], tuple[float, Floats]]  # X, y, taus → CPU seconds, coefficients

REPEATS = 3
EVERY_TENTH: Floats = growth.TAUS[::10]
FOUR: Floats = growth.TAUS[12::25]
QUANTREG = """
suppressMessages(library(quantreg)); d <- as.matrix(read.csv("rows.csv")); taus <- scan("taus.txt", quiet=TRUE)
y <- d[, 1]; X <- d[, -1]
t <- sum(system.time(b <- sapply(taus, function(tau) rq.fit(X, y, tau=tau, method="%s")$coefficients))[1:2])
writeLines(format(t, digits=10), "time.txt")
write.table(t(b), "b.txt", row.names=FALSE, col.names=FALSE)
"""


def marks(rows: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Post and prior marks with one decimal, a spread that grows with the prior."""
    rng = np.random.default_rng(seed)
    prior = rng.normal(70, 15, rows)
    post = 15 + 0.8 * prior + rng.normal(size=rows) * (4 + 0.08 * prior)
    return np.round(post, 1), np.round(prior, 1)


def statsmodels_fit(X: Floats, y: Floats, taus: Floats) -> tuple[float, Floats]:
    """QuantReg, iteratively reweighted least squares."""
    from statsmodels.regression.quantile_regression import QuantReg

    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        b = [QuantReg(y, X).fit(q=tau).params for tau in taus]
    return time.process_time() - start, np.array(b)


def sklearn_fit(X: Floats, y: Floats, taus: Floats) -> tuple[float, Floats]:
    """QuantileRegressor without penalty, HiGHS."""
    from sklearn.linear_model import QuantileRegressor

    start = time.process_time()
    models = [QuantileRegressor(quantile=t, alpha=0, fit_intercept=False).fit(X, y) for t in taus]
    return time.process_time() - start, np.array([m.coef_ for m in models])


def quantreg(method: str) -> Peer:
    """rq.fit of R's quantreg, timed inside R."""

    def fitted(X: Floats, y: Floats, taus: Floats) -> tuple[float, Floats]:
        with tempfile.TemporaryDirectory() as folder:
            pd.DataFrame(np.column_stack([y, X])).to_csv(Path(folder) / "rows.csv", index=False)
            np.savetxt(Path(folder) / "taus.txt", taus)
            subprocess.run(["Rscript", "-e", QUANTREG % method], cwd=folder, check=True, capture_output=True)
            seconds = float((Path(folder) / "time.txt").read_text())
            return seconds, np.loadtxt(Path(folder) / "b.txt")

    return fitted


def peers(rows: int) -> dict[str, tuple[Peer, Floats]]:
    """The peers that are installed, each with the levels it is asked for."""
    found: dict[str, tuple[Peer, Floats]] = {}
    if shutil.which("Rscript"):
        found["quantreg br"] = (quantreg("br"), growth.TAUS if rows <= 10_000 else EVERY_TENTH)
        found["quantreg fn"] = (quantreg("fn"), growth.TAUS)
    found["statsmodels"] = (statsmodels_fit, growth.TAUS if rows <= 10_000 else EVERY_TENTH)
    if find_spec("sklearn") and rows <= 10_000:
        found["scikit-learn"] = (sklearn_fit, FOUR)
    return found


def loss(X: Floats, y: Floats, taus: Floats, b: Floats) -> Floats:
    """Σρ_τ of each level."""
    r = y[:, None] - X @ b.T
    return np.asarray((r * (taus - (r < 0))).sum(0))


def same(model: growth.GrowthModel, post: Floats, prior: Floats, b: Floats) -> float:
    """Share of the pupils whose percentile is the same with a peer's coefficients."""
    theirs = growth.GrowthModel(model.bases, (growth.Curves(b, len(post)),), model.clip)
    return float((theirs.percentiles(post, prior) == model.percentiles(post, prior)).mean())


def compare(rows: int) -> None:
    """One line a peer."""
    post, prior = marks(rows)
    for name, (peer, taus) in peers(rows).items():
        ours, theirs = [], []
        for _ in range(REPEATS if rows <= 10_000 and taus is not FOUR else 1):
            start = time.process_time()
            model = growth.fit(post, prior)
            ours.append(time.process_time() - start)
            X = np.hstack([np.ones((rows, 1)), model.bases[0].columns(prior)])
            seconds, b = peer(X, post, taus)
            theirs.append(seconds * len(growth.TAUS) / len(taus))
        whole = len(taus) == len(growth.TAUS)
        chosen = model.orders[0].coefficients[np.searchsorted(growth.TAUS, taus)]
        excess = (loss(X, post, taus, b) / loss(X, post, taus, chosen) - 1).max()
        agree = f"{same(model, post, prior, b):.4%}" if whole else "-"
        how = "" if whole else f"  ({len(taus)} of the {len(growth.TAUS)} levels, scaled up)"
        print(
            f"{rows:>8} {name:>13}: ours {median(ours):.3f} s, peer {median(theirs):.2f} s, "
            f"ratio {median(theirs) / median(ours):.0f}, same {agree}, excess {excess:.1e}{how}",
            flush=True,
        )


def million() -> None:
    """A million pupils with integer marks."""
    post, prior = (np.round(v) for v in marks(1_000_000))
    start = time.process_time()
    model = growth.fit(post, prior)
    fitted = time.process_time()
    model.percentiles(post, prior)
    print(f" 1000000 integers: fit {fitted - start:.2f} s, percentiles {time.process_time() - fitted:.2f} s")


if __name__ == "__main__":
    for size in [int(a) for a in sys.argv[1:]] or [9_000, 100_000]:
        compare(size)
    million()
