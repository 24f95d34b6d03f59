"""A progress bar with an ETA on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tnsim.base.errors import TnsimError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["SHOW_PROGRESS_AFTER", "Progress", "check_progress", "progress_bar"]

Progress = Callable[[int, int], None]
SHOW_PROGRESS_AFTER = 2.0
"""Seconds of work before a bar is shown to whom did not ask for it."""


def check_progress(progress: object) -> None:
    """`TnsimError` where `progress` is neither a choice nor a function."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise TnsimError(
            "`progress` must be None, True, False or a function of (done, total) "
            f"(got {progress!r:.60})"
        )


@contextmanager
def progress_bar(
    progress: Progress | bool, what: str, *, after: float = 0.0, counts: bool = True
) -> Iterator[Progress | None]:
    """The callback to report to: the caller's, a bar's on a terminal, or None.

    `what` is done, shown as so many of so many where it `counts`; the bar appears once the work
    has taken `after` seconds.
    """
    if callable(progress):
        yield progress
        return
    if not progress or not sys.stderr.isatty():
        yield None
        return
    shown: list[tuple[Bar, TaskID]] = []
    begin = time.monotonic()

    def report(done: int, total: int) -> None:
        if not shown:
            if time.monotonic() - begin < after:
                return
            bar = _bar(counts=counts)
            bar.start()
            shown.append((bar, bar.add_task(what)))
        bar, task = shown[0]
        bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        for bar, _ in shown:
            bar.stop()


def _bar(*, counts: bool) -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    number = (MofNCompleteColumn(),) if counts else ()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *number,
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
