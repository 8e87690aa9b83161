"""Items and knowledge points against the city, and the quality of the papers."""

from typing import Any

from .. import bands
from ..bands import shown, side, tone
from ..charts.dot_rows import Axis, DotRow
from ..charts.dot_rows import draw as dot_rows
from ..charts.item_scatter import draw as draw_items
from ..facts import Facts, Row
from ..naming import subject_name, subjects, with_total
from ..picture import Figure, Picture
from ..tables import Cell, Column, Grid, Line, common_domain, labels, whisker, whisker_axis
from ..words import Words
from .one_topics import topics

TABLES = ("item_quality", "topics", "papers_quality")
MOST_LOSSES, MOST_TOPICS = 8, 10
HARD = 0.4
"""City score rate below which an item is hard for all (words-zh §1: 难)."""
FEW_ITEMS = 2
POOR = 0.20
"""Item-rest correlation below which the setters are asked to look (words-zh §1: 偏低)."""


def view(facts: Facts, words: Words) -> dict[str, Any]:
    codes = [
        c for c in subjects(facts) if any(shown(r) is not None for r in facts.own("item_quality", subject=c))
    ]
    papers = _papers(facts, words)
    if not codes:
        return (
            {"empty": words("item.none")}
            if papers is None
            else {"lead": words("item.none"), "blocks": [], "papers": papers, "feedback": []}
        )
    return {
        "lead": _lead(facts, words, codes),
        "not_said": words("item.not"),
        "blocks": [_block(facts, words, code) for code in codes],
        "papers": papers,
        "feedback": _feedback(facts, words, codes),
    }


def _items(facts: Facts, code: str) -> list[Row]:
    return [
        r
        for r in facts.own("item_quality", subject=code)
        if shown(r) is not None and r.city is not None and r.gap is not None
    ]


def _losses(facts: Facts, code: str) -> list[Row]:
    """Items clearly below the city, largest loss of marks first; items hard for all are no weakness of a school."""
    rows = [r for r in _items(facts, code) if side(r.gap_lo, r.gap_hi) == "below"]
    return sorted(rows, key=lambda r: r.gap * r.full_mark)


def _lead(facts: Facts, words: Words, codes: list[str]) -> str:
    """The item that costs most marks against the city."""
    if facts.one_school:
        return words("item.alone")
    worst = [
        (code, rows[0]) for code in codes if (rows := [r for r in _losses(facts, code) if r.city >= HARD])
    ]
    if not worst:
        return words("item.even", subjects=words.join([subject_name(facts, words, c) for c in codes]))
    n = words.numbers
    code, row = min(worst, key=lambda w: w[1].gap * w[1].full_mark)
    topic = words("item.topic", topic=row.topic) if row.topic else ""
    return words("item.loss", subject=subject_name(facts, words, code), item=row.item, topic=topic, value=n.percent(row.value), city=n.percent(row.city), diff=n.plain(abs(100 * row.gap)), interval=n.pointses(row.gap_lo, row.gap_hi))  # fmt: skip


def _block(facts: Facts, words: Words, code: str) -> dict[str, Any]:
    """What one subject shows."""
    rates = topics(facts, words, code, MOST_TOPICS) if facts.one_school else _topics(facts, words, code)
    figures = [f for f in (rates, _scatter(facts, words, code)) if f]
    return {"name": subject_name(facts, words, code), "figures": figures, "table": (_every if facts.one_school else _loss_table)(facts, words, code), "sentences": _sentences(facts, words, code)}  # fmt: skip


