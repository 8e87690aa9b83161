"""What goes wrong at an analyst's desk: a clear message, an exit code, nothing lost, no pupil named."""

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import quality

Edit = Callable[[Path, str, str], None]
NAME = re.compile("[赵钱孙李周吴郑王][甲乙丙丁][子丑寅卯辰]")
COMMAND = "from analysis.cli import main; main()"


def said(done: subprocess.CompletedProcess[str], code: int) -> str:
    """All that a command printed; its exit code is as expected, no traceback, no pupil's name."""
    text = done.stdout + done.stderr
    assert done.returncode == code, text
    assert "Traceback" not in text and not NAME.search(text)
    return text


def issues(home: Path) -> pd.DataFrame:
    """The data issues after `quality check`."""
    said(quality("check", home / "settings.yaml"), 0)
    return pd.read_parquet(home / "outputs" / "warehouse" / "tiny" / "data_issues.parquet").set_index("code")


def pages(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "outputs" / "site").rglob("*.html")}


# ---- settings and paths ----


def test_all_faults_of_the_settings_are_told_at_once_with_their_lines(fresh: Path, edit: Edit) -> None:
    path = fresh / "settings.yaml"
    for old, new in (
        ("kind: mock", "kind: mok"),
        ('"03"', "03"),
        ("language:", "langage:"),
        ("grade: 9", "grade: 99"),
    ):
        edit(path, old, new)
    text = said(quality("run", path), 2)
    assert "4 fault(s)" in text
    for words in ("line 2: langage: no such setting", "put it in quotes", "exams.1.kind", "exams.1.grade"):
        assert words in text
    assert not (fresh / "outputs").exists()


@pytest.mark.parametrize("path", ["nowhere.yaml", "."])
def test_no_settings_there(fresh: Path, path: str) -> None:
    text = said(quality("run", fresh / path), 2)
    assert f"Cannot read the settings {fresh / path}" in text and "quality new" in text


def test_settings_in_gbk_are_asked_for_in_utf_8(fresh: Path) -> None:
    path = fresh / "settings.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert "settings.yaml is not UTF-8" in said(quality("check", path), 2)


def test_a_sheet_that_is_not_there(made: Path) -> None:
    before = pages(made)
    (made / "sheets" / "g9.csv").unlink()
    text = said(quality("run", made / "settings.yaml"), 3)
    assert "No score sheet at g9.csv" in text and "sheets/" in text
    assert pages(made) == before


def test_an_exam_without_sheets_is_due_and_not_run(fresh: Path, edit: Edit) -> None:
    edit(fresh / "settings.yaml", "    sheets: [{path: g9.csv}]\n", "")
    assert "g9" in said(quality("status", fresh / "settings.yaml"), 0)
    assert "no score sheets yet" in said(quality("run", fresh / "settings.yaml"), 3)
    assert "The calendar has: g7, g9" in said(quality("run", fresh / "settings.yaml", "--exam", "g8"), 10)


# ---- sheets ----


def test_rows_of_an_unknown_school_are_left_out_and_told(made: Path, edit: Edit) -> None:
    sheet = made / "sheets" / "g9.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("丙中学", "庚中学"), encoding="utf-8")
    text = said(quality("run", made / "settings.yaml", "--quiet"), 0)
    assert "score sheets: 50 places to correct, 0 to confirm" in text
    row = issues(made).loc["unknown_school"]
    assert (row["severity"], row["n"], row["file"]) == ("error", 50, "g9.csv")
    assert not (made / "outputs" / "site" / "tiny" / "g9" / "school-03.html").exists()


def test_marks_that_cannot_be_stand_in_the_list_with_their_cells(fresh: Path) -> None:
    sheet = fresh / "sheets" / "g9.csv"
    rows = sheet.read_text(encoding="utf-8").splitlines()
    for line, mark in ((4, "101"), (5, "720"), (6, "-3")):
        rows[line] = rows[line].rpartition(",")[0] + "," + mark
    sheet.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = issues(fresh)
    assert {code: found.loc[code, "cell"] for code in ("above_full", "ten_times", "negative")} == {
        "above_full": "F5",
        "ten_times": "F6",
        "negative": "F7",
    }
    scores = pd.read_parquet(fresh / "outputs" / "warehouse" / "tiny" / "scores.parquet")
    assert (scores["state"] == "invalid").sum() == 6  # three marks, and the totals that lack them
    assert scores["score"].max() <= 200


def test_a_sheet_with_headings_only(made: Path) -> None:
    before = pages(made)
    sheet = made / "sheets" / "g9.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    text = said(quality("run", made / "settings.yaml", "--quiet"), 3)
    assert "Exam g9: none of its sheets holds a pupil" in text
    found = issues(made)
    assert found.loc["sheet_without_pupils", "file"] == "g9.csv"
    assert found.loc["exam_without_pupils", "severity"] == "error"
    assert pages(made) == before


