"""One report to make: its notebook, its files, and what it is made from."""

from collections.abc import Mapping
from pathlib import Path

from analysis.errors import SettingsError
from analysis.settings import Settings

from . import files, render, state


def job(settings: Settings, place: str, name: str, dossier: str, language: str) -> render.Job:
    """What has to be done for one report."""
    kind = name.split("-", 1)[0]
    exam = place.split("/", 1)[1]
    code = name.removeprefix("school-")
    return render.Job(
        name=name,
        kind=kind,
        notebook=notebook(settings, kind),
        outputs=settings.outputs,
        dossier=dossier,
        language=language,
        page=f"site/{place}/{name}.html",
        executed=f"reports/{place}/{name}.ipynb",
        redo=f"quality report {_file(settings)} --exam {exam} --school {code}",
    )


def _file(settings: Settings) -> str:
    """The settings' file as a command names it from the project's root."""
    path = settings.path.resolve().relative_to(settings.home).as_posix()
    return f'"{path}"' if " " in path else path


def notebook(settings: Settings, kind: str) -> Path:
    """The notebook of a report type: the project's own, else the one that comes with this program."""
    for home in (settings.home, Path(__file__).resolve().parents[3]):
        found = home / "notebooks" / f"{kind}_report.ipynb"
        if found.is_file():
            return found
    raise SettingsError(
        f"There is no notebook {kind}_report.ipynb.", "It belongs in the project's notebooks/."
    )


def parts_of(jobs: Mapping[str, render.Job]) -> dict[str, dict[str, str]]:
    """What each report is made from: the hash of it is its key, and `why` compares it part by part."""
    code, versions = state.key(state.code("reports")), state.key(state.versions("reports"))
    return {
        name: {
            "dossier": one.dossier,
            "notebook": files.sha256(one.notebook.read_bytes()),
            "code": code,
            "language": one.language,
            "versions": versions,
        }
        for name, one in jobs.items()
    }