def _topics(facts: Facts, words: Words, code: str) -> Figure | None:
    """Knowledge points with the city's score rate as a stroke, largest gap first."""
    n = words.numbers
    found = [
        r
        for r in facts.own("topics", subject=code, kind="topic")
        if shown(r) is not None and r.gap is not None and r.city is not None
    ]
    found = sorted(found, key=lambda r: r.gap)[:MOST_TOPICS]
    if len(found) < 2:
        return None
    rows = [
        DotRow(r.topic, 100 * r.value, _percent(r.lo), _percent(r.hi), side(r.gap_lo, r.gap_hi), n.points(r.gap), city=100 * r.city)
        for r in found
    ]  # fmt: skip
    axis = Axis(words("topic.axis"), n.tick)
    below = [r for r in found if side(r.gap_lo, r.gap_hi) == "below" and r.items >= FEW_ITEMS]
    finding = (
        words("topic.finding", topics=words.join([r.topic for r in below[:3]]))
        if below
        else words("topic.even")
    )
    alt = words("topic.alt", steps=words.join([f"{r.topic} {n.points(r.gap)}" for r in found]))
    head = tuple(
        words(f"column.{key}") for key in ("topic", "items", "full", "own.percent", "city.percent", "gap")
    )
    table = tuple((r.topic, n.count(r.items), n.plain(r.marks, 0), n.rate(r.value), n.rate(r.city), words.bracket(n.points(r.gap), n.pointses(r.gap_lo, r.gap_hi))) for r in found)  # fmt: skip
    what = words("topic.what", subject=subject_name(facts, words, code), n=found[0].n)
    svg = dot_rows(rows, axis, words("topic.title"), alt, 27)
    return Figure(Picture(svg, alt, (head, *table)), finding, what, words("topic.how"))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _scatter(facts: Facts, words: Words, code: str) -> Figure | None:
    rows, n = _items(facts, code), words.numbers
    if len(rows) < 3 or facts.one_school:
        return None
    low = _losses(facts, code)
    alt = words("items.alt", k=len(rows), low=len(low))
    head = tuple(words(f"column.{key}") for key in ("item", "city.percent", "gap"))
    table = tuple(
        (r.item, n.rate(r.city), words.bracket(n.points(r.gap), n.pointses(r.gap_lo, r.gap_hi))) for r in rows
    )
    finding = words("items.finding", k=len(rows), low=len(low)) if low else words("items.even", k=len(rows))
    what = words("items.what", subject=subject_name(facts, words, code), k=len(rows), n=rows[0].n)
    svg = draw_items(rows, words, words("items.title"), alt)
    return Figure(Picture(svg, alt, (head, *table)), finding, what, words("items.how"))


def _every(facts: Facts, words: Words, code: str) -> Grid | None:
    """All items of a school that has none to be compared with."""
    n, rows = words.numbers, _items(facts, code)
    columns = (
        Column(words("column.item"), kind="text"),
        Column(words("column.topic"), kind="text"),
        Column(words("column.full")),
        Column(words("column.own.percent")),
        Column(words("column.discrimination")),
    )
    lines = tuple(
        Line(
            Cell(words("items.label", item=r.item)),
            (
                Cell(r.topic),
                Cell(n.tick(r.full_mark)),
                Cell(n.rate(r.value)),
                Cell(n.plain(r.discrimination, 2)),
            ),
        )
        for r in rows
    )
    what = words("items.every.what", n=n.count(rows[0].n)) if rows else ""
    return Grid(words("items.every", k=len(rows)), what, columns, lines, layout="mid")


def _loss_table(facts: Facts, words: Words, code: str) -> Grid | None:
    rows, n = _losses(facts, code)[:MOST_LOSSES], words.numbers
    if not rows:
        return None
    domain = common_domain([100 * v for r in rows for v in (r.gap_lo, r.gap_hi)], 0.0, 30.0)
    axis = whisker_axis(domain, labels(domain, n.signed_tick))
    expected = any(r.expected_rate is not None for r in rows)
    columns = [
        Column(words("column.item"), kind="text"),
        Column(words("column.topic"), kind="text"),
        Column(words("column.full")),
    ]
    columns += [Column(words("column.city.percent")), Column(words("column.own.percent"))]
    columns += [Column(words("column.expected_rate"))] if expected else []
    columns += [
        Column(words("column.gap"), words("column.interval")),
        Column(words("column.gap"), kind="viz", axis=axis),
    ]
    columns += [Column(words("column.discrimination"))]
    body = []
    for r in rows:
        of = side(r.gap_lo, r.gap_hi)
        cells = [
            Cell(r.topic or "—"),
            Cell(n.plain(r.full_mark, 1 if r.full_mark % 1 else 0)),
            Cell(n.rate(r.city)),
            Cell(n.rate(r.value)),
        ]
        cells += [Cell(n.rate(r.expected_rate))] if expected else []
        cells += [Cell(n.points(r.gap), n.pointses(r.gap_lo, r.gap_hi), tone(of))]
        cells += [
            Cell(drawing=whisker(100 * r.gap, 100 * r.gap_lo, 100 * r.gap_hi, domain, of)),
            Cell(n.plain(r.discrimination, 2)),
        ]
        body.append(Line(Cell(words("items.label", item=r.item)), tuple(cells)))
    finding = words("items.loss.finding", k=len(rows), marks=n.plain(-sum(r.gap * r.full_mark for r in rows)))
    return Grid(finding, words("items.loss.what"), tuple(columns), tuple(body), layout="wide")


