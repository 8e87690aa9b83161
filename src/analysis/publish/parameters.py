"""The parameters of a notebook, checked before it runs: papermill itself only warns, and runs with the default."""

import ast
from collections.abc import Mapping
from typing import Any

from analysis.errors import SettingsError


def declared(notebook: Any) -> dict[str, object]:
    """Name → default of every parameter in the notebook's `parameters` cell.

    Raises
    ------
    SettingsError
        There is no such cell, or it holds something else than `name = literal` lines.
    """
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise SettingsError(
            f"The notebook has {len(cells)} cells tagged 'parameters', not one.",
            "Tag the cell that sets the defaults.",
        )
    try:
        return dict(_assignment(line) for line in ast.parse(cells[0].source).body)
    except (SyntaxError, ValueError) as fault:
        raise SettingsError(
            f"The notebook's parameters cell cannot be read: {fault}.",
            "One `name = value` a line, plain values.",
        ) from None


def _assignment(line: ast.stmt) -> tuple[str, object]:
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id, ast.literal_eval(line.value)
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
        return line.target.id, ast.literal_eval(line.value)
    raise ValueError(f"line {line.lineno} is not of the form name = value")


def check(notebook: Any, given: Mapping[str, object]) -> None:
    """Refuse what would not do what was meant.

    A published report says every parameter: a default that slips in would show another school's (the demo's)
    report under this one's name.

    Raises
    ------
    SettingsError
        All of: unknown names, missing names, values of another type than the default.
    """
    known = declared(notebook)
    faults = [f"unknown: {name}" for name in given if name not in known]
    faults += [f"missing: {name}" for name in known if name not in given]
    faults += [
        f"mistyped: {name} is {type(given[name]).__name__}, must be {type(default).__name__}"
        for name, default in known.items()
        if name in given and type(given[name]) is not type(default)
    ]
    if faults:
        raise SettingsError(
            f"Wrong parameters for the notebook: {'; '.join(faults)}.", f"It takes: {', '.join(known)}."
        )
