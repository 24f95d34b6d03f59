"""What goes on, shown on a terminal once it has lasted a while."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Activity", "Stage"]

_PERIOD = 0.2


@dataclass(frozen=True)
class Stage:
    """What is being done, since when, and how far it is (`total` is None where nobody knows).

    >>> Stage("contracting", 0.0, 30, 120).times(10.0)
    '10 s, about 30 s left'
    """

    text: str
    begin: float
    done: int = 0
    total: int | None = None

    @property
    def count(self) -> str:
        return "" if self.total is None else f"{self.done} of {self.total}"

    def times(self, now: float) -> str:
        """The time gone and, from the second step on, what is left at this pace."""
        from tnsim.runtime.table import format_seconds

        gone = format_seconds(float(f"{now - self.begin:.0f}"))
        if self.total is None or not self.done:
            return gone
        left = (now - self.begin) * (self.total - self.done) / self.done
        return f"{gone}, about {format_seconds(float(f'{left:.0f}'))} left"


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
        self._stage = Stage("", time.monotonic())

    def stage(self, text: str) -> None:
        """Say what is done from now on; how far it is, nobody knows."""
        self._stage = Stage(text, time.monotonic())

    def __call__(self, done: int, total: int) -> None:
        """So many of so many steps of the stage are done."""
        stage = self._stage
        # One step alone is no measure.
        self._stage = Stage(stage.text, stage.begin, done, total if total > 1 else None)

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
        """Wait, then follow the stages until the end; the line is wiped away."""
        if self._stop.wait(self._delay):
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}"),
        )
        console = self._console or Console(stderr=True)
        with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
            text = ""
            task = bar.add_task("", total=None, note="")
            while True:
                stage = self._stage
                if stage.text != text:
                    text = stage.text
                    bar.reset(task, total=None)
                note = "  ".join(filter(None, (stage.count, stage.times(time.monotonic()))))
                bar.update(
                    task, description=text, completed=stage.done, total=stage.total, note=note
                )
                bar.refresh()
                if self._stop.wait(_PERIOD):
                    return
