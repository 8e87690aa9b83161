"""Masthead, title, the one sentence that a reader takes away, and how complete the data are."""

from .. import bands
from ..facts import Facts
from ..words import Words
from .city_units import main_subject, sat_any, sentences, standings, tally

TABLES = ("units", "participation")

FEW_SCHOOLS = 5
"""Below this a spread between schools cannot be told from chance."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    meta = facts.meta
    return {
        "bureau": meta["city"]["bureau"] or meta["city"]["name"],
        "kind": words("city.kind"),
        "heading": words("city.heading", city=meta["city"]["name"]),
        "exam": words("city.exam", title=meta["exam"]["title"], date=meta["exam"]["date"]),
        "standfirst": standfirst(facts, words),
        "quality": _quality(facts, words),
        "notice": _notice(facts, words),
        "note": facts.meta["note"],
        "note_title": words("site.note"),
    }


def standfirst(facts: Facts, words: Words) -> str:
    """The sentence that sums up the report."""
    schools = standings(facts, words)
    up, down, middle = tally(school.progress for school in schools)
    if len(schools) < FEW_SCHOOLS:
        return words("city.standfirst.few", k=len(schools))
    if not up + down + middle:
        return words("city.standfirst.no_progress")
    if not up + down:
        return words("city.standfirst.none", middle=middle)
    kind = "unclear" if middle > up + down else "split"
    rest = facts.meta["n_schools"] - up - down - middle
    texts = [words(f"city.standfirst.{kind}", up=up, down=down, middle=middle)]
    return sentences(words, texts + ([words("city.standfirst.rest", rest=rest)] if rest > 0 else []))


def _notice(facts: Facts, words: Words) -> str:
    """Who lifted the rules of the day, and by which document, where they were lifted."""
    policy = facts.meta["policy"]
    return words("city.policy.reason", reason=policy["reason"]) if policy.get("mode") == "open" else ""


def _quality(facts: Facts, words: Words) -> list[str]:
    """Short facts on the data: schools, expected, sat, matched, open issues."""
    n, meta = words.numbers, facts.meta
    whole = facts.one("participation", level="city", subject=main_subject(facts))
    issues = meta["issues"]
    parts = [words("city.quality.schools", k=n.count(meta["n_schools"]))]
    if (several := sat_any(facts)) is not None:
        parts.append(words("city.quality.sat_any", n=n.count(several)))
    elif whole is not None:
        if whole.expected is None:
            parts.append(words("city.quality.sat", n=n.count(whole.sat)))
        else:
            parts.append(words("city.quality.expected", n=n.count(whole.expected)))
            parts.append(words("city.quality.sat_rate", n=n.count(whole.sat), rate=n.percent(whole.rate)))
        if meta["baseline"] and whole.sat:
            parts.append(words("city.quality.matched", rate=n.percent(bands.matched(whole))))
    unresolved = issues.get("error", 0) + issues.get("question", 0)
    parts.append(words("city.quality.issues" if unresolved else "city.quality.clean", k=n.count(unresolved)))
    return parts
