"""Why a report changed, or would change: in words, from what was kept of what it was made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import UnknownName
from analysis.settings import Settings, load

from . import chrome, data, evidence, jobs, pool, state

MOST = 20
"""Groups of rows, settings or files that are named one by one."""

SAME_ROWS = "was saved again with the same rows: no report is made again for it."

_ROW_WORDS = {
    "scores": "marks",
    "items": "item marks",
    "enrolments": "pupils",
    "teachings": "teachers of classes",
    "item_table": "table of items",
}
_PART_WORDS = {
    "notebook": "the notebook",
    "language": "the language",
    "versions": "versions of the libraries",
    "code": "code or words of the reports",
}


@dataclass(frozen=True)
class Answer:
    """Why: `fresh` if the report is as its data, settings and code are now; causes in words otherwise.

    `before` is why it was last made again, `notes` what changed without touching it.
    """

    report: str
    fresh: bool
    causes: tuple[str, ...]
    before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        if not self.fresh:
            head = f"{self.report} is not up to date. Since it was made:"
            return [head, *(f"  {cause}" for cause in self.causes or ("its files were altered or removed",))]
        found = [f"{self.report} is up to date.", *self.notes]
        if self.before:
            found += ["It was last made again because:", *(f"  {cause}" for cause in self.before)]
        return found


def why(settings_path: str | Path, name: str, exam: str | None = None, outputs: Path | None = None) -> Answer:
    """What changed since a report was made; of an up-to-date one, what changed before it was last made again.

    Parameters
    ----------
    name : "city", "school-<code>" or the code
    """
    settings = load(settings_path, outputs)
    exam_id = settings.exam(exam).id if exam else settings.report_exam().id
    place = f"{settings.params.city.code}/{exam_id}"
    known = state.read(settings.outputs)
    report = name if name == "city" else f"school-{name.removeprefix('school-')}"
    record = known.reports.get(f"{place}/{report}")
    if record is None:
        made = sorted(one.removeprefix(f"{place}/") for one in known.reports if one.startswith(f"{place}/"))
        raise UnknownName(
            f"{report} of {exam_id} was never made.", f"There are: {', '.join(made) or 'none'}."
        )
    label = f"{report} of {exam_id}"
    if data.due(settings, exam_id, known):
        return _due(settings, exam_id, label, record["parts"], known)
    step = known.steps[f"{place}/dossiers"]
    now = _now(settings, place, report, record["parts"]["language"], step)
    if now != record["parts"] and state.key(_keyed(now)) != record["key"]:
        return Answer(label, False, tuple(differences(settings, record["parts"], now)))
    if not known.holds(record["files"]) or record["status"] == "failed":
        cause = (record.get("message", "it failed"),) if record["status"] == "failed" else ()
        return Answer(label, False, cause)
    before = tuple(differences(settings, record["before"], record["parts"])) if record["before"] else ()
    return Answer(label, True, (), before)


def _keyed(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that are in a report's key."""
    return {name: value for name, value in parts.items() if name != "evidence"}


def _now(
    settings: Settings, place: str, report: str, language: str, step: Mapping[str, Any]
) -> dict[str, Any]:
    one = jobs.job(settings, place, report, step["names"].get(report, ""), language)
    return {**jobs.parts_of({report: one})[report], "evidence": step["evidence"]}


def _due(settings: Settings, exam: str, label: str, made: Mapping[str, Any], known: state.State) -> Answer:
    """While the data steps are due: the sheets that changed are read for it, in a child."""
    kept = made["evidence"]
    was = evidence.find(settings.outputs, kept["inputs"])
    now = {name: content for name, content in data.sheets(settings, known).items() if name in was}
    causes = [
        *_inputs(
            evidence.find(settings.outputs, kept.get("remarks", "")),
            data.notes(settings, exam, known),
            "remark",
        ),
        *_settings(evidence.find(settings.outputs, kept["settings"]), evidence.flat(settings)),
        *_code(evidence.find(settings.outputs, kept["code"]), evidence.code()),
    ]
    if now == was:
        return Answer(label, False, tuple(causes))
    read: dict[str, Any] = pool.call(lambda _: _read_rows(settings), lambda _: None)
    rows = evidence.of_exams(read, settings.rests_on(exam))
    moved = list(_rows(settings, evidence.find(settings.outputs, kept["rows"]), rows))
    if not moved and not causes:
        return Answer(label, True, (), (), tuple(f"{name} {SAME_ROWS}" for name in _changed(was, now)))
    return Answer(label, False, (*_inputs(was, now), *moved, *causes))


