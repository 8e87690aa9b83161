"""The classes of the only school of an exam: what can be said of it is what can be said of them."""

from ..bands import side, state
from ..facts import Facts, Row
from ..naming import subject_name, with_total
from ..words import Words
from .school_rest import rest

FEW_CLASSES = 5
"""From so many classes on lists may rest on their probabilities (docs/decisions/009)."""
NOTHING = 1e-6
"""An effect (sd) smaller than this is a variance estimated at 0."""


def lead_subject(facts: Facts) -> str:
    """The total, or without one the first subject, that classes have a progress of; '' where none has."""
    return next((code for code in with_total(facts) if effects(facts, code)), "")


def effects(facts: Facts, subject: str) -> list[Row]:
    """Progress of the classes in a subject that may be shown, highest first."""
    rows = facts.rows("value_added", level="class", subject=subject)
    return sorted((r for r in rows if r.effect is not None and r.flag != "hidden"), key=lambda r: -r.effect)


def figures(facts: Facts, indicator: str, subject: str) -> list[Row]:
    """A figure of the classes that may be shown, highest first."""
    rows = facts.rows("indicators", level="class", subject=subject, indicator=indicator)
    return sorted((r for r in rows if r.value is not None and r.flag != "hidden"), key=lambda r: -r.value)


def starts(facts: Facts) -> list[Row]:
    """Starts of the classes with an interval, highest first: of the total, which a single paper's stand under as well,
    else of the first subject.
    """
    of = (figures(facts, "start", code) for code in dict.fromkeys(("total", with_total(facts)[0])))
    return next(filter(None, ([row for row in rows if row.lo is not None] for rows in of)), [])


def apart(rows: list[Row]) -> str:
    """Starts of classes (two or more, highest first): apart, the outermost clearly; some, one clearly off the grade's
    average; alike.
    """
    if side(rows[0].lo - rows[-1].hi, rows[0].hi - rows[-1].lo) == "above":
        return "apart"
    return "some" if any(side(row.lo, row.hi) in ("above", "below") for row in rows) else "alike"


def noted(facts: Facts, subject: str) -> set[str]:
    """What the fit of a subject says of itself."""
    row = facts.one("fits", subject=subject, term="state")
    return set(row.note.split()) if row is not None else set()


def flat(facts: Facts, subject: str) -> bool:
    """Whether the fit found no differences between the classes beyond chance: all of them are estimated at 0."""
    return all(abs(row.effect) < NOTHING for row in effects(facts, subject))


def why_none(facts: Facts, words: Words) -> str:
    """Why classes have no progress, in a sentence."""
    if not facts.meta["baseline"]:
        return words("progress.no_baseline")
    k = len(facts.rows("units", level="class"))
    return words("one.progress.none" if k > 1 else "one.progress.one_class" if k else "one.progress.no_class")


def counted(words: Words, rows: list[Row]) -> str:
    """How many classes progressed more and less than expected, and what is said of the others."""
    up, down = (sum(state(row) == side for row in rows) for side in ("above", "below"))
    left = rest(words, rows, "progress")
    key = ("up" if up else "") + ("down" if down else "") or "none"
    key = "all" if up == len(rows) else "all_down" if down == len(rows) else key
    said = words(f"progress.classes.{key}", up=up, down=down, k=len(rows), rest=left)
    return said + (words("rest.of_others", rest=left) if left and key != "none" else "")


def standfirst(facts: Facts, words: Words) -> str:
    """The finding in one sentence: how the classes progressed, or why that cannot be said."""
    code = lead_subject(facts)
    if not code:
        return why_none(facts, words)
    said = counted(words, effects(facts, code))
    return words("one.cover", subject=subject_name(facts, words, code), counted=said)
