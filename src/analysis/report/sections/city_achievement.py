"""One score and three rates, the composite index and the cut lines: by subject, by group, by school."""

from collections.abc import Sequence

from .. import bands, naming
from ..charts.city_standing import Standing
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_cover import FEW_SCHOOLS
from .city_progress import ranks
from .city_units import (
    about,
    by_unit,
    levels_named,
    main_subject,
    once,
    standings,
    subject_name,
    subjects,
    tally,
)

TABLES = ("indicators", "lines", "effective")

RATES = ("excellent_rate", "pass_rate", "low_rate")


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = [s for s in standings(facts, words) if s.achievement.shown]
    if not schools:
        return {"tone": "achieve", "empty": words("city.achievement.na")}
    has_rates = _city(facts, main_subject(facts), "pass_rate") is not None
    return {
        "tone": "achieve",
        "lead": _lead(facts, words, schools, has_rates),
        "not_said": words("city.achievement.not"),
        "grids": [
            _subjects(facts, words, has_rates),
            _groups(facts, words, has_rates),
            _schools(facts, words, schools, has_rates),
            _lines(facts, words),
            _effective(facts, words),
        ],
        "paragraphs": ([] if has_rates else [words("city.achievement.no_full_mark")])
        + ([] if facts.meta["lines"] else [words("city.achievement.no_line")]),
    }


def _city(facts: Facts, subject: str, indicator: str) -> float | None:
    return bands.shown(facts.one("indicators", level="city", subject=subject, indicator=indicator))


def _lead(facts: Facts, words: Words, schools: Sequence[Standing], has_rates: bool) -> str:
    n, subject = words.numbers, main_subject(facts)
    name = subject_name(facts, words, subject)
    mean = _city(facts, subject, "mean")
    up, down, middle = tally(s.achievement for s in schools)
    few = len(schools) < FEW_SCHOOLS
    split = "" if few else words("city.achievement.split", up=up, down=down, middle=middle)
    if mean is None or not has_rates:
        return split
    rates = {f"r{i}": n.percent(_city(facts, subject, key)) for i, key in enumerate(RATES, 1)}
    return words("city.achievement.lead", subject=name, value=n.plain(mean), **rates) + split


def _rate_columns(words: Words, has_rates: bool) -> tuple[Column, ...]:
    return tuple(Column(words(f"city.column.{key}"), "%") for key in RATES) if has_rates else ()


def _subjects(facts: Facts, words: Words, has_rates: bool) -> Grid | None:
    """The whole city, one line a subject."""
    rows = {(r.subject, r.indicator): r for r in facts.rows("indicators", level="city")}
    n = words.numbers
    codes = [code for code in subjects(facts) if (code, "mean") in rows]
    lines = []
    for code in codes:
        mean, sd, full = rows[code, "mean"], rows.get((code, "sd")), naming.full_mark(facts, code)
        digits = mark_digits(bands.shown(sd), has_rates)
        lines.append(
            Line(
                Cell(subject_name(facts, words, code)),
                (
                    *((Cell(n.count(full)),) if has_rates else ()),
                    Cell(n.count(mean.n)),
                    Cell(n.plain(mean.value, digits), n.plains(mean.lo, mean.hi, digits)),
                    Cell(n.plain(bands.shown(sd), digits)),
                    *((cells.rate(words, rows.get((code, key))) for key in RATES) if has_rates else ()),
                ),
                "sum" if code == "total" and len(codes) > 1 else "",
            )
        )
    if not lines:
        return None
    columns = (
        Column(words("city.column.subject"), kind="text"),
        *((Column(words("city.column.full")),) if has_rates else ()),
        Column(words("city.column.sat"), words("city.unit.pupils")),
        Column(words("city.column.mean")),
        Column(words("city.column.sd")),
        *_rate_columns(words, has_rates),
    )
    return Grid(
        words("city.achievement.subjects" if has_rates else "city.achievement.means"),
        _lines_of_rates(facts, words, has_rates),
        columns,
        tuple(lines),
        layout="mid",
    )


