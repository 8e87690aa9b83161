"""Where to go and listen: weak and watched schools and subjects, each list with its rule and its likely error."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_counts import barred, whole_and_parts
from .city_standing_rows import of_row
from .city_units import judged, main_subject, names, standings, subject_name

TABLES = ("judgements", "trust")

OTHER = ("imbalance", "low_rate_high", "class_spread", "low_participation", "low_match", "data_open")
"""Findings that go on the work sheet of a visit; alone they call for none."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = facts.rows("judgements", level="school")
    if barred(facts, "weak"):
        return {"empty": words("city.list.off")}
    if not rows:
        return {"empty": words("city.supervise.na")}
    weak, watch = judged(facts, "weak", "found"), judged(facts, "watch", "found")
    return {
        "lead": _lead(facts, words),
        "not_said": words("city.supervise.not"),
        "rules": [_rule(facts, words, "weak"), _rule(facts, words, "watch")],
        "grids": [g for g in (_list(facts, words, "weak", weak), _list(facts, words, "watch", watch)) if g],
        "grids_other": [g for g in (_other(facts, words), _withheld(facts, words)) if g],
    }


def _schools(rows: list[Row]) -> int:
    return len({row.unit for row in rows})


def _lead(facts: Facts, words: Words) -> str:
    whole, parts = whole_and_parts(facts, "weak")
    watch, watched = whole_and_parts(facts, "watch")
    text = words("city.supervise.weak", k=len(whole)) if whole else words("city.supervise.none")
    if parts:
        text += words("city.supervise.parts", k=_schools(parts))
    return text + (
        words("city.supervise.watch", k=_schools(watch + watched))
        if watch or watched
        else words("city.supervise.no_watch")
    )


def _rule(facts: Facts, words: Words, judgement: str) -> dict[str, str]:
    """The rule of a list in words, with the settings' numbers."""
    rules, n = facts.meta["thresholds"], words.numbers
    text = words(
        f"city.rule.{judgement}",
        effect=n.effect(rules["weak_effect"]),
        prob=n.percent(rules[f"{judgement}_probability"], 0),
        participation=n.percent(rules["participation"], 0),
        matched=n.percent(rules["matched"], 0),
    )
    return {
        "head": words(f"city.judgement.{judgement}"),
        "text": text + expected_wrong(facts, words, judgement),
    }


def expected_wrong(facts: Facts, words: Words, judgement: str) -> str:
    """How many names of a list are expected to be wrong."""
    rows = judged(facts, judgement, "found")
    if not rows:
        return ""
    wrong = sum(1 - (row.probability or 0.0) for row in rows)
    text = words("city.list.wrong", k=len(rows), wrong=words.numbers.plain(wrong))
    kept = facts.one("trust", key=f"list:{judgement}")
    return text + words("city.list.cut") if kept is not None and kept.note == "cut" else text


def _list(facts: Facts, words: Words, judgement: str, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    n, name = words.numbers, names(facts)
    scale = cells.domain(of_row(row) for row in rows)
    main, lines = main_subject(facts), []
    for key, members in (
        ("whole", [row for row in rows if row.subject == main]),
        ("parts", [row for row in rows if row.subject != main]),
    ):
        if members and len(members) < len(rows):
            lines.append(
                Line(Cell(words(f"city.list.{key}"), words("city.entries", k=len(members))), (), "group")
            )
        for row in members:
            figures = cells.cells(words, "progress", of_row(row), scale)
            last = (Cell(n.probability(row.probability).rstrip("%")), Cell(n.count(row.cohorts)))
            subject = Cell(subject_name(facts, words, row.subject))
            lines.append(Line(Cell(name.get(row.unit, row.unit)), (subject, *figures, *last)))
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.subject"), kind="text"),
        *cells.columns(words, "progress", scale),
        Column(words("city.column.probability"), "%"),
        Column(words("city.column.cohorts")),
    )
    finding = words(f"city.list.{judgement}", k=len(rows), schools=_schools(rows))
    return Grid(finding, words("city.list.what"), columns, tuple(lines), layout="mid long")


def _other(facts: Facts, words: Words) -> Grid | None:
    """Findings by kind: how many schools, and which."""
    lines = []
    for judgement in OTHER:
        rows = judged(facts, judgement, "found")
        if rows:
            head = Cell(words(f"city.judgement.{judgement}"))
            schools = words("list.comma").join(_named(facts, words, rows))
            lines.append(Line(head, (Cell(words.numbers.count(_schools(rows))), Cell(schools))))
    if not lines:
        return None
    columns = (
        Column(words("city.column.finding"), kind="text"),
        Column(words("city.column.schools")),
        Column(words("city.column.which"), kind="text"),
    )
    return Grid(words("city.other.finding"), words("city.other.what"), columns, tuple(lines), css="stackrow")


def _named(facts: Facts, words: Words, rows: list[Row]) -> list[str]:
    """Each school once, with the subjects it is about."""
    short = {school.unit: school.short for school in standings(facts, words)}
    subjects: dict[str, list[str]] = {}
    for row in rows:
        known = subjects.setdefault(row.unit, [])
        if row.subject not in ("", "all", main_subject(facts)):
            known.append(subject_name(facts, words, row.subject))
    comma = words("list.comma")
    return [
        words("bracket", text=short.get(unit, unit), inside=comma.join(codes))
        if codes
        else short.get(unit, unit)
        for unit, codes in subjects.items()
    ]


def _withheld(facts: Facts, words: Words) -> Grid | None:
    """Judgements that were withheld, by reason, so that no silence is taken for praise."""
    rows = [r for j in ("weak", "watch") for r in judged(facts, j, "withheld")]
    if not rows:
        return None
    name = names(facts)
    reasons: dict[str, dict[str, None]] = {}
    for row in rows:
        reasons.setdefault(row.reason, {})[name.get(row.unit, row.unit)] = None
    lines = tuple(
        Line(
            Cell(reason(words, key)),
            (Cell(words.numbers.count(len(who))), Cell(words("list.comma").join(who))),
        )
        for key, who in reasons.items()
    )
    columns = (
        Column(words("city.column.reason"), kind="text"),
        Column(words("city.column.schools")),
        Column(words("city.column.which"), kind="text"),
    )
    return Grid(words("city.withheld.finding"), words("city.withheld.what"), columns, lines, css="stackrow")


def reason(words: Words, key: str) -> str:
    """Why a judgement was withheld or missed; a reason without words is printed as it is."""
    parts = [part.strip() for part in key.replace(";", ",").split(",") if part.strip()]
    return words.join(
        [words(f"city.reason.{p}") if f"city.reason.{p}" in words else p for p in parts] or ["—"]
    )
