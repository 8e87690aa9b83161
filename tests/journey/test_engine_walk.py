"""The whole walk on the small demo city: the same bytes everywhere, only what changed, and what breaks alone.

One base run is made for the module; every test works on a copy of its folder.
"""

import csv
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.publish import diff, state, verify, why

EXAM = "2026-g9-mock1"
FAST = "\nmodel:\n  draws: 200\n  null_runs: 0\n"
KERNEL = "Nehalem"
"""OpenBLAS's kernel in all runs but those that compare kernels; every x86-64 processor has it."""
RUN = """
import json, sys
from pathlib import Path
from analysis.publish import render, run
render.CELL_SECONDS = float(sys.argv[3])
made = run.run(sys.argv[1], workers=int(sys.argv[2]))
entries = {entry.name: [entry.status, entry.message] for entry in made.ledger.entries}
print(json.dumps({"entries": entries, "wrote": made.wrote, "steps": made.steps, "lines": made.lines()}))
"""


def cores() -> list[str]:
    """OpenBLAS kernels that this processor can run."""
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    newer = (("Haswell", "avx2"), ("SkylakeX", "avx512f"))
    return [KERNEL, *(name for name, flag in newer if flag in flags)]


def settings_file(home: Path) -> Path:
    """Settings of the small demo, with a light model: these tests are not about its numbers."""
    from analysis.demo import settings

    path = home / "params" / "small.yaml"
    path.parent.mkdir(parents=True)
    text = settings.text(small=True).replace('data: "demo:"', 'data: "demo:small"')
    assert "demo:small" in text and "\nmodel:" not in text
    path.write_text(text + FAST, encoding="utf-8")
    return path


def start(home: Path, workers: int = 2, cell_seconds: float = 120, **environment: str) -> subprocess.Popen:
    known = {name: value for name, value in os.environ.items() if name != "QUALITY_OUTPUTS"}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(home / "params" / "small.yaml"), str(workers), str(cell_seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**known, "OPENBLAS_CORETYPE": KERNEL, **environment},
    )


def run(home: Path, **options) -> dict:
    process = start(home, **options)
    out, err = process.communicate()
    assert process.returncode == 0, err[-3000:]
    return json.loads(out)


def pages(home: Path) -> dict[str, str]:
    """Relative path → hash of every page and executed notebook."""
    root = home / "outputs"
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("site", "reports")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }


def everything(home: Path) -> dict[str, tuple[int, int]]:
    root = home / "outputs"
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    home = tmp_path_factory.mktemp("base")
    settings_file(home)
    made = run(home, workers=1, TZ="UTC", PYTHONHASHSEED="0")
    assert {status for status, _ in made["entries"].values()} == {"written"}
    return home


@pytest.fixture
def home(base, tmp_path):
    copy = tmp_path / "city"
    shutil.copytree(base, copy)
    return copy


@pytest.mark.parametrize("core", [KERNEL, "Haswell", "SkylakeX"])
def test_the_same_bytes_in_another_folder_zone_order_and_kernel(base, tmp_path, core):
    """The base run had one worker, UTC, hash seed 0 and Nehalem."""
    if core not in cores():
        pytest.skip(f"this processor cannot run OpenBLAS's {core} kernel")
    other = tmp_path / "某个 other folder"
    settings_file(other)
    run(other, workers=2, TZ="Asia/Shanghai", PYTHONHASHSEED="4711", OPENBLAS_CORETYPE=core, LC_ALL="C")
    assert pages(other) == pages(base)
    assert len(pages(base)) == 27


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 2, "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4711", "LC_ALL": "C"},
        {
            "workers": 1,
            "TZ": "America/St_Johns",
            "PYTHONHASHSEED": "1",
            "OPENBLAS_CORETYPE": "Nehalem",
            "HOME": "/",
        },
    ],
    ids=["two workers", "one worker"],
)
def test_the_same_dossiers_give_the_same_pages(base, home, options):
    for folder in ("site", "reports"):
        shutil.rmtree(home / "outputs" / folder)
    made = run(home, **options)
    assert made["steps"] == [] and len(made["wrote"]) == 27
    assert pages(home) == pages(base)


def test_nothing_in_pages_or_notebooks_tells_where_or_by_whom_they_were_made(base):
    import getpass
    import socket

    for name in pages(base):
        text = (base / "outputs" / name).read_text(encoding="utf-8")
        assert str(base) not in text and "/tmp/" not in text, name
        assert getpass.getuser() == "root" or getpass.getuser() not in text, name
        assert socket.gethostname() not in text, name


