"""What to put before the monthly meeting: the points of the one-page briefing."""

from ..facts import Facts, Row
from ..words import Words
from .city_counts import is_progress_known, one_a_school, weak_topics, whole_and_parts
from .city_cover import FEW_SCHOOLS
from .city_units import judged, listing, standings, subject_name

NAMED = 5
"""Schools named in one point; the evidence names all."""
MANY_SCHOOLS = 3
"""A topic is proposed for research when it is weak in so many schools."""


def points(facts: Facts, words: Words) -> list[dict[str, str]]:
    """Points for the meeting, most pressing first; each names schools and where its evidence stands."""
    made = [point for point in (_point(facts, words, key, rows) for key, rows in _lists(facts)) if point]
    made += [point for point in (_topic(facts, words), _ledger(facts, words)) if point]
    unresolved = facts.meta["issues"].get("error", 0) + facts.meta["issues"].get("question", 0)
    if unresolved:
        made.append(
            {"head": words("brief.decide.issues", k=unresolved), "text": words("brief.evidence.issues")}
        )
    if not made:
        key = "none" if is_progress_known(facts) else "na"
        made.append({"head": words(f"brief.decide.{key}"), "text": words(f"brief.evidence.{key}")})
    return made


def _lists(facts: Facts) -> list[tuple[str, list[Row]]]:
    """The lists of schools that a meeting can act on; a list of whole schools goes before one of single subjects."""
    if len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        return []
    weak, parts = whole_and_parts(facts, "weak")
    fell, fell_in = whole_and_parts(facts, "decline_two")
    found = [("weak", weak), ("decline_two", fell), ("decline_parts", fell_in), ("parts", parts)]
    if not weak:
        found.append(("watch", whole_and_parts(facts, "watch")[0]))
    return [*found, ("low_participation", judged(facts, "low_participation", "found"))]


def _point(facts: Facts, words: Words, key: str, rows: list[Row]) -> dict[str, str] | None:
    """One point: how many schools, and which."""
    if not rows:
        return None
    short = {school.unit: school.short for school in standings(facts, words)}
    names = [short.get(row.unit, row.unit) for row in one_a_school(rows)]
    head = words(f"brief.decide.{key}", k=len(names))
    return {"head": head, "text": words(f"brief.evidence.{key}", names=listing(words, names, NAMED))}


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