def mark_digits(sd: float | None, has_full_mark: bool) -> int:
    """Decimals of a mean of marks: one where there is a full mark, else what its spread is worth."""
    if has_full_mark or sd is None or sd >= 10:
        return 1
    return 2 if sd >= 2 else 3


def _lines_of_rates(facts: Facts, words: Words, has_rates: bool) -> str:
    if not has_rates:
        return words("city.achievement.subjects_plain")
    lines, n = facts.meta["indicator_lines"], words.numbers
    shares = {key: n.percent(lines[key], 0) for key in ("excellent", "passing", "low")}
    return words("city.achievement.subjects_what", **shares)


def _unit_cells(facts: Facts, words: Words, level: str, keys: Sequence[str]) -> dict[str, dict[str, Row]]:
    subject = main_subject(facts)
    return {key: by_unit(facts, "indicators", level, subject=subject, indicator=key) for key in keys}


def _groups(facts: Facts, words: Words, has_rates: bool) -> Grid | None:
    """Sectors, townships and officials."""
    n = words.numbers
    lines: list[Line] = []
    every = [
        s.achievement for level in ("sector", "township", "official") for s in standings(facts, words, level)
    ]
    scale = cells.domain(every, "level")
    keys = RATES if has_rates else ()
    for level in ("sector", "township", "official"):
        units = [s for s in standings(facts, words, level) if s.achievement.shown]
        rates = _unit_cells(facts, words, level, keys)
        if units:
            lines.append(Line(Cell(words(f"city.level.{level}")), (), "group"))
        for s in sorted(units, key=lambda s: -(s.achievement.value or 0.0)):
            extra = tuple(cells.rate(words, rates[key].get(s.unit)) for key in keys)
            figures = cells.compact(words, "achievement", s.achievement, scale)
            lines.append(Line(Cell(s.name), (*figures, *extra, Cell(n.count(s.achievement.n)))))
    if len(lines) < 3:
        return None
    columns = (
        Column(words("city.column.unit"), kind="text"),
        *cells.compact_columns(words, "achievement", scale),
        *_rate_columns(words, has_rates),
        Column(words("city.column.sat"), words("city.unit.pupils")),
    )
    return Grid(
        words("city.achievement.groups", levels=levels_named(facts, words)),
        about(
            facts,
            words,
            words("city.achievement.groups_what" if has_rates else "city.achievement.groups_plain"),
        ),
        columns,
        tuple(lines),
        layout="wide",
    )


def _schools(facts: Facts, words: Words, schools: Sequence[Standing], has_rates: bool) -> Grid:
    """Every school: position, rates, composite index with its rank interval."""
    n = words.numbers
    composites = facts.meta["composites"] if has_rates else []
    keys = RATES if has_rates else ()
    rows = _unit_cells(
        facts, words, "school", ["achievement", "mean", *keys, *(c["key"] for c in composites)]
    )
    scale = cells.domain((s.achievement for s in schools), "level")
    lines = []
    several = len(schools) >= FEW_SCHOOLS
    digits = mark_digits(_city(facts, main_subject(facts), "sd"), has_rates)
    for s in sorted(schools, key=lambda s: -(s.achievement.value or 0.0)):
        mean = bands.shown(rows["mean"].get(s.unit))
        parts = [*cells.compact(words, "achievement", s.achievement, scale)]
        parts.append(Cell(n.plain(mean, digits)))
        if several and not composites:
            parts.append(Cell(ranks(words, rows["achievement"].get(s.unit))))
        parts += [cells.rate(words, rows[key].get(s.unit)) for key in keys]
        for composite in composites:
            parts += _composite(words, rows[composite["key"]].get(s.unit), several)
        lines.append(Line(Cell(s.name, s.sector), (*parts, Cell(n.count(s.achievement.n)))))
    rank = (Column(words("city.column.ranks"), "90%"),) if several else ()
    columns = [
        Column(words("city.column.school"), kind="text"),
        *cells.compact_columns(words, "achievement", scale),
        Column(words("city.column.mean")),
        *(() if composites else rank),
        *_rate_columns(words, has_rates),
    ]
    for composite in composites:
        columns += [Column(naming.composite_name(words, composite, short=True), "95%"), *rank]
    columns.append(Column(words("city.column.sat"), words("city.unit.pupils")))
    note = "".join(_formula(words, c) for c in composites)
    return Grid(
        words("city.achievement.schools" if has_rates else "city.achievement.schools_plain"),
        about(
            facts,
            words,
            words("city.achievement.schools_what" if several else "city.achievement.schools_few"),
        ),
        tuple(columns),
        tuple(lines),
        note,
        "wide",
        "schools",
    )


