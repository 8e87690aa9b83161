"""Since when and until when a teacher has had a class: words and cells to dates, and the share of an exam's time."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from analysis.intake.headings import normal
from analysis.intake.table import shown
from analysis.params import Exam
from analysis.workbook.sheet import Cell

_MONTH = re.compile(
    r"(?:(?P<year>20\d\d)[年./-])?(?P<month>1[0-2]|[1-9])月?(?:(?P<day>\d{1,2})[日号]|[./](?P<point>\d{1,2})(?![\d月]))?(?P<part>[初中底末])?"
)
_ISO = re.compile(r"^(20\d\d)[年./-](\d{1,2})[月./-](\d{1,2})日?$|^(20\d\d)[年./-](\d{1,2})月?$")
_BEFORE, _FROM = ("前", "止", "之前", "以前"), ("起", "后", "至今", "开始", "以后", "之后", "接")


def span(when: str, exam: Exam | None) -> tuple[date | None, date | None, bool]:
    """(since, until, understood) of words such as 10月底前, 11月起, 9月-10月."""
    key = normal(when)
    found = list(_MONTH.finditer(key))
    if not found or exam is None:
        return None, None, not key or "代" in key
    first = _month_date(found[0], exam, key)
    if len(found) > 1 or (any(sign in key for sign in ("-", "~", "至")) and not key.endswith("至今")):
        return first, _month_date(found[-1], exam, key, end=True), True
    if key.endswith(_BEFORE):
        return None, _month_date(found[0], exam, key, end=found[0]["part"] in ("底", "末")), True
    if key.endswith(_FROM):
        return first, None, True
    return None, None, False


def _month_date(found: re.Match[str], exam: Exam, key: str, end: bool = False) -> date:
    """The date that a month's words mean: the last such month before the exam."""
    month = int(found["month"])
    year = int(found["year"]) if found["year"] else exam.date.year - (month > exam.date.month)
    told = found["day"] or found["point"]
    day = (
        int(told)
        if told
        else {"初": 1, "中": 15, "底": 28, "末": 28}.get(found["part"] or "", 28 if end else 1)
    )
    return date(year, month, min(day, 28))


def date_of(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _ISO.match(normal(shown(cell)))
    if not found:
        return None
    year, month, day = (
        (int(found[i] or 1) for i in ((1, 2, 3) if found[1] else (4, 5, 6)))
        if found[1]
        else (int(found[4]), int(found[5]), 1)
    )
    try:
        return date(year, month, day)
    except ValueError:
        return None


def window(exam: Exam, exams: Mapping[str, Exam]) -> tuple[date, date]:
    """Time over which a class is judged: from the baseline exam (else the start of the school year) to the exam."""
    if exam.baselines:
        start = exams[exam.baselines[0]].date
    else:
        start = date(exam.date.year if exam.date.month >= 9 else exam.date.year - 1, 9, 1)
    return min(start, exam.date), exam.date


def share(since: date | None, until: date | None, start: date, end: date) -> float:
    """Share of the window in which the teacher had the class."""
    days = max((end - start).days, 1)
    first = max(start, since or start)
    last = min(end, until or end)
    return max(0.0, (last - first).days / days) if (end - start).days else 1.0
