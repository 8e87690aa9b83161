"""Masthead, title, one-sentence finding and the line on data quality."""

from typing import Any

from .. import bands
from ..facts import Facts
from ..words import Words
from .one_classes import standfirst
from .school_evidence import concerns
from .school_headline import headline

NAMED = ("subject", "change", "topic", "band")
"""Kinds of concern that the first sentence may name."""

TABLES = ("units", "participation", "indicators", "value_added")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    return {
        "bureau": facts.meta["city"]["bureau"] or facts.meta["city"]["name"],
        "name": facts.meta["name"],
        "exam": facts.meta["exam"]["title"],
        "standfirst": _standfirst(facts, words),
        "quality": _quality(facts, words),
        "notice": _notice(facts, words),
        "note": facts.meta["note"],
        "note_title": words("site.note"),
    }


def _standfirst(facts: Facts, words: Words) -> str:
    """The three verdicts in one sentence, and what needs attention most."""
    if facts.one_school:
        return standfirst(facts, words)
    top = headline(facts)
    parts = [
        words(f"cover.{measure}", verdict=words.within(f"verdict.{measure}.{verdict}"))
        for measure, verdict in top.verdicts.items()
        if verdict not in ("none", "small")
    ]
    small = [words(f"cover.name.{m}") for m, verdict in top.verdicts.items() if verdict == "small"]
    parts += [words("cover.few_part", measures=words.join(small))] if small else []
    if not parts:
        return words("cover.nothing")
    if set(top.verdicts.values()) <= {"hidden", "none"}:
        return words("cover.too_few", k=facts.meta["privacy"]["hidden_below"])
    if set(top.verdicts.values()) <= {"small", "none"}:
        return words("cover.small", n=max(row.n for row in top.rows.values() if row is not None))
    worst = next((c for c in concerns(facts, words) if c.kind in NAMED), None)
    tail = ""
    if worst:
        kind = f"{worst.kind}.every" if worst.every else worst.kind
        tail = words(f"cover.attention.{kind}", what=worst.names)
    text = words("cover.sentence", parts=words("cover.comma").join(parts), tail=tail)
    return text[:1].upper() + text[1:]


def _quality(facts: Facts, words: Words) -> list[dict[str, str]]:
    """Pieces of the data-quality line: label, number, remark."""
    n = words.numbers
    unit = facts.mine("units")
    if unit is None:
        return []
    if unit.sat < facts.meta["privacy"]["hidden_below"]:
        return [{"label": words("cover.hidden"), "number": "", "remark": ""}]
    made = []
    if unit.expected is not None:
        made.append({"label": words("cover.expected"), "number": n.count(unit.expected), "remark": ""})
    rate = n.percent(unit.sat / unit.expected) if unit.expected else ""
    made.append({"label": words("cover.sat"), "number": n.count(unit.sat), "remark": rate})
    if facts.meta["baseline"]:
        matched = n.percent(bands.matched(unit))
        made.append({"label": words("cover.matched"), "number": n.count(unit.matched), "remark": matched})
    open_issues = sum(row.n for row in facts.own("issues_summary") if row.severity != "note")
    made.append({"label": words("cover.issues"), "number": n.count(open_issues), "remark": ""})
    made.append({"label": words("cover.scale"), "number": "", "remark": ""})
    return made


def _notice(facts: Facts, words: Words) -> str:
    """What must stand on every page: rules switched off by somebody, or too few schools to compare."""
    policy = facts.meta["policy"]
    if policy.get("mode") == "open":
        return words("cover.policy_open", reason=policy.get("reason", ""))
    if facts.meta["n_schools"] < bands.FEW_SCHOOLS:
        k = facts.meta["n_schools"]
        return words("cover.one_school" if k == 1 else "cover.few_schools", k=k)
    return ""
