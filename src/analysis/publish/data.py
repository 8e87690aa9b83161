"""The steps before rendering: sheets → warehouse → results → dossiers, each with its key."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.errors import SettingsError
from analysis.settings import Settings

from . import evidence, files, state

if TYPE_CHECKING:
    pass

Tell = Callable[[str], None]

DEMO, SMALL = "demo:", "demo:small"

_NOT_READ = {
    "warehouse": {
        "language", "report_exam", "indicators", "composites", "model", "judgements", "privacy", "benchmarks",
        "policy", "policy_open_reason",
    },
    "results": {"language", "report_exam", "data", "limits", "links"},
}  # fmt: skip
"""Step → settings that it does not read. A new setting belongs to every step until it is named here."""


def settings_part(settings: Settings, step: str) -> dict[str, Any]:
    """The part of the settings that a step reads."""
    content: dict[str, Any] = settings.params.model_dump(mode="json", exclude=_NOT_READ[step])
    return content


def keys(settings: Settings, exam: str, known: state.State) -> dict[str, str]:
    """Step → key, as things are now; the keys of later steps hold as long as the earlier ones do."""
    city = settings.params.city.code
    made = known.steps.get(f"{city}/warehouse", {})
    results = known.steps.get(f"{city}/{exam}/results", {})
    return {
        "demo": _key("demo", settings.params.data),
        "warehouse": _key("warehouse", settings_part(settings, "warehouse"), sheets(settings, known)),
        "results": _key("results", exam, settings_part(settings, "results"), made.get("tables")),
        "dossiers": _key("dossiers", exam, settings.sha256, results.get("tables"), sheets(settings, known)),
    }


def _key(step: str, *parts: object) -> str:
    return state.key(step, state.code(step), state.versions(step), *parts)


def sheets(settings: Settings, known: state.State) -> dict[str, str]:
    """Score sheet → hash; names are relative to the data folder."""
    patterns = [sheet.path for exam in settings.params.exams for sheet in exam.sheets]
    return {
        path.relative_to(settings.data).as_posix(): known.digest(path)
        for path in state.sheet_files(settings.data, patterns)
    }


def due(settings: Settings, exam: str, known: state.State) -> bool:
    """Whether any step must be done again."""
    now = keys(settings, exam, known)
    city = settings.params.city.code
    names = {
        "warehouse": f"{city}/warehouse",
        "results": f"{city}/{exam}/results",
        "dossiers": f"{city}/{exam}/dossiers",
    }
    if settings.params.data.startswith(DEMO):
        names["demo"] = f"{city}/demo"
    for step, name in names.items():
        made = known.steps.get(name)
        if made is None or made["key"] != now[step]:
            return True
    dossiers = known.steps[names["dossiers"]]["names"].values()
    return not all((settings.outputs / "dossiers" / f"{dossier}.json").is_file() for dossier in dossiers)


def walk(settings: Settings, exam: str, tell: Tell) -> list[str]:
    """Do the steps that are due; their names. The state is saved after each."""
    known = state.read(settings.outputs)
    done = [
        step.__name__.removeprefix("_")
        for step in (_demo, _warehouse, _results, _dossiers)
        if step(settings, exam, known, tell)
    ]
    known.save()
    return done


def _demo(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    """The demo city's score sheets, where the settings ask for them."""
    name, key = f"{settings.params.city.code}/demo", _key("demo", settings.params.data)
    if not settings.params.data.startswith(DEMO) or known.steps.get(name, {}).get("key") == key:
        return False
    from analysis import demo

    tell("demo")
    demo.make(settings.data, small=settings.params.data == SMALL)
    known.steps[name] = {"key": key}
    known.save()
    return True