def test_nothing_changed_writes_nothing_and_imports_nothing_heavy(home):
    run(home)
    before = everything(home)
    code = (
        "import sys; from pathlib import Path; from analysis.publish import state\n"
        "print(state.fresh(Path(sys.argv[1])))\n"
        "print({'pandas', 'numpy', 'papermill', 'pydantic', 'yaml', 'nbformat'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(home / "params" / "small.yaml")],
        capture_output=True,
        text=True,
        check=True,
    )
    said, heavy = done.stdout.splitlines()
    assert said.startswith("Nothing changed: 13 reports") and heavy == "set()"
    again = run(home)
    assert again["wrote"] == [] and again["steps"] == []
    assert {status for status, _ in again["entries"].values()} == {"unchanged"}
    after = everything(home)
    assert {name for name in after if after[name] != before.get(name)} <= {"state.json", ".lock"}


@pytest.mark.parametrize("what", ["settings", "sheet", "page", "removed"])
def test_any_change_is_noticed_without_reading_the_settings(home, what):
    run(home)
    settings = home / "params" / "small.yaml"
    assert state.fresh(settings)
    page = home / "outputs" / "site" / "qinghe" / EXAM / "city.html"
    if what == "settings":
        settings.write_text(settings.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    elif what == "sheet":
        sheet = next((home / "outputs" / "demo" / "sheets" / EXAM).glob("*.csv"))
        sheet.write_bytes(sheet.read_bytes() + b" ")
    elif what == "page":
        page.write_bytes(page.read_bytes().replace(b"<h1", b"<h1 ", 1))
    else:
        page.unlink()
    assert state.fresh(settings) == ""


def change_one_mark(home: Path, exam: str, subject: str) -> list[str]:
    """Raise one pupil's mark in a sheet by one; the changed row."""
    (sheet,) = (home / "outputs" / "demo" / "sheets" / exam).glob("成绩*.csv")
    rows = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    head = next(i for i, row in enumerate(rows) if any(cell.startswith(subject) for cell in row))
    column = next(i for i, cell in enumerate(rows[head]) if cell.startswith(subject))
    row = next(
        row
        for row in rows[head + 40 :]
        if row[column].replace(".", "").isdigit() and 30 < float(row[column]) < 60
    )
    row[column] = str(int(float(row[column])) + 1)
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return row


def dossiers(home: Path) -> dict[str, str]:
    return state.read(home / "outputs").steps[f"qinghe/{EXAM}/dossiers"]["names"]


def meta(home: Path, dossier: str) -> dict:
    return json.loads((home / "outputs" / "dossiers" / f"{dossier}.json").read_bytes())["meta"]


def records(home: Path, dossier: str) -> str:
    """Hash of the records that a report says its numbers rest on."""
    return meta(home, dossier)["provenance"]["content"]


def test_one_mark_changed_rewrites_exactly_the_reports_that_contain_it(home):
    settings = home / "params" / "small.yaml"
    before, old_pages = dossiers(home), pages(home)
    pupil = change_one_mark(home, "2023-g7-entry", "数学")
    stale = why.why(settings, "city")
    assert not stale.fresh
    run(home)
    now = dossiers(home)
    expected = {name for name in now if now[name] != before[name]}
    mine = {name for name in now if records(home, now[name]) != records(home, before[name])}
    told = {meta(home, now[name])["name"] for name in mine - {"city"}}
    assert "city" in mine and mine <= expected
    assert told == {meta(home, now[name])["name"] for name in now} & set(pupil)
    changed = {name for name, content in pages(home).items() if content != old_pages[name]}
    assert {Path(name).stem for name in changed} - {"index"} == expected
    answer = why.why(settings, sorted(expected)[0])
    assert answer.fresh
    for lines in (stale.lines(), answer.lines()):
        text = "\n".join(lines)
        said = next(line for line in lines if "marks: " in line)
        school = next(cell for cell in pupil if "学" in cell and len(cell) > 4)
        assert school in said and "数学" in said and "七年级" in said
        private = [
            cell for cell in pupil if len(cell) > 1 and cell != school and not cell.replace(".", "").isdigit()
        ]
        numbers = [cell for cell in pupil if cell.isdigit() and len(cell) > 4]
        assert numbers
        assert not any(word in text for word in (*private, *numbers))
    assert "13 reports changed" in diff.diff(settings).lines()[0] or len(expected) < 13


def test_a_sheet_saved_again_with_the_same_cells_rewrites_nothing(home):
    """Other bytes, the same cells: read again, and nothing rests on it anew."""
    settings, before = home / "params" / "small.yaml", everything(home)
    (sheet,) = (home / "outputs" / "demo" / "sheets" / "2023-g7-entry").glob("成绩*.csv")
    rows = list(csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines()))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert state.fresh(settings) == ""
    asked = why.why(settings, "city")
    assert asked.fresh and "saved again with the same rows" in "\n".join(asked.lines())
    made = run(home)
    assert made["steps"] == ["warehouse"] and made["wrote"] == []
    after = everything(home)
    changed = {name for name in after if after[name] != before.get(name)}
    assert not {
        name
        for name in changed
        if name.split("/")[0] in ("site", "reports", "dossiers", "results", "manifests")
    }
    assert why.why(settings, "city").fresh and state.fresh(settings)


