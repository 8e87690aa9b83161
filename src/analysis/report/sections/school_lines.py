"""Cut lines on the total: reach, borderline, effective scores, hit and contribution rates."""

from ..bands import side, tone
from ..facts import Facts, Row
from ..naming import subject_name
from ..tables import Cell, Column, Grid, Line, common_domain, labels, whisker, whisker_axis
from ..words import Words

WIDEST = 25.0


def _lines(facts: Facts) -> list[Row]:
    """Rows of the lines; of one school without a city's."""
    rows = [row for row in facts.own("lines") if row.value is not None]
    return [Row(**{**vars(row), "city": None}) for row in rows] if facts.one_school else rows


def lines(facts: Facts, words: Words) -> Grid | None:
    """Reached, share, the city's, pupils just below and above each line."""
    rows, n = _lines(facts), words.numbers
    if not rows:
        return None
    ends = [100 * (v - r.city) for r in rows for v in (r.lo, r.hi) if v is not None and r.city is not None]
    domain = common_domain(ends, 0.0, WIDEST)
    axis = whisker_axis(domain, labels(domain, n.signed_tick))
    columns = (
        Column(words("column.line"), words("unit.marks"), "text"),
        Column(words("column.reached")),
        Column(words("column.reach")),
        Column(words("column.interval"), kind="ci"),
        Column(words("column.city.percent")),
        Column(words("column.reach.axis"), kind="viz", axis=axis),
        Column(words("column.borderline.below"), words("unit.pupils")),
        Column(words("column.borderline.above"), words("unit.pupils")),
    )
    body = tuple(_line(words, row, domain) for row in rows)
    states = {_state(row) for row in rows}
    finding = words("ach.lines.finding." + (states.pop() if len(states) == 1 else "mixed"))
    delta = words.join(sorted({_marks(words, row.delta) for row in rows if row.delta is not None}))
    return Grid(finding, words("ach.lines.what", delta=delta), columns, body, words("ach.lines.note"), "mid")


def _state(row: Row) -> str:
    return side(row.lo, row.hi, row.city) if row.city is not None else "none"


def _line(words: Words, row: Row, domain: tuple[float, float]) -> Line:
    n, of = words.numbers, _state(row)
    drawn = None
    if row.city is not None and row.lo is not None:
        drawn = whisker(
            100 * (row.value - row.city), 100 * (row.lo - row.city), 100 * (row.hi - row.city), domain, of
        )
    cells = (
        Cell(n.count(row.reached)),
        Cell(n.rate(row.value), tone=tone(of)),
        Cell(n.rates(row.lo, row.hi)),
        Cell(n.rate(row.city)),
        Cell(drawing=drawn) if drawn else Cell("—"),
        Cell(n.count(row.below)),
        Cell(n.count(row.above)),
    )
    return Line(Cell(row.name, n.plain(row.mark, 0)), cells)


def lines_sentences(facts: Facts, words: Words) -> list[str]:
    """That no line was set; that nobody lies just below one."""
    rows = _lines(facts)
    if not rows:
        return [words("ach.reach.na")]
    return [
        words("ach.borderline.none", line=row.name, delta=_marks(words, row.delta))
        for row in rows
        if row.below == 0
    ]


def _marks(words: Words, value: float | None) -> str:
    """Marks with as many decimals as they have."""
    return words.numbers.plain(value, 0 if value is None or value % 1 == 0 else 1)


def _effective(facts: Facts) -> tuple[str, list[Row]]:
    """The lowest line's name with its rows (the line with most pupils says most)."""
    rows = [row for row in facts.own("effective") if row.hit is not None or row.contribution is not None]
    if facts.one_school:
        rows = [Row(**{**vars(row), "city_contribution": None}) for row in rows]
    names = {
        line["key"]: line["name"] for line in sorted(facts.meta["lines"], key=lambda line: line["total"])
    }
    key = next((k for k in names if any(r.line == k for r in rows)), "")
    return names.get(key, ""), [row for row in rows if row.line == key]


def effective(facts: Facts, words: Words) -> Grid | None:
    """Effective score, own share, hit and contribution rate of every subject."""
    name, rows = _effective(facts)
    n = words.numbers
    if not rows:
        return None
    ends = [100 * (v - r.city_contribution) for r in rows for v in (r.contribution_lo, r.contribution_hi) if v is not None and r.city_contribution is not None]  # fmt: skip
    domain = common_domain(ends, 0.0, WIDEST)
    axis = whisker_axis(domain, labels(domain, n.signed_tick))
    columns = (
        Column(words("column.subject"), kind="text"),
        Column(words("column.effective"), words("unit.marks")),
        Column(words("column.own_share")),
        Column(words("column.hit"), words("column.interval")),
        Column(words("column.contribution"), words("column.interval")),
        Column(words("column.city.percent")),
        Column(words("column.contribution.axis"), kind="viz", axis=axis),
    )
    body = tuple(_effective_line(facts, words, row, domain) for row in rows)
    weak = [subject_name(facts, words, r.subject) for r in rows if _given(r) == "below"]
    finding = words("ach.effective.weak", subjects=words.join(weak)) if weak else words("ach.effective.even")
    method = words(f"method.{rows[0].method}")
    return Grid(
        finding,
        words("ach.effective.what", line=name, method=method),
        columns,
        body,
        words("ach.effective.note"),
        "mid",
    )


def _given(row: Row) -> str:
    """Contribution against the city's."""
    if row.city_contribution is None:
        return "unclear"
    return side(row.contribution_lo, row.contribution_hi, row.city_contribution)


def _effective_line(facts: Facts, words: Words, row: Row, domain: tuple[float, float]) -> Line:
    n, of, city = words.numbers, _given(row), row.city_contribution
    drawn = Cell("—")
    if None not in (row.contribution, row.contribution_lo, city):
        drawn = Cell(drawing=whisker(100 * (row.contribution - city), 100 * (row.contribution_lo - city), 100 * (row.contribution_hi - city), domain, of))  # fmt: skip
    cells = (
        Cell(n.plain(row.mark, 1 if row.mark is not None and row.mark % 1 else 0)),
        Cell(n.rate(row.own)),
        Cell(n.rate(row.hit), n.rates(row.hit_lo, row.hit_hi)),
        Cell(
            n.rate(row.contribution),
            n.rates(row.contribution_lo, row.contribution_hi),
            tone(of) if of != "unclear" else "",
        ),
        Cell(n.rate(city)),
        drawn,
    )
    return Line(Cell(subject_name(facts, words, row.subject)), cells)


def effective_sentences(facts: Facts, words: Words) -> list[str]:
    """The subject that holds back most pupils above the line."""
    _, rows = _effective(facts)
    weak = [row for row in rows if _given(row) == "below"]
    if not weak:
        return []
    n, row = words.numbers, min(weak, key=lambda r: r.contribution)
    return [words("ach.contribution.low", subject=subject_name(facts, words, row.subject), value=n.percent(row.contribution), interval=n.percents(row.contribution_lo, row.contribution_hi), city=n.percent(row.city_contribution))]  # fmt: skip