def _read_rows(settings: Settings) -> dict[str, Any]:
    from analysis import intake

    return evidence.rows(intake.load(settings))


def differences(settings: Settings, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """In words: what differs between two sets of parts that a report was made from."""
    was, now = (
        {kind: evidence.find(settings.outputs, name) for kind, name in parts["evidence"].items()}
        for parts in (before, after)
    )
    yield from _inputs(was.get("inputs", {}), now.get("inputs", {}))
    yield from _inputs(was.get("remarks", {}), now.get("remarks", {}), "remark")
    yield from _rows(settings, was.get("rows", {}), now.get("rows", {}))
    yield from _settings(was.get("settings", {}), now.get("settings", {}))
    yield from _code(was.get("code", {}), now.get("code", {}))
    yield from _dossier(settings.outputs, before["dossier"], after["dossier"])
    for part in ("notebook", "language", "versions"):
        if before[part] != after[part]:
            yield f"{_PART_WORDS[part]} changed"


# ---- in words ----


def _changed(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]


def _few(found: list[str], what: str) -> Iterator[str]:
    yield from found[:MOST]
    if len(found) > MOST:
        yield f"and {len(found) - MOST} more {what}"


def _inputs(was: Mapping[str, str], now: Mapping[str, str], what: str = "score sheet") -> Iterator[str]:
    found = [
        f"{what} {name} {'is new' if name not in was else 'is gone' if name not in now else 'changed'}"
        for name in _changed(was, now)
    ]
    yield from _few(found, f"{what}s")


def _rows(settings: Settings, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Rows by table, school, subject and exam: never a pupil."""
    schools = {school.code: school.name for school in settings.params.schools}
    titles = {exam.id: exam.title for exam in settings.params.exams}
    found = []
    for group in _changed(was, now):
        table, exam, school, subject = group.split("|")
        named = (schools.get(school, school), _subject(settings, subject), titles.get(exam, exam))
        place = " · ".join(part for part in named if part)
        n, m = was.get(group, [0])[0], now.get(group, [0])[0]
        count = f"{n} rows, some changed" if n == m else f"{n} rows before, {m} now"
        found.append(f"{_ROW_WORDS[table]}: {place}: {count}")
    yield from _few(found, "groups of rows")


def _subject(settings: Settings, code: str) -> str:
    """Name of a subject in the city's language: its own, else ours, else the code."""
    words, own = chrome.words_of(settings.params.language), settings.params.subjects.get(code)
    key = f"subject.{code}"
    return own.name if own else words(key) if key in words else code


def _settings(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    found = []
    for name in _changed(was, now) if was else []:
        if name not in was:
            found.append(f"setting {name}: new, {now[name]!r}")
        elif name not in now:
            found.append(f"setting {name}: {was[name]!r} was removed")
        else:
            found.append(f"setting {name}: {was[name]!r} → {now[name]!r}")
    yield from _few(found, "settings")


def _code(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    found = [
        f"{'words' if name.endswith('.yaml') else 'code'} in {name}"
        for name in (_changed(was, now) if was else [])
    ]
    yield from _few(sorted(found, reverse=True), "files of the program")


def _dossier(outputs: Path, was: str, now: str) -> Iterator[str]:
    """Tables of the dossier whose rows moved."""
    paths = [outputs / "dossiers" / f"{name}.json" for name in (was, now)]
    if was == now or not all(path.is_file() for path in paths):
        return
    old, new = (chrome.tables_of(path) for path in paths)
    for table in sorted(old.keys() | new.keys()):
        a, b = (one.get(table, {"columns": [], "rows": []}) for one in (old, new))
        columns = [column for column in b["columns"] if column in a["columns"] or not a["rows"]]
        before, after = (_as_set(one, columns) for one in (a, b))
        if before != after:
            yield f"numbers in table {table}: {len(after - before)} of {len(after)} rows"


def _as_set(table: Mapping[str, Any], columns: list[str]) -> set[str]:
    places = [table["columns"].index(column) for column in columns if table["rows"]]
    return {repr([row[place] for place in places]) for row in table["rows"]}