def _composite(words: Words, row: Row | None, several: bool) -> list[Cell]:
    """The index over its interval and, among several schools, the rank interval."""
    n = words.numbers
    hidden = row is None or bands.shown(row) is None
    value = (
        Cell(n.plain(None)) if row is None or hidden else Cell(n.plain(row.value), n.plains(row.lo, row.hi))
    )
    rank = Cell(ranks(words, None if hidden else row))
    return [value, rank] if several else [value]


def _formula(words: Words, composite: dict[str, object]) -> str:
    parts = composite["parts"]
    assert isinstance(parts, dict)
    terms = [words("city.formula.term", w=words.numbers.plain(w, 2), part=words(f"city.column.{key}")) for key, w in parts.items()]  # fmt: skip
    return words(
        "city.formula",
        name=naming.composite_name(words, composite, short=True),
        terms=words("city.formula.plus").join(terms),
    )


def _lines(facts: Facts, words: Words) -> Grid | None:
    """Cut lines: the city and the sectors."""
    n = words.numbers
    rows = [r for level in ("city", "sector") for r in facts.rows("lines", level=level) if r.flag != "hidden"]
    if not rows:
        return None
    named = {s.unit: s.name for s in standings(facts, words, "sector")}
    lines: list[Line] = []
    for key in dict.fromkeys(row.line for row in rows):
        members = [row for row in rows if row.line == key]
        head = words(
            "city.line.head",
            name=members[0].name,
            mark=n.tick(members[0].mark),
            delta=n.tick(members[0].delta),
        )
        lines.append(Line(Cell(head), (), "group"))
        lines += [
            Line(
                Cell(words("city.name") if row.level == "city" else named.get(row.unit, row.unit)),
                (
                    Cell(n.count(row.n)),
                    Cell(n.count(row.reached)),
                    Cell(n.rate(row.value), n.rates(row.lo, row.hi)),
                    Cell(n.count(row.below)),
                ),
            )
            for row in members
        ]
    columns = (
        Column(words("city.column.unit"), kind="text"),
        Column(words("city.column.sat"), words("city.unit.pupils")),
        Column(words("city.column.reached"), words("city.unit.pupils")),
        Column(words("city.column.reach_rate"), "%"),
        Column(words("city.column.borderline"), words("city.unit.pupils")),
    )
    return Grid(
        words("city.lines.finding"),
        words("city.lines.what"),
        columns,
        tuple(lines),
        words("city.lines.note"),
        "mid",
    )


def _effective(facts: Facts, words: Words) -> Grid | None:
    """Effective scores of the subjects, in the whole city."""
    n = words.numbers
    rows = [row for row in once(facts, facts.rows("effective", level="city")) if row.flag != "hidden"]
    if not rows:
        return None
    name = {line["key"]: line["name"] for line in facts.meta["lines"]}
    lines = tuple(
        Line(
            Cell(subject_name(facts, words, row.subject), name.get(row.line, row.line)),
            (
                Cell(n.tick(row.mark)),
                Cell(n.rate(row.own)),
                Cell(n.rate(row.hit), n.rates(row.hit_lo, row.hit_hi)),
                Cell(n.rate(row.contribution), n.rates(row.contribution_lo, row.contribution_hi)),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.subject"), kind="text"),
        Column(words("city.column.effective")),
        Column(words("city.column.over"), "%"),
        Column(words("city.column.hit"), "%"),
        Column(words("city.column.contribution"), "%"),
    )
    method = words(f"city.effective.{rows[0].method}")
    what = words("city.effective.what", method=method)
    return Grid(
        words("city.effective.finding"),
        what,
        columns,
        lines,
        layout="mid",
        folded=words("city.effective.fold"),
    )
