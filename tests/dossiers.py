"""Plausible synthetic dossiers straight from the schemas, so that pages can be drawn without the pipeline.

`school()` and `city()` are a full junior-school exam; `plain()` is one subject without full marks, classes, items
or lines; `tiny()` a school with too few pupils; `unlinked()` an exam without a baseline. Numbers agree roughly with
each other; they are not meant to be checked against anything.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from analysis.report.facts import Facts
from analysis.tables import RESULTS, TABLES

SUBJECTS = [
    ("chinese", "语文", 120.0),
    ("math", "数学", 120.0),
    ("english", "英语", 120.0),
    ("physics", "物理", 70.0),
    ("chemistry", "化学", 50.0),
    ("politics", "道德与法治", 60.0),
    ("history", "历史", 60.0),
]
SECTORS = ("镇办", "市直", "民办")
LINES = [
    {"key": "demo_high", "name": "示范高中参考线", "total": 452.0},
    {"key": "ordinary", "name": "普通高中参考线", "total": 368.0},
]
BASES = {"expected": 318, "sat": 312, "matched": 301}
Rows = list[dict[str, Any]]
_EMPTY = {"text": "", "int": 0, "float": 0.0, "bool": False}


def table(name: str, rows: Rows) -> dict[str, Any]:
    """Columns and rows of a results table without its exam column; unnamed columns are empty."""
    columns = [column for column in TABLES[name].columns if column.name != "exam"]
    unknown = {key for row in rows for key in row} - {column.name for column in columns}
    if unknown:
        raise KeyError(f"{name} has no {unknown}")
    empty = {c.name: None if c.nullable else _EMPTY[c.kind] for c in columns}
    body = [[_rounded({**empty, **row}[c.name]) for c in columns] for row in rows]
    return {"columns": [c.name for c in columns], "rows": body}


def _rounded(value: Any) -> Any:
    return round(float(value), 8) if isinstance(value, float) else value


def verdict(e: float, lo: float, hi: float, s: float = 0.15) -> str:
    """The five-level word of a difference."""
    if lo > 0:
        return "much_above" if e >= s else "above"
    if hi < 0:
        return "much_below" if e <= -s else "below"
    return "around" if lo >= -s and hi <= s else "unclear"


def judged(e: float, se: float, reference: float = 0.0, down: bool = False) -> dict[str, Any]:
    """value, lo, hi and verdict of an estimate."""
    lo, hi = e - 1.96 * se, e + 1.96 * se
    d = (
        (reference - e, reference - hi, reference - lo)
        if down
        else (e - reference, lo - reference, hi - reference)
    )
    return {"value": e, "lo": lo, "hi": hi, "verdict": verdict(*d)}


class World:
    """A city of schools with their true-looking figures."""

    def __init__(
        self, seed: int = 7, schools: int = 24, subjects: list[tuple[str, str, float]] | None = None
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.subjects = SUBJECTS if subjects is None else subjects
        self.codes = [s[0] for s in self.subjects]
        self.columns = (["total"] if len(self.codes) > 1 else []) + self.codes
        self.full = {"total": sum(s[2] for s in self.subjects), **{s[0]: s[2] for s in self.subjects}}
        self.schools = [f"{i:04d}" for i in range(101, 101 + schools)]
        self.names = {s: f"青禾市第{i + 1}初级中学" for i, s in enumerate(self.schools)}
        self.sector = {s: SECTORS[0 if i < 14 else 1 if i < 20 else 2] for i, s in enumerate(self.schools)}
        self.start = {s: float(self.rng.normal(0, 0.3)) for s in self.schools}
        common = {s: float(self.rng.normal(0, 0.16)) for s in self.schools}
        self.effect = {
            (s, c): common[s] + (0.0 if c == "total" else float(self.rng.normal(0, 0.14)))
            for s in self.schools
            for c in self.columns
        }
        me = self.schools[0]
        self.start[me] = -0.3
        planted = (0.145, 0.11, 0.31, -0.17, 0.33, 0.2, 0.06, 0.02)
        self.effect.update({(me, c): e for c, e in zip(self.columns, planted, strict=False)})
        self.classes = [f"{me}/90{k}" for k in range(1, 7)]
        self.n = {s: 300 + 7 * (i % 9) for i, s in enumerate(self.schools)}

    def units(self) -> list[tuple[str, str]]:
        """(level, unit) from the city down to the schools."""
        return [("city", "city"), *(("sector", s) for s in SECTORS), *(("school", s) for s in self.schools)]

    def members(self, level: str, unit: str) -> list[str]:
        chosen = {"city": self.schools, "sector": [s for s in self.schools if self.sector[s] == unit]}
        return chosen.get(level, [unit])

    def mean(self, level: str, unit: str, what: dict[Any, float], subject: str = "") -> float:
        if level == "city":
            return 0.0
        return float(np.mean([what[(s, subject)] if subject else what[s] for s in self.members(level, unit)]))

    def achievement(self, level: str, unit: str, subject: str) -> float:
        return 0.72 * self.mean(level, unit, self.start) + self.mean(level, unit, self.effect, subject)


def _units(w: World) -> Rows:
    rows = []
    for level, unit in w.units():
        n = sum(w.n[s] for s in w.members(level, unit))
        name = {"city": "青禾市", "school": w.names.get(unit, "")}.get(level, unit)
        rows.append(
            {
                "level": level,
                "unit": unit,
                "name": name,
                "school": unit if level == "school" else "",
                "sector": w.sector.get(unit, ""),
                "township": "柳湖镇",
                "expected": n + 6,
                "sat": n,
                "matched": n - 11,
            }
        )
    me = w.schools[0]
    return rows + [
        {"level": "class", "unit": c, "name": c[-3:], "school": me, "expected": 53, "sat": 52, "matched": 50}
        for c in w.classes
    ]


def _participation(w: World) -> Rows:
    rows = []
    for level, unit in w.units():
        n = sum(w.n[s] for s in w.members(level, unit))
        rows += [
            {
                "level": level,
                "unit": unit,
                "subject": c,
                "expected": n + 6,
                "sat": n,
                "absent": 5,
                "deferred": 1,
                "matched": n - 11,
                "rate": n / (n + 6),
                "rate_lo": n / (n + 6) - 0.02,
                "rate_hi": min(1.0, n / (n + 6) + 0.01),
            }
            for c in w.columns
        ]
    return rows


def _indicators(w: World) -> Rows:
    rows: Rows = []
    for level, unit in [*w.units(), *(("class", c) for c in w.classes)]:
        for c in w.columns:
            rows += _indicators_of(w, level, unit, c)
    for level, unit in w.units():
        a = w.achievement(level, unit, w.columns[0])
        rows.append(
            {
                "level": level,
                "unit": unit,
                "subject": "all",
                "indicator": "all_pass_rate",
                "reference": 0.42,
                "n": 312,
                **judged(0.42 + 0.12 * a, 0.03, 0.42),
            }
        )
    return rows


def _indicators_of(w: World, level: str, unit: str, c: str) -> Rows:
    if level == "class":
        k = w.classes.index(unit)
        start, a = -0.3 + 0.05 * (k - 2.5), w.achievement("school", unit[:4], c) + 0.04 * (k - 2.5)
        n, se = 50, 0.13
    else:
        start, a = w.mean(level, unit, w.start), w.achievement(level, unit, c)
        n, se = sum(w.n[s] for s in w.members(level, unit)), 0.06
    full = w.full[c]
    shared = {"level": level, "unit": unit, "subject": c, "n": n}
    ranks = {"rank_lo": 6, "rank_hi": 14} if level == "school" else {}
    mean, sd = full * (0.61 + 0.14 * a), full * 0.15
    rows = [
        {"indicator": "achievement", "reference": 0.0, **judged(a, se), **ranks},
        {"indicator": "mean", "reference": full * 0.61, **judged(mean, se * sd, full * 0.61)},
        {"indicator": "sd", "reference": sd, "value": sd * 0.98, "lo": sd * 0.9, "hi": sd * 1.05},
        {"indicator": "score_sd_ratio", "reference": 1.0, **judged(0.98, 0.04, 1.0)},
        {
            "indicator": "over_mean_rate",
            "reference": 0.0,
            **judged((mean - full * 0.61) / (full * 0.61), se * 0.25),
        },
        {"indicator": "mean_t", "reference": 50.0, **judged(50 + 10 * a, 10 * se, 50)},
    ]
    if c in ("total", "chinese", "math", "english", "exam"):
        rows.append({"indicator": "start", "reference": 0.0, **judged(start, se), **ranks})
    for key, city, slope in (
        ("excellent_rate", 0.06, 0.05),
        ("good_rate", 0.3, 0.2),
        ("pass_rate", 0.58, 0.22),
        ("score_rate", 0.61, 0.14),
        ("low_rate", 0.09, -0.08),
        ("very_low_rate", 0.03, -0.03),
    ):
        rows.append(
            {"indicator": key, "reference": city, **judged(max(0.0, city + slope * a), 0.02, city, slope < 0)}
        )
    if c != "total" and level != "class":
        own = w.achievement(level, unit, w.columns[0])
        rows.append({"indicator": "subject_balance", "reference": 0.0, **judged(a - own, 0.04)})
    rows.append({"indicator": "s_value", "reference": 56.0, **judged(56 + 12 * a, 1.5, 56), **ranks})
    return [{**shared, **row} for row in rows]


def _value_added(w: World) -> Rows:
    rows: Rows = []
    marks = {c: 0.15 * w.full[c] for c in w.columns}
    for level, unit in w.units():
        if level == "city":
            continue
        for c in w.columns:
            e = w.mean(level, unit, w.effect, c)
            rows.append(
                _added(level, unit, c, e, 0.055, marks[c], sum(w.n[s] for s in w.members(level, unit)))
            )
    me = w.schools[0]
    for k, unit in enumerate(w.classes):
        rows += [
            _added(
                "class",
                unit,
                c,
                w.effect[(me, c)] + 0.35 * np.sin(3 * k + 2 * i) * 0.6,
                0.085,
                marks[c],
                50,
                w.effect[(me, c)],
            )
            for i, c in enumerate(w.columns)
        ]
    for c in ("math", "english", "physics"):
        rows += [
            _added(
                "teacher",
                f"{me}/{c}/T{k}",
                c,
                w.effect.get((me, c), 0.0) + 0.05 * (k - 2),
                0.07,
                marks.get(c, 10.0),
                100,
            )
            for k in (1, 2, 3)
        ]
    return rows


def _added(
    level: str, unit: str, c: str, e: float, se: float, marks: float, n: int, school: float = 0.0
) -> dict[str, Any]:
    e = float(e)
    figure = judged(e, se)
    top = float(1 / (1 + np.exp(-(e - 0.11) / 0.03)))
    bottom = float(1 / (1 + np.exp((e + 0.11) / 0.03)))
    tier = (
        "first"
        if top >= 0.8
        else "third"
        if bottom >= 0.8
        else "middle"
        if 1 - top - bottom >= 0.8
        else "between"
    )
    return {
        "level": level, "unit": unit, "subject": c, "effect": e, "se": se, "lo": figure["lo"], "hi": figure["hi"],
        "own": e - school, "own_lo": e - school - 2 * se, "own_hi": e - school + 2 * se,
        "raw": e * 1.15, "raw_lo": e * 1.15 - 2.2 * se, "raw_hi": e * 1.15 + 2.2 * se, "marks": e * marks, "reliability": 0.88,
        "rank_lo": 3 if level == "school" else None, "rank_hi": 11 if level == "school" else None,
        "p_above": float(1 / (1 + np.exp(-e / 0.03))), "p_weak": float(1 / (1 + np.exp((e + 0.1) / 0.03))), "p_own": 0.1,
        "p_top": top, "p_bottom": bottom, "tier": tier, "p_again": None if tier == "between" else 0.6,
        "q": float(1 / (1 + abs(e / 0.05) ** 3)) if level == "school" else None, "n": n, "verdict": figure["verdict"],
    }  # fmt: skip


def _bands(w: World, me: str) -> Rows:
    rows: Rows = []
    for c in w.columns:
        for band in range(1, 6):
            e = w.effect[(me, c)] + (0.06 * (3 - band))
            rows.append(
                {
                    "level": "school",
                    "unit": me,
                    "subject": c,
                    "band": band,
                    "value": e,
                    "lo": e - 0.12,
                    "hi": e + 0.12,
                    "n": 90 - 12 * band,
                    "verdict": "above" if e > 0.12 else "below" if e < -0.12 else "unclear",
                }
            )
    return rows


def _growth(w: World) -> Rows:
    return [
        {"level": level, "unit": unit, "subject": c, "value": 50 + 30 * e, "lo": 46 + 30 * e, "hi": 54 + 30 * e, "median": 50 + 34 * e, "q1": 27 + 20 * e, "q3": 74 + 20 * e, "n": 301}
        for level, unit in w.units() if level == "school" for c in w.columns for e in (w.effect[(unit, c)],)
    ]  # fmt: skip


def _transitions(me: str) -> Rows:
    counts = [
        [43, 24, 13, 7, 3],
        [18, 20, 16, 9, 4],
        [8, 14, 17, 13, 6],
        [3, 8, 12, 16, 12],
        [1, 2, 5, 10, 15],
    ]
    return [
        {"level": level, "unit": unit, "band_from": i + 1, "band_to": j + 1, "n": k * m, "share": k / sum(row)}
        for level, unit, m in (("school", me, 1), ("city", "city", 28)) for i, row in enumerate(counts) for j, k in enumerate(row)
    ]  # fmt: skip


def _distributions(w: World, me: str) -> Rows:
    rows: Rows = []
    edges = np.arange(22.5, 77.6, 5)
    centre = edges[:-1] + 2.5
    own, city = np.exp(-(((centre - 47) / 9.5) ** 2) / 2), np.exp(-(((centre - 50) / 10) ** 2) / 2)
    rows += _bins(me, w.columns[0], "prior", edges, own / own.sum(), city / city.sum())
    edges = np.arange(0.0, w.full[w.columns[0]] + 1, 40 if len(w.codes) > 1 else 10)
    centre = (edges[:-1] + edges[1:]) / 2
    top = w.full[w.columns[0]]
    own, city = (
        np.exp(-(((centre - 0.6 * top) / (0.14 * top)) ** 2) / 2),
        np.exp(-(((centre - 0.61 * top) / (0.16 * top)) ** 2) / 2),
    )
    rows += _bins(me, w.columns[0], "score", edges, own / own.sum(), city / city.sum())
    for band, share in enumerate((0.298, 0.213, 0.19, 0.19, 0.109)):
        rows.append(
            {
                "level": "school",
                "unit": me,
                "subject": w.columns[0],
                "kind": "prior_band",
                "bin": band + 1,
                "start": 0.2 * band,
                "stop": 0.2 * band + 0.2,
                "n": round(share * 301),
                "share": share,
                "lo": share - 0.045,
                "hi": share + 0.05,
                "city": 0.2,
            }
        )
    return rows


def _bins(me: str, subject: str, kind: str, edges: Any, own: Any, city: Any) -> Rows:
    return [
        {"level": "school", "unit": me, "subject": subject, "kind": kind, "bin": i, "start": float(edges[i]), "stop": float(edges[i + 1]), "n": round(312 * a), "share": float(a), "lo": max(0.0, float(a) - 0.03), "hi": float(a) + 0.03, "city": float(b)}
        for i, (a, b) in enumerate(zip(own, city, strict=True))
    ]  # fmt: skip


def _lines(w: World, me: str) -> tuple[Rows, Rows]:
    lines = [
        {"level": "school", "unit": me, "line": line["key"], "name": line["name"], "mark": line["total"], "reached": k, "value": k / 312, "lo": k / 312 - 0.05, "hi": k / 312 + 0.05, "city": city, "below": below, "above": 12, "delta": 9.0, "n": 312}
        for line, k, city, below in zip(LINES, (57, 159), (0.225, 0.563), (13, 12), strict=True)
    ]  # fmt: skip
    effective = []
    for i, c in enumerate(w.codes):
        hit, given = 0.86 - 0.02 * i, 0.9 - 0.14 * (c == "english") - 0.01 * i
        effective.append(
            {
                "level": "school",
                "unit": me,
                "line": "ordinary",
                "subject": c,
                "mark": round(w.full[c] * 0.63),
                "method": "head_count",
                "own": 0.5 + 0.02 * i,
                "hit": hit,
                "hit_lo": hit - 0.06,
                "hit_hi": hit + 0.05,
                "contribution": given,
                "contribution_lo": given - 0.06,
                "contribution_hi": given + 0.05,
                "city_hit": 0.85,
                "city_contribution": 0.86,
                "n": 312,
            }
        )
    return lines, effective


def _items(w: World) -> tuple[Rows, Rows]:
    topics = [
        "词汇辨析与运用",
        "语法填空",
        "完形填空",
        "阅读：细节理解",
        "阅读：推断与主旨",
        "补全对话",
        "任务型阅读",
        "书面表达",
    ]
    items, grouped = [], []
    for level, unit in [("school", w.schools[0]), ("city", "city")]:
        for q in range(26):
            topic = q * 8 // 26
            city, gap = 0.85 - 0.018 * q, (-0.02 - 0.013 * topic) if level == "school" else 0.0
            items.append(
                {
                    "level": level,
                    "unit": unit,
                    "subject": "english",
                    "item": str(q + 1),
                    "order": q + 1,
                    "topic": topics[topic],
                    "ability": "理解" if q % 2 else "运用",
                    "full_mark": 5.0 if q < 25 else 15.0,
                    "value": city + gap,
                    "lo": city + gap - 0.04,
                    "hi": city + gap + 0.04,
                    "city": city,
                    "gap": gap,
                    "gap_lo": gap - 0.04,
                    "gap_hi": gap + 0.04,
                    "p_gap": 0.95 if gap < -0.06 else 0.2,
                    "discrimination": 0.42 if q != 3 else 0.12,
                    "upper_lower": 0.45,
                    "blank_rate": 0.02,
                    "expected_rate": city + 0.03,
                    "n": 312,
                }
            )
        for kind, names in (("topic", topics), ("ability", ["理解", "运用"])):
            for i, name in enumerate(names):
                gap = -0.01 - 0.014 * i if level == "school" else 0.0
                grouped.append(
                    {
                        "level": level,
                        "unit": unit,
                        "subject": "english",
                        "kind": kind,
                        "topic": name,
                        "items": 3 if i else 1,
                        "marks": 15.0,
                        "value": 0.65 + gap,
                        "lo": 0.65 + gap - 0.03,
                        "hi": 0.65 + gap + 0.03,
                        "city": 0.65,
                        "gap": gap,
                        "gap_lo": gap - 0.03,
                        "gap_hi": gap + 0.03,
                        "p_gap": 0.95 if gap < -0.06 else 0.3,
                        "n": 312,
                    }
                )
    return items, grouped


def _papers(w: World) -> Rows:
    return [
        {"subject": c, "full_mark": w.full[c], "n": 9397, "mean": w.full[c] * 0.61, "sd": w.full[c] * 0.15, "difficulty": 0.61 + 0.03 * i, "discrimination": 0.45 - 0.05 * i, "alpha": 0.91 if c == "english" else None, "sem": 6.1 if c == "english" else None, "items": 26 if c == "english" else 0, "distinct": 180, "ceiling": 0.001, "zero": 0.0, "capped": False, "nominal_weight": w.full[c] / w.full["total"], "effective_weight": w.full[c] / w.full["total"] + 0.01, "reliability": 0.91, "z_per_mark": 1 / (0.15 * w.full[c])}
        for i, c in enumerate(w.columns)
    ]  # fmt: skip


def _fits(w: World) -> Rows:
    terms = {
        "beta:intercept": 0.0023,
        "beta:prior": 0.5633,
        "variance:school": 0.094,
        "variance:class": 0.03,
        "variance:residual": 0.566,
        "icc": 0.142,
        "loglik": -4684.3826,
        "reliability": 0.9,
        "intake_correlation": 0.03,
    }
    return [
        {
            "subject": c,
            "term": term,
            "value": value,
            "se": 0.02 if term.startswith("beta") else None,
            "lo": value - 0.04,
            "hi": value + 0.04,
        }
        for c in w.columns
        for term, value in terms.items()
    ]


def _panel(w: World, me: str) -> Rows:
    fits = ("core", "uncorrected", "rho_low", "rho_high", "within", "same_only", "mean_z")
    return [
        {
            "level": "school",
            "unit": me,
            "subject": c,
            "fit": fit,
            "value": w.effect[(me, c)] - 0.005 * i,
            "lo": w.effect[(me, c)] - 0.1,
            "hi": w.effect[(me, c)] + 0.1,
            "rank": 5 + i,
            "agrees": True,
        }
        for c in w.columns
        for i, fit in enumerate(fits)
    ]


def _gap(w: World, me: str) -> Rows:
    rows = []
    for c in w.columns:
        parts = {
            "start": -0.222,
            "value_added": w.effect[(me, c)],
            "chance": 0.15 * w.effect[(me, c)],
            "unmatched": -0.012,
        }
        parts["all"] = sum(parts.values())
        rows += [
            {"level": "school", "unit": me, "subject": c, "part": part, "value": value}
            for part, value in parts.items()
        ]
    return rows


def _trends(w: World, me: str) -> tuple[Rows, Rows]:
    trends, changes = [], []
    for c in w.columns:
        for measure, now in (
            ("start", -0.3),
            ("progress", w.effect[(me, c)]),
            ("achievement", -0.22 + w.effect[(me, c)]),
        ):
            path = [now - 0.2, now - 0.12, now - 0.1, now]
            trends += [
                {
                    "level": "school",
                    "unit": me,
                    "subject": c,
                    "measure": measure,
                    "past": f"g9-{y}",
                    "title": f"{y}届一模",
                    "date": f"{y}-03-18",
                    "cohort": str(y),
                    "value": v,
                    "lo": v - 0.12,
                    "hi": v + 0.12,
                    "n": 300,
                }
                for y, v in zip(range(2023, 2027), path, strict=True)
            ]
            changes.append(
                {
                    "level": "school",
                    "unit": me,
                    "subject": c,
                    "measure": measure,
                    "past": "g9-2025",
                    "before": now - 0.1,
                    "expected": 0.02,
                    **judged(0.1, 0.06),
                }
            )
    c = w.columns[0]
    for other in w.schools[1:]:
        before = 0.8 * w.effect[(other, c)] + 0.02
        step = judged(w.effect[(other, c)] - before, 0.06)
        changes.append(
            {
                "level": "school",
                "unit": other,
                "subject": c,
                "measure": "progress",
                "past": "g9-2025",
                "before": before,
                "expected": 0.0,
                **step,
            }
        )
    return trends, changes


def _judgements(me: str) -> Rows:
    shared = {"level": "school", "unit": me, "cohorts": 1, "evidence": "value_added:school"}
    return [
        {**shared, "subject": "english", "judgement": "watch", "status": "found", "probability": 0.91, "value": -0.17, "lo": -0.28, "hi": -0.06},
        {**shared, "subject": "total", "judgement": "decline_one", "status": "clear", "probability": 0.02, "value": 0.1, "lo": 0.0, "hi": 0.2},
        {**shared, "subject": "math", "judgement": "good_practice", "status": "found", "probability": 0.95, "value": 0.31, "lo": 0.2, "hi": 0.42},
    ]  # fmt: skip


def _advice(me: str) -> Rows:
    shared = {"level": "school", "unit": me, "next_exam": "", "probability": 0.92}
    return [
        {**shared, "rank": 1, "finding": "weak_subject", "subject": "english", "measure": "weak_subject.1", "owner": "research_office", "within": "weeks_2", "recheck": "subject_value_added", "direction": "up", "value": -0.17, "lo": -0.28, "hi": -0.06, "evidence": "value_added:english"},
        {**shared, "rank": 2, "finding": "weak_subject", "subject": "english", "measure": "weak_subject.2", "owner": "subject_group", "within": "term", "recheck": "subject_value_added", "direction": "up", "value": -0.17, "lo": -0.28, "hi": -0.06, "evidence": "value_added:english"},
        {**shared, "rank": 3, "finding": "knowledge_weak", "subject": "english", "target": "书面表达", "measure": "knowledge_weak.2", "owner": "teacher", "within": "weeks_3", "recheck": "knowledge_mastery_gap", "direction": "up", "value": -0.108, "lo": -0.14, "hi": -0.08, "evidence": "topics:书面表达"},
        {**shared, "rank": 3, "finding": "good_practice", "subject": "math", "measure": "good_practice.1", "owner": "research_office", "within": "months_2", "recheck": "school_value_added", "direction": "stay", "value": 0.31, "lo": 0.2, "hi": 0.42, "evidence": "value_added:math"},
    ]  # fmt: skip


def _growth_points(me: str) -> Rows:
    shared = {"level": "school", "unit": me}
    return [
        {**shared, "rank": 1, "kind": "subject", "subject": "english", "gain": 3.6, "lo": 0.9, "hi": 6.2, "probability": 0.97, "feasible": 0.71, "n": 301},
        {**shared, "rank": 2, "kind": "band", "subject": "total", "target": "4", "gain": 3.0, "lo": 0.4, "hi": 5.5, "probability": 0.9, "feasible": 0.64, "n": 89},
        {**shared, "rank": 3, "kind": "topic", "subject": "english", "target": "书面表达", "gain": 1.9, "lo": 1.2, "hi": 2.6, "probability": 0.99, "feasible": 0.55, "n": 312},
    ]  # fmt: skip


def _tracking(me: str) -> Rows:
    shared = {"level": "school", "unit": me, "past": "g9-2025", "owner": "subject_group"}
    return [
        {**shared, "rank": 1, "finding": "weak_subject", "subject": "physics", "measure": "weak_subject.2", "before": 0.15, "after": 0.33, "value": 0.18, "lo": 0.06, "hi": 0.32, "expected": -0.03, "status": "better"},
        {**shared, "rank": 2, "finding": "weak_subject", "subject": "english", "measure": "weak_subject.3", "before": -0.09, "after": -0.17, "value": -0.08, "lo": -0.2, "hi": 0.05, "expected": 0.02, "status": "same"},
    ]  # fmt: skip


def tables(w: World) -> dict[str, Rows]:
    """All results tables of the world, every level that a dossier may hold."""
    me = w.schools[0]
    lines, effective = _lines(w, me)
    items, topics = _items(w)
    trends, changes = _trends(w, me)
    judgements, tracking, advice, growth = _judgements(me), _tracking(me), _advice(me), _growth_points(me)
    return {
        "units": _units(w), "participation": _participation(w), "indicators": _indicators(w), "value_added": _value_added(w),
        "value_added_bands": _bands(w, me), "growth": _growth(w), "transitions": _transitions(me),
        "distributions": _distributions(w, me), "lines": lines, "effective": effective, "papers_quality": _papers(w),
        "item_quality": items, "topics": topics, "fits": _fits(w), "panel": _panel(w, me), "gap": _gap(w, me),
        "trends": trends, "changes": changes, "judgements": judgements, "advice": advice, "growth_points": growth,
        "tracking": tracking,
        "outflow": [{"level": "school", "unit": me, "start": 316, "gone": 15, "value": -0.31, "lo": -0.6, "hi": -0.02}],
        "issues_summary": [{"level": "city", "unit": "city", "severity": "question", "code": "zero_after_mark", "n": 1}, {"level": "school", "unit": me, "severity": "question", "code": "zero_after_mark", "n": 1}, {"level": "school", "unit": me, "severity": "note", "code": "repeat", "n": 2}],
        "policy": [{"rule": "no_pupil_ranks", "subject": "pupil_ranks", "state": "off", "note": ""}],
        "trust": [*({"key": f"null:{key}", "value": value, "lo": value / 2, "n": 200} for key, value in (("watch", 0.3), ("tier_first", 0.05), ("tier_third", 0.04))), {"key": "backtest:slope", "value": 0.96, "lo": 0.7, "hi": 1.2, "n": 24}],
        "equity": [{"subject": w.columns[0], "key": key, "value": value, "lo": value * 0.7, "hi": value * 1.3, "n": 24} for key, value in (("icc", 0.21), ("icc_given_start", 0.09), ("cv_between", 0.11), ("cv_raw", 0.13))],
        "benchmark": [{"county": county, "subject": c, "mean": w.full[c] * (0.6 + 0.01 * i), "sd": w.full[c] * 0.15, "n": 9000 + i, "pass_rate": 0.55 + 0.01 * i, "excellent_rate": 0.06} for i, county in enumerate(("甲县", "乙市", "丙县")) for c in w.columns],
    }  # fmt: skip


def meta(w: World, report: str, unit: str, **changed: Any) -> dict[str, Any]:
    """Meta data as the dossier writes it."""
    exam = {
        "id": "g9-2026",
        "title": "2025—2026学年九年级第一次模拟考试",
        "date": "2026-03-18",
        "grade": 9,
        "kind": "mock",
    }
    name = w.names.get(unit, "青禾市")
    made = {
        "report": report, "unit": unit, "name": name, "short": name, "sector": w.sector.get(unit, ""), "audience": "school" if report == "school" else "bureau",
        "city": {"code": "demo", "name": "青禾市", "bureau": "青禾市教育体育局教学研究室"}, "exam": exam,
        "baseline": {"id": "g6-2023", "title": "2022—2023学年六年级学业质量监测", "date": "2023-06-20", "grade": 6, "kind": "monitor"}, "previous": {**exam, "id": "g9-2025", "title": "2024—2025学年九年级第一次模拟考试", "date": "2025-03-19"},
        "subjects": [{"code": c, "name": "", "full_mark": full} for c, _, full in w.subjects], "total_full": w.full["total"] if len(w.codes) > 1 else None,
        "lines": LINES, "indicator_lines": {"excellent": 0.85, "good": 0.7, "passing": 0.6, "low": 0.4},
        "composites": [{"key": "s_value", "name": "S值", "parts": {"pass_rate": 0.5, "score_rate": 0.45, "excellent_rate": 0.05}}],
        "thresholds": {"meaningful": 0.15, "weak_effect": -0.1, "weak_probability": 0.9, "watch_probability": 0.8, "own_effect": -0.05, "decline_step": -0.05, "decline_total": -0.1, "decline_probability": 0.9, "balance": 0.2, "balance_probability": 0.9, "spread_probability": 0.99, "tier_share": 0.25, "tier_probability": 0.8, "award_places": 8, "list_error": 0.1, "participation": 0.95, "matched": 0.8, "matched_floor": 0.6, "tipping": 0.5},
        "privacy": {"hidden_below": 11, "note_below": 20}, "model": {"prior_correction": True, "reliability_paper": 0.87, "reliability_total": 0.95, "other_subjects": True, "spline": True, "scale": "normal", "school_slope": False, "covariates": [], "draws": 2000, "null_runs": 200, "seed": 20260901, "growth_percentiles": True},
        "policy": {"mode": "by_date", "reason": "", "authority": None, "rules": {"name": {"zh": "2025年日常考试管理规定", "en": "rules of December 2025"}, "from": "2025-12-16", "sources": [{"issuer": "教育部办公厅", "document": "关于进一步加强中小学日常考试管理的通知"}]}}, "n_schools": len(w.schools), "one_class_schools": False, "note": "", "chance_imbalance": 0.36, "moves": {"up": 0.29, "down": 0.3}, "language": "zh",
        "provenance": {"sheets": ["九年级一模.xlsx"], "content": "4f1c09be72a60000", "settings": "07ad61f3e95c" + "0" * 52, "versions": {"pandas": "3.1.1", "numpy": "2.4.6"}},
        "issues": {"error": 0, "question": 1, "note": 2}, "elsewhere": {},
    }  # fmt: skip
    return {**made, **changed}


def _peers(w: World, me: str) -> dict[str, Any]:
    others = [s for s in w.schools if s != me]
    rows = [[c, "progress", round(w.effect[(s, c)], 8)] for c in w.columns for s in others]
    rows += [
        [c, "start", round(w.start[s], 8)]
        for c in ("total", "chinese", "math", "english", "exam")
        if c in w.columns
        for s in others
    ]
    rows += [[c, "achievement", round(w.achievement("school", s, c), 8)] for c in w.columns for s in others]
    points = sorted([round(w.start[s], 8), round(w.effect[(s, w.columns[0])], 8)] for s in others)
    return {
        "peers": {"columns": ["subject", "measure", "value"], "rows": sorted(rows)},
        "peer_points": {"columns": ["start", "progress"], "rows": points},
    }


def facts(w: World, report: str, drop: tuple[str, ...] = (), **changed: Any) -> Facts:
    """The facts of a school's (the first) or the city's dossier; tables named in `drop` are empty."""
    me = w.schools[0]
    made: dict[str, Any] = {}
    found = tables(w)
    for name in RESULTS:
        rows = [] if name in drop else found.get(name, [])
        if report == "school":
            rows = [r for r in rows if r.get("level") not in ("school",) or r["unit"] == me]
            rows = [r for r in rows if r.get("level") != "sector" or r["unit"] == w.sector[me]]
        made[name] = table(name, rows)
    if report == "school":
        made.update(_peers(w, me))
    return Facts(
        meta(w, report, me if report == "school" else "city", **changed), made, "e2905ab8d31f" + "0" * 52
    )


def school(**changed: Any) -> Facts:
    """A junior school's full report."""
    return facts(World(), "school", **changed)


