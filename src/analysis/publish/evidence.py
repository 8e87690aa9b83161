"""What a report was made from, kept so that a later look can say in words what changed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files, state

if TYPE_CHECKING:
    import pandas as pd

    from analysis.settings import Settings

FOLDER = "manifests/evidence"

_ROWS: dict[str, tuple[str, ...]] = {
    "scores": ("subject",),
    "items": ("subject",),
    "enrolments": (),
    "teachings": ("subject",),
    "item_table": ("subject",),
}
"""Table → what its rows are counted by, besides exam and school."""

_PLACE = {"source", "row"}
"""Where a row stood: no part of what it says."""

_PRIVATE = ("principal",)
"""Settings of a school that are printed nowhere."""


def keep(outputs: Path, content: Mapping[str, Any]) -> str:
    """Store it under its hash; the hash."""
    text = (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=0) + "\n").encode()
    name = files.sha256(text)
    files.write(outputs / FOLDER / f"{name}.json", text)
    return name


def find(outputs: Path, name: str) -> dict[str, Any]:
    """What was stored under a hash; empty if it is no longer there."""
    path = outputs / FOLDER / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_bytes()) if name and path.is_file() else {}
    return content


def rows(tables: "Mapping[str, pd.DataFrame]") -> dict[str, list[Any]]:
    """Fingerprint of the warehouse's rows: "table|exam|school|subject" → [rows, hash].

    The hash of a group does not depend on the order of its rows, and tells nothing of a single pupil.
    """
    import numpy as np
    import pandas as pd

    school = tables["enrolments"].set_index(["exam", "pupil"])["school"]
    found: dict[str, list[Any]] = {}
    for name, more in _ROWS.items():
        frame = tables[name].drop(columns=list(_PLACE), errors="ignore")
        if frame.empty:
            continue
        if "school" not in frame.columns and "pupil" in frame.columns:
            at = pd.MultiIndex.from_frame(frame[["exam", "pupil"]])
            frame = frame.assign(school=school.reindex(at).to_numpy())
        elif "school" not in frame.columns:
            frame = frame.assign(school="")
        hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy(np.uint64)
        by = [frame[column].fillna("").to_numpy() for column in ("exam", "school", *more)]
        sums = pd.Series(hashes).groupby(by, sort=True).agg(["size", "sum"])
        for group, size, total in zip(sums.index, sums["size"], sums["sum"], strict=True):
            label = "|".join((name, *group)) if more else "|".join((name, *group, ""))
            found[label] = [int(size), f"{int(total) & (2**64 - 1):016x}"]
    return found


def of_exams(found: Mapping[str, Any], exams: set[str]) -> dict[str, Any]:
    """Of the fingerprints of rows, those of these exams and of no exam."""
    return {label: content for label, content in found.items() if label.split("|")[1] in exams | {""}}


def slices(tables: "Mapping[str, pd.DataFrame]") -> dict[str, dict[str, str]]:
    """Table → exam → hash of its rows in order; rows of no exam, and tables without exams, under "".

    Where in a sheet a row stood does not count: nothing is computed from it.
    """
    import pandas as pd

    found = {}
    for name, frame in tables.items():
        hashes = pd.util.hash_pandas_object(
            frame.drop(columns=list(_PLACE & set(frame.columns))), index=False
        )
        exams = frame["exam"].fillna("") if "exam" in frame.columns else pd.Series("", index=frame.index)
        groups = hashes.groupby(exams.to_numpy(), sort=True)
        found[name] = {str(exam): files.sha256(rows.to_numpy().tobytes()) for exam, rows in groups}
    return found


def flat(settings: "Settings") -> dict[str, Any]:
    """Key path → value of every setting."""
    return _flat(settings.params.model_dump(mode="json"), "")


def _flat(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict):
        items = [(name, one) for name, one in value.items() if name not in _PRIVATE]
    elif isinstance(value, list):
        items = [(_label(one, index), one) for index, one in enumerate(value)]
    else:
        return {path: value}
    found: dict[str, Any] = {}
    for name, one in items:
        found |= _flat(one, f"{path}.{name}" if path else str(name))
    return found


def _label(one: Any, index: int) -> str:
    """A list's entry is called by its code or id where it has one."""
    if isinstance(one, dict):
        return str(one.get("id") or one.get("code") or one.get("key") or index)
    return str(index)


def code() -> dict[str, str]:
    """File → hash of all code and words that any step runs."""
    return {name: content for step in state.ROOMS for name, content in state.code(step).items()}
