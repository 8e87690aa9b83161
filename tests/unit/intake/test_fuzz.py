"""Damaged and absurd files: no crash, no hang; every file is refused or its account balances."""

import io
import random
import zipfile
from functools import cache
from pathlib import Path

import pytest
import xlwt
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import intake
from analysis import settings as city_settings
from analysis.errors import InputError

HEAD = ["学校", "班级", "学籍号", "姓名", "语文", "数学", "英语", "总分", "备注"]
ODD = [
    "",
    " ",
    "缺考",
    "-1",
    "/",
    "1e309",
    "nan",
    "９９",
    "85分",
    "=1+1",
    "\t7",
    "以此为准",
    "零分卷",
    "0",
    "-0",
    "1,5",
    "∞",
    "姓名",
    "平均分",
    "一中",
    "A" * 500,
    "😀",
    "\ufeff",
    "'",
    '"',
]
MUTANTS = 240
OLE = b"\xd0\xcf\x11\xe0"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return city_in(tmp_path_factory.mktemp("fuzz"))


def city_in(folder: Path):
    """A settings object whose one exam reads whatever lies in its folder."""
    (folder / "sheets").mkdir()
    exam = {"id": "e1", "title": "t", "date": "2024-07-01", "grade": 7, "sheets": [{"path": "."}],
            "papers": {s: {"full_mark": 120} for s in ("chinese", "math", "english")}}  # fmt: skip
    told = {
        "city": {"code": "t", "name": "T"},
        "data": "sheets",
        "schools": [{"code": "0101", "name": "一中"}],
        "exams": [exam],
    }
    (folder / "city.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return city_settings.load(folder / "city.yaml", outputs=folder / "outputs")


def survive(city, name: str, content: bytes) -> str:
    """What became of a file: 'loaded' (its account balances, or AccountError fails the test) or 'refused'."""
    path = Path(city.data) / name
    path.write_bytes(content)
    try:
        tables = intake.load(city)
    except InputError:
        return "refused"
    finally:
        path.unlink()
    account = tables["account"]
    assert (account["cells"] == account["scores"] + account["states"] + account["issues"]).all()
    assert (
        account["rows"] == account["pupils"] + account["summaries"] + account["repeats"] + account["skipped"]
    ).all()
    paper = tables["scores"]["subject"] != "total"
    assert len(tables["scores"][paper]) <= account["cells"].sum()
    assert tables["scores"].loc[tables["scores"]["state"] == "ok", "score"].between(0, 360).all()
    return "loaded"


@cache
def seeds():
    """Sound files of every kind, to be damaged."""
    rows = [
        HEAD,
        *[
            [
                "一中",
                f"70{i % 3}",
                f"G4110002013010{i:05d}",
                f"生{i}",
                str(60 + i),
                "70",
                "80",
                str(210 + i),
                "",
            ]
            for i in range(8)
        ],
    ]
    text = "\r\n".join(",".join(row) for row in rows)
    old = xlwt.Workbook()
    sheet = old.add_sheet("S")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, float(value) if value.isdigit() and len(value) < 5 else value)
    old_stream = io.BytesIO()
    old.save(old_stream)
    page = (
        "<table>"
        + "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in rows)
        + "</table>"
    )
    new_stream = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(new_stream) as book:
        made = book.add_worksheet("S")
        for r, row in enumerate(rows):
            made.write_row(r, 0, [float(v) if v.isdigit() and len(v) < 5 else v for v in row])
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", text)
    return {
        "a.csv": text.encode("utf-8"), "b.csv": text.encode("gbk"), "c.txt": text.encode("utf-16"), "d.xlsx": new_stream.getvalue(),
        "e.html": page.encode(), "f.zip": zipped.getvalue(), "g.xls": old_stream.getvalue(),
    }  # fmt: skip


def damaged(content: bytes, luck: random.Random) -> bytes:
    """Cut, overwritten, doubled, or with a piece taken out; workbooks also inside their parts."""
    if content.startswith(b"PK") and luck.random() < 0.6:
        return _damaged_parts(content, luck)
    if content.startswith(OLE) and luck.random() < 0.6:
        return _damaged_in_place(content, luck)
    data = bytearray(content)
    for _ in range(luck.randint(1, 6)):
        at = luck.randrange(len(data) or 1)
        kind = luck.randrange(5)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            data[at : at + luck.randint(1, 8)] = luck.randbytes(luck.randint(1, 8))
        elif kind == 2:
            data[at:at] = data[at : at + luck.randint(1, 400)]
        elif kind == 3:
            del data[at : at + luck.randint(1, 200)]
        else:
            data[at:at] = luck.choice(ODD).encode("utf-8")
        data = data or bytearray(b"\0")
    return bytes(data)


def _damaged_in_place(content: bytes, luck: random.Random) -> bytes:
    """Bytes overwritten, none moved: the sectors of an old workbook still hold, and its records say absurd things."""
    data = bytearray(content)
    for _ in range(luck.randint(1, 12)):
        at = luck.randrange(512, len(data) - 4)
        data[at : at + 2] = luck.choice([b"\xff\xff", b"\0\0", b"\xff\x7f", b"\x10\0", luck.randbytes(2)])
    return bytes(data)


def _damaged_parts(content: bytes, luck: random.Random) -> bytes:
    """A sound archive with damaged XML in it: the archive's own checks do not catch that."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if luck.random() < 0.4:
                text = bytearray(part)
                for _ in range(luck.randint(1, 5)):
                    at = luck.randrange(len(text) or 1)
                    text[at : at + luck.randint(0, 4)] = luck.choice(
                        [b"9999999", b"<", b"/>", b'r="ZZZ9"', b"\xff", b"-1", b""]
                    )
                part = bytes(text)
            new.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("name", list(seeds()))
def test_damaged_files(city, name):
    luck = random.Random(f"fuzz {name}")
    share = MUTANTS // 6 if name != "g.xls" else 12  # an .xls costs a process of its own
    results = [survive(city, name, damaged(seeds()[name], luck)) for _ in range(share)]
    assert set(results) <= {"loaded", "refused"}
    assert survive(city, name, seeds()[name]) == "loaded"


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.lists(
            st.one_of(st.sampled_from(ODD), st.text(max_size=6), st.integers(-10, 1500).map(str)),
            min_size=9,
            max_size=9,
        ),
        max_size=12,
    )
)
def test_absurd_cells(city, rows):
    import csv

    text = io.StringIO()
    csv.writer(text).writerows([HEAD, ["一中", "701", "", "某", "1", "2", "3", "6", ""], *rows])
    survive(city, "a.csv", text.getvalue().encode("utf-8", "replace"))
