"""Subjects across the city, and the papers themselves with feedback to their setters."""

from collections.abc import Sequence

from .. import bands, naming
from ..charts import city_items, city_subjects
from ..facts import Facts, Row
from ..picture import Figure
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_counts import subject_counts, weak_topics
from .city_matrix import heat, shade
from .city_units import sentences, standings, subject_name

TABLES = ("value_added", "papers_quality", "item_quality", "topics")

Counts = dict[str, tuple[int, int, int]]
"""Subject → schools above, below, neither."""

LOW_DISCRIMINATION, HARD, BLANK = 0.20, 0.40, 0.15
"""An item is fed back to the setters below, below, and above these."""
HARDER = 0.05
"""So far below the expected score rate an item was harder than meant."""


def view(facts: Facts, words: Words) -> dict[str, object]:
    if not facts.rows("papers_quality"):
        return {"empty": words("city.subjects.na")}
    counted = subject_counts(facts)
    several = len(naming.subjects(facts)) > 1
    items = facts.rows("item_quality", level="city")
    return {
        "lead": _lead(facts, words, counted) if several else words("city.subjects.single"),
        "not_said": words("city.subjects.not"),
        "figures": [_counts(facts, words, counted)] if several and counted else [],
        "heat": _heat(facts, words) if several and counted else None,
        "grids": [_papers(facts, words), _feedback(facts, words, items), _topics(facts, words)],
        "items": [_item_figure(facts, words, code) for code in dict.fromkeys(row.subject for row in items)],
        "paragraphs": [words(key) for key, said in _missing(facts, items) if said],
    }


def _missing(facts: Facts, items: Sequence[Row]) -> tuple[tuple[str, bool], ...]:
    """Sentences on what cannot be said of the papers, and whether it is so."""
    marks = any(row.difficulty is not None for row in facts.rows("papers_quality"))
    return ("city.subjects.no_quality", not marks), ("city.subjects.no_items", not items)


def _lead(facts: Facts, words: Words, counted: Counts) -> str:
    return (
        extremes(facts, words, counted) + words("city.stop")
        if counted
        else words("city.subjects.no_progress")
    )


def extremes(facts: Facts, words: Words, counted: Counts) -> str:
    """The subjects with most schools below and most schools above expectation."""
    up, down = (max(n[side] for n in counted.values()) for side in (0, 1))
    above, below = (_with(facts, words, counted, side, most) for side, most in ((0, up), (1, down)))
    if up and down and above == below:
        return words("city.subjects.most.both", subject=words.join(above), up=up, down=down)
    texts = [
        words(f"city.subjects.most.{key}", subject=words.join(names), k=most)
        for key, names, most in (("below", below, down), ("above", above, up))
        if most
    ]
    return words("city.clause").join(texts) if texts else words("city.subject.even")


def _with(facts: Facts, words: Words, counted: Counts, side: int, k: int) -> list[str]:
    """Names of the subjects with k schools on that side."""
    return [subject_name(facts, words, code) for code, n in counted.items() if n[side] == k]


def _counts(facts: Facts, words: Words, counted: Counts) -> Figure:
    picture = city_subjects.chart(words, {subject_name(facts, words, code): n for code, n in counted.items()})
    what = words("chart.city.subjects.what")
    return Figure(picture, extremes(facts, words, counted), what, words("chart.city.subjects.how"))


def _heat(facts: Facts, words: Words) -> Grid:
    """Schools by subjects: value added, coloured where the interval excludes 0."""
    codes = [
        code for code in naming.subjects(facts) if facts.rows("value_added", level="school", subject=code)
    ]
    cell = {(r.unit, r.subject): r for r in facts.rows("value_added", level="school")}
    schools = [
        s
        for s in standings(facts, words)
        if any(bands.shown(cell.get((s.unit, c))) is not None for c in codes)
    ]
    schools.sort(key=lambda s: -(s.progress.value if s.progress.value is not None else -9.0))
    lines = tuple(
        Line(Cell(s.short), tuple(_heat_cell(words, cell.get((s.unit, code))) for code in codes))
        for s in schools
    )
    columns = (
        Column(words("city.column.school"), kind="text"),
        *(Column(subject_name(facts, words, code)) for code in codes),
    )
    return Grid(
        words("city.subjects.heat"),
        words("city.subjects.heat_what"),
        columns,
        lines,
        "",
        "wide",
        heat(codes),
    )


