"""Progress inside the only school: its classes, subject by subject, measured from the grade's own average."""

from typing import Any

from ..bands import state, tone
from ..facts import Facts, Row
from ..naming import class_name, subject_name, with_total
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .one_classes import FEW_CLASSES, counted, effects, flat, lead_subject, noted, why_none
from .school_groups import gap, spread
from .school_progress import by_class
from .school_transitions import sentence as transition_sentence
from .school_transitions import table as transition_table

TABLES = ("value_added", "growth", "transitions", "judgements", "fits")
ENDS = 3
"""Classes named at either end of a long list."""


def view(facts: Facts, words: Words) -> dict[str, Any]:
    code = lead_subject(facts)
    if not code:
        return {"empty": why_none(facts, words), "tone": "progress"}
    return {
        "tone": "progress",
        "lead": words("one.progress.lead", subject=subject_name(facts, words, code), counted=counted(words, effects(facts, code))),
        "not_said": words("progress.not"),
        "what": words("progress.what"),
        "panels": [],
        "panels_finding": "",
        "panels_what": "",
        "table": _subjects(facts, words),
        "figures": [by_class(facts, words, code)],
        "transitions": transition_table(facts, words),
        "sentences": [*_apart(facts, words, code), *_growth(facts, words, code), *transition_sentence(facts, words), *_cautions(facts, words, code)],
    }  # fmt: skip


def _subjects(facts: Facts, words: Words) -> Grid:
    """One line a subject: how many classes stand out, the highest and the lowest, and whether chance explains it."""
    rows = {code: effects(facts, code) for code in with_total(facts)}
    rows = {code: found for code, found in rows.items() if found}
    columns = (
        Column(words("column.subject"), kind="text"),
        *(Column(words(f"one.column.{key}"), words("one.column.classes")) for key in ("above", "below")),
        *(Column(words(f"group.{key}"), words("column.interval")) for key in ("highest", "lowest")),
        Column(words("group.spread"), words("unit.t")),
        Column(words("group.judged"), kind="text"),
    )
    body = tuple(_line(facts, words, code, found) for code, found in rows.items())
    apart = [subject_name(facts, words, code) for code in rows if gap(facts, code) == "found"]
    judged = any(gap(facts, code) != "none" for code in rows)
    none = words("one.spread.none" if judged else "one.spread.unjudged")
    finding = words("one.spread", subjects=words.join(apart)) if apart else none
    sure = words.numbers.percent(facts.meta["thresholds"]["spread_probability"], 0)
    return Grid(finding, words("one.spread.what"), columns, body, words("one.spread.note", sure=sure), "wide")


def _line(facts: Facts, words: Words, code: str, rows: list[Row]) -> Line:
    n, found = words.numbers, spread(facts, code)
    states = [state(row) for row in rows]
    ends = [] if flat(facts, code) else [(row, state(row)) for row in (rows[0], rows[-1])]
    cells = (
        *(Cell(n.count(states.count(of))) for of in ("above", "below")),
        *(Cell("—") for _ in range(2 - len(ends))),
        *(Cell(words("one.cell", name=class_name(words, r.unit), value=n.effect(r.effect)), n.effects(r.lo, r.hi), tone(of)) for r, of in ends),
        Cell(n.plain(10 * found.value if found is not None and found.value is not None else None)),
        Cell(words(f"group.gap.{gap(facts, code)}"), css="nw"),
    )  # fmt: skip
    return Line(Cell(subject_name(facts, words, code)), cells, "me" if code == "total" else "")


def _apart(facts: Facts, words: Words, code: str) -> list[str]:
    """What share of the differences that the start does not explain lies between the classes."""
    row, n = facts.one("fits", subject=code, term="icc:class"), words.numbers
    if row is None or row.value is None:
        return []
    if flat(facts, code):
        return [words("one.progress.flat")]
    return [words("one.progress.share", share=n.percent(row.value, 0))]


def _growth(facts: Facts, words: Words, code: str) -> list[str]:
    """Growth percentiles of the classes among the school's own grade, or why there are none."""
    rows, n = facts.rows("growth", level="class", subject=code), words.numbers
    rows = sorted((r for r in rows if r.value is not None), key=lambda r: -r.value)
    if not rows:
        return [words("one.growth.none")]
    said = [words("one.cell.interval", name=class_name(words, r.unit), value=n.plain(r.value, 0), interval=n.plains(r.lo, r.hi, 0)) for r in rows]  # fmt: skip
    if len(said) <= 2 * ENDS:
        return [words("one.growth", classes=words("list.comma").join(said))]
    high, low = (words("list.comma").join(names) for names in (said[:ENDS], said[-ENDS:]))
    return [words("one.growth.ends", high=high, low=low)]


def _cautions(facts: Facts, words: Words, code: str) -> list[str]:
    """Few classes, reliability, sensitivity to the model, capped papers, priors that could not be corrected."""
    n, rows, notes = words.numbers, effects(facts, code), noted(facts, code)
    made = [words("one.progress.few", k=len(rows), least=FEW_CLASSES)] if len(rows) < FEW_CLASSES else []
    known = [r.reliability for r in rows if r.reliability is not None]
    if known:
        made.append(words("one.progress.shrink", value=n.plain(sum(known) / len(known), 2)))
    moved = [class_name(words, r.unit) for r in rows if r.sensitive]
    made += [words("one.progress.sensitive", classes=words.join(moved))] if moved else []
    capped = [subject_name(facts, words, p.subject) for p in facts.rows("papers_quality") if p.capped]
    made += [words("progress.capped", subjects=words.join(capped))] if capped else []
    if "uncorrected" in notes:
        made.append(words("one.progress.uncorrected"))
    return made
