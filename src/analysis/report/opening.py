"""From the name of a dossier to its file: names only, never paths, so that a notebook runs anywhere in the project."""

import os
import re
from pathlib import Path

import orjson

from analysis.errors import UnknownName


def outputs() -> Path:
    """The outputs folder: $QUALITY_OUTPUTS, else that of the project that the working folder is in."""
    told = os.environ.get("QUALITY_OUTPUTS")
    if told:
        return Path(told)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file() or (folder / "outputs" / "dossiers").is_dir():
            return folder / "outputs"
    return here / "outputs"


def find(kind: str, dossier: str) -> Path:
    """The dossier's file: by its hash, or by a report name such as 'demo' or '<city>/<exam>/school/<code>'.

    Raises
    ------
    UnknownName
        No report of that name was made here.
    """
    folder = outputs() / "dossiers"
    if re.fullmatch(r"[0-9a-f]{64}", dossier):
        return folder / f"{dossier}.json"
    names = folder / "aliases.json"
    aliases: dict[str, str] = orjson.loads(names.read_bytes()) if names.is_file() else {}
    for name in (f"{kind}:{dossier}", dossier):
        if name in aliases:
            return folder / f"{aliases[name]}.json"
    raise UnknownName(f"no {kind} report named '{dossier}'", "run `make reports` or `quality run` first")
