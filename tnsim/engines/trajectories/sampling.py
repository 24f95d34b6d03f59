"""Trajectories in growing numbers until the errors are small enough, or something ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tnsim.engines.approximate import Report

from .options import Trajectories
from .tasks import TaskRun

__all__ = ["Ending", "Sampler"]

Ending = Literal["count", "interrupted", "most", "no noise", "seconds", "target_error"]
"""Why sampling ended; "no noise" where no trajectory leaves the trunk."""

_FIRST = 64
_GROWTH = 1.5
_PATIENCE = 0.05


class Sampler:
    """Runs the trajectories of several tasks, equally many of each.

    `reached()` says whether the errors are small enough; it is asked at numbers that grow by half,
    not after every trajectory, since a run that stops at its luckiest moment believes too much.
    `deadline`, on the monotonic clock, ends sampling.
    """

    def __init__(
        self,
        runs: Sequence[TaskRun],
        options: Trajectories,
        workers: int,
        reached: Callable[[], bool],
        report: Report | None,
        deadline: float,
    ) -> None:
        self._runs = [run for run in runs if run.leaving > 0.0]
        self._options, self._workers = options, workers
        self._reached, self._report = reached, report
        self._stopped = threading.Event()
        self._deadline = deadline
        self._memory = threading.local()

    def run(self) -> Ending:
        """Sample; the tasks' moments then hold what was finished."""
        if not self._runs:
            return "no noise"
        options = self._options
        done = 0
        pool = ThreadPoolExecutor(self._workers)
        try:
            for wanted in self._numbers():
                for run in self._runs:
                    self._extend(pool, run, done, wanted)
                    if self._stopped.is_set():
                        return "seconds"
                done = wanted
                if self._report is not None:
                    self._report(done, options.most)
                if options.wanted_error is not None and self._reached():
                    return "target_error"
            return "count" if options.count is not None else "most"
        except KeyboardInterrupt:
            self._stopped.set()
            if min(run.moments[0].count for run in self._runs) < 2:
                raise
            return "interrupted"
        finally:
            self._stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _numbers(self) -> Iterator[int]:
        """How many trajectories there are at each look."""
        most, number = self._options.most, _FIRST
        while number < most and self._options.count is None:
            yield number
            number = int(number * _GROWTH)
        yield most

    def _extend(self, pool: ThreadPoolExecutor, run: TaskRun, begin: int, end: int) -> None:
        """Run the trajectories begin..end of a task, and add them in their order."""
        blocks = [
            np.arange(at, min(at + run.states.block, end), dtype=np.int64)
            for at in range(begin, end, run.states.block)
        ]
        waiting: dict[Future[Any], int] = {}
        ready: dict[int, list[NDArray[np.float64]]] = {}
        given = added = 0
        while added < len(blocks):
            while given < len(blocks) and len(waiting) + len(ready) < 2 * self._workers:
                waiting[pool.submit(self._block, run, blocks[given])] = given
                given += 1
            finished, _ = wait(waiting, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
            if time.monotonic() > self._deadline:
                self._stopped.set()
            for future in finished:
                number = waiting.pop(future)
                found = future.result()
                if found is not None:
                    ready[number] = found
            while added in ready:
                for moments, rows in zip(run.moments, ready.pop(added), strict=True):
                    moments.add(rows)
                added += 1
            if self._stopped.is_set():
                return

    def _block(
        self, run: TaskRun, trajectories: NDArray[np.int64]
    ) -> list[NDArray[np.float64]] | None:
        owner = getattr(self._memory, "owner", None)
        if owner is not run:
            self._memory.owner = run
            self._memory.spare = None
            self._memory.spare = run.states.memory()
        return run.read(trajectories, self._memory.spare, self._stopped)
