"""Formats and encodings by content; and files that must cost nothing."""

import base64
import gzip
import io
import tracemalloc
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from analysis.errors import InputError
from analysis.intake import biff, files
from analysis.params import Limits
from analysis.workbook.sheet import Refusal, Sheet, address

HEAD = ["学校", "班级", "姓名", "语文", "数学", "英语"]
ROW = ["一中", "701", "甲一", "1", "2", "3"]
PAGE = "<html><body><table><tr>{}</tr><tr>{}</tr></table></body></html>".format(
    *("".join(f"<td>{v}</td>" for v in r) for r in (HEAD, ROW))
)


def text(rows, sign="\t"):
    return "\r\n".join(sign.join(row) for row in rows)


def old_book(last=None):
    """Two rows in an .xls, and a cell at `last` (row, column)."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    if last:
        sheet.write(*last, 1)
    for r, row in enumerate((HEAD, ROW)):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return stream.getvalue()


def workbook(sheet_xml, before="", n=1):
    """An .xlsx whose sheets say things that no program would write."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for _ in range(n):
            book.add_worksheet()
    made = {}
    with zipfile.ZipFile(stream) as book:
        for name in book.namelist():
            made[name] = book.read(name)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    head = f'<?xml version="1.0" encoding="UTF-8"?>{before}'
    for number in range(1, n + 1):
        made[f"xl/worksheets/sheet{number}.xml"] = (
            f"{head}<worksheet {space}><sheetData>{sheet_xml}</sheetData></worksheet>".encode()
        )
    return archive(made)


def read(tmp_path: Path, name: str, content: bytes, **limits):
    path = tmp_path / name
    path.write_bytes(content)
    return files.read(path, Limits(**limits))


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("sign", ["\t", ",", ";"])
def test_text_in_any_encoding_and_delimiter(tmp_path, encoding, sign):
    (sheet,) = read(tmp_path, "a.txt", text([HEAD, ROW], sign).encode(encoding))
    assert sheet.rows == [HEAD, ROW]


def test_rare_letters_survive_gb18030(tmp_path):
    (sheet,) = read(tmp_path, "a.csv", "姓名,数学\r\n王䶮,1\r\n李㛃,2".encode("gb18030"))
    assert [row[0] for row in sheet.rows] == ["姓名", "王䶮", "李㛃"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xls", PAGE.encode("gbk")),
        ("a.csv", old_book()),
        ("a.txt", text([HEAD, ROW]).encode()),
        ("a.dat", gzip.compress(text([HEAD, ROW]).encode(), mtime=0)),
    ],
)
def test_the_content_decides_not_the_ending(tmp_path, name, content):
    (sheet,) = read(tmp_path, name, content)
    assert [str(v) for v in sheet.rows[1]] == ROW


def test_archives_of_books_lock_files_and_chinese_names(tmp_path):
    content = archive(
        {"一中/七年级.xls": old_book(), "~$七年级.xlsx": b"x", "b.csv": text([HEAD, ROW], ",").encode()}
    )
    pieces = read(tmp_path, "a.zip", content)
    assert [(p.file, type(p)) for p in pieces] == [
        ("a.zip/一中/七年级.xls", Sheet),
        ("a.zip/~$七年级.xlsx", Refusal),
        ("a.zip/b.csv", Sheet),
    ]


def test_members_named_in_gbk(tmp_path):
    content = archive({"x.csv": text([HEAD, ROW], ",").encode()}).replace(
        b"x.csv", "一".encode("gbk") + b"csv"
    )
    (sheet,) = read(tmp_path, "a.zip", content)
    assert sheet.file == "a.zip/一csv"


def test_sheet_names_as_paths_stay_names(tmp_path):
    (sheet,) = read(tmp_path, "a.zip", archive({"../../etc/x.csv": text([HEAD, ROW], ",").encode()}))
    assert sheet.file == "a.zip/../../etc/x.csv" and not (tmp_path.parent / "etc").exists()


def test_a_missing_file_is_one_message(tmp_path):
    with pytest.raises(InputError, match=r"No score sheet at nothing\*"):
        files.find("nothing*", tmp_path)


