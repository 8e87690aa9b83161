"""Overall finding of the only school: classes' start and progress, the grade's results, what stands out, what to do."""

from typing import Any

from ..bands import shown, state
from ..facts import Facts, Row
from ..naming import class_name, full_mark, subject_name, subjects, with_total
from ..words import Words
from .one_achievement import digits
from .one_classes import apart, effects, flat, lead_subject, starts, why_none
from .school_evidence import concerns, strengths
from .school_headline import headline
from .school_rates import by_key
from .school_summary import CSS, first

TABLES = ("value_added", "indicators", "advice")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    good, bad = strengths(facts, words), concerns(facts, words)
    lacking = {"strengths": (good, bad), "concerns": (bad, good)}
    return {
        "tiles": [_start(facts, words), _progress(facts, words), _achievement(facts, words)],
        "story": "",
        "notes": [words("one.note")],
        "quadrant": None,
        "strengths": good,
        "concerns": bad,
        "lacking": {key: "" if own or not other else words(f"summary.{key}.none") for key, (own, other) in lacking.items()},
        "nothing": "" if good or bad else _nothing(facts, words),
        "first": first(facts, words),
    }  # fmt: skip


def _nothing(facts: Facts, words: Words) -> str:
    """What stands where no class stands out."""
    return words("one.nothing") if lead_subject(facts) else why_none(facts, words)


def _tile(words: Words, measure: str, verdict: str) -> dict[str, Any]:
    """A tile without a figure."""
    return {
        "css": CSS[measure],
        "title": words(f"measure.{measure}"),
        "of": "",
        "sub": words(f"one.tile.{measure}"),
        "verdict": verdict,
        "value": "",
        "unit": "",
        "strip": None,
        "lines": [],
        "change": "",
    }


def _start(facts: Facts, words: Words) -> dict[str, Any]:
    """How far the classes' starts lie apart."""
    code = with_total(facts)[0]
    rows, n = starts(facts), words.numbers
    if len(rows) < 2:
        return _tile(words, "start", words("one.tile.start.none"))
    high, low = rows[0], rows[-1]
    made = _tile(words, "start", words(f"one.tile.start.{apart(rows)}"))
    ends = [words(f"one.tile.{which}", name=class_name(words, row.unit), value=n.level(row.value), interval=n.levels(row.lo, row.hi)) for which, row in (("highest", high), ("lowest", low))]  # fmt: skip
    gap = n.plain(10 * (high.value - low.value))
    return {**made, "of": _of(facts, words, code), "value": gap, "unit": words("one.tile.gap"), "lines": ends}


def _progress(facts: Facts, words: Words) -> dict[str, Any]:
    """How many classes stand above and below expectation."""
    code = lead_subject(facts)
    rows, n = effects(facts, code) if code else [], words.numbers
    if not rows:
        return _tile(words, "progress", words("verdict.progress.none"))
    up, down = (sum(state(row) == of for row in rows) for of in ("above", "below"))
    made = _tile(words, "progress", words("one.tile.progress.some" if up or down else "verdict.progress.unclear"))  # fmt: skip
    ends = [words(f"one.tile.{which}", name=class_name(words, row.unit), value=n.effect(row.effect), interval=n.effects(row.lo, row.hi)) for which, row in (("highest", rows[0]), ("lowest", rows[-1]))]  # fmt: skip
    ends = [] if flat(facts, code) else ends  # no class is the highest
    unit = words("one.tile.progress.unit", k=len(rows))
    return {**made, "of": _of(facts, words, code), "value": words("one.tile.progress.value", up=up, down=down), "unit": unit, "lines": ends}  # fmt: skip


def _achievement(facts: Facts, words: Words) -> dict[str, Any]:
    """The grade's own results: mean and rates."""
    row = headline(facts).achievement
    if row is None or shown(row) is None:
        return _tile(words, "achievement", words("verdict.achievement.none"))
    found, n = by_key(facts, row.subject), words.numbers
    mean, full = found.get("mean"), full_mark(facts, row.subject)
    made = _tile(words, "achievement", words("one.tile.achievement.sat", n=n.count(row.n)))
    rates = [found.get(key) for key in ("excellent_rate", "pass_rate", "low_rate")]
    said = [_rate(words, r) for r in rates if r is not None and shown(r) is not None]
    unit = words("one.tile.mean.full", full=n.count(full)) if full is not None else words("one.tile.mean")
    return {**made, "of": _of(facts, words, row.subject), "value": n.plain(mean.value if mean else None, digits(facts, row.subject)), "unit": unit, "lines": said}  # fmt: skip


def _rate(words: Words, row: Row) -> str:
    n = words.numbers
    return words(
        "one.tile.rate",
        name=words(f"indicator.{row.indicator}"),
        value=n.percent(row.value),
        interval=n.percents(row.lo, row.hi),
    )


def _of(facts: Facts, words: Words, code: str) -> str:
    """The paper that a tile is about, where several papers have no total."""
    return "" if code == "total" or len(subjects(facts)) == 1 else subject_name(facts, words, code)
