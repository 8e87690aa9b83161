"""The policy rule sets are whole, follow one another, and say of the demo's calendar what they should."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from analysis.demo.calendar import sittings

FOLDER = Path(__file__).parents[3] / "params/policy"
SETS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yaml")}


def rules_of(day):
    """The rule set whose days hold this one."""
    (found,) = [
        rules
        for rules in SETS.values()
        if (rules["from"] is None or rules["from"] <= day)
        and (rules["until"] is None or day <= rules["until"])
    ]
    return found


def school_year(day):
    return day.year - (day.month < 9)


def states(calendar):
    """Exam id → state by the first rule that fits: a plain reading of the data, to hold the calendar against."""
    seen, out = Counter(), {}
    for sitting in calendar:
        rules = rules_of(sitting.date)
        seen[sitting.grade, sitting.kind, school_year(sitting.date)] += 1
        papers = rules["graduating"]["papers"].get(sitting.grade, [])
        for rule in rules["calendar"]:
            fits = sitting.grade in rule["grades"] and sitting.kind in rule["kinds"]
            fits = fits and sitting.organiser in rule.get("organisers", [sitting.organiser])
            if rule.get("except_graduating_papers") and set(sitting.papers) <= set(papers):
                fits = False
            if "at_most" in rule:
                fits = fits and seen[sitting.grade, sitting.kind, school_year(sitting.date)] > rule["at_most"]
            if fits and not (sitting.authority and rule["authority"] == "may"):
                out.setdefault(sitting.id, rule["state"])
    return out


def test_one_is_stopped_and_one_is_warned_of():
    assert states(sittings()) == {"2026-g11-spring": "stop", "2026-g9-mock3": "warn"}


def test_entrance_check_would_be_stopped_without_its_authority():
    bare = [type(s)(**{**s.__dict__, "authority": ""}) for s in sittings() if s.grade == 7]
    assert set(states(bare).values()) == {"stop"} and len(bare) == 5


def test_sets_follow_one_another_without_a_gap():
    ordered = sorted(SETS.values(), key=lambda rules: str(rules["from"] or ""))
    assert [rules["key"] for rules in ordered] == ["none", "cn-2021", "cn-2025"]
    for before, after in pairwise(ordered):
        assert (after["from"] - before["until"]).days == 1


@pytest.mark.parametrize("name", ["none", "cn-2021", "cn-2025"])
def test_every_rule_speaks_both_languages(name):
    rules = SETS[name]
    assert rules["key"] == name and rules["sources"]
    for rule in (*rules["calendar"], *rules["results"]):
        assert set(rule["note"]) == {"zh", "en"} and rule["state"] in ("stop", "warn", "off")
