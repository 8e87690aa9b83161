"""Pages of the manual that are made from the code: settings, data dictionary, indicators.

`python -m analysis.manual` writes them into docs/; a test refuses pages that are behind the code.
"""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from analysis.measures import INDICATORS
from analysis.params import Params
from analysis.report.words import Words, languages
from analysis.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"


def settings_page() -> str:
    """`docs/settings.md`: every key, its type, default and meaning."""
    head = "# Settings\n\nGenerated from `analysis.params`. One file in `params/` is one city. Codes are texts: put them in quotes.\n"
    return head + "".join(_section(model) for model in _models(Params))


def tables_page() -> str:
    """`docs/tables.md`: the data dictionary."""
    parts = ["# Tables\n\nGenerated from `analysis.tables`. `?` = may be missing.\n"]
    for table in TABLES.values():
        key = ", ".join(table.key) or "none"
        parts.append(
            f"\n## {table.name}\n\n{table.note}. {table.home}; privacy class *{table.privacy}*; key: {key}.\n\n"
        )
        parts.append("| column | type | meaning |\n|---|---|---|\n")
        parts += [
            f"| {c.name} | {c.kind}{'?' if c.nullable else ''} | {c.note} |\n".replace("|data", "\\|data")
            for c in table.columns
        ]
    return "".join(parts)


def indicators_page() -> str:
    """`docs/indicators.md`: the indicators in their order, with their names in each language."""
    known = {language: Words(language) for language in languages()}
    rows = []
    for key, row in INDICATORS.items():
        names = " | ".join(words(f"indicator.{key}") for words in known.values())
        meaning = (row.function.__doc__ or "").strip().splitlines()[0]
        rows.append(f"| {key} | {names} | {row.unit} | {row.direction} | {meaning} |\n")
    head = "# Indicators\n\nGenerated from `analysis.measures.INDICATORS` and the words of the reports.\n\n"
    heads = ("key", *known, "unit", "better is", "meaning")
    return head + f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n" + "".join(rows)


PAGES = {"settings.md": settings_page, "tables.md": tables_page, "indicators.md": indicators_page}


def _models(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The root and every model its fields use, each once, in the order met."""
    seen: list[type[BaseModel]] = []
    waiting = [root]
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.append(model)
        for field in model.model_fields.values():
            waiting += [
                t for t in _leaves(field.annotation) if isinstance(t, type) and issubclass(t, BaseModel)
            ]
    yield from seen


def _leaves(annotation: Any) -> list[Any]:
    """The plain types inside an annotation."""
    inner = get_args(annotation)
    return [leaf for part in inner for leaf in _leaves(part)] if inner else [annotation]


def _section(model: type[BaseModel]) -> str:
    note = ((model.__doc__ or "").strip().splitlines() or [""])[0]
    rows = "".join(_row(name, field) for name, field in model.model_fields.items())
    return f"\n## {model.__name__}\n\n{note}\n\n| key | type | default | meaning |\n|---|---|---|---|\n{rows}"


def _row(name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
    return f"| {name} | {_type(field.annotation)} | {default} | {field.description or ''} |\n"


def _default(value: Any) -> str:
    return (
        ""
        if value in ((), {}, "", None)
        else ("see below" if isinstance(value, BaseModel | tuple) else f"`{value}`")
    )


def _type(annotation: Any) -> str:
    """A type in short words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(part) for part in inner)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"{_type(inner[0])} → {_type(inner[1])}"
    if inner and all(isinstance(part, str) for part in inner):
        return ", ".join(f"`{part}`" for part in inner)
    if inner:
        return _type(inner[0])
    names: dict[str, str] = {
        "NoneType": "null",
        "str": "text",
        "float": "number",
        "int": "whole number",
        "bool": "true/false",
    }
    return names.get(annotation.__name__, str(annotation.__name__))


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
