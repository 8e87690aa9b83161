"""What the rules of an exam's day say: may it be held, and what may its results be used for?

The rules are data (params/policy/*.yaml, chosen by date); this applies them. Not legal advice.
Source: docs/methods.md §6; the documents named in the rule sets.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.params import Exam

Rules = Mapping[str, Any]


def policy_table(
    exam: Exam, calendar: Sequence[Exam], rules: Rules | None, open_by: str = ""
) -> pd.DataFrame:
    """The `policy` table of one exam: one row a rule that fits it, state ok, warn, stop or off.

    rules : None where the city is not under these rules: no rows. open_by : person and document that turned the
    gates off; then nothing stops, and the row says who.
    """
    rows = [] if rules is None else [*_calendar(exam, calendar, rules), *_results(exam, rules)]
    made = pd.DataFrame(rows, columns=["rule", "subject", "state", "note"])
    if open_by:
        made = made.assign(state="ok", note=open_by)
    return made.assign(exam=exam.id)


def _calendar(exam: Exam, calendar: Sequence[Exam], rules: Rules) -> Iterator[dict[str, str]]:
    for rule in rules["calendar"]:
        if not _fits(exam, rule, rules):
            continue
        count = sum(
            _same_year(exam, other) and _fits(other, rule, rules)
            for other in calendar
            if other.date <= exam.date
        )
        if "at_most" in rule and count <= rule["at_most"]:
            continue
        lifted = exam.authority is not None and rule["authority"] == "may"
        note = (
            f"{exam.authority.issuer} {exam.authority.document}" if lifted and exam.authority else str(count)
        )
        yield {
            "rule": rule["key"],
            "subject": "exam",
            "state": "ok" if lifted else rule["state"],
            "note": note,
        }


def _fits(exam: Exam, rule: Rules, rules: Rules) -> bool:
    """Whether a rule is about this exam: all its conditions hold."""
    lawful = rules["graduating"].get("papers", {}).get(exam.grade, [])
    finishing = bool(exam.papers) and set(exam.papers) <= set(lawful)
    return (
        exam.grade in rule.get("grades", [exam.grade])
        and exam.kind in rule.get("kinds", [exam.kind])
        and exam.organiser in rule.get("organisers", [exam.organiser])
        and not (rule.get("except_graduating_papers") and finishing)
    )


def _same_year(exam: Exam, other: Exam) -> bool:
    """Same school year, grade and papers."""
    return (
        exam.grade == other.grade
        and set(exam.papers) == set(other.papers)
        and school_year(exam) == school_year(other)
    )


def school_year(exam: Exam) -> int:
    """Calendar year in which the exam's school year began (August)."""
    return exam.date.year - (exam.date.month < 8)


def _results(exam: Exam, rules: Rules) -> Iterator[dict[str, str]]:
    for rule in rules["results"]:
        if exam.kind in rule.get("kinds", [exam.kind]):
            for name in rule["lists"]:
                yield {"rule": rule["key"], "subject": name, "state": rule["state"], "note": ""}


def stopped(policy: pd.DataFrame) -> list[str]:
    """Rules that stop the exam."""
    return list(policy.loc[policy["state"] == "stop", "rule"])


def lists_off(policy: pd.DataFrame) -> set[str]:
    """Lists that may not be made from this exam."""
    return set(policy.loc[policy["state"] == "off", "subject"])
