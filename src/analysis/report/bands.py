"""From numbers to states. The state picks the mark and the sentence; templates and charts only follow.

above, below: the interval lies to one side of the reference; around: it holds the reference and is narrow enough
to say so; unclear: it holds the reference and is wide; small: 11–19 pupils, not rated; hidden; none.
"""

from . import theme
from .facts import Row

STATES = ("above", "below", "around", "unclear", "small", "hidden", "none")

_OF_VERDICT = {
    "much_above": "above",
    "above": "above",
    "around": "around",
    "unclear": "unclear",
    "below": "below",
    "much_below": "below",
    "small": "small",
    "hidden": "hidden",
    "none": "none",
    "unrated": "none",
    "": "none",
}
_COLOURS = {"above": theme.ABOVE, "below": theme.BELOW}


def state_of(verdict: str) -> str:
    """The state of a five-level verdict."""
    return _OF_VERDICT[verdict]


def side(low: float | None, high: float | None, reference: float = 0.0) -> str:
    """Which side of the reference an interval lies on; touching it counts as holding it."""
    if low is None or high is None:
        return "none"
    return "above" if low > reference else "below" if high < reference else "unclear"


def state(row: Row | None) -> str:
    """State of a results row: by its verdict, else by its interval against 0; a flagged row is not judged."""
    if row is None or shown(row) is None:
        return "hidden" if row is not None and row.flag == "hidden" else "none"
    verdict = getattr(row, "verdict", "")
    if not verdict and row.flag:
        return "none"
    return state_of(verdict) if verdict else side(row.lo, row.hi)


def shown(row: Row | None) -> float | None:
    """The figure of a row that may be shown, or None."""
    if row is None or getattr(row, "flag", "") == "hidden":
        return None
    value = getattr(row, "effect", None) if hasattr(row, "effect") else getattr(row, "value", None)
    return None if value is None else float(value)


def colour(of: str) -> str:
    """Colour of a state."""
    return _COLOURS.get(of, theme.EVEN)


def tone(of: str) -> str:
    """CSS class of a number in that state."""
    return {"above": "up", "below": "dn"}.get(of, "ev")


FEW_SCHOOLS = 8
"""With fewer schools a position in the city says little: no ranks, no tiers, and the report says so."""

PARTICIPATION_NORMAL, PARTICIPATION_LOW = 0.98, 0.95
"""words-zh §1: from 98 % normal, 95–98 % low, below too low to judge."""


def matched(row: Row) -> float | None:
    """Share of the pupils who sat that have a baseline; None where nobody sat, or where the number is hidden."""
    return row.matched / row.sat if row.sat and row.matched is not None else None


def participation(rate: float | None) -> str:
    """ok, low, very_low or na."""
    if rate is None:
        return "na"
    return "ok" if rate >= PARTICIPATION_NORMAL else "low" if rate >= PARTICIPATION_LOW else "very_low"


def step_word(value: float, steps: tuple[tuple[float, str], ...], last: str) -> str:
    """The first word whose lower limit the value reaches."""
    return next((word for limit, word in steps if value >= limit), last)


DIFFICULTY = ((0.85, "easy"), (0.70, "rather_easy"), (0.55, "medium"), (0.40, "rather_hard"))
DISCRIMINATION = ((0.40, "good"), (0.30, "fair"), (0.20, "passable"))
ALPHA = ((0.90, "high"), (0.80, "rather_high"), (0.70, "medium"))
"""Scales of words for papers (words-zh §1); below the last limit: hard, low, low."""
