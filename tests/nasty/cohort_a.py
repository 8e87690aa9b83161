"""Sheets of cohort A: grade 7 twice, then grade 8."""

from random import Random
from typing import Any

from .truth import EXAMS, SCHOOLS, SUBJECTS, City, Pupil
from .writing import Formula, Ledger, Page, archive, html, text, xls, xlsx

WORDS = ("缺考", "缺", "未考", "旷考", "弃考", "缺席", "不计排名")
SIGNS = (-1, "/", "-", "--", "—", "-1")
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def mark(city: City, exam: str, pupil: Pupil, subject: str, absent: Any = "缺考") -> Any:
    """A mark as a number, an absence as `absent`."""
    state, score = city.marks[exam, pupil.key, subject]
    return score if state == "ok" else absent


def write(city: City, ledger: Ledger) -> None:
    random = Random(city.seed + 1)
    _a1_first(city, ledger)
    _a1_packed(city, ledger, random)
    _a2(city, ledger, random)
    _a3_platform(city, ledger)
    _a3_web(city, ledger)
    _a3_long(city, ledger)


def guarded(national: str, i: int) -> str:
    """A 学籍号 as people keep Excel from eating it."""
    return (f'="{national}"', f"\t{national}", national.lower(), f"{national}  ", national)[i % 5]


def _a1_first(city: City, ledger: Ledger) -> None:
    """A sheet a class with everything that a school prints around its marks."""
    exam, pages = EXAMS["a1"], []
    for klass in (1, 2):
        page = Page(f"70{klass}")
        page.add("青禾市第一中学2024-2025学年第一学期七年级期末考试成绩表")
        page.add("考试时间：2025年1月15日", "", "", "班主任：周老师")
        subjects = list(exam.full) if klass == 1 else list(reversed(exam.full))
        heads = [SUBJECTS[s] for s in subjects]
        ids = ["学籍号", "姓名"] if klass == 1 else ["姓名", "学籍号"]
        page.add(*ids, *heads, "物理", "总分", "班名次")
        page.add("任课教师", "", *("王某某", "李某某", "张某某", "刘某某", "陈某某"), "", "", "")
        page.add("满分", "", *(exam.full[s] for s in subjects), "", sum(exam.full.values()), "")
        for i, pupil in enumerate(city.group("A", "0101", klass)):
            marks = [mark(city, "a1", pupil, s) for s in subjects]
            total = sum(m for m in marks if not isinstance(m, str))
            who = [guarded(pupil.national, i), pupil.name]
            page.pupil(pupil.key, *(who if klass == 1 else who[::-1]), *marks, "", total, i + 1)
        page.add("平均分", "", 78.5, 77.1, 60.2, 40.3, 33.3, "", 300, "")
        page.add("及格率", "", "81%", "72%", "66%", "70%", "69%")
        page.add("实考人数", "", 13, 13, 13, 13, 13)
        page.add("教务处制表")
        page.add("合计：14人")
        pages.append(page)
    sample = Page("模板", hidden=True)
    sample.add("学籍号", "姓名", "语文", "数学", "英语")
    sample.add("G110000000000000000", "示例学生", 100, 100, 100)
    compare = Page("班级对比")
    compare.add("班级", "平均分", "及格率", "优秀率")
    compare.add("701", 78.5, "81%", "20%")
    compare.add("702", 77.5, "80%", "22%")
    ledger.write("a1/青禾一中.xlsx", xlsx([*pages, sample, compare, Page("Sheet2")]),
                 pages, (1, 5, 7, 8, 10, 13, 14, 20, 27, 44))  # fmt: skip


def _a1_packed(city: City, ledger: Ledger, random: Random) -> None:
    """An archive of an old workbook with merged heads, a GBK table, a new workbook and a lock file."""
    exam = EXAMS["a1"]
    old = Page("成绩")
    old.add("七年级期末成绩（实验中学）")
    first, second = ["学籍号", "班级", "姓名"], ["", "", ""]
    for subject in (*exam.full, ""):
        head = SUBJECTS.get(subject, "总分")
        old.merged.append((1, len(first), 1, len(first) + 2))
        first += [head, "", ""]
        second += ["得分", "校次", "班次"]
    old.add(*first)
    old.add(*second)
    for i, pupil in enumerate(city.group("A", "0102")):
        row: list[Any] = [pupil.national, f"七({pupil.klass})班", pupil.name]
        marks = [mark(city, "a1", pupil, s, "缺考") for s in exam.full]
        for cell in (*marks, sum(m for m in marks if not isinstance(m, str))):
            row += [cell, i + 3, i % 14 + 1]
        old.pupil(pupil.key, *row)
    members = {"实验中学期末.xls": xls([old]), "~$实验中学期末.xls": b"\x00" * 165}
    tables = []
    for klass in (1, 2):
        page = Page() if klass == 1 else Page("Sheet1")
        page.add("学校", "学号", "学籍号", "班级", "姓名", *(SUBJECTS[s] for s in exam.full))
        page.add("", "", "", "", "", *(f"({full:g})" for full in exam.full.values()))
        for i, pupil in enumerate(city.group("A", "0103", klass)):
            cells = [_spelled(mark(city, "a1", pupil, s), i + j) for j, s in enumerate(exam.full)]
            room = "７０１" if klass == 1 and i % 2 else f"70{klass}"
            page.pupil(
                pupil.key, "东关中学", pupil.number, pupil.national, room, _spaced(pupil.name, i), *cells
            )
        tables.append(page)
    members["东关1班.csv"] = text(tables[0], "gbk")
    members["东关2班.xlsx"] = xlsx([tables[1]])
    ledger.folder.joinpath("a1").mkdir(parents=True, exist_ok=True)
    ledger.folder.joinpath("a1/期末汇总.zip").write_bytes(archive(members))
    ledger.note("a1/期末汇总.zip/实验中学期末.xls", [old], (2, 40, 44))
    ledger.note("a1/期末汇总.zip/东关1班.csv", [tables[0]], (3, 23, 24, 33, 38, 40))
    ledger.note("a1/期末汇总.zip/东关2班.xlsx", [tables[1]], (3, 24, 33, 40))


