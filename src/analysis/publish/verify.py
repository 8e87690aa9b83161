"""Whether a page is as this program wrote it, and what it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import InputError

from . import manifest, page, state


@dataclass(frozen=True)
class Verified:
    """What was found out about a page; `unaltered` only if a manifest knows exactly these bytes."""

    file: str
    unaltered: bool
    found: tuple[str, ...]

    def lines(self) -> list[str]:
        return [f"{self.file}: {self.found[0]}", *(f"  {line}" for line in self.found[1:])]


def verify(path: str | Path, outputs: Path | None = None) -> Verified:
    """Look a page up in the manifests.

    Raises
    ------
    InputError
        The file cannot be read or is not a report's page.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(
            f"Cannot read {path.name}: {fault.strerror}.", "Give the path of a report's HTML file."
        ) from None
    shown, true = page.code_in(content), page.code_of(content)
    if not shown:
        raise InputError(
            f"{path.name} shows no verification code.", "It is not a report's page, or it was altered."
        )
    for place, record in manifest.everything(_outputs(path, outputs)):
        for name, report in record["reports"].items():
            if report["code"] == true and shown == true[: page.CODE_LENGTH]:
                return Verified(path.name, True, _provenance(place, name, record, report))
            if report["code"][: page.CODE_LENGTH] == shown:
                words = "ALTERED: its code is that of a page made here, its content is not"
                return Verified(path.name, False, (words, *_provenance(place, name, record, report)[1:]))
    if shown == true[: page.CODE_LENGTH]:
        return Verified(
            path.name, False, ("NOT KNOWN HERE: no manifest in this outputs folder made this page",)
        )
    return Verified(path.name, False, ("ALTERED: its content does not fit its verification code",))


def _provenance(
    place: Path, name: str, record: Mapping[str, Any], report: Mapping[str, Any]
) -> tuple[str, ...]:
    inputs = [f"{file} {content[:12]}" for file, content in record["inputs"].items()]
    return (
        f"unaltered, code {report['code'][: page.CODE_LENGTH]}",
        f"report: {record['exam']}/{name}, manifest {place.parent.name}/{place.name}",
        f"dossier: {report['dossier'][:12]}",
        f"settings: {record['settings']['file']} {record['settings']['sha256'][:12]}",
        f"code: {record['code'][:12]}, "
        + ", ".join(f"{n} {v}" for n, v in sorted(record["versions"].items())),
        f"score sheets: {'; '.join(inputs)}",
    )


def _outputs(path: Path, outputs: Path | None) -> Path:
    """The outputs folder: given, else the one the page lies in (outputs/site/<city>/<exam>/page), else the project's."""
    if outputs:
        return outputs
    parents = path.resolve().parents
    if len(parents) > 3 and (parents[3] / manifest.FOLDER).is_dir():
        return parents[3]
    return state.outputs_folder(Path.cwd() / "settings.yaml", None)
