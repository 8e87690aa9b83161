"""What follows: findings gathered over the schools, with a first measure each, and the ledger of earlier actions."""

from collections import Counter, defaultdict

from ..facts import Facts, Row
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import listing, names, once, short_of, subject_name, subjects
from .school_cases import measure_words

TABLES = ("advice", "tracking")

MANY = 15
"""A longer ledger is folded; its sum stands in the line that opens it."""
STATUSES = ("better", "same", "worse", "unknown")


def view(facts: Facts, words: Words) -> dict[str, object]:
    rows = once(facts, facts.rows("advice", level="school"))
    ledger = _ledger(facts, words)
    if not rows and not facts.rows("advice", level="city") and ledger is None:
        return {"empty": words("city.advice.none")}
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.finding].append(row)
    order = sorted(groups, key=lambda key: (-_schools(groups[key]), key))
    return {
        "lead": words("city.advice.lead", k=_schools(rows), findings=len(groups))
        if rows
        else words("city.advice.none"),
        "not_said": words("city.advice.not"),
        "own_title": words("city.advice.own"),
        "own": _own(facts, words),
        "grids": [_table(facts, words, groups, order)] if rows else [],
        "ledger": ledger,
        "lawful": words("city.advice.lawful"),
    }


def _schools(rows: list[Row]) -> int:
    return len({row.unit for row in rows})


def _own(facts: Facts, words: Words) -> list[dict[str, str]]:
    """Recommendations to the city itself: a finding with its measures."""
    found: dict[str, list[str]] = defaultdict(list)
    sector = names(facts, "sector")
    for level in ("city", "sector"):
        for row in once(facts, facts.rows("advice", level=level)):
            text = words(f"city.finding.{row.finding}")
            head = words("bracket", text=text, inside=sector[row.unit]) if row.unit in sector else text
            found[head].append(measure_words(words, row))
    return [{"head": head, "text": words("city.sep").join(texts)} for head, texts in found.items()]


def _table(facts: Facts, words: Words, groups: dict[str, list[Row]], order: list[str]) -> Grid:
    """One line a finding: how many schools, which subjects, the measure advised most often."""
    n, name = words.numbers, short_of(facts, words)
    lines = []
    for key in order:
        rows = groups[key]
        about = {(row.unit, row.subject) for row in rows if row.subject not in ("", "all")}
        subjects = Counter(subject for _, subject in about)
        measure = Counter(measure_words(words, row) for row in rows).most_common(1)[0][0]
        schools = list(dict.fromkeys(name.get(row.unit, row.unit) for row in rows))
        lines.append(
            Line(
                Cell(words(f"city.finding.{key}")),
                (
                    Cell(n.count(_schools(rows)), listing(words, schools, 6)),
                    Cell(_subjects(facts, words, subjects)),
                    Cell(measure),
                ),
            )
        )
    columns = (
        Column(words("city.column.finding"), kind="text"),
        Column(words("city.column.schools"), kind="text"),
        Column(words("city.column.subjects"), kind="text"),
        Column(words("city.column.measure"), kind="text"),
    )
    return Grid(
        words("city.advice.table"), words("city.advice.table_what"), columns, tuple(lines), css="stackrow"
    )


def _subjects(facts: Facts, words: Words, count: Counter[str]) -> str:
    if len(subjects(facts)) == 1:
        return ""
    texts = [
        words("city.subject.times", subject=subject_name(facts, words, code), k=k)
        for code, k in sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return words("list.comma").join(texts) or words.numbers.plain(None)


def _ledger(facts: Facts, words: Words) -> Grid | None:
    """What became of earlier actions, by school."""
    n, name = words.numbers, names(facts)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in facts.rows("tracking", level="school"):
        counted[row.unit][row.status] += 1
    if not counted:
        return None
    order = list(name)
    found = sorted(counted.items(), key=lambda pair: (-pair[1]["worse"], order.index(pair[0])))
    lines = [
        Line(Cell(name[unit]), tuple(Cell(n.count(count[status])) for status in STATUSES))
        for unit, count in found
    ]
    whole = sum(counted.values(), Counter[str]())
    lines.append(Line(Cell(words("city.name")), tuple(Cell(n.count(whole[s])) for s in STATUSES), "sum"))
    columns = (
        Column(words("city.column.school"), kind="text"),
        *(Column(words(f"city.status.{status}")) for status in STATUSES),
    )
    finding = words("city.ledger.finding", k=sum(whole.values()), better=whole["better"])
    folded = (
        words("city.ledger.fold", k=sum(whole.values()), better=whole["better"]) if len(lines) > MANY else ""
    )
    return Grid(finding, words("city.ledger.what"), columns, tuple(lines), layout="mid", folded=folded)
