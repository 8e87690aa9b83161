"""A report is papermill on a dossier: execute the notebook, strip what is not the report, make the page."""

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import OutputError
from analysis.settings import OUTPUTS_VARIABLE

from . import chrome, files, imports, page, parameters
from .child import private_mb
from .engine import ForkEngine

CELL_SECONDS = 120.0
"""Longest time for one cell; sections take milliseconds."""

MEMORY_MB = 1024.0
"""Most private memory that a notebook may add."""

INJECTED = "injected-parameters"


@dataclass(frozen=True)
class Job:
    """One report to make.

    Attributes
    ----------
    name, kind : "city" or "school-<code>"; "city" or "school"
    notebook : the report type's notebook
    outputs : root of everything generated; the other paths are relative to it
    dossier : sha256 of the dossier, its name
    page, executed : where the page and the executed notebook go
    redo : the command that makes this report again
    """

    name: str
    kind: str
    notebook: Path
    outputs: Path
    dossier: str
    language: str
    page: str
    executed: str
    redo: str

    @property
    def failed_page(self) -> str:
        return self.page.removesuffix(".html") + ".failed.html"

    @property
    def failed_notebook(self) -> str:
        return self.executed.removesuffix(".ipynb") + ".failed.ipynb"


def load() -> None:
    """Import and compile what every report needs, whatever it is about."""
    imports.skip_slow_grammar()
    imports.one_thread_each()
    imports.fixed_hashes()
    import logging

    import papermill

    from . import shell

    logging.getLogger("papermill").setLevel(logging.WARNING)
    papermill.execute.papermill_engines.register("fork", ForkEngine)
    shell.warm_shell()
    _rehearse_page()


def warm(job: Job) -> None:
    """Do once, before the first fork, all that reports have in common; `job` is any of them."""
    load()
    import gc
    import warnings

    from . import shell

    with warnings.catch_warnings(action="ignore"):
        _rehearse_sections(job)
    shell.show_figures_inline(shell.warm_shell())
    gc.collect()
    gc.freeze()


