"""Who sat, who is matched to the baseline, who left since, and what is open about the data."""

from statistics import median
from typing import Any

from .. import bands
from ..bands import shown
from ..facts import Facts, Row
from ..naming import subject_name, with_total
from ..tables import Cell, Column, Grid, Line
from ..words import Words

TABLES = ("participation", "outflow", "issues_summary", "indicators")
STATES = ("absent", "cheat", "deferred", "exempt", "unscanned", "invalid", "blank")
SEVERITIES = ("error", "question", "note")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    rows = _rows(facts)
    if not rows:
        return {"empty": words("data.none")}
    return {
        "lead": _lead(facts, words, rows[0]),
        "not_said": words("data.not"),
        "table": _table(facts, words, rows),
        "sentences": [
            words("data.state"),
            *_absent(facts, words, rows),
            *_counts(facts, words, rows[0]),
            *_matched(facts, words, rows[0]),
            *_outflow(facts, words),
        ],
        "issues": _issues(facts, words),
    }


def _rows(facts: Facts) -> list[Row]:
    """Participation, total first, then subjects in order; without rows that are hidden."""
    rows = {row.subject: row for row in facts.own("participation") if row.flag != "hidden"}
    return [rows[code] for code in with_total(facts) if code in rows]


def _lead(facts: Facts, words: Words, row: Row) -> str:
    n = words.numbers
    share = row.rate
    what = subject_name(facts, words, row.subject)
    return words(f"data.participation.{bands.participation(share)}", what=what, rate=n.percent(share), sat=n.count(row.sat), expected=n.count(row.expected), k=row.absent)  # fmt: skip


def _table(facts: Facts, words: Words, rows: list[Row]) -> Grid:
    """Expected, sat, states that occur, participation and matching."""
    n = words.numbers
    states = [key for key in STATES if any(getattr(row, key) for row in rows)]
    roster = any(row.expected is not None for row in rows)
    linked = facts.meta["baseline"] is not None
    columns = [Column(words("column.subject"), kind="text")]
    columns += [Column(words("column.expected"))] if roster else []
    columns += [Column(words("column.sat")), *(Column(words(f"state.{key}")) for key in states)]
    columns += [Column(words("column.rate")), Column(words("column.interval"), kind="ci")] if roster else []
    columns += [Column(words("column.matched")), Column(words("column.matched.rate"))] if linked else []
    lines = []
    for row in rows:
        cells = [Cell(n.count(row.expected))] if roster else []
        cells += [Cell(n.count(row.sat)), *(Cell(n.count(getattr(row, key))) for key in states)]
        cells += [Cell(n.rate(row.rate)), Cell(n.rates(row.rate_lo, row.rate_hi))] if roster else []
        cells += [Cell(n.count(row.matched)), Cell(n.rate(bands.matched(row)))] if linked else []
        css = "sum" if row.subject == "total" else ""
        lines.append(Line(Cell(subject_name(facts, words, row.subject)), tuple(cells), css))
    if rows[0].subject == "total":
        lines = [*lines[1:], lines[0]]
    key = "data.table.rates" if roster else "data.table"
    papers = [row for row in rows if row.subject != "total"] or rows
    low = min((row.rate for row in papers if row.rate is not None), default=None)
    finding = words("data.finding", low=n.percent(low)) if low is not None else words("data.finding.plain")
    return Grid(finding, words(key), tuple(columns), tuple(lines), layout="mid")


def _absent(facts: Facts, words: Words, rows: list[Row]) -> list[str]:
    """Subjects with clearly more absent pupils than the others."""
    counts = [row.absent for row in rows if row.subject != "total"]
    if len(counts) < 3:
        return []
    usual = median(counts)
    return [
        words("data.absent_subject", subject=subject_name(facts, words, row.subject), k=row.absent)
        for row in rows
        if row.subject != "total" and row.absent > 2 * usual + 3
    ]


def _counts(facts: Facts, words: Words, row: Row) -> list[str]:
    """Why three numbers of pupils differ: any paper, all papers, all papers of both exams."""
    unit, added, n = facts.mine("units"), facts.mine("value_added", subject=row.subject), words.numbers
    if row.subject != "total" or unit is None or unit.sat == row.sat:
        return []
    made = [words("data.counts", any=n.count(unit.sat), all=n.count(row.sat))]
    if added is not None and shown(added) is not None:
        made.append(words("data.counts.both", n=n.count(added.n)))
    return [words("sentence.space").join(made)]


def _matched(facts: Facts, words: Words, row: Row) -> list[str]:
    """How many pupils have a starting score, and whether that is enough."""
    if facts.meta["baseline"] is None:
        return [words("data.matched.na")]
    limits, share = facts.meta["thresholds"], bands.matched(row)
    if share is None:
        return [words("data.matched.hidden", least=facts.meta["privacy"]["hidden_below"])]
    of = "ok" if share >= limits["matched"] else "caution" if share >= limits["matched_floor"] else "bad"
    text = words(
        f"data.matched.{of}", matched=words.numbers.percent(share), title=facts.meta["baseline"]["title"]
    )
    gap = facts.mine("indicators", subject=row.subject, indicator="unmatched_difference")
    if of == "ok" or gap is None or gap.value is None:
        return [text]
    n = words.numbers
    return [text, words("data.unmatched", value=n.effect(gap.value), interval=n.effects(gap.lo, gap.hi))]


def _outflow(facts: Facts, words: Words) -> list[str]:
    """Pupils of the starting exam who did not sit this one."""
    row, n = facts.mine("outflow"), words.numbers
    if row is None or row.flag == "hidden" or not row.start:
        return []
    if not row.gone:
        return [words("data.outflow.none", n=row.start)]
    of = "alert" if row.hi is not None and row.hi < 0 else "ok" if row.hi is not None else "few"
    share = n.percent(row.gone / row.start)
    diff = n.plain(None if row.value is None else abs(10 * row.value))
    return [
        words(
            f"data.outflow.{of}",
            n=row.start,
            k=row.gone,
            share=share,
            diff=diff,
            interval=n.effects(row.lo, row.hi),
        )
    ]


def _issues(facts: Facts, words: Words) -> list[str]:
    """How many data issues there are, of the kinds there are."""
    counts = {s: sum(row.n for row in facts.own("issues_summary", severity=s)) for s in SEVERITIES}
    if not any(counts.values()):
        return [words("data.issue.none")]
    parts = [words(f"data.issue.{s}", k=k) for s, k in counts.items() if k]
    settled = "" if counts["error"] or counts["question"] else words("data.issue.settled")
    said = settled + words("list.stop").join(parts) + words("sentence.end")
    return [said[:1].upper() + said[1:], words("data.issue.meaning")]