def test_a_remark_rewrites_its_own_report_and_leaves_no_trace_when_taken_away(home):
    """Noticed without reading the settings; told by `why`."""
    settings, old = home / "params" / "small.yaml", pages(home)
    report = next(name for name in dossiers(home) if name.startswith("school-"))
    exam = next(iter((home / "outputs" / "site").glob("*/*"))).name
    note = home / "params" / "notes" / exam / f"{report.removeprefix('school-')}.md"
    note.parent.mkdir(parents=True)
    note.write_text("**请先看第4部分**", encoding="utf-8")
    assert state.fresh(settings) == ""
    assert any("remark" in line and note.name in line for line in why.why(settings, report).lines())
    run(home)
    changed = {Path(name).stem for name, content in pages(home).items() if content != old[name]}
    assert changed - {"index"} == {report}
    (page,) = (home / "outputs" / "site").glob(f"*/{exam}/{report}.html")
    assert "<strong>请先看第4部分</strong>" in page.read_text(encoding="utf-8")
    note.unlink()
    assert state.fresh(settings) == ""
    run(home)
    assert pages(home) == old


def test_a_mark_of_an_exam_that_no_report_rests_on_rewrites_none(home):
    old, before = pages(home), dossiers(home)
    change_one_mark(home, "2025-g8-grad", "成绩")
    made = run(home)
    assert "warehouse" in made["steps"] and "results" not in made["steps"]
    assert dossiers(home) == before and pages(home) == old


def test_a_new_threshold_is_named_by_why_with_both_values(home):
    settings = home / "params" / "small.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + "privacy: {note_below: 25}\n", encoding="utf-8")
    answer = why.why(settings, "school-0201")
    assert not answer.fresh
    assert "setting privacy.note_below: 20 → 25" in "\n".join(answer.lines())


def test_verify_knows_its_pages_and_tells_altered_ones(home):
    page = home / "outputs" / "site" / "qinghe" / EXAM / "school-0201.html"
    found = verify.verify(page)
    assert found.unaltered
    text = "\n".join(found.lines())
    assert "small.yaml" in text and "成绩.csv" in text and dossiers(home)["school-0201"][:12] in text
    elsewhere = home / "mail" / "attachment.html"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(page.read_bytes())
    assert verify.verify(elsewhere, home / "outputs").unaltered
    elsewhere.write_bytes(page.read_bytes().replace("进步".encode(), "退步".encode(), 1))
    found = verify.verify(elsewhere, home / "outputs")
    assert not found.unaltered and "ALTERED" in found.lines()[0]


CRASHES = """
import os
unit = report.known.meta["unit"]
if unit == "{0}":
    os.kill(os.getpid(), 11)
if unit == "{1}":
    while True:
        pass
if unit == "{2}":
    kept = [bytearray(100_000_000) for _ in range(100)]
"""


