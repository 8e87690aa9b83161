"""Files that are whole or not there, and one run at a time. Standard library only."""

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis.errors import BusyError, OutputError

PART = ".part"
"""Ending of a file that is being written; never the name of a finished one."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no right to write there",
    errno.EPERM: "there is no right to write there",
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False if it already had this content (then it is not touched).

    Raises
    ------
    OutputError
        It cannot be written; what was there before is still there.
    """
    try:
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as fault:
        raise refused(path, fault) from None
    return True


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then rename over it: a reader sees the old or the new, never half of one."""
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with part.open("wb") as file:
            file.write(content)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        raise refused(path, fault) from None


def refused(path: Path, fault: OSError) -> OutputError:
    """An operating system's refusal in words."""
    reason = _REASONS.get(fault.errno or 0, fault.strerror or str(fault))
    return OutputError(
        f"Cannot write {path.name}: {reason}.",
        "Nothing that was finished is lost. Make room or get the right, then run the same command again.",
    )


def sweep(folder: Path) -> None:
    """Remove what a killed run left half written."""
    for part in folder.rglob(f".*{PART}*"):
        with suppress(OSError):
            part.unlink()


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """Begin without an earlier run's half-written files, and leave none behind, however this one ends."""
    sweep(folder)
    try:
        yield
    except BaseException:
        sweep(folder)
        raise


@contextmanager
def locked(outputs: Path) -> Iterator[None]:
    """Hold the outputs folder: one run at a time.

    The lock is the operating system's, so it ends with its process however that ends; the file names the
    process for the message.

    Raises
    ------
    BusyError
        Another run holds it.
    OutputError
        The folder cannot be written.
    """
    path = outputs / ".lock"
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as fault:
        raise refused(outputs, fault) from None
    try:
        if not _try_lock(descriptor):
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise BusyError(
                f"Another run is writing {outputs.name}/ (process {holder}).",
                "Wait until it has ended, or stop it; then run the same command again.",
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Take the file's lock without waiting."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
