"""The assumptions of the fits: one sentence for the reader, one table for the analyst."""

from collections.abc import Callable

from ..facts import Facts
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_units import main_subject, once, subject_name

Values = dict[str, float]

TROUBLES: dict[str, Callable[[Values], bool]] = {
    "normality": lambda v: v.get("normal_distance", 0.0) > 0.25,
    "spread": lambda v: v.get("spread_ratio", 1.0) > 1.5,
    "ceiling": lambda v: v.get("top_share", 0.0) >= 0.10 or v.get("top_five_share", 0.0) >= 0.30,
    "floor": lambda v: v.get("floor_share", 0.0) >= 0.10,
    "leverage": lambda v: v.get("max_leverage", 0.0) > 1.0,
    "growth": lambda v: v.get("growth_gap", 0.0) > 4.0,
    "growth_missing": lambda v: "growth_missing" in v,
    "unmatched": lambda v: abs(v.get("unmatched_gap", 0.0)) > 0.3 and v.get("unmatched_share", 0.0) > 0.05,
}
"""When an assumption is named in the report: limits of docs/methods.md §1 (ceiling), else what an eye would notice; ten means that differ from 50 by chance alone pass 4 SE once in 1,500 fits."""

SHOWN = ("bend_size", "normal_distance", "skewness", "spread_ratio", "floor_share", "top_share", "unmatched_share", "unmatched_gap", "max_leverage", "growth_low", "growth_high")  # fmt: skip
SHARES = ("floor_share", "top_share", "unmatched_share")


def by_subject(facts: Facts) -> dict[str, Values]:
    """Subject → check → value."""
    found: dict[str, Values] = {}
    for row in once(facts, facts.rows("fits")):
        if row.term.startswith("check:") and row.value is not None:
            found.setdefault(row.subject, {})[row.term.removeprefix("check:")] = row.value
    return found


def sentence(facts: Facts, words: Words) -> str:
    """The checks of all fits in one sentence."""
    found = by_subject(facts)
    if not found:
        return words("city.checks.na")
    texts = []
    for key, troubled in TROUBLES.items():
        codes = [code for code, values in found.items() if troubled(values)]
        if codes:
            names = words("list.comma").join(subject_name(facts, words, code) for code in codes)
            texts.append(words("city.checks.one", check=words(f"city.check.{key}"), subjects=names))
    if not texts:
        return words("city.checks.ok")
    return words("city.checks.some", texts=words("list.stop").join(texts))


def checks_grid(facts: Facts, words: Words) -> Grid | None:
    """The figures behind the sentence, one line a subject, folded."""
    n, found = words.numbers, by_subject(facts)
    keys = [key for key in SHOWN if any(key in values for values in found.values())]
    if not keys:
        return None
    order = sorted(found, key=lambda code: code != main_subject(facts))
    lines = tuple(
        Line(
            Cell(subject_name(facts, words, code)),
            tuple(
                Cell(n.rate(found[code].get(key)) if key in SHARES else n.plain(found[code].get(key), 2))
                for key in keys
            ),
        )
        for code in order
    )
    columns = (
        Column(words("city.column.subject"), kind="text"),
        *(Column(words(f"city.check.{key}"), "%" if key in SHARES else "") for key in keys),
    )
    finding, what = words("city.checks.table"), words("city.checks.table_what")
    return Grid(finding, what, columns, lines, layout="wide", folded=words("city.checks.fold"))
