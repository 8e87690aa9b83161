"""Small cities in a temporary folder: sheets as lists of rows, settings as a dict, and what the intake makes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
import yaml

from analysis import intake, settings
from analysis.intake import layout
from analysis.intake.identity import hashed

Rows = list[list[Any]]
SCHOOLS = [
    {"code": "0101", "name": "青禾市第一中学", "aliases": ["一中", "青禾一中"]},
    {"code": "0102", "name": "青禾实验中学", "aliases": ["实验"]},
    {"code": "0103", "name": "东关中学", "aliases": ["东关"]},
]
PAPERS = {"chinese": {"full_mark": 120}, "math": {"full_mark": 120}, "english": {"full_mark": 120}}


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8-sig", sign: str = ",") -> None:
    path.write_bytes("\r\n".join(sign.join(str(v) for v in row) for row in rows).encode(encoding))


def write_xlsx(
    path: Path, sheets: dict[str, Rows], merged: tuple[tuple[Any, ...], ...] = (), hidden: str = ""
) -> None:
    """Texts stay texts; `merged` are (row, column, row, column, text) in the first sheet."""
    with xlsxwriter.Workbook(path) as book:
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("=SUM"):
                        sheet.write_formula(r, c, value, None, "")
                    elif isinstance(value, str):
                        sheet.write_string(r, c, value) if value else None
                    else:
                        sheet.write(r, c, value)
            for place in merged if number == 0 else ():
                sheet.merge_range(*place)
            if name == hidden:
                sheet.hide()


def write(path: Path, content: Any) -> None:
    """Rows become csv, a dict of sheets a workbook, bytes themselves; a function is called with the path."""
    if callable(content):
        content(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        write_xlsx(path, content)
    elif path.suffix == ".xlsx":
        write_xlsx(path, {"Sheet1": content})
    else:
        write_csv(path, content)


def exam(name: str, date: str, grade: int, path: str = ".", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": name,
        "title": name,
        "date": date,
        "grade": grade,
        "papers": PAPERS,
        "sheets": [{"path": path}],
    }
    return {**made, **more}


class Read(dict[str, pd.DataFrame]):
    """Warehouse tables, and beside them what no table holds: which name stood in the rows of which pupil.

    names : exam, school, pupil, name; one row a row of a sheet
    """

    names: pd.DataFrame


def named(whole: layout.Whole) -> pd.DataFrame:
    pupils = np.array(hashed.of_persons(whole.seen, whole.linked.person, whole.settings), object)
    return whole.seen[["exam", "school", "name"]].assign(pupil=pupils[whole.linked.person])


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Read]:
    """`read({"a.xlsx": rows}, papers=…, exams=…, …)` → warehouse tables."""
    laid_out: list[layout.Whole] = []
    lay_out = layout.tables
    monkeypatch.setattr(layout, "tables", lambda whole: lay_out(laid_out.append(whole) or whole))

    def run(
        contents: dict[str, Any],
        papers: Any = PAPERS,
        exams: Any = None,
        sheets: Any = None,
        grade: int = 7,
        **more: Any,
    ) -> Read:
        folder = tmp_path / "sheets"
        folder.mkdir(exist_ok=True)
        for name, content in contents.items():
            write(folder / name, content)
        one = exam("e1", "2024-07-01", grade, papers=papers)
        if sheets:
            one["sheets"] = sheets
        told = {
            "city": {"code": "t", "name": "T"},
            "data": "sheets",
            "schools": SCHOOLS,
            "exams": exams or [one],
            **more,
        }
        text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
        path = tmp_path / "city.yaml"
        path.write_text(text, encoding="utf-8")
        tables = Read(intake.load(settings.load(path, outputs=tmp_path / "outputs")))
        tables.names = named(laid_out[-1])
        return tables

    return run


def marks(tables: Read, exam_id: str = "e1") -> dict[str, dict[str, Any]]:
    """Pupil's name → subject → score, or the state's word. Only for sheets with names that are single."""
    names = tables.names.drop_duplicates(["exam", "pupil"]).set_index(["exam", "pupil"])["name"]
    out: dict[str, dict[str, Any]] = {}
    for row in tables["scores"][tables["scores"]["exam"] == exam_id].itertuples():
        out.setdefault(names[exam_id, row.pupil], {})[row.subject] = (
            row.score if row.state == "ok" else row.state
        )
    return out


def values(tables: Read, name: str, exam_id: str = "e1") -> list[Any]:
    """Chinese, mathematics, English of one pupil."""
    return [marks(tables, exam_id)[name].get(s) for s in ("chinese", "math", "english")]


def codes(tables: dict[str, pd.DataFrame]) -> list[str]:
    return tables["data_issues"]["code"].tolist()


def persons(tables: Read) -> dict[tuple[str, str, str], str]:
    """(exam, school, name) → pupil; names may stand for several, then the last."""
    return {(r.exam, r.school, r.name): r.pupil for r in tables.names.itertuples()}


@pytest.fixture
def helpers() -> Any:
    """The functions of this file, for tests (files of tests do not import each other)."""
    import types

    return types.SimpleNamespace(
        marks=marks,
        values=values,
        codes=codes,
        persons=persons,
        write_csv=write_csv,
        write_xlsx=write_xlsx,
        exam=exam,
        papers=PAPERS,
    )
