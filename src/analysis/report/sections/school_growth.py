"""Where the gap to the city comes from, exactly, and where marks can be won."""

from typing import Any

from .. import theme
from ..bands import state
from ..charts import waterfall
from ..facts import Facts, Row
from ..naming import band_name, class_name, full_mark, subject_name, with_total
from ..picture import Figure, Picture
from ..tables import Cell, Column, Grid, Line, share_bar
from ..words import Words
from .school_headline import headline

TABLES = ("gap", "growth_points", "value_added")
MOST = 5
"""Growth points that are shown; the others are folded away."""

PARTS = {
    "start": theme.START,
    "value_added": theme.PROGRESS,
    "chance": theme.PEER_DARK,
    "unmatched": theme.EVEN,
}


def view(facts: Facts, words: Words) -> dict[str, Any]:
    gaps = _gaps(facts)
    points = [row for row in facts.own("growth_points") if row.gain is not None]
    if not gaps and not points:
        return {"empty": words("growth.no_data")}
    top = headline(facts).progress
    main = top.subject if top is not None and top.subject in gaps else next(iter(gaps), "")
    return {
        "lead": _lead(facts, words, main, gaps),
        "not_said": words("growth.not"),
        "figure": _waterfall(facts, words, main, gaps[main]) if main else None,
        "gaps": _gap_table(facts, words, gaps),
        "points": [_points(facts, words, points[:MOST]), _points(facts, words, points[MOST:], True)],
        "sentences": [words("growth.caution")] if points else [words("growth.none")],
    }


def _gaps(facts: Facts) -> dict[str, dict[str, float]]:
    """Subject → part → T points, for subjects with all four parts."""
    made: dict[str, dict[str, float]] = {}
    for row in facts.own("gap"):
        if row.value is not None:
            made.setdefault(row.subject, {})[row.part] = 10 * row.value
    return {
        code: made[code] for code in with_total(facts) if code in made and set(PARTS) <= made[code].keys()
    }


def _total(parts: dict[str, float]) -> float:
    return sum(parts[key] for key in PARTS)


def _lead(facts: Facts, words: Words, main: str, gaps: dict[str, dict[str, float]]) -> str:
    """How far from the city, of what, and which part can be worked on."""
    if not main:
        return words("growth.no_gap")
    n, parts = words.numbers, gaps[main]
    whole = round(_total(parts), 1)
    way = "higher" if whole > 0 else "lower" if whole < 0 else "same"
    values = {key: n.signed(parts[key]) for key in ("start", "value_added")}
    text = words(
        f"gap.split.{way}", subject=subject_name(facts, words, main), by=n.plain(abs(whole)), **values
    )
    row = facts.mine("value_added", subject=main)
    todo = _todo(state(row), whole, parts)
    return text + (words(f"gap.todo.{todo}") if todo else "")


def _todo(progress: str, whole: float, parts: dict[str, float]) -> str:
    """What the split asks for: work on progress, keep it while the start is made up, or nothing that is certain."""
    if progress == "below":
        return "progress"
    return "start" if whole < 0 and parts["start"] < 0 and progress != "none" else ""


def _waterfall(facts: Facts, words: Words, main: str, parts: dict[str, float]) -> Figure:
    n = words.numbers
    named = [(words(f"gap.part.{key}"), parts[key], stroke) for key, stroke in PARTS.items()]
    steps = waterfall.steps_of(named, (words("gap.city"), words("gap.own")), words)
    alt = words("gap.alt", steps=words.join([f"{s.name} {s.text}" for s in steps]))
    title = words("gap.title", subject=subject_name(facts, words, main))
    head = (words("column.part"), words("unit.t"))
    picture = Picture(waterfall.wide(steps, words, title, alt), alt, (head, *((s.name, s.text) for s in steps)), waterfall.narrow(steps, words, title, alt))  # fmt: skip
    largest = max(PARTS, key=lambda key: abs(parts[key]))
    finding = words("gap.finding", part=words.within(f"gap.part.{largest}"), value=n.signed(parts[largest]))
    return Figure(
        picture, finding, words("gap.what", subject=subject_name(facts, words, main)), words("gap.how")
    )


def _gap_table(facts: Facts, words: Words, gaps: dict[str, dict[str, float]]) -> Grid | None:
    """The same split for every subject."""
    if len(gaps) < 2:
        return None
    n = words.numbers
    columns = (
        Column(words("column.subject"), kind="text"),
        Column(words("column.gap.all"), words("unit.t")),
        *(Column(words(f"gap.part.{key}"), words("unit.t")) for key in PARTS),
    )
    body = tuple(
        Line(Cell(subject_name(facts, words, code)), (Cell(n.signed(_total(parts))), *(Cell(n.signed(parts[key])) for key in PARTS)), "me" if code == "total" else "")
        for code, parts in gaps.items()
    )  # fmt: skip
    lowest = min((c for c in gaps if c != "total"), key=lambda c: gaps[c]["value_added"])
    finding = words(
        "gap.table.finding",
        subject=subject_name(facts, words, lowest),
        value=n.signed(gaps[lowest]["value_added"]),
    )
    return Grid(finding, words("gap.table.what"), columns, body, words("gap.table.note"), "mid")


def _points(facts: Facts, words: Words, rows: list[Row], folded: bool = False) -> Grid | None:
    """Ranked growth points; gains in marks on the total, or in T points where there are no full marks."""
    if not rows:
        return None
    n = words.numbers
    most = max(abs(row.gain) for row in facts.own("growth_points") if row.gain is not None)
    unit = (
        words("unit.marks")
        if full_mark(facts, "total") or any(full_mark(facts, r.subject) for r in rows)
        else words("unit.scale")
    )
    columns = (
        Column(words("column.point"), kind="text"),
        Column(words("column.n")),
        Column(words("column.gain"), unit),
        Column(words("column.interval"), kind="ci"),
        Column("", kind="text"),
        Column(words("column.probability")),
        Column(words("column.feasible")),
    )
    body = tuple(
        Line(
            Cell(f"{row.rank}　{_point(facts, words, row)}"),
            (
                Cell(n.count(row.n)),
                Cell(n.signed(row.gain)),
                Cell(n.signeds(row.lo, row.hi)),
                Cell(drawing=share_bar(row.gain, most)),
                Cell(n.probability(row.probability)),
                Cell(n.percent(row.feasible, 0)),
            ),
        )
        for row in rows
    )
    first = _point(facts, words, rows[0])
    gain, interval = n.signed(rows[0].gain), n.signeds(rows[0].lo, rows[0].hi)
    finding = words("growth.finding", point=first, gain=gain, interval=interval, unit=unit)
    more = words("growth.more", k=len(rows))
    return Grid(
        more if folded else finding,
        words("growth.what"),
        columns,
        body,
        "" if folded else words("growth.how"),
        "wide",
        "wrapth",
        more if folded else "",
    )


def _point(facts: Facts, words: Words, row: Row) -> str:
    """A growth point in words."""
    lines = {line["key"]: line["name"] for line in facts.meta["lines"]}
    target = row.target
    if row.kind == "band" and target.isdigit():
        target = band_name(words, int(target))
    elif row.kind == "class":
        target = class_name(words, target)
    return words(
        f"growth.{row.kind}",
        subject=subject_name(facts, words, row.subject),
        target=lines.get(target, target),
    )
