"""Class labels in one spelling: 901 for 九年级1班, whatever the sheet writes."""

import re
from datetime import date, datetime
from functools import lru_cache

from analysis.intake.headings import normal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2}
_NUMERAL = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_GRADES = re.compile(rf"(?P<stage>小|初|高)?(?P<number>{_NUMERAL})(?P<suffix>年级|年|级)?")
_CLASS = re.compile(
    rf"^(?:(?:20)?\d\d级)?(?:(?P<grade>(?:小|初|高)?{_NUMERAL}(?:年级|年|级)?)(?=[(\[.·\-_\d一二三四五六七八九十第]))??"
    rf"[(\[.·\-_第]?(?P<number>\d{{1,2}}|十?[一二三四五六七八九]|[二三四五六七八九]?十[一二三四五六七八九]?)[)\]]?班?$"
)
_CODE = re.compile(r"^0?(?P<grade>1[0-2]|[1-9])(?P<number>\d\d)班?$")
_DATE = re.compile(r"^(1[0-2]|[1-9])月(\d{1,2})日?$")
"""9-1 that a spreadsheet has turned into a date, and shows as one."""
_STAGE = {"初": 6, "高": 9, "小": 0}


def numeral(text: str) -> int | None:
    """Number of digits or Chinese numerals up to 99."""
    if text.isdigit():
        return int(text)
    if not text or any(letter not in _DIGITS for letter in text):
        return None
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS[text] if len(text) == 1 else None


@lru_cache(maxsize=10_000)
def grade_of(text: str) -> int | None:
    """School grade 1–12 that a text such as 七年级, 初一, 高二, 7, G9 or Year 9 names; None if it names none."""
    key = (
        normal(text)
        .removesuffix("班")
        .removeprefix("grade")
        .removeprefix("year")
        .removeprefix("g")
        .removesuffix(".0")
    )
    found = re.fullmatch(_GRADES, key)
    if not found:
        return None
    value = numeral(found["number"])
    if value is None:
        return None
    grade = value + _STAGE.get(found["stage"] or "", 0)
    return grade if 1 <= grade <= 12 else None


@lru_cache(maxsize=100_000)
def label(text: str, grade: int) -> str:
    """Canonical class label within the exam's grade: grade and two digits; other labels as given.

    Examples: 七(1)班, 701, 初一1班, 8(1), 9.1, 01班, 七年级一班, 801.0, 1, 8月1日.
    """
    key = normal(text)
    if key.endswith(".0") and key[:-2].isdigit():
        key = key[:-2]
    key = _DATE.sub(r"\1(\2)", key)
    code = _CODE.match(key)
    if code:
        return f"{code['grade']}{code['number']}"
    found = _CLASS.match(key)
    number = numeral(found["number"]) if found else None
    if not found or not number:
        return text.strip()
    if number > 40 and number == numeral(found["number"]) and key.startswith(tuple("七八九")):
        return f"{numeral(key[0])}{number % 10 + 10:02d}"  # 七十一班 is 七(11)班: nobody has 71 classes
    named = grade_of(found["grade"]) if found["grade"] else None
    if found["grade"] and named is None:
        return text.strip()
    return f"{named or grade}{number:02d}"


def number_in_cohort(label_text: str, grade: int) -> str:
    """The part of a label that stays when the grade moves up; the whole label where it is not of that form."""
    prefix = str(grade)
    rest = label_text.removeprefix(prefix)
    return rest if label_text.startswith(prefix) and len(rest) == 2 and rest.isdigit() else label_text


def from_date(cell: date | datetime) -> str:
    """8-1 typed into Excel becomes 1 August: month and day are grade and class again."""
    return f"{cell.month}({cell.day})"
