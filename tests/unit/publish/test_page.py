"""A page is one file without script or outside reference, with its contents and its verification code."""

import re

import pytest

from analysis.publish import imports

imports.skip_slow_grammar()

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from analysis.publish import page  # noqa: E402

CHROME = page.Chrome(
    lang="zh-CN", title="<甲> & 乙", unit="甲<b>", exam="一模", skip="跳", contents="目录", foot="脚",
    code_label="校验码 ", code_hint="提示",
)  # fmt: skip


def shown(html, identity):
    result = new_output(
        "execute_result", data={"text/html": html, "text/plain": "Shown()"}, execution_count=1
    )
    return new_code_cell("report.show()", id=identity, outputs=[result])


def section(key, number, title, body=""):
    return (
        f'<section id="{key}" class="s"><div class="head"><h2 id="h-{key}"><span class="no">{number}</span>'
        f'<span>{title}</span><span class="tag">镇办</span></h2></div>{body}</section>'
    )


def notebook():
    return new_notebook(
        cells=[
            new_markdown_cell("# the analyst's own note", id="m"),
            new_code_cell("zz_in = 1", id="p"),
            shown("<header><h1>甲校</h1></header>", "cover"),
            shown(section("summary", 1, "总体 &amp; 结论", '<svg viewBox="0 0 9 9"></svg>'), "summary"),
            shown(section("data", 2, "数据"), "data"),
            new_code_cell("print(1)", id="s", outputs=[new_output("stream", text="zz-out")]),
        ]
    )


@pytest.fixture
def made():
    return page.make(notebook(), CHROME)


def test_same_notebook_same_bytes(made):
    assert page.make(notebook(), CHROME) == made


def test_only_what_the_sections_show_is_on_the_page(made):
    text = made.decode()
    assert "analyst" not in text and "zz_in" not in text and "zz-out" not in text
    assert text.count("<h1") == 1
    assert 'viewBox="0 0 9 9"' in text  # not in lower case
    assert "&lt;甲&gt; &amp; 乙" in text and "甲<b>" not in text


def test_the_contents_follow_the_headings_and_stand_after_the_first_section(made):
    text = made.decode()
    assert re.findall(r'<li><a href="#(\w+)"><i>(\d)</i>(.*?)</a>', text) == [
        ("summary", "1", "总体 &amp; 结论"),
        ("data", "2", "数据"),
    ]
    places = [
        text.index(mark)
        for mark in ("<header>", "<main>", 'id="summary"', "<nav", 'id="data"', "</main>", "<footer")
    ]
    assert places == sorted(places)


def test_the_page_may_load_nothing(made):
    text = made.decode()
    assert "<script" not in text and "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text and "script-src" not in text
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    assert not re.search(r"url\((?!data:)", text) and "@import" not in text


def test_the_code_is_that_of_the_page_without_it(made):
    assert page.code_in(made) == page.code_of(made)[:12]
    assert page.code_of(made.replace("甲校".encode(), "乙校".encode())) != page.code_of(made)
    forged = re.sub(rb'(verification-code">)[0-9a-f]+', rb"\g<1>000000000000", made)
    assert page.code_of(forged) == page.code_of(made) and page.code_in(forged) != page.code_in(made)


def test_a_notebook_without_sections_still_makes_a_whole_page():
    plain = new_notebook(cells=[new_code_cell("1", id="a"), shown("<p>x</p>", "b")])
    text = page.make(plain, CHROME).decode()
    assert text.index("<main>") < text.index("<p>x</p>") < text.index("</main>")