def _heat_cell(words: Words, row: Row | None) -> Cell:
    n, value = words.numbers, bands.shown(row)
    if row is None or value is None:
        return Cell(n.plain(None))
    state = bands.state(row)
    if state not in ("above", "below"):
        return Cell(n.effect(value))
    return Cell(n.effect(value), css=shade(value))


def _papers(facts: Facts, words: Words) -> Grid | None:
    """Difficulty, discrimination, reliability, ceiling, weights; None where none of them can be computed."""
    if all(row.difficulty is None and row.alpha is None for row in facts.rows("papers_quality")):
        return None
    n = words.numbers
    lines = []
    rows = [row for row in facts.rows("papers_quality") if row.subject in _papers_of(facts)]
    several = len(rows) > 1
    weighed = several and any(row.effective_weight is not None for row in rows)
    for row in sorted(rows, key=lambda r: r.subject == "total"):
        ceiling = n.rate(row.ceiling)
        lines.append(
            Line(
                Cell(subject_name(facts, words, row.subject)),
                (
                    Cell(n.plain(row.difficulty, 2), _word(words, "difficulty", row.difficulty)),
                    Cell(n.plain(row.discrimination, 2), _word(words, "discrimination", row.discrimination)),
                    Cell(n.plain(row.alpha, 2), _word(words, "alpha", row.alpha)),
                    Cell(n.plain(row.sem)),
                    Cell(
                        ceiling,
                        words("city.subjects.capped") if row.capped else "",
                        "dn" if row.capped else "",
                    ),
                    Cell(n.rate(row.zero)),
                    Cell(n.rate(row.nominal_weight if several else None)),
                    Cell(n.rate(row.effective_weight if several else None)),
                ),
                "sum" if row.subject == "total" else "",
            )
        )
    keys = ("difficulty", "discrimination", "alpha", "sem", "ceiling", "zero", "nominal", "effective_weight")
    units = {
        "ceiling": "%",
        "zero": "%",
        "nominal": "%",
        "effective_weight": "%",
        "sem": words("city.unit.marks"),
    }
    columns = (
        Column(words("city.column.subject"), kind="text"),
        *(Column(words(f"city.column.{key}"), units.get(key, "")) for key in keys),
    )
    notes = [words("city.subjects.papers_note"), words("city.subjects.papers_weights") if weighed else ""]
    finding, what = words("city.subjects.papers"), words("city.subjects.papers_what")
    return Grid(finding, what, columns, tuple(lines), sentences(words, notes), "wide")


def _papers_of(facts: Facts) -> list[str]:
    """The papers, and the total of several: a single paper has its items, its total has none."""
    codes = naming.subjects(facts)
    return [*codes, "total"] if len(codes) > 1 else codes


SCALES = {
    "difficulty": (0.85, 0.70, 0.55, 0.40),
    "discrimination": (0.40, 0.30, 0.20),
    "alpha": (0.90, 0.80, 0.70),
}
"""Lower ends of the words of each scale, best first (words-zh §1)."""


def _word(words: Words, scale: str, value: float | None) -> str:
    if value is None:
        return ""
    shown = round(value, 2)  # as printed, so that figure and word agree
    return words(f"city.{scale}.{1 + sum(shown < end for end in SCALES[scale])}")


def _floor(row: Row) -> float:
    """Score rate below which an item was too hard: hard in itself, and harder than its setters expected."""
    return HARD if row.expected_rate is None else min(HARD, row.expected_rate - HARDER)


