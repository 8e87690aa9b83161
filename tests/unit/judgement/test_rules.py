"""Every rule fires on a synthetic school made for it, and is silent on a null city."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from analysis.judgement.evidence import AWARDS, POOLED, STEPS, Evidence
from analysis.judgement.lists import discoveries, judge, lists_table
from analysis.judgement.rules import RULES
from analysis.tables import TABLES

SCHOOLS = [f"s{i}" for i in range(20)]
SUBJECTS = ["maths", "chinese", "total"]


def frame(columns: list[str], rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def null_city() -> dict[str, pd.DataFrame]:
    """Twenty schools of four classes without differences, everybody matched and present."""
    added, who, marks = [], [], []
    for unit in SCHOOLS:
        for subject in SUBJECTS:
            base = {"level": "school", "unit": unit, "subject": subject, "n": 200, "flag": ""}
            figures = {
                "effect": 0.0,
                "se": 0.08,
                "lo": -0.16,
                "hi": 0.16,
                "own": 0.0,
                "raw": 0.0,
                "raw_lo": -0.2,
                "raw_hi": 0.2,
            }
            odds = {"p_above": 0.5, "p_weak": 0.1, "p_own": 0.3, "p_top": 0.25, "p_bottom": 0.25}
            added.append(
                base | figures | odds | {"sensitive": False, "tipping": np.nan, "verdict": "unclear"}
            )
            for c in range(4):
                added.append(added[-1 - c] | {"level": "class", "unit": f"{unit}/{c}", "n": 50})
            who.append(
                base
                | {
                    "expected": 200,
                    "sat": 199,
                    "matched": 195,
                    "rate": 0.995,
                    "rate_lo": 0.97,
                    "rate_hi": 1.0,
                }
            )
            for indicator, value in (("low_rate", 0.10), ("subject_balance", 0.0)):
                marks.append(
                    base
                    | {
                        "indicator": indicator,
                        "value": value,
                        "se": 0.02,
                        "reference": value,
                        "verdict": "around",
                    }
                )
    return {
        "value_added": frame(TABLES["value_added"].names, added),
        "participation": frame(TABLES["participation"].names, who),
        "indicators": frame(TABLES["indicators"].names, marks),
    }


def change(
    tables: dict[str, pd.DataFrame],
    table: str,
    unit: str,
    subject: str,
    level: str = "school",
    **values: object,
) -> None:
    """Set columns of one row."""
    f = tables[table]
    row = (f["level"] == level) & (f["unit"] == unit) & (f["subject"] == subject)
    assert row.any()
    for name, value in values.items():
        if name != "where":
            f.loc[row & (f["indicator"] == values["where"] if "where" in values else True), name] = value


def pooled(**values: object) -> pd.DataFrame:
    calm = {
        "level": "school",
        "unit": "s0",
        "subject": "total",
        "cohorts": 3,
        "value": 0.0,
        "lo": -0.1,
        "hi": 0.1,
    }
    return frame(POOLED, [calm | {"p_weak": 0.1, "p_own": 0.1, "pupils": 200, "classes": 3} | values])


def steps(**values: object) -> pd.DataFrame:
    calm = {
        "level": "school",
        "unit": "s0",
        "subject": "total",
        "cohorts": 3,
        "value": 0.0,
        "lo": -0.1,
        "hi": 0.1,
    }
    odds = {
        "p_step": 0.3,
        "p_below": 0.5,
        "before": 0.0,
        "two": 0.0,
        "two_lo": -0.1,
        "two_hi": 0.1,
        "p_two": 0.2,
    }
    return frame(STEPS, [calm | odds | values])


def found(e: Evidence, rule: str) -> list[tuple[str, str]]:
    rows = RULES[rule](e)
    return list(rows.loc[rows["status"] == "found", ["unit", "subject"]].itertuples(index=False, name=None))


def planted(rule: str) -> Evidence:
    """Evidence in which exactly the rule's own case stands out at s0."""
    t = null_city()
    e = Evidence(t)
    if rule == "weak":
        return replace(e, pooled=pooled(p_weak=0.95))
    if rule == "watch":
        change(t, "value_added", "s0", "total", p_weak=0.85)
    if rule == "decline_one":
        return replace(e, steps=steps(p_step=0.95, p_below=0.9))
    if rule == "came_down":
        return replace(e, steps=steps(p_step=0.95, p_below=0.4))
    if rule == "decline_two":
        return replace(e, steps=steps(value=-0.1, before=-0.1, two=-0.2, p_two=0.95))
    if rule == "imbalance":
        change(t, "value_added", "s0", "maths", effect=-0.8)
        change(t, "indicators", "s0", "maths", where="subject_balance", value=-0.4)
    if rule == "follow_up":
        return replace(
            e, pooled=pooled(level="teacher", unit="s0/maths/T1", subject="maths", p_weak=0.95, p_own=0.9)
        )
    if rule == "class_spread":
        for c, raw in enumerate((-0.6, -0.2, 0.2, 0.6)):
            change(t, "value_added", f"s0/{c}", "maths", "class", raw=raw, raw_lo=raw - 0.2, raw_hi=raw + 0.2)
    if rule == "low_rate_high":
        change(t, "indicators", "s0", "total", where="low_rate", value=0.2, verdict="much_below")
    if rule == "tier_first":
        change(t, "value_added", "s0", "total", p_top=0.9)
    if rule == "tier_third":
        change(t, "value_added", "s0", "total", p_bottom=0.9)
    if rule == "award":
        rows = [{"level": "school", "unit": "s0", "subject": "total", "probability": 0.85, "papers": 1}]
        return replace(e, awards=frame(AWARDS, rows))
    if rule == "good_practice":
        change(t, "value_added", "s0", "total", effect=0.4, lo=0.24, hi=0.56)
    if rule == "low_participation":
        change(t, "participation", "s0", "total", rate=0.90)
    if rule == "low_match":
        change(t, "participation", "s0", "total", matched=100)
    if rule == "data_open":
        issue = {"level": "school", "unit": "s0", "severity": "question", "code": "x", "n": 2}
        t["issues_summary"] = frame(
            TABLES["issues_summary"].names, [issue, issue | {"unit": "s1", "severity": "note"}]
        )
    return e


