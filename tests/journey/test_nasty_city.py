"""Reading real score sheets: the nasty city, every mess of the catalogue in it, against its truth."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis import intake, settings, warehouse
from analysis.errors import AccountError
from analysis.intake import rows, sightings
from analysis.tables import WAREHOUSE
from nasty import compare, maker

SEEDS = (1, 2, 3)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=SEEDS)
def made(request, tmp_path_factory):
    return maker.make(tmp_path_factory.mktemp("nasty"), request.param)


@pytest.fixture(scope="module")
def tables(made):
    return intake.load(settings.load(made.settings, made.settings.parent.parent / "outputs"))


def test_every_row_of_the_catalogue_has_a_file(tmp_path):
    made = maker.make(tmp_path)
    written = {
        f.relative_to(made.ledger.folder).as_posix() for f in made.ledger.folder.rglob("*") if f.is_file()
    }
    unmapped = [row for row in maker.CATALOGUE if not made.ledger.rows.get(row)]
    assert not unmapped
    assert set(made.ledger.rows) <= set(maker.CATALOGUE)
    for files in made.ledger.rows.values():
        assert all(any(file == name or file.startswith(f"{name}/") for name in written) for file in files)


def test_same_seed_same_city(tmp_path):
    one, two = maker.make(tmp_path / "1", 7), maker.make(tmp_path / "2", 7)
    assert one.city == two.city
    assert one.city != maker.make(tmp_path / "3", 8).city
    texts = sorted(one.ledger.folder.rglob("*.csv"))
    assert texts
    for path in texts:
        assert path.read_bytes() == (two.ledger.folder / path.relative_to(one.ledger.folder)).read_bytes()


def test_marks_states_and_pupils_are_the_truth(made, tables):
    verdict = compare.compare(made, tables)
    assert verdict.faults() == {}
    assert verdict.marks > 2000
    assert verdict.apart  # the pair that nobody could tell apart is really there


def test_the_account_balances(tables):
    account = tables["account"]
    assert (account["cells"] == account["scores"] + account["states"] + account["issues"]).all()
    parts = account[["pupils", "summaries", "repeats", "skipped"]].sum(axis=1)
    assert (account["rows"] == parts).all()


def test_a_reader_that_loses_a_cell_is_found_out(made, tmp_path, monkeypatch):
    whole = sightings.readings

    def lossy(blocks, starts):
        read = whole(blocks, starts)
        parts = (read.sighting, read.subject, read.column, read.state, read.score)
        return sightings.Readings(*(part[:-1] for part in parts), read.subjects)

    monkeypatch.setattr(sightings, "readings", lossy)
    with pytest.raises(AccountError, match="mark cells"):
        intake.load(settings.load(made.settings, tmp_path / "outputs"))


def test_a_reader_that_loses_a_row_is_found_out(made, tmp_path, monkeypatch):
    whole = rows.kinds

    def lossy(*args):
        found = whole(*args)
        return found[:-1] if len(found) > 20 else found

    monkeypatch.setattr(rows, "kinds", lossy)
    with pytest.raises(AccountError, match="rows"):
        intake.load(settings.load(made.settings, tmp_path / "outputs"))


def test_the_command_line_says_the_same(tmp_path):
    made = maker.make(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", "from analysis.cli import main; main()", "check", str(made.settings), "--outputs", str(tmp_path / "outputs")],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "outputs" / "problems" / "nasty"
    assert (folder / "problems.xlsx").stat().st_size > 1000
    page = (folder / "problems.html").read_text("utf-8")
    assert not any(pupil.name in page for pupil in made.city.pupils)
    stored = settings.load(made.settings, tmp_path / "outputs").warehouse
    verdict = compare.compare(made, warehouse.read_all(stored, WAREHOUSE))
    assert verdict.faults() == {}


FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop()),) * 2)
from analysis.cli import main
main()
"""


def test_a_full_disk_is_said_and_loses_no_list_that_was_there(tmp_path):
    """One file may not grow beyond so many bytes: as good as a disk on which no more than that is left."""
    pytest.importorskip("resource")
    made = maker.make(tmp_path)
    words = ["check", str(made.settings), "--outputs", str(tmp_path / "outputs")]
    folder = tmp_path / "outputs" / "problems" / "nasty"

    def check(room: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", FULL_DISK, *words, str(room)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)

    assert check(10**9).returncode == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "problems.html").write_text("an older list, " * 2000, "utf-8")
    full = check(len(before["problems.html"]) - 1)
    assert full.returncode not in (0, 1) and "Cannot write problems.html" in full.stderr + full.stdout
    assert "Traceback" not in full.stderr
    assert (folder / "problems.html").read_text("utf-8").startswith("an older list")
    assert sorted(path.name for path in folder.iterdir()) == ["problems.html", "problems.xlsx"]
    assert check(10**9).returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_teachers_of_one_name_and_a_change_in_one_cell(made, tables):
    """李娜 teaches in two schools; 张立 gave his class to 孙平 in November."""
    taught = tables["teachings"]
    a3 = taught[(taught["exam"] == "a3") & (taught["class"] == "801")]
    namesakes = a3[(a3["subject"] == "chinese") & a3["school"].isin(["0101", "0102"])]
    assert namesakes["teacher"].nunique() == 2
    changed = a3[(a3["subject"] == "math") & (a3["school"] == "0101")]
    assert len(changed) == 2
    assert changed["weight"].between(0.01, 0.99).all()