@cache
def hostile():
    bomb = archive({"a.csv": b"0" * 50_000_000})
    lying = bytearray(archive({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"1" * 5000}))
    at = lying.rfind((5000).to_bytes(4, "little"))
    lying[at : at + 4] = (10).to_bytes(4, "little")
    nested = archive({"a.csv": b"1,2"})
    for _ in range(4):
        nested = archive({"a.zip": nested})
    entity = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>'
    return {
        "bomb.zip": (bomb, {"packed_too_tightly"}),
        "lying.xlsx": (bytes(lying), {"damaged"}),
        "nested.zip": (nested, {"nested_archive"}),
        "entity.xlsx": (workbook("", entity), {"entities"}),
        "far.xlsx": (workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), {"too_many_columns"}),
        "long_sheet.xlsx": (workbook("".join(f'<row r="{r}"><c r="ZZ{r}"><v>1</v></c></row>' for r in (1, 1048576))), {"too_many_cells"}),
        "long_sheet.xls": (old_book((65_535, 255)), {"too_many_cells"}),
        "sheets.xlsx": (workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="100000"><c r="J100000"><v>1</v></c></row>', n=9), {"too_many_cells"}),
        "long_cell.xlsx": (workbook(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 300_000}</t></is></c></row>'), {"long_cell"}),
        "long_cell.csv": (b"a,b\r\n" + b"x" * 300_000, {"long_cell"}),
        "gzip.csv.gz": (gzip.compress(b"0" * 60_000_000, mtime=0), {"packed_too_tightly"}),
        "many.zip": (archive({f"{i}.csv": b"1" for i in range(2100)}), {"too_many_members"}),
        "nul.csv": ("姓名,数学\r\n甲\0,1".encode(), {"nul_bytes"}),
        "cut.xlsx": (workbook('<row r="1"><c r="A1"><v>1</v></c></row>')[:400], {"damaged"}),
        "cut.xls": (old_book()[:1500], {"damaged"}),
        "no.pdf": (b"%PDF-1.7 ...", {"unknown_format"}),
        "empty.csv": (b"", {"empty"}),
        "wide.csv": (b",".join([b"1"] * 5000), {"too_many_columns"}),
        "span.html": (b"<table><tr><td colspan=999 rowspan=999>1</td>" + b"<td colspan=900>1</td>" * 3 + b"</tr></table>", {"too_many_columns"}),
        "noise.xlsx": (b"PK\x03\x04" + bytes(range(256)) * 20, {"damaged"}),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_hostile_files_are_refused_with_a_reason(tmp_path, name):
    content, expected = hostile()[name]
    pieces = read(tmp_path, name, content)
    assert {p.code for p in pieces if isinstance(p, Refusal)} == expected


@pytest.mark.parametrize("name", ["bomb.zip", "gzip.csv.gz", "far.xlsx"])
def test_refusing_costs_little_memory(tmp_path, name):
    content, _ = hostile()[name]
    tracemalloc.start()
    read(tmp_path, name, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


def test_a_million_empty_styled_columns_cost_nothing(tmp_path):
    cells = "".join(f'<c r="{address(0, c)}" s="1"/>' for c in range(16_384))
    rows = "".join(
        f'<row r="{r}">{cells.replace("1" + chr(34) + " s", f"{r}" + chr(34) + " s")}</row>'
        for r in range(2, 22)
    )
    (sheet,) = read(tmp_path, "a.xlsx", workbook(f'<row r="1"><c r="A1"><v>1</v></c></row>{rows}'))
    assert sheet.rows == [[1]]


def test_formulas_without_values_are_holes(tmp_path):
    xml = '<row r="1"><c r="A1"><f>SUM(B1:C1)</f></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1"><f>1</f><v/></c></row>'
    (sheet,) = read(tmp_path, "a.xlsx", workbook(xml))
    assert sheet.holes == {(0, 0), (0, 2)}


def test_limits_are_settings(tmp_path):
    (refused,) = read(tmp_path, "a.csv", text([HEAD, ROW], ",").encode(), columns=3)
    assert refused.code == "too_many_columns"
    (refused,) = read(tmp_path, "a.csv", text([HEAD, ROW], ",").encode(), file_bytes=10)
    assert refused.code == "too_large"


def test_encrypted_books_say_so(tmp_path):
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 512
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 512
    )
    (refused,) = read(tmp_path, "a.xlsx", content)
    assert refused.code == "encrypted"


SHORT = (
    "eNrtV11oXFUQnnN39+7dzc/epPlp2iaurUnTJJVqH4xIzbZJqwVLQhu12oIm6aam3SYlTUDBn21rHwQLShFRClLIiygaERSp4ObN"
    "h4piKf48pfok+rAVRQtJrt/MPTe7WXdhN4aCmtmde86dOefM3DM/Z85XX1bNXvpg3XXKgfvIRwtOiMwsmgJa3otNZGjaguM4HtlZ"
    "hX8VzOuWbeiH/QJAtnlQ2zWk21X4b8J+GsNvgqK0m0bRjtMzVArUwWOy1ytmzkKR44qFVfnLl8/5m/O4D5gb/5zrOf7DwDJgObAC"
    "WAmMuEcAVQGrgWuANcBa8QmieuBaYANwHXA9cAOwEdikdYjqlnET+nfo95bVnHPLIGTBimaALldcYZOL7a/DI6b9M+IXPwAP00n2"
    "je6BxFD0VsEu0WFAsQ4pOOkO9BRdBLWS3hfqp/LcId4HiFG0U3v0QSMmup+X50Z5VhLP/1jmfC+Uu+CXn3P0vPCKcucF1E7kvxEa"
    "oMTfuLSC3JZsLlQpUz0Up2PgPkKTyMQH0BulU9TkL6cpjsQH4qPx8YHErETYFP0ukeNBKsp0XkrovxVHN0qk0/+OPoW9y7fP7e74"
    "dC59SwF6RwF6WwF6KC894OnzZwE95zL0CwaiNUkOt3bSJ21V0pS2OumXdk0yKG1NMuA8KbF1DpKv+N1IOPAyAl7hN6MsIFH/eUU/"
    "0+Oc9tP7RYyZ5vTOecG7BmTjdipLc2B+hkPEotMKx4iVUjE8Y9R0w3YPEgsHioWDwvoDZ8mcdj4X1dXHKvqhwN2TDo4fi17zu8fP"
    "kFULzBilVrcGn1FuLrOX5LJyLHYEavMXVsniNpabe/vG1/sG+7qeEHoyc6uhZt47cug0ODP+NpnRLs8zMrYG8YgRLd0tfbWL3T1n"
    "hfeijGvBatsFrnZtzuq3or/12zP4/9i1BX3z0HTg0PQ3XZeQoULQUcnvLHWoDvXmGwyfdHmtooextkXPySaQeqksor+70m3kyXtg"
    "GbbOgvqIVxGhKeFnaPMy2ttAflPypmTfGkSXWqzbJvWFO81HO8NgrgXLEGZ9FtOgDfUuzye8yFJexOX5hRdcygu6AgP5BT5vsG4m"
    "mJfLSIsPosZQomtmmUZlorpQ2KW6HBFBalJcdJgmbZIAq9PGboq5bQU182pmykw1YPt+oT72mPSDrrekLe3UbO0I+dLbpP7xp1uF"
    "HkrbeWosg8Iyj+dwTXW/UU0fme5BlYFGXi9TiDEcRUQctbIXUl5dF84jR6FS8oXdGtC2XD9Iuaw9XHPtGxkaHzs1NjwR3f30UDwR"
    "vfeerf0Dg/FEIi7hsWtkeLjzn9SeynO+ZcKCQ+JOedal2XNv/Xqz9yn7nVctat/84Xe878/quGZ+p65PY3pvHtJ16kFdqx7R9epJ"
    "HSE/zbu1J/e35ViimH4p+ksau/bFtYt3rrcvvA79O26+18OVQA7tsK6TvcRpZ+laiL6SsJL3P9EzxwfzzWGPT4Xc/qOQPk7HaVD0"
    "OF6y/tXYFUPfXZwS7lXTQc/PuiH3BHykFzocW5Z8X9YdrJg5twH3Lvp5L2rC+LLtF4b8Uu9/t+u7mlSmqDYn8f0nUHOy7ffCC4bF"
    "JkyZQM06BkphaNXyAyXs/0bgu4vyeyBhSHSIiweWpk/nMr6/GTixev8X+Au8aCcN"
)
"""An .xls of LibreOffice with errors in B2:E2, F2, I2; its one stream is so short that it lies in small sectors."""


def test_errors_in_the_small_sectors_of_an_old_workbook():
    content = zlib.decompress(base64.b64decode(SHORT))
    holes = frozenset((1, column) for column in (1, 2, 3, 4, 5, 8))
    assert biff.outlines(content) == [biff.Outline(2, 10, holes)]
    for cut in range(0, len(content), 97):
        assert len(biff.outlines(content[:cut])) <= 1