@pytest.mark.parametrize("rule", RULES)
def test_rule_fires_where_planted_and_only_there(rule: str) -> None:
    units = {unit.split("/")[0] for unit, _ in found(planted(rule), rule)}
    assert units == {"s0"}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_silent_on_a_null_city(rule: str) -> None:
    calm = frame(
        AWARDS,
        [
            {"level": "school", "unit": u, "subject": "total", "probability": 0.15, "papers": 1}
            for u in SCHOOLS
        ],
    )
    e = Evidence(null_city(), pooled=pooled(), steps=steps(), awards=calm)
    assert found(e, rule) == []


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_silent_on_no_evidence_at_all(rule: str) -> None:
    assert found(Evidence({}), rule) == []


def test_every_judgement_of_the_table_has_a_rule() -> None:
    note = next(c.note for c in TABLES["judgements"].columns if c.name == "judgement")
    assert set(RULES) == set(note.split(", "))


def test_all_rules_together_conform_to_the_table() -> None:
    made = judge(planted("watch"), "e1")
    assert list(made.columns) == TABLES["judgements"].names
    assert not made.duplicated(list(TABLES["judgements"].key)).any()
    assert set(made["status"]) <= {"found", "near", "clear", "withheld"}


def status(e: Evidence, rule: str, unit: str = "s0", subject: str = "total") -> tuple[str, str]:
    rows = RULES[rule](e)
    row = rows[(rows["unit"] == unit) & (rows["subject"] == subject)].iloc[0]
    return row["status"], row["reason"]


def test_one_cohort_is_not_weak_but_near() -> None:
    assert status(Evidence(null_city(), pooled=pooled(p_weak=0.99, cohorts=1)), "weak") == ("near", "cohorts")


def test_a_near_miss_says_that_the_probability_lacked() -> None:
    assert status(Evidence(null_city(), pooled=pooled(p_weak=0.85)), "weak") == ("near", "probability")


def test_low_participation_withholds_whatever_the_probability() -> None:
    t = null_city()
    change(t, "participation", "s0", "total", rate=0.90)
    assert status(Evidence(t), "watch") == ("withheld", "participation")
    change(t, "participation", "s0", "total", matched=10)
    assert status(Evidence(t), "watch") == ("withheld", "participation,matched")


def test_model_sensitive_and_tipping_withhold_what_would_be_found() -> None:
    t = null_city()
    change(t, "value_added", "s0", "total", p_weak=0.95, sensitive=True, tipping=0.2)
    change(t, "value_added", "s1", "total", sensitive=True)
    assert status(Evidence(t), "watch") == ("withheld", "sensitive,tipping")
    assert status(Evidence(t), "watch", "s1") == ("clear", "")


def test_a_weak_school_is_not_watched_as_well() -> None:
    t = null_city()
    change(t, "value_added", "s0", "total", p_weak=0.95)
    assert found(Evidence(t), "watch") == [("s0", "total")]
    assert found(Evidence(t, pooled=pooled(p_weak=0.95)), "watch") == []


def test_follow_up_needs_pupils_own_part_and_a_lawful_exam() -> None:
    base = {"level": "teacher", "unit": "s0/maths/T1", "subject": "maths", "p_weak": 0.95, "p_own": 0.9}
    for values, reason in (
        ({"pupils": 59}, "pupils"),
        ({"p_own": 0.7}, "own"),
        ({"cohorts": 1, "classes": 1}, "cohorts"),
    ):
        e = Evidence(null_city(), pooled=pooled(**(base | values)))
        assert status(e, "follow_up", "s0/maths/T1", "maths") == ("near", reason)
    assert RULES["follow_up"](Evidence(null_city(), pooled=pooled(**base), accountable=False)).empty


