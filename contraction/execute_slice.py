"""One slice after the other of a schedule, on arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

import autoray
import numpy as np

from .kernels_places import Places
from .kernels_workers import Workers
from .matrix_threads import one_matrix_thread
from .schedule import Schedule, Source, Step
from .schedule_memory import Place

__all__ = ["Contraction"]

Array = Any


class Contraction:
    """A schedule with its arrays; `slice` gives the part of the output that a slice makes.

    What all slices share is computed before the first of them. It is used as a context manager,
    which ends its threads; while it is open, the matrix library works on one thread (NumPy only,
    and not for small contractions).
    """

    def __init__(
        self, schedule: Schedule, arrays: Sequence[Array], *, library: str, threads: int
    ) -> None:
        self.schedule = schedule if library == "numpy" else schedule.portable
        self.library = library
        self.arrays = [_contiguous(a) for a in arrays] if library == "numpy" else list(arrays)
        self.workers = Workers(threads)
        self._open = contextlib.ExitStack()
        self._shared: dict[int, Array] | None = None
        self._keep = frozenset(schedule.spec.keep)
        self._arena: Array = None
        marks = zip(self.arrays, schedule.sources, strict=True)
        self._batch = next((array.shape[0] for array, source in marks if source.batched), 1)

    def __enter__(self) -> Contraction:
        self._open.enter_context(self.workers)
        if self.library == "numpy" and self.schedule.is_worth_threads(self._batch):
            self._open.enter_context(one_matrix_thread())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def slice(self, values: Sequence[int]) -> Array:
        """The part of the output for these values of the sliced labels."""
        return self.forward(values)[0]

    def forward(self, values: Sequence[int]) -> tuple[Array, dict[int, Array]]:
        """`slice`, and the tensors that the schedule keeps, in the order of their steps' legs."""
        steps, prelude = self.schedule.steps, self.schedule.prelude
        with np.errstate(all="ignore"):
            if self._shared is None:
                self._shared = self._run(steps[:prelude], {}, values)
            tensors = self._run(steps[prelude:], self._shared, values)
            result = self._finish(tensors, values)
            everything = {**self._shared, **tensors} if self._keep else {}
            return result, {n: everything[n] for n in self._keep if n in everything}

    def _run(
        self, steps: Iterable[Step], shared: dict[int, Array], values: Sequence[int]
    ) -> dict[int, Array]:
        """The tensors that are left after `steps`."""
        tensors: dict[int, Array] = {}
        sources, arrays, workers = self.schedule.sources, self.arrays, self.workers
        inputs, keep = len(sources), self._keep
        for step in steps:
            operands = []
            for number in (step.right, step.left):
                if number < inputs:
                    operands.append(_enter(sources[number], arrays[number], values))
                elif number in shared:
                    operands.append(shared[number])
                else:
                    operands.append(tensors[number] if number in keep else tensors.pop(number))
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
        scale = self._batch if self.schedule.arena.batched else 1
        if self._arena is None:
            self._arena = np.empty(self.schedule.arena.at(self._batch), self.arrays[0].dtype)
        offset, size = place
        return self._arena[offset * scale : (offset + size) * scale]

    def _finish(self, tensors: dict[int, Array], values: Sequence[int]) -> Array:
        schedule = self.schedule
        number = len(schedule.sources) + len(schedule.steps) - 1
        if schedule.steps:
            last = schedule.steps[-1].number
            result = tensors.pop(last) if last in tensors else (self._shared or {})[last]
        else:
            result = _enter(schedule.sources[number], self.arrays[number], values)
        finish: Any = schedule.finish
        if self.library == "numpy":
            if finish is not None:
                result = finish.run(result, self.workers)
            return np.asarray(result.reshape(schedule.slice_shape))
        if not schedule.steps and self.library == "torch":
            result = result.clone()
        if finish is not None:
            result = finish.run(result)
        return autoray.do("reshape", result, schedule.slice_shape)


def _contiguous(array: Array) -> Array:
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


def _enter(source: Source, array: Array, values: Sequence[int]) -> Array:
    """An input as its first product takes it."""
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
