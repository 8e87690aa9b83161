"""The problem list for people: a workbook and a page, worst first; and the summary that `quality check` prints."""

import html
import io
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.intake.issues import catalogue
from analysis.terms import TOTAL, Severity

_OPEN = (Severity.error.value, Severity.question.value)
_FILLS = {Severity.error.value: "#F6D5C4", Severity.question.value: "#D6E4F5"}
"""Light enough for black letters, and told apart in a grey print by their words."""
_WIDTHS = {"number": 6, "severity": 9, "exam": 11, "file": 30, "sheet": 13, "cell": 15, "school": 18, "class": 7, "subject": 11,
           "read": 26, "what": 40, "assumed": 12, "todo": 46, "n": 7}  # fmt: skip
_ELSEWHERE = ("not_in_subject_sheet", "same_name", "number_twice", "number_names_differ")
"""Codes of which what was read is a list of other rows: sheet and row number."""
_ROW = re.compile(r" (\d+)(?=,|$)")


@cache
def words(language: str) -> Mapping[str, Any]:
    """problems.yaml in one language."""
    table = yaml.safe_load(Path(__file__).with_name("problems.yaml").read_text("utf-8"))
    return dict(table[language])


def listing(tables: Mapping[str, pd.DataFrame], language: str) -> pd.DataFrame:
    """The data issues in words, worst first and the most frequent kinds before the rare ones."""
    issues = tables["data_issues"].copy()
    weight = issues.groupby(["severity", "code"])["n"].transform("sum")
    rank = issues["severity"].map({s.value: i for i, s in enumerate(Severity)})
    issues = issues.assign(rank=rank, weight=-weight).sort_values(["rank", "weight", "code"], kind="stable")
    said = catalogue()
    papers = tables["papers"].drop_duplicates("subject").set_index("subject")["name"]
    schools = tables["schools"].set_index("school")["name"]
    reasons, states = words(language)["reasons"], words(language)["states"]
    issues["what"] = [said[code][language]["what"] for code in issues["code"]]
    issues["todo"] = [said[code][language]["todo"] for code in issues["code"]]
    total = {TOTAL: words(language)["roles"]["total"]}
    issues["subject"] = [papers.get(code, total.get(code, code)) for code in issues["subject"]]
    issues["school"] = [schools.get(code, code) for code in issues["school"]]
    issues["read"] = [reasons.get(text.split(" ")[0], text) if text else "" for text in issues["read"]]
    for column in ("read", "assumed"):
        issues[column] = [" / ".join(states.get(t, t) for t in text.split(" / ")) for text in issues[column]]
    row = words(language)["row"]
    issues["cell"] = [_place(text, row) for text in issues["cell"]]
    issues["read"] = [
        _ROW.sub(lambda found: " " + row.format(n=found[1]), text) if code in _ELSEWHERE else text
        for code, text in zip(issues["code"], issues["read"], strict=True)
    ]
    issues["number"] = range(1, len(issues) + 1)
    return issues[[*words(language)["columns"], "code"]].reset_index(drop=True)


def _place(cells: str, row: str) -> str:
    """Cell addresses as they are; bare row numbers said to be rows."""
    return row.format(n=cells) if cells[:1].isdigit() else cells


def places(issues: pd.DataFrame) -> dict[str, int]:
    """Severity → places (cells, rows, columns) in the sheets that the data issues speak of; the pages count the same."""
    return {str(severity): int(n) for severity, n in issues.groupby("severity")["n"].sum().items()}


def summary(tables: Mapping[str, pd.DataFrame], language: str) -> list[str]:
    """Lines for the terminal: what was read, that the account balances, and how much is open."""
    said, account = words(language), tables["account"]
    sums = {name: int(account[name].sum()) for name in ("pupils", "cells", "scores", "states", "issues")}
    counts = places(tables["data_issues"])
    lines = [
        said["summary"].format(sheets=int((account["kind"] != "skipped").sum()), **sums),
        said["balance"],
        said["open"].format(**{s.value: counts.get(s.value, 0) for s in Severity}),
    ]
    lines += [
        said["kind"].format(severity=said["severities"][row.severity], what=row.what, places=said["places"].format(n=row.n))
        for row in _by_kind(listing(tables, language)).itertuples() if row.severity in _OPEN
    ]  # fmt: skip
    return lines


def _by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(["severity", "code", "what", "todo"], sort=False)["n"].sum().reset_index()


def files(tables: Mapping[str, pd.DataFrame], language: str) -> dict[str, bytes]:
    """problems.xlsx and problems.html: name → content."""
    rows = listing(tables, language)
    return {
        "problems.xlsx": _workbook(rows, tables, language),
        "problems.html": _page(rows, tables, language).encode(),
    }


def _workbook(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], language: str) -> bytes:
    """Cells are written as text or numbers, never as formulas."""
    import xlsxwriter

    said = words(language)
    is_open = rows["severity"].isin(_OPEN)
    shown = rows.assign(severity=rows["severity"].map(said["severities"])).drop(columns="code")
    account = tables["account"][list(said["account"])].copy()
    account["kind"] = account["kind"].map(said["kinds"])
    account["reason"] = [said["reasons"].get(text, text) for text in account["reason"]]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # the same problems, the same bytes
        head = book.add_format(
            {
                "bold": True,
                "bg_color": "#E8ECF1",
                "text_wrap": True,
                "valign": "top",
                "border": 1,
                "border_color": "#C5CCD6",
            }
        )
        plain = {"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": "#D5DBE3"}
        cell = book.add_format(plain)
        fills = {
            said["severities"][name]: book.add_format({**plain, "bold": True, "bg_color": colour})
            for name, colour in _FILLS.items()
        }
        kinds = _by_kind(rows).assign(severity=lambda kind: kind["severity"].map(said["severities"]))
        headings = {name: said["columns"][name] for name in ("severity", "what", "n", "todo")}
        for title, listed, columns in (
            (said["sheet_kinds"], kinds, headings),
            (said["sheet_open"], shown[is_open], said["columns"]),
            (said["sheet_notes"], shown[~is_open], said["columns"]),
            (said["sheet_account"], account, said["account"]),
        ):
            _sheet(book.add_worksheet(title), listed, columns, (head, cell, fills))
    return stream.getvalue()


