"""The steps of a schedule on arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import autoray
import numpy as np

from .kernels_places import Places
from .kernels_workers import Workers
from .matrix_threads import one_matrix_thread
from .schedule import Source, Step
from .schedule_memory import Count, Place

__all__ = ["StepRunner", "enter"]

Array = Any


class _Schedule(Protocol):
    @property
    def sources(self) -> tuple[Source, ...]: ...
    @property
    def arena(self) -> Count: ...
    def is_worth_threads(self, batch: int) -> bool: ...


class StepRunner:
    """Arrays, threads and the arena, to be used as a context manager.

    Leaving it ends the threads; while it is open, the matrix library works on one thread (NumPy
    only, and not for small contractions). `schedule` is already the one for the library.
    """

    def __init__(
        self, schedule: _Schedule, arrays: Sequence[Array], *, library: str, threads: int
    ) -> None:
        self.library = library
        self.arrays = [_contiguous(a) for a in arrays] if library == "numpy" else list(arrays)
        self.workers = Workers(threads)
        self._open = contextlib.ExitStack()
        self._arena: Array = None
        self._size_of_arena = schedule.arena
        marks = zip(self.arrays, schedule.sources, strict=True)
        self._batch = next((array.shape[0] for array, source in marks if source.batched), 1)
        self._quiet = library == "numpy" and schedule.is_worth_threads(self._batch)

    def __enter__(self) -> Self:
        self._open.enter_context(self.workers)
        if self._quiet:
            self._open.enter_context(one_matrix_thread())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def run(
        self, steps: Iterable[Step], tensors: dict[int, Array], values: Sequence[int]
    ) -> dict[int, Array]:
        """`tensors` after `steps`: their results, less what was used for the last time."""
        arrays, workers = self.arrays, self.workers
        for step in steps:
            operands = []
            for number, source, last in step.takes:
                if source is not None:
                    operands.append(enter(source, arrays[number], values))
                else:
                    operands.append(tensors.pop(number) if last else tensors[number])
            if step.places is None:
                tensors[step.number] = step.kernel.run(operands, workers)
            else:
                places = Places(*(self._place(place) for place in step.places))
                tensors[step.number] = step.kernel.run(operands, workers, places)
        return tensors

    def _place(self, place: Place | None) -> Array | None:
        """Memory in the arena, which is made when first needed."""
        if place is None:
            return None
        scale = self._batch if self._size_of_arena.batched else 1
        if self._arena is None:
            self._arena = np.empty(self._size_of_arena.at(self._batch), self.arrays[0].dtype)
        offset, size = place
        return self._arena[offset * scale : (offset + size) * scale]


def _contiguous(array: Array) -> Array:
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


def enter(source: Source, array: Array, values: Sequence[int]) -> Array:
    """An input as its product takes it, in the slice with these values of the sliced labels."""
    front = int(source.batched)
    if source.cuts:
        index: list[Any] = [slice(None)] * (len(source.shape) + front)
        for axis, number in source.cuts:
            index[axis + front] = values[number]
        array = array[tuple(index)]
    if source.sums:
        return autoray.do("sum", array, axis=tuple(axis + front for axis in source.sums))
    if source.axes is not None:
        array = array.transpose(source.axes)
    if source.copied and isinstance(array, np.ndarray):
        return array.copy()
    return array
