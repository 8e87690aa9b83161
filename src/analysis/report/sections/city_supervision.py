"""Where to go and listen: weak and watched schools and subjects, each list with its rule and its likely error."""

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_counts import barred, whole_and_parts
from .city_cover import FEW_SCHOOLS
from .city_matrix import matrix, parts
from .city_reasons import reason
from .city_standing_rows import of_row
from .city_units import judged, main_subject, names, sentences, short_of, subject_name

TABLES = ("judgements", "trust")

OTHER = ("imbalance", "low_rate_high", "class_spread", "low_participation", "low_match", "data_open")
"""Findings that go on the work sheet of a visit; alone they call for none."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = facts.rows("judgements", level="school")
    if barred(facts, "weak"):
        return {"empty": words("city.list.off")}
    if len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        return {"empty": words("city.supervise.few")}
    if not rows:
        return {"empty": words("city.supervise.na")}
    return {
        "lead": _lead(facts, words),
        "not_said": words("city.supervise.not"),
        "rules": [_rule(facts, words, "weak"), _rule(facts, words, "watch")],
        "grids": [
            grid
            for key in ("weak", "watch")
            for grid in (_whole(facts, words, key), _parts(facts, words, key))
        ],
        "grids_other": [_other(facts, words), _withheld(facts, words)],
    }


def _schools(rows: list[Row]) -> int:
    return len({row.unit for row in rows})


def _lead(facts: Facts, words: Words) -> str:
    whole, parts = whole_and_parts(facts, "weak")
    watch, watched = whole_and_parts(facts, "watch")
    said = [words("city.supervise.weak", k=len(whole)) if whole else words("city.supervise.none")]
    said += [words("city.supervise.parts", k=_schools(parts))] if parts else []
    low = _schools(watch + watched)
    said.append(words("city.supervise.watch", k=low) if low else words("city.supervise.no_watch"))
    return sentences(words, said)


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


def _whole(facts: Facts, words: Words, judgement: str) -> Grid | None:
    """Schools that are on a list as a whole."""
    main = main_subject(facts)
    rows = [row for row in judged(facts, judgement, "found") if row.subject == main]
    if not rows:
        return None
    n, name = words.numbers, names(facts)
    scale = cells.domain(of_row(row) for row in rows)
    lines = tuple(
        Line(
            Cell(name.get(row.unit, row.unit)),
            (
                *cells.compact(words, "progress", of_row(row), scale),
                Cell(n.probability(row.probability).rstrip("%")),
                Cell(n.count(row.cohorts)),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        *cells.compact_columns(words, "progress", scale),
        Column(words("city.column.probability"), "%"),
        Column(words("city.column.cohorts")),
    )
    finding = words(f"city.list.{judgement}", k=len(rows))
    return Grid(finding, words(f"city.list.{judgement}_what"), columns, lines, layout="mid")


def _parts(facts: Facts, words: Words, judgement: str) -> Grid | None:
    """Schools that are on a list with single subjects."""
    rows = parts(facts, judged(facts, judgement, "found"))
    if not rows:
        return None
    finding = words(f"city.parts.{judgement}", k=len(rows), schools=_schools(rows))
    return matrix(facts, words, {"": rows}, finding, words("city.parts.what"))


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
    """Each school once, with the subjects it is about; a school as a whole stands without any."""
    short = short_of(facts, words)
    subjects: dict[str, dict[str, None]] = {}
    for row in rows:
        known = subjects.setdefault(row.unit, {})
        if row.subject not in ("", "all"):
            known[row.subject] = None
    comma = words("list.comma")
    return [
        short.get(unit, unit)
        if set(codes) <= {main_subject(facts)}
        else words(
            "bracket",
            text=short.get(unit, unit),
            inside=comma.join(subject_name(facts, words, code) for code in codes),
        )
        for unit, codes in subjects.items()
    ]


def _withheld(facts: Facts, words: Words) -> Grid | None:
    """Judgements that were withheld, by reason, so that no silence is taken for praise."""
    rows = [r for j in ("weak", "watch") for r in judged(facts, j, "withheld")]
    if not rows:
        return None
    reasons: dict[str, list[Row]] = {}
    for row in rows:
        reasons.setdefault(row.reason, []).append(row)
    lines = tuple(
        Line(
            Cell(reason(words, key)),
            (
                Cell(words.numbers.count(_schools(held))),
                Cell(words("list.comma").join(_named(facts, words, held))),
            ),
        )
        for key, held in reasons.items()
    )
    columns = (
        Column(words("city.column.reason"), kind="text"),
        Column(words("city.column.schools")),
        Column(words("city.column.which"), kind="text"),
    )
    return Grid(words("city.withheld.finding"), words("city.withheld.what"), columns, lines, css="stackrow")