def test_a_file_of_no_bytes(fresh: Path) -> None:
    (fresh / "sheets" / "g9.csv").write_bytes(b"")
    found = issues(fresh)
    assert {"file_skipped", "exam_without_pupils"} <= set(found.index)


def test_a_paper_without_a_full_mark_and_a_baseline_without_sheets(fresh: Path, edit: Edit) -> None:
    settings = fresh / "settings.yaml"
    edit(settings, "    sheets: [{path: g7.csv}]\n", "")
    edit(
        settings,
        "papers: {chinese: {full_mark: 100}, math: {full_mark: 100}}\n    sheets: [{path: g9",
        "papers: {chinese: {full_mark: 100}, math: {}}\n    sheets: [{path: g9",
    )
    found = issues(fresh)
    assert (found.loc["no_full_mark", "subject"], found.loc["no_full_mark", "exam"]) == ("math", "g9")
    assert found.loc["baseline_without_pupils", "read"] == "g7"
    said(quality("run", settings, "--quiet"), 0)
    page = (fresh / "outputs" / "site" / "tiny" / "g9" / "city.html").read_text(encoding="utf-8")
    assert "本次没有可用的起点成绩" in page


def test_one_pupil_in_a_school_and_nobody_in_a_subject(fresh: Path) -> None:
    sheet = fresh / "sheets" / "g9.csv"
    rows = sheet.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if not row.startswith("丙中学")] + [
        row for row in rows if row.startswith("丙")
    ][:1]
    absent = [kept[0], *(row.rpartition(",")[0] + ",缺考" for row in kept[1:])]
    sheet.write_text("\n".join(absent) + "\n", encoding="utf-8")
    said(quality("run", fresh / "settings.yaml", "--quiet"), 0)
    alone = (fresh / "outputs" / "site" / "tiny" / "g9" / "school-03.html").read_text(encoding="utf-8")
    assert "未列出" in alone or "人数过少" in alone
    results = pd.read_parquet(fresh / "outputs" / "results" / "tiny" / "g9" / "indicators.parquet")
    assert not len(results.query("subject == 'math' and value.notna()"))


HOSTILE = "<script>alert(1)</script>"


def test_names_that_are_code_are_text_everywhere(fresh: Path) -> None:
    for name in ("settings.yaml", "sheets/g7.csv", "sheets/g9.csv"):
        path = fresh / name
        path.write_text(
            path.read_text(encoding="utf-8").replace(
                "丙中学", f'"{HOSTILE}中学"' if name[-4:] == "yaml" else f"{HOSTILE}中学"
            ),
            encoding="utf-8",
        )
    sheet = fresh / "sheets" / "g9.csv"
    rows = sheet.read_text(encoding="utf-8").splitlines()
    rows[3] = rows[3].replace("七", "九").rpartition(",")[0] + ",=cmd|' /C calc'!A0"
    sheet.write_text("\n".join(rows) + "\n", encoding="utf-8")
    said(quality("run", fresh / "settings.yaml", "--quiet"), 0)
    said(quality("check", fresh / "settings.yaml"), 0)
    site = fresh / "outputs" / "site"
    assert all(HOSTILE not in page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in (site / "tiny/g9/city.html").read_text(
        encoding="utf-8"
    )
    with zipfile.ZipFile(fresh / "outputs" / "problems" / "tiny" / "problems.xlsx") as book:
        parts = [book.read(name).decode() for name in book.namelist() if name.endswith(".xml")]
    assert any("=cmd|" in part for part in parts)
    assert not any("<f>" in part for part in parts)


# ---- the outputs folder ----


def without_power(words: list[str]) -> list[str]:
    """The command without root's power to write anywhere."""
    if os.geteuid():
        return words
    if not shutil.which("setpriv"):
        pytest.skip("root without setpriv can write everywhere")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *words]


