"""Recommendations with evidence, measure, owner, date and re-check; and what became of the last ones."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..bands import side, tone
from ..facts import Facts, Row
from ..naming import band_name, class_name, subject_name
from ..tables import Cell, Column, Grid, Line, whisker_axis
from ..words import Words
from .school_value_added import effect_axis, effect_cell

TABLES = ("advice", "tracking", "judgements")
SECTION_OF = {
    "value_added": "progress",
    "value_added_bands": "progress",
    "growth": "progress",
    "standing": "progress",
    "indicators": "achievement",
    "lines": "achievement",
    "effective": "achievement",
    "item_quality": "items",
    "blanks": "items",
    "topics": "items",
    "papers_quality": "items",
    "participation": "data",
    "outflow": "data",
    "issues_summary": "data",
    "changes": "trend",
    "trends": "trend",
}
GAPS = ("topics", "item_quality")
"""Evidence tables whose figures are differences of shares."""

SHARES = ("participation", "effective", "lines", "blanks")
"""Evidence tables whose figures are shares."""

OF_BANDS = ("middle_stall", "top_thin")
"""Findings whose target is a prior band."""

INDEX = ("pupil_imbalance", "between_class_gap", "low_rate_high", "data_quality")
"""Findings whose figure has no unit that a reader knows: only its probability is printed."""

OF_CLASSES = ("between_class_gap", "class_all_subjects_low", "teaching_support")
"""Findings that the section on classes shows."""


@dataclass(frozen=True)
class Case:
    """One finding about one thing, with the rows of its measures."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        return self.rows[0]


def cases(facts: Facts) -> list[Case]:
    """Findings in order, each with its two or three measures."""
    return [
        Case(tuple(rows))
        for _, rows in groupby(facts.own("advice"), key=lambda r: (r.finding, r.subject, r.target))
    ]


def view(facts: Facts, words: Words) -> dict[str, Any]:
    found, past = cases(facts), facts.own("tracking")
    return {
        "lead": words("advice.lead", k=len(found)) if found else words("advice.none"),
        "not_said": words("advice.limit"),
        "cards": [_card(facts, words, case, rank) for rank, case in enumerate(found, 1)],
        "lawful": words("advice.lawful"),
        "tracking": _tracking(facts, words, past),
        "no_tracking": "" if past else words("track.none"),
        "withheld": _withheld(facts, words, facts.own("judgements", status="withheld")),
        "school_note": words("track.school_note"),
    }


def finding_words(facts: Facts, words: Words, row: Row) -> str:
    """What was found, about what."""
    subject = subject_name(facts, words, row.subject) if row.subject else ""
    return words(f"finding.{row.finding}", subject=subject, target=_target(facts, words, row))


def _target(facts: Facts, words: Words, row: Row) -> str:
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
    return _known(words, f"owner.{row.owner}", row.owner)


def within_words(words: Words, row: Row) -> str:
    return _known(words, f"within.{row.within}", row.within)


def recheck_words(facts: Facts, words: Words, row: Row) -> str:
    """Which indicator should go which way."""
    indicator = words(f"recheck.{row.recheck}")
    if row.subject and row.recheck.startswith(("subject_", "knowledge_", "item_", "ability_", "blank_", "low_rate", "hit_", "contribution_")):  # fmt: skip
        indicator = words(
            "advice.recheck.subject", subject=subject_name(facts, words, row.subject), indicator=indicator
        )
    return words("advice.recheck.text", indicator=indicator, direction=words(f"direction.{row.direction}"))


def _known(words: Words, key: str, text: str) -> str:
    """Our own word for a role, term or reason; a local one is printed as it is."""
    return words(key) if key in words else text


def _card(facts: Facts, words: Words, case: Case, rank: int) -> dict[str, Any]:
    """One finding with its measures, ready to print."""
    row = case.first
    section = "classes" if row.finding in OF_CLASSES else SECTION_OF.get(row.evidence.partition(":")[0], "")
    return {
        "rank": str(rank),
        "title": finding_words(facts, words, row),
        "figure": _figure(words, row),
        "section": section,
        "section_title": words(f"school.title.{section}") if section else "",
        "measures": [
            {
                "measure": measure_words(words, r),
                "owner": owner_words(words, r),
                "within": within_words(words, r),
                "recheck": recheck_words(facts, words, r),
            }
            for r in case.rows
        ],
    }


def _figure(words: Words, row: Row) -> str:
    """The figure behind a finding with its interval, in the unit of its table, and the probability."""
    text = ""
    if row.value is not None and row.finding not in INDEX:
        value, interval, unit = _written(words, row)
        key = "advice.figure" if row.lo is not None else "advice.figure.alone"
        text = words(key, value=value, interval=interval, unit=unit)
    if row.probability is not None:
        text += words("advice.probability", p=words.numbers.probability(row.probability))
    return text.strip()


def _written(words: Words, row: Row) -> tuple[str, str, str]:
    """Value, interval and unit as the evidence's table counts."""
    n, table = words.numbers, row.evidence.partition(":")[0]
    if table in GAPS:
        return n.points(row.value), n.pointses(row.lo, row.hi), words("unit.points")
    if table in SHARES:
        return n.percent(row.value), n.percents(row.lo, row.hi), ""
    return n.effect(row.value), n.effects(row.lo, row.hi), words("unit.t.name")


def _tracking(facts: Facts, words: Words, rows: list[Row]) -> Grid | None:
    """Earlier actions: indicator then and now, change beside the unaided expectation, status."""
    if not rows:
        return None
    domain, labels = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    columns = (
        Column(words("track.action"), kind="text"),
        Column(words("advice.owner"), kind="text"),
        Column(words("column.before")),
        Column(words("column.now")),
        Column(words("column.change"), words("column.interval")),
        Column(words("column.change"), kind="viz", axis=whisker_axis(domain, labels)),
        Column(words("column.unaided"), words("unit.t")),
        Column(words("track.status"), kind="text"),
    )
    lines = tuple(_track_line(facts, words, row, domain) for row in rows)
    better = sum(row.status == "better" for row in rows)
    finding = words("track.finding", k=len(rows), better=better)
    return Grid(finding, words("track.what"), columns, lines, words("track.note"), css="stackrow")


def _track_line(facts: Facts, words: Words, row: Row, domain: tuple[float, float]) -> Line:
    n, of = words.numbers, side(row.lo, row.hi)
    cells = (
        Cell(owner_words(words, row), css="nw"),
        Cell(n.effect(row.before)),
        Cell(n.effect(row.after)),
        Cell(n.effect(row.value), n.effects(row.lo, row.hi), tone(of)),
        effect_cell(row, domain, of) if row.value is not None else Cell("—"),
        Cell(n.effect(row.expected)),
        Cell(words(f"track.{row.status}"), css="nw"),
    )
    subject = subject_name(facts, words, row.subject) if row.subject else ""
    return Line(Cell(measure_words(words, row), subject), cells)


def _withheld(facts: Facts, words: Words, rows: list[Row]) -> list[str]:
    """Judgements that could not be made, with the reasons; one sentence a judgement and reason."""
    made: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        reason = words.join([_known(words, f"reason.{text}", text) for text in row.reason.split(",")])
        name = subject_name(facts, words, row.subject)
        made.setdefault((words(f"judgement.{row.judgement}"), reason), []).append(name)
    return [
        words("advice.withheld", judgement=j, subject=words.join(names), reason=r)
        for (j, r), names in made.items()
    ]
