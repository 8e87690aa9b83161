"""The demo city against its known truth, over seeds: coverage, planted schools, and what a city of equals is told.

    python benchmarks/sim_demo.py [seeds] [outputs]      (default 20; outputs/ of the project)

Every seed is a city with three cohorts, and a null city in which schools, classes and teachers add nothing; names are
those that a report would print, but for growth percentiles. What one seed gave is kept under outputs/sim_demo/, under the hash of the code that made it: a run that
was stopped goes on, and more seeds cost only themselves.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import settings
from analysis.build import build
from analysis.demo import direct
from analysis.params import Exam
from analysis.publish import state
from analysis.settings import Settings
from analysis.terms import TOTAL, Level

Frame = pd.DataFrame
Tables = Mapping[str, Frame]
Seen = dict[str, Any]
"""What one seed gave: numbers only, so that it can be kept as JSON."""

PAPERS = ("chinese", "math", "physics")
"""Papers beside the total (which is the declared one of all seven): more would cost time and tell little more."""
PARAMS = Path(__file__).parents[1] / "params" / "demo.yaml"
FEWEST = 30
"""Schools with fewer pupils are not counted: shrinkage covers on average over schools, and these hardly vary."""

EFFECTS = (
    *("weak", "watch", "decline_one", "decline_two", "came_down", "imbalance", "follow_up", "class_spread"),
    *("tier_first", "tier_third", "award", "good_practice"),
)
"""Judgements of what schools, classes and teachers add: in a city of equals every name is wrong. The others
(low rates, participation, match, open questions) are about intakes and rosters, which differ there too."""
WHOLE = (TOTAL, "", "all")


def prepared(draws: int = 1000) -> Settings:
    """The demo's settings with the draws of a simulation and nothing that only a report shows."""
    found = settings.load(PARAMS)
    model = found.params.model.model_copy(
        update={"draws": draws, "null_runs": 0, "growth_percentiles": False}
    )
    return replace(found, params=found.params.model_copy(update={"model": model}))


def of_papers(tables: Tables) -> dict[str, Frame]:
    """The tables with some papers and the total, and without item marks."""
    made = dict(tables)
    for name in ("papers", "scores", "teachings"):
        made[name] = made[name][made[name]["subject"].isin((*PAPERS, TOTAL))].reset_index(drop=True)
    return made | {name: made[name].iloc[:0] for name in ("items", "item_table")}


def newest(found: Settings, tables: Tables) -> dict[str, Frame]:
    """Results of the reported exam, after those of the cohorts before it that the tables have."""
    exam = found.params.report_exam or ""
    known = set(tables["exams"]["exam"])
    earlier: list[tuple[Exam, Tables]] = []
    for one in found.chain(exam):
        if one.id in known:
            earlier.append((one, build(found, one.id, tables, earlier, reported=False)))
    return dict(earlier[-1][1])


def compared(found: Settings, results: Tables, truth: Frame) -> Frame:
    """Schools of the reported exam on the total: true effect, n, planted beside the interval lo, hi and effect."""
    exam = found.params.report_exam
    added = results["value_added"].query("level == 'school' and subject == @TOTAL").set_index("unit")
    known = truth[(truth["exam"] == exam) & (truth["subject"] == TOTAL)].set_index("school")
    known = known[["effect", "n", "planted"]].rename(columns={"effect": "true"})
    return known.join(added[["effect", "lo", "hi"]], how="inner").dropna(subset=["effect"])


def seen(found: Settings, seed: int) -> Seen:
    """One city with effects and one without."""
    tables, truth = direct.tables(seed)
    results = newest(found, of_papers(tables))
    pairs = compared(found, results, truth)
    fair = pairs[(pairs["planted"] == "") & (pairs["n"] >= FEWEST)]
    planted = pairs[pairs["planted"] != ""]
    nothing, _ = direct.tables(seed, null=True)
    return {
        "covered": int(((fair["lo"] <= fair["true"]) & (fair["true"] <= fair["hi"])).sum()),
        "intervals": len(fair),
        "planted": {str(k): float(e) for k, e in zip(planted["planted"], planted["effect"], strict=True)},
        "declining": declines(results["judgements"], set(pairs.index[pairs["planted"] == "declining"])),
        "named": dict(names(newest(found, of_papers(nothing)))),
    }


def declines(judgements: Frame, schools: set[str]) -> bool:
    """Whether one of the schools is named as declining, on any paper."""
    named = judgements[judgements["judgement"].isin(("decline_one", "decline_two"))]
    return bool((named["unit"].isin(schools) & (named["status"] == "found")).any())


def names(results: Tables) -> Iterator[tuple[str, list[int]]]:
    """Judgement → schools named on the total (or without a paper), schools named on anything, pairs of unit and
    paper named, schools there are, pairs that were asked.
    """
    units, judgements = results["units"], results["judgements"]
    schools = int((units["level"] == Level.school).sum())
    for key in EFFECTS:
        rows = judgements[judgements["judgement"] == key]
        found = rows[rows["status"] == "found"]
        school = found["unit"].str.split("/").str[0]
        whole = found["subject"].isin(WHOLE)
        yield key, [school[whole].nunique(), school.nunique(), len(found), schools, len(rows)]


def kept(found: Settings, seed: int, folder: Path) -> Seen:
    """What a seed gave: from the folder, else worked out and put there."""
    path = folder / f"{seed}.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(seen(found, seed)), encoding="utf-8")
    known: Seen = json.loads(path.read_text(encoding="utf-8"))
    return known


def report(all_seen: list[Seen]) -> None:
    """The seeds so far, in words."""
    covered, intervals = (sum(one[key] for one in all_seen) for key in ("covered", "intervals"))
    declining = sum(one["declining"] for one in all_seen)
    print(f"coverage {covered / intervals:.3f} of {intervals}; decliner named {declining}/{len(all_seen)}")
    for key in sorted({key for one in all_seen for key in one["planted"]}):
        effects = np.array([one["planted"][key] for one in all_seen if key in one["planted"]])
        print(f"  {key}: mean effect {effects.mean():+.3f}, above expectation in {(effects > 0).mean():.0%}")
    print("  null city, shares named: schools on the total, schools on anything, pairs of unit and paper")
    for key in EFFECTS:
        total, any_paper, pairs, schools, asked = np.sum([one["named"][key] for one in all_seen], axis=0)
        print(f"    {key:14} {total / schools:.4f} {any_paper / schools:.4f} {pairs / max(asked, 1):.4f}")


def main(seeds: int, outputs: Path) -> None:
    found = prepared()
    made_by = state.key(state.code("results"), state.code("demo"), Path(__file__).read_text("utf-8"))
    folder = outputs / "sim_demo" / made_by[:12]
    all_seen: list[Seen] = []
    for seed in range(1, seeds + 1):
        all_seen.append(kept(found, seed, folder))
        print(f"after {seed} seeds, {time.process_time():.0f} CPU s", flush=True)
    report(all_seen)


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 20, Path(words[1]) if len(words) > 1 else PARAMS.parents[1] / "outputs")
