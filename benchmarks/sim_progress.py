"""Simulated cities: do the intervals, ranks and probabilities of the progress model keep their promises?

    python benchmarks/sim_progress.py [cities]      (default 200; about two minutes on one core)

The effects are drawn anew in every city and the truth is recentred by the pupils: a coverage that is counted for
planted effects is wrong by construction, for shrinkage is right on average over cities, not for one school.
The reduced run in tests/reference/test_progress_simulation.py calls the same functions. docs/methods.md §9.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import norm

from analysis.models import pooling, value_added
from analysis.models.draws import Draws
from analysis.models.pupils import Options, Pupils

Floats = NDArray[np.float64]

RHO = 0.85
LINE = -0.10


@dataclass(frozen=True, eq=False)
class City:
    """Pupils with true effects, recentred by the pupils: u of the schools, position of the classes.

    Where every school has one class, nothing tells them apart, and u is that of the school with its class.
    """

    pupils: Pupils
    u: Floats
    position: Floats
    intake: Floats


def city(
    rng: np.random.Generator,
    schools: int = 40,
    classes: tuple[int, int] = (3, 7),
    pupils: int = 45,
    tau: float = 0.17,
    tau_class: float = 0.12,
    sorting: float = 0.5,
    streaming: float = 0.0,
    others: int = 0,
) -> City:
    """One city; school ICC given the prior about 0.08.

    `sorting` and `streaming` are the sd of the schools' and of the classes' mean intake (a pupil's start has sd
    1). Priors have sd 1 and reliability `RHO`, the post score a residual sd of 0.55.
    """
    n_classes = rng.integers(classes[0], classes[1] + 1, schools)
    school_of = np.repeat(np.arange(schools), n_classes)
    cls = np.repeat(np.arange(len(school_of)), pupils)
    school, n = school_of[cls], len(cls)
    intake = sorting * rng.normal(size=schools)
    stream = streaming * rng.normal(size=len(school_of))
    true = intake[school] + stream[cls] + np.sqrt(1 - sorting**2 - streaming**2) * rng.normal(size=n)
    u, v = tau * rng.normal(size=schools), tau_class * rng.normal(size=len(school_of))
    post = 0.75 * true + u[school] + v[cls] + 0.55 * rng.normal(size=n)

    def paper(score: Floats) -> Floats:
        return np.asarray(np.sqrt(RHO) * score + np.sqrt(1 - RHO) * rng.normal(size=n))

    more = [paper(0.8 * true + 0.6 * rng.normal(size=n)) for _ in range(others)]
    position = u[school_of] + v
    if len(school_of) == schools:
        u = position
    return City(
        Pupils(post, paper(true), school, cls, others=np.column_stack(more) if more else None),
        u - np.bincount(school) @ u / n,
        position - np.bincount(cls) @ position / n,
        intake,
    )


@dataclass(frozen=True, eq=False)
class Promise:
    """What was promised and what came, over all schools of all cities."""

    interval: float  # share of true school effects inside the 95 % interval
    class_interval: float
    raw_interval: float
    rank_interval: float  # share of true ranks inside the 90 % interval
    probability: Floats  # P(effect ≤ LINE) of every school
    below: NDArray[np.bool_]  # whether it was
    cities: int
    intake_corrected: float  # mean over cities of the correlation of û − u with the mean prior
    bias_corrected: float  # slope of û − u on intake, sd per sd of intake
    bias_uncorrected: float

    def calibration(self, bins: int = 5) -> Floats:
        """Per bin of the probability: mean promised, share that came, number, SE of their gap by cities (bins, 4)."""
        part = np.minimum((self.probability * bins).astype(int), bins - 1)
        n = np.bincount(part, minlength=bins)
        sums = np.stack([np.bincount(part, v, bins) for v in (self.probability, self.below)])
        gap = np.zeros((self.cities, bins))
        np.add.at(gap, (self.city_of, part), self.below - self.probability)
        return np.column_stack([*(sums / np.maximum(n, 1)), n, np.sqrt((gap**2).sum(0)) / np.maximum(n, 1)])

    @property
    def city_of(self) -> NDArray[np.int64]:
        """City of every school."""
        return np.repeat(np.arange(self.cities), len(self.probability) // self.cities)

    def line(self) -> tuple[Floats, Floats]:
        """Φ⁻¹(share that came) = a + b·Φ⁻¹(promised) over all schools: (a, b), honest at (0, 1), and SE by cities."""
        import statsmodels.api as sm

        z = ndtri(np.clip(self.probability, 0.0005, 0.9995))
        family = sm.families.Binomial(sm.families.links.Probit())
        fit = sm.GLM(self.below.astype(float), sm.add_constant(z), family=family).fit(
            cov_type="cluster", cov_kwds={"groups": self.city_of}
        )
        return fit.params, fit.bse

    def wrong_names(self, sure: float = 0.9) -> tuple[float, float, int]:
        """Stated and true share of wrong names of the list P(effect ≤ LINE) ≥ sure, and its length."""
        named = self.probability >= sure
        n = max(int(named.sum()), 1)
        return (
            float((1 - self.probability[named]).sum() / n),
            float((~self.below[named]).sum() / n),
            int(named.sum()),
        )


def promises(cities: Iterator[City], n_draws: int = 1000) -> Promise:
    """Fit, draw and compare with the truth."""
    rows: list[tuple[float, ...]] = []
    probability, below = [], []
    for seed, truth in enumerate(cities):
        core = value_added.fit_core(
            truth.pupils, Options(rho=RHO, rho_others=RHO, seed=seed, n_draws=n_draws)
        )
        plain = value_added.fit_core(truth.pupils, replace(core.options, prior_correction=False))
        draws = core.draw()
        probability.append(draws.p_below("school", LINE))
        below.append(truth.u <= LINE)
        raw, se = core.raw("school")
        error, uncorrected = (fit.effects["school"][0] - truth.u for fit in (core, plain))
        rank = np.argsort(np.argsort(-truth.u)) + 1
        rows.append(
            (
                _share(draws.interval("school"), truth.u),
                _share(draws.interval(core.tree.names[0]), truth.position),
                _share((raw - 1.96 * se, raw + 1.96 * se), truth.u),
                _share(draws.ranks("school"), rank),
                float(np.corrcoef(error, truth.intake)[0, 1]),
                _per_sd(error, truth.intake),
                _per_sd(uncorrected, truth.intake),
            )
        )
    mean = np.mean(rows, axis=0).tolist()
    return Promise(*mean[:4], np.concatenate(probability), np.concatenate(below), len(rows), *mean[4:])


def _share(ends: tuple[NDArray, NDArray], truth: NDArray) -> float:
    return float(np.mean((ends[0] <= truth) & (truth <= ends[1])))


def _per_sd(error: Floats, intake: Floats) -> float:
    return float(np.polyfit(intake / intake.std(), error, 1)[0])


def named(draws: Draws) -> dict[str, int]:
    """How many schools each list names on one exam; none where no differences can be shown."""
    if "school" in draws.no_differences:
        return {"weak": 0, "tier": 0, "award": 0}
    school = draws.position["school"]
    tier = (school.p_top(0.25) >= 0.8) | (school.p_bottom(0.25) >= 0.8)
    return {
        "weak": int((school.p_below(LINE) >= 0.9).sum()),
        "tier": int(tier.sum()),
        "award": int((school.p_first(8) >= 0.8).sum()),
    }


def null_names(cities: Iterator[City], n_draws: int = 500) -> dict[str, float]:
    """Share of the schools that each list names in cities where no school differs."""
    counts: list[dict[str, int]] = []
    schools = 0
    for seed, truth in enumerate(cities):
        options = Options(rho=RHO, rho_others=RHO, seed=seed, n_draws=n_draws)
        counts.append(named(value_added.fit_core(truth.pupils, options).draw()))
        schools += len(truth.u)
    return {key: sum(c[key] for c in counts) / schools for key in counts[0]}


def decline_found(
    rng: np.random.Generator, fall: float, cities: int, persistence: float = 0.8
) -> tuple[float, float]:
    """Share of schools with a steady fall of `fall` a year for two years that the consecutive rule finds.

    Effects as in `city`, with the SE of a raw school figure there (0.066). The second share is that of a reader who
    knows (r, τ): what the exact posterior can find at all.
    """
    se, tau = 0.066, 0.17
    prior = tau**2 * persistence ** np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    gain = prior @ np.linalg.inv(prior + se**2 * np.eye(3))
    step = np.array([-1.0, 0.0, 1.0])
    sd = np.sqrt(step @ (prior - gain @ prior) @ step)
    found, known = [], []
    for seed in range(cities):
        u = np.empty((40, 3))
        u[:, 0] = tau * rng.normal(size=40)
        for t in (1, 2):
            u[:, t] = persistence * u[:, t - 1] + np.sqrt(1 - persistence**2) * tau * rng.normal(size=40)
        u[0] = u[0, 0] - fall * np.arange(3)
        y = u + se * rng.normal(size=u.shape)
        found.append(pooling.pool(y, np.full(u.shape, se**2), 1000, seed).p_consecutive()[0] >= 0.9)
        exact = norm.cdf((-0.10 - step @ gain @ y[0]) / sd)
        known.append((np.diff(y[0]) < 0).all() and exact >= 0.9)
    return float(np.mean(found)), float(np.mean(known))


def _report(name: str, promise: Promise) -> None:
    stated, wrong, n = promise.wrong_names()
    print(
        f"{name}: 95 % interval {promise.interval:.3f} (class {promise.class_interval:.3f}, raw "
        f"{promise.raw_interval:.3f}), 90 % rank interval {promise.rank_interval:.3f}; û − u with intake: "
        f"correlation {promise.intake_corrected:+.3f}, per sd {promise.bias_corrected:+.4f}, uncorrected "
        f"{promise.bias_uncorrected:+.4f}; list P ≥ 0.9: {n} names, stated wrong {stated:.3f}, wrong {wrong:.3f}"
    )
    for promised, came, size, se in promise.calibration():
        print(f"    P {promised:.3f} came {came:.3f} (SE {se:.3f}, {size:.0f} schools)")
    (a, b), (se_a, se_b) = promise.line()
    print(f"    all schools: probit line {a:+.3f} (SE {se_a:.3f}), slope {b:.3f} (SE {se_b:.3f})")


def main(cities: int) -> None:
    """Print every row of docs/methods.md §9 that is simulated."""
    kinds: dict[str, dict[str, object]] = {
        "base (sorting 0.5)": {},
        "streamed classes": {"streaming": 0.5},
        "large effects": {"tau": 0.25},
        "one class a school": {"classes": (1, 1)},
    }
    for name, kind in kinds.items():
        rng = np.random.default_rng(1)
        _report(name, promises(city(rng, **kind) for _ in range(cities)))  # type: ignore[arg-type]
    rng = np.random.default_rng(2)
    print("null cities, share named:", null_names(city(rng, tau=0.0) for _ in range(cities)))
    for fall in (0.15, 0.20):
        for r in (0.7, 0.8, 0.9):
            found, known = decline_found(np.random.default_rng(3), fall, cities, r)
            print(f"steady fall of {fall} a year, r {r}: found {found:.3f}, with (r, τ) known {known:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
