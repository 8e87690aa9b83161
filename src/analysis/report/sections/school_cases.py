"""Recommendations as cases: one finding about one or several subjects, with its measures; named for the reader."""

from dataclasses import dataclass

from ..facts import Facts, Row
from ..naming import band_name, class_name, subject_name
from ..words import Words

OF_BANDS = ("middle_stall", "top_thin")
"""Findings whose target is a prior band."""

OF_TARGETS = ("borderline", "class_all_subjects_low")
"""Findings about a line or a class over all subjects: several of them are one title, and no subject is named."""

OF_SUBJECT = ("subject_", "knowledge_", "item_", "ability_", "blank_", "low_rate", "hit_", "contribution_")
"""Indicators of the re-check that belong to a subject, by the beginning of their code."""


@dataclass(frozen=True)
class Case:
    """One finding: a row for each subject or thing it was found in, and the rows of its measures."""

    found: tuple[Row, ...]
    measures: tuple[Row, ...]

    @property
    def first(self) -> Row:
        return self.found[0]


def cases(facts: Facts) -> list[Case]:
    """Findings in the order of the rules; what is found in several subjects is one case with one set of measures."""
    by_finding: dict[str, list[Row]] = {}
    for row in facts.own("advice"):
        by_finding.setdefault(row.finding, []).append(row)
    return [_case(rows) for rows in by_finding.values()]


def _case(rows: list[Row]) -> Case:
    found = {(row.subject, row.target): row for row in reversed(rows)}
    measures = {row.measure: row for row in reversed(rows)}
    return Case(tuple(reversed(found.values())), tuple(sorted(measures.values(), key=lambda r: r.measure)))


def case_title(facts: Facts, words: Words, case: Case) -> str:
    """What was found, about what: subjects are joined where the finding is the same in all of them."""
    key = f"finding.{case.first.finding}"
    about = words(key, subject="", target="") != words(key, subject="", target="#")
    targets = list(dict.fromkeys(target_name(facts, words, row) for row in case.found)) if about else [""]
    names = list(dict.fromkeys(_subject(facts, words, row) for row in case.found))
    if len(targets) == 1 or (len(names) == 1 and case.first.finding in OF_TARGETS):
        return words(key, subject=words.join(names), target=words.join(targets))
    titles = [finding_words(facts, words, row) for row in case.found]
    return words("list.stop").join(dict.fromkeys(titles))


def finding_words(facts: Facts, words: Words, row: Row) -> str:
    """One finding about one thing."""
    subject, target = _subject(facts, words, row), target_name(facts, words, row)
    return words(f"finding.{row.finding}", subject=subject, target=target)


def _subject(facts: Facts, words: Words, row: Row) -> str:
    return subject_name(facts, words, row.subject) if row.subject else ""


def target_name(facts: Facts, words: Words, row: Row) -> str:
    """Name of a band, line, class, teacher or topic."""
    target = getattr(row, "target", "")
    if row.finding in OF_BANDS and target.isdigit():
        return band_name(words, int(target))
    if "/" in target:
        label = target.rsplit("/", 1)[-1]
        return words("teacher.name", label=label) if target.count("/") == 2 else class_name(words, target)
    return {line["key"]: str(line["name"]) for line in facts.meta["lines"]}.get(target, target)


def measure_words(words: Words, row: Row) -> str:
    return words(f"measure.{row.measure}")


def owner_words(words: Words, row: Row) -> str:
    return known(words, f"owner.{row.owner}", row.owner)


def within_words(words: Words, row: Row) -> str:
    return known(words, f"within.{row.within}", row.within)


def recheck_words(facts: Facts, words: Words, case: Case, row: Row) -> str:
    """Which indicator should go which way."""
    indicator = words(f"recheck.{row.recheck}")
    names = list(dict.fromkeys(_subject(facts, words, r) for r in case.found if r.subject))
    if names and row.recheck.startswith(OF_SUBJECT):
        indicator = words("advice.recheck.subject", subject=words.join(names), indicator=indicator)
    return words("advice.recheck.text", indicator=indicator, direction=words(f"direction.{row.direction}"))


def known(words: Words, key: str, text: str) -> str:
    """Our own word for a role, term or reason; a local one is printed as it is."""
    return words(key) if key in words else text
