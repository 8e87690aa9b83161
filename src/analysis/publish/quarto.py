"""A report's notebook through Quarto, where Quarto is installed: docx, pdf and what else it can write."""

import os
import shutil
import subprocess
from pathlib import Path

from analysis.errors import AnalysisError, InputError

HOW_TO_GET = (
    "Install Quarto from its own installer, or `pip install quarto-cli` (it downloads a binary while it installs, "
    "which is why it is not among this project's dependencies); then make sure that `quarto` is on PATH."
)


def find() -> str:
    """Path of the quarto command.

    Raises
    ------
    AnalysisError
        There is none; the hint says how to get it.
    """
    found = shutil.which("quarto")
    if not found:
        raise AnalysisError("Quarto is not installed here.", HOW_TO_GET)
    return found


def render(notebook: Path, to: str, target: Path) -> Path:
    """Render an executed report notebook as it is (nothing is executed again); returns the file made.

    Parameters
    ----------
    notebook : outputs/reports/<city>/<exam>/<name>.ipynb
    to : a format that Quarto knows: docx, pdf, html, typst …

    Raises
    ------
    AnalysisError
        Quarto is missing, or says that it failed.
    InputError
        The notebook is not there.
    """
    command = find()
    if not notebook.is_file():
        raise InputError(f"There is no {notebook.name}.", "Run `quality run` first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            command,
            "render",
            str(notebook),
            "--to",
            to,
            "--no-execute",
            "-M",
            "echo:false",
            "--output",
            target.name,
        ],
        cwd=target.parent,
        capture_output=True,
        text=True,
        env={**os.environ, "QUARTO_PYTHON": shutil.which("python") or ""},
    )
    made = next((place for place in (target, notebook.parent / target.name) if place.is_file()), None)
    if done.returncode or made is None:
        raise AnalysisError(f"Quarto could not render {notebook.name}: {done.stderr.strip()[-400:]}")
    return made if made == target else Path(shutil.move(made, target))
