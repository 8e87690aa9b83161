"""The exam calendar: what is due, loaded, reported; which reports are fresh, stale or failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.params import Exam
from analysis.settings import Settings, load, rule_set

from . import data, jobs, state


@dataclass(frozen=True)
class ExamStatus:
    """One exam. `state` is due (no sheets yet), loaded (sheets, no reports) or reported.

    `rules`: what the rules of its day stop or warn of.
    """

    id: str
    title: str
    date: str
    state: str
    fresh: int = 0
    stale: int = 0
    failed: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def line(self) -> str:
        counts = f"{self.fresh} fresh, {self.stale} stale, {len(self.failed)} failed"
        if self.failed:
            counts += f" ({', '.join(self.failed)})"
        found = f"{self.date}  {self.id}  {self.title}: {self.state}"
        found += f": {counts}" if self.state == "reported" else ""
        return found + (f" [{'; '.join(self.rules)}]" if self.rules else "")


@dataclass(frozen=True)
class Status:
    exams: tuple[ExamStatus, ...]

    def lines(self) -> list[str]:
        return [exam.line() for exam in self.exams]


def status(settings_path: str | Path, outputs: Path | None = None) -> Status:
    """The calendar of a city, in order of date."""
    settings = load(settings_path, outputs)
    known = state.read(settings.outputs)
    exams = sorted(settings.params.exams, key=lambda exam: (exam.date, exam.id))
    return Status(tuple(_status(settings, exam, known) for exam in exams))


def _status(settings: Settings, exam: Exam, known: state.State) -> ExamStatus:
    place = f"{settings.params.city.code}/{exam.id}"
    rules = _rules(settings, exam)
    records = {
        name.removeprefix(f"{place}/"): record
        for name, record in known.reports.items()
        if name.startswith(f"{place}/")
    }
    if not records:
        there = state.sheet_files(settings.data, [sheet.path for sheet in exam.sheets])
        return ExamStatus(
            exam.id, exam.title, exam.date.isoformat(), "loaded" if there else "due", rules=rules
        )
    failed = tuple(name for name, record in records.items() if record["status"] == "failed")
    stale = _stale(settings, exam.id, known, records)
    return ExamStatus(
        exam.id,
        exam.title,
        exam.date.isoformat(),
        "reported",
        len(records) - len(failed) - len(stale - set(failed)),
        len(stale - set(failed)),
        failed,
        rules,
    )


def _rules(settings: Settings, exam: Exam) -> tuple[str, ...]:
    """What the rules in force on the exam's day say of it, where they stop it or warn."""
    from analysis.judgement.policy import policy_table

    opened = settings.params.policy_open_reason or "open" if settings.params.policy == "open" else ""
    table = policy_table(exam, settings.params.exams, rule_set(settings, exam), opened)
    rows = table[table["state"].isin(["stop", "warn"])].itertuples()
    return tuple(dict.fromkeys(f"{row.state}: {row.rule}" for row in rows))


def _stale(
    settings: Settings, exam: str, known: state.State, records: Mapping[str, Mapping[str, object]]
) -> set[str]:
    """Names of reports that a run would make again."""
    if data.due(settings, exam, known):
        return set(records)
    place = f"{settings.params.city.code}/{exam}"
    dossiers = known.steps[f"{place}/dossiers"]["names"]
    found = set()
    for name, record in records.items():
        parts = record["parts"]
        language = parts["language"] if isinstance(parts, dict) else ""
        one = jobs.job(settings, place, name, dossiers.get(name, ""), language)
        files = record["files"]
        unaltered = isinstance(files, dict) and known.holds(files)
        if state.key(jobs.parts_of({name: one})[name]) != record["key"] or not unaltered:
            found.add(name)
    return found
