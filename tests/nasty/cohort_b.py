"""Sheets of cohort B: grade 8 twice, then grade 9."""

from typing import Any

from .cohort_a import mark
from .truth import EXAMS, SCHOOLS, SUBJECTS, City, Pupil
from .writing import Formula, Ledger, Page, text, xlsx


def write(city: City, ledger: Ledger) -> None:
    _b1(city, ledger)
    _b2_pasted(city, ledger)
    _b2_texts(city, ledger)
    _b3_settled(city, ledger)
    _b3_formulas(city, ledger)
    _b3_zeros(city, ledger)


def _b1(city: City, ledger: Ledger) -> None:
    """A sheet a subject, absentees not in it; a school in many spellings."""
    exam, pages = EXAMS["b1"], []
    for subject, full in exam.full.items():
        page = Page(f"八年级{SUBJECTS[subject]}")
        page.add(f"青禾市八年级{SUBJECTS[subject]}期末成绩（满分{full:g}分）")
        page.add("学校", "班级", "姓名", "学籍号", "成绩", "班排")
        for i, pupil in enumerate(p for p in city.pupils if p.cohort == "B"):
            state, score = city.marks["b1", pupil.key, subject]
            if state == "ok":
                spellings = [*SCHOOLS[pupil.school], SCHOOLS[pupil.school][1] + "  "]
                page.pupil(
                    pupil.key, spellings[i % 4], f"80{pupil.klass}", pupil.name, pupil.national, score, 1
                )
        pages.append(page)
    ledger.write("b1/八年级期末各科.xlsx", xlsx(pages), pages, (3, 11, 31, 35, 53))


def _b2_pasted(city: City, ledger: Ledger) -> None:
    """Printed class lists pasted together; no id that lasts, only a 考号 that the school made."""
    exam, page = EXAMS["b2"], Page()
    heads = ("考号", "姓名", *(SUBJECTS[s] for s in exam.full), "总分")
    for klass in (1, 2):
        page.add(f"初二({klass})班成绩单")
        page.add(*heads)
        for i, pupil in enumerate(city.group("B", "0101", klass)):
            marks = [mark(city, "b2", pupil, s) for s in exam.full]
            page.pupil(pupil.key, f"{klass}{i + 1:02d}", pupil.name, *marks,
                       sum(m for m in marks if not isinstance(m, str)))  # fmt: skip
            if pupil.name == "刘洋":
                city.doubtful.add((pupil.key, "b2"))
        page.add(f"初二({klass})班平均", "", 70, 70, 60, 40, 40)
        page.add("")
        page.add("")
    ledger.write("b2/青禾一中.csv", text(page, "utf-8"), [page], (7, 9, 30, 31, 38))


def _b2_texts(city: City, ledger: Ledger) -> None:
    """UTF-16 with tabs, GBK that has lost a rare character, GB18030 that has kept one; equal 学号 in two schools."""
    exam = EXAMS["b2"]
    heads = ("学号", "姓名", "班级", *(SUBJECTS[s] for s in exam.full))

    def page_of(school: str, klass: int = 0) -> Page:
        page = Page()
        page.add(*heads)
        for pupil in city.group("B", school, klass):
            name = pupil.former or pupil.name
            page.pupil(pupil.key, pupil.number, name, f"初二{pupil.klass}班",
                       *(mark(city, "b2", pupil, s, "缺席") for s in exam.full))  # fmt: skip
        return page

    one, two, three = page_of("0102"), page_of("0103", 1), page_of("0103", 2)
    ledger.write("b2/实验中学.txt", text(one, "utf-16", "\t"), [one], (29, 32, 38))
    ledger.write("b2/东关中学1班.csv", text(two, "gbk", "\t", "replace"), [two], (29, 34, 38, 39))
    ledger.write("b2/东关中学2班.csv", text(three, "gb18030"), [three], (29, 34, 38))


def _row(city: City, pupil: Pupil, absent: Any = "缺考") -> dict[str, Any]:
    return {s: mark(city, "b3", pupil, s, absent) for s in EXAMS["b3"].full}


