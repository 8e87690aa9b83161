"""How far each school's pupils came, compared with pupils of the same start; grouped by tier, never ranked."""

from collections.abc import Sequence

from .. import bands, naming
from ..bands import tone
from ..charts import city_caterpillar, city_variance
from ..charts.city_standing import Standing
from ..facts import Facts, Row
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_cover import FEW_SCHOOLS
from .city_reasons import reason
from .city_slopes import slopes_grid
from .city_units import (
    about,
    by_unit,
    judged,
    levels_named,
    main_subject,
    standings,
    subject_name,
    subjects,
    tally,
)

TABLES = ("value_added", "fits", "units", "panel")

TIER_LISTS = ("tier_first", "tier_third")
"""Judgements that put a school into a tier."""
TIERS = ("first", "upper", "middle", "lower", "third", "")
"""Groups in the order of the table; schools between two tiers stand between them."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = [s for s in standings(facts, words) if s.progress.shown]
    if not schools:
        return {"tone": "progress", "empty": words(_why_none(facts))}
    every = len(facts.rows("units", level="school"))
    if every < FEW_SCHOOLS:
        return {
            "tone": "progress",
            "lead": words("city.progress.few", k=every),
            "not_said": words("city.progress.not_few"),
            "what": words("city.progress.what"),
            "figures": [],
            "grids": [_few(facts, words, schools)],
            "variance": None,
        }
    return {
        "tone": "progress",
        "lead": _lead(words, schools),
        "not_said": words("city.progress.not"),
        "what": words("city.progress.what") + with_its_class(facts, words),
        "figures": [_figure(facts, words, schools)] if len(schools) >= FEW_SCHOOLS else [],
        "grids": [_table(facts, words, schools), _groups(facts, words), slopes_grid(facts, words)],
        "variance": _variance(facts, words),
    }


def _why_none(facts: Facts) -> str:
    """Key of the sentence that says why there is no value added."""
    flags = {row.flag for row in facts.rows("value_added", level="school")}
    if facts.meta["baseline"] is None or "no_baseline" in flags:
        return "city.progress.na"
    few = "too_few_schools" in flags or len(facts.rows("units", level="school")) < FEW_SCHOOLS
    return "city.progress.few_schools" if few else "city.progress.not_fitted"


def _lead(words: Words, schools: Sequence[Standing]) -> str:
    up, down, middle = tally(s.progress for s in schools)
    if not up + down:
        return words("city.progress.none")
    text = words("city.progress.split", up=up, down=down, middle=middle)
    return text + words("city.progress.most_unclear") if middle > up + down else text


def _figure(facts: Facts, words: Words, schools: Sequence[Standing]) -> Figure:
    up, down, middle = tally(s.progress for s in schools)
    finding = words("chart.city.progress.finding", k=up + down + middle, up=up, down=down, middle=middle)
    finding += unrated(words, len(schools) - up - down - middle)
    return Figure(
        city_caterpillar.chart(schools, "progress", words),
        finding,
        about(facts, words, words("chart.city.progress.what")),
        words("chart.city.caterpillar.how"),
    )


def _few(facts: Facts, words: Words, schools: Sequence[Standing]) -> Grid:
    """Too few schools to model: each against all pupils of the same start, unshrunken, and nothing judged."""
    n, rows = words.numbers, by_unit(facts, "value_added", "school", subject=main_subject(facts))
    lines = tuple(
        Line(
            Cell(s.name),
            (
                Cell(n.count(s.progress.n)),
                Cell(n.level(s.start.value), n.levels(s.start.lo, s.start.hi) if s.start.shown else ""),
                Cell(n.effect(rows[s.unit].raw), n.effects(rows[s.unit].raw_lo, rows[s.unit].raw_hi)),
            ),
        )
        for s in schools
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        Column(words("city.column.start"), words("city.unit.t_range")),
        Column(words("city.column.raw"), words("city.unit.t_range")),
    )
    finding, what = words("city.progress.few_table"), about(facts, words, words("city.progress.few_what"))
    return Grid(finding, what, columns, lines, layout="mid")


def _table(facts: Facts, words: Words, schools: Sequence[Standing]) -> Grid:
    """All schools in tier groups."""
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    scale = cells.domain(s.progress for s in schools)
    tier_of, held = tiers(facts), withheld(facts, words)
    lines: list[Line] = []
    for tier in TIERS:
        members = [s for s in schools if tier_of.get(s.unit, "") == tier]
        members.sort(key=lambda s: -(s.progress.value or 0.0))
        if members:
            title = words(f"city.tier.{tier or 'none'}")
            lines.append(Line(Cell(title, words("city.count", k=len(members))), (), "group"))
        lines += [_line(words, s, rows[s.unit], scale, held.get(s.unit, "")) for s in members]
    columns = (
        Column(words("city.column.school"), kind="text"),
        *cells.compact_columns(words, "progress", scale),
        Column(words("city.column.raw"), words("city.unit.t_range")),
        Column(words("city.column.ranks"), "90%"),
        Column(words("city.column.p_above"), words("city.unit.p")),
        Column(words("city.column.reliability")),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        Column(words("city.column.start"), words("city.unit.t")),
    )
    note = words("city.progress.table_note") + hidden(facts, words)
    what = about(facts, words, words("city.progress.table_what"))
    return Grid(words("city.progress.table"), what, columns, tuple(lines), note, "wide", "schools")


def tiers(facts: Facts) -> dict[str, str]:
    """School → its tier, the side on which it lies between two, or '' where the data allow no tier."""
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    held = {row.unit for key in TIER_LISTS for row in judged(facts, key, "withheld")}
    return {unit: "" if unit in held else _tier(facts, row) for unit, row in rows.items()}


def _tier(facts: Facts, row: Row) -> str:
    """The tier that a list names a school for; a school that no list names lies between two."""
    key = {"level": "school", "unit": row.unit, "subject": row.subject, "judgement": f"tier_{row.tier}"}
    listed = facts.one("judgements", **key)
    if row.tier != "between" and (listed is None or listed.status == "found"):
        return str(row.tier)
    return "upper" if (row.p_top or 0.0) >= (row.p_bottom or 0.0) else "lower"


def withheld(facts: Facts, words: Words) -> dict[str, str]:
    """School → why it is in no tier."""
    rows = [row for key in TIER_LISTS for row in judged(facts, key, "withheld")]
    return {row.unit: reason(words, row.reason) for row in rows}


def unrated(words: Words, k: int) -> str:
    """The rest of a sentence that counts schools: those with too few pupils to be rated."""
    return words("city.unrated", k=k) if k else ""


def hidden(facts: Facts, words: Words) -> str:
    """How many schools have too few pupils to be shown."""
    k = sum(
        row.flag == "hidden" for row in facts.rows("value_added", level="school", subject=main_subject(facts))
    )
    return words("city.hidden", k=k) if k else ""


def _line(words: Words, school: Standing, row: Row, scale: tuple[float, float], held: str) -> Line:
    n = words.numbers
    marker = words("city.mark.sensitive") if row.sensitive else ""
    return Line(
        Cell(school.name + marker, words("list.stop").join(part for part in (school.sector, held) if part)),
        (
            *cells.compact(words, "progress", school.progress, scale),
            Cell(n.effect(row.raw), n.effects(row.raw_lo, row.raw_hi)),
            Cell(ranks(words, row)),
            Cell(n.probability(row.p_above).rstrip("%")),
            Cell(n.plain(row.reliability, 2)),
            Cell(n.count(school.progress.n)),
            Cell(n.level(school.start.value)),
        ),
    )


def ranks(words: Words, row: Row | None) -> str:
    """A rank interval."""
    if row is None or row.rank_lo is None or row.rank_hi is None:
        return words.numbers.plain(None)
    return words.numbers.ranks(row.rank_lo, row.rank_hi)


def _groups(facts: Facts, words: Words) -> Grid | None:
    """Sectors, townships and officials: how many schools, where they started, how far they came."""
    found = [
        (level, [s for s in standings(facts, words, level) if s.progress.shown])
        for level in ("sector", "township", "official")
    ]
    if sum(len(units) for _, units in found) < 2:
        return None
    scale = cells.domain(s.progress for _, units in found for s in units)
    lines: list[Line] = []
    for level, units in found:
        if units:
            lines.append(Line(Cell(words(f"city.level.{level}")), (), "group"))
        lines += [
            _group(facts, words, level, s, scale)
            for s in sorted(units, key=lambda s: -(s.progress.value or 0.0))
        ]
    columns = (
        Column(words("city.column.unit"), kind="text"),
        *cells.compact_columns(words, "progress", scale),
        Column(words("city.column.schools"), words("city.column.schools_unit")),
        Column(words("city.column.n_above"), words("city.column.schools_unit")),
        Column(words("city.column.n_below"), words("city.column.schools_unit")),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        Column(words("city.column.start"), words("city.unit.t_range")),
    )
    finding, what = (
        words("city.progress.groups", levels=levels_named(facts, words)),
        about(facts, words, words("city.progress.groups_what")),
    )
    return Grid(finding, what, columns, tuple(lines), layout="wide")


def _group(facts: Facts, words: Words, level: str, unit: Standing, scale: tuple[float, float]) -> Line:
    n, start = words.numbers, unit.start
    counts = tuple(Cell(n.count(k)) for k in members(facts, level, unit.unit))
    began = Cell(n.level(start.value), n.levels(start.lo, start.hi) if start.shown else "", tone(start.state))
    figures = cells.compact(words, "progress", unit.progress, scale)
    return Line(Cell(unit.name), (*figures, *counts, Cell(n.count(unit.progress.n)), began))


JUDGED = {"above", "below", "around", "unclear"}
"""States of a school that is judged by its interval."""


def members(facts: Facts, level: str, unit: str) -> tuple[int, int | None, int | None]:
    """Schools of a unit: all, above expectation, below; no counts where none of them may be judged."""
    schools = {row.unit for row in facts.rows("units", level="school") if getattr(row, level) == unit}
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    states = [bands.state(rows.get(school)) for school in schools]
    if not JUDGED.intersection(states):
        return len(schools), None, None
    return len(schools), states.count("above"), states.count("below")


def _variance(facts: Facts, words: Words) -> Figure | None:
    """Where the differences lie: between schools, between classes, between pupils."""
    codes = subjects(facts)[::-1] if len(subjects(facts)) == 1 else ["total", *naming.subjects(facts)]
    picture = city_variance.chart(facts, words, [(code, subject_name(facts, words, code)) for code in codes])
    if picture is None:
        return None
    return Figure(
        picture,
        words("chart.city.variance.finding" if _mostly_pupils(facts) else "chart.city.variance.mixed"),
        words("chart.city.variance.what"),
        words("chart.city.variance.how") if with_classes(facts) else "",
    )


def with_its_class(facts: Facts, words: Words) -> str:
    """What is said where most schools have one class."""
    return words("progress.one_class") if facts.meta["one_class_schools"] else ""


def with_classes(facts: Facts) -> bool:
    """Whether the headline's model has classes between schools and pupils."""
    return facts.one("fits", subject=main_subject(facts), term="variance:class") is not None


def _mostly_pupils(facts: Facts) -> bool:
    """Whether at least three quarters of the headline variance lie between pupils."""
    rows = facts.rows("fits", subject=main_subject(facts))
    found = {
        row.term: row.value for row in rows if row.term.startswith("variance:") and row.value is not None
    }
    pupil = found.get("variance:residual", found.get("variance:pupil", 0.0))
    return bool(found) and pupil >= 0.75 * sum(found.values())