def test_outputs_that_may_not_be_written(made: Path, edit: Edit) -> None:
    before = pages(made)
    edit(made / "settings.yaml", "draws: 200", "draws: 210")
    folders = [made / "outputs", *(path for path in (made / "outputs").rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    (made / "outputs" / ".lock").chmod(0o444)
    try:
        words = [sys.executable, "-c", COMMAND, "run", str(made / "settings.yaml")]
        done = subprocess.run(without_power(words), capture_output=True, text=True)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    text = said(done, 9)
    assert (
        "Cannot write outputs: there is no right to write there" in text
        and "Nothing that was finished" in text
    )
    assert pages(made) == before


def test_two_runs_at_once(made: Path) -> None:
    import fcntl

    lock = (made / "outputs" / ".lock").open("r+")
    lock.write("4711\n")
    lock.flush()
    fcntl.flock(lock, fcntl.LOCK_EX)
    for command in ("run", "check"):
        (made / "sheets" / "g9.csv").touch()
        (made / "outputs" / "state.json").unlink(missing_ok=True)
        text = said(quality(command, made / "settings.yaml"), 8)
        assert "Another run is writing outputs/ (process 4711)" in text
    lock.close()
    said(quality("run", made / "settings.yaml", "--quiet"), 0)


def test_a_lock_left_by_a_killed_run_stops_nobody(made: Path, edit: Edit) -> None:
    (made / "outputs" / ".lock").write_text("4711\n")
    edit(made / "settings.yaml", "title: 第一次模拟", "title: 第一次模拟考试")
    assert "7 written" in said(quality("run", made / "settings.yaml", "--quiet"), 0)


DAMAGES = {
    "state cut off": lambda out: cut(out / "state.json", 3000),
    "state of another version": lambda out: change(out / "state.json", '"version": 2', '"version": 0'),
    "fields of the state removed": lambda out: change(out / "state.json", '"files":', '"gone":'),
    "state of another kind": lambda out: (out / "state.json").write_text("[1, 2]"),
    "journal of half a line": lambda out: (out / "state.log").write_text('["tiny/g9/city", {'),
    "results cut off": lambda out: [
        cut(path, 900) for path in (out / "results").rglob("value_added.parquet")
    ],
    "dossiers cut off": lambda out: [cut(path, 500) for path in (out / "dossiers").glob("[0-9a-f]*.json")],
    "a dossier edited": lambda out: [
        change(p, "小城", "大城") for p in (out / "dossiers").glob("[0-9a-f]*.json")
    ],
    "names of dossiers": lambda out: (out / "dossiers" / "aliases.json").write_text("{"),
    "a page lost": lambda out: (out / "site" / "tiny" / "g9" / "school-02.html").unlink(),
}


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_outputs_folder_heals(made: Path, damage: str) -> None:
    before = pages(made)
    DAMAGES[damage](made / "outputs")
    if damage != "a page lost":  # something to do, or the damage is not met
        (made / "outputs" / "site" / "tiny" / "g9" / "city.html").unlink()
    said(quality("run", made / "settings.yaml", "--quiet"), 0)
    assert pages(made) == before


def test_a_damaged_manifest_is_named(made: Path) -> None:
    (made / "outputs" / "manifests" / "tiny" / "g9" / "0001.json").write_text("{")
    page = made / "outputs" / "site" / "tiny" / "g9" / "city.html"
    assert "NOT KNOWN HERE" in said(quality("verify", page), 1)
    said(quality("run", made / "settings.yaml", "--language", "en", "--quiet"), 0)
    assert "The manifest g9/0001.json is damaged" in said(quality("diff", made / "settings.yaml"), 3)


def test_a_report_that_fails_is_told_by_the_exit_code(made: Path) -> None:
    folder = made / "notebooks"
    folder.mkdir()
    source = Path(__file__).parents[2] / "notebooks" / "city_report.ipynb"
    (folder / "city_report.ipynb").write_text(
        source.read_text(encoding="utf-8").replace('show(\\"cover\\")', 'show(\\"nothing\\")'),
        encoding="utf-8",
    )
    assert "failed: city" in said(quality("run", made / "settings.yaml", "--quiet"), 7)


def test_moved_away_with_blanks_and_chinese_in_the_path_nothing_is_made_again(
    made: Path, tmp_path: Path
) -> None:
    home = tmp_path / "某市 数据"
    made.rename(home)
    (home / "settings.yaml").rename(home / "设置 一.yaml")
    assert "0 written, 7 unchanged" in said(quality("run", home / "设置 一.yaml", "--quiet"), 0)
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "run", "某市 数据/设置 一.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "Nothing changed" in said(done, 0)
    elsewhere = tmp_path / "出 口"
    said(quality("run", home / "设置 一.yaml", "--outputs", elsewhere, "--quiet"), 0)
    assert (elsewhere / "site" / "tiny" / "g9" / "index.html").is_file()


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"COLUMNS": "40"}])
def test_a_poor_terminal_stops_nothing(finished: Path, environment: dict[str, str]) -> None:
    assert "g9" in said(quality("status", finished / "settings.yaml", **environment), 0)


def test_stopped_by_hand_while_the_data_are_read(made: Path, edit: Edit) -> None:
    before = pages(made)
    edit(made / "settings.yaml", "draws: 200", "draws: 201")
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "run", str(made / "settings.yaml"), "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    assert "computing results" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, text = process.communicate()
    assert process.returncode == 130 and "the same command goes on from here" in text
    assert pages(made) == before and not list((made / "outputs").rglob(".*.part*"))
    said(quality("run", made / "settings.yaml", "--quiet"), 0)
