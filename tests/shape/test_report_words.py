"""The words of the reports: complete in every language, all used, all printable, none of them in Python."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, nodes
from measure_words import content, target

from analysis.report.words import LOCALE, ONE, languages, texts

REPORT = LOCALE.parent
PYTHON = sorted(REPORT.rglob("*.py"))
TEMPLATES = sorted((REPORT / "templates").glob("*.j2"))
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff01-\uff60]")
SHORTEST_PREFIX = 3
"""A computed key must begin with at least so many letters, or it would excuse every unused key."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", [lang for lang in languages() if lang != "zh"])
def test_every_language_has_the_keys_and_placeholders_of_chinese(language):
    mine, chinese = texts(language), texts("zh")
    assert mine.keys() == chinese.keys()
    assert {k for k in chinese if placeholders(mine[k]) != placeholders(chinese[k])} == set()


@pytest.mark.parametrize("language", languages())
def test_every_text_is_a_text(language):
    assert {k for k, text in texts(language).items() if not isinstance(text, str)} == set()


@pytest.mark.parametrize("language", languages())
def test_no_key_is_given_twice_in_one_file(language):
    for path in (LOCALE / language).glob("*.yaml"):
        keys = [key.value for key, _ in yaml.compose(path.read_text(encoding="utf-8")).value]
        assert {k for k in keys if keys.count(k) > 1} == set(), path.name


def used_by_python(path: Path) -> tuple[set[str], set[str]]:
    """String constants, and computed strings as regular expressions."""
    exact, patterns = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            exact.add(node.value)
            if re.fullmatch(r"[a-z_.]+\.", node.value):
                patterns.add(re.escape(node.value) + ".+")
        elif isinstance(node, ast.JoinedStr):
            parts = [re.escape(v.value) if isinstance(v, ast.Constant) else ".+" for v in node.values]
            if len(parts[0]) >= SHORTEST_PREFIX and parts[0] != ".+":
                patterns.add("".join(parts))
    return exact, patterns


def used_by_template(path: Path) -> tuple[set[str], set[str]]:
    text = path.read_text(encoding="utf-8")
    quoted = set(re.findall(r"""["']([a-z][\w.]*)["']""", text))
    return quoted, {re.escape(q) + ".+" for q in quoted if q.endswith(".")}


def test_no_key_is_unused():
    found = [
        *map(used_by_python, REPORT.parent.rglob("*.py")),
        *map(used_by_template, REPORT.parent.rglob("*.j2")),
    ]
    exact = set().union(*(e for e, _ in found))
    pattern = re.compile("|".join(sorted(set().union(*(p for _, p in found)))))
    asked = {k: k.removeprefix(ONE) for k in texts("zh")}
    assert {k for k, key in asked.items() if key not in exact and not pattern.fullmatch(key)} == set()


def calls_in_python(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Key and names given of every `words("key", name=…)` whose key stands there in full."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and node.args) or any(k.arg is None for k in node.keywords):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ("words", "within"):
            for key in keys_of(node.args[0]):
                yield key, {k.arg for k in node.keywords if k.arg}


def keys_of(node: ast.expr) -> Iterator[str]:
    """The keys that an expression can be, as far as they are written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from keys_of(node.body)
        yield from keys_of(node.orelse)


def calls_in_template(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The same of a template."""
    for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
        if getattr(call.node, "name", "") == "words" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value, {k.key for k in call.kwargs}


def test_every_sentence_is_given_what_it_asks_for():
    """A sentence that is seldom said must not fail on the day it is."""
    calls = [(p.name, *c) for p in REPORT.parent.rglob("*.py") for c in calls_in_python(p)]
    calls += [(p.name, *c) for p in REPORT.parent.rglob("*.j2") for c in calls_in_template(p)]
    assert len(calls) > 500
    known = {key: placeholders(text) for key, text in texts("zh").items()}
    lacking = [(name, key, asked) for name, key, given in calls if (asked := known.get(key, set()) - given)]
    assert lacking == []


def test_no_words_in_python():
    """Python decides, templates and locale speak: no Chinese in the report's code beside comments and docstrings."""
    for path in PYTHON:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        said = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docs
            and len(CJK.findall(node.value)) > 1
        ]
        assert said == [], path.name


def test_no_words_in_templates():
    for path in TEMPLATES:
        assert CJK.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_no_thresholds_in_templates():
    """Numbers are compared in Python; a template may only ask whether there is one or more of a thing."""
    for path in TEMPLATES:
        inside = re.findall(r"{%.*?%}", path.read_text(encoding="utf-8"))
        assert [tag for tag in inside if re.search(r"[<>]=?\s*-?\d*\.?\d*[2-9.]", tag)] == [], path.name


@pytest.mark.parametrize("language", languages())
def test_every_character_is_in_the_shipped_font(language):
    manimgx = pytest.importorskip("manimgx_fonts_cjk")
    from fontTools.ttLib import TTCollection

    font = next(Path(manimgx.__file__).parent.glob("*.tt*"))
    known = TTCollection(str(font), lazy=True).fonts[0].getBestCmap().keys()
    joiner = "\u2060"  # has no shape
    characters = set("".join(texts(language).values())) | set("−～—\u00a0")
    assert {c for c in characters if ord(c) not in known} <= {joiner}


@pytest.mark.parametrize("language", languages())
def test_measures_are_those_of_the_rules(language):
    assert yaml.safe_load(target(language).read_text(encoding="utf-8")) == content(language)


def test_texts_hold_no_mark_up():
    for language in languages():
        assert {k for k, text in texts(language).items() if re.search(r"</?\w|&\w+;", text)} == set()


@pytest.mark.parametrize("language", languages())
def test_words_for_one_school_take_the_place_of_words_that_are_there(language):
    known = texts(language)
    own = {key.removeprefix(ONE): text for key, text in known.items() if key.startswith(ONE)}
    assert {key for key in own if key not in known} == set()
    assert {key for key, text in own.items() if not placeholders(text) <= placeholders(known[key])} == set()
