"""A very small city with sheets of its own: six schools, two papers, one baseline. Quick to run, easy to break."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import quality

SCHOOLS = ("甲中学", "乙中学", "丙中学", "丁中学", "戊中学", "己中学")
SETTINGS = """\
city: {code: tiny, name: 小城, bureau: 小城教研室}
language: zh
data: sheets
sectors: [镇办, 市直]
report_exam: g9
model: {draws: 200, null_runs: 0}
schools:
SCHOOLS
exams:
  - id: g7
    title: 入学监测
    date: 2023-09-01
    grade: 7
    kind: monitor
    organiser: prefecture
    authority: {issuer: 某市教育局, document: 〔2023〕1号, date: 2023-08-01, scope: 七年级}
    papers: {chinese: {full_mark: 100}, math: {full_mark: 100}}
    sheets: [{path: g7.csv}]
  - id: g9
    title: 第一次模拟
    date: 2026-03-17
    grade: 9
    kind: mock
    baselines: [g7]
    papers: {chinese: {full_mark: 100}, math: {full_mark: 100}}
    sheets: [{path: g9.csv}]
"""


def write(home: Path) -> Path:
    """The city's sheets and settings; returns the settings file."""
    rng = np.random.default_rng(1)
    sheets: dict[str, list[list[object]]] = {"七": [], "九": []}
    for i, (school, klass) in enumerate((s, k) for s in SCHOOLS for k in (1, 2)):
        for pupil in range(25):
            ability, who = rng.normal(), i * 25 + pupil
            name = "赵钱孙李周吴郑王"[who % 8] + "甲乙丙丁"[who % 4] + "子丑寅卯辰"[who % 5]
            for grade, rows in sheets.items():
                marks = np.clip([70, 62] + 12 * (0.8 * ability + 0.6 * rng.normal(size=2)), 0, 100)
                rows.append([school, f"{grade}({klass})班", f"G4110{who:06d}", name, *marks.astype(int)])
    (home / "sheets").mkdir(parents=True)
    for grade, name in (("七", "g7"), ("九", "g9")):
        with (home / "sheets" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            head = ["学校", "班级", "学籍号", "姓名", "语文", "数学"]
            csv.writer(file, lineterminator="\n").writerows([head, *sheets[grade]])
    lines = [
        f'  - {{code: "{i:02d}", name: {name}, sector: {"镇办" if i % 2 else "市直"}}}'
        for i, name in enumerate(SCHOOLS, 1)
    ]
    settings = home / "settings.yaml"
    settings.write_text(SETTINGS.replace("SCHOOLS", "\n".join(lines)), encoding="utf-8")
    return settings


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of the tiny city, its reports made."""
    home = tmp_path_factory.mktemp("tiny") / "city"
    done = quality("run", write(home), "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture
def made(finished: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(finished, tmp_path / "city"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The tiny city before its first run."""
    write(tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """Changes the first place of a text in a file; the text must be there."""

    def change(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
