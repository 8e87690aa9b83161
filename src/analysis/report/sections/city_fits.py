"""What the model fits say of themselves: coefficients, variances, criterion, with digits enough to check them."""

from collections.abc import Sequence

from .. import naming
from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import main_subject, once, sentences, subject_name

COUNTS = ("n", "units")
ORDER = ("n", "units", "criterion", "loglik", "icc", "reliability", "intake_correlation")
GROUPS = ("beta", "variance", "other")
HIDDEN = ("check", "state", "reliability", "start_reliability")
"""Terms shown elsewhere: checks of assumptions and reliabilities stand above the fits or among the methods."""


def fit_grids(facts: Facts, words: Words) -> list[Grid]:
    """The headline subject's fit, and one folded table of all others."""
    first = main_subject(facts)
    codes = [
        code
        for code in dict.fromkeys(row.subject for row in once(facts, facts.rows("fits")))
        if code != first
    ]
    return [_grid(facts, words, first), _others(facts, words, codes)]


def _shown(facts: Facts, subject: str) -> list[Row]:
    """Rows of a fit that are printed here, in their order."""
    rows = [row for row in facts.rows("fits", subject=subject) if row.term.split(":", 1)[0] not in HIDDEN]
    rows = [row for row in rows if row.value is not None]
    return sorted(rows, key=lambda row: (GROUPS.index(_group(row.term)), _place(row.term)))


def _others(facts: Facts, words: Words, codes: Sequence[str]) -> Grid:
    """Terms by subjects: estimate with its standard error below."""
    found = {code: {row.term: row for row in _shown(facts, code)} for code in codes}
    terms = list(dict.fromkeys(term for rows in found.values() for term in rows))
    terms.sort(key=lambda term: (GROUPS.index(_group(term)), _place(term)))
    lines: list[Line] = []
    for term in terms:
        rows = [found[code].get(term) for code in codes]
        lines.append(Line(Cell(term_name(facts, words, term)), tuple(_estimate(words, row) for row in rows)))
    columns = (
        Column(words("city.column.term"), kind="text"),
        *(Column(subject_name(facts, words, code)) for code in codes),
    )
    finding, what = words("city.fit.others"), words("city.fit.others_what")
    return Grid(finding, what, columns, tuple(lines), layout="wide", folded=words("city.fit.fold"))


def _estimate(words: Words, row: Row | None) -> Cell:
    """An estimate with four decimals, its standard error below."""
    if row is None:
        return Cell()
    return Cell(_value(words, row), words.numbers.plain(row.se, 4) if row.se is not None else "")


def _group(term: str) -> str:
    kind = term.split(":", 1)[0]
    return kind if kind in GROUPS else "other"


def _place(term: str) -> int:
    """Order of the terms without a group; coefficients and variances keep the model's order."""
    kind = term.split(":", 1)[0]
    return ORDER.index(kind) if kind in ORDER else len(ORDER) if _group(term) == "other" else 0


def _grid(facts: Facts, words: Words, subject: str) -> Grid:
    """Coefficients and variances in lines, the rest in the note."""
    rows = _shown(facts, subject)
    lines: list[Line] = []
    for group in ("beta", "variance"):
        members = [row for row in rows if _group(row.term) == group]
        if members:
            lines.append(Line(Cell(words(f"city.fit.group.{group}")), (), "group"))
        lines += [_line(facts, words, row) for row in members]
    columns = (
        Column(words("city.column.term"), kind="text"),
        Column(words("city.column.estimate")),
        Column(words("city.column.se")),
        Column(words("city.column.range"), "95%", "ci"),
    )
    finding = words("city.fit.finding", subject=subject_name(facts, words, subject))
    others = words("list.stop").join(
        words("city.fit.pair", term=term_name(facts, words, row.term), value=_value(words, row))
        for row in rows
        if _group(row.term) == "other"
    )
    note = sentences(words, [others + words("city.stop") if others else "", words("city.fit.note")])
    return Grid(finding, words("city.fit.what"), columns, tuple(lines), note, "mid")


def _value(words: Words, row: Row) -> str:
    """A figure of a fit: counts whole, all else with four decimals."""
    return words.numbers.plain(row.value, 0 if row.term.split(":")[0] in COUNTS else 4).replace(",", "")


def _line(facts: Facts, words: Words, row: Row) -> Line:
    n = words.numbers
    return Line(
        Cell(term_name(facts, words, row.term), _note(words, row.note)),
        (Cell(_value(words, row)), Cell(n.plain(row.se, 4)), Cell(n.plains(row.lo, row.hi, 4))),
    )


def term_name(facts: Facts, words: Words, term: str) -> str:
    """Name of a term; a coefficient of a covariate keeps the covariate's own name."""
    if f"city.term.{term}" in words:
        return words(f"city.term.{term}")
    kind, _, name = term.partition(":")
    for start, key in (("prior bend ", "bend"), ("prior ", "prior_of"), ("no prior ", "no_prior")):
        if name.startswith(start):
            rest = name.removeprefix(start)
            known = f"subject.{rest}" in words or rest in naming.subjects(facts)
            return words(f"city.term.{key}", name=subject_name(facts, words, rest) if known else rest)
    return (
        words("city.term.named", kind=words(f"city.fit.kind.{kind}"), name=name)
        if name and kind in GROUPS
        else term
    )


def _note(words: Words, note: str) -> str:
    return words(f"city.note.{note}") if note and f"city.note.{note}" in words else note
