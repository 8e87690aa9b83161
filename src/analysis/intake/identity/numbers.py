"""Pupils' numbers in one spelling, and what is left of those that a spreadsheet damaged."""

import re
from collections.abc import Iterable

from analysis.intake.cells import unguarded
from analysis.intake.headings import normal
from analysis.workbook.sheet import Cell

_SCIENCE = re.compile(r"^(\d)(?:\.(\d+))?E\+?(\d{1,2})$")
_NATIONAL = re.compile(r"^[GLJ]?(\d{17}[0-9X])$")
EXACT_DIGITS = 15
"""A spreadsheet keeps that many digits of a number."""


def clean(cell: Cell) -> str:
    """A number as text: guards, blanks and a float's .0 out, upper case; scientific notation is kept as it is."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**EXACT_DIGITS else _exact(cell)
    text = (
        normal(unguarded(str(cell))).upper()
        if not isinstance(cell, str) or not cell.isascii() or not cell.isalnum()
        else cell.upper()
    )
    text = text.strip("'\"=`")
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _exact(number: float) -> str:
    """A number too long for a float, in scientific notation: the digits that it surely has, cut and not rounded."""
    mantissa, _, power = f"{number:.{EXACT_DIGITS}E}".partition("E")
    return f"{mantissa[:-1]}E{power}"


def national(text: str) -> tuple[str, str]:
    """(whole id, prefix of a damaged one) of a cleaned 学籍号; one of the two is empty.

    The leading G is dropped, because sheets drop it too. Other ids of other lands are whole as they are.
    """
    found = _NATIONAL.match(text)
    if found:
        return found[1], ""
    science = _SCIENCE.match(text)
    if science:
        digits = (science[1] + (science[2] or ""))[:EXACT_DIGITS]
        exponent = int(science[3])
        digits = digits.rstrip("0") if len(digits) <= EXACT_DIGITS else digits
        return "", digits[: exponent + 1]
    return text, ""


def clean_all(cells: Iterable[Cell]) -> list[str]:
    """`clean` over a column; the common case, plain letters and digits, costs next to nothing."""
    return [
        cell.upper() if type(cell) is str and cell.isalnum() and cell.isascii() else clean(cell)
        for cell in cells
    ]
