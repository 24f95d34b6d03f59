"""Slices in groups on an executor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Protocol, TypeVar

from tnsim.base.arrays import double_precision

from .execute_output import Output
from .execute_slice import Contraction
from .matrix_threads import one_matrix_thread
from .schedule import Schedule

__all__ = ["Progress", "in_groups", "run_on", "slice_values"]

Array = Any
Progress = Callable[[int, int], None]
Part = tuple[tuple[int, ...], Array]
T = TypeVar("T")

_IN_FLIGHT = 4
_MOST_IN_GROUP = 64


class _Sliced(Protocol):
    @property
    def sliced(self) -> tuple[int, ...]: ...


@one_matrix_thread()
def run_on(
    executor: Executor,
    schedule: Schedule,
    arrays: Sequence[Array],
    *,
    library: str,
    dtype: str,
    batch: int,
    progress: Progress | None,
) -> Array:
    """The whole output, groups of slices being worked on by `executor`.

    Executors that work in threads of this process use one thread each, the matrix library's
    included.
    """
    collected = Output(schedule, library, batch)

    def submit(begin: int, end: int) -> Future[list[Part]]:
        return executor.submit(_group, schedule, arrays, library, dtype, begin, end)

    def take(parts: list[Part]) -> None:
        for values, part in parts:
            collected.add(values, part)

    in_groups(executor, schedule.slices, submit, take, progress)
    return collected.result()


def in_groups(
    executor: Executor,
    total: int,
    submit: Callable[[int, int], Future[T]],
    take: Callable[[T], None],
    progress: Progress | None,
) -> None:
    """Let `executor` work on the slices 0 to `total`, taking in the groups' results as they come.

    At most four groups a worker are submitted ahead. When one fails, those that wait are
    cancelled and its error is raised.
    """
    workers = getattr(executor, "_max_workers", None) or 2
    size = max(1, min(total // (4 * workers), _MOST_IN_GROUP))
    groups = ((begin, min(begin + size, total)) for begin in range(0, total, size))
    waiting: dict[Future[T], int] = {}
    done = 0
    try:
        while True:
            for begin, end in itertools.islice(groups, _IN_FLIGHT * workers - len(waiting)):
                waiting[submit(begin, end)] = end - begin
            if not waiting:
                return
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                done += waiting.pop(future)
                take(future.result())
                if progress is not None:
                    progress(done, total)
    finally:
        for future in waiting:
            future.cancel()


def slice_values(schedule: _Sliced, begin: int, end: int) -> Iterator[tuple[int, ...]]:
    """The values of the sliced labels in the slices `begin` to `end`."""
    ranges = [range(size) for size in schedule.sliced]
    return itertools.islice(itertools.product(*ranges), begin, end)


def _group(
    schedule: Schedule, arrays: Sequence[Array], library: str, dtype: str, begin: int, end: int
) -> list[Part]:
    """The results of slices begin to end, those of one output entry summed; runs in a worker."""
    parts: dict[tuple[int, ...], Part] = {}
    with (
        double_precision(library, dtype),
        Contraction(schedule, arrays, library=library, threads=1) as work,
    ):
        for values in slice_values(schedule, begin, end):
            place = tuple(values[number] for _, number in schedule.output_cuts)
            part = work.slice(values)
            if place in parts:
                part = parts[place][1] + part
            parts[place] = (values, part)
    return list(parts.values())
