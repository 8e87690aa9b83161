"""What is said of those that stand neither above nor below: 'in line' and 'no clear difference' are two things."""

from collections.abc import Iterable

from ..bands import state
from ..facts import Row
from ..words import Words


def rest(words: Words, rows: Iterable[Row | None], of: str) -> str:
    """The words for all rows that are neither above nor below; '' if there is none. of : progress, city or change."""
    states = {state(row) for row in rows} - {"above", "below"}
    if not states:
        return ""
    key = states.pop() if len(states) == 1 else "mixed" if states <= {"around", "unclear"} else "other"
    return words(f"rest.{of}.{key}" if f"rest.{of}.{key}" in words else f"rest.{of}.other")


def finding(words: Words, key: str, names: dict[str, list[str]], left: str, **values: object) -> str:
    """Who stands above and below, and what is said of the others.

    key : beginning of the keys that end in high, low, highlow and none; names : above and below → names; left : words of `rest`.
    """
    if not names["above"] and not names["below"]:
        return words(f"{key}none", rest=left, **values)
    which = ("high" if names["above"] else "") + ("low" if names["below"] else "")
    high, low = words.join(names["above"]), words.join(names["below"])
    text = words(f"{key}{which}", high=high, low=low, **values)
    return text + (words("rest.of_others", rest=left) if left else "")


def every(names: dict[str, list[str]], count: int) -> str:
    """'above' or 'below' where all of them stand there, else ''."""
    return next((of for of, found in names.items() if count > 1 and len(found) == count), "")
