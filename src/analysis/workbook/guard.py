"""What a workbook would cost, found out before it is opened.

The zip directory and the streamed XML of every part are looked at in chunks: declared and true sizes, packing ratio,
document type declarations, the length of single texts and the rectangle that the filled cells span. Nothing here
keeps a part in memory. Formulas without a stored value and error cells are collected on the way.
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from io import BytesIO

from analysis.params import Limits
from analysis.workbook.sheet import RefusedFile

CHUNK = 4 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\s(?![^>]*/>)[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*>(?!</)")
_HOLE = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb"<(?:\w+:)?c\s(?=[^>]*\bt=\"e\")[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"")
_FAR = re.compile(rb'<c r="(?:[A-Z]{2}|[A-Z]\d{6})')
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def open_zip(content: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive, its directory checked against the limits.

    Raises
    ------
    RefusedFile
        Damaged, encrypted, too many members, too large unpacked or packed too tightly.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except Exception as fault:  # see `chunks`
        raise RefusedFile("damaged", str(fault)) from None
    members = archive.infolist()
    if len(members) > limits.members:
        raise RefusedFile("too_many_members", f"{len(members)} > {limits.members}")
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise RefusedFile("too_large_unpacked", f"{sum(m.file_size for m in members)} bytes")
    for member in members:
        if member.flag_bits & 1:
            raise RefusedFile("encrypted", member.filename[:80])
        if member.file_size > 10_000_000 and member.file_size > limits.ratio * max(member.compress_size, 1):
            raise RefusedFile("packed_too_tightly", f"{member.file_size} / {member.compress_size}")
    return archive


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's bytes; reading to the end also proves that its declared size is true."""
    try:
        with archive.open(member) as stream:
            while piece := stream.read(CHUNK):
                yield piece
    except Exception as fault:  # zipfile meets damaged directories with errors of many kinds
        raise RefusedFile("damaged", f"{member.filename[:80]}: {fault}") from None


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    return b"".join(chunks(archive, member))


def check_workbook(archive: zipfile.ZipFile, limits: Limits) -> dict[str, frozenset[tuple[int, int]]]:
    """Formulas without a stored value, by sheet name; RefusedFile if a part breaks a limit."""
    holes = {}
    for member in archive.infolist():
        if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        is_sheet = "worksheets/" in member.filename.lower() and member.filename.lower().endswith(".xml")
        holes[member.filename] = _check_part(archive, member, limits, is_sheet)
    names = _sheet_parts(archive)
    return {name: holes.get(part, frozenset()) for name, part in names.items()}


def _check_part(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, is_sheet: bool
) -> frozenset[tuple[int, int]]:
    """Streamed look at one XML part, tag by tag; the tail of a chunk is carried to the next."""
    carry, span, holes = b"", _Span(limits), set[tuple[int, int]]()
    for piece in chunks(archive, member):
        text = carry + piece
        if b"<!" in text and _DTD.search(text):
            raise RefusedFile("entities", member.filename[:80])
        if _has_long_run(text, 4 * limits.cell_chars):
            raise RefusedFile("long_cell", member.filename[:80])
        cut = _cut(text) if is_sheet else text.rfind(b"<")
        head, carry = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        if is_sheet:
            span.add(head)
            holes |= _holes(head)
    if is_sheet:
        span.add(carry)
        holes |= _holes(carry)
    return frozenset(holes)


def _has_long_run(text: bytes, longest: int) -> bool:
    """Whether more bytes than that stand between two tags; looks at one tag in each stretch of that length."""
    at = 0
    while len(text) - at > longest:
        tag = text.rfind(b"<", at, at + longest + 1)
        if tag < at or (tag == at and text.find(b"<", at + 1, at + longest + 1) < 0):
            return True
        at = tag + 1
    return False


def _cut(text: bytes) -> int:
    """Where the last cell begins: a cell is looked at as a whole."""
    cut = max(text.rfind(b"<c "), text.rfind(b":c "))
    return text.rfind(b"<", 0, cut + 1) if cut > 0 else -1


def _holes(text: bytes) -> set[tuple[int, int]]:
    """Cells without a value although they hold something: formulas that were never computed, and errors such as #N/A."""
    found = _ERROR.findall(text) if b't="e"' in text else []
    if b"<f" in text or b":f>" in text:
        found += _HOLE.findall(text)
    return {(int(row) - 1, column_index(letters)) for letters, row in found}


class _Span:
    """The rectangle of filled cells so far; refuses when it outgrows the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.row, self.column = limits, 0, 0
        self.seen: set[bytes] = set()

    def add(self, text: bytes) -> None:
        if self._is_small(text):
            return
        found = _CELL.findall(text)
        if not found:
            return
        letters = {cell[0] for cell in found} - self.seen
        self.seen |= letters
        self.column = max([self.column, *(column_index(name) + 1 for name in letters)])
        self.row = max(self.row, max(int(cell[1]) for cell in found))
        if self.column > self.limits.columns:
            raise RefusedFile("too_many_columns", f"{self.column} > {self.limits.columns}")
        if self.row * self.column > self.limits.cells:
            raise RefusedFile("too_many_cells", f"{self.row} × {self.column} > {self.limits.cells}")

    def _is_small(self, text: bytes) -> bool:
        """Whether every cell lies in A1:Z99999, which no limit in use forbids: found without parsing each address."""
        if self.limits.columns < 26 or self.limits.cells < 26 * 99_999 or b":c " in text:
            return False
        return text.count(b"<c ") == text.count(b'<c r="') and not _FAR.search(text)


def column_index(letters: bytes) -> int:
    """Column index from 0 of letters such as b"AB"."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → name of its XML part, from the workbook part and its relations."""
    try:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except Exception:  # then calamine says what is wrong with it
        return {}
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    parts = {}
    for node in book.iter():
        if node.tag.rpartition("}")[2] != "sheet":
            continue
        key = next((value for name, value in node.attrib.items() if name.endswith("}id")), "")
        target = targets.get(key, "")
        parts[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts
