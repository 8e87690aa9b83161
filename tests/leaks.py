"""Whether a school's report says anything of another school or of a pupil. Looked for in the finished files."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_TAGS = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Leak:
    """A name that stands in a file where it must not."""

    file: str
    name: str
    kind: str


def other_schools(files: Iterable[Path], own: str, schools: Mapping[str, Iterable[str]]) -> Iterator[Leak]:
    """Names of other schools in a school's files.

    Parameters
    ----------
    own : code of the school whose files these are
    schools : code → all names of a school. A name that is part of one of the own names is no leak.
    """
    mine = list(schools[own])
    strange = {
        name
        for code, names in schools.items()
        if code != own
        for name in names
        if name and not any(name in one for one in mine)
    }
    for path in files:
        text = _without(visible(path), mine)
        yield from (Leak(path.name, name, "school") for name in sorted(strange) if name in text)


def pupils(files: Iterable[Path], names: Iterable[str], allowed: Iterable[str] = ()) -> Iterator[Leak]:
    """Pupils' names (two characters or more) in files; `allowed` are texts that may hold them by chance."""
    wanted, spared = sorted({name for name in names if len(name) > 1}), list(allowed)
    for path in files:
        text = _without(visible(path), spared)
        yield from (Leak(path.name, name, "pupil") for name in wanted if name in text)


def _without(text: str, spared: Iterable[str]) -> str:
    for one in sorted(spared, key=len, reverse=True):
        text = text.replace(one, "\0")
    return text


def visible(path: Path) -> str:
    """All text of a page (attributes and hidden parts too), notebook or dossier."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return html.unescape(content) + "\n" + html.unescape(_TAGS.sub("", content))
    return json.dumps(json.loads(content), ensure_ascii=False)
