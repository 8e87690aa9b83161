"""Reads one .xls workbook from stdin and writes its sheets to stdout; run as a process of its own.

A damaged .xls can name cell positions that make the reader ask for hundreds of gigabytes, which ends the process that
asks. So it is this one, with a ceiling on its memory: with the process that reads the others it stays below 1 GB. The
ceiling leaves room for what some programs claim in every sheet: that it reaches to the last row and column.
"""

import io
import pickle
import sys

MEMORY = 768 << 20


def main() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError):
        pass  # Windows has no such ceiling; the process of its own remains
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheets = []
    for meta in book.sheets_metadata:
        sheet = book.get_sheet_by_name(meta.name)
        rows = sheet.to_python(skip_empty_area=False)
        merged = [(a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or []]
        sheets.append((meta.name, not str(meta.visible).endswith(".Visible"), rows, merged))
    pickle.dump(sheets, sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    main()
