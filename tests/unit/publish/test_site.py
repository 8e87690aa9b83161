"""The index: every school with its findings, complete without its script, which alone is allowed by its hash."""

import base64
import hashlib
import json
import re

import pytest

import dossiers
from analysis.publish import files, site

CALENDAR = [("g9-2026", "一模", "2026-03-18"), ("g9-2025", "上届一模", "2025-03-19")]


def outputs(folder, city):
    content = json.dumps({"meta": city.meta, "tables": city.tables}).encode()
    name = files.sha256(content)
    files.write(folder / "dossiers" / f"{name}.json", content)
    units = [
        dict(zip(city.tables["units"]["columns"], row, strict=True)) for row in city.tables["units"]["rows"]
    ]
    return {"city": name, **{f"school-{u['unit']}": name for u in units if u["level"] == "school"}}, units


def index(folder, failed=(), language="zh", city=None, calendar=CALENDAR):
    names, units = outputs(folder, city or dossiers.city())
    page = site.index(folder, names, set(failed), calendar, language).decode()
    return page, names, [unit for unit in units if unit["level"] == "school"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_school_stands_in_it_once_with_its_report(tmp_path, language):
    page, names, schools = index(tmp_path, language=language)
    rows = re.findall(r'<tr><th scope="row"><a href="(school-[^"]+)"', page)
    assert sorted(rows) == sorted(f"{name}.html" for name in names if name != "city")
    for school in schools:
        assert page.count(f">{school['name']}</a>") == 1
    assert page.count("<h1") == 1 and 'href="city.html"' in page


def test_what_a_phone_does_not_show_it_does_not_explain(tmp_path):
    """The bars of the margins are left out on a phone, and the line of the key that explains them with them."""
    page, _, _ = index(tmp_path)
    assert re.search(r'<li class="hide-s">横线为进步的误差范围', page) and 'class="viz hide-s"' in page


def test_the_sign_for_no_finding_is_explained_where_it_stands(tmp_path):
    said = "— 人数过少或缺数据，不作判断"
    assert said not in index(tmp_path)[0]
    city = dossiers.city()
    content = city.tables["value_added"]
    place = content["columns"].index("verdict")
    content["rows"][0] = [*content["rows"][0][:place], "hidden", *content["rows"][0][place + 1 :]]
    school = next(row for row in content["rows"] if row[content["columns"].index("level")] == "school")
    school[place] = "hidden"
    assert said in index(tmp_path, city=city)[0]


def test_schools_stand_with_their_sector(tmp_path):
    page, _, schools = index(tmp_path)
    tables = re.findall(r"<caption><div><b>(.*?)</b>.*?</table>", page, re.DOTALL)
    assert tables == list(dict.fromkeys(school["sector"] for school in schools))


@pytest.mark.parametrize(("kinds", "heads"), [(("", ""), ["全部学校"]), (("城区", ""), ["城区", "未分类"])])
def test_schools_without_a_kind_are_called_so_only_beside_others(tmp_path, kinds, heads):
    city = dossiers.city()
    content = city.tables["units"]
    place, level = content["columns"].index("sector"), content["columns"].index("level")
    schools = [row for row in content["rows"] if row[level] == "school"]
    for number, row in enumerate(schools):
        row[place] = kinds[min(number, 1)]
    page = index(tmp_path, city=city)[0]
    assert re.findall(r"<caption><div><b>(.*?)</b>", page) == heads


def test_only_the_one_script_may_run_and_nothing_may_be_loaded(tmp_path):
    page, _, _ = index(tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'") and policy.endswith(f"script-src 'sha256-{allowed}'")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_a_failed_report_is_named_and_leads_to_its_reason(tmp_path):
    _, names, _ = index(tmp_path)
    broken = sorted(names)[1]
    page, _, _ = index(tmp_path, failed={broken})
    assert f'href="{broken}.failed.html"' in page and f'href="{broken}.html"' not in page
    assert "未能生成" in page


def test_other_exams_are_linked_newest_first(tmp_path):
    page, _, _ = index(tmp_path)
    assert page.index("一模</th>") < page.index('<a href="../g9-2025/index.html">上届一模</a>')
    assert "../g9-2025" not in index(tmp_path, calendar=CALENDAR[:1])[0]


def test_names_from_data_are_escaped(tmp_path):
    city = dossiers.city()
    place = city.tables["units"]["columns"].index("name")
    for row in city.tables["units"]["rows"]:
        row[place] = "<script>alert(1)</script>"
    page, _, _ = index(tmp_path, city=city)
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_a_hidden_school_shows_no_finding_and_no_bar(tmp_path):
    city = dossiers.city()
    table = city.tables["value_added"]
    at = {name: i for i, name in enumerate(table["columns"])}
    for row in table["rows"]:
        row[at["verdict"]] = "hidden"
        row[at["effect"]] = row[at["lo"]] = row[at["hi"]] = None
    lines = site.lines_of(
        {"meta": city.meta, "tables": city.tables}, [n for n in index(tmp_path)[1] if n != "city"], set()
    )
    assert {line.progress for line in lines} == {"none"} and {line.effect for line in lines} == {None}


def test_schools_stand_in_the_order_of_the_settings(tmp_path):
    city = dossiers.city()
    reports = [name for name in index(tmp_path)[1] if name != "city"]
    lines = site.lines_of({"meta": city.meta, "tables": city.tables}, sorted(reports, reverse=True), set())
    assert [line.name for line in lines] == [row.name for row in city.rows("units", level="school")]


def test_an_exam_with_one_subject_uses_that_subject(tmp_path):
    page, _, _ = index(tmp_path, city=dossiers.plain("city"), language="en", calendar=[])
    assert re.search(r'<span class="pill (above|below|even|around)">', page.split("<tbody>", 1)[1])


def test_same_dossier_same_bytes(tmp_path):
    assert index(tmp_path)[0] == index(tmp_path)[0]
