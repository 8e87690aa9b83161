"""Lint of the measures file: complete, in both languages, and inside what schools may do. docs/methods.md §7."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

CODES = ("owner", "within", "recheck", "direction")

_FORBIDDEN = {
    "adds exams": (
        r"(增加|新增|增设|加考|加测|组织|安排|举行|举办|开展|每周|每月|每天).{0,10}(考试|测验|测试|月考|周考|周测|周练|统考|统测|模考|摸底)",
        r"\b(more|extra|additional|new|weekly|monthly|daily|hold|add)\b.{0,25}\b(exams?|tests?|quiz(zes)?)\b",
    ),
    "holiday classes": (
        r"(节假日|假日|周末|双休日|周六|周日|寒假|暑假|假期).{0,12}(补课|上课|辅导|集训|补习|培优|集中学习|授课)",
        r"\b(holidays?|weekends?|saturdays?|sundays?|vacations?)\b.{0,40}\b(lessons?|class(es)?|tuition|coaching|teaching)\b",
        r"\b(lessons?|class(es)?|tuition|coaching)\b.{0,25}\b(holidays?|weekends?|saturdays?|sundays?|vacations?)\b",
    ),
    "ability classes": (
        r"(按|依|根据).{0,6}(成绩|分数|名次).{0,6}(编班|分班|调班)|重点班|快慢班|尖子班|培优班|火箭班|实验班",
        r"\b(ability|top|fast|elite)[- ](class(es)?|sets?|streams?)\b|\bstream(ed|ing)?\b.{0,20}\b(results?|marks?|scores?)\b",
        r"\bclass(es)?\b.{0,20}\bby (results?|marks?|scores?|ability|attainment)\b",
    ),
}
_NEGATED = re.compile(r"不|禁|勿|严禁|\b(no|not|never|without|rather than)\b")
_CLAUSE = re.compile(r"[，。；：、（）,.;:()]")


def unlawful(text: str) -> str:
    """What a measure's text would have schools do that they may not: a short reason, or ''.

    Read clause by clause; a clause that forbids the thing ('不按成绩编班', 'no joint exams') is allowed.
    """
    for clause in _CLAUSE.split(text.lower()):
        for reason, patterns in _FORBIDDEN.items():
            for pattern in patterns:
                hit = re.search(pattern, clause)
                if hit and not _NEGATED.search(clause[: hit.end()]):
                    return reason
    return ""


def faults(data: Mapping[str, Any]) -> list[str]:
    """Everything wrong with a parsed measures file, one sentence each; empty if it may be used."""
    return [*_measure_faults(data), *_finding_faults(data)]


def _measure_faults(data: Mapping[str, Any]) -> Iterator[str]:
    for key, measure in data["measures"].items():
        finding, _, number = key.rpartition(".")
        if finding not in data["findings"] or not number.isdigit():
            yield f"{key}: not FINDING.NUMBER of a known finding"
        for code in CODES:
            if measure.get(code) not in data["words"][code]:
                yield f"{key}: {code} {measure.get(code)!r} has no words"
        if not set(measure.get("grades", [1])) <= set(range(1, 13)):
            yield f"{key}: grades are school years, 1 to 12"
        for language in ("zh", "en"):
            text = measure.get(language) or ""
            if not text:
                yield f"{key}: no text in {language}"
            elif reason := unlawful(text):
                yield f"{key}: {language} text {reason}"


def _finding_faults(data: Mapping[str, Any]) -> Iterator[str]:
    with_measures = {key.rpartition(".")[0] for key in data["measures"]}
    for key, finding in data["findings"].items():
        if key not in with_measures:
            yield f"{key}: a finding without measures"
        for part in ("when", "show"):
            if part not in finding:
                yield f"{key}: {part} is missing"
    for kind, words in data["words"].items():
        for code, text in words.items():
            if set(text) != {"zh", "en"}:
                yield f"words {kind}.{code}: needs zh and en"
