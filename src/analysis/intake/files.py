"""Files → sheets of raw cells. The content decides what a file is, not its ending."""

import gzip
import hashlib
import pickle
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from analysis.errors import InputError
from analysis.intake import biff, oldbook, text, webpage
from analysis.params import Limits
from analysis.workbook import guard, sheets
from analysis.workbook.sheet import Refusal, RefusedFile, Sheet

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CERTAIN = ("utf-8", "utf-8-sig", "utf-16", "gb18030")
Piece = Sheet | Refusal


def find(pattern: str, data: Path) -> list[Path]:
    """Files that a `path:` of the settings names: a file, a folder (all below it) or a glob; sorted.

    Raises
    ------
    InputError
        Nothing is there.
    """
    target = data / pattern
    if target.is_dir():
        found = [path for path in target.rglob("*") if path.is_file()]
    elif target.is_file():
        found = [target]
    else:
        found = (
            [path for path in data.glob(pattern) if path.is_file()] if not Path(pattern).is_absolute() else []
        )
    if not found:
        raise InputError(
            f"No score sheet at {pattern}.",
            f"It is looked for in the folder {data.name}/ of `data:`. Put it there, or take the path out of the settings.",
        )
    return sorted(found)


def is_lock(name: str) -> bool:
    """Whether a file is left behind by an office program or the system, not a sheet."""
    base = name.rsplit("/", 1)[-1]
    return (
        base.startswith(("~$", ".~", "."))
        or base.lower() in ("thumbs.db", "desktop.ini")
        or "__MACOSX" in name
    )


def read(path: Path, limits: Limits, label: str = "") -> list[Piece]:
    """All sheets of a file, or of the files in an archive; refusals stand where a sheet would."""
    label = label or path.name
    if is_lock(label):
        return [Refusal(label, "", "lock_file", "")]
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            return [Refusal(label, "", "too_large", f"{size} > {limits.file_bytes}")]
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(f"Cannot read {label}: {fault.strerror}.") from None
    return list(_pieces(label, content, limits, depth=0))


def _pieces(label: str, content: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        yield from list(_within(_sheets(label, content, sha256, limits, depth), limits))
    except RefusedFile as refused:
        yield Refusal(label, sha256, refused.code, refused.detail)
    except MemoryError:
        yield Refusal(label, sha256, "too_large_unpacked", "")


def _within(pieces: Iterator[Piece], limits: Limits) -> Iterator[Piece]:
    """The pieces of one file, as long as its sheets together have no more cells than one file may have."""
    cells = 0
    for piece in pieces:
        if isinstance(piece, Sheet):
            cells += sum(map(len, piece.rows))
            if cells > limits.cells:
                raise RefusedFile("too_many_cells", f"{cells} > {limits.cells}")
        yield piece


def _sheets(label: str, content: bytes, sha256: str, limits: Limits, depth: int) -> Iterator[Piece]:
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise RefusedFile("empty")
    if content.startswith(b"PK"):
        archive = guard.open_zip(content, limits)
        names = {name.lower() for name in archive.namelist()}
        if any(name.startswith("xl/") for name in names):
            yield from sheets(label, content, sha256, archive, limits)
        elif "mimetype" in names or "content.xml" in names:
            raise RefusedFile("unknown_format", "OpenDocument")
        else:
            yield from _archive(label, archive, limits, depth)
    elif content.startswith(_OLE):
        yield from _old_workbook(label, content, sha256, limits)
    elif content.startswith(b"\x1f\x8b"):
        yield from _pieces(label.removesuffix(".gz"), _gunzip(content, limits), limits, depth)
    else:
        yield from _text(label, content, sha256, limits)


def _archive(label: str, archive: zipfile.ZipFile, limits: Limits, depth: int) -> Iterator[Piece]:
    if depth >= 2:
        raise RefusedFile("nested_archive")
    for member in archive.infolist():
        name = _member_name(member)
        if member.is_dir():
            continue
        if is_lock(name):
            yield Refusal(f"{label}/{name}", "", "lock_file", "")
            continue
        try:
            content = guard.read_member(archive, member)
        except RefusedFile as refused:
            yield Refusal(f"{label}/{name}", "", refused.code, refused.detail)
            continue
        yield from _pieces(f"{label}/{name}", content, limits, depth + 1)


def _member_name(member: zipfile.ZipInfo) -> str:
    """The member's name; Windows archives keep Chinese names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


def _gunzip(content: bytes, limits: Limits) -> bytes:
    """Unpacked bytes; the limits are checked while unpacking."""
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as stream:
            while piece := stream.read(guard.CHUNK):
                pieces.append(piece)
                size += len(piece)
                if size > limits.unpacked_bytes:
                    raise RefusedFile("too_large_unpacked", f"> {limits.unpacked_bytes} bytes")
                if size > 10_000_000 and size > limits.ratio * len(content):
                    raise RefusedFile("packed_too_tightly", f"> {size} / {len(content)}")
    except (OSError, EOFError, zlib.error) as fault:
        raise RefusedFile("damaged", str(fault)) from None
    return b"".join(pieces)


def _old_workbook(label: str, content: bytes, sha256: str, limits: Limits) -> Iterator[Sheet]:
    """Sheets of an .xls, read by a process of its own (see oldbook)."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise RefusedFile("encrypted")
    outlines = biff.outlines(content)
    spanned = sum(outline.rows * outline.columns for outline in outlines)
    if spanned > limits.cells:
        raise RefusedFile("too_many_cells", f"{spanned} > {limits.cells}")
    widest = max((outline.columns for outline in outlines), default=0)
    if widest > limits.columns:
        raise RefusedFile("too_many_columns", f"{widest} > {limits.columns}")
    command = [sys.executable, "-I", oldbook.__file__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise RefusedFile("damaged", "no end after 120 s") from None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise RefusedFile("encrypted" if "assword" in last else "damaged", last[:120])
    for number, (name, hidden, rows, merged) in enumerate(pickle.loads(done.stdout)):
        own = outlines[number].holes if number < len(outlines) else frozenset()
        yield Sheet(label, name, sha256, rows, tuple(merged), hidden, own)


def _text(label: str, content: bytes, sha256: str, limits: Limits) -> Iterator[Sheet]:
    decoded, encoding = text.decode(content)
    note = "" if encoding in _CERTAIN else encoding
    start = decoded[:2000].lstrip().lower()
    if start.startswith(
        ("<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<div", "<style")
    ) or (start.startswith("<") and "<table" in decoded[:20_000].lower()):
        for number, (rows, merged) in enumerate(webpage.tables(decoded, limits), 1):
            yield Sheet(label, "" if number == 1 else f"table {number}", sha256, rows, merged, note=note)
    elif start.startswith(("<?xml", "%pdf", "{", "{\\rtf")):
        raise RefusedFile("unknown_format", start[:12])
    else:
        yield Sheet(label, "", sha256, text.rows(decoded, limits), note=note)