def _sheet(
    sheet: Any, rows: pd.DataFrame, headings: Mapping[str, str], formats: tuple[Any, Any, Mapping[str, Any]]
) -> None:
    """One table with a frozen head that comes again on each printed page; what weighs most is filled."""
    head, cell, fills = formats
    for column, (name, heading) in enumerate(headings.items()):
        sheet.set_column(column, column, _WIDTHS.get(name, 12))
        sheet.write_string(0, column, heading, head)
        for row, value in enumerate(rows[name].tolist(), 1):
            if isinstance(value, str):
                sheet.write_string(row, column, value, fills.get(value, cell) if name == "severity" else cell)
            else:
                sheet.write_number(row, column, value, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.6)
    sheet.set_footer("&C&P / &N")
    sheet.fit_to_pages(1, 0)


_STYLE = """
body{font-family:"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;color:#1d2733;line-height:1.6}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:2rem 0 .3rem;border-bottom:2px solid #d5dbe3;padding-bottom:.2rem}
.todo{color:#445}h2 .n{color:#5a6675;font-weight:normal;font-size:.9rem}h2.error{border-color:#b4541a}h2.question{border-color:#2c5f9e}
table{border-collapse:collapse;width:100%;font-size:.85rem}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #e3e7ec;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f5f8}td.n{text-align:right;font-variant-numeric:tabular-nums}.frame{overflow-x:auto}
th{white-space:nowrap}td.file,td.sheet,td.school,td.cell{min-width:7rem}td.read{min-width:8rem;max-width:20rem}th.n{text-align:right}
td.exam,td.class,td.n{white-space:nowrap;overflow-wrap:normal}
.kinds td{padding:.15rem .5rem}.kinds a{color:inherit;text-decoration-color:#9aa7b5}.kinds td.severity{white-space:nowrap;font-weight:600}
.kinds td.error{background:#f6d5c4}.kinds td.question{background:#d6e4f5}
@media(max-width:700px){.frame table,.frame tbody,.frame tr{display:block}.frame thead{display:none}.frame tr{padding:.4rem 0;border-bottom:1px solid #e3e7ec}
.frame td{display:inline;border:0;padding:0 .6rem 0 0}.frame td:empty{display:none}.frame td.file{display:block}
.frame td:not(.file)::before{content:attr(data-head);display:inline-block;margin-right:.3em;color:#5a6675}}
""".strip()


def _page(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], language: str) -> str:
    """One page without scripts: every kind of problem with what to do, then its places."""
    said = words(language)
    parts = [f"<p>{html.escape(line)}</p>" for line in summary(tables, language)[:3]]
    if rows["severity"].isin(_OPEN).any():
        parts.append(f"<p>{html.escape(said['howto'])}</p>")
    else:
        parts.append(f"<p>{html.escape(said['none'])}</p>")
    parts.append(_overview(_by_kind(rows), said))
    for (_, code, *_), places in rows.groupby(["severity", "code", "what", "todo"], sort=False):
        severity, what, todo = (str(places[name].iloc[0]) for name in ("severity", "what", "todo"))
        count = said["places"].format(n=int(places["n"].sum()))
        title = (
            f"{said['severities'][severity]}：{what}"
            if language == "zh"
            else f"{said['severities'][severity]}: {what}"
        )
        parts.append(
            f'<section id="{code}"><h2 class="{severity}">{html.escape(title)} <span class="n">{count}</span></h2>'
        )
        parts.append(f'<p class="todo">{html.escape(todo)}</p>{_places(places, said)}</section>')
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(said['title'])}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{html.escape(said['title'])}</h1>{''.join(parts)}</body></html>\n"
    )


def _overview(kinds: pd.DataFrame, said: Mapping[str, Any]) -> str:
    """Every kind of problem on a line, with its weight and the way to its places."""
    lines = "".join(
        f'<tr><td class="severity {kind["severity"]}">{html.escape(said["severities"][kind["severity"]])}</td>'
        f'<td><a href="#{kind["code"]}">{html.escape(kind["what"])}</a></td>'
        f'<td class="n">{html.escape(said["places"].format(n=kind["n"]))}</td></tr>'
        for kind in kinds.to_dict("records")
    )
    return f'<table class="kinds"><tbody>{lines}</tbody></table>' if lines else ""


def _places(places: pd.DataFrame, said: Mapping[str, Any]) -> str:
    """A table of the places of one kind of problem; columns that say nothing of any are left out."""
    names = [
        n
        for n in ("file", "exam", "sheet", "cell", "school", "class", "subject", "read", "assumed", "n")
        if not places[n].astype(str).isin(["", "1"] if n == "n" else [""]).all()
    ]
    head = "".join(f'<th class="{name}">{html.escape(said["columns"][name])}</th>' for name in names)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{name}" data-head="{html.escape(said["columns"][name])}">{html.escape(str(row[name]))}</td>'
            for name in names
        )
        + "</tr>"
        for row in places[names].to_dict("records")
    )
    return f'<div class="frame"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
