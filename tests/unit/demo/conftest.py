"""One small demo city for the tests that read its sheets."""

import csv
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from analysis import demo

Rows = list[dict[str, object]]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo.make(folder, small=True)
    return folder


@pytest.fixture(scope="session")
def null(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("null")
    demo.make(folder, small=True, null=True)
    return folder


def _rows(path: Path) -> Rows:
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    head, *body = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in body]


@pytest.fixture(scope="session")
def read() -> Callable[..., Rows]:
    """Rows of all sheets of a folder that fit a pattern."""

    @cache
    def rows(folder: Path, pattern: str) -> Rows:
        paths = sorted((folder / "sheets").glob(pattern))
        assert paths, pattern
        return [row for path in paths for row in _rows(path)]

    return rows
