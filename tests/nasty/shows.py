"""What must be seen in the raw cells of the files of each row of the catalogue.

Each row has facts. Every fact must be true of a file of its row, and every file of a row must show one of its facts: a maker
that no longer makes its mess is found out, and so is a file that is listed in vain.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

from .raw import Raw, squeezed

Fact = Callable[[Raw], bool]
SUBJECTS = ("语文", "数学", "英语", "道德与法治", "历史", "物理", "化学", "政治")


def has(pattern: str, times: int = 1) -> Fact:
    """So many cells are texts of this form."""
    return lambda raw: (
        sum(isinstance(c, str) and bool(re.fullmatch(pattern, c, re.S)) for c in raw.cells) >= times
    )


def under(heading: str, test: str | Callable[[Any], bool]) -> Fact:
    """A cell under this heading is a text of this form, or passes the test."""
    ok = (lambda c: isinstance(c, str) and bool(re.fullmatch(test, c))) if isinstance(test, str) else test
    return lambda raw: any(ok(cell) for cell in raw.under(heading))


def heads(*names: str) -> Fact:
    return lambda raw: set(names) <= set(raw.heads)


def row(test: Callable[[dict[str, Any]], bool], times: int = 1) -> Fact:
    """So many rows, cells by heading, pass the test."""
    return lambda raw: sum(bool(test(record)) for record in raw.records) >= times


def above(pattern: str) -> Fact:
    """A cell above the headings of a sheet is of this form."""
    return lambda raw: any(
        re.fullmatch(pattern, str(cell))
        for leaf in raw.leaves
        for line in leaf.rows[: leaf.head]
        for cell in line
    )


def below(distance: int, first: str) -> Fact:
    """The line so far below the headings begins with this word."""
    return lambda raw: any(leaf.rows[leaf.head + distance][0] == first for leaf in raw.leaves if leaf.rows)


def kinds(words: tuple[Any, ...], least: int) -> Fact:
    """So many of the words stand in cells."""
    return lambda raw: len(set(words) & set(raw.cells)) >= least


def leaf(test: Callable[[Any], bool]) -> Fact:
    return lambda raw: any(test(one) for one in raw.leaves if one.rows)


def number(cell: Any) -> float:
    """A cell's number, however it is spelled; 0 for other cells."""
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _merged_subjects(one: Any) -> bool:
    wide = [
        (r, c) for r, c, r1, c1 in one.merged if r == r1 and c1 > c and one.rows[r][c] in (*SUBJECTS, "总分")
    ]
    return len(wide) >= 4 and all(one.rows[r + 1][c] == "得分" for r, c in wide)


def _blank_rows_between(one: Any) -> bool:
    empty = [i for i, cells in enumerate(one.rows) if not any(cells)]
    return bool(empty) and min(empty) > one.head + 1 and any(map(any, one.rows[min(empty) :]))


def _wrong_total(record: dict[str, Any]) -> bool:
    return abs(number(record["总分"]) - sum(number(record.get(s, 0)) for s in SUBJECTS) - 10) < 0.01


def _twice(raw: Raw, parts: Callable[[Raw], list[list[str]]]) -> bool:
    return any(names.count("刘洋") > 1 for names in parts(raw))


def _lists(raw: Raw) -> list[list[str]]:
    """Names of each of the lists pasted below each other."""
    out: list[list[str]] = [[]]
    for cells in raw.leaves[0].rows:
        if "姓名" in cells:
            out.append([])
        out[-1] += cells[1:2]
    return out


def _repeats(raw: Raw) -> list[list[dict[str, Any]]]:
    """Rows of each 学籍号 that stands more than once."""
    ids = Counter(raw.under("学籍号"))
    return [[r for r in raw.records if r["学籍号"] == who] for who, n in ids.items() if n > 1]


def _homes(raw: Raw, who: str) -> set[str]:
    """Schools of a teacher's name; a merged cell holds for the rows below."""
    school, found = "", set()
    for record in raw.records:
        school = record["学校"] or school
        if who in record.values():
            found.add(school)
    return found


def _spreads(raw: Raw) -> bool:
    """The highest mark of one subject is above the full mark that another must have."""
    tops = [
        max(values) for s in SUBJECTS if (values := [v for c in raw.under(s) if 0 < (v := number(c)) <= 150])
    ]
    return bool(tops) and max(tops) > 90 and min(tops) <= 70