def test_awards_are_ordered_and_near_misses_say_what_they_lacked() -> None:
    rows = [
        {"level": "school", "unit": u, "subject": s, "probability": p, "papers": k}
        for u, s, p, k in [
            ("s0", "total", 0.5, 1),
            ("s1", "total", 0.9, 1),
            ("s2", "total", 0.3, 1),
            ("s3", "maths", 0.9, 1),
            ("s4", "chinese", 0.9, 2),
        ]
    ]
    e = Evidence(null_city(), awards=frame(AWARDS, rows), capped=frozenset({"chinese"}))
    made = RULES["award"](e).set_index("unit")
    assert made.loc[["s1", "s0"], "status"].tolist() == ["found", "found"]
    assert made.index.get_loc("s1") < made.index.get_loc("s0")
    assert made.loc["s2", ["status", "reason"]].tolist() == ["near", "probability"]
    assert made.loc["s3", ["status", "reason"]].tolist() == ["near", "papers"]
    assert made.loc["s4", ["status", "reason"]].tolist() == ["near", "capped"]
    assert RULES["award"](replace(e, accountable=False)).empty


def test_a_list_is_cut_to_the_allowed_share_of_wrong_names() -> None:
    t = null_city()
    for unit, p in zip(SCHOOLS[:4], (0.99, 0.9, 0.85, 0.80), strict=True):
        change(t, "value_added", unit, "total", p_weak=p)
    made = judge(Evidence(t), "e")
    watch = made[(made["judgement"] == "watch") & (made["subject"] == "total")].set_index("unit")
    assert watch.loc[SCHOOLS[:4], "status"].tolist() == [
        "found",
        "found",
        "found",
        "near",
    ]  # means .01 .055 .087 .115
    assert watch.loc["s3", "reason"] == "list_error"
    lists = lists_table(made, "e").set_index("key")
    assert lists.loc["list:watch", "value"] == pytest.approx(0.26)
    assert lists.loc["list:watch", ["n", "note"]].tolist() == [3, "cut"]


def test_benjamini_hochberg_by_hand() -> None:
    """Raw effects at z = 4, 3 and eighteen 0: p = 6.3e-5, 2.7e-3: q = 20·p/rank = .0013, .027."""
    t = null_city()
    for unit, z in (("s0", 4.0), ("s1", -3.0)):
        se = 0.2 / 1.959963984540054
        change(t, "value_added", unit, "maths", raw=z * se, raw_lo=z * se - 0.2, raw_hi=z * se + 0.2)
    q = discoveries(t["value_added"])
    maths = t["value_added"].assign(q=q)[t["value_added"]["subject"] == "maths"].set_index("unit")
    assert maths.loc["s0", "q"] == pytest.approx(20 * 6.334e-5, rel=1e-3)
    assert maths.loc["s1", "q"] == pytest.approx(20 / 2 * 2.6998e-3, rel=1e-3)
    assert (q <= 0.10).sum() == 2


def test_classes_are_asked_about_once_a_paper_and_the_probability_says_so() -> None:
    """A spread that one paper alone would show with P ≥ 0.99 is not found among three papers."""

    def spread(papers: list[str]) -> pd.DataFrame:
        t = null_city()
        for c, raw in enumerate((-0.21, -0.06, 0.06, 0.27)):
            change(t, "value_added", f"s0/{c}", "maths", "class", raw=raw, raw_lo=raw - 0.2, raw_hi=raw + 0.2)
        t["value_added"] = t["value_added"][t["value_added"]["subject"].isin(papers)]
        made = RULES["class_spread"](Evidence(t)).set_index(["unit", "subject"])
        return made.loc[("s0", "maths")]

    alone, among = spread(["maths"]), spread(SUBJECTS)
    assert alone["status"] == "found" != among["status"]
    assert alone["probability"] > 0.99 > among["probability"]
    assert 1 - among["probability"] == pytest.approx(3 * (1 - alone["probability"]))


def test_the_classes_of_an_only_school_are_compared_with_their_own_margins() -> None:
    """Four equal classes, s = .1: figures less their mean vary by s²(1 − 1/4), Q = Σ y²/s² = 9.54, sd √((Q − 3)s²/3)."""

    def spread(schools: bool) -> pd.Series:
        t = null_city()
        half = 1.959963984540054 * 0.1 * np.sqrt(0.75)
        for c, raw in enumerate((-0.21, -0.06, 0.06, 0.21)):
            change(
                t,
                "value_added",
                f"s0/{c}",
                "maths",
                "class",
                raw=raw,
                raw_lo=raw - half,
                raw_hi=raw + half,
                n=40,
            )
        added = t["value_added"]
        t["value_added"] = added[(added["subject"] == "maths") & (schools | (added["level"] == "class"))]
        return RULES["class_spread"](Evidence(t)).set_index("unit").loc["s0"]

    q = 2 * (0.21**2 + 0.06**2) / 0.1**2
    assert spread(False)["probability"] == pytest.approx(chi2.cdf(q, 3))
    assert spread(False)["value"] == pytest.approx(np.sqrt((q - 3) * 0.1**2 / 3))
    assert spread(True)["probability"] == pytest.approx(chi2.cdf(q / 0.75, 3))
