"""Results of the only school: its own means, rates and lines; there is nobody to stand above or below."""

from typing import Any

from ..bands import shown
from ..facts import Facts, Row
from ..naming import full_mark, subject_name, subjects, with_total
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .school_achievement import composites, distribution
from .school_headline import headline
from .school_lines import effective, lines, lines_sentences
from .school_rates import RATES, all_passed, by_key

TABLES = ("indicators", "distributions", "lines", "effective")


def view(facts: Facts, words: Words) -> dict[str, Any]:
    row = headline(facts).achievement
    if row is None:
        return {"empty": words("ach.mean.na"), "tone": "achieve"}
    if shown(row) is None:
        return {"empty": words("ach.mean.hidden"), "tone": "achieve"}
    return {
        "tone": "achieve",
        "lead": _lead(facts, words, row),
        "not_said": words("one.ach.not"),
        "grids": [_table(facts, words)],
        "figures": [distribution(facts, words, row)],
        "lines": [lines(facts, words), effective(facts, words)],
        "sentences": [*all_passed(facts, words), *lines_sentences(facts, words), *composites(facts, words, row), *_balance(facts, words)],
    }  # fmt: skip


def _balance(facts: Facts, words: Words) -> list[str]:
    """Why no subject is called weak, where there are several."""
    return [words("one.ach.balance")] if len(subjects(facts)) > 1 else []


def digits(facts: Facts, code: str) -> int:
    """Decimals of a mean: a scale without a full mark has small numbers."""
    return 1 if full_mark(facts, code) is not None else 2


def _lead(facts: Facts, words: Words, row: Row) -> str:
    """The mean of the total and its pass rate."""
    found, n = by_key(facts, row.subject), words.numbers
    mean, passed = found.get("mean"), found.get("pass_rate")
    name = subject_name(facts, words, row.subject)
    value = n.plain(mean.value if mean else None, digits(facts, row.subject))
    text = words("one.ach.lead", subject=name, n=n.count(row.n), value=value)
    if passed is not None and shown(passed) is not None:
        text += words("one.ach.lead.pass", value=n.percent(passed.value), interval=n.percents(passed.lo, passed.hi))  # fmt: skip
    return text + words("sentence.end")


def _table(facts: Facts, words: Words) -> Grid | None:
    """Means with sd, and rates with their intervals."""
    found = {code: by_key(facts, code) for code in with_total(facts)}
    found = {code: r for code, r in found.items() if shown(r.get("achievement")) is not None}
    rated = [key for key in RATES if any(shown(r.get(key)) is not None for r in found.values())]
    levels, n = facts.meta["indicator_lines"], words.numbers
    limits = {
        "excellent_rate": levels["excellent"],
        "pass_rate": levels["passing"],
        "low_rate": levels["low"],
    }
    columns = (
        Column(words("column.subject"), words("column.full") if rated else "", "text"),
        Column(words("column.sat")),
        Column(words("column.mean"), words("column.interval")),
        Column(words("column.sd")),
        *(Column(words(f"column.{key}"), words(f"unit.{key}", line=n.percent(limits[key], 0))) for key in rated),
    )  # fmt: skip
    body = [_line(facts, words, code, r, rated) for code, r in found.items()]
    body = [*body[1:], body[0]] if next(iter(found), "") == "total" else body
    note = words("one.ach.note") if rated else words("ach.rates.no_full_mark")
    return Grid(
        words("one.ach.table" if rated else "one.ach.means"),
        words("one.ach.what"),
        columns,
        tuple(body),
        note,
        "wide",
    )


def _line(facts: Facts, words: Words, code: str, r: dict[str, Row], rated: list[str]) -> Line:
    n, full, mean, sd = words.numbers, full_mark(facts, code), r.get("mean"), r.get("sd")
    k = digits(facts, code)
    rates = [r.get(key) for key in rated]
    cells = (
        Cell(n.count(r["achievement"].n)),
        Cell(n.plain(mean.value, k), n.plains(mean.lo, mean.hi, k)) if mean else Cell("—"),
        Cell(n.plain(sd.value if sd else None, k)),
        *(Cell(n.rate(x.value), n.rates(x.lo, x.hi)) if x and x.value is not None else Cell("—") for x in rates),
    )  # fmt: skip
    small = n.count(full) if rated and full is not None else ""
    return Line(Cell(subject_name(facts, words, code), small), cells, "me" if code == "total" else "")