def _rehearse_page() -> None:
    """Compile the page's templates and the notebook schema's validators, on a notebook of nothing."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    shown = new_output("execute_result", data={"text/html": "<p></p>"}, execution_count=1)
    notebook = new_notebook(cells=[new_code_cell("", id="a", outputs=[shown])])
    nbformat.validate(nbformat.reads(nbformat.writes(notebook), as_version=4))
    page.make(notebook, page.Chrome(*[""] * 9))


def _rehearse_sections(job: Job) -> None:
    """Show every section of one report in this process, so that templates, words and lazy imports are shared.

    A section that fails here fails again in its own process, where it is reported.
    """
    from analysis.report import open_report

    with suppress(Exception), _found_in(job.outputs):
        report = open_report(job.kind, job.dossier, job.language)
        for section in report.keys:
            with suppress(Exception):
                report.show(section)


def render(job: Job) -> dict[str, Any]:
    """Make one report and write its page and executed notebook.

    Returns
    -------
    dict
        files: relative path → sha256; code: the page's code (64 hex digits); wrote: paths that were written;
        memory_mb; after a failure: failed, cell, message; if the outputs cannot be written: refused.
    """
    started = cpu_seconds()
    _fix_chance(job.dossier)
    try:
        try:
            notebook, memory = execute(job)
            meta = chrome.meta_of(job.outputs, job.dossier)
            made = page.make(notebook, chrome.of_report(meta, job.language or meta["language"]))
            return _write(job, notebook, made, memory, started)
        except NotebookFault as fault:
            return _write_failure(job, fault)
    except OutputError as fault:
        return {"refused": [str(fault), fault.hint]}


def _write(job: Job, notebook: Any, made: bytes, memory: float, started: float) -> dict[str, Any]:
    """Write notebook and page, in this order; what `render` returns."""
    executed = dumps(notebook)
    wrote = [
        name
        for name, content in ((job.executed, executed), (job.page, made))
        if files.write(job.outputs / name, content)
    ]
    for leftover in (job.failed_page, job.failed_notebook):
        files.remove(job.outputs / leftover)
    return {
        "files": {job.executed: files.sha256(executed), job.page: files.sha256(made)},
        "code": page.code_of(made),
        "wrote": wrote,
        "memory_mb": max(memory, private_mb()),
        "cpu_seconds": cpu_seconds() - started,
    }


class NotebookFault(Exception):
    """A notebook that did not run to its end; `notebook` is what there is of it."""

    def __init__(self, message: str, cell: str = "", trace: str = "", notebook: Any = None) -> None:
        super().__init__(message)
        self.cell, self.trace, self.notebook = cell, trace, notebook


def execute(job: Job) -> tuple[Any, float]:
    """(executed notebook without anything that differs from run to run, private memory in MB).

    Raises
    ------
    NotebookFault
        A cell failed, or ended its process, or took too long, or too much memory.
    SettingsError
        The parameters are not the notebook's.
    """
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    given = {"dossier": job.dossier, "language": job.language}
    parameters.check(nbformat.read(job.notebook, as_version=4), given)
    target = job.outputs / job.executed
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}{files.PART}.ipynb")
    try:
        with _found_in(job.outputs):
            notebook = papermill.execute_notebook(
                _unformatted(job.notebook),
                _unformatted(partial),
                parameters=given,
                engine_name="fork",
                progress_bar=False,
                request_save_on_cell_execute=False,
                execution_timeout=CELL_SECONDS,
                memory_limit_mb=MEMORY_MB,
            )
        memory = notebook.metadata.papermill.get("private_mb", 0.0)
        return clean(notebook), memory
    except PapermillExecutionError as fault:
        broken = nbformat.read(partial, as_version=4)
        trace = "\n".join(fault.traceback)
        raise NotebookFault(f"{fault.ename}: {fault.evalue}", fault.source, trace, broken) from None
    except OSError as fault:
        raise files.refused(target, fault) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _found_in(outputs: Path) -> Iterator[None]:
    """Tell notebooks, which know names only, where the dossiers are."""
    before = os.environ.get(OUTPUTS_VARIABLE)
    os.environ[OUTPUTS_VARIABLE] = str(outputs)
    try:
        yield
    finally:
        os.environ.pop(OUTPUTS_VARIABLE)
        if before is not None:
            os.environ[OUTPUTS_VARIABLE] = before


def _unformatted(path: Path) -> str:
    """A path that papermill's `str.format` on it leaves as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def clean(notebook: Any) -> Any:
    """Take out times, paths and random ids; put in fixed ones."""
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
        for times in ("papermill", "execution"):
            cell.metadata.pop(times, None)
    given = notebook.metadata.papermill.get("parameters", {})
    notebook.metadata["papermill"] = {"parameters": dict(given)}
    return notebook


def dumps(notebook: Any) -> bytes:
    """A notebook's bytes: the same notebook is the same bytes."""
    return (json.dumps(notebook, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def cpu_seconds() -> float:
    """Processor time of this process and of those it has waited for."""
    return sum(os.times()[:4])


def _fix_chance(seed: str) -> None:
    """Random numbers and ids that depend on the dossier only; warnings without the place of our files."""
    import sys
    import uuid
    import warnings

    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"

    random.seed(seed)
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed(int(seed[:8], 16))
    if "matplotlib" in sys.modules:
        import matplotlib as mpl

        mpl.rcParams["svg.hashsalt"] = "quality"
    ids = random.Random(seed)
    uuid.uuid4 = lambda: uuid.UUID(int=ids.getrandbits(128), version=4)


def _write_failure(job: Job, fault: NotebookFault) -> dict[str, Any]:
    """Keep the broken notebook and write a page that says what to do; an older good page stays as it is."""
    language = job.language or chrome.meta_of(job.outputs, job.dossier)["language"]
    told = chrome.failure(
        language, job.name, fault.cell, str(fault), fault.trace, job.redo, job.failed_notebook
    )
    files.write(job.outputs / job.failed_notebook, dumps(fault.notebook))
    files.write(job.outputs / job.failed_page, told)
    return {"failed": True, "cell": fault.cell, "message": str(fault), "memory_mb": private_mb()}
