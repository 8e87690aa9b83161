"""What only a sheet's name, its title or the file's name tells: school, class, grade, subject, track."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.intake.headings import Vocabulary, normal
from analysis.intake.identity import classes
from analysis.intake.identity.schools import Schools
from analysis.intake.table import Table
from analysis.workbook.sheet import Sheet

_GRADE = re.compile(
    r"(?:小|初|高)[一二三四五六七八九十]|[一二三四五六七八九十]{1,3}年级|\d{1,2}年级|(?:grade|year)(?:1[0-2]|[1-9])(?!\d)"
)
_CLASS = re.compile(
    r"(?:小|初|高)[一二三四五六][一二三四五六七八九十\d]{1,2}班|[一二三四五六七八九]年级[一二三四五六七八九十\d]{1,3}班|[(\[]\d{1,2}[)\]]班|(?:小|初|高)?[一二三四五六七八九\d]{1,2}(?:年级)?[(\[][一二三四五六七八九十\d]{1,3}[)\]]班?|(?<!\d)(?:1[0-2]|[1-9])\d\d班|^(?:1[0-2]|[1-9])\d\d$|(?<!\d)\d{1,2}班|[一二三四五六七八九十]{1,3}班"
)
_TRACK = re.compile(r"(?:物理|历史)(?:类|方向|科目组合|组合|组)")
_SCHOOL = re.compile(r"^[^年]+(?:中学|小学|学校|[一二三四五六七八九十]中|实验|附中|外国语|高中|初中)$")
"""青禾一中, and neither 初中 alone nor 2026年春季初中."""
_LATIN = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Context:
    """What the surroundings of a table say; empty or None where they say nothing."""

    school: str = ""
    klass: str = ""
    grade: int | None = None
    subject: str = ""
    track: str = ""


def context(
    sheet: Sheet, table: Table, schools: Schools, vocabulary: Vocabulary, grade_known: int = 0
) -> Context:
    """Sheet name first, then the title, then the file's name, then its folder: the nearest wins.

    A school printed once above the lists of its classes holds until the next one; one that nobody knows ends the one before.

    Parameters
    ----------
    grade_known : int
        The exam's grade, 0 if unknown: 401成绩 is class 1 of grade 4.
    """
    path = PurePosixPath(sheet.file)
    near = [sheet.name, *table.title.split("\n"), path.stem]
    sheets_school = _school([sheet.name], schools)
    section = next((text for text in table.sections if school_in(text) or _school([text], schools)), "")
    wider = [section] if section else [*near, *reversed(path.parent.parts)]
    school = sheets_school or _school(wider, schools)
    klass = next((found for text in near if (found := _class(text, grade_known))), "")
    grade = next((number for text in near if (number := _grade(text)) is not None), None)
    subject = next((found for text in near if (found := _subject(text, vocabulary.subjects))), "")
    track = next((found for text in near if (found := _track(text))), "")
    return Context(school, klass, grade, subject, track)


def _school(texts: Sequence[str], schools: Schools) -> str:
    return next((code for text in texts if (code := schools.within(text) or _exact(text, schools))), "")


def school_in(text: str) -> str:
    """The name of a school as a word of its own, as printed above a list; empty if there is none."""
    return next((word for word in re.split(r"[\s()（）:：]+", text) if _SCHOOL.search(word)), "")


def _exact(text: str, schools: Schools) -> str:
    """The whole text is a school's code or name; open schools are not added from sheet names."""
    from analysis.intake.identity.schools import key_of

    return schools.names.get(key_of(text), "")


def _class(text: str, grade: int) -> str:
    """The one class that a text names; else the one code that begins with the grade, and no other number of that length."""
    key = normal(text)
    found = set(_CLASS.findall(key))
    if not found and grade:
        found = {
            code
            for code in _NUMBER.findall(key)
            if code.startswith(str(grade)) and len(code) == len(str(grade)) + 2
        }
    return found.pop() if len(found) == 1 else ""


def _track(text: str) -> str:
    """物理类 or 历史方向, where a text names one of the two."""
    found = set(_TRACK.findall(normal(text)))
    return found.pop() if len(found) == 1 else ""


def _grade(text: str) -> int | None:
    found = {classes.grade_of(match) for match in _GRADE.findall(normal(text))}
    return found.pop() if len(found) == 1 else None


def _subject(text: str, subjects: Mapping[str, str]) -> str:
    """The one subject that a text names in full (two letters or more); a Latin name is a word of its own: no art in party."""
    key = normal(text)
    latin = set(_LATIN.findall(unicodedata.normalize("NFKC", text).lower()))
    hits = [n for n in subjects if len(n) > 1 and (n in latin if n.isascii() else n in key)]
    longest = {subjects[name] for name in hits if not any(name != other and name in other for other in hits)}
    return longest.pop() if len(longest) == 1 else ""
