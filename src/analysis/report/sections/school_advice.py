"""Recommendations with evidence, measure, owner, date and re-check; and what became of the last ones."""

from typing import Any

from ..bands import side, tone
from ..facts import Facts, Row
from ..naming import subject_name
from ..tables import Cell, Column, Grid, Line, whisker_axis
from ..words import Words
from .school_cases import (
    Case,
    case_title,
    cases,
    finding_words,
    known,
    measure_words,
    owner_words,
    recheck_words,
    within_words,
)
from .school_proof import proof, section_of
from .school_value_added import effect_axis, effect_cell

TABLES = ("advice", "tracking", "judgements")
KEPT = ("good_practice",)
"""Findings whose action succeeds where nothing falls."""

OUTCOMES = ("better", "kept", "same", "worse", "unknown")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    found, past = cases(facts), facts.own("tracking")
    return {
        "lead": _lead(facts, words, found),
        "not_said": words("advice.limit"),
        "cards": [_card(facts, words, case, rank) for rank, case in enumerate(found, 1)],
        "lawful": words("advice.lawful"),
        "tracking": _tracking(facts, words, past),
        "no_tracking": "" if past else words("track.none"),
        "withheld": _withheld(facts, words, facts.own("judgements", status="withheld")),
        "school_note": words("track.school_note"),
    }


def _lead(facts: Facts, words: Words, found: list[Case]) -> str:
    """How many, and the most urgent one by name."""
    if not found:
        return words("advice.none")
    first = case_title(facts, words, found[0])
    return words("advice.lead.one" if len(found) == 1 else "advice.lead", k=len(found), first=first)


def _card(facts: Facts, words: Words, case: Case, rank: int) -> dict[str, Any]:
    """One finding with its measures, ready to print."""
    section = section_of(case)
    return {
        "rank": str(rank),
        "title": case_title(facts, words, case),
        "proof": proof(facts, words, case),
        "section": section,
        "section_title": words(f"school.title.{section}") if section else "",
        "measures": [
            {
                "measure": measure_words(words, r),
                "owner": owner_words(words, r),
                "within": within_words(words, r),
                "recheck": recheck_words(facts, words, case, r),
            }
            for r in case.measures
        ],
    }


def _outcome(row: Row) -> str:
    """The status of an action; where holding the level was the aim, no clear change means that it was held."""
    return "kept" if row.finding in KEPT and row.status == "same" else str(row.status)


def _tracking(facts: Facts, words: Words, rows: list[Row]) -> Grid | None:
    """Earlier actions: indicator then and now, change beside the unaided expectation, status."""
    if not rows:
        return None
    domain, labels = effect_axis(words, [v for r in rows for v in (r.lo, r.hi)])
    columns = (
        Column(words("track.action"), kind="text"),
        Column(words("column.before")),
        Column(words("column.now")),
        Column(words("column.change"), words("column.interval")),
        Column(words("column.change"), kind="viz", axis=whisker_axis(domain, labels)),
        Column(words("column.unaided"), words("unit.t")),
        Column(words("track.status"), kind="text"),
    )
    actions: dict[tuple[str, str, float | None], list[Row]] = {}
    for row in rows:
        actions.setdefault((row.finding, row.subject, row.value), []).append(row)
    lines = tuple(_track_line(facts, words, of, domain) for of in actions.values())
    counts = {of: sum(_outcome(group[0]) == of for group in actions.values()) for of in OUTCOMES}
    parts = [words("track.count", what=words.within(f"track.{of}"), k=k) for of, k in counts.items() if k]
    finding = words("track.finding", k=len(actions), parts=words("list.comma").join(parts))
    return Grid(finding, words("track.what"), columns, lines, words("track.note"), css="stackrow")


def _track_line(facts: Facts, words: Words, rows: list[Row], domain: tuple[float, float]) -> Line:
    """One finding with all its measures; they share the indicator."""
    row, n = rows[0], words.numbers
    of = side(row.lo, row.hi)
    cells = (
        Cell(n.effect(row.before)),
        Cell(n.effect(row.after)),
        Cell(n.effect(row.value), n.effects(row.lo, row.hi), tone(of)),
        effect_cell(row, domain, of) if row.value is not None else Cell("—"),
        Cell(n.effect(row.expected)),
        Cell(words(f"track.{_outcome(row)}"), css="nw"),
    )
    done = [
        words("track.done", k=k, measure=measure_words(words, r), owner=owner_words(words, r))
        for k, r in enumerate(rows, 1)
    ]
    return Line(Cell(finding_words(facts, words, row), words("sentence.space").join(done)), cells)


def _withheld(facts: Facts, words: Words, rows: list[Row]) -> list[str]:
    """Judgements that could not be made: one sentence for what has the same reason in the same subjects."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        reason = words.join([known(words, f"reason.{text}", text) for text in row.reason.split(",")])
        name = subject_name(facts, words, row.subject)
        subjects.setdefault((words(f"judgement.{row.judgement}"), reason), []).append(name)
    judgements: dict[tuple[str, str], list[str]] = {}
    for (judgement, reason), names in subjects.items():
        judgements.setdefault((words.join(names), reason), []).append(judgement)
    return [
        words("advice.withheld", judgement=words.join(of), subject=names, reason=reason)
        for (names, reason), of in judgements.items()
    ]
