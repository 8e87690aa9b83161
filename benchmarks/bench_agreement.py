"""Mixed models digit by digit against lme4: nested, with a random slope, crossed, several units a pupil, weighted.

    python benchmarks/bench_agreement.py            the table (needs Rscript with lme4)
    python benchmarks/bench_agreement.py --keep     and lme4's numbers into tests/reference/mixed_lme4.csv

Two comparisons a case. At the *same* variance ratios θ: criterion, β, SE, σ, every effect and its conditional sd are
pure algebra and must agree to rounding. At each program's *own* optimum lme4 (its search set to 1e-13) stops where it
stops: the digits show that, and `excess` is our criterion at lme4's θ minus our minimum, which cannot be negative.

    digits    −log10 of the largest difference relative to the largest number

The cases are simulated with a seed and rounded to three decimals, so that they are the same everywhere; the Inner London
and egsingle data join where they lie beside the project.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.models import crossed, nested, slopes
from analysis.models.membership import Factor
from analysis.models.newton import Minimum

Floats = NDArray[np.float64]
Numbers = dict[str, Floats]

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
KEPT = HERE.parent / "tests" / "reference" / "mixed_lme4.csv"
KEPT_UNITS = 6
"""Effects a factor that are kept as reference."""


@dataclass(frozen=True)
class Case:
    """Rows with y, prior, units [, w]; lme4's formula; θ (ratios of sd) at which both are evaluated; how we fit."""

    rows: pd.DataFrame
    formula: str
    theta: tuple[float, ...]
    fit: Callable[["Case"], "Fit"]
    reml: bool = True
    weighted: bool = False
    shares: pd.DataFrame | None = None

    @property
    def weights(self) -> pd.Series | None:
        return self.rows.w if self.weighted else None


@dataclass(frozen=True)
class Fit:
    """A fit of ours: its own numbers, and those at any θ."""

    own: Numbers
    at: Callable[[Floats], Numbers]


def tree(*levels: str) -> Callable[[Case], Fit]:
    """Random intercepts of nested levels, leaf to top."""

    def fit(case: Case) -> Fit:
        units = {level: case.rows[level] for level in levels}
        found = nested.fit_rows(
            case.rows.y, case.rows[["prior"]], units, weights=case.weights, reml=case.reml
        )

        def at(theta: Floats) -> Numbers:
            here = found.model.at(theta**2)
            return intercepts(nested.NestedFit(fixed(theta**2, here), found.names))

        return Fit(intercepts(found), at)

    return fit


def factors(*names: str) -> Callable[[Case], Fit]:
    """Crossed factors, or the one whose shares the case has."""

    def fit(case: Case) -> Fit:
        parts = [membership(names[0], case.shares)] if case.shares is not None else None
        parts = parts or [Factor.single(name, case.rows[name]) for name in names]
        found = crossed.fit_rows(
            case.rows.y, case.rows[["prior"]], parts, weights=case.weights, reml=case.reml
        )

        def at(theta: Floats) -> Numbers:
            here = found.at.model.at(theta**2)
            return intercepts(crossed.CrossedFit(fixed(theta**2, here), found.names))

        return Fit(intercepts(found), at)

    return fit


def slope(*levels: str, on: str = "prior", at: tuple[str, ...] | None = None) -> Callable[[Case], Fit]:
    """A random slope of the prior at the levels `at` (default: the top)."""

    def fit(case: Case) -> Fit:
        units = {level: case.rows[level] for level in levels}
        found = slopes.fit_rows(
            case.rows.y, case.rows[["prior"]], units, [on], at=at, weights=case.weights, reml=case.reml
        )

        def there(theta: Floats) -> Numbers:
            roots = found.at.model.roots(theta)
            scaled = [found.scale[:, None] * root for root in roots]
            x = [
                root[np.ix_(own, own)][np.tril_indices(len(own))]
                for root, own in zip(scaled, map(list, found.at.model.active), strict=True)
            ]
            here = found.at.model.at(np.concatenate(x))
            return with_slope(slopes.SlopeFit(here, found.names, found.slopes, found.scale, 0, True))

        return Fit(with_slope(found), there)

    return fit


def fixed(theta: Floats, at: object) -> Minimum:  # type: ignore[type-arg]
    """A minimum that is none: the criterion at a chosen θ."""
    return Minimum(theta, at, 0, 0.0, True, theta == 0)


def membership(name: str, shares: pd.DataFrame) -> Factor:
    row, unit = np.nonzero(shares.to_numpy())
    return Factor.multiple(name, len(shares), row, shares.columns[unit], shares.to_numpy()[row, unit])


def intercepts(found: nested.NestedFit | crossed.CrossedFit) -> Numbers:
    """What is compared, by lme4's names."""
    numbers = common(found.deviance, found.beta, found.se, found.sigma2)
    numbers["theta"] = np.sqrt(found.theta)
    for name, units in found.effects.items():
        numbers[f"effect:{name}"], numbers[f"sd:{name}"] = units.effect, np.sqrt(units.conditional_variance)
    return numbers


