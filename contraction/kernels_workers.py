"""Threads among which the blocks of one large operation are shared."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import numpy as np

__all__ = ["MOST_THREADS", "Workers", "default_threads"]

T = TypeVar("T")

MOST_THREADS = 4
"""For work bound by memory, where more do not help; each has buffers of its own."""

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def default_threads() -> int:
    """As many as the matrix library would use (its environment variable, else all cores)."""
    for name in _VARIABLES:
        text = os.environ.get(name, "")
        if text.isdigit() and int(text) > 0:
            return int(text)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1


class Workers:
    """A few threads, started when first needed and ended on leaving the `with` block.

    NumPy's copies and products release the interpreter's lock, so blocks run side by side.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def share(
        self,
        items: Sequence[T],
        work: Callable[[Sequence[T]], None],
        *,
        most: int = MOST_THREADS,
    ) -> None:
        """Call `work` on consecutive parts of `items`, one part a thread, `most` at a time."""
        parts = min(self.count, most, len(items))
        if parts <= 1:
            work(items)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.count - 1)
        bounds = [len(items) * k // parts for k in range(parts + 1)]
        slices = [items[a:b] for a, b in itertools.pairwise(bounds)]
        others = [self._pool.submit(_quietly, work, part) for part in slices[1:]]
        try:
            work(slices[0])
        finally:
            for future in others:
                future.result()


def _quietly(work: Callable[[Sequence[T]], None], part: Sequence[T]) -> None:
    """NumPy's floating-point warnings are set per thread; results are checked at the end."""
    with np.errstate(all="ignore"):
        work(part)
