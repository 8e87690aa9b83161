"""Where the city can gain marks: growth points of the schools, gathered by subject and kind."""

from collections import defaultdict
from statistics import median

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line, share_bar
from ..words import Words
from .city_units import once, subject_name, subjects

TABLES = ("growth_points",)


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = [row for row in once(facts, facts.rows("growth_points", level="school")) if row.gain is not None]
    if not rows and not facts.rows("value_added", level="school"):
        return {"empty": words("city.growth.na")}
    if not rows:
        return {"empty": words("city.growth.none")}
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.kind, row.subject].append(row)
    order = sorted(groups, key=lambda key: (-_schools(groups[key]) * _gain(groups[key]), key))
    kind, subject = order[0]
    return {
        "lead": words(
            "city.growth.lead",
            k=_schools(groups[kind, subject]),
            what=words(f"city.growth.kind.{kind}"),
            subject=subject_name(facts, words, subject),
            gain=_marks(facts, words, groups[kind, subject]),
        ),
        "not_said": words("city.growth.not"),
        "grids": [_table(facts, words, groups, order)],
    }


def _schools(rows: list[Row]) -> int:
    return len({row.unit for row in rows})


def _gain(rows: list[Row]) -> float:
    """Median gain of the schools, marks a pupil."""
    return float(median(row.gain for row in rows))


def _marks(facts: Facts, words: Words, rows: list[Row]) -> str:
    return words.numbers.plain(_gain(rows), 1 if facts.meta["total_full"] else 2)


def _pupils(rows: list[Row]) -> int:
    """Pupils concerned: of each school its largest group, since the same pupil stands under several targets."""
    most: dict[str, int] = {}
    for row in rows:
        most[row.unit] = max(most.get(row.unit, 0), row.n)
    return sum(most.values())


def _table(
    facts: Facts, words: Words, groups: dict[tuple[str, str], list[Row]], order: list[tuple[str, str]]
) -> Grid:
    n, most = words.numbers, max(_schools(rows) for rows in groups.values())
    lines = tuple(
        Line(
            Cell(words(f"city.growth.kind.{kind}")),
            (
                Cell(subject_name(facts, words, subject) if len(subjects(facts)) > 1 else ""),
                Cell(n.count(_schools(rows))),
                Cell(drawing=share_bar(_schools(rows), most)),
                Cell(_marks(facts, words, rows)),
                Cell(n.count(_pupils(rows))),
                Cell(words("list.comma").join(_targets(facts, rows))),
            ),
        )
        for kind, subject in order
        for rows in (groups[kind, subject],)
    )
    columns = (
        Column(words("city.column.kind"), kind="text"),
        Column(words("city.column.subject"), kind="text"),
        Column(words("city.column.schools")),
        Column("", kind="viz"),
        Column(words("city.column.gain"), words("city.unit.marks")),
        Column(words("city.column.pupils"), words("city.unit.pupils")),
        Column(words("city.column.targets"), kind="text"),
    )
    return Grid(words("city.growth.table"), words("city.growth.table_what"), columns, lines, layout="wide")


def _targets(facts: Facts, rows: list[Row]) -> list[str]:
    """The targets named most often (topics and lines; bands are numbers and stay out)."""
    line = {one["key"]: one["name"] for one in facts.meta["lines"]}
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.kind in ("topic", "borderline") and row.target:
            count[line.get(row.target, row.target)] += 1
    return sorted(count, key=lambda target: (-count[target], target))[:3]