def _spaced(name: str, i: int) -> str:
    """A name with blanks in it or behind it."""
    return (name, f"{name[0]}　{name[1:]}", f"{name} ", f"{name[0]} {name[1:]}")[i % 4]


def _spelled(cell: Any, i: int) -> Any:
    """A number in full-width digits, with its unit, or as text."""
    if isinstance(cell, str):
        return cell
    plain = f"{cell:g}"
    return (cell, plain.translate(WIDE), f"{plain}分", f"{cell:.1f}", f" {plain} ")[i % 5]


def _a2(city: City, ledger: Ledger, random: Random) -> None:
    """A sheet a school; heads with line breaks; teachers between the marks; every word and sign of absence."""
    exam, pages = EXAMS["a2"], []
    for school, (_, short, _) in SCHOOLS.items():
        page = Page(short)
        id_head = "学籍号" if school != "0103" else "学号"
        grade = ["年级"] if school == "0103" else []
        page.add(
            "序号", id_head, "姓　名", *grade, "班级", "语 文", "语文老师", "数学", "数学老师", "英\n语",
            "道德与\n法治", "历史", "总分", "语文等级", "语文校次", "档次", "备注",
        )  # fmt: skip
        for i, pupil in enumerate(city.group("A", school)):
            _a2_state(city, pupil, i, school)
            page.pupil(pupil.key, i + 1, *_a2_row(city, pupil, i, school))
        pages.append(page)
    ledger.write("a2/七年级下学期期末.xlsx", xlsx(pages), pages,
                 (4, 6, 12, 15, 16, 19, 21, 26, 28, 36, 37, 44))  # fmt: skip
    assert exam.full


_STATES = {12: ("作弊", "cheat"), 13: ("违纪", "cheat"), 26: ("缓考", "deferred"), 27: ("免考", "exempt")}


def _a2_state(city: City, pupil: Pupil, i: int, school: str) -> None:
    """States other than absence, one a pupil, in English; 补考58; a leaver."""
    if i in _STATES:
        city.marks["a2", pupil.key, "english"] = (_STATES[i][1], None)
    if i == 0:
        city.marks["a2", pupil.key, "history"] = ("deferred", None)
    if i == 3 and school == "0102":
        city.marks["a2", pupil.key, "politics"] = ("blank", None)
    if i in (2, 16) and school != "0102":  # one of each class
        city.set_all("a2", pupil, "left")


def _a2_row(city: City, pupil: Pupil, i: int, school: str) -> list[Any]:
    def cell(subject: str) -> Any:
        state, score = city.marks["a2", pupil.key, subject]
        if state == "ok":
            return score
        if state in ("left", "blank"):
            return ""
        if subject == "english" and i in _STATES:
            return _STATES[i][0]
        if subject == "history" and state == "deferred":
            return "补考58"
        words = SIGNS if school == "0102" else WORDS
        return words[(i + len(subject)) % len(words)]

    marks = [cell(s) for s in EXAMS["a2"].full]
    total = sum(m for m in marks if not isinstance(m, str) and m > 0)
    left = city.marks["a2", pupil.key, "math"][0] == "left"
    who: list[Any] = [_a2_id(pupil, school), pupil.name, *_a2_class(pupil, i, school)]
    return [*who, marks[0], "王某某", marks[1], "李某某", *marks[2:], "" if left else total, "B", i + 1, "二档",
            ("已转学" if pupil.klass == 1 else "已转出") if left else ""]  # fmt: skip


def _a2_id(pupil: Pupil, school: str) -> Any:
    """Without its G; as a number, whose last digits are gone; a 学号 that has lost its zero."""
    if school == "0101":
        return pupil.national[1:]
    if school == "0102":
        return float(pupil.national[1:-1].ljust(18, "0"))
    return float(pupil.number)


def _a2_class(pupil: Pupil, i: int, school: str) -> list[Any]:
    k = pupil.klass
    if school == "0101":
        han = "一二"[k - 1]
        return [(f"七({k})班", f"七（{k}）班", f"70{k}", f"初一{k}班", f"七年级{han}班", f"7({k})")[i % 6]]
    if school == "0102":
        return [(700.0 + k, f"7.{k}", f"70{k}.0")[i % 3]]
    return ["初一" if i % 2 else "七年级", f"0{k}班"]