def _warehouse(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    name, folder = f"{settings.params.city.code}/warehouse", settings.warehouse
    key, made = keys(settings, exam, known)["warehouse"], known.steps.get(name, {})
    if made.get("key") == key and known.holds(made["files"]):
        return False
    from analysis import intake, warehouse

    tell("intake")
    tables = intake.load(settings)
    for table, frame in tables.items():
        warehouse.write(folder, table, frame)
    paths = {table: (folder / f"{table}.parquet") for table in tables}
    hashes = {table: files.sha256(path.read_bytes()) for table, path in paths.items()}
    known.steps[name] = {
        "key": key,
        "tables": hashes,
        "files": {
            path.relative_to(settings.outputs).as_posix(): hashes[table] for table, path in paths.items()
        },
        "rows": evidence.keep(settings.outputs, evidence.rows(tables)),
    }
    known.save()
    return True


def _results(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    name, folder = f"{settings.params.city.code}/{exam}/results", settings.results(exam)
    key, made = keys(settings, exam, known)["results"], known.steps.get(name, {})
    if made.get("key") == key and known.holds(made["files"]):
        return False
    from analysis import build, warehouse
    from analysis.tables import WAREHOUSE

    tell("build")
    results = build.build(settings, exam, warehouse.read_all(settings.warehouse, WAREHOUSE))
    paths = {table: warehouse.write(folder, table, frame) for table, frame in results.items()}
    hashes = {table: files.sha256(path.read_bytes()) for table, path in paths.items()}
    known.steps[name] = {
        "key": key,
        "tables": hashes,
        "files": {
            path.relative_to(settings.outputs).as_posix(): hashes[table] for table, path in paths.items()
        },
    }
    known.save()
    return True


def _dossiers(settings: Settings, exam: str, known: state.State, tell: Tell) -> bool:
    name = f"{settings.params.city.code}/{exam}/dossiers"
    key, made = keys(settings, exam, known)["dossiers"], known.steps.get(name, {})
    folder = settings.outputs / "dossiers"
    if made.get("key") == key and all((folder / f"{one}.json").is_file() for one in made["names"].values()):
        return False
    from analysis import dossier, warehouse
    from analysis.tables import RESULTS

    tell("dossiers")
    results = warehouse.read_all(settings.results(exam), RESULTS)
    cut = dossier.cut(settings, exam, results, _inputs(settings))
    if not cut:
        raise SettingsError(f"No school has results in {exam}.", "Look at the data issues: quality check.")
    names = {report: files.sha256(content) for report, content in cut.items()}
    for report, content in cut.items():
        files.write(folder / f"{names[report]}.json", content)
    _alias(settings, exam, names)
    known.steps[name] = {"key": key, "names": names, "evidence": _evidence(settings, known)}
    known.save()
    return True


def _inputs(settings: Settings) -> list[tuple[str, str]]:
    """(file, sha256) of every score sheet that was read, each once, in order."""
    from analysis import warehouse

    account = warehouse.read(settings.warehouse, "account", ["file", "sha256"])
    return list(dict.fromkeys(zip(account["file"], account["sha256"], strict=True)))


def _alias(settings: Settings, exam: str, names: Mapping[str, str]) -> None:
    """Names under which notebooks find dossiers; the demo's are also called 'demo'."""
    path = settings.outputs / "dossiers" / "aliases.json"
    known: dict[str, str] = json.loads(path.read_bytes()) if path.is_file() else {}
    place = f"{settings.params.city.code}/{exam}"
    for name, dossier in names.items():
        known[f"{place}/{name.replace('-', '/', 1)}"] = dossier
    if settings.params.data.startswith(DEMO):
        known["city:demo"] = names["city"]
        known["school:demo"] = next(one for name, one in names.items() if name != "city")
    files.write(path, (json.dumps(known, sort_keys=True, indent=1) + "\n").encode())


def _evidence(settings: Settings, known: state.State) -> dict[str, str]:
    """What `why` compares later: inputs, rows, settings, code and words, each under its hash."""
    inputs = sheets(settings, known)
    return {
        "inputs": evidence.keep(settings.outputs, inputs),
        "rows": known.steps[f"{settings.params.city.code}/warehouse"]["rows"],
        "settings": evidence.keep(settings.outputs, evidence.flat(settings)),
        "code": evidence.keep(settings.outputs, evidence.code()),
    }
