"""Strengths and concerns of a school, chosen by evidence: how far a figure stands from its reference, in margins."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..bands import shown, side, state
from ..facts import Facts, Row
from ..naming import band_name, class_name, subject_name, subjects
from ..words import Words

MOST, MOST_OF_A_KIND = 3, 2
RATES = ("excellent_rate", "good_rate", "pass_rate", "low_rate")
SURE = 0.9
"""Probability from which a gap in a knowledge point counts (methods.md §8)."""


@dataclass(frozen=True)
class Evidence:
    """One finding: what kind, which way, how strong (distance from the reference in half intervals)."""

    kind: str
    state: str
    strength: float
    head: str
    text: str
    subject: str = ""


def strengths(facts: Facts, words: Words) -> list[Evidence]:
    """At most three, strongest first."""
    return _chosen(facts, words, "above")


def concerns(facts: Facts, words: Words) -> list[Evidence]:
    """At most three, strongest first."""
    return _chosen(facts, words, "below")


def _chosen(facts: Facts, words: Words, wanted: str) -> list[Evidence]:
    found = [e for source in SOURCES for e in source(facts, words) if e.state == wanted]
    kept: list[Evidence] = []
    for one in sorted(found, key=lambda e: -e.strength):
        if sum(k.kind == one.kind for k in kept) < MOST_OF_A_KIND and len(kept) < MOST:
            kept.append(one)
    return kept


def _strength(value: float, low: float, high: float, reference: float = 0.0) -> float:
    return abs(value - reference) / ((high - low) / 2 or 1e-9)


def _of_subjects(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Progress by subject (the total has its own tile)."""
    n = words.numbers
    for row in facts.own("value_added"):
        of = state(row)
        if row.subject in subjects(facts) and of in ("above", "below") and len(subjects(facts)) > 1:
            name = subject_name(facts, words, row.subject)
            head = words(f"evidence.subject.{row.verdict}", subject=name)
            text = words("evidence.effect", value=n.effect(row.effect), interval=n.effects(row.lo, row.hi))
            yield Evidence("subject", of, _strength(row.effect, row.lo, row.hi), head, text, row.subject)


def _of_bands(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Progress of a prior band in the total."""
    n = words.numbers
    code = "total" if facts.own("value_added_bands", subject="total") else "".join(subjects(facts)[:1])
    for row in facts.own("value_added_bands", subject=code):
        of = side(row.lo, row.hi)
        if shown(row) is not None and of in ("above", "below"):
            head = words(f"evidence.band.{of}", band=band_name(words, row.band))
            text = words(
                "evidence.effect.n", value=n.effect(row.value), interval=n.effects(row.lo, row.hi), n=row.n
            )
            yield Evidence("band", of, _strength(row.value, row.lo, row.hi), head, text, code)


def _of_rates(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Rates of the total against the city; the verdict already turns low rates round."""
    n = words.numbers
    code = "total" if facts.own("indicators", subject="total") else "".join(subjects(facts)[:1])
    for key in RATES:
        row = facts.mine("indicators", subject=code, indicator=key)
        of = state(row)
        if row is not None and row.reference is not None and of in ("above", "below"):
            head = words(f"evidence.{key}.{of}")
            text = words("evidence.rate", value=n.percent(row.value), interval=n.percents(row.lo, row.hi), city=n.percent(row.reference))  # fmt: skip
            yield Evidence("rate", of, _strength(row.value, row.lo, row.hi, row.reference), head, text, code)


def _of_classes(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Single classes in single subjects, positions in the city."""
    n = words.numbers
    for row in facts.rows("value_added", level="class"):
        of = state(row)
        if of in ("above", "below") and row.subject in subjects(facts):
            name = subject_name(facts, words, row.subject)
            head = words(f"evidence.class.{of}", label=class_name(words, row.unit), subject=name)
            text = words(
                "evidence.effect.n", value=n.effect(row.effect), interval=n.effects(row.lo, row.hi), n=row.n
            )
            yield Evidence("class", of, 0.8 * _strength(row.effect, row.lo, row.hi), head, text, row.subject)


def _of_topics(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Knowledge points clearly below the city."""
    n = words.numbers
    for row in facts.own("topics", kind="topic"):
        if row.p_gap is not None and row.p_gap >= SURE and row.gap is not None:
            head = words(
                "evidence.topic.below", subject=subject_name(facts, words, row.subject), topic=row.topic
            )
            text = words("evidence.gap", value=n.points(row.gap), interval=n.pointses(row.gap_lo, row.gap_hi))
            yield Evidence(
                "topic", "below", _strength(row.gap, row.gap_lo, row.gap_hi), head, text, row.subject
            )


def _of_participation(facts: Facts, words: Words) -> Iterator[Evidence]:
    """Participation clearly beside the city's."""
    n = words.numbers
    own, city = facts.mine("participation"), _city(facts)
    if own is not None and city is not None and own.rate_lo is not None and city.rate is not None:
        of = side(own.rate_lo, own.rate_hi, city.rate)
        if of in ("above", "below"):
            text = words("evidence.rate", value=n.percent(own.rate), interval=n.percents(own.rate_lo, own.rate_hi), city=n.percent(city.rate))  # fmt: skip
            strength = _strength(own.rate, own.rate_lo, own.rate_hi, city.rate)
            yield Evidence("participation", of, strength, words(f"evidence.participation.{of}"), text)


def _city(facts: Facts) -> Row | None:
    return facts.one("participation", level="city")


SOURCES = (_of_subjects, _of_bands, _of_rates, _of_classes, _of_topics, _of_participation)