def _a3_platform(city: City, ledger: Ledger) -> None:
    """A platform's export, marks that came later, and its item sheet; two marks that cannot be."""
    exam = EXAMS["a3"]
    page, late, items = Page("成绩"), Page("补录"), Page("数学小题分")
    page.add(
        "学校", "班级", "姓名", "学籍号", "自定义考号", *(SUBJECTS[s] for s in exam.full), "总分", "校次"
    )
    late.add("姓名", "自定义考号", "学籍号", "班级", "学校", "数学")
    items.add(
        "自定义考号",
        "姓名",
        "班级",
        "学校",
        "得分",
        "客观题",
        "主观题",
        "1",
        "2",
        "3",
        "20",
        "20(1)",
        "20(2)",
    )
    for i, pupil in enumerate(city.group("A", "0101")):
        number = f"8010{pupil.klass}{i:03d}"
        cells = {s: mark(city, "a3", pupil, s) for s in exam.full}
        if i == 1:
            cells["chinese"] = 1085
            city.marks["a3", pupil.key, "chinese"] = ("invalid", None)
            city.asked["a3", pupil.key, "chinese"] = "ten_times"
        if i == 2:
            cells["politics"] = 66
            city.marks["a3", pupil.key, "politics"] = ("invalid", None)
            city.asked["a3", pupil.key, "politics"] = "above_full"
        if i in (5, 12) and city.marks["a3", pupil.key, "math"][0] == "ok":
            cells["math"] = "未扫"
            late.pupil(pupil.key, pupil.name, number, pupil.national, f"八年级{pupil.klass}班", "一中",
                       city.marks["a3", pupil.key, "math"][1])  # fmt: skip
        page.pupil(pupil.key, "一中", f"八({pupil.klass})班", pupil.name, pupil.national, number, *cells.values(),
                   sum(m for m in cells.values() if not isinstance(m, str)), i + 1)  # fmt: skip
        _item_row(city, items, pupil, number, i)
    ledger.write("a3/平台导出_一中.xlsx", xlsx([page]), [page], (19, 25, 49, 53))
    ledger.write("a3/补录.xlsx", xlsx([late]), [late], (49,))
    ledger.write("a3小题/数学小题分_一中.xlsx", xlsx([items]), [items], (46, 47))


def _item_row(city: City, items: Page, pupil: Pupil, number: str, i: int) -> None:
    state, score = city.marks["a3", pupil.key, "math"]
    who = [number, pupil.name, f"8.{pupil.klass}", "青禾一中"]
    if score is None or state != "ok":
        items.pupil(pupil.key, *who, "缺考", *[""] * 8)
        return
    parts = [round(score * share) for share in (0.1, 0.2, 0.3)]
    rest = score - sum(parts)
    parts += [float(int(rest / 2)), rest - int(rest / 2)]
    shown: list[Any] = list(parts)
    if i % 5 == 0:  # the first item is left blank, its mark stands in the next
        parts[1] += parts[0]
        shown = ["", *parts[1:]]
        parts[0] = 0
    for item, mark_, cell in zip(("1", "2", "3", "20(1)", "20(2)"), parts, shown, strict=True):
        city.items["a3", pupil.key, "math", item] = (float(mark_), cell == "")
    items.pupil(pupil.key, *who, score, sum(parts[:3]), rest, *shown[:3], sum(parts[3:]), *shown[3:])


def _a3_web(city: City, ledger: Ledger) -> None:
    """An HTML table called .xls, and a heading row that comes again for the second class."""
    exam, page = EXAMS["a3"], Page()
    heads = ("全国学籍号", "学生姓名", "行政班", *(SUBJECTS[s] for s in exam.full), "年排")
    page.add(*heads)
    for i, pupil in enumerate(city.group("A", "0102")):
        if i == 14:
            page.add(*heads)
        page.pupil(pupil.key, pupil.national, pupil.name, f"80{pupil.klass}",
                   *(mark(city, "a3", pupil, s, "未考") for s in exam.full), i + 1)  # fmt: skip
    ledger.write("a3/实验中学.xls", html(page), [page], (9, 39))


def _a3_long(city: City, ledger: Ledger) -> None:
    """A row a pupil and subject, with full mark and state."""
    exam, page = EXAMS["a3"], Page()
    page.add("学校", "班级", "姓名", "学籍号", "科目", "成绩", "满分", "状态")
    for pupil in city.group("A", "0103"):
        for subject, full in exam.full.items():
            state, score = city.marks["a3", pupil.key, subject]
            page.pupil(pupil.key, "青禾市东关中学", f"八年级{pupil.klass}班", pupil.name, pupil.national, SUBJECTS[subject],
                       score if state == "ok" else 0, f"{full:g}", "正常" if state == "ok" else "缺考")  # fmt: skip
    ledger.write("a3/东关长表.csv", text(page, "utf-8-sig"), [page], (17, 38, 50))


__all__ = ["Formula", "mark", "write"]