def with_slope(found: slopes.SlopeFit) -> Numbers:
    """What is compared; effects unit by unit, intercept before slope."""
    numbers = common(found.deviance, found.beta, found.se, found.sigma2)
    roots = [
        np.linalg.cholesky(found.covariances[name] / found.sigma2)[np.tril_indices(len(own))]
        for name, own in zip(found.at.model.tree.names, found.at.model.active, strict=True)
    ]
    numbers["theta"] = np.concatenate(roots)
    for name, units in found.effects.items():
        numbers[f"effect:{name}"] = units.coefficient.ravel()
        numbers[f"sd:{name}"] = np.sqrt(np.einsum("maa->ma", units.conditional)).ravel()
    return numbers


def common(deviance: float, beta: Floats, se: Floats, sigma2: float) -> Numbers:
    return {"criterion": np.array([deviance]), "beta": beta, "se": se, "sigma": np.array([sigma2**0.5])}


def crossing(seed: int, n: int, primaries: int, secondaries: int, stay: float, skew: float) -> pd.DataFrame:
    """Primary × secondary schools: a share `stay` goes to the usual school, `skew` makes sizes unequal."""
    rng = np.random.default_rng(seed)
    size = np.exp(skew * rng.standard_normal(primaries))
    primary = rng.choice(primaries, n, p=size / size.sum())
    usual, other = primary % secondaries, rng.integers(0, secondaries, n)
    secondary = np.where(rng.random(n) < stay, usual, other)
    prior = rng.standard_normal(n)
    y = (
        0.7 * prior
        + 0.35 * rng.standard_normal(primaries)[primary]
        + 0.25 * rng.standard_normal(secondaries)[secondary]
    )
    w = rng.integers(1, 9, n) / 4
    rows = {"y": y + 0.6 * rng.standard_normal(n) / np.sqrt(w), "prior": prior, "w": w}
    return pd.DataFrame(rows).round(3).assign(primary=primary, secondary=secondary)


