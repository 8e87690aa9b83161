"""An IPython shell without a kernel: the same outputs as ipykernel and nbclient collect, in this process.

Outputs are plain dicts in notebook format 4, ready for JSON. Nothing here knows papermill.
"""

import base64
import builtins
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets.config import Config

Output = dict[str, Any]


class Collector:
    """Outputs of all cells run so far, merged as nbclient merges them.

    Attributes
    ----------
    cells : list of list of Output
        One list a cell run, in order of running.
    touched : set of int
        Earlier cells that a later one changed with `update_display`, since last asked.
    """

    def __init__(self) -> None:
        self.cells: list[list[Output]] = []
        self.touched: set[int] = set()
        self._displays: dict[str, list[tuple[int, Output]]] = {}
        self._clear_next = False

    def start(self) -> list[Output]:
        self.cells.append([])
        self._clear_next = False
        return self.cells[-1]

    def add(self, output: Output, display_id: str | None = None) -> None:
        self._clear_if_due()
        self.cells[-1].append(output)
        if display_id:
            self._displays.setdefault(display_id, []).append((len(self.cells) - 1, output))

    def stream(self, name: str, text: str) -> None:
        self._clear_if_due()
        outputs = self.cells[-1]
        if outputs and outputs[-1].get("name") == name:
            outputs[-1]["text"] += text
        else:
            outputs.append({"output_type": "stream", "name": name, "text": text})

    def update(self, display_id: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        for cell, output in self._displays.get(display_id, []):
            output.update(data=data, metadata=metadata)
            self.touched.add(cell)

    def clear(self, wait: bool) -> None:
        if wait:
            self._clear_next = True
        else:
            self.cells[-1].clear()

    def _clear_if_due(self) -> None:
        if self._clear_next:
            self.cells[-1].clear()
            self._clear_next = False


class Stream:
    """What `print` writes to while a cell runs."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self, collector: Collector, name: str) -> None:
        self._collector, self.name = collector, name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._collector.stream(self.name, text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2


class Publisher(DisplayPublisher):  # type: ignore[misc]
    """`display(…)`, `update_display(…)`, `clear_output()`."""

    def publish(  # type: ignore[no-untyped-def]
        self, data, metadata=None, *, transient=None, update=False, **_unused
    ) -> None:
        collector, display_id = self.shell.collector, (transient or {}).get("display_id")
        data, metadata = _for_json(data), metadata or {}
        if update:
            collector.update(display_id, data, metadata)
        else:
            output = {"output_type": "display_data", "data": data, "metadata": metadata}
            collector.add(output, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collector.clear(wait)


class ResultHook(DisplayHook):  # type: ignore[misc]
    """The value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:  # type: ignore[no-untyped-def]
        self.shell.collector.add(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": _for_json(format_dict),
                "metadata": md_dict or {},
            }
        )

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):  # type: ignore[misc]
    """Runs cells and collects what they put out. Starts no thread, opens no file: safe to fork."""

    collector = AnyTrait()
    has_inline_figures = False

    def __init__(self, **options: Any) -> None:
        self.collector = Collector()
        quiet = Config()
        quiet.HistoryManager.enabled = False
        quiet.HistoryManager.hist_file = ":memory:"
        super().__init__(
            config=quiet,
            display_pub_class=Publisher,
            displayhook_class=ResultHook,
            colors="neutral",
            **options,
        )
        InteractiveShell._instance = type(self)._instance = self
        self.display_formatter.active_types = self.display_formatter.format_types

    def enable_gui(self, gui: str | None = None) -> None:
        pass

    def ask_exit(self) -> None:
        pass

    def system(self, cmd: str) -> None:
        """`!command`: its output belongs to the cell."""
        done = subprocess.run(self.var_expand(cmd, depth=1), shell=True, capture_output=True, text=True)
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        self.user_ns["_exit_code"] = done.returncode

    system_piped = system_raw = system

    def _showtraceback(self, etype, evalue, stb) -> None:  # type: ignore[no-untyped-def]
        self.collector.add(
            {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
        )

    def run(self, source: str) -> tuple[list[Output], int, bool]:
        """Run one cell; its outputs, its execution count, and whether it ended well."""
        outputs, count = self.collector.start(), self.execution_count
        with self._streams():
            result = self.run_cell(source, store_history=True)
        return outputs, count, bool(result.success)

    @contextmanager
    def _streams(self) -> Iterator[None]:
        """Python's streams, and what C code or child processes write below Python, go to the collector."""
        before = sys.stdout, sys.stderr, builtins.input
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = Stream(self.collector, "stdout"), Stream(self.collector, "stderr")
        builtins.input = _no_input  # type: ignore[assignment]
        put_back = [_divert(1), _divert(2)]
        try:
            yield
        finally:
            sys.stdout, sys.stderr, builtins.input = before
            for name, restore in zip(("stdout", "stderr"), put_back, strict=True):
                if text := restore():
                    self.collector.stream(name, text)


def _divert(descriptor: int) -> Callable[[], str]:
    """Send a file descriptor to memory; the returned function puts it back and returns what was written."""
    memory, kept = os.memfd_create(f"fd{descriptor}"), os.dup(descriptor)
    os.dup2(memory, descriptor)

    def restore() -> str:
        os.dup2(kept, descriptor)
        os.close(kept)
        written = os.pread(memory, os.fstat(memory).st_size, 0)
        os.close(memory)
        return written.decode(errors="replace")

    return restore


def _no_input(prompt: str = "") -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _for_json(data: dict[str, Any]) -> dict[str, Any]:
    """A mime bundle as it arrives over a kernel's wire: bytes as base64."""
    return {
        kind: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


def show_figures_inline(shell: Shell) -> None:
    """What ipykernel does when pyplot is loaded: figures left open at a cell's end become outputs."""
    if "matplotlib.pyplot" not in sys.modules or shell.has_inline_figures:
        return
    shell.has_inline_figures = True
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    activate_matplotlib("module://matplotlib_inline.backend_inline")
    configure: Any = configure_inline_support
    configure.current_backend = "unset"
    configure(shell, "inline")


_warm: list[Shell] = []


def warm_shell() -> Shell:
    """The process's shell, made on first use; a parent makes it before it forks, each child runs in its copy."""
    if not _warm:
        _warm.append(Shell())
    return _warm[0]
