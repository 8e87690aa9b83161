"""A school sees only its own; nobody sees a pupil's name. Searched for, page by page."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import leaks
from analysis import settings, warehouse
from analysis.settings import Settings


@pytest.fixture(scope="module")
def city(small_city: Path) -> Settings:
    return settings.load(small_city / "params" / "city.yaml")


@pytest.fixture(scope="module")
def dossiers(city: Settings) -> dict[str, dict]:
    names = json.loads((city.outputs / "dossiers" / "aliases.json").read_bytes())
    return {
        name: json.loads((city.outputs / "dossiers" / f"{address}.json").read_bytes())
        for name, address in names.items()
        if name.startswith(city.params.city.code)
    }


def pupils(city: Settings) -> set[str]:
    """Every pupil's name: they stand in the city's own sheets and nowhere else."""
    rosters = sorted((city.data / "sheets" / "rosters").glob("*.csv"))
    return {name for path in rosters for name in pd.read_csv(path, dtype=str)["姓名"].dropna()}


def published(city: Settings, pattern: str) -> list[Path]:
    found = sorted(city.outputs.glob(f"site/*/*/{pattern}"))
    assert found, pattern
    return found


def test_no_school_page_names_another_school(city: Settings) -> None:
    schools = {school.code: [school.name, *school.aliases] for school in city.params.schools}
    for page in published(city, "school-*.html"):
        found = list(leaks.other_schools([page], page.stem.removeprefix("school-"), schools))
        assert not found, found


def test_no_dossier_of_a_school_holds_another_school(city: Settings, dossiers: dict[str, dict]) -> None:
    codes = {school.code for school in city.params.schools}
    for name, dossier in dossiers.items():
        if "/school/" not in name:
            continue
        own = name.rsplit("/", 1)[1]
        for table, content in dossier["tables"].items():
            if "unit" in content["columns"]:
                at = content["columns"].index("unit")
                units = {row[at].split("/")[0] for row in content["rows"]}
                assert not (units & codes) - {own}, (name, table)


def test_no_page_notebook_dossier_or_manifest_holds_a_pupils_name(city: Settings) -> None:
    names = pupils(city)
    staff = {s.official for s in city.params.schools} | {s.principal for s in city.params.schools}
    names = {name for name in names - staff if len(name) == 3}
    assert len(names) > 100
    folders = ("site", "reports", "dossiers", "manifests", "results")
    files = [path for folder in folders for path in (city.outputs / folder).rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        leaked = words_of(path, 3) & names
        assert not leaked, (path.name, len(leaked))


def words_of(path: Path, length: int) -> set[str]:
    """Every run of so many letters in a file: one pass, however many names are looked for."""
    text = path.read_bytes().decode("utf-8", errors="ignore")
    return {text[i : i + length] for i in range(len(text) - length + 1)}


def test_no_page_or_dossier_holds_a_pupils_hash(city: Settings) -> None:
    pupils = set(warehouse.read(city.warehouse, "pupils", ["pupil"])["pupil"])
    hexadecimal = re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
    for folder in ("site", "dossiers"):
        for path in (city.outputs / folder).rglob("*"):
            if path.is_file():
                found = set(hexadecimal.findall(path.read_bytes().decode("utf-8", errors="ignore")))
                assert not found & pupils, path.name


def test_what_is_hidden_arrives_empty_in_every_dossier(dossiers: dict[str, dict]) -> None:
    seen = 0
    for name, dossier in dossiers.items():
        for table, content in dossier["tables"].items():
            columns = content["columns"]
            if "flag" not in columns:
                continue
            for row in content["rows"]:
                cell = dict(zip(columns, row, strict=True))
                if cell["flag"] != "hidden":
                    continue
                seen += 1
                told = {
                    k: v
                    for k, v in cell.items()
                    if isinstance(v, int | float) and not isinstance(v, bool) and v
                }
                told = {
                    k: v
                    for k, v in told.items()
                    if k
                    not in (
                        "band",
                        "bin",
                        "start",
                        "stop",
                        "band_from",
                        "band_to",
                        "mark",
                        "delta",
                        "city",
                        "reference",
                        "order",
                        "full_mark",
                        "marks",
                        "items",
                        "expected_rate",
                        "discrimination",
                        "upper_lower",
                        "city_hit",
                        "city_contribution",
                    )
                }
                assert not told, (name, table, sorted(told))
    assert seen


def test_messages_of_the_run_name_no_pupil(city: Settings, small_city: Path) -> None:
    from tests.conftest import quality

    names = {name for name in pupils(city) if len(name) > 2}
    assert names
    for words in (("check", city.path), ("status", city.path), ("why", city.path, "city")):
        done = quality(*words)
        said = done.stdout + done.stderr
        assert done.returncode in (0, 1), said
        assert not [n for n in names if n in said]
