"""Running planned tasks: arrays from parameter values, batches cut to the budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from autoray import do

from tnsim.base.arrays import Array, as_library, complex_dtype
from tnsim.contraction import Plan
from tnsim.contraction.execute import execute
from tnsim.lowering.materialise import Materialiser

from .planning import PlannedTask

__all__ = ["Inputs", "Outcome", "Progress", "TaskRunner", "part_of"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Inputs:
    """Parameter values in one library.

    `values` holds scalars, or arrays of shape (size,) for the names in `batch`. `like` is an
    array on the device to be used (None for NumPy).
    """

    values: Mapping[str, Array]
    batch: frozenset[str]
    size: int
    library: str
    like: Array | None

    def part(self, begin: int, end: int) -> Inputs:
        """The rows begin..end of the batch."""
        rows = {n: v[begin:end] if n in self.batch else v for n, v in self.values.items()}
        return replace(self, values=rows, size=end - begin)


@dataclass(frozen=True)
class Outcome:
    """A task's answer: an array of the live components, with a leading batch axis if `batched`."""

    array: Array
    batched: bool


class TaskRunner:
    """Runs one planned task; keeps its converted constants for the next run."""

    def __init__(self, planned: PlannedTask) -> None:
        self.planned = planned
        self._ready: dict[tuple[str, str], Materialiser] = {}

    def run(
        self, inputs: Inputs, room: int, executor: Executor | None, progress: Progress | None
    ) -> Outcome:
        """The task's answer; of a batch as many sets at once as fit `room` bytes."""
        plan = self.planned.plan
        if plan is None:
            return Outcome(self._zero(inputs), False)
        maker = self._materialiser(inputs, plan.dtype)
        recipes = self.planned.lowered.recipes
        first, marks = (
            maker.arrays(recipes, inputs.values, inputs.batch)
            if inputs.size == 1
            else (maker.arrays(recipes, inputs.part(0, 1).values, inputs.batch))
        )
        if not any(marks):
            return Outcome(execute(plan, first, executor=executor, progress=progress), False)
        batched = replace(plan, batched=marks, batch=1)
        chunk = _largest_chunk(batched, inputs.size, room)
        sized = replace(batched, batch=chunk)
        parts = []
        begins = range(0, inputs.size, chunk)
        for number, begin in enumerate(begins):
            part = inputs.part(begin, min(begin + chunk, inputs.size))
            arrays, _ = maker.arrays(recipes, part.values, part.batch)
            report = part_of(progress, number, len(begins))
            parts.append(execute(sized, arrays, executor=executor, progress=report))
        array = parts[0] if len(parts) == 1 else do("concatenate", parts, axis=0)
        return Outcome(array, True)

    def _materialiser(self, inputs: Inputs, dtype: str) -> Materialiser:
        key = (inputs.library, str(getattr(inputs.like, "device", "")))
        if key not in self._ready:
            lowered = self.planned.lowered
            self._ready[key] = Materialiser(
                lowered.book, lowered.recipes, dtype, inputs.library, inputs.like
            )
        return self._ready[key]

    def _zero(self, inputs: Inputs) -> Array:
        lowered = self.planned.lowered
        shape = tuple(map(len, lowered.live))
        return as_library(np.zeros(shape), complex_dtype("complex128"), inputs.library, inputs.like)


def part_of(progress: Progress | None, number: int, parts: int) -> Progress | None:
    """The callback for one of equal parts: its steps count among those of all."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, parts * total)


def _largest_chunk(plan: Plan, size: int, room: int) -> int:
    """The most parameter sets at once whose peak stays within `room`, and at least one."""
    low, high = 1, size
    while low < high:
        middle = (low + high + 1) // 2
        if plan.peak_bytes_at(middle) <= room:
            low = middle
        else:
            high = middle - 1
    return low
