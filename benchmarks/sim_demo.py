"""The demo city against its known truth, over seeds: coverage, planted schools, and what a city of equals is told.

    python benchmarks/sim_demo.py [seeds]      (default 20)

Every seed is a city with three cohorts, and a null city without effects. Papers beyond two are left out (the total
is the declared one of all papers) and so is the panel of other models: it could only take names off the lists, so
the counts of the null city are upper bounds.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import settings
from analysis.build import build, chain
from analysis.demo import direct
from analysis.params import Exam
from analysis.settings import Settings

Frame = pd.DataFrame
Tables = Mapping[str, Frame]

PARAMS = Path(__file__).parents[1] / "params" / "demo.yaml"
PAPERS = ("chinese", "math", "total")
FEWEST = 30
"""Schools with fewer pupils are not counted: shrinkage covers on average over schools, and these hardly vary."""


EFFECTS = ("weak", "watch", "decline_one", "decline_two", "tier_first", "tier_third", "award")
"""Judgements of a school's effect: in a city of equals every name is wrong."""


@dataclass
class Tally:
    """What was counted over the seeds."""

    seeds: int = 0
    covered: int = 0
    intervals: int = 0
    planted: dict[str, list[float]] = field(default_factory=dict)
    declining: int = 0
    named: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        return self.covered / self.intervals

    def null_shares(self) -> dict[str, float]:
        """Names over schools asked, each judgement of the null cities."""
        return {key: self.named.get(key, 0) / n for key, n in self.asked.items() if n}


def prepared(draws: int = 1000) -> Settings:
    """The demo's settings with the draws of a simulation and nothing that only a report shows."""
    found = settings.load(PARAMS)
    model = found.params.model.model_copy(
        update={"draws": draws, "null_runs": 0, "growth_percentiles": False}
    )
    return replace(found, params=found.params.model_copy(update={"model": model}))


def of_papers(tables: Tables, papers: Iterable[str] = PAPERS) -> dict[str, Frame]:
    """The tables with some papers, and without item marks."""
    made = dict(tables)
    for name in ("papers", "scores", "teachings"):
        made[name] = made[name][made[name]["subject"].isin(papers)].reset_index(drop=True)
    return made | {name: made[name].iloc[:0] for name in ("items", "item_table")}


def newest(found: Settings, tables: Tables) -> dict[str, Frame]:
    """Results of the reported exam, after those of the cohorts before it that the tables have."""
    exam = found.params.report_exam or ""
    known = set(tables["exams"]["exam"])
    earlier: list[tuple[Exam, Tables]] = []
    for one in chain(found, exam):
        if one.id in known:
            earlier.append((one, build(found, one.id, tables, earlier, reported=False)))
    return dict(earlier[-1][1])


def compared(found: Settings, results: Tables, truth: Frame) -> Frame:
    """Schools of the reported exam on the total: true effect, n, planted beside the interval lo, hi and effect."""
    exam = found.params.report_exam
    added = results["value_added"].query("level == 'school' and subject == 'total'").set_index("unit")
    known = truth[(truth["exam"] == exam) & (truth["subject"] == "total")].set_index("school")
    known = known[["effect", "n", "planted"]].rename(columns={"effect": "true"})
    return known.join(added[["effect", "lo", "hi"]], how="inner").dropna(subset=["effect"])


def count(tally: Tally, found: Settings, seed: int, small: bool = False) -> None:
    """One city with effects and one without, into the tally."""
    tables, truth = direct.tables(seed, small=small)
    results = newest(found, of_papers(tables))
    pairs = compared(found, results, truth)
    fair = pairs[(pairs["planted"] == "") & (pairs["n"] >= FEWEST)]
    tally.seeds += 1
    tally.covered += int(((fair["lo"] <= fair["true"]) & (fair["true"] <= fair["hi"])).sum())
    tally.intervals += len(fair)
    for key, effect in zip(pairs["planted"], pairs["effect"], strict=True):
        if key:
            tally.planted.setdefault(str(key), []).append(float(effect))
    tally.declining += declines(results["judgements"], set(pairs.index[pairs["planted"] == "declining"]))
    nothing, _ = direct.tables(seed, small=small, null=True)
    for key, listed, asked in lists(newest(found, of_papers(nothing))):
        tally.named[key] = tally.named.get(key, 0) + listed
        tally.asked[key] = tally.asked.get(key, 0) + asked


def declines(judgements: Frame, schools: set[str]) -> bool:
    """Whether one of the schools is named as declining, on any paper."""
    named = judgements[judgements["judgement"].isin(("decline_one", "decline_two"))]
    return bool((named["unit"].isin(schools) & (named["status"] == "found")).any())


def lists(results: Tables) -> Iterator[tuple[str, int, int]]:
    """Judgement, schools named on the total or without a paper, schools there are."""
    schools = int((results["units"]["level"] == "school").sum())
    judgements = results["judgements"].query("level == 'school' and subject in ('total', '', 'all')")
    for key in EFFECTS:
        rows = judgements[(judgements["judgement"] == key) & (judgements["status"] == "found")]
        yield key, rows["unit"].nunique(), schools


def main(seeds: int) -> None:
    found, tally = prepared(), Tally()
    for seed in range(1, seeds + 1):
        count(tally, found, seed)
        print(f"after {seed} seeds, {time.process_time():.0f} CPU s", flush=True)
        report(tally)


def report(tally: Tally) -> None:
    """The tally in words."""
    print(
        f"coverage {tally.coverage:.3f} of {tally.intervals} intervals; decliner named {tally.declining}/{tally.seeds}"
    )
    for key, effects in sorted(tally.planted.items()):
        above = np.mean(np.array(effects) > 0)
        print(f"  {key}: mean effect {np.mean(effects):+.3f}, above expectation in {above:.0%}")
    print("  null city:", {key: round(share, 4) for key, share in tally.null_shares().items()}, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
