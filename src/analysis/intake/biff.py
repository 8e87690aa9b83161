"""What the records of an .xls show before it is read: how far its cells reach, and cells without a value.

Calamine hands on an error value and a formula without a stored value as blanks; and it makes room for the whole
rectangle that the cells span, however few they are, so that a damaged row number can ask for a gigabyte.

An .xls is a compound file (sectors of bytes chained by an allocation table), and its stream `Workbook` is a row of
records: type, length, contents. Sources: [MS-CFB] 2.2-2.6, [MS-XLS] 2.3.2 (record numbers), 2.4.24 (BoolErr), 2.4.28
(BoundSheet8), 2.4.127 (Formula), 2.4.175 (MulRk) and 2.5.133 (FormulaValue).
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Holes = frozenset[tuple[int, int]]
_END = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""
_BOF, _EOF, _SHEET, _BOOL_ERR, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0205, (0x0006, 0x0206, 0x0406)
_MUL_RK = 0x00BD
_FILLED = frozenset((_BOOL_ERR, *_FORMULA, _MUL_RK, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x027E))
"""Records of cells that hold something, beside those above: RString, LabelSst, Number, Label, RK."""
_ERROR, _EMPTY = 2, 3
"""Kinds of a formula's stored value that are no value."""


@dataclass(frozen=True)
class Outline:
    """One sheet: the rectangle from A1 that its filled cells span, and (row, column) of those without a value."""

    rows: int = 0
    columns: int = 0
    holes: Holes = frozenset()


def outlines(content: bytes) -> list[Outline]:
    """Sheet by sheet as the workbook lists them.

    Where the file is damaged it holds what was found so far: the reader itself says what is wrong with the file.
    """
    found: list[Outline] = []
    try:
        stream = _workbook(content)
        for kind, start, _ in _records(stream, 0):
            if kind == _SHEET:
                found.append(_of_sheet(stream, struct.unpack_from("<I", stream, start)[0]))
            elif kind == _EOF:
                break
    except (struct.error, IndexError, KeyError):
        pass
    return found


def _of_sheet(stream: bytes, start: int) -> Outline:
    """One sheet's records; those of charts inside it are stepped over."""
    found, depth, last_row, last_column = set(), 0, -1, -1
    cell = struct.Struct("<HH").unpack_from
    for kind, at, length in _records(stream, start):
        depth += (kind == _BOF) - (kind == _EOF)
        if depth < 1:
            break
        if kind not in _FILLED or length < 6:
            continue
        row, column = cell(stream, at)
        last_row = max(last_row, row)
        last_column = max(last_column, column if kind != _MUL_RK else cell(stream, at + length - 4)[1])
        is_error = kind == _BOOL_ERR and length >= 8 and stream[at + 7]
        is_empty = kind in _FORMULA and length >= 14 and _is_no_value(stream[at + 6 : at + 14])
        if is_error or is_empty:
            found.add((row, column))
    return Outline(last_row + 1, last_column + 1, frozenset(found))


def _is_no_value(stored: bytes) -> bool:
    """Whether the stored value of a formula is an error, or none: a number has no FF FF at its end."""
    return stored[6:] == b"\xff\xff" and stored[0] in (_ERROR, _EMPTY)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(type, start of the contents, length) of each record from a place on."""
    head = struct.Struct("<HH").unpack_from
    while at + 4 <= len(stream):
        kind, length = head(stream, at)
        yield kind, at + 4, length
        at += 4 + length


def _workbook(content: bytes) -> bytes:
    """The stream that holds the sheets: `Workbook`, in files of Excel 95 `Book`; empty where there is none."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    directory, smallest, small_table = (struct.unpack_from("<I", content, at)[0] for at in (48, 56, 60))
    sectors = memoryview(content)[size:]
    table = _allocation(content, sectors, size)
    entries = _chain(sectors, table, directory, size)
    streams: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - 127, 128):
        letters = max(struct.unpack_from("<H", entries, at + 64)[0] - 2, 0)
        name = entries[at : at + letters].decode("utf-16-le", "replace")
        streams.setdefault(name, struct.unpack_from("<II", entries, at + 116))
    start, length = streams.get("Workbook") or streams.get("Book") or (0, 0)
    if length >= smallest:
        return _chain(sectors, table, start, size)[:length]
    # A short stream lies in small sectors, which are cut out of the root entry's stream.
    root = memoryview(_chain(sectors, table, streams["Root Entry"][0], size))
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    return _chain(root, _numbers(_chain(sectors, table, small_table, size)), start, small)[:length]


def _allocation(content: bytes, sectors: memoryview, size: int) -> Sequence[int]:
    """For each sector the next one of its stream."""
    count, following = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 68)[0]
    parts = list(_numbers(content[76:512]))
    while (
        following < _END and len(parts) < count
    ):  # very large files list more of them in sectors of their own
        more = _numbers(bytes(sectors[following * size : (following + 1) * size]))
        parts, following = [*parts, *more[:-1]], more[-1]
    return _numbers(b"".join(bytes(sectors[p * size : (p + 1) * size]) for p in parts[:count] if p < _END))


def _chain(sectors: memoryview, table: Sequence[int], start: int, size: int) -> bytes:
    """The bytes of one stream; a chain that runs in a circle or out of the file ends there."""
    out, at, left = [], start, len(table)
    while at < len(table) and left:
        out.append(bytes(sectors[at * size : (at + 1) * size]))
        at, left = table[at], left - 1
    return b"".join(out)


def _numbers(raw: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
