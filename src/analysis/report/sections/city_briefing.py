"""What to put before the monthly meeting: the points of the one-page briefing."""

from ..facts import Facts
from ..words import Words
from .city_counts import one_a_school, weak_topics, whole_and_parts
from .city_units import judged, subject_name

MANY_SCHOOLS = 3
"""A topic is proposed for research when it is weak in so many schools."""


def points(facts: Facts, words: Words) -> list[dict[str, str]]:
    """Points for the meeting, most pressing first; each names where its evidence stands."""
    weak, parts = whole_and_parts(facts, "weak")
    found = {
        "weak": len(weak),
        "parts": len(one_a_school(parts)),
        **{
            key: len(one_a_school(judged(facts, key, "found")))
            for key in ("decline_two", "low_participation")
        },
    }
    made = [
        {"head": words(f"brief.decide.{key}", k=k), "text": words(f"brief.evidence.{key}")}
        for key, k in found.items()
        if k
    ]
    made += [point for point in (_topic(facts, words), _ledger(facts, words)) if point]
    unresolved = facts.meta["issues"].get("error", 0) + facts.meta["issues"].get("question", 0)
    if unresolved:
        made.append(
            {"head": words("brief.decide.issues", k=unresolved), "text": words("brief.evidence.issues")}
        )
    if not made:
        made.append({"head": words("brief.decide.none"), "text": words("brief.evidence.none")})
    return made


def _topic(facts: Facts, words: Words) -> dict[str, str] | None:
    """The topic in which most schools lie below the city: a candidate for this term's research."""
    count = weak_topics(facts)
    if not count:
        return None
    (code, topic), k = max(count.items(), key=lambda pair: (pair[1], pair[0]))
    if k < MANY_SCHOOLS:
        return None
    head = words("brief.topic", topic=topic, subject=subject_name(facts, words, code))
    return {"head": head, "text": words("brief.topic_evidence", k=k)}


def _ledger(facts: Facts, words: Words) -> dict[str, str] | None:
    """How the last actions stand."""
    rows = facts.rows("tracking", level="school")
    if not rows:
        return None
    better = sum(row.status == "better" for row in rows)
    return {"head": words("brief.ledger", k=len(rows), better=better), "text": words("brief.ledger_evidence")}
