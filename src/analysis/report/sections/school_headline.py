"""The three headline figures of a school: start, progress, achievement."""

from dataclasses import dataclass

from ..bands import shown
from ..facts import Facts, Row
from ..naming import subjects

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
        """Measure → verdict; 'none' without data."""
        return {measure: (row.verdict or "none") if row else "none" for measure, row in self.rows.items()}


def value(row: Row) -> float | None:
    """The figure in sd, whichever table the row is from."""
    return shown(row)


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
