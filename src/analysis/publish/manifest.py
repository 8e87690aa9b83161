"""The manifest of a run: inputs, settings, versions and outputs with their hashes. No times in it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError

from . import evidence, files, state

if TYPE_CHECKING:
    from analysis.settings import Settings

FOLDER = "manifests"


def write(settings: "Settings", place: str, known: state.State) -> list[str]:
    """Write the manifest of what an exam's reports are now; [] if it is the last one already.

    Manifests of an exam are numbered in order; `diff` compares the last two, `verify` looks a page up in all.
    """
    content = (
        json.dumps(_content(settings, place, known), sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    ).encode()
    past = list(paths(settings.outputs, place))
    if past and past[-1].read_bytes() == content:
        return []
    number = int(past[-1].stem) + 1 if past else 1
    path = settings.outputs / FOLDER / place / f"{number:04d}.json"
    files.write(path, content)
    return [path.relative_to(settings.outputs).as_posix()]


def _content(settings: "Settings", place: str, known: state.State) -> dict[str, Any]:
    prefix = f"{place}/"
    dossiers = known.steps[f"{place}/dossiers"]
    reports = {
        name.removeprefix(prefix): {part: record.get(part, "") for part in ("status", "code", "files")}
        | {
            part: record["parts"][part]
            for part in ("dossier", "language", "notebook", "versions", "evidence")
        }
        for name, record in known.reports.items()
        if name.startswith(prefix) and name.removeprefix(prefix) in dossiers["names"]
    }
    versions = {step: state.versions(step) for step in state.ROOMS}
    return {
        "exam": place,
        "inputs": evidence.find(settings.outputs, dossiers["evidence"]["inputs"]),
        "settings": {"file": settings.path.name, "sha256": settings.sha256},
        "code": state.key({step: state.code(step) for step in state.ROOMS}),
        "versions": {name: version for step in versions.values() for name, version in step.items()},
        "reports": reports,
        "site": known.steps.get(f"{place}/site", {}).get("files", {}),
    }


def paths(outputs: Path, place: str) -> Iterator[Path]:
    """An exam's manifests, oldest first."""
    yield from sorted((outputs / FOLDER / place).glob("[0-9]*.json"))


def read(path: Path) -> dict[str, Any]:
    """A manifest; InputError where the file is damaged."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        raise InputError(
            f"The manifest {path.parent.name}/{path.name} is damaged.",
            "Move it away; the others still count.",
        ) from None
    return content


def everything(outputs: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """All manifests of an outputs folder that can be read, newest number first within an exam."""
    for path in sorted((outputs / FOLDER).glob("*/*/[0-9]*.json"), reverse=True):
        with suppress(InputError):
            yield path, read(path)
