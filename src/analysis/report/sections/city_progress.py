"""How far each school's pupils came, compared with pupils of the same start; grouped by tier, never ranked."""

from collections.abc import Sequence

from .. import bands, naming
from ..charts import city_caterpillar, city_variance
from ..charts.city_standing import Standing
from ..facts import Facts, Row
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from . import city_cells as cells
from .city_cover import FEW_SCHOOLS
from .city_fits import fit_grid
from .city_units import by_unit, estimate, main_subject, standings, subject_name, subjects, tally

TABLES = ("value_added", "fits", "value_added_bands")

TIERS = ("first", "upper", "middle", "lower", "third", "")
"""Groups in the order of the table; schools between two tiers stand between them."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    schools = [s for s in standings(facts, words) if s.progress.shown]
    fits = fit_grid(facts, words)
    if not schools and not fits:
        return {"tone": "progress", "empty": words(_why_none(facts))}
    if not schools:
        lead = words(_why_none(facts))
    elif len(facts.rows("units", level="school")) < FEW_SCHOOLS:
        lead = words("city.progress.few", k=len(facts.rows("units", level="school")))
    else:
        lead = _lead(words, schools)
    figures = [_figure(words, schools)] if len(schools) >= FEW_SCHOOLS else []
    return {
        "tone": "progress",
        "lead": lead,
        "not_said": words("city.progress.not"),
        "what": words("city.progress.what"),
        "figures": figures,
        "grids": [g for g in (_table(facts, words, schools), _groups(facts, words)) if g and schools],
        "variance": _variance(facts, words),
        "fits": fits,
    }


def _why_none(facts: Facts) -> str:
    """Key of the sentence that says why there is no value added."""
    flags = {row.flag for row in facts.rows("value_added", level="school")}
    if facts.meta["baseline"] is None or "no_baseline" in flags:
        return "city.progress.na"
    return "city.progress.few_schools" if "too_few_schools" in flags else "city.progress.not_fitted"


def _lead(words: Words, schools: Sequence[Standing]) -> str:
    up, down, middle = tally(s.progress for s in schools)
    if not up + down:
        return words("city.progress.none")
    text = words("city.progress.split", up=up, down=down, middle=middle)
    return text + words("city.progress.most_unclear") if middle > up + down else text


def _figure(words: Words, schools: Sequence[Standing]) -> Figure:
    up, down, middle = tally(s.progress for s in schools)
    finding = words("chart.city.progress.finding", k=up + down + middle, up=up, down=down, middle=middle)
    finding += unrated(words, len(schools) - up - down - middle)
    return Figure(
        city_caterpillar.chart(schools, "progress", words),
        finding,
        words("chart.city.progress.what"),
        words("chart.city.caterpillar.how"),
    )


def _table(facts: Facts, words: Words, schools: Sequence[Standing]) -> Grid:
    """All schools in tier groups."""
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    scale = cells.domain(s.progress for s in schools)
    lines: list[Line] = []
    for tier in TIERS:
        members = [s for s in schools if tier_group(rows[s.unit]) == tier]
        members.sort(key=lambda s: -(s.progress.value or 0.0))
        if members:
            title = words(f"city.tier.{tier or 'none'}")
            lines.append(Line(Cell(title, words("city.count", k=len(members))), (), "group"))
        lines += [_line(words, s, rows[s.unit], scale) for s in members]
    columns = (
        Column(words("city.column.school"), kind="text"),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        Column(words("city.column.start"), words("city.unit.t")),
        *cells.compact_columns(words, "progress", scale),
        Column(words("city.column.raw"), words("city.unit.t")),
        Column(words("city.column.ranks"), "90%"),
        Column(words("city.column.p_above"), words("city.unit.p")),
        Column(words("city.column.reliability")),
    )
    note = words("city.progress.table_note") + hidden(facts, words)
    what = words("city.progress.table_what")
    return Grid(words("city.progress.table"), what, columns, tuple(lines), note, "wide long", "schools")


def tier_group(row: Row) -> str:
    """The tier of a row; between tiers, the side on which it lies."""
    if row.tier != "between":
        return str(row.tier)
    return "upper" if (row.p_top or 0.0) >= (row.p_bottom or 0.0) else "lower"


def unrated(words: Words, k: int) -> str:
    """The rest of a sentence that counts schools: those with too few pupils to be rated."""
    return words("city.unrated", k=k) if k else ""


def hidden(facts: Facts, words: Words) -> str:
    """How many schools have too few pupils to be shown."""
    k = sum(
        row.flag == "hidden" for row in facts.rows("value_added", level="school", subject=main_subject(facts))
    )
    return words("city.hidden", k=k) if k else ""


def _line(words: Words, school: Standing, row: Row, scale: tuple[float, float]) -> Line:
    n = words.numbers
    marker = words("city.mark.sensitive") if row.sensitive else ""
    return Line(
        Cell(school.name + marker, school.sector),
        (
            Cell(n.count(school.progress.n)),
            Cell(n.level(school.start.value)),
            *cells.compact(words, "progress", school.progress, scale),
            Cell(n.effect(row.raw), n.effects(row.raw_lo, row.raw_hi)),
            Cell(ranks(words, row)),
            Cell(n.probability(row.p_above).rstrip("%")),
            Cell(n.plain(row.reliability, 2)),
        ),
    )


def ranks(words: Words, row: Row | None) -> str:
    """A rank interval."""
    if row is None or row.rank_lo is None or row.rank_hi is None:
        return words.numbers.plain(None)
    return words.numbers.plains(row.rank_lo, row.rank_hi, 0)


def _groups(facts: Facts, words: Words) -> Grid | None:
    """Value added of sectors, townships and officials."""
    subject = main_subject(facts)
    found = []
    for level in ("sector", "township", "official"):
        rows = by_unit(facts, "value_added", level, subject=subject)
        units = [(row, estimate(rows.get(row.unit))) for row in facts.rows("units", level=level)]
        found.append((level, [(unit, e) for unit, e in units if e.shown]))
    if sum(len(units) for _, units in found) < 2:
        return None
    scale = cells.domain(e for _, units in found for _, e in units)
    lines: list[Line] = []
    for level, units in found:
        if units:
            lines.append(Line(Cell(words(f"city.level.{level}")), (), "group"))
        for unit, e in sorted(units, key=lambda pair: -(pair[1].value or 0.0)):
            lines.append(
                Line(
                    Cell(unit.name),
                    (
                        Cell(members(facts, words, level, unit.unit)),
                        Cell(words.numbers.count(e.n)),
                        *cells.cells(words, "progress", e, scale),
                    ),
                )
            )
    columns = (
        Column(words("city.column.unit"), kind="text"),
        Column(words("city.column.schools")),
        Column(words("city.column.matched_n"), words("city.unit.pupils")),
        *cells.columns(words, "progress", scale),
    )
    return Grid(
        words("city.progress.groups"), words("city.progress.groups_what"), columns, tuple(lines), layout="mid"
    )


def members(facts: Facts, words: Words, level: str, unit: str) -> str:
    """Schools of a unit: above, neither, below expectation; '—' for a unit without schools of its own."""
    field = {"sector": "sector", "township": "township", "official": "official"}[level]
    schools = {row.unit for row in facts.rows("units", level="school") if getattr(row, field) == unit}
    rows = by_unit(facts, "value_added", "school", subject=main_subject(facts))
    states = [bands.state(rows.get(school)) for school in schools]
    up, down = states.count("above"), states.count("below")
    return words("city.members", k=len(schools), up=up, down=down) if schools else words.numbers.plain(None)


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
        words("chart.city.variance.how"),
    )


def _mostly_pupils(facts: Facts) -> bool:
    """Whether at least three quarters of the headline variance lie between pupils."""
    rows = facts.rows("fits", subject=main_subject(facts))
    found = {
        row.term: row.value for row in rows if row.term.startswith("variance:") and row.value is not None
    }
    pupil = found.get("variance:residual", found.get("variance:pupil", 0.0))
    return bool(found) and pupil >= 0.75 * sum(found.values())