def test_a_crash_a_loop_and_a_memory_eater_fail_alone(home):
    schools = [name.removeprefix("school-") for name in dossiers(home) if name != "city"][:3]
    (home / "notebooks").mkdir()
    source = Path(__file__).resolve().parents[2] / "notebooks" / "school_report.ipynb"
    notebook = json.loads(source.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "bad", "metadata": {}, "outputs": []}
    notebook["cells"].insert(4, {**cell, "source": CRASHES.format(*schools)})
    (home / "notebooks" / "school_report.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    made = run(home, cell_seconds=25)
    failed = {name: message for name, (status, message) in made["entries"].items() if status == "failed"}
    assert set(failed) == {f"school-{code}" for code in schools}
    for code, words in zip(schools, ("SIGSEGV", "more than 25 s", "MemoryError"), strict=True):
        assert words in failed[f"school-{code}"]
        folder = home / "outputs" / "site" / "qinghe" / EXAM
        page = (folder / f"school-{code}.failed.html").read_text(encoding="utf-8")
        assert "report.known.meta" in page and f"--school {code}" in page
        assert f"school-{code}.failed.html" in (folder / "index.html").read_text(encoding="utf-8")
        partial = home / "outputs" / "reports" / "qinghe" / EXAM / f"school-{code}.failed.ipynb"
        assert any(
            output.get("ename")
            for c in json.loads(partial.read_bytes())["cells"]
            for output in c.get("outputs", [])
        )
    assert sum(status == "written" or status == "unchanged" for status, _ in made["entries"].values()) == 10
    assert f"failed: school-{schools[0]}" in "\n".join(made["lines"])
    assert state.fresh(home / "params" / "small.yaml") == ""
    (home / "notebooks" / "school_report.ipynb").unlink()
    healed = run(home)
    assert all(status != "failed" for status, _ in healed["entries"].values())
    assert not list((home / "outputs").rglob("*.failed.*"))


def whole(home: Path) -> None:
    """Every file under a final name can be read to its end."""
    import pyarrow.parquet as parquet

    for path in (home / "outputs").rglob("*"):
        if path.name.startswith(".") or not path.is_file() or path.suffix == ".log":
            continue
        if path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>"), path
        elif path.suffix in (".json", ".ipynb"):
            json.loads(path.read_bytes())
        elif path.suffix == ".parquet":
            parquet.read_metadata(path)


def test_killed_at_ten_moments_the_next_run_ends_as_an_undisturbed_one(base, home):
    expected = pages(home)
    for folder in ("site", "reports", "dossiers", "manifests", "results"):
        shutil.rmtree(home / "outputs" / folder)
    for name in ("state.json", "state.log"):
        (home / "outputs" / name).unlink(missing_ok=True)
    chance = random.Random(5)
    for _ in range(10):
        process = start(home)
        time.sleep(chance.uniform(0.5, 12))
        process.kill()
        process.communicate()
        whole(home)
    run(home)
    assert pages(home) == expected
    assert not list((home / "outputs").rglob(".*.part*"))


REFUSED = """
import resource, signal, sys
from analysis.errors import AnalysisError
from analysis.publish import run
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
try:
    run.run(sys.argv[1])
except AnalysisError as fault:
    print(type(fault).__name__, fault, fault.hint)
"""


def test_a_full_disk_stops_with_a_message_and_loses_nothing(base, home):
    lost = "site/qinghe/2026-g9-mock1/school-0201.html"
    (home / "outputs" / lost).unlink()
    settings = str(home / "params" / "small.yaml")
    done = subprocess.run([sys.executable, "-c", REFUSED, settings], capture_output=True, text=True)
    assert re.match(r"OutputError Cannot write school-0201\.(html|ipynb): the file", done.stdout), (
        done.stderr[-2000:]
    )
    assert "Nothing that was finished is lost" in done.stdout
    kept = pages(base)
    del kept[lost]
    assert pages(home) == kept
    assert not list((home / "outputs").rglob(".*.part*"))
    assert lost in run(home)["wrote"]
    assert pages(home) == pages(base)


def test_what_cannot_work_is_refused_before_anything_is_done(home):
    from analysis.errors import InputError, UnknownName
    from analysis.publish.run import run as walk

    settings, before = home / "params" / "small.yaml", everything(home)
    with pytest.raises(UnknownName, match="No language fr"):
        walk(settings, language="fr")
    with pytest.raises(UnknownName, match="No exam"):
        walk(settings, exam="none")
    with pytest.raises(InputError, match="no score sheets yet"):
        walk(settings, exam="2026-g8-mock1")
    assert everything(home) == before
    with pytest.raises(UnknownName, match=r"No report school-9999"):
        walk(settings, schools=["9999"])


def test_one_report_alone_is_made_without_touching_the_others(home):
    old = everything(home)
    page = home / "outputs" / "site" / "qinghe" / EXAM / "school-0208.html"
    page.unlink()
    from analysis.publish.run import run as walk

    made = walk(home / "params" / "small.yaml", schools=["0208"])
    assert [entry.name for entry in made.ledger.entries] == ["school-0208"] and made.ledger.entries[
        0
    ].status == "written"
    now = everything(home)
    changed = {name for name in now if now[name] != old.get(name)}
    assert {name for name in changed if name.endswith((".html", ".ipynb"))} == {
        page.relative_to(home / "outputs").as_posix()
    }


def test_status_counts_what_is_fresh_stale_and_failed(home):
    from analysis.publish.status import status

    settings = home / "params" / "small.yaml"
    exams = {exam.id: exam for exam in status(settings).exams}
    assert (exams[EXAM].state, exams[EXAM].fresh, exams[EXAM].stale) == ("reported", 13, 0)
    assert exams["2025-g9-autumn"].state == "loaded" and exams["2026-g8-mock1"].state == "due"
    assert any(rule.startswith("stop: ") for rule in exams["2026-g11-spring"].rules)
    (home / "outputs" / "site" / "qinghe" / EXAM / "city.html").unlink()
    assert next(exam.stale for exam in status(settings).exams if exam.id == EXAM) == 1
    settings.write_text(
        settings.read_text(encoding="utf-8") + "privacy: {note_below: 25}\n", encoding="utf-8"
    )
    assert next(exam.stale for exam in status(settings).exams if exam.id == EXAM) == 13


def test_check_writes_the_list_of_problems_and_no_report(home):
    from analysis.publish.checking import check

    before = pages(home)
    lines = check(home / "params" / "small.yaml")
    assert lines[-2].endswith("problems.xlsx") and Path(lines[-1]).is_file()
    assert pages(home) == before
