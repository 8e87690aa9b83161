"""The list of schools kept in Excel: as good as in the settings, and a change of it is noticed."""

from pathlib import Path

import xlsxwriter
import yaml
from tests.conftest import quality


def fill(path: Path, rows: list[list[str]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for r, row in enumerate([["代码", "学校", "其他写法", "类别"], *rows]):
            sheet.write_row(r, 0, row)


def pages(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "outputs" / "site").rglob("*.html")}


def test_a_changed_workbook_makes_again_what_rests_on_it(made: Path) -> None:
    path = made / "settings.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = [[school["code"], school["name"], "", school["sector"]] for school in told["schools"]]
    path.write_text(yaml.safe_dump(told | {"schools": "学校信息.xlsx"}, allow_unicode=True), encoding="utf-8")
    fill(made / "学校信息.xlsx", rows)
    before = pages(made)
    moved = quality("run", path, "--quiet")
    assert moved.returncode == 0 and pages(made) == before, moved.stdout + moved.stderr
    assert quality("run", path).stdout.startswith("Nothing changed")
    rows[2][1:3] = ["丙实验学校", "丙中学"]
    fill(made / "学校信息.xlsx", rows)
    assert quality("run", path, "--quiet").returncode == 0
    after = pages(made)
    assert {"school-03.html", "city.html"} <= {name for name in after if after[name] != before[name]}
    assert "丙实验学校".encode() in after["school-03.html"]
    (made / "学校信息.xlsx").unlink()
    gone = quality("run", path)
    assert gone.returncode == 2 and "学校信息.xlsx" in gone.stderr and "Traceback" not in gone.stderr
