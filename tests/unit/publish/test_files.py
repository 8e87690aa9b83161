"""Files are whole or not there; one run at a time; refusals are words."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from analysis.errors import BusyError, OutputError
from analysis.publish import files


def test_a_file_with_the_same_content_is_not_touched(tmp_path):
    path = tmp_path / "a" / "page.html"
    assert files.write(path, b"one")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert not files.write(path, b"one")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert files.write(path, b"two") and path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path):
    path = tmp_path / "page.html"
    files.write(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OutputError, match=r"Cannot write page.html: the file would be larger"):
            files.write(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(("number", "words"), [(28, "the disk is full"), (30, "read-only"), (13, "no right")])
def test_refusals_of_the_system_are_named(tmp_path, number, words):
    assert words in str(files.refused(tmp_path / "x", OSError(number, "?")))


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "outputs").write_text("a file, not a folder")
    with pytest.raises(OutputError):
        files.write(tmp_path / "outputs" / "page.html", b"x")
    with pytest.raises(OutputError), files.locked(tmp_path / "outputs"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_output_error(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(OutputError, match="no right"), files.locked(tmp_path):
        pass


HOLD = (
    "import sys, time; from pathlib import Path; from analysis.publish import files\n"
    "with files.locked(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
)


def test_a_second_run_is_refused_and_told_which_process_holds(tmp_path):
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"held\n"
    with pytest.raises(BusyError, match=f"process {first.pid}"), files.locked(tmp_path):
        pass
    first.kill()
    first.wait()
    with files.locked(tmp_path):  # the lock of a dead process is taken over
        assert (tmp_path / ".lock").read_text().strip() == str(os.getpid())


def test_a_lock_file_left_by_a_dead_process_is_no_lock(tmp_path):
    (tmp_path / ".lock").write_text("1\n")
    with files.locked(tmp_path):
        pass
    with files.locked(tmp_path):
        pass


def test_half_written_files_are_swept(tmp_path):
    half = tmp_path / "site" / f".page.html.123{files.PART}"
    half.parent.mkdir()
    half.write_text("half")
    (tmp_path / "site" / "page.html").write_text("whole")
    files.sweep(tmp_path)
    assert [path.name for path in half.parent.iterdir()] == ["page.html"]


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "page.html"
    files.write(path, b"a" * 3_000_000)
    code = (
        "import sys; from pathlib import Path; from analysis.publish import files\n"
        "print('on', flush=True)\n"
        "for i in range(10**6): files.write(Path(sys.argv[1]), (b'b' if i % 2 else b'a') * 3_000_000)"
    )
    for wait in (0.0, 0.003, 0.01, 0.02, 0.037):
        writer = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(wait)
        writer.kill()
        writer.wait()
        content = path.read_bytes()
        assert len(content) == 3_000_000 and len(set(content)) == 1
