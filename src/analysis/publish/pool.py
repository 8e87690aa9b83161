"""Processes forked from this one: one a task, never more than asked for. Nothing of a task stays in the parent.

Before the first fork this process must have no thread, event loop, kernel or duckdb connection: whatever needs
those runs in a child of its own (`call`).
"""

import json
import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from analysis.errors import KilledError

from .child import die_with_parent
from .engine import can_fork

Result = dict[str, Any]


@dataclass
class _Running:
    task: int
    pipe: int
    started: float
    received: bytes = b""


def run(
    work: Callable[[int], Result],
    count: int,
    workers: int,
    done: Callable[[int, Result, float], None],
) -> None:
    """Do `work(0)` … `work(count − 1)`, each in a process of its own, `workers` at a time.

    Parameters
    ----------
    work : returns JSON-able values; if its process dies, the result is {"died": reason}
    done : called in this process with task number, result and seconds, in order of finishing
    """
    if not can_fork():
        for task in range(count):
            started = time.monotonic()
            done(task, work(task), time.monotonic() - started)
        return

    def heard(task: int, content: bytes, status: int, seconds: float) -> None:
        done(task, _result(content, status), seconds)

    _each(lambda task: _as_json(work, task), count, workers, heard)


def spread(work: Callable[[int], Any], count: int, workers: int) -> list[Any]:
    """`[work(0), …, work(count − 1)]`, each in a process of its own, `workers` at a time.

    What a task raises is raised here, of several the first task's. One worker does all in this process. Unlike a
    report, a task may be forked from a process that has read tables: arrow's threads are idle then, and no task reads.
    """
    if workers < 2 or count < 2 or not can_fork():
        return [work(task) for task in range(count)]
    sys.stdout.flush()
    found: dict[int, tuple[Outcome | None, int]] = {}

    def heard(task: int, content: bytes, status: int, seconds: float) -> None:
        found[task] = _unpickled(content), status

    _each(lambda task: pickle.dumps(_outcome(lambda: work(task))), count, workers, heard)
    return [_value(*found[task]) for task in range(count)]


def _each(
    work: Callable[[int], bytes],
    count: int,
    workers: int,
    heard: Callable[[int, bytes, int, float], None],
) -> None:
    """Fork for every task; tell task, what its process wrote, its wait status and seconds as each ends."""
    waiting, running = list(range(count))[::-1], dict[int, _Running]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                task = waiting.pop()
                child, pipe = _start(work, task)
                running[child] = _Running(task, pipe, time.monotonic())
            for child in _heard(running):
                one = running.pop(child)
                os.close(one.pipe)
                _, status = os.waitpid(child, 0)
                heard(one.task, one.received, status, time.monotonic() - one.started)
    finally:
        for child in running:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _start(work: Callable[[int], bytes], task: int) -> tuple[int, int]:
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _work_and_exit(work, task, send)
    os.close(send)
    return child, receive


def _work_and_exit(work: Callable[[int], bytes], task: int, send: int) -> NoReturn:
    """In the child. Ctrl-C is the parent's business: it ends its children."""
    try:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _write(send, work(task))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _as_json(work: Callable[[int], Result], task: int) -> bytes:
    try:
        return json.dumps(work(task)).encode()
    except BaseException as fault:
        text = "".join(traceback.format_exception(fault))
        return json.dumps({"died": f"{type(fault).__name__}: {fault}", "traceback": text}).encode()


def _write(send: int, content: bytes) -> None:
    with os.fdopen(send, "wb") as pipe:
        pipe.write(content)


def _heard(running: dict[int, _Running]) -> list[int]:
    """Wait until something arrives; the children whose pipes have ended."""
    by_pipe = {one.pipe: child for child, one in running.items()}
    ended = []
    for pipe in select.select(list(by_pipe), [], [])[0]:
        if block := os.read(pipe, 1 << 20):
            running[by_pipe[pipe]].received += block
        else:
            ended.append(by_pipe[pipe])
    return ended


def _result(content: bytes, status: int) -> Result:
    try:
        made: Result = json.loads(content)
    except ValueError:
        signalled = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "no result"
        return {"died": f"the worker process ended ({signalled})"}
    return made


def call(
    function: Callable[[Callable[[str], None]], Any],
    tell: Callable[[str], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> Any:
    """`function(tell)` in one child process: what it imports and allocates is gone afterwards.

    Its result comes back, its exceptions are raised here, and what it tells is told here as it goes;
    `meanwhile` is done in this process first, while the child is at work.
    """
    if not can_fork():
        return function(tell)
    sys.stdout.flush()
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _call_and_exit(function, send)
    os.close(send)
    try:
        meanwhile()
        outcome = _listen(receive, tell)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(receive)
        _, status = os.waitpid(child, 0)
    return _value(outcome, status)


Outcome = tuple[bool, Any]
"""Whether a function returned, and what; else what it raised."""


def _outcome(function: Callable[[], Any]) -> Outcome:
    try:
        return True, function()
    except BaseException as fault:
        fault.add_note("".join(traceback.format_exception(fault)))
        return False, _portable(fault)


def _unpickled(content: bytes) -> Outcome | None:
    try:
        outcome: Outcome = pickle.loads(content)
    except (EOFError, pickle.UnpicklingError):
        return None
    return outcome


def _value(outcome: Outcome | None, status: int) -> Any:
    """What the child's function returned; what it raised is raised."""
    if outcome is None:
        raise KilledError(
            f"The process that read and computed the data was killed ({_cause(status)}).",
            "SIGKILL mostly means that memory ran out: close other programs. What is finished is kept.",
        )
    good, value = outcome
    if not good:
        raise value
    return value


def _cause(status: int) -> str:
    """Signal or exit code of a process, from its wait status."""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.WEXITSTATUS(status)}"


def _listen(receive: int, tell: Callable[[str], None]) -> Outcome | None:
    """Pass on what the child tells; its outcome, or None if it died without one."""
    with os.fdopen(os.dup(receive), "rb") as pipe:
        while True:
            try:
                message = pickle.load(pipe)
            except (EOFError, pickle.UnpicklingError):
                return None
            if isinstance(message, tuple):
                return message
            tell(message)


def _call_and_exit(function: Callable[[Callable[[str], None]], Any], send: int) -> NoReturn:
    try:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with os.fdopen(send, "wb") as pipe:

            def tell(text: str) -> None:
                pickle.dump(text, pipe)
                pipe.flush()

            pickle.dump(_outcome(lambda: function(tell)), pipe)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _portable(fault: BaseException) -> BaseException:
    """The exception if it survives the way to the parent, else its text."""
    try:
        pickle.loads(pickle.dumps(fault))
    except Exception:
        return RuntimeError(f"{type(fault).__name__}: {fault}")
    return fault


def workers(asked: int | None) -> int:
    """How many processes: as many as cores that this process may use, or fewer if asked."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(asked or cores, cores))
