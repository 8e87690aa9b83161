"""The steps before rendering: sheets → warehouse → results → dossiers, each with its key."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import SettingsError
from analysis.settings import Settings

from . import evidence, files, pool, state

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[str], None]

DEMO, SMALL = "demo:", "demo:small"

_NOT_READ = {
    "warehouse": {
        "language", "report_exam", "indicators", "composites", "model", "judgements", "privacy", "benchmarks",
        "policy", "policy_open_reason", "report_unit",
    },
    "results": {"language", "report_exam", "data", "limits", "links", "report_unit"},
}  # fmt: skip
"""Step → settings that it does not read. A new setting belongs to every step until it is named here."""


def settings_part(settings: Settings, step: str) -> dict[str, Any]:
    """The part of the settings that a step reads."""
    content: dict[str, Any] = settings.params.model_dump(mode="json", exclude=_NOT_READ[step])
    return content


def keys(settings: Settings, exam: str, known: state.State) -> dict[str, str]:
    """Name of each step that the exam needs → its key as things are now, in the order of doing.

    Later keys rest on what earlier steps put out, so they hold only once the earlier ones are done.
    """
    city = settings.params.city.code
    found = {f"{city}/demo": _key("demo", settings.params.data)} if is_demo(settings) else {}
    found[f"{city}/warehouse"] = _key(
        "warehouse", settings_part(settings, "warehouse"), sheets(settings, known)
    )
    made = known.steps.get(f"{city}/warehouse", {})
    rows = _of_exams(made.get("slices", {}), settings.rests_on(exam))
    earlier: object = rows
    part, rules = settings_part(settings, "results"), rule_files(settings, known)
    for one in settings.chain(exam):
        name = f"{city}/{one.id}/results"
        found[name] = _key("results", one.id, one.id == exam, part, rules, earlier)
        earlier = known.steps.get(name, {}).get("tables")
    remarks = notes(settings, exam, known)
    sheets_read = [file for file, _ in inputs(settings, exam, made)]
    found[f"{city}/{exam}/dossiers"] = _key(
        "dossiers", exam, evidence.flat(settings), earlier, rows, sheets_read, remarks
    )
    return found


def _key(step: str, *parts: object) -> str:
    return state.key(step, state.code(step), state.versions(step), *parts)


def is_demo(settings: Settings) -> bool:
    return settings.params.data.startswith(DEMO)


def _of_exams(slices: Mapping[str, Mapping[str, str]], exams: set[str]) -> dict[str, dict[str, str]]:
    """Hashes of the rows of these exams and of no exam."""
    return {
        table: {exam: content for exam, content in by_exam.items() if exam in exams or not exam}
        for table, by_exam in slices.items()
        if table not in ("account", "links")
    }


def inputs(settings: Settings, exam: str, warehouse_step: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(file, sha256) of every score sheet that this exam's results rest on, each once, in order of reading."""
    exams = settings.rests_on(exam)
    read = warehouse_step.get("read", [])
    return list(dict.fromkeys((file, content) for file, content, of in read if of in exams or not of))


def patterns(settings: Settings) -> list[str]:
    """Every path of a score sheet, register or roster that the settings name."""
    params = settings.params
    entries = [*params.rosters, *params.teachers, *(sheet for exam in params.exams for sheet in exam.sheets)]
    return sorted({entry.path for entry in entries})


def sheets(settings: Settings, known: state.State) -> dict[str, str]:
    """Score sheet → hash; names are relative to the data folder."""
    found = {
        path.relative_to(settings.data).as_posix() if path.is_relative_to(settings.data) else path.name: path
        for path in state.sheet_files(settings.data, patterns(settings))
    }
    if settings.params.links:
        found[settings.params.links] = settings.path.resolve().parent / settings.params.links
    return {name: known.digest(path) for name, path in found.items()}


def rule_paths(settings: Settings) -> list[Path]:
    """Files of measures and policies that the results follow: the project's, else the program's."""
    names = ("measures.yaml", "policy/*.yaml")
    homes = (settings.home / "params", state.PACKAGE.parents[1] / "params")
    return sorted({path for home in homes for name in names for path in home.glob(name)})


def notes(settings: Settings, exam: str, known: state.State) -> dict[str, str]:
    """File of the office's remarks, by its place beside the settings, → hash."""
    return {f"notes/{exam}/{path.name}": known.digest(path) for path in settings.notes(exam)}


def rule_files(settings: Settings, known: state.State) -> dict[str, str]:
    return {path.name: known.digest(path) for path in reversed(rule_paths(settings))}


def due(settings: Settings, exam: str, known: state.State) -> bool:
    """Whether any step must be done again."""
    for name, key in keys(settings, exam, known).items():
        made = known.steps.get(name)
        if made is None or made["key"] != key:
            return True
    return not _whole(known, known.steps[f"{settings.params.city.code}/{exam}/dossiers"]["names"])


def _whole(known: state.State, names: Mapping[str, str]) -> bool:
    """Whether every dossier is there with the content that its name promises."""
    return known.holds({f"dossiers/{one}.json": one for one in names.values()})


