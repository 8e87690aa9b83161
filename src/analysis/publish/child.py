"""What happens inside the process that the engine forks for one notebook: run the cells, tell the pipe, end."""

import ctypes
import json
import os
import resource
import signal
import traceback
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

Message = dict[str, Any]

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run_and_exit(nb: Any, pipe: BinaryIO, memory_limit_mb: float | None) -> NoReturn:
    """Run all cells of the notebook, telling the pipe; never returns."""
    code = 1
    try:
        die_with_parent()
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if memory_limit_mb:
            _limit_memory(memory_limit_mb)
        for message in _run_cells(nb):
            pipe.write(json.dumps(message, default=str).encode() + b"\n")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _limit_memory(megabytes: float) -> None:
    """Bound this process's private memory: beyond it Python raises MemoryError in the cell that asked."""
    with open("/proc/self/statm", encoding="ascii") as file:
        inherited = int(file.read().split()[5]) * resource.getpagesize()
    most = inherited + int(megabytes * 2**20)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def private_mb() -> float:
    """Memory of this process that it shares with no other, in MB; 0 where the system does not tell."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_")) / 1024
    except OSError:
        return 0.0


def _run_cells(nb: Any) -> Iterator[Message]:
    """Run the code cells; before each say so, after each hand over its outputs."""
    from .shell import show_figures_inline, warm_shell

    shell = warm_shell()
    show_figures_inline(shell)
    ran: list[int] = []
    for index, cell in enumerate(nb.cells):
        yield {"start": index}
        good, count = True, None
        if cell.cell_type == "code" and cell.source.strip():
            outputs, count, good = shell.run(cell.source)
            ran.append(index)
            for earlier in sorted(shell.collector.touched - {len(ran) - 1}):
                yield {"update": ran[earlier], "outputs": shell.collector.cells[earlier]}
            shell.collector.touched.clear()
            yield {"outputs": outputs, "of": index, "count": count, "good": good}
        yield {"done": index}
        if not good and "raises-exception" not in cell.metadata.get("tags", []):
            break
    yield {"private_mb": private_mb()}