def city(**changed: Any) -> Facts:
    """The city's full report."""
    return facts(World(), "city", **changed)


NO_EXTRAS = ("lines", "effective", "item_quality", "topics", "trends", "changes", "tracking", "outflow")


def plain(report: str = "school") -> Facts:
    """One subject, no full marks, no classes, no items, no lines, no earlier exam, in English; no roster."""
    w = World(subjects=[("exam", "Exam score", 100.0)])
    w.classes = []
    found = facts(
        w,
        report,
        drop=(*NO_EXTRAS, "advice", "judgements"),
        lines=[],
        previous=None,
        language="en",
        composites=[],
    )
    found.meta["subjects"] = [{"code": "exam", "name": "Exam score", "full_mark": None}]
    found.meta["city"] = {"code": "london", "name": "Inner London", "bureau": ""}
    _blank(
        found,
        "indicators",
        lambda row: "rate" in row["indicator"] or row["indicator"] == "s_value",
        "no_full_mark",
    )
    for name, column in (
        ("participation", "expected"),
        ("participation", "rate"),
        ("units", "expected"),
        ("papers_quality", "full_mark"),
        ("papers_quality", "difficulty"),
    ):
        _set(found, name, column, None)
    return found


def unlinked() -> Facts:
    """An exam without a baseline: nothing about start and progress."""
    gone = (
        "value_added",
        "value_added_bands",
        "growth",
        "transitions",
        "gap",
        "panel",
        "outflow",
        "advice",
        "judgements",
    )
    found = facts(World(), "school", drop=gone, baseline=None)
    for name, keep in (
        ("indicators", lambda r: r["indicator"] != "start"),
        ("distributions", lambda r: "prior" not in r["kind"]),
        ("trends", lambda r: r["measure"] == "achievement"),
        ("changes", lambda r: r["measure"] == "achievement"),
    ):
        content = found.tables[name]
        content["rows"] = [
            row for row in content["rows"] if keep(dict(zip(content["columns"], row, strict=True)))
        ]
    return found


