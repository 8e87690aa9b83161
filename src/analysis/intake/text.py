"""Text files: which encoding, which delimiter, and the rows."""

import csv
import io

from charset_normalizer import from_bytes

from analysis.params import Limits
from analysis.workbook.sheet import Cell, RefusedFile

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = "\t,;|"


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding.

    A byte-order mark decides; then strict UTF-8, UTF-16 without a mark (every second byte is NUL), strict GB18030
    (which contains GBK and GB2312), and last the best guess of charset-normalizer.

    Raises
    ------
    RefusedFile
        Not text.
    """
    for mark, name in _MARKS:
        if content.startswith(mark) and not (name == "utf-8-sig" and _is_wrongly_marked(content)):
            return _strict(content, name), name
    if content.count(0) > len(content) // 4:
        for name in ("utf-16-le", "utf-16-be"):
            text = content.decode(name, "replace")
            if text.count("�") + text.count("\0") == 0 and _plausible(text):
                return text, name
    if 0 in content:
        raise RefusedFile("nul_bytes")
    for name in ("utf-8", "gb18030"):
        try:
            text = content.removeprefix(b"\xef\xbb\xbf").decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or _plausible(text):
            return text, name
    best = from_bytes(content[:200_000]).best()
    if best is None:
        raise RefusedFile("not_text")
    return content.decode(best.encoding, "replace"), best.encoding


def _is_wrongly_marked(content: bytes) -> bool:
    """Whether a mark of UTF-8 stands before text that breaks before its first Chinese letter: put before a GBK file."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as fault:
        return all(letter < "\u3000" for letter in content[3 : fault.start].decode("utf-8"))
    return False


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        raise RefusedFile("damaged", f"{encoding}: {fault.reason}") from None


def _plausible(text: str) -> bool:
    """Whether letters look like words: no private-use or control characters, few rare signs, in a sample."""
    sample = text[:20_000]
    odd = sum(1 for c in sample if "\ue000" <= c <= "\uf8ff" or (c < " " and c not in "\t\r\n\f\v"))
    return odd * 200 <= len(sample)


def rows(text: str, limits: Limits) -> list[list[Cell]]:
    """Rows of cells, all text; RefusedFile where a limit breaks."""
    text = text.replace("\0", "")
    csv.field_size_limit(limits.cell_chars)
    out: list[list[Cell]] = []
    width = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)):
            out.append(list(row))
            width = max(width, len(row))
            if width > limits.columns:
                raise RefusedFile("too_many_columns", f"{width} > {limits.columns}")
            if width * len(out) > limits.cells:
                raise RefusedFile("too_many_cells", f"{len(out)} × {width} > {limits.cells}")
    except csv.Error as fault:
        raise RefusedFile("long_cell" if "field larger" in str(fault) else "damaged", str(fault)) from None
    return out


def delimiter(text: str) -> str:
    """The sign that cuts most of the first lines into the same, largest number of pieces."""
    lines = [line for line in text[:50_000].splitlines()[:60] if line.strip()]
    best, score = ",", 0
    for sign in _DELIMITERS:
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=lambda k: (counts.count(k) * (k > 0), k), default=0)
        agreement = counts.count(usual) * min(usual, 3) if usual else 0
        if agreement > score:
            best, score = sign, agreement
    return best
