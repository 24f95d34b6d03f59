"""A progress bar with an ETA on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]

Progress = Callable[[int, int], None]


@contextmanager
def progress_bar(progress: Progress | bool) -> Iterator[Progress | None]:
    """The callback to report slices to: the caller's, a bar's on a terminal, or None."""
    if callable(progress):
        yield progress
        return
    if not progress or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("slices"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("slices")

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report
