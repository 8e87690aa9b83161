"""What stands around the sections of a report, and the page of a report that could not be made."""

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import orjson

from . import page


@cache
def words_of(language: str, one_school: bool = False) -> Any:
    """All words of a language; those of a report on the only school of its exam."""
    from analysis.report.words import Words

    return Words(language, one_school)


def meta_of(outputs: Path, dossier: str) -> dict[str, Any]:
    """What a dossier says of itself."""
    content: dict[str, Any] = orjson.loads((outputs / "dossiers" / f"{dossier}.json").read_bytes())
    meta: dict[str, Any] = content["meta"]
    return meta


def tables_of(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a dossier file."""
    tables: dict[str, dict[str, Any]] = orjson.loads(path.read_bytes())["tables"]
    return tables


def of_report(meta: Mapping[str, Any], language: str) -> page.Chrome:
    """The words around the sections of the report on a dossier."""
    from analysis.report.theme import running_head

    words, kind, exam = words_of(language, meta["n_schools"] == 1), meta["report"], meta["exam"]["title"]
    heading = words(f"site.kind.{kind}")
    audience = words(f"site.audience.{kind}")
    issuer = meta["city"]["bureau"] or meta["city"]["name"]
    return page.Chrome(
        lang=words("site.lang"),
        title=words("site.title", name=meta["name"], kind=heading, exam=exam),
        unit=meta["name"],
        exam=exam,
        skip=words("site.skip"),
        contents=words("site.contents"),
        foot=words(f"site.foot.{kind}", issuer=issuer),
        code_label=words("site.code"),
        code_hint=words("site.code.hint"),
        head=running_head(
            f"{meta['name']}　{heading}",
            words("site.head.right", exam=exam, audience=audience),
            words("site.sheet", page="{page}", pages="{pages}"),
        ),
    )


def failure(language: str, name: str, cell: str, message: str, trace: str, redo: str, notebook: str) -> bytes:
    """The page of a report that could not be made: the cell, the message, the command that makes it again."""
    from papermill.exceptions import strip_color

    from analysis.report.theme import css

    words = words_of(language)
    title = words("failed.title", name=name)
    parts = [
        f'<div class="masthead"><span><b>{escape(words("failed.masthead"))}</b></span></div>',
        f'<div class="title"><h1>{escape(title)}</h1></div><p class="lead">{escape(words("failed.lead"))}</p>',
        f"<h2>{escape(words('failed.message'))}</h2><p><b>{escape(message)}</b></p>",
        f"<h2>{escape(words('failed.redo'))}</h2><pre>{escape(redo)}</pre>",
        f"<h2>{escape(words('failed.cell'))}</h2><pre>{escape(cell)}</pre>",
        f"<pre>{escape(strip_color(trace))}</pre>",
        f"<p>{escape(words('failed.notebook'))} <code>{escape(notebook)}</code></p>",
        f'<p><a href="index.html">{escape(words("failed.back"))}</a></p>',
    ]
    style = (page.TEMPLATES / "index.css").read_text(encoding="utf-8")
    head = page.head(words("site.lang"), title, css() + style)
    return f'{head}<body class="failed"><main class="page">{"".join(parts)}</main></body></html>\n'.encode()