def teaching(seed: int, n: int, teachers: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One to three teachers a pupil, for some of 40 weeks each: rows and shares."""
    rng = np.random.default_rng(seed)
    weeks = np.zeros((n, teachers))
    for pupil in range(n):
        several = rng.choice(teachers, rng.integers(1, 4), replace=False)
        weeks[pupil, several] = rng.integers(1, 41, len(several))
    shares = weeks / weeks.sum(1, keepdims=True)
    prior = rng.standard_normal(n)
    y = 0.7 * prior + shares @ (0.4 * rng.standard_normal(teachers)) + 0.6 * rng.standard_normal(n)
    rows = pd.DataFrame({"y": y, "prior": prior}).round(3)
    # lme4 is given an indicator to set up its factor by, and the shares in its place
    rows["teacher"] = np.arange(n) % teachers
    return rows, pd.DataFrame(shares, columns=[f"t{j:02d}" for j in range(teachers)])


def city(seed: int, schools: int) -> pd.DataFrame:
    """Classes in schools; schools differ in level and in the slope of the prior."""
    rng = np.random.default_rng(seed)
    school_of = np.repeat(np.arange(schools), rng.integers(1, 6, schools))
    klass = np.repeat(np.arange(len(school_of)), rng.integers(5, 40, len(school_of)))
    school, prior = school_of[klass], rng.standard_normal(len(klass))
    level, slopes_ = rng.multivariate_normal([0, 0], [[0.09, 0.01], [0.01, 0.02]], schools).T
    y = (0.7 + slopes_[school]) * prior + level[school] + 0.2 * rng.standard_normal(len(school_of))[klass]
    w = rng.integers(1, 9, len(y)) / 4
    rows = {"y": y + 0.6 * rng.standard_normal(len(y)) / np.sqrt(w), "prior": prior, "w": w}
    return pd.DataFrame(rows).round(3).assign(**{"class": klass, "school": school})


def simulated() -> dict[str, Case]:
    """Cases that need no data."""
    towns, even = city(11, 50), crossing(12, 1500, 40, 12, 0.3, 0.0)
    uneven = crossing(13, 1500, 60, 12, 0.85, 1.0)
    rows, shares = teaching(14, 900, 30)
    inside, crossing_formula = "y ~ prior + (1|class) + (1|school)", "y ~ prior + (1|primary) + (1|secondary)"
    both = factors("primary", "secondary")
    return {
        "two levels": Case(towns, "y ~ prior + (1|school)", (0.5,), tree("school")),
        "three levels": Case(towns, inside, (0.4, 0.5), tree("class", "school")),
        "three levels, ML": Case(towns, inside, (0.4, 0.5), tree("class", "school"), reml=False),
        "three levels, weighted": Case(towns, inside, (0.4, 0.5), tree("class", "school"), weighted=True),
        "slope of the prior": Case(
            towns, "y ~ prior + (1|class) + (1+prior|school)", (0.4, 0.5, 0.05, 0.2), slope("class", "school")
        ),
        "crossed": Case(even, crossing_formula, (0.5, 0.3), both),
        "crossed, ML": Case(even, crossing_formula, (0.5, 0.3), both, reml=False),
        "crossed, unbalanced": Case(uneven, crossing_formula, (0.5, 0.3), both),
        "crossed, weighted": Case(uneven, crossing_formula, (0.5, 0.3), both, weighted=True),
        "several teachers a pupil": Case(
            rows, "y ~ prior + (1|teacher)", (0.6,), factors("teacher"), shares=shares
        ),
    }


def real() -> dict[str, Case]:
    """Public data, where they are."""
    cases = {}
    if (DATA / "exam_inner_london.csv").exists():
        rows = pd.read_csv(DATA / "exam_inner_london.csv", usecols=["normexam", "standLRT", "school"])
        rows = rows.rename(columns={"normexam": "y", "standLRT": "prior"})
        cases["Inner London"] = Case(rows, "y ~ prior + (1|school)", (0.4,), tree("school"))
        formula = "y ~ prior + (1+prior|school)"
        cases["Inner London, slope"] = Case(rows, formula, (0.4, 0.05, 0.15), slope("school"))
    if (DATA / "egsingle.csv").exists():
        rows = pd.read_csv(DATA / "egsingle.csv", usecols=["math", "year", "schoolid", "childid"])
        rows = rows.rename(columns={"math": "y", "year": "prior", "schoolid": "school"})
        rows["child"] = rows.groupby(["school", "childid"]).ngroup()  # in the order of our tree
        formula = "y ~ prior + (1+prior|child) + (1+prior|school)"
        both = slope("child", "school", at=("child", "school"))
        cases["egsingle, two slopes"] = Case(
            rows, formula, (1.4, 0.1, 0.15, 0.7, 0.05, 0.15), both, reml=False
        )
    return cases


def lme4(cases: dict[str, Case]) -> dict[str, dict[str, Floats]]:
    """lme4's numbers by case and name (ending .fixed or .own)."""
    with tempfile.TemporaryDirectory() as folder:
        table = []
        for name, case in cases.items():
            case.rows.to_csv(Path(folder) / f"{name}.csv", index=False)
            if case.shares is not None:
                case.shares.to_csv(Path(folder) / f"{name}.shares.csv", index=False)
            theta = " ".join(map(str, case.theta))
            table.append((name, case.formula, case.reml, case.weighted, theta))
        columns = ["name", "formula", "reml", "weighted", "theta"]
        pd.DataFrame(table, columns=columns).to_csv(Path(folder) / "cases.csv", index=False)
        subprocess.run(["Rscript", HERE / "mixed_lme4.R", folder], check=True)
        return kept(Path(folder) / "lme4.csv")


def kept(file: Path) -> dict[str, dict[str, Floats]]:
    """Numbers of lme4 from a file."""
    table = pd.read_csv(file).sort_values("at", kind="stable")
    groups = table.groupby(["case", "what"])["value"]
    found: dict[str, dict[str, Floats]] = {}
    for (case, what), values in groups:
        found.setdefault(str(case), {})[str(what)] = values.to_numpy(float)
    return found


def keep(found: dict[str, dict[str, Floats]]) -> None:
    """The simulated cases' numbers as reference, the first units of each factor."""
    lines = [
        (case, what, i, repr(float(value)))
        for case, numbers in found.items()
        for what, values in numbers.items()
        for i, value in enumerate(values[:KEPT_UNITS] if ":" in what else values)
    ]
    pd.DataFrame(lines, columns=["case", "what", "at", "value"]).to_csv(KEPT, index=False)


def digits(ours: Floats, theirs: Floats) -> float:
    """Common digits of two vectors, relative to the largest number; 16 is all a double has."""
    gap = np.abs(ours[: len(theirs)] - theirs).max() / np.abs(theirs).max()
    return float(-np.log10(max(gap, 1e-16)))


def agreement(case: Case, theirs: dict[str, Floats]) -> dict[str, float]:
    """Digits by quantity, at the given θ ("fixed") and at the optima ("own"); and the excess of lme4's."""
    ours = case.fit(case)
    there = ours.at(np.asarray(case.theta))
    row = {"excess": float(ours.at(theirs["theta.own"])["criterion"][0] - ours.own["criterion"][0])}
    for what, values in theirs.items():
        name, kind = what.rsplit(".", 1)
        mine = (there if kind == "fixed" else ours.own)[name]
        column = f"{name.split(':')[0]}.{kind}"
        row[column] = min(row.get(column, 16.0), digits(mine, values))
    return row


def main() -> None:
    """Print the table."""
    if shutil.which("Rscript") is None:
        print("no Rscript: nothing to compare with")
        return
    cases = {**simulated(), **real()}
    found = lme4(cases)
    if "--keep" in sys.argv:
        keep({name: found[name] for name in simulated()})
    table = pd.DataFrame({name: agreement(case, found[name]) for name, case in cases.items()}).T
    order = [
        f"{what}.{kind}"
        for kind in ("fixed", "own")
        for what in ("criterion", "beta", "se", "sigma", "effect", "sd")
    ]
    with pd.option_context("display.width", 250):
        print(
            table[[*order, "theta.own"]].round(1).assign(excess=table.excess.map("{:.0e}".format)).to_string()
        )


if __name__ == "__main__":
    main()
