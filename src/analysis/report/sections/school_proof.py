"""What a recommendation rests on: the figure with its name, unit and interval, and the section that shows it."""

from collections.abc import Callable

from ..bands import shown
from ..facts import Facts, Row
from ..naming import class_name, subject_name
from ..words import Words
from .school_cases import OF_TARGETS, Case, target_name

SECTION_OF = {
    "value_added": "progress",
    "value_added_bands": "progress",
    "growth": "progress",
    "standing": "progress",
    "indicators": "achievement",
    "lines": "achievement",
    "effective": "achievement",
    "item_quality": "items",
    "blanks": "items",
    "topics": "items",
    "papers_quality": "items",
    "participation": "data",
    "outflow": "data",
    "issues_summary": "data",
    "changes": "trend",
    "trends": "trend",
}
"""Evidence table → section."""

SECTION_OF_FINDING = {
    "low_start": "start",
    "between_class_gap": "classes",
    "class_all_subjects_low": "classes",
    "teaching_support": "classes",
    "decline_one_year": "trend",
    "decline_two_years": "trend",
    "data_quality": "data",
}
"""Findings that another section than their table's shows."""

SHARES = ("participation", "effective", "lines", "blanks")
GAPS = ("topics", "item_quality")
"""Evidence tables whose figures are shares, and differences of shares."""


def section_of(case: Case) -> str:
    """Key of the section that shows the evidence, '' if none does."""
    table = case.first.evidence.partition(":")[0]
    return SECTION_OF_FINDING.get(case.first.finding, SECTION_OF.get(table, ""))


def proof(facts: Facts, words: Words, case: Case) -> str:
    """The evidence as one sentence; each part begins with its subject where there are several."""
    parts: list[str] = []
    for row in case.found:
        text = SPECIAL.get(row.finding, _plain)(facts, words, row)
        name = _about(facts, words, row) if len(case.found) > 1 else ""
        if text:
            parts.append(words("proof.of", name=name, text=text[:1].lower() + text[1:]) if name else text)
    return words("list.stop").join(parts) + words("sentence.end") if parts else ""


def _about(facts: Facts, words: Words, row: Row) -> str:
    """Which of several things a part is about: subject, topic, line or class."""
    target = (
        target_name(facts, words, row)
        if row.finding not in ("low_hit", "low_contribution", "blank_high")
        else ""
    )
    subject = subject_name(facts, words, row.subject) if row.subject and row.finding not in OF_TARGETS else ""
    return " ".join(text for text in (subject, target) if text)


def _plain(facts: Facts, words: Words, row: Row) -> str:
    """The figure of the row in the unit of its table, with its probability."""
    if row.value is None:
        return ""
    n, table = words.numbers, row.evidence.partition(":")[0]
    noun = words(f"proof.noun.{table}" if f"proof.noun.{table}" in words else "proof.noun.other")
    if table in GAPS:
        value, interval = n.points(row.value) + words("unit.points"), n.pointses(row.lo, row.hi)
    elif table in SHARES:
        value, interval = n.percent(row.value), n.percents(row.lo, row.hi)
    else:
        value, interval = n.effect(row.value) + words("unit.t.name"), n.effects(row.lo, row.hi)
    key = "proof.value" if row.lo is not None else "proof.value.alone"
    return words(key, noun=noun, value=value, interval=interval) + _sure(words, row)


def _sure(words: Words, row: Row) -> str:
    return (
        "" if row.probability is None else words("proof.sure", p=words.numbers.probability(row.probability))
    )


def _start(facts: Facts, words: Words, row: Row) -> str:
    own, n = facts.mine("indicators", subject=row.subject, indicator="start"), words.numbers
    if own is None:
        return ""
    return words("proof.start", value=n.level(own.value), interval=n.levels(own.lo, own.hi))


def _outflow(facts: Facts, words: Words, row: Row) -> str:
    own, n = facts.mine("outflow"), words.numbers
    if own is None or not own.start:
        return ""
    diff = n.plain(None if row.value is None else abs(10 * row.value))
    return words("proof.outflow", n=own.start, k=own.gone, share=n.percent(own.gone / own.start), diff=diff, interval=n.effects(row.lo, row.hi))  # fmt: skip


def _classes(facts: Facts, words: Words, row: Row) -> str:
    """The class that stands lowest and the one that stands highest, and how far classes differ beyond chance."""
    found = [r for r in facts.rows("value_added", level="class", subject=row.subject) if shown(r) is not None]
    if len(found) < 2:
        return ""
    n, low, high = words.numbers, min(found, key=lambda r: r.effect), max(found, key=lambda r: r.effect)
    text = words("proof.classes", low=n.effect(low.effect), low_name=class_name(words, low.unit), high=n.effect(high.effect), high_name=class_name(words, high.unit), sd=n.plain(10 * row.value))  # fmt: skip
    return text + _sure(words, row)


def _effective(rate: str) -> Callable[[Facts, Words, Row], str]:
    """Hit or contribution rate against the city's."""

    def text(facts: Facts, words: Words, row: Row) -> str:
        n = words.numbers
        city = facts.one("effective", level="city", subject=row.subject, line=row.target)
        reference = n.percent(getattr(city, rate) if city else None)
        line = target_name(facts, words, row)
        return words(f"proof.{rate}", value=n.percent(row.value), interval=n.percents(row.lo, row.hi), city=reference, line=line)  # fmt: skip

    return text


def _borderline(facts: Facts, words: Words, row: Row) -> str:
    own, n = facts.mine("lines", line=row.target), words.numbers
    delta = None if own is None else own.delta
    if own is None or own.below is None or delta is None:
        return ""
    return words("proof.borderline", delta=n.plain(delta, 0 if delta % 1 == 0 else 1), k=own.below)


def _blank(facts: Facts, words: Words, row: Row) -> str:
    city, n = facts.one("item_quality", level="city", subject=row.subject, item=row.target), words.numbers
    reference = n.percent(city.blank_rate if city else None)
    return words("proof.blank", item=row.target, value=n.percent(row.value), city=reference) + _sure(
        words, row
    )


def _imbalance(facts: Facts, words: Words, row: Row) -> str:
    return words("proof.imbalance")


def _low_rate(facts: Facts, words: Words, row: Row) -> str:
    own, n = facts.mine("indicators", subject=row.subject, indicator="low_rate"), words.numbers
    if own is None or shown(own) is None:
        return ""
    return words("proof.low_rate", value=n.percent(own.value), interval=n.percents(own.lo, own.hi), city=n.percent(own.reference))  # fmt: skip


def _spread(facts: Facts, words: Words, row: Row) -> str:
    own, n = facts.mine("indicators", subject=row.subject, indicator="score_sd_ratio"), words.numbers
    if own is None or shown(own) is None:
        return ""
    return words("proof.spread", value=n.plain(own.value, 2), interval=n.plains(own.lo, own.hi, 2))


def _issues(facts: Facts, words: Words, row: Row) -> str:
    return words("proof.issues", k=sum(r.n for r in facts.own("issues_summary") if r.severity != "note"))


SPECIAL: dict[str, Callable[[Facts, Words, Row], str]] = {
    "low_start": _start,
    "outflow": _outflow,
    "between_class_gap": _classes,
    "low_contribution": _effective("contribution"),
    "low_hit": _effective("hit"),
    "borderline": _borderline,
    "blank_high": _blank,
    "low_rate_high": _low_rate,
    "within_class_spread": _spread,
    "data_quality": _issues,
    "pupil_imbalance": _imbalance,
}
"""Findings whose figure needs more than its own row to be understood."""