def _sentences(facts: Facts, words: Words, code: str) -> list[str]:
    """Items hard for all, items left blank, knowledge points on too few items."""
    n, made = words.numbers, []
    hard = [r for r in _items(facts, code) if r.city < HARD]
    below = [r for r in hard if side(r.gap_lo, r.gap_hi) == "below"]
    all_hard = "item.hard_alone" if facts.one_school else "item.all_hard"
    for key, rows in ((all_hard, [r for r in hard if r not in below]), ("item.hard_and_below", below)):
        named = words.join([words("items.label", item=r.item) for r in rows[:5]])
        made += [words(key, items=named, limit=n.percent(HARD, 0))] if rows else []
    few = [
        r
        for r in facts.own("topics", subject=code, kind="topic")
        if shown(r) is not None and r.items < FEW_ITEMS
    ]
    if few:
        made.append(words("topic.few_items", topics=words.join([r.topic for r in few[:5]])))
    weak = [
        r
        for r in facts.own("topics", subject=code, kind="ability")
        if shown(r) is not None and side(r.gap_lo, r.gap_hi) == "below"
    ]
    if weak:
        r = min(weak, key=lambda row: row.gap)
        made.append(
            words(
                "ability.below",
                ability=r.topic,
                diff=n.plain(abs(100 * r.gap)),
                interval=n.pointses(r.gap_lo, r.gap_hi),
            )
        )
    return made


def _papers(facts: Facts, words: Words) -> Grid | None:
    """Difficulty, discrimination and reliability of each paper, in words and numbers."""
    n = words.numbers
    rows = {
        r.subject: r for r in facts.rows("papers_quality") if r.difficulty is not None or r.alpha is not None
    }
    codes = [c for c in with_total(facts) if c in rows and c != "total"]
    if not codes:
        return None
    columns = tuple(Column(words(f"column.paper.{key}"), kind="text" if key == "subject" else "num") for key in ("subject", "mean", "difficulty", "discrimination", "alpha", "sem", "ceiling"))  # fmt: skip
    body = tuple(_paper_line(facts, words, rows[code]) for code in codes)
    hardest = min(codes, key=lambda c: rows[c].difficulty if rows[c].difficulty is not None else 9)
    finding = words(
        "paper.finding" if len(codes) > 1 else "paper.single",
        subject=subject_name(facts, words, hardest),
        value=n.plain(rows[hardest].difficulty, 2),
    )
    return Grid(finding, words("paper.what"), columns, body, words("paper.note"), "mid")


def _paper_line(facts: Facts, words: Words, r: Row) -> Line:
    n = words.numbers
    cells = (
        Cell(n.plain(r.mean)),
        Cell(n.plain(r.difficulty, 2), _word(words, "difficulty", r.difficulty, bands.DIFFICULTY, "hard")),
        Cell(
            n.plain(r.discrimination, 2),
            _word(words, "discrimination", r.discrimination, bands.DISCRIMINATION, "low"),
        ),
        Cell(n.plain(r.alpha, 2), _word(words, "alpha", r.alpha, bands.ALPHA, "low")),
        Cell(n.plain(r.sem)),
        Cell(n.rate(r.ceiling)),
    )
    return Line(Cell(subject_name(facts, words, r.subject)), cells)


def _word(
    words: Words, scale: str, value: float | None, steps: tuple[tuple[float, str], ...], last: str
) -> str:
    """The word for the figure as it is printed, so that the two agree."""
    return "" if value is None else words(f"paper.{scale}.{bands.step_word(round(value, 2), steps, last)}")


def _feedback(facts: Facts, words: Words, codes: list[str]) -> list[str]:
    """Items that hardly tell strong from weak pupils, for the setters."""
    poor = {
        c: [r for r in _items(facts, c) if r.discrimination is not None and r.discrimination < POOR]
        for c in codes
    }
    return [
        words(
            "paper.feedback",
            subject=subject_name(facts, words, c),
            items=words.join([words("items.label", item=r.item) for r in rows[:6]]),
        )
        for c, rows in poor.items()
        if rows
    ]
