"""The city's schools as the sections need them: one pass over the tables, names made short for charts."""

import re
from collections.abc import Iterable, Sequence

from .. import bands, naming
from ..charts.city_standing import NOTHING, Estimate, Standing
from ..facts import Facts, Row
from ..words import Words


def main_subject(facts: Facts) -> str:
    """The subject the headline rests on: the total where the exam has one, else its first paper."""
    codes = {row.subject for row in facts.rows("indicators", level="city", indicator="achievement")}
    return next((code for code in ("total", *naming.subjects(facts)) if code in codes), "total")


def sat_any(facts: Facts) -> int | None:
    """Pupils with a mark in any paper, where the exam has several papers and no total: no one paper stands for it."""
    whole = facts.one("units", level="city")
    apart = main_subject(facts) != "total" and len(naming.subjects(facts)) > 1
    return whole.sat if apart and whole is not None else None


def about(facts: Facts, words: Words, what: str) -> str:
    """What a table or drawing of the headline shows; of which paper, where several papers have no total."""
    code = main_subject(facts)
    if code == "total" or len(naming.subjects(facts)) == 1:
        return what
    return words("city.of", subject=subject_name(facts, words, code), what=what)


def subjects(facts: Facts) -> list[str]:
    """Codes of the papers, then the total where it is another thing than the only paper."""
    codes = naming.subjects(facts)
    return [*codes, "total"] if len(codes) > 1 else ["total"] if main_subject(facts) == "total" else codes


def subject_name(facts: Facts, words: Words, code: str) -> str:
    """Name of a subject; the total of a single paper has the paper's name."""
    codes = naming.subjects(facts)
    return naming.subject_name(facts, words, codes[0] if code == "total" and len(codes) == 1 else code)


def once(facts: Facts, rows: Iterable[Row]) -> list[Row]:
    """Rows without those of a single paper that stand under the total as well."""
    kept = set(subjects(facts))
    return [row for row in rows if row.subject in kept or row.subject in ("", "all")]


def estimate(row: Row | None) -> Estimate:
    """A results row as an estimate; nothing where it must not be shown."""
    value = bands.shown(row)
    if row is None or value is None:
        return NOTHING
    return Estimate(value, row.lo, row.hi, bands.state(row), row.n)


def by_unit(facts: Facts, table: str, level: str, **equals: object) -> dict[str, Row]:
    """Rows of a level by unit; the first where a unit has several."""
    found: dict[str, Row] = {}
    for row in facts.rows(table, level=level, **equals):
        found.setdefault(row.unit, row)
    return found


def standings(facts: Facts, words: Words, level: str = "school") -> list[Standing]:
    """The three measures of every unit of a level, in stored order."""
    subject = main_subject(facts)
    start, achievement = (
        by_unit(facts, "indicators", level, subject=subject, indicator=key)
        for key in ("start", "achievement")
    )
    progress = by_unit(facts, "value_added", level, subject=subject)
    units = facts.rows("units", level=level)
    short = short_names([row.name for row in units], facts, words)
    return [
        Standing(
            row.unit,
            row.name,
            short[row.name],
            row.sector,
            row.sat,
            estimate(start.get(row.unit)),
            estimate(progress.get(row.unit)),
            estimate(achievement.get(row.unit)),
        )
        for row in units
    ]


def names(facts: Facts, level: str = "school") -> dict[str, str]:
    """Unit → name as printed; of schools also those that have no pupil in this exam."""
    here = {row.unit: row.name for row in facts.rows("units", level=level)}
    return here | facts.meta["elsewhere"] if level == "school" else here


def short_of(facts: Facts, words: Words) -> dict[str, str]:
    """School → short name, also of those that have no pupil in this exam."""
    every = names(facts)
    short = short_names(list(every.values()), facts, words)
    return {unit: short[name] for unit, name in every.items()}


def short_names(full: Sequence[str], facts: Facts, words: Words) -> dict[str, str]:
    """Names shortened by the language's rules; a name that would no longer be alone stays whole."""
    rules = [rule.split("=>", 1) for rule in words("city.short_names").split("|") if rule]
    city = facts.meta["city"]["name"]
    found: dict[str, str] = {}
    for name in full:
        text = name.removeprefix(city) if len(name) > len(city) + 2 else name
        for pattern, put in rules:
            text = re.sub(pattern, put, text)
        found[name] = text or name
    texts = list(found.values())
    return {name: text if texts.count(text) == 1 else name for name, text in found.items()}


def tally(estimates: Iterable[Estimate]) -> tuple[int, int, int]:
    """How many lie above, below, and neither (shown and judged ones only)."""
    states = [e.state for e in estimates if e.shown]
    up, down = states.count("above"), states.count("below")
    return up, down, sum(state in ("around", "unclear") for state in states)


def judged(facts: Facts, judgement: str, *status: str) -> list[Row]:
    """Rows of a judgement about schools with one of the given states, most certain first."""
    rows = once(facts, facts.rows("judgements", level="school", judgement=judgement))
    rows = [row for row in rows if row.status in status]
    return sorted(rows, key=lambda row: -(row.probability or 0.0))


def listing(words: Words, texts: Sequence[str], most: int = 8) -> str:
    """A list in running text; a long one is cut, and says how long it is."""
    if len(texts) <= most:
        return words.join(list(texts))
    return words("city.and_more", names=words("list.comma").join(texts[:most]), k=len(texts))


def sentences(words: Words, texts: Sequence[str]) -> str:
    """Sentences one after the other, as the language sets them; empty ones are left out."""
    return words("city.between").join(text.strip() for text in texts if text)


def levels_named(facts: Facts, words: Words) -> str:
    """The levels between school and city that the data have, as a title names them."""
    there = [level for level in ("sector", "township", "official") if facts.rows("units", level=level)]
    return words.join([words(f"city.by.{level}") for level in there])
