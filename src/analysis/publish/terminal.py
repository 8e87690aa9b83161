"""Progress on the terminal: one bar, or plain lines where there is no terminal."""

import sys
from types import TracebackType
from typing import Any

_STEPS = {
    "demo": "writing the demo city's score sheets",
    "intake": "reading score sheets",
    "build": "computing results",
    "dossiers": "cutting dossiers",
}


class Bar:
    """`update(what, done, total)`; a bar with rate and time left once there is something to count."""

    def __init__(self, plain: bool) -> None:
        self._plain = plain
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, what: str, done: int, total: int) -> None:
        if not total:
            self._say(_STEPS.get(what, what))
        elif not self._plain:
            self._show(done, total)

    def _say(self, text: str) -> None:
        print(f"{text} …", file=sys.stderr, flush=True)

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("reports"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
            )
            # No refresh thread: it would not survive in the processes that the reports are made in.
            self._bar = Progress(
                *columns, TimeRemainingColumn(), console=Console(stderr=True), auto_refresh=False
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=total, rate="")
        speed = self._bar.tasks[0].speed or 0.0
        self._bar.update(self._task, completed=done, rate=f"{speed:.1f}/s", refresh=True)
