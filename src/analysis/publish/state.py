"""What was made from what: one JSON file, and the decision that nothing changed. Standard library only.

A step's key is the hash of what goes into it: its inputs' keys, the code of its rooms, its part of the settings,
and the versions of what it runs on. The same key means the same result, so the step is not done again.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from . import files

PACKAGE = Path(__file__).resolve().parents[1]
"""The code whose change makes things stale."""

OUTPUTS_VARIABLE = "QUALITY_OUTPUTS"  # the same as in analysis.settings, which must not be imported here

ROOMS: dict[str, tuple[str, ...]] = {
    "demo": ("demo", "terms.py", "params.py"),
    "warehouse": ("intake", "workbook", "warehouse.py", "tables.py", "params.py", "settings.py", "terms.py"),
    "results": ("build", "measures", "models", "judgement", "warehouse.py", "tables.py", "terms.py"),
    "dossiers": ("dossier", "tables.py", "warehouse.py", "terms.py"),
    "reports": (
        "report",
        "intake/issues.yaml",  # its words stand in the reports' lists of open questions
        *(
            f"publish/{name}.py"
            for name in ("chrome", "engine", "shell", "render", "page", "parameters", "imports")
        ),
        "publish/template",
    ),
    "site": ("publish/site.py", "publish/template", "report/locale", "report/theme.py", "report/report.css"),
}
"""Step → the files whose code it runs (errors and the walk itself do not change a result)."""

_DATA = ("numpy", "pandas", "pyarrow", "pydantic")
_FIT = ("numpy", "pandas", "scipy", "statsmodels")
_SHOW = ("ipython", "jinja2", "matplotlib", "nbconvert", "nbformat", "numpy", "papermill", "seaborn")

DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "demo": ("numpy", "pandas", "xlsxwriter"),
    "warehouse": (*_DATA, "python-calamine"),
    "results": _FIT,
    "dossiers": _FIT,
    "reports": _SHOW,
    "site": ("jinja2",),
}
"""Step → the packages whose versions may change its bytes."""

_SOURCES = {".py", ".j2", ".css", ".yaml", ".json"}
RACY_NS = 2_000_000_000
"""A file changed this shortly before it was looked at may change again within one tick of its clock."""


# ---- keys ----


def key(*parts: object) -> str:
    """Hash of JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def code(step: str) -> dict[str, str]:
    """File → hash of the code that a step runs."""
    found = {}
    for room in ROOMS[step]:
        place = PACKAGE / room
        for path in sorted(place.rglob("*") if place.is_dir() else [place]):
            if path.suffix in _SOURCES and path.is_file():
                found[path.relative_to(PACKAGE).as_posix()] = files.sha256(path.read_bytes())
    return found


def versions(step: str) -> dict[str, str]:
    """Package → version of what a step runs on, and Python's own (minor) version."""
    found = {name: _version(name) for name in DISTRIBUTIONS[step]}
    return {"python": f"{sys.version_info[0]}.{sys.version_info[1]}", **found}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


# ---- the file ----

_PARTS = ("steps", "reports", "requests", "seen")


