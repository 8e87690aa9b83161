"""Year on year: who fell, apart from what falls back by itself."""

from ..bands import tone
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_counts import barred
from .city_matrix import matrix, parts
from .city_standing_rows import of_row
from .city_supervision import expected_wrong
from .city_units import by_unit, judged, main_subject, names

TABLES = ("judgements", "changes")

KINDS = ("decline_two", "decline_one", "came_down")


def view(facts: Facts, words: Words) -> dict[str, object]:
    changes = by_unit(facts, "changes", "school", subject=main_subject(facts), measure="progress")
    compared = {unit: row for unit, row in changes.items() if row.value is not None and row.flag != "hidden"}
    found = {kind: judged(facts, kind, "found") for kind in KINDS}
    if barred(facts, "decline_one"):
        return {"empty": words("city.list.off")}
    if not compared and not any(found.values()):
        return {"empty": words("city.decline.na")}
    return {
        "lead": _lead(facts, words, found),
        "not_said": words("city.decline.not"),
        "rules": [
            {"head": words(f"city.judgement.{kind}"), "text": _rule(facts, words, kind)} for kind in KINDS
        ],
        "grids": [
            _list(facts, words, found),
            _subjects(facts, words, found),
            _changes(facts, words, compared),
        ],
    }


def _lead(facts: Facts, words: Words, found: dict[str, list[Row]]) -> str:
    """Schools as a whole first, then single subjects."""
    main = main_subject(facts)
    whole = {kind: sum(row.subject == main for row in rows) for kind, rows in found.items()}
    single = {kind: _schools(parts(facts, rows)) for kind, rows in found.items()}
    text = words("city.decline", **whole) if any(whole.values()) else words("city.decline.none")
    return text + (words("city.decline.parts", **single) if any(single.values()) else "")


def _schools(rows: list[Row]) -> int:
    return len({row.unit for row in rows})


def _rule(facts: Facts, words: Words, kind: str) -> str:
    rules, n = facts.meta["thresholds"], words.numbers
    text = words(
        f"city.rule.{kind}",
        step=n.plain(10 * abs(rules["decline_step"])),
        total=n.plain(10 * abs(rules["decline_total"])),
        prob=n.percent(rules["decline_probability"], 0),
    )
    return text + expected_wrong(facts, words, kind)


def _list(facts: Facts, words: Words, found: dict[str, list[Row]]) -> Grid | None:
    """Schools that fell as a whole, kind by kind."""
    main = main_subject(facts)
    whole = {kind: [row for row in rows if row.subject == main] for kind, rows in found.items()}
    rows = [row for kind in KINDS for row in whole[kind]]
    if not rows:
        return None
    n, name = words.numbers, names(facts)
    scale = cells.domain(of_row(row) for row in rows)
    lines: list[Line] = []
    for kind in KINDS:
        if whole[kind]:
            lines.append(Line(Cell(words(f"city.judgement.{kind}")), (), "group"))
        lines += [
            Line(
                Cell(name.get(row.unit, row.unit)),
                (
                    *cells.compact(words, "change", of_row(row), scale),
                    Cell(n.probability(row.probability).rstrip("%")),
                ),
            )
            for row in whole[kind]
        ]
    columns = (
        Column(words("city.column.school"), kind="text"),
        *cells.compact_columns(words, "change", scale),
        Column(words("city.column.probability"), "%"),
    )
    finding = words("city.decline.list", k=_schools(rows))
    return Grid(finding, words("city.decline.list_what"), columns, tuple(lines), layout="mid")


def _subjects(facts: Facts, words: Words, found: dict[str, list[Row]]) -> Grid | None:
    """Schools that fell in single subjects, kind by kind."""
    groups = {words(f"city.judgement.{kind}"): parts(facts, found[kind]) for kind in KINDS}
    rows = [row for of_kind in groups.values() for row in of_kind]
    if not rows:
        return None
    finding = words("city.decline.subjects", k=_schools(rows))
    return matrix(facts, words, groups, finding, words("city.decline.subjects_what"))


def _changes(facts: Facts, words: Words, compared: dict[str, Row]) -> Grid | None:
    """Every school's change beside what was to be expected."""
    if not compared:
        return None
    n, name = words.numbers, names(facts)
    lines = tuple(
        Line(
            Cell(name.get(unit, unit)),
            (
                Cell(n.effect(row.before)),
                Cell(n.effect(row.value), n.effects(row.lo, row.hi), tone(of_row(row).state)),
                Cell(n.effect(row.expected)),
            ),
        )
        for unit, row in sorted(compared.items(), key=lambda pair: pair[1].value)
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.before"), words("city.unit.t")),
        Column(words("city.column.change"), words("city.unit.t_range")),
        Column(words("city.column.unaided"), words("city.unit.t")),
    )
    title = facts.meta["previous"]["title"] if facts.meta["previous"] else words("city.decline.earlier")
    what = words("city.decline.table_what", title=title)
    return Grid(
        words("city.decline.table"), what, columns, lines, words("city.decline.note"), "wide",
        folded=words("city.decline.fold"),
    )  # fmt: skip
