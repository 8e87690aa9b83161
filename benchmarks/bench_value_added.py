"""Value added against its peers: from a DataFrame to β, SE, variances and every effect, side by side.

    python benchmarks/bench_value_added.py [rows …]          default: 9000 100000 1000000

Model: y ~ 12 covariates + (1 | school) + (1 | class), REML (gpboost has ML only: compared with our ML fit). Peers run if
they are there: lme4 through Rscript, statsmodels, gpboost, mixedlm. Each pair alternates, medians are compared, one thread, CPU
seconds (a busy machine stretches the clock, not them); the ratio is the result. Columns of the table:

    ratio        peer's CPU seconds / ours
    digits β, τ  −log10 of the largest relative difference of the coefficients, and of the three standard deviations
    excess       our −2 log L at the peer's variances minus our minimum: how far the peer stopped from the top
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
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from analysis.models import nested

COVARIATES = [f"x{j}" for j in range(1, 13)]
SHAPES = {9_000: (40, 300), 100_000: (400, 2_800), 1_000_000: (3_000, 25_000)}
LIMIT = {"statsmodels": 9_000, "gpboost": 100_000, "mixedlm": 1_000_000, "lme4": 1_000_000}
LME4 = """
suppressMessages(library(lme4)); d <- read.csv("rows.csv", colClasses=c(school="factor", class="factor"))
f <- y ~ %s + (1|class) + (1|school)
t <- sum(system.time({m <- lmer(f, d, REML=TRUE); u <- ranef(m, condVar=TRUE)})[c("user.self", "sys.self")])
v <- as.data.frame(VarCorr(m)); s <- setNames(v$sdcor, v$grp)
write.csv(data.frame(value=c(t, s[["class"]], s[["school"]], s[["Residual"]], fixef(m))), "fit.csv", row.names=FALSE)
"""


@dataclass(frozen=True)
class Estimate:
    """What a peer found: seconds, β (p,), and the standard deviations (class, school, residual)."""

    seconds: float
    beta: np.ndarray
    sd: np.ndarray


def city(rows: int, seed: int = 1) -> pd.DataFrame:
    """Pupils with a cubic prior, nine other covariates, and true school and class effects."""
    schools, classes = SHAPES.get(rows, (max(rows // 300, 4), max(rows // 40, 12)))
    rng = np.random.default_rng(seed)
    klass = rng.integers(0, classes, rows)
    school = klass % schools
    X = rng.standard_normal((rows, 12))
    X[:, 1], X[:, 2] = X[:, 0] ** 2, X[:, 0] ** 3
    effect = 0.3 * rng.standard_normal(schools)[school] + 0.2 * rng.standard_normal(classes)[klass]
    y = 0.8 * X[:, 0] + 0.05 * X[:, 1] + X[:, 3:] @ np.linspace(0, 0.1, 9) + effect
    table = pd.DataFrame(X, columns=COVARIATES)
    return table.assign(y=y + 0.6 * rng.standard_normal(rows), school=school, **{"class": klass})


def ours(table: pd.DataFrame, reml: bool = True) -> tuple[float, nested.NestedFit]:
    """Seconds and fit; effects, SE and the covariance of the variances are part of the work."""
    start = time.process_time()
    fit = nested.fit_rows(
        table.y, table[COVARIATES], {"class": table["class"], "school": table.school}, reml=reml
    )
    _ = fit.se, fit.effects, fit.variance_covariance
    return time.process_time() - start, fit


def lme4(table: pd.DataFrame) -> Estimate:
    """Reading the rows is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "rows.csv", index=False)
        (Path(folder) / "fit.R").write_text(LME4 % " + ".join(COVARIATES))
        subprocess.run(["Rscript", "fit.R"], cwd=folder, check=True, capture_output=True)
        value = pd.read_csv(Path(folder) / "fit.csv").value.to_numpy()
    return Estimate(value[0], value[4:], value[1:4])


