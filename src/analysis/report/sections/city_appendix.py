"""How it was computed, what the words mean, where the numbers come from, under which rules."""

from ..facts import Facts
from ..tables import Cell, Column, Grid, Line
from ..words import Words
from .city_discoveries import discoveries_grid
from .city_progress import with_classes
from .city_units import once, sentences, subject_name
from .rules_of_the_day import rules_of_the_day

TABLES = ("policy", "units", "value_added", "judgements", "fits")

METHODS = ("t", "value_added", "prior", "interval", "ranks", "growth", "judgements", "equity", "trust")
SOURCES = ("items", "papers", "assumed")
TERMS = (
    "start",
    "progress",
    "achievement",
    "reliability",
    "icc",
    "cv",
    "tier",
    "ranks",
    "composite",
    "state",
)


def view(facts: Facts, words: Words) -> dict[str, object]:
    values = _settings(facts, words)
    return {
        "methods_title": words("city.appendix.methods"),
        "methods": [
            {"head": words(f"city.method.{key}"), "text": words(f"city.method.{key}_text", **values)}
            for key in METHODS
        ],
        "terms_title": words("city.appendix.terms"),
        "terms": [
            {"head": words(f"city.gloss.{key}"), "text": words(f"city.gloss.{key}_text")} for key in TERMS
        ],
        "discoveries_title": words("city.bh.title"),
        "discoveries": discoveries_grid(facts, words),
        "policy_title": words("city.appendix.policy"),
        "policy": rules_of_the_day(facts, words),
        "source_title": words("city.appendix.source"),
        "grids": [_files(facts, words)],
        "source": _source(facts, words),
        "privacy": words(
            "city.appendix.privacy",
            k=facts.meta["privacy"]["hidden_below"],
            note=facts.meta["privacy"]["note_below"],
        ),
    }


def _settings(facts: Facts, words: Words) -> dict[str, object]:
    """The numbers of the settings that the method sentences name."""
    n, rules, model = words.numbers, facts.meta["thresholds"], facts.meta["model"]
    return {
        "draws": n.count(model["draws"]),
        "runs": n.count(model["null_runs"]),
        "reliabilities": _reliabilities(facts, words),
        "correction": words("city.correction.on" if model["prior_correction"] else "city.correction.off"),
        "layers": words("city.layers.class" if with_classes(facts) else "city.layers.school"),
        "curve": words("city.curve.on" if model["spline"] else "city.curve.off"),
        "meaningful": n.plain(10 * rules["meaningful"]),
        "tier": n.percent(rules["tier_probability"], 0),
        "weak": n.percent(rules["weak_probability"], 0),
        "list_error": n.percent(rules["list_error"], 0),
    }


def _reliabilities(facts: Facts, words: Words) -> str:
    """How reliable the starting scores are taken to be, by where that is known from; nothing where none is used."""
    if not facts.meta["model"]["prior_correction"]:
        return ""
    n, found = words.numbers, once(facts, facts.rows("fits", term="start_reliability"))
    parts = []
    for source in SOURCES:
        rows = [row for row in found if row.note == source]
        named = [f"{subject_name(facts, words, row.subject)} {n.plain(row.value, 2)}" for row in rows]
        if named:
            parts.append(words(f"city.reliability.{source}", list=words("list.comma").join(named)))
    return sentences(
        words,
        parts or [words("city.reliability.unused" if facts.meta["baseline"] else "city.reliability.none")],
    )


def _files(facts: Facts, words: Words) -> Grid:
    """The score sheets that the results rest on."""
    lines = tuple(Line(Cell(file), ()) for file in facts.meta["provenance"]["sheets"])
    columns = (Column(words("city.column.file"), kind="text"),)
    finding = words("city.appendix.files", k=len(lines))
    folded = words("city.appendix.files_fold", k=len(lines)) if len(lines) > 6 else ""
    return Grid(finding, words("city.appendix.files_what"), columns, lines, layout="mid", folded=folded)


def _source(facts: Facts, words: Words) -> str:
    origin = facts.meta["provenance"]
    return words(
        "city.appendix.versions",
        content=origin["content"],
        settings=origin["settings"][:16],
        versions=words("list.comma").join(
            f"{name} {value}" for name, value in sorted(origin["versions"].items())
        ),
        code=facts.code[:16],
    )
