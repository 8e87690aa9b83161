"""Reading score sheets: one platform workbook, forty one-per-school workbooks, a province's folder; against pandas.

    python benchmarks/bench_intake.py [--province]

The peer, pandas.read_excel with openpyxl, does only the reading (cells → DataFrame); the intake reads, recognises,
checks, links pupils and balances its account. The peer is left out where openpyxl is not installed.
"""

import argparse
import importlib.util
import os
import platform
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
import yaml

from analysis import intake, settings
from analysis.intake import files
from analysis.params import Limits

SUBJECTS = ["语文", "数学", "英语", "物理", "化学", "道德与法治", "历史", "生物", "地理"]
CODES = ["chinese", "math", "english", "physics", "chemistry", "politics", "history", "biology", "geography"]
HEAD = ["学校", "班级", "学籍号", "考号", "姓名", *SUBJECTS, "总分"]


def write_book(path: Path, first: int, pupils: int, schools: list[str], luck: np.random.Generator) -> None:
    """A platform's wide workbook: 1 % absent, half marks."""
    marks = luck.integers(40, 241, (pupils, len(SUBJECTS))) / 2
    absent = luck.random((pupils, len(SUBJECTS))) < 0.01
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("成绩")
        sheet.write_row(0, 0, HEAD)
        for i in range(pupils):
            who = [
                schools[i * len(schools) // pupils],
                f"九({i % 8 + 1})班",
                f"G41{first + i:016d}",
                f"26{first + i:08d}",
                f"生{first + i}",
            ]
            row = ["缺考" if gone else float(m) for m, gone in zip(marks[i], absent[i], strict=True)]
            sheet.write_row(i + 1, 0, [*who, *row, float(marks[i][~absent[i]].sum())])


def city(folder: Path, books: int, pupils: int, schools: int) -> settings.Settings:
    """A city of `schools` schools and `pupils` pupils in `books` workbooks."""
    luck = np.random.default_rng(1)
    names = [f"第{i + 1}号中学" for i in range(schools)]
    (folder / "sheets").mkdir(parents=True)
    for i in range(books):
        own = names[i * schools // books : max((i + 1) * schools // books, i * schools // books + 1)]
        write_book(folder / "sheets" / f"{i:03d}.xlsx", i * 100_000, pupils // books, own, luck)
    told = {
        "city": {"code": "bench", "name": "bench"}, "data": "sheets",
        "schools": [{"code": f"{i + 1:04d}", "name": name} for i, name in enumerate(names)],
        "exams": [{"id": "e", "title": "e", "date": "2026-03-20", "grade": 9, "sheets": [{"path": "."}], "papers": {c: {"full_mark": 120} for c in CODES}}],
    }  # fmt: skip
    (folder / "city.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return settings.load(folder / "city.yaml", outputs=folder / "outputs")


def seconds(action, repeats: int) -> tuple[float, float]:
    """Best wall and processor seconds."""
    walls, works = [], []
    for _ in range(repeats):
        wall, work = time.perf_counter(), time.process_time()
        action()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return min(walls), min(works)


def reading(folder: Path) -> None:
    """Only what the peer does: files → cells, with the checks of `workbook.guard`."""
    for path in sorted(folder.glob("*.xlsx")):
        files.read(path, Limits())


def peer(folder: Path) -> None:
    for path in sorted(folder.glob("*.xlsx")):
        pd.read_excel(path, engine="openpyxl")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--province", action="store_true", help="also 100,000 pupils in 300 files")
    cases = [("one workbook, 9,000 × 9", 1, 9_000, 40), ("40 workbooks, 9,000 × 9", 40, 9_000, 40)]
    if options.parse_args().province:
        cases.append(("300 workbooks, 100,000 × 9", 300, 100_000, 300))
    has_peer = importlib.util.find_spec("openpyxl") is not None
    print(
        f"python {platform.python_version()}, pandas {pd.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print("cpu seconds")
    print("| case | all (wall) | reading | pandas + openpyxl, reading only | reading faster | all faster |")
    print("|---|---|---|---|---|---|")
    for name, books, pupils, schools in cases:
        with tempfile.TemporaryDirectory() as folder:
            made = city(Path(folder), books, pupils, schools)
            wall, ours = seconds(lambda made=made: intake.load(made), 3 if pupils < 50_000 else 1)
            _, read = seconds(lambda made=made: reading(made.data), 3)
            theirs = 0.0
            if has_peer and pupils < 50_000:
                _, theirs = seconds(lambda made=made: peer(made.data), 1)
        shown = f"{theirs:.2f} | {theirs / read:.1f}× | {theirs / ours:.1f}×" if theirs else "– | – | –"
        print(f"| {name} | {ours:.2f} ({wall:.2f}) | {read:.2f} | {shown} |", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
