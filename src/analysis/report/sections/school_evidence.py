"""Strengths and concerns of a school, chosen by evidence: how far a figure stands from its reference, in margins.

Each source gives single findings; findings of one kind are one line, so that three lines say three things.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..bands import shown, side, state, state_of
from ..facts import Facts, Row
from ..naming import band_name, class_name, subject_name, subjects
from ..words import Words

MOST, MOST_NAMED = 3, 2
"""Lines of a list, and findings that one line names."""

RATES = ("excellent_rate", "good_rate", "pass_rate", "low_rate")
SURE = 0.9
"""Probability from which a gap in a knowledge point counts (docs/methods.md §8)."""

FEWEST_ITEMS = 2
"""A knowledge point on fewer items is a lead, not a finding."""

WEIGHT = {
    "change": 1.5,
    "subject": 1.0,
    "topic": 1.0,
    "band": 0.9,
    "participation": 0.8,
    "class": 0.5,
    "rate": 0.6,
}
"""What lasts and can be acted on comes before what mostly shows the intake (rates) or rests on few pupils (classes)."""


@dataclass(frozen=True)
class Found:
    """One finding: its short name, its figure in words, how strong (distance from the reference in half intervals)."""

    name: str
    text: str
    state: str
    strength: float
    verdict: str = ""


@dataclass(frozen=True)
class Evidence:
    """One line: findings of one kind. `names` is what it is about, in a few words."""

    kind: str
    state: str
    strength: float
    head: str
    text: str
    names: str
    every: bool


def strengths(facts: Facts, words: Words) -> list[Evidence]:
    """At most three, strongest first."""
    return _chosen(facts, words, "above")


def concerns(facts: Facts, words: Words) -> list[Evidence]:
    """At most three, strongest first."""
    return _chosen(facts, words, "below")


def _chosen(facts: Facts, words: Words, wanted: str) -> list[Evidence]:
    made = []
    for kind, source in SOURCES.items():
        every = list(source(facts, words))
        found = sorted((f for f in every if f.state == wanted), key=lambda f: -f.strength)
        if found:
            made.append(_line(words, kind, found, len(found) == len(every)))
    return sorted(made, key=lambda e: -e.strength)[:MOST]


def _line(words: Words, kind: str, found: list[Found], every: bool) -> Evidence:
    """Findings of one kind, strongest first, as one line."""
    of, k = found[0].state, len(found)
    named = found[:MOST_NAMED]
    names = words.join([f.name for f in named])
    if k > len(named):
        more = f"evidence.more.{kind}"
        names = words(
            more if more in words else "evidence.more",
            names=words("list.comma").join(f.name for f in named),
            k=k,
        )
    verdicts = {f.verdict for f in found}
    key = f"evidence.{kind}.{verdicts.pop() if len(verdicts) == 1 and found[0].verdict else of}"
    all_of_them = every and k > 1 and f"evidence.{kind}.every.{of}" in words
    if all_of_them:
        key = f"evidence.{kind}.every.{of}"
    texts = [words("proof.of", name=f.name, text=f.text) if k > 1 else f.text for f in named]
    text = words("list.stop").join(texts) + words("sentence.end")
    return Evidence(
        kind, of, WEIGHT[kind] * found[0].strength, words(key, names=names), text, names, all_of_them
    )


def _strength(value: float, low: float, high: float, reference: float = 0.0) -> float:
    return abs(value - reference) / ((high - low) / 2 or 1e-9)


def _of_subjects(facts: Facts, words: Words) -> Iterator[Found]:
    """Progress by subject (the total has its own tile)."""
    for row in facts.own("value_added"):
        if row.subject in subjects(facts) and shown(row) is not None and len(subjects(facts)) > 1:
            yield _effect(words, row, subject_name(facts, words, row.subject))


def _effect(words: Words, row: Row, name: str, n: int | None = None) -> Found:
    """A row of value added."""
    write, of = words.numbers, state(row)
    key = "evidence.effect" if n is None else "evidence.effect.n"
    text = words(key, value=write.effect(row.effect), interval=write.effects(row.lo, row.hi), n=n)
    sized = of in ("above", "below")
    return Found(name, text, of, _strength(row.effect, row.lo, row.hi) if sized else 0.0, row.verdict)


def _of_bands(facts: Facts, words: Words) -> Iterator[Found]:
    """Progress of the prior bands in the total."""
    n = words.numbers
    code = "total" if facts.own("value_added_bands", subject="total") else "".join(subjects(facts)[:1])
    for row in facts.own("value_added_bands", subject=code):
        if shown(row) is not None and row.lo is not None:
            text = words("evidence.effect.n", value=n.effect(row.value), interval=n.effects(row.lo, row.hi), n=row.n)  # fmt: skip
            of = state(row)
            yield Found(band_name(words, row.band), text, of, _strength(row.value, row.lo, row.hi))


def _of_rates(facts: Facts, words: Words) -> Iterator[Found]:
    """Rates of the total against the city; low marks count the other way round, the verdict knows."""
    n = words.numbers
    code = "total" if facts.own("indicators", subject="total") else "".join(subjects(facts)[:1])
    for key in RATES:
        row = facts.mine("indicators", subject=code, indicator=key)
        if row is not None and row.reference is not None and state(row) in ("above", "below"):
            text = words("evidence.rate", value=n.percent(row.value), interval=n.percents(row.lo, row.hi), city=n.percent(row.reference))  # fmt: skip
            strength = _strength(row.value, row.lo, row.hi, row.reference)
            yield Found(
                words(f"evidence.{key}.{side(row.lo, row.hi, row.reference)}"), text, state(row), strength
            )


def _of_classes(facts: Facts, words: Words) -> Iterator[Found]:
    """Single classes in single subjects, positions in the city."""
    for row in facts.rows("value_added", level="class"):
        if row.subject in subjects(facts) and shown(row) is not None:
            subject = subject_name(facts, words, row.subject)
            name = words("evidence.class.name", label=class_name(words, row.unit), subject=subject)
            yield _effect(words, row, name, row.n)


def _of_topics(facts: Facts, words: Words) -> Iterator[Found]:
    """Knowledge points clearly below the city, on more than one item."""
    n = words.numbers
    for row in facts.own("topics", kind="topic"):
        if row.p_gap is not None and row.p_gap >= SURE and row.gap is not None and row.items >= FEWEST_ITEMS:
            subject = subject_name(facts, words, row.subject)
            name = words("evidence.topic.name", subject=subject, topic=row.topic)
            text = words("evidence.gap", value=n.plain(abs(100 * row.gap)), interval=n.pointses(row.gap_lo, row.gap_hi))  # fmt: skip
            yield Found(name, text, "below", _strength(row.gap, row.gap_lo, row.gap_hi))


def _of_participation(facts: Facts, words: Words) -> Iterator[Found]:
    """Participation clearly beside the city's."""
    n = words.numbers
    own, city = facts.mine("participation"), facts.one("participation", level="city")
    if own is not None and city is not None and own.rate_lo is not None and city.rate is not None:
        text = words("evidence.rate", value=n.percent(own.rate), interval=n.percents(own.rate_lo, own.rate_hi), city=n.percent(city.rate))  # fmt: skip
        strength = _strength(own.rate, own.rate_lo, own.rate_hi, city.rate)
        yield Found("", text, side(own.rate_lo, own.rate_hi, city.rate), strength)


def _of_changes(facts: Facts, words: Words) -> Iterator[Found]:
    """Progress against the last comparable exam, where it changed clearly; declines of two years are called so."""
    n = words.numbers
    twice = {row.subject: row for row in facts.own("judgements", judgement="decline_two", status="found")}
    for row in facts.own("changes", measure="progress"):
        of = state_of(row.verdict)
        if shown(row) is None or of not in ("above", "below"):
            continue
        worse = twice.get(row.subject) if of == "below" else None
        shown_row = worse or row
        key = "evidence.change.two" if worse else "evidence.change.one"
        text = words(key, value=n.effect(shown_row.value), interval=n.effects(shown_row.lo, shown_row.hi))
        yield Found(subject_name(facts, words, row.subject), text, of, _strength(row.value, row.lo, row.hi))


SOURCES: dict[str, Callable[[Facts, Words], Iterator[Found]]] = {
    "subject": _of_subjects,
    "band": _of_bands,
    "rate": _of_rates,
    "class": _of_classes,
    "topic": _of_topics,
    "participation": _of_participation,
    "change": _of_changes,
}
