"""A dossier holds what its report shows: nothing else, and nothing less."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

import dossiers
from analysis.build import build
from analysis.dossier import Origin, cut, shown
from analysis.publish import site
from analysis.report import facts as facts_module
from analysis.report import report_on
from analysis.report.facts import Facts
from analysis.report.sections import school_proof

BELONGS = ("level", "unit")
"""By these a row is found; where a table has one row a unit, no section need name them."""


def all_documents(built):
    origins = {code: Origin(("a.xlsx",), "0" * 16) for code in ("", *built.results["units"]["unit"])}
    made = cut(built.settings, built.exam, built.results, origins)
    return {name: json.loads(content) for name, content in made.items()}


def documents(built):
    return {name: one for name, one in all_documents(built).items() if name != "city"}


def city_document(built):
    return all_documents(built)["city"]


@pytest.fixture(scope="module")
def sloped(built):
    """The city's document with a setting that the demo does not use: what it needs must be carried all the same."""
    model = built.settings.params.model.model_copy(update={"school_slope": True})
    asked = replace(built.settings, params=built.settings.params.model_copy(update={"model": model}))
    return city_document(replace(built, settings=asked, results=build(asked, built.exam, built.tables)))


def sections(document, language):
    report = report_on(Facts(document["meta"], document["tables"]), language)
    return {key: report.show(key).html for key in report.keys}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_made_from_all_that_a_school_may_see_is_the_same_page(built, monkeypatch, language):
    """A row that a section shows but the dossier leaves out would be seen here."""
    cut_down = documents(built)
    monkeypatch.setattr(shown, "of_school", lambda tables, *_: tables)
    everything = documents(built)
    assert len(cut_down) == len(everything) > 5
    for name, document in everything.items():
        assert set(document["tables"]) >= set(cut_down[name]["tables"])
        assert sections(document, language) == sections(cut_down[name], language), name


class Noticed(SimpleNamespace):
    """A row that tells what is read of it."""

    def __getattribute__(self, name):
        if not name.startswith("_"):
            READ.add((TABLE_OF[id(self)], name))
        return super().__getattribute__(name)


TABLE_OF: dict[int, str] = {}
READ: set[tuple[str, str]] = set()


def noticing(self, table):
    if table not in self._rows:
        content = self.tables.get(table, {"columns": [], "rows": []})
        rows = [Noticed(**dict(zip(content["columns"], row, strict=True))) for row in content["rows"]]
        TABLE_OF.update({id(row): table for row in rows})
        self._rows[table] = rows
    return self._rows[table]


def asked(self, table, *columns):
    READ.update((table, column) for column in columns)
    return INDEX(self, table, *columns)


INDEX = facts_module.Facts._index


def every_finding():
    """A school with every judgement found and every finding whose proof needs more than its own row."""
    facts = dossiers.school()
    for row in (content := facts.tables["judgements"])["rows"]:
        row[content["columns"].index("status")] = "found"
    item = Facts(facts.meta, facts.tables).rows("item_quality", level="city")[0]
    columns, rows = (facts.tables["advice"][part] for part in ("columns", "rows"))
    for finding in school_proof.SPECIAL:
        case = {"finding": finding, "subject": item.subject, "target": item.item}
        rows.append([case.get(column, value) for column, value in zip(columns, rows[0], strict=True)])
    return facts


def unread(facts, carried, monkeypatch):
    """Columns that no section reads of any of the dossiers."""
    monkeypatch.setattr(Facts, "_all", noticing)
    monkeypatch.setattr(Facts, "_index", asked)
    READ.clear()
    for one in facts:
        report = report_on(one, "zh")
        for key in report.keys:
            report.show(key)
    columns = {(table, column) for table, names in carried.items() for column in names.split()}
    return {(table, column) for table, column in columns - READ if column not in BELONGS}


def test_every_column_of_a_school_is_read_by_some_section(built, monkeypatch):
    kept = [Facts(one["meta"], one["tables"]) for one in documents(built).values()]
    made = (every_finding(), dossiers.plain(), dossiers.unlinked(), dossiers.tiny())
    carried = {table: part.columns for table, part in shown.SCHOOL.items()}
    assert unread((*kept, *made), carried, monkeypatch) == set()


def test_every_column_of_the_city_is_read_by_some_section(built, sloped, monkeypatch):
    kept = [Facts(one["meta"], one["tables"]) for one in (city_document(built), sloped)]
    made = (*kept, dossiers.city(), dossiers.plain("city"))
    carried = {table: part.columns for table, part in shown.CITY.items()}
    assert unread(made, carried, monkeypatch) == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_city_page_made_from_all_that_the_bureau_may_see_is_the_same_page(built, monkeypatch, language):
    """A section or the index that reads what the dossier does not carry would be seen here."""
    cut_down = city_document(built)
    monkeypatch.setattr(shown, "of_city", lambda tables: tables)
    everything = city_document(built)
    assert sections(everything, language) == sections(cut_down, language)
    schools = [row["unit"] for row in site._rows(everything, "units") if row["level"] == "school"]
    lines = [
        site.lines_of(one, [f"school-{code}" for code in schools], set()) for one in (everything, cut_down)
    ]
    assert len(lines[0]) == len(schools) > 5 and lines[0] == lines[1]


def test_slopes_of_the_schools_reach_the_page(built, sloped):
    finding = report_on(Facts(sloped["meta"], sloped["tables"]), "en").words("city.slopes.finding")
    assert finding in sections(sloped, "en")["progress"]
    assert finding not in sections(city_document(built), "en")["progress"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_exam_without_any_score_has_pages_all_the_same(built, language):
    """Nobody sat: every table but those of units and data problems is empty."""
    left = ("units", "participation", "policy", "issues_summary")
    empty = {name: rows if name in left else rows.iloc[:0] for name, rows in built.results.items()}
    found = all_documents(replace(built, results=empty))
    assert len(found) > 5
    for document in found.values():
        assert all(sections(document, language).values())


def test_a_dossier_of_the_demo_is_small(built):
    """Seven papers with items are below 120 kB; two papers must be far below."""
    assert max(len(json.dumps(document)) for document in documents(built).values()) < 60_000