def _troubles(row: Row) -> list[str]:
    """What the setters should look at in an item."""
    return [
        key
        for key, found in (
            ("flat", row.discrimination is not None and row.discrimination < LOW_DISCRIMINATION),
            ("hard", row.value is not None and row.value < _floor(row)),
            ("blank", row.blank_rate is not None and row.blank_rate >= BLANK),
        )
        if found
    ]


def _feedback(facts: Facts, words: Words, items: Sequence[Row]) -> Grid | None:
    """Items that the setters should look at again."""
    n = words.numbers
    rows = [(row, troubles) for row in items if (troubles := _troubles(row))]
    if not rows:
        return None
    lines = tuple(
        Line(
            Cell(_item(words, row.item), subject_name(facts, words, row.subject)),
            (
                Cell(row.topic or n.plain(None)),
                Cell(n.tick(row.full_mark)),
                Cell(n.rate(row.value), _expected(words, row)),
                Cell(n.plain(row.discrimination, 2)),
                Cell(n.rate(row.blank_rate)),
                Cell(words.join([words(f"city.trouble.{key}") for key in troubles])),
            ),
        )
        for row, troubles in rows
    )
    columns = (
        Column(words("city.column.item"), kind="text"),
        Column(words("city.column.topic"), kind="text"),
        Column(words("city.column.full")),
        Column(words("city.column.score_rate"), "%"),
        Column(words("city.column.discrimination")),
        Column(words("city.column.blank"), "%"),
        Column(words("city.column.trouble"), kind="text"),
    )
    finding = words("city.subjects.feedback", k=len(lines), of=len(items))
    return Grid(finding, words("city.subjects.feedback_what"), columns, lines, layout="wide")


def _item(words: Words, item: str) -> str:
    """第15题; an item that is no number keeps its own name."""
    return words("city.item", item=item) if item[:1].isdigit() else item


def _expected(words: Words, row: Row) -> str:
    if row.expected_rate is None:
        return ""
    return words("city.subjects.expected", rate=words.numbers.rate(row.expected_rate))


def _topics(facts: Facts, words: Words) -> Grid | None:
    """Knowledge points, hardest first; how many schools lie surely below the city."""
    n = words.numbers
    rows = [r for r in facts.rows("topics", level="city", kind="topic") if r.value is not None and r.topic]
    if not rows:
        return None
    weak = weak_topics(facts)
    rows.sort(key=lambda row: row.value)
    lines = tuple(
        Line(
            Cell(row.topic),
            (
                Cell(subject_name(facts, words, row.subject)),
                Cell(n.count(row.items)),
                Cell(n.tick(row.marks)),
                Cell(n.rate(row.value), n.rates(row.lo, row.hi)),
                Cell(n.count(weak.get((row.subject, row.topic), 0))),
            ),
        )
        for row in rows
    )
    columns = (
        Column(words("city.column.topic"), kind="text"),
        Column(words("city.column.subject"), kind="text"),
        Column(words("city.column.items")),
        Column(words("city.column.marks")),
        Column(words("city.column.score_rate"), "%"),
        Column(words("city.column.weak_schools"), words("city.unit.schools")),
    )
    return Grid(
        words("city.subjects.topics"), words("city.subjects.topics_what"), columns, lines, layout="mid"
    )


def _item_figure(facts: Facts, words: Words, subject: str) -> Figure:
    name = subject_name(facts, words, subject)
    rows = facts.rows("item_quality", level="city", subject=subject)
    low = sum(row.discrimination is not None and row.discrimination < LOW_DISCRIMINATION for row in rows)
    key = "some" if low else "none"
    finding = words(f"chart.city.items.finding.{key}", subject=name, k=low, of=len(rows))
    return Figure(city_items.chart(rows, name, words), finding, words("chart.city.items.what"), "")
