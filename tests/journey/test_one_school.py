"""One school with its own term exams: from its two score sheets to its report, by `quality new` and `quality run`."""

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import quality

SUBJECTS = {"语文": 120, "数学": 120, "英语": 120, "物理": 70}
PLANTED = {3: -0.45, 5: 0.45}
"""Classes that add so much (sd of the marks); the others add nothing."""
OLD, NEW = "2025年7月八年级期末考试成绩.csv", "2025年11月九年级期中考试成绩.csv"
CITY = {
    "zh": r"全市|各校|其他\d*所学校|方阵",
    "en": r"\bthe city\b|city mean|city's|\btier\b",
}


def write(folder: Path, classes: int, labels: bool = True) -> None:
    """Two sheets of one school: no school is named in them, the second has the planted classes."""
    rng, size = np.random.default_rng(3), 40
    n = classes * size
    klass, general = np.arange(n) // size + 1, rng.normal(size=n)
    able = {s: 0.8 * general + 0.5 * rng.normal(size=n) for s in SUBJECTS}
    names = ["赵钱孙李周吴郑王"[i % 8] + "子丑寅卯辰巳午未申酉戌亥"[i // 8 % 12] + "甲乙丙丁"[i // 96 % 4] for i in range(n)]  # fmt: skip
    folder.mkdir(parents=True)
    for path, planted in ((OLD, {}), (NEW, PLANTED)):
        added = np.array([planted.get(k, 0.0) for k in klass])
        table = {"学号": [f"2023{i:04d}" for i in range(n)], "姓名": names}
        table |= {"班级": [f"{k}班" for k in klass]} if labels else {}
        for subject, full in SUBJECTS.items():
            z = able[subject] + added + 0.35 * rng.normal(size=n)
            table[subject] = np.clip(np.round((0.62 + 0.14 * z) * full), 0, full).astype(int).tolist()
        with (folder / path).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerows([list(table), *zip(*table.values(), strict=True)])


def made(home: Path, classes: int, labels: bool = True) -> Path:
    """Home of a school's settings, its newest exam reported, not a line edited."""
    write(home / "sheets", classes, labels)
    first = quality("new", home / "school", home / "sheets")
    assert first.returncode == 0, first.stderr
    done = quality("run", home / "school" / "settings.yaml", "--exam", "exam-2", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "school"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("one"), 8)


def page(home: Path, exam: str = "exam-2", name: str = "school-01") -> str:
    found = list((home / "outputs" / "site").glob(f"*/{exam}/{name}.html"))
    assert len(found) == 1
    return found[0].read_text(encoding="utf-8")


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL))


def results(home: Path, table: str) -> pd.DataFrame:
    (found,) = (home / "outputs" / "results").glob(f"*/exam-2/{table}.parquet")
    return pd.read_parquet(found)


def test_the_planted_classes_are_found_and_no_other_is_called_far_off(school: Path) -> None:
    added = results(school, "value_added")
    assert set(added["level"]) == {"class"} and set(added["tier"]) == {""}
    total = added[added["subject"] == "total"].set_index("unit")
    assert np.average(total["effect"], weights=total["n"]) == pytest.approx(0, abs=1e-12)
    assert total["verdict"].loc[["01/903", "01/905"]].tolist() == ["much_below", "much_above"]
    others = total.drop(["01/903", "01/905"])
    assert not others["verdict"].str.startswith("much").any() and (others["effect"].abs() < 0.15).all()
    papers = added[added["subject"] != "total"]
    assert set(papers.loc[papers["unit"] == "01/903", "verdict"]) <= {"below", "much_below"}
    spread = results(school, "judgements").query("judgement == 'class_spread'")
    assert set(spread["status"]) == {"found"} and len(spread) == len(SUBJECTS) + 1
    null = results(school, "trust").set_index("key")["value"]
    assert null["null:class_above"] + null["null:class_below"] < 0.2


def test_nothing_that_needs_other_schools_is_judged_or_shown(school: Path) -> None:
    assert set(results(school, "judgements")["judgement"]) <= {"class_spread", "low_rate_high", "low_match", "low_participation", "data_open"}  # fmt: skip
    names = {path.name for path in (school / "outputs" / "site").rglob("*.html")}
    assert names == {"index.html", "school-01.html"}
    assert 'href="school-01.html"' in page(school, name="index")
    gone = quality("report", school / "settings.yaml", "--exam", "exam-2", "--school", "city")
    assert gone.returncode == 10 and "There are: 01" in gone.stderr


def test_both_languages_speak_of_the_school(school: Path) -> None:
    said = words(page(school))
    assert re.findall(CITY["zh"], said) == [] and "903班" in said and "只有本校一所学校" in said
    assert "8个班中，1个班高于预期，1个班低于预期" in said
    done = quality("run", school / "settings.yaml", "--exam", "exam-2", "--language", "en", "--quiet")
    assert done.returncode == 0, done.stderr
    english = words(page(school))
    assert re.findall(CITY["en"], english) == [] and "Class 903" in english
    assert re.findall(CITY["en"], words(page(school, name="index"))) == []
    assert quality("run", school / "settings.yaml", "--exam", "exam-2", "--quiet").returncode == 0


def test_an_exam_without_a_start_says_so_and_a_schools_own_exam_is_lawful(school: Path) -> None:
    done = quality("run", school / "settings.yaml", "--exam", "exam-1", "--quiet")
    assert done.returncode == 0, done.stderr
    said = words(page(school, "exam-1"))
    assert "没有指定起点考试" in said and re.findall(CITY["zh"], said) == []
    assert "../exam-2/index.html" in page(school, "exam-1", "index")


def test_three_classes_have_intervals_and_no_list(tmp_path: Path) -> None:
    home = made(tmp_path, 3)
    added = results(home, "value_added")
    assert set(added["flag"]) == {"too_few_classes"} and added["lo"].notna().all()
    assert results(home, "growth_points").empty and results(home, "advice").empty
    assert "class_spread" not in set(results(home, "judgements")["judgement"])
    assert "只有3个班" in words(page(home))


def test_sheets_without_classes_get_a_sentence_and_no_progress(tmp_path: Path) -> None:
    home = made(tmp_path, 2, labels=False)
    assert results(home, "value_added").empty
    said = words(page(home))
    assert "成绩表没有班级，只有一所学校时无从比较进步" in said and re.findall(CITY["zh"], said) == []