def tiny() -> Facts:
    """A school of nine pupils: everything about it is hidden."""
    found = facts(
        World(),
        "school",
        drop=(
            "advice",
            "judgements",
            "growth_points",
            "tracking",
            "transitions",
            "distributions",
            "lines",
            "effective",
            "item_quality",
            "topics",
            "trends",
            "changes",
            "gap",
            "panel",
            "value_added_bands",
            "growth",
        ),
    )
    for name in ("indicators", "value_added"):
        _blank(found, name, lambda row: row["level"] != "city", "hidden")
    return found


def _blank(found: Facts, name: str, chosen: Any, flag: str) -> None:
    """Rows that are not shown: figures away, flag and verdict say why."""
    content = found.tables[name]
    columns = content["columns"]
    kinds = {c.name: c for c in TABLES[name].columns}
    for row in content["rows"]:
        if chosen(dict(zip(columns, row, strict=True))):
            for i, column in enumerate(columns):
                row[i] = None if kinds[column].nullable else row[i]
            row[columns.index("flag")] = flag
            row[columns.index("verdict")] = "hidden" if flag == "hidden" else "none"
            row[columns.index("n")] = 0 if flag == "hidden" else row[columns.index("n")]


def _set(found: Facts, name: str, column: str, value: Any) -> None:
    content = found.tables[name]
    place = content["columns"].index(column)
    for row in content["rows"]:
        row[place] = value


def write(folder: Path, **named: Facts) -> None:
    """Dossier files with their aliases, as `quality run` leaves them (for looking at pages)."""
    import hashlib

    folder.mkdir(parents=True, exist_ok=True)
    aliases = {}
    for name, found in named.items():
        content = json.dumps(
            {"meta": found.meta, "tables": found.tables}, ensure_ascii=False, sort_keys=True
        ).encode()
        code = hashlib.sha256(content).hexdigest()
        (folder / f"{code}.json").write_bytes(content)
        aliases[f"{found.meta['report']}:{name}"] = code
    (folder / "aliases.json").write_text(json.dumps(aliases), encoding="utf-8")