def _late(raw: Raw) -> bool:
    """Each mark stands for a pupil whose mark was not scanned in another file."""
    wanted = {r["学籍号"] for peer in raw.peers for r in peer.records if r.get("数学") == "未扫"}
    return (
        bool(raw.records)
        and "语文" not in raw.heads
        and all(r["学籍号"] in wanted and number(r["数学"]) for r in raw.records)
    )


def _roster(raw: Raw) -> list[dict[str, Any]]:
    return next(peer.records for peer in raw.peers if "曾用名" in peer.heads)


def _is_roster(raw: Raw) -> bool:
    return "曾用名" in raw.heads


FACTS: dict[int, dict[str, Fact]] = {
    1: {"title": above(r".*成绩表"), "date": above(r"考试时间：.*"), "class head": above(r"班主任：.*")},
    2: {"subjects merged": leaf(_merged_subjects), "sub-heads repeat": has("得分", 5), "校次": has("校次", 5)},
    3: {"second row": leaf(lambda s: sum(bool(re.fullmatch(r"\(\d+\)", str(c))) for c in s.rows[s.head + 1]) >= 5),
        "title": above(r".*（满分\d+分）")},
    4: {"line break": has("英\n语"), "blank": has("语 文"), "wide blank": has("姓　名")},
    5: {"teachers": below(1, "任课教师"), "full marks": below(2, "满分")},
    6: {"between": lambda raw: "语文,语文老师,数学,数学老师" in ",".join(raw.heads), "filled": under("语文老师", r"王.*")},
    7: {"mean": has("平均分"), "rate": has("及格率"), "count": has("实考人数"),
        "after a class": leaf(lambda s: any("班平均" in str(line[0]) for line in s.rows[:-10]))},
    8: {"office": leaf(lambda s: any(line[0] == "教务处制表" for line in s.rows[s.head + 5 :])), "sum": has(r"合计：\d+人")},
    9: {"heading again": leaf(lambda s: s.rows.count(s.rows[s.head]) > 1), "blank rows": leaf(_blank_rows_between)},
    10: {"a sheet a class": lambda raw: [s.name for s in raw.leaves[:2]] == ["701", "702"],
         "order differs": lambda raw: _orders(raw)},
    11: {"a sheet a subject": lambda raw: len(raw.leaves) > 3 and all(s.name[3:] in SUBJECTS for s in raw.leaves),
         "no word of absence": lambda raw: not any("缺" in str(cell) for cell in raw.cells),
         "some are missing": lambda raw: len({len(s.rows) for s in raw.leaves}) > 1 or max(len(s.rows) for s in raw.leaves) < 86},
    12: {"by sheet": lambda raw: [s.name for s in raw.leaves] == ["一中", "实验", "东关"], "no column": lambda raw: "学校" not in raw.heads},
    13: {"hidden": leaf(lambda s: s.hidden and any("示例学生" in line for line in s.rows))},
    14: {"statistics": leaf(lambda s: s.name == "班级对比" and "及格率" in s.rows[0]),
         "empty": lambda raw: any(s.name == "Sheet2" and not any(map(any, s.rows)) for s in raw.leaves)},
    15: {"words": kinds(("缺考", "缺", "未考", "旷考", "弃考", "缺席", "不计排名"), 4)},
    16: {"signs": kinds(("/", "-", "--", "—", "-1"), 2), "number": kinds((-1.0,), 1),
         "empty": row(lambda r: r["姓名"] and r["道德与法治"] == "" and number(r["数学"]))},
    17: {"remark": row(lambda r: re.search("缺考$", r.get("备注", "")) and 0.0 in r.values()),
         "one subject": under("备注", r".*(语文|数学|英语|政治|物理|化学|道德与法治)缺考"),
         "0.00": row(lambda r: "缺考" in r.get("状态", "") and "0.00" in r.values()),
         "long": row(lambda r: r.get("成绩") == "0" and r["状态"] == "缺考")},
    18: {"true zero": row(lambda r: r.get("备注") == "零分卷" and r["数学"] == 0), "beside absences": row(lambda r: "缺考" in r.get("备注", "") and 0.0 in r.values())},
    19: {word: has(word) for word in ("作弊", "违纪", "缓考", "免考", "补考58")} | {"未扫": has("未扫")},
    20: {"empty column": lambda raw: any(_empty_column(s, "物理") for s in raw.leaves)},
    21: {word: row(lambda r, word=word: r["备注"] == word and r["语文"] == "" and r["姓名"]) for word in ("已转学", "已转出")},
    22: {word: under("学生属性", word) for word in ("借读", "随班就读")},
    23: {"mark": has(r"[０-９]{2,3}"), "point": has(r"[０-９]+．[０-９]"), "class": under("班级", "７０１")},
    24: {"unit": has(r"[\d.]+分"), "text": under("语文", r"\d+\.\d"), "blanks": under("数学", r" [\d.]+ ")},
    25: {"ten times": under("语文", lambda c: c == 1085), "above": under("道德与法治", lambda c: number(c) > 60)},
    26: {"as number": under("学籍号", lambda c: isinstance(c, float) and c > 1e17)},
    27: {"formula": under("学籍号", r'="G[\dX]{18,19}"'), "tab": under("学籍号", r"\tG.*"), "small": under("学籍号", r"g.*"), "blank": under("学籍号", r"G.* ")},
    28: {"number": under("学号", lambda c: isinstance(c, float) and c < 1e8), "class": under("班级", lambda c: c in (701.0, 702.0)),
         "school": under("学校代码", lambda c: c == 101.0)},
    29: {"in two schools": lambda raw: any(set(raw.under("学号")) & set(p.under("学号")) for p in raw.peers if p.label[:6] != raw.label[:6])},
    30: {"made up": lambda raw: "考号" in raw.heads and not {"学籍号", "学号"} & set(raw.heads)},
    31: {"in a class": lambda raw: "考号" in raw.heads and _twice(raw, _lists),
         "in schools": lambda raw: len({r["学籍号"][:7] for r in raw.records if r.get("姓名") == "刘洋" and "学籍号" in r}) > 1},
    32: {"roster": lambda raw: _is_roster(raw) and any(raw.under("曾用名")),
         "before": lambda raw: bool(set(raw.under("姓名")) & {r["曾用名"] for r in _roster(raw)} - {""}),
         "after": lambda raw: not _is_roster(raw) and bool(set(raw.under("姓名")) & {r["姓名"] for r in _roster(raw) if r["曾用名"]})},
    33: {"inside": under("姓名", r"\S \S+"), "wide": under("姓名", r"\S　\S+"), "behind": under("姓名", r"\S+ ")},
    34: {"lost": lambda raw: raw.fits("gbk") and any("?" in name for name in raw.under("姓名")),
         "kept": lambda raw: not raw.fits("gbk") and any("㛃" in name for name in raw.under("姓名"))},
    35: {"aliases": lambda raw: {"青禾市第一中学", "一中", "青禾一中"} <= set(raw.under("学校")), "blanks": under("学校", r"\S+ +"),
         "row to row": leaf(lambda s: len({line[0] for line in s.rows[s.head + 1 : s.head + 6]}) > 2)},
    36: {form: under("班级", form) for form in (r"七\(1\)班", r"七（2）班", r"70\d", r"初一\d班", r"七年级[一二]班", r"7\(\d\)", r"7\.\d", r"70\d\.0", r"9\.\d")}
        | {"number": under("班级", lambda c: isinstance(c, float)), "beside 年级": row(lambda r: r.get("年级") and re.fullmatch(r"0\d班", str(r["班级"])))},
    37: {"grade 7": lambda raw: {"初一", "七年级"} <= set(raw.under("年级")), "grade 9": lambda raw: {"初三", "九年级"} <= set(raw.under("年级")),
         "moved up": lambda raw: _is_roster(raw) and _moved_up(raw)},
    38: {"gbk": lambda raw: raw.fits("gbk") and not raw.fits("utf-8"), "gb18030": lambda raw: raw.fits("gb18030") and not raw.fits("gbk") and not raw.fits("utf-8"),
         "utf-16": lambda raw: raw.content.startswith(b"\xff\xfe") and "\t" in raw.text and raw.label.endswith(".txt"),
         "bom": lambda raw: raw.content.startswith(b"\xef\xbb\xbf"), "no bom": lambda raw: raw.fits("utf-8") and not raw.content.startswith(b"\xef")},
    39: {"html": lambda raw: raw.label.endswith(".xls") and raw.content.startswith(b"<html"), "tabs": lambda raw: raw.label.endswith(".csv") and b"\t" in raw.content},
    40: {"old": lambda raw: raw.label.endswith(".xls") and raw.content.startswith(b"\xd0\xcf"), "new": lambda raw: raw.label.endswith(".xlsx") and raw.content.startswith(b"PK"),
         "text": lambda raw: raw.label.endswith(".csv"), "lock file": lambda raw: any(name.startswith("~$") for name in raw.siblings)},
    41: {"no value": lambda raw: len(re.findall(rb"<f>SUM\([^<]*</f><v></v>", _part(raw))) > 20},
    42: {"ten too high": lambda raw: sum(map(_wrong_total, raw.records)) == 1},
    43: {"sum beside parts": row(lambda r: number(r["英语（笔试）"]) and number(r["英语（笔试）"]) + number(r["英语（听力）"]) == r["英语"], 20)},
    44: {"letters": heads("语文等级", "语文校次", "档次"), "class rank": heads("班名次"), "ranks": has("班次", 5)},
    45: {"scaled": heads("化学", "化学(赋分)", "总分(物理)(赋分)"), "differs": row(lambda r: number(r["化学(赋分)"]) != number(r["化学"]), 20)},
    46: {"parent": row(lambda r: number(r["20"]) and number(r["20"]) == number(r["20(1)"]) + number(r["20(2)"]), 20),
         "subtotals": row(lambda r: number(r["得分"]) and r["得分"] == number(r["客观题"]) + number(r["主观题"]), 20)},
    47: {"no full marks": lambda raw: not any("满分" in str(c) or re.search(r"\(\d+分\)", str(c)) for c in raw.cells), "blank item": row(lambda r: number(r["得分"]) and r["1"] == "")},
    48: {"three the same": lambda raw: any(len(same) == 3 and same[0] == same[1] == same[2] for same in _repeats(raw)),
         "said": lambda raw: any("以此为准" in {r["备注"] for r in same} and same[0]["数学"] != same[1]["数学"] for same in _repeats(raw)),
         "not said": lambda raw: any({r["备注"] for r in same} == {""} and same[0]["语文"] != same[1]["语文"] for same in _repeats(raw))},
    49: {"not scanned": under("数学", "未扫"), "later": _late},
    50: {"columns": heads("科目", "成绩", "满分", "状态"), "a row a subject": lambda raw: len(_repeats(raw)) > 20 and all(len({r["科目"] for r in same}) == 5 for same in _repeats(raw))},
    51: {"merged": leaf(lambda s: any(r1 > r and c == 0 for r, c, r1, _ in s.merged)), "change": has(r".+（.+前）/.+（.+起）")},
    52: {"one name": lambda raw: len(_homes(raw, "李娜")) > 1},
    53: {"told": lambda raw: len({m for s in raw.leaves for m in re.findall(r"满分(\d+)", str(s.rows[0][0]))}) > 3, "shown": _spreads},
    54: {"columns": heads("加分", "总分（不含加分）", "区内加分"), "filled": under("加分", lambda c: number(c) > 0)},
}  # fmt: skip


def _orders(raw: Raw) -> bool:
    one, two = ([squeezed(c) for c in s.rows[s.head]] for s in raw.leaves[:2])
    return one != two and sorted(one) == sorted(two)


def _empty_column(one: Any, heading: str) -> bool:
    cells = one.rows[one.head] if one.rows else []
    return heading in cells and not any(line[cells.index(heading)] for line in one.rows[one.head + 1 :])


def _moved_up(raw: Raw) -> bool:
    grown = {r["姓名"] for r in raw.records if r["年级"] == "八年级"}
    return any(
        r.get("年级") in ("初一", "七年级") and r["姓名"] in grown for peer in raw.peers for r in peer.records
    )


def _part(raw: Raw) -> bytes:
    with zipfile.ZipFile(BytesIO(raw.content)) as packed:
        return packed.read("xl/worksheets/sheet1.xml")
