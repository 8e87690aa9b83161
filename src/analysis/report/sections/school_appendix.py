"""Methods in plain words, glossary, and where every number comes from."""

from typing import Any

from ..facts import Facts
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .rules_of_the_day import rules_of_the_day

TABLES = ("policy", "trust")
GLOSSARY = (
    "t",
    "value_added",
    "interval",
    "reliability",
    "growth",
    "bands",
    "tier",
    "borderline",
    "hit",
    "regression",
)
OF_SEVERAL = ("tier", "regression")
"""Terms that the report of the only school of an exam does not use."""
METHODS = ("progress", "interval", "relative", "cause")
HASH = 12


def view(facts: Facts, words: Words) -> dict[str, Any]:
    privacy = facts.meta["privacy"]
    return {
        "methods": [
            {"head": words(f"method.{key}.head"), "text": words(f"method.{key}.text")} for key in METHODS
        ],
        "settings": [
            words("appendix.privacy", k=privacy["hidden_below"], note=privacy["note_below"]),
            *_settings(facts, words),
        ],
        "glossary": [(words(f"glossary.{key}"), words(f"glossary.{key}.text")) for key in _glossary(facts)],
        "sources": _sources(facts, words),
        "scope": words("appendix.scope", audience=words(f"audience.{facts.meta['audience']}")),
    }


def _glossary(facts: Facts) -> list[str]:
    """The terms that the report uses."""
    return [key for key in GLOSSARY if not (facts.one_school and key in OF_SEVERAL)]


def _settings(facts: Facts, words: Words) -> list[str]:
    """What the settings of this city say about the model, and the rules of the day about the report."""
    model, n = facts.meta["model"], words.numbers
    made = []
    if facts.meta["baseline"]:
        key = "appendix.corrected" if model["prior_correction"] else "appendix.uncorrected"
        made.append(
            words(
                key,
                paper=n.plain(model["reliability_paper"], 2),
                total=n.plain(model["reliability_total"], 2),
            )
        )
    return [*made, _by_chance(facts, words), *rules_of_the_day(facts, words)]


def _by_chance(facts: Facts, words: Words) -> str:
    """How many schools the rules would name if no school differed; of one school, how many classes or teachers."""
    found = {row.key: row.value for row in facts.rows("trust") if row.key.startswith("null:")}
    named = {key.removeprefix("null:"): words.numbers.plain(value, 2) for key, value in found.items()}
    if facts.one_school:
        level = next((level for level in ("class", "teacher") if f"{level}_above" in named), "")
        sides = {of: named[f"{level}_{of}"] for of in ("above", "below")} if level else {}
        return words(f"one.null.{level}", **sides) if level else ""
    return words("appendix.null", k=facts.meta["n_schools"], **named) if named else ""


def _sources(facts: Facts, words: Words) -> Grid:
    """Score sheets, and the first digits of the hashes of records, settings and dossier; versions."""
    origin = facts.meta["provenance"]
    sheets = words("list.comma").join(origin["sheets"])
    lines = [Line(Cell(words("source.input")), (Cell(sheets), Cell("—")))]
    hashes = {"records": origin["content"], "settings": origin["settings"], "dossier": facts.code}
    lines += [
        Line(
            Cell(words(f"source.{key}")),
            (Cell(words(f"source.{key}.what")), Cell(digits[:HASH], css="mono")),
        )
        for key, digits in hashes.items()
    ]
    versions = words("list.comma").join(
        f"{name} {version}" for name, version in sorted(origin["versions"].items())
    )
    lines.append(Line(Cell(words("source.versions")), (Cell(versions), Cell("—"))))
    columns = tuple(Column(words(f"column.source.{key}"), kind="text") for key in ("kind", "what", "hash"))
    return Grid(words("source.finding"), words("source.what"), columns, tuple(lines), css="stackrow")