@dataclass
class State:
    """What is known of an outputs folder.

    Attributes
    ----------
    steps : name of a step of a city or exam → {"key": …, and what it put out}
    reports : "<city>/<exam>/<name>" → record of the finished (or failed) report
    requests : what was asked for → what answered it, for the quick decision that nothing changed
    seen : path → [size, mtime, hash, when looked at]: a file unchanged in size and time is not read again
    """

    outputs: Path
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def _path(self) -> Path:
        return self.outputs / "state.json"

    @property
    def _journal(self) -> Path:
        return self.outputs / "state.log"

    def save(self) -> None:
        """Write the file (whole or not at all); the journal is then part of it."""
        kept = {name: getattr(self, name) for name in _PARTS}
        content = json.dumps(
            {"version": 2, "seal": key(kept), **kept}, sort_keys=True, ensure_ascii=False, indent=0
        )
        files.write(self._path, content.encode())
        files.remove(self._journal)

    def note(self, name: str, record: dict[str, Any]) -> None:
        """Keep a finished report's record at once, so that a killed run goes on behind it."""
        self.reports[name] = record
        line = json.dumps([name, record], ensure_ascii=False)
        try:
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")
        except OSError as fault:
            raise files.refused(self._journal, fault) from None

    def digest(self, path: Path) -> str:
        """sha256 of a file; '' if it is not there. Reads it only if its size or time changed."""
        try:
            status = path.stat()
        except OSError:
            return ""
        known = self.seen.get(str(path))
        if known and known[:2] == [status.st_size, status.st_mtime_ns] and known[3] - known[1] > RACY_NS:
            return str(known[2])
        content_hash = _hash_file(path)
        self.seen[str(path)] = [status.st_size, status.st_mtime_ns, content_hash, time.time_ns()]
        return content_hash

    def holds(self, outputs: Mapping[str, str]) -> bool:
        """Whether all these files (relative path → hash) are there as they were written."""
        return all(self.digest(self.outputs / name) == content for name, content in outputs.items())


def read(outputs: Path) -> State:
    """The state of an outputs folder; an empty one if there is none, or if it is not as it was saved."""
    state = State(outputs)
    try:
        content = json.loads((outputs / "state.json").read_bytes())
        kept = {name: content[name] for name in _PARTS}
        if content["version"] == 2 and content["seal"] == key(kept):
            state = State(outputs, **kept)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        lines = (outputs / "state.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return state
    for line in lines:
        try:
            name, record = json.loads(line)
        except ValueError:
            continue  # the last line of a killed run
        state.reports[name] = record
    return state


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- nothing changed? ----


def outputs_folder(settings: Path, outputs: Path | None) -> Path:
    """Where this settings file's outputs are: as `analysis.settings.outputs_of`, without importing it."""
    folder = settings.resolve().parent
    home = folder.parent if folder.name == "params" else folder
    return (outputs or Path(os.environ.get(OUTPUTS_VARIABLE, "") or home / "outputs")).resolve()


def request_name(settings: Path, exam: str, language: str) -> str:
    return f"{settings.resolve()}|{exam}|{language}"


def request_key(state: State, settings: Path, request: Mapping[str, Any]) -> str:
    """Hash of everything that a run starts from, as it is now: settings, sheets, other files read, code, versions."""
    return key(
        state.digest(settings.resolve()),
        {str(path): state.digest(path) for path in sheet_files(Path(request["data"]), request["patterns"])},
        {name: state.digest(Path(name)) for name in request["read"]},
        [
            state.digest(path)
            for path in sheet_files(settings.resolve().parent, [f"notes/{request['exam']}/*.md"])
        ],
        {step: [code(step), versions(step)] for step in ROOMS},
    )


def sheet_files(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """Files that sheet patterns name now (file, folder or glob, below `folder`), sorted, each once."""
    found: set[Path] = set()
    for pattern in patterns:
        place = folder / pattern
        if place.is_dir():
            found.update(path for path in place.rglob("*") if path.is_file())
        elif place.is_file():
            found.add(place)
        else:
            found.update(path for path in folder.glob(pattern) if path.is_file())
    return sorted(found)


def fresh(settings: Path, exam: str = "", language: str = "", outputs: Path | None = None) -> str:
    """One line that says so if a run would change nothing, else ''."""
    state = read(outputs_folder(settings, outputs))
    last = state.requests.get(request_name(settings, exam, language))
    if last is None or last["key"] != request_key(state, settings, last):
        return ""
    reports = [state.reports.get(name, {}) for name in last["reports"]]
    if any(report.get("status") == "failed" or not report for report in reports):
        return ""
    made = {name: content for report in reports for name, content in report["files"].items()}
    if not state.holds({**made, **last["files"]}):
        return ""
    return (
        f"Nothing changed: {len(reports)} reports of {last['exam']} are as their data, settings and code are."
    )
