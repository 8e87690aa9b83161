"""What moved between two runs, for the analyst before release: whose headline numbers, by how much, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.settings import Settings, load

from . import chrome, manifest, why

SHOWN = 0.05
"""T points: smaller moves are counted, not listed."""

MEASURES = {"start": "starting point", "progress": "progress", "achievement": "achievement"}


@dataclass(frozen=True)
class Move:
    """One headline number of one school; values in T points, None where there is none."""

    school: str
    measure: str
    before: float | None
    after: float | None

    @property
    def size(self) -> float:
        if self.before is None or self.after is None:
            return float("inf") if self.before is not self.after else 0.0
        return abs(self.after - self.before)

    def line(self) -> str:
        a, b = ("none" if value is None else f"{value:+.1f}" for value in (self.before, self.after))
        moved = (
            "" if None in (self.before, self.after) else f" ({(self.after or 0) - (self.before or 0):+.2f})"
        )
        return f"{self.school}: {MEASURES[self.measure]} {a} → {b}{moved}"


@dataclass(frozen=True)
class Diff:
    """Two runs compared."""

    runs: tuple[str, ...]
    causes: tuple[str, ...]
    moves: tuple[Move, ...]
    changed: int
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        if len(self.runs) < 2:
            return ["There is only one run of this exam so far: nothing to compare."]
        large = [move for move in self.moves if move.size >= SHOWN]
        found = [f"Run {self.runs[0]} → run {self.runs[1]}: {self.changed} reports changed."]
        found += ["Because:", *(f"  {cause}" for cause in self.causes)] if self.causes else []
        found += [f"new report: {name}" for name in self.came] + [f"no longer: {name}" for name in self.went]
        found += [move.line() for move in large]
        small = sum(0 < move.size < SHOWN for move in self.moves)
        return [*found, f"{len(large)} headline numbers moved by {SHOWN} T points or more, {small} by less."]


def diff(settings_path: str | Path, exam: str | None = None, outputs: Path | None = None) -> Diff:
    """Compare the last two runs of an exam."""
    settings = load(settings_path, outputs)
    exam_id = settings.exam(exam).id if exam else settings.report_exam().id
    place = f"{settings.params.city.code}/{exam_id}"
    paths = list(manifest.paths(settings.outputs, place))[-2:]
    if len(paths) < 2:
        return Diff(tuple(path.stem for path in paths), (), (), 0)
    before, after = (manifest.read(path)["reports"] for path in paths)
    both = [name for name in after if name in before]
    changed = [name for name in both if before[name]["files"] != after[name]["files"]]
    moves = sorted(_moves(settings, before, after, changed), key=lambda move: (-move.size, move.school))
    causes = why.differences(settings, before[changed[0]], after[changed[0]]) if changed else ()
    return Diff(
        runs=tuple(path.stem for path in paths),
        causes=tuple(cause for cause in causes if not cause.startswith("numbers in table")),
        moves=tuple(moves),
        changed=len(changed),
        came=tuple(name for name in after if name not in before),
        went=tuple(name for name in before if name not in after),
    )


def _moves(
    settings: Settings, before: Mapping[str, Any], after: Mapping[str, Any], names: list[str]
) -> Iterator[Move]:
    for name in names:
        if name == "city":
            continue
        old, new = (headline(settings.outputs, run[name]["dossier"]) for run in (before, after))
        school = new.get("name") or name
        for measure in MEASURES:
            if old.get(measure) != new.get(measure):
                yield Move(school, measure, old.get(measure), new.get(measure))


def headline(outputs: Path, dossier: str) -> dict[str, Any]:
    """A school's name and its three headline numbers as printed: T points, start and achievement around 50."""
    path = outputs / "dossiers" / f"{dossier}.json"
    if not path.is_file():
        return {}
    content, tables = chrome.meta_of(outputs, dossier), chrome.tables_of(path)
    subject = content["subjects"][0]["code"] if len(content["subjects"]) == 1 else "total"
    found: dict[str, Any] = {"name": content["name"]}
    for row in _own(tables.get("indicators"), content["unit"], subject):
        if row["indicator"] in ("start", "achievement") and row["value"] is not None:
            found[row["indicator"]] = 50 + 10 * row["value"]
    for row in _own(tables.get("value_added"), content["unit"], subject):
        if row["effect"] is not None:
            found["progress"] = 10 * row["effect"]
    return found


def _own(table: Mapping[str, Any] | None, unit: str, subject: str) -> Iterator[dict[str, Any]]:
    for values in table["rows"] if table else []:
        row = dict(zip(table["columns"], values, strict=True)) if table else {}
        if row["level"] == "school" and row["unit"] == unit and row["subject"] == subject:
            yield row
