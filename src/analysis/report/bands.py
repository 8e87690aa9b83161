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
    """State of a results row: by its verdict where it has one, else by its interval against 0."""
    if row is None or shown(row) is None:
        return "hidden" if row is not None and row.flag == "hidden" else "none"
    verdict = getattr(row, "verdict", "")
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