def statsmodels(table: pd.DataFrame) -> Estimate:
    """Classes as a variance component inside the groups (schools)."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    start = time.process_time()
    X = np.column_stack([np.ones(len(table)), table[COVARIATES]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MixedLM.from_formula(
            "y ~ " + " + ".join(COVARIATES),
            table,
            groups="school",
            re_formula="1",
            vc_formula={"class": "0 + C(Q('class'))"},
        )
        fit = model.fit(reml=True)
        _ = fit.random_effects
    seconds = time.process_time() - start
    sd = np.sqrt([fit.vcomp[0], fit.cov_re.iloc[0, 0], fit.scale])
    assert len(fit.fe_params) == X.shape[1]
    return Estimate(seconds, fit.fe_params.to_numpy(), sd)


def gpboost(table: pd.DataFrame) -> Estimate:
    """ML only; without the variances of the effects, which it does not give for this kind of model."""
    import gpboost as gpb

    start = time.process_time()
    model = gpb.GPModel(group_data=table[["class", "school"]].to_numpy(), likelihood="gaussian")
    X = np.column_stack([np.ones(len(table)), table[COVARIATES]])
    model.fit(y=table.y.to_numpy(), X=X)
    model.predict_training_data_random_effects()
    seconds = time.process_time() - start
    coefficients, variance = (np.asarray(m)[0] for m in (model.get_coef(), model.get_cov_pars()))
    return Estimate(seconds, coefficients.astype(float), np.sqrt(variance[[1, 2, 0]].astype(float)))


def mixedlm(table: pd.DataFrame) -> Estimate:
    """A Rust implementation of lme4's formulation."""
    from mixedlm import lmer

    labels = {name: table[name].astype(str) for name in ("class", "school")}
    start = time.process_time()
    fit = lmer("y ~ " + " + ".join(COVARIATES) + " + (1|class) + (1|school)", table.assign(**labels))
    _ = fit.ranef(condVar=True), fit.vcov()
    seconds = time.process_time() - start
    return Estimate(seconds, np.array(list(fit.fixef().values())), fit.sigma * np.append(fit.theta, 1.0))


PEERS: dict[str, tuple[Callable[[pd.DataFrame], Estimate], bool]] = {
    "lme4": (lme4, True),
    "statsmodels": (statsmodels, True),
    "gpboost": (gpboost, False),
    "mixedlm": (mixedlm, True),
}
"""Peer and whether it fits by REML."""


def installed(peer: str) -> bool:
    if peer != "lme4":
        return find_spec(peer) is not None
    check = ["Rscript", "-e", "library(lme4)"]
    return shutil.which("Rscript") is not None and not subprocess.run(check, capture_output=True).returncode


def digits(a: np.ndarray, b: np.ndarray) -> float:
    """Common leading digits of two vectors, by the largest difference relative to the largest element."""
    return float(-np.log10(max(np.abs(a - b).max() / np.abs(b).max(), 1e-16)))


def compare(table: pd.DataFrame, peer: str) -> dict[str, object]:
    """One row of the table: alternate three times (once where the peer needs minutes)."""
    run, reml = PEERS[peer]
    own, other = [], []
    for _ in range(3):
        seconds, fit = ours(table, reml)
        own.append(seconds)
        if not other or other[0] < 20:
            estimate = run(table)
            other.append(estimate.seconds)
    there = fit.model.at((estimate.sd[:2] / estimate.sd[2]) ** 2)
    return {
        "rows": len(table),
        "peer": peer,
        "peer s": round(median(other), 3),
        "ours s": round(median(own), 4),
        "ratio": round(median(other) / median(own), 1),
        "digits β": round(digits(estimate.beta, fit.beta), 1),
        "digits τ": round(digits(estimate.sd, np.sqrt(np.append(fit.tau2, fit.sigma2))), 1),
        "excess": f"{there.value - fit.deviance:.1e}",
    }


def main(sizes: list[int]) -> None:
    """Print versions, the table, and our own times where no peer can follow."""
    peers = [peer for peer in PEERS if installed(peer)]
    python = [f"{peer} {version(peer)}" for peer in peers if peer != "lme4"]
    print(
        "numpy", np.__version__, "|", ", ".join(python), "| lme4" if "lme4" in peers else "| no R with lme4"
    )
    rows = []
    for size in sizes:
        table = city(size)
        print(
            f"{size} rows, ours alone: {min(ours(table)[0] for _ in range(5)):.4f} s (best of 5)", flush=True
        )
        for peer in peers:
            if size <= LIMIT[peer]:
                rows.append(compare(table, peer))
                print(rows[-1], flush=True)
    if rows:
        print("\n" + pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SHAPES))
