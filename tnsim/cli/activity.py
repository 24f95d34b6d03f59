"""What goes on, shown on a terminal once it has lasted a while."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Activity"]

_PERIOD = 0.1


class Activity:
    """A line on stderr with the stage, a bar, the time gone and, once it can be told, what is left.

    Nothing is shown where `enabled` is False or stderr is no terminal (unless a `console` is
    given), and nothing before `delay` seconds. The object itself is the progress callback: call
    it with (done, total).
    """

    def __init__(
        self, *, enabled: bool = True, delay: float = 2.0, console: Console | None = None
    ) -> None:
        self._shown = enabled and (console is not None or sys.stderr.isatty())
        self._delay = delay
        self._console = console
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._state: tuple[str, int, int | None] = ("", 0, None)

    def stage(self, text: str) -> None:
        """Say what is done from now on; how far it is, nobody knows."""
        self._state = (text, 0, None)

    def __call__(self, done: int, total: int) -> None:
        """So many of so many steps of the stage are done."""
        self._state = (self._state[0], done, total if total > 1 else None)

    def __enter__(self) -> Self:
        if self._shown:
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        """Wait, then follow the state until the end; the line is wiped away."""
        if self._stop.wait(self._delay):
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        console = self._console or Console(stderr=True)
        with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
            stage = ""
            task = bar.add_task("", total=None, count="")
            while True:
                text, done, total = self._state
                if text != stage:
                    stage = text
                    bar.reset(task, total=None, description=text)
                count = "" if total is None else f"{done} of {total}"
                bar.update(task, description=text, completed=done, total=total, count=count)
                bar.refresh()
                if self._stop.wait(_PERIOD):
                    return