def walk(settings: Settings, exam: str, tell: Tell, workers: int = 1) -> list[str]:
    """Do the steps that are due, results in so many processes; their names. The state is saved after each."""
    known = state.read(settings.outputs)

    def results(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
        return _results(settings, exam, known, tell, workers)

    steps = {"demo": _demo, "warehouse": _warehouse, "results": results, "dossiers": _dossiers}
    done = [name for name, step in steps.items() if step(settings, exam, known, tell)]
    known.save()
    return done


def read_sheets(settings: Settings, exam: str, tell: Tell) -> None:
    """Only the sheets: demo and warehouse, if they are due."""
    known = state.read(settings.outputs)
    _demo(settings, exam, known, tell)
    _warehouse(settings, exam, known, tell)
    known.save()


def _demo(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    """The demo city's score sheets, where the settings ask for them."""
    name = f"{settings.params.city.code}/demo"
    key = keys(settings, exam, known).get(name)
    if key is None or known.steps.get(name, {}).get("key") == key:
        return False
    from analysis import demo

    tell("demo")
    demo.make(settings.data, small=settings.params.data == SMALL)
    known.steps[name] = {"key": key}
    known.save()
    return True


def _warehouse(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    name = f"{settings.params.city.code}/warehouse"
    key, made = keys(settings, exam, known)[name], known.steps.get(name, {})
    if made.get("key") == key and known.holds(made["files"]):
        return False
    from analysis import intake
    from analysis.intake import problems

    tell("intake")
    tables = intake.load(settings)
    step = _kept(settings, settings.warehouse, tables)
    account = tables["account"]
    read = zip(account["file"], account["sha256"], account["exam"], strict=True)
    known.steps[name] = {
        "key": key,
        **step,
        "slices": evidence.slices(tables),
        "read": [list(one) for one in read],
        "rows": evidence.keep(settings.outputs, evidence.rows(tables)),
        "issues": problems.places(tables["data_issues"]),
    }
    known.save()
    return True


def _kept(
    settings: Settings, folder: Path, tables: "Mapping[str, pd.DataFrame]"
) -> dict[str, dict[str, str]]:
    """Write tables; their hashes by name and by path."""
    from analysis import warehouse

    paths = {table: warehouse.write(folder, table, frame) for table, frame in tables.items()}
    hashes = {table: files.sha256(path.read_bytes()) for table, path in paths.items()}
    relative = {path.relative_to(settings.outputs).as_posix(): hashes[table] for table, path in paths.items()}
    return {"tables": hashes, "files": relative}


def _results(settings: Settings, exam: str, known: state.State, tell: Tell, workers: int) -> bool:
    """The exam's results, and before them those of the earlier exams that it is compared with."""
    did = [_results_of(settings, one.id, exam, known, tell, workers) for one in settings.chain(exam)]
    return any(did)


def _results_of(
    settings: Settings, one: str, exam: str, known: state.State, tell: Tell, workers: int
) -> bool:
    name = f"{settings.params.city.code}/{one}/results"
    key, made = keys(settings, exam, known)[name], known.steps.get(name, {})
    if made.get("key") == key and known.holds(made["files"]):
        return False
    from analysis import build, warehouse
    from analysis.tables import RESULTS, WAREHOUSE

    tell("build")
    past = settings.chain(exam)
    past = past[: past.index(settings.exam(one))]
    earlier = [(exam, warehouse.read_all(settings.results(exam.id), RESULTS)) for exam in past]
    results = build.build(
        settings,
        one,
        warehouse.read_all(settings.warehouse, WAREHOUSE),
        earlier,
        reported=one == exam,
        spread=lambda work, count: pool.spread(work, count, workers),
    )
    known.steps[name] = {"key": key, **_kept(settings, settings.results(one), results)}
    known.save()
    return True


def _dossiers(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    name = f"{settings.params.city.code}/{exam}/dossiers"
    key, made = keys(settings, exam, known)[name], known.steps.get(name, {})
    folder = settings.outputs / "dossiers"
    if made.get("key") == key and _whole(known, made["names"]):
        return False
    from analysis import dossier, warehouse
    from analysis.tables import RESULTS

    tell("dossiers")
    stock = warehouse.read_all(settings.warehouse, dossier.READ)
    origins = dossier.origins(stock, settings.rests_on(exam))
    cut = dossier.cut(settings, exam, warehouse.read_all(settings.results(exam), RESULTS), origins)
    if not cut:
        raise SettingsError(f"No school has results in {exam}.", "Look at the data issues: quality check.")
    names = {report: files.sha256(content) for report, content in cut.items()}
    for report, content in cut.items():
        files.write(folder / f"{names[report]}.json", content)
    known.steps[name] = {"key": key, "names": names, "evidence": _evidence(settings, exam, known)}
    known.steps[name]["demo"] = is_demo(settings)
    _alias(settings.outputs, known.steps)
    known.save()
    return True


def _alias(outputs: Path, steps: Mapping[str, Mapping[str, Any]]) -> None:
    """Names under which notebooks find the dossiers of all exams; the demo's are also called 'demo'."""
    found = {}
    for step, made in steps.items():
        place, _, kind = step.rpartition("/")
        if kind != "dossiers":
            continue
        for name, one in made["names"].items():
            found[f"{place}/{name.replace('-', '/', 1)}"] = one
            if made.get("demo"):
                found.setdefault(f"{name.split('-')[0]}:demo", one)
    files.write(
        outputs / "dossiers" / "aliases.json", (json.dumps(found, sort_keys=True, indent=1) + "\n").encode()
    )


def _evidence(settings: Settings, exam: str, known: state.State) -> dict[str, str]:
    """What `why` compares later: inputs, rows, settings, code and words, each under its hash."""
    stock = known.steps[f"{settings.params.city.code}/warehouse"]
    return {
        "inputs": evidence.keep(settings.outputs, dict(inputs(settings, exam, stock))),
        "remarks": evidence.keep(settings.outputs, notes(settings, exam, known)),
        "rows": evidence.keep(
            settings.outputs,
            evidence.of_exams(evidence.find(settings.outputs, stock["rows"]), settings.rests_on(exam)),
        ),
        "settings": evidence.keep(settings.outputs, evidence.flat(settings)),
        "code": evidence.keep(settings.outputs, evidence.code()),
    }
