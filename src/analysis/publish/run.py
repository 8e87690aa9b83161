"""The walk: sheets → warehouse → results → dossiers → reports → site → manifest, each step only if its key changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import InputError, OutputError, UnknownName
from analysis.report.words import languages
from analysis.settings import Settings, load

from . import data, files, ledger, manifest, pool, render, site, state
from .jobs import job, notebook, parts_of

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done and of how many (0 of 0: it cannot be counted)."""

INDEX = "index.html"


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    Attributes
    ----------
    ledger : one entry a report
    wrote : relative paths of all files under outputs/ that were written, for people (not state and caches)
    issues : severity → data issues of the city's sheets
    index : the index page
    """

    exam: str
    ledger: ledger.Ledger
    index: Path
    wrote: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    issues: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return len(self.ledger.of("failed"))

    def lines(self) -> list[str]:
        first, *rest = self.ledger.lines()
        return [f"{self.exam}: {first}", *rest, *self._issues(), f"index: {self.index}"]

    def _issues(self) -> list[str]:
        """What the score sheets left open: it is in the numbers of these reports."""
        errors, questions = (self.issues.get(kind, 0) for kind in ("error", "question"))
        if not errors + questions:
            return []
        return [
            f"score sheets: {errors} places to correct, {questions} to confirm (`quality check` lists them)"
        ]


@dataclass
class _Walk:
    """What the steps of one run share."""

    settings: Settings
    exam: str
    language: str
    state: state.State
    force: bool
    tell: Progress

    @property
    def place(self) -> str:
        return f"{self.settings.params.city.code}/{self.exam}"


def run(
    settings_path: str | Path,
    exam: str | None = None,
    schools: list[str] | None = None,
    language: str | None = None,
    workers: int | None = None,
    outputs: Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> RunResult:
    """Make the reports of one exam, as far as they are not made yet.

    Parameters
    ----------
    exam : id of the exam; None is the one that the settings report
    schools : codes of schools (or "city", where there are several) to report; None is all
    force : make reports again even if nothing changed

    Raises
    ------
    AnalysisError
        What stops the whole run. A report that fails is in the ledger instead.
    """
    settings = load(settings_path, outputs)
    exam_id = _checked(settings, exam, language)
    with files.locked(settings.outputs), files.swept(settings.outputs):
        known = state.read(settings.outputs)
        tell = progress or (lambda *_: None)
        walk = _Walk(settings, exam_id, language or settings.params.language, known, force, tell)
        steps = _data_steps(walk, pool.workers(workers))
        entries, wrote = _reports(walk, _wanted(walk, schools), workers)
        if not schools:
            _retire(walk)
        if not schools or f"{walk.place}/site" in known.steps:
            wrote += _site(walk)
        _remember(walk, exam, language, whole=not schools)
        wrote += manifest.write(settings, walk.place, known) if wrote else []
        known.save()
    index = settings.outputs / "site" / walk.place / INDEX
    issues = known.steps[f"{settings.params.city.code}/warehouse"].get("issues", {})
    return RunResult(exam_id, entries, index, sorted(set(wrote)), steps, issues)


def _checked(settings: Settings, exam: str | None, language: str | None) -> str:
    """Id of the exam to report; refuses what cannot work before anything is done."""
    found = settings.exam(exam) if exam else settings.report_exam()
    if not found.sheets:
        raise InputError(
            f"{found.id} ({found.title}) has no score sheets yet.", "Name them under `sheets:` of the exam."
        )
    if language and language not in (known := languages()):
        raise UnknownName(f"No language {language}.", f"There are: {', '.join(known)}.")
    return found.id


# ---- data ----


def _data_steps(walk: _Walk, workers: int) -> list[str]:
    """Everything up to the dossiers, in a process of its own if any of it is due."""
    due = data.due(walk.settings, walk.exam, walk.state)
    if not due:
        return []
    walk.state.save()
    done: list[str] = pool.call(
        lambda tell: data.walk(walk.settings, walk.exam, tell, workers),
        lambda text: walk.tell(text, 0, 0),
        render.load,
    )
    fresh = state.read(walk.settings.outputs)
    walk.state.steps, walk.state.seen = fresh.steps, fresh.seen
    return done


# ---- reports ----


def _wanted(walk: _Walk, schools: list[str] | None) -> list[str]:
    """Names of the reports to make, in the order of the dossiers."""
    names = list(walk.state.steps[f"{walk.place}/dossiers"]["names"])
    if not schools:
        return names
    asked = ["city" if name == "city" else f"school-{name.removeprefix('school-')}" for name in schools]
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise UnknownName(
            f"No report {', '.join(unknown)} for {walk.exam}.",
            f"There are: {', '.join(name.removeprefix('school-') for name in names)}.",
        )
    return [name for name in names if name in asked]


def _reports(walk: _Walk, names: list[str], workers: int | None) -> tuple[ledger.Ledger, list[str]]:
    """Make those reports that are due; the ledger and the files written."""
    dossiers = walk.state.steps[f"{walk.place}/dossiers"]["names"]
    jobs = {n: job(walk.settings, walk.place, n, dossiers[n], walk.language) for n in names}
    parts = parts_of(jobs)
    due = [name for name in names if walk.force or not _is_fresh(walk, name, parts[name])]
    entries = [ledger.Entry(name, "unchanged") for name in names if name not in due]
    wrote: list[str] = []
    if due:
        render.warm(jobs[due[-1]]) if len(due) > 1 else render.load()

    def done(task: int, result: dict[str, Any], seconds: float) -> None:
        name = due[task]
        if "refused" in result:
            raise OutputError(*result["refused"])
        entries.append(_entry(jobs[name], result, seconds))
        wrote.extend(result.get("wrote", []))
        _note(walk, name, parts[name], result)
        walk.tell(name, len(entries) - len(names) + len(due), len(due))

    pool.run(lambda task: render.render(jobs[due[task]]), len(due), pool.workers(workers), done)
    return ledger.in_order(entries, names), wrote


def _is_fresh(walk: _Walk, name: str, parts: Mapping[str, str]) -> bool:
    """Whether the report is there, unaltered, and made from just these parts."""
    known = walk.state.reports.get(f"{walk.place}/{name}")
    return (
        known is not None
        and known["status"] == "written"
        and known["key"] == state.key(parts)
        and walk.state.holds(known["files"])
    )


def _entry(made: render.Job, result: Mapping[str, Any], seconds: float) -> ledger.Entry:
    if "failed" not in result and "died" not in result:
        status: ledger.Status = "written" if result["wrote"] else "unchanged"
        return ledger.Entry(made.name, status, seconds, result["memory_mb"], result["cpu_seconds"])
    message = result.get("message") or result["died"]
    page = made.failed_page if "failed" in result else ""
    return ledger.Entry(
        made.name,
        "failed",
        seconds,
        result.get("memory_mb", 0.0),
        message=message,
        page=page,
        redo=made.redo,
    )


def _note(walk: _Walk, name: str, parts: Mapping[str, str], result: Mapping[str, Any]) -> None:
    """Record what became of a report, with what it was made from and what it was made from before."""
    key = f"{walk.place}/{name}"
    evidence = walk.state.steps[f"{walk.place}/dossiers"]["evidence"]
    before = walk.state.reports.get(key, {})
    record: dict[str, Any] = {"key": state.key(parts), "parts": {**parts, "evidence": evidence}}
    if "files" in result:
        record |= {"status": "written", "files": result["files"], "code": result["code"]}
    else:
        record |= {
            "status": "failed",
            "files": {},
            "message": result.get("message") or result.get("died", ""),
        }
    changed = before.get("parts") and before["key"] != record["key"]
    record["before"] = before["parts"] if changed else before.get("before", {})
    walk.state.note(key, record)


# ---- site and the quick answer ----


def _status(walk: _Walk, name: str) -> str:
    return str(walk.state.reports.get(f"{walk.place}/{name}", {}).get("status", ""))


def _retire(walk: _Walk) -> None:
    """Take away reports of schools that the exam no longer has."""
    names = walk.state.steps[f"{walk.place}/dossiers"]["names"]
    for key in [key for key in walk.state.reports if key.rpartition("/")[0] == walk.place]:
        if key.rpartition("/")[2] not in names:
            gone = (
                *walk.state.reports.pop(key)["files"],
                f"site/{key}.failed.html",
                f"reports/{key}.failed.ipynb",
            )
            for name in gone:
                files.remove(walk.settings.outputs / name)


def _site(walk: _Walk) -> list[str]:
    """The index, last of all pages."""
    dossiers = walk.state.steps[f"{walk.place}/dossiers"]["names"]
    calendar = [
        (exam.id, exam.title, exam.date.isoformat())
        for exam in walk.settings.params.exams
        if exam.id == walk.exam or f"{walk.settings.params.city.code}/{exam.id}/site" in walk.state.steps
    ]
    failed = {name for name in dossiers if _status(walk, name) == "failed"}
    content = site.index(walk.settings.outputs, dossiers, failed, calendar, walk.language)
    name = f"site/{walk.place}/{INDEX}"
    wrote = files.write(walk.settings.outputs / name, content)
    walk.state.steps[f"{walk.place}/site"] = {"files": {name: files.sha256(content)}}
    return [name] if wrote else []


def _remember(walk: _Walk, exam: str | None, language: str | None, whole: bool) -> None:
    """Keep what answers the same request next time without importing anything."""
    if not whole:
        return
    settings, params = walk.settings, walk.settings.params
    read = [notebook(settings, kind) for kind in ("city", "school")] + data.rule_paths(settings)
    if params.links:
        read.append(settings.path.resolve().parent / params.links)
    if settings.schools_book:
        read.append(settings.schools_book)
    names = walk.state.steps[f"{walk.place}/dossiers"]["names"]
    request = {
        "exam": walk.exam,
        "data": str(settings.data),
        "patterns": data.patterns(settings),
        "read": [str(path) for path in read],
        "reports": [f"{walk.place}/{name}" for name in names],
        "files": walk.state.steps[f"{walk.place}/site"]["files"],
    }
    request["key"] = state.request_key(walk.state, settings.path, request)
    walk.state.requests[state.request_name(settings.path, exam or "", language or "")] = request
