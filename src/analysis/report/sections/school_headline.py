"""The three headline figures of a school: start, progress, achievement."""

from dataclasses import dataclass

from ..bands import shown
from ..facts import Facts, Row
from ..naming import subjects
from ..words import Words

MEASURES = ("start", "progress", "achievement")


@dataclass(frozen=True)
class Headline:
    """Rows behind the three tiles; None where there is no data at all."""

    start: Row | None
    progress: Row | None
    achievement: Row | None

    @property
    def rows(self) -> dict[str, Row | None]:
        return {"start": self.start, "progress": self.progress, "achievement": self.achievement}

    @property
    def verdicts(self) -> dict[str, str]:
        """Measure → verdict; 'none' without data, 'unrated' where there is a figure that is not judged."""
        return {measure: _verdict(row) for measure, row in self.rows.items()}


def _verdict(row: Row | None) -> str:
    if row is None:
        return "none"
    judged = str(row.verdict or "none")
    return "unrated" if judged == "none" and shown(row) is not None else judged


def unrated(words: Words, row: Row) -> str:
    """Why a figure is given but not judged."""
    key = f"flag.{row.flag or 'other'}"
    return words(key if key in words else "flag.other")


def headline(facts: Facts) -> Headline:
    """The rows of the total, or of the only subject."""
    return Headline(
        _first(facts, "indicators", indicator="start"),
        _first(facts, "value_added"),
        _first(facts, "indicators", indicator="achievement"),
    )


def _first(facts: Facts, table: str, **equals: str) -> Row | None:
    """The unit's row of the total; without a total, of the first subject that has one."""
    rows = {row.subject: row for row in facts.own(table, **equals)}
    return next((rows[code] for code in ("total", *subjects(facts)) if code in rows), None)


def few_schools(facts: Facts, words: Words) -> str:
    """That there are too few schools to compare one with, said in the number it is."""
    return words("progress.few_schools", k=facts.meta["n_schools"])
