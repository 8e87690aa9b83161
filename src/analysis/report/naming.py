"""Names of things as they are printed."""

from collections.abc import Mapping
from typing import Any

from .facts import Facts
from .words import Words


def subject_name(facts: Facts, words: Words, code: str) -> str:
    """Name of a subject as the settings print it, else our own word; the total of one paper is that paper."""
    codes = subjects(facts)
    if code == "total" and len(codes) == 1:
        code = codes[0]
    names = {subject["code"]: str(subject["name"]) for subject in facts.meta["subjects"]}
    key = f"subject.{code}"
    return names.get(code) or (words(key) if key in words else code)


def subjects(facts: Facts) -> list[str]:
    """Codes of the exam's subjects in the order of the settings."""
    return [subject["code"] for subject in facts.meta["subjects"]]


def with_total(facts: Facts) -> list[str]:
    """Total first, then the subjects; without a total where there is one subject only."""
    codes = subjects(facts)
    return ["total", *codes] if len(codes) > 1 else codes


def main_subject(facts: Facts, table: str) -> str:
    """The subject the headline rests on: the total where the table has it, else the (only) subject."""
    codes = {row.subject for row in facts.own(table)}
    return next((code for code in ["total", *subjects(facts)] if code in codes), "total")


def class_name(words: Words, unit: str) -> str:
    """A class from its unit id school/class."""
    return words("class.name", label=unit.rsplit("/", 1)[-1])


def band_name(words: Words, band: int) -> str:
    """A prior band, 1 (lowest) to 5."""
    return words(f"band.{band}")


def full_mark(facts: Facts, code: str) -> float | None:
    """Full mark of a subject or of the total; None where the paper has none."""
    if code == "total":
        return facts.meta["total_full"]  # type: ignore[no-any-return]
    return next((subject["full_mark"] for subject in facts.meta["subjects"] if subject["code"] == code), None)


def verdict_words(words: Words, measure: str, verdict: str) -> str:
    """The verdict's word for a measure (start, progress, achievement, change)."""
    return words(f"verdict.{measure}.{verdict or 'none'}")


def composite_name(words: Words, composite: Mapping[str, Any], short: bool = False) -> str:
    """Name of a composite index: our own word for a preset, a local one as it is."""
    key = f"composite.{composite['key']}" + (".short" if short else "")
    return words.either(key, "composite.other", name=composite["name"])
