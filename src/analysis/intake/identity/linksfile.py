"""links.csv: links that a person confirmed or forbade. One row a pair of sheet rows; it holds for good."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.intake.account import Line
from analysis.intake.block import City
from analysis.intake.issues import Place
from analysis.settings import Settings

COLUMNS = ("decision", "file_a", "sheet_a", "row_a", "file_b", "sheet_b", "row_b", "remark")
"""decision: same or different; rows as numbered on screen."""
Pairs = list[tuple[int, int]]


def read(settings: Settings, seen: pd.DataFrame, lines: Sequence[Line], city: City) -> tuple[Pairs, Pairs]:
    """(confirmed, forbidden) pairs of sightings.

    Raises
    ------
    InputError
        The file is missing, or has not these columns.
    """
    if not settings.params.links:
        return [], []
    path = settings.path.resolve().parent / settings.params.links
    where: dict[tuple[str, str, int], int] = {}
    for i, (source, row) in enumerate(zip(seen["source"], seen["row"], strict=True)):
        where.setdefault((lines[source].file, lines[source].sheet, int(row)), i)
    confirmed: Pairs = []
    forbidden: Pairs = []
    for number, told in _rows(path):
        a, b = (where.get((told[f"file_{x}"], told[f"sheet_{x}"], _int(told[f"row_{x}"]))) for x in "ab")
        target = {"same": confirmed, "different": forbidden}.get(told["decision"].strip().lower())
        if a is None or b is None or target is None:
            city.issues.add("link_unknown", Place(file=path.name, row=number), read=told["decision"])
            continue
        target.append((a, b))
    return confirmed, forbidden


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = set(COLUMNS[:-1]) - set(reader.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path.name}: columns {', '.join(sorted(missing))} are missing.",
                    f"It needs {', '.join(COLUMNS)}.",
                )
            return [(i, {k: v or "" for k, v in row.items() if k}) for i, row in enumerate(reader, 1)]
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(
            f"Cannot read {path.name}: {fault}.", "It is named by `links:` in the settings."
        ) from None


def _int(text: str) -> int:
    return int(text) if text.strip().isdigit() else -1
