"""Excel workbooks → sheets of raw cells: guarded first, then read by calamine; formulas are never evaluated."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

from analysis.params import Limits
from analysis.workbook import guard
from analysis.workbook.sheet import RefusedFile, Sheet


def sheets(
    label: str, content: bytes, sha256: str, archive: zipfile.ZipFile, limits: Limits
) -> Iterator[Sheet]:
    """Sheets of an .xlsx; the guard has seen every part before calamine does.

    Raises
    ------
    RefusedFile
        Damaged, hostile, or larger than the limits.
    """
    if "xl/workbook.xml" not in {name.lower() for name in archive.namelist()}:
        raise RefusedFile("unknown_format", "binary workbook (.xlsb)")
    holes = guard.check_workbook(archive, limits)
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        for meta in book.sheets_metadata:
            if not str(meta.typ).endswith("WorkSheet"):
                continue
            sheet = book.get_sheet_by_name(meta.name)
            cells = sheet.total_height * sheet.total_width
            if cells > limits.cells or sheet.total_width > limits.columns:
                raise RefusedFile("too_many_cells", f"{sheet.total_height} × {sheet.total_width}")
            merged = tuple((a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or [])
            rows = sheet.to_python(skip_empty_area=False)
            hidden = not str(meta.visible).endswith(".Visible")
            yield Sheet(label, meta.name, sha256, rows, merged, hidden, holes.get(meta.name, frozenset()))
    except (RefusedFile, GeneratorExit, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as fault:  # a Rust panic is no Exception
        raise RefusedFile("damaged", f"{type(fault).__name__}: {str(fault)[:120]}") from None
