"""The table of means and rates beside the city's, their intervals, and what a sentence says of them."""

from ..bands import shown, state, tone
from ..facts import Facts, Row
from ..naming import full_mark, subject_name, subjects, with_total
from ..tables import Cell, Column, Grid, Line, common_domain, labels, whisker, whisker_axis
from ..words import Words
from .school_rest import every, finding, rest

RATES = ("excellent_rate", "pass_rate", "low_rate")
SIDES = ("above", "below")
WIDEST = 8.0


def by_key(facts: Facts, subject: str) -> dict[str, Row]:
    """Indicator → row of the unit and subject."""
    return {row.indicator: row for row in facts.own("indicators", subject=subject)}


def table(facts: Facts, words: Words) -> Grid | None:
    """Mean, sd, excellent, pass and low rates with the city's below, T score with its interval."""
    n = words.numbers
    rows = {code: by_key(facts, code) for code in with_total(facts)}
    rows = {code: r for code, r in rows.items() if "achievement" in r and shown(r["achievement"]) is not None}
    if not rows:
        return None
    rated = any(shown(r.get(key)) is not None for r in rows.values() for key in RATES)
    ends = [50 + 10 * v for r in rows.values() for v in (r["achievement"].lo, r["achievement"].hi) if v is not None]  # fmt: skip
    domain = common_domain(ends, 50.0, WIDEST)
    sector = _sector(facts)
    axis = whisker_axis(domain, labels(domain, n.tick))
    levels = facts.meta["indicator_lines"]
    percents = {
        "excellent_rate": levels["excellent"],
        "pass_rate": levels["passing"],
        "low_rate": levels["low"],
    }
    columns = [
        Column(words("column.subject"), words("column.full") if rated else "", "text"),
        Column(words("column.sat")),
    ]
    columns += [Column(words("column.mean")), Column(words("column.sd"))]
    columns += (
        [
            Column(words(f"column.{key}"), words(f"unit.{key}", line=n.percent(percents[key], 0)))
            for key in RATES
        ]
        if rated
        else []
    )
    columns += [
        Column(words("column.t"), words("column.interval")),
        Column(words("column.t.axis"), kind="viz", axis=axis),
    ]
    columns += [Column(words("column.peers"), sector)] if sector else []
    body = [_line(facts, words, code, r, rated, domain, sector) for code, r in rows.items()]
    body = [*body[1:], body[0]] if next(iter(rows)) == "total" else body
    note = words("ach.rates.note") if rated else words("ach.rates.no_full_mark")
    return Grid(
        _finding(facts, words, rows), words("ach.rates.what"), tuple(columns), tuple(body), note, "wide"
    )


def _line(
    facts: Facts,
    words: Words,
    code: str,
    r: dict[str, Row],
    rated: bool,
    domain: tuple[float, float],
    sector: str,
) -> Line:
    n, t = words.numbers, r["achievement"]
    full, digits = full_mark(facts, code), 1 if full_mark(facts, code) is not None else 2
    mean, sd = r.get("mean"), r.get("sd")
    cells = [Cell(n.count(t.n))]
    cells += [
        Cell(n.plain(mean.value if mean else None, digits), n.plain(mean.reference if mean else None, digits))
    ]
    cells += [Cell(n.plain(sd.value if sd else None, digits))]
    for key in RATES if rated else ():
        row = r.get(key)
        cells.append(Cell(n.rate(row.value if row else None), n.rate(row.reference if row else None), tone(state(row)) if state(row) in ("above", "below") else ""))  # fmt: skip
    low, high = (None if v is None else 50 + 10 * v for v in (t.lo, t.hi))
    drawn = whisker(50 + 10 * t.value, low, high, domain, state(t), 50.0)
    cells += [Cell(n.level(t.value), n.levels(t.lo, t.hi), tone(state(t))), Cell(drawing=drawn)]
    if sector:
        peers = facts.one("indicators", level="sector", unit=sector, subject=code, indicator="achievement")
        cells.append(Cell(n.level(shown(peers))))
    small = n.count(full) if rated and full is not None else ""
    return Line(Cell(subject_name(facts, words, code), small), tuple(cells), "sum" if code == "total" else "")


def _sector(facts: Facts) -> str:
    """The school's sector where its results as a whole may be shown, else ''."""
    name = str(facts.meta.get("sector") or "")
    known = facts.rows("indicators", level="sector", unit=name, indicator="achievement")
    return name if any(shown(row) is not None for row in known) else ""


def _finding(facts: Facts, words: Words, rows: dict[str, dict[str, Row]]) -> str:
    """Which subjects stand above, which below the city."""
    found = {c: r["achievement"] for c, r in rows.items() if c != "total" or len(rows) == 1}
    names = {of: [subject_name(facts, words, c) for c, r in found.items() if state(r) == of] for of in SIDES}
    if side_of_all := every(names, len(found)):
        return words(f"ach.rates.finding.all.{side_of_all}")
    return finding(words, "ach.rates.finding.", names, rest(words, found.values(), "city"))


def intervals(facts: Facts, words: Words) -> Grid | None:
    """The intervals of the rates, folded away."""
    n = words.numbers
    keys = ("excellent_rate", "good_rate", "pass_rate", "low_rate", "over_mean_rate")
    body = []
    for code in with_total(facts):
        r = by_key(facts, code)
        if any(shown(r.get(key)) is not None for key in RATES):
            cells = tuple(_cell(words, r.get(key), key) for key in keys)
            body.append(Line(Cell(subject_name(facts, words, code)), cells))
    if not body:
        return None
    columns = (
        Column(words("column.subject"), kind="text"),
        *(Column(words(f"column.{key}")) for key in keys),
    )
    return Grid(words("ach.intervals"), words("ach.intervals.what", n=n.to.strip()), columns, tuple(body), layout="mid", folded=words("ach.intervals"))  # fmt: skip


def _cell(words: Words, row: Row | None, key: str) -> Cell:
    n = words.numbers
    if row is None or row.value is None:
        return Cell("—")
    write, ends = (n.points, n.pointses) if key == "over_mean_rate" else (n.rate, n.rates)
    return Cell(write(row.value), ends(row.lo, row.hi))


def sentences(facts: Facts, words: Words, row: Row) -> list[str]:
    """A low rate above the city, and all subjects passed, in words (the other rates stand in the table)."""
    n, r = words.numbers, by_key(facts, row.subject)
    made = []
    low = r.get("low_rate")
    if low is not None and low.value is not None and state(low) == "below":
        k = round(low.value * low.n)
        made.append(
            words(
                "ach.low_rate.high",
                value=n.percent(low.value),
                interval=n.percents(low.lo, low.hi),
                city=n.percent(low.reference),
                n=k,
            )
        )
    return [*made, *all_passed(facts, words)]


def all_passed(facts: Facts, words: Words) -> list[str]:
    """Who passed all subjects, in words; none where there is no total."""
    n = words.numbers
    every = facts.mine("indicators", subject="all", indicator="all_pass_rate")
    whole = facts.mine("indicators", subject="total", indicator="mean")
    if len(subjects(facts)) < 2 or whole is None or every is None or every.value is None:
        return []
    interval, city = n.percents(every.lo, every.hi), n.percent(every.reference)
    return [words("ach.allpass", value=n.percent(every.value), interval=interval, city=city)]