def _b3_settled(city: City, ledger: Ledger) -> None:
    """Parts with their sum, raw beside scaled marks, bonus columns, repeats, pupils kept out of rankings."""
    page = Page("九年级")
    page.add("学校代码", "年级", "班级", "姓名", "学籍号", "学生属性", "语文", "数学", "英语（笔试）", "英语（听力）", "英语", "政治",
             "物理", "化学", "化学(赋分)", "总分", "总分(物理)(赋分)", "加分", "总分（不含加分）", "区内加分", "备注")  # fmt: skip

    def row(pupil: Pupil, i: int, cells: dict[str, Any], remark: str = "") -> None:
        english = cells["english"]
        parts = ["缺考", "缺考"] if isinstance(english, str) else [english - 10, 10]
        total = sum(c for c in cells.values() if not isinstance(c, str))
        scaled = "" if isinstance(cells["chemistry"], str) else 70
        attribute = {0: "借读", 13: "随班就读"}.get(i, "")
        if attribute:
            city.excluded[pupil.key] = attribute
        page.pupil(pupil.key, 101.0, "初三" if i % 2 else "九年级", f"9.{pupil.klass}", pupil.name, pupil.national,
                   attribute, cells["chinese"], cells["math"], *parts, english,
                   cells["politics"], cells["physics"], cells["chemistry"], scaled, total, total + 3, 5, total, 2, remark)  # fmt: skip

    for i, pupil in enumerate(city.group("B", "0101")):
        cells = _row(city, pupil)
        if i == 1:  # three the same
            row(pupil, i, cells)
            row(pupil, i, cells)
        if i == 2:  # which one stands is said
            row(pupil, i, {**cells, "math": 33})
            row(pupil, i, cells, "以此为准")
            continue
        if i == 6:  # nobody says which one stands
            row(pupil, i, {**cells, "chinese": 44.5})
            city.marks["b3", pupil.key, "chinese"] = ("invalid", None)
            city.asked["b3", pupil.key, "chinese"] = "repeat_differs"
        row(pupil, i, cells)
    ledger.write("b3/一中九年级.xlsx", xlsx([page]), [page], (22, 28, 36, 37, 43, 45, 48, 53, 54))


def _b3_formulas(city: City, ledger: Ledger) -> None:
    """Totals as formulas without a stored value; a renamed pupil."""
    page = Page("成绩")
    page.add("姓名", "学籍号", "班别", *(SUBJECTS[s] for s in EXAMS["b3"].full), "总分", "名次")
    for i, pupil in enumerate(city.group("B", "0102")):
        page.pupil(pupil.key, pupil.name, pupil.national, f"九年级{pupil.klass}班", *_row(city, pupil).values(),
                   Formula(f"=SUM(D{i + 2}:I{i + 2})"), i + 1)  # fmt: skip
    ledger.write("b3/实验中学九年级.xlsx", xlsx([page]), [page], (32, 41))


def _b3_zeros(city: City, ledger: Ledger) -> None:
    """Absence typed as 0 and told elsewhere, beside true zeros; a total that is 10 too high."""
    one, two = Page("九1"), Page("九2")
    heads = [SUBJECTS[s] for s in EXAMS["b3"].full]
    one.add("学籍号", "姓名", "班级", *heads, "总分", "备注")
    two.add("学籍号", "姓名", "班级", *heads, "总分", "状态")
    for i, pupil in enumerate(city.group("B", "0103")):
        page = one if pupil.klass == 1 else two
        if i in (0, 14):
            city.marks["b3", pupil.key, "math"] = ("ok", 0.0)
        cells = _row(city, pupil, 0 if page is one else "0.00")
        missed = [
            s for s, (state, _) in ((s, city.marks["b3", pupil.key, s]) for s in cells) if state == "absent"
        ]
        told = "零分卷" if i in (0, 14) else ""
        if missed:
            whole = len(missed) == len(cells)
            told = "缺考" if whole else "、".join(SUBJECTS[s] for s in missed) + "缺考"
        total = sum(float(c) for c in cells.values()) + (10 if i == 1 else 0)
        page.pupil(pupil.key, pupil.national, pupil.name, f"90{pupil.klass}", *cells.values(), total, told)
    ledger.write("b3/东关九年级.xlsx", xlsx([one, two]), [one, two], (17, 18, 42))
