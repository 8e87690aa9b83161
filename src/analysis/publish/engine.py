"""A papermill engine that runs each notebook in a process forked from this one: `--engine fork`.

A fork starts in milliseconds with everything this process has imported, shares its memory until written to, and
leaves nothing behind. The child streams each cell's outputs back, so whatever kills it (a signal, `os._exit`, the
time limit) becomes an error of the cell it was in, with the partial notebook saved as papermill always does.

papermill is imported inside the methods: it loads this module through its entry point while it is itself being
imported. The class follows papermill's `Engine` by shape for the same reason.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from .child import Message, run_and_exit


class ForkEngine:
    """Fork, run, stream back. Elsewhere than on Linux: papermill's stock engine, with the same results."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        **options: Any,
    ) -> Any:
        """Run the notebook in place; a failing cell is marked in it, papermill raises for it afterwards."""
        from papermill.engines import NotebookExecutionManager

        manager = NotebookExecutionManager(
            nb,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=log_output,
            autosave_cell_every=autosave_cell_every,
        )
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, log_output=log_output, **options)
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        manager: Any,
        kernel_name: str,
        log_output: bool = False,
        execution_timeout: float | None = None,
        memory_limit_mb: float | None = None,
        **options: Any,
    ) -> None:
        """Run the cells.

        Parameters
        ----------
        execution_timeout : seconds a cell may take; None is for ever.
        memory_limit_mb : private memory the notebook may add to what it inherits; None is no limit.
        """
        if not can_fork():
            from papermill.engines import NBClientEngine

            NBClientEngine.execute_managed_notebook(
                manager, kernel_name, log_output=log_output, execution_timeout=execution_timeout, **options
            )
            return
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receive)
            run_and_exit(manager.nb, os.fdopen(send, "wb", 0), memory_limit_mb)
        os.close(send)
        log = _Log(log_output, options.get("stdout_file"), options.get("stderr_file"))
        _follow(manager, child, receive, execution_timeout, log)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


def can_fork() -> bool:
    """Whether forking a process full of libraries is safe here: on Linux it is, on macOS and Windows it is not."""
    return sys.platform == "linux"


class _Log:
    """Where papermill was asked to copy what cells print."""

    def __init__(self, log_output: bool, stdout_file: Any, stderr_file: Any) -> None:
        self._log = log_output
        self._files = {"stdout": stdout_file, "stderr": stderr_file}

    def __call__(self, outputs: list[Any]) -> None:
        from papermill.log import logger

        for output in outputs:
            if output["output_type"] != "stream":
                continue
            if self._log:
                (logger.info if output["name"] == "stdout" else logger.warning)(output["text"])
            if file := self._files[output["name"]]:
                file.write(output["text"])
                file.flush()


def _follow(manager: Any, child: int, receive: int, timeout: float | None, log: _Log) -> None:
    """Put what the child tells into the notebook; end it when a cell takes too long; explain its death."""
    running: int | None = None
    late = False
    try:
        for message in _messages(child, receive, timeout):
            if message is None:
                late = True
                os.kill(child, signal.SIGKILL)
            elif "start" in message:
                running = message["start"]
                manager.cell_start(manager.nb.cells[running], running)
            elif "update" in message:
                manager.nb.cells[message["update"]].outputs = _as_nodes(message["outputs"])
            elif "of" in message:
                _finish(manager, message, log)
            elif "private_mb" in message:
                manager.nb.metadata.papermill["private_mb"] = message["private_mb"]
            else:
                manager.cell_complete(manager.nb.cells[message["done"]], cell_index=message["done"])
                running = None
    finally:
        os.close(receive)
        status = _end(child)
    if running is not None:
        _mark_dead(manager, running, _why(status, late, timeout))
    manager.nb.metadata["language_info"] = language_info()


def _finish(manager: Any, message: Message, log: _Log) -> None:
    cell = manager.nb.cells[message["of"]]
    cell.outputs, cell.execution_count = _as_nodes(message["outputs"]), message["count"]
    log(cell.outputs)
    if not message["good"] and "raises-exception" not in cell.metadata.get("tags", []):
        manager.cell_exception(cell, cell_index=message["of"])


def _messages(child: int, receive: int, timeout: float | None) -> Iterator[Message | None]:
    """The child's messages; None when it was silent for longer than the limit. Half a last line is dropped.

    The child's death is watched as well as the pipe's end: a process that the notebook started may hold the pipe.
    """
    pending, alive = b"", os.pidfd_open(child)
    deadline = time.monotonic() + timeout if timeout else None
    try:
        while True:
            wait = None if deadline is None else max(deadline - time.monotonic(), 0)
            ready = select.select([receive, alive], [], [], wait)[0]
            if not ready:
                yield None
                return
            block = os.read(receive, 1 << 16) if receive in ready else b""
            if not block:
                return
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                yield json.loads(line)
            if lines and timeout:
                deadline = time.monotonic() + timeout
    finally:
        os.close(alive)


def _as_nodes(outputs: list[dict[str, Any]]) -> list[Any]:
    from nbformat import from_dict

    return [from_dict(output) for output in outputs]


def _end(child: int) -> int:
    """Wait for the child if it has ended, else kill it and all it started; its wait status."""
    try:
        done, status = os.waitpid(child, os.WNOHANG)
        for _ in range(20):
            if done:
                break
            time.sleep(0.01)
            done, status = os.waitpid(child, os.WNOHANG)
        if not done:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
    except ChildProcessError:
        return 0
    finally:
        _kill_group(child)
    return status


def _kill_group(leader: int) -> None:
    """Processes that a notebook left running."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _why(status: int, late: bool, timeout: float | None) -> tuple[str, str]:
    """Error name and message of a cell whose process did not live to its end."""
    if late:
        return "CellTimeoutError", f"the cell ran for more than {timeout:g} s and was stopped"
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return "DeadKernelError", f"the cell killed its process ({name})"
    return "DeadKernelError", f"the cell ended its process (exit code {os.WEXITSTATUS(status)})"


def _mark_dead(manager: Any, index: int, why: tuple[str, str]) -> None:
    from nbformat.v4 import new_output

    cell = manager.nb.cells[index]
    name, message = why
    cell.outputs = [new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])]
    manager.cell_exception(cell, cell_index=index)
    manager.cell_complete(cell, cell_index=index)


def language_info() -> dict[str, Any]:
    """What a kernel says of its language (a notebook's metadata)."""
    return {
        "name": "python",
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "mimetype": "text/x-python",
        "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
        "pygments_lexer": f"ipython{sys.version_info[0]}",
        "nbconvert_exporter": "python",
        "file_extension": ".py",
    }
