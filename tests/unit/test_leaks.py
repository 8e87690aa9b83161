"""The search for names that the privacy journey rests on finds what it must."""

import leaks


def test_names_of_other_schools_are_found_and_own_ones_spared(tmp_path):
    page = tmp_path / "school-1.html"
    page.write_text("<style>.乙校{}</style><p title='丙校'>青山第一中学</p>", encoding="utf-8")
    schools = {"1": ["青山第一中学"], "2": ["乙校"], "3": ["丙校"], "4": ["第一中学"], "5": ["丁校"]}
    assert {leak.name for leak in leaks.other_schools([page], "1", schools)} == {"乙校", "丙校"}
    page.write_text("<p>青山第一中学</p>", encoding="utf-8")
    assert list(leaks.other_schools([page], "1", schools)) == []


def test_names_split_by_tags_or_written_as_codes_are_found(tmp_path):
    page, book = tmp_path / "a.html", tmp_path / "a.ipynb"
    page.write_text("<b>李</b>小明 &#24352;三", encoding="utf-8")
    book.write_text('{"cells": [{"text": "\\u5f20\\u4e09"}]}')
    assert {(leak.file, leak.name) for leak in leaks.pupils([page, book], ["李小明", "张三", "王五"])} == {
        ("a.html", "李小明"),
        ("a.html", "张三"),
        ("a.ipynb", "张三"),
    }
