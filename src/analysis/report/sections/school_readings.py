"""How the three headline figures hang together, in words: the sum from start to result, and what it does not mean."""

from ..bands import state_of
from ..facts import Facts
from ..words import Words
from .school_headline import MEASURES, Headline, unrated

TENTH = 0.05
"""Shares of the intake's effect that progress makes up: less is not worth a word, and as little short of 1 is all."""


def story(facts: Facts, words: Words, top: Headline) -> str:
    """From the start to the result (T points); the figures printed add up to the figure printed."""
    if top.progress is None or top.start is None or top.achievement is None:
        return ""
    parts = {row.part: row.value for row in facts.own("gap", subject=top.progress.subject)}
    if any(parts.get(key) is None for key in ("start", "value_added", "all")):
        return ""
    n = words.numbers
    start, added, whole = (round(10 * parts[key], 1) for key in ("start", "value_added", "all"))
    rest = round(whole - start - added, 1)
    made = [words(f"story.start.{_way(start)}", by=n.plain(abs(start)))]
    made.append(words(f"story.progress.{_relation(start, added)}", value=n.signed(added), share=n.percent(_share(start, added), 0)))  # fmt: skip
    if rest:
        made.append(words("story.rest", value=n.signed(rest)))
    made.append(words(f"story.end.{_way(whole)}", value=n.plain(50 + whole), by=n.plain(abs(whole))))
    return "".join(made)


def _way(value: float) -> str:
    return "higher" if value > 0 else "lower" if value < 0 else "same"


def _share(start: float, added: float) -> float:
    """How much of the intake's effect progress makes up or undoes, to the nearest tenth."""
    return round(min(abs(added / start), 1.0), 1) if start else 0.0


def _relation(start: float, added: float) -> str:
    """What progress does to the distance that the intake alone would give."""
    if start * added >= 0 or abs(added / start) < TENTH:
        return "plain"
    way = "makes_up" if start < 0 else "undoes"
    return way if abs(added / start) < 1 - TENTH else f"{way}_all"


def notes(words: Words, top: Headline) -> list[str]:
    """The field of the quadrant, and what the three verdicts do not mean; why a figure is not judged."""
    field = field_of(top)
    made = [words(f"summary.quadrant.{field}")] if field not in ("", "centre") else []
    for measure in MEASURES:
        row, of = top.rows[measure], state_of(top.verdicts[measure])
        key = f"note.{measure}.{of}"
        if row is None:
            made.append(words(f"summary.{measure}.na"))
        elif of == "none":
            made.append(
                words("summary.unrated", measure=words(f"measure.{measure}"), reason=unrated(words, row))
            )
        elif key in words:
            made.append(words(key, n=row.n))
    return made


def field_of(top: Headline) -> str:
    """Which of the four fields, or the centre where an interval crosses a line."""
    states = [state_of(top.verdicts[m]) for m in ("start", "progress")]
    if any(of in ("small", "hidden", "none") for of in states):
        return ""
    if not all(of in ("above", "below") for of in states):
        return "centre"
    return f"{'high' if states[0] == 'above' else 'low'}_{'fast' if states[1] == 'above' else 'slow'}"
