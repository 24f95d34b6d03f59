"""The measured peak of a run: memory that the process took above what it had before."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["PeakMeter"]

_PERIOD = 0.005
_STATM = Path("/proc/self/statm")
_UNIT = 1 if sys.platform == "darwin" else 1024


class PeakMeter:
    """Measures the resident memory of this process while it is entered.

    The kernel's own high-water mark is exact where this run set it; where an earlier one was
    higher, a thread's samples every few milliseconds stand in (not with `sample=False`, for runs
    too short to be sampled). `peak_bytes` is None where the
    platform tells neither.
    """

    def __init__(self, *, sample: bool = True) -> None:
        self.peak_bytes: int | None = None
        self._sampling = sample
        self._stop = threading.Event()
        self._sampled = 0

    def __enter__(self) -> Self:
        self._before = _resident()
        self._mark = _high_water()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        if self._sampling:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._sampling:
            self._thread.join()
        if self._before is None:
            return
        mark = _high_water()
        highest = mark if mark > self._mark else max(self._sampled, _resident() or 0)
        self.peak_bytes = max(highest - self._before, 0)

    def _sample(self) -> None:
        while not self._stop.wait(_PERIOD):
            self._sampled = max(self._sampled, _resident() or 0)


def _resident() -> int | None:
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    except OSError:
        try:
            import psutil
        except ImportError:
            return None
        return int(psutil.Process().memory_info().rss)


def _high_water() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
